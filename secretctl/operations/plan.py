"""What changes: the difference between a principal as it is and as it should be, for showing and for doing."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, fields, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal

from secretctl.model import JWK, Client, Resource, instant_or_none, instant_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from secretctl.interchange import Loss
    from secretctl.model import Kind, Principal, Secret, Target

Action = Literal["add", "change", "remove"]

_LISTS = frozenset({"tags", "scopes", "grant_types"})
_SECRET_FIELDS = ("description", "expiration")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that gets another value. Values are texts, booleans, instants, tuples of text, or None."""

    name: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class SecretChange:
    """A secret that comes, goes, or gets another description or expiration; ``secret`` as it is afterwards, or was."""

    action: Action
    secret: Secret
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one principal. ``before`` is None for a new one, ``after`` for one that goes."""

    before: Principal | None
    after: Principal | None
    fields: tuple[FieldChange, ...] = ()
    secrets: tuple[SecretChange, ...] = ()

    @classmethod
    def removal(cls, principal: Principal) -> Change:
        """A principal that goes, with all its secrets."""
        return cls(principal, None, (), tuple(SecretChange("remove", secret) for secret in principal.secrets))

    @property
    def action(self) -> Action:
        """What happens, in a word."""
        if self.before is None:
            return "add"
        return "remove" if self.after is None else "change"

    @property
    def target(self) -> Target:
        """Whose change it is."""
        principal = self.after or self.before
        assert principal is not None  # one of them always is there
        return principal.target


@dataclass(frozen=True, slots=True)
class Plan:
    """Changes in the order in which they are made, and what does not make it across. True when there is something to do."""

    changes: tuple[Change, ...] = ()
    losses: tuple[Loss, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes)

    def count(self, action: Action) -> int:
        """How many principals are added, changed or removed."""
        return sum(change.action == action for change in self.changes)

    def as_dict(self) -> Mapping[str, object]:
        """The JSON object of ``diff --json``, ``apply --json`` and ``import --json``. It holds no stored values."""
        return {
            "summary": {"add": self.count("add"), "change": self.count("change"), "remove": self.count("remove")},
            "changes": [
                {
                    "action": change.action,
                    "target": str(change.target),
                    "fields": [_field_dict(field) for field in change.fields],
                    "secrets": [_secret_dict(secret) for secret in change.secrets],
                }
                for change in self.changes
            ],
            "losses": [
                {"subject": loss.subject, "field": loss.field, "secret_id": loss.secret_id, "reason": loss.reason}
                for loss in self.losses
            ],
        }


def _secret_dict(change: SecretChange) -> dict[str, object]:
    secret = change.secret
    return {
        "action": change.action,
        "id": secret.id or None,
        "type": secret.type,
        "description": secret.description,
        "expiration": instant_or_none(secret.expiration),
        "fields": [_field_dict(field) for field in change.fields],
    }


def _field_dict(change: FieldChange) -> dict[str, object]:
    return {"name": change.name, "before": _plain(change.before), "after": _plain(change.after)}


def _plain(value: object) -> object:
    from datetime import datetime

    if isinstance(value, datetime):
        return instant_text(value)
    return list(value) if isinstance(value, tuple) else value


_OWN_FIELDS: dict[Kind, tuple[str, ...]] = {
    kind.kind: tuple(field.name for field in fields(kind) if field.name not in {"id", "secrets"})
    for kind in (Client, Resource)
}


def _comparable(name: str, value: object) -> object:
    """A value as it counts: lists are sets, and an empty text is none (not every store can tell the two apart).

    Of equal ones the ``repr`` is the same as well.
    """
    if name in _LISTS and isinstance(value, tuple):
        return sorted(set(value))
    return None if value == "" else value


def _identity(secret: Secret) -> tuple[str, str]:
    """What makes a secret the same one elsewhere: its type and its value, a JWK's however it is spelled."""
    value: str = secret.value
    if secret.type == JWK:
        try:
            value = json.dumps(json.loads(value), sort_keys=True)
        except (ValueError, RecursionError):
            value = secret.value
    return secret.type, value


def unlike(one: Principal, other: Principal) -> list[str]:
    """The names of the fields in which two principals differ; a secret's as ``secret.expiration``."""
    names = [
        name
        for name in _OWN_FIELDS[one.kind]
        if _comparable(name, getattr(one, name)) != _comparable(name, getattr(other, name))
    ]
    pairs, only_one, only_other = _matched(one.secrets, other.secrets)
    names += ["secret"] * (len(only_one) + len(only_other))
    return names + [f"secret.{name}" for pair in pairs for name in _unlike_secrets(*pair)]


