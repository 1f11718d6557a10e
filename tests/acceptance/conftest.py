"""The acceptance tests ask the command line as users, scripts and servers would, and know nothing of its insides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from secretctl.cli.tree import LazyGroup
from tests.acceptance.kit import Judge
from tests.cli.conftest import Cli, cli  # noqa: TC001 - a fixture is found by its name in this module

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["cli"]


@pytest.fixture(autouse=True, scope="session")
def _build_commands_once() -> Iterator[None]:
    """A process builds the one command that it runs, in 10 ms; these tests run thousands, and would build each anew."""
    built: dict[tuple[str | None, str], Any] = {}
    build = LazyGroup.get_command

    def get_command(group: LazyGroup, ctx: Any, name: str) -> Any:
        if (group.name, name) not in built:
            built[group.name, name] = build(group, ctx, name)
        return built[group.name, name]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LazyGroup, "get_command", get_command)
        yield


@pytest.fixture
def judge(cli: Cli) -> Judge:
    """Asks for verdicts in an empty directory."""
    return Judge(cli)
