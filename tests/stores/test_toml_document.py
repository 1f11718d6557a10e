"""Tables and what they stand for: every type, every default, every complaint."""

from __future__ import annotations

import os
import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from secretctl.errors import ConflictError, UsageError
from secretctl.lifetimes import Duration, Share
from secretctl.model import JWK, SHARED_SECRET, Client, Resource, Secret, StoredValue
from secretctl.settings import Issuer, Policy, Settings, Validation
from secretctl.stores.toml.document import derived_ids, new_id, principal_table, principal_tables, read_principal
from secretctl.stores.toml.findings import findings
from secretctl.stores.toml.settings import check_schema, read_settings
from secretctl.stores.toml.values import MalformedError, spelled

NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)


def client(text: str) -> Client:
    """The client whose table has that text."""
    principal = read_principal("client", "web", tomllib.loads(text))
    assert isinstance(principal, Client)
    return principal


def settings(text: str) -> Settings:
    """The settings of a file in /etc/secretctl."""
    return read_settings(tomllib.loads(text), directory="/etc/secretctl")


def test_all_settings() -> None:
    """Each key of the README."""
    assert settings("""
        schema = 1
        name = "prod"
        [issuer]
        url = "https://id.example.com/"
        [validation]
        profile = "duende"
        parsers = ["basic"]
        validators = ["shared_secret"]
        trust = "../ca.pem"
        assertion_algorithms = ["ES256"]
        [policy]
        require_expiration = true
        max_lifetime = "365d"
        default_lifetime = "6mo"
        overlap = "P7D"
        warn = "20%"
        critical = "7d"
        min_length = 32
        allowed_hashes = ["sha256"]
        allowed_types = ["JWK"]
        min_rsa_bits = 3072
        prefix = "acme_"
        """) == Settings(
        name="prod",
        issuer=Issuer("https://id.example.com/", "https://id.example.com/connect/token"),
        validation=Validation("duende", ("basic",), ("shared_secret",), "/etc/ca.pem", ("ES256",)),
        policy=Policy(
            require_expiration=True,
            max_lifetime=Duration(0, 365 * 86_400, "365d"),
            default_lifetime=Duration(6, 0, "6mo"),
            overlap=Duration(0, 7 * 86_400, "P7D"),
            warn=Share(0.2, "20%"),
            critical=Duration(0, 7 * 86_400, "7d"),
            min_length=32,
            allowed_hashes=("sha256",),
            allowed_types=("JWK",),
            min_rsa_bits=3072,
            prefix="acme_",
        ),
    )


def test_no_settings() -> None:
    """Everything is optional; a file that does not say its schema is of the first."""
    assert settings("") == Settings()
    assert settings("[issuer]\nurl = 'u'\ntoken_endpoint = 't'").issuer == Issuer("u", "t")
    assert settings("[validation]\ntrust = '/ca.pem'").validation.trust == "/ca.pem"


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("schema = 0", ("schema",)),
        ("schema = '1'", ("schema",)),
        ("schema = true", ("schema",)),
        ("name = 1", ("name",)),
        ("issuer = 1", ("issuer",)),
        ("[[policy]]", ("policy",)),
        ("[issuer]\ntoken_endpoint = 'x'", ("issuer", "url")),
        ("[issuer]\nurl = 1", ("issuer", "url")),
        ("[validation]\nparsers = 'basic'", ("validation", "parsers")),
        ("[validation]\nparsers = ['basic', 1]", ("validation", "parsers", 1)),
        ("[policy]\nwarn = 30", ("policy", "warn")),
        ("[policy]\nwarn = 'soon'", ("policy", "warn")),
        ("[policy]\noverlap = '20%'", ("policy", "overlap")),
        ("[policy]\nmin_length = -1", ("policy", "min_length")),
        ("[policy]\nmin_length = true", ("policy", "min_length")),
        ("[policy]\nmin_rsa_bits = 2048.0", ("policy", "min_rsa_bits")),
        ("[policy]\nrequire_expiration = 1", ("policy", "require_expiration")),
    ],
)
def test_wrong_settings(text: str, keys: tuple[str | int, ...]) -> None:
    """Each complaint leads to the key that is wrong."""
    with pytest.raises(MalformedError) as caught:
        settings(text)
    assert (caught.value.code, caught.value.keys, caught.value.status) == ("registry_invalid", keys, 3)
    assert caught.value.message.startswith(spelled(keys))


