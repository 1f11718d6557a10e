"""Rules for thumbprints, names, certificates and JWKs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secretctl.crypto.private_material import holds_private_key
from secretctl.errors import RefusedError, SecretctlError
from secretctl.model import JWK, X509_CERTIFICATE, X509_NAME, X509_THUMBPRINT, instant_text
from secretctl.operations.lint.finding import Found
from secretctl.operations.validity import certificate_of

if TYPE_CHECKING:
    from datetime import datetime

    from secretctl.model import Secret
    from secretctl.operations.lint.finding import Context

_QUOTED = re.compile(r'"[^"]*"|\\.')
_STATE = re.compile(r"(?:^|[,+])\s*ST\s*=", re.IGNORECASE)
_CLOSE_COMMA = re.compile(r",(?! )")


def thumbprint_format(secret: Secret, context: Context) -> Found | None:
    """Anything but the hex digits of a hash that the server compares."""
    if secret.type != X509_THUMBPRINT:
        return None
    flaw = context.validity.flaw(secret)
    if flaw is None:
        return None
    from secretctl.crypto.thumbprint import hash_of, read_pasted

    pasted = read_pasted(secret.value)
    if hash_of(secret.value) is None and pasted is not None and hash_of(pasted.hex) in context.profile.thumbprints:
        return Found("there are separators or hidden characters in it: it never matches", f"write {pasted.hex}")
    return Found(f"{flaw}: it never matches")


def x509_name_spelling(secret: Secret, context: Context) -> Found | None:
    """``ST=``, or no blank after a comma, which .NET's Subject never has; under rfc what is no name at all."""
    if secret.type != X509_NAME:
        return None
    if context.profile.subject_spelling == "dotnet":
        bare = _QUOTED.sub("", secret.value)
        if _STATE.search(bare):
            return Found("it says ST=, which .NET writes as S=: it never matches")
        if _CLOSE_COMMA.search(bare):
            return Found("there is no blank after a comma, where .NET writes one: it never matches")
    flaw = context.validity.flaw(secret) if context.profile.subject_names != "none" else None
    return None if flaw is None else Found(f"{flaw}: it never matches")


def jwk_invalid(secret: Secret, context: Context) -> Found | None:
    """A JWK that does not parse, or is not for verifying signatures."""
    error = _jwk_error(secret, context)
    if error is None or error.code in {"private_key_material", "key_weak"}:
        return None
    if error.code == "jwk_not_json" and secret.value.lstrip().startswith("{'"):
        return Found("it is written with single quotes, which is not JSON", "use double quotes around names and values")
    return Found(error.message, error.hint)


def jwk_private(secret: Secret, _context: Context) -> Found | None:
    """A private or symmetric key, under any type. Said of expired secrets as well: a leak does not expire."""
    return Found("it holds a private or symmetric key") if holds_private_key(secret.value) else None


def key_weak(secret: Secret, context: Context) -> Found | None:
    """A key that the key policy refuses, in a JWK or in a certificate."""
    if secret.type == JWK:
        error = _jwk_error(secret, context)
        return Found(error.message) if error is not None and error.code == "key_weak" else None
    if certificate_of(secret) is None:
        return None
    try:
        context.validity.public_key(secret)
    except RefusedError as exc:
        return Found(exc.message)
    return None


def certificate_format(secret: Secret, _context: Context) -> Found | None:
    """Anything but base64 of one certificate."""
    if secret.type != X509_CERTIFICATE or certificate_of(secret) is not None or holds_private_key(secret.value):
        return None
    if "-----BEGIN" in secret.value:
        return Found(
            "the value has PEM armour around it", "keep what stands between the BEGIN and END lines, on one line"
        )
    return Found("the value is not a certificate")


def certificate_ends_first(secret: Secret, _context: Context) -> Found | None:
    """A certificate that ends before the expiration that its secret has."""
    certificate = certificate_of(secret)
    if certificate is None or secret.expiration is None or certificate.not_after >= secret.expiration:
        return None
    ends = instant_text(certificate.not_after)
    return Found(
        f"the certificate ends at {ends}, before the expiration of its secret, {instant_text(secret.expiration)}"
    )


def start_of(secret: Secret) -> datetime | None:
    """When its lifetime began, where that is known."""
    certificate = certificate_of(secret)
    return secret.created or (None if certificate is None else certificate.not_before)


def _jwk_error(secret: Secret, context: Context) -> SecretctlError | None:
    """Why a JWK cannot be used; None where it can, and where the server knows no JWKs anyway."""
    if secret.type != JWK or not context.profile.jwk:
        return None
    try:
        context.validity.public_key(secret)
    except SecretctlError as exc:
        return exc
    return None
