"""Certificates and public keys as secrets: every input that is taken, every one that is refused, and what is stored of it."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
import tomli_w
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, x25519
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12
from cryptography.x509.oid import NameOID

from tests.acceptance.kit import (
    NOW,
    SERVERS,
    accepted,
    authority,
    b64,
    b64url,
    certificate,
    claims,
    ec_key,
    jwk,
    name,
    pem_key,
    refused,
    registry_text,
    rsa_key,
    stored,
    token,
)
from tests.known import SAMPLE

if TYPE_CHECKING:
    from tests.acceptance.kit import Judge
    from tests.cli.conftest import Cli

ADDED = ["target", "secret_id", "type", "value", "description", "created", "expiration", "delivered_to"]
AT = ("--at", "2026-06-01T00:00:30Z")


def begin(cli: Cli, profile: str = "rfc", **policy: Any) -> None:
    """A registry with the client ``web``."""
    text = registry_text({"web": {}}, validation={"profile": profile})
    cli.write(text + ("\n" + tomli_w.dumps({"policy": policy}) if policy else ""))


def imported(cli: Cli, data: bytes | str, *arguments: str) -> dict[str, Any]:
    """What is stored of it, after an import that works."""
    ran = cli.ok("secret", "import", "client/web", "-", *arguments, "--json", stdin=data)
    shown = cli.ok("client", "show", "web", "--json", "--values").json["secrets"][-1]
    assert ran.json["secret_id"] == shown["id"]
    assert (ran.json["type"], ran.json["value"]) == (shown["type"], shown["value"])
    return {**shown, "err": ran.err, "json": ran.json}


def refusal(cli: Cli, data: bytes | str, status: int, *arguments: str) -> str:
    """What stderr says, after an import that is refused and leaves no trace."""
    before = cli.registry.read_bytes()
    ran = cli("secret", "import", "client/web", "-", *arguments, "--json", stdin=data)
    assert (ran.status, ran.out) == (status, ""), ran
    assert cli.registry.read_bytes() == before
    return ran.error["message"]  # type: ignore[no-any-return]


MADE = certificate("web")


# --- certificates --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [
    MADE.pem, MADE.der, MADE.base64, MADE.base64 + "\n", "\n".join(MADE.base64[at:at + 64] for at in range(0, len(MADE.base64), 64)) + "\n",
    MADE.pem.replace(b"\n", b"\r\n"), b"Bag Attributes\n    friendlyName: web\n" + MADE.pem, b"\xef\xbb\xbf" + MADE.pem, b"\n\n" + MADE.pem + b"\n\n",
    b"-----END CERTIFICATE-----\n" + MADE.pem,
], ids=["PEM", "DER", "base64", "base64 and a new line", "base64 in lines", "CRLF", "text before", "byte-order mark", "blank lines", "rest of another"])  # fmt: skip
def test_forms_of_a_certificate(cli: Cli, data: bytes | str) -> None:
    """PEM, DER and bare base64 become base64 DER on one line."""
    begin(cli)
    found = imported(cli, data)
    assert (found["type"], found["value"]) == ("X509CertificateBase64", MADE.base64)
    assert "warning" not in found["err"]


def test_the_json_of_an_import(cli: Cli) -> None:
    """What `secret add` reports, without a secret; the certificate's own end is shown."""
    begin(cli)
    ran = cli.ok("secret", "import", "client/web", "-", "--description", "d", "--json", stdin=MADE.pem)
    assert list(ran.json)[:7] == ADDED[:7]
    assert "secret" not in ran.json
    assert ran.json["description"] == "d"
    assert "2027-01-01T00:00:00Z" in ran.err
    text = cli.ok("secret", "import", "client/web", "-", stdin=certificate("other").pem)
    assert text.out.strip() == cli.secrets("client/web")[-1]["id"]


