"""No plan takes a principal's last usable secret by accident."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.errors import RefusedError
from secretctl.lifetimes import unexpired

if TYPE_CHECKING:
    from datetime import datetime

    from secretctl.model import Principal
    from secretctl.operations.plan import Plan


def refuse_lockout(plan: Plan, now: datetime) -> None:
    """RefusedError ``last_usable_secret`` where an enabled principal that had a usable secret would have none.

    Disabling or removing a principal as a whole is no accident.
    """
    for change in plan.changes:
        before, after = change.before, change.after
        if before is None or after is None or not before.enabled or not after.enabled:
            continue
        if _usable(before, now) and not _usable(after, now):
            raise RefusedError(
                "last_usable_secret",
                f"{change.target} would be left without a usable secret",
                hint="give it another secret first, or use --force",
            )


def _usable(principal: Principal, now: datetime) -> bool:
    return bool(unexpired(principal.secrets, now))
