"""``header`` and ``assertion``: what they build is what ``verify`` accepts."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

if TYPE_CHECKING:
    from typing import Any

    from tests.cli.conftest import Cli

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "known_values.json").read_text("utf-8"))
REGISTRY = """\
schema = 1
[issuer]
url = "https://id.example.com"
[clients.web]
[[clients.web.secrets]]
value = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="
"""


@pytest.fixture
def cli(cli: Cli) -> Cli:
    """With a client ``web`` whose secret is ``secret``."""
    cli.write(REGISTRY)
    cli.write("secret", "secret.txt")
    return cli


class TestHeader:
    """Basic credentials."""

    @pytest.mark.parametrize("vector", VECTORS["basic"], ids=lambda vector: vector["id"])
    def test_known_answers(self, cli: Cli, vector: dict[str, Any]) -> None:
        """Form-urlencoded (RFC 6749 §2.3.1) and raw (RFC 7617); a colon in a raw id is refused."""
        command = ("header", f"client/{vector['id']}", "--secret-file", "-", "--no-check", "--format", "value")
        assert cli.ok(*command, stdin=vector["secret"]).out == vector["rfc"] + "\n"
        raw = cli(*command, "--raw", stdin=vector["secret"])
        assert (raw.status, raw.out) == ((6, "") if vector["raw"] is None else (0, vector["raw"] + "\n"))

    def test_formats(self, cli: Cli) -> None:
        """Each is what its reader takes."""
        command = ("header", "web", "--secret-file", "secret.txt", "--format")
        value = "Basic d2ViOnNlY3JldA=="
        assert cli.ok(*command, "header").out == f"Authorization: {value}\n"
        assert cli.ok(*command, "curl").out == f'header = "Authorization: {value}"\n'
        assert cli.ok(*command, "post").out == "client_id=web&client_secret=secret\n"
        assert cli.ok(*command, "json").json == {"authorization": value, "form": "client_id=web&client_secret=secret"}
        assert cli(*command, "nonsense").status == 64

    def test_a_wrong_secret_is_refused(self, cli: Cli) -> None:
        """With status 1 and the reason on stderr; ``--no-check`` builds it anyway."""
        ran = cli("header", "web", "--secret-file", "-", stdin="wrong-secret")
        assert (ran.status, ran.out) == (1, "")
        assert "mismatch" in ran.err
        assert "wrong-secret" not in ran.err
        assert cli.ok("header", "web", "--secret-file", "-", "--no-check", stdin="wrong-secret").out

    def test_no_check_needs_no_registry(self, cli: Cli) -> None:
        """Nor a terminal."""
        cli.registry.unlink()
        assert cli.ok("header", "anybody", "--secret-file", "secret.txt", "--no-check").out.startswith(
            "Authorization: "
        )

    def test_what_is_skipped_is_a_warning(self, cli: Cli) -> None:
        """A stored value that is not valid says so here as well."""
        cli.write(REGISTRY.replace("[[clients", '[[clients.web.secrets]]\nid = "2"\nvalue = "nonsense"\n[[clients'))
        ran = cli.ok("header", "web", "--secret-file", "secret.txt")
        assert "warning: secret 2 was skipped" in ran.err
        assert ran.out == "Authorization: Basic d2ViOnNlY3JldA==\n"

    def test_an_unknown_target(self, cli: Cli) -> None:
        """Status 4."""
        assert cli("header", "nobody", "--secret-file", "secret.txt").status == 4

    def test_no_source_and_no_terminal(self, cli: Cli) -> None:
        """Status 64."""
        assert cli("header", "web").status == 64

    def test_what_is_built_is_accepted(self, cli: Cli) -> None:
        """By verify, from header and body alike."""
        built = cli.ok("header", "web", "--secret-file", "secret.txt", "--json").json
        cli.ok("verify", "--basic", "-", stdin=built["authorization"])
        cli.ok("verify", "--form", "-", stdin=built["form"])


def pem(key: Any, format: serialization.PrivateFormat, password: bytes | None = None) -> bytes:
    """A private key in PEM."""
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return bytes(key.private_bytes(serialization.Encoding.PEM, format, encryption))


def public_jwk(key: Any) -> str:
    """The public half of an EC key as a JWK."""
    numbers = key.public_key().public_numbers()
    x, y = (base64.urlsafe_b64encode(n.to_bytes(32, "big")).decode().rstrip("=") for n in (numbers.x, numbers.y))
    return json.dumps({"kty": "EC", "crv": "P-256", "x": x, "y": y})


class TestAssertion:
    """``private_key_jwt``."""

    @pytest.fixture
    def key(self) -> ec.EllipticCurvePrivateKey:
        """A key whose public half is registered by the tests that need it."""
        return ec.generate_private_key(ec.SECP256R1())

    def register(self, cli: Cli, key: Any) -> None:
        """Give ``web`` the key."""
        cli.write(REGISTRY + f"[[clients.web.secrets]]\nid = 'k'\ntype = 'JWK'\nvalue = '{public_jwk(key)}'\n")

    @pytest.mark.parametrize(
        "format", [serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL]
    )
    def test_what_is_minted_is_accepted(self, cli: Cli, key: Any, format: serialization.PrivateFormat) -> None:
        """From PKCS#8 and SEC1, as a token and as a form."""
        self.register(cli, key)
        (cli.path / "key.pem").write_bytes(pem(key, format))
        token = cli.ok("assertion", "web", "--key", "key.pem").out
        verdict = cli.ok("verify", "--assertion", "-", "--json", stdin=token).json
        assert (verdict["method"], verdict["secret"]["id"]) == ("private_key_jwt", "k")
        form = cli.ok("assertion", "web", "--key", "key.pem", "--format", "form").out
        cli.ok("verify", "--form", "-", stdin=form)
        fields = cli.ok("assertion", "web", "--key", "key.pem", "--json").json
        assert list(fields) == ["client_assertion_type", "client_assertion"]

    @pytest.mark.parametrize("profile", ["identityserver4", "duende"])
    def test_each_profile_gets_its_audience(self, cli: Cli, key: Any, profile: str) -> None:
        """IdentityServer4 expects the token endpoint."""
        self.register(cli, key)
        cli.registry.write_text(
            cli.registry.read_text().replace(
                "[clients.web]\n", f'[validation]\nprofile = "{profile}"\n[clients.web]\n', 1
            )
        )
        (cli.path / "key.pem").write_bytes(pem(key, serialization.PrivateFormat.PKCS8))
        token = cli.ok("assertion", "web", "--key", "key.pem").out
        cli.ok("verify", "--assertion", "-", stdin=token)

    def test_an_encrypted_key(self, cli: Cli, key: Any) -> None:
        """Its password comes from a file, or from a terminal that is not there."""
        self.register(cli, key)
        (cli.path / "key.pem").write_bytes(pem(key, serialization.PrivateFormat.PKCS8, b"password"))
        cli.write("password\n", "password.txt")
        assert cli.ok("assertion", "web", "--key", "key.pem", "--key-password-file", "password.txt").out
        assert cli("assertion", "web", "--key", "key.pem").status == 64
        cli.write("wrong", "password.txt")
        ran = cli("assertion", "web", "--key", "key.pem", "--key-password-file", "password.txt")
        assert ran.status == 3

    def test_a_key_that_is_not_registered(self, cli: Cli, key: Any) -> None:
        """Status 1 and how to register it."""
        (cli.path / "key.pem").write_bytes(pem(key, serialization.PrivateFormat.PKCS8))
        ran = cli("assertion", "web", "--key", "key.pem")
        assert (ran.status, ran.out) == (1, "")
        assert "secret import" in ran.err
        assert cli.ok("assertion", "web", "--key", "key.pem", "--no-check").out

    def test_without_a_registry(self, cli: Cli, key: Any) -> None:
        """With --no-check and an audience none is needed; without an audience it cannot be decided."""
        (cli.path / "key.pem").write_bytes(pem(key, serialization.PrivateFormat.PKCS8))
        cli.write("schema = 1\n[clients.web]\n")
        assert cli("assertion", "web", "--key", "key.pem", "--no-check").status == 3
        cli.registry.unlink()
        assert cli.ok("assertion", "web", "--key", "key.pem", "--no-check", "--audience", "https://x.example").out

    @pytest.mark.parametrize(
        ("key", "alg"),
        [(rsa.generate_private_key(65537, 2048), "PS256"), (ed25519.Ed25519PrivateKey.generate(), "EdDSA")],
        ids=["rsa", "ed25519"],
    )
    def test_the_algorithm_fits_the_key(self, cli: Cli, key: Any, alg: str) -> None:
        """The best of those that the server takes."""
        (cli.path / "key.pem").write_bytes(pem(key, serialization.PrivateFormat.PKCS8))
        token = cli.ok("assertion", "web", "--key", "key.pem", "--no-check").out
        header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
        assert (header["alg"], header["typ"]) == (alg, "client-authentication+jwt")

    def test_lifetime_and_kid(self, cli: Cli, key: Any) -> None:
        """As they were asked for."""
        (cli.path / "key.pem").write_bytes(pem(key, serialization.PrivateFormat.PKCS8))
        token = cli.ok("assertion", "web", "--key", "key.pem", "--no-check", "--lifetime", "5min", "--kid", "K1").out
        header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2])
        assert header["kid"] == "K1"
        assert claims["exp"] - claims["iat"] == 300
        assert cli("assertion", "web", "--key", "key.pem", "--no-check", "--lifetime", "0s").status == 64
