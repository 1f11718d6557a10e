"""The public Python API: open a registry, ask whether it would accept a request."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from secretctl.authenticate import authenticator_for
from secretctl.model import KINDS
from secretctl.stores import open_store

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

    from secretctl.authenticate import Authenticator
    from secretctl.model import Kind, Principal, Request, Verdict
    from secretctl.settings import Settings
    from secretctl.stores import Store

    _Find = Callable[[Kind, str], Principal | None]

_STAND_INS = 64
"""Principals of each kind that unknown ids are held against: enough to show the mix of hashes in a registry."""


def open_registry(
    location: str | os.PathLike[str],
    *,
    settings: Settings | None = None,
    profile: str | None = None,
    audiences: tuple[str, ...] | None = None,
    require_typ: bool = False,
    trust: str | None = None,
    replay_cache: str | None = None,
) -> Registry:
    """The registry at a path, or in the database of a URL (``sqlite:///…``, ``postgresql://…``; extra ``secretctl[sql]``).

    ``settings`` are the issuer, validation and policy for a database, which holds none: those of a registry file are
    ``open_registry(path).settings``. The others stand for what the registry says:
    ``profile`` is whose rules decide, ``audiences`` what an assertion's ``aud`` may be, ``trust`` the path of a CA bundle
    and ``replay_cache`` that of an SQLite file in which each ``jti`` is spent.

    Raises UnavailableError where the registry cannot be read, or names a profile, parser or validator that does not
    exist or does not load.
    """
    store = open_store(location, settings=settings)
    find, stand_ins = (store.find, None) if "://" in store.location else _in_memory(store)
    authenticator = authenticator_for(
        find,
        store.settings(),
        profile=profile,
        audiences=audiences,
        require_typ=require_typ,
        trust=trust,
        replay_cache=replay_cache,
        stand_ins=stand_ins,
    )
    return Registry(store, find, authenticator)


class Registry:
    """Clients, resources and their secrets, to be read and asked. Made by ``open_registry``.

    A file is read once and kept in memory: open it again to see what has changed since. A database is asked for one
    principal at a time, so that every answer is the newest.
    """

    __slots__ = ("_authenticator", "_find", "_store")

    def __init__(self, store: Store, find: _Find, authenticator: Authenticator) -> None:
        self._store = store
        self._find = find
        self._authenticator = authenticator

    @property
    def location(self) -> str:
        """The path, or the URL without its password."""
        return self._store.location

    @property
    def settings(self) -> Settings:
        """Name, issuer, validation and policy."""
        return self._store.settings()

    def verify(self, request: Request, *, kind: Kind = "client", now: datetime | None = None) -> Verdict:
        """Whether a server with this registry would accept the request's credential; true only when it would.

        ``kind`` says which name space the request's id is looked up in: clients authenticate to the token endpoint,
        resources to the introspection endpoint. ``now`` is aware, and the clock's unless given. ValueError where it is naive,
        or ``kind`` is neither; TypeError where ``authorization`` is not text. Raises UnavailableError only where the question
        cannot be decided: the database does not answer, there is no audience to hold an assertion against, the replay cache
        cannot be written, a plug-in failed.

        A known id with a wrong secret, an unknown id and an expired secret take the same time, where the registry is a
        file; in a database they do as far as its look-ups do.
        """
        if now is None:
            now = datetime.now(UTC)
        elif now.tzinfo is None:
            raise ValueError("now has no time zone; use datetime.now(UTC)")
        if kind not in KINDS:
            raise ValueError(f"there is no kind {kind!a}; use {' or '.join(map(repr, KINDS))}")
        return self._authenticator.verify(request, kind=kind, now=now)

    def find(self, kind: Kind, id: str) -> Principal | None:
        """The client or resource of exactly this id, or None."""
        return self._find(kind, id)

    def principals(self, kind: Kind | None = None) -> Iterator[Principal]:
        """All clients, then all resources, in the order of the registry."""
        return self._store.principals(kind)


def _in_memory(store: Store) -> tuple[_Find, dict[Kind, tuple[Principal, ...]]]:
    """How to find any of a store's principals without asking it again, and the stand-ins for those that it lacks."""
    principals = {kind: {principal.id: principal for principal in store.principals(kind)} for kind in KINDS}
    stand_ins = {kind: tuple(islice(known.values(), _STAND_INS)) for kind, known in principals.items()}
    return lambda kind, name: principals[kind].get(name), stand_ins
