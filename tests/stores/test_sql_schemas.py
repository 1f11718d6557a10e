"""The databases that there are: each generation is recognised, and what a version of it lacks or has more is respected."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from secretctl.entity_framework import IDENTITYSERVER4_V3
from secretctl.errors import ConflictError, RefusedError, UnavailableError, UsageError
from secretctl.model import Client, Resource, Secret, StoredValue
from secretctl.settings import Issuer, Settings
from secretctl.stores.sql import create_schema, open_sql
from secretctl.stores.sql.creation import schema_metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from secretctl.stores import Edit

    Change = Callable[[Edit], object]
    Query = Callable[..., list[dict[str, Any]]]

DAY = datetime(2026, 12, 31, tzinfo=UTC)
ONE = Secret("", "SharedSecret", StoredValue("one"), expiration=DAY)


@pytest.mark.parametrize("flavour", ["duende", "identityserver4", "identityserver3"])
def test_init_creates_a_schema_that_is_recognised(new_url: Callable[[], str], flavour: str) -> None:
    """The profile of a database without settings is that of the server whose tables it has."""
    url = new_url()
    shown = create_schema(url, flavour)
    store = open_sql(url)
    assert (store.location, store.settings().validation.profile) == (shown, flavour)
    with store.edit() as edit:
        written = [edit.add(Client("web", scopes=("a",), secrets=(ONE,))), edit.add(Resource("api", secrets=(ONE,)))]
    assert list(store.principals()) == written
    assert [each.secrets[0].expiration for each in written] == [DAY, DAY]


def test_init_refuses_a_database_that_has_a_table(new_url: Callable[[], str]) -> None:
    """A second init changes nothing; other tables in the same database do not matter, another prefix is another place."""
    url = new_url()
    create_schema(url)
    with pytest.raises(ConflictError, match="already") as caught:
        create_schema(url, "identityserver3")
    assert caught.value.code == "exists"
    prefixed = url + ("&" if "?" in url else "?") + "prefix=ids_"
    create_schema(prefixed, "identityserver3")
    assert open_sql(url).settings().validation.profile == "duende"
    assert open_sql(prefixed).settings().validation.profile == "identityserver3"


def test_init_knows_three_schemas(new_url: Callable[[], str]) -> None:
    """Another name is a usage error."""
    with pytest.raises(UsageError, match="no such schema"):
        create_schema(new_url(), "rfc")


def test_settings_come_from_outside(new_url: Callable[[], str]) -> None:
    """Settings that are given are those of the registry, and nothing is read for them."""
    given = Settings(name="prod", issuer=Issuer("https://id.example.com", "https://id.example.com/connect/token"))
    assert open_sql(new_url(), given).settings() is given


def test_a_database_without_tables(database: Callable[..., str]) -> None:
    """A message that names init, and where tables may be."""
    url = database()
    with pytest.raises(UnavailableError, match="no tables of IdentityServer") as caught:
        open_sql(url + ("&" if "?" in url else "?") + "prefix=other_").settings()
    assert "other_Clients" in (caught.value.hint or "")


def test_identityserver3_has_flows(database: Callable[..., str], query: Query) -> None:
    """Its one flow, and client credentials beside it, are grant types; custom ones are a list."""
    url = database("identityserver3")
    store = open_sql(url)
    grants = [
        ("client_credentials",),
        ("implicit",),
        ("authorization_code", "client_credentials"),
        ("password",),
        ("urn:a", "urn:b"),
        ("urn:a", "client_credentials"),
        (),
    ]
    with store.edit() as edit:
        for number, grant in enumerate(grants):
            edit.add(Client(f"c{number}", grant_types=grant))
    assert [each.grant_types for each in store.principals("client") if isinstance(each, Client)] == grants
    rows = query(url, 'SELECT "Flow", "AllowClientCredentialsOnly" FROM {Clients} ORDER BY "Id"')
    assert [row["Flow"] for row in rows] == [3, 1, 0, 4, 5, 5, 5]
    assert [bool(row["AllowClientCredentialsOnly"]) for row in rows] == [False, False, True, False, False, True, False]


def test_flows_with_proof_keys_stay(database: Callable[..., str], query: Query) -> None:
    """A client of a flow that we do not tell from another keeps it when something else changes."""
    url = database("identityserver3")
    store = open_sql(url)
    with store.edit() as edit:
        edit.add(Client("web", grant_types=("authorization_code",)))
    for flow in (6, 7, 99):
        query(url, 'UPDATE {Clients} SET "Flow" = :flow', flow=flow)
        with store.edit() as edit:
            found = edit.find("client", "web")
            assert isinstance(found, Client)
            edit.replace(replace(found, name=f"Flow {flow}"))
        assert query(url, 'SELECT "Flow" FROM {Clients}') == [{"Flow": flow}]


def test_identityserver3_scopes_are_resources(database: Callable[..., str], query: Query) -> None:
    """Identity scopes such as openid are none, unless they have secrets; a resource's scope is itself."""
    url = database("identityserver3")
    store = open_sql(url)
    with store.edit() as edit:
        for name in ("api", "openid", "odd"):
            edit.add(Resource(name, scopes=(name,), secrets=() if name == "openid" else (ONE,)))
    query(url, 'UPDATE {Scopes} SET "Type" = 0 WHERE "Name" <> :name', name="api")
    assert [(each.id, each.scopes) for each in store.principals("resource")] == [("api", ("api",)), ("odd", ("odd",))]
    with pytest.raises(ConflictError), store.edit() as edit:
        edit.add(Resource("openid"))


