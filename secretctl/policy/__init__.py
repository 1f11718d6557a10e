"""What a registry allows of a new secret: how long it lives, how it is kept, what it is. Pure; nothing here is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from secretctl.crypto.shared_secret import DEFAULT_BYTES, HASHES, generate_secret
from secretctl.errors import RefusedError, UsageError
from secretctl.model import instant_text

if TYPE_CHECKING:
    from datetime import datetime

    from secretctl.crypto.shared_secret import HashName
    from secretctl.model import SecretText
    from secretctl.profiles import Profile
    from secretctl.settings import Policy


@dataclass(frozen=True, slots=True)
class Expires:
    """What somebody asked for: the instant at which a secret ends, or None for never. Not to have asked is no Expires."""

    at: datetime | None


def expiration_of_new_secret(requested: Expires | None, policy: Policy, now: datetime) -> datetime | None:
    """When a secret that is made now ends: as asked, else after the policy's default lifetime. None is never.

    RefusedError: ``expiration_required``, ``lifetime_too_long``. An end in the past is not refused.
    """
    if requested is None and policy.default_lifetime is not None:
        end = policy.default_lifetime.after(now)
        if policy.max_lifetime is not None:
            # A default of 1y is longer than a maximum of 365d once in four years; that is nobody's mistake.
            end = min(end, policy.max_lifetime.after(now))
        return end.replace(microsecond=0)
    expiration = None if requested is None else requested.at
    check_expiration(expiration, policy, start=now)
    return expiration


def check_expiration(
    expiration: datetime | None, policy: Policy, *, start: datetime, option: str = "--expires"
) -> None:
    """Refuse an end that the policy does not allow for a lifetime that begins at ``start``.

    ``option`` is what the command calls it. RefusedError: ``expiration_required``, ``lifetime_too_long``.
    """
    longest = policy.max_lifetime
    if expiration is None:
        if policy.require_expiration:
            raise RefusedError(
                "expiration_required",
                "the policy wants every secret to expire",
                hint=f"say when it ends, such as {option} 90d",
            )
        if longest is not None:
            raise RefusedError(
                "lifetime_too_long",
                f"the policy lets a secret live for {longest} at most, and this one would never expire",
                hint=f"say {option} {longest}, or less",
            )
    elif longest is not None and expiration > (latest := longest.after(start)):
        raise RefusedError(
            "lifetime_too_long",
            f"the policy lets a secret live for {longest} at most, which is until {instant_text(latest)}",
            hint=f"ask for an end no later than {instant_text(latest.replace(microsecond=0))}",
        )


def check_type(type_: str, policy: Policy) -> None:
    """Refuse a type of secret that the policy does not allow: RefusedError ``type_not_allowed``."""
    if policy.allowed_types is not None and type_ not in policy.allowed_types:
        allowed = ", ".join(policy.allowed_types) or "none at all"
        raise RefusedError(
            "type_not_allowed",
            f"the policy does not allow secrets of type {type_}",
            hint=f"it allows {allowed}; see allowed_types in [policy]",
        )


def hash_named(name: str) -> HashName:
    """The hash of that name; UsageError ``hash_unknown``."""
    for known in HASHES:
        if known == name:
            return known
    raise UsageError("hash_unknown", f"there is no hash {name!a}", hint=f"choose one of {', '.join(HASHES)}")


def choose_hash(requested: HashName | None, policy: Policy, profile: Profile, *, generated: bool) -> HashName:
    """How a new shared secret is stored: as asked, else the best that the server understands and the policy allows.

    A generated secret has too much entropy to be guessed: SHA-256 will do, and verifies fast. One that somebody chose
    gets argon2id, unless the server knows SHA-2 only. RefusedError: ``hash_not_understood``, ``hash_not_allowed``.
    """
    understood = HASHES if profile.phc else HASHES[:2]
    if requested is not None and requested not in understood:
        raise RefusedError(
            "hash_not_understood",
            f"a server of profile {profile.name} would never accept a secret stored as {requested}",
            hint=f"use {' or '.join(understood)}",
        )
    if requested is not None:
        candidates: tuple[HashName, ...] = (requested,)
    elif generated:
        candidates = ("sha256", *understood)
    else:
        candidates = (profile.default_hash, *reversed(understood))
    allowed = policy.allowed_hashes
    for name in candidates:
        if allowed is None or name in allowed:
            return name
    raise RefusedError(
        "hash_not_allowed",
        f"the policy does not allow secrets stored as {candidates[0]}",
        hint=f"it allows {', '.join(allowed or ()) or 'none at all'}; see allowed_hashes in [policy]",
    )


def generate_under(policy: Policy, *, prefix: str | None = None, random_bytes: int | None = None) -> SecretText:
    """A generated secret that the policy allows: its prefix unless another is asked for, no shorter than it says.

    Where the number of bytes is left open, it is what the policy's length needs, and 32 at least. RefusedError
    ``secret_shorter_than_policy``; UsageError as of ``generate_secret``.
    """
    prefix = policy.prefix if prefix is None else prefix
    shortest = policy.min_length or 0
    if random_bytes is None:
        # n bytes have ⌈4n/3⌉ characters: the fewest that reach the length, which may be the longest that is accepted.
        random_bytes = max(DEFAULT_BYTES, (shortest - len(prefix) - 1) * 3 // 4 + 1)
    secret = generate_secret(prefix=prefix, random_bytes=random_bytes)
    length = len(secret.reveal())
    if length < shortest:
        raise RefusedError(
            "secret_shorter_than_policy",
            f"the secret would have {length} characters, and the policy wants {shortest}",
            hint="leave --bytes out, or ask for more",
        )
    return secret
