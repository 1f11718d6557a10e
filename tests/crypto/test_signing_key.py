"""Private keys: read from every common form, never shown, signing what others verify."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ed448
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from secretctl.crypto import base64url
from secretctl.crypto.jws import parse_compact, verify
from secretctl.crypto.signing_key import is_encrypted, read_signing_key
from secretctl.errors import RefusedError, SecretctlError, UnavailableError
from secretctl.model import SecretText

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

CLAIMS = {"iss": "wéb", "exp": 4_102_444_800}
PASSWORD = SecretText("pässword")


@pytest.fixture(scope="session")
def keys(
    rsa_key: rsa.RSAPrivateKey, ec_keys: dict[str, ec.EllipticCurvePrivateKey], ed_key: ed25519.Ed25519PrivateKey
) -> dict[str, Any]:
    """One private key of every kind, by its text."""
    return {"RSA 2048": rsa_key, "Ed25519": ed_key, **{f"EC {curve}": key for curve, key in ec_keys.items()}}


def test_every_form_of_a_private_key_is_read(keys: dict[str, Any]) -> None:
    """PKCS#8, PKCS#1 and SEC 1, PEM and DER, in the clear and encrypted."""
    for text, key in keys.items():
        formats = [PrivateFormat.PKCS8] + ([] if text == "Ed25519" else [PrivateFormat.TraditionalOpenSSL])
        for form in formats:
            for encoding in (Encoding.PEM, Encoding.DER):
                data = key.private_bytes(encoding, form, NoEncryption())
                assert not is_encrypted(data)
                assert read_signing_key(data, PASSWORD, min_rsa_bits=2048).public.text == text
            data = key.private_bytes(Encoding.PEM, form, BestAvailableEncryption(PASSWORD.reveal().encode()))
            assert is_encrypted(data)
            assert read_signing_key(data, PASSWORD, min_rsa_bits=2048).public.text == text


def test_private_jwks_are_read(keys: dict[str, Any]) -> None:
    """RSA, EC and Ed25519, with their kid; alg narrows what they sign."""
    for text, key in keys.items():
        kind: Any = {"R": RSAKey, "E": ECKey}[text[0]] if text != "Ed25519" else OKPKey
        jwk = dict(kind.import_key(key).as_dict(private=True)) | {"kid": "k1", "use": "sig", "key_ops": ["sign"]}
        signing = read_signing_key(json.dumps(jwk).encode(), min_rsa_bits=2048)
        assert (signing.public.text, signing.kid) == (text, "k1")
        alg = signing.algorithms[-1]
        narrowed = read_signing_key(json.dumps(jwk | {"alg": alg, "kid": 5}).encode(), min_rsa_bits=2048)
        assert (narrowed.algorithms, narrowed.kid) == ((alg,), None)


def test_signatures_verify_elsewhere(keys: dict[str, Any]) -> None:
    """PyJWT accepts every algorithm that we sign with, and so do we."""
    for text, key in keys.items():
        signing = read_signing_key(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), min_rsa_bits=2048
        )
        for alg in (None, *signing.algorithms):
            token = signing.sign(CLAIMS, alg=alg, header={"typ": "JWT"})
            jws = parse_compact(token)
            assert jws.header == {"alg": alg or signing.algorithms[0], "typ": "JWT"}
            assert jws.payload == json.dumps(CLAIMS, separators=(",", ":")).encode(), "no longer than it must be"
            assert verify(jws, signing.public), text
            if alg != "Ed25519":
                assert jwt.decode(token, key.public_key(), algorithms=[jws.alg]) == CLAIMS


def test_an_algorithm_that_does_not_fit_is_refused(ed_key: ed25519.Ed25519PrivateKey) -> None:
    """With the ones that do."""
    signing = read_signing_key(
        ed_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), min_rsa_bits=2048
    )
    with pytest.raises(RefusedError) as caught:
        signing.sign(CLAIMS, alg="HS256", header={})
    assert (caught.value.code, caught.value.hint) == ("algorithm_misfit", "choose one of EdDSA, Ed25519")


