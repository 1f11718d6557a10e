"""The values that everything else speaks of: principals, their secrets, requests, credentials, verdicts.

All are frozen: what is kept in a registry is a dataclass, changed with ``dataclasses.replace``; what passes through is a
named tuple, which takes a sixth of the time to define, and every command defines them all. Every instant is an aware ``datetime`` in UTC.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple, NewType, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["client", "resource"]
KINDS: tuple[Kind, ...] = ("client", "resource")
StoredValue = NewType("StoredValue", str)
"""What a registry keeps of a secret (``Secret.Value`` in IdentityServer). Never a plaintext shared secret."""
Der = NewType("Der", bytes)
"""An X.509 certificate in DER."""

SHARED_SECRET = "SharedSecret"
X509_THUMBPRINT = "X509Thumbprint"
X509_NAME = "X509Name"
X509_CERTIFICATE = "X509CertificateBase64"
JWK = "JWK"
SECRET_TYPES: tuple[str, ...] = (SHARED_SECRET, X509_THUMBPRINT, X509_NAME, X509_CERTIFICATE, JWK)
"""Spelled as ``IdentityServerConstants.SecretTypes`` and ``ParsedSecretTypes`` spell them."""


class SecretText:
    """A plaintext that does not leak by accident: prints as ``********``, compares in constant time, is not pickled.

    ``reveal()`` is the one way out; search for it to find every place where plaintext is handled.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The plaintext. Keep it local; never put it into a message, an argument or an attribute."""
        return self._text

    def __repr__(self) -> str:
        return "SecretText('********')"

    def __str__(self) -> str:
        return "********"

    def __format__(self, spec: str) -> str:
        return "********"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SecretText):
            return NotImplemented
        from secretctl.digests import compare_digest

        mine, theirs = (text.encode("utf-8", "surrogatepass") for text in (self._text, other._text))
        return compare_digest(mine, theirs)

    __hash__ = None  # type: ignore[assignment]  # a set or dict would compare in variable time

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a plaintext secret is not pickled or copied")


class Target(NamedTuple):
    """What a principal is called on the command line: ``client/ID`` or ``resource/NAME``."""

    kind: Kind
    id: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.id}"

    @property
    def shell_word(self) -> str:
        """The same, to be pasted into a shell: ids may hold blanks and worse, and hints name commands."""
        import shlex

        return shlex.quote(str(self))


class _Value:
    """Equality, hash and text of the dataclasses below, once for all: made for each they take half of its definition."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__match_args__)  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash(tuple(getattr(self, name) for name in self.__match_args__))  # type: ignore[attr-defined]

    def __repr__(self) -> str:
        inner = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)  # type: ignore[attr-defined]
        return f"{type(self).__name__}({inner})"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Secret(_Value):
    """One entry of a principal's list of secrets (``IdentityServer4.Models.Secret``).

    ``id`` is unique within its principal. It is empty only before a store has given it one.
    ``type`` is one of SECRET_TYPES, or whatever a registry holds: an unknown type never matches.
    ``expiration`` is the last instant at which the secret is valid, in UTC; None is never.
    """

    id: str
    type: str
    value: StoredValue
    description: str | None = None
    expiration: datetime | None = None
    created: datetime | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Principal(_Value):
    """A client or a resource, with its secrets in the order in which a server tries them."""

    kind: ClassVar[Kind]

    id: str
    description: str | None = None
    enabled: bool = True
    owner: str | None = None
    tags: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    secrets: tuple[Secret, ...] = ()

    @property
    def target(self) -> Target:
        """Its name on the command line."""
        return Target(self.kind, self.id)

    @property
    def label(self) -> str | None:
        """The name for people: a client's ``name``, a resource's ``display_name``."""
        return None

    @property
    def public(self) -> bool:
        """Whether it may authenticate without a secret."""
        return False


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Client(Principal):
    """An application that authenticates to the token endpoint with its ``client_id``."""

    kind: ClassVar[Kind] = "client"

    name: str | None = None
    require_secret: bool = True
    grant_types: tuple[str, ...] = ()

    @property
    def label(self) -> str | None:
        """The client's ``name``."""
        return self.name

    @property
    def public(self) -> bool:
        """IdentityServer: ``!RequireClientSecret || IsImplicitOnly()``."""
        return not self.require_secret or self.grant_types == ("implicit",)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Resource(Principal):
    """An API that authenticates to the introspection endpoint with its name (``ApiResource``; a *scope* of old)."""

    kind: ClassVar[Kind] = "resource"

    display_name: str | None = None

    @property
    def label(self) -> str | None:
        """The resource's ``display_name``."""
        return self.display_name