@pytest.mark.parametrize(
    ("principal", "what"),
    [
        (Client("web", description="d"), "description"),
        (Client("web", owner="o"), "owner"),
        (Client("web", tags=("t",)), "tags"),
        (Client("web", require_secret=False), "require_secret"),
        (Client("web", grant_types=("implicit", "password")), "grant_types"),
        (Resource("api", scopes=("api", "other")), "scopes"),
        (Resource("api", owner="o"), "owner"),
    ],
)
def test_what_identityserver3_has_no_place_for_is_refused(
    database: Callable[..., str], principal: Any, what: str
) -> None:
    """Nothing is dropped silently."""
    url = database("identityserver3")
    store = open_sql(url)
    with pytest.raises(RefusedError, match=what) as caught, store.edit() as edit:
        edit.add(principal)
    assert caught.value.code == "not_in_schema"


def test_identityserver3_values_have_250_characters(database: Callable[..., str]) -> None:
    """A certificate does not fit, and the hint says what does."""
    url = database("identityserver3")
    store = open_sql(url)
    with pytest.raises(RefusedError, match="250") as caught, store.edit() as edit:
        edit.add(Client("web", secrets=(replace(ONE, value=StoredValue("x" * 251)),)))
    assert "thumbprint" in (caught.value.hint or "")


def test_identityserver3_names_are_required(database: Callable[..., str], query: Query) -> None:
    """A client without a name shows its id there, follows when renamed, and is read without a name."""
    url = database("identityserver3")
    store = open_sql(url)
    with store.edit() as edit:
        edit.add(Client("web"))
        edit.rename("client", "web", "shop")
    assert query(url, 'SELECT "ClientId", "ClientName" FROM {Clients}') == [{"ClientId": "shop", "ClientName": "shop"}]
    found = store.find("client", "shop")
    assert found is not None
    assert found.label is None


def test_identityserver3_secrets_have_no_date_of_creation(database: Callable[..., str]) -> None:
    """What comes back says so, and giving one changes nothing."""
    url = database("identityserver3")
    store = open_sql(url)
    with store.edit() as edit:
        written = edit.add(Client("web", secrets=(replace(ONE, created=DAY),)))
        assert written.secrets[0].created is None
        assert edit.replace(replace(written, secrets=(replace(written.secrets[0], created=DAY),))) == written


