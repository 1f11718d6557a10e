"""Principals in a database: what is written is read back, by exact id, and only what differs is touched."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from secretctl.errors import ConflictError, NotFoundError, RefusedError
from secretctl.model import Client, Resource, Secret, StoredValue
from secretctl.stores.sql import open_sql
from secretctl.stores.sql.writing import SqlEdit

if TYPE_CHECKING:
    from collections.abc import Callable

    from secretctl.stores import Edit, Store

    Change = Callable[[Edit], object]
    Query = Callable[..., list[dict[str, Any]]]

DAY = datetime(2026, 12, 31, tzinfo=UTC)


def secret(value: str, **more: Any) -> Secret:
    """A shared secret that no store has given an id."""
    return Secret("", "SharedSecret", StoredValue(value), **more)


WEB = Client(
    "web",
    name="Web shop",
    description="Sells things",
    owner="shop@example.com",
    tags=("pci", "a, b"),
    scopes=("z", "a"),
    grant_types=("client_credentials", "urn:x"),
    require_secret=False,
    enabled=False,
    secrets=(
        secret("one", description="2026", expiration=DAY, created=datetime(2026, 1, 1, 1, 2, 3, 456_789, tzinfo=UTC)),
        secret("two"),
    ),
)
API = Resource(
    "api1", display_name="Our API", description="…", owner="o", scopes=("api1", "b"), secrets=(secret("three"),)
)


@pytest.fixture
def url(database: Callable[..., str]) -> str:
    """An empty configuration database of Duende IdentityServer."""
    return database()


@pytest.fixture
def store(url: str) -> Store:
    """The registry in it."""
    return open_sql(url)


def without_ids(principal: Any) -> Any:
    """The principal as it was before the store gave its secrets ids and dates."""
    dated = {"one", "three-dated"}
    secrets = tuple(
        replace(each, id="", created=each.created if each.value in dated else None) for each in principal.secrets
    )
    return replace(principal, secrets=secrets)


def test_everything_that_a_principal_has_comes_back(store: Store) -> None:
    """Every field of a client and of a resource survives, and what add() returns is what is read."""
    with store.edit() as edit:
        written = [edit.add(WEB), edit.add(API)]
    assert list(store.principals()) == written
    assert [without_ids(each) for each in written] == [WEB, API]
    assert store.find("client", "web") == written[0]
    assert store.find("resource", "api1") == written[1]
    assert all(each.created is not None and each.id for principal in written for each in principal.secrets)


def test_kinds_are_separate_name_spaces(store: Store) -> None:
    """A client and a resource may have the same id."""
    with store.edit() as edit:
        edit.add(Client("same"))
        edit.add(Resource("same"))
    assert [str(each.target) for each in store.principals()] == ["client/same", "resource/same"]
    assert [str(each.target) for each in store.principals("resource")] == ["resource/same"]


def test_ids_are_compared_byte_for_byte(store: Store) -> None:
    """Other cases, blanks and look-alikes are other ids; a NUL or half a surrogate pair is none."""
    with store.edit() as edit:
        edit.add(Client("Straße"))
    for other in ("straße", "Strasse", "STRASSE", "Straße ", "Stra\u00dfe\0", "\ud800", "Straße'--", "%"):
        assert store.find("client", other) is None
    assert store.find("client", "Straße") is not None


HOSTILE = (
    "'",
    '"; DROP TABLE "Clients"; --',
    "ä\u0308",
    "日本語",
    "🔑",
    "a/b:c d",
    "\\",
    ":id",
    "%(id)s",
    "<script>",
    "\u202e",
)


def test_hostile_ids_are_data(store: Store) -> None:
    """Parameters are bound: quotes, placeholders and Unicode are only an id."""
    for id in HOSTILE:
        with store.edit() as edit:
            edit.add(Client(id, owner=id, tags=(id,), secrets=(secret(id),)))
        found = store.find("client", id)
        assert found is not None, id
        assert (found.id, found.owner, found.tags, found.secrets[0].value) == (id, id, (id,), id)
        with store.edit() as edit:
            edit.rename("client", id, "tame")
            edit.remove("client", "tame")
        assert list(store.principals()) == []


def test_replace_touches_only_what_differs(store: Store, url: str, query: Query) -> None:
    """Equal rows keep their ids and their columns; new, changed and missing ones are inserted, updated and deleted."""
    with store.edit() as edit:
        before = edit.add(WEB)
    assert isinstance(before, Client)
    kept, dropped = before.secrets[1], before.secrets[0]
    scopes = query(url, 'SELECT "Id", "Scope" FROM {ClientScopes} ORDER BY "Id"')
    after = replace(
        before,
        name=None,
        enabled=True,
        owner=None,
        tags=("eu",),
        scopes=("z", "new"),
        secrets=(replace(kept, description="old", expiration=DAY), secret("four")),
    )
    with store.edit() as edit:
        written = edit.replace(after)
        assert edit.find("client", "web") == written
    assert store.find("client", "web") == written
    assert [each.value for each in written.secrets] == ["two", "four"]
    assert written.secrets[0] == replace(kept, description="old", expiration=DAY)
    assert written.secrets[1].id not in {kept.id, dropped.id}
    assert replace(written, secrets=()) == replace(after, secrets=())
    now = query(url, 'SELECT "Id", "Scope" FROM {ClientScopes} ORDER BY "Id"')
    assert now[0] == scopes[0]
    assert [each["Scope"] for each in now] == ["z", "new"]


def test_the_order_of_lists_is_kept(store: Store) -> None:
    """Scopes and grant types come back in the order in which they were given."""
    with store.edit() as edit:
        written = edit.add(Client("web", scopes=("a", "b", "c")))
        turned = edit.replace(replace(written, scopes=("c", "a")))
    assert turned.scopes == ("c", "a")
    assert store.find("client", "web") == turned


def test_equal_principals_write_nothing(store: Store, url: str, query: Query) -> None:
    """Replacing a principal by itself leaves every row, and Updated, as they are."""
    with store.edit() as edit:
        written = edit.add(WEB)
    before = query(url, "SELECT * FROM {Clients}")
    with store.edit() as edit:
        assert edit.replace(written) == written
    assert query(url, "SELECT * FROM {Clients}") == before
    assert before[0]["Updated"] is None


def test_a_secret_with_a_foreign_id_is_new(store: Store) -> None:
    """Ids of another registry mean nothing here: such a secret is added and gets the id of its row."""
    with store.edit() as edit:
        first = edit.add(Client("one", secrets=(secret("a"),)))
        second = edit.add(Client("two", secrets=(replace(secret("b"), id="7f3a91c2"),)))
        third = edit.replace(replace(second, secrets=(*second.secrets, replace(secret("c"), id=first.secrets[0].id))))
    assert [each.value for each in third.secrets] == ["b", "c"]
    assert len({first.secrets[0].id, *(each.id for each in third.secrets)}) == 3
    assert store.find("client", "one") == first


def test_ids_of_removed_secrets_do_not_come_back(store: Store) -> None:
    """A keyring entry of a removed secret can never belong to another one."""
    with store.edit() as edit:
        written = edit.add(Client("web", secrets=(secret("a"), secret("b"))))
        last = written.secrets[1].id
        edit.replace(replace(written, secrets=written.secrets[:1]))
        again = edit.replace(replace(written, secrets=(written.secrets[0], secret("c"))))
    assert again.secrets[1].id != last


def test_rename_keeps_the_row_and_its_secrets(store: Store, url: str, query: Query) -> None:
    """Only ClientId changes, also to the same id in another case."""
    with store.edit() as edit:
        written = edit.add(WEB)
    before = query(url, "SELECT * FROM {Clients}")[0]
    for old, new in (("web", "shop"), ("shop", "Shop"), ("Shop", "Shop")):
        with store.edit() as edit:
            edit.rename("client", old, new)
    assert store.find("client", "Shop") == replace(written, id="Shop")
    after = query(url, "SELECT * FROM {Clients}")[0]
    assert {key for key in before if before[key] != after[key]} == {"ClientId", "Updated"}


def test_remove_takes_all_its_rows(store: Store, url: str, query: Query) -> None:
    """Its secrets, lists and properties go too, and nobody else's."""
    with store.edit() as edit:
        edit.add(WEB)
        other = edit.add(replace(WEB, id="other"))
        edit.add(API)
        edit.remove("client", "web")
        edit.remove("resource", "api1")
    assert list(store.principals()) == [other]
    for table in ("ApiResourceSecrets", "ApiResourceScopes", "ApiResourceProperties"):
        assert query(url, f"SELECT * FROM {{{table}}}") == []


