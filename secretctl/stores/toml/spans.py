"""Pieces of TOML text as people see them, sections with their comments and gaps, and replacements of such pieces."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secretctl.stores.toml.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secretctl.stores.toml.scan import Entry, Section, Value

_COMMENTS = re.compile(r"(?:[ \t]*+#[^\n]*+\n)*+")
_BLANK_LINE = re.compile(r"[ \t]*+\r?+\n")
_INDENT = re.compile(r"[ \t]*+")
_REST_OF_ITEM_LINE = re.compile(r"[ \t]*+(,?+)[ \t]*+(?:#[^\n]*+)?+\r?+\n")


class Spans:
    """One text, what is to change in it, and the result. ``end`` is behind its last line."""

    def __init__(self, text: str) -> None:
        self.newline = "\r\n" if 2 * text.count("\r\n") > text.count("\n") else "\n"
        self._padded = text != "" and not text.endswith("\n")
        self._text = text + self.newline if self._padded else text
        self._changes: list[tuple[int, int, bool, str]] = []  # start, end, whether it is for behind a header, new text
        self._removed: set[int] = set()  # indexes of sections
        self._replaced: set[int] = set()
        self._group_ends: dict[str, int] = {}
        self.end = len(self._text)
        self.layout = Layout(self._text)

    def result(self) -> str:
        """The text with all changes made. What is inside a removed piece goes with it, but nothing that was inserted."""
        pieces, position = [], 0
        removals = [(start, end, False, "") for start, end in self._removals()]
        for start, end, _, new in sorted(self._changes + removals, key=lambda change: change[:3]):
            if start == end or start >= position:
                pieces += [self._text[position : max(start, position)], new]
            position = max(end, position)
        rest = self._text[position:]
        if self._padded and rest:
            rest = rest.removesuffix(self.newline)
        return "".join([*pieces, rest])

    def replace(self, start: int, end: int, new: str) -> None:
        """Other text in the place of a piece."""
        self._changes.append((start, end, False, new))

    def insert(self, position: int, new: str, *, header: bool = False) -> None:
        """New text, behind what was inserted at the same place before; what begins with a ``header`` behind all else."""
        self._changes.append((position, position, header, new))

    def gap_at(self, position: int) -> str:
        """What to put between tables there: a blank line, unless the sections around stand without."""
        return self.newline if position == self.end or self._blank_at(position) else ""

    def insert_blocks(self, position: int, blocks: list[str]) -> None:
        """Tables behind a section, each after a gap."""
        gap = self.gap_at(position)
        lead = "" if position == 0 or (position == self.end and self._blank_before(position)) else gap
        self.insert(position, lead + gap.join(blocks), header=True)

    def replace_section(self, section: Section, blocks: list[str]) -> None:
        """Tables in the place of a section and its comments."""
        self._replaced.add(section.index)
        self.replace(self.section_start(section), self.section_end(section), self.newline.join(blocks))

    def remove_section(self, section: Section) -> None:
        """Without a section and its comments."""
        self._removed.add(section.index)

    def group_end(self, group: str) -> int:
        """Behind the last section of a group that is not removed by then; without one, the end of the text."""
        if group not in self._group_ends:
            gone = self._removed | self._replaced
            sections = reversed(self.layout.sections)
            last = next((s for s in sections if s.path[:1] == (group,) and s.index not in gone), None)
            self._group_ends[group] = self.end if last is None else self.section_end(last)
        return self._group_ends[group]

    def section_start(self, section: Section) -> int:
        """Where a section starts together with the comments right above its header."""
        return self._above_comments(section.start, self.layout.sections[section.index - 1].end)

    def section_end(self, section: Section) -> int:
        """Behind the last statement and the comments right below it, unless those stand right above the next header."""
        comments = _COMMENTS.match(self._text, section.end)
        assert comments is not None
        return comments.end() if comments.end() < section.stop or section.stop == self.end else section.end

    def item_lines(self, item: Value | Entry) -> tuple[int, int] | None:
        """The lines of an array's member that shares them with no other, with the comments right above it."""
        line = self._text.rfind("\n", 0, item.start) + 1
        rest = _REST_OF_ITEM_LINE.match(self._text, item.end)
        if rest is None or self._text[line : item.start].strip(" \t"):
            return None
        return self._above_comments(line, 0), rest.end()

    def has_comma(self, item: Value | Entry) -> bool:
        """Whether a comma follows the member, on the same line."""
        rest = _REST_OF_ITEM_LINE.match(self._text, item.end)
        return rest is not None and rest[1] != ""

    def indent(self, position: int) -> str:
        """The blanks that a line begins with."""
        blanks = _INDENT.match(self._text, self._text.rfind("\n", 0, position) + 1)
        assert blanks is not None
        return blanks[0]

    def _removals(self) -> Iterator[tuple[int, int]]:
        """The removed sections, those in a row as one, with the gap before where there are blank lines on both sides.

        So removing what ``insert_blocks`` has inserted gives the old text again.
        """
        runs: list[tuple[int, int]] = []
        for section in (self.layout.sections[index] for index in sorted(self._removed)):
            start, end = self.section_start(section), self.section_end(section)
            if runs and not self._text[runs[-1][1] : start].strip():
                start = runs.pop()[0]
            runs.append((start, end))
        for start, end in runs:
            if end == self.end or self._blank_at(end):
                while self._blank_before(start):
                    start = self._line_before(start)  # noqa: PLW2901 - the run, and more
            while start == 0 and self._blank_at(end):
                end = self._text.index("\n", end) + 1  # noqa: PLW2901
            yield start, end

    def _above_comments(self, position: int, lowest: int) -> int:
        """Up over comment lines. Those at the top of a text speak of the whole of it, and are not counted."""
        start = position
        while start > lowest and self._text[(line := self._line_before(start)) : start].lstrip(" \t").startswith("#"):
            start = line
        return start if start > 0 else position

    def _blank_at(self, position: int) -> bool:
        return _BLANK_LINE.match(self._text, position) is not None

    def _blank_before(self, position: int) -> bool:
        return position > 0 and self._blank_at(self._line_before(position))

    def _line_before(self, position: int) -> int:
        return self._text.rfind("\n", 0, position - 1) + 1
