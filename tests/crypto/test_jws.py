"""Compact JWS: strict in, sound out, and every classical attack by its name."""

from __future__ import annotations

import base64
import contextlib
import hmac
import json
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from secretctl.crypto import base64url
from secretctl.crypto.jws import ALGORITHMS, JwsError, is_allowed, parse_compact, verify
from secretctl.crypto.public_key import from_cryptography

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

CLAIMS = {"iss": "web", "sub": "web", "aud": "https://id.example.com", "jti": "1", "iat": 1, "exp": 2}


def part(content: Any) -> str:
    """One part of a token: an object as JSON, or text or bytes as they are."""
    if isinstance(content, dict):
        content = json.dumps(content)
    return base64url.encode(content if isinstance(content, bytes) else content.encode())


def token(header: Any, claims: Any = CLAIMS, signature: bytes = b"x") -> str:
    """A token with any parts."""
    return f"{part(header)}.{part(claims)}.{base64url.encode(signature)}"


def test_signatures_of_another_library_verify(
    rsa_key: rsa.RSAPrivateKey, ec_keys: dict[str, ec.EllipticCurvePrivateKey], ed_key: ed25519.Ed25519PrivateKey
) -> None:
    """PyJWT signs, we verify: every algorithm, and with no other key."""
    keys: dict[str, Any] = {alg: rsa_key for alg in ALGORITHMS if alg[:2] in {"RS", "PS"}}
    keys |= {"ES256": ec_keys["P-256"], "ES384": ec_keys["P-384"], "ES512": ec_keys["P-521"], "EdDSA": ed_key}
    for alg, key in keys.items():
        jws = parse_compact(jwt.encode(CLAIMS, key, algorithm=alg))
        assert jws.alg == alg
        assert jws.claims() == CLAIMS
        for other in keys.values():
            public = from_cryptography(other.public_key(), min_rsa_bits=2048)
            assert verify(jws, public) is (other is key), (alg, public.text)


def test_a_changed_token_does_not_verify(ec_keys: dict[str, ec.EllipticCurvePrivateKey]) -> None:
    """Not one character of it."""
    original = jwt.encode(CLAIMS, ec_keys["P-256"], algorithm="ES256")
    key = from_cryptography(ec_keys["P-256"].public_key(), min_rsa_bits=2048)
    for position in range(0, len(original), 3):
        changed = "A" if original[position] != "A" else "B"
        try:
            jws = parse_compact(original[:position] + changed + original[position + 1 :])
        except JwsError:
            continue
        assert not verify(jws, key)


@pytest.mark.parametrize(
    "alg", ["none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "rs256", "RS256 ", "ES256K"]
)
def test_alg_none_and_its_spellings(rsa_key: rsa.RSAPrivateKey, alg: str) -> None:
    """No list can allow it, and no key verifies it, whatever the signature."""
    assert not is_allowed(alg, (alg, *ALGORITHMS))
    key = from_cryptography(rsa_key.public_key(), min_rsa_bits=2048)
    for signature in (b"", b"x"):
        jws = parse_compact(token({"alg": alg}, signature=signature))
        assert not verify(jws, key)
        assert not verify(jws, key, ALGORITHMS)


def test_hmac_with_the_public_key_as_its_secret(rsa_key: rsa.RSAPrivateKey) -> None:
    """CVE-2015-9235: the public key is public, so an HMAC with it proves nothing."""
    public = rsa_key.public_key()
    key = from_cryptography(public, min_rsa_bits=2048)
    signing_input = f"{part({'alg': 'HS256'})}.{part(CLAIMS)}"
    for secret in (
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.PKCS1),
    ):
        mac = base64url.encode(hmac.digest(secret, signing_input.encode(), "sha256"))
        jws = parse_compact(f"{signing_input}.{mac}")
        assert not is_allowed(jws.alg, ALGORITHMS)
        assert not verify(jws, key)


