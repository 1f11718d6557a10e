"""Where statements and values stand in TOML text.

A parser has found the text valid before it comes here, so these patterns only need to tell the parts of valid TOML 1.0
apart. Runs of simple lines, which are nearly all lines, are crossed by one match each: that is what keeps edits of
large registries fast. Every offset is an index into the text, every end is exclusive.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_BLANK = r"[ \t]*+"
_BASIC = r'"(?!"")(?:[^"\\\n]++|\\.)*+"'
_LITERAL = r"'(?!'')[^'\n]*+'"
# One or two quotes may stand right before the three that close the string.
_BASIC_LINES = r'"""(?:[^"\\]++|\\[\s\S]|"(?!""))*+"""(?:"{0,2}+)'
_LITERAL_LINES = r"'''(?:[^']++|'(?!''))*+'''(?:'{0,2}+)"
_SCALAR = r"[^\s\"'\[\]{}#,][^\n\"'\[\]{}#,]*+"
_KEY = rf"(?:[A-Za-z0-9_-]++|{_BASIC}|{_LITERAL})"
_KEYS = rf"{_KEY}(?:{_BLANK}\.{_BLANK}{_KEY})*+"
_LINE_END = r"[ \t\r]*+(?:#[^\n]*+)?+\n"
_FLAT_ARRAY = rf"\[(?:[^\[\]{{}}\"'#\n]++|{_BASIC}|{_LITERAL})*+\]"
_SIMPLE_ENTRY = rf"{_BLANK}{_KEYS}{_BLANK}={_BLANK}(?:{_BASIC}|{_LITERAL}|{_FLAT_ARRAY}|{_SCALAR}){_LINE_END}"

_TRIVIA_LINES = re.compile(rf"(?:{_LINE_END})*+")
_SIMPLE_ENTRIES = re.compile(rf"(?:(?:{_LINE_END})*+{_SIMPLE_ENTRY})*+")
_HEADER = re.compile(rf"({_BLANK}\[(\[?+){_BLANK})({_KEYS}){_BLANK}\]\]?+{_LINE_END}")
_ENTRY_KEYS = re.compile(rf"({_BLANK})({_KEYS}){_BLANK}={_BLANK}")
_KEY_TOKEN = re.compile(_KEY)
_ATOM = re.compile(rf"{_BASIC_LINES}|{_LITERAL_LINES}|{_BASIC}|{_LITERAL}|{_SCALAR}")
_NESTING = re.compile(rf"{_BASIC_LINES}|{_LITERAL_LINES}|{_BASIC}|{_LITERAL}|#[^\n]*+|[\[\]{{}}]")
_GAP = re.compile(r"(?:[ \t\r\n,]++|#[^\n]*+)*+")
_REST_OF_LINE = re.compile(r"[^\n]*+\n")


@dataclass(frozen=True, slots=True)
class Key:
    """One part of a dotted key: its name, and where its spelling stands."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Value:
    """A value: the ``items`` of an inline array, the ``entries`` of an inline table, or neither."""

    start: int
    end: int
    items: tuple[Value, ...] | None = None
    entries: tuple[Entry, ...] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """``key = value``: as a statement its whole lines, in an inline table from the key to the value's end."""

    keys: tuple[Key, ...]
    value: Value
    start: int
    end: int

    @property
    def names(self) -> tuple[str, ...]:
        """The parts of its dotted key."""
        return tuple(key.name for key in self.keys)


@dataclass(frozen=True, slots=True)
class Section:
    """A ``[table]`` or ``[[table]]`` header with the statements below it; the first section of a text has no header.

    ``start``: where the header's line begins; ``body``: where the line after it does; ``end``: behind the last statement's
    line (comments and blank lines that follow are between sections); ``stop``: where the next header's line begins.
    ``index``: its place among all sections.
    """

    index: int
    path: tuple[str, ...]
    array: bool
    start: int
    body: int
    end: int
    stop: int


def read_sections(text: str) -> list[Section]:
    """All sections of a valid TOML text whose last line ends with a newline, in order. The first has the path ()."""
    sections: list[Section] = []
    path: tuple[str, ...] = ()
    array, start, body, length = False, 0, 0, len(text)
    entries, trivia, header = _SIMPLE_ENTRIES.match, _TRIVIA_LINES.match, _HEADER.match
    while True:
        found = None
        end = _end(entries(text, body))
        while (stop := _end(trivia(text, end))) < length and (found := header(text, stop)) is None:
            end = _end(entries(text, _entry_end(text, stop)))  # past a statement that is not simple
        sections.append(Section(len(sections), path, array, start, body, end, stop))
        if found is None:
            return sections
        spelling = found[3]
        path = tuple(spelling.split(".")) if _is_bare(spelling) else _names(text, found.span(3))
        array, start, body = bool(found[2]), stop, found.end()


def header_keys(text: str, section: Section) -> tuple[Key, ...]:
    """The parts of a section's header, and where they stand."""
    found = _HEADER.match(text, section.start)
    assert found is not None
    return _keys(text, found.span(3))


def read_entries(text: str, section: Section) -> list[Entry]:
    """The statements of a section. RecursionError where its values are nested more deeply than Python's stack."""
    entries = []
    position = section.body
    while (position := _end(_TRIVIA_LINES.match(text, position))) < section.end:
        keys, value_start = _entry_start(text, position)
        value = read_value(text, value_start)
        end = _end(_REST_OF_LINE.match(text, value.end))
        entries.append(Entry(keys, value, position, end))
        position = end
    return entries


def read_value(text: str, start: int) -> Value:
    """The value that starts there, with the values inside it."""
    opening = text[start]
    if opening == "[":
        items = []
        position = _end(_GAP.match(text, start + 1))
        while text[position] != "]":
            items.append(read_value(text, position))
            position = _end(_GAP.match(text, items[-1].end))
        return Value(start, position + 1, items=tuple(items))
    if opening == "{":
        entries = []
        position = _end(_GAP.match(text, start + 1))
        while text[position] != "}":
            keys, value_start = _entry_start(text, position)
            value = read_value(text, value_start)
            entries.append(Entry(keys, value, position, value.end))
            position = _end(_GAP.match(text, value.end))
        return Value(start, position + 1, entries=tuple(entries))
    return Value(start, _atom_end(text, start))


def _end(match: re.Match[str] | None) -> int:
    """Where a match ends that valid TOML cannot fail to give."""
    assert match is not None
    return match.end()


def _atom_end(text: str, start: int) -> int:
    end = _end(_ATOM.match(text, start))
    while text[end - 1] in " \t\r":
        end -= 1
    return end


def _entry_start(text: str, position: int) -> tuple[tuple[Key, ...], int]:
    found = _ENTRY_KEYS.match(text, position)
    assert found is not None
    return _keys(text, found.span(2)), found.end()


def _entry_end(text: str, position: int) -> int:
    """Behind the line on which the statement ends that starts on the line at ``position``. Not recursive."""
    start = _end(_ENTRY_KEYS.match(text, position))
    if text[start] not in "[{":
        return _end(_REST_OF_LINE.match(text, _atom_end(text, start)))
    depth = 0
    for token in _NESTING.finditer(text, start):
        if (mark := token[0]) in ("[", "{"):
            depth += 1
        elif mark in ("]", "}"):
            depth -= 1
            if not depth:
                return _end(_REST_OF_LINE.match(text, token.end()))
    raise AssertionError("an array or inline table has no end")  # pragma: no cover - not in valid TOML


def _is_bare(spelling: str) -> bool:
    return not any(mark in spelling for mark in "\"' \t")


def _keys(text: str, span: tuple[int, int]) -> tuple[Key, ...]:
    return tuple(Key(_name(token[0]), token.start(), token.end()) for token in _KEY_TOKEN.finditer(text, *span))


def _names(text: str, span: tuple[int, int]) -> tuple[str, ...]:
    return tuple(_name(token[0]) for token in _KEY_TOKEN.finditer(text, *span))


def _name(spelling: str) -> str:
    if spelling[0] not in "\"'":
        return spelling
    import tomli

    (name,) = tomli.loads(f"{spelling}=0")
    return name