def test_the_earlier_end_counts(cli: Cli) -> None:
    """Without --expires the certificate's own; with it the earlier of the two."""
    begin(cli)
    for arguments, end in (
        ([], "2027-01-01T00:00:00Z"),
        (["--expires", "2026-07-01"], "2026-07-01T00:00:00Z"),
        (["--expires", "2030-01-01"], "2027-01-01T00:00:00Z"),
    ):
        begin(cli)
        imported(cli, MADE.pem, *arguments)
        principal = cli("check", "--at", "2026-05-01", "--json").json["principals"][0]
        assert principal["secrets"][0]["expiration"] == end
        assert principal["covered_until"] == end


def test_a_chain(cli: Cli) -> None:
    """The leaf is taken, with a warning, in whichever order the chain comes."""
    begin(cli)
    leaf, ca = certificate("leaf", issued_by="Chain CA"), authority("Chain CA")
    for chain in (leaf.pem + ca.pem, ca.pem + leaf.pem):
        begin(cli)
        found = imported(cli, chain)
        assert found["value"] == leaf.base64
        assert "warning" in found["err"]


def test_several_leaves(cli: Cli) -> None:
    """Two certificates that are no chain: nobody knows which is meant."""
    begin(cli)
    refusal(cli, certificate("one").pem + certificate("two", key=1).pem, 3)


def test_the_same_twice_in_one_file(cli: Cli) -> None:
    """Base64 glued together is no certificate."""
    begin(cli)
    refusal(cli, f"{MADE.base64}\n{MADE.base64}\n", 3)


def test_the_sample_certificate(cli: Cli) -> None:
    """A negative serial number, a SHA-1 signature, ended 2020: imported with a warning, in every way."""
    for profile in ("rfc", *SERVERS):
        begin(cli, profile)
        found = imported(cli, SAMPLE["base64"])
        assert found["value"] == SAMPLE["base64"]
        assert "warning" in found["err"]
        assert "2020-01-20T23:00:00Z" in found["err"]
        thumbprint = imported(cli, SAMPLE["base64"], "--as", "thumbprint")
        assert thumbprint["value"].upper() == (SAMPLE["sha256"] if profile == "rfc" else SAMPLE["sha1"])
        assert imported(cli, SAMPLE["base64"], "--as", "name")["value"] == "CN=Client"
        assert json.loads(imported(cli, SAMPLE["base64"], "--as", "jwk")["value"])["kty"] == "RSA"


def test_an_expired_certificate(cli: Cli) -> None:
    """With a warning."""
    begin(cli)
    assert "warning" in imported(cli, certificate("old", begins="2020-01-01", ends="2021-01-01").pem)["err"]


@pytest.mark.parametrize(("profile", "arguments", "expected"), [
    ("rfc", [], "sha256"), ("identityserver3", [], "sha1"), ("identityserver4", [], "sha1"), ("duende", [], "sha1"),
    ("rfc", ["--thumbprint", "sha1"], "sha1"), ("duende", ["--thumbprint", "sha256"], "sha256"),
])  # fmt: skip
def test_thumbprints(cli: Cli, profile: str, arguments: list[str], expected: str) -> None:
    """Hex, SHA-1 under IdentityServer's profiles, else SHA-256, or as asked."""
    begin(cli, profile)
    cli.ok("secret", "import", "client/web", "-", "--as", "thumbprint", *arguments, stdin=MADE.pem)
    found = cli.ok("client", "show", "web", "--json", "--values").json["secrets"][-1]
    assert found["type"] == "X509Thumbprint"
    assert found["value"].upper() == {"sha1": MADE.sha1, "sha256": MADE.sha256}[expected]


def test_names(cli: Cli) -> None:
    """As .NET prints the subject under IdentityServer's profiles, as RFC 4514 under rfc."""
    subject = name(
        (NameOID.COUNTRY_NAME, "DE"),
        (NameOID.STATE_OR_PROVINCE_NAME, "NRW"),
        (NameOID.ORGANIZATION_NAME, "Acme, Inc."),
        (NameOID.COMMON_NAME, "web"),
    )
    made = certificate("web", subject=subject)
    for profile, spelled in (
        ("rfc", "CN=web,O=Acme\\, Inc.,ST=NRW,C=DE"),
        ("duende", 'CN=web, O="Acme, Inc.", S=NRW, C=DE'),
    ):
        begin(cli, profile)
        found = imported(cli, made.pem, "--as", "name")
        assert (found["type"], found["value"]) == ("X509Name", spelled)