def test_an_algorithm_of_another_family_is_not_tried(rsa_key: rsa.RSAPrivateKey) -> None:
    """A PS256 signature under the name RS256, or the other way round, is none."""
    key = from_cryptography(rsa_key.public_key(), min_rsa_bits=2048)
    signed = jwt.encode(CLAIMS, rsa_key, algorithm="PS256")
    forged = f"{part({'alg': 'RS256', 'typ': 'JWT'})}.{signed.partition('.')[2]}"
    assert not verify(parse_compact(forged), key)
    assert verify(parse_compact(signed), key, ("PS256",))
    assert not verify(parse_compact(signed), key, ("RS256",))


def test_an_all_zero_ecdsa_signature(ec_keys: dict[str, ec.EllipticCurvePrivateKey]) -> None:
    """CVE-2022-21449, the psychic signature; and values at the order of the curve, and other lengths."""
    key = from_cryptography(ec_keys["P-256"].public_key(), min_rsa_bits=2048)
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    signatures = [bytes(64), order.to_bytes(32, "big") * 2, b"", bytes(63), bytes(65), b"\xff" * 64]
    for signature in signatures:
        assert not verify(parse_compact(token({"alg": "ES256"}, signature=signature)), key)


def test_an_ecdsa_signature_in_der(ec_keys: dict[str, ec.EllipticCurvePrivateKey]) -> None:
    """RFC 7518 §3.4 has R and S side by side; a second form would give one token two spellings."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA

    signing_input = f"{part({'alg': 'ES256'})}.{part(CLAIMS)}"
    der = ec_keys["P-256"].sign(signing_input.encode(), ECDSA(hashes.SHA256()))
    key = from_cryptography(ec_keys["P-256"].public_key(), min_rsa_bits=2048)
    assert not verify(parse_compact(f"{signing_input}.{base64url.encode(der)}"), key)


def test_an_ecdsa_signature_with_a_zero_to_spare(ec_keys: dict[str, ec.EllipticCurvePrivateKey]) -> None:
    """In front of S it is the same number, and another spelling of the token."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    signing_input = f"{part({'alg': 'ES256'})}.{part(CLAIMS)}"
    numbers = decode_dss_signature(ec_keys["P-256"].sign(signing_input.encode(), ECDSA(hashes.SHA256())))
    r, s = (number.to_bytes(32, "big") for number in numbers)
    key = from_cryptography(ec_keys["P-256"].public_key(), min_rsa_bits=2048)
    for signature, right in ((r + s, True), (r + b"\0" + s, False)):
        assert verify(parse_compact(f"{signing_input}.{base64url.encode(signature)}"), key) is right


def test_wrong_signature_lengths(rsa_key: rsa.RSAPrivateKey, ed_key: ed25519.Ed25519PrivateKey) -> None:
    """Empty, short and padded ones are refused without an exception."""
    for key, alg in ((rsa_key, "RS256"), (rsa_key, "PS256"), (ed_key, "EdDSA"), (ed_key, "Ed25519")):
        public = from_cryptography(key.public_key(), min_rsa_bits=2048)
        for size in (0, 1, 63, 64, 65, 255, 256, 257, 4096):
            assert not verify(parse_compact(token({"alg": alg}, signature=bytes(size))), public)


def test_ed25519_by_its_name_of_rfc_9864(ed_key: ed25519.Ed25519PrivateKey) -> None:
    """``EdDSA`` in a list covers ``Ed25519``, not the other way round."""
    signing_input = f"{part({'alg': 'Ed25519'})}.{part(CLAIMS)}"
    jws = parse_compact(f"{signing_input}.{base64url.encode(ed_key.sign(signing_input.encode()))}")
    assert verify(jws, from_cryptography(ed_key.public_key(), min_rsa_bits=2048))
    assert is_allowed("Ed25519", ("EdDSA",))
    assert is_allowed("Ed25519", ("Ed25519",))
    assert not is_allowed("EdDSA", ("Ed25519",))
    assert not is_allowed("Ed448", ("EdDSA", "Ed448"))
    for alg in ALGORITHMS:
        assert is_allowed(alg, (alg,))
        for other in ALGORITHMS:
            assert is_allowed(alg, (other,)) is (alg == other or (alg, other) == ("Ed25519", "EdDSA"))


