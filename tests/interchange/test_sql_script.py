"""SQL scripts: they bring a database to what the registry holds, as often as they run, whatever the texts are."""

from __future__ import annotations

import re
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secretctl.entity_framework import SCHEMAS
from secretctl.errors import UsageError
from secretctl.interchange import Loss
from secretctl.interchange.sql_dialects import DIALECTS
from secretctl.interchange.sql_script import dump_sql
from secretctl.model import Client, Resource, Secret, StoredValue
from secretctl.stores.sql import create_schema, open_sql

if TYPE_CHECKING:
    from collections.abc import Callable

    Query = Callable[..., list[dict[str, Any]]]

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = datetime(2026, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC)
HOSTILE = "a'b\\c\"d`e]f$(g)\nGO\r\n--\t;\u202e🔑\U000e0041 %s :x \\"


def secret(value: str, **more: Any) -> Secret:
    """A shared secret as another registry has it."""
    return Secret("7f3a91c2", "SharedSecret", StoredValue(value), **more)


WEB = Client(
    "web",
    name="Web shop",
    owner="shop@example.com",
    tags=("pci", "eu"),
    description=HOSTILE,
    require_secret=False,
    enabled=False,
    scopes=("a", "b"),
    grant_types=("client_credentials",),
    secrets=(
        secret("one", expiration=DAY, created=NOW, description="2026"),
        secret("$argon2id$v=19$m=1,t=1,p=1$(x)$y", created=DAY),
    ),
)
API = Resource("api1", display_name="Our API", owner="o", scopes=("api1",), secrets=(secret("three", created=NOW),))
PLAIN = Client("plain", grant_types=("implicit",), scopes=("a",), secrets=(secret("one", expiration=DAY),))


def run(url: str, script: str) -> None:
    """Run a script as a person would, in the database of a registry's URL."""
    from secretctl.stores.sql.location import parse

    location = parse(url)
    if location.file is not None:
        with closing(sqlite3.connect(location.file)) as connection:
            connection.executescript(script)
        return
    if "unix_socket" in location.url.query:
        client = [
            "mariadb",
            "--no-defaults",
            f"--socket={location.url.query['unix_socket']}",
            str(location.url.database),
        ]
        subprocess.run(client, input=script, text=True, check=True, timeout=60)
        return
    import psycopg

    parameters = {"host": location.url.query["host"], "dbname": location.url.database, "user": location.url.username}
    with psycopg.connect(**parameters, autocommit=True) as connection:  # type: ignore[arg-type]
        connection.execute(f"SET search_path = {location.schema}; SET TIME ZONE 'Asia/Tokyo'".encode())
        connection.execute(script.encode())


def dialect_of(url: str) -> str:
    """The name of a database's dialect on the command line."""
    name = url.partition(":")[0]
    return "mysql" if name == "mariadb+pymysql" else name


def same(principals: Any) -> list[Any]:
    """Principals without the ids of their secrets."""
    return [replace(each, secrets=tuple(replace(one, id="") for one in each.secrets)) for each in principals]


@pytest.mark.parametrize("schema", ["duende", "identityserver4"])
def test_a_script_loses_nothing(database: Callable[..., str], schema: str) -> None:
    """No secret, date, owner, tag or odd character is lost on the way; running it again changes nothing."""
    url = database(schema)
    exported = dump_sql([WEB, API], schema=schema, dialect=dialect_of(url), now=NOW)
    assert exported.losses == ()
    run(url, exported.text)
    store = open_sql(url)
    first = list(store.principals())
    assert same(first) == same([WEB, API])
    run(url, exported.text)
    assert list(store.principals()) == first


def test_a_script_makes_the_rows_that_the_store_makes(database: Callable[..., str], query: Query) -> None:
    """Both fill a new client with the same defaults."""
    one, two = database(), database()
    with open_sql(one).edit() as edit:
        edit.add(Client("web"))
        edit.add(Resource("api"))
    run(two, dump_sql([Client("web"), Resource("api")], schema="duende", dialect=dialect_of(two), now=NOW).text)
    for table in ("Clients", "ApiResources"):
        by_store, by_script = query(one, f"SELECT * FROM {{{table}}}")[0], query(two, f"SELECT * FROM {{{table}}}")[0]
        assert {**by_script, "Id": 1, "Created": 1} == {**by_store, "Id": 1, "Created": 1}


