"""The tables that a database really has, found by name: which schema it is, and which columns this version of it knows."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine.reflection import ObjectKind

from secretctl.entity_framework import DUENDE, IDENTITYSERVER3, IDENTITYSERVER4, IDENTITYSERVER4_V3
from secretctl.errors import UnavailableError
from secretctl.stores.sql.types import sql_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secretctl.entity_framework import Column, Entity, Schema, Table
    from secretctl.model import Kind

_KNOWN = (DUENDE, IDENTITYSERVER4, IDENTITYSERVER4_V3, IDENTITYSERVER3)
# What Duende added to the tables of IdentityServer4 v4, from its first version to its last; one of them is enough.
_ONLY_DUENDE = frozenset(
    {"RequireResourceIndicator", "CibaLifetime", "PollingInterval", "InitiateLoginUri", "RequireDPoP"}
)
_OLD_SECRETS, _SECRETS = "ApiSecrets", "ApiResourceSecrets"

Reflected = dict[str, dict[str, Any]]
"""Tables by their names without the prefix, their columns by name, each as SQLAlchemy's inspector describes it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The tables of one database: those that exist, with those of their columns that exist.

    ``required`` are the columns of a table that must not be NULL, ``unknown`` those of them without a default that none of our
    schemas has.
    """

    schema: Schema
    tables: Mapping[str, sa.Table]
    lengths: Mapping[tuple[str, str], int | None]
    required: Mapping[str, frozenset[str]]
    unknown: Mapping[str, tuple[sa.Column[Any], ...]]

    def entity(self, kind: Kind) -> Entity | None:
        """Where the principals of a kind are; None where this database has no table for them."""
        entity = self.schema.entities[kind]
        return entity if entity.table in self.tables else None


def find_layout(connection: sa.Connection, *, schema: str | None, prefix: str, shown: str) -> Layout:
    """What the database holds. UnavailableError where that is no configuration database.

    Only the dozen tables that hold principals are asked for, so that it costs the same in every database.
    """
    reflected = _reflect(connection, schema, prefix)
    if "ClientId" not in reflected.get("Clients", {}) or "ClientSecrets" not in reflected:
        hint = f"`secretctl init URL` creates the tables; ?schema=…&prefix=… says where they are (looked for {prefix}Clients)"
        raise UnavailableError("no_schema", f"{shown} has no tables of IdentityServer", hint=hint)
    found = _schema_of(reflected)
    metadata = sa.MetaData(schema=schema)
    wanted = [table for table in found.tables.values() if table.name in reflected and table.name in _names(found)]
    unknown = {
        table.name: tuple(
            sa.Column(name, column["type"])
            for name, column in reflected[table.name].items()
            if _must_guess(table, column)
        )
        for table in wanted
    }
    return Layout(
        schema=found,
        tables={
            table.name: sql_table(table, metadata, prefix, columns=reflected[table.name], more=unknown[table.name])
            for table in wanted
        },
        lengths={
            (table.name, column.name): _length(column, reflected[table.name][column.name], connection.dialect.name)
            for table in wanted
            for column in table.columns
            if column.name in reflected[table.name]
        },
        required={
            name: frozenset(column for column, real in columns.items() if not real["nullable"])
            for name, columns in reflected.items()
        },
        unknown=unknown,
    )


def sql_table(
    table: Table,
    metadata: sa.MetaData,
    prefix: str,
    *,
    columns: Mapping[str, Any] | None = None,
    more: tuple[sa.Column[Any], ...] = (),
) -> sa.Table:
    """A table in SQLAlchemy's terms; of its columns those in ``columns``, and ``more`` that only this database has."""
    own = [sa.Column("Id", sa.Integer, primary_key=True, autoincrement=True)]
    if table.parent is not None and table.foreign_key is not None:
        parent = f"{prefix}{table.parent}.Id"
        target = parent if metadata.schema is None else f"{metadata.schema}.{parent}"
        own.append(sa.Column(table.foreign_key, sa.Integer, sa.ForeignKey(target, ondelete="CASCADE"), nullable=False))
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


def _length(column: Column, real: dict[str, Any], dialect: str) -> int | None:
    """The limit that the database itself sets. SQLite has none, but Entity Framework's is there all the same."""
    own: int | None = getattr(real["type"], "length", None)
    return column.length if own is None and dialect == "sqlite" else own


def _must_guess(table: Table, real: dict[str, Any]) -> bool:
    """Whether an INSERT has to name a column of which we know nothing."""
    known = {"Id", table.foreign_key, *(column.name for column in table.columns)}
    given = real["nullable"] or real.get("default") is not None or real.get("computed") or real.get("identity")
    return real["name"] not in known and not given
