"""diff, apply and import between real registries: files and databases."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from secretctl.crypto.shared_secret import hash_secret, read_stored_value
from secretctl.errors import ConflictError, RefusedError, UsageError
from secretctl.interchange import find_exporter, find_importer
from secretctl.model import Client, Resource, Secret, SecretText, StoredValue
from secretctl.operations.sync import apply, diff, import_text
from secretctl.stores.sql import create_schema, open_sql
from secretctl.stores.toml.store import TomlStore

if TYPE_CHECKING:
    from pathlib import Path

    from secretctl.model import Principal
    from secretctl.stores import Store

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HASH = StoredValue("K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=")
OTHER = StoredValue("AUwkP/lg6Hr8hIJkj0HiCE3OdlqgYtzcv04OQ8TbikE=")
THIRD = StoredValue("E5Xd4yMqjP5kjWFKrYgySBju6JVfCzMyFp7n2QmMrME=")
LATER = NOW + timedelta(days=90)


class Make(Protocol):
    """Makes a registry that holds these principals."""

    def __call__(self, *principals: Principal) -> Store: ...


def secret(id: str, value: StoredValue = HASH, expiration: datetime | None = LATER, **fields: Any) -> Secret:
    """A shared secret."""
    return Secret(id, "SharedSecret", value, expiration=expiration, **fields)


def everything(store: Store) -> dict[str, Principal]:
    """All principals by target."""
    return {str(principal.target): principal for principal in store.principals()}


def filled(store: Store, principals: tuple[Principal, ...]) -> Store:
    """The store, with these principals."""
    with store.edit() as edit:
        for principal in principals:
            edit.add(principal)
    return store


@pytest.fixture
def toml(tmp_path: Path) -> Make:
    """Registry files."""
    count = iter(range(100))

    def make(*principals: Principal) -> Store:
        path = tmp_path / f"{next(count)}.toml"
        path.write_text("schema = 1\n", encoding="utf-8")
        filled(TomlStore(path), principals)
        return TomlStore(path)

    return make


@pytest.fixture
def sqlite(tmp_path: Path) -> Make:
    """Databases of Duende IdentityServer."""
    count = iter(range(100))

    def make(*principals: Principal) -> Store:
        url = f"sqlite:///{tmp_path}/{next(count)}.db"
        create_schema(url)
        return filled(open_sql(url), principals)

    return make


@pytest.fixture(params=["toml", "sqlite"])
def make(request: pytest.FixtureRequest) -> Make:
    """Each kind of store in turn, as the one that is changed."""
    found: Make = request.getfixturevalue(request.param)
    return found


WEB = Client(
    "web",
    name="Web shop",
    description="sells",
    owner="team@example.com",
    tags=("pci",),
    scopes=("api1",),
    grant_types=("client_credentials",),
    secrets=(secret("a", description="2026", created=NOW), secret("b", OTHER, None)),
)
API = Resource("api1", display_name="API", scopes=("api1",), secrets=(secret("c", THIRD),))


def reopened(store: Store) -> Store:
    """The same registry, read anew."""
    return TomlStore(store.location) if isinstance(store, TomlStore) else store


def test_into_an_empty_registry_and_back_loses_nothing(toml: Make, make: Make) -> None:
    """Every field and date arrives, a second run finds nothing, and the way back to a file is the same."""
    a, b, back = toml(WEB, API), make(), toml()
    assert diff(a, b).count("add") == 2
    applied = apply(a, b, now=NOW)
    assert applied.plan.losses == ()
    assert applied.plan.count("add") == 2
    assert not diff(a, reopened(b))
    assert not apply(a, reopened(b), now=NOW).plan
    apply(reopened(b), back, now=NOW)
    found = everything(reopened(back))
    for principal in (WEB, API):
        stored = found[str(principal.target)]
        assert replace(stored, secrets=()) == replace(principal, secrets=())
        for old, new in zip(principal.secrets, stored.secrets, strict=True):
            assert replace(new, id="", created=old.created) == replace(old, id="")
    assert found["client/web"].secrets[0].created == NOW


def test_secrets_are_matched_by_type_and_value_whatever_their_ids(toml: Make, make: Make) -> None:
    """Other ids, another order and another date of creation are no difference."""
    other = replace(WEB, secrets=(secret("x", OTHER, None, created=LATER), secret("y", description="2026")))
    assert not diff(toml(other), make(WEB))


def test_the_same_key_spelled_differently_is_the_same(toml: Make, make: Make) -> None:
    """Blanks and the order of members in a JWK do not matter; what is no JSON is compared as text."""
    one, two = (Secret("k", "JWK", StoredValue(text)) for text in ('{"kty": "EC", "x": "1"}', '{"x":"1","kty":"EC"}'))
    broken = Secret("b", "JWK", StoredValue("{'kty'"))
    assert not diff(toml(Client("web", secrets=(one, broken))), make(Client("web", secrets=(two, broken))))


def test_empty_texts_and_orders_are_no_difference(toml: Make) -> None:
    """No description and an empty one; scopes in another order."""
    one = Client("web", description="", scopes=("b", "a"), secrets=(secret("a", description=""),))
    two = Client("web", scopes=("a", "b"), secrets=(secret("a"),))
    assert not diff(toml(one), toml(two))


def test_the_plan_tells_what_changes(toml: Make, make: Make) -> None:
    """Fields with both values, secrets that come, change and go; as JSON without any stored value."""
    wanted = replace(
        WEB, name="Shop", tags=(), secrets=(secret("a", expiration=NOW, description="2026"), secret("n", THIRD))
    )
    a, b = toml(wanted, Client("new", secrets=(secret("s"),))), make(WEB, API)
    document = diff(a, b).as_dict()
    text = json.dumps(document)
    assert document["summary"] == {"add": 1, "change": 1, "remove": 1}
    changes = json.loads(text)["changes"]
    assert [(change["action"], change["target"]) for change in changes] == [
        ("change", "client/web"),
        ("add", "client/new"),
        ("remove", "resource/api1"),
    ]
    assert changes[0]["fields"] == [
        {"name": "tags", "before": ["pci"], "after": []},
        {"name": "name", "before": "Web shop", "after": "Shop"},
    ]
    assert [(secret["action"], secret["description"]) for secret in changes[0]["secrets"]] == [
        ("change", "2026"),
        ("remove", None),
        ("add", None),
    ]
    assert changes[0]["secrets"][0]["fields"] == [
        {"name": "expiration", "before": "2026-08-30T00:00:00Z", "after": "2026-06-01T00:00:00Z"}
    ]
    assert not any(value in text for value in (HASH, OTHER, THIRD))


def test_without_prune_nothing_is_removed(toml: Make, make: Make) -> None:
    """Principals and secrets that only B has stay; fields become like A's all the same."""
    a, b = toml(replace(WEB, owner=None, secrets=WEB.secrets[:1])), make(WEB, API)
    applied = apply(a, b, now=NOW)
    found = everything(reopened(b))
    assert applied.plan.count("remove") == 0
    assert found.keys() == {"client/web", "resource/api1"}
    assert len(found["client/web"].secrets) == 2
    assert found["client/web"].owner is None
    assert not diff(a, reopened(b), prune=False)
    assert diff(a, reopened(b))


