"""The Store of a database."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from secretctl.settings import Settings, Validation
from secretctl.stores.sql.checks import fitted
from secretctl.stores.sql.connections import Connections
from secretctl.stores.sql.reading import SqlReader
from secretctl.stores.sql.tables import find_layout
from secretctl.stores.sql.writing import SqlEdit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import sqlalchemy as sa

    from secretctl.model import Kind, Principal, Target
    from secretctl.stores import Note
    from secretctl.stores.sql.location import Location
    from secretctl.stores.sql.tables import Layout


class SqlStore:
    """The configuration database of an IdentityServer. Connects when it is first read; every call is one transaction."""

    def __init__(self, location: Location, settings: Settings | None = None) -> None:
        self._location = location
        self._settings = settings
        self._connections = Connections(location)
        self._layout: Layout | None = None

    @property
    def location(self) -> str:
        """The URL without its passwords."""
        return self._location.shown

    def settings(self) -> Settings:
        """Those given; without any, the profile of the server whose tables these are. The name is never missing."""
        if self._settings is None:
            with self._connections.reading() as connection:
                profile = self._layout_of(connection).schema.profile
            self._settings = Settings(validation=Validation(profile=profile))
        if self._settings.name is None:
            self._settings = self._settings._replace(name=self._location.name)
        return self._settings

    def find(self, kind: Kind, id: str) -> Principal | None:
        """The principal with exactly this id, by index."""
        with self._connections.reading() as connection:
            return SqlReader(connection, self._layout_of(connection)).find(kind, id)

    def principals(self, kind: Kind | None = None) -> Iterator[Principal]:
        """All principals as of one moment, streamed. The transaction stays open until the iterator ends or is closed."""
        with self._connections.reading() as connection:
            yield from SqlReader(connection, self._layout_of(connection)).principals(kind)

    def names(self, kind: Kind) -> Iterator[tuple[str, str | None]]:
        """Ids and names for people, streamed as ``principals`` are."""
        with self._connections.reading() as connection:
            yield from SqlReader(connection, self._layout_of(connection)).names(kind)

    def fitted(self, principal: Principal) -> tuple[Principal, tuple[str, ...]]:
        """The principal as these tables can hold it, and what is lost with that."""
        if self._layout is None:
            with self._connections.reading() as connection:
                self._layout_of(connection)
        assert self._layout is not None  # it was just found
        return fitted(self._layout, principal)

    @contextmanager
    def edit(self) -> Iterator[SqlEdit]:
        """One transaction, with row locks where the database has them."""
        with self._connections.writing() as connection:
            yield SqlEdit(connection, self._layout_of(connection), datetime.now(UTC))

    def lines(self) -> Mapping[tuple[Target, str | None], int]:
        """None: rows have no lines."""
        return {}

    def notes(self) -> Iterator[Note]:
        """None: what a database holds is in its rows."""
        return iter(())

    def _layout_of(self, connection: sa.Connection) -> Layout:
        if self._layout is None:
            where = self._location
            self._layout = find_layout(connection, schema=where.schema, prefix=where.prefix, shown=where.shown)
        return self._layout
