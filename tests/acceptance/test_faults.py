"""What users' machines do to a command: full and read-only disks, locks, editors, interrupts, hostile environments."""

from __future__ import annotations

import fcntl
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.kit import registry_text, shared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Cli

GOOD = "a-good-long-secret-of-mine"
WRITERS = [
    ["client", "add", "new"], ["client", "set", "web", "--owner", "o"], ["client", "rename", "web", "shop"], ["client", "remove", "app", "--yes"],
    ["secret", "add", "client/web"], ["secret", "set", "client/web", "w1", "--description", "d"], ["secret", "remove", "client/web", "w1", "--yes"],
    ["secret", "expire", "client/web", "w1", "--at", "2030-01-01"], ["rotate", "client/web"], ["prune", "--yes", "--at", "2040-01-01"],
]  # fmt: skip


@pytest.fixture(autouse=True)
def registry(cli: Cli) -> bytes:
    """Something to lose, of more than a few blocks."""
    text = registry_text({
        "web": {"secrets": [shared("w" * 20, "w1"), shared("v" * 20, "w2"), shared("u" * 20, "w3", expiration="2031-01-01T00:00:00Z")]}, "app": {},
    }).replace("schema = 1\n", "schema = 1\n" + "# filler\n" * 1000, 1)  # fmt: skip
    cli.write(text)
    return cli.registry.read_bytes()


