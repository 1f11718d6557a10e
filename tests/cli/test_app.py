"""The root command: errors become one message and one status, stdout carries data only, nothing is shown raw."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import secretctl.cli
from secretctl import errors
from secretctl.cli.app import _flush_streams
from secretctl.cli.tree import COMMANDS

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

REGISTRY = """\
schema = 1
[clients.web]
[[clients.web.secrets]]
id = "1"
value = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="
"""


@pytest.fixture
def cli(cli: Cli) -> Cli:
    """With a registry that holds the client ``web`` and its secret ``secret``."""
    cli.write(REGISTRY)
    cli.write("secret\n", "secret.txt")
    return cli


class TestHelp:
    """What ``--help`` says."""

    def test_it_lists_every_command_and_every_status(self, cli: Cli) -> None:
        """The root's help is the map of the tool."""
        out = cli.ok("--help").out
        for word in (*COMMANDS, *(0, 1, 2, 3, 4, 5, 6, 7, 64, 70, 130)):
            assert re.search(rf"^ +{word}  +\w", out, re.MULTILINE), word

    @pytest.mark.parametrize("command", [name for name, entry in COMMANDS.items() if isinstance(entry, str)], ids=str)
    def test_every_command_has_an_example(self, cli: Cli, command: str) -> None:
        """Which begins with the command itself."""
        assert f"secretctl {command}" in cli.ok(command, "--help").out.split("Options:")[0].split("\n", 1)[1]

    @pytest.mark.parametrize(
        "command",
        [f"{group} {name}" for group, entry in COMMANDS.items() if isinstance(entry, dict) for name in entry],
        ids=str,
    )
    def test_every_command_of_a_group_has_an_example(self, cli: Cli, command: str) -> None:
        """The same below ``client``, ``resource`` and ``secret``."""
        assert f"secretctl {command}" in cli.ok(*command.split(), "--help").out.split("Options:")[0].split("\n", 1)[1]

    def test_version(self, cli: Cli) -> None:
        """One line, which begins with the name."""
        assert cli.ok("--version").out.startswith("secretctl ")


class TestUsageErrors:
    """Status 64 and a hint."""

    @pytest.mark.parametrize(
        "arguments",
        [
            (),
            ("nonsense",),
            ("client",),
            ("client", "nonsense"),
            ("verify", "--nonsense"),
            ("verify", "web", "--at", "never"),
        ],
        ids=" ".join,
    )
    def test_status_64(self, cli: Cli, arguments: tuple[str, ...]) -> None:
        """Not 2, which monitoring systems read as CRITICAL; stdout stays empty."""
        ran = cli(*arguments)
        assert (ran.status, ran.out) == (64, "")
        assert ran.err.startswith("secretctl: error: ")
        assert "hint: " in ran.err

    def test_a_typo_gets_a_suggestion(self, cli: Cli) -> None:
        """Of commands that exist."""
        assert "did you mean verify?" in cli("verfy").err

    def test_an_argument_too_many_is_not_repeated(self, cli: Cli) -> None:
        """Somebody may have pasted the secret there."""
        ran = cli("verify", "web", "hunter2hunter2")
        assert ran.status == 64
        assert "hunter2" not in ran.err

    def test_with_json_the_error_is_an_object(self, cli: Cli) -> None:
        """Alone on the last line of stderr."""
        assert cli("verify", "--json", "--nonsense").error["code"] == "usage"

    def test_json_behind_two_dashes_is_an_argument(self, cli: Cli) -> None:
        """And asks for nothing."""
        assert cli("verify", "--nonsense", "--", "--json").err.startswith("secretctl: error: ")


