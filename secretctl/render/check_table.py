"""``check`` for people: worst first, with a time line of each principal's coverage on a terminal."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from secretctl.render.check_words import left_text, summary_line, until_text, window_length
from secretctl.render.table import aligned
from secretctl.render.text import columns, painted, visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from secretctl.operations.expiry import CheckReport, PrincipalStatus
    from secretctl.render import Page

_COLORS = {"critical": "1;31", "warning": "33", "ok": "32", "disabled": "2"}
_FAINT = "2"
_INDENT = 10  # the level and two blanks
_FIXED = _INDENT + 12 + 8  # and the date and the days left
_MIN_LINE, _MAX_LINE, _MIN_TARGET = 18, 48, 12
_WINDOWS_SHOWN = 3  # a time line shows as many warning windows from now on


def check(report: CheckReport, page: Page) -> Iterator[str]:
    """The principals, worst first, what is the matter with each, and how many there are of which level."""
    principals = report.worst_first()
    body = _plain(principals, report) if page.width is None else _drawn(principals, report, page)
    yield f"{body}{summary_line(report)}\n"


def _plain(principals: list[PrincipalStatus], report: CheckReport) -> str:
    if not principals:
        return ""
    rows = [["LEVEL", "TARGET", "COVERED UNTIL", "LEFT", "REASONS"]]
    for principal in principals:
        left, reasons = left_text(principal, report.checked_at), visible("; ".join(map(str, principal.reasons)))
        rows.append([principal.level, visible(str(principal.target)), until_text(principal), left, reasons])
    return aligned(rows)


def _drawn(principals: list[PrincipalStatus], report: CheckReport, page: Page) -> str:
    assert page.width is not None
    longest = max((columns(visible(str(principal.target))) for principal in principals), default=0)
    room = max(page.width - _FIXED - 2, 0)
    line = _MIN_LINE if room >= _MIN_LINE + _MIN_TARGET else 0
    target_width = min(max(longest, _MIN_TARGET), max(room - line, _MIN_TARGET))
    scale = _Scale(report, min(room - target_width, _MAX_LINE) if line else 0)
    lines = []
    if principals:
        head = f"{'LEVEL':<10}{'TARGET':<{target_width + 2}}{'UNTIL':<12}{'LEFT':>6}  {scale.labels()}"
        lines.append(painted(head.rstrip(), "1", color=page.color))
    for principal in principals:
        lines += _principal_lines(principal, target_width, scale, page)
    return "".join(f"{line}\n" for line in [*lines, *([""] if lines else [])])


def _principal_lines(principal: PrincipalStatus, target_width: int, scale: _Scale, page: Page) -> list[str]:
    from textwrap import wrap

    assert page.width is not None
    codes = _COLORS[principal.level]
    name, level = visible(str(principal.target)), painted(f"{principal.level:<10}", codes, color=page.color)
    dates = f"{until_text(principal):<12}{left_text(principal, scale.now):>6}  "
    bar = painted(scale.bar(principal), codes, color=page.color)
    if columns(name) <= target_width:
        padding = " " * (target_width + 2 - columns(name))
        lines = [f"{level}{name}{padding}{dates}{bar}"]
    else:  # a name that does not fit its column has a line of its own: nothing is cut off
        lines = [f"{level}{name}", " " * (_INDENT + target_width + 2) + dates + bar]
    for reason in principal.reasons:
        lines += [
            painted(" " * _INDENT + part, _FAINT, color=page.color)
            for part in wrap(visible(reason.text), max(page.width - _INDENT, 20))
        ]
    return [line.rstrip() for line in lines]


class _Scale:
    """What the cells of the time lines stand for: now on the left, some warning windows ahead on the right."""

    def __init__(self, report: CheckReport, cells: int) -> None:
        self.now, self.cells = report.checked_at, cells
        warn = window_length(report.warn, self.now) or timedelta(days=30)
        self.horizon = max(warn * _WINDOWS_SHOWN, timedelta(days=1))
        self._marks = {}
        for window in (report.warn, report.critical):
            length = window_length(window, self.now)
            if length is not None and length < self.horizon:
                self._marks[self._cell(self.now + length)] = str(window)

    def _cell(self, instant: datetime) -> int:
        return int((instant - self.now) / self.horizon * self.cells)

    def labels(self) -> str:
        """``now``, the windows above their marks as far as they fit, and the right end."""
        cells = [" "] * self.cells
        if not cells:
            return ""
        days = f"{self.horizon.days}d"
        for start, label in sorted([(0, "now"), (self.cells - len(days), days), *self._marks.items()]):
            before = cells[max(start - 1, 0) : start + len(label)]
            if start + len(label) <= self.cells and not "".join(before).strip():
                cells[start : start + len(label)] = label
        return "".join(cells)

    def bar(self, principal: PrincipalStatus) -> str:
        """Coverage as a line that ends where it ends: ``━━┿━━╸``; the windows are marked on what is not covered."""
        cells = ["┊" if cell in self._marks else "·" for cell in range(self.cells)]
        until = principal.covered_until
        if not (principal.covered and cells):
            return "".join(cells)
        last = self.cells if until is None else self._cell(until)
        cells[:last] = "━" * min(last, self.cells)
        for secret in principal.secrets:
            end = secret.expiration
            if end is not None and end >= self.now and end != until and secret.status != "invalid":
                cell = self._cell(end)
                if cell < min(last, self.cells):
                    cells[cell] = "┿"
        if last >= self.cells:
            cells[-1] = "▶"
        else:
            cells[last] = "╸"
        return "".join(cells)
