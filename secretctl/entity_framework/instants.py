"""Points in time as Entity Framework writes them into SQLite, which has no type for them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_TEXT = re.compile(
    r"\s*([0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?)\s*(Z|[+-][0-9]{2}:[0-9]{2})?\s*"
)


def instant_column(instant: datetime, *, offset: bool = False) -> str:
    """``yyyy-MM-dd HH:mm:ss.FFFFFFF`` in UTC (Microsoft.Data.Sqlite): a fraction only where there is one.

    ``offset``: with ``+00:00`` behind it, as a ``DateTimeOffset`` has.
    """
    utc = instant.astimezone(UTC).replace(tzinfo=None)
    text = utc.isoformat(sep=" ")
    return (text.rstrip("0") if utc.microsecond else text) + ("+00:00" if offset else "")


def parse_instant(text: str) -> datetime:
    """The instant that such a text means; without a zone it is UTC. ValueError where it means none.

    .NET counts in 100 ns: the seventh digit is cut, never rounded up, so that no secret lives longer than it says.
    """
    match = _TEXT.fullmatch(text)
    if match is None:
        raise ValueError("not a date as Entity Framework writes them")
    if match[2] is None:
        return datetime.fromisoformat(match[1]).replace(tzinfo=UTC)
    return datetime.fromisoformat(match[1] + match[2]).astimezone(UTC)


def span_column(span: timedelta) -> str:
    """``hh:mm:ss``, a ``TimeSpan`` under one day without a fraction."""
    return str(timedelta(seconds=int(span.total_seconds()))).rjust(8, "0")