class TestErrors:
    """Errors of the work itself."""

    def test_a_missing_registry_names_the_way_out(self, cli: Cli) -> None:
        """Status 3, and the command that makes one."""
        cli.registry.unlink()
        ran = cli("verify", "web", "--secret-file", "secret.txt")
        assert ran.status == 3
        assert "secretctl init" in ran.err

    def test_an_empty_location(self, cli: Cli) -> None:
        """A variable that somebody forgot to set is no reason to take the nearest file."""
        ran = cli("check", "--registry", "")
        assert ran.status == 64
        assert "--registry is empty" in ran.err

    @pytest.mark.parametrize(
        "command", ["check", "check -r other.toml", "client add a -r other.toml", "init", "diff a b"]
    )
    def test_a_directory_that_is_no_more(self, cli: Cli, command: str) -> None:
        """Status 3: there is nowhere to look."""
        gone = cli.path / "gone"
        gone.mkdir()
        os.chdir(gone)
        gone.rmdir()
        ran = cli(*command.split(), "--json")
        assert (ran.status, ran.out, ran.error["code"]) == (3, "", "directory_missing")
        assert "this directory is no more" in ran.err

    def test_a_directory_that_cannot_be_searched(self, cli: Cli) -> None:
        """Here because of its long name, elsewhere for want of permission: whether a registry is there is not known."""
        while len(str(Path.cwd())) < 3_880:
            Path("d" * 200).mkdir()
            os.chdir("d" * 200)
        rest = "e" * (4_085 - len(str(Path.cwd())))
        Path(rest).mkdir()
        os.chdir(rest)
        ran = cli("check", "--json")
        assert (ran.status, ran.out, ran.error["code"]) == (3, "", "registry_unreadable")

    def test_foreign_text_in_an_error_is_inert(self, cli: Cli) -> None:
        """Escape sequences of an id do not reach the terminal."""
        ran = cli("header", "evil\x1b[31m\u202eid", "--secret-file", "secret.txt")
        assert ran.status == 4
        assert "\x1b" not in ran.err
        assert "\u202e" not in ran.err

    def test_an_interrupt_while_it_starts(self, cli: Cli) -> None:
        """Ctrl-C while modules are loaded: status 130 as at any other time, and no traceback."""
        cli.write("raise KeyboardInterrupt\n", "typer.py")
        ran = cli.process("check", env={"PYTHONPATH": str(cli.path)})
        assert (ran.status, ran.out) == (130, "")
        assert ran.err == "secretctl: error: interrupted; nothing more was done\n"

    def test_a_bug_is_one_line_and_status_70(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        """And what the exception says is not repeated: it could hold a secret."""
        monkeypatch.setitem(COMMANDS, "broken", "no_such_module:broken")
        ran = cli("broken")
        assert ran.status == 70
        assert "no_such_module" not in ran.err
        assert "Traceback" not in ran.err

    def test_a_missing_file_that_nobody_reckoned_with_is_a_bug(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        """As any other; only where the working directory is gone, that is what is said."""
        cli.write("def astray() -> None:\n    open('gone')\n", "astray.py")
        monkeypatch.setattr("secretctl.cli.__path__", [*secretctl.cli.__path__, str(cli.path)])
        monkeypatch.setitem(COMMANDS, "astray", "astray:astray")
        ran = cli("astray")
        assert ran.status == 70
        assert "a bug in secretctl (FileNotFoundError)" in ran.err
        assert "gone" not in ran.err

    def test_debugging_shows_frames_and_no_values(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        """``SECRETCTL_DEBUG=1``."""
        monkeypatch.setitem(COMMANDS, "broken", "no_such_module:broken")
        monkeypatch.setenv("SECRETCTL_DEBUG", "1")
        ran = cli("broken")
        assert "app.py" in ran.err
        assert "No module named" not in ran.err

    def test_every_error_class_has_a_status_of_its_own(self) -> None:
        """The table of exit statuses has one class for each."""
        statuses = [kind.status for kind in errors.SecretctlError.__subclasses__()]
        assert len(set(statuses)) == len(statuses)
        assert set(statuses) | {errors.SecretctlError.status} <= {1, 2, 3, 4, 5, 6, 7, 64, 70, 130}


class TestStreams:
    """Real streams of real processes."""

    def test_a_full_stdout_is_status_3(self, cli: Cli) -> None:
        """Where it carried no secret."""
        with Path("/dev/full").open("wb") as full:
            ran = cli.process("verify", "web", "--secret-file", "secret.txt", stdout=full)
        assert ran.status == 3
        assert "stdout cannot be written" in ran.err

    @pytest.mark.parametrize("arguments", [("--help",), ("check", "-h")], ids=" ".join)
    def test_a_full_stdout_is_no_bug(self, cli: Cli, arguments: tuple[str, ...]) -> None:
        """Not where help goes there either."""
        with Path("/dev/full").open("wb") as full:
            ran = cli.process(*arguments, stdout=full)
        assert ran.status == 3
        assert "stdout cannot be written" in ran.err

    def test_a_full_stdout_that_carried_a_secret_is_status_7(self, cli: Cli) -> None:
        """As the secret was not delivered."""
        with Path("/dev/full").open("wb") as full:
            ran = cli.process("header", "web", "--secret-file", "secret.txt", stdout=full)
        assert ran.status == 7

    @pytest.mark.parametrize(
        ("redirect", "status"), [(">&-", 3), ("<&-", 0), ("2>&-", 0), ("<&- 2>&-", 0), (">&- 2>&-", 3)]
    )
    def test_closed_streams(self, cli: Cli, redirect: str, status: int) -> None:
        """Whatever is closed, the status tells, and no file takes its number."""
        command = f'"{sys.executable}" -m secretctl verify web --secret-file secret.txt {redirect}'
        done = subprocess.run(command, shell=True, check=False, cwd=cli.path, stdout=subprocess.DEVNULL, timeout=60)
        assert done.returncode == status

    @pytest.mark.parametrize("other", ["none", "full", "closed"])
    def test_what_is_left_in_a_stream_is_written_at_the_end(self, other: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whatever has become of the other stream."""
        raw = io.BytesIO()
        monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(raw))
        sys.stderr.write("left")
        # The file goes without its buffer, which would be tried again when it is closed.
        with Path("/dev/full").open("wb", buffering=0) as full:
            stdout = io.TextIOWrapper(io.BufferedWriter(full) if other == "full" else io.BytesIO())
            stdout.write("too much")
            if other == "closed":
                stdout.close()
            monkeypatch.setattr(sys, "stdout", None if other == "none" else stdout)
            _flush_streams()
        assert raw.getvalue() == b"left"

    def test_an_interrupt_is_status_130(self, cli: Cli) -> None:
        """Ctrl-C while stdin is read; who asked for JSON gets an error object, as of every other error."""
        child = subprocess.Popen(
            [sys.executable, "-m", "secretctl", "verify", "web", "--secret-file", "-", "--json"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cli.path,
        )
        for _ in range(200):
            time.sleep(0.05)
            if _waits_for_input(child.pid):
                break
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=20)
        assert (child.returncode, out) == (130, b"")
        assert json.loads(err.splitlines()[-1])["error"]["code"] == "interrupted"


def _waits_for_input(pid: int) -> bool:
    """Whether the process is in a read of stdin, as far as the system tells."""
    try:
        return Path(f"/proc/{pid}/syscall").read_text("ascii").startswith("0 0x0 ")
    except OSError:
        return False


def test_help_by_its_short_name(cli: Cli) -> None:
    """As other command lines have it; a value that is spelled so stays a value."""
    for command in ([], ["client"], ["client", "add"]):
        assert cli.ok(*command, "-h").out == cli.ok(*command, "--help").out
    assert cli.ok("client", "add", "short", "--name", "-h", "--json").json["name"] == "-h"
