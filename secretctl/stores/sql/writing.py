"""Changes to principals inside one transaction: only the rows and columns that differ are touched."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING
from unicodedata import combining, normalize

import sqlalchemy as sa

from secretctl.entity_framework.properties import OWNER, TAGS
from secretctl.entity_framework.rows import secret_row, to_lists, to_row
from secretctl.errors import ConflictError, NotFoundError, RefusedError
from secretctl.model import Target
from secretctl.stores.sql.checks import check_held, table_for
from secretctl.stores.sql.reading import PORTION, SqlReader
from secretctl.stores.sql.row_changes import RowChanges

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
        self._changes = RowChanges(connection, layout, now)

    def add(self, principal: Principal) -> Principal:
        """A new principal; every secret gets the id of its row."""
        return self.add_all((principal,))[0]

    def replace(self, principal: Principal) -> Principal:
        """The stored principal made equal to this one, row by row."""
        return self.replace_all((principal,))[0]

    def add_all(self, principals: Sequence[Principal]) -> Sequence[Principal]:
        """New principals, a PORTION of them with a few statements."""
        return [added for entity, portion in self._portions(principals) for added in self._add_portion(entity, portion)]

    def replace_all(self, principals: Sequence[Principal]) -> Sequence[Principal]:
        """Stored principals made equal to these, a PORTION of them with a few statements."""
        portions = self._portions(principals)
        return [written for entity, portion in portions for written in self._replace_portion(entity, portion)]

    def rename(self, kind: Kind, id: str, new_id: str) -> None:
        """Another id for the same row; its secrets stay what they are."""
        entity = table_for(self._layout, kind)
        stored = self._existing(entity, id)
        if id == new_id:
            return
        self._check_free(entity, {new_id}, but=stored.row)
        required = self._layout.required(entity.table)
        old, new = (to_row(entity, replace(stored.principal, id=each), required=required) for each in (id, new_id))
        self._changes.update(entity.table, stored.row, _unlike(old, new), Target(kind, new_id))
        self._changes.make()

    def remove(self, kind: Kind, id: str) -> None:
        """The row and its children; tables that secretctl knows nothing of follow by ON DELETE CASCADE."""
        entity = table_for(self._layout, kind)
        stored = self._existing(entity, id)
        children = {entity.secrets, entity.properties, *(table for table, _ in entity.lists.values())}
        for name in sorted(name for name in children if name is not None and name in self._layout):
            table = self._layout[name]
            self._connection.execute(sa.delete(table).where(table.c[entity.foreign_key] == stored.row))
        self._changes.delete(entity.table, stored.row)
        self._changes.make()

    def _portions(self, principals: Iterable[Principal]) -> Iterator[tuple[Entity, tuple[Principal, ...]]]:
        for kind, alike in groupby(principals, key=lambda principal: principal.kind):
            entity, waiting = table_for(self._layout, kind), tuple(alike)
            for start in range(0, len(waiting), PORTION):
                yield entity, waiting[start : start + PORTION]

    def _add_portion(self, entity: Entity, principals: Sequence[Principal]) -> Sequence[Principal]:
        ids = {principal.id for principal in principals}
        if len(principals) > 1 and len(set(map(_as_collated, ids))) < len(principals):
            # One by one, so that what a collation takes for the same is found and named.
            return [added for principal in principals for added in self._add_portion(entity, (principal,))]
        self._check_free(entity, ids)
        required = self._layout.required(entity.table)
        for principal in principals:
            check_held(self._layout, principal)
            self._changes.insert(entity.table, to_row(entity, principal, required=required), principal.target)
        self._changes.make()
        numbers = {row[entity.key]: row["Id"] for row in self._named(entity, ids, lock=False)}
        for principal in principals:
            if principal.id not in numbers:
                message = f"{principal.target}: the database makes another id of its id"
                raise RefusedError("invalid_character", message, hint="choose an id that its columns can hold")
            self._add_children(entity, numbers[principal.id], principal)
        self._changes.make()
        return self._read_back(entity, principals)

    def _add_children(self, entity: Entity, owner: int, principal: Principal) -> None:
        lists, target = to_lists(entity, principal), principal.target
        for field, values in lists.values.items():
            self._add_to_list(entity, owner, field, values, target)
        self._add_properties(entity, owner, lists.properties, target)
        self._add_secrets(entity, owner, principal.secrets, target)

    def _replace_portion(self, entity: Entity, principals: Sequence[Principal]) -> Sequence[Principal]:
        stored = {each.principal.id: each for each in self._all_stored(entity, [each.id for each in principals])}
        different: list[Principal] = []
        for principal in principals:
            before = stored.get(principal.id) or self._existing(entity, principal.id)
            if before.principal != principal:
                check_held(self._layout, principal)
                self._change(entity, before, principal)
                different.append(principal)
        self._changes.make()
        written = {each.id: each for each in self._read_back(entity, different)}
        return [written.get(principal.id, principal) for principal in principals]

    def _change(self, entity: Entity, stored: Stored, principal: Principal) -> None:
        required = self._layout.required(entity.table)
        old, new = (to_row(entity, each, required=required) for each in (stored.principal, principal))
        self._changes.update(entity.table, stored.row, _unlike(old, new), principal.target)
        before, wanted = to_lists(entity, stored.principal), to_lists(entity, principal)
        for field, values in wanted.values.items():
            if values != before.values[field]:
                self._change_list(entity, stored, field, values)
        self._change_properties(entity, stored, wanted.properties)
        self._change_secrets(entity, stored, principal.secrets)

    def _existing(self, entity: Entity, id: str) -> Stored:
        stored = self.stored(entity.kind, id)
        if stored is None:
            hint = f"`secretctl {entity.kind} list` shows those that there are"
            raise NotFoundError("principal_not_found", f"there is no {entity.kind} {id!r}", hint=hint)
        return stored

    def _check_free(self, entity: Entity, ids: Collection[str], *, but: int | None = None) -> None:
        for id in ids:
            self._changes.check(entity.table, {entity.key: id}, Target(entity.kind, id))
        for row in self._named(entity, ids, lock=False):
            if row["Id"] == but:
                continue
            other = row[entity.key]
            target = Target(entity.kind, next((id for id in ids if _as_collated(id) == _as_collated(other)), other))
            alike = "" if other == target.id else f": the database takes {other!r} for the same"
            raise ConflictError("exists", f"{target} exists already{alike}", hint="choose another id")

    def _read_back(self, entity: Entity, principals: Sequence[Principal]) -> Sequence[Principal]:
        """The principals as they are stored by now: with ids of their secrets, and what the database makes of the rest."""
        found = {
            each.principal.id: each.principal for each in self._all_stored(entity, [each.id for each in principals])
        }
        return [found[principal.id] for principal in principals]

    def _change_list(self, entity: Entity, stored: Stored, field: str, values: tuple[str, ...]) -> None:
        table, _ = entity.lists[field]
        old = stored.lists.get(field, ())
        kept = [value for _, value in old if value in values]
        added = [value for value in values if value not in kept]
        if (*kept, *added) != values and table in self._layout and len(self._layout[table].c) == 3:
            kept, added = [], list(values)  # another order: rows that hold nothing else are written anew
        for row, value in old:
            if value not in kept:
                self._changes.delete(table, row)
        self._add_to_list(entity, stored.row, field, added, stored.principal.target)

    def _add_to_list(self, entity: Entity, owner: int, field: str, values: Iterable[str], target: Target) -> None:
        table, column = entity.lists[field]
        for value in values:
            self._changes.insert(table, {entity.foreign_key: owner, column: value}, target)

    def _change_properties(self, entity: Entity, stored: Stored, values: Mapping[str, str]) -> None:
        target, name = stored.principal.target, entity.properties
        for key in (OWNER, TAGS):
            row, old = stored.properties.get(key, (None, None))
            new = values.get(key)
            if new == old or name is None:
                continue
            if row is None:
                self._add_properties(entity, stored.row, {key: str(new)}, target)
            elif new is None:
                self._changes.delete(name, row)
            else:
                self._changes.update(name, row, {"Value": new}, target)

    def _add_properties(self, entity: Entity, owner: int, properties: Mapping[str, str], target: Target) -> None:
        for key, value in properties.items():
            row = {entity.foreign_key: owner, "Key": key, "Value": value}
            self._changes.insert(str(entity.properties), row, target)

    def _change_secrets(self, entity: Entity, stored: Stored, secrets: Sequence[Secret]) -> None:
        target, name = stored.principal.target, entity.secrets
        old = {secret.id: secret for secret in stored.principal.secrets}
        for id in old.keys() - {secret.id for secret in secrets}:
            self._changes.delete(name, int(id))
        for secret in secrets:
            if secret.id in old and secret != old[secret.id]:
                new = replace(secret, created=secret.created or old[secret.id].created)
                changed = _unlike(secret_row(old[secret.id]), secret_row(new))
                self._changes.update(name, int(secret.id), changed, target)
        self._add_secrets(entity, stored.row, [secret for secret in secrets if secret.id not in old], target)

    def _add_secrets(self, entity: Entity, owner: int, secrets: Iterable[Secret], target: Target) -> None:
        for secret in secrets:
            row = secret_row(secret) | {"Created": secret.created or self._now, entity.foreign_key: owner}
            self._changes.insert(entity.secrets, row, target)


def _unlike(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, object]:
    """What of the new values is not what it was."""
    return {column: value for column, value in new.items() if value != old[column]}


def _as_collated(id: str) -> str:
    """What ids have in common that a collation may take for the same: letters without their case and accents."""
    if id.isascii():
        return id.casefold()
    return "".join(each for each in normalize("NFKD", normalize("NFKD", id).casefold()) if not combining(each))
