"""The key policy: which public keys may verify a client assertion.

A JOSE library verifies with whatever key it is given: RSA of 512 bits, an exponent of 1, a ROCA key, an Ed25519 point
of small order. Here every key, from a certificate or a JWK, passes the same checks before it is used at all.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from secretctl.crypto import base64url, der
from secretctl.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurve

MAX_RSA_BITS = 16_384
"""OpenSSL's own bound (``OPENSSL_RSA_MAX_MODULUS_BITS``); larger ones only cost time."""
MIN_RSA_EXPONENT = 3
"""RFC 8017 §3.1. Keys with 3 are registered at servers, and servers accept them; what 3 eases are verifiers' mistakes."""

RSA_ALGORITHMS = ("PS256", "PS384", "PS512", "RS256", "RS384", "RS512")
"""RFC 7518 §3.1; the first is what signing chooses by itself."""
CURVES = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
"""RFC 7518 §3.4: each curve has the one algorithm."""
ED25519_ALGORITHMS = ("EdDSA", "Ed25519")
"""RFC 8037 §3.1 and the name that RFC 9864 gives the same thing."""

_CURVE_OIDS = {"1.2.840.10045.3.1.7": "P-256", "1.3.132.0.34": "P-384", "1.3.132.0.35": "P-521"}
_RSA, _EC, _ED25519 = "1.2.840.113549.1.1.1", "1.2.840.10045.2.1", "1.3.101.112"
_OTHER_KEYS = {
    "1.2.840.10040.4.1": "DSA",
    "1.2.840.113549.1.1.10": "RSA-PSS",
    "1.3.101.110": "X25519",
    "1.3.101.111": "X448",
    "1.3.101.113": "Ed448",
}

# ROCA (CVE-2017-15361): moduli of the broken generator lie in the subgroup of 65537 modulo every small prime.
_ROCA_GENERATOR = 65_537
_ROCA_PRIMES = (11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157)

# Edwards25519 (RFC 8032 §5.1), and the y coordinates of its points whose order divides 8: whoever registers one of
# them accepts signatures that anybody can make.
_P25519 = 2**255 - 19
_D25519 = -121665 * pow(121666, -1, _P25519) % _P25519
_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER_Y = frozenset({0, 1, _P25519 - 1, _ORDER_8, _P25519 - _ORDER_8})


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that passed the policy. ``algorithms`` are the JWS names that it verifies, ``jwk`` its required members.

    ``handle`` is the key object of ``cryptography``.
    """

    text: str
    algorithms: tuple[str, ...]
    jwk: Mapping[str, str]
    handle: Any

    @property
    def thumbprint(self) -> str:
        """RFC 7638: base64url of the SHA-256 of the required members. The same key has the same one in every form."""
        canonical = json.dumps(self.jwk, separators=(",", ":"), sort_keys=True)
        return base64url.encode(hashlib.sha256(canonical.encode("ascii")).digest())


def from_rsa(modulus: int, exponent: int, *, min_rsa_bits: int) -> PublicKey:
    """An RSA key; RefusedError ``key_weak`` (size, exponent, ROCA)."""
    check_rsa(modulus, exponent, min_rsa_bits=min_rsa_bits)
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    try:
        key = RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError as exc:  # pragma: no cover - no key is known that passes our checks and fails the library's
        raise RefusedError("key_invalid", "the RSA key is not valid", hint=_NEW_KEY) from exc
    return from_cryptography(key, min_rsa_bits=min_rsa_bits)


def from_ec(curve: str, x: int, y: int) -> PublicKey:
    """A key on one of CURVES; RefusedError ``key_off_curve``."""
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicNumbers

    try:
        key = EllipticCurvePublicNumbers(x, y, _curve(curve)).public_key()
    except ValueError as exc:
        raise RefusedError("key_off_curve", f"the key is no point of the curve {curve}", hint=_NEW_KEY) from exc
    return from_cryptography(key, min_rsa_bits=0)


def from_ed25519(raw: bytes) -> PublicKey:
    """An Ed25519 key of 32 bytes; RefusedError ``key_off_curve`` where it is no point or one of small order."""
    check_ed25519(raw)
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return from_cryptography(Ed25519PublicKey.from_public_bytes(raw), min_rsa_bits=0)


def from_spki(encoded: bytes, *, min_rsa_bits: int) -> PublicKey:
    """The key in a SubjectPublicKeyInfo; RefusedError ``key_unsupported``, ``key_weak`` or ``key_off_curve``.

    Taken apart here, because the library would refuse some weak keys in words of its own.
    """
    try:
        content = der.sole(encoded, der.SEQUENCE)
        algorithm = content.inside(der.SEQUENCE)
        oid, bits = algorithm.oid(), content.bit_string()
        content.end()
        if oid == _RSA:
            numbers = der.sole(bits, der.SEQUENCE)
            modulus, exponent = numbers.integer(), numbers.integer()
            numbers.end()
            return from_rsa(modulus, exponent, min_rsa_bits=min_rsa_bits)
        if oid == _EC and (curve := _named_curve(algorithm)):
            return _from_point(curve, bits)
        if oid == _ED25519:
            return from_ed25519(bits)
    except der.DerError as exc:
        raise RefusedError("key_invalid", f"the public key cannot be read: {exc}", hint=_NEW_KEY) from exc
    kind = "EC on another curve" if oid == _EC else _OTHER_KEYS.get(oid, f"of the type {oid}")
    raise RefusedError("key_unsupported", f"the key is {kind}, which signs no client assertion", hint=_NEW_KEY)


def from_cryptography(key: Any, *, min_rsa_bits: int) -> PublicKey:
    """A key object of ``cryptography`` (RSA, EC, Ed25519), checked; RefusedError as above."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        check_rsa(numbers.n, numbers.e, min_rsa_bits=min_rsa_bits)
        jwk = {"e": _integer_text(numbers.e), "kty": "RSA", "n": _integer_text(numbers.n)}
        return PublicKey(f"RSA {key.key_size}", RSA_ALGORITHMS, jwk, key)
    if isinstance(key, ec.EllipticCurvePublicKey) and (curve := _curve_name(key.curve.name)):
        size = (key.key_size + 7) // 8
        point = key.public_numbers()
        x, y = (base64url.encode(number.to_bytes(size, "big")) for number in (point.x, point.y))
        jwk = {"crv": curve, "kty": "EC", "x": x, "y": y}
        return PublicKey(f"EC {curve}", (CURVES[curve],), jwk, key)
    if isinstance(key, ed25519.Ed25519PublicKey):
        raw = key.public_bytes_raw()
        check_ed25519(raw)
        jwk = {"crv": "Ed25519", "kty": "OKP", "x": base64url.encode(raw)}
        return PublicKey("Ed25519", ED25519_ALGORITHMS, jwk, key)
    raise RefusedError("key_unsupported", "the key is of a type that signs no client assertion", hint=_NEW_KEY)


