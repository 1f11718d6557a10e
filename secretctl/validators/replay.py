"""Which ``jti`` was used already, remembered across processes in one SQLite file (RFC 7523 §3 (7), ``IReplayCache``)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from secretctl.errors import UnavailableError

if TYPE_CHECKING:
    from datetime import datetime

_LOCK_TIMEOUT = 30  # seconds; of many verifiers at once, each writes one row
_SCHEMA = "CREATE TABLE IF NOT EXISTS used (jti BLOB PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID"
_OTHERS = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name <> 'used' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
_INDEX = "CREATE INDEX IF NOT EXISTS used_until ON used (until)"
# By both clocks: a check of what will be true next year (--at) must not forget what was used today.
_FORGET = "DELETE FROM used WHERE until < ? AND until < CAST(strftime('%s', 'now') AS INTEGER)"


class ForeignDatabaseError(Exception):
    """The file is a database that holds tables of others."""


def spend(path: str, client_id: str, jti: str, *, until: float, now: datetime) -> bool:
    """Use a client's ``jti``, once: False where it was used before. Atomic, also between processes.

    It is remembered until ``until`` (seconds since 1970). Raises UnavailableError ``replay_cache_unusable``.
    """
    import sqlite3

    # Hashed, so that neither its size nor what is in it is the sender's choice; the length keeps id and jti apart.
    key = hashlib.sha256(f"{len(client_id)}:{client_id}{jti}".encode()).digest()
    try:
        return _spend(path, key, int(until) + 1, int(now.timestamp()))
    except ForeignDatabaseError:
        raise UnavailableError(
            "replay_cache_unusable",
            f"{path!a} is no replay cache: it is the database of something else, and was left as it is",
            hint="name a file of its own; a new one is created",
        ) from None
    except (sqlite3.Error, OSError, ValueError) as exc:
        raise UnavailableError(
            "replay_cache_unusable",
            f"the replay cache {path!a} cannot be used",
            hint="check the file and its directory; a damaged cache may be removed once all assertions have expired",
        ) from exc


def _spend(path: str, key: bytes, until: int, now: int) -> bool:
    import os
    import sqlite3
    from pathlib import Path

    # To SQLite, ":memory:" and "file:…" are no files, and would forget everything at once.
    path = str(Path(path).absolute())
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # before SQLite makes it with the mode of everybody else's
    # Opened each time: an open connection would go on writing to a cache that somebody moved away.
    connection = sqlite3.connect(path, timeout=_LOCK_TIMEOUT, isolation_level=None)
    try:
        with connection:  # commits, or rolls back
            # Takes the write lock at once: a transaction that begins by reading may find that it cannot write.
            connection.execute("BEGIN IMMEDIATE")
            if connection.execute(_OTHERS).fetchone()[0]:  # a registry in a database, say
                raise ForeignDatabaseError
            connection.execute(_SCHEMA)
            connection.execute(_INDEX)
            connection.execute(_FORGET, (now,))
            return connection.execute("INSERT OR IGNORE INTO used VALUES (?, ?)", (key, until)).rowcount == 1
    finally:
        connection.close()
