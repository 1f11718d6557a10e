"""Keycloak realms, there and back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from secretctl.crypto.shared_secret import hash_secret
from secretctl.errors import UnavailableError
from secretctl.interchange import find_exporter
from secretctl.model import Client, Resource, Secret, SecretText, StoredValue
from tests.known import SAMPLE

if TYPE_CHECKING:
    from secretctl.model import Principal
    from tests.interchange.conftest import Import

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HASH = StoredValue("K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=")
JWK_TEXT = StoredValue('{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"k1"}')
JWKS = json.dumps({"keys": [json.loads(JWK_TEXT)]})


def realm(**client: Any) -> dict[str, Any]:
    """A realm with one client."""
    return {"realm": "test", "clients": [{"clientId": "web", **client}]}


def hashed(text: str) -> str:
    """The stored value that the tests make of a plaintext."""
    return hash_secret(SecretText(text), "sha256")


def test_a_client_of_a_real_realm(import_: Import) -> None:
    """Secret, the one before it, their times in seconds as text, grants, scopes; the rest is told."""
    imported = import_(
        "keycloak",
        realm(
            id="0f933f03-43e3-4b50-8a06-ecec138f9dcd",
            name="Web shop",
            description="sells",
            enabled=True,
            clientAuthenticatorType="client-secret",
            secret="Xv0wBqPqLJrF3J2fVZkq5y7hU9kQm1aB",
            publicClient=False,
            bearerOnly=False,
            standardFlowEnabled=True,
            implicitFlowEnabled=False,
            directAccessGrantsEnabled=False,
            serviceAccountsEnabled=True,
            redirectUris=["/*"],
            protocol="openid-connect",
            defaultClientScopes=["profile"],
            optionalClientScopes=["phone"],
            attributes={
                "client.secret.creation.time": "1750075200",
                "client.secret.expiration.time": "1767225600",
                "client.secret.rotated": "the one before it",
                "client.secret.rotated.creation.time": "1740000000",
                "client.secret.rotated.expiration.time": "1767225600000",
                "oauth2.device.authorization.grant.enabled": "true",
                "oidc.ciba.grant.enabled": "false",
                "secretctl.owner": "team@example.com",
                "secretctl.tags": "pci,eu",
                "tls.client.certificate.bound.access.tokens": "true",
            },
        ),
    )
    found = imported.found[0]
    assert found.principal == Client(
        "web",
        name="Web shop",
        description="sells",
        owner="team@example.com",
        tags=("pci", "eu"),
        grant_types=("authorization_code", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"),
        scopes=("profile", "phone"),
        secrets=(
            Secret(
                "",
                "SharedSecret",
                StoredValue(hashed("the one before it")),
                None,
                datetime(2026, 1, 1, tzinfo=UTC),
                datetime.fromtimestamp(1_740_000_000, UTC),
            ),
            Secret(
                "",
                "SharedSecret",
                StoredValue(hashed("Xv0wBqPqLJrF3J2fVZkq5y7hU9kQm1aB")),
                None,
                datetime(2026, 1, 1, tzinfo=UTC),
                datetime.fromtimestamp(1_750_075_200, UTC),
            ),
        ),
    )
    assert [loss.field for loss in imported.losses] == [
        "id",
        "redirectUris",
        "attributes.tls.client.certificate.bound.access.tokens",
    ]
    assert len(imported.notes) == 1
    assert "client.secret.rotated" in imported.notes[0]


@pytest.mark.parametrize(
    "document",
    [
        {"clients": [{"clientId": "web"}], "realm": "x"},
        {"clientId": "web"},
        [{"clientId": "web"}],
    ],
)
def test_realms_clients_and_arrays_are_taken(import_: Import, document: Any) -> None:
    """A whole export, or what the Admin API answers with."""
    assert import_("keycloak", document).found[0].principal == Client("web")


@pytest.mark.parametrize("document", [{}, {"realm": "x"}, 5, {"clients": 5}, {"clients": [{}]}, ["web"]])
def test_other_documents_are_refused(import_: Import, document: Any) -> None:
    """Not a realm, or a client without an id."""
    with pytest.raises(UnavailableError):
        import_("keycloak", json.dumps(document))


@pytest.mark.parametrize("secret", ["**********", "${CLIENT_SECRET}", "${vault.web}", "{{ secret }}", ""])
def test_masks_and_placeholders_are_told(import_: Import, secret: str) -> None:
    """The Admin Console masks secrets in its exports."""
    imported = import_("keycloak", realm(secret=secret))
    assert imported.found[0].principal.secrets == ()
    assert [loss.field for loss in imported.losses] == (["secret"] if secret else [])


def test_times_without_their_secret_are_told(import_: Import) -> None:
    """The end of a secret that was not exported."""
    imported = import_("keycloak", realm(attributes={"client.secret.expiration.time": "1767225600"}))
    assert [loss.field for loss in imported.losses] == ["attributes.client.secret.expiration.time"]


def test_a_bearer_only_client_is_a_resource(import_: Import) -> None:
    """It never asks for tokens, it has them introspected."""
    imported = import_(
        "keycloak", realm(bearerOnly=True, name="API", secret="a long enough secret", publicClient=False)
    )
    principal = imported.found[0].principal
    assert isinstance(principal, Resource)
    assert principal.display_name == "API"
    assert len(principal.secrets) == 1


def test_a_saml_client_is_told(import_: Import) -> None:
    """It is no OAuth client at all."""
    imported = import_("keycloak", realm(protocol="saml"))
    assert imported.found == ()
    assert [(loss.subject, loss.field) for loss in imported.losses] == [("client/web", "client")]


def test_a_public_client(import_: Import) -> None:
    """It needs no secret."""
    found = import_("keycloak", realm(publicClient=True)).found[0]
    assert found.principal == Client("web", require_secret=False)
    assert found.states == {"require_secret"}


CERTIFICATE = "attributes.jwt.credential.certificate"


def test_only_what_keycloak_looks_at_is_imported(import_: Import) -> None:
    """Importing never makes anything acceptable that was not: leftovers of other methods are told."""
    attributes = {"jwt.credential.certificate": SAMPLE["base64"], "x509.subjectdn": "CN=web"}
    for method, kept in (
        ("client-secret", "SharedSecret"),
        ("client-secret-jwt", "SharedSecret"),
        ("client-jwt", "X509CertificateBase64"),
        ("client-x509", "X509Name"),
    ):
        document = realm(clientAuthenticatorType=method, secret="a long enough secret", attributes=attributes)
        imported = import_("keycloak", document)
        assert [secret.type for secret in imported.found[0].principal.secrets] == [kept]
        lost = {loss.field for loss in imported.losses if loss.field != "clientAuthenticatorType"}
        assert lost == {"secret", "X509CertificateBase64", "X509Name"} - {kept, "secret" if "secret" in method else ""}
    document = realm(secret="a long enough secret", attributes=attributes)
    assert len(import_("keycloak", document).found[0].principal.secrets) == 3


@pytest.mark.parametrize(
    ("attributes", "types", "lost"),
    [
        ({"use.jwks.string": "true", "jwks.string": JWKS}, ["JWK"], []),
        ({"use.jwks.string": "true", "use.jwks.url": "true", "jwks.string": JWKS}, [], ["attributes.jwks.string"]),
        ({"jwks.string": JWKS}, [], ["attributes.jwks.string"]),
        ({"use.jwks.string": "true", "jwks.string": "{'keys'"}, [], ["attributes.jwks.string"]),
        ({"use.jwks.string": "true", "jwks.string": '{"keys": 5}'}, [], ["attributes.jwks.string"]),
        ({"use.jwks.string": "true", "jwks.string": '{"keys": [5]}'}, [], ["jwks.string[0]"]),
        ({"jwt.credential.certificate": "nonsense"}, [], [CERTIFICATE]),
        ({"jwt.credential.certificate": "$CERT", "use.jwks.url": "true"}, [], [CERTIFICATE]),
        ({"x509.subjectdn": ".*", "x509.allow.regex.pattern.comparison": "true"}, [], ["attributes.x509.subjectdn"]),
        ({"x509.subjectdn": "CN=web", "x509.allow.regex.pattern.comparison": "false"}, ["X509Name"], []),
    ],
)
def test_keys_and_subjects(import_: Import, attributes: Any, types: list[str], lost: list[str]) -> None:
    """jwks.string where it is in force, else the certificate; a pattern is no subject."""
    imported = import_("keycloak", realm(attributes=attributes))
    assert [secret.type for secret in imported.found[0].principal.secrets] == types
    assert [loss.field for loss in imported.losses] == lost


def test_a_certificate_in_pem_is_taken(import_: Import) -> None:
    """Some tools write it with its armour."""
    pem = f"-----BEGIN CERTIFICATE-----\n{SAMPLE['base64']}\n-----END CERTIFICATE-----\n"
    imported = import_("keycloak", realm(attributes={"jwt.credential.certificate": pem}))
    assert imported.found[0].principal.secrets[0].value == SAMPLE["base64"]


def export(principal: Principal) -> tuple[dict[str, Any], list[tuple[str, str | None]]]:
    """The client's representation, and what was lost."""
    exported = find_exporter("keycloak").dump([principal], now=NOW)
    return json.loads(exported.text)["clients"][0], [(loss.field, loss.secret_id) for loss in exported.losses]


