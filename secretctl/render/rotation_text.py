"""What a rotation would do and what a pruning does, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.model import instant_text
from secretctl.render.table import table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from secretctl.operations.pruning import Pruned
    from secretctl.operations.rotation import Rotation, Turn
    from secretctl.render import Page


def rotation_table(rotation: Rotation, page: Page) -> str:
    """A line for each principal: when its new secret ends, and which old ones end when."""
    rows = [
        [
            str(turn.principal.target),
            _end(turn.secret.expiration),
            "; ".join(
                [f"{cap.secret.id}: {_end(cap.secret.expiration)} -> {_end(cap.end)}" for cap in turn.caps]
                + [f"{secret.id}: ends {_end(secret.expiration)} already" for secret in turn.ending]
            ),
        ]
        for turn in rotation.turns
    ]
    headers = ("TARGET", "NEW SECRET UNTIL", "OLD SECRETS")
    return table(headers, rows, color=page.color, width=page.width) if rows else ""


def rotated_text(turn: Turn) -> str:
    """What was done to one principal, and until when its old secrets are good."""
    count, said = len(turn.caps), []
    if count:
        ends = "secret ends" if count == 1 else "secrets end"
        said.append(f"{count} old {ends} with the overlap on {_end(turn.caps[0].end)}")  # one end for all
    if turn.ending:
        count, last = len(turn.ending), max(secret.expiration for secret in turn.ending if secret.expiration)
        ends = "secret ends earlier by itself, on" if count == 1 else "secrets end earlier by themselves, the last on"
        said.append(f"{count} old {ends} {_end(last)}")
    return f"{turn.principal.target} rotated, {', '.join(said) or 'it had no usable shared secret'}"


def pruned_table(pruned: Sequence[Pruned], page: Page) -> str:
    """A line for each expired secret."""
    rows = [
        [str(one.target), one.secret.id, one.secret.type, instant_text(one.ended), one.secret.description or ""]
        for one in pruned
    ]
    headers = ("TARGET", "SECRET", "TYPE", "ENDED", "DESCRIPTION")
    return table(headers, rows, color=page.color, width=page.width) if rows else ""


def _end(instant: datetime | None) -> str:
    return "never" if instant is None else instant_text(instant)
