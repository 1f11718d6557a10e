"""The public keys that a principal's secrets register, read once for each stored value (``GetKeysAsync``)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from secretctl.errors import SecretctlError
from secretctl.model import JWK, X509_CERTIFICATE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from secretctl.crypto.certificate import Certificate
    from secretctl.crypto.public_key import PublicKey
    from secretctl.model import Secret


class RegisteredKey(NamedTuple):
    """What a stored value registers. ``key`` is None where it may verify nothing; ``problem`` says why.

    ``parses`` is False where even the server's own parser gives up on it.
    """

    key: PublicKey | None
    algorithms: tuple[str, ...] = ()
    certificate: Certificate | None = None
    problem: str | None = None
    parses: bool = True


def registered_keys(
    secrets: Iterable[Secret], *, jwk: bool, min_rsa_bits: int
) -> Iterator[tuple[Secret, RegisteredKey]]:
    """The secrets that are keys, in their order, with what they register; ``jwk`` is whether the server knows JWKs."""
    for secret in secrets:
        if secret.type == X509_CERTIFICATE or (jwk and secret.type == JWK):
            yield secret, _read(secret.type, secret.value, min_rsa_bits)


@lru_cache(maxsize=4096)
def _read(type_: str, value: str, min_rsa_bits: int) -> RegisteredKey:
    if type_ == JWK:
        return _read_jwk(value, min_rsa_bits)
    from secretctl.crypto.certificate import stored_certificate

    try:
        certificate = stored_certificate(value)
    except SecretctlError as exc:
        return RegisteredKey(None, problem=exc.message, parses=False)
    return of_certificate(certificate, min_rsa_bits=min_rsa_bits)


def of_certificate(certificate: Certificate, *, min_rsa_bits: int) -> RegisteredKey:
    """The key of a certificate, held against the key policy."""
    try:
        key = certificate.public_key(min_rsa_bits=min_rsa_bits)
    except SecretctlError as exc:
        return RegisteredKey(None, certificate=certificate, problem=exc.message)
    return RegisteredKey(key, key.algorithms, certificate)


def _read_jwk(value: str, min_rsa_bits: int) -> RegisteredKey:
    from secretctl.crypto.jwk import parse_jwk

    try:
        jwk = parse_jwk(value, min_rsa_bits=min_rsa_bits)
    except SecretctlError as exc:
        return RegisteredKey(None, problem=exc.message, parses=exc.code != "jwk_not_json")
    return RegisteredKey(jwk.key, jwk.algorithms)
