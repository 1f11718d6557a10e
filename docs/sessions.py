"""Console sessions in Markdown: found, run, and written back with what the commands really print.

A block fenced as ``console`` is a session: lines beginning with ``$ `` are commands (``> `` goes on with one), the rest is
their output, stderr included. A chapter (``## …``) begins in an empty directory; its blocks follow each other there.
``<!-- before: COMMAND -->`` runs a command between them that the page does not show: what the reader has, and we must make.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CHAPTER = re.compile(r"^## ", re.MULTILINE)
_BEFORE = re.compile(r"^<!-- before: (.*?) -->$", re.MULTILINE | re.DOTALL)
_ROOT = Path(__file__).parent.parent
_VARIABLE = (
    (re.compile(r"Basic [A-Za-z0-9+/=]{8,}"), "Basic BASE64"),
    (re.compile(r"eyJ[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){2}"), "JWT"),
    (re.compile(r"\b(?:[0-9A-F]{64}|[0-9A-F]{40}|[0-9A-F]{38})\b"), "DIGITS"),
    (re.compile(r"\$argon2id\$\S+"), "PHC"),
    (re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_=-])"), "SECRET"),
    (re.compile(r"[A-Za-z0-9+/]{43}="), "STORED VALUE"),
    (re.compile(r"\b(?=[0-9a-f]*[0-9])[0-9a-f]{8}\b"), "SECRETID"),
    (re.compile(r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z| UTC)?)?"), "INSTANT"),
)


@dataclass(frozen=True, slots=True)
class Session:
    """One block: where its text stands in the file, the text, whether a chapter begins before it, and what runs unseen."""

    start: int
    end: int
    text: str
    new_chapter: bool
    before: tuple[str, ...] = ()

    @property
    def commands(self) -> list[str]:
        """The commands, each as the shell gets it."""
        found: list[str] = []
        for line in self.text.splitlines():
            if line.startswith("$ "):
                found.append(line[2:])
            elif line.startswith("> ") and found:
                found[-1] += "\n" + line[2:]
        return found


def sessions(markdown: str) -> Iterator[Session]:
    """All sessions of a file, in order."""
    last = 0
    for block in _BLOCK.finditer(markdown):
        new_chapter = last == 0 or _CHAPTER.search(markdown, last, block.start()) is not None
        unseen = tuple(found[1] for found in _BEFORE.finditer(markdown, last, block.start()))
        yield Session(block.start(1), block.end(1), block.group(1), new_chapter, unseen)
        last = block.end()


def rerun(markdown: str) -> str:
    """The file with each session's output replaced by what its commands print now."""
    result, written, directory = "", 0, Path()
    with tempfile.TemporaryDirectory() as top:
        for number, session in enumerate(sessions(markdown)):
            if session.new_chapter:
                directory = Path(top, str(number))
                directory.mkdir()
            result += markdown[written : session.start] + _run(session, directory)
            written = session.end
    return result + markdown[written:]


def comparable(markdown: str) -> str:
    """The text without what differs from run to run: secrets, ids, instants, and the width of columns."""
    for pattern, name in _VARIABLE:
        markdown = pattern.sub(name, markdown)
    return re.sub(r"[ ─━]{2,}", "  ", markdown)


def _run(session: Session, directory: Path) -> str:
    for command in session.before:
        done = _shell(command, directory, 0)
        if done.returncode:
            raise RuntimeError(f"{command}: {done.stdout}")
    text, status = "", 0
    for command in session.commands:
        done = _shell(command, directory, status)
        status = done.returncode
        shown = "\n> ".join(command.split("\n"))
        text += f"$ {shown}\n{done.stdout}"
        text += "" if text.endswith("\n") else "\n"
    return text


def _shell(command: str, directory: Path, status: int) -> subprocess.CompletedProcess[str]:
    """Run a command as if the one before had ended with ``status``."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SECRETCTL_", "FORCE_"))}
    path = f"{Path(sys.executable).parent}:{environment['PATH']}"
    environment |= {"PATH": path, "PYTHONPATH": str(_ROOT), "HOME": str(directory), "TZ": "UTC"}
    return subprocess.run(
        ["sh", "-c", f"(exit {status})\n{command}"],
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )
