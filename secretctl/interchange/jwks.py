"""Public keys and certificates in a JWK Set (RFC 7517), and back."""

from __future__ import annotations

import json
from binascii import b2a_base64
from typing import TYPE_CHECKING

from secretctl.crypto.private_material import private_members
from secretctl.errors import SecretctlError
from secretctl.interchange import Loss
from secretctl.lifetimes import is_expired
from secretctl.model import JWK, X509_CERTIFICATE, Secret, StoredValue

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from secretctl.model import Principal

PRIVATE = "it holds a private or symmetric key, which never belongs into a registry"
NOT_A_KEY = "it is not a public key that can be used"
NO_DATES = "a JWK Set does not hold it"
EXPIRED = "it has expired, and would be valid again without its expiration"
FOR_ENCRYPTION = "it is a key for encryption, which authenticates nobody"


def secrets_from_jwks(keys: Iterable[tuple[str, object]], subject: str, losses: list[Loss]) -> list[Secret]:
    """The keys of a set as secrets without ids: ``JWK``, or ``X509CertificateBase64`` for one that is but a certificate.

    ``keys`` are pairs of a name for messages and a parsed key. Whether a key is strong enough is for lint to say.
    """
    secrets = []
    for name, key in keys:
        found = _secret_from_jwk(key)
        if isinstance(found, Secret):
            secrets.append(found)
        else:
            losses.append(Loss(subject, name, found))
    return secrets


def _secret_from_jwk(key: object) -> Secret | str:
    """The secret, or the reason why there is none."""
    if not isinstance(key, dict) or not isinstance(key.get("kty"), str):
        return NOT_A_KEY
    if private_members(key):
        return PRIVATE
    if key.get("use") == "enc":
        return FOR_ENCRYPTION
    chain = key.get("x5c")
    if isinstance(chain, list) and chain and isinstance(chain[0], str) and "kid" not in key:
        value = certificate_value(chain[0])
        return NOT_A_KEY if value is None else Secret("", X509_CERTIFICATE, value)
    return Secret("", JWK, StoredValue(json.dumps(key, separators=(",", ":"))))


def certificate_value(text: str) -> StoredValue | None:
    """The base64 of a certificate's DER on one line, from PEM or base64; None where it is no certificate."""
    from secretctl.crypto.certificate_file import read_certificate

    try:
        der = read_certificate(text.encode()).leaf.der
    except SecretctlError:
        return None
    return StoredValue(b2a_base64(der, newline=False).decode("ascii"))


def jwks_of(principal: Principal, now: datetime, losses: list[Loss]) -> list[dict[str, object]]:
    """The certificates and JWKs of a principal as JWKs; a certificate's has ``x5c`` and ``x5t#S256``.

    Expired ones are left out: a set holds no expiration, so that they would be valid again.
    """
    keys = []
    for secret in principal.secrets:
        if secret.type not in {JWK, X509_CERTIFICATE}:
            continue
        if is_expired(secret.expiration, now):
            losses.append(Loss(str(principal.target), secret.type, EXPIRED, secret.id))
            continue
        key = _jwk_of_certificate(secret.value) if secret.type == X509_CERTIFICATE else _jwk(secret.value)
        if key is None:
            losses.append(Loss(str(principal.target), secret.type, NOT_A_KEY, secret.id))
            continue
        keys.append(key)
        losses.extend(
            Loss(str(principal.target), field, NO_DATES, secret.id)
            for field in ("description", "expiration", "created")
            if getattr(secret, field) is not None
        )
    return keys


def _jwk(value: StoredValue) -> dict[str, object] | None:
    from secretctl.crypto.strict_json import JsonError, parse_object

    try:
        key = parse_object(value)
    except JsonError:
        return None
    # Private members stand in a hand-written file at worst; they go nowhere else.
    return None if private_members(key) else key


def _jwk_of_certificate(value: StoredValue) -> dict[str, object] | None:
    from secretctl.crypto.certificate import stored_certificate

    try:
        certificate = stored_certificate(value)
        # Whether a key is long enough is for its user's policy; a broken one is no use to anybody.
        members = certificate.public_key(min_rsa_bits=0).jwk
    except SecretctlError:
        return None
    return {
        **members,
        "x5c": [b2a_base64(certificate.der, newline=False).decode("ascii")],
        "x5t#S256": certificate.x5t_s256,
    }