def test_the_key_is_never_shown(rsa_key: rsa.RSAPrivateKey) -> None:
    """Its repr holds the public half only."""
    signing = read_signing_key(
        rsa_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), min_rsa_bits=2048
    )
    assert str(rsa_key.private_numbers().d) not in repr(signing)
    assert "jose" not in repr(signing).replace("jose=<joserfc", "", 1)


def test_passwords(rsa_key: rsa.RSAPrivateKey) -> None:
    """Missing and wrong ones are told apart, and neither is repeated."""
    for encoding, form in (
        (Encoding.PEM, PrivateFormat.PKCS8),
        (Encoding.PEM, PrivateFormat.TraditionalOpenSSL),
        (Encoding.DER, PrivateFormat.PKCS8),
    ):
        data = rsa_key.private_bytes(encoding, form, BestAvailableEncryption(b"right"))
        with pytest.raises(UnavailableError) as caught:
            read_signing_key(data, min_rsa_bits=2048)
        assert caught.value.code == "key_password_needed"
        if encoding is Encoding.PEM:
            with pytest.raises(UnavailableError) as caught:
                read_signing_key(data, SecretText("wrong-password"), min_rsa_bits=2048)
            assert caught.value.code == "key_password_wrong"
            assert "wrong-password" not in str(caught.value)
            assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\x30\x00",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b'{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}',
        b'{"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"AA"}',
        b'{"kty":"RSA","n":"AA","e":"AQAB","d":"AA"}',
        b'{"kty":"OKP","crv":"Ed25519","x":"AA","d":"AA"}',
        b"{",
    ],
)
def test_what_is_no_private_key(data: bytes) -> None:
    """Status 3, and nothing of the input in the message."""
    with pytest.raises(UnavailableError):
        read_signing_key(data, min_rsa_bits=2048)


def test_halves_of_two_keys_are_refused(
    ed_key: ed25519.Ed25519PrivateKey, ec_keys: dict[str, ec.EllipticCurvePrivateKey]
) -> None:
    """A JWK whose private half is of another key would sign what nobody verifies."""
    okp = dict(OKPKey.import_key(ed_key).as_dict(private=True)) | {"x": base64url.encode(bytes(32))}
    curve = dict(ECKey.import_key(ec_keys["P-256"]).as_dict(private=True)) | {"d": base64url.encode(b"\1" * 32)}
    for jwk in (okp, curve):
        with pytest.raises(UnavailableError):
            read_signing_key(json.dumps(jwk).encode(), min_rsa_bits=2048)


def test_keys_that_do_not_sign_are_refused(
    ec_keys: dict[str, ec.EllipticCurvePrivateKey], small_rsa_key: rsa.RSAPrivateKey
) -> None:
    """Other types, weak ones, and JWKs for something else."""
    jwk = dict(ECKey.import_key(ec_keys["P-256"]).as_dict(private=True))
    foreign: list[Any] = [dsa.generate_private_key(1024), ed448.Ed448PrivateKey.generate(), small_rsa_key]
    cases = [key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) for key in foreign]
    cases += [
        json.dumps(each).encode()
        for each in (
            jwk | {"use": "enc"},
            jwk | {"key_ops": ["verify"]},
            jwk | {"key_ops": "sign"},
            jwk | {"alg": "RS256"},
            jwk | {"alg": "ECDH-ES"},
            jwk | {"crv": "secp256k1"},
            {"kty": "OKP", "crv": "X25519", "x": "AA", "d": "AA"},
            dict(RSAKey(small_rsa_key, small_rsa_key).as_dict(private=True)),
        )
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for data in cases:
            with pytest.raises(RefusedError):
                read_signing_key(data, min_rsa_bits=2048)


def test_symmetric_keys_sign_nothing() -> None:
    """An HMAC assertion is a shared secret in disguise."""
    jwk = dict(OctKey.import_key(b"x" * 32).as_dict(private=True))
    with pytest.raises(SecretctlError):
        read_signing_key(json.dumps(jwk).encode(), min_rsa_bits=2048)