_NEW_KEY = "use a new key: RSA of 2048 bits or more, EC on P-256, P-384 or P-521, or Ed25519"


def check_rsa(modulus: int, exponent: int, *, min_rsa_bits: int) -> None:
    """RefusedError ``key_weak`` where the size, the exponent or the ROCA fingerprint forbids an RSA key."""
    bits = modulus.bit_length() if modulus > 0 else 0
    if bits < min_rsa_bits:
        weakness = f"RSA of {bits} bits, under the {min_rsa_bits} that the policy asks for"
    elif bits > MAX_RSA_BITS:
        weakness = f"RSA of {bits} bits, over the {MAX_RSA_BITS} that are ever used"
    elif modulus % 2 == 0:
        weakness = "RSA with an even modulus"
    elif exponent < MIN_RSA_EXPONENT or exponent % 2 == 0 or exponent >= modulus:
        weakness = "RSA with an exponent that is even, tiny or too large"
    elif has_roca_fingerprint(modulus):
        weakness = "RSA with the ROCA fingerprint (CVE-2017-15361): its private half can be computed from it"
    else:
        return
    raise RefusedError("key_weak", f"the key is {weakness}", hint=_NEW_KEY)


def has_roca_fingerprint(modulus: int) -> bool:
    """Whether a modulus comes from the broken generator of Infineon's library; a sound one does by chance of 2⁻²⁷."""
    return all(modulus % prime in subgroup for prime, subgroup in _roca_subgroups())


@cache
def _roca_subgroups() -> tuple[tuple[int, frozenset[int]], ...]:
    return tuple(
        (prime, frozenset(pow(_ROCA_GENERATOR, power, prime) for power in range(prime))) for prime in _ROCA_PRIMES
    )


def check_ed25519(raw: bytes) -> None:
    """RefusedError ``key_off_curve`` unless the bytes are the canonical encoding of a point of large order."""
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    square = (y * y - 1) * pow(_D25519 * y * y + 1, -1, _P25519) % _P25519
    on_curve = square == 0 or pow(square, (_P25519 - 1) // 2, _P25519) == 1
    if len(raw) != 32 or y >= _P25519 or y in _SMALL_ORDER_Y or not on_curve:
        raise RefusedError("key_off_curve", "the key is no sound point of the curve Ed25519", hint=_NEW_KEY)


def _named_curve(parameters: der.Reader) -> str | None:
    return _CURVE_OIDS.get(parameters.oid()) if parameters.peek() == der.OID else None


def _from_point(curve: str, encoded: bytes) -> PublicKey:
    """An uncompressed or compressed point (SEC 1 §2.3.4)."""
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

    try:
        key = EllipticCurvePublicKey.from_encoded_point(_curve(curve), encoded)
    except ValueError as exc:
        raise RefusedError("key_off_curve", f"the key is no point of the curve {curve}", hint=_NEW_KEY) from exc
    return from_cryptography(key, min_rsa_bits=0)


def _curve(name: str) -> EllipticCurve:
    from cryptography.hazmat.primitives.asymmetric import ec

    return {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}[name]


def _curve_name(name: str) -> str | None:
    return {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}.get(name)


def _integer_text(number: int) -> str:
    return base64url.encode(number.to_bytes((number.bit_length() + 7) // 8, "big"))
