"""Builds client assertions (``private_key_jwt``): RFC 7523 §2.2, OpenID Connect Core §9."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from secretctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from secretctl.crypto.signing_key import SigningKey
    from secretctl.model import Secret

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TYP = "client-authentication+jwt"
"""draft-ietf-oauth-rfc7523bis §4: tells the server that the audience is the issuer, and the token no other kind of JWT."""
DEFAULT_LIFETIME = 60
"""Seconds. An assertion is used at once; whoever steals it should come too late."""
MIN_RSA_BITS = 2048
"""NIST SP 800-131A; a registry's policy may ask for more or less, which is not known here."""
_JTI_BYTES = 16
_FORM_PREFIX = f"client_assertion_type={quote_plus(ASSERTION_TYPE)}&client_assertion="


def build_assertion(
    client_id: str,
    key: SigningKey | bytes | str,
    *,
    audience: str,
    now: datetime,
    alg: str | None = None,
    kid: str | None = None,
    lifetime: int = DEFAULT_LIFETIME,
) -> str:
    """A signed assertion with iss, sub, aud, jti, iat and exp; ``lifetime`` is in seconds.

    ``key`` is a private key as PEM (PKCS#8, PKCS#1, SEC1; not encrypted) or JWK, or one that ``read_signing_key`` has read.
    ``alg`` defaults to the first that fits the key (PS256, ES256, …, EdDSA), ``kid`` to the key's own. Raises
    RefusedError ``algorithm_misfit``, the errors of reading a key, and UsageError ``lifetime_invalid``. Whether the server knows the key is not checked:
    see ``registered_algorithms``.
    """
    import secrets

    from secretctl.crypto import base64url

    if lifetime <= 0:
        raise UsageError("lifetime_invalid", "an assertion lives for at least a second", hint="such as --lifetime 60s")
    if isinstance(key, bytes | str):
        from secretctl.crypto.signing_key import read_signing_key

        key = read_signing_key(key.encode("utf-8") if isinstance(key, str) else key, min_rsa_bits=MIN_RSA_BITS)
    issued = int(now.timestamp())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "jti": base64url.encode(secrets.token_bytes(_JTI_BYTES)),
        "iat": issued,
        "exp": issued + lifetime,
    }
    header: dict[str, Any] = {"typ": TYP}
    if chosen := kid or key.kid:
        header["kid"] = chosen
    return key.sign(claims, alg=alg, header=header)


def assertion_form(assertion: str) -> str:
    """The two parameters of a form-urlencoded body that present an assertion."""
    return _FORM_PREFIX + quote_plus(assertion, errors="replace")


def assertion_json(assertion: str) -> dict[str, str]:
    """The same two as an object."""
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}


def registered_algorithms(
    key: SigningKey, secrets: Iterable[Secret], *, jwk: bool, min_rsa_bits: int
) -> tuple[str, ...]:
    """What the server verifies by the public half of a key; nothing where no secret registers it.

    A registered JWK may allow less than its key could. ``jwk`` is whether the server knows JWKs (``Profile.jwk``).
    """
    from secretctl.crypto.registered_key import registered_keys

    found: dict[str, None] = {}
    for _, registered in registered_keys(secrets, jwk=jwk, min_rsa_bits=min_rsa_bits):
        if registered.key is not None and registered.key.thumbprint == key.public.thumbprint:
            found.update(dict.fromkeys(registered.algorithms))
    return tuple(found)
