"""Which of several shared secrets is the newest: the one whose plaintext and end others are told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from secretctl.crypto.shared_secret import read_stored_value
from secretctl.lifetimes import unexpired
from secretctl.model import SHARED_SECRET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secretctl.model import Secret

_NOBODY_KNOWS = datetime.min.replace(tzinfo=UTC)


def newest_first(secrets: Sequence[Secret], now: datetime) -> list[Secret]:
    """The usable shared secrets: not expired, and with a stored value that something can match.

    Those without a date count as the oldest; of equals the last in the list comes first.
    """
    usable = [
        secret
        for secret in reversed(unexpired(secrets, now))
        if secret.type == SHARED_SECRET and read_stored_value(secret.value).hash_name is not None
    ]
    return sorted(usable, key=lambda secret: secret.created or _NOBODY_KNOWS, reverse=True)
