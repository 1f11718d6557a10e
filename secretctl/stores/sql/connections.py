"""Connections and transactions: read-only ones that see one moment, and writing ones that wait no longer than 10 s."""

from __future__ import annotations

import weakref
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import sqlalchemy as sa

from secretctl.errors import UnavailableError
from secretctl.stores.sql.failures import committing, translated

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    from secretctl.stores.sql.location import Location

WAIT_SECONDS = 10
"""How long a writer waits for a lock, and anybody for a connection (the README says so)."""

# A prepared statement keeps the plan that was good while its table was small, and is lost behind a pooler: none is.
_CONNECT_OPTIONS: dict[str, dict[str, Any]] = {
    "psycopg": {"connect_timeout": WAIT_SECONDS, "application_name": "secretctl", "prepare_threshold": None},
    "pymysql": {"connect_timeout": WAIT_SECONDS, "charset": "utf8mb4"},
}
# What reads sees one moment. Under row locks each statement must see what those have written who held the locks before.
_READING: dict[str, dict[str, Any]] = {
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
    "mysql": {"isolation_level": "REPEATABLE READ"},
    "mariadb": {"isolation_level": "REPEATABLE READ"},
}
_WRITING: dict[str, dict[str, Any]] = {name: {"isolation_level": "READ COMMITTED"} for name in _READING}
_SESSION = {
    "postgresql": ("SELECT set_config('timezone', 'UTC', true), set_config('lock_timeout', '{wait}s', true)",),
    "mysql": ("SET SESSION innodb_lock_wait_timeout = {wait}",),
    "mariadb": ("SET SESSION innodb_lock_wait_timeout = {wait}",),
}
# A process that was killed while it wrote leaves a journal, which has to be played back before anybody can read.
_JOURNAL_LEFT = {264, 776}  # SQLITE_READONLY_RECOVERY, SQLITE_READONLY_ROLLBACK


class Connections:
    """Connections to one database, kept open between transactions until the object goes."""

    def __init__(self, location: Location) -> None:
        self._location = location
        self._engines: dict[str, sa.Engine] = {}

    def reading(self) -> AbstractContextManager[sa.Connection]:
        """A transaction that sees the database at one moment and cannot write."""
        return self._transaction("ro", "BEGIN", _READING)

    def writing(self, *, create: bool = False) -> AbstractContextManager[sa.Connection]:
        """A transaction that is committed at the end and rolled back by any exception."""
        return self._transaction("rwc" if create else "rw", "BEGIN IMMEDIATE", _WRITING)

    @contextmanager
    def _transaction(self, mode: str, begin: str, options: Mapping[str, Mapping[str, Any]]) -> Iterator[sa.Connection]:
        """``mode`` says how SQLite opens its file, and ``begin`` how it starts; ``options`` are those of servers."""
        with translated(self._location.shown), self._engine(mode).connect() as connection:
            if self._location.file is not None:
                with _sqlite_transaction(connection, begin):
                    yield connection
                return
            connection.execution_options(**options.get(connection.dialect.name, {}))
            with connection.begin() as transaction:
                _prepare(connection)
                yield connection
                if mode != "ro":
                    with committing(self._location.shown):
                        transaction.commit()

    def _engine(self, mode: str) -> sa.Engine:
        mode = mode if self._location.file is not None else ""
        if mode not in self._engines:
            engine = _sqlite_engine(self._location, mode) if mode else _server_engine(self._location)
            weakref.finalize(self, engine.dispose)
            self._engines[mode] = engine
        return self._engines[mode]


def _server_engine(location: Location) -> sa.Engine:
    try:
        driver = location.url.get_dialect().driver
        options = {
            name: value for name, value in _CONNECT_OPTIONS.get(driver, {}).items() if name not in location.url.query
        }
        return sa.create_engine(location.url, hide_parameters=True, connect_args=options)
    except sa.exc.NoSuchModuleError:
        hint = "install the SQLAlchemy dialect of this database, or check how its name is spelled"
        raise UnavailableError("unknown_dialect", f"{location.shown}: no such kind of database", hint=hint) from None
    except ImportError as exc:
        hint = f"pip install {exc.name or 'the driver that SQLAlchemy names for it'}"
        raise UnavailableError("driver_missing", f"{location.shown}: its driver is not installed", hint=hint) from None


def _require_file(path: Path, location: Location) -> None:
    """UnavailableError ``registry_missing``. Where the file is out of reach for another reason, opening it says so."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        hint = "`secretctl init URL` creates it; sqlite:///FILE is relative to this directory, sqlite:////FILE is not"
        raise UnavailableError("registry_missing", f"{location.shown} does not exist", hint=hint) from None
    except OSError:
        pass


def _sqlite_engine(location: Location, mode: str) -> sa.Engine:
    """SQLite without its driver's own idea of transactions; mode ``ro`` cannot write, ``rw`` never creates a file."""

    def connect() -> sqlite3.Connection:
        path = Path(location.file or "").absolute()
        if mode != "rwc":
            _require_file(path, location)
        if mode == "ro":
            _play_back_journal(path)
        return _open_sqlite(path, mode)

    return sa.create_engine(
        "sqlite+pysqlite://",
        creator=connect,
        poolclass=sa.QueuePool,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
    )


def _open_sqlite(path: Path, mode: str) -> sqlite3.Connection:
    import sqlite3

    uri = f"file:{quote(str(path))}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA foreign_keys = ON")  # as Microsoft.Data.Sqlite has it: children go with their parent
    connection.execute("PRAGMA trusted_schema = OFF")  # a hostile file runs no functions from its views and triggers
    return connection


def _play_back_journal(path: Path) -> None:
    """Let SQLite undo what a killed writer left half done, which a read-only connection may not."""
    import sqlite3
    from contextlib import closing

    with closing(_open_sqlite(path, "ro")) as connection:
        try:
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        except sqlite3.OperationalError as exc:
            if exc.sqlite_errorcode not in _JOURNAL_LEFT:
                raise
        else:
            return
    with closing(_open_sqlite(path, "rw")) as connection:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()


@contextmanager
def _sqlite_transaction(connection: sa.Connection, begin: str) -> Iterator[None]:
    connection.exec_driver_sql(begin)
    try:
        yield
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        driver = connection.connection.driver_connection
        if driver is not None and driver.in_transaction:  # a full disk may have rolled it back already
            connection.exec_driver_sql("ROLLBACK")
        raise


def _prepare(connection: sa.Connection) -> None:
    """Times in UTC and locks that are not waited for longer than WAIT_SECONDS."""
    for statement in _SESSION.get(connection.dialect.name, ()):
        connection.exec_driver_sql(statement.format(wait=WAIT_SECONDS))
