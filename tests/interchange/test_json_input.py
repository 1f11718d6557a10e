"""JSON of others: what is taken, what is refused, and that nothing of it is ever quoted."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secretctl.errors import UnavailableError
from secretctl.interchange.json_input import Fields, load_json


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"a": 1, "a": 2}',
        '{"a": {"b": 1, "b": 2}}',
        '{"a": NaN}',
        '{"a": -Infinity}',
        '{"a": 1e999}',
        '{"a": "\\ud800"}',
        "[" * 100_000,
        f'{{"a": {"9" * 5000}}}',
        '{"a": 1} trailing',
        "{'a': 1}",
    ],
)
def test_what_is_not_plain_json_is_refused(text: str) -> None:
    """Bad syntax, repeated keys, NaN, half surrogates, endless nesting and numbers: always the same error, status 3."""
    with pytest.raises(UnavailableError) as caught:
        load_json(text, what="a test")
    assert caught.value.code == "import_invalid"


def test_a_syntax_error_tells_the_place_and_quotes_nothing() -> None:
    """Line and column help; the text around them could be a secret."""
    with pytest.raises(UnavailableError, match=r"line 2, column 12") as caught:
        load_json('{\n "secret": hunter2-hunter2}', what="a test")
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('\ufeff{"a": 1}', {"a": 1}),
        ('{"a": 1, // one\n "b": [1, 2,], /* two\n lines */ }', {"a": 1, "b": [1, 2]}),
        ('{"a": "// no /* comment, ]", "b": "\\"//",}', {"a": "// no /* comment, ]", "b": '"//'}),
        ('{"a": [1, /* , */ ],}', {"a": [1]}),
        ('{"url": "https://id.example.com/,}"}', {"url": "https://id.example.com/,}"}),
    ],
)
def test_relaxed_reading_takes_what_dotnet_takes(text: str, expected: object) -> None:
    """A byte-order mark, comments and trailing commas; never anything inside of a string."""
    assert load_json(text, what="a test", relaxed=True) == expected


@pytest.mark.parametrize("text", ['{"a": 1,}', '{"a": 1} // end', '{"a": /* x */ 1}'])
def test_strict_reading_takes_no_comments(text: str) -> None:
    """Only .NET's configuration has comments."""
    with pytest.raises(UnavailableError):
        load_json(text, what="a test")


@pytest.mark.parametrize(
    "text",
    [
        '"' + '\\"' * 500_000,
        '"' + '\\"' * 500_000 + "\\",
        "{" + "/* " * 500_000,
        '{"a": 1} /*',
        "{" + "// " * 500_000,
        '"' * 1_000_001,
        ", " * 500_000,
    ],
)
def test_what_never_ends_is_refused_at_once(text: str) -> None:
    """Strings and comments without an end, a megabyte of them: seconds, where a search behind each would take hours."""
    with pytest.raises(UnavailableError) as caught:
        load_json(text, what="a test", relaxed=True)
    assert caught.value.code == "import_invalid"


def test_comments_keep_the_lines_of_messages() -> None:
    """An error after a comment of three lines is still told in the right line."""
    with pytest.raises(UnavailableError, match="line 4"):
        load_json('{ /* 1\n2\n3 */ "a": 1,\n x }', what="a test", relaxed=True)


@given(st.text(), st.booleans())
def test_no_text_raises_anything_else(text: str, relaxed: bool) -> None:
    """Whatever is read: a document or the one error."""
    with suppress(UnavailableError):
        load_json(text, what="a test", relaxed=relaxed)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    )
)
def test_relaxed_reading_changes_no_plain_json(document: Any) -> None:
    """Every JSON document reads the same, relaxed or not."""
    import json

    text = json.dumps(document)
    assert load_json(text, what="a test", relaxed=True) == document


