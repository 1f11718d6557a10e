"""Points in time and durations: the grammar of WHEN, calendar arithmetic, and when a secret ends."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secretctl.errors import UsageError
from secretctl.lifetimes import (
    DEFAULT_CRITICAL,
    DEFAULT_OVERLAP,
    DEFAULT_WARN,
    DURATION_HINT,
    FIRST_INSTANT,
    LAST_INSTANT,
    WHEN_HINT,
    Duration,
    Share,
    is_expired,
    parse_duration,
    parse_instant,
    parse_when,
    parse_window,
    unexpired,
    usable_until,
    window_opens,
)
from secretctl.model import Secret, StoredValue, instant_text

NOW = datetime(2026, 1, 31, 12, 30, 15, tzinfo=UTC)


def at(text: str) -> datetime:
    """An instant, by the standard library alone."""
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-12-31", "2026-12-31T00:00:00+00:00"),
        ("2026-12-31T12:00:00Z", "2026-12-31T12:00:00+00:00"),
        ("2026-12-31t12:00:00z", "2026-12-31T12:00:00+00:00"),
        ("2026-12-31 12:00:00", "2026-12-31T12:00:00+00:00"),
        ("2026-12-31T12:00:00", "2026-12-31T12:00:00+00:00"),
        ("2026-12-31T12:00:00+02:00", "2026-12-31T10:00:00+00:00"),
        ("2026-12-31T12:00:00-05:30", "2026-12-31T17:30:00+00:00"),
        ("2026-12-31T12:00:00.25Z", "2026-12-31T12:00:00.250000+00:00"),
        ("2026-12-31T12:00:00.1234567Z", "2026-12-31T12:00:00.123456+00:00"),
        ("2024-02-29", "2024-02-29T00:00:00+00:00"),
        ("now", "2026-01-31T12:30:15+00:00"),
        ("60s", "2026-01-31T12:31:15+00:00"),
        ("15min", "2026-01-31T12:45:15+00:00"),
        ("12h", "2026-02-01T00:30:15+00:00"),
        ("90d", "2026-05-01T12:30:15+00:00"),
        ("2w", "2026-02-14T12:30:15+00:00"),
        ("1mo", "2026-02-28T12:30:15+00:00"),
        ("6mo", "2026-07-31T12:30:15+00:00"),
        ("13mo", "2027-02-28T12:30:15+00:00"),
        ("25mo", "2028-02-29T12:30:15+00:00"),
        ("1y", "2027-01-31T12:30:15+00:00"),
        ("P90D", "2026-05-01T12:30:15+00:00"),
        ("P1Y6M", "2027-07-31T12:30:15+00:00"),
        ("P1Y2M3W4DT5H6M7S", "2027-04-25T17:36:22+00:00"),
        ("PT36H", "2026-02-02T00:30:15+00:00"),
        ("P2W", "2026-02-14T12:30:15+00:00"),
        ("0d", "2026-01-31T12:30:15+00:00"),
    ],
)
def test_what_when_understands(text: str, expected: str) -> None:
    """Instants, dates, durations from now by the calendar, now."""
    assert parse_when(text, NOW) == at(expected)


def test_never() -> None:
    """No end at all."""
    assert parse_when("never", NOW) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "soon",
        "NOW",
        "Never",
        "90",
        "-1d",
        "1.5d",
        "1 d",
        "1D",
        "1d ",
        "٣d",
        "90days",
        "1234567890d",
        "P",
        "PT",
        "P1",
        "P1D ",
        "p1d",
        "P-1D",
        "P1.5D",
        "P1DT",
        "P1D1Y",
        "P1H",
        "2026-13-01",
        "2026-02-30",
        "2026-1-1",
        "20260101",
        "2026-W01-1",
        "2026-01-01T",
        "2026-01-01T12:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T12:00:60Z",
        "2026-01-01T12:00:00+25:00",
        "2026-01-01T12:00:00+0200",
        "2026-01-01T12:00:00,5Z",
        "0000-01-01",
        "0001-01-01T00:00:00+01:00",
        "２０２６-01-01",
        "2026-01-01\n",
    ],
)
def test_what_when_refuses(text: str) -> None:
    """A usage error with a hint that shows the ways to write one."""
    with pytest.raises(UsageError) as caught:
        parse_when(text, NOW)
    assert (caught.value.code, caught.value.status) == ("when_invalid", 64)
    assert caught.value.hint


def test_m_could_be_minutes_or_months() -> None:
    """So it is neither, and the hint offers both."""
    with pytest.raises(UsageError) as caught:
        parse_when("6m", NOW)
    assert "6min" in str(caught.value.hint)
    assert "6mo" in str(caught.value.hint)
    assert caught.value.code == "when_invalid"
    with pytest.raises(UsageError) as caught:
        parse_duration("6m")
    assert caught.value.code == "duration_invalid"


@pytest.mark.parametrize("text", ["soon", "20260101", "90", "p1d", "12:00"])
def test_what_does_not_begin_like_a_duration_is_not_called_one(text: str) -> None:
    """The hint shows dates as well."""
    with pytest.raises(UsageError, match="not a point in time") as caught:
        parse_when(text, NOW)
    assert caught.value.hint == WHEN_HINT


@pytest.mark.parametrize("text", ["90days", "1D", "PT", "P1Y-6M"])
def test_what_begins_like_a_duration_gets_the_hint_of_durations(text: str) -> None:
    """Without a guess at minutes or months, which only a lone m is."""
    with pytest.raises(UsageError, match="not a point in time") as caught:
        parse_when(text, NOW)
    assert caught.value.hint == DURATION_HINT


def test_an_instant_without_a_zone_is_utc_wherever_the_machine_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same registry means the same everywhere, and everything is reported in UTC."""
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    try:
        for text in ("2026-01-01T12:00:00", "2026-01-01T12:00:00Z", "2026-01-01T14:00:00+02:00"):
            assert parse_instant(text).isoformat() == "2026-01-01T12:00:00+00:00"
        assert parse_instant("2026-01-01").isoformat() == "2026-01-01T00:00:00+00:00"
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("text", ["9999y", "999999999mo", "999999999w", "999999999y", "P999999999Y"])
def test_beyond_the_last_year(text: str) -> None:
    """Refused with the duration that was too long."""
    with pytest.raises(UsageError, match=text) as caught:
        parse_when(text, NOW)
    assert caught.value.code == "when_out_of_range"
    assert parse_duration(text).after(NOW) == LAST_INSTANT, "as a window or a lifetime it has no other limit"
    assert parse_duration(text).before(NOW) == FIRST_INSTANT


