"""What a rotation of everything that ends soon would take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from secretctl.operations.expiry import Expiry
from secretctl.operations.usable import poison_before_new
from secretctl.operations.validity import SHARED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from secretctl.lifetimes import Window
    from secretctl.model import Principal
    from secretctl.operations.life import Reason
    from secretctl.settings import Settings


@dataclass(frozen=True, slots=True)
class Due:
    """A principal whose secrets end soon or have all ended, and the ``kinds`` of these secrets.

    ``rotatable`` is whether a new shared secret is the answer: not where certificates or keys are what ends, and not
    where an invalid stored value would keep the server from the new one as well. ``reasons`` say what is due and why.
    """

    principal: Principal
    kinds: tuple[str, ...]
    rotatable: bool
    reasons: tuple[Reason, ...]


def due_principals(
    principals: Iterable[Principal], settings: Settings, *, now: datetime, within: Window | None = None
) -> Iterator[Due]:
    """The principals that ``check --warn WITHIN`` would report because secrets end: ``within`` defaults to its windows.

    Disabled principals and those without any secret are left out. Invalid secrets and missing expirations are not due:
    no rotation mends them, and rotating again would find them again.
    """
    expiry = Expiry(settings, now=now, warn=within, critical=within)
    for principal in principals:
        if not (principal.enabled and principal.secrets):
            continue
        status = expiry.judge(principal)
        if status.due or (status.level == "critical" and not status.covered):
            rotatable = SHARED in status.due and poison_before_new(principal.secrets, expiry.validity, now) is None
            yield Due(principal, status.due, rotatable, status.reasons)
