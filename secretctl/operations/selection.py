"""Whom a rotation is about, and who is left out of it and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from secretctl.errors import UsageError
from secretctl.model import SHARED_SECRET
from secretctl.operations.due import due_principals
from secretctl.operations.targets import belongs, require_targets
from secretctl.operations.validity import CERTIFICATE, KEY, SHARED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from secretctl.lifetimes import Window
    from secretctl.model import Principal, Target
    from secretctl.operations.due import Due
    from secretctl.settings import Settings
    from secretctl.stores import Destination


@dataclass(frozen=True, slots=True)
class Selection:
    """Whom to rotate: the named ones, those that are due (``within`` a window, None: the policy's), or all.

    ``owner`` and ``tag`` leave others out. UsageError ``selection`` unless it is exactly one of the three.
    """

    targets: tuple[str, ...] = ()
    due: bool = False
    everybody: bool = False
    within: Window | None = None
    owner: str | None = None
    tag: str | None = None

    def __post_init__(self) -> None:
        if bool(self.targets) + self.due + self.everybody != 1:
            message = "rotate takes TARGETs, --due or --all, one of the three"
            raise UsageError("selection", message, hint="see `secretctl rotate --help`")

    @property
    def single(self) -> bool:
        """Whether the answer is about one secret and not about a list of them."""
        return len(set(self.targets)) == 1


@dataclass(frozen=True, slots=True)
class Skipped:
    """A principal that was left out, and why."""

    target: Target
    reason: str


def select(
    reader: Destination, settings: Settings, selection: Selection, *, now: datetime
) -> tuple[list[Principal], list[Skipped]]:
    """The principals to rotate, and those that were meant and are left out. NotFoundError for a name that nothing has.

    Both are lists, so that no read stays open while new secrets are hashed.
    """
    skipped: list[Skipped] = []
    if selection.targets:
        return list(_named(reader, selection, skipped)), skipped
    candidates = _candidates(reader, selection, skipped)
    if selection.everybody:
        return list(_with_shared_secrets(candidates, skipped)), skipped
    due = due_principals(candidates, settings, now=now, within=selection.within)
    return list(_rotatable(due, skipped)), skipped


def _named(reader: Destination, selection: Selection, skipped: list[Skipped]) -> Iterator[Principal]:
    for principal in require_targets(reader, selection.targets):
        if belongs(principal, owner=selection.owner, tag=selection.tag):
            yield principal
        else:
            skipped.append(Skipped(principal.target, "it has another owner or not that tag"))


def _candidates(reader: Destination, selection: Selection, skipped: list[Skipped]) -> Iterator[Principal]:
    for principal in reader.principals():
        if not belongs(principal, owner=selection.owner, tag=selection.tag):
            continue
        if not principal.enabled:
            skipped.append(Skipped(principal.target, "it is disabled"))
        elif not principal.secrets:
            skipped.append(Skipped(principal.target, "it has no secret"))
        else:
            yield principal


def _with_shared_secrets(candidates: Iterator[Principal], skipped: list[Skipped]) -> Iterator[Principal]:
    for principal in candidates:
        if any(secret.type == SHARED_SECRET for secret in principal.secrets):
            yield principal
        else:
            skipped.append(Skipped(principal.target, "it has certificates or keys only, which are not rotated"))


def _rotatable(found: Iterator[Due], skipped: list[Skipped]) -> Iterator[Principal]:
    """Those that a new shared secret helps. One with certificates or keys that are due, too, is named beside that."""
    for due in found:
        others = [kind for kind in due.kinds if kind != SHARED]
        if others:
            what = " and ".join({CERTIFICATE: "certificates", KEY: "keys"}.get(kind, kind) for kind in others)
            skipped.append(Skipped(due.principal.target, f"its {what} are due, which are not rotated"))
        elif not due.rotatable:
            skipped.append(Skipped(due.principal.target, "; ".join(reason.text for reason in due.reasons)))
        if due.rotatable:
            yield due.principal
