"""Tables for people: aligned text, and on a terminal with its width and colours.

Cells are foreign text unless they say otherwise: they are made visible here, and markup in them is never interpreted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from secretctl.render.text import columns, defused, visible

if TYPE_CHECKING:
    from collections.abc import Sequence


class Styled(NamedTuple):
    """A cell with a style of rich (``bold red``), which shows only where colour is wanted."""

    text: str
    style: str


Cell = str | Styled


def table(
    headers: Sequence[str], rows: Sequence[Sequence[Cell]], *, color: bool = False, width: int | None = None
) -> str:
    """The rows below their headers, each line ended by a line feed; no headers or no rows: only what there is.

    ``width`` is the terminal's, in columns: cells are wrapped to it and nothing is cut off. None is no terminal: one
    line a row, columns two blanks apart, whatever that takes; scripts can rely on it.
    """
    if width is not None and (headers or rows):
        return _fitted(headers, rows, color=color, width=width)
    lines = [[visible(text) for text in headers]] if headers else []
    lines += [[visible(_text(cell)) for cell in row] for row in rows]
    return aligned(lines)


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """Lines of cells as text whose columns stand below each other, two blanks apart, without blanks at line ends."""
    widths = [max(map(columns, column)) for column in zip(*lines, strict=True)]
    text = "".join(
        "  ".join(cell + " " * (room - columns(cell)) for cell, room in zip(line, widths, strict=True)).rstrip() + "\n"
        for line in lines
    )
    return defused(text)


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell.text


def _fitted(headers: Sequence[str], rows: Sequence[Sequence[Cell]], *, color: bool, width: int) -> str:
    from io import StringIO

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, show_header=bool(headers), pad_edge=False, padding=(0, 2, 0, 0))
    count = len(headers) or max(map(len, rows), default=0)
    for index in range(count):
        header = Text(visible(headers[index]), style="bold") if headers else ""
        drawn.add_column(header, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(visible(_text(cell)), style="" if isinstance(cell, str) else cell.style) for cell in row))
    target = StringIO()
    console = Console(
        file=target,
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        _environ={},  # none of its variables has a say
    )
    console.print(drawn)
    return "".join(line.rstrip() + "\n" for line in target.getvalue().splitlines())
