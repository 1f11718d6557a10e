"""Locks, lost servers, killed writers: what is not finished did not happen, and nobody waits for ever."""

from __future__ import annotations

import resource
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from secretctl.errors import ConflictError, SecretctlError, UnavailableError
from secretctl.model import Client, Secret, StoredValue
from secretctl.stores.sql import connections, create_schema, open_sql
from secretctl.stores.sql.store import SqlStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from secretctl.stores import Store

    Use = Callable[[Store], object]
    Query = Callable[..., list[dict[str, Any]]]


def secret(value: str) -> Secret:
    """A shared secret that no store has given an id."""
    return Secret("", "SharedSecret", StoredValue(value))


@pytest.fixture
def url(database: Callable[..., str]) -> str:
    """A database with one client."""
    url = database()
    with open_sql(url).edit() as edit:
        edit.add(Client("web", secrets=(secret("first"),)))
    return url


def add_secret(url: str, value: str) -> None:
    """What `secret add` does: read the client, give it one more secret."""
    with open_sql(url).edit() as edit:
        found = edit.find("client", "web")
        assert found is not None
        edit.replace(replace(found, secrets=(*found.secrets, secret(value))))


def values(url: str) -> list[str]:
    """The stored values of the client's secrets."""
    found = open_sql(url).find("client", "web")
    assert found is not None
    return [each.value for each in found.secrets]


@pytest.mark.usefixtures("untraced")
def test_parallel_writers_lose_nothing(url: str) -> None:
    """Each reads, adds and writes under the lock of the client's row, or of the file."""
    failures: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for turn in range(4):
                add_secret(url, f"{number}-{turn}")
        except BaseException as exc:  # noqa: BLE001 - handed to the test
            failures.append(exc)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(values(url)) == sorted(["first", *(f"{number}-{turn}" for number in range(8) for turn in range(4))])


