"""What import, apply and export do with secrets that have no business in a registry."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from secretctl.crypto.shared_secret import hash_secret
from secretctl.model import SecretText
from secretctl.stores import open_store

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

HASH = hash_secret(SecretText("a secret of its own"), "sha256")
PLAIN = "correct horse battery"
KEY = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))  # the same in every worker
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
DER = b64encode(KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()
PRIVATE_JWK = json.dumps(
    {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "d": "AA"}
)
PUBLIC_JWK = json.dumps({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
KEYS = [
    ("JWK", PRIVATE_JWK),
    ("jwk", '{"kty": "oct", "k": "AAAA"}'),
    ("JsonWebKey", PRIVATE_JWK),
    ("X509Thumbprint", PRIVATE_JWK),
    ("X509CertificateBase64", PEM),
    ("X509CertificateBase64", DER),
    ("Acme", DER),
]
EXPORTS = [
    ["identityserver"],
    ["rfc7591"],
    ["hydra"],
    ["keycloak"],
    ["csv"],
    *(["sql", "--schema", schema] for schema in ("identityserver3", "identityserver4", "duende")),
]


def registry(*secrets: tuple[str, str]) -> str:
    """A registry whose client ``web`` has these secrets: types and values."""
    tables = "".join(
        f'[[clients.web.secrets]]\nid = "s{n}"\ntype = {json.dumps(type)}\nvalue = {json.dumps(value)}\n'
        for n, (type, value) in enumerate(secrets)
    )
    return f"schema = 1\n[clients.web]\n{tables}"


def appsettings(*secrets: tuple[str, str]) -> str:
    """The same for IdentityServer."""
    entries = [{"Type": type, "Value": value} for type, value in secrets]
    return json.dumps({"Clients": [{"ClientId": "web", "ClientSecrets": entries}]})


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize(("type", "value"), KEYS, ids=range(len(KEYS)))
def test_an_import_keeps_no_private_key(cli: Cli, type: str, value: str, dry_run: bool) -> None:
    """Refused under any type, and nothing is written; the key is in no message."""
    cli.ok("init")
    before = cli.registry.read_bytes()
    cli.write(appsettings(("SharedSecret", HASH), (type, value)), "in.json")
    ran = cli("import", "identityserver", "in.json", "--json", *(["--dry-run"] if dry_run else []))
    assert (ran.status, ran.error["code"]) == (6, "private_key_material")
    assert "client/web" in ran.error["message"]
    assert value[-12:-4] not in ran.out + ran.err
    assert cli.registry.read_bytes() == before


def test_an_import_keeps_no_private_key_as_a_hash(cli: Cli) -> None:
    """To say that the values are hashes does not make a key one."""
    cli.ok("init")
    cli.write(appsettings(("SharedSecret", PEM)), "in.json")
    ran = cli("import", "identityserver", "in.json", "--values", "hashed", "--force")
    assert ran.status == 6
    assert PEM not in cli.registry.read_text()


@pytest.mark.parametrize("option", ["--yes", "--dry-run"])
@pytest.mark.parametrize("b", ["b.toml", "sqlite:///b.db"])
@pytest.mark.parametrize(("type", "value"), KEYS[:5:2], ids=range(3))
def test_apply_copies_no_private_key(cli: Cli, type: str, value: str, b: str, option: str) -> None:
    """From a hand-written file, into a file and into a database; --force makes no difference."""
    a = cli.write(registry(("SharedSecret", HASH), (type, value)), "a.toml")
    cli.ok("init", b)
    ran = cli("apply", a, b, option, "--force", "--json")
    assert (ran.status, ran.error["code"]) == (6, "private_key_material")
    assert "s1" in ran.error["message"]
    assert list(open_store(b).principals()) == []


@pytest.mark.parametrize("arguments", EXPORTS, ids=" ".join)
def test_an_export_holds_no_private_key(cli: Cli, arguments: list[str]) -> None:
    """It is left out and listed; what is public goes along."""
    cli.write(registry(("SharedSecret", HASH), ("JWK", PUBLIC_JWK), *KEYS))
    ran = cli.ok("export", *arguments)
    for mark in (DER, DER[-12:], '\\"d\\"', '"d"', "AAAA", "PRIVATE KEY"):
        assert mark not in ran.out
    listed = ", ".join(f"client/web#s{n}" for n in range(2, 2 + len(KEYS)))
    assert f"not exported: secret of {listed}: it holds a private" in ran.err
    assert {"csv": "JWK", "keycloak": "web"}.get(arguments[0], PUBLIC_JWK[-20:-2]) in ran.out


@pytest.mark.parametrize("type", ["Shared Secret", "shared_secret", "shared-secret", " SHAREDSECRET "])
def test_plaintext_under_a_misspelled_type_is_hashed(cli: Cli, type: str) -> None:
    """Servers never match it, and a plaintext is a plaintext all the same; a second import changes nothing."""
    cli.ok("init")
    cli.write(appsettings((type, PLAIN)), "in.json")
    assert cli("import", "identityserver", "in.json").status == 64
    ran = cli.ok("import", "identityserver", "in.json", "--values", "plaintext")
    [secret] = cli.secrets("client/web")
    assert (
        f"warning: secret {secret['id']} of client/web: it will never be accepted: no server knows the type" in ran.err
    )
    assert PLAIN not in cli.registry.read_text() + ran.out + ran.err
    before = cli.registry.read_bytes()
    cli.ok("import", "identityserver", "in.json", "--values", "plaintext")
    assert cli.registry.read_bytes() == before


def test_values_without_the_shape_of_their_type_are_kept_with_a_warning(cli: Cli) -> None:
    """Types of plug-ins exist, and round trips lose nothing; but nobody shall have to guess."""
    cli.ok("init")
    odd = [("Acme", "slot 3 of the box"), ("X509Thumbprint", "not hex at all"), ("SharedSecret", PLAIN)]
    cli.write(appsettings(("SharedSecret", HASH), *odd), "in.json")
    ran = cli.ok("import", "identityserver", "in.json", "--values", "hashed")
    warnings = [line for line in ran.err.splitlines() if line.startswith("secretctl: warning")]
    ids = [secret["id"] for secret in cli.secrets("client/web")][1:]
    assert [f"secret {id} of client/web" in line for id, line in zip(ids, warnings, strict=True)] == [True] * 3
    assert "treat it as disclosed: rotate it" in warnings[2]
    for _, value in odd:
        assert value in cli.registry.read_text()
        assert value not in ran.err
    dry = cli(
        "import",
        "identityserver",
        "in.json",
        "--values",
        "hashed",
        "--dry-run",
        "--registry",
        cli.write("schema = 1", "b.toml"),
    )
    assert dry.err.count("warning: a secret of client/web: ") == 3


@pytest.mark.parametrize("value", [PLAIN, "hunter2", "Zm9vYmFyYmF6cXV4cXV1eGNvcmdlZ3JhdWx0Z2FycGx-"])
def test_apply_warns_of_plaintext_that_it_copies(cli: Cli, value: str) -> None:
    """Not refused, as there are placeholders, but said for each: by target and id, without the value."""
    a = cli.write(registry(("SharedSecret", HASH), ("Shared Secret", value)), "a.toml")
    b = cli.write("schema = 1\n", "b.toml")
    said = "warning: secret s1 of client/web: its value looks like the secret itself, and is copied as it is; treat it as disclosed: rotate it"
    dry = cli("apply", a, b, "--dry-run")
    done = cli.ok("apply", a, b, "--yes")
    for ran in (dry, done):
        assert ran.err.count("warning") == 1
        assert said in ran.err
        assert value not in ran.err
    assert value in b.read_text()
    assert "warning" not in cli.ok("apply", a, b, "--yes").err
