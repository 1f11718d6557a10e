"""Tables: aligned, harmless, and fitted to a terminal only where there is one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secretctl.render.table import Styled, table
from secretctl.render.text import columns

if TYPE_CHECKING:
    from secretctl.render.table import Cell

ROWS: list[list[Cell]] = [
    ["client/[red]x[/]", "a\x1b[31mb", Styled("critical", "bold red")],
    ["resource/日本", "long " * 30, "ok"],
]


def test_without_a_terminal_each_row_is_one_aligned_line() -> None:
    """Columns start below each other, counted as a terminal draws them, and nothing is wrapped, cut or coloured."""
    text = table(["Target", "Text", "Level"], ROWS)
    lines = text.splitlines()
    assert len(lines) == 3
    assert lines[1].startswith("client/[red]x[/]  a\\x1b[31mb ")
    assert columns(lines[0].partition("Text")[0]) == columns(lines[2].partition("long")[0])
    assert "\x1b" not in text
    assert all(line == line.rstrip() for line in lines)


def test_on_a_terminal_cells_are_wrapped_and_nothing_is_lost() -> None:
    """No line is wider than the terminal, and every character of every cell is there."""
    text = table(["Target", "Text", "Level"], ROWS, width=40)
    assert max(map(columns, text.splitlines())) <= 40
    assert re.sub(r"\s", "", text).count("long") == 30
    assert "\x1b" not in text


def test_colour_is_of_the_table_and_never_of_the_data() -> None:
    """Styles of cells become escape sequences; escape sequences and markup in the data stay text."""
    text = table(["Target", "Text", "Level"], ROWS, width=120, color=True)
    assert "\x1b[1;31mcritical" in text
    assert "\\x1b[31mb" in text
    assert "[red]x[/]" in text


def test_little_is_shown_as_little() -> None:
    """No rows, no headers, neither: no stray lines."""
    assert table(["A", "B"], []) == "A  B\n"
    assert table([], [["a", "b"]]) == "a  b\n"
    assert not table([], [])
    assert table([], [["a", "b"]], width=20) == "a  b\n"
    assert not table([], [], width=20)
    assert table(["A", "B"], [], width=20) == "A  B\n"