def test_taken_and_missing_ids(store: Store) -> None:
    """An id is there once; what is not there cannot be changed."""
    with store.edit() as edit:
        edit.add(Client("web"))
        edit.add(Client("api"))
    actions: tuple[Change, ...] = (
        lambda edit: edit.add(Client("web")),
        lambda edit: edit.rename("client", "api", "web"),
    )
    for action in actions:
        with pytest.raises(ConflictError, match="exists already") as caught, store.edit() as edit:
            action(edit)
        assert caught.value.code == "exists"
    missing: tuple[Change, ...] = (
        lambda edit: edit.replace(Client("gone")),
        lambda edit: edit.rename("client", "gone", "new"),
        lambda edit: edit.remove("resource", "web"),
    )
    for action in missing:
        with pytest.raises(NotFoundError), store.edit() as edit:
            action(edit)


def test_an_exception_takes_everything_back(store: Store) -> None:
    """Nothing of an edit that raised is there afterwards."""

    def add_and_fail(edit: Any) -> None:
        edit.add(WEB)
        assert edit.find("client", "web") is not None
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), store.edit() as edit:
        add_and_fail(edit)
    assert list(store.principals()) == []


@pytest.mark.parametrize(
    ("principal", "column"),
    [
        (Client("x" * 201), "Clients.ClientId"),
        (Client("web", name="x" * 201), "Clients.ClientName"),
        (Client("web", description="x" * 1001), "Clients.Description"),
        (Client("web", owner="x" * 2001), "ClientProperties.Value"),
        (Client("web", scopes=("x" * 201,)), "ClientScopes.Scope"),
        (Client("web", grant_types=("x" * 251,)), "ClientGrantTypes.GrantType"),
        (Client("web", secrets=(secret("x" * 4001),)), "ClientSecrets.Value"),
        (Client("web", secrets=(secret("x", description="x" * 2001),)), "ClientSecrets.Description"),
        (Client("web", secrets=(Secret("", "T" * 251, StoredValue("x")),)), "ClientSecrets.Type"),
        (Resource("api", secrets=(secret("x", description="x" * 1001),)), "ApiResourceSecrets.Description"),
    ],
)
def test_what_does_not_fit_is_refused_before_it_is_written(store: Store, principal: Any, column: str) -> None:
    """Lengths are checked in every database, also where SQLite would take any."""
    with pytest.raises(RefusedError, match=column) as caught, store.edit() as edit:
        edit.add(principal)
    assert caught.value.code == "field_too_long"
    assert "xxxx" not in caught.value.message.removeprefix(str(principal.target))
    assert list(store.principals()) == []


