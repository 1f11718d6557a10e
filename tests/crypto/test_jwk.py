"""Public JWKs: which are taken, and why the others are not."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OKPKey, RSAKey

from secretctl.crypto.jwk import of_key, parse_jwk, parse_jwk_text, read_jwk
from secretctl.errors import RefusedError, SecretctlError, UnavailableError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    from tests.crypto.conftest import Issue


@pytest.fixture(scope="session")
def rsa_jwk(rsa_key: rsa.RSAPrivateKey) -> dict[str, Any]:
    """A public RSA JWK as another library writes it."""
    return dict(RSAKey.import_key(rsa_key).as_dict(private=False))


@pytest.fixture(scope="session")
def ec_jwk(ec_keys: dict[str, ec.EllipticCurvePrivateKey]) -> dict[str, Any]:
    """A public P-256 JWK."""
    return dict(ECKey.import_key(ec_keys["P-256"]).as_dict(private=False))


def refused(jwk: dict[str, Any], code: str, status: int = 6) -> str:
    """Hold that a JWK is refused with that code; the message."""
    with pytest.raises(SecretctlError) as caught:
        parse_jwk(json.dumps(jwk), min_rsa_bits=2048)
    assert (caught.value.code, caught.value.status) == (code, status)
    return caught.value.message


def test_public_keys_of_every_type_are_read(
    rsa_jwk: dict[str, Any], ec_keys: dict[str, ec.EllipticCurvePrivateKey], ed_key: ed25519.Ed25519PrivateKey
) -> None:
    """RSA, the three curves and Ed25519, as joserfc writes them."""
    assert parse_jwk(json.dumps(rsa_jwk), min_rsa_bits=2048).key.text == "RSA 2048"
    for curve, key in ec_keys.items():
        jwk = ECKey.import_key(key).as_dict(private=False)
        assert parse_jwk(json.dumps(jwk), min_rsa_bits=2048).key.text == f"EC {curve}"
    okp = OKPKey.import_key(ed_key).as_dict(private=False)
    parsed = parse_jwk(json.dumps(okp), min_rsa_bits=2048)
    assert (parsed.key.text, parsed.algorithms) == ("Ed25519", ("EdDSA", "Ed25519"))
    assert of_key(parsed.key) == parse_jwk(of_key(parsed.key).stored_value(), min_rsa_bits=2048)
    assert of_key(parsed.key).members == {"kty": "OKP", "crv": "Ed25519", "x": okp["x"]}


def test_the_stored_value_keeps_every_public_member(ec_jwk: dict[str, Any]) -> None:
    """On one line; a JWKS of one key is that key."""
    jwk = {**ec_jwk, "kid": "ä", "use": "sig", "custom": {"x": [1]}}
    for text in (json.dumps(jwk), json.dumps({"keys": [jwk]}), json.dumps(jwk, indent=2).encode().decode()):
        parsed = read_jwk(parse_jwk_text(text), min_rsa_bits=2048)
        assert json.loads(parsed.stored_value()) == jwk
        assert "\n" not in parsed.stored_value()
        assert '"kid":"ä"' in parsed.stored_value(), "as people read it"
        assert parsed.kid == "ä"
    assert parse_jwk(json.dumps({**jwk, "kid": 5}), min_rsa_bits=2048).kid is None
    assert parse_jwk(json.dumps({**jwk, "keys": []}), min_rsa_bits=2048).kid == "ä", "a member that nobody knows"


@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
def test_private_members_are_refused(rsa_jwk: dict[str, Any], member: str) -> None:
    """Any one of them makes the JWK private, and none of it is repeated."""
    message = refused({**rsa_jwk, member: "c2VjcmV0"}, "private_key_material")
    assert "c2VjcmV0" not in message
    assert "a private key" in message


def test_symmetric_keys_are_refused() -> None:
    """An HMAC key in a registry is a plaintext secret."""
    assert "symmetric" in refused({"kty": "oct"}, "private_key_material")
    assert "symmetric" in refused({"kty": "oct", "k": "c2VjcmV0"}, "private_key_material")


@pytest.mark.parametrize(
    "members",
    [
        {"use": "enc"},
        {"use": None},
        {"key_ops": ["sign"]},
        {"key_ops": []},
        {"key_ops": "verify"},
        {"key_ops": ["encrypt", "wrapKey"]},
        {"alg": "RSA-OAEP"},
        {"alg": "HS256"},
        {"alg": "none"},
        {"alg": "RS256"},
        {"alg": "ES384"},
        {"alg": "es256"},
        {"alg": None},
        {"use": "sig", "key_ops": ["deriveBits"]},
    ],
)
def test_keys_for_something_else_are_refused(ec_jwk: dict[str, Any], members: dict[str, Any]) -> None:
    """``use``, ``key_ops`` and ``alg`` must say signatures by such a key, where they say anything."""
    refused({**ec_jwk, **members}, "key_misfit")


def test_alg_narrows_what_a_key_verifies(rsa_jwk: dict[str, Any], ed_key: ed25519.Ed25519PrivateKey) -> None:
    """A JWK for PS256 verifies nothing else; the two names of EdDSA are one."""
    parsed = parse_jwk(json.dumps({**rsa_jwk, "alg": "PS256", "key_ops": ["verify"], "use": "sig"}), min_rsa_bits=2048)
    assert parsed.algorithms == ("PS256",)
    okp = OKPKey.import_key(ed_key).as_dict(private=False)
    for alg in ("EdDSA", "Ed25519"):
        assert parse_jwk(json.dumps({**okp, "alg": alg}), min_rsa_bits=2048).algorithms == ("EdDSA", "Ed25519")


@pytest.mark.parametrize(
    ("members", "code", "status"),
    [
        ({"x": None}, "jwk_invalid", 3),
        ({"x": "AA"}, "jwk_invalid", 3),
        ({"x": "not base64url!"}, "jwk_invalid", 3),
        ({"x": ""}, "jwk_invalid", 3),
        ({"kty": None}, "jwk_invalid", 3),
        ({"kty": 5}, "jwk_invalid", 3),
        ({"kty": "RSA"}, "jwk_invalid", 3),
        ({"kty": "AKP"}, "key_unsupported", 6),
        ({"crv": "secp256k1"}, "key_unsupported", 6),
        ({"crv": ["P-256"]}, "key_unsupported", 6),
        ({"kty": "OKP", "crv": "X25519"}, "key_unsupported", 6),
        ({"kty": "OKP", "crv": "Ed448"}, "key_unsupported", 6),
        ({"kty": "EC", "crv": "Ed25519"}, "key_unsupported", 6),
        ({"x": "AA", "kty": "OKP", "crv": "Ed25519"}, "jwk_invalid", 3),
        ({"kty": "OKP", "crv": "P-256"}, "key_unsupported", 6),
    ],
)
def test_malformed_members(ec_jwk: dict[str, Any], members: dict[str, Any], code: str, status: int) -> None:
    """What is missing or misspelt cannot be decided, and is named; a curve of another kind is refused."""
    message = refused({**ec_jwk, **members}, code, status)
    if code == "jwk_invalid":
        named = "n" if members == {"kty": "RSA"} else next(iter(members))
        assert f"member {named} is" in message


def test_a_point_off_the_curve_is_refused(ec_jwk: dict[str, Any]) -> None:
    """An invalid-curve key."""
    refused({**ec_jwk, "y": ec_jwk["x"]}, "key_off_curve")


def test_weak_rsa_keys_are_refused(rsa_jwk: dict[str, Any], small_rsa_key: rsa.RSAPrivateKey) -> None:
    """Size, even and tiny exponents."""
    refused(dict(RSAKey(small_rsa_key, small_rsa_key).as_dict(private=False)), "key_weak")
    for exponent in ("AQ", "Ag", "BA"):
        refused({**rsa_jwk, "e": exponent}, "key_weak")


@pytest.mark.parametrize("change", ["=", "pad", "zero", "+"])
def test_one_spelling_of_each_number(rsa_jwk: dict[str, Any], change: str) -> None:
    """RFC 7518 §2: no padding, no leading zero octets, the URL alphabet only."""
    e = {"=": "AQAB=", "pad": "AQAB====", "zero": "AAEAAQ", "+": "+QAB"}[change]
    refused({**rsa_jwk, "e": e}, "jwk_invalid", 3)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "jwk_not_json"),
        ("{'kty':'EC'}", "jwk_not_json"),
        ('{"kty":"EC","kty":"RSA"}', "jwk_not_json"),
        ("[]", "jwk_not_json"),
        ('{"keys":[]}', "several_keys"),
        ('{"keys":[{},{}]}', "several_keys"),
        ('{"keys":{}}', "several_keys"),
        ('{"keys":{"0":{}}}', "several_keys"),
        ('{"keys":5}', "several_keys"),
        ('{"keys":null}', "several_keys"),
        ('{"keys":["x"]}', "several_keys"),
        ("{}", "jwk_invalid"),
    ],
)
def test_texts_that_are_no_jwk(text: str, code: str) -> None:
    """Single quotes, repeated members, several keys: status 3."""
    with pytest.raises(UnavailableError) as caught:
        read_jwk(parse_jwk_text(text), min_rsa_bits=2048)
    assert caught.value.code == code


def test_a_stored_jwks_is_no_jwk(ec_jwk: dict[str, Any]) -> None:
    """Servers read a set as a key without kty, which verifies nothing."""
    refused({"keys": [ec_jwk]}, "jwk_invalid", 3)


def test_x5c_must_be_of_the_same_key(
    issue: Issue, rsa_key: rsa.RSAPrivateKey, rsa_jwk: dict[str, Any], ec_jwk: dict[str, Any]
) -> None:
    """RFC 7517 §4.7: or two servers verify with two keys."""
    x5c = base64.b64encode(issue("x", rsa_key).public_bytes(Encoding.DER)).decode()
    assert parse_jwk(json.dumps({**rsa_jwk, "x5c": [x5c]}), min_rsa_bits=2048).key.text == "RSA 2048"
    refused({**ec_jwk, "x5c": [x5c]}, "key_misfit")
    for broken in ([], "x", [5], ["!"], ["é"], {"x": "y"}, None):
        assert "member x5c" in refused({**ec_jwk, "x5c": broken}, "jwk_invalid", 3)
    refused({**ec_jwk, "x5c": ["AAAA"]}, "certificate_invalid", 3)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)
NAMES = st.sampled_from(["kty", "crv", "x", "y", "n", "e", "use", "key_ops", "alg", "x5c", "kid"])


@given(st.dictionaries(NAMES, JSON | st.sampled_from(["RSA", "EC", "OKP", "P-256", "Ed25519", "AQAB"])))
def test_only_our_errors_escape(members: dict[str, Any]) -> None:
    """Whatever the members hold."""
    with pytest.raises(SecretctlError):
        read_jwk(members, min_rsa_bits=2048)


def test_a_refusal_is_not_cached_as_an_answer(ec_jwk: dict[str, Any]) -> None:
    """The same text twice is refused twice."""
    text = json.dumps({**ec_jwk, "use": "enc"})
    for _ in range(2):
        with pytest.raises(RefusedError):
            parse_jwk(text, min_rsa_bits=2048)
