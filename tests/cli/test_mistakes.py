"""What somebody new gets wrong, and what the error says to do instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Cli


@pytest.fixture(autouse=True)
def _registry(cli: Cli) -> None:
    cli.write("schema = 1\n[clients.shop]\n")


@pytest.mark.parametrize("command", ["diff", "apply"])
def test_a_registry_that_is_missing_where_two_are_named(cli: Cli, command: str) -> None:
    """Such a command has no --registry, and no hint speaks of it."""
    ran = cli(command, "secretctl.toml", "nope.toml")
    assert (ran.status, ran.out) == (3, "")
    assert "there is no registry nope.toml" in ran.err
    assert "--registry" not in ran.err


@pytest.mark.parametrize(
    "arguments", [("check",), ("hash", "--secret-file", "-"), ("client", "show", "shop")], ids=repr
)
def test_a_registry_that_only_the_environment_names(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """Nobody sees it on the command line, so that the error says where it is from; one that is named stands above it."""
    monkeypatch.setenv("SECRETCTL_REGISTRY", "gone.toml")
    ran = cli(*arguments, stdin="x")
    assert (ran.status, ran.out) == (3, "")
    assert "there is no registry gone.toml, which SECRETCTL_REGISTRY names\nhint: correct or unset it" in ran.err
    assert "SECRETCTL_REGISTRY" not in cli(*arguments, "-r", "other.toml", stdin="x").err
