"""The key policy: what may never verify an assertion."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from secretctl.crypto import der
from secretctl.crypto.public_key import (
    check_ed25519,
    check_rsa,
    from_cryptography,
    from_ec,
    from_ed25519,
    from_rsa,
    from_spki,
    has_roca_fingerprint,
)
from secretctl.errors import RefusedError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa


def spki(key: object) -> bytes:
    """The SubjectPublicKeyInfo of a public key."""
    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]
    return encoded


def tlv(tag: int, content: bytes) -> bytes:
    """One element of DER."""
    length = len(content)
    return bytes([tag, length] if length < 128 else [tag, 0x82, length >> 8, length & 0xFF]) + content


def rsa_spki(modulus: int, exponent: int) -> bytes:
    """An RSA key that no library would make."""

    def integer(number: int) -> bytes:
        return tlv(der.INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))

    numbers = tlv(der.SEQUENCE, integer(modulus) + integer(exponent))
    algorithm = tlv(der.SEQUENCE, tlv(der.OID, der.encode_oid("1.2.840.113549.1.1.1")) + b"\x05\x00")
    return tlv(der.SEQUENCE, algorithm + tlv(der.BIT_STRING, b"\0" + numbers))


def test_sound_keys_pass(
    rsa_key: rsa.RSAPrivateKey, ec_keys: dict[str, ec.EllipticCurvePrivateKey], ed_key: ed25519.Ed25519PrivateKey
) -> None:
    """RSA 2048, the three curves and Ed25519, with their texts and algorithms."""
    found = from_spki(spki(rsa_key.public_key()), min_rsa_bits=2048)
    assert (found.text, found.algorithms[0], len(found.algorithms)) == ("RSA 2048", "PS256", 6)
    for curve, alg in (("P-256", "ES256"), ("P-384", "ES384"), ("P-521", "ES512")):
        found = from_spki(spki(ec_keys[curve].public_key()), min_rsa_bits=2048)
        assert (found.text, found.algorithms) == (f"EC {curve}", (alg,))
    found = from_spki(spki(ed_key.public_key()), min_rsa_bits=2048)
    assert (found.text, found.algorithms) == ("Ed25519", ("EdDSA", "Ed25519"))


def test_small_rsa_is_weak_unless_policy_says_otherwise(small_rsa_key: rsa.RSAPrivateKey) -> None:
    """``min_rsa_bits`` is the registry's own bound."""
    encoded = spki(small_rsa_key.public_key())
    with pytest.raises(RefusedError, match="1024 bits, under the 2048") as caught:
        from_spki(encoded, min_rsa_bits=2048)
    assert (caught.value.code, caught.value.status) == ("key_weak", 6)
    assert from_spki(encoded, min_rsa_bits=1024).text == "RSA 1024"


@pytest.mark.parametrize("exponent", [-3, 0, 1, 2, 4, 65536, 2**2048 + 1])
def test_bad_exponents_are_weak(rsa_key: rsa.RSAPrivateKey, exponent: int) -> None:
    """Even, tiny, negative or larger than the modulus: an exponent of 1 verifies anything."""
    modulus = rsa_key.public_key().public_numbers().n
    with pytest.raises(RefusedError, match="exponent"):
        from_rsa(modulus, exponent, min_rsa_bits=2048)
    if exponent > 0:
        with pytest.raises(RefusedError, match="exponent"):
            from_spki(rsa_spki(modulus, exponent), min_rsa_bits=2048)


def test_exponent_3_is_allowed(rsa_key: rsa.RSAPrivateKey) -> None:
    """Odd and at least 3; its old attacks are on careless verifiers."""
    check_rsa(rsa_key.public_key().public_numbers().n, 3, min_rsa_bits=2048)


@pytest.mark.parametrize(
    ("modulus", "why"),
    [(2**2047, "even"), (2**16384 + 1, "over"), (0, "0 bits"), (-5, "0 bits")],
    ids=["even", "huge", "zero", "negative"],
)
def test_odd_moduli_are_weak(modulus: int, why: str) -> None:
    """Even, negative, or so large that verifying is an attack on us."""
    with pytest.raises(RefusedError, match=why):
        check_rsa(modulus, 65537, min_rsa_bits=2048)


