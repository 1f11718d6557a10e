"""Registries in a database: the configuration database of IdentityServer, through SQLAlchemy Core.

SQLAlchemy takes longer to import than most commands to run, so it is loaded only where a location is a database URL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.stores.sql.location import is_database_url, parse

if TYPE_CHECKING:
    from secretctl.settings import Settings
    from secretctl.stores import Store

__all__ = ["create_schema", "is_database_url", "open_sql", "shown"]


def open_sql(url: str, settings: Settings | None = None) -> Store:
    """The registry in a database. Nothing is connected to before it is first read.

    Without ``settings`` (``--settings FILE``) the profile is that of the server whose tables are found.
    UsageError ``invalid_url``; UnavailableError ``sql_extra_missing``, ``driver_missing`` or ``unknown_dialect``.
    """
    location = parse(url)
    from secretctl.stores.sql.store import SqlStore

    return SqlStore(location, settings)


def create_schema(url: str, flavour: str = "duende") -> str:
    """Create the configuration tables of a server in a database, beside those of others; the location, for people.

    ``flavour`` is a key of ``entity_framework.SCHEMAS``. ConflictError ``exists`` where one of the tables is there already.
    An SQLite file that is missing is created, for its owner only; a missing ``?schema=`` too.
    """
    location = parse(url)
    from secretctl.stores.sql.creation import create

    create(location, flavour)
    return location.shown


def shown(url: str) -> str:
    """A database URL without its passwords."""
    return parse(url).shown
