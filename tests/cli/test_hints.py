"""Hints that somebody new gets, and can follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Cli


@pytest.fixture(autouse=True)
def _registry(cli: Cli) -> None:
    cli.write('schema = 1\n[clients.app01]\n[clients."\\u001b[31m"]\n')


@pytest.mark.parametrize(
    "command",
    [("show",), ("set", "--name", "n"), ("enable",), ("disable",), ("rename", "new"), ("remove", "--yes")],
    ids=lambda command: command[0],
)
def test_a_kind_before_an_id(cli: Cli, command: tuple[str, ...]) -> None:
    """Status 4, and the id alone to copy."""
    ran = cli("client", command[0], "client/app01", *command[1:])
    assert (ran.status, ran.out) == (4, "")
    assert ran.err.endswith("hint: this command takes the id alone: app01\n")


def test_a_suggestion_is_inert(cli: Cli) -> None:
    """An id of the registry is foreign text."""
    ran = cli("secret", "list", "client/[31m")
    assert ran.status == 4
    assert r"did you mean 'client/\x1b[31m'?" in ran.err


def test_an_id_that_looks_like_a_target(cli: Cli) -> None:
    """Is taken, with a warning that says how to undo it."""
    err = cli.ok("client", "add", "client/foo").err
    assert "`secretctl client rename client/foo foo`" in err


def test_a_file_where_a_target_is_wanted(cli: Cli) -> None:
    """A note before anybody is asked for a secret; the answer is the same."""
    cli.write("GET / HTTP/1.1\n", "cap.http")
    ran = cli("verify", "cap.http", "--json")
    assert (ran.status, ran.out) == (64, "")
    assert ran.err.startswith("secretctl: 'cap.http' is a file: a captured request goes with --request")
    ran = cli("verify", "cap.http", "--secret-file", "cap.http", "--json")
    assert (ran.status, ran.json["reason"]) == (1, "unknown_principal")
    assert "is a file" not in cli("verify", "app01", "--secret-file", "cap.http").err
