"""Rotation without an outage: a new shared secret beside the old ones, which end by themselves after an overlap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from secretctl.delivery import Deliverable
from secretctl.errors import RefusedError
from secretctl.lifetimes import DEFAULT_OVERLAP, unexpired
from secretctl.model import SHARED_SECRET, instant_or_none, instant_text
from secretctl.operations.due import due_principals
from secretctl.operations.secrets import append_secrets, new_shared_secret
from secretctl.operations.selection import Skipped, select
from secretctl.operations.shipping import deliver_then_commit
from secretctl.operations.usable import poison_before_new
from secretctl.operations.validity import Validity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from secretctl.delivery import Shipment
    from secretctl.lifetimes import Duration
    from secretctl.model import Principal, Secret, SecretText, Target
    from secretctl.operations.secrets import Wish
    from secretctl.operations.selection import Selection
    from secretctl.settings import Policy, Settings
    from secretctl.stores import Destination, Edit, Store

_FAST_HASHES = frozenset({"sha256", "sha512"})


@dataclass(frozen=True, slots=True)
class Cap:
    """An old secret that ends at ``end`` at the latest now; ``before`` is when it would have ended, None is never."""

    secret: Secret
    end: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """One principal's rotation: its new secret (without an id yet) and what happens to the old ones.

    ``ending`` are those that end before the overlap does, and are left alone.
    """

    principal: Principal
    secret: Secret
    text: SecretText
    caps: tuple[Cap, ...]
    ending: tuple[Secret, ...] = ()

    @property
    def loses_its_end(self) -> bool:
        """Whether all shared secrets had an end so far, and the new one has none."""
        old = [secret.expiration for secret in self.principal.secrets if secret.type == SHARED_SECRET]
        return self.secret.expiration is None and bool(old) and None not in old

    def capped(self) -> Principal:
        """The principal with its old secrets capped, and without the new one."""
        ends = {cap.secret.id: cap.end for cap in self.caps}
        secrets = (replace(s, expiration=ends[s.id]) if s.id in ends else s for s in self.principal.secrets)
        return replace(self.principal, secrets=tuple(secrets))

    def as_dict(self) -> dict[str, object]:
        """The JSON object of ``rotate --dry-run``."""
        end = self.secret.expiration
        return {
            "target": str(self.principal.target),
            "expiration": instant_or_none(end),
            "capped": [
                {
                    "secret_id": cap.secret.id,
                    "before": instant_or_none(cap.secret.expiration),
                    "expiration": instant_text(cap.end),
                }
                for cap in self.caps
            ],
        }


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did or would do: ``items`` are empty where it was only planned."""

    turns: tuple[Turn, ...]
    skipped: tuple[Skipped, ...]
    warnings: tuple[str, ...] = ()
    items: tuple[Deliverable, ...] = ()


def plan_rotation(
    reader: Destination,
    settings: Settings,
    selection: Selection,
    wish: Wish,
    *,
    overlap: Duration | None,
    now: datetime,
    made: dict[Target, tuple[Secret, SecretText]] | None = None,
) -> Rotation:
    """What ``rotate`` would do. NotFoundError; RefusedError where the policy forbids it or a rotation would not help.

    ``made`` holds new secrets that exist already, and gets those that do not.
    """
    validity = Validity(settings)
    made = {} if made is None else made
    turns = []
    cap_end = (overlap or settings.policy.overlap or DEFAULT_OVERLAP).after(now).replace(microsecond=0)
    selected, skipped = select(reader, settings, selection, now=now)
    for principal in selected:
        poison = poison_before_new(principal.secrets, validity, now)
        if poison is not None:
            reason = f"its server stops at the invalid secret {poison} and would never get to a new one"
            if selection.targets:
                raise RefusedError(
                    "never_reached",
                    f"{principal.target}: {reason}",
                    hint=f"remove {poison} or mend it, see `secretctl lint`",
                )
            skipped.append(Skipped(principal.target, reason))
            continue
        if principal.target not in made:
            made[principal.target] = new_shared_secret(wish, settings.policy, validity.profile, now=now)
        secret, text = made[principal.target]
        if secret.expiration is not None and secret.expiration <= now:
            raise RefusedError(
                "rotation_to_expired", "the new secrets would have expired already", hint="ask for a later --expires"
            )
        old = _usable_shared(principal, validity, now)
        ending = tuple(one for one in old if one.expiration is not None and one.expiration <= cap_end)
        caps = tuple(Cap(one, cap_end) for one in old if one not in ending)
        turns.append(Turn(principal, secret, text, caps, ending))
    if selection.due:
        _refuse_repetition(turns, settings, selection, now)
    return Rotation(tuple(turns), tuple(skipped), () if wish.expires is not None else _doubts(turns))


def rotate(
    store: Store, selection: Selection, wish: Wish, *, overlap: Duration | None, shipment: Shipment, now: datetime
) -> Rotation:
    """Give each selected principal a new shared secret and cap the others, in one edit, after all were delivered.

    Raises what ``plan_rotation``, the deliveries and the store raise; then nothing has changed.
    """
    settings = store.settings()
    made: dict[Target, tuple[Secret, SecretText]] = {}
    if _hashes_slowly(wish, settings.policy):  # hundreds under the lock would keep others waiting for too long
        plan_rotation(store, settings, selection, wish, overlap=overlap, now=now, made=made)

    def change(edit: Edit) -> tuple[Rotation, Sequence[Deliverable]]:
        plan = plan_rotation(edit, settings, selection, wish, overlap=overlap, now=now, made=made)
        stored = append_secrets(edit, [(turn.capped(), turn.secret) for turn in plan.turns])
        items = tuple(
            Deliverable(turn.principal.target, secret, turn.text)
            for turn, secret in zip(plan.turns, stored, strict=True)
        )
        return replace(plan, items=items), items

    return deliver_then_commit(store, shipment, change)


def _hashes_slowly(wish: Wish, policy: Policy) -> bool:
    """Whether new secrets get a hash that is slow by design: one that was asked for, or the only ones allowed."""
    if wish.hash_name is not None:
        return wish.hash_name not in _FAST_HASHES
    return policy.allowed_hashes is not None and not _FAST_HASHES.intersection(policy.allowed_hashes)


def _usable_shared(principal: Principal, validity: Validity, now: datetime) -> list[Secret]:
    """The shared secrets that a server accepts so far."""
    return [
        secret
        for secret in unexpired(principal.secrets, now)
        if secret.type == SHARED_SECRET and validity.flaw(secret) is None
    ]


def _doubts(turns: Sequence[Turn]) -> tuple[str, ...]:
    """What may surprise whoever said nothing of an end."""
    count = sum(turn.loses_its_end for turn in turns)
    if not count:
        return ()
    what = "a new secret never ends" if count == 1 else f"{count} new secrets never end"
    return (f"{what}, where the old ones end: say --expires, or set default_lifetime in [policy]",)


def _refuse_repetition(turns: Sequence[Turn], settings: Settings, selection: Selection, now: datetime) -> None:
    """RefusedError ``rotation_would_repeat`` where the new secrets are due again at once: each run would add others."""
    after = (replace(turn.capped(), secrets=(*turn.capped().secrets, turn.secret)) for turn in turns)
    again = next(
        (due for due in due_principals(after, settings, now=now, within=selection.within) if due.rotatable), None
    )
    if again is not None:
        raise RefusedError(
            "rotation_would_repeat",
            f"the new secret of {again.principal.target} would be due again at once",
            hint="ask for a later --expires, or for a shorter --due",
        )
