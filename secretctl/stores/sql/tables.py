"""The tables that a database really has, found by name: which schema it is, and which columns this version of it knows."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine.reflection import ObjectKind

from secretctl.entity_framework import DUENDE, IDENTITYSERVER3, IDENTITYSERVER4, IDENTITYSERVER4_V3
from secretctl.entity_framework.rows import absent
from secretctl.errors import UnavailableError
from secretctl.stores.sql.types import sql_type

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from secretctl.entity_framework import Entity, Schema, Table
    from secretctl.model import Kind

_KNOWN = (DUENDE, IDENTITYSERVER4, IDENTITYSERVER4_V3, IDENTITYSERVER3)
# What Duende added to the tables of IdentityServer4 v4, from its first version to its last; one of them is enough.
_ONLY_DUENDE = frozenset(
    {"RequireResourceIndicator", "CibaLifetime", "PollingInterval", "InitiateLoginUri", "RequireDPoP"}
)
_OLD_SECRETS, _SECRETS = "ApiSecrets", "ApiResourceSecrets"

Reflected = dict[str, dict[str, Any]]
"""Tables by their names without the prefix, their columns by name, each as SQLAlchemy's inspector describes it."""


class Layout:
    """The tables of one database: those that exist, with those of their columns that exist, and their limits."""

    def __init__(self, schema: Schema, reflected: Reflected, *, place: sa.MetaData, prefix: str, dialect: str) -> None:
        self.schema = schema
        self._reflected = reflected
        self._place = place
        self._prefix = prefix
        self._dialect = dialect
        self._tables: dict[str, sa.Table] = {}
        self._lacking: dict[str, frozenset[str]] = {}
        self._required: dict[str, frozenset[str]] = {}
        self._lengths: dict[tuple[str, str], int | None] = {}
        self.statements: dict[tuple[object, ...], sa.Select[Any]] = {}

    def __contains__(self, table: str | None) -> bool:
        """Whether the database has a table that is one of the schema's."""
        return table in self._reflected and table in self.schema.tables

    def __getitem__(self, name: str) -> sa.Table:
        """A table; made when it is first needed, for most commands need few of them."""
        if name not in self._tables:
            known = self.schema.tables[name]
            more = [sa.Column(each, self._reflected[name][each]["type"]) for each in self.unknown(name)]
            self._tables[name] = sql_table(known, self._place, self._prefix, columns=self._reflected[name], more=more)
        return self._tables[name]

    def entity(self, kind: Kind) -> Entity | None:
        """Where the principals of a kind are; None where this database has no table for them."""
        entity = self.schema.entities[kind]
        return entity if entity.table in self and entity.secrets in self else None

    def lacking(self, entity: Entity) -> frozenset[str]:
        """The fields of the model that this database has no column and no table for."""
        if entity.table not in self._lacking:
            columns = self._reflected[entity.table]
            lacking = set(absent(entity)) | {field for field, column in entity.fields.items() if column not in columns}
            lacking |= {field for field, (table, _) in entity.lists.items() if table not in self}
            lacking |= {"owner", "tags"} if entity.properties not in self else set()
            self._lacking[entity.table] = frozenset(lacking)
        return self._lacking[entity.table]

    def required(self, table: str) -> frozenset[str]:
        """The columns that must not be NULL."""
        if table not in self._required:
            found = frozenset(name for name, real in self._reflected[table].items() if not real["nullable"])
            self._required[table] = found
        return self._required[table]

    def unknown(self, table: str) -> tuple[str, ...]:
        """The required columns without a default that none of our schemas has: an INSERT has to guess."""
        known = self.schema.tables[table]
        ours = {"Id", known.foreign_key, *(column.name for column in known.columns)}
        return tuple(name for name, real in self._reflected[table].items() if name not in ours and not _is_given(real))

    def length(self, table: str, column: str) -> int | None:
        """How many characters a column holds. SQLite sets no limit, but Entity Framework's is there all the same."""
        place = table, column
        if place not in self._lengths:
            real: int | None = getattr(self._reflected[table][column]["type"], "length", None)
            if real is None and self._dialect == "sqlite":
                known = self.schema.tables[table].columns
                real = next((each.length for each in known if each.name == column), None)
            self._lengths[place] = real
        return self._lengths[place]


def find_layout(connection: sa.Connection, *, schema: str | None, prefix: str, shown: str) -> Layout:
    """What the database holds. UnavailableError where that is no configuration database.

    Only the dozen tables that hold principals are asked for, so that it costs the same in every database.
    """
    reflected = _reflect(connection, schema, prefix)
    if "ClientId" not in reflected.get("Clients", {}) or "ClientSecrets" not in reflected:
        hint = f"`secretctl init URL` creates the tables; ?schema=…&prefix=… says where they are (looked for {prefix}Clients)"
        raise UnavailableError("no_schema", f"{shown} has no tables of IdentityServer", hint=hint)
    place = sa.MetaData(schema=schema)
    return Layout(_schema_of(reflected), reflected, place=place, prefix=prefix, dialect=connection.dialect.name)


def sql_table(
    table: Table,
    metadata: sa.MetaData,
    prefix: str,
    *,
    columns: Collection[str] | None = None,
    more: Iterable[sa.Column[Any]] = (),
) -> sa.Table:
    """A table in SQLAlchemy's terms: complete, or as a database has it, with ``columns`` and ``more`` that only it has."""
    own = [sa.Column("Id", sa.Integer, primary_key=True, autoincrement=True)]
    if table.foreign_key is not None:
        parent = f"{prefix}{table.parent}.Id"
        target = parent if metadata.schema is None else f"{metadata.schema}.{parent}"
        points = () if columns is not None else (sa.ForeignKey(target, ondelete="CASCADE"),)
        own.append(sa.Column(table.foreign_key, sa.Integer, *points, nullable=False))
    own += [
        sa.Column(column.name, sql_type(column), nullable=not column.required)
        for column in table.columns
        if columns is None or column.name in columns
    ]
    # AUTOINCREMENT, as Entity Framework has it: the id of a removed secret never comes back for another one.
    return sa.Table(f"{prefix}{table.name}", metadata, *own, *more, sqlite_autoincrement=True)


def _names(schema: Schema) -> set[str]:
    """The tables of a schema that hold principals."""
    names: set[str] = set()
    for entity in schema.entities.values():
        names |= {entity.table, entity.secrets, *(table for table, _ in entity.lists.values())}
        names |= {entity.properties} if entity.properties is not None else set()
    return names


def _reflect(connection: sa.Connection, schema: str | None, prefix: str) -> Reflected:
    names = set().union(*map(_names, _KNOWN))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sa.exc.SAWarning)  # types of columns that are none of ours
        found = sa.inspect(connection).get_multi_columns(
            schema=schema, filter_names=sorted(prefix + name for name in names), kind=ObjectKind.ANY
        )
    return {
        name.removeprefix(prefix): {column["name"]: dict(column) for column in columns}
        for (_, name), columns in found.items()
        if columns
    }


def _schema_of(reflected: Reflected) -> Schema:
    if "Client_Id" in reflected["ClientSecrets"]:
        return IDENTITYSERVER3
    if _ONLY_DUENDE & (reflected["Clients"].keys() | reflected.get("ApiResources", {}).keys()):
        return DUENDE
    return IDENTITYSERVER4_V3 if _OLD_SECRETS in reflected and _SECRETS not in reflected else IDENTITYSERVER4


def _is_given(real: dict[str, Any]) -> bool:
    """Whether the database itself has something for a column that an INSERT does not name."""
    return bool(real["nullable"] or real.get("default") is not None or real.get("computed") or real.get("identity"))