def test_durations_backwards() -> None:
    """By the same calendar: a month before 31 March is the last of February."""
    assert parse_duration("1mo").before(at("2026-03-31T00:00:00Z")) == at("2026-02-28T00:00:00Z")
    assert parse_duration("1y").before(at("2024-02-29T00:00:00Z")) == at("2023-02-28T00:00:00Z")
    assert parse_duration("1h").before(NOW) == NOW - timedelta(hours=1)
    assert parse_duration("1mo").before(at("2026-01-15T00:00:00Z")) == at("2025-12-15T00:00:00Z")


def test_how_it_was_written_is_kept() -> None:
    """Reports repeat it."""
    assert str(parse_duration("P1Y6M")) == "P1Y6M"
    assert str(parse_window("20%")) == "20%"
    assert [str(each) for each in (DEFAULT_WARN, DEFAULT_CRITICAL, DEFAULT_OVERLAP)] == ["30d", "7d", "7d"]


@pytest.mark.parametrize(("text", "fraction"), [("20%", 0.2), ("0%", 0.0), ("100%", 1.0), ("12.5%", 0.125)])
def test_shares(text: str, fraction: float) -> None:
    """A part of a lifetime."""
    assert parse_window(text) == Share(fraction, text)


@pytest.mark.parametrize("text", ["101%", "100.1%", "-1%", "%", "1.%", "20 %", "20%%", "soon"])
def test_what_is_no_window(text: str) -> None:
    """More than all of it, or not a number."""
    with pytest.raises(UsageError) as caught:
        parse_window(text)
    assert caught.value.code == "duration_invalid"


