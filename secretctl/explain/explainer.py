"""Holds a refused shared secret against the known mistakes. It never changes the answer."""

from __future__ import annotations

from hmac import compare_digest
from re import fullmatch
from typing import TYPE_CHECKING

from secretctl.crypto.shared_secret import PresentedHashes, read_stored_value
from secretctl.explain.presented_text import PRESENTED_MISTAKES, Presented, meanings, read_leniently
from secretctl.explain.stored_values import STORED_MISTAKES, right_values
from secretctl.lifetimes import is_expired
from secretctl.model import SHARED_SECRET, Explanation, Refusal, SecretText
from secretctl.parsers.text import urldecode_strict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from secretctl.model import Credential, Kind, Principal, Request, Secret, StoredValue, Target
    from secretctl.profiles import Profile
    from secretctl.stores import Reader

_OTHER_KIND: dict[Kind, Kind] = {"client": "resource", "resource": "client"}
_NAMED_AT_MOST = 3
_MOST_SALTED = 32
"""Salted hashes of other principals that are tried: each takes as long as a verification, which is meant to be slow."""
# Mistakes in making a stored value, for hashes that cannot be made backwards: the text that was hashed instead.
_HASHED_INSTEAD = (
    ("newline_hashed", "{}\n"),
    ("crlf_hashed", "{}\r\n"),
    ("quotes_hashed", '"{}"'),
    ("quotes_hashed", "'{}'"),
)


def explain(
    credential: Credential | Refusal,
    *,
    kind: Kind,
    store: Reader,
    profile: Profile,
    now: datetime,
    request: Request | None = None,
) -> tuple[Explanation, ...]:
    """Why a credential was probably refused, the likeliest mistake first; empty when none of the known ones was made.

    ``credential`` is what the parsers gave, ``request`` where it came from. Only shared secrets are explained. Reads all
    principals, to see whose secret it is.
    """
    return Explainer(store, profile)(credential, kind=kind, now=now, request=request)