def test_export_of_a_client_with_shared_secrets() -> None:
    """Everything but the secrets; the times of the newest usable one."""
    end = NOW + timedelta(days=30, microseconds=5)
    client = Client(
        "web",
        name="Web",
        owner="me",
        tags=("pci",),
        grant_types=("client_credentials", "urn:openid:params:grant-type:ciba", "hybrid"),
        scopes=("a",),
        secrets=(
            Secret("s", "SharedSecret", HASH, None, end, NOW),
            Secret("j", "JWK", JWK_TEXT),
            Secret("n", "X509Name", StoredValue("CN=web")),
        ),
    )
    entry, losses = export(client)
    assert entry == {
        "clientId": "web",
        "name": "Web",
        "enabled": True,
        "protocol": "openid-connect",
        "bearerOnly": False,
        "publicClient": False,
        "defaultClientScopes": ["a"],
        "standardFlowEnabled": False,
        "implicitFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "serviceAccountsEnabled": True,
        "clientAuthenticatorType": "client-secret",
        "attributes": {
            "secretctl.owner": "me",
            "secretctl.tags": "pci",
            "oidc.ciba.grant.enabled": "true",
            "client.secret.creation.time": str(int(NOW.timestamp())),
            "client.secret.expiration.time": str(int(end.timestamp())),
        },
    }
    assert losses == [
        ("grant_types hybrid", None),
        ("SharedSecret", "s"),
        ("expiration", "s"),
        ("JWK", "j"),
        ("X509Name", "n"),
    ]