def test_when_a_window_opens() -> None:
    """A duration before the end, a share of the lifetime, or what stands for it where the start is not known."""
    start, end = at("2026-01-01T00:00:00Z"), at("2026-04-11T00:00:00Z")
    assert window_opens(parse_window("10d"), start=start, end=end, fallback=DEFAULT_WARN) == at("2026-04-01T00:00:00Z")
    assert window_opens(parse_window("20%"), start=start, end=end, fallback=DEFAULT_WARN) == at("2026-03-22T00:00:00Z")
    for unknown in (None, end + timedelta(seconds=1)):
        assert window_opens(parse_window("20%"), start=unknown, end=end, fallback=DEFAULT_WARN) == end - timedelta(
            days=30
        )
    assert window_opens(parse_window("20%"), start=end, end=end, fallback=DEFAULT_WARN) == end, "20% of nothing"


def test_valid_up_to_and_including_the_expiration() -> None:
    """IdentityServer's HasExpired: expiration < now."""
    assert not is_expired(None, NOW)
    assert not is_expired(NOW, NOW)
    assert is_expired(NOW, NOW + timedelta(microseconds=1))
    secrets = [
        Secret(str(n), "SharedSecret", StoredValue(""), expiration=end)
        for n, end in enumerate([None, NOW, NOW - timedelta(1)])
    ]
    assert [secret.id for secret in unexpired(secrets, NOW)] == ["0", "1"]


def test_the_last_end_counts() -> None:
    """Never outlasts everything."""
    ends = [NOW, NOW + timedelta(days=2), NOW + timedelta(days=1)]
    assert usable_until(ends) == NOW + timedelta(days=2)
    assert usable_until([*ends, None]) is None


UNITS = {"s": 1, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}


@given(st.integers(0, 10**5), st.sampled_from(sorted(UNITS)))
def test_exact_durations_are_what_they_say(count: int, unit: str) -> None:
    """A number of seconds, forwards and backwards."""
    duration = parse_duration(f"{count}{unit}")
    assert duration == Duration(0, count * UNITS[unit], f"{count}{unit}")
    assert duration.after(NOW) - NOW == timedelta(seconds=count * UNITS[unit])
    assert duration.before(duration.after(NOW)) == NOW


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)), st.integers(0, 1_000))
def test_months_keep_the_day_or_take_the_last(start: datetime, months: int) -> None:
    """The month is the right one, the day the same unless the month lacks it, the time untouched."""
    instant = start.replace(tzinfo=UTC)
    moved = Duration(months, 0, "").after(instant)
    assert (moved.year * 12 + moved.month) - (instant.year * 12 + instant.month) == months
    assert moved.timetz() == instant.timetz()
    assert moved.day == instant.day or (moved.day < instant.day and (moved + timedelta(days=1)).day == 1)


@given(st.datetimes(timezones=st.just(UTC)))
def test_instants_read_back(instant: datetime) -> None:
    """What is written as RFC 3339 is read as the same instant."""
    assert parse_instant(instant_text(instant)) == instant
    assert parse_when(instant_text(instant), NOW) == instant


@given(st.text(max_size=30) | st.from_regex(r"[0-9PTYMWDHS:+\-. Z%]{1,30}", fullmatch=True))
def test_any_text_is_understood_or_refused(text: str) -> None:
    """Never another exception, and always an aware time in UTC."""
    for parse in (lambda: parse_when(text, NOW), lambda: parse_window(text)):
        try:
            result = parse()
        except UsageError:
            continue
        assert not isinstance(result, datetime) or result.utcoffset() == timedelta(0)
