"""SQL scripts that bring the configuration database of an IdentityServer to what a registry holds.

A script adds and updates, never removes, and does nothing when it runs again: rows are found by the string id of their
principal, secrets by their type and value. It is one transaction.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from secretctl.entity_framework import schema_named
from secretctl.entity_framework.identityserver3 import FLOWS
from secretctl.entity_framework.rows import secret_row, to_lists, to_row, unheld
from secretctl.entity_framework.texts import length_of, storable
from secretctl.errors import UsageError
from secretctl.interchange import Exported, Loss
from secretctl.interchange.sql_dialects import DIALECTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from secretctl.entity_framework import Entity, Schema, Table
    from secretctl.interchange.sql_dialects import SqlDialect
    from secretctl.model import Principal, Secret

_TOO_LONG = "longer than the column"
_UNSTORABLE = "holds a character that databases refuse"
_NO_PLACE = "the schema has no place for it"
_TWICE = "the same type and value as another secret"


def dump_sql(principals: Iterable[Principal], *, schema: str, dialect: str, now: datetime) -> Exported:
    """The script for ``entity_framework.SCHEMAS[schema]`` in one of ``DIALECTS``; what it cannot hold is left out and listed.

    ``now`` stands in ``Created`` where a principal or secret comes to be, and nothing else says when it did.
    UsageError ``unknown_schema`` or ``unknown_dialect``.
    """
    if dialect not in DIALECTS:
        raise UsageError("unknown_dialect", f"no such dialect: {dialect}", hint=f"one of {', '.join(DIALECTS)}")
    script = _Script(schema_named(schema), DIALECTS[dialect], now)
    for principal in principals:
        script.add(principal)
    head = f"-- Clients and resources for a {schema} database in {dialect}. Safe to run again: it adds and updates, never removes."
    lines = [head, DIALECTS[dialect].begin, *script.statements, "COMMIT;"]
    return Exported("\n".join(lines) + "\n", tuple(script.losses))


class _Script:
    def __init__(self, schema: Schema, dialect: SqlDialect, now: datetime) -> None:
        self.statements: list[str] = []
        self.losses: list[Loss] = []
        self._schema = schema
        self._dialect = dialect
        self._now = now

    def add(self, principal: Principal) -> None:
        """The statements for one principal."""
        entity = self._schema.entities[principal.kind]
        table = self._schema.tables[entity.table]
        subject = str(principal.target)
        self.losses += [Loss(subject, field, _NO_PLACE) for field in unheld(entity, principal)]
        required = {column.name for column in table.columns if column.required}
        row = to_row(entity, principal, required=required)
        fields = {entity.key: "id"} | {column: field for field, column in entity.fields.items()}
        fitting = self._fitting(table, row, subject, fields)
        if entity.key not in fitting:
            return
        match = self._dialect.equals(self._quoted(entity.key), principal.id)
        self._insert_principal(table, fitting, match)
        self._update_principal(entity, table, fitting, match)
        parent = f"SELECT {self._quoted('Id')} FROM {self._quoted(table.name)} WHERE {match}"  # noqa: S608 - quoted by the dialect
        lists = to_lists(entity, principal)
        for field, values in lists.values.items():
            self._add_list(entity, field, values, parent, subject)
        if entity.properties is not None:
            for key, value in lists.properties.items():
                self._put_property(self._schema.tables[entity.properties], key, value, parent, subject)
        self._add_secrets(entity, principal, parent)

    def _insert_principal(self, table: Table, row: Mapping[str, object], match: str) -> None:
        values = {column.name: column.default for column in table.columns} | {"Created": self._now} | dict(row)
        names = [column.name for column in table.columns if values[column.name] is not None]
        chosen = ", ".join(self._dialect.value(table.column(name), values[name]) for name in names)
        there = f"NOT EXISTS (SELECT 1 FROM {self._quoted(table.name)} WHERE {match})"  # noqa: S608 - quoted by the dialect
        self._insert(table, names, f"SELECT {chosen}{self._dialect.nowhere} WHERE {there}")

    def _update_principal(self, entity: Entity, table: Table, row: Mapping[str, object], match: str) -> None:
        plain = {name: value for name, value in row.items() if name not in {entity.key, "Flow"}}
        self._update(table, plain, match)
        if "Flow" in row:  # a flow with proof keys has the same grant type as the one without: leave it
            flow = int(str(row["Flow"]))
            same = ", ".join(str(each) for each in {flow, *FLOWS} if FLOWS.get(each) == FLOWS.get(flow))
            self._update(table, {"Flow": flow}, f"{match} AND {self._quoted('Flow')} NOT IN ({same})")

    def _add_list(self, entity: Entity, field: str, values: tuple[str, ...], parent: str, subject: str) -> None:
        name, column = entity.lists[field]
        table = self._schema.tables[name]
        for value in values:
            if column in self._fitting(table, {column: value}, subject, {column: field}):
                row = {other.name: other.default for other in table.columns} | {column: value}
                self._insert_child(table, row, parent, {column: value})

    def _put_property(self, table: Table, key: str, value: str, parent: str, subject: str) -> None:
        if "Value" in self._fitting(table, {"Value": value}, subject, {"Value": key}):
            self._insert_child(table, {"Key": key, "Value": value}, parent, {"Key": key})
            self._update(table, {"Value": value}, self._child_match(table, parent, {"Key": key}))

    def _add_secrets(self, entity: Entity, principal: Principal, parent: str) -> None:
        table = self._schema.tables[entity.secrets]
        lasting: dict[tuple[str, str], Secret] = {}  # one row of a type and value, and never the one that ends first
        for secret in principal.secrets:
            known = lasting.setdefault((secret.type, secret.value), secret)
            if known.expiration is not None and (secret.expiration is None or secret.expiration > known.expiration):
                lasting[secret.type, secret.value] = secret
        for secret in principal.secrets:
            if lasting[secret.type, secret.value] is secret:
                self._add_secret(table, secret, parent, str(principal.target))
            else:
                self.losses.append(Loss(str(principal.target), "secret", _TWICE, secret.id))

    def _add_secret(self, table: Table, secret: Secret, parent: str, subject: str) -> None:
        names = {column.name for column in table.columns}
        if "Created" not in names and secret.created is not None:
            self.losses.append(Loss(subject, "created", _NO_PLACE, secret.id))
        secret = replace(secret, created=secret.created or self._now)
        fields = {name: name.lower() for name in names}
        present = {name: value for name, value in secret_row(secret).items() if name in names}
        fitting = self._fitting(table, present, subject, fields, secret.id)
        if "Value" not in fitting or "Type" not in fitting:
            return
        same = {"Type": secret.type, "Value": str(secret.value)}
        self._insert_child(table, fitting, parent, same)
        changing = {name: value for name, value in fitting.items() if name in {"Description", "Expiration"}}
        self._update(table, changing, self._child_match(table, parent, same))

    def _insert_child(self, table: Table, row: Mapping[str, object], parent: str, same: Mapping[str, str]) -> None:
        names = [name for name, value in row.items() if value is not None]
        chosen = ", ".join(self._dialect.value(table.column(name), row[name]) for name in names)
        there = f"SELECT 1 FROM {self._quoted(table.name)} WHERE {self._child_match(table, parent, same)}"  # noqa: S608 - quoted by the dialect
        owner = table.foreign_key or ""
        source = f"FROM ({parent}) AS p WHERE NOT EXISTS ({there})"
        self._insert(table, [*names, owner], f"SELECT {chosen}, p.{self._quoted('Id')} {source}")

    def _child_match(self, table: Table, parent: str, same: Mapping[str, str]) -> str:
        """The rows of a principal with these texts."""
        conditions = [f"{self._quoted(table.foreign_key or '')} IN ({parent})"]
        return " AND ".join(
            [*conditions, *(self._dialect.equals(self._quoted(name), text) for name, text in same.items())]
        )

    def _insert(self, table: Table, names: list[str], source: str) -> None:
        columns = ", ".join(map(self._quoted, names))
        self.statements.append(f"INSERT INTO {self._quoted(table.name)} ({columns})\n{source};")

    def _update(self, table: Table, row: Mapping[str, object], match: str) -> None:
        changes = ", ".join(
            f"{self._quoted(name)} = {self._dialect.value(table.column(name), value)}" for name, value in row.items()
        )
        self.statements.append(f"UPDATE {self._quoted(table.name)} SET {changes}\nWHERE {match};")  # noqa: S608 - quoted by the dialect

    def _quoted(self, name: str) -> str:
        return self._dialect.quoted(name)

    def _fitting(
        self,
        table: Table,
        row: Mapping[str, object],
        subject: str,
        fields: Mapping[str, str],
        secret_id: str | None = None,
    ) -> dict[str, object]:
        """The values that their columns can hold; the others are losses."""
        fitting: dict[str, object] = {}
        for name, value in row.items():
            reason = _unfit(value, table.column(name).length, utf16=self._dialect.utf16)
            if reason is None:
                fitting[name] = value
            else:
                self.losses.append(Loss(subject, fields.get(name, name), reason, secret_id))
        return fitting


def _unfit(value: object, length: int | None, *, utf16: bool) -> str | None:
    """Why a column cannot hold a value."""
    if not isinstance(value, str):
        return None
    if not storable(value):
        return _UNSTORABLE
    return _TOO_LONG if length is not None and length_of(value, utf16=utf16) > length else None
