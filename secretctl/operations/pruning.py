"""Clearing away what has expired."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from secretctl.model import instant_text
from secretctl.operations.targets import require_principal, require_targets
from secretctl.operations.validity import end_of
from secretctl.profiles import profile_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from secretctl.lifetimes import Duration
    from secretctl.model import Principal, Secret, Target
    from secretctl.stores import Destination, Store


@dataclass(frozen=True, slots=True)
class Pruned:
    """An expired secret that was removed, or would be; ``ended`` is when it ended."""

    target: Target
    secret: Secret
    ended: datetime

    def as_dict(self) -> dict[str, object]:
        """The JSON object of ``prune``."""
        return {
            "target": str(self.target),
            "secret_id": self.secret.id,
            "type": self.secret.type,
            "description": self.secret.description,
            "expiration": instant_text(self.ended),
        }


def prune(
    store: Store,
    targets: Sequence[str] = (),
    *,
    older_than: Duration | None = None,
    now: datetime,
    dry_run: bool = False,
) -> list[Pruned]:
    """Remove expired secrets in one edit. No guard is needed: what has expired lets nobody in.

    A certificate's own end counts only where the profile's server looks at it: the others still accept it.
    """
    own_ends = profile_named(store.settings().validation.profile).certificate_dates
    if dry_run:
        return _find(store, targets, older_than=older_than, own_ends=own_ends, now=now)
    with store.edit() as edit:
        found = _find(edit, targets, older_than=older_than, own_ends=own_ends, now=now)
        gone: dict[Target, set[str]] = {}
        for pruned in found:
            gone.setdefault(pruned.target, set()).add(pruned.secret.id)
        principals = [(require_principal(edit, *target), ids) for target, ids in gone.items()]
        edit.replace_all(
            [
                replace(old, secrets=tuple(secret for secret in old.secrets if secret.id not in ids))
                for old, ids in principals
            ]
        )
        return found


def _find(
    reader: Destination, targets: Sequence[str], *, older_than: Duration | None, own_ends: bool, now: datetime
) -> list[Pruned]:
    """The secrets that ended longer ago than ``older_than`` (None: at all), of the named principals or of everybody.

    With ``own_ends`` a registered certificate that is past its own end counts, too. NotFoundError.
    """
    principals = require_targets(reader, targets) if targets else reader.principals()
    limit = now if older_than is None else older_than.before(now)
    return [
        Pruned(principal.target, secret, end)
        for principal in principals
        for secret, end in _ends(principal, own_ends=own_ends)
        if end < limit
    ]


def _ends(principal: Principal, *, own_ends: bool) -> Iterator[tuple[Secret, datetime]]:
    for secret in principal.secrets:
        end = end_of(secret) if own_ends else secret.expiration
        if end is not None:
            yield secret, end
