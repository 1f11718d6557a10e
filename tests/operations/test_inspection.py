"""``inspect``: what it recognises, what it says, and what it never shows."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID
from joserfc.jwk import ECKey, RSAKey

from secretctl.builders.assertion import assertion_form, build_assertion
from secretctl.crypto import base64url
from secretctl.crypto.signing_key import read_signing_key
from secretctl.errors import RefusedError, UnavailableError
from secretctl.operations.inspection import inspect
from tests.known import SAMPLE

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
KEY_PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
TOKEN = build_assertion("web", read_signing_key(KEY_PEM, min_rsa_bits=2048), audience="https://id.example.com", now=NOW)


def issue(key: Any, start: dt.datetime = NOW) -> x509.Certificate:
    """A self-signed certificate."""
    name = x509.Name(
        [x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "Bayern"), x509.NameAttribute(NameOID.COMMON_NAME, "web")]
    )
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(0xABC).not_valid_before(start).not_valid_after(start + dt.timedelta(days=9))
    return builder.sign(key, None if isinstance(key, ed448.Ed448PrivateKey) else hashes.SHA256())


def test_the_sample_certificate() -> None:
    """All that the README promises of a certificate."""
    found = inspect(SAMPLE["base64"].encode(), now=NOW)
    assert found.as_dict() == {
        "kind": "certificate",
        "subject": "CN=Client",
        "subject_dotnet": "CN=Client",
        "issuer": "CN=DevRoot",
        "serial": "-5F8AE7FD545B094FB68D50E907A2FAFD",
        "not_before": SAMPLE["not_before"],
        "not_after": SAMPLE["not_after"],
        "thumbprint_sha1": SAMPLE["sha1"],
        "thumbprint_sha256": SAMPLE["sha256"],
        "x5t#S256": SAMPLE["x5t#S256"],
        "key": "RSA 2048",
    }
    assert found.warnings == ("it has expired",)
    assert any("secret import" in advice for advice in found.advice)


def test_certificates_in_every_form() -> None:
    """PEM and DER; weak and foreign keys are described, not refused."""
    certificate = issue(KEY)
    for encoding in (Encoding.PEM, Encoding.DER):
        found = inspect(certificate.public_bytes(encoding), now=NOW)
        assert (found.fields["subject_dotnet"], found.fields["serial"]) == ("CN=web, S=Bayern", "ABC")
        assert found.warnings == ()
    weak = inspect(issue(rsa.generate_private_key(65537, 1024)).public_bytes(Encoding.PEM), now=NOW)
    assert (weak.fields["key"], "1024 bits" in weak.warnings[0]) == ("RSA 1024", True)
    other = inspect(issue(ed448.Ed448PrivateKey.generate()).public_bytes(Encoding.PEM), now=NOW)
    assert (other.fields["key"], "Ed448" in other.warnings[0]) == (None, True)
    early = inspect(issue(KEY, NOW + dt.timedelta(days=1)).public_bytes(Encoding.PEM), now=NOW)
    assert early.warnings == ("it is not valid yet",)


def test_jwks() -> None:
    """Key, thumbprint, what it says of itself; a weak one with a warning."""
    jwk = dict(ECKey.import_key(KEY).as_dict(private=False)) | {"kid": "k1", "use": "sig", "alg": "ES256"}
    found = inspect(json.dumps(jwk).encode(), now=NOW)
    assert found.as_dict() == {
        "kind": "jwk",
        "key": "EC P-256",
        "thumbprint": ECKey.import_key(KEY).thumbprint(),
        "algorithms": ["ES256"],
        "kid": "k1",
        "use": "sig",
        "alg": "ES256",
    }
    small = rsa.generate_private_key(65537, 1024)
    weak = inspect(json.dumps(RSAKey(small, small).as_dict(private=False)).encode(), now=NOW)
    assert (weak.fields["key"], len(weak.warnings)) == ("RSA 1024", 1)
    with pytest.raises(RefusedError, match="not for signatures"):
        inspect(json.dumps({**jwk, "use": "enc"}).encode(), now=NOW)


def test_public_keys_in_pem() -> None:
    """Shown as the JWK that they would become."""
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    found = inspect(pem, now=NOW)
    assert found.as_dict() == {
        "kind": "jwk",
        "key": "EC P-256",
        "thumbprint": ECKey.import_key(KEY).thumbprint(),
        "algorithms": ["ES256"],
    }
    small = rsa.generate_private_key(65537, 1024).public_key()
    weak = inspect(small.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), now=NOW)
    assert (weak.fields["key"], len(weak.warnings)) == ("RSA 1024", 1)


def test_private_keys_are_never_shown() -> None:
    """PEM or JWK: refused."""
    private = json.dumps(dict(ECKey.import_key(KEY).as_dict(private=True))).encode()
    for data in (KEY_PEM, private):
        with pytest.raises(RefusedError) as caught:
            inspect(data, now=NOW)
        assert caught.value.code == "private_key_material"


def test_assertions() -> None:
    """Header, claims, times as people read them; as a token or in a form."""
    for data in (TOKEN, f" {TOKEN}\n", assertion_form(TOKEN), "client_id=web&" + assertion_form(TOKEN) + "&x=y"):
        found = inspect(data.encode(), now=NOW)
        assert found.kind == "assertion"
        assert found.fields["header"] == {"alg": "ES256", "typ": "client-authentication+jwt"}
        assert found.fields["claims"]["sub"] == "web"
        assert found.fields["times"] == {"iat": "2026-06-01T12:00:00Z", "exp": "2026-06-01T12:01:00Z"}
        assert len(found.warnings) == 1
        assert TOKEN.rpartition(".")[2] not in json.dumps(found.as_dict())


def token(header: dict[str, Any], claims: Any) -> bytes:
    """An unsigned token."""
    return ".".join([*(base64url.encode(json.dumps(part).encode()) for part in (header, claims)), "eA"]).encode()


def test_doubtful_assertions() -> None:
    """What is wrong on the face of it."""
    found = inspect(token({"alg": "none"}, {"iss": "a", "sub": "b", "exp": "soon"}), now=NOW)
    assert len(found.warnings) == 4
    assert inspect(token({"alg": "ES256"}, {"exp": 1}), now=NOW).warnings[1] == "it has expired"
    assert inspect(token({"alg": "ES256"}, {"exp": 1e300}), now=NOW).warnings[1] == "it has no exp"
    for data in (token({}, {}), token({"alg": "ES256"}, []), b"a.b.c"):
        with pytest.raises(UnavailableError, match="looks like a JWT"):
            inspect(data, now=NOW)


@pytest.mark.parametrize("text", ["Authorization: Basic {}", "Basic {}", "basic {}\r\n", "{}", "{}\n"])
def test_basic_headers(text: str) -> None:
    """Whole or bare; the secret is masked in every spelling."""
    encoded = base64.b64encode(b"an%3Aid:top+secret%21").decode()
    found = inspect(text.format(encoded).encode(), now=NOW)
    assert found.as_dict() == {"kind": "basic", "id": "an:id", "id_raw": "an%3Aid", "secret": "********"}
    assert "form-urldecoded" in found.warnings[0]
    shown = repr(found)
    assert "top" not in shown
    assert encoded not in shown


def test_odd_basic_headers() -> None:
    """An empty secret is said; what is none is status 3, and nothing of it is repeated."""
    assert inspect(b"Basic " + base64.b64encode(b"web:"), now=NOW).warnings == ("the secret is empty",)
    for bad in (b"nocolon", b"\xff:x"):
        with pytest.raises(UnavailableError, match="base64 of id"):
            inspect(b"Basic " + base64.b64encode(bad), now=NOW)
    with pytest.raises(UnavailableError):
        inspect(b"Basic !!!", now=NOW)


@pytest.mark.parametrize("data", [b"", b"hello", b"{", b"[]", b"\x00\x01", b"aGVsbG8="])
def test_anything_else_is_status_3(data: bytes) -> None:
    """Never an exception of another kind."""
    with pytest.raises(UnavailableError):
        inspect(data, now=NOW)
