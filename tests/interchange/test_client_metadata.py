"""rfc7591 and hydra: client metadata, there and back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from secretctl.crypto.shared_secret import hash_secret
from secretctl.errors import UnavailableError, UsageError
from secretctl.interchange import EXPORT_FORMATS, IMPORT_FORMATS, find_exporter, find_importer
from secretctl.model import Client, Resource, Secret, SecretText, StoredValue
from tests.known import SAMPLE

if TYPE_CHECKING:
    from tests.interchange.conftest import Import

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HASH = StoredValue("K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=")
OTHER = StoredValue("AUwkP/lg6Hr8hIJkj0HiCE3OdlqgYtzcv04OQ8TbikE=")
JWK_TEXT = StoredValue('{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"k1"}')
FORMATS = ("rfc7591", "hydra")


def shared(id: str, value: StoredValue = HASH, **dates: Any) -> Secret:
    """A shared secret."""
    return Secret(id, "SharedSecret", value, **dates)


def export(format: str, *principals: Any) -> tuple[list[dict[str, Any]], list[tuple[str, str, str | None]]]:
    """The entries, and the losses without their reasons."""
    exported = find_exporter(format).dump(principals, now=NOW)
    return json.loads(exported.text), [(loss.subject, loss.field, loss.secret_id) for loss in exported.losses]


@pytest.mark.parametrize("format", FORMATS)
def test_the_end_is_that_of_the_newest_usable_shared_secret(format: str) -> None:
    """By when it was made; expired and unreadable ones do not count; the last of the list among equals."""
    soon, late = NOW + timedelta(days=1), NOW + timedelta(days=90)
    client = Client(
        "web",
        secrets=(
            shared("new", created=NOW - timedelta(days=1), expiration=soon),
            shared("old", created=NOW - timedelta(days=9), expiration=late),
            shared("undated", expiration=late),
            shared("expired", created=NOW, expiration=NOW - timedelta(seconds=1)),
            shared("broken", StoredValue("not a hash"), created=NOW),
        ),
    )
    (entry,), _ = export(format, client)
    assert entry["client_secret_expires_at"] == int(soon.timestamp())
    (entry,), _ = export(format, Client("web", secrets=(shared("a", expiration=soon), shared("b"))))
    assert entry["client_secret_expires_at"] == 0


@pytest.mark.parametrize("format", FORMATS)
def test_no_secret_and_no_hash_is_exported(format: str) -> None:
    """The other server would take a hash for the secret itself; that each is missing is told."""
    entries, losses = export(format, Client("web", secrets=(shared("a"), shared("b", OTHER))))
    assert "client_secret" not in entries[0]
    assert HASH not in json.dumps(entries)
    assert losses == [("client/web", "SharedSecret", "a"), ("client/web", "SharedSecret", "b")]


@pytest.mark.parametrize("format", FORMATS)
def test_without_a_usable_shared_secret_there_is_no_end(format: str) -> None:
    """RFC 7591 asks for client_secret_expires_at only where there is a secret."""
    (entry,), _ = export(format, Client("web", secrets=(shared("a", expiration=NOW - timedelta(days=1)),)))
    assert "client_secret_expires_at" not in entry


@pytest.mark.parametrize("format", FORMATS)
def test_a_fraction_is_cut_and_told(format: str) -> None:
    """Whole seconds, rounded down: nothing lives longer there."""
    end = datetime(2026, 12, 31, 0, 0, 0, 999_999, tzinfo=UTC)
    (entry,), losses = export(format, Client("web", secrets=(shared("a", expiration=end),)))
    assert entry["client_secret_expires_at"] == int(end.replace(microsecond=0).timestamp())
    assert ("client/web", "expiration", "a") in losses


def test_keys_and_certificates_become_a_jwk_set() -> None:
    """A JWK as it is; a certificate as its key with x5c and x5t#S256; both come back."""
    certificate = Secret("c", "X509CertificateBase64", StoredValue(SAMPLE["base64"]))
    client = Client("web", secrets=(Secret("j", "JWK", JWK_TEXT), certificate))
    (entry,), losses = export("rfc7591", client)
    key, of_certificate = entry["jwks"]["keys"]
    assert key == json.loads(JWK_TEXT)
    assert of_certificate["kty"] == "RSA"
    assert of_certificate["x5c"] == [SAMPLE["base64"]]
    assert of_certificate["x5t#S256"] == SAMPLE["x5t#S256"]
    assert entry["token_endpoint_auth_method"] == "private_key_jwt"
    assert losses == []
    back = find_importer("rfc7591").parse(json.dumps(entry), values=None, hash_plaintext=lambda *_: HASH)
    assert [(s.type, s.value) for s in back.found[0].principal.secrets] == [
        ("JWK", JWK_TEXT),
        ("X509CertificateBase64", SAMPLE["base64"]),
    ]


