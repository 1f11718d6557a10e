"""Building assertions that every server of the table accepts."""

from __future__ import annotations

import base64
import datetime as dt
import json
from urllib.parse import parse_qs

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from secretctl.builders.assertion import (
    ASSERTION_TYPE,
    assertion_form,
    assertion_json,
    build_assertion,
    registered_algorithms,
)
from secretctl.crypto.jwk import of_key
from secretctl.crypto.signing_key import read_signing_key
from secretctl.errors import RefusedError, SecretctlError, UsageError
from secretctl.model import JWK, SHARED_SECRET, X509_CERTIFICATE, Secret, StoredValue

NOW = dt.datetime(2026, 6, 1, 12, 0, 0, 900_000, tzinfo=dt.UTC)
PRIVATE = ec.generate_private_key(ec.SECP256R1())
KEY = read_signing_key(PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), min_rsa_bits=2048)


def test_the_claims_and_the_header() -> None:
    """iss, sub, aud, jti, iat, exp; typ says that it is a client assertion. Another library verifies it."""
    token = build_assertion("wéb", KEY, audience="https://id.example.com", now=NOW)
    claims = jwt.decode(
        token,
        PRIVATE.public_key(),
        algorithms=["ES256"],
        options={"verify_signature": True, "verify_aud": False, "verify_exp": False, "verify_iat": False},
    )
    issued = int(NOW.timestamp())
    assert claims == {
        "iss": "wéb",
        "sub": "wéb",
        "aud": "https://id.example.com",
        "jti": claims["jti"],
        "iat": issued,
        "exp": issued + 60,
    }
    assert jwt.get_unverified_header(token) == {"alg": "ES256", "typ": "client-authentication+jwt"}


def test_a_key_as_its_holder_keeps_it() -> None:
    """PEM as bytes or text; what is no key is said to be none."""
    pem = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for key in (pem, pem.decode()):
        token = build_assertion("web", key, audience="a", now=NOW)
        assert (
            jwt.decode(
                token, PRIVATE.public_key(), ["ES256"], audience="a", options={"verify_exp": False, "verify_iat": False}
            )["sub"]
            == "web"
        )
    with pytest.raises(SecretctlError):
        build_assertion("web", "no key", audience="a", now=NOW)


def test_every_jti_is_new() -> None:
    """128 random bits."""
    tokens = {build_assertion("web", KEY, audience="a", now=NOW) for _ in range(20)}
    assert len({jwt.decode(token, options={"verify_signature": False})["jti"] for token in tokens}) == 20


def test_options() -> None:
    """kid, alg and lifetime; what does not fit is refused."""
    token = build_assertion("web", KEY, audience="a", now=NOW, alg="ES256", kid="k1", lifetime=5)
    assert jwt.get_unverified_header(token)["kid"] == "k1"
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 5
    jwk = {**of_key(KEY.public).members, "kid": "own", "d": _d()}
    own = read_signing_key(json.dumps(jwk).encode(), min_rsa_bits=2048)
    assert jwt.get_unverified_header(build_assertion("web", own, audience="a", now=NOW))["kid"] == "own"
    with pytest.raises(RefusedError, match="does not sign with 'RS256'"):
        build_assertion("web", KEY, audience="a", now=NOW, alg="RS256")
    for lifetime in (0, -1):
        with pytest.raises(UsageError):
            build_assertion("web", KEY, audience="a", now=NOW, lifetime=lifetime)


def _d() -> str:
    number = PRIVATE.private_numbers().private_value
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).decode().rstrip("=")


def test_form_and_json() -> None:
    """The two parameters of RFC 7523 §2.2; whatever the text, the form is a form."""
    assert parse_qs(assertion_form("a.b+c&d=é")) == {
        "client_assertion_type": [ASSERTION_TYPE],
        "client_assertion": ["a.b+c&d=é"],
    }
    assert assertion_json("a.b.c") == {"client_assertion_type": ASSERTION_TYPE, "client_assertion": "a.b.c"}
    assert assertion_form("\ud800").endswith("client_assertion=%3F")


def test_what_a_key_is_registered_for() -> None:
    """As a certificate or a JWK, where the server knows those."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "web")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(PRIVATE.public_key())
        .serial_number(1)
        .not_valid_before(dt.datetime(2026, 1, 1))
        .not_valid_after(dt.datetime(2027, 1, 1))
        .sign(PRIVATE, hashes.SHA256())
    )
    encoded = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
    registered = Secret("c", X509_CERTIFICATE, StoredValue(encoded))
    jwk = Secret("j", JWK, of_key(KEY.public).stored_value())
    other = read_signing_key(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        min_rsa_bits=2048,
    )
    others = [
        Secret("s", SHARED_SECRET, StoredValue("x")),
        Secret("b", JWK, StoredValue("x")),
        Secret("o", JWK, of_key(other.public).stored_value()),
    ]
    for secrets, jwk_known, expected in [
        ([*others, registered], True, ("ES256",)),
        ([*others, jwk, registered], True, ("ES256",)),
        ([*others, jwk], False, ()),
        (others, True, ()),
    ]:
        assert registered_algorithms(KEY, secrets, jwk=jwk_known, min_rsa_bits=2048) == expected