def test_prune_removes_what_a_lacks(toml: Make, make: Make) -> None:
    """Secrets and whole principals; then both are the same."""
    a, b = toml(replace(WEB, secrets=WEB.secrets[:1])), make(WEB, API)
    apply(a, b, now=NOW, prune=True)
    assert everything(reopened(b)).keys() == {"client/web"}
    assert not diff(a, reopened(b))


def test_the_last_usable_secret_is_not_taken(toml: Make, make: Make) -> None:
    """By removing it, or by ending it: 6, and nothing at all is done, unless forced."""
    b = make(replace(WEB, secrets=WEB.secrets[:1]), API)
    ended = toml(replace(WEB, secrets=(secret("a", expiration=NOW - timedelta(days=1)),)), Client("first"))
    gone = toml(replace(WEB, secrets=()), Client("first"))
    before = everything(reopened(b))
    for a in (ended, gone):
        with pytest.raises(RefusedError) as caught:
            apply(a, reopened(b), now=NOW, prune=True)
        assert caught.value.code == "last_usable_secret"
        assert everything(reopened(b)) == before
    apply(gone, reopened(b), now=NOW, prune=True, force=True)
    assert not diff(gone, reopened(b))


def test_no_guard_where_there_is_nothing_to_lose(toml: Make, make: Make) -> None:
    """Expired secrets may go, disabled principals may lose theirs, and disabling or removing one is no accident."""
    expired = secret("a", expiration=NOW - timedelta(days=1))
    b = make(
        Client("over", secrets=(expired,)),
        Client("off", enabled=False, secrets=(secret("a"),)),
        Client("stops", secrets=(secret("a"),)),
        Client("goes", secrets=(secret("a"),)),
    )
    a = toml(Client("over"), Client("off"), Client("stops", enabled=False))
    apply(a, b, now=NOW, prune=True)
    assert not diff(a, reopened(b))