def test_keys_that_cannot_go_into_a_set_are_told() -> None:
    """Broken, private and expired ones stay here; dates and descriptions have no place in a set."""
    client = Client(
        "web",
        secrets=(
            Secret("broken", "JWK", StoredValue("{'kty': 'RSA'}")),
            Secret("private", "JWK", StoredValue('{"kty":"oct","k":"c2VjcmV0"}')),
            Secret("none", "X509CertificateBase64", StoredValue("AAAA")),
            Secret("text", "X509CertificateBase64", StoredValue("ä")),
            Secret("over", "JWK", JWK_TEXT, expiration=NOW - timedelta(seconds=1)),
            Secret("dated", "X509CertificateBase64", StoredValue(SAMPLE["base64"]), "mine", NOW, NOW),
        ),
    )
    (entry,), losses = export("rfc7591", client)
    assert [key["kty"] for key in entry["jwks"]["keys"]] == ["RSA"]
    assert "c2VjcmV0" not in json.dumps(entry)
    assert losses == [
        ("client/web", "JWK", "broken"),
        ("client/web", "JWK", "private"),
        ("client/web", "X509CertificateBase64", "none"),
        ("client/web", "X509CertificateBase64", "text"),
        ("client/web", "JWK", "over"),
        ("client/web", "description", "dated"),
        ("client/web", "expiration", "dated"),
        ("client/web", "created", "dated"),
    ]


@pytest.mark.parametrize(
    ("secrets", "fields", "method"),
    [
        ((), {}, "client_secret_basic"),
        ((shared("a"), Secret("j", "JWK", JWK_TEXT)), {}, "client_secret_basic"),
        ((shared("a", expiration=NOW - timedelta(days=1)), Secret("j", "JWK", JWK_TEXT)), {}, "private_key_jwt"),
        ((Secret("n", "X509Name", StoredValue("CN=a")),), {}, "tls_client_auth"),
        ((Secret("t", "X509Thumbprint", StoredValue("AB" * 20)),), {}, "self_signed_tls_client_auth"),
        ((shared("a"),), {"require_secret": False}, "none"),
    ],
)
def test_the_method_follows_from_what_is_usable(secrets: Any, fields: Any, method: str) -> None:
    """RFC 7591 names one method; a shared secret comes first."""
    (entry,), _ = export("rfc7591", Client("web", secrets=secrets, **fields))
    assert entry["token_endpoint_auth_method"] == method


def test_one_subject_fits() -> None:
    """RFC 8705 has one tls_client_auth_subject_dn; expired ones, further ones and thumbprints are told."""
    client = Client(
        "web",
        secrets=(
            Secret("over", "X509Name", StoredValue("CN=old"), expiration=NOW - timedelta(days=1)),
            Secret("one", "X509Name", StoredValue("CN=one"), expiration=NOW + timedelta(days=1)),
            Secret("two", "X509Name", StoredValue("CN=two")),
            Secret("t", "X509Thumbprint", StoredValue("AB" * 20)),
            Secret("x", "Unheard", StoredValue("of")),
        ),
    )
    (entry,), losses = export("hydra", client)
    assert entry["tls_client_auth_subject_dn"] == "CN=one"
    assert losses == [
        ("client/web", "X509Name", "over"),
        ("client/web", "expiration", "one"),
        ("client/web", "X509Name", "two"),
        ("client/web", "X509Thumbprint", "t"),
        ("client/web", "Unheard", "x"),
    ]


def test_what_each_of_the_two_has_a_place_for() -> None:
    """Hydra has an owner and metadata; RFC 7591 has contacts; neither has resources or disabled clients."""
    client = Client(
        "web",
        name="Web",
        description="shop",
        enabled=False,
        owner="team@example.com",
        tags=("pci",),
        grant_types=("client_credentials",),
        scopes=("a", "b"),
    )
    api = Resource("api")
    entries, losses = export("hydra", client, api)
    assert entries == [
        {
            "client_id": "web",
            "client_name": "Web",
            "grant_types": ["client_credentials"],
            "scope": "a b",
            "token_endpoint_auth_method": "client_secret_basic",
            "owner": "team@example.com",
            "metadata": {"description": "shop", "tags": ["pci"]},
        }
    ]
    assert losses == [("client/web", "enabled", None), ("resource/api", "resource", None)]
    entries, losses = export("rfc7591", client, api)
    assert entries[0]["contacts"] == ["team@example.com"]
    assert {field for _, field, _ in losses} == {"enabled", "description", "tags", "resource"}
    assert export("rfc7591", Client("bare"))[0][0].keys() == {"client_id", "token_endpoint_auth_method"}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("shape", ["object", "array", "items"])
def test_every_shape_of_input_is_taken(import_: Import, format: str, shape: str, stored: dict[str, str]) -> None:
    """One object, an array, or items."""
    client = {"client_id": "web", "client_secret": "a long enough secret", "client_secret_expires_at": 1_767_225_600}
    document = {"object": client, "array": [client], "items": {"items": [client], "next_page_token": "x"}}[shape]
    imported = import_(format, document)
    (secret,) = imported.found[0].principal.secrets
    assert secret.value == hash_secret(SecretText("a long enough secret"), "sha256")
    assert secret.expiration == datetime(2026, 1, 1, tzinfo=UTC)
    assert imported.notes == ()


@pytest.mark.parametrize(
    "document", [5, "x", None, [5], {}, [{}], {"items": 5}, {"client_id": ""}, {"client_id": 5}, {"clients": []}]
)
def test_what_is_no_client_metadata_is_refused(import_: Import, document: Any) -> None:
    """Other documents, and clients without an id."""
    with pytest.raises(UnavailableError):
        import_("rfc7591", json.dumps(document))


def test_every_field_is_read_or_told(import_: Import) -> None:
    """What a registry keeps, and the names of what it does not."""
    document = {
        "client_id": "web",
        "client_name": "Web",
        "client_secret": "a long enough secret",
        "client_secret_expires_at": 1_767_225_600_000,
        "grant_types": ["client_credentials"],
        "scope": "a  b",
        "token_endpoint_auth_method": "client_secret_post",
        "contacts": ["team@example.com", "second@example.com", "third@example.com"],
        "redirect_uris": ["https://example.com"],
        "registration_access_token": "do not show",
        "jwks": {"keys": [json.loads(JWK_TEXT)], "extra": 1},
        "tls_client_auth_subject_dn": "CN=web",
    }
    imported = import_("rfc7591", document)
    found = imported.found[0]
    assert found.states == {"name", "grant_types", "scopes", "require_secret", "owner"}
    assert found.principal.owner == "team@example.com"
    assert found.principal.scopes == ("a", "b")
    assert [secret.type for secret in found.principal.secrets] == ["SharedSecret", "JWK", "X509Name"]
    assert [loss.field for loss in imported.losses] == [
        "contacts",
        "redirect_uris",
        "registration_access_token",
        "jwks.extra",
    ]
    assert "milliseconds" in imported.notes[0]
    assert "do not show" not in repr(imported)


def test_hydra_fields(import_: Import) -> None:
    """Owner and metadata; what else is in metadata is told."""
    document = {
        "client_id": "web",
        "owner": "me",
        "metadata": {"description": "d", "tags": ["a"], "team": "x"},
        "token_endpoint_auth_method": "none",
        "client_secret_expires_at": 0,
    }
    imported = import_("hydra", document)
    principal = imported.found[0].principal
    assert principal == Client("web", description="d", owner="me", tags=("a",), require_secret=False)
    assert [loss.field for loss in imported.losses] == ["metadata.team"]


