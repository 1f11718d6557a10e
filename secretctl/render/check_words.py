"""How a check is put into words, in every format for people: how many of which level, covered until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.lifetimes import Duration

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from secretctl.lifetimes import Window
    from secretctl.operations.expiry import CheckReport, PrincipalStatus


def summary_line(report: CheckReport) -> str:
    """``1 critical, 2 warning, 7 ok``; levels that nobody has are left out."""
    counts = report.summary
    found = [f"{counts[level]} {level}" for level in ("critical", "warning", "ok", "disabled") if counts[level]]
    return ", ".join(found) or "nothing to check"


def until_text(principal: PrincipalStatus) -> str:
    """The day on which the last usable secret ends; ``forever`` where one never does, ``-`` where there is none."""
    if principal.covered_until is not None:
        return principal.covered_until.strftime("%Y-%m-%d")
    return "forever" if principal.covered else "-"


def left_text(principal: PrincipalStatus, now: datetime) -> str:
    """How long that is from now, in whole days."""
    return "" if principal.covered_until is None else f"{(principal.covered_until - now).days}d"


def window_length(window: Window, now: datetime) -> timedelta | None:
    """How long a window is; a share of each lifetime has no one length."""
    return window.after(now) - now if isinstance(window, Duration) else None
