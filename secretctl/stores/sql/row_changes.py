"""Changes of rows, collected and then made together: a few statements a table, and not a dozen a principal."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from secretctl.errors import RefusedError
from secretctl.stores.sql.checks import check_texts
from secretctl.stores.sql.types import neutral

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from secretctl.model import Target
    from secretctl.stores.sql.tables import Layout


class RowChanges:
    """What is to happen to rows; nothing does before ``make``. Columns that this database lacks are left out.

    Every method raises RefusedError at once where a column cannot hold its text. ``now`` becomes ``Created`` and
    ``Updated`` where nothing else says when.
    """

    def __init__(self, connection: sa.Connection, layout: Layout, now: datetime) -> None:
        self._connection = connection
        self._layout = layout
        self._now = now
        self._utf16 = connection.dialect.name == "mssql"
        self._defaults: dict[str, dict[str, object]] = {}
        self._deletions: defaultdict[str, list[int]] = defaultdict(list)
        self._updates: defaultdict[tuple[str, tuple[str, ...]], list[dict[str, object]]] = defaultdict(list)
        self._insertions: defaultdict[str, list[dict[str, object]]] = defaultdict(list)

    def insert(self, table: str, row: Mapping[str, object], target: Target) -> None:
        """A new row of ``target``'s, with the server's own defaults for what ``row`` does not say."""
        defaults = self._defaults_of(table)
        said = {column: value for column, value in row.items() if column in defaults}
        self.check(table, said, target)
        self._insertions[table].append(defaults | said)

    def update(self, table: str, id: int, values: Mapping[str, object], target: Target) -> None:
        """Other values for some columns of a row."""
        known = self._layout[table].c
        values = {column: value for column, value in values.items() if column in known}
        self.check(table, values, target)
        if values:
            stamped = values | ({"Updated": self._now} if "Updated" in known else {})
            self._updates[table, tuple(stamped)].append({"row": id, **{_new(name): stamped[name] for name in stamped}})

    def delete(self, table: str, id: int) -> None:
        """A row that goes."""
        self._deletions[table].append(id)

    def check(self, table: str, values: Mapping[str, object], target: Target) -> None:
        """RefusedError ``field_too_long`` or ``invalid_character`` where a column cannot hold what it shall."""
        check_texts(self._layout, table, values, target, utf16=self._utf16)

    def make(self) -> None:
        """Make them all. What goes goes first: it may be in the way of what is unique."""
        for table, ids in self._deletions.items():
            known = self._layout[table]
            self._connection.execute(sa.delete(known).where(known.c.Id.in_(ids)))
        for (table, columns), rows in self._updates.items():
            known = self._layout[table]
            values: dict[str, Any] = {column: sa.bindparam(_new(column)) for column in columns}
            self._connection.execute(sa.update(known).where(known.c.Id == sa.bindparam("row")).values(values), rows)
        for table, rows in self._insertions.items():
            self._connection.execute(sa.insert(self._layout[table]), rows)
        for made in (self._deletions, self._updates, self._insertions):
            made.clear()

    def _defaults_of(self, table: str) -> dict[str, object]:
        """Every column of this database with what the server's own class starts with, or something neutral."""
        if table not in self._defaults:
            self._defaults[table] = self._find_defaults(table)
        return self._defaults[table]

    def _find_defaults(self, name: str) -> dict[str, object]:
        known, columns = self._layout.schema.tables[name], self._layout[name].c
        found: dict[str, object] = {column.name: column.default for column in known.columns}
        found |= {known.foreign_key: None} if known.foreign_key is not None else {}
        found |= {"Created": self._now} if "Created" in found else {}
        for column in self._layout.unknown(name):
            value = neutral(columns[column].type, self._now)
            if value is None:
                message = f"{name}.{column} is required, and only your server knows what belongs there"
                raise RefusedError("unknown_column", message, hint="add the principal with the server's own tools")
            found[column] = value
        return {column: value for column, value in found.items() if column in columns}


def _new(column: str) -> str:
    """The parameter of a column's new value; its own name is the one that SQLAlchemy gives to parameters of its own."""
    return f"new_{column}"
