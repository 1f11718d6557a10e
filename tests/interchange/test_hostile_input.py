"""Whatever an import holds: principals, or one of our own errors that quotes nothing of it."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secretctl.crypto.shared_secret import hash_secret
from secretctl.errors import SecretctlError
from secretctl.interchange import EXPORT_FORMATS, IMPORT_FORMATS, find_exporter, find_importer
from secretctl.model import SecretText

NOW = datetime(2026, 6, 1, tzinfo=UTC)
CANARY = "kanarienvogel"
KEYS = [
    "Clients",
    "ApiResources",
    "IdentityServer",
    "ClientId",
    "Name",
    "ClientSecrets",
    "ApiSecrets",
    "Value",
    "Type",
    "Expiration",
    "Created",
    "Enabled",
    "Properties",
    "owner",
    "tags",
    "Scopes",
    "AllowedScopes",
    "client_id",
    "client_secret",
    "client_secret_expires_at",
    "jwks",
    "keys",
    "kty",
    "x5c",
    "kid",
    "d",
    "use",
    "items",
    "scope",
    "contacts",
    "metadata",
    "grant_types",
    "tls_client_auth_subject_dn",
    "clients",
    "clientId",
    "secret",
    "attributes",
    "bearerOnly",
    "publicClient",
    "protocol",
    "clientAuthenticatorType",
    "use.jwks.string",
    "jwks.string",
    "jwt.credential.certificate",
    "x509.subjectdn",
    "client.secret.rotated",
    "client.secret.expiration.time",
    "client.secret.rotated.creation.time",
]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(
        ["web", "SharedSecret", "2026-01-01", "true", "1767225600", "EC", "openid-connect", CANARY, "[", "a,b"]
    )
)
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
)
ENTRIES = st.dictionaries(st.sampled_from(KEYS), DOCUMENTS, max_size=8).map(
    lambda entry: {**entry, "ClientId": "web", "Name": "api", "client_id": "web", "clientId": "web"}
)
WRAPPED = st.lists(ENTRIES, max_size=2).flatmap(
    lambda entries: st.sampled_from([entries, {"Clients": entries}, {"ApiResources": entries}, {"clients": entries}])
)


@pytest.mark.parametrize("format", IMPORT_FORMATS)
@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(document=DOCUMENTS | WRAPPED, values=st.sampled_from([None, "hashed", "plaintext"]))
def test_no_document_makes_an_importer_fail_otherwise(format: str, document: Any, values: Any) -> None:
    """Wrong types everywhere; and what was imported can be exported in every format."""
    with suppress(SecretctlError):
        imported = find_importer(format).parse(
            json.dumps(document), values=values, hash_plaintext=lambda _, secret: hash_secret(secret, "sha256")
        )
        for name in EXPORT_FORMATS:
            find_exporter(name).dump([found.principal for found in imported.found], now=NOW)


@pytest.mark.parametrize("format", IMPORT_FORMATS)
@settings(max_examples=25)
@given(document=WRAPPED)
def test_no_error_quotes_a_value(format: str, document: Any) -> None:
    """Any value of an input can be a secret in the wrong place."""
    try:
        find_importer(format).parse(
            json.dumps(document), values=None, hash_plaintext=lambda *_: hash_secret(SecretText("x"), "sha256")
        )
    except SecretctlError as exc:
        told = f"{exc.message} {exc.hint}"
    else:
        told = ""
    assert CANARY not in told
