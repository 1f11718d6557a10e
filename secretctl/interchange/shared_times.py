"""What a format that keeps one shared secret a client says of it: not its value, but when it ends."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from secretctl.crypto.newest import newest_first
from secretctl.interchange import Loss
from secretctl.model import SHARED_SECRET

if TYPE_CHECKING:
    from secretctl.model import Principal, Secret

ONLY_HASH = "only its hash is known: the client's secret has to be set again there"
WHOLE_SECONDS = "the format counts whole seconds: its fraction is cut"


def newest_usable(principal: Principal, now: datetime) -> Secret | None:
    """The shared secret that such a format speaks of (see ``newest_first``)."""
    return next(iter(newest_first(principal.secrets, now)), None)


def list_hashes(principal: Principal, losses: list[Loss]) -> None:
    """Say of every shared secret that its value cannot go along."""
    losses.extend(
        Loss(str(principal.target), SHARED_SECRET, ONLY_HASH, secret.id)
        for secret in principal.secrets
        if secret.type == SHARED_SECRET
    )


def epoch_seconds(instant: datetime, principal: Principal, secret: Secret, losses: list[Loss]) -> int:
    """Seconds since 1970, cut so that nothing lives longer than it did."""
    if instant.microsecond:
        losses.append(Loss(str(principal.target), "expiration", WHOLE_SECONDS, secret.id))
    return int((instant - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() // 1)
