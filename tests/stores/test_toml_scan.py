"""The parser holds to TOML 1.0, and the scanner finds every statement where the parser does."""

from __future__ import annotations

import tomllib
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from secretctl.stores.toml.compare import aligned, same
from secretctl.stores.toml.scan import read_entries, read_sections
from tests.stores.toml_documents import documents

if TYPE_CHECKING:
    from secretctl.stores.toml.scan import Value

FRAGMENTS = [
    *(
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        "=",
        ".",
        ",",
        "#",
        '"',
        "'",
        '"""',
        "'''",
        "\\",
        "\n",
        "\r\n",
        "\r",
        " ",
        "\t",
        "\0",
    ),
    *(
        "a",
        "b",
        "clients",
        "1",
        "-1",
        "+0",
        "0x1F",
        "1_0",
        "1.5e3",
        "inf",
        "nan",
        "true",
        "false",
        "\\u00e9",
        "\\x41",
        "\\e",
    ),
    *(
        "2026-01-01",
        "2026-01-01T00:00:00Z",
        "2026-01-01 00:00:00.123456789+01:00",
        "07:32",
        "07:32:00",
        "T",
        "\ufeff",
        "é",
        "\x7f",
    ),
]


def parsed(parse: Any, text: str) -> Any:
    """The tables of a text, or None where it is not valid."""
    try:
        return parse(text)
    except (tomllib.TOMLDecodeError, tomli.TOMLDecodeError):
        return None


@settings(max_examples=300)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join))
def test_the_parser_accepts_what_the_standard_library_does(text: str) -> None:
    """Both find the same in the same text, or both nothing: TOML 1.0."""
    assert same(parsed(tomli.loads, text), parsed(tomllib.loads, text))


@given(documents(), st.data())
def test_the_parser_reads_broken_registries_like_the_standard_library(document: Any, data: st.DataObject) -> None:
    """A registry with something put into it or taken out reads the same, or is invalid to both."""
    text = document.text
    position = data.draw(st.integers(0, len(text)))
    taken = data.draw(st.integers(0, 3))
    text = text[:position] + data.draw(st.sampled_from(["", *FRAGMENTS])) + text[position + taken :]
    assert same(parsed(tomli.loads, text), parsed(tomllib.loads, text))


@pytest.mark.parametrize("text", ["a = {\n}", "a = { b = 1, }", 'a = "\\x41"', 'a = "\\e"', "a = 07:32", "é = 1"])
def test_toml_1_1_is_refused(text: str) -> None:
    """What every other reader of a registry would refuse must be refused here."""
    with pytest.raises(tomli.TOMLDecodeError):
        tomli.loads(text)


def data_of(text: str) -> dict[str, Any]:
    """The tables of a text, put together from what the scanner finds, value by value."""
    tables: dict[str, Any] = {}
    for section in read_sections(text):
        table: Any = tables
        for depth, name in enumerate(section.path, 1):
            last = depth == len(section.path)
            table = table.setdefault(name, [] if last and section.array else {})
            if isinstance(table, list):
                if last:
                    table.append({})
                table = table[-1]
        put(text, table, read_entries(text, section))
    return tables


def put(text: str, table: dict[str, Any], entries: Any) -> None:
    """Statements into a table."""
    for entry in entries:
        inner = table
        for name in entry.names[:-1]:
            inner = inner.setdefault(name, {})
        inner[entry.names[-1]] = value_of(text, entry.value)


def value_of(text: str, value: Value) -> Any:
    """A value, its innermost parts read by the parser."""
    if value.items is not None:
        return [value_of(text, item) for item in value.items]
    if value.entries is not None:
        table: dict[str, Any] = {}
        put(text, table, value.entries)
        return table
    return tomllib.loads(f"v = {text[value.start : value.end]}\n")["v"]


@given(documents())
def test_every_statement_is_found(document: Any) -> None:
    """Put together again, the pieces are what the parser reads."""
    text = document.text if document.text.endswith("\n") else document.text + document.newline
    assert same(data_of(text), tomllib.loads(text))
    sections = read_sections(text)
    assert [section.index for section in sections] == list(range(len(sections)))
    assert all(a.stop == b.start for a, b in pairwise(sections))
    assert sections[-1].stop == len(text)


STRINGS = [
    '"""a"""',
    '"""a""""',
    '"""a"""""',
    '""""a"""',
    '"""\\""""',
    '"""a\\\\"""',
    '"""\n[a]\n"""',
    "''''a'''",
    "'''a'''''",
    "'''\\'''",
    "''",
    '""',
    '"\\""',
    "'\\'",
    '"#"',
    "'''\n[[x]]\n# '' \n'''",
    '"\\\\"',
]


@pytest.mark.parametrize("string", STRINGS)
@pytest.mark.parametrize(
    "frame", ["v = {}\n", "v = {} # c\n", "v = [{}, [{}]]\n", "v = [\n{} # ]\n, # x\n]\n", "[t]\nk.v = {}\nw={}\n[u]\n"]
)
def test_ends_of_strings(string: str, frame: str) -> None:
    """Quotes before the closing ones, escapes, and texts that look like TOML."""
    text = frame.replace("{}", string)
    assert same(data_of(text), tomllib.loads(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1, True),
        (0.0, -0.0),
        ("1", 1),
        ([], {}),
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {"a": 1, "b": 2}),
        ([1], [1, 1]),
    ],
)
def test_types_are_compared(one: Any, other: Any) -> None:
    """What Python calls equal need not be the same TOML."""
    assert not same(one, other)
    assert same(one, one)


def test_nan_is_nan_and_times_are_their_offsets() -> None:
    """A value that was not changed counts as the same."""
    text = "v = [nan, 2026-01-01T00:00:00Z, 2026-01-01, 07:32:00, {a = -inf, b = 1}]"
    assert same(tomllib.loads(text), tomli.loads(text))
    text = "v = 2026-01-01T00:00:00{}"
    assert not same(tomllib.loads(text.format("Z")), tomllib.loads(text.format("")))
    assert not same(tomllib.loads("v = 2026-01-01T01:00:00+01:00"), tomllib.loads("v = 2026-01-01T00:00:00Z"))


def test_alignment() -> None:
    """Rows are recognised by themselves, then by their ids, then by their values."""
    a, b, c = {"id": "a", "value": "1"}, {"value": "2"}, {"id": "c", "value": "1"}
    assert aligned([a, b, c], [c, {"id": "new", "value": "2"}, {"id": "a"}, {"value": "3"}]) == [2, 1, 0, None]
    assert aligned(["x", "x"], ["x", "y", "x"]) == [0, None, 1]