def roca_modulus(bits: int = 2048) -> int:
    """A modulus as the broken generator makes them: both primes are k·M + 65537^a mod M."""
    chosen = random.Random(1)
    primorial = math.prod(p for p in range(2, 700) if all(p % q for q in range(2, p)))
    halves = []
    for _ in range(2):
        size = bits // 2
        base = chosen.getrandbits(size) | 1 << size - 1 | 1 << size - 2
        halves.append(base // primorial * primorial + pow(65537, chosen.getrandbits(64), primorial))
    return halves[0] * halves[1]


def test_keys_of_the_roca_generator_are_weak(rsa_key: rsa.RSAPrivateKey) -> None:
    """CVE-2017-15361: the fingerprint is on every such modulus and on no sound one."""
    modulus = roca_modulus()
    assert modulus.bit_length() == 2048
    assert has_roca_fingerprint(modulus)
    assert not has_roca_fingerprint(rsa_key.public_key().public_numbers().n)
    with pytest.raises(RefusedError, match="ROCA"):
        from_spki(rsa_spki(modulus, 65537), min_rsa_bits=2048)


def test_a_point_off_its_curve_is_refused(ec_keys: dict[str, ec.EllipticCurvePrivateKey]) -> None:
    """In numbers and in a SubjectPublicKeyInfo, whatever the curve."""
    for curve, key in ec_keys.items():
        point = key.public_key().public_numbers()
        with pytest.raises(RefusedError, match="no point") as caught:
            from_ec(curve, point.x, point.y ^ 1)
        assert (caught.value.code, caught.value.status) == ("key_off_curve", 6)
        with pytest.raises(RefusedError, match="no point"):
            from_ec(curve, 0, 0)
        encoded = bytearray(spki(key.public_key()))
        encoded[-1] ^= 1
        with pytest.raises(RefusedError, match="no point"):
            from_spki(bytes(encoded), min_rsa_bits=2048)


SMALL_ORDER = (
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "0100000000000000000000000000000000000000000000000000000000000080",
)


@pytest.mark.parametrize("encoded", SMALL_ORDER)
def test_ed25519_points_of_small_order_are_refused(encoded: str) -> None:
    """The eight torsion points: signatures under them can be made by anybody."""
    with pytest.raises(RefusedError, match="sound point"):
        from_ed25519(bytes.fromhex(encoded))


@pytest.mark.parametrize("encoded", ["02" + "00" * 31, "ee" + "ff" * 30 + "7f", "00" * 31, "00" * 33, ""])
def test_bytes_that_are_no_ed25519_point_are_refused(encoded: str) -> None:
    """Not on the curve, not canonical, not 32 bytes."""
    with pytest.raises(RefusedError):
        check_ed25519(bytes.fromhex(encoded))


def test_keys_of_other_kinds_are_named() -> None:
    """They sign no client assertion: DSA, X25519, Ed448, other curves, RSA bound to PSS."""
    cases = {
        "DSA": dsa.generate_private_key(1024).public_key(),
        "X25519": x25519.X25519PrivateKey.generate().public_key(),
        "Ed448": ed448.Ed448PrivateKey.generate().public_key(),
        "EC on another curve": ec.generate_private_key(ec.SECP256K1()).public_key(),
    }
    for word, key in cases.items():
        with pytest.raises(RefusedError, match=word) as caught:
            from_spki(spki(key), min_rsa_bits=2048)
        assert caught.value.code == "key_unsupported"
        with pytest.raises(RefusedError, match="type"):
            from_cryptography(key, min_rsa_bits=2048)
    unknown = tlv(0x30, tlv(0x30, tlv(6, der.encode_oid("1.2.3"))) + b"\x03\x01\x00")
    with pytest.raises(RefusedError, match=r"1\.2\.3"):
        from_spki(unknown, min_rsa_bits=2048)


def test_explicit_curve_parameters_are_refused() -> None:
    """CVE-2020-0601: a curve is a name, never a set of numbers."""
    algorithm = tlv(0x30, tlv(6, der.encode_oid("1.2.840.10045.2.1")) + b"\x30\x00")
    with pytest.raises(RefusedError, match="another curve"):
        from_spki(tlv(0x30, algorithm + b"\x03\x02\x00\x04"), min_rsa_bits=2048)


def test_broken_key_encodings_are_refused(rsa_key: rsa.RSAPrivateKey) -> None:
    """Cut at any byte: a refusal, and none of another kind."""
    encoded = spki(rsa_key.public_key())
    for cut in range(0, len(encoded), 5):
        with pytest.raises(RefusedError):
            from_spki(encoded[:cut], min_rsa_bits=2048)


def test_a_key_has_one_thumbprint_in_every_form() -> None:
    """RFC 7638 §3.1's own example."""
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs"
        "tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1"
        "n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    from secretctl.crypto import base64url

    key = from_rsa(int.from_bytes(base64url.decode(n), "big"), 65537, min_rsa_bits=2048)
    assert key.thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    assert from_spki(spki(key.handle), min_rsa_bits=2048).thumbprint == key.thumbprint
