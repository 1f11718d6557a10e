"""``check`` as a Nagios plug-in's output: one line, with performance data (Monitoring Plugins Development Guidelines)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.render.check_words import summary_line, window_length
from secretctl.render.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from secretctl.lifetimes import Window
    from secretctl.operations.expiry import CheckReport
    from secretctl.render import Page

_WORDS = {"ok": "OK", "warning": "WARNING", "critical": "CRITICAL"}
_NAMED = 3  # the line travels through NRPE, which cuts it at 1024 bytes
_LONGEST = 200


def check(report: CheckReport, _page: Page) -> Iterator[str]:
    """``SECRETCTL CRITICAL - 1 critical, 6 ok: client/web: … | critical=1;;0 …``."""
    troubled = [principal for principal in report.worst_first() if principal.level in {"critical", "warning"}]
    parts = [_cut(f"{principal.target}: {principal.reasons[0].text}") for principal in troubled[:_NAMED]]
    if len(troubled) > _NAMED:
        parts.append(f"{len(troubled) - _NAMED} more")
    text = f"{summary_line(report)}{': ' if parts else ''}{'; '.join(parts)}"
    yield f"SECRETCTL {_WORDS[report.level]} - {_safe(text)} | {_performance(report)}\n"


def unknown(message: str) -> str:
    """The line for status 3, where the question cannot be answered."""
    return f"SECRETCTL UNKNOWN - {_safe(_cut(message))}\n"


def _performance(report: CheckReport) -> str:
    counts = report.summary
    data = [f"ok={counts['ok']};;;0", f"warning={counts['warning']};0;;0", f"critical={counts['critical']};;0;0"]
    ends = [p.covered_until for p in report.principals if p.covered_until is not None and p.level != "disabled"]
    if ends:
        left = int((min(ends) - report.checked_at).total_seconds())
        windows = (_threshold(window, report.checked_at) for window in (report.warn, report.critical))
        data.append(f"next_end={left}s;{';'.join(windows)}")
    return " ".join(data)


def _threshold(window: Window, now: datetime) -> str:
    """A range that alarms below the window's length; a share of each lifetime has none."""
    length = window_length(window, now)
    return "" if length is None else f"{int(length.total_seconds())}:"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _safe(text: str) -> str:
    """One line, in which ``|`` means nothing: what follows it would count as performance data."""
    return visible(text).replace("|", "\\x7c")
