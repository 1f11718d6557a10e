"""What people are told when a database server does not let them in, held on real servers and sockets."""

from __future__ import annotations

import socket
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from secretctl.errors import SecretctlError, UnavailableError
from secretctl.model import Client
from secretctl.stores.sql import open_sql
from tests.databases import run_sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PASSWORD = "correct-horse-hunter2"


def refusal(url: str) -> UnavailableError:
    """How reading from a database fails; its traceback holds no password."""
    with pytest.raises(UnavailableError) as caught:
        open_sql(url).find("client", "web")
    shown = "".join(traceback.format_exception(caught.value)) + str(caught.value.hint)
    assert "hunter2" not in shown
    assert caught.value.hint
    return caught.value


@pytest.fixture(scope="module")
def gate(postgresql_url: str) -> Iterator[Callable[[str, str], str]]:
    """A server with users of every fate: ``gate("user:password", "database")`` is a URL of it."""
    (rules,) = run_sql(postgresql_url, "SHOW hba_file")
    file = Path(rules["hba_file"])
    before = file.read_text()
    file.write_text("local all gate_locked scram-sha-256\nlocal all gate_banned reject\n" + before)
    run_sql(postgresql_url, f"CREATE ROLE gate_locked LOGIN PASSWORD '{PASSWORD}'")
    for made in (
        "ROLE gate_banned LOGIN",
        "ROLE gate_plain LOGIN",
        "ROLE gate_group",
        "ROLE gate_full LOGIN CONNECTION LIMIT 0",
    ):
        run_sql(postgresql_url, f"CREATE {made}")
    run_sql(postgresql_url, "SELECT pg_reload_conf()")

    def url(user: str, database: str = "postgres") -> str:
        return postgresql_url.replace("postgres:@/postgres", f"{user}@/{database}")

    deadline = time.monotonic() + 20
    while "does not let" not in refusal(url("gate_banned")).message and time.monotonic() < deadline:
        time.sleep(0.05)  # until the new rules are read
    yield url
    file.write_text(before)
    for role in ("locked", "banned", "plain", "group", "full"):
        run_sql(postgresql_url, f"DROP ROLE gate_{role}")
    run_sql(postgresql_url, "SELECT pg_reload_conf()")


@pytest.mark.parametrize(
    ("way", "code", "says", "hint"),
    [
        (("gate_locked:hunter2", "postgres"), "database_login", "with this password", "check both"),
        (("gate_locked", "postgres"), "database_login", "wants a password", "~/.pgpass"),
        (("gate_nobody", "postgres"), "database_login", "knows no such user", "check the user"),
        (("gate_banned", "postgres"), "database_login", "does not let this user in", "administrator"),
        (("gate_group", "postgres"), "database_login", "does not let this user in", "administrator"),
        (("gate_plain", "nothing"), "database_missing", "does not exist on its server", "CREATE DATABASE"),
        (("gate_full", "postgres"), "database_busy", "is busy", "try again"),
        ((f"gate_locked:{PASSWORD}", "postgres"), "no_schema", "has no tables of IdentityServer", "init"),
    ],
)
def test_a_server_that_says_no(
    gate: Callable[[str, str], str], way: tuple[str, str], code: str, says: str, hint: str
) -> None:
    """Each reason of a PostgreSQL has a sentence of its own, and says what to do next."""
    error = refusal(gate(*way))
    assert error.code == code
    assert says in error.message
    assert hint in str(error.hint)


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
@pytest.mark.parametrize(
    ("place", "says", "hint"),
    [
        ("no-such-host.invalid", "its host name is not known", "check how it is spelled"),
        ("127.0.0.1:1", "no server listens there", "check host and port"),
    ],
)
def test_a_server_that_is_not_there(scheme: str, place: str, says: str, hint: str) -> None:
    """An unknown host is told from one where nothing listens."""
    if scheme == "mysql":
        pytest.importorskip("pymysql", reason="the driver of MariaDB is not installed")
    error = refusal(f"{scheme}://u:hunter2@{place}/db")
    assert error.code == "database_unreachable"
    assert says in error.message
    assert hint in str(error.hint)


def test_a_socket_that_is_not_there(tmp_path: Path) -> None:
    """A directory without the socket of a server is one where nothing listens."""
    assert "no server listens there" in refusal(f"postgresql://u:hunter2@/db?host={tmp_path}").message


def test_a_server_that_never_answers() -> None:
    """A connection that is taken, and nothing more."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        error = refusal(f"postgresql://u:hunter2@127.0.0.1:{port}/db?connect_timeout=2")
    assert (error.code, "does not answer" in error.message) == ("database_unreachable", True)


def test_a_server_without_tls() -> None:
    """``sslmode=require`` at a server that has no TLS."""

    def decline(listening: socket.socket) -> None:
        peer, _ = listening.accept()
        with peer:
            peer.recv(64)  # SSLRequest
            peer.sendall(b"N")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=decline, args=(listening,))
        server.start()
        error = refusal(f"postgresql://u:hunter2@127.0.0.1:{listening.getsockname()[1]}/db?sslmode=require")
        server.join(20)
    assert (error.code, "over TLS" in error.message) == ("database_unreachable", True)


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("ending", "says", "hint"),
    [
        ("PERFORM pg_terminate_backend(pg_backend_pid())", "was lost while it committed", "look whether it is there"),
        ("RAISE EXCEPTION SQLSTATE $$23514$$", "its rules forbid the change", "nothing was changed"),
    ],
)
def test_a_commit_that_fails(database: Callable[..., str], ending: str, says: str, hint: str) -> None:
    """Where the connection is lost in it, nobody is told that nothing was changed."""
    url = database()
    schema = url.rpartition("=")[2]
    made = f"FUNCTION {schema}.leave() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN {ending}; RETURN NULL; END'"
    run_sql(url, f"CREATE {made}")
    last = "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION"
    run_sql(url, f"CREATE CONSTRAINT TRIGGER leave AFTER INSERT ON {{Clients}} {last} {schema}.leave()")
    try:
        with pytest.raises(SecretctlError, match=says) as caught, open_sql(url).edit() as edit:
            edit.add(Client("web"))
    finally:
        run_sql(url, f"DROP FUNCTION {schema}.leave CASCADE")
    assert hint in str(caught.value.hint)


@pytest.mark.needs("mariadbd")
def test_a_mariadb_without_that_database(mariadb_socket: Path) -> None:
    """MariaDB says it by number."""
    pytest.importorskip("pymysql", reason="the driver of MariaDB is not installed")
    error = refusal(f"mariadb://root@localhost/nothing?unix_socket={mariadb_socket}")
    assert error.code == "database_missing"
