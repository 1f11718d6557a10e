"""Changes to principals inside one transaction: only the rows and columns that differ are touched."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from secretctl.entity_framework.properties import OWNER, TAGS
from secretctl.entity_framework.rows import from_row, to_lists, to_row
from secretctl.errors import ConflictError, NotFoundError, RefusedError
from secretctl.model import Target
from secretctl.stores.sql.checks import check_held, check_table, check_texts
from secretctl.stores.sql.reading import SqlReader
from secretctl.stores.sql.types import neutral

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from secretctl.entity_framework import Entity
    from secretctl.model import Kind, Principal, Secret
    from secretctl.stores.sql.reading import Stored
    from secretctl.stores.sql.tables import Layout


class SqlEdit(SqlReader):
    """The Edit of a database. ``now`` becomes ``Created`` and ``Updated`` where nothing else says when."""

    def __init__(self, connection: sa.Connection, layout: Layout, now: datetime) -> None:
        super().__init__(connection, layout, lock=True)
        self._now = now
        self._wide = connection.dialect.name == "mssql"

    def add(self, principal: Principal) -> Principal:
        """A new principal; every secret gets the id of its row."""
        entity, target = self._entity(principal.kind), principal.target
        check_held(self._layout, entity, principal)
        self._check_free(entity, principal.id)
        required = self._layout.required(entity.table)
        row = self._present(entity.table, to_row(entity, principal, required=required))
        owner = self._insert(entity.table, self._defaults(entity.table) | row, target)
        lists = to_lists(entity, principal)
        for field, values in lists.values.items():
            self._add_to_list(entity, owner, field, values, target)
        self._add_properties(entity, owner, lists.properties, target)
        secrets = tuple(self._add_secret(entity, owner, secret, target) for secret in principal.secrets)
        return from_row(entity, row, lists, secrets, required=required)

    def replace(self, principal: Principal) -> Principal:
        """The stored principal made equal to this one, row by row."""
        entity = self._entity(principal.kind)
        stored = self._existing(entity, principal.id)
        if stored.principal == principal:
            return principal
        check_held(self._layout, entity, principal)
        required = self._layout.required(entity.table)
        old, new = (to_row(entity, each, required=required) for each in (stored.principal, principal))
        table = self._layout[entity.table]
        changed = {column: value for column, value in new.items() if value != old[column] and column in table.c}
        if changed:
            self._update(entity.table, stored.row, changed, principal.target)
        return self._write_children(entity, stored, principal)

    def rename(self, kind: Kind, id: str, new_id: str) -> None:
        """Another id for the same row; its secrets stay what they are."""
        entity = self._entity(kind)
        stored = self._existing(entity, id)
        if id == new_id:
            return
        self._check_free(entity, new_id, but=stored.row)
        required = self._layout.required(entity.table)
        old, new = (to_row(entity, replace(stored.principal, id=each), required=required) for each in (id, new_id))
        changed = {column: value for column, value in new.items() if value != old[column]}
        self._update(entity.table, stored.row, changed, Target(kind, new_id))

    def remove(self, kind: Kind, id: str) -> None:
        """The row and its children; tables that secretctl knows nothing of follow by ON DELETE CASCADE."""
        entity = self._entity(kind)
        stored = self._existing(entity, id)
        children = {entity.secrets, entity.properties, *(table for table, _ in entity.lists.values())}
        for name in sorted(name for name in children if name is not None and name in self._layout):
            table = self._layout[name]
            self._connection.execute(sa.delete(table).where(table.c[entity.foreign_key] == stored.row))
        self._delete(entity.table, [stored.row])

    def _entity(self, kind: Kind) -> Entity:
        entity = self._layout.entity(kind)
        if entity is None:
            name = self._layout.schema.entities[kind].table
            raise RefusedError("not_in_schema", f"this database has no table {name} for a {kind}", hint=None)
        return entity

    def _existing(self, entity: Entity, id: str) -> Stored:
        stored = self.stored(entity.kind, id)
        if stored is None:
            hint = f"`secretctl {entity.kind} list` shows those that there are"
            raise NotFoundError("not_found", f"there is no {entity.kind} {id!r}", hint=hint)
        return stored

    def _check_free(self, entity: Entity, id: str, *, but: int | None = None) -> None:
        target = Target(entity.kind, id)
        check_texts(self._layout, entity.table, {entity.key: id}, target, wide=self._wide)
        table = self._layout[entity.table]
        taken = self._connection.execute(sa.select(table.c.Id, table.c[entity.key]).where(table.c[entity.key] == id))
        for row, other in taken:
            if row == but:
                continue
            alike = "" if other == id else f": the database takes {other!r} for the same"
            raise ConflictError("exists", f"{target} exists already{alike}", hint="choose another id")

    def _write_children(self, entity: Entity, stored: Stored, principal: Principal) -> Principal:
        before, wanted = to_lists(entity, stored.principal), to_lists(entity, principal)
        for field, values in wanted.values.items():
            if values != before.values[field]:
                self._write_list(entity, stored, field, values)
        self._write_properties(entity, stored, wanted.properties)
        self._write_secrets(entity, stored, principal.secrets)
        written = self.stored(principal.kind, principal.id)
        assert written is not None  # this transaction wrote it
        return written.principal

    def _write_list(self, entity: Entity, stored: Stored, field: str, values: tuple[str, ...]) -> None:
        table, _ = entity.lists[field]
        old = stored.lists.get(field, ())
        kept = [value for _, value in old if value in values]
        added = [value for value in values if value not in kept]
        if (*kept, *added) != values and table in self._layout and len(self._layout[table].c) == 3:
            kept, added = [], list(values)  # another order: rows that hold nothing else are written anew
        self._delete(table, [row for row, value in old if value not in kept])
        self._add_to_list(entity, stored.row, field, added, stored.principal.target)

    def _add_to_list(self, entity: Entity, owner: int, field: str, values: Iterable[str], target: Target) -> None:
        table, column = entity.lists[field]
        if values:
            check_table(self._layout, table, target, field)
            defaults = self._defaults(table) | {entity.foreign_key: owner}
            self._insert_all(table, [defaults | {column: value} for value in values], target)

    def _write_properties(self, entity: Entity, stored: Stored, values: Mapping[str, str]) -> None:
        target, name = stored.principal.target, entity.properties
        for key in (OWNER, TAGS):
            row, old = stored.properties.get(key, (None, None))
            new = values.get(key)
            if new == old or name is None:
                continue
            if row is None:
                self._add_properties(entity, stored.row, {key: str(new)}, target)
            elif new is None:
                self._delete(name, [row])
            else:
                self._update(name, row, {"Value": new}, target)

    def _add_properties(self, entity: Entity, owner: int, properties: Mapping[str, str], target: Target) -> None:
        if properties:
            check_table(self._layout, entity.properties, target, "owner and tags")
            rows = [{entity.foreign_key: owner, "Key": key, "Value": value} for key, value in properties.items()]
            self._insert_all(str(entity.properties), rows, target)

    def _write_secrets(self, entity: Entity, stored: Stored, secrets: Iterable[Secret]) -> None:
        target, name = stored.principal.target, entity.secrets
        old = {secret.id: secret for secret in stored.principal.secrets}
        secrets = list(secrets)
        self._delete(name, [int(id) for id in old.keys() - {secret.id for secret in secrets}])
        for secret in secrets:
            if secret.id not in old:
                self._add_secret(entity, stored.row, secret, target)
            elif secret != old[secret.id]:
                before = _secret_row(old[secret.id])
                new = replace(secret, created=secret.created or old[secret.id].created)
                changed = {column: value for column, value in _secret_row(new).items() if value != before[column]}
                self._update(name, int(secret.id), changed, target)

    def _add_secret(self, entity: Entity, owner: int, secret: Secret, target: Target) -> Secret:
        """The secret as stored: with the id of its row, and a date of creation where the schema has one."""
        created = secret.created or self._now
        row = self._defaults(entity.secrets) | _secret_row(secret) | {"Created": created, entity.foreign_key: owner}
        id = self._insert(entity.secrets, row, target)
        return replace(secret, id=str(id), created=created if "Created" in self._layout[entity.secrets].c else None)

    def _defaults(self, table: str) -> dict[str, object]:
        """What the server's own class starts with, and something neutral for columns that only this database has."""
        known: dict[str, object] = {column.name: column.default for column in self._layout.schema.tables[table].columns}
        known |= {name: self._now for name in ("Created",) if name in known}
        for name in self._layout.unknown(table):
            value = neutral(self._layout[table].c[name].type, self._now)
            if value is None:
                message = f"{table}.{name} is required, and only your server knows what belongs there"
                raise RefusedError("unknown_column", message, hint="add the principal with the server's own tools")
            known[name] = value
        return known

    def _present(self, table: str, row: Mapping[str, object]) -> dict[str, object]:
        return {column: value for column, value in row.items() if column in self._layout[table].c}

    def _insert(self, table: str, row: Mapping[str, object], target: Target) -> int:
        row = self._present(table, row)
        check_texts(self._layout, table, row, target, wide=self._wide)
        key = self._connection.execute(sa.insert(self._layout[table]), row).inserted_primary_key
        assert key is not None  # one row was inserted
        return int(key[0])

    def _insert_all(self, table: str, rows: list[dict[str, Any]], target: Target) -> None:
        rows = [self._present(table, row) for row in rows]
        for row in rows:
            check_texts(self._layout, table, row, target, wide=self._wide)
        self._connection.execute(sa.insert(self._layout[table]), rows)

    def _update(self, table: str, row: int, values: Mapping[str, object], target: Target) -> None:
        values = self._present(table, values)
        if not values:
            return
        check_texts(self._layout, table, values, target, wide=self._wide)
        known = self._layout[table]
        stamp = {"Updated": self._now} if "Updated" in known.c else {}
        self._connection.execute(sa.update(known).where(known.c.Id == row).values(values | stamp))

    def _delete(self, table: str, rows: list[int]) -> None:
        if rows:
            known = self._layout[table]
            self._connection.execute(sa.delete(known).where(known.c.Id.in_(rows)))


def _secret_row(secret: Secret) -> dict[str, object]:
    return {
        "Type": secret.type,
        "Value": secret.value,
        "Description": secret.description,
        "Expiration": secret.expiration,
        "Created": secret.created,
    }
