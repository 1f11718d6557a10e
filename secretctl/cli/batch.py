"""``verify --batch``: a line in, a line out, for as long as they come."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

from secretctl.cli.output import emit_bytes
from secretctl.errors import UnavailableError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime
    from typing import BinaryIO

    from secretctl.authenticate import Authenticator
    from secretctl.model import Kind

_BLOCK = 65_536
"""Bytes that are gathered before they are written: a write for each line would cost more than its verdict."""


def run_batch(path: str, authenticator: Authenticator, kind: Kind, now: datetime) -> int:
    """Verify every line of a file or of stdin; status 0 when all were accepted, else 1."""
    from secretctl.batch import verify_lines

    all_accepted = True
    block = bytearray()
    with _open(path) as lines:
        interactive = lines.isatty()
        for accepted, result in verify_lines(lines, authenticator, kind=kind, now=now):
            all_accepted &= accepted
            block += result
            if len(block) >= _BLOCK or interactive:
                emit_bytes(bytes(block))
                block.clear()
    if block:
        emit_bytes(bytes(block))
    return 0 if all_accepted else 1


def _open(path: str) -> AbstractContextManager[BinaryIO]:
    try:
        if path != "-":
            return open(path, "rb")  # noqa: PTH123 - a pipe such as /dev/fd/63 is welcome here
        if sys.stdin is not None:
            return nullcontext(sys.stdin.buffer)
        why = "stdin is closed"
    except (OSError, ValueError) as exc:
        why = exc.strerror if isinstance(exc, OSError) and exc.strerror else "not a path"
    raise UnavailableError(
        "input_unreadable", f"the batch cannot be read: {why}", hint="check the path and its permissions"
    )