def test_scripts_tell_ids_apart(tmp_path: Any) -> None:
    """An id in another case is another client, as far as the database lets it be one."""
    url = f"sqlite:///{tmp_path}/ids.db"
    create_schema(url)
    with open_sql(url).edit() as edit:
        other = edit.add(Client("WEB", name="another"))
    run(url, dump_sql([WEB], schema="duende", dialect="sqlite", now=NOW).text)
    assert open_sql(url).find("client", "WEB") == other
    assert open_sql(url).find("client", "web") is not None


def test_a_script_updates_and_keeps_the_rest(database: Callable[..., str], query: Query) -> None:
    """Fields, dates and properties follow the registry; secrets, scopes and clients that it does not know stay."""
    url = database()
    with open_sql(url).edit() as edit:
        before = edit.add(replace(WEB, scopes=("old",), tags=("old",), secrets=(secret("one"), secret("kept"))))
        edit.add(Client("another", name="another"))
    changed = replace(WEB, name=None, enabled=True)
    run(url, dump_sql([changed], schema="duende", dialect=dialect_of(url), now=NOW).text)
    found = open_sql(url).find("client", "web")
    assert found is not None
    assert [each.value for each in found.secrets] == ["one", "kept", WEB.secrets[1].value]
    assert found.secrets[0] == replace(before.secrets[0], expiration=DAY, description="2026")
    assert found.scopes == ("old", "a", "b")
    assert (found.label, found.enabled, found.tags, found.owner) == (None, True, ("pci", "eu"), WEB.owner)
    other = open_sql(url).find("client", "another")
    assert other is not None
    assert other.label == "another"


def test_identityserver3(database: Callable[..., str], query: Query) -> None:
    """What it has no place for is left out and listed; a flow with proof keys stays what it is."""
    url = database("identityserver3")
    wide = replace(PLAIN, id="wide", grant_types=("password", "urn:x"), secrets=(secret("x" * 251), secret("fits")))
    exported = dump_sql(
        [replace(WEB, id="w"), PLAIN, wide, API], schema="identityserver3", dialect=dialect_of(url), now=NOW
    )
    lost = {(each.subject, each.field) for each in exported.losses}
    assert lost == {
        ("client/w", "description"),
        ("client/w", "owner"),
        ("client/w", "tags"),
        ("client/w", "require_secret"),
        ("client/w", "created"),
        ("client/wide", "grant_types"),
        ("client/wide", "value"),
        ("resource/api1", "owner"),
        ("resource/api1", "created"),
    }
    run(url, exported.text)
    query(url, 'UPDATE {Clients} SET "Flow" = 6 WHERE "ClientId" = :id', id="plain")
    run(
        url,
        dump_sql(
            [replace(PLAIN, grant_types=("authorization_code",))],
            schema="identityserver3",
            dialect=dialect_of(url),
            now=NOW,
        ).text,
    )
    found = {each.id: each for each in open_sql(url).principals()}
    assert found["plain"].secrets[0].expiration == DAY
    assert [each.value for each in found["wide"].secrets] == ["fits"]
    assert query(url, 'SELECT "Flow" FROM {Clients} WHERE "ClientId" = :id', id="plain") == [{"Flow": 6}]


@pytest.mark.parametrize(
    ("principal", "loss"),
    [
        (Client("x" * 201), Loss("client/" + "x" * 201, "id", "longer than the column")),
        (Client("web", name="x" * 201), Loss("client/web", "name", "longer than the column")),
        (Client("web", scopes=("x" * 201,)), Loss("client/web", "scopes", "longer than the column")),
        (Client("web", owner="x" * 2001), Loss("client/web", "owner", "longer than the column")),
        (
            Client("web", description="a\0"),
            Loss("client/web", "description", "holds a character that databases refuse"),
        ),
        (
            Client("web", secrets=(secret("\ud800"),)),
            Loss("client/web", "value", "holds a character that databases refuse", "7f3a91c2"),
        ),
        (
            Client("web", secrets=(secret("a"), secret("a"))),
            Loss("client/web", "secret", "the same type and value as another secret", "7f3a91c2"),
        ),
    ],
)
def test_what_does_not_fit_is_listed(tmp_path: Any, principal: Any, loss: Loss) -> None:
    """The rest is written, and the script runs."""
    create_schema(f"sqlite:///{tmp_path}/ids.db")
    exported = dump_sql([principal], schema="duende", dialect="sqlite", now=NOW)
    assert exported.losses == (loss,)
    run(f"sqlite:///{tmp_path}/ids.db", exported.text)
    assert len(list(open_sql(f"sqlite:///{tmp_path}/ids.db").principals())) == (loss.field != "id")