class Request(NamedTuple):
    """What of an HTTP request can authenticate its sender.

    ``authorization`` is the Authorization header's value, or all of them where a request repeats it.
    ``form`` is the raw ``application/x-www-form-urlencoded`` body. ``client_cert`` is the certificate that TLS
    presented: DER bytes, or PEM or base64 text. None of it is ever shown.
    """

    authorization: str | tuple[str, ...] | None = None
    form: str | bytes | None = None
    client_cert: str | bytes | None = None

    def __repr__(self) -> str:
        return "Request(…)"


class Credential(NamedTuple):
    """What one parser found in a request (``ParsedSecret``).

    ``method`` is the name of RFC 7591 and RFC 8705 (``client_secret_basic``, ``private_key_jwt``, ``none``, …); a TLS
    certificate's is settled by the secret that it matches. At most one of ``secret``, ``assertion``, ``certificate`` is set.
    Beside an id alone (``none``), ``problem`` is what another parser had to say of the same request.
    """

    method: str
    id: str
    secret: SecretText | None = None
    assertion: SecretText | None = None
    certificate: Der | None = None
    problem: "Refusal | None" = None


class Refusal(NamedTuple):
    """Why a parser or a validator says no: a ``reason`` of the README's list and a ``detail`` for people.

    ``method`` and ``id`` are those of the credential, as far as a parser got to know them.
    """

    reason: str
    detail: str
    method: str | None = None
    id: str | None = None


class Match(NamedTuple):
    """The secret that a validator accepted a credential with. ``method`` replaces the credential's where it settles it."""

    secret: Secret
    method: str | None = None


class Explanation(NamedTuple):
    """Why a credential was probably refused: one known mistake. ``secret_id`` is the stored secret it is about."""

    code: str
    message: str
    hint: str
    secret_id: str | None = None


class Verdict(NamedTuple):
    """The answer to a request, with its reason. True in a condition only when the credential was accepted.

    ``reason`` and ``oauth_error`` are None when accepted. ``confirmation`` is the base64url SHA-256 of the TLS
    certificate (RFC 8705 ``cnf``/``x5t#S256``) where one was presented.
    """

    accepted: bool
    target: Target | None
    method: str | None
    profile: str
    secret: Secret | None = None
    reason: str | None = None
    oauth_error: str | None = None
    detail: str | None = None
    warnings: tuple[str, ...] = ()
    confirmation: str | None = None
    explanations: tuple[Explanation, ...] = ()

    def __bool__(self) -> bool:
        return self.accepted

    def as_dict(self) -> "Mapping[str, object]":
        """The JSON object of ``verify --json``."""
        secret = self.secret and {
            "id": self.secret.id,
            "type": self.secret.type,
            "description": self.secret.description,
            "expiration": instant_or_none(self.secret.expiration),
        }
        return {
            "accepted": self.accepted,
            "target": None if self.target is None else str(self.target),
            "method": self.method,
            "secret": secret,
            "reason": self.reason,
            "oauth_error": self.oauth_error,
            "detail": self.detail,
            "warnings": list(self.warnings),
            "confirmation": None if self.confirmation is None else {"x5t#S256": self.confirmation},
            "profile": self.profile,
            "explanations": [explanation._asdict() for explanation in self.explanations],
        }


def instant_text(instant: datetime) -> str:
    """An instant as RFC 3339 in UTC, with the fraction only where there is one: ``2026-12-31T00:00:00Z``."""
    return instant.isoformat().removesuffix("+00:00") + "Z"


def instant_or_none(instant: datetime | None) -> str | None:
    """The same for JSON, which has null for an instant that there is not."""
    return None if instant is None else instant_text(instant)