@pytest.mark.parametrize("text", ["a\0b", "\ud83d"])
def test_what_databases_cannot_store_is_refused(store: Store, text: str) -> None:
    """A NUL and half of a surrogate pair."""
    for principal in (Client(text), Client("web", description=text), Client("web", secrets=(secret(text),))):
        with pytest.raises(RefusedError) as caught, store.edit() as edit:
            edit.add(principal)
        assert caught.value.code == "invalid_character"


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_database_that_makes_another_id_of_an_id(url: str, store: Store, query: Query) -> None:
    """By its column's type, or by a rule of its own: what could not be found again is not written."""
    query(
        url,
        "CREATE TRIGGER in_capitals AFTER INSERT ON {Clients} BEGIN "
        'UPDATE {Clients} SET "ClientId" = \'WEB\' WHERE "Id" = new."Id"; END',
    )
    with pytest.raises(RefusedError, match="client/web: the database makes another id") as caught, store.edit() as edit:
        edit.add(Client("web"))
    assert caught.value.code == "invalid_character"
    assert list(store.principals()) == []


def test_new_clients_have_the_defaults_of_their_server(url: str, store: Store, query: Query) -> None:
    """Flags that are NOT NULL without a default in SQL get what new Client() holds."""
    with store.edit() as edit:
        edit.add(Client("web"))
        edit.add(Resource("api"))
    row = query(url, "SELECT * FROM {Clients}")[0]
    assert row["ProtocolType"] == "oidc"
    assert (row["AccessTokenLifetime"], row["SlidingRefreshTokenLifetime"], row["DeviceCodeLifetime"]) == (
        3600,
        1_296_000,
        300,
    )
    assert (row["ClientClaimsPrefix"], bool(row["RequirePkce"]), bool(row["RequireConsent"])) == (
        "client_",
        True,
        False,
    )
    assert row["Created"] is not None
    assert str(row["DPoPClockSkew"]) in {"00:05:00", "0:05:00"}
    resource = query(url, "SELECT * FROM {ApiResources}")[0]
    assert (bool(resource["Enabled"]), bool(resource["ShowInDiscoveryDocument"])) == (True, True)


