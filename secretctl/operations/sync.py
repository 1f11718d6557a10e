"""Make one registry like another, or bring in what another program exported: a plan first, then one edit.

Principals are matched by kind and id, secrets by type and value; ids of secrets differ between stores, and when a secret
was created is the business of the registry that holds it. Issuer, validation and policy are never touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from secretctl.crypto.shared_secret import PresentedHashes, hash_secret, read_stored_value
from secretctl.errors import ConflictError
from secretctl.interchange import Loss
from secretctl.model import SHARED_SECRET
from secretctl.operations.plan import Change, Plan, change_to, fingerprint, merged, unlike
from secretctl.operations.sync_guard import refuse_lockout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from secretctl.crypto.shared_secret import HashName
    from secretctl.interchange import HashPlaintext, Imported, Importer, Values
    from secretctl.model import SecretText, StoredValue, Target
    from secretctl.settings import Settings
    from secretctl.stores import Edit, Reader, Store

    Advance = Callable[[int], None]

NO_PLACE = "the registry that was written to has no place for it"


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done, or would be, and what did not make it across. ``notes`` are sentences for people."""

    plan: Plan
    losses: tuple[Loss, ...] = ()
    notes: tuple[str, ...] = ()


def diff(a: Reader, b: Reader, *, prune: bool = True, advance: Advance | None = None) -> Plan:
    """What it takes to make ``b`` like ``a``; with ``prune`` also what of ``b`` has to go.

    ``advance`` is told how many more principals were looked at. Principals that are equal are not kept in memory.
    """
    return Plan(tuple(_changes(a, b, prune=prune, advance=advance or _nothing)))


def apply(
    a: Reader,
    b: Store,
    *,
    now: datetime,
    prune: bool = False,
    force: bool = False,
    expected: Plan | None = None,
    advance: Advance | None = None,
) -> Applied:
    """Make ``b`` like ``a`` in one edit; a second run finds nothing to do.

    ``expected`` is the plan that somebody agreed to: ConflictError ``changed_underneath`` where it is another one by
    now. RefusedError ``last_usable_secret`` unless ``force``.
    """
    guard = None if force else b.settings()
    with b.edit() as edit:
        plan = diff(a, edit, prune=prune)
        if expected is not None and plan != expected:
            raise ConflictError(
                "changed_underneath", "one of the registries was changed in the meantime", hint="look at the plan again"
            )
        return Applied(plan, _carry_out(plan, edit, guard, now, advance or _nothing))


def import_text(
    store: Store,
    importer: Importer,
    text: str,
    *,
    hash_name: HashName,
    now: datetime,
    values: Values | None = None,
    force: bool = False,
    dry_run: bool = False,
    advance: Advance | None = None,
) -> Applied:
    """Add and update what an export of another program holds, in one edit; nothing is removed, and no field cleared.

    Plaintext becomes a ``hash_name`` value, unless the principal has a stored value that it matches already. Raises what
    the importer raises, and RefusedError ``last_usable_secret`` unless ``force``.
    """
    imported = importer.parse(text, values=values, hash_plaintext=_hasher(store, hash_name))
    if dry_run:
        return Applied(_import_plan(imported, store), imported.losses, imported.notes)
    guard = None if force else store.settings()
    with store.edit() as edit:
        plan = _import_plan(imported, edit)
        losses = _carry_out(plan, edit, guard, now, advance or _nothing)
    return Applied(plan, (*imported.losses, *losses), imported.notes)


def _nothing(_: int) -> None:
    """Nobody watches."""


def _changes(a: Reader, b: Reader, *, prune: bool, advance: Advance) -> Iterator[Change]:
    """One change for each principal that differs, in the order of ``a``; those that only ``b`` has come last.

    Of ``b`` only a fingerprint a principal is kept, so that large registries are compared in little memory.
    """
    marks = {}
    for principal in b.principals():
        marks[principal.target] = fingerprint(principal)
        advance(1)
    for wanted in a.principals():
        advance(1)
        mark = marks.pop(wanted.target, None)
        if mark == fingerprint(wanted):
            continue
        before = None if mark is None else b.find(*wanted.target)
        change = change_to(before, wanted, prune=prune)
        if change is not None:
            yield change
    if prune:
        for target in marks:
            if (gone := b.find(*target)) is not None:
                yield Change.removal(gone)


def _import_plan(imported: Imported, reader: Reader) -> Plan:
    changes = []
    for found in imported.found:
        before = reader.find(*found.principal.target)
        wanted = found.principal if before is None else merged(before, found.principal, found.states)
        change = change_to(before, wanted, prune=False)
        if change is not None:
            changes.append(change)
    return Plan(tuple(changes))


def _carry_out(plan: Plan, edit: Edit, guard: Settings | None, now: datetime, advance: Advance) -> tuple[Loss, ...]:
    """Make the changes; with ``guard``, the registry's settings, only where they lock nobody out."""
    if guard is not None:
        refuse_lockout(plan, guard, now)
    losses = []
    for change in plan.changes:
        advance(1)
        if change.after is None:
            edit.remove(*change.target)
            continue
        stored = edit.add(change.after) if change.before is None else edit.replace(change.after)
        losses += [Loss(str(change.target), field, NO_PLACE) for field in unlike(stored, change.after)]
    return tuple(losses)


def _hasher(reader: Reader, hash_name: HashName) -> HashPlaintext:
    """Stored values for plaintexts: one that the principal has already, so that a second import changes nothing."""

    def stored_value(target: Target, text: SecretText) -> StoredValue:
        principal = reader.find(*target)
        presented = PresentedHashes(text)
        for secret in () if principal is None else principal.secrets:
            stored = read_stored_value(secret.value) if secret.type == SHARED_SECRET else None
            if stored is not None and presented.matches(stored, secret.value):
                return secret.value
        return hash_secret(text, hash_name)

    return stored_value
