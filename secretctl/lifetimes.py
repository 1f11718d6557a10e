"""Points in time and durations: how people write them, and when a secret ends. Pure: now is always an argument."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from secretctl.errors import UsageError
from secretctl.model import instant_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from secretctl.model import Secret

WHEN_HINT = "write 2026-12-31, 2026-12-31T12:00:00Z, a duration from now (60s, 15min, 12h, 90d, 2w, 6mo, 1y, P90D), now or never"
DURATION_HINT = "write a number and a unit: 60s, 15min, 12h, 90d, 2w, 6mo or 1y, or an ISO 8601 duration such as P90D"

_DAY = 86_400
_SECONDS = {"s": 1, "min": 60, "h": 3_600, "d": _DAY, "w": 7 * _DAY}
_MONTHS = {"mo": 1, "y": 12}
_SIMPLE = r"([0-9]{1,9})(s|min|h|d|w|mo|y)"
_ISO = (
    r"P(?=[0-9T])(?:([0-9]{1,9})Y)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9})W)?(?:([0-9]{1,9})D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9})S)?)?"
)
_SHARE = r"([0-9]{1,3}(?:\.[0-9]{1,3})?)%"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_INSTANT = rf"{_DATE}[Tt ]{_CLOCK}:[0-9]{{2}}(?:\.[0-9]+)?(?:[Zz]|[+-]{_CLOCK})?"

FIRST_INSTANT = datetime.min.replace(tzinfo=UTC)
LAST_INSTANT = datetime.max.replace(tzinfo=UTC)


class Duration(NamedTuple):
    """A length of time: calendar ``months`` first, then exact ``seconds``. ``text`` is how it was written."""

    months: int
    seconds: int
    text: str

    def __str__(self) -> str:
        return self.text

    def after(self, instant: datetime) -> datetime:
        """The instant this much later; a day that its month lacks becomes the month's last (31 January + 1mo: 28 February).

        Beyond the year 9999 it is that year's end: a window, an overlap or a lifetime that long has no other limit.
        """
        return self.moved(instant, 1) or LAST_INSTANT

    def before(self, instant: datetime) -> datetime:
        """The instant this much earlier, by the same calendar rule, and the beginning of the year 1 at the earliest."""
        return self.moved(instant, -1) or FIRST_INSTANT

    def moved(self, instant: datetime, sign: int) -> datetime | None:
        """The instant this much later (``sign`` 1) or earlier (-1), or None outside the years 1 to 9999."""
        try:
            if self.months:
                from calendar import monthrange

                years, month = divmod(instant.year * 12 + instant.month - 1 + sign * self.months, 12)
                day = min(instant.day, monthrange(years, month + 1)[1])
                instant = instant.replace(year=years, month=month + 1, day=day)
            return instant + sign * timedelta(seconds=self.seconds)
        except (OverflowError, ValueError):
            return None


class Share(NamedTuple):
    """A part of a secret's lifetime, such as ``20%``; ``fraction`` is between 0 and 1."""

    fraction: float
    text: str

    def __str__(self) -> str:
        return self.text


Window = Duration | Share
"""How long before its end a secret counts as due."""

DEFAULT_WARN = Duration(0, 30 * _DAY, "30d")
DEFAULT_CRITICAL = Duration(0, 7 * _DAY, "7d")
DEFAULT_OVERLAP = Duration(0, 7 * _DAY, "7d")


def parse_duration(text: str) -> Duration:
    """A duration as ``90d``, ``6mo`` or ISO 8601 ``P1Y6M``; UsageError ``duration_invalid``."""
    if match := re.fullmatch(_SIMPLE, text):
        count, unit = int(match[1]), match[2]
        return Duration(count * _MONTHS.get(unit, 0), count * _SECONDS.get(unit, 0), text)
    if match := re.fullmatch(_ISO, text):
        years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        exact = (weeks * 7 + days) * _DAY + hours * 3_600 + minutes * 60 + seconds
        return Duration(years * 12 + months, exact, text)
    hint = DURATION_HINT
    if re.fullmatch(r"[0-9]+m", text):
        hint = f"m could be minutes or months: write {text}in or {text}o"
    raise UsageError("duration_invalid", f"{text!a} is not a duration", hint=hint)


def parse_window(text: str) -> Window:
    """A duration, or a share of a lifetime such as ``20%``; UsageError ``duration_invalid``."""
    match = re.fullmatch(_SHARE, text)
    if match is None:
        return parse_duration(text)
    fraction = float(match[1]) / 100
    if fraction > 1:
        raise UsageError(
            "duration_invalid", f"{text} is more than the whole lifetime", hint="write a share from 0% to 100%"
        )
    return Share(fraction, text)


def parse_instant(text: str) -> datetime:
    """An RFC 3339 instant or a date (00:00 UTC); one without a zone is UTC. UsageError ``when_invalid``.

    A fraction finer than a microsecond is cut, as ``datetime`` holds no more.
    """
    if re.fullmatch(_DATE, text) or re.fullmatch(_INSTANT, text):
        try:
            instant = datetime.fromisoformat(text.upper())
            return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
        except (ValueError, OverflowError):
            raise UsageError("when_invalid", f"{text!a} is not a date that exists", hint=WHEN_HINT) from None
    raise UsageError("when_invalid", f"{text!a} is not a point in time", hint=WHEN_HINT)


def parse_when(text: str, now: datetime) -> datetime | None:
    """A WHEN of the command line: an instant, a date, a duration from ``now``, ``now``, or ``never`` (None).

    Raises UsageError: ``when_invalid`` or ``when_out_of_range``.
    """
    if text == "now":
        return now
    if text == "never":
        return None
    if text[:1] == "P" or (text[:1].isdigit() and text[-1:].isalpha() and "-" not in text):
        try:
            duration = parse_duration(text)
        except UsageError as exc:
            raise UsageError(
                "when_invalid", exc.message.replace("a duration", "a point in time"), hint=exc.hint
            ) from None
        instant = duration.moved(now, 1)
        if instant is None:
            raise UsageError(
                "when_out_of_range",
                f"{text} from {instant_text(now)} lies outside the years 1 to 9999",
                hint="use a shorter duration, or never",
            )
        return instant
    return parse_instant(text)


def is_expired(expiration: datetime | None, now: datetime) -> bool:
    """A secret is valid up to and including its expiration (IdentityServer's ``HasExpired``: expiration < now)."""
    return expiration is not None and expiration < now


def usable_until(ends: "Iterable[datetime | None]") -> datetime | None:
    """When the last of several secrets ends: None where one never does. At least one end is needed."""
    latest: datetime | None = None
    for end in ends:
        if end is None:
            return None
        if latest is None or end > latest:
            latest = end
    return latest


def unexpired(secrets: "Iterable[Secret]", now: datetime) -> "list[Secret]":
    """The secrets that have not expired, in their order (IdentityServer's ``NotExpired``)."""
    return [secret for secret in secrets if secret.expiration is None or secret.expiration >= now]


def window_opens(window: Window, *, start: datetime | None, end: datetime, fallback: Duration) -> datetime:
    """The instant from which a secret that ends at ``end`` counts as due.

    A share needs the start of the lifetime; where that is not known, ``fallback`` stands for it.
    """
    if isinstance(window, Duration):
        return window.before(end)
    if start is None or start > end:
        return fallback.before(end)
    return end - (end - start) * window.fraction
