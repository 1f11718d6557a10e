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


def test_a_registry_of_the_environment_that_cannot_be_looked_at(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """That it is missing is not known; what is in the way is said."""
    cli.write("", "file")
    monkeypatch.setenv("SECRETCTL_REGISTRY", "file/secretctl.toml")
    ran = cli("check")
    assert (ran.status, ran.out) == (3, "")
    assert "file/secretctl.toml cannot be read: " in ran.err


def test_an_import_without_its_format(cli: Cli) -> None:
    """The file is there: it is the format that is missing, of a few. With one of them, it is the file."""
    ran = cli("import", "app.json")
    assert (ran.status, ran.out) == (64, "")
    assert "error: import takes a FORMAT and a FILE\n" in ran.err
    assert "hint: FORMAT is one of identityserver, rfc7591, hydra, keycloak; see `secretctl import --help`\n" in ran.err
    assert "missing argument 'FILE'" in cli("import", "keycloak").err


@pytest.mark.parametrize(
    "arguments",
    [
        ("secret", "add", "shop", "pa55word"),
        ("hash", "pa55word"),
        ("verify", "shop", "pa55word"),
        ("header", "shop", "pa55word"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_secret_as_an_argument(cli: Cli, arguments: tuple[str, ...]) -> None:
    """Is refused with the ways that there are, and not repeated."""
    ran = cli(*arguments)
    assert (ran.status, ran.out) == (64, "")
    assert "use --secret-file PATH (- is stdin), --secret-env NAME or --prompt" in ran.err
    assert "pa55word" not in ran.err


def test_a_file_that_export_would_write(cli: Cli) -> None:
    """It prints; other commands that are given too much say so and no more."""
    ran = cli("export", "identityserver", "out.json")
    assert (ran.status, ran.out) == (64, "")
    assert "hint: it prints to stdout: write `secretctl export FORMAT > FILE`; see" in ran.err
    assert cli("client", "list", "more").err.endswith("hint: see `secretctl client list --help`\n")


def test_a_slip_in_the_kind(cli: Cli) -> None:
    """The kind and the id that are meant, as with a slip in the id."""
    for typed in ("cleint/shop", "Clinets/shop", "client/shp"):
        ran = cli("secret", "list", typed)
        assert (ran.status, ran.out) == (4, "")
        assert "did you mean client/shop?" in ran.err, typed
    assert "did you mean" not in cli("secret", "list", "team/shop").err
