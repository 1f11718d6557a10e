"""What a rule is, what it finds, and what it may know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from secretctl.operations.expiry import Expiry

if TYPE_CHECKING:
    from datetime import datetime

    from secretctl.model import Target
    from secretctl.settings import Settings

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect. ``target`` is None for the registry itself; ``line`` counts from 1, None where there are no lines."""

    rule: str
    level: Level
    target: Target | None
    secret_id: str | None
    line: int | None
    message: str
    hint: str


class Found(NamedTuple):
    """What a rule's function gives: a sentence; a level and a hint where they differ from the rule's."""

    message: str
    hint: str | None = None
    level: Level | None = None


class Rule(NamedTuple):
    """A rule: what it is about, how bad it is, how to mend it."""

    summary: str
    level: Level
    hint: str


class Context:
    """What rules may know beside the secret: the registry's settings, the server's rules, the time."""

    def __init__(self, settings: Settings, now: datetime) -> None:
        self.settings, self.policy, self.now = settings, settings.policy, now
        self.expiry = Expiry(settings, now=now)
        self.validity = self.expiry.validity
        self.profile = self.validity.profile
        self.patience = 20  # argon2id hashes that are held against samples, at 150 ms each; see samples


_ROTATE = "rotate it: `secretctl rotate TARGET` makes a new secret and stores it correctly"
_REPLACE = "remove it (`secretctl secret remove TARGET SID`) and add a new one (`secretctl secret add TARGET`)"
_REIMPORT = "import it again: `secretctl secret import TARGET FILE`"

RULES: dict[str, Rule] = {
    "stored-value-invalid": Rule("The stored value of a shared secret is not a hash that the server understands.", "warning", _REPLACE),
    "stored-value-hex": Rule("The stored value is a hash in hex; servers want base64.", "warning", "convert it: base64 of the digest's bytes, not of its hex digits"),
    "stored-value-plaintext": Rule("The stored value looks like the secret itself.", "error", f"treat the secret as disclosed and {_ROTATE}"),
    "stored-value-whitespace": Rule("White space in a stored value: the server compares text, and it never matches.", "warning", "remove the white space from the value"),
    "stored-value-base64url": Rule("The stored value is base64url or lacks its padding; servers want base64.", "warning", "write + and / for - and _ and pad with ="),
    "type-unknown": Rule("The type of a secret is one that the server does not know.", "warning", "use SharedSecret, X509Thumbprint, X509Name, X509CertificateBase64 or JWK, spelled like that"),
    "thumbprint-format": Rule("A thumbprint that the server cannot compare: separators, hidden characters or a wrong length.", "warning", "write hex digits alone: 40 of SHA-1, or 64 of SHA-256 under rfc"),
    "x509-name-spelling": Rule("A subject spelled in a way that never equals what the server compares with.", "warning", "use the spelling of `secretctl inspect CERTIFICATE`, or import the name from the certificate"),
    "jwk-invalid": Rule("A JWK that cannot be used to verify signatures.", "warning", _REIMPORT),
    "jwk-private": Rule("A private or symmetric key in the registry.", "error", "treat the key as disclosed: make a new one and register its public half alone"),
    "key-weak": Rule("A key that the key policy refuses: it verifies nothing.", "warning", "use a new key: RSA of 2048 bits or more, EC on P-256, P-384 or P-521, or Ed25519"),
    "certificate-format": Rule("The stored value is not base64 of one certificate's DER.", "warning", _REIMPORT),
    "certificate-ends-first": Rule("A certificate ends before the expiration of its secret.", "warning", "renew the certificate in time: its own end counts"),
    "sample-secret": Rule("The secret stands in public samples and documentation.", "warning", _ROTATE),
    "secret-shared": Rule("Two principals have the same secret: each can act as the other.", "warning", "rotate all but one of them"),
    "secret-duplicate": Rule("A principal has the same secret twice.", "warning", "remove one of them: `secretctl secret remove TARGET SID`"),
    "secret-missing": Rule("A principal needs a secret and has no usable one.", "error", "add one: `secretctl secret add TARGET`, or disable the principal"),
    "expiration-missing": Rule("The policy wants every secret to expire.", "warning", "give it an end: `secretctl secret expire TARGET SID --at WHEN`"),
    "lifetime-too-long": Rule("A secret lives longer than the policy allows.", "warning", "end it sooner: `secretctl secret expire TARGET SID --at WHEN`, or rotate it"),
    "hash-not-allowed": Rule("A secret is stored with a hash that the policy does not allow.", "warning", _ROTATE),
    "type-not-allowed": Rule("A secret is of a type that the policy does not allow.", "warning", "replace it by a secret of an allowed type"),
    "expiration-local-time": Rule("A time without an offset counts as UTC.", "note", "write it with a Z, so that nobody has to know"),
    "field-too-long": Rule("A text is longer than the server's database can hold.", "warning", "shorten it; for keys, register a thumbprint or an elliptic-curve key"),
    "id-length": Rule("An id that is empty or longer than IdentityServer accepts.", "warning", "choose one of 1 to 100 characters: `secretctl KIND rename ID NEW`"),
    "id-lookalike": Rule("An id that is easily taken for another one, or holds what cannot be seen.", "warning", "rename one of them: ids are compared byte for byte"),
    "key-unknown": Rule("A key or table that secretctl does not know.", "warning", "check its spelling; it has no effect"),
    "plugin-unknown": Rule("A parser or validator that is neither built in nor installed: nothing is verified without it.", "warning", "check its spelling, or install the plug-in here too; `secretctl plugins` lists what there is"),
    "file-readable": Rule("Others than the owner may read the registry.", "note", "chmod 600, unless the file is meant to be read: it holds hashes, never secrets"),
    "assertions-poisoned": Rule("A key that does not parse disables the principal's other keys.", "error", "remove or mend the key: this server fails all assertions of the principal until then"),
}  # fmt: skip
"""Every rule by its id, which never changes."""
