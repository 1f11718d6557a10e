"""``verify --batch``: a line in, a line out, for as long as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.cli.inputs import open_input
from secretctl.cli.output import emit_bytes
from secretctl.errors import UnavailableError

if TYPE_CHECKING:
    from datetime import datetime

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
        with open_input(path, what="batch") as stream:
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