def test_as_jwk(cli: Cli) -> None:
    """The public key of a certificate, with which assertions verify."""
    begin(cli)
    found = imported(cli, MADE.pem, "--as", "jwk")
    assert found["type"] == "JWK"
    key = json.loads(found["value"])
    assert not key.keys() & {"d", "p", "q", "k"}
    assert key["n"] == json.loads(jwk(rsa_key()))["n"]
    jwt = token(claims())
    assert cli("verify", "--assertion", "-", *AT, stdin=jwt).status == 0


def test_what_does_not_go_together(cli: Cli) -> None:
    """A thumbprint, a name or a certificate of a JWK cannot be had; --thumbprint needs a thumbprint."""
    begin(cli)
    for way in ("certificate", "thumbprint", "name"):
        assert cli("secret", "import", "client/web", "-", "--as", way, stdin=jwk(rsa_key())).status == 64
    assert cli("secret", "import", "client/web", "-", "--as", "nonsense", stdin=MADE.pem).status == 64
    assert (
        cli("secret", "import", "client/web", "-", "--as", "thumbprint", "--thumbprint", "md5", stdin=MADE.pem).status
        == 64
    )
    assert cli.secrets("client/web") == []


def test_policy(cli: Cli) -> None:
    """Types that are not allowed: 6; an end that is required may be the certificate's own."""
    begin(cli, allowed_types=["JWK"])
    refusal(cli, MADE.pem, 6)
    imported(cli, MADE.pem, "--as", "jwk", "--expires", "30d")
    begin(cli, require_expiration=True)
    refusal(cli, jwk(rsa_key()), 6)
    imported(cli, MADE.pem)
    begin(cli, max_lifetime="30d")
    refusal(cli, MADE.pem, 6, "--expires", "31d")
    refusal(cli, jwk(rsa_key()), 6, "--expires", "31d")


# --- keys ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key",
    [rsa_key(), ec_key("P-256"), ec_key("P-384"), ec_key("P-521"), ed25519.Ed25519PrivateKey.generate()],
    ids=["RSA", "P-256", "P-384", "P-521", "Ed25519"],
)
def test_keys_that_are_taken(cli: Cli, key: Any) -> None:
    """A JWK, or a set of one, is stored as JSON on one line and verifies assertions."""
    public = jwk(key, kid="k1")
    for data in (
        public,
        json.dumps(json.loads(public), indent=2),
        json.dumps({"keys": [json.loads(public)]}),
        "\ufeff" + public,
    ):
        begin(cli)
        found = imported(cli, data)
        assert found["type"] == "JWK"
        assert "\n" not in found["value"]
        assert json.loads(found["value"])["kty"] == json.loads(public)["kty"]
        assert cli("verify", "--assertion", "-", *AT, stdin=token(claims(), key, kid="k1")).status == 0