@pytest.mark.parametrize(
    ("value", "problem"),
    [("-1", "must be 0 or more"), ("2048.0", "must be a whole number, 0 or more, not a number with a point")],
)
def test_what_is_wrong_with_a_number(value: str, problem: str) -> None:
    """Of a number it is not said that it should be one."""
    with pytest.raises(MalformedError) as caught:
        settings(f"[policy]\nmin_rsa_bits = {value}")
    assert caught.value.message == f"policy.min_rsa_bits {problem}"


def test_what_is_wrong_in_an_array() -> None:
    """It is named by its place, as are secrets."""
    with pytest.raises(MalformedError, match=r"^validation\.parsers\[1\] must be text in quotes, not a number$"):
        settings("[validation]\nparsers = ['basic', 1]")


def test_a_newer_schema() -> None:
    """What a later version wrote is not guessed at."""
    with pytest.raises(MalformedError) as caught:
        check_schema({"schema": 2})
    assert caught.value.code == "registry_newer"


def test_all_of_a_client() -> None:
    """Each key of the README."""
    assert client("""
        name = "Web shop"
        description = "…"
        enabled = false
        require_secret = false
        owner = "team"
        tags = ["pci"]
        grant_types = ["client_credentials"]
        scopes = ["api1", "api2"]
        x-unknown = 1
        [[secrets]]
        id = "7f3a91c2"
        type = "JWK"
        value = "{}"
        description = "2026 secret"
        created = 2026-01-01T00:00:00Z
        expiration = 2026-12-31T00:00:00Z
        """) == Client(
        "web",
        description="…",
        enabled=False,
        owner="team",
        tags=("pci",),
        scopes=("api1", "api2"),
        secrets=(
            Secret(
                "7f3a91c2",
                JWK,
                StoredValue("{}"),
                "2026 secret",
                datetime(2026, 12, 31, tzinfo=UTC),
                datetime(2026, 1, 1, tzinfo=UTC),
            ),
        ),
        name="Web shop",
        require_secret=False,
        grant_types=("client_credentials",),
    )


def test_defaults_and_resources() -> None:
    """A bare table is an enabled client that needs a secret; a secret without a type is a shared one."""
    assert client("") == Client("web")
    assert client("secrets = []") == Client("web")
    assert read_principal("resource", "api", {"display_name": "A", "scopes": ["s"]}) == Resource(
        "api", display_name="A", scopes=("s",)
    )
    (secret,) = client("secrets = [{value = 'v'}]").secrets
    assert (secret.type, secret.expiration, secret.created, secret.description) == (SHARED_SECRET, None, None, None)
    assert client("secrets = [{value = 'v', type = 'Unheard-of'}]").secrets[0].type == "Unheard-of"


