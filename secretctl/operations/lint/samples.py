"""Which stored values are hashes of secrets that stand in public samples."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from secretctl.crypto.shared_secret import PresentedHashes, hash_secret, read_stored_value
from secretctl.model import SHARED_SECRET, SecretText
from secretctl.policy.chosen_secrets import SAMPLE_SECRETS

if TYPE_CHECKING:
    from secretctl.model import Secret, StoredValue
    from secretctl.operations.lint.finding import Context

_TRIED_SLOWLY = ("secret", "api-secret", "1q2w3e*", "password", "changeme")
"""Samples that argon2id and scrypt hashes are held against: a try costs 30 ms or 400 ms, which is their purpose."""
_COSTS = {"argon2id": 1, "scrypt": 10}


def is_sample(secret: Secret, context: Context) -> bool:
    """Whether a shared secret is the hash of a sample, in its usual cases, or of nothing at all.

    Slow hashes are held against the few samples that everybody tries first, as long as ``context.patience`` lasts.
    """
    if secret.type != SHARED_SECRET:
        return False
    if secret.value in _fast_hashes():
        return True
    stored = read_stored_value(secret.value)
    if stored.hash_name not in _COSTS or context.patience <= 0:
        return False
    context.patience -= _COSTS[stored.hash_name]
    return any(PresentedHashes(SecretText(sample)).matches(stored, secret.value) for sample in _TRIED_SLOWLY)


@cache
def _fast_hashes() -> frozenset[StoredValue]:
    texts = {spelling for sample in SAMPLE_SECRETS for spelling in (sample, sample.lower(), sample.upper())} | {""}
    return frozenset(hash_secret(SecretText(text), name) for text in texts for name in ("sha256", "sha512"))
