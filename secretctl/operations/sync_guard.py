"""No plan takes a principal's last usable secret by accident."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.errors import RefusedError
from secretctl.operations.expiry import Expiry

if TYPE_CHECKING:
    from datetime import datetime

    from secretctl.model import Principal
    from secretctl.operations.plan import Plan
    from secretctl.settings import Settings

_NOT_USABLE = frozenset({"expired", "invalid"})


def refuse_lockout(plan: Plan, settings: Settings, now: datetime) -> None:
    """RefusedError ``last_usable_secret`` where an enabled principal that had a usable secret would have none.

    ``settings`` are those of the registry that is changed. Disabling or removing a principal as a whole is no accident.
    """
    expiry = Expiry(settings, now=now)
    for change in plan.changes:
        before, after = change.before, change.after
        # Only what goes or gets another end can be missed.
        if before is None or after is None or not change.secrets or not before.enabled or not after.enabled:
            continue
        if _has_usable(before, expiry) and not _has_usable(after, expiry):
            raise RefusedError(
                "last_usable_secret",
                f"{change.target} would be left without a usable secret",
                hint="give it another secret first, or use --force",
            )


def _has_usable(principal: Principal, expiry: Expiry) -> bool:
    return any(secret.status not in _NOT_USABLE for secret in expiry.judge(principal).secrets)
