"""Rows as principals: one by its id with a fixed number of queries, or all of them in portions of bounded size."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from secretctl.entity_framework.rows import Lists, from_row
from secretctl.entity_framework.texts import storable
from secretctl.model import KINDS, Secret, StoredValue
from secretctl.stores.sql.checks import fitted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from secretctl.entity_framework import Entity
    from secretctl.model import Kind, Principal
    from secretctl.stores.sql.tables import Layout

_BEFORE_ALL = -(1 << 31)  # the least value of an identity column

_MOSTLY_OTHERS = 4
"""Rows of others to one of ours from which on a range of them is no longer read as a whole."""
PORTION = 500
"""Principals held in memory at a time, with their secrets."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A principal with the ids of its rows: its own, and by list and property ``(row id, value)``."""

    row: int
    principal: Principal
    lists: Mapping[str, tuple[tuple[int, str], ...]]
    properties: Mapping[str, tuple[int, str]]


class SqlReader:
    """Reads principals in one transaction; ``lock``: nobody else changes what was read before the transaction ends."""

    def __init__(self, connection: sa.Connection, layout: Layout, *, lock: bool = False) -> None:
        self._connection = connection
        self._layout = layout
        self._lock = lock

    def find(self, kind: Kind, id: str) -> Principal | None:
        """The principal with exactly this id."""
        stored = self.stored(kind, id)
        return None if stored is None else stored.principal

    def principals(self, kind: Kind | None = None) -> Iterator[Principal]:
        """All principals, clients first, in the order of their rows, PORTION at a time."""
        for each in KINDS if kind is None else (kind,):
            entity = self._layout.entity(each)
            if entity is not None:
                yield from self._all(entity)

    def names(self, kind: Kind) -> Iterator[tuple[str, str | None]]:
        """Ids and names for people, without a lock: for a look around, not for a change."""
        entity = self._layout.entity(kind)
        if entity is not None:
            rows = self._connection.execute(self._kept(("names", kind), lambda: self._select_names(entity)))
            yield from ((row[0], row[1]) for row in rows)

    def fitted(self, principal: Principal) -> tuple[Principal, tuple[str, ...]]:
        """The principal as these tables can hold it, and what is lost with that."""
        return fitted(self._layout, principal)

    def stored(self, kind: Kind, id: str) -> Stored | None:
        """The principal with exactly this id, and its rows."""
        entity = self._layout.entity(kind)
        if entity is None or not storable(id):
            return None
        rows = self._rows(self._kept(("one", kind, self._lock), lambda: self._select_one(entity)), key=id)
        # A collation may take ids for equal that differ in case, accents or blanks at their ends.
        exact = [row for row in rows if row[entity.key] == id]
        return next(iter(self._assembled(entity, exact)), None)

    def _all_stored(self, entity: Entity, ids: Iterable[str]) -> Iterator[Stored]:
        """Those of the principals that there are, with their rows: no more than a PORTION."""
        wanted = {id for id in ids if storable(id)}
        return self._assembled(entity, [row for row in self._named(entity, wanted) if row[entity.key] in wanted])

    def _named(self, entity: Entity, ids: Collection[str], *, lock: bool = True) -> Sequence[sa.RowMapping]:
        """The rows with these ids, and with what a collation takes for the same."""
        statement = self._kept(("named", entity.kind, lock), lambda: self._select_named(entity, lock=lock))
        return self._rows(statement, ids=list(ids))

    def _all(self, entity: Entity) -> Iterator[Principal]:
        statement = self._kept(("all", entity.kind, self._lock), lambda: self._select_portion(entity))
        last = _BEFORE_ALL
        while True:
            rows = self._rows(statement, last=last)
            for stored in self._assembled(entity, rows):
                yield stored.principal
            if len(rows) < PORTION:
                return
            last = rows[-1]["Id"]

    def _select_one(self, entity: Entity) -> sa.Select[Any]:
        return self._select(entity).where(self._layout[entity.table].c[entity.key] == sa.bindparam("key"))

    def _select_named(self, entity: Entity, *, lock: bool) -> sa.Select[Any]:
        table = self._layout[entity.table]
        named = table.c[entity.key].in_(sa.bindparam("ids", expanding=True))
        return self._select(entity, lock=lock).where(named).order_by(table.c.Id)

    def _select_portion(self, entity: Entity) -> sa.Select[Any]:
        table = self._layout[entity.table]
        statement = self._listed(entity, self._select(entity)).where(table.c.Id > sa.bindparam("last"))
        return statement.order_by(table.c.Id).limit(PORTION)

    def _select_names(self, entity: Entity) -> sa.Select[Any]:
        table = self._layout[entity.table]
        label = next(column for field, column in entity.fields.items() if field in {"name", "display_name"})
        known = table.c[label] if label in table.c else sa.null()
        return self._listed(entity, sa.select(table.c[entity.key], known)).order_by(table.c.Id)

    def _listed(self, entity: Entity, statement: sa.Select[Any]) -> sa.Select[Any]:
        """Without the rows that are no principals."""
        if entity.listed is None:
            return statement
        table, (column, value) = self._layout[entity.table], entity.listed
        has_secrets = sa.exists().where(self._layout[entity.secrets].c[entity.foreign_key] == table.c.Id)
        return statement.where((table.c[column] == value) | has_secrets)

    def _select(self, entity: Entity, *, lock: bool = True) -> sa.Select[Any]:
        table = self._layout[entity.table]
        names = ["Id", entity.key, *entity.fields.values()]
        names += ["Flow", "AllowClientCredentialsOnly"] if entity.flow else []
        statement = sa.select(*(table.c[name] for name in names if name in table.c))
        if not (lock and self._lock):
            return statement
        # SQL Server has no FOR UPDATE; SQLite's writers are alone anyway.
        return statement.with_for_update().with_hint(table, "WITH (UPDLOCK, ROWLOCK)", "mssql")

    def _kept(self, key: tuple[object, ...], build: Callable[[], sa.Select[Any]]) -> sa.Select[Any]:
        """A statement, built once for each database: SQLAlchemy finds what it compiled by the statement's own object."""
        if key not in self._layout.statements:
            self._layout.statements[key] = build()
        return self._layout.statements[key]

    def _rows(self, statement: sa.Select[Any], **values: object) -> Sequence[sa.RowMapping]:
        return self._connection.execute(statement, values).mappings().all()

    def _assembled(self, entity: Entity, rows: Sequence[sa.RowMapping]) -> Iterator[Stored]:
        if not rows:
            return
        ids = [row["Id"] for row in rows]
        secrets = self._secrets(entity, ids)
        lists = {field: self._children(entity, table, ids, column) for field, (table, column) in entity.lists.items()}
        properties = self._children(entity, entity.properties, ids, "Key", "Value")
        required = self._layout.required(entity.table)
        for row in rows:
            own = {field: tuple((child[0], child[1]) for child in found[row["Id"]]) for field, found in lists.items()}
            known = {key: (number, value) for number, key, value in properties[row["Id"]]}
            values = Lists(
                {field: tuple(value for _, value in children) for field, children in own.items()},
                {key: value for key, (_, value) in known.items()},
            )
            principal = from_row(entity, dict(row), values, tuple(secrets[row["Id"]]), required=required)
            yield Stored(row["Id"], principal, own, known)

    def _secrets(self, entity: Entity, ids: list[int]) -> dict[int, list[Secret]]:
        found: dict[int, list[Secret]] = defaultdict(list)
        names = ("Id", "Type", "Value", "Description", "Expiration", "Created")
        for row in self._of(entity, entity.secrets, ids, names):
            secret = Secret(
                id=str(row["Id"]),
                type=row["Type"] or "",
                value=StoredValue(row["Value"] or ""),
                description=row["Description"],
                expiration=row["Expiration"],
                created=row.get("Created"),
            )
            found[row["owner"]].append(secret)
        return found

    def _children(
        self, entity: Entity, table: str | None, ids: list[int], *columns: str
    ) -> dict[int, list[tuple[Any, ...]]]:
        found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        if table is not None and table in self._layout:
            for row in self._of(entity, table, ids, ("Id", *columns)):
                found[row["owner"]].append((row["Id"], *(row[column] for column in columns)))
        return found

    def _of(self, entity: Entity, name: str, ids: list[int], columns: tuple[str, ...]) -> Sequence[sa.RowMapping]:
        """The rows of a child table that belong to these principals, whose ids stand in ascending order."""
        scattered = ids[-1] - ids[0] > _MOSTLY_OTHERS * len(ids)
        statement = self._kept(("of", name, scattered), lambda: self._select_of(entity, name, columns, scattered))
        return self._rows(statement, ids=ids) if scattered else self._rows(statement, first=ids[0], last=ids[-1])

    def _select_of(self, entity: Entity, name: str, columns: tuple[str, ...], scattered: bool) -> sa.Select[Any]:
        table = self._layout[name]
        owner = table.c[entity.foreign_key]
        chosen = [table.c[column] for column in columns if column in table.c]
        belongs = owner.between(sa.bindparam("first"), sa.bindparam("last"))
        if scattered:
            belongs = owner.in_(sa.bindparam("ids", expanding=True))
        return sa.select(owner.label("owner"), *chosen).where(belongs).order_by(owner, table.c.Id)