def test_an_end_without_its_secret_is_told(import_: Import) -> None:
    """Servers tell a secret only once; its end alone has no place here."""
    imported = import_("hydra", {"client_id": "web", "client_secret_expires_at": 1_767_225_600})
    assert [loss.field for loss in imported.losses] == ["client_secret_expires_at"]


@pytest.mark.parametrize("method", ["client_secret_jwt", "magic"])
def test_a_method_that_nothing_here_knows_is_told(import_: Import, method: str) -> None:
    """The secret is kept all the same."""
    imported = import_("rfc7591", {"client_id": "web", "token_endpoint_auth_method": method})
    assert [loss.field for loss in imported.losses] == ["token_endpoint_auth_method"]
    assert imported.found[0].states == {"require_secret"}


@pytest.mark.parametrize(
    "value", ["**********", "", " ", "${vault.web}", "$2a$10$N9qo8uLOickgx2ZMRZoMye", "$pbkdf2-sha256$i=25000,l=32$x$y"]
)
def test_what_is_no_secret_is_not_imported(import_: Import, value: str) -> None:
    """Masks, blanks, placeholders and hashes that nothing here verifies: told, and not hashed as if they were secrets."""
    imported = import_("hydra", {"client_id": "web", "client_secret": value})
    assert imported.found[0].principal.secrets == ()
    assert [loss.field for loss in imported.losses] == ["client_secret"]


def test_a_placeholder_is_plaintext_where_that_is_said(import_: Import) -> None:
    """--values plaintext takes everything but masks and blanks at its word."""
    imported = import_("hydra", {"client_id": "web", "client_secret": "${odd secret}"}, "plaintext")
    assert imported.found[0].principal.secrets[0].value == hash_secret(SecretText("${odd secret}"), "sha256")


def test_values_that_all_look_like_hashes_are_taken_for_hashes_with_a_note(import_: Import) -> None:
    """Somebody who exported 32 random bytes as base64 has to say so."""
    imported = import_("rfc7591", {"client_id": "web", "client_secret": HASH})
    assert imported.found[0].principal.secrets[0].value == HASH
    assert "--values plaintext" in imported.notes[0]
    assert HASH not in imported.notes[0]


def test_a_mix_of_hashes_and_plaintext_has_to_be_told(import_: Import) -> None:
    """Neither can be right for both."""
    document = [{"client_id": "a", "client_secret": HASH}, {"client_id": "b", "client_secret": "plain enough"}]
    with pytest.raises(UsageError, match="1 of the 2"):
        import_("rfc7591", document)


PUBLIC = {"kty": "EC", "crv": "P-256", "x": "x", "y": "y"}


@pytest.mark.parametrize(
    "key",
    [
        "text",
        {},
        {"kty": 5},
        {**PUBLIC, "d": "private"},
        {"kty": "oct", "k": "c2VjcmV0"},
        {**PUBLIC, "use": "enc"},
        {**PUBLIC, "x5c": ["not a certificate"]},
    ],
)
def test_keys_that_authenticate_nobody_are_not_imported(import_: Import, key: Any) -> None:
    """Private, symmetric, encryption keys and nonsense are told by their place; nothing of them is kept."""
    imported = import_("rfc7591", {"client_id": "web", "jwks": {"keys": [PUBLIC, key]}})
    assert len(imported.found[0].principal.secrets) == 1
    assert [loss.field for loss in imported.losses] == ["jwks.keys[1]"]
    assert "c2VjcmV0" not in repr(imported)


def test_a_key_with_a_kid_stays_a_key(import_: Import) -> None:
    """Its certificate goes along inside of it."""
    key = {**PUBLIC, "kid": "k", "x5c": [SAMPLE["base64"]]}
    imported = import_("rfc7591", {"client_id": "web", "jwks": {"keys": [key]}})
    (secret,) = imported.found[0].principal.secrets
    assert (secret.type, json.loads(secret.value)) == ("JWK", key)


def test_formats_are_found_by_name() -> None:
    """An unknown one is a usage error that lists the others."""
    assert set(IMPORT_FORMATS) < set(EXPORT_FORMATS)
    with pytest.raises(UsageError, match="no import format 'csv'") as caught:
        find_importer("csv")
    assert "keycloak" in str(caught.value.hint)
    with pytest.raises(UsageError):
        find_exporter("yaml")
