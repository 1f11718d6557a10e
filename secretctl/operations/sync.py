"""Make one registry like another, or bring in what another program exported: a plan first, then one edit.

Principals are matched by kind and id, secrets by type and value; ids of secrets differ between stores, and when a secret
was created is the business of the registry that holds it. Issuer, validation and policy are never touched.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from secretctl.crypto.shared_secret import PresentedHashes, hash_secret, means_shared_secret, read_stored_value
from secretctl.errors import ConflictError
from secretctl.interchange import Loss
from secretctl.operations.incoming import refuse_private_keys, warnings_of_new
from secretctl.operations.plan import Change, Plan, change_to, fingerprint, merged, unlike
from secretctl.operations.usable import refuse_lockout
from secretctl.operations.validity import Validity
from secretctl.policy.chosen_secrets import weakness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from secretctl.crypto.shared_secret import HashName
    from secretctl.interchange import HashPlaintext, Imported, Importer, Values
    from secretctl.model import Principal, SecretText, StoredValue, Target
    from secretctl.stores import Destination, Edit, Reader, Store

    Advance = Callable[[int], None]

_FEW = 100
"""Principals that are looked up by index; for more, reading all of a registry takes less time."""
_PORTION = 500
"""Principals that are written between two reports of progress."""
_DECIDE = ("enabled", "require_secret", "grant_types")
"""The fields that say who is let in, and how."""
NO_PLACE = "the registry that was written to has no place for it"


def _nothing(_: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done, or would be. ``notes`` are sentences for people."""

    plan: Plan
    notes: tuple[str, ...] = ()


def diff(a: Destination, b: Destination, *, prune: bool = True, advance: Advance = _nothing) -> Plan:
    """What it takes to make ``b`` like ``a``; with ``prune`` also what of ``b`` has to go.

    What one of them has no place for is no difference: it is a loss of what ``b`` lacks, and where ``a`` lacks it, that of
    ``b`` stays. ``advance`` is told how many more principals were looked at. Those that are equal are not kept in memory.
    """
    losses: list[Loss] = []
    return Plan(tuple(_changes(a, b, losses, prune=prune, advance=advance)), tuple(losses))


def apply(
    a: Destination,
    b: Store,
    *,
    now: datetime,
    prune: bool = False,
    force: bool = False,
    expected: Plan | None = None,
    compared: Advance = _nothing,
    advance: Advance = _nothing,
) -> Applied:
    """Make ``b`` like ``a`` in one edit; a second run finds nothing to do.

    ``compared`` and ``advance`` are told how many more principals were looked at, then written.
    ``expected`` is the plan that somebody agreed to: ConflictError ``registry_changed`` where it is another one by
    now. RefusedError ``last_usable_secret`` unless ``force``, and ``not_in_schema`` where ``b`` has no place for
    something that decides who is let in; ``private_key_material`` always. ``notes`` warn of plaintext that was copied.
    """
    guard = None if force else Validity(b.settings())
    with b.edit() as edit:
        plan = diff(a, edit, prune=prune, advance=compared)
        if expected is not None and plan != expected:
            raise ConflictError(
                "registry_changed", "one of the registries was changed in the meantime", hint="look at the plan again"
            )
        plan = _carried_out(plan, edit, guard, now, advance)
        return Applied(plan, warnings_of_new(plan, edit))


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
    hashed: Advance = _nothing,
    compared: Advance = _nothing,
    advance: Advance = _nothing,
) -> Applied:
    """Add and update what an export of another program holds, in one edit; nothing is removed, and no field cleared.

    Plaintext becomes a ``hash_name`` value, unless the principal has a stored value that it matches already; ``hashed`` is
    told of each, as a slow hash takes hours for many. Raises what the importer raises, and RefusedError as ``apply`` does.
    """
    weak: list[str] = []
    imported = importer.parse(text, values=values, hash_plaintext=_hasher(store, hash_name, weak, hashed))
    notes = (*imported.notes, *weak)
    validity = Validity(store.settings())
    if dry_run:
        plan = _import_plan(imported, store, compared)
        refuse_private_keys(plan)
        return Applied(plan, (*notes, *warnings_of_new(plan, validity=validity)))
    guard = None if force else validity
    with store.edit() as edit:
        plan = _carried_out(_import_plan(imported, edit, compared), edit, guard, now, advance)
        return Applied(plan, (*notes, *warnings_of_new(plan, edit, validity=validity)))


