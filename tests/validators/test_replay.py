"""The replay cache: once per client, also when many ask at once."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from secretctl.errors import UnavailableError
from secretctl.validators.replay import spend

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
LATER = NOW.timestamp() + 60
ROOT = Path(__file__).parents[2]


@pytest.fixture
def cache(tmp_path: Path) -> str:
    """Where a cache will be."""
    return str(tmp_path / "replay.db")


def test_a_jti_works_once_per_client(cache: str) -> None:
    """Another client may use the same one; ids and jtis do not run into each other."""
    assert spend(cache, "web", "1", until=LATER, now=NOW)
    assert not spend(cache, "web", "1", until=LATER, now=NOW)
    assert spend(cache, "api", "1", until=LATER, now=NOW)
    assert spend(cache, "we", "b1", until=LATER, now=NOW)
    assert spend(cache, "web", "x" * 100_000, until=LATER, now=NOW)


def test_the_file_is_its_owners_alone(cache: str) -> None:
    """Created 0600 whatever the umask; the mode of one that exists is its owner's business."""
    old = os.umask(0)
    try:
        spend(cache, "web", "1", until=LATER, now=NOW)
    finally:
        os.umask(old)
    assert Path(cache).stat().st_mode & 0o777 == 0o600
    Path(cache).chmod(0o640)
    spend(cache, "web", "2", until=LATER, now=NOW)
    assert Path(cache).stat().st_mode & 0o777 == 0o640


def test_what_has_ended_by_both_clocks_is_forgotten(cache: str) -> None:
    """And nothing before that: a check of another time must not let today's assertions pass again."""
    real = dt.datetime.now(dt.UTC)
    soon = real.timestamp() + 60
    spend(cache, "web", "today", until=soon, now=real)
    spend(cache, "web", "old", until=1_000_000_000, now=dt.datetime(2001, 9, 1, tzinfo=dt.UTC))
    spend(cache, "web", "next", until=soon, now=real + dt.timedelta(days=9999))
    with sqlite3.connect(cache) as connection:
        assert connection.execute("SELECT count(*) FROM used").fetchone() == (2,)
    connection.close()
    assert not spend(cache, "web", "today", until=soon, now=real + dt.timedelta(days=9999))


@pytest.mark.parametrize("part", [0, 0.25, 0.75])
def test_it_is_remembered_to_the_last_moment(cache: str, part: float) -> None:
    """As long as the assertion is in time, fractions of a second included, it has been used."""
    last = dt.datetime.fromtimestamp(1_000_000_000 + part, dt.UTC)
    assert spend(cache, "web", "1", until=last.timestamp(), now=last - dt.timedelta(seconds=5))
    assert not spend(cache, "web", "1", until=last.timestamp(), now=last)


def test_of_fifty_at_once_one_succeeds(cache: str) -> None:
    """In threads."""
    with ThreadPoolExecutor(50) as pool:
        found = list(pool.map(lambda _: spend(cache, "web", "1", until=LATER, now=NOW), range(50)))
    assert sorted(found) == [False] * 49 + [True]


@pytest.mark.usefixtures("untraced")
def test_of_many_processes_at_once_one_succeeds(cache: str) -> None:
    """The lock is the file's, also while it is being made."""
    script = (
        "import sys, datetime as dt; from secretctl.validators.replay import spend;"
        "now = dt.datetime(2026, 6, 1, tzinfo=dt.UTC); sys.stdin.read();"
        f"print(spend({cache!r}, 'web', '1', until=now.timestamp() + 60, now=now))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        for _ in range(12)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    answers = [process.communicate(timeout=60)[0].strip() for process in processes]
    assert sorted(answers) == ["False"] * 11 + ["True"]


def test_a_cache_that_cannot_be_written_is_status_3(tmp_path: Path) -> None:
    """Not yes, and not no."""
    junk = tmp_path / "junk"
    junk.write_bytes(b"this is not a database, and long enough to be sure of it" * 100)
    for path in (str(tmp_path), str(tmp_path / "missing" / "cache"), str(junk), "a\0b"):
        with pytest.raises(UnavailableError) as caught:
            spend(path, "web", "1", until=LATER, now=NOW)
        assert (caught.value.code, caught.value.status) == ("replay_cache_unusable", 3)
    assert junk.read_bytes().startswith(b"this is not")


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    """A registry in SQLite that is named by mistake gets no table of ours; statistics of SQLite's own are no such table."""
    other, cache = tmp_path / "registry.db", tmp_path / "cache"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE Clients (Id INTEGER)")
    before = other.read_bytes()
    with pytest.raises(UnavailableError, match="database of something else") as caught:
        spend(str(other), "web", "1", until=LATER, now=NOW)
    assert caught.value.code == "replay_cache_unusable"
    assert other.read_bytes() == before
    assert spend(str(cache), "web", "1", until=LATER, now=NOW)
    with closing(sqlite3.connect(cache)) as connection:
        connection.execute("ANALYZE")
    assert spend(str(cache), "web", "2", until=LATER, now=NOW)
