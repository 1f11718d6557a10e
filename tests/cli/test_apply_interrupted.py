"""An ``apply`` that is killed, loses its server, or meets another one: the registry is as before, or wholly as wanted."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from secretctl.errors import SecretctlError
from secretctl.stores import open_store
from tests.acceptance.kit import registry_text, shared
from tests.databases import run_sql

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Cli

COUNT = 200
MOMENTS = 4
OLD = {f"c{n}": {"secrets": [shared(f"the-old-secret-{n}", "s1")]} for n in range(50)}


def wanted() -> dict[str, Any]:
    """Other secrets for those that are there, and many more of them."""
    return {f"c{n}": {"owner": f"o{n}", "secrets": [shared(f"a-new-secret-{n}", "s2")]} for n in range(COUNT)}


def state(location: str) -> list[tuple[str, str | None, list[str]]]:
    """What is in a registry, without the ids and dates that differ between two runs."""
    return [
        (each.id, each.owner, [secret.value for secret in each.secrets]) for each in open_store(location).principals()
    ]


@pytest.fixture
def location(cli: Cli, dialect: str, request: pytest.FixtureRequest) -> str:
    """A registry with a few clients, and the files to make it like."""
    cli.write(registry_text(OLD), "old.toml")
    cli.write(registry_text(wanted()), "wanted.toml")
    database: Callable[[], str] = request.getfixturevalue("database")
    location = database()
    cli.ok("apply", "old.toml", location, "--yes")
    return location


def start(cli: Cli, *arguments: str) -> subprocess.Popen[bytes]:
    """A command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "secretctl", *arguments],
        cwd=cli.path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def apply_of(cli: Cli, location: str) -> subprocess.Popen[bytes]:
    """An `apply` that has begun."""
    return start(cli, "apply", "wanted.toml", location, "--prune", "--yes", "--force")


@pytest.mark.usefixtures("untraced")
def test_killed_at_any_moment(cli: Cli, location: str) -> None:
    """Before and after are all that there is, and the next command works at once."""
    before = state(location)
    began = time.monotonic()
    with apply_of(cli, location) as process:
        assert process.wait(60) == 0
    lasted = time.monotonic() - began
    after = state(location)
    assert len(after) == COUNT
    killed = 0
    for moment in range(MOMENTS):
        cli.ok("apply", "old.toml", location, "--prune", "--yes", "--force")
        assert state(location) == before
        with apply_of(cli, location) as process:
            time.sleep(lasted * (moment + 1) / (MOMENTS + 1))
            process.kill()
            killed += process.wait(60) == -9
        assert state(location) in (before, after)
        cli.ok("client", "add", "next", "-r", location)
        cli.ok("client", "remove", "next", "--yes", "-r", location)
    assert killed > 0


@pytest.mark.usefixtures("untraced")
def test_two_at_once(cli: Cli, location: str) -> None:
    """One waits for the other, or finds that it was quicker: the result is what was wanted, once."""
    both = [apply_of(cli, location) for _ in range(2)]
    statuses = []
    for process in both:
        with process:
            statuses.append(process.wait(60))
    assert 0 in statuses
    assert set(statuses) <= {0, 5}
    assert len(state(location)) == COUNT
    assert cli("diff", "wanted.toml", location).status == 0


def test_two_at_once_on_a_file(cli: Cli) -> None:
    """The same for files."""
    cli.write(registry_text(wanted()), "wanted.toml")
    target = cli.write(registry_text(OLD), "target.toml")
    both = [apply_of(cli, str(target)) for _ in range(2)]
    for process in both:
        with process:
            assert process.wait(60) == 0
    assert cli("diff", "wanted.toml", target).status == 0


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_server_that_goes_away(cli: Cli, location: str) -> None:
    """In the middle of the transaction the connection is cut: 3 with a hint, nothing half done, the next one works."""
    import sqlalchemy as sa

    from secretctl.stores.sql.location import parse

    before, where = state(location), parse(location)
    engine = sa.create_engine(where.url, poolclass=sa.NullPool)
    with engine.connect() as blocker:
        blocker.exec_driver_sql(f'LOCK TABLE "{where.schema}"."ClientSecrets" IN SHARE MODE')
        with apply_of(cli, location) as process:
            waiting = (
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'secretctl' AND wait_event_type = 'Lock' "
                f"AND query LIKE '%{where.schema}%'"
            )
            deadline = time.monotonic() + 30
            while not (rows := run_sql(location, waiting)) and time.monotonic() < deadline:
                time.sleep(0.02)
            run_sql(location, "SELECT pg_terminate_backend(:pid)", pid=rows[0]["pid"])
            _, err = process.communicate(timeout=60)
    assert process.returncode == 3
    assert b"cannot be reached" in err
    assert b"hint: " in err
    assert b"nothing was changed" in err
    assert state(location) == before
    cli.ok("apply", "wanted.toml", location, "--yes")
    assert len(state(location)) == COUNT


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_server_that_is_not_there(cli: Cli, location: str) -> None:
    """Reading and writing: 3, a hint, and no password."""
    gone = "postgresql://me:hunter2@127.0.0.1:1/ids"
    for arguments in (
        ("apply", "wanted.toml", gone, "--yes"),
        ("apply", gone, location, "--yes"),
        ("diff", location, gone),
        ("check", "-r", gone),
        ("client", "add", "web", "-r", gone),
        ("verify", "web", "--secret-file", "wanted.toml", "-r", gone),
    ):
        ran = cli(*arguments, "--json")
        assert (ran.status, ran.out) == (3, "")
        assert ran.error["code"] == "database_unreachable"
        assert ran.error["hint"]
        assert "hunter2" not in ran.err


def test_what_is_not_a_database(cli: Cli, location: str) -> None:
    """A directory, a file of something else, an empty file."""
    (cli.path / "folder").mkdir()
    (cli.path / "empty.db").touch()
    for path in ("folder", "empty.db", "wanted.toml", "missing.db"):
        for arguments in (("apply", location, f"sqlite:///{path}", "--yes"), ("diff", f"sqlite:///{path}", location)):
            ran = cli(*arguments, "--json")
            assert (ran.status, ran.out) == (3, ""), ran.err
            assert ran.error["hint"]
    with pytest.raises(SecretctlError):
        state("sqlite:///wanted.toml")
