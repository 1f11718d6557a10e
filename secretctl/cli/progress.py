"""Progress of long work: a line on stderr, on a terminal only, and only where there is something to wait for."""

from __future__ import annotations

from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from secretctl.cli.output import stderr_is_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.progress import Progress

    from secretctl.model import Principal

PATIENCE = 0.5
"""Seconds until the line appears: what is done sooner needs none, and drawing it costs the import of rich."""
_EVERY = 0.1
"""Seconds between two looks at the clock's result: the work is the point, not its progress."""


@contextmanager
def progress(label: str, *, unit: str = "principals", patience: float = PATIENCE) -> Iterator[Callable[[int], None]]:
    """Tells how many ``unit`` are done: call what it gives with how many more there are."""
    if not stderr_is_terminal():
        yield lambda _: None
        return
    line = _Line(label, unit, patience)
    try:
        yield line.advance
    finally:
        line.close()


@contextmanager
def counted(label: str, principals: Iterable[Principal]) -> Iterator[Iterator[Principal]]:
    """The principals one by one, with the progress of what is done with them."""

    def each() -> Iterator[Principal]:
        for principal in principals:
            yield principal
            advance(1)

    with progress(label) as advance:
        yield each()


@contextmanager
def phases(*labels: str, patience: float = PATIENCE) -> Iterator[list[Callable[[int], None]]]:
    """The same for work that comes in parts, one after the other: one to call for each, and one line at a time."""
    if not stderr_is_terminal():
        yield [lambda _: None for _ in labels]
        return
    lines = [_Line(label, "principals", patience) for label in labels]

    def advance_of(index: int) -> Callable[[int], None]:
        def advance(more: int) -> None:
            for earlier in lines[:index]:
                earlier.close()
            lines[index].advance(more)

        return advance

    try:
        yield [advance_of(index) for index in range(len(lines))]
    finally:
        for line in lines:
            line.close()


class _Line:
    def __init__(self, label: str, unit: str, patience: float) -> None:
        self._text = f"{label} {{task.completed:,}} {unit}"
        self._count = 0
        self._next = monotonic() + patience
        self._drawn: Progress | None = None

    def advance(self, more: int) -> None:
        self._count += more
        now = monotonic()
        if now < self._next:
            return
        self._next = now + _EVERY
        if self._drawn is None:
            self._drawn = self._start()
        self._drawn.update(self._drawn.task_ids[0], completed=self._count)

    def _start(self) -> Progress:
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (SpinnerColumn(), TextColumn(self._text), TimeElapsedColumn())
        drawn = Progress(*columns, console=Console(stderr=True), transient=True)
        drawn.add_task("")
        drawn.start()
        return drawn

    def close(self) -> None:
        if self._drawn is not None:
            self._drawn.stop()
            self._drawn = None