@pytest.mark.parametrize(
    ("method", "value"),
    [
        ("text", 5),
        ("text", True),
        ("flag", "yes"),
        ("flag", 1),
        ("texts", "a"),
        ("texts", ["a", 5]),
        ("texts", {"0": "a"}),
        ("objects", ["a"]),
        ("objects", "a"),
        ("child", []),
        ("instant", "tomorrow"),
        ("instant", 5),
        ("epoch", "tomorrow"),
        ("epoch", True),
        ("epoch", 1.5),
        ("epoch", [1]),
        ("epoch", 10**18),
        ("required_text", ""),
        ("required_text", None),
    ],
)
def test_a_wrong_type_is_named_by_its_place_only(method: str, value: object) -> None:
    """The message names the key and what belongs there."""
    with pytest.raises(UnavailableError, match=r"Clients\[0\]\.key") as caught:
        getattr(Fields({"key": value}, "Clients[0]"), method)("key")
    assert "tomorrow" not in caught.value.message


def test_null_is_absent() -> None:
    """Every reader takes null for nothing."""
    fields = Fields(dict.fromkeys("abcdefg"), "")
    assert fields.text("a") is None
    assert fields.flag("b") is None
    assert fields.texts("c") == ()
    assert fields.objects("d") == []
    assert fields.child("e").unread() == []
    assert fields.instant("f") is None
    assert fields.epoch("g") == (None, False)
    assert not fields.has("a")


def test_every_index_of_an_array_may_be_null() -> None:
    """Nulls among the items are skipped; an object takes their places in messages."""
    assert [place for place, _ in Fields({"key": [None, "a"]}, "").items("key")] == ["key[1]"]


def test_unread_keys_are_those_that_hold_something() -> None:
    """False and 0 say something; null and empty values do not."""
    fields = Fields({"a": 1, "b": None, "c": [], "d": {}, "e": "", "f": False, "g": 0, "read": "x"}, "")
    assert fields.text("read") == "x"
    assert fields.unread() == ["a", "f", "g"]


def test_folded_keys_are_compared_without_case() -> None:
    """As .NET's configuration compares them; two that differ only by case are an error there, too."""
    assert Fields({"clientID": "web"}, "", folded=True).text("ClientId") == "web"
    with pytest.raises(UnavailableError, match="different case"):
        Fields({"clientID": "web", "ClientId": "app"}, "", folded=True)
    assert Fields({"clientID": "web"}, "").text("ClientId") is None


def test_folded_arrays_may_be_objects() -> None:
    """Configuration has no arrays, only numbered keys, in the order of their numbers."""
    fields = Fields({"list": {"10": "c", "2": "b", "name": "d", "0": None}}, "", folded=True)
    assert fields.texts("list") == ("b", "c", "d")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-12-31T00:00:00", datetime(2026, 12, 31, tzinfo=UTC)),
        ("2026-12-31T01:00:00+01:00", datetime(2026, 12, 31, tzinfo=UTC)),
        ("2026-12-31 00:00:00Z", datetime(2026, 12, 31, tzinfo=UTC)),
        ("2026-12-31", datetime(2026, 12, 31, tzinfo=UTC)),
        ("2026-12-31T00:00:00.1234567", datetime(2026, 12, 31, 0, 0, 0, 123456, tzinfo=UTC)),
        ("", None),
    ],
)
def test_instants(text: str, expected: datetime | None) -> None:
    """With and without a zone, which is UTC then; .NET's seventh digit is cut."""
    assert Fields({"key": text}, "").instant("key") == expected


@pytest.mark.parametrize(
    ("value", "expected", "milliseconds"),
    [
        (1_767_225_600, datetime(2026, 1, 1, tzinfo=UTC), False),
        (1_767_225_600_000, datetime(2026, 1, 1, tzinfo=UTC), True),
        (1_767_225_600_250, datetime(2026, 1, 1, 0, 0, 0, 250_000, tzinfo=UTC), True),
        ("1767225600", datetime(2026, 1, 1, tzinfo=UTC), False),
        ("1767225600000", datetime(2026, 1, 1, tzinfo=UTC), True),
        (1_767_225_600.0, datetime(2026, 1, 1, tzinfo=UTC), False),
        (-1, datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), False),
        (0, None, False),
        ("0", None, False),
        ("", None, False),
    ],
)
def test_epochs(value: object, expected: datetime | None, milliseconds: bool) -> None:
    """Seconds or milliseconds, as numbers or as text; 0 is never."""
    assert Fields({"key": value}, "").epoch("key") == (expected, milliseconds)