def test_a_public_key_as_pem(cli: Cli) -> None:
    """A bare public key in PEM is kept as a JWK."""
    begin(cli)
    pem = (
        rsa_key().public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    cli.ok("secret", "import", "client/web", "-", stdin=pem)
    assert cli.secrets("client/web")[0]["type"] == "JWK"


def _private(key: Any) -> str:
    numbers = key.private_numbers()
    public = json.loads(jwk(key))
    if "n" in public:
        extra = {
            "d": numbers.d,
            "p": numbers.p,
            "q": numbers.q,
            "dp": numbers.dmp1,
            "dq": numbers.dmq1,
            "qi": numbers.iqmp,
        }
    else:
        extra = {"d": numbers.private_value}
    return json.dumps(
        {
            **public,
            **{name: b64url(value.to_bytes((value.bit_length() + 7) // 8, "big")) for name, value in extra.items()},
        }
    )


OPENSSH = (
    rsa_key()
    .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
    .decode()
)
PKCS8 = ec_key().private_bytes(
    serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
PRIVATE = {
    "RSA JWK": _private(rsa_key()),
    "EC JWK": _private(ec_key()),
    "just d": json.dumps({**json.loads(jwk(ec_key())), "d": "AQ"}),
    "an empty d": json.dumps({**json.loads(jwk(ec_key())), "d": ""}),
    "symmetric": json.dumps({"kty": "oct", "k": b64url(b"x" * 32)}),
    "k beside RSA": json.dumps({**json.loads(jwk(rsa_key())), "k": "AAAA"}),
    "in a set": json.dumps({"keys": [json.loads(_private(rsa_key()))]}),
    "PKCS#8": pem_key(rsa_key()),
    "PKCS#1": pem_key(rsa_key(), traditional=True),
    "SEC1": pem_key(ec_key(), traditional=True),
    "encrypted": pem_key(rsa_key(), b"password"),
    "OpenSSH without its armour": "".join(OPENSSH.splitlines()[1:-1]),
    "PKCS#8 in hex": PKCS8.hex(),
    "PKCS#8 in base64url": b64url(PKCS8),
    "certificate, then key": MADE.pem + pem_key(rsa_key()),
    "key, then certificate": pem_key(rsa_key()) + MADE.pem,
}


@pytest.mark.parametrize("data", PRIVATE.values(), ids=PRIVATE.keys())
def test_private_and_symmetric_keys(cli: Cli, data: bytes | str) -> None:
    """6: a registry holds none, and nothing of the key is repeated."""
    begin(cli)
    message = refusal(cli, data, 6)
    assert "private" in message.lower() or "symmetric" in message.lower() or "secret" in message.lower()


def _small_exponent(e: int) -> str:
    return json.dumps({**json.loads(jwk(rsa_key())), "e": b64url(e.to_bytes((max(e.bit_length(), 1) + 7) // 8, "big"))})


def _roca() -> str:
    """A modulus with the fingerprint of CVE-2017-15361: a power of 65537 modulo each of the small primes."""
    primes = [3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167]  # fmt: skip
    product = 1
    for prime in primes:
        product *= prime
    start = pow(65537, 12345, product)
    number = start + product * ((1 << 2047) // product + 1)
    assert number.bit_length() == 2048
    if number % 2 == 0:
        number += product
    return json.dumps({"kty": "RSA", "n": b64url(number.to_bytes(256, "big")), "e": "AQAB"})


def _even_modulus() -> str:
    n = rsa_key().public_key().public_numbers().n - 1
    return json.dumps({"kty": "RSA", "n": b64url(n.to_bytes(256, "big")), "e": "AQAB"})


WEAK = {
    "RSA 1024": jwk(rsa_key(7, 1024)),
    "e = 1": _small_exponent(1),
    "e = 2": _small_exponent(2),
    "e = 65536": _small_exponent(65536),
    "ROCA": _roca(),
    "off the curve": json.dumps({**json.loads(jwk(ec_key())), "y": json.loads(jwk(ec_key()))["x"]}),
    "x of zero": json.dumps({**json.loads(jwk(ec_key())), "x": b64url(bytes(32)), "y": b64url(bytes(32))}),
    "use enc": jwk(rsa_key(), use="enc"),
    "key_ops encrypt": jwk(rsa_key(), key_ops=["encrypt"]),
    "key_ops empty": jwk(rsa_key(), key_ops=[]),
    "alg of another kind": jwk(rsa_key(), alg="ES256"),
    "alg of another curve": jwk(ec_key("P-384"), alg="ES256"),
    "alg HS256": jwk(rsa_key(), alg="HS256"),
    "alg none": jwk(rsa_key(), alg="none"),
    "alg for encryption": jwk(rsa_key(), alg="RSA-OAEP"),
}


@pytest.mark.parametrize("data", WEAK.values(), ids=WEAK.keys())
def test_weak_and_unfit_keys(cli: Cli, data: str) -> None:
    """6, and where it is written by hand it never verifies."""
    begin(cli)
    refusal(cli, data, 6)
    cli.write(registry_text({"web": {"secrets": [{"id": "w", "type": "JWK", "value": data}]}}))
    if json.loads(data)["kty"] == "RSA" and json.loads(data)["n"] == json.loads(jwk(rsa_key()))["n"]:
        assert cli("verify", "--assertion", "-", *AT, stdin=token(claims())).status == 1
    assert cli.secrets("client/web")[0]["status"] == "invalid"


@pytest.mark.parametrize(
    "member",
    [
        {"use": "sig"},
        {"key_ops": ["verify"]},
        {"alg": "RS256"},
        {"alg": "PS512"},
        {"use": "sig", "key_ops": ["verify"], "alg": "PS256"},
        {"x5t": "abc"},
        {"unknown": [1]},
    ],
)
def test_members_that_fit(cli: Cli, member: dict[str, Any]) -> None:
    """`use`, `key_ops` and `alg` for signatures are fine."""
    begin(cli)
    imported(cli, jwk(rsa_key(), **member))


def test_rsa_bits_are_the_policys(cli: Cli) -> None:
    """`min_rsa_bits`, for JWKs and for certificates; the smallest that holds is taken."""
    begin(cli, min_rsa_bits=3072)
    refusal(cli, jwk(rsa_key()), 6)
    for way in ("certificate", "jwk"):
        refusal(cli, MADE.pem, 6, "--as", way)
    begin(cli, min_rsa_bits=2048)
    imported(cli, jwk(rsa_key()))


def _certificate_of(key: Any, digest: Any) -> bytes:
    subject = name((NameOID.COMMON_NAME, "odd"))
    builder = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key()).serial_number(7)
        .not_valid_before(dt.datetime(2026, 1, 1)).not_valid_after(dt.datetime(2040, 1, 1))
    )  # fmt: skip
    return builder.sign(key, digest).public_bytes(serialization.Encoding.PEM)


def test_weak_certificates(cli: Cli) -> None:
    """The key of a certificate is held to the same rules; DSA can sign no assertion."""
    begin(cli)
    refusal(cli, _certificate_of(rsa_key(7, 1024), hashes.SHA256()), 6)
    refusal(cli, _certificate_of(dsa.generate_private_key(1024), hashes.SHA256()), 6)


def test_a_weak_certificate_that_was_written_by_hand(judge: Judge) -> None:
    """It is the very same certificate that TLS presents, and still proves nothing; one of another curve does."""
    weak = _certificate_of(rsa_key(7, 1024), hashes.SHA256())
    other = _certificate_of(ec.generate_private_key(ec.SECP256K1()), hashes.SHA256())
    for pem, invalid in ((weak, True), (other, False)):
        der = x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)
        judge.one(stored("X509CertificateBase64", b64(der)))
        verdict = judge.tls(pem)
        (principal,) = judge.cli("check", "--at", NOW, "--json").json["principals"]
        if invalid:
            refused(verdict, "invalid_stored_value")
            assert verdict["warnings"]
        else:
            accepted(verdict, "self_signed_tls_client_auth")
        assert (principal["secrets"][0]["status"] == "invalid") == invalid


def test_keys_for_other_purposes(cli: Cli) -> None:
    """X25519 cannot sign, secp256k1 and Ed448 belong to no algorithm here: refused."""
    begin(cli)
    raw = (
        x25519.X25519PrivateKey.generate()
        .public_key()
        .public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    )
    refusal(cli, json.dumps({"kty": "OKP", "crv": "X25519", "x": b64url(raw)}), 6)
    for data in (
        json.dumps({"kty": "EC", "crv": "secp256k1", "x": b64url(bytes(32)), "y": b64url(bytes(32))}),
        json.dumps({"kty": "XYZ"}),
    ):
        refusal(cli, data, 6)
    pem = _certificate_of(ec.generate_private_key(ec.SECP256K1()), hashes.SHA256())
    assert cli("secret", "import", "client/web", "-", "--as", "jwk", stdin=pem).status == 6


# --- what cannot be decided ----------------------------------------------------------------------------------------


def _csr() -> bytes:
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(name((NameOID.COMMON_NAME, "web")))
        .sign(rsa_key(), hashes.SHA256())
    )
    return request.public_bytes(serialization.Encoding.PEM)


def _csr_der() -> bytes:
    return x509.load_pem_x509_csr(_csr()).public_bytes(serialization.Encoding.DER)


OTHER: dict[str, bytes | str] = {
    "PKCS#7 PEM": pkcs7.serialize_certificates([MADE.certificate], serialization.Encoding.PEM),
    "PKCS#7 DER": pkcs7.serialize_certificates([MADE.certificate], serialization.Encoding.DER),
    "PKCS#12": pkcs12.serialize_key_and_certificates(
        b"web", rsa_key(), MADE.certificate, None, serialization.BestAvailableEncryption(b"x")
    ),
    "PKCS#12 without a key": pkcs12.serialize_key_and_certificates(
        b"web", None, MADE.certificate, None, serialization.NoEncryption()
    ),
    "PKCS#12 in base64": base64.b64encode(
        pkcs12.serialize_key_and_certificates(
            b"web", rsa_key(), MADE.certificate, None, serialization.BestAvailableEncryption(b"x")
        )
    ),
    "a request": _csr(),
    "a request in DER": _csr_der(),
    "several keys": json.dumps({"keys": [json.loads(jwk(rsa_key())), json.loads(jwk(ec_key()))]}),
    "no keys": json.dumps({"keys": []}),
    "an array": json.dumps([json.loads(jwk(rsa_key()))]),
    "nothing": "",
    "white space": " \n ",
    "text": "hello",
    "base64 of something else": base64.b64encode(b"hello world, this is no certificate"),
    "cut PEM": MADE.pem[:200],
    "cut DER": MADE.der[:-10],
    "DER and more": MADE.der + b"\x00",
    "bad base64 in PEM": MADE.pem.replace(b"M", b"!", 1),
    "JSON of another kind": '{"hello": "world"}',
    "broken JSON": '{"kty": "RSA"',
    "duplicate members": '{"kty":"RSA","n":"AQAB","n":"AQAB","e":"AQAB"}',
    "an RSA key without n": '{"kty":"RSA","e":"AQAB"}',
    "a CRL": b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
    "an SSH key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me@host",
    "deep JSON": "[" * 100000,
    "null": "null",
    "binary": bytes(range(256)) * 4,
}


@pytest.mark.parametrize("data", OTHER.values(), ids=OTHER.keys())
def test_what_is_neither(cli: Cli, data: bytes | str) -> None:
    """PKCS#7, PKCS#12, requests, several keys, and all that is no certificate or key: 3."""
    begin(cli)
    refusal(cli, data, 3)


def test_hostile_members(cli: Cli) -> None:
    """A `kid` of escapes and a subject of control characters are shown escaped."""
    begin(cli)
    cli.ok("secret", "import", "client/web", "-", stdin=jwk(rsa_key(), kid="\x1b[31m\u202e"))
    evil = certificate("evil", subject=name((NameOID.COMMON_NAME, "\x1b[31m\u202eevil")))
    for command in (
        ["secret", "import", "client/web", "-", "--as", "name"],
        ["inspect", "-"],
        ["secret", "import", "client/web", "-"],
    ):
        ran = cli(*command, stdin=evil.pem)
        assert "\x1b" not in ran.out + ran.err
        assert "\u202e" not in ran.out + ran.err
    ran = cli("client", "show", "web", "--values")
    assert "\x1b" not in ran.out


def test_importing_twice(cli: Cli) -> None:
    """The same certificate again is added with a warning."""
    begin(cli)
    imported(cli, MADE.pem)
    assert "warning" in cli.ok("secret", "import", "client/web", "-", stdin=MADE.pem).err


def test_thumbprints_and_names_work_with_tls(cli: Cli) -> None:
    """What is imported is what a TLS certificate is later held against."""
    begin(cli)
    (cli.path / "c.pem").write_bytes(MADE.pem)
    for way in ("certificate", "thumbprint"):
        begin(cli)
        imported(cli, MADE.pem, "--as", way)
        ran = cli("verify", "client/web", "--client-cert", "c.pem", *AT, "--json")
        assert ran.status == 0, ran.out
        assert ran.json["method"] == "self_signed_tls_client_auth"
        assert ran.json["confirmation"] == {"x5t#S256": b64url(hashlib.sha256(MADE.der).digest())}