class Explainer:
    """``explain`` for many credentials: whose secret is whose is worked out once."""

    __slots__ = ("_owners", "_profile", "_salted", "_store")

    def __init__(self, store: Reader, profile: Profile) -> None:
        self._store = store
        self._profile = profile
        self._owners: dict[StoredValue, list[Target]] | None = None
        self._salted: list[tuple[Target, Secret]] = []

    def __call__(
        self, credential: Credential | Refusal, *, kind: Kind, now: datetime, request: Request | None = None
    ) -> tuple[Explanation, ...]:
        """The explanations of one refused credential."""
        presented = self._presented(credential, request)
        if presented is None:
            return ()
        found: dict[tuple[str, str | None], Explanation] = {}
        for explanation in self._explanations(presented, kind, now):
            found.setdefault((explanation.code, explanation.secret_id), explanation)
        return tuple(found.values())

    def _presented(self, credential: Credential | Refusal, request: Request | None) -> Presented | None:
        if isinstance(credential, Refusal):
            if request is None or credential.reason != "malformed_credential":
                return None
            return read_leniently(request, self._profile, credential.method)
        if credential.secret is None:
            return None
        text = credential.secret.reveal()
        spelled = read_leniently(request, self._profile, credential.method) if request else None
        return Presented(credential.id, text, spelled.raw if spelled else text)

    def _explanations(self, presented: Presented, kind: Kind, now: datetime) -> Iterator[Explanation]:
        principal = self._store.find(kind, presented.id)
        hashes = _hashes(presented.secret)
        usable = _usable(principal, now)
        if not presented.secret:
            yield from self._wrongly_presented(presented, usable)
            return
        if principal is not None:
            yield from self._poisoned(hashes, usable)
            yield from self._expired_sibling(
                hashes, [secret for secret in principal.secrets if is_expired(secret.expiration, now)]
            )
            yield from _wrongly_stored(presented, usable)
            yield from self._wrongly_presented(presented, usable)
            if self._profile.phc:
                yield from _wrongly_hashed(presented, usable)
        yield from self._wrong_kind(presented, hashes, kind, now)
        yield from self._other_principal(presented, hashes)
        if principal is None:
            yield from self._encoded_id(presented, kind, now)

    def _matches(self, hashes: PresentedHashes, secret: Secret) -> bool:
        stored = read_stored_value(secret.value)
        return (stored.dotnet_valid or self._profile.phc) and hashes.matches(stored, secret.value)

    def _poisoned(self, hashes: PresentedHashes, usable: Sequence[Secret]) -> Iterator[Explanation]:
        if not self._profile.poisoned_by_invalid_value:
            return
        invalid = next((secret for secret in usable if not read_stored_value(secret.value).dotnet_valid), None)
        if invalid is None:
            return
        for secret in usable[usable.index(invalid) + 1 :]:
            if self._matches(hashes, secret):
                yield Explanation(
                    "poisoned",
                    f"it is secret {secret.id}, but the stored value of {invalid.id} before it is not a hash"
                    " that this server knows, and it stops there",
                    f"remove or mend secret {invalid.id}: `secretctl lint` finds all of its kind",
                    invalid.id,
                )

    def _expired_sibling(self, hashes: PresentedHashes, expired: Sequence[Secret]) -> Iterator[Explanation]:
        for secret in expired:
            if secret.type == SHARED_SECRET and self._matches(hashes, secret):
                yield Explanation(
                    "expired_sibling",
                    f"it is secret {secret.id}, which has expired",
                    "present a newer secret of the same principal, or rotate: `secretctl rotate`",
                    secret.id,
                )

    def _wrongly_presented(self, presented: Presented, usable: Sequence[Secret]) -> Iterator[Explanation]:
        for mistake in PRESENTED_MISTAKES:
            for text in meanings(mistake, presented):
                hashes = _hashes(text)
                for secret in usable:
                    if self._matches(hashes, secret):
                        yield Explanation(mistake.code, mistake.message, mistake.hint, secret.id)

    def _wrong_kind(
        self, presented: Presented, hashes: PresentedHashes, kind: Kind, now: datetime
    ) -> Iterator[Explanation]:
        namesake = self._store.find(_OTHER_KIND[kind], presented.id)
        if any(self._matches(hashes, secret) for secret in _usable(namesake, now)):
            yield Explanation(
                "wrong_kind",
                f"it is right for the {_OTHER_KIND[kind]} of the same name",
                "a client authenticates to the token endpoint, a resource to the introspection endpoint;"
                f" here the {kind} was asked for",
            )

    def _encoded_id(self, presented: Presented, kind: Kind, now: datetime) -> Iterator[Explanation]:
        """An id that was form-urlencoded for a server that does not decode it, or once too often; its secret may be, too."""
        meant = self._store.find(kind, urldecode_strict(presented.id) or "")
        if meant is None:
            return
        for text in dict.fromkeys((presented.secret, urldecode_strict(presented.secret) or presented.secret)):
            hashes = _hashes(text)
            for secret in _usable(meant, now):
                if self._matches(hashes, secret):
                    yield Explanation(
                        "id_percent_encoded",
                        f"the id is the form-urlencoded spelling of {meant.target}, whose secret it is",
                        "this server does not decode it, or it was encoded twice: send it encoded once less",
                        secret.id,
                    )

    def _other_principal(self, presented: Presented, hashes: PresentedHashes) -> Iterator[Explanation]:
        owners = self._owners_of_values()
        others = [
            str(target)
            for value in right_values(presented.secret.encode("utf-8", "surrogatepass"))
            for target in owners.get(value, [])
            if target.id != presented.id
        ]
        if not others and self._profile.phc:
            others = [
                str(target)
                for target, secret in self._salted
                if target.id != presented.id and self._matches(hashes, secret)
            ]
        if others:
            named = ", ".join(others[:_NAMED_AT_MOST])
            more = f" and {len(others) - _NAMED_AT_MOST} more" if len(others) > _NAMED_AT_MOST else ""
            yield Explanation(
                "other_principal",
                f"it is a secret of {named}{more}",
                "check the id that is sent with it, or give each principal a secret of its own",
            )

    def _owners_of_values(self) -> dict[StoredValue, list[Target]]:
        """Whose each stored value is. The first few of the salted ones are noted, to be tried one by one."""
        if self._owners is None:
            self._owners = {}
            for principal in self._store.principals():
                for secret in principal.secrets:
                    if secret.type != SHARED_SECRET:
                        continue
                    if not secret.value.startswith("$"):
                        self._owners.setdefault(secret.value, []).append(principal.target)
                    elif len(self._salted) < _MOST_SALTED:
                        self._salted.append((principal.target, secret))
        return self._owners