def test_a_replacement_satisfies_the_guard(toml: Make, make: Make) -> None:
    """The last secret may go where another one comes."""
    a, b = toml(Client("web", secrets=(secret("n", OTHER),))), make(Client("web", secrets=(secret("o", HASH),)))
    apply(a, b, now=NOW, prune=True)
    assert [secret.value for secret in everything(reopened(b))["client/web"].secrets] == [OTHER]


def test_only_the_plan_that_was_agreed_to_is_carried_out(toml: Make, make: Make) -> None:
    """Where B changed after it was shown: 5, nothing done."""
    a, b = toml(WEB), make()
    plan = diff(a, b, prune=False)
    filled(reopened(b), (API, Client("web")))
    with pytest.raises(ConflictError):
        apply(a, reopened(b), now=NOW, expected=plan)
    assert everything(reopened(b))["client/web"].secrets == ()
    assert apply(a, reopened(b), now=NOW, expected=diff(a, reopened(b), prune=False)).plan


def test_ids_go_along_where_they_are_free(toml: Make) -> None:
    """An id that another secret of the principal has is not taken from it."""
    a = toml(Client("web", secrets=(secret("same", OTHER), secret("own", THIRD))))
    b = toml(Client("web", secrets=(secret("same", HASH),)))
    apply(a, b, now=NOW)
    ids = {secret.value: secret.id for secret in everything(reopened(b))["client/web"].secrets}
    assert ids[HASH] == "same"
    assert ids[THIRD] == "own"
    assert ids[OTHER] not in {"same", "own", ""}


def test_doubles_pair_off(toml: Make) -> None:
    """The same type and value twice on both sides is the same; once more on one side is a difference."""
    one = Client("web", secrets=(secret("a"), secret("b")))
    assert not diff(toml(one), toml(one))
    assert diff(toml(one), toml(Client("web", secrets=(secret("a"),)))).changes[0].secrets[0].action == "add"


def test_progress_is_told(toml: Make, make: Make) -> None:
    """Each principal counts once on each side, and once more when it is written."""
    seen: list[int] = []
    a, b = toml(WEB, API), make(API)
    diff(a, b, advance=seen.append)
    assert sum(seen) == 3
    seen.clear()
    apply(a, b, now=NOW, advance=seen.append)
    assert sum(seen) == 1


def test_what_goes_away_meanwhile_is_not_planned(toml: Make, sqlite: Make) -> None:
    """A database changes while it is compared; what is gone by then need not be removed."""
    a, b = toml(WEB), sqlite(API)
    other = open_sql(b.location)
    seen: list[int] = []

    def advance(more: int) -> None:
        seen.append(more)
        if len(seen) == 2:  # all of B was seen, and A is being looked at
            with other.edit() as edit:
                edit.remove("resource", "api1")

    assert [change.action for change in diff(a, b, advance=advance).changes] == ["add"]


def imported(store: Store, format: str, document: Any, **options: Any) -> Any:
    """Import a document or text into the store."""
    text = document if isinstance(document, str) else json.dumps(document)
    return import_text(
        store, find_importer(format), text, hash_name=options.pop("hash_name", "sha256"), now=NOW, **options
    )


def test_toml_to_identityserver_and_back(toml: Make, make: Make) -> None:
    """Nothing is lost on the way through appsettings, and importing twice changes nothing."""
    a, b = toml(WEB, API), make()
    text = find_exporter("identityserver").dump(a.principals(), now=NOW).text
    assert imported(b, "identityserver", text).plan.count("add") == 2
    assert not diff(a, reopened(b))
    again = imported(reopened(b), "identityserver", text)
    assert not again.plan
    assert again.plan.losses == ()


def test_an_import_adds_and_updates_and_removes_nothing(make: Make) -> None:
    """Fields that it does not state, secrets that it does not have, descriptions and ends that it does not give: they stay."""
    b = make(WEB, API)
    document = {
        "Clients": [
            {
                "ClientId": "web",
                "ClientName": "Shop",
                "ClientSecrets": [
                    {"Value": HASH, "Expiration": "2026-09-30T00:00:00"},
                    {"Value": OTHER, "Description": "second"},
                    {"Value": THIRD},
                ],
            }
        ]
    }
    applied = imported(b, "identityserver", document)
    found = everything(reopened(b))
    assert found.keys() == {"client/web", "resource/api1"}
    web = found["client/web"]
    assert replace(web, secrets=()) == replace(WEB, name="Shop", secrets=())
    assert [(s.value, s.description, s.expiration) for s in web.secrets] == [
        (HASH, "2026", datetime(2026, 9, 30, tzinfo=UTC)),
        (OTHER, "second", None),
        (THIRD, None, None),
    ]
    assert [change.action for change in applied.plan.changes[0].secrets] == ["change", "change", "add"]