def _unlike_secrets(one: Secret, other: Secret) -> list[str]:
    return [
        name
        for name in _SECRET_FIELDS
        if _comparable(name, getattr(one, name)) != _comparable(name, getattr(other, name))
    ]


def fingerprint(principal: Principal) -> bytes:
    """16 bytes that are the same for principals of one kind without a difference."""
    own = [_comparable(name, getattr(principal, name)) for name in _OWN_FIELDS[principal.kind]]
    secrets = sorted(
        (
            *_identity(secret),
            secret.description or "",
            "" if secret.expiration is None else instant_text(secret.expiration),
        )
        for secret in principal.secrets
    )
    return blake2b(repr((own, secrets)).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def change_to(
    before: Principal | None, wanted: Principal, *, prune: bool, seen: Principal | None = None
) -> Change | None:
    """What makes ``before`` like ``wanted``, or None. Without ``prune`` secrets that ``wanted`` lacks stay.

    ``seen`` is as much of ``before`` as the registry that ``wanted`` comes from could tell: the rest stays.
    """
    if before is None:
        return Change(None, wanted, (), tuple(SecretChange("add", secret) for secret in wanted.secrets))
    told = seen or before
    changed = tuple(
        FieldChange(name, getattr(before, name), getattr(wanted, name))
        for name in _OWN_FIELDS[before.kind]
        if _comparable(name, getattr(told, name)) != _comparable(name, getattr(wanted, name))
    )
    secrets, changes = _secrets_to(before.secrets, wanted.secrets, prune=prune)
    if not changed and not changes:
        return None
    after = replace(before, secrets=secrets, **{field.name: field.after for field in changed})  # type: ignore[arg-type]
    return Change(before, after, changed, changes)


def _secrets_to(
    before: tuple[Secret, ...], wanted: tuple[Secret, ...], *, prune: bool
) -> tuple[tuple[Secret, ...], tuple[SecretChange, ...]]:
    """The list as it will be: what was there stays in its order, new ones follow.

    A new one brings its id along, which not every store can keep, unless another secret has it.
    """
    pairs, gone, new = _matched(before, wanted)
    becomes: dict[int, Secret | None] = {id(secret): secret for secret in before}
    changes = []
    for old, like in pairs:
        names = _unlike_secrets(old, like)
        if names:
            updated = replace(old, **{name: getattr(like, name) for name in names})
            becomes[id(old)] = updated
            fields_changed = tuple(FieldChange(name, getattr(old, name), getattr(like, name)) for name in names)
            changes.append(SecretChange("change", updated, fields_changed))
    if prune:
        for old in gone:
            becomes[id(old)] = None
            changes.append(SecretChange("remove", old))
    taken = {secret.id for secret in before}
    added = [replace(secret, id="") if secret.id in taken else secret for secret in new]
    changes += [SecretChange("add", secret) for secret in new]
    kept = [secret for secret in becomes.values() if secret is not None]
    return (*kept, *added), tuple(changes)


def _matched(
    before: Iterable[Secret], wanted: Iterable[Secret]
) -> tuple[list[tuple[Secret, Secret]], list[Secret], list[Secret]]:
    """Pairs of the same secret, those only ``before`` has, and those only ``wanted`` has; doubles pair off in order."""
    waiting: defaultdict[tuple[str, str], list[Secret]] = defaultdict(list)
    for secret in before:
        waiting[_identity(secret)].append(secret)
    pairs, new = [], []
    for secret in wanted:
        same = waiting[_identity(secret)]
        if same:
            pairs.append((same.pop(0), secret))
        else:
            new.append(secret)
    return pairs, [secret for rest in waiting.values() for secret in rest], new


def merged(before: Principal, found: Principal, states: frozenset[str]) -> Principal:
    """``before`` with what an import states: fields, and secrets that are new, described or dated otherwise.

    An import clears nothing: a secret's description or expiration that it does not give stays.
    """
    pairs, _, new = _matched(before.secrets, found.secrets)
    updated = {id(old): _described(old, like) for old, like in pairs}
    secrets = (*(updated.get(id(secret), secret) for secret in before.secrets), *new)
    stated = {name: getattr(found, name) for name in states}
    return replace(before, secrets=secrets, **stated)


def _described(old: Secret, like: Secret) -> Secret:
    expiration: datetime | None = like.expiration or old.expiration
    return replace(old, description=like.description or old.description, expiration=expiration)
