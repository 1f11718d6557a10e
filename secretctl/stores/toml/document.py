"""The tables of a registry file that are principals, as a TOML parser gives them, and the model that they stand for.

Nothing here knows where a table came from or how it is written: a store adds files and lines, and does the writing.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from secretctl.digests import sha256
from secretctl.errors import ConflictError
from secretctl.model import SHARED_SECRET, Client, Resource, Secret, StoredValue
from secretctl.stores.toml.values import MalformedError, check_text, read_flag, read_instant, read_text, read_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from secretctl.model import Kind, Principal
    from secretctl.stores.toml.values import Data

GROUPS: dict[Kind, str] = {"client": "clients", "resource": "resources"}
"""The tables that hold the principals of each kind."""

SECRET_KEYS = ("id", "type", "value", "description", "created", "expiration")
PRINCIPAL_KEYS: dict[Kind, tuple[str, ...]] = {
    "client": ("name", "description", "enabled", "require_secret", "owner", "tags", "grant_types", "scopes"),
    "resource": ("display_name", "description", "enabled", "owner", "tags", "scopes"),
}
KEY_ORDER = tuple(
    dict.fromkeys((*SECRET_KEYS[:3], *PRINCIPAL_KEYS["resource"][:1], *PRINCIPAL_KEYS["client"], *SECRET_KEYS))
)
"""The order in which new keys are written, of secrets and of principals."""

_FLAGS = ("enabled", "require_secret")


def principal_tables(raw: Data, kind: Kind) -> dict[str, Any]:
    """The principals' tables of that kind by id, not checked yet. Raises MalformedError."""
    group = raw.get(GROUPS[kind])
    if group is None:
        return {}
    if not isinstance(group, dict):
        raise MalformedError((GROUPS[kind],), f"must be a table of {GROUPS[kind]}")
    return group


def read_principal(kind: Kind, id: str, table: Any) -> Principal:
    """The principal that a table stands for. Raises MalformedError."""
    try:
        return _read_principal(kind, id, table)
    except MalformedError as exc:
        raise exc.under(GROUPS[kind], id) from None


def principal_table(principal: Principal, table: Data | None = None) -> Data:
    """The table that stands for a principal: ``table``, its old one, with what differs changed.

    Keys that are not the model's stay. Everything that is equal stays the same object, so that a writer can tell;
    with nothing to change, ``table`` itself comes back. Secrets are matched by id; one without an id gets one.
    """
    old = _read_principal(principal.kind, principal.id, table or {})
    new = dict(table or {})
    for key in PRINCIPAL_KEYS[principal.kind]:
        value = getattr(principal, key)
        if value != getattr(old, key):
            _put(new, key, value)
    if principal.secrets != old.secrets:
        rows = {secret.id: (secret, row) for secret, row in zip(old.secrets, new.get("secrets", ()), strict=True)}
        secrets = [_secret_row(secret, *rows.get(secret.id, (None, {}))) for secret in _with_ids(principal)]
        _put(new, "secrets", secrets)
    return table if table is not None and new == table else new


def derived_ids(type: str, value: str) -> Iterator[str]:
    """The ids of secrets that were written without one: 8 hex digits of SHA-256 over type and value.

    The first is for the first secret with that type and value, the others are for more of them, and where one is taken.
    """
    start, turn = f"{type}\0{value}", 0
    while True:
        text = f"{start}\0{turn}" if turn else start
        yield sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        turn += 1


def new_id(taken: Iterable[str]) -> str:
    """A secret id that is not taken: 8 random hex digits."""
    taken = set(taken)
    while (id := os.urandom(4).hex()) in taken:
        pass
    return id


