"""secret import and inspect on the command line."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import TYPE_CHECKING

import pytest

from tests.known import SAMPLE

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

REGISTRY = "schema = 1\n[clients.web]\n"


@pytest.fixture(autouse=True)
def _registry(cli: Cli) -> None:
    cli.write(REGISTRY)


def stored(cli: Cli) -> list[dict[str, str]]:
    """The secrets with their values."""
    secrets: list[dict[str, str]] = cli.ok("client", "show", "web", "--json", "--values").json["secrets"]
    return secrets


def test_the_sample_certificate_imports(cli: Cli) -> None:
    """Negative serial number, SHA-1 signature, ended in 2020: with a warning and its end."""
    ran = cli.ok("secret", "import", "client/web", "-", stdin=SAMPLE["base64"])
    (secret,) = stored(cli)
    assert ran.out == secret["id"] + "\n"
    assert (secret["type"], secret["value"]) == ("X509CertificateBase64", SAMPLE["base64"])
    assert secret["expiration"] == SAMPLE["not_after"]
    assert "expired" in ran.err
    assert SAMPLE["not_after"] in ran.err


@pytest.mark.parametrize(
    ("profile", "arguments", "type", "value"),
    [
        ("rfc", ["--as", "thumbprint"], "X509Thumbprint", SAMPLE["sha256"]),
        ("duende", ["--as", "thumbprint"], "X509Thumbprint", SAMPLE["sha1"]),
        ("rfc", ["--thumbprint", "sha1"], "X509Thumbprint", SAMPLE["sha1"]),
        ("rfc", ["--as", "name"], "X509Name", "CN=Client"),
        ("rfc", ["--as", "certificate"], "X509CertificateBase64", SAMPLE["base64"]),
    ],
)
def test_what_is_kept_of_it(cli: Cli, profile: str, arguments: list[str], type: str, value: str) -> None:
    """As --as says; der, PEM and base64 are the same."""
    cli.write(f'{REGISTRY}[validation]\nprofile = "{profile}"\n')
    (cli.path / "cert.der").write_bytes(b64decode(SAMPLE["base64"]))
    body = cli.ok("secret", "import", "client/web", "cert.der", *arguments, "--description", "d", "--json").json
    assert (body["target"], body["type"], body["value"], body["description"]) == ("client/web", type, value, "d")
    assert body["certificate_end"] == SAMPLE["not_after"]
    assert stored(cli)[0]["id"] == body["secret_id"]


def test_a_pasted_thumbprint_is_a_secret_too(cli: Cli) -> None:
    """It has neither key nor end."""
    body = cli.ok("secret", "import", "client/web", "-", "--expires", "1y", "--json", stdin=SAMPLE["sha1"]).json
    assert (body["value"], body["key"], body["certificate_end"]) == (SAMPLE["sha1"], None, None)
    assert body["expiration"]
    assert cli.ok("secret", "import", "client/web", "-", stdin=SAMPLE["sha256"]).err


@pytest.mark.parametrize(
    ("arguments", "stdin", "status"),
    [
        (["client/none", "-"], SAMPLE["base64"], 4),
        (["client/web", "missing.pem"], "", 3),
        (["client/web", "-"], "no certificate", 3),
        (["client/web", "-", "--as", "pfx"], SAMPLE["base64"], 64),
        (["client/web", "-", "--thumbprint", "md5"], SAMPLE["base64"], 64),
        (["client/web", "-"], '{"kty":"oct","k":"AAAA"}', 6),
    ],
)
def test_what_cannot_be_imported(cli: Cli, arguments: list[str], stdin: str, status: int) -> None:
    """Nothing is written, and stdout stays empty."""
    before = cli.registry.read_bytes()
    ran = cli("secret", "import", *arguments, stdin=stdin)
    assert (ran.status, ran.out) == (status, "")
    assert cli.registry.read_bytes() == before


def test_inspect_shows_a_certificate(cli: Cli) -> None:
    """With the names of the documentation."""
    body = cli.ok("inspect", "-", "--json", stdin=SAMPLE["base64"]).json
    assert body["kind"] == "certificate"
    assert body["thumbprint_sha1"] == SAMPLE["sha1"]
    assert set(body) == {
        *("kind", "subject", "subject_dotnet", "issuer", "serial", "not_before", "not_after"),
        *("thumbprint_sha1", "thumbprint_sha256", "x5t#S256", "key"),
    }
    ran = cli.ok("inspect", "-", stdin=SAMPLE["base64"])
    assert SAMPLE["x5t#S256"] in ran.out
    assert "secret import" in ran.err


def test_inspect_masks_the_secret_of_a_basic_header(cli: Cli) -> None:
    """It is not shown in any output."""
    for arguments in ([], ["--json"]):
        ran = cli.ok("inspect", "-", *arguments, stdin="Basic Y2xpZW50OmEtbG9uZy1zZWNyZXQtdGV4dA==")
        assert "a-long-secret-text" not in ran.out + ran.err
        assert "********" in ran.out


def test_inspect_shows_what_is_within_an_assertion(cli: Cli) -> None:
    """Header and claims, unverified; hostile text is inert."""
    from base64 import urlsafe_b64encode

    parts = [{"alg": "RS256"}, {"iss": "web\x1b[31m", "aud": ["a", "b"]}]
    token = ".".join([*(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), "AA"])
    ran = cli.ok("inspect", "-", stdin=token)
    assert "\x1b" not in ran.out
    assert "not verified" in ran.err
    assert '["a", "b"]' in ran.out
    assert cli.ok("inspect", "-", "--json", stdin=token).json["claims"]["iss"] == "web\x1b[31m"


def test_inspect_refuses_what_it_does_not_know(cli: Cli) -> None:
    """Status 3."""
    assert cli("inspect", "-", stdin="hello").status == 3
