"""Clients and resources: add, list, show, change, rename, remove them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from secretctl.errors import UsageError
from secretctl.model import Client, Resource, instant_or_none
from secretctl.operations.expiry import Expiry
from secretctl.operations.targets import belongs, require_principal
from secretctl.policy.identifiers import check_id, id_warnings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from secretctl.model import Kind, Principal, Secret
    from secretctl.operations.expiry import PrincipalStatus, SecretStatus
    from secretctl.stores import Edit, Store

_TYPES: dict[Kind, type[Client | Resource]] = {"client": Client, "resource": Resource}
_KEYS = {
    "description": "description",
    "owner": "owner",
    "tag": "tags",
    "tags": "tags",
    "scope": "scopes",
    "scopes": "scopes",
    "enabled": "enabled",
    "disabled": "enabled",
}
_CLEARABLE: dict[Kind, dict[str, str]] = {
    "client": _KEYS
    | {
        "name": "name",
        "grant_type": "grant_types",
        "grant_types": "grant_types",
        "public": "require_secret",
        "require_secret": "require_secret",
    },
    "resource": _KEYS | {"name": "display_name", "display_name": "display_name"},
}
"""What ``--clear`` may name, by kind: the options' and the file's names, to the model's fields."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A principal and how it stands."""

    principal: Principal
    status: PrincipalStatus

    def as_row(self) -> dict[str, object]:
        """The JSON object of ``list``: ``secrets`` is how many there are."""
        principal, until = self.principal, self.status.covered_until
        return {
            "target": str(principal.target),
            "kind": principal.kind,
            "id": principal.id,
            "name": principal.label,
            "enabled": principal.enabled,
            "owner": principal.owner,
            "tags": list(principal.tags),
            "level": self.status.level,
            "covered_until": instant_or_none(until),
            "secrets": len(principal.secrets),
        }

    def as_dict(self, *, values: bool = False) -> dict[str, object]:
        """The JSON object of ``show``: the principal with its secrets, their stored values only where asked for."""
        principal = self.principal
        row = self.as_row()
        del row["secrets"]
        own: dict[str, object] = (
            {"require_secret": principal.require_secret, "grant_types": list(principal.grant_types)}
            if isinstance(principal, Client)
            else {"display_name": principal.label}
        )
        secrets = [
            _secret_dict(secret, status, values=values)
            for secret, status in zip(principal.secrets, self.status.secrets, strict=True)
        ]
        described = {"description": principal.description, "scopes": list(principal.scopes)}
        return row | described | own | {"secrets": secrets}


@dataclass(frozen=True, slots=True)
class Kept:
    """A principal as it is in the registry now, and what is worth a warning about it."""

    principal: Principal
    warnings: tuple[str, ...] = ()


def new_principal(kind: Kind, id: str, fields: Mapping[str, object]) -> Principal:
    """A principal of that kind; ``fields`` are those of the model. UsageError ``id_invalid``."""
    check_id(id)
    return replace(_TYPES[kind](id), **fields)  # type: ignore[arg-type]  # names and types are those of the options


def add_principal(store: Store, principal: Principal) -> Kept:
    """Add a principal; ConflictError ``exists``. Its id may warrant warnings."""
    with store.edit() as edit:
        warnings = _id_warnings(edit, principal.kind, principal.id)
        return Kept(edit.add(principal), tuple(warnings))


def list_principals(
    store: Store, kind: Kind, *, now: datetime, owner: str | None = None, tag: str | None = None
) -> Iterator[Judged]:
    """The principals of a kind, those of one owner or with one tag only where asked for, in the order of the source."""
    expiry = Expiry(store.settings(), now=now)
    for principal in store.principals(kind):
        if belongs(principal, owner=owner, tag=tag):
            yield Judged(principal, expiry.judge(principal))


def show_principal(store: Store, kind: Kind, id: str, *, now: datetime) -> Judged:
    """One principal and how it stands; NotFoundError."""
    return judge(store, require_principal(store, kind, id), now=now)


def judge(store: Store, principal: Principal, *, now: datetime) -> Judged:
    """How a principal stands by the rules of the registry."""
    return Judged(principal, Expiry(store.settings(), now=now).judge(principal))


def change_principal(store: Store, kind: Kind, id: str, fields: Mapping[str, object]) -> Kept:
    """Give fields of a principal other values; NotFoundError."""
    with store.edit() as edit:
        principal = require_principal(edit, kind, id)
        return Kept(edit.replace(replace(principal, **fields)))  # type: ignore[arg-type]  # as in new_principal


def rename_principal(store: Store, kind: Kind, id: str, new_id: str) -> Kept:
    """Give a principal another id; NotFoundError, ConflictError ``exists``, UsageError ``id_invalid``."""
    check_id(new_id)
    with store.edit() as edit:
        principal = require_principal(edit, kind, id)
        if new_id == id:
            return Kept(principal, (f"{principal.target} is called that already",))
        warnings = _id_warnings(edit, kind, new_id, besides=id)
        edit.rename(kind, id, new_id)
        return Kept(replace(principal, id=new_id), tuple(warnings))


def remove_principal(store: Store, kind: Kind, id: str) -> Principal:
    """Delete a principal with its secrets; NotFoundError."""
    with store.edit() as edit:
        principal = require_principal(edit, kind, id)
        edit.remove(kind, id)
        return principal


def cleared_fields(kind: Kind, keys: Iterable[str]) -> dict[str, object]:
    """The fields that ``--clear KEY`` names, with their defaults: KEY is the option's or the file's name for one.

    UsageError ``key_unknown``.
    """
    defaults, clearable = _TYPES[kind]("x"), _CLEARABLE[kind]
    fields = {}
    for key in keys:
        field = clearable.get(key.replace("-", "_"))
        if field is None:
            names = ", ".join(dict.fromkeys(clearable.values()))
            raise UsageError("key_unknown", f"a {kind} has no {key!a} to clear", hint=f"choose one of {names}")
        fields[field] = getattr(defaults, field)
    return fields


def _id_warnings(edit: Edit, kind: Kind, id: str, *, besides: str | None = None) -> list[str]:
    return id_warnings(id, (other for other, _ in edit.names(kind) if other != besides), kind=kind)


def _secret_dict(secret: Secret, status: SecretStatus, *, values: bool) -> dict[str, object]:
    body: dict[str, object] = {
        "id": secret.id,
        "type": secret.type,
        "description": secret.description,
        "created": instant_or_none(secret.created),
        "expiration": instant_or_none(status.expiration),
        "status": status.status,
    }
    return {**body, "value": secret.value} if values else body
