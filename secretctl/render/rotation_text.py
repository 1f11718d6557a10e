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
    """What was done to one principal."""
    count, ending = len(turn.caps), len(turn.ending)
    said = [f"{count} old secret{' ends' if count == 1 else 's end'} with the overlap"] if count else []
    if ending:
        said.append(f"{ending} old secret{' ends' if ending == 1 else 's end'} before that already")
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
