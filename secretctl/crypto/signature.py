"""The signatures of JWS (RFC 7518 §3, RFC 8037 §3.1) verified by ``cryptography``.

Not by the JOSE library that signs our own tokens: importing it takes 80 ms, as long as verifying 4,000 RSA signatures,
and what it would call in the end is this.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Verifier = Callable[[Any, bytes, bytes], None]


def is_signature(alg: str, key: Any, signature: bytes, signed: bytes) -> bool:
    """Whether the bytes are the signature of ``signed`` by a public key object of ``cryptography``.

    The algorithm must be one that takes such a key: the caller has seen to that. Whatever the bytes, nothing is raised.
    """
    table, refusals = _verifiers()
    try:
        table[alg](key, signature, signed)
    except refusals:
        return False
    return True


@cache
def _verifiers() -> tuple[dict[str, Verifier], tuple[type[Exception], ...]]:
    """A verifier for each algorithm, and what they raise at signatures that are none."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    table: dict[str, Verifier] = {"EdDSA": _ed25519, "Ed25519": _ed25519}
    sizes = ((hashes.SHA256(), 32), (hashes.SHA384(), 48), (hashes.SHA512(), 66))  # P-521 has 66 bytes, its hash 64
    for algorithm, field_bytes in sizes:
        bits = algorithm.digest_size * 8
        table[f"RS{bits}"] = _rsa(padding.PKCS1v15(), algorithm)
        # RFC 7518 §3.5: the salt is as long as the hash, MGF1 uses the same one.
        table[f"PS{bits}"] = _rsa(padding.PSS(padding.MGF1(algorithm), algorithm.digest_size), algorithm)
        table[f"ES{bits}"] = _ecdsa(algorithm, field_bytes)
    return table, (InvalidSignature, ValueError)


def _rsa(scheme: Any, algorithm: Any) -> Verifier:
    def verify(key: Any, signature: bytes, signed: bytes) -> None:
        key.verify(signature, signed, scheme, algorithm)

    return verify


def _ecdsa(algorithm: Any, field_bytes: int) -> Verifier:
    """R and S side by side, each as long as the field (RFC 7518 §3.4): no other spelling of the same signature."""
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    scheme = ECDSA(algorithm)

    def verify(key: Any, signature: bytes, signed: bytes) -> None:
        if len(signature) != 2 * field_bytes:
            raise ValueError
        r, s = int.from_bytes(signature[:field_bytes], "big"), int.from_bytes(signature[field_bytes:], "big")
        key.verify(encode_dss_signature(r, s), signed, scheme)

    return verify


def _ed25519(key: Any, signature: bytes, signed: bytes) -> None:
    key.verify(signature, signed)
