"""The tables of a configuration database, as Entity Framework's migrations create them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from secretctl.entity_framework import schema_named
from secretctl.errors import ConflictError, UnavailableError
from secretctl.stores.sql.connections import Connections
from secretctl.stores.sql.tables import sql_table

if TYPE_CHECKING:
    from secretctl.entity_framework import Schema
    from secretctl.stores.sql.location import Location

_LONGEST_NAME = 63  # characters of an identifier in PostgreSQL; the shortest limit of those we know


def create(location: Location, flavour: str) -> None:
    """All tables of a schema and their indexes, in one transaction where the database has that for tables."""
    metadata = schema_metadata(schema_named(flavour), schema_name=location.schema, prefix=location.prefix)
    made = location.file is not None and _make_file(Path(location.file), location.shown)
    try:
        with Connections(location).writing(create=True) as connection:
            _check_empty(connection, metadata, location)
            if location.schema is not None:
                connection.execute(sa.schema.CreateSchema(location.schema, if_not_exists=True))
            metadata.create_all(connection, checkfirst=False)
    except BaseException:
        if made:
            Path(location.file or "").unlink(missing_ok=True)
        raise


def schema_metadata(schema: Schema, *, schema_name: str | None = None, prefix: str = "") -> sa.MetaData:
    """A schema's tables with the indexes that the server needs."""
    metadata = sa.MetaData(schema=schema_name)
    for table in schema.tables.values():
        made = sql_table(table, metadata, prefix)
        columns = (table.foreign_key, *table.unique) if table.foreign_key is not None else table.unique
        name = "_".join(("IX", f"{prefix}{table.name}", *columns))[:_LONGEST_NAME]
        sa.Index(name, *(made.c[column] for column in columns), unique=bool(table.unique))
    return metadata


def _make_file(path: Path, shown: str) -> bool:
    """Create an empty file that only its owner can read; whether it was missing."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0), 0o600))
    except FileExistsError:
        return False
    except OSError as exc:
        raise UnavailableError(
            "cannot_create", f"{shown} cannot be created: {exc.strerror}", hint="check its directory"
        ) from exc
    return True


def _check_empty(connection: sa.Connection, metadata: sa.MetaData, location: Location) -> None:
    there = set(sa.inspect(connection).get_table_names(schema=location.schema))
    taken = sorted(there & {table.name for table in metadata.tables.values()})
    if taken:
        choice = "?schema=… or ?prefix=…" if location.file is None else "?prefix=…"
        hint = f"use it as it is, or choose another place with {choice}"
        raise ConflictError("exists", f"{location.shown} has a table {taken[0]} already", hint=hint)
