"""Where registries live: one small protocol, one implementation a module, found by location."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

from secretctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from secretctl.model import Kind, Principal, Target
    from secretctl.settings import Settings


_TORN_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:[^@]*:[^@]*@", re.DOTALL)
"""``postgresql:/user:password@host``. A scheme has two letters or more: C: is a drive."""


class Note(NamedTuple):
    """Something that only the source itself knows and ``lint`` reports, such as an unknown key or loose permissions.

    ``rule`` is a lint rule's id; ``target`` is None for the registry itself.
    """

    rule: str
    message: str
    target: Target | None = None
    secret_id: str | None = None
    line: int | None = None


class Reader(Protocol):
    """Reading principals."""

    def find(self, kind: Kind, id: str) -> Principal | None:
        """The principal whose id is the same byte for byte, or None. Reads no other where the store has an index."""

    def principals(self, kind: Kind | None = None) -> Iterator[Principal]:
        """All principals (clients before resources, in the order of the source), streamed where the store can."""


class Destination(Reader, Protocol):
    """A reader that knows what can be stored beside what it reads. Both a store and an edit of it are one."""

    def names(self, kind: Kind) -> Iterator[tuple[str, str | None]]:
        """The id and the label of every principal of a kind, without the cost of reading the rest of it."""

    def fitted(self, principal: Principal) -> tuple[Principal, tuple[str, ...]]:
        """The principal as it comes back once it is stored here, and the fields in which something is lost with that.

        The very same object where this registry has a place for all of it. ``add`` and ``replace`` refuse to lose anything.
        """


class Edit(Destination, Protocol):
    """A registry under its lock or in a transaction: reads see what the edit has done so far."""

    def add(self, principal: Principal) -> Principal:
        """A new principal, as stored (secrets without an id get one). ConflictError ``exists`` where the id is taken."""

    def add_all(self, principals: Sequence[Principal]) -> Sequence[Principal]:
        """What ``add`` does for each of them in turn, in much less time where the store can write many at once."""

    def replace(self, principal: Principal) -> Principal:
        """Make the stored principal of the same kind and id equal to this one, as stored.

        Secrets are matched by id; one whose id is empty is new and gets an id. Nothing that is equal is touched.
        """

    def replace_all(self, principals: Sequence[Principal]) -> Sequence[Principal]:
        """What ``replace`` does for each of them, no two of which may have the same kind and id."""

    def rename(self, kind: Kind, id: str, new_id: str) -> None:
        """Give a principal another id; ConflictError ``exists`` where that is taken."""

    def remove(self, kind: Kind, id: str) -> None:
        """Delete a principal with its secrets."""


class Store(Destination, Protocol):
    """One registry. Opening and reading never write."""

    @property
    def location(self) -> str:
        """For people: a path, or a URL without its password."""

    def settings(self) -> Settings:
        """Name, issuer, validation and policy."""

    def edit(self) -> AbstractContextManager[Edit]:
        """All changes made inside the ``with`` take effect together on leaving it, or not at all when it raises.

        Raises UnavailableError where the registry cannot be read or written, ConflictError where it is locked or
        was changed underneath. An edit that changed nothing writes nothing.
        """

    def lines(self) -> Mapping[tuple[Target, str | None], int]:
        """Line numbers, from 1, of principals (secret id None) and secrets; empty where there are no lines."""

    def notes(self) -> Iterator[Note]:
        """What ``lint`` should say of the source itself."""


def names_database(location: str) -> bool:
    """Whether a registry's location is a URL and not a path.

    UsageError ``invalid_url`` for a URL without its slashes: as a path it would be shown, its password in it.
    """
    if "://" in location:
        return True
    if _TORN_URL.match(location) and not os.path.lexists(location):
        hint = "write sqlite:///FILE or postgresql://USER@HOST/DATABASE"
        raise UsageError("invalid_url", "this is neither a file nor the URL of a database", hint=hint)
    return False


def open_store(location: str | os.PathLike[str], *, settings: Settings | None = None) -> Store:
    """The registry at a path, or in the database of a URL (``sqlite:///FILE``, ``postgresql://…``).

    Nothing is read yet. ``settings`` are the issuer, validation and policy of a database (``--settings FILE``); a file
    has its own, so there they are not used. UsageError ``invalid_url`` for what is neither.
    """
    location = os.fspath(location)
    if names_database(location):
        from secretctl.stores.sql import open_sql

        return open_sql(location, settings)
    from secretctl.stores.toml.store import TomlStore

    return TomlStore(location)
