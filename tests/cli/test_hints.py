"""Hints that somebody new gets, and can follow."""

from __future__ import annotations

import base64
import hashlib
import re
import shlex
import sys
from typing import TYPE_CHECKING

import pexpect
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


def test_why_a_header_would_be_refused(cli: Cli) -> None:
    """The command of the hint is one to paste: the same TARGET, secret, time and registry."""
    value = base64.b64encode(hashlib.sha256(b"secret").digest()).decode()
    cli.write(f'schema = 1\n[clients."my app"]\n[[clients."my app".secrets]]\nvalue = "{value}"\n', "other one.toml")
    cli.write('"secret"\n', "the secret")
    more = ("--registry", "other one.toml", "--at", "2026-06-01")
    ran = cli("header", "my app", "--secret-file", "the secret", *more)
    assert (ran.status, ran.out) == (1, "")
    (command,) = re.findall("`secretctl (.*?)` says why", ran.err)
    explained = cli(*shlex.split(command))
    assert explained.status == 1
    assert "quotes_presented" in explained.out
    assert explained.err.startswith("secretctl: at: 2026-06-01T00:00:00Z")
    asked = cli.process("header", "my app", "--secret-env", "S", *more, env={"S": "wrong"})
    assert "--secret-env S --at" in asked.err


def test_why_something_was_refused(cli: Cli) -> None:
    """Beside the verdict, not in it, and only where there may be more to say: not in JSON, nor of what is expired."""
    value = base64.b64encode(hashlib.sha256(b"secret").digest()).decode()
    secret = f'[[clients.{{}}.secrets]]\nvalue = "{value}"\n'
    cli.write(
        "schema = 1\n[clients.web]\n[clients.old]\n[clients.off]\nenabled = false\n"
        + secret.format("web")
        + secret.format("old")
        + "expiration = 2020-01-01\n"
    )
    said = "hint: --explain"
    for arguments, stdin, hinted in (
        (("web", "--secret-file", "-"), "wrong", True),
        (("nobody", "--secret-file", "-"), "wrong", True),
        (("--form", "-"), "client_id=web&client_secret=wrong", True),
        (("web", "--secret-file", "-"), "secret", False),
        (("web", "--secret-file", "-", "--explain"), "wrong", False),
        (("web", "--secret-file", "-", "--json"), "wrong", False),
        (("web", "--secret-file", "-"), "", False),
        (("old", "--secret-file", "-"), "secret", False),
        (("off", "--secret-file", "-"), "secret", False),
        (("--assertion", "-"), "e30.e30.e30", False),
    ):
        ran = cli("verify", *arguments, stdin=stdin)
        assert (said in ran.err) is hinted, arguments
        assert "hint" not in ran.out


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


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("rotate",), "see `secretctl rotate --help`"),
        (("check", "--registry"), "see `secretctl check --help`"),
        (("client", "add", "x", "--owner"), "see `secretctl client add --help`"),
        (("-r", "X", "check"), "options go after the command; see `secretctl --help`"),
        (("client", "-r", "X", "list"), "options go after the command; see `secretctl client --help`"),
        (("client",), "see `secretctl client --help`"),
        (("help", "rotate"), "write `secretctl rotate --help`"),
        (("client", "help", "add"), "write `secretctl client add --help`"),
        (("help", "--json=x"), "write `secretctl --help`"),
        (("version",), "write `secretctl --version`"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_command_line_that_is_not_understood(cli: Cli, arguments: tuple[str, ...], hint: str) -> None:
    """The help of the command itself, and what to write instead."""
    ran = cli(*arguments)
    assert (ran.status, ran.out) == (64, "")
    assert ran.err.endswith(f"hint: {hint}\n")


def test_a_registry_that_is_a_directory(cli: Cli) -> None:
    """The file in it is meant."""
    (cli.path / "dd").mkdir()
    for location in ("dd", "dd/"):
        ran = cli("check", "-r", location)
        assert ran.status == 3
        assert ran.err.endswith("hint: name the file: dd/secretctl.toml\n")


def test_a_database_that_is_named_as_a_file(cli: Cli) -> None:
    """The hint opens it."""
    cli.ok("init", "sqlite:///id.db")
    ran = cli("check", "-r", "id.db", "--json")
    assert (ran.status, ran.error["code"]) == (3, "registry_invalid")
    assert ran.error["hint"] == "write sqlite:///id.db"
    cli.ok("check", "-r", "sqlite:///id.db")


def test_on_a_terminal_lines_break_between_words(cli: Cli) -> None:
    """At its width, and not inside a command to copy; in a pipe a message is one line."""
    child = pexpect.spawn(
        sys.executable,
        ["-m", "secretctl", "client", "add", "client/foo"],
        cwd=str(cli.path),
        encoding="utf-8",
        timeout=30,
        dimensions=(24, 46),
    )
    lines = child.read().splitlines()
    assert max(map(len, lines)) <= 46
    assert [line for line in lines if "`secretctl client rename client/foo foo`" in line]
    cli.ok("client", "remove", "client/foo", "--yes")
    assert cli.ok("client", "add", "client/foo").err == re.sub("\n  ", " ", "\n".join([*lines, ""]))


@pytest.mark.parametrize(("policy", "wanted"), [("require_expiration = true", "90d"), ('max_lifetime = "30d"', "30d")])
@pytest.mark.parametrize(
    ("command", "option"), [(("add", "app01"), "--expires"), (("expire", "app01", "s1"), "--at")], ids=["add", "expire"]
)
def test_a_policy_that_wants_an_end(cli: Cli, command: tuple[str, ...], option: str, policy: str, wanted: str) -> None:
    """The hint names the option of the command that was refused."""
    secret = 'id = "s1"\ntype = "X509Name"\nvalue = "CN=a"\nexpiration = 2099-01-01'
    cli.write(f"schema = 1\n[policy]\n{policy}\n[clients.app01]\n[[clients.app01.secrets]]\n{secret}\n")
    ran = cli("secret", *command, option, "never")
    assert ran.status == 6
    assert f"{option} {wanted}" in ran.err