def test_a_writer_that_waits_too_long_gives_up(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A locked file is a conflict, a busy server is not available; both say that nothing was changed."""
    monkeypatch.setattr(connections, "WAIT_SECONDS", 1)
    with open_sql(url).edit() as edit:
        assert edit.find("client", "web") is not None
        with pytest.raises(SecretctlError) as caught:
            add_secret(url, "second")
    assert caught.value.code == ("registry_locked" if url.startswith("sqlite") else "database_busy")
    assert isinstance(caught.value, ConflictError if url.startswith("sqlite") else UnavailableError)
    assert "nothing was changed" in (caught.value.hint or "")
    assert values(url) == ["first"]


def test_readers_see_one_moment_and_wait_for_nobody(url: str) -> None:
    """An unfinished edit is invisible, and principals() goes on with what it saw when it began."""
    store = open_sql(url)
    with store.edit() as edit:
        edit.add(Client("new"))
        assert [each.id for each in store.principals()] == ["web"]
    listing = store.principals()
    assert next(listing).id == "web"
    if not url.startswith("sqlite"):  # whose readers hold writers up until they have finished
        add_secret(url, "later")
        with store.edit() as edit:
            edit.add(Client("later"))
    assert [each.id for each in listing] == ["new"]


@pytest.mark.usefixtures("untraced")
def test_a_writer_killed_before_the_end_changed_nothing(url: str) -> None:
    """A kill -9 inside of an edit; the next commands read and write as if it had never begun."""
    program = (
        "import os, signal, sys\n"
        "from secretctl.model import Client, Secret\n"
        "from secretctl.stores.sql import open_sql\n"
        "with open_sql(sys.argv[1]).edit() as edit:\n"
        "    edit.remove('client', 'web')\n"
        "    for number in range(300):\n"
        "        edit.add(Client(f'c{number}', description='x' * 900, secrets=(Secret('', 'SharedSecret', 'y' * 3000),)))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, url], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert [each.id for each in open_sql(url).principals()] == ["web"]
    add_secret(url, "second")
    assert values(url) == ["first", "second"]


def test_changes_underneath_are_a_conflict(new_url: Callable[[], str], query: Query) -> None:
    """What the database's own rules forbid is status 5, without the values in the message."""
    url = new_url()
    create_schema(url)
    with open_sql(url).edit() as edit:
        edit.add(Client("web", secrets=(secret("first"),)))
    query(url, 'CREATE UNIQUE INDEX one_value ON {ClientSecrets} ("Value")')
    with pytest.raises(ConflictError) as caught:
        add_secret(url, "first")
    assert caught.value.code == "registry_changed"
    assert "first" not in str(caught.value) + repr(caught.value.__cause__)
    assert values(url) == ["first"]


def test_an_edit_inside_the_loop_over_a_list(url: str) -> None:
    """A listing that is read to its end leaves nothing locked."""
    store = open_sql(url)
    for each in list(store.principals()):
        with store.edit() as edit:
            edit.replace(replace(each, owner="me"))
    assert [each.owner for each in store.principals()] == ["me"]


# SQLite: a file, with all that can happen to files.


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An SQLite registry with one client."""
    create_schema(f"sqlite:///{tmp_path}/ids.db")
    with open_sql(f"sqlite:///{tmp_path}/ids.db").edit() as edit:
        edit.add(Client("web", secrets=(secret("first"),)))
    return tmp_path / "ids.db"


def test_a_new_file_is_private(file: Path) -> None:
    """Stored values are for the owner of the file only."""
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_reading_never_writes_and_creates_nothing(file: Path, tmp_path: Path) -> None:
    """Not a byte of the file changes, and a missing one stays missing."""
    before, entries = file.read_bytes(), sorted(tmp_path.iterdir())
    store = open_sql(f"sqlite:///{file}")
    assert store.find("client", "web") is not None
    assert len(list(store.principals())) == 1
    with store.edit() as edit:
        assert edit.find("client", "web") is not None
    assert (file.read_bytes(), sorted(tmp_path.iterdir())) == (before, entries)
    uses: tuple[Use, ...] = (lambda store: store.find("client", "web"), lambda store: store.edit().__enter__())
    for use in uses:
        with pytest.raises(UnavailableError) as caught:
            use(open_sql(f"sqlite:///{tmp_path}/missing.db"))
        assert caught.value.code == "registry_missing"
    assert sorted(tmp_path.iterdir()) == entries


def test_a_journal_left_behind_is_played_back(file: Path) -> None:
    """A writer killed after its pages reached the file: reading first puts the old pages back."""
    program = (
        "import os, signal, sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "connection.execute('PRAGMA cache_size = 1')\n"
        "connection.execute('BEGIN IMMEDIATE')\n"
        "connection.execute('DELETE FROM Clients')\n"
        "for number in range(2000):\n"
        "    connection.execute('INSERT INTO ClientSecrets (ClientId, Description, Value, Type, Created) '\n"
        "                       'VALUES (1, ?, ?, ?, ?)', ('x' * 500, 'v', 'T', 'C'))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(file)], check=False, timeout=60)
    assert file.with_name("ids.db-journal").stat().st_size > 0
    found = open_sql(f"sqlite:///{file}").find("client", "web")
    assert found is not None
    assert [each.value for each in found.secrets] == ["first"]


def test_write_ahead_logs_are_read(file: Path) -> None:
    """Databases that Entity Framework created have one; also what a killed writer committed to it counts."""
    program = (
        "import os, signal, sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "connection.execute('PRAGMA journal_mode = WAL')\n"
        "connection.execute('UPDATE Clients SET ClientName = ?', ('Web shop',))\n"
        "connection.execute('BEGIN IMMEDIATE')\n"
        "connection.execute('DELETE FROM Clients')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(file)], check=False, timeout=60)
    store = open_sql(f"sqlite:///{file}")
    found = store.find("client", "web")
    assert found is not None
    assert found.label == "Web shop"
    add_secret(f"sqlite:///{file}", "second")
    assert values(f"sqlite:///{file}") == ["first", "second"]


def test_one_principal_is_found_by_index(file: Path) -> None:
    """Five statements at most, none of which looks at another principal's rows."""
    with open_sql(f"sqlite:///{file}").edit() as edit:
        for number in range(50):
            edit.add(Client(f"c{number}", scopes=("a",), secrets=(secret("v"), secret("w"))))
    store = open_sql(f"sqlite:///{file}")
    assert isinstance(store, SqlStore)
    assert store.find("client", "web") is not None
    seen: list[tuple[str, tuple[object, ...]]] = []

    def keep(connection: object, cursor: object, statement: str, parameters: tuple[object, ...], *rest: object) -> None:
        if statement.startswith("SELECT"):
            seen.append((statement, parameters))

    sa.event.listen(store._connections._engines["ro"], "before_cursor_execute", keep)
    assert store.find("client", "c7") is not None
    assert len(seen) == 5
    with closing(sqlite3.connect(file)) as connection:
        plans = [connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall() for statement, values in seen]
    assert all(step[3].startswith("SEARCH") and " INDEX " in step[3] for plan in plans for step in plan[:1])


@pytest.mark.parametrize("content", [b"", b"not a database, but long enough to be looked at" * 50])
def test_what_is_no_database(tmp_path: Path, content: bytes) -> None:
    """An empty file has no tables; any other file is no database. Neither is touched."""
    (tmp_path / "ids.db").write_bytes(content)
    with pytest.raises(UnavailableError) as caught:
        open_sql(f"sqlite:///{tmp_path}/ids.db").find("client", "web")
    assert caught.value.code == ("not_a_database" if content else "no_schema")
    assert (tmp_path / "ids.db").read_bytes() == content


def test_a_damaged_database(file: Path) -> None:
    """Pages of rubbish are an error of the database, and not of ours."""
    size = file.stat().st_size
    with file.open("r+b") as pages:
        pages.seek(4096)
        pages.write(b"\xff" * (size - 4096))
    with pytest.raises(UnavailableError, match="damaged"):
        open_sql(f"sqlite:///{file}").find("client", "web")


def test_text_that_is_not_utf8(file: Path) -> None:
    """A value in another encoding cannot be read; nothing is guessed."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE ClientSecrets SET Value = CAST(x'ff' AS TEXT)")
    with pytest.raises(UnavailableError):
        open_sql(f"sqlite:///{file}").find("client", "web")


def test_readers_wait_for_a_writer_that_finishes(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that somebody keeps for himself is locked, for readers too."""
    monkeypatch.setattr(connections, "WAIT_SECONDS", 0.1)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ConflictError) as caught:
            open_sql(f"sqlite:///{file}").find("client", "web")
    assert caught.value.code == "registry_locked"


