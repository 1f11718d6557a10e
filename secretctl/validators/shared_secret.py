"""Shared secrets against their stored values (IdentityServer's ``HashedSharedSecretValidator``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.crypto.shared_secret import PresentedHashes, StoredHash, read_stored_value
from secretctl.model import SHARED_SECRET, Match, Refusal, StoredValue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secretctl.model import Credential, Secret
    from secretctl.validators import Context

# Held against when there is nothing to compare with, so that a refusal costs the same whatever its reason.
_DECOY = StoredHash("sha256", bytes(32), dotnet_valid=True)
_DECOY_VALUE = StoredValue("")

MISMATCH = Refusal("mismatch", "the secret matches none of the stored ones")
ALL_EXPIRED = Refusal("expired", "all shared secrets of the principal have expired")
NO_SHARED_SECRET = Refusal("no_matching_secret_type", "the principal has no shared secret")


def right_but_expired(secret: Secret) -> Refusal:
    """The refusal of a secret that was right until ``secret`` expired."""
    return Refusal("expired", f"the secret is right, but secret {secret.id} has expired")


def _poison(secret: Secret, stored: StoredHash) -> str:
    """What is wrong with a stored value that ends the search."""
    if stored.hash_name is None:
        return f"the stored value of secret {secret.id} is not a hash, and this server stops there"
    return (
        f"secret {secret.id} is stored as {stored.hash_name}, which this server does not know, and it stops there: "
        "store it again with `--hash sha256`, or set [validation] profile to the server's own"
    )


class SharedSecretValidator:
    """Hashes the presented secret and compares it with each stored hash."""

    name = "shared_secret"

    def validate(self, credential: Credential, secrets: Sequence[Secret], context: Context) -> Match | Refusal | None:
        """The first secret whose stored value is a hash of the presented one.

        Under IdentityServer's rules a stored value that does not decode ends the search, whatever comes after it.
        """
        if credential.secret is None:
            return None
        if not credential.secret or credential.secret.reveal().isspace():
            # IdentityServer4 decodes %20 after it has asked whether there is a secret, and throws here.
            return Refusal("no_credential", "the secret is empty")
        presented, profile = PresentedHashes(credential.secret), context.profile
        candidates = invalid = 0
        for secret in secrets:
            if secret.type != SHARED_SECRET:
                continue
            candidates += 1
            stored = read_stored_value(secret.value)
            if profile.poisoned_by_invalid_value:
                if not stored.dotnet_valid:
                    return Refusal("invalid_stored_value", _poison(secret, stored))
            elif stored.hash_name is None:
                invalid += 1
                context.warnings.append(f"secret {secret.id} was skipped: its stored value is not a hash")
                continue
            if presented.matches(stored, secret.value):
                return Match(secret)
        return self._refusal(presented, candidates, invalid, context)

    def _refusal(self, presented: PresentedHashes, candidates: int, invalid: int, context: Context) -> Refusal:
        expired = [secret for secret in context.expired if secret.type == SHARED_SECRET]
        for secret in expired:
            stored = read_stored_value(secret.value)
            # A server that knows no PHC strings would not have taken it before, either.
            if (context.profile.phc or stored.dotnet_valid) and presented.matches(stored, secret.value):
                return right_but_expired(secret)
        if candidates == invalid and not expired:
            presented.matches(_DECOY, _DECOY_VALUE)
        if candidates > invalid:
            return MISMATCH
        if candidates:
            return Refusal("invalid_stored_value", "none of the stored values is a hash")
        if expired:
            return ALL_EXPIRED
        return NO_SHARED_SECRET
