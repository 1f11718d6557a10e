"""How things are measured: always beside their baseline, turn by turn, by medians. Single times say nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

# A fork's peak starts with its parent's; this parent is smaller than everything that is measured.
_LEAN_PARENT = (
    "import os, sys; pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ); _, status, usage = os.wait4(pid, 0);"
    "sys.stderr.write(f'peak {usage.ru_maxrss} status {os.waitstatus_to_exitcode(status)}\\n')"
)


class NotMeasurableError(Exception):
    """A figure that cannot be had here, and why."""


@dataclass(frozen=True, slots=True)
class Command:
    """A whole process: its arguments, what it reads, and the exit statuses that count as having worked."""

    arguments: Sequence[str | Path]
    stdin: Path | None = None
    environment: Mapping[str, str] | None = None
    statuses: frozenset[int] = frozenset({0})
    before: Callable[[], object] | None = None
    """Puts things back before each run; not timed."""


def seconds_of(command: Command) -> float:
    """How long one run takes, from the call to the end of the process."""
    if command.before is not None:
        command.before()
    environment = {**os.environ, **(command.environment or {})}
    with open(command.stdin or os.devnull, "rb") as stdin:  # noqa: PTH123 - os.devnull is text
        start = perf_counter()
        done = subprocess.run(
            [str(argument) for argument in command.arguments],
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
            check=False,
        )
        seconds = perf_counter() - start
    if done.returncode not in command.statuses:
        raise _failed(command, done.returncode, done.stderr)
    return seconds


def processes(*commands: Command, repeats: int) -> list[float]:
    """The median seconds of each command, run in turns after one run of each that does not count."""
    rounds = [[seconds_of(command) for command in commands] for _ in range(repeats + 1)][1:]
    return [median(column) for column in zip(*rounds, strict=True)]


def rates(*loops: Callable[[], int], repeats: int) -> list[float]:
    """The median rate of each loop, which returns how many things it did; in turns, the first round not counted."""
    rounds = [[_rate(loop) for loop in loops] for _ in range(repeats + 1)][1:]
    return [median(column) for column in zip(*rounds, strict=True)]


def peak_bytes(command: Command) -> int:
    """The most memory that one run of the command had in use at once."""
    with open(command.stdin or os.devnull, "rb") as stdin:  # noqa: PTH123 - os.devnull is text
        done = subprocess.run(
            [sys.executable, "-c", _LEAN_PARENT, *map(str, command.arguments)],
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=True,
        )
    _, peak, _, status = done.stderr.rsplit(b"\n", 2)[-2].split()
    if int(status) not in command.statuses:
        raise _failed(command, int(status), done.stderr)
    return int(peak) * (1 if sys.platform == "darwin" else 1024)


def _rate(loop: Callable[[], int]) -> float:
    start = perf_counter()
    done = loop()
    return done / (perf_counter() - start)


def _failed(command: Command, status: int, stderr: bytes) -> NotMeasurableError:
    shown = " ".join(str(argument) for argument in command.arguments)
    last = stderr.decode(errors="replace").strip().splitlines()[-1:] or [""]
    return NotMeasurableError(f"status {status} from {shown}: {last[0]}")