@pytest.mark.parametrize(
    "spelling",
    [
        "2027-01-01T00:00:00Z",
        "2027-01-01T01:30:00+01:30",
        "2026-12-31 16:00:00-08:00",
        "2027-01-01T00:00:00",
        "2027-01-01 00:00:00",
        "2027-01-01",
        '"2027-01-01T00:00:00Z"',
        '"2027-01-01T01:00:00+01:00"',
        '"2027-01-01"',
        '"2027-01-01T00:00:00"',
    ],
)
def test_times(spelling: str) -> None:
    """Dates and times without an offset are UTC; all come out aware and in UTC."""
    secret = client(f"secrets = [{{value = 'v', expiration = {spelling}, created = {spelling}}}]").secrets[0]
    assert secret.expiration == secret.created == NEW_YEAR
    assert secret.expiration is not None
    assert secret.expiration.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("name = 1", ("name",)),
        ("description = []", ("description",)),
        ("enabled = 'true'", ("enabled",)),
        ("require_secret = 0", ("require_secret",)),
        ("owner = 2026-01-01", ("owner",)),
        ("tags = {}", ("tags",)),
        ("scopes = [[]]", ("scopes", 0)),
        ("grant_types = 1.5", ("grant_types",)),
        ("secrets = 'x'", ("secrets",)),
        ("secrets = ''", ("secrets",)),
        ("secrets = {}", ("secrets",)),
        ("secrets = [1]", ("secrets", 0)),
        ("secrets = [{}]", ("secrets", 0, "value")),
        ("secrets = [{value = 'v'}, {value = 1}]", ("secrets", 1, "value")),
        ("secrets = [{value = 'v', id = 1}]", ("secrets", 0, "id")),
        ("secrets = [{value = 'v', type = false}]", ("secrets", 0, "type")),
        ("secrets = [{value = 'v', expiration = 07:32:00}]", ("secrets", 0, "expiration")),
        ("secrets = [{value = 'v', expiration = 'soon'}]", ("secrets", 0, "expiration")),
        ("secrets = [{value = 'v', expiration = 1}]", ("secrets", 0, "expiration")),
        ("secrets = [{value = 'v', created = '2026-02-30'}]", ("secrets", 0, "created")),
        ("secrets = [{value = 'v', created = 0001-01-01T00:00:00+01:00}]", ("secrets", 0, "created")),
    ],
)
def test_wrong_types(text: str, keys: tuple[str | int, ...]) -> None:
    """Each complaint leads to what is wrong, and does not show it."""
    with pytest.raises(MalformedError) as caught:
        client(text)
    assert caught.value.keys == ("clients", "web", *keys)
    assert "soon" not in caught.value.message


def test_wrong_tables() -> None:
    """Principals are tables, in tables."""
    with pytest.raises(MalformedError):
        read_principal("client", "web", 1)
    with pytest.raises(MalformedError) as caught:
        principal_tables({"clients": [{}]}, "client")
    assert caught.value.keys == ("clients",)
    assert principal_tables({}, "resource") == {}


def test_derived_ids() -> None:
    """They depend on type and value alone, are eight hex digits, and differ within a principal."""
    text = (
        "secrets = [{value = 'v'}, {value = 'w'}, {value = 'v'}, {value = 'v', type = 'JWK'}, {id = '', value = 'x'}]"
    )
    ids = [secret.id for secret in client(text).secrets]
    assert len(set(ids)) == 5
    assert all(len(id) == 8 and int(id, 16) >= 0 for id in ids)
    assert (
        ids[0]
        == next(derived_ids(SHARED_SECRET, "v"))
        == client("secrets = [{value = 'v', created = 2026-01-01}]").secrets[0].id
    )
    assert client("secrets = [{value = 'w'}, {value = 'v'}]").secrets[1].id == ids[0]


def test_ids_that_stand_twice() -> None:
    """Of two secrets with one id the first keeps it; a written id is never taken by a derived one."""
    first, second = client("secrets = [{id = 'a', value = 'v'}, {id = 'a', value = 'w'}]").secrets
    assert (first.id, second.id) == ("a", next(derived_ids(SHARED_SECRET, "w")))
    taken = next(derived_ids(SHARED_SECRET, "v"))
    one, other = client(f"secrets = [{{value = 'v'}}, {{id = '{taken}', value = 'w'}}]").secrets
    assert other.id == taken
    assert one.id not in ("", taken)


def test_derived_ids_stay_what_they_are() -> None:
    """Scripts and keyrings know them: of one secret, of three that are the same, and of one whose id is taken."""
    text = "secrets = [{value = 'v'}, {value = 'v'}, {value = 'v'}, {id = 'd487bb64', value = 'x'}, {id = 'd487bb64', value = 'w'}]"
    assert [secret.id for secret in client(text).secrets] == [
        "0a6ffc04",
        "660bab12",
        "01f07bb5",
        "d487bb64",
        "e33fede5",
    ]


def test_thousands_of_secrets_that_are_the_same_take_no_time() -> None:
    """A file may be hostile: each id was looked for from the beginning, which took the square of their number."""
    for row in ("{value = 'v'}", "{id = 'a', value = 'v'}"):
        assert len({secret.id for secret in client(f"secrets = [{', '.join([row] * 20_000)}]").secrets}) == 20_000


