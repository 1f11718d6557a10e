"""Runs a command under strace, which writes down its system calls, kills it at one, or lets one fail."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.steady import steady_python

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

CHANGING = (
    *("write", "writev", "pwrite64", "ftruncate", "fsync", "fdatasync", "flock", "fcntl"),
    *("rename", "renameat2", "link", "linkat", "symlink", "unlink", "unlinkat", "mkdir", "rmdir"),
    *("chmod", "fchmod", "fchown", "fsetxattr", "openat"),
)
"""System calls that change a file, a lock or a directory; ``openat`` is one of them where it creates."""
_READ_ONLY = re.compile(r"^openat\((?!.*O_CREAT)|^fcntl\(\d+, F_(?!SETLK|OFD_SETLK)|^write\([^,]*, \"\", 0\)")


@dataclass(frozen=True, order=True)
class Call:
    """One system call: its name, and the how many of that name it is in its process or thread."""

    name: str
    number: int

    def __str__(self) -> str:
        return f"{self.name}#{self.number}"


@dataclass(frozen=True)
class Traced:
    """How a command ended (negative: by that signal), what it printed, and its system calls as strace wrote them down."""

    status: int
    out: str
    err: str
    lines: tuple[str, ...]

    @property
    def changing(self) -> list[Call]:
        """The calls that change something, in their order, each as it can be found again.

        strace counts in each thread and process, and disturbs that call in all of them. One that another thread makes
        before, to read something, is left out: that one would be disturbed, or killed, in its stead.
        """
        numbers: dict[tuple[str, str], int] = {}
        first: dict[Call, bool] = {}
        for line in self.lines:
            thread, _, text = line.partition(" ")
            text = text.lstrip()
            name = text.partition("(")[0]
            if name in CHANGING:
                number = numbers[thread, name] = numbers.get((thread, name), 0) + 1
                first.setdefault(Call(name, number), not _READ_ONLY.match(text))
        return [call for call, changes in first.items() if changes]


def under_strace(
    arguments: Sequence[str],
    directory: Path,
    *,
    calls: str = ",".join(CHANGING),
    inject: str | None = None,
    env: Mapping[str, str] | None = None,
    options: Sequence[str] = (),
) -> tuple[list[str], dict[str, str], Path]:
    """The command line and environment for ``secretctl ARGUMENTS``, and the log, which lies beside the directory.

    ``inject``: ``error=EIO:when=3``, for each of ``calls``. What Python is to import besides lies in ``modules(directory)``.
    """
    log = directory.parent / f"{directory.name}.strace"
    command = ["strace", "-f", "--seccomp-bpf", "-qq", "-o", str(log), f"--trace={calls}", *options]
    if inject is not None:
        command.append(f"--inject={calls}:{inject}")
    python, clean = steady_python(modules(directory))
    return [*command, *python, "-m", "secretctl", *arguments], clean | dict(env or {}), log


def modules(directory: Path) -> Path:
    """Where Python finds modules, beside the directory; nothing is made there while a command runs."""
    path = directory.parent / "path"
    path.mkdir(exist_ok=True)
    return path


def traced(arguments: Sequence[str], directory: Path, *, stdin: bytes = b"", **options: Any) -> Traced:
    """Run it in the directory, with what ``under_strace`` takes."""
    command, env, log = under_strace(arguments, directory, **options)
    done = subprocess.run(command, cwd=directory, env=env, input=stdin, capture_output=True, check=False, timeout=60)
    return Traced(done.returncode, done.stdout.decode(), done.stderr.decode(), lines_of(log))


def lines_of(log: Path) -> tuple[str, ...]:
    """What strace wrote down."""
    return tuple(log.read_text(encoding="utf-8", errors="replace").splitlines())
