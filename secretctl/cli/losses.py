"""What did not make it across, on stderr: a line for each kind of loss, not for each principal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.cli.output import note

if TYPE_CHECKING:
    from collections.abc import Iterable

    from secretctl.interchange import Loss

_NAMED = 100
"""Subjects that a line names, as somebody has to see to each; of further ones it tells the number."""


def list_losses(losses: Iterable[Loss], *, verb: str) -> None:
    """Every loss, those of the same field for the same reason together: ``not imported: …``."""
    together: dict[tuple[str, str], dict[str, None]] = {}
    for loss in losses:
        secret = "" if loss.secret_id is None else f"#{loss.secret_id}"
        together.setdefault((loss.field, loss.reason), {})[loss.subject + secret] = None
    for (field, reason), subjects in together.items():
        note(f"not {verb}: {field} of {_names(list(subjects))}: {reason}")


def _names(subjects: list[str]) -> str:
    named = ", ".join(subjects[:_NAMED])
    further = len(subjects) - _NAMED
    return f"{named} and {further} more" if further > 0 else named