def _read_principal(kind: Kind, id: str, table: Any) -> Principal:
    if type(table) is not dict:
        raise MalformedError((), f"must be a table that describes a {kind}")
    description, enabled, owner = (
        read_text(table, "description"),
        read_flag(table, "enabled", default=True),
        read_text(table, "owner"),
    )
    tags, scopes = read_texts(table, "tags") or (), read_texts(table, "scopes") or ()
    secrets = _read_secrets(table.get("secrets", ()))
    if kind == "client":
        require_secret, grant_types = (
            read_flag(table, "require_secret", default=True),
            read_texts(table, "grant_types") or (),
        )
        name = read_text(table, "name")
        return Client(id, description, enabled, owner, tags, scopes, secrets, name, require_secret, grant_types)
    return Resource(id, description, enabled, owner, tags, scopes, secrets, read_text(table, "display_name"))


def _read_secrets(rows: Any) -> tuple[Secret, ...]:
    if not rows and isinstance(rows, (list, tuple)):
        return ()
    if type(rows) is not list:
        raise MalformedError(("secrets",), "must be an array of tables")
    secrets, ids = [], set()
    anonymous = False
    for index, row in enumerate(rows):
        try:
            secret = _read_secret(row)
        except MalformedError as exc:
            raise exc.under("secrets", index) from None
        anonymous = anonymous or not secret.id or secret.id in ids
        ids.add(secret.id)
        secrets.append(secret)
    return _named(secrets, ids) if anonymous else tuple(secrets)


def _read_secret(row: Any) -> Secret:
    if type(row) is not dict:
        raise MalformedError((), "must be a table that describes a secret")
    value = read_text(row, "value")
    if value is None:
        raise MalformedError(("value",), "is missing")
    type_ = read_text(row, "type")
    return Secret(
        read_text(row, "id") or "",
        SHARED_SECRET if type_ is None else type_,  # IdentityServer's default; an empty one is a type that nobody knows
        StoredValue(value),
        read_text(row, "description"),
        read_instant(row, "expiration"),
        read_instant(row, "created"),
    )


def _named(secrets: list[Secret], ids: set[str]) -> tuple[Secret, ...]:
    """Secrets with derived ids where they have none, or one that an earlier secret has."""
    from dataclasses import replace

    seen: set[str] = set()
    derived: dict[tuple[str, str], Iterator[str]] = {}  # one for all that are the same, and may be thousands
    for index, secret in enumerate(secrets):
        if not secret.id or secret.id in seen:
            key = secret.type, secret.value
            candidates = derived.setdefault(key, derived_ids(*key))
            secrets[index] = replace(secret, id=next(id for id in candidates if id not in ids))
            ids.add(secrets[index].id)
        seen.add(secrets[index].id)
    return tuple(secrets)


def _with_ids(principal: Principal) -> list[Secret]:
    """A principal's secrets as they are stored. ConflictError ``exists`` where two have the same id."""
    from dataclasses import replace

    ids = {secret.id for secret in principal.secrets if secret.id}
    if len(ids) < sum(1 for secret in principal.secrets if secret.id):
        raise ConflictError("exists", f"two secrets of {principal.target} would have the same id")
    named = []
    for secret in principal.secrets:
        if not secret.id:
            secret = replace(secret, id=new_id(ids))  # noqa: PLW2901 - the same secret, named
            ids.add(secret.id)
        named.append(secret)
    return named


def _secret_row(secret: Secret, old: Secret | None, row: Data) -> Data:
    """A secret's table. One that changes gets its id written, if it was derived until now."""
    if secret == old:
        return row
    new = dict(row)
    for key in SECRET_KEYS:
        value = getattr(secret, key)
        if old is None or value != getattr(old, key) or (key == "id" and row.get("id") != value):
            _put(new, key, value)
    return new


def _put(table: Data, key: str, value: Any) -> None:
    """Write a model's value into a table; what is empty is not written, nor a flag at its default where none stood."""
    if value is None or value in ((), []) or (key in _FLAGS and value is True and key not in table):
        table.pop(key, None)
        return
    if isinstance(value, datetime):
        value = value.astimezone(UTC)
    elif isinstance(value, tuple):
        value = list(value)
    for text in value if isinstance(value, list) else (value,):
        if isinstance(text, str):
            check_text(key, text)
    table[key] = value