def leftovers(directory: Path) -> set[str]:
    """Files that are neither the registry nor its lock."""
    return {path.name for path in directory.iterdir()} - {"secretctl.toml", ".secretctl.toml.lock"}


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize("command", WRITERS, ids=" ".join)
def test_a_file_that_cannot_grow(cli: Cli, registry: bytes, command: list[str]) -> None:
    """Short writes and EFBIG: 3, the old bytes intact, nothing left behind; what was delivered is said to be void."""
    ran = cli.process(*command, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
    assert ran.status == 3, ran
    assert cli.registry.read_bytes() == registry
    assert leftovers(cli.path) == set()
    if command[0] == "rotate" or command[:2] == ["secret", "add"]:
        assert ran.out, "what stdout got stays there"
        assert "void" in ran.err
        assert ran.out.strip() not in ran.err
    else:
        assert ran.out == ""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("no file system can be mounted here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_full_and_read_only_disks(cli: Cli, registry: bytes, small_disk: Path) -> None:
    """3, with the reason; reading goes on."""
    file = small_disk / "secretctl.toml"
    shutil.copyfile(cli.registry, file)
    (small_disk / "filler").write_bytes(b"")
    try:
        with (small_disk / "filler").open("wb") as stream:
            while True:
                stream.write(b"x" * 4096)
                stream.flush()
    except OSError:
        pass
    ran = cli("client", "add", "new", "-r", file, "--json")
    assert (ran.status, ran.out) == (3, "")
    assert "space" in ran.error["message"]
    out = cli("secret", "add", "client/web", "--out", small_disk / "s.txt")
    assert (out.status, out.out) == (7, "")
    assert not (small_disk / "s.txt").exists()
    (small_disk / "filler").unlink()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    ran = cli("client", "add", "new", "-r", file, "--json")
    assert (ran.status, ran.out) == (3, "")
    assert "read-only" in ran.error["message"].lower()
    assert cli("client", "list", "-r", file).status == 0
    assert cli("check", "-r", file).status == 2
    assert file.read_bytes() == registry
    assert leftovers(small_disk) == set()


def test_a_directory_that_is_not_ours(cli: Cli, registry: bytes) -> None:
    """Neither a new file nor a lock can be made: 3, and reading goes on."""
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    cli.path.chmod(0o555)
    try:
        ran = cli("client", "add", "new", "--json")
        assert (ran.status, ran.out) == (3, "")
        assert cli("check").status == 2
    finally:
        cli.path.chmod(0o755)
    assert cli.registry.read_bytes() == registry


def hold(cli: Cli, seconds: int) -> subprocess.Popen[bytes]:
    """A command that holds the lock while it delivers."""
    ready = cli.path / "holding"
    (cli.path / "slow").write_text(f"#!/bin/sh\ncat > /dev/null\ntouch '{ready}'\nexec sleep {seconds}\n")
    (cli.path / "slow").chmod(0o755)
    child = subprocess.Popen([sys.executable, "-m", "secretctl", "secret", "add", "client/app", "--pipe-to", "./slow"], cwd=cli.path,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    while not ready.exists():
        assert child.poll() is None
        time.sleep(0.02)
    ready.unlink()
    return child


@pytest.mark.usefixtures("untraced")
def test_a_lock_that_is_held(cli: Cli, registry: bytes) -> None:
    """A writer waits up to 10 s, then 5; readers do not wait; a killed holder's lock is nobody's."""
    holder = hold(cli, 60)
    try:
        started = time.monotonic()
        assert cli("client", "list").status == 0
        assert cli("rotate", "--all", "--dry-run").status == 0
        assert time.monotonic() - started < 8
        started = time.monotonic()
        ran = cli("client", "add", "new", "--json")
        waited = time.monotonic() - started
        assert (ran.status, ran.out) == (5, "")
        assert 9 < waited < 14
        assert ran.error["hint"]
        assert cli.registry.read_bytes() == registry
    finally:
        holder.kill()
        holder.wait()
    started = time.monotonic()
    cli.ok("client", "add", "new")
    assert time.monotonic() - started < 5


def test_a_lock_that_is_let_go(cli: Cli) -> None:
    """Waiting pays off: both writers' changes are there."""
    holder = hold(cli, 1)
    cli.ok("client", "add", "new")
    assert holder.wait() == 0
    assert {each["id"] for each in cli.ok("client", "list", "--json").json} == {"web", "app", "new"}
    assert len(cli.secrets("client/app")) == 1


@pytest.mark.usefixtures("untraced")
def test_many_writers(cli: Cli) -> None:
    """No lost update, and a valid file."""
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "secretctl", "client", "add", f"c{number}"],
            cwd=cli.path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for number in range(6)
    ]
    for child in children:
        _, err = child.communicate()
        assert child.returncode == 0, err
    assert len(tomllib.loads(cli.registry.read_text())["clients"]) == 8


@pytest.mark.parametrize("change", ["edit", "replace", "delete", "break"])
def test_changed_underneath(cli: Cli, change: str) -> None:
    """An editor saves between reading and writing: 5 (3 where there is no registry any more), and what it saved stays."""
    scripts = {
        "edit": "echo '# by hand' >> secretctl.toml", "replace": "cp secretctl.toml x; echo '# by hand' >> x; mv x secretctl.toml", "delete": "rm secretctl.toml",
        "break": "echo nonsense > secretctl.toml",
    }  # fmt: skip
    (cli.path / "meddle").write_text(f"#!/bin/sh\ncat > /dev/null\n{scripts[change]}\n")
    (cli.path / "meddle").chmod(0o755)
    ran = cli("secret", "add", "client/web", "--pipe-to", "./meddle", "--json")
    assert ran.status in ({5} if change in {"edit", "replace"} else {3, 5})
    assert ran.out == ""
    assert "void" in ran.error["message"] + str(ran.error["hint"])
    if change == "delete":
        assert not cli.registry.exists()
    elif change == "break":
        assert cli.registry.read_text() == "nonsense\n"
    else:
        assert cli.registry.read_text().endswith("# by hand\n")


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_while_delivering(cli: Cli, registry: bytes, name: signal.Signals) -> None:
    """130, no traceback, nothing left behind, the registry unchanged and free: by Ctrl-C, and by being asked to end."""
    (cli.path / "slow").write_text("#!/bin/sh\ncat > /dev/null\ntouch holding\nexec sleep 30\n")
    (cli.path / "slow").chmod(0o755)
    with (cli.path / "err").open("wb") as err:
        child = subprocess.Popen([sys.executable, "-m", "secretctl", "secret", "add", "client/app", "--out", "s.txt", "--pipe-to", "./slow"],
                                 cwd=cli.path, stdout=subprocess.DEVNULL, stderr=err, start_new_session=True)  # fmt: skip
    try:
        while not (cli.path / "holding").exists():
            assert child.poll() is None
            time.sleep(0.02)
        os.killpg(child.pid, name)  # as a terminal or a service manager does
        status = child.wait(20)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    assert "Traceback" not in (cli.path / "err").read_text()
    assert status == 130
    assert not (cli.path / "s.txt").exists()
    assert cli.registry.read_bytes() == registry
    cli.ok("client", "add", "new")


def _catches(pid: int, name: signal.Signals) -> bool:
    """Whether the process has a handler for a signal."""
    status = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    caught = next(line.split()[1] for line in status if line.startswith("SigCgt"))
    return bool(int(caught, 16) >> (name - 1) & 1)


@pytest.mark.parametrize("command", [["secret", "add", "client/web"], ["rotate", "--all"]], ids=" ".join)
def test_interrupted_while_waiting(cli: Cli, registry: bytes, command: list[str]) -> None:
    """Before anything is made: 130, and nothing to tell of secrets that went anywhere."""
    with (cli.path / ".secretctl.toml.lock").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        child = subprocess.Popen([sys.executable, "-m", "secretctl", *command], cwd=cli.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
        while not _catches(child.pid, signal.SIGTERM):
            assert child.poll() is None
            time.sleep(0.02)
        child.terminate()
        out, err = child.communicate(timeout=30)
    assert (child.returncode, out) == (130, b"")
    assert re.fullmatch(rb"secretctl: error: interrupted\W+nothing more was done\n", err, re.IGNORECASE)
    assert cli.registry.read_bytes() == registry


def test_a_lock_file_that_is_a_trap(cli: Cli, registry: bytes) -> None:
    """A symbolic link in place of the lock is not followed."""
    (cli.path / "victim").write_text("precious")
    cli("client", "set", "web", "--owner", "first")
    lock = cli.path / ".secretctl.toml.lock"
    lock.unlink(missing_ok=True)
    lock.symlink_to("victim")
    ran = cli("client", "set", "web", "--owner", "second")
    assert ran.status == 3
    assert (cli.path / "victim").read_text() == "precious"


@pytest.mark.parametrize("env", [
    {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}, {"LC_ALL": "POSIX"}, {"TERM": "dumb"}, {"COLUMNS": "1"}, {"COLUMNS": "nonsense"}, {"TZ": "Asia/Kathmandu"},
    {"HOME": "/nonexistent"}, {"PYTHONWARNINGS": "error"}, {"PYTHONOPTIMIZE": "2"},
], ids=str)  # fmt: skip
def test_odd_environments(cli: Cli, env: dict[str, str]) -> None:
    """Locale, terminal, time zone and the rest change nothing of what is said or stored."""
    cli.ok("client", "add", "sören")
    ran = cli.process("secret", "add", "client/sören", "--expires", "2030-01-01", "--json", env=env)
    assert ran.status == 0, ran.err
    assert (ran.json["target"], ran.json["expiration"]) == ("client/sören", "2030-01-01T00:00:00Z")
    assert abs(datetime.now(UTC) - datetime.fromisoformat(ran.json["created"])) < timedelta(minutes=10)


def test_stdin_that_is_closed(cli: Cli) -> None:
    """No source, no question, no traceback."""
    for call, status in (
        ("hash --secret-file -", 3),
        ("verify --batch -", 3),
        ("hash", 64),
        ("client remove web", 64),
        ("prune", 64),
        ("client list", 0),
    ):
        done = subprocess.run(
            ["sh", "-c", f"exec '{sys.executable}' -m secretctl {call} <&-"],
            cwd=cli.path,
            capture_output=True,
            check=False,
        )
        assert done.returncode == status, done
        assert b"Traceback" not in done.stderr


def test_stderr_that_is_closed(cli: Cli) -> None:
    """Data still goes to stdout, and statuses are right."""
    for call, status in (
        ("client list --json", 0),
        ("client show nobody", 4),
        ("secret add client/web --expires 1d", 0),
    ):
        done = subprocess.run(
            ["sh", "-c", f"exec '{sys.executable}' -m secretctl {call} 2>&-"],
            cwd=cli.path,
            stdout=subprocess.PIPE,
            check=False,
        )
        assert done.returncode == status, (call, done)


def test_a_bug_is_one_line(cli: Cli) -> None:
    """A directory that vanishes under the command is no bug of ours, either."""
    gone = cli.path / "gone"
    gone.mkdir()
    done = subprocess.run(
        ["sh", "-c", f"rmdir ../gone; exec '{sys.executable}' -m secretctl client list"],
        cwd=gone,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 3, done
    assert b"Traceback" not in done.stderr


def test_no_core_of_a_secret(cli: Cli) -> None:
    """A debug traceback shows no secret."""
    ran = cli.process(
        "secret",
        "add",
        "client/web",
        "--secret-env",
        "S",
        "--pipe-to",
        "false",
        env={"S": GOOD, "SECRETCTL_DEBUG": "1"},
    )
    assert ran.status == 7
    assert GOOD not in ran.out + ran.err
