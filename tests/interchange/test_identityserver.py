"""appsettings JSON, there and back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secretctl.crypto.shared_secret import hash_secret
from secretctl.errors import UnavailableError, UsageError
from secretctl.interchange import find_exporter, find_importer
from secretctl.model import Client, Resource, Secret, SecretText, StoredValue
from secretctl.policy.identifiers import id_problem

if TYPE_CHECKING:
    from secretctl.model import Principal
    from tests.interchange.conftest import Import

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HASH = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="
FULL = Client(
    "web",
    name="Web shop",
    description="sells things",
    enabled=False,
    require_secret=False,
    owner="team@example.com",
    tags=("pci", "eu"),
    grant_types=("client_credentials",),
    scopes=("api1", "api2"),
    secrets=(
        Secret(
            "a1",
            "SharedSecret",
            StoredValue(HASH),
            "2026 secret",
            datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
            datetime(2026, 1, 1, tzinfo=UTC),
        ),
        Secret("b2", "X509Thumbprint", StoredValue("61B754C541BBCFC6A45A9E9EC5E47D8702B78C29")),
        Secret("c3", "SomethingElse", StoredValue("kept as it is")),
    ),
)
API = Resource(
    "api1", display_name="Our API", scopes=("api1",), secrets=(Secret("d4", "SharedSecret", StoredValue(HASH)),)
)


def without_ids(principal: Principal) -> Principal:
    """The principal as an import makes it."""
    from dataclasses import replace

    return replace(principal, secrets=tuple(replace(secret, id="") for secret in principal.secrets))


def test_round_trip_loses_nothing_but_ids(import_: Import) -> None:
    """Fields, descriptions, types, dates with fractions, owner and tags survive, in the order of the secrets."""
    exported = find_exporter("identityserver").dump([FULL, API], now=NOW)
    assert exported.losses == ()
    imported = import_("identityserver", exported.text)
    assert [found.principal for found in imported.found] == [without_ids(FULL), without_ids(API)]
    assert imported.losses == ()
    assert imported.notes == ()


def test_export_is_what_the_server_binds() -> None:
    """Names of IdentityServer4.Models; a time without a zone, which means UTC on a server in any zone."""
    document = json.loads(find_exporter("identityserver").dump([FULL, API], now=NOW).text)
    client, api = document["Clients"][0], document["ApiResources"][0]
    assert client["ClientId"] == "web"
    assert client["RequireClientSecret"] is False
    assert client["Properties"] == {"owner": "team@example.com", "tags": "pci,eu"}
    assert client["ClientSecrets"][0] == {
        "Value": HASH,
        "Description": "2026 secret",
        "Expiration": "2026-12-31T23:59:59.999999",
        "Type": "SharedSecret",
        "Created": "2026-01-01T00:00:00",
    }
    assert api["Name"] == "api1"
    assert api["ApiSecrets"][0]["Value"] == HASH
    assert "Description" not in api


def test_a_hash_that_the_server_does_not_know_is_written_and_told() -> None:
    """An argon2id value goes along and comes back; that it never matches in IdentityServer is listed."""
    value = hash_secret(SecretText("correct horse battery staple"), "argon2id")
    client = Client("web", secrets=(Secret("a1", "SharedSecret", value),))
    exported = find_exporter("identityserver").dump([client], now=NOW)
    assert [(loss.subject, loss.secret_id) for loss in exported.losses] == [("client/web", "a1")]
    imported = find_importer("identityserver").parse(exported.text, values=None, hash_plaintext=lambda *_: value)
    assert imported.found[0].principal.secrets[0].value == value


@pytest.mark.parametrize(
    "document",
    [
        {"Clients": [{"ClientId": "web"}]},
        {"IdentityServer": {"Clients": [{"ClientId": "web"}]}},
        {"identityserver": {"clients": [{"clientid": "web"}]}},
        {"IdentityServer:Clients": [{"ClientId": "web"}]},
        {"IdentityServer": {"Clients": {"0": {"ClientId": "web"}}}},
        {"Logging": {"LogLevel": "Debug"}, "Clients": [None, {"ClientId": "web"}], "ApiResources": None},
    ],
)
def test_sections_are_found_where_dotnet_finds_them(import_: Import, document: Any) -> None:
    """At the top or under IdentityServer, in any case, by a key with a colon, as an array or as numbered keys."""
    imported = import_("identityserver", document)
    assert [found.principal for found in imported.found] == [Client("web")]
    assert imported.found[0].states == frozenset()


@pytest.mark.parametrize("document", [{}, {"Client": []}, [], "x", {"IdentityServer": {"Scopes": []}}])
def test_a_file_without_sections_is_refused(import_: Import, document: Any) -> None:
    """Another file than appsettings is an error, not an empty import."""
    with pytest.raises(UnavailableError):
        import_("identityserver", json.dumps(document))


def test_empty_sections_are_an_empty_import(import_: Import) -> None:
    """Sections without entries are fine."""
    assert import_("identityserver", {"Clients": [], "ApiResources": []}).found == ()


def test_scopes_of_older_versions_are_objects(import_: Import) -> None:
    """Before IdentityServer4 v4 a scope had a name and more; the more is listed."""
    document = {"ApiResources": [{"Name": "api", "Scopes": [{"Name": "read", "Emphasize": True}, {}, "write"]}]}
    imported = import_("identityserver", document)
    assert imported.found[0].principal.scopes == ("read", "write")
    assert [loss.field for loss in imported.losses] == ["Scopes.Emphasize"]


def test_everything_that_is_not_kept_is_listed(import_: Import) -> None:
    """Unknown keys of clients, properties and secrets, and secrets without a value."""
    document = {
        "Clients": [
            {
                "ClientId": "web",
                "RedirectUris": ["https://example.com"],
                "RequirePkce": False,
                "AllowedCorsOrigins": [],
                "Properties": {"owner": "me", "color": "red"},
                "ClientSecrets": [
                    {"Value": HASH, "Usage": "x"},
                    {"Value": ""},
                    {"Type": "JWK"},
                    {"Value": "**********"},
                    {"Value": "${CLIENT_SECRET}"},
                ],
            }
        ]
    }
    imported = import_("identityserver", document)
    assert [secret.value for secret in imported.found[0].principal.secrets] == [HASH]
    assert sorted(loss.field for loss in imported.losses) == sorted(
        ["RedirectUris", "RequirePkce", "Properties.color", "secret.Usage", "secret", "secret", "secret", "secret"]
    )
    assert {loss.subject for loss in imported.losses} == {"client/web"}


def secrets_document(*values: str, type: str = "SharedSecret") -> dict[str, Any]:
    """A client with these shared secrets."""
    return {"Clients": [{"ClientId": "web", "ClientSecrets": [{"Value": value, "Type": type} for value in values]}]}


def test_values_that_are_all_hashes_stay_as_they_are(import_: Import, stored: dict[str, str]) -> None:
    """SHA-256, SHA-512 and PHC strings are what a server stores."""
    values = [stored["secret"], hash_secret(SecretText("x"), "sha512"), hash_secret(SecretText("x"), "argon2id")]
    imported = import_("identityserver", secrets_document(*values))
    assert [secret.value for secret in imported.found[0].principal.secrets] == values


@pytest.mark.parametrize(
    "values", [("hunter2-hunter2",), (HASH, "hunter2-hunter2"), ("2bb80d537b1da3e38bd30361aa855686",)]
)
def test_any_other_mix_has_to_be_told(import_: Import, values: tuple[str, ...]) -> None:
    """Plaintext, a mix, or hex: 64 and a hint, without a word of the values."""
    with pytest.raises(UsageError) as caught:
        import_("identityserver", secrets_document(*values))
    assert caught.value.code == "values_ambiguous"
    assert "--values hashed" in str(caught.value.hint)
    assert not any(value in f"{caught.value.message}{caught.value.hint}" for value in values)


def test_plaintext_is_hashed_where_that_is_said(import_: Import, stored: dict[str, str]) -> None:
    """--values plaintext hashes every value, also one that looks like a hash; --values hashed keeps every one."""
    document = secrets_document("secret", "api-secret", stored["secret"])
    plain = import_("identityserver", document, "plaintext").found[0].principal
    again = hash_secret(SecretText(stored["secret"]), "sha256")
    assert [secret.value for secret in plain.secrets] == [stored["secret"], stored["api-secret"], again]
    kept = import_("identityserver", document, "hashed").found[0].principal
    assert [secret.value for secret in kept.secrets] == ["secret", "api-secret", stored["secret"]]


def test_plaintext_under_a_misspelled_type_is_hashed_too(import_: Import, stored: dict[str, str]) -> None:
    """A type in the wrong case matches nowhere, but its value may be a secret all the same."""
    with pytest.raises(UsageError):
        import_("identityserver", secrets_document("secret", type="sharedsecret"))
    imported = import_("identityserver", secrets_document("secret", type="sharedsecret"), "plaintext")
    secret = imported.found[0].principal.secrets[0]
    assert (secret.type, secret.value) == ("sharedsecret", stored["secret"])


@pytest.mark.parametrize(
    "document",
    [
        {"Clients": [{"ClientId": "web"}, {"ClientId": "web"}]},
        {"Clients": [{"ClientId": "web"}], "IdentityServer": {"Clients": [{"ClientId": "web"}]}},
        {"ApiResources": [{"Name": "web"}, {"Name": "web"}]},
        {"Clients": [{"ClientName": "no id"}]},
        {"ApiResources": [{"Name": ""}]},
        {"Clients": ["web"]},
        {"Clients": [{"ClientId": "web", "ClientSecrets": [{"Value": HASH, "Expiration": "soon"}]}]},
        {"Clients": [{"ClientId": "web", "Enabled": "perhaps"}]},
    ],
)
def test_what_makes_no_sense_is_refused(import_: Import, document: Any) -> None:
    """Doubles, missing ids and wrong types: status 3, nothing imported."""
    with pytest.raises(UnavailableError):
        import_("identityserver", document)


@pytest.mark.parametrize("id", [" web", "a" * 201, "we\u202eb", "we\nb"])
def test_ids_that_nobody_could_type_are_refused(import_: Import, id: str) -> None:
    """The same ids as everywhere; the message shows them in ASCII."""
    with pytest.raises(UnavailableError) as caught:
        import_("identityserver", {"Clients": [{"ClientId": id}]})
    assert caught.value.message.isprintable()
    assert caught.value.message.isascii()


def test_the_same_id_may_be_a_client_and_a_resource(import_: Import) -> None:
    """They are separate name spaces."""
    imported = import_("identityserver", {"Clients": [{"ClientId": "a"}], "ApiResources": [{"Name": "a"}]})
    assert [str(found.principal.target) for found in imported.found] == ["client/a", "resource/a"]


TEXT = st.text(st.characters(codec="utf-8"), min_size=1)
INSTANT = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))
SECRETS = st.builds(
    Secret,
    st.just(""),
    st.sampled_from(["SharedSecret", "X509Name", "other"]),
    st.binary(min_size=1).map(lambda seed: hash_secret(SecretText(seed.hex()), "sha256")),
    st.none() | TEXT,
    st.none() | INSTANT,
    st.none() | INSTANT,
)
CLIENTS = st.builds(
    Client,
    TEXT.filter(lambda text: id_problem(text) is None),
    description=st.none() | TEXT,
    enabled=st.booleans(),
    owner=st.none() | TEXT,
    tags=st.lists(TEXT).map(tuple),
    scopes=st.lists(TEXT).map(tuple),
    secrets=st.lists(SECRETS).map(tuple),
    name=st.none() | TEXT,
    require_secret=st.booleans(),
    grant_types=st.lists(TEXT).map(tuple),
)


@given(CLIENTS)
def test_any_client_survives_the_round_trip(client: Client) -> None:
    """Hostile text, tags with commas and brackets, dates at the ends of the calendar."""
    exported = find_exporter("identityserver").dump([client], now=NOW)
    assert exported.text.isascii()
    imported = find_importer("identityserver").parse(exported.text, values="hashed", hash_plaintext=never)
    assert [found.principal for found in imported.found] == [client]


def never(*_: object) -> StoredValue:
    """Nothing is plaintext here."""
    raise AssertionError


def test_the_end_of_time_with_a_zone_is_an_error_and_no_crash(import_: Import) -> None:
    """9999-12-31 far west of Greenwich is beyond what can be held."""
    document = secrets_document(HASH)
    document["Clients"][0]["ClientSecrets"][0]["Expiration"] = "9999-12-31T23:59:59-12:00"
    with pytest.raises(UnavailableError):
        import_("identityserver", document)


def test_a_keycloak_realm_is_not_taken_for_clients_without_secrets(import_: Import) -> None:
    """Its keys read the same where their case does not count."""
    realm = {"realm": "prod", "clients": [{"clientId": "web", "secret": "s", "publicClient": False}]}
    with pytest.raises(UnavailableError, match="Keycloak realm"):
        import_("identityserver", realm)
