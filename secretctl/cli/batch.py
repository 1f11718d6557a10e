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
    from io import BufferedIOBase

    from secretctl.authenticate import Authenticator
    from secretctl.explain import Explainer
    from secretctl.model import Kind

_BLOCK = 65_536
"""Bytes that are gathered before they are written: a write for each line would cost more than its verdict."""


def run_batch(
    path: str, authenticator: Authenticator, kind: Kind, now: datetime, *, explain: Explainer | None = None
) -> int:
    """Verify every line of a file or of stdin; status 0 when all were accepted, else 1.

    Results are passed on before there is a wait for more lines, so that another program can ask and listen in turns.
    """
    from secretctl.batch import verify_lines

    all_accepted = True
    block = bytearray()
    try:
        with _open(path) as stream:
            for accepted, result in verify_lines(stream, authenticator, kind=kind, now=now, explain=explain):
                all_accepted &= accepted
                block += result
                if block and (not result or len(block) >= _BLOCK):
                    emit_bytes(bytes(block))
                    block.clear()
    except UnavailableError:
        if block:
            emit_bytes(bytes(block))  # what was answered before the question that could not be
        raise
    if block:
        emit_bytes(bytes(block))
    return 0 if all_accepted else 1


def _open(path: str) -> AbstractContextManager[BufferedIOBase]:
    try:
        if path != "-":
            return open(path, "rb")  # noqa: PTH123 - a pipe such as /dev/fd/63 is welcome here
        if sys.stdin is not None:
            return nullcontext(sys.stdin.buffer)  # type: ignore[arg-type]  # typeshed calls it a BinaryIO
        why = "stdin is closed"
    except (OSError, ValueError) as exc:
        why = exc.strerror if isinstance(exc, OSError) and exc.strerror else "not a path"
    raise UnavailableError(
        "input_unreadable", f"the batch cannot be read: {why}", hint="check the path and its permissions"
    )
