"""Where on a time line an instant lies: some of it is past, the rest reaches as far as the ends worth seeing."""

from __future__ import annotations

from datetime import MAXYEAR, timedelta
from typing import TYPE_CHECKING, NamedTuple

from secretctl.lifetimes import Duration

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from secretctl.lifetimes import Window
    from secretctl.operations.expiry import CheckReport, PrincipalStatus

_NEAREST, _FARTHEST = timedelta(days=90), timedelta(days=400)
_LABELS = 8
_ROOM_BEFORE, _ROOM_AFTER = 130.0, 60.0
"""What "today" and a label beside it need on a wide page, of the axis's WIDTH."""
_NARROW = 2.5
"""How much more that is on a page of 320 pixels."""


class Bar(NamedTuple):
    """A stretch of the axis; ``open`` on the right where it goes on beyond."""

    start: float
    width: float
    open: bool


class Axis:
    """Maps instants to 0 … WIDTH. ``past`` is how much of it lies before now, as a share of what lies ahead."""

    WIDTH = 1000.0

    def __init__(self, report: CheckReport, *, past: float) -> None:
        self.now = report.checked_at
        ends = (secret.expiration for principal in report.principals for secret in principal.secrets)
        farthest = max((end - self.now for end in ends if end is not None), default=_NEAREST)
        ahead = min(max(farthest * 1.05, _NEAREST), _FARTHEST)
        self._first, self._span = _moved(self.now, -ahead * past), ahead * (1 + past)
        self.today = self.at(self.now)
        self.warning = self._window(report.warn)
        self.critical = self._window(report.critical)

    def at(self, instant: datetime) -> float:
        """Where an instant lies; beyond either end it is that end."""
        share = (instant - self._first) / self._span
        return round(min(max(share, 0.0), 1.0) * self.WIDTH, 1)

    def life(self, starts: datetime | None, ends: datetime | None) -> Bar:
        """A secret from its start, as far as that is known, to its end."""
        left = 0.0 if starts is None else self.at(starts)
        right = self.WIDTH if ends is None else self.at(ends)
        beyond = ends is None or ends - self._first > self._span
        return Bar(min(left, right), round(max(right - left, 0.0), 1), beyond)

    def coverage(self, principal: PrincipalStatus) -> Bar | None:
        """A principal from now to the end of its last usable secret; None where it has none."""
        return self.life(self.now, principal.covered_until) if principal.covered else None

    def labels(self) -> Iterator[tuple[float, str, bool]]:
        """First days of months, or of every few of them, what to write there, and whether a narrow page has room for it."""
        months = max(1, -(-self._span.days // (30 * _LABELS)))
        year, month = self._first.year, self._first.month
        while True:
            year, month = year + (month + months - 1) // 12, (month + months - 1) % 12 + 1
            if year > MAXYEAR:
                return
            first = self.now.replace(year=year, month=month, day=1, hour=0, minute=0, second=0, microsecond=0)
            at = self.at(first)
            if at >= self.WIDTH:
                return
            room = (at - self.today) / _ROOM_AFTER if at > self.today else (self.today - at) / _ROOM_BEFORE
            if room > 1:  # what stands nearer is "today"
                yield at, f"{first:%b} {year}" if month <= months else f"{first:%b}", room > _NARROW

    def _window(self, window: Window) -> float:
        """How wide a window is from now on; a share of each lifetime has no one width."""
        if not isinstance(window, Duration):
            return 0.0
        return round(self.at(window.after(self.now)) - self.today, 1)


def _moved(instant: datetime, by: timedelta) -> datetime:
    try:
        return instant + by
    except OverflowError:  # within months of the year 1
        return instant
