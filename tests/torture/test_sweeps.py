"""Every writing command, killed at every system call that changes something, with each of these calls failing, on full disks.

``SECRETCTL_TORTURE=full`` takes every call and errno. Without it each call fails once, with another errno each time, and
of the many calls on databases every fifth is taken.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress
from itertools import cycle
from typing import TYPE_CHECKING

import pytest

from secretctl.stores import open_store
from tests.acceptance.kit import ec_key, pem_key
from tests.torture.scenarios import KEYRING, MARK, OLD, READERS, SCENARIOS
from tests.torture.strace import Traced, modules, traced

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Cli
    from tests.torture.scenarios import Scenario
    from tests.torture.strace import Call

pytestmark = [pytest.mark.torture, pytest.mark.needs("strace")]

FULL = os.environ.get("SECRETCTL_TORTURE") == "full"
ERRORS = ("EIO", "ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EMFILE", "ENOLCK", "ENOSYS", "EINVAL", "EBUSY")
IN_PLACE = ("is written as a whole", "stdout cannot be written", "keep them")
"""What errors say that come when the new file is in place."""
MANY = 40
"""System calls that change something, of one command on a file."""


each_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)


class Sweep:
    """One command in a directory that is made again for each run."""

    def __init__(self, scenario: Scenario, cli: Cli, *more: str) -> None:
        self.scenario = scenario
        self.arguments = [*scenario.arguments, *more]
        self.cli = cli
        self.path = cli.path / "w"
        scenario.prepare(self.path)
        (modules(self.path) / "filering.py").write_text(KEYRING)
        self.old = scenario.text(self.path)
        ran = self._traced(None, None)
        assert ran.status in {0, 2}, ran  # 2: what `check` says of this registry
        self.good = ran.status
        self.new = scenario.text(self.path)
        assert scenario.writes == "jti.db" or self.new != self.old
        assert ran.changing
        self.calls = ran.changing if FULL or len(ran.changing) < MANY else ran.changing[::5]
        self.names = {path.name for path in self.path.iterdir()}
        self.check(ran, "undisturbed")

    def _traced(self, call: Call | None, inject: str | None) -> Traced:
        scenario = self.scenario
        return traced(
            self.arguments,
            self.path,
            **({} if call is None else {"calls": call.name, "inject": f"{inject}:when={call.number}"}),
            env={**scenario.env, "SECRETCTL_DEBUG": "1"},
            stdin=scenario.stdin.encode(),
        )

    def run(self, call: Call, inject: str) -> Traced:
        """Once more from the beginning, with something happening at that call."""
        self.scenario.prepare(self.path)
        return self._traced(call, inject)

    def check(self, ran: Traced, when: str) -> None:
        """Whatever happened: a whole file, nobody locked out, nothing told, and the next command works."""
        text = self.scenario.text(self.path)
        assert text in {self.old, self.new}, (when, ran)
        assert MARK not in ran.err, (when, ran)
        assert "Traceback" not in ran.err, (when, ran)
        self._nobody_is_locked_out(ran, when)
        self._the_next_command_works(when)

    def _nobody_is_locked_out(self, ran: Traced, when: str) -> None:
        location = self.scenario.location(self.path)
        held = self.scenario.held(self.path, ran.out)
        if "disable" in self.scenario.arguments or "init" in self.scenario.arguments:
            return
        for principal in open_store(location).principals():
            if principal.secrets and principal.id in held:
                # Later, for a secret is valid up to and including its last instant.
                command = ("verify", str(principal.target), "-r", location, "--at", "1min", "--secret-file", "-")
                assert any(self.cli(*command, stdin=text).status == 0 for text in held[principal.id]), (when, ran)

    def _the_next_command_works(self, when: str) -> None:
        """And clears away what was left, but for files that carry a secret."""
        writes = self.scenario.writes
        registry = writes if writes.endswith(".toml") else self.scenario.registry
        location = self.scenario.location(self.path) if registry.endswith(".db") else str(self.path / registry)
        if "init" in self.scenario.arguments and not self.scenario.text(self.path):
            self.cli.ok("init", location)
        self.cli.ok("client", "add", "next", "--registry", location)
        if writes == "report":
            self.cli("report", "--html", self.path / writes, "--registry", location)
        if writes == "jti.db":
            self._the_cache_works(when)
        left = {path.name for path in self.path.iterdir()} - self.names - {registry, writes, "out"}
        assert not {name for name in left if not name.startswith(("sink.", "web.", "keyring."))}, (when, left)

    def _the_cache_works(self, when: str) -> None:
        arguments = [each if each != "jti.db" else str(self.path / each) for each in self.scenario.arguments]
        registry = ("--registry", self.path / "secretctl.toml")
        first, second = (self.cli(*arguments, *registry, "--json", stdin=self.scenario.stdin) for _ in range(2))
        assert first.status in {0, 1}, (when, first)
        assert (second.status, second.json["reason"]) == (1, "assertion_replayed"), (when, second)


def chosen(calls: list[Call], harms: tuple[str, ...]) -> Iterator[tuple[Call, str]]:
    """Each call with what it is to suffer: all of it, or the next in turn."""
    turns = cycle(harms)
    for call in calls:
        for harm in harms if FULL else [next(turns)]:
            yield call, harm


@each_scenario
def test_killed_at_every_call(scenario: Scenario, cli: Cli) -> None:
    """SIGKILL: the whole old or the whole new file, no client without a secret that its owner holds, the next one works."""
    sweep = Sweep(scenario, cli)
    for call in sweep.calls:
        sweep.check(sweep.run(call, "signal=KILL"), f"killed at {call}")


@each_scenario
def test_every_call_fails(scenario: Scenario, cli: Cli) -> None:
    """An error is 3, or 7 for a delivery, with the old bytes; or it does no harm."""
    sweep = Sweep(scenario, cli, "--json")
    for call, error in chosen(sweep.calls, ERRORS):
        when = f"{error} from {call}"
        ran = sweep.run(call, f"error={error}")
        assert ran.status in {sweep.good, 3, 7 if scenario.delivers else 3}, (when, ran)
        # SQLite answers with an error where a lock cannot be given back after the commit.
        doubtful = call.name == "fcntl"
        if ran.status != sweep.good and not doubtful and not any(words in ran.err for words in IN_PLACE):
            assert scenario.text(sweep.path) == sweep.old, (when, ran)
        sweep.check(ran, when)


@each_scenario
def test_writes_that_lie(scenario: Scenario, cli: Cli) -> None:
    """A write that tells of bytes that it did not write costs nothing: files are read back. Stdout cannot be."""
    sweep = Sweep(scenario, cli)
    writes = [call for call in sweep.calls if call.name == "write" and "to stdout" not in scenario.name]
    for call, told in chosen(writes, ("0", "1")):
        sweep.check(sweep.run(call, f"retval={told}"), f"{call} tells {told}")


@pytest.mark.parametrize("state", ["full", "read-only"])
@each_scenario
def test_on_a_disk_that_takes_nothing(scenario: Scenario, state: str, small_disk: Path) -> None:
    """A full disk and one that is mounted to be read: 3, or 7 for a delivery, and the old bytes."""
    path, rest = small_disk / "w", small_disk / "rest"
    scenario.prepare(path)
    (small_disk / "filering.py").write_text(KEYRING)
    old = scenario.text(path)
    if state == "full":
        with suppress(OSError), rest.open("wb", buffering=0) as file:
            while file.write(b"x" * 512):
                pass
    else:
        subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    done = subprocess.run(
        [sys.executable, "-m", "secretctl", *scenario.arguments],
        cwd=path,
        env={**os.environ, **scenario.env, "PYTHONPATH": str(small_disk), "PYTHONDONTWRITEBYTECODE": "1"},
        input=scenario.stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {3, 7 if scenario.delivers else 3}, done
    assert MARK not in done.stderr
    assert "Traceback" not in done.stderr
    assert scenario.text(path) == old
    assert not list(path.glob(".*")), "nothing is left behind"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A mounted disk of 1 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    yield disk
    subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("line", READERS)
def test_what_only_reads_writes_nothing(line: str, cli: Cli) -> None:
    """No system call changes anything: no cache, no temporary file, no lock but SQLite's shared one."""
    path = cli.path / "w"
    SCENARIOS[-1].prepare(path)
    (path / "key.pem").write_bytes(pem_key(ec_key()))
    ran = traced(line.split(), path, env={"THE_SECRET": OLD["web"]})
    assert ran.status in {0, 1, 2}, ran
    on_files = [each for each in ran.lines if not re.match(r"\d+ +(write\([12],|fcntl\()", each)]
    assert Traced(0, "", "", tuple(on_files)).changing == []