def _usable(principal: Principal | None, now: datetime) -> list[Secret]:
    """The shared secrets that have not expired."""
    return [
        secret
        for secret in (principal.secrets if principal else ())
        if secret.type == SHARED_SECRET and not is_expired(secret.expiration, now)
    ]


def _wrongly_stored(presented: Presented, usable: Sequence[Secret]) -> Iterator[Explanation]:
    raw = presented.secret.encode("utf-8", "surrogatepass")
    made = [(mistake, frozenset(mistake.values(raw))) for mistake in STORED_MISTAKES]
    for secret in usable:
        for mistake, values in made:
            if secret.value in values:
                yield Explanation(mistake.code, mistake.message, mistake.hint, secret.id)
        if secret.value.strip() != secret.value and secret.value.strip() in right_values(raw):
            yield Explanation(
                "whitespace",
                "the stored value is right, but has white space around it",
                "remove it: `secretctl lint` finds all of its kind",
                secret.id,
            )
        if _is_same(presented.secret, secret.value):
            yield _presented_as_stored(secret)


def _presented_as_stored(secret: Secret) -> Explanation:
    """What was presented is what the registry holds: its hash, or a plaintext that was never hashed."""
    stored = read_stored_value(secret.value)
    if stored.hash_name or stored.dotnet_valid or fullmatch(r"[0-9A-Fa-f]{64}|[0-9A-Fa-f]{128}", secret.value):
        return Explanation(
            "stored_value_presented",
            "what was presented is the stored value, the hash of a secret",
            "present the secret itself, or generate a new one: `secretctl secret add`",
            secret.id,
        )
    return Explanation(
        "plaintext_stored",
        "the stored value is the secret itself, not its hash",
        "treat it as leaked: rotate, and let `secretctl` write the stored value",
        secret.id,
    )


def _is_same(presented: str, value: StoredValue) -> bool:
    """The same text, or the digest of the stored value in hexadecimal."""
    digest = read_stored_value(value).digest.hex()
    texts = [value, digest, digest.upper()] if digest else [value]
    raw = presented.encode("utf-8", "surrogatepass")
    return any(compare_digest(raw, text.encode("utf-8", "surrogatepass")) for text in texts)


def _wrongly_hashed(presented: Presented, usable: Sequence[Secret]) -> Iterator[Explanation]:
    """Mistakes before a salted hash was made: the secret with what was hashed along with it is presented in turn."""
    mistakes = {mistake.code: mistake for mistake in STORED_MISTAKES}
    for secret in usable:
        stored = read_stored_value(secret.value)
        if stored.hash_name not in {"argon2id", "scrypt"}:
            continue
        for code, pattern in _HASHED_INSTEAD:
            if _hashes(pattern.format(presented.secret)).matches(stored, secret.value):
                yield Explanation(code, mistakes[code].message, mistakes[code].hint, secret.id)


def _hashes(text: str) -> PresentedHashes:
    return PresentedHashes(SecretText(text))
