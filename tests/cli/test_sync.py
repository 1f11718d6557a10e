"""diff and apply on the command line."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from secretctl.stores import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Cli

A = """\
schema = 1
[clients.web]
name = "Shop"
[[clients.web.secrets]]
id = "s1"
type = "SharedSecret"
value = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="
description = "2026"
expiration = 2099-12-31T00:00:00Z
[clients.new]
enabled = false
"""
B = """\
schema = 1
[clients.web]
name = "Web\\u001b[31m"
tags = ["pci", "eu"]
[[clients.web.secrets]]
id = "t1"
type = "SharedSecret"
value = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="
description = "2026"
[[clients.web.secrets]]
id = "t2"
type = "X509Thumbprint"
value = "ABABABABABABABABABABABABABABABABABABABAB"
[resources.old]
"""
PLAN = """\
~ client/web
    ~ tags: ["pci", "eu"] -> []
    ~ name: "Web\\x1b[31m" -> "Shop"
    ~ secret t1 (SharedSecret, "2026", until 2099-12-31T00:00:00Z); expiration: never -> 2099-12-31T00:00:00Z
    - secret t2 (X509Thumbprint, no end)
+ client/new
- resource/old
"""


@pytest.fixture(autouse=True)
def _registries(cli: Cli) -> None:
    cli.write(A, "a.toml")
    cli.write(B, "b.toml")


def test_diff_shows_the_plan(cli: Cli) -> None:
    """Additions, changes and removals, foreign text made visible, status 1."""
    status, out, err = cli("diff", "a.toml", "b.toml")
    assert status == 1
    assert out == PLAN + "1 to add, 1 to change, 1 to remove; secrets: 0 to add, 1 to change, 1 to remove\n"
    assert "apply --prune" in err


def test_diff_of_the_same(cli: Cli) -> None:
    """Status 0, nothing on stdout; as JSON an empty plan."""
    assert cli("diff", "a.toml", "a.toml") == (0, "", "secretctl: no difference\n")
    status, out, _ = cli("diff", "a.toml", "a.toml", "--json")
    assert (status, json.loads(out)["changes"]) == (0, [])


def test_diff_without_removals_says_nothing_of_prune(cli: Cli, tmp_path: Path) -> None:
    """The hint is for those who need it."""
    (tmp_path / "empty.toml").write_text("schema = 1\n", encoding="utf-8")
    assert cli("diff", "a.toml", "empty.toml")[2] == ""


def test_apply_without_prune(cli: Cli, tmp_path: Path) -> None:
    """Nothing is removed; the second run does nothing; the dry run tells both."""
    before = (tmp_path / "b.toml").read_bytes()
    status, out, _ = cli("apply", "a.toml", "b.toml", "--dry-run")
    assert (status, out.splitlines()[-1]) == (
        1,
        "1 to add, 1 to change, 0 to remove; secrets: 0 to add, 1 to change, 0 to remove",
    )
    status, out, _ = cli("apply", "a.toml", "b.toml", "--dry-run", "--json")
    assert (status, json.loads(out)["summary"]) == (1, {"add": 1, "change": 1, "remove": 0})
    assert (tmp_path / "b.toml").read_bytes() == before
    status, out, _ = cli("apply", "a.toml", "b.toml", "--yes")
    assert (status, out.splitlines()[-1]) == (
        0,
        "1 added, 1 changed, 0 removed; secrets: 0 added, 1 changed, 0 removed",
    )
    assert cli("apply", "a.toml", "b.toml", "--yes") == (0, "", "secretctl: no difference\n")
    assert cli("apply", "a.toml", "b.toml", "--dry-run")[0] == 0
    assert cli("apply", "a.toml", "b.toml")[0] == 0
    assert open_store("b.toml").find("resource", "old") is not None
    assert cli("diff", "a.toml", "b.toml")[0] == 1


def test_apply_with_prune(cli: Cli) -> None:
    """Then both are the same."""
    status, out, _ = cli("apply", "a.toml", "b.toml", "--prune", "--yes", "--json")
    assert (status, json.loads(out)["summary"]) == (0, {"add": 1, "change": 1, "remove": 1})
    assert cli("diff", "a.toml", "b.toml")[0] == 0


def test_apply_asks_or_needs_yes(cli: Cli, tmp_path: Path) -> None:
    """Without a terminal and without --yes: 64, nothing done."""
    before = (tmp_path / "b.toml").read_bytes()
    status, out, err = cli("apply", "a.toml", "b.toml")
    assert (status, out) == (64, "")
    assert "--yes" in err
    assert (tmp_path / "b.toml").read_bytes() == before


@pytest.mark.parametrize("answer", ["y", "n"])
def test_apply_on_a_terminal(answer: str, tmp_path: Path) -> None:
    """The plan, the question, and what the answer says; the sum, once it is done."""
    before = (tmp_path / "b.toml").read_bytes()
    child = pexpect.spawn(
        sys.executable, ["-m", "secretctl", "apply", "a.toml", "b.toml"], encoding="utf-8", timeout=30
    )
    child.expect_exact("client/new")
    child.expect_exact("Make these changes to b.toml? [y/N] ")
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    if answer == "y":
        assert child.exitstatus == 0
        assert "1 added, 1 changed, 0 removed" in str(child.before)
        assert "client/new" not in str(child.before), "the plan is shown once"
        assert open_store("b.toml").find("client", "new") is not None
    else:
        assert child.exitstatus == 130
        assert (tmp_path / "b.toml").read_bytes() == before


def test_apply_on_a_terminal_into_a_file(tmp_path: Path) -> None:
    """The plan is read on the terminal, and the file has all of what was done."""
    command = f"{sys.executable} -m secretctl apply a.toml b.toml > done"
    child = pexpect.spawn("sh", ["-c", command], encoding="utf-8", timeout=30)
    child.expect_exact("Make these changes to b.toml? [y/N] ")
    child.sendline("y")
    child.expect(pexpect.EOF)
    assert "+ client/new\n" in (tmp_path / "done").read_text(encoding="utf-8")


@pytest.mark.parametrize("a", ["a.toml", "sqlite:///a.db"])
@pytest.mark.parametrize("changed", ["A", "B"])
def test_what_was_agreed_to_is_what_is_done(cli: Cli, a: str, changed: str, tmp_path: Path) -> None:
    """A change before the answer is 5; a file that is A counts as it was shown."""
    if a != "a.toml":
        assert cli("init", a)[0] == 0
        assert cli("apply", "a.toml", a, "--yes")[0] == 0
    child = pexpect.spawn(sys.executable, ["-m", "secretctl", "apply", a, "b.toml"], encoding="utf-8", timeout=30)
    child.expect_exact("[y/N] ")
    assert cli("client", "set", "web", "--name", "Late", "--registry", a if changed == "A" else "b.toml")[0] == 0
    before = (tmp_path / "b.toml").read_bytes()
    child.sendline("y")
    child.expect(pexpect.EOF)
    child.close()
    if (a, changed) == ("a.toml", "A"):
        assert child.exitstatus == 0
        principal = open_store("b.toml").find("client", "web")
        assert principal is not None
        assert principal.label == "Shop"
    else:
        assert child.exitstatus == 5
        assert (tmp_path / "b.toml").read_bytes() == before


def test_the_guard(cli: Cli, tmp_path: Path) -> None:
    """6 where a principal would lose its last usable secret; --force does it."""
    (tmp_path / "bare.toml").write_text("schema = 1\n[clients.web]\n", encoding="utf-8")
    status, out, _ = cli("apply", "bare.toml", "b.toml", "--prune", "--yes")
    assert (status, out) == (6, "")
    assert cli("apply", "bare.toml", "b.toml", "--prune", "--yes", "--force")[0] == 0


def test_databases_have_settings_of_their_own(cli: Cli, tmp_path: Path) -> None:
    """--settings is for B; what is in A goes into the database and shows no difference after that."""
    (tmp_path / "settings.toml").write_text('schema = 1\n[validation]\nprofile = "rfc"\n', encoding="utf-8")
    url = f"sqlite:///{tmp_path}/b.db"
    assert cli("init", url)[0] == 0
    assert cli("apply", "a.toml", url, "--yes", "--settings", "settings.toml")[0] == 0
    assert cli("diff", "a.toml", url)[0] == 0
    assert cli("diff", url, "a.toml")[0] == 0


@pytest.mark.parametrize(
    "arguments", [("a.toml", "missing.toml"), ("missing.toml", "a.toml"), ("a.toml", "sqlite:///x.db")]
)
def test_a_registry_that_is_not_there(cli: Cli, arguments: tuple[str, ...]) -> None:
    """3, whichever it is."""
    for command in (("diff",), ("apply", "--yes")):
        status, out, _ = cli(*command, *arguments)
        assert (status, out) == (3, "")