def test_unknown_crit(rsa_key: rsa.RSAPrivateKey) -> None:
    """RFC 7515 §4.1.11: what must be understood and is not, is refused; so is an empty list."""
    for crit in (["exp"], ["b64"], [], None, "x", ["http://example.com/UNDEFINED"]):
        with pytest.raises(JwsError, match="crit"):
            parse_compact(token({"alg": "RS256", "crit": crit}))


def test_unencoded_payloads() -> None:
    """RFC 7797: b64 false changes what is signed."""
    for value in (False, None, 0, "false"):
        with pytest.raises(JwsError, match="b64"):
            parse_compact(token({"alg": "RS256", "b64": value}))
    assert parse_compact(token({"alg": "RS256", "b64": True})).alg == "RS256"


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c.d",
        "a.b.c.d.e",
        f"{part({'alg': 'RS256'})}.{part(CLAIMS)}",
        f"{part({'alg': 'RS256'})}.{part(CLAIMS)}.eA==",
        f"{part({'alg': 'RS256'})}.{part(CLAIMS)}. eA",
        f"{part({'alg': 'RS256'})}.{part(CLAIMS)}.eA\n",
        f"{part({'alg': 'RS256'})}.{part(CLAIMS)}.eB",
        f" {token({'alg': 'RS256'})}",
        token("[]"),
        token("null"),
        token("not json"),
        token(b"\xff"),
        token('{"alg":"RS256","alg":"none"}'),
        token({}),
        token({"alg": None}),
        token({"alg": ["RS256"]}),
        token({"alg": 5}),
        "é.é.é",
        json.dumps({"protected": part({"alg": "RS256"}), "payload": part(CLAIMS), "signature": "eA"}),
        json.dumps({"payload": part(CLAIMS), "signatures": [{"protected": part({"alg": "RS256"}), "signature": "eA"}]}),
    ],
)
def test_anything_but_strict_compact_serialization(text: str) -> None:
    """JSON serialization, wrong parts, padding, blanks, spare bits, repeated members: a JwsError each."""
    with pytest.raises(JwsError):
        parse_compact(text)


@pytest.mark.parametrize("payload", ["[]", '"x"', '{"a":1,"a":2}', '{"exp":NaN}', "", b"\xff", "[" * 10_000])
def test_claims_of_several_meanings(payload: str | bytes) -> None:
    """The payload must be one JSON object with one meaning."""
    jws = parse_compact(token({"alg": "RS256"}, payload))
    with pytest.raises(JwsError, match="payload"):
        jws.claims()


def test_keys_in_the_header_are_never_used(
    ec_keys: dict[str, ec.EllipticCurvePrivateKey], rsa_key: rsa.RSAPrivateKey
) -> None:
    """CVE-2018-0114: a token does not bring its own key (jwk, jku, x5u, x5c), and a kid leads nowhere."""
    attacker = ec_keys["P-384"]
    jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(attacker.public_key()))
    header = {
        "jwk": jwk,
        "jku": "https://evil.example/keys",
        "x5u": "file:///etc/passwd",
        "x5c": [base64.b64encode(b"x").decode()],
        "kid": "../../../../dev/null",
    }
    jws = parse_compact(jwt.encode(CLAIMS, attacker, algorithm="ES384", headers=header))
    assert not verify(jws, from_cryptography(rsa_key.public_key(), min_rsa_bits=2048))
    assert not verify(jws, from_cryptography(ec_keys["P-256"].public_key(), min_rsa_bits=2048))


@given(
    st.text(max_size=60)
    | st.lists(st.binary(max_size=20), min_size=3, max_size=3).map(lambda p: ".".join(map(base64url.encode, p)))
)
def test_only_jws_errors_escape(text: str) -> None:
    """Whatever is presented as a token."""
    with contextlib.suppress(JwsError):
        parse_compact(text).claims()