@pytest.fixture
def old_url(new_url: Callable[[], str]) -> str:
    """A database of IdentityServer4 v3, where scopes belong to one resource."""
    url = new_url()
    if url.startswith("sqlite"):
        sqlite3.connect(url.removeprefix("sqlite:///")).close()
    from secretctl.stores.sql.location import parse

    location = parse(url)
    engine = sa.create_engine(location.url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        if location.schema is not None:
            connection.execute(sa.schema.CreateSchema(location.schema))
        schema_metadata(IDENTITYSERVER4_V3, schema_name=location.schema).create_all(connection)
    return url


def test_older_identityserver4(old_url: str, query: Query) -> None:
    """ApiSecrets, ApiProperties and a resource's own ApiScopes are read and written."""
    store = open_sql(old_url)
    assert store.settings().validation.profile == "identityserver4"
    with store.edit() as edit:
        edit.add(Client("web", owner="o", secrets=(ONE,)))
        written = edit.add(Resource("api", owner="o", scopes=("api.read", "api.write"), secrets=(ONE,)))
        changed = edit.replace(replace(written, scopes=("api.write", "api.read", "api.all")))
    assert [bool(row["ShowInDiscoveryDocument"]) for row in query(old_url, "SELECT * FROM {ApiScopes}")] == [True] * 3
    assert changed.scopes == ("api.read", "api.write", "api.all")
    assert store.find("resource", "api") == changed


def test_older_columns_of_npgsql(postgresql_url: str, query: Query) -> None:
    """Until its version 6 they were without a zone: they are UTC, whatever zone the sessions of the server are in."""
    url = f"{postgresql_url}&schema=npgsql5&options=-c%20TimeZone%3DAsia/Tokyo"
    create_schema(url)
    for column in ("Expiration", "Created"):
        query(url, f'ALTER TABLE {{ClientSecrets}} ALTER COLUMN "{column}" TYPE timestamp')
    store = open_sql(url)
    with store.edit() as edit:
        written = edit.add(Client("web", secrets=(replace(ONE, created=DAY), replace(ONE, expiration=None))))
    assert store.find("client", "web") == written
    assert query(url, 'SELECT "Expiration" FROM {ClientSecrets} ORDER BY "Id"')[0] == {
        "Expiration": DAY.replace(tzinfo=None)
    }


# From here on, one dialect is enough: what a version has is found by the same code.


@pytest.fixture
def handmade(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """An SQLite database that a test lays out itself."""
    with closing(sqlite3.connect(tmp_path / "ids.db", isolation_level=None)) as connection:
        connection.executescript(MINIMAL)
        yield connection


MINIMAL = """
CREATE TABLE "Clients" ("Id" INTEGER PRIMARY KEY AUTOINCREMENT, "ClientId" TEXT NOT NULL UNIQUE, "Enabled" INTEGER NOT NULL);
CREATE TABLE "ClientSecrets" (
    "Id" INTEGER PRIMARY KEY AUTOINCREMENT, "ClientId" INTEGER NOT NULL REFERENCES "Clients" ("Id") ON DELETE CASCADE,
    "Type" TEXT NULL, "Value" TEXT NOT NULL, "Description" TEXT NULL, "Expiration" TEXT NULL
);
INSERT INTO "Clients" VALUES (7, 'web', 1);
INSERT INTO "ClientSecrets" VALUES (11, 7, 'SharedSecret', 'one', NULL, '2026-12-31 00:00:00.1234567'), (12, 7, NULL, 'two', 'd', NULL);
"""


def test_the_least_that_a_database_may_have(handmade: sqlite3.Connection, tmp_path: Path) -> None:
    """Tables and columns that this version lacks read as empty, and writing to them is refused."""
    store = open_sql(f"sqlite:///{tmp_path}/ids.db")
    first = Secret(
        "11", "SharedSecret", StoredValue("one"), expiration=datetime(2026, 12, 31, 0, 0, 0, 123_456, tzinfo=UTC)
    )
    second = Secret("12", "", StoredValue("two"), "d")
    assert list(store.principals()) == [Client("web", secrets=(first, second))]
    assert store.find("resource", "web") is None
    with store.edit() as edit:
        edit.add(Client("new", secrets=(ONE,)))
        edit.remove("client", "web")
    changes: tuple[tuple[Change, str], ...] = (
        (lambda edit: edit.add(Resource("api")), "no table ApiResources"),
        (lambda edit: edit.replace(Client("new", scopes=("a",))), "no place for its scopes"),
        (lambda edit: edit.replace(Client("new", owner="o")), "no place for its owner"),
    )
    for change, text in changes:
        with pytest.raises(RefusedError, match=text), store.edit() as edit:
            change(edit)


def test_what_a_database_makes_of_a_principal(handmade: sqlite3.Connection, tmp_path: Path) -> None:
    """Without what it has no column and no table for; a kind that it does not know at all is left alone."""
    full = Client("web", "d", owner="o", tags=("t",), scopes=("s",), name="n", grant_types=("g",), require_secret=False)
    store = open_sql(f"sqlite:///{tmp_path}/ids.db")
    lost = ("description", "owner", "tags", "scopes", "name", "require_secret", "grant_types")
    assert store.fitted(full) == (Client("web"), lost)
    assert store.fitted(Client("web")) == (Client("web"), ())
    assert store.fitted(Resource("api", "d")) == (Resource("api", "d"), ())
    assert list(store.names("client")) == [("web", None)]
    assert list(store.names("resource")) == []


def test_what_identityserver3_makes_of_a_principal(database: Callable[..., str]) -> None:
    """Its resources have their own scope, and names that it cannot do without count as none."""
    store = open_sql(database("identityserver3"))
    assert store.fitted(Client("web", name="web")) == (Client("web"), ())
    assert store.fitted(Resource("api")) == (Resource("api", scopes=("api",)), ())
    assert store.fitted(Resource("api", scopes=("api", "x"), owner="o"))[1] == ("owner", "scopes")
    two_flows = Client("web", grant_types=("implicit", "password"), require_secret=False)
    assert store.fitted(two_flows)[1] == ("require_secret", "grant_types")
    with store.edit() as edit:
        written = edit.add_all([Client("web", name="Web"), Resource("api")])
    assert [store.fitted(each)[0] for each in written] == written
    assert list(store.names("client")) == [("web", "Web")]
    assert list(store.names("resource")) == [("api", None)]


def test_columns_of_a_database_alone(handmade: sqlite3.Connection, tmp_path: Path) -> None:
    """Required columns that nobody knows get a neutral value; where none is neutral, adding is refused and reading is not."""
    for column in ('"N" INTEGER', '"T" TEXT', '"D" DATETIME', '"B" BOOLEAN', '"H" TIME', '"F" REAL'):
        handmade.execute(f'ALTER TABLE "Clients" RENAME TO "Old{column[1]}"')
        handmade.execute(
            f'CREATE TABLE "Clients" ("Id" INTEGER PRIMARY KEY, "ClientId" TEXT NOT NULL, "Enabled" INTEGER NOT NULL, {column} NOT NULL)'
        )
        store = open_sql(f"sqlite:///{tmp_path}/ids.db")
        with store.edit() as edit:
            edit.add(Client("new"))
        found = store.find("client", "new")
        assert found == Client("new", require_secret=True)
    handmade.execute('ALTER TABLE "Clients" ADD COLUMN "X" BLOB NOT NULL DEFAULT x\'00\'')
    with open_sql(f"sqlite:///{tmp_path}/ids.db").edit() as edit:
        edit.add(Client("defaulted"))
    handmade.execute('DROP TABLE "Clients"')
    handmade.execute('CREATE TABLE "Clients" ("Id" INTEGER PRIMARY KEY, "ClientId" TEXT NOT NULL, "X" BLOB NOT NULL)')
    store = open_sql(f"sqlite:///{tmp_path}/ids.db")
    assert store.find("client", "new") is None
    with pytest.raises(RefusedError, match=r"Clients\.X") as caught, store.edit() as edit:
        edit.add(Client("new"))
    assert caught.value.code == "unknown_column"


def test_collations_that_take_ids_for_the_same(handmade: sqlite3.Connection, tmp_path: Path) -> None:
    """Found ids are compared again, byte for byte; a new one that the database takes for another is refused."""
    handmade.executescript(
        'DROP TABLE "Clients"; CREATE TABLE "Clients" ("Id" INTEGER PRIMARY KEY, "ClientId" TEXT COLLATE NOCASE NOT NULL, "Enabled" INTEGER NOT NULL);'
        """INSERT INTO "Clients" VALUES (1, 'WEB', 1), (2, 'web', 1);"""
    )
    store = open_sql(f"sqlite:///{tmp_path}/ids.db")
    assert [store.find("client", each) is not None for each in ("web", "WEB", "Web")] == [True, True, False]
    for new in ([Client("Web")], [Client("new"), Client("other"), Client("Web")]):
        with pytest.raises(ConflictError, match="takes 'WEB' for the same"), store.edit() as edit:
            edit.add_all(new)
    with (
        pytest.raises(ConflictError, match="client/NEW exists already: the database takes 'new' for"),
        store.edit() as edit,
    ):
        edit.add_all([Client("first"), Client("new"), Client("NEW")])
    with store.edit() as edit:
        edit.remove("client", "WEB")
        edit.rename("client", "web", "Web")
    assert [each.id for each in store.principals()] == ["Web"]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-12-31 00:00:00", datetime(2026, 12, 31, tzinfo=UTC)),
        ("2026-12-31 23:59:59.9999999", datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("2026-12-31T01:02:03.5Z", datetime(2026, 12, 31, 1, 2, 3, 500_000, tzinfo=UTC)),
        ("2026-12-31 01:30:00+01:30", datetime(2026, 12, 31, tzinfo=UTC)),
        ("2026-12-30 22:30:00-01:30", datetime(2026, 12, 31, tzinfo=UTC)),
        ("2026-12-31 10:11", datetime(2026, 12, 31, 10, 11, tzinfo=UTC)),
        ("2026-12-31", datetime(2026, 12, 31, tzinfo=UTC)),
        ("9999-12-31 23:59:59.9999999", datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_dates_as_entity_framework_writes_them(
    handmade: sqlite3.Connection, tmp_path: Path, text: str, instant: datetime
) -> None:
    """The seventh digit of a fraction is cut; an unchanged date keeps it in the database."""
    handmade.execute('UPDATE "ClientSecrets" SET "Expiration" = ? WHERE "Id" = 11', (text,))
    store = open_sql(f"sqlite:///{tmp_path}/ids.db")
    found = store.find("client", "web")
    assert found is not None
    assert found.secrets[0].expiration == instant
    with store.edit() as edit:
        edit.replace(replace(found, secrets=(replace(found.secrets[0], description="new"), found.secrets[1])))
    assert handmade.execute('SELECT "Expiration" FROM "ClientSecrets" WHERE "Id" = 11').fetchone() == (text,)


@pytest.mark.parametrize("text", ["soon", "2026-13-01 00:00:00", "0001-01-01 00:00:00+14:00", 46_387, "\x1b[31m"])
def test_dates_that_mean_nothing(handmade: sqlite3.Connection, tmp_path: Path, text: object) -> None:
    """A date that cannot be read cannot be judged: status 3, and no control character in the message."""
    handmade.execute('UPDATE "ClientSecrets" SET "Expiration" = ? WHERE "Id" = 11', (text,))
    with pytest.raises(UnavailableError) as caught:
        open_sql(f"sqlite:///{tmp_path}/ids.db").find("client", "web")
    assert caught.value.code == "invalid_date"
    assert "\x1b" not in caught.value.message


@pytest.mark.parametrize("column", ["Value", "Type", "Description"])
@pytest.mark.parametrize("stored", ["X'6279746573'", "X'FF'", "CAST(X'FF' AS TEXT)"])
def test_bytes_where_text_belongs(handmade: sqlite3.Connection, tmp_path: Path, column: str, stored: str) -> None:
    """SQLite keeps whatever it is given: what is no text, or none in UTF-8, is status 3."""
    handmade.execute(f'UPDATE "ClientSecrets" SET "{column}" = {stored} WHERE "Id" = 11')
    with pytest.raises(UnavailableError) as caught:
        open_sql(f"sqlite:///{tmp_path}/ids.db").find("client", "web")
    assert caught.value.code == "corrupt"


def test_dates_are_written_as_entity_framework_does(tmp_path: Path) -> None:
    """Text with a blank, fractions without zeros at their end, an offset where there is one."""
    for flavour, expected in (
        ("duende", ["2026-12-31 00:00:00", "2026-12-31 01:02:03.5"]),
        ("identityserver3", ["2026-12-31 00:00:00+00:00", "2026-12-31 01:02:03.5+00:00"]),
    ):
        create_schema(f"sqlite:///{tmp_path}/{flavour}.db", flavour)
        with open_sql(f"sqlite:///{tmp_path}/{flavour}.db").edit() as edit:
            later = datetime(2026, 12, 31, 1, 2, 3, 500_000, tzinfo=UTC)
            edit.add(Client("web", secrets=(ONE, replace(ONE, value=StoredValue("two"), expiration=later))))
        with closing(sqlite3.connect(tmp_path / f"{flavour}.db")) as connection:
            found = connection.execute('SELECT "Expiration" FROM "ClientSecrets"').fetchall()
        assert [row[0] for row in found] == expected


def test_tags_that_a_person_wrote(tmp_path: Path) -> None:
    """A list with commas is read as tags, and so is a JSON array."""
    create_schema(f"sqlite:///{tmp_path}/ids.db")
    store = open_sql(f"sqlite:///{tmp_path}/ids.db")
    with store.edit() as edit:
        edit.add(Client("web"))
    with closing(sqlite3.connect(tmp_path / "ids.db", isolation_level=None)) as connection:
        for text, tags in (
            ("pci, eu ,", ("pci", "eu")),
            ('["a,b"]', ("a,b",)),
            ("[1]", ("[1]",)),
            ("[", ("[",)),
            ("", ()),
        ):
            connection.execute('DELETE FROM "ClientProperties"')
            connection.execute(
                """INSERT INTO "ClientProperties" ("ClientId", "Key", "Value") VALUES (1, 'tags', ?)""", (text,)
            )
            found = store.find("client", "web")
            assert found is not None
            assert found.tags == tags