def test_many_principals_are_read_in_portions(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Portions meet without a gap or an overlap, each principal with its own secrets."""
    monkeypatch.setattr("secretctl.stores.sql.reading.PORTION", 3)
    with store.edit() as edit:
        written = [
            edit.add(Client(f"c{i}", scopes=(f"s{i}",), secrets=(secret(f"v{i}"), secret("w")))) for i in range(7)
        ]
        edit.remove("client", "c2")
        edit.remove("client", "c6")
    expected = [each for each in written if each.id not in {"c2", "c6"}]
    assert list(store.principals()) == expected


def test_many_principals_are_written_in_portions(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a portion of them, those far apart as well as neighbours."""
    monkeypatch.setattr("secretctl.stores.sql.writing.PORTION", 3)
    with store.edit() as edit:
        added = edit.add_all([Client(f"c{n}", tags=(f"t{n}",), secrets=(secret(f"v{n}"),)) for n in range(40)])
    apart = [replace(added[n], owner="o", secrets=(*added[n].secrets, secret("w"))) for n in (0, 39, 17, 5)]
    with store.edit() as edit:
        written = edit.replace_all(apart)
    assert [each.owner for each in written] == ["o"] * 4
    expected = {each.id: each for each in (*added, *written)}
    assert {each.id: each for each in store.principals()} == expected
    assert [each.value for each in expected["c39"].secrets] == ["v39", "w"]


def test_a_hundred_clients_take_a_few_statements(store: Store) -> None:
    """No statement a client: neither to add them nor to change them."""
    seen: list[object] = []
    with store.edit() as edit:
        assert isinstance(edit, SqlEdit)
        sa.event.listen(edit._connection.engine, "before_cursor_execute", lambda *each: seen.append(each))
        added = edit.add_all([Client(f"c{n}", scopes=("a", "b"), secrets=(secret("v"),)) for n in range(100)])
        edit.replace_all([replace(each, owner="o", enabled=False) for each in added])
    assert 10 < len(seen) < 30


def test_no_lines_and_no_notes(store: Store, url: str) -> None:
    """Rows have no line numbers, and nothing is hidden in them."""
    assert store.lines() == {}
    assert list(store.notes()) == []
    assert store.settings().validation.profile == "duende"