def test_new_ids_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A collision is drawn again."""
    draws = iter([b"\0\0\0\1", b"\0\0\0\2"])
    monkeypatch.setattr(os, "urandom", lambda count: next(draws) if count == 4 else b"")
    assert new_id({"00000001"}) == "00000002"


def test_a_table_changes_only_where_it_must() -> None:
    """What is equal stays the same object, unknown keys and spellings of times included."""
    table: dict[str, Any] = tomllib.loads("""
        tags = []
        enabled = true
        x = nan
        secrets = [{value = 'v', expiration = 2027-01-01, note = 'n'}, {value = 'w'}]
        """)
    old = read_principal("client", "c", table)
    assert principal_table(old, table) is table
    first, second = old.secrets
    new = principal_table(replace(old, owner="me", secrets=(replace(first, description="d"), second)), table)
    assert new["tags"] is table["tags"]
    assert new["owner"] == "me"
    assert new["secrets"][1] is table["secrets"][1]
    assert new["secrets"][0] == {**table["secrets"][0], "id": first.id, "description": "d"}
    assert table["secrets"][0] == {"value": "v", "expiration": NEW_YEAR.date(), "note": "n"}


def test_flags_are_written_where_they_differ() -> None:
    """A flag at its default is written only where one stood."""
    assert principal_table(Client("c")) == {}
    assert principal_table(Client("c", enabled=False, require_secret=False)) == {
        "enabled": False,
        "require_secret": False,
    }
    assert principal_table(Client("c"), {"enabled": False}) == {"enabled": True}


def test_what_is_empty_is_not_written() -> None:
    """None and empty lists take the key away; an empty text is a text."""
    full = {"name": "n", "tags": ["t"], "secrets": [{"value": "v"}]}
    assert principal_table(Client("c"), full) == {}
    assert principal_table(Client("c", name="")) == {"name": ""}


def test_times_are_written_in_utc() -> None:
    """Whatever offset they come with."""
    east = datetime(2027, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    table = principal_table(Client("c", secrets=(Secret("a", JWK, StoredValue("v"), expiration=east),)))
    assert table["secrets"] == [{"id": "a", "type": "JWK", "value": "v", "expiration": NEW_YEAR}]
    assert table["secrets"][0]["expiration"].tzinfo is UTC


def test_a_derived_id_that_becomes_another() -> None:
    """Secrets whose ids collide cannot be stored."""
    secret = Secret("a", JWK, StoredValue("v"))
    with pytest.raises(ConflictError):
        principal_table(Client("c", secrets=(secret, replace(secret, value=StoredValue("w")))))


@pytest.mark.parametrize("principal", [Client("c", name="\udcff"), Client("c", tags=("\udcff",))])
def test_text_that_is_none(principal: Client) -> None:
    """Bytes of an argument that are not UTF-8 are a usage error, not a broken file."""
    with pytest.raises(UsageError) as caught:
        principal_table(principal)
    assert caught.value.code == "text_invalid"


def test_findings() -> None:
    """Unknown keys at every level with what was probably meant, and times without an offset."""
    found = list(
        findings(
            tomllib.loads("""
        scheme = 1
        [issuer]
        uri = "u"
        [extra]
        x = 1
        [clients.web]
        require-secret = true
        display_name = "a resource's"
        [[clients.web.secrets]]
        value = "v"
        expires = 2026-01-01
        expiration = 2026-01-01T00:00:00
        created = "2026-01-01 00:00:00"
        [[clients.web.secrets]]
        value = "w"
        expiration = 2026-01-01
        created = "2026-01-01T00:00:00-01:00"
        [resources.api]
        secrets = [1]
        [resources]
        x = 1
        y = { secrets = 1 }
        """)
        )
    )
    assert [(rule, keys) for rule, _, keys in found] == [
        ("key-unknown", ("scheme",)),
        ("key-unknown", ("extra",)),
        ("key-unknown", ("issuer", "uri")),
        ("key-unknown", ("clients", "web", "require-secret")),
        ("key-unknown", ("clients", "web", "display_name")),
        ("key-unknown", ("clients", "web", "secrets", 0, "expires")),
        ("expiration-local-time", ("clients", "web", "secrets", 0, "created")),
        ("expiration-local-time", ("clients", "web", "secrets", 0, "expiration")),
    ]
    assert "did you mean schema?" in found[0][1]
    assert "did you mean" not in found[1][1]
    assert "clients.web.secrets[0].expires" in found[5][1]