def test_a_directory_in_place_of_a_file(tmp_path: Path) -> None:
    """A directory cannot be opened, and init does not put anything in it."""
    for use in (
        lambda: open_sql(f"sqlite:///{tmp_path}").find("client", "web"),
        lambda: create_schema(f"sqlite:///{tmp_path}"),
    ):
        with pytest.raises(UnavailableError):
            use()
    with pytest.raises(UnavailableError, match="cannot be created"):
        create_schema(f"sqlite:///{tmp_path}/missing/ids.db")


def test_init_that_fails_leaves_no_file(tmp_path: Path) -> None:
    """A file that init made, and could not fill, goes again."""
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, unlimited[1]))
    try:
        with pytest.raises(UnavailableError) as caught:
            create_schema(f"sqlite:///{tmp_path}/ids.db")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    assert caught.value.code == "io_error"
    assert list(tmp_path.iterdir()) == []


def test_init_in_an_empty_file_that_is_there(tmp_path: Path) -> None:
    """An SQLite file without tables is an empty database."""
    (tmp_path / "ids.db").touch(0o640)
    create_schema(f"sqlite:///{tmp_path}/ids.db")
    assert open_sql(f"sqlite:///{tmp_path}/ids.db").settings().validation.profile == "duende"
    assert stat.S_IMODE((tmp_path / "ids.db").stat().st_mode) == 0o640


def test_a_full_disk_changes_nothing(file: Path) -> None:
    """SQLite rolls back by itself; the message says what happened."""
    store = open_sql(f"sqlite:///{file}")

    def fill(edit: Any) -> None:
        edit._connection.exec_driver_sql("PRAGMA max_page_count = 1")
        for number in range(200):
            edit.add(Client(f"c{number}", description="x" * 900))

    with pytest.raises(UnavailableError, match="disk is full"), store.edit() as edit:
        fill(edit)
    assert [each.id for each in store.principals()] == ["web"]
