"""stdout carries one document of data; everything else goes to stderr."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from secretctl.errors import DeliveryError, UnavailableError

if TYPE_CHECKING:
    from datetime import datetime

    from secretctl.render import Page

_LARGE = 1 << 23
"""Bytes of a file that takes a second or more to parse."""


def emit(text: str, *, carries_secret: bool = False) -> None:
    """Write the document to stdout, in UTF-8 whatever the locale, and see it through.

    Raises UnavailableError ``stdout_unwritable``, or DeliveryError where the document carries a secret.
    """
    emit_bytes(text.encode("utf-8", "backslashreplace"), carries_secret=carries_secret)


def emit_bytes(data: bytes, *, carries_secret: bool = False) -> None:
    """The same for bytes."""
    why = "it is closed"
    if sys.stdout is not None:
        try:
            sys.stdout.flush()
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        except OSError as exc:
            why = exc.strerror or why
            _abandon_stdout()
        else:
            return
    kind = DeliveryError if carries_secret else UnavailableError
    raise kind(
        "stdout_unwritable", f"stdout cannot be written: {why}", hint="check where the output goes, and run it again"
    )


def emit_json(value: object, *, carries_secret: bool = False) -> None:
    """One JSON document: a line for programs, indented on a terminal."""
    from secretctl.render.json_text import document

    emit(document(value, indented=stdout_is_terminal()), carries_secret=carries_secret)


def note(message: str) -> None:
    """Something worth knowing, on stderr."""
    say(f"secretctl: {message}")


def warn(*messages: str) -> None:
    """Warnings, on stderr, a line each."""
    for message in messages:
        note(f"warning: {message}")


def echo_instant(what: str, instant: datetime | None) -> None:
    """Say in full what a WHEN was understood as."""
    from secretctl.model import instant_text

    note(f"{what}: {'never' if instant is None else instant_text(instant)}")


def announce(path: str) -> None:
    """Say that a large file is read, on a terminal: a parser tells nobody how far it is, and may take a minute."""
    from contextlib import suppress
    from pathlib import Path

    if not stderr_is_terminal():
        return
    with suppress(OSError, ValueError):  # stdin, a database, or what opening it will complain of
        size = Path(path).stat().st_size
        if size >= _LARGE:
            note(f"reading {path}, {size >> 20} MiB")


def say(*lines: str) -> None:
    """Lines for people, on stderr: foreign text made visible, broken between words where a terminal would break them anywhere."""
    from secretctl.render.text import defused, visible, wrapped

    shown = list(map(visible, lines))
    if stderr_is_terminal():
        width = os.get_terminal_size(sys.stderr.fileno()).columns or 80
        shown = [wrapped(line, width) for line in shown]
    write_stderr(defused("".join(f"{line}\n" for line in shown)))


def write_stderr(text: str) -> None:
    """Write to stderr as far as it goes: where nobody listens, the exit status still tells."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        pass


def stdout_is_terminal() -> bool:
    """Whether a person reads stdout as it is written."""
    return sys.stdout is not None and sys.stdout.isatty()


def stderr_is_terminal() -> bool:
    """Whether a person reads stderr as it is written."""
    return sys.stderr is not None and sys.stderr.isatty()


def use_color() -> bool:
    """Colour only on a terminal, and never with ``NO_COLOR`` (no-color.org: set and not empty)."""
    return stdout_is_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def page() -> Page:
    """What a document for people is drawn on."""
    from shutil import get_terminal_size

    from secretctl.render import Page

    return Page(color=use_color(), width=get_terminal_size().columns if stdout_is_terminal() else None)


def _abandon_stdout() -> None:
    """Point stdout at nothing, so that the interpreter does not fail once more when it flushes at exit."""
    from contextlib import suppress

    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
