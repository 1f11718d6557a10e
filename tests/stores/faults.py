"""A real writer process under strace, which kills it or lets a system call fail at any point of an edit."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.steady import steady_python

if TYPE_CHECKING:
    from pathlib import Path

# Rehearses on another file, so that everything is imported; marks the start; edits; prints the error's status and code.
_WRITER = """
import os, sys
from secretctl.errors import SecretctlError
from secretctl.model import Client
from secretctl.stores import open_store
from secretctl.stores.atomic_file import write_new
from secretctl.stores.toml.store import create_registry

def change(path):
    with open_store(path).edit() as edit:
        edit.add(Client("new", name="x" * 100))

what, path, rehearsal = sys.argv[1:]
act = {"edit": change, "create": lambda path: create_registry(path, "schema = 1  # new\\n")}[what]
act(rehearsal)
try:
    os.stat("/start-of-the-edit")
except FileNotFoundError:
    pass
try:
    act(path)
except SecretctlError as exc:
    print(exc.status, exc.code, flush=True)
    sys.exit(exc.status)
"""

OLD = "schema = 1\n\n# about web\n[clients.web]\nname = 'Web'\n"
NEW = OLD + '\n[clients.new]\nname = "' + "x" * 100 + '"\n'


@dataclass(frozen=True)
class Call:
    """One system call of the edit: its name, and how many of that name the process had made with it."""

    name: str
    number: int
    line: str


@dataclass(frozen=True)
class Outcome:
    """How the writer ended: its status (negative: killed by that signal), and what it said."""

    status: int
    output: str


def run(what: str, registry: Path, *inject: str) -> tuple[Outcome, list[Call]]:
    """Run one edit of the registry, or its creation, with strace's injections: (``"fsync:error=EIO:when=2"``)."""
    rehearsal = registry.parent / "rehearsal.toml"
    if what == "edit":
        rehearsal.write_text(OLD)
    else:
        rehearsal.unlink(missing_ok=True)
    log = registry.parent.parent / f"{registry.parent.name}.strace"
    command = ["strace", "-f", "-o", str(log), *(f"--inject={each}" for each in inject)]
    python, environment = steady_python(registry.parent.parent / "path")
    command += [*python, "-c", _WRITER, what, str(registry), str(rehearsal)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)
    return Outcome(done.returncode, done.stdout + done.stderr), _calls(log.read_text())


def _calls(log: str) -> list[Call]:
    """The system calls between the mark and the end of the process, each with its number among its kind."""
    numbers: dict[str, int] = {}
    calls = []
    started = False
    for line in log.splitlines():
        if found := re.match(r"\d+ +(\w+)\(", line):
            name = found[1]
            numbers[name] = numbers.get(name, 0) + 1
            if started:
                calls.append(Call(name, numbers[name], line))
            started = started or "/start-of-the-edit" in line
    return calls
