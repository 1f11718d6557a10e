"""The sweeps leave no command out. This one is quick: whoever adds a command hears of it at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.cli.tree import COMMANDS
from tests.torture.scenarios import READERS, SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secretctl.cli.tree import Tree


def _commands(tree: Tree, *before: str) -> Iterator[tuple[str, ...]]:
    for name, below in tree.items():
        if isinstance(below, str):
            yield (*before, name)
        else:
            yield from _commands(below, *before, name)


def test_every_command_is_swept_or_known_to_read_only() -> None:
    """Each command of the tree is among those that are killed, or among those that may write nothing."""
    lines = [scenario.arguments for scenario in SCENARIOS] + [tuple(line.split()) for line in READERS]
    assert [each for each in _commands(COMMANDS) if not any(line[: len(each)] == each for line in lines)] == []
