"""What a schema is made of: columns, tables, and where a kind of principal lives in them. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secretctl.model import Kind

ColumnType = Literal["flag", "number", "text", "instant", "offset", "span"]
"""bit, int, nvarchar, datetime2 (UTC, without a zone), datetimeoffset, time."""
Default = bool | int | str | timedelta | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column; ``length`` in characters, None without a limit; ``required`` is NOT NULL."""

    name: str
    type: ColumnType
    length: int | None = None
    required: bool = False
    default: Default = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table, whose key is the identity column ``Id``; a child's rows go with the ``parent`` row they point to."""

    name: str
    columns: tuple[Column, ...]
    parent: str | None = None
    foreign_key: str | None = None
    unique: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True, slots=True)
class Entity:
    """Where the principals of one kind live: their row, and the child tables that point to it by ``foreign_key``.

    ``key`` is the column of their id. ``fields`` say which column holds a field of the model, ``lists`` which column of
    which table. ``flow`` has one flow in place of grant types, ``own_scope`` itself for its only scope. ``listed`` is a
    column and the value that the rows have which are principals by themselves; any other row is one only when it has secrets.
    """

    kind: Kind
    table: str
    key: str
    foreign_key: str
    fields: Mapping[str, str]
    lists: Mapping[str, tuple[str, str]]
    secrets: str
    properties: str | None = None
    flow: bool = False
    own_scope: bool = False
    listed: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Schema:
    """One generation of the configuration database, and the profile of the server that reads it."""

    name: str
    profile: str
    tables: Mapping[str, Table]
    entities: Mapping[Kind, Entity]


def on(name: str) -> Column:
    """A bit that the server's own class starts as true."""
    return Column(name, "flag", None, required=True, default=True)


def off(name: str) -> Column:
    """A bit that the server's own class starts as false."""
    return Column(name, "flag", None, required=True, default=False)


def number(name: str, default: int) -> Column:
    """An int that the server's own class starts with ``default``."""
    return Column(name, "number", None, required=True, default=default)


def text(name: str, length: int | None, *, required: bool = False, default: str | None = None) -> Column:
    """An nvarchar; ``length`` None is nvarchar(max)."""
    return Column(name, "text", length, required=required, default=default)


def optional(name: str, type: ColumnType = "number") -> Column:
    """A column that may be NULL and starts so."""
    return Column(name, type)


def tables(*tables: Table) -> Mapping[str, Table]:
    """The tables by their names, parents before their children."""
    return {table.name: table for table in tables}


def child(parent: str, foreign_key: str, name: str, *columns: Column, unique: bool = False) -> Table:
    """A table whose rows belong to a row of ``parent``; ``unique``: no two rows of one parent are the same."""
    return Table(name, columns, parent, foreign_key, tuple(column.name for column in columns) if unique else ())