def test_hashing_is_told(toml: Make) -> None:
    """A slow hash takes its time for many clients, before any of them is looked at."""
    clients = [
        {"client_id": id, "client_secret": f"plaintext of {id}, long enough"} for id in ("web", "other", "third")
    ]
    hashed: list[int] = []
    imported(toml(), "rfc7591", clients, hashed=hashed.append)
    assert sum(hashed) == 3


def test_a_flag_changes_only_where_it_is_stated(toml: Make) -> None:
    """An import that does not speak of enabled does not enable anyone."""
    b = toml(Client("web", enabled=False, require_secret=False))
    imported(b, "identityserver", {"Clients": [{"ClientId": "web", "ClientName": "W"}]})
    assert everything(reopened(b))["client/web"] == Client("web", enabled=False, require_secret=False, name="W")
    imported(reopened(b), "identityserver", {"Clients": [{"ClientId": "web", "Enabled": True}]})
    assert everything(reopened(b))["client/web"].enabled


def test_a_large_import_is_planned_in_one_pass(make: Make) -> None:
    """More principals than are looked up one by one: new ones, known ones and those of others."""
    b = make(Client("c5", name="old"), Client("other"), Resource("c5"))
    document = [{"client_id": f"c{n}", "client_name": "new"} for n in range(150)]
    plan = imported(b, "hydra", document).plan
    assert (plan.count("add"), plan.count("change"), plan.count("remove")) == (149, 1, 0)
    assert not imported(reopened(b), "hydra", document).plan


def test_a_dry_run_writes_nothing(make: Make) -> None:
    """The plan and the losses, and the registry as it was."""
    b = make(WEB)
    before = everything(b)
    applied = imported(b, "hydra", {"client_id": "new", "client_secret": "long enough to be one", "x": 1}, dry_run=True)
    assert applied.plan.count("add") == 1
    assert [loss.field for loss in applied.plan.losses] == ["x"]
    assert everything(reopened(b)) == before


def test_plaintext_is_hashed_and_recognised_the_next_time(make: Make) -> None:
    """Argon2id is salted; a second import finds the first one's value instead of adding another."""
    b = make(Client("web", secrets=(Secret("t", "X509Thumbprint", StoredValue("AB" * 20)), secret("o", OTHER))))
    document = {"client_id": "web", "client_secret": "a plaintext that nobody may see"}
    assert imported(b, "rfc7591", document, hash_name="argon2id").plan.count("change") == 1
    value = everything(reopened(b))["client/web"].secrets[-1].value
    assert read_stored_value(value).hash_name == "argon2id"
    assert not imported(reopened(b), "rfc7591", document, hash_name="argon2id").plan


def test_plaintext_never_reaches_the_registry(toml: Make) -> None:
    """Nor anything that was refused."""
    b = toml()
    document = {"clients": [{"clientId": "web", "secret": "a plaintext that nobody may see"}]}
    applied = imported(b, "keycloak", document)
    with open(b.location, encoding="utf-8") as file:  # noqa: PTH123
        text = file.read()
    assert "plaintext" not in text + repr(applied)
    assert hash_secret(SecretText("a plaintext that nobody may see"), "sha256") in text
    with pytest.raises(UsageError):
        imported(reopened(b), "identityserver", {"Clients": [{"ClientId": "x", "ClientSecrets": [{"Value": "plain"}]}]})
    assert "client/x" not in everything(reopened(b))


def test_an_import_does_not_end_the_last_usable_secret(make: Make) -> None:
    """An end in the past for the only secret: 6, unless forced."""
    b = make(Client("web", secrets=(secret("a"),)))
    document = {"Clients": [{"ClientId": "web", "ClientSecrets": [{"Value": HASH, "Expiration": "2020-01-01"}]}]}
    with pytest.raises(RefusedError):
        imported(b, "identityserver", document)
    imported(reopened(b), "identityserver", document, force=True)
    assert everything(reopened(b))["client/web"].secrets[0].expiration == datetime(2020, 1, 1, tzinfo=UTC)
