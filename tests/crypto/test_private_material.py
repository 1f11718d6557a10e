"""Private keys among stored values: every form that people paste, and nothing that only looks like one."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs12,
)

from secretctl.crypto.private_material import holds_private_key
from secretctl.crypto.shared_secret import hash_secret
from secretctl.model import SecretText

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    from tests.crypto.conftest import Issue

FORMATS = (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL)
JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}


def test_private_keys_in_every_form(
    rsa_key: rsa.RSAPrivateKey, ec_keys: dict[str, ec.EllipticCurvePrivateKey], ed_key: ed25519.Ed25519PrivateKey
) -> None:
    """PKCS#8, PKCS#1, SEC 1, DSA's own, encrypted ones and OpenSSH's: PEM, base64 in both alphabets, hex, with blanks."""
    encodings: list[tuple[Any, PrivateFormat]] = [
        (key, form) for key in (rsa_key, *ec_keys.values(), dsa.generate_private_key(1024)) for form in FORMATS
    ]
    for key, form in [*encodings, (ed_key, PrivateFormat.PKCS8)]:
        der = key.private_bytes(Encoding.DER, form, NoEncryption())
        pem = key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()
        text = b64encode(der).decode()
        lines = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
        for value in (pem, text, lines, f" {text}", text.rstrip("="), urlsafe_b64encode(der).decode(), der.hex()):
            assert holds_private_key(value)
    locked = ed_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(b"password"))
    assert holds_private_key(b64encode(locked).decode())
    ssh = ed_key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    assert holds_private_key(ssh)
    assert holds_private_key("".join(ssh.splitlines()[1:-1]))


def test_a_pkcs12_file_is_private(issue: Issue, ed_key: ed25519.Ed25519PrivateKey) -> None:
    """What Windows exports with the key in it."""
    bundle = pkcs12.serialize_key_and_certificates(b"web", ed_key, issue("web", ed_key), None, NoEncryption())
    assert holds_private_key(b64encode(bundle).decode())


@pytest.mark.parametrize(
    "value",
    [
        json.dumps({**JWK, "d": "AAAA"}),
        json.dumps({"kty": "oct", "alg": "HS256"}),
        json.dumps({"KTY": "OCT"}),
        json.dumps({"kty": "RSA", "D": "AAAA"}),
        json.dumps({"keys": [JWK, {**JWK, "d": "AAAA"}]}),
        json.dumps(json.dumps({**JWK, "d": "AAAA"})),
        '{"kty": "EC", "\\u0064": "AAAA"}',
        "{'kty': 'EC', 'd': 'AAAA'}",
        '{"kty": "EC", "d": "AAAA",}',
        "PuTTY-User-Key-File-3: ssh-ed25519",
        "AGE-SECRET-KEY-1QQQQ",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----",
    ],
)
def test_private_keys_as_text(value: str) -> None:
    """JWKs and sets of them, also in other cases, escaped, or not quite JSON; armour of other programs."""
    assert holds_private_key(value)


def test_what_is_public_is_left_alone(issue: Issue, rsa_key: rsa.RSAPrivateKey) -> None:
    """Certificates, public keys, hashes that begin like DER, thumbprints, names, settings of plug-ins."""
    certificate = issue("web", rsa_key)
    public = rsa_key.public_key()
    ders = [
        certificate.public_bytes(Encoding.DER),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.PKCS1),
    ]
    values = [b64encode(der).decode() for der in ders] + [der.hex() for der in ders]
    values += [
        certificate.public_bytes(Encoding.PEM).decode(),
        "CN=web",
        "30" * 20,
        "M" * 86 + "==",
        "",
        " ",
        "M" * 200,
    ]
    values += [
        json.dumps(JWK),
        json.dumps({"keys": [JWK]}),
        '{"k": 3}',
        '"{}"',
        '{"slot": [{"d": 1}]}',
        "{'kty': 'EC'}",
    ]
    values += [hash_secret(SecretText("s"), name) for name in ("sha256", "sha512", "scrypt")]
    assert [value for value in values if holds_private_key(value)] == []


def test_a_long_value_takes_no_time() -> None:
    """Values of an import may be megabytes long: neither armour that begins again and again nor nesting is a way to hang."""
    assert not holds_private_key("-BEGIN " * 200_000)
    assert not holds_private_key("{'kty':" + "'d' " * 200_000)
    assert not holds_private_key("[" * 200_000 + "{")