def test_export_of_certificates_keys_and_names(import_: Import) -> None:
    """One certificate has an attribute; several keys are a set; a name is a subject: each comes back."""
    certificate = Secret("", "X509CertificateBase64", StoredValue(SAMPLE["base64"]))
    key = Secret("", "JWK", JWK_TEXT)
    name = Secret("", "X509Name", StoredValue("CN=web"))
    for secrets, method in (
        ((certificate,), "client-jwt"),
        ((key, certificate), "client-jwt"),
        ((name,), "client-x509"),
    ):
        entry, losses = export(Client("web", secrets=secrets))
        assert entry["clientAuthenticatorType"] == method
        assert losses == []
        assert import_("keycloak", entry).found[0].principal.secrets == secrets


def test_a_name_with_an_end_and_one_that_is_over() -> None:
    """Keycloak keeps no dates of subjects."""
    over = Secret("o", "X509Name", StoredValue("CN=old"), expiration=NOW - timedelta(days=1))
    name = Secret("n", "X509Name", StoredValue("CN=web"), expiration=NOW + timedelta(days=1))
    entry, losses = export(Client("web", secrets=(over, name)))
    assert entry["attributes"]["x509.subjectdn"] == "CN=web"
    assert losses == [("expiration", "n"), ("X509Name", "o")]


def test_a_key_that_is_no_key_leaves_nothing_to_export() -> None:
    """It is told, and no empty set is written."""
    entry, losses = export(Client("web", secrets=(Secret("b", "JWK", StoredValue("nonsense")),)))
    assert entry["attributes"] == {}
    assert losses == [("JWK", "b")]


def test_a_resource_becomes_bearer_only(import_: Import) -> None:
    """And comes back as one."""
    api = Resource("api", display_name="API", description="d", enabled=False, owner="me", tags=("a, b",), scopes=("x",))
    entry, losses = export(api)
    assert entry["bearerOnly"] is True
    assert losses == []
    assert import_("keycloak", entry).found[0].principal == api


def test_a_client_without_usable_secrets() -> None:
    """No times are written."""
    entry, losses = export(Client("web", secrets=(Secret("s", "SharedSecret", StoredValue("broken")),)))
    assert entry["attributes"] == {}
    assert losses == [("SharedSecret", "s")]
