"""What every import format has of good documents, damaged: taken as a whole, or refused as a whole."""

from __future__ import annotations

import copy
import json
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secretctl.errors import SecretctlError
from secretctl.interchange import IMPORT_FORMATS, find_importer
from secretctl.operations.sync import import_text
from secretctl.stores import open_store
from secretctl.stores.sql import create_schema
from secretctl.stores.toml.store import create_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from secretctl.model import Principal
    from secretctl.operations.sync import Applied
    from secretctl.stores import Store

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HASH = b64encode(sha256(b"a secret that is long enough").digest()).decode()
KEY = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
METADATA = {
    "client_id": "web",
    "client_name": "Web shop",
    "client_secret": "plaintext, long enough",
    "client_secret_expires_at": 1_800_000_000,
    "token_endpoint_auth_method": "client_secret_basic",
    "grant_types": ["client_credentials"],
    "scope": "api1 api2",
    "jwks": {"keys": [KEY]},
}
GOOD: dict[str, Any] = {
    "identityserver": {
        "Clients": [
            {
                "ClientId": "web",
                "ClientName": "Web shop",
                "Enabled": True,
                "AllowedGrantTypes": ["client_credentials"],
                "ClientSecrets": [{"Value": HASH, "Type": "SharedSecret", "Expiration": "2027-01-01T00:00:00"}],
                "Properties": {"owner": "shop", "tags": "pci,eu"},
            }
        ],
        "ApiResources": [{"Name": "api1", "Scopes": ["api1"], "ApiSecrets": [{"Value": HASH}]}],
    },
    "rfc7591": METADATA,
    "hydra": {"items": [METADATA | {"owner": "shop", "metadata": {"tags": "pci"}}]},
    "keycloak": {
        "realm": "prod",
        "clients": [
            {
                "clientId": "web",
                "secret": "plaintext, long enough",
                "publicClient": False,
                "defaultClientScopes": ["api1"],
                "attributes": {
                    "client.secret.creation.time": "1700000000",
                    "client.secret.expiration.time": "1800000000000",
                    "jwks.string": json.dumps({"keys": [KEY]}),
                    "use.jwks.string": "true",
                    "secretctl.tags": "pci",
                },
            }
        ],
    },
}
VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        10**30,
        1e300,
        "",
        " ",
        "old",
        "\0",
        "\x1b]0;\u202e",
        "\U0001f511" * 201,
        "2026-13-01",
        "9999-12-31T23:59:59Z",
        "true",
        "${SECRET}",
        "**********",
        "{",
        [],
        [[]],
        [None],
        {},
        {"": {}},
        {"Name": 1},
        KEY | {"d": "AAAA"},
    ]
)
FRAGMENTS = st.sampled_from(
    ['"', "\\", "{", "]", ",", "/*", "//", "\0", "\\u0000", "\\ud800", "\ufeff", "NaN", "1e999", "9" * 5000, "[" * 50]
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where there is something in a document."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places(inner, (*path, key))


@st.composite
def damaged(draw: st.DrawFn, format: str) -> str:
    """A good document in which some values are others, or gone, and some characters are others, or too many."""
    document = copy.deepcopy(GOOD[format])
    for _ in range(draw(st.integers(0, 3))):
        known = list(places(document))
        if not known:
            break
        *outer, last = draw(st.sampled_from(known))
        place = document
        for key in outer:
            place = place[key]
        if draw(st.booleans()):
            place[last] = copy.deepcopy(draw(VALUES))
        else:
            del place[last]
    text = json.dumps(document)
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(FRAGMENTS) + text[at + draw(st.integers(0, 4)) :]
    return text


@pytest.fixture(params=["toml", "sqlite"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Opens a registry that has a client of the same name, with a secret."""
    if request.param == "toml":
        location = str(tmp_path / "secretctl.toml")
        create_registry(location, "schema = 1\n")
    else:
        location = f"sqlite:///{tmp_path}/registry.db"
        create_schema(location)
    first = open_store(location)
    run(first, "identityserver", json.dumps(GOOD["identityserver"]))
    # A file is read once and kept in memory; a database is asked each time, and to open it takes ten times as long.
    return (lambda: open_store(location)) if request.param == "toml" else (lambda: first)


def run(store: Store, format: str, text: str) -> Applied:
    """Import it, as the command does."""
    return import_text(store, find_importer(format), text, hash_name="sha256", now=NOW)


def principals(store: Store) -> list[Principal]:
    """All that there is."""
    return list(store.principals())


@pytest.mark.parametrize("format", IMPORT_FORMATS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_all_or_nothing(format: str, kept: Callable[[], Store], data: st.DataObject) -> None:
    """One of our errors and nothing is written; or it is written, can be read, and the same import finds nothing to do."""
    text = data.draw(damaged(format))
    before = principals(kept())
    error, applied = None, None
    try:
        applied = run(kept(), format, text)
    except SecretctlError as exc:
        error = exc
    if applied is None:
        assert error is not None
        assert error.status in {3, 6, 64}
        assert principals(kept()) == before
        return
    assert {principal.target for principal in before} <= {principal.target for principal in principals(kept())}
    if applied.plan:
        assert principals(kept()) != before
    assert not run(kept(), format, text).plan