def _changes(a: Destination, b: Destination, losses: list[Loss], *, prune: bool, advance: Advance) -> Iterator[Change]:
    """One change for each principal that differs, in the order of ``a``; those that only ``b`` has come last.

    Of ``b`` only a fingerprint a principal is kept, so that large registries are compared in little memory.
    """
    marks = {}
    for principal in b.principals():
        marks[principal.target] = fingerprint(_held(a, principal))
        advance(1)
    different, there = [], set()
    for principal in a.principals():
        advance(1)
        wanted = _held(b, principal, losses)
        mark = marks.pop(wanted.target, None)
        if mark != fingerprint(wanted):
            different.append(wanted)
            there |= {wanted.target} if mark is not None else set()
    known = _known(b, there | (marks.keys() if prune else set()))
    for wanted in different:
        before = known.get(wanted.target)
        change = change_to(before, wanted, prune=prune, seen=None if before is None else _held(a, before))
        if change is not None:
            yield change
    if prune:
        yield from (Change.removal(known[target]) for target in marks if target in known)


def _held(reader: Destination, principal: Principal, losses: list[Loss] | None = None) -> Principal:
    """As much of a principal as ``reader`` has a place for, and what gets lost with that.

    What decides who is let in stays, for nobody may lose that without knowing: the edit refuses it.
    """
    like, lost = reader.fitted(principal)
    if like is principal:
        return principal
    if losses is not None:
        losses += [Loss(str(principal.target), field, NO_PLACE) for field in lost if field not in _DECIDE]
    kept = {field: getattr(principal, field) for field in _DECIDE if hasattr(principal, field)}
    return replace(like, **kept)


def _import_plan(imported: Imported, reader: Destination, advance: Advance) -> Plan:
    known = _known(reader, {found.principal.target for found in imported.found})
    changes = []
    losses = list(imported.losses)
    for found in imported.found:
        advance(1)
        before = known.get(found.principal.target)
        wanted = found.principal if before is None else merged(before, found.principal, found.states)
        change = change_to(before, _held(reader, wanted, losses), prune=False)
        if change is not None:
            changes.append(change)
    return Plan(tuple(changes), tuple(losses))


def _known(reader: Reader, targets: AbstractSet[Target]) -> dict[Target, Principal]:
    """Those of the targets that the registry has: a few one by one, many in one pass."""
    if len(targets) <= _FEW:
        found = (reader.find(*target) for target in targets)
        return {principal.target: principal for principal in found if principal is not None}
    return {principal.target: principal for principal in reader.principals() if principal.target in targets}


def _carried_out(plan: Plan, edit: Edit, guard: Validity | None, now: datetime, advance: Advance) -> Plan:
    """Make the changes, and tell what was lost; with ``guard``, the rules of the registry, only where they lock nobody out.

    Disabling a principal, or removing it as a whole, is no accident.
    """
    refuse_private_keys(plan)
    if guard is not None:
        for change in plan.changes:
            if change.before is not None and change.after is not None and change.after.enabled:
                refuse_lockout(change.before, change.after, guard, now)
    losses = [*plan.losses]
    for action, some in groupby(plan.changes, key=lambda change: change.action):
        changes = tuple(some)
        for start in range(0, len(changes), _PORTION):
            portion = changes[start : start + _PORTION]
            if action == "remove":
                for change in portion:
                    edit.remove(*change.target)
            wanted = [change.after for change in portion if change.after is not None]
            stored = edit.add_all(wanted) if action == "add" else edit.replace_all(wanted)
            for principal, found in zip(wanted, stored, strict=True):
                losses += [Loss(str(found.target), field, NO_PLACE) for field in unlike(found, principal)]
            advance(len(portion))
    return replace(plan, losses=tuple(losses))


def _hasher(reader: Reader, hash_name: HashName, weak: list[str], advance: Advance) -> HashPlaintext:
    """Stored values for plaintexts: one that the principal has already, so that a second import changes nothing.

    ``weak`` collects what is to be said of those that are easily guessed: the server has them, so they are not refused.
    """

    def stored_value(target: Target, text: SecretText) -> StoredValue:
        advance(1)
        if (why := weakness(text)) is not None:
            weak.append(f"a secret of {target} {why}: rotate it")
        principal = reader.find(*target)
        presented = PresentedHashes(text)
        for secret in () if principal is None else principal.secrets:
            stored = read_stored_value(secret.value) if means_shared_secret(secret.type) else None
            if stored is not None and presented.matches(stored, secret.value):
                return secret.value
        return hash_secret(text, hash_name)

    return stored_value