def test_of_secrets_that_are_the_same_the_one_that_lasts_is_written(tmp_path: Any) -> None:
    """Not the one that comes first: it may have expired."""
    url = f"sqlite:///{tmp_path}/ids.db"
    create_schema(url)
    ends = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC))
    web = Client("web", secrets=tuple(replace(secret("a"), id=str(end.year), expiration=end) for end in ends))
    api = Resource("api", secrets=(*web.secrets, secret("a")))
    exported = dump_sql([web, api], schema="duende", dialect="sqlite", now=NOW)
    assert [loss.secret_id for loss in exported.losses] == ["2020", "2021", "2020", "2027", "2021"]
    run(url, exported.text)
    assert [[each.expiration for each in found.secrets] for found in open_sql(url).principals()] == [[ends[1]], [None]]


def test_sql_server_counts_in_utf16() -> None:
    """An emoji takes two of nvarchar's characters, and one of the others'."""
    client = Client("web", name="🔑" * 101)
    assert [dump_sql([client], schema="duende", dialect=each, now=NOW).losses != () for each in DIALECTS] == [
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(("schema", "dialect"), [("rfc", "sqlite"), ("duende", "oracle")])
def test_other_schemas_and_dialects(schema: str, dialect: str) -> None:
    """Are usage errors."""
    with pytest.raises(UsageError):
        dump_sql([], schema=schema, dialect=dialect, now=NOW)


@pytest.mark.parametrize("dialect", list(DIALECTS))
@pytest.mark.parametrize("schema", list(SCHEMAS))
def test_scripts_show_what_they_do(schema: str, dialect: str) -> None:
    """Nothing in a script is invisible, no text starts a line of its own, and no text is a command to sqlcmd or psql."""
    text = dump_sql([WEB, PLAIN, API, Client(HOSTILE)], schema=schema, dialect=dialect, now=NOW).text
    assert text.endswith("\nCOMMIT;\n")
    assert all(char == "\n" or char.isprintable() for char in text)
    lines = text.splitlines()
    assert {line.split(" ")[0] for line in lines} <= {
        "--",
        "BEGIN",
        "BEGIN;",
        "START",
        "SET",
        "INSERT",
        "SELECT",
        "UPDATE",
        "WHERE",
        "COMMIT;",
    }
    assert "GO" not in lines
    assert "$(" not in text or dialect != "sqlserver"


@pytest.mark.parametrize(
    ("dialect", "text", "expression"),
    [
        ("sqlserver", "a'b", "N'a''b'"),
        ("sqlserver", "a\nGO\n", "(N'a' + NCHAR(10) + N'GO' + NCHAR(10))"),
        ("sqlserver", "$(x)$y", "(NCHAR(36) + N'(x)$y')"),
        ("sqlserver", "\U000e0041", "(NCHAR(56128) + NCHAR(56385))"),
        ("postgresql", "a\\'b", "('a' || chr(92) || '''b')"),
        ("postgresql", "\u202ex", "(chr(8238) || 'x')"),
        ("sqlite", "a\\b", "'a\\b'"),
        ("sqlite", "\r\n", "(char(13) || char(10))"),
        ("mysql", "a'b", "'a''b'"),
        ("mysql", "a\\b", "CONVERT(X'615c62' USING utf8mb4)"),
        ("mysql", "", "''"),
    ],
)
def test_texts_are_inert(dialect: str, text: str, expression: str) -> None:
    """Quotes are doubled; escapes, line ends and marks are spelled by code point."""
    assert DIALECTS[dialect].text(text) == expression


@settings(max_examples=200)
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_any_text_survives_sqlite(text: str) -> None:
    """What SQLite makes of an expression is the text."""
    with closing(sqlite3.connect(":memory:")) as connection:
        assert connection.execute(f"SELECT {DIALECTS['sqlite'].text(text)}").fetchone() == (text,)


def test_mysql_and_sql_server_compare_exactly() -> None:
    """Their collations take upper and lower case for the same, base64 values with them."""
    for dialect, collation in (("mysql", "utf8mb4_bin"), ("sqlserver", "Latin1_General_100_BIN2")):
        text = dump_sql([PLAIN], schema="duende", dialect=dialect, now=NOW).text
        assert len(re.findall(collation, text)) > 5
