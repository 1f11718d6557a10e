"""TLS client certificates against what is registered of them: RFC 8705 §2.

``X509ThumbprintSecretValidator`` and ``X509NameSecretValidator`` of IdentityServer4 and Duende,
``X509CertificateThumbprintSecretValidator`` of IdentityServer3.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING

from secretctl.digests import compare_digest
from secretctl.errors import UnavailableError
from secretctl.model import X509_CERTIFICATE, X509_NAME, X509_THUMBPRINT, Match, Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secretctl.crypto.certificate import Certificate
    from secretctl.crypto.distinguished_name import CanonicalName
    from secretctl.model import Credential, Der, Secret
    from secretctl.validators import Context

_LARGEST_TRUST = 1_048_576

SELF_SIGNED, PKI = "self_signed_tls_client_auth", "tls_client_auth"

_DATES = {
    "certificate_not_yet_valid": "the certificate is right, but not valid yet",
    "certificate_expired": "the certificate is right, but has expired",
}


_WHOLE = (
    "the principal has a whole certificate, and for TLS this server compares thumbprints or names: "
    "`secretctl secret import TARGET FILE --as thumbprint`"
)


_SHA256 = (
    "secret {} is the certificate's SHA-256 thumbprint, and this server compares SHA-1: "
    "`secretctl secret import TARGET FILE --as thumbprint --thumbprint sha1`"
)


class ThumbprintValidator:
    """Recognises a certificate by its thumbprint, or by all of it where the profile's server can."""

    name = "x509_thumbprint"

    def validate(self, credential: Credential, secrets: Sequence[Secret], context: Context) -> Match | Refusal | None:
        """The first secret that is this certificate's thumbprint or the certificate itself."""
        if credential.certificate is None:
            return None
        profile = context.profile
        types = (X509_THUMBPRINT, X509_CERTIFICATE) if profile.registered_certificates else (X509_THUMBPRINT,)
        candidates = [secret for secret in secrets if secret.type in types]
        invalid = 0
        for secret in candidates:
            matches = _is_certificate(credential.certificate, secret, context)
            if matches:
                return _dated(credential.certificate, Match(secret, SELF_SIGNED), context)
            if matches is None:
                invalid += 1
                context.warnings.append(f"secret {secret.id} was skipped: its stored value is not valid")
        expired = [secret for secret in context.expired if secret.type in types]
        for secret in expired:
            if _is_certificate(credential.certificate, secret, context):
                return Refusal("expired", f"the certificate is right, but secret {secret.id} has expired", SELF_SIGNED)
        if profile.registered_certificates:
            return _no_match(candidates, invalid, expired, "thumbprint or certificate")
        if not candidates and not expired and any(secret.type == X509_CERTIFICATE for secret in secrets):
            return Refusal("no_matching_secret_type", _WHOLE)
        refusal = _no_match(candidates, invalid, expired, "thumbprint")
        other = _other_thumbprint(credential.certificate, candidates)
        return refusal if other is None else refusal._replace(detail=_SHA256.format(other.id))


class NameValidator:
    """Recognises a certificate by its subject; where names are compared as names, only under a trusted CA."""

    name = "x509_name"

    def validate(self, credential: Credential, secrets: Sequence[Secret], context: Context) -> Match | Refusal | None:
        """The first secret that is this certificate's subject."""
        if credential.certificate is None:
            return None
        has_names = context.profile.subject_names != "none"
        candidates = [secret for secret in secrets if has_names and secret.type == X509_NAME]
        expired = [secret for secret in context.expired if has_names and secret.type == X509_NAME]
        if not candidates and not expired:
            return _no_match(candidates, 0, expired, "subject name")
        from secretctl.crypto.certificate import parse_certificate

        try:
            certificate = parse_certificate(credential.certificate)
        except UnavailableError as exc:
            return Refusal("malformed_credential", exc.message, PKI)
        invalid = 0
        for secret in candidates:
            matches = _is_subject(certificate, secret, context)
            if matches:
                return _trusted(certificate, Match(secret, PKI), context)
            if matches is None:
                invalid += 1
                context.warnings.append(f"secret {secret.id} was skipped: its stored value is not a distinguished name")
        for secret in expired:
            if _is_subject(certificate, secret, context):
                return Refusal("expired", f"the subject is right, but secret {secret.id} has expired", PKI)
        return _no_match(candidates, invalid, expired, "subject name")


def _no_match(candidates: Sequence[Secret], invalid: int, expired: Sequence[Secret], what: str) -> Refusal:
    if len(candidates) > invalid:
        return Refusal("mismatch", f"the certificate matches no registered {what}")
    if candidates:
        return Refusal("invalid_stored_value", f"none of the registered values is a {what}")
    if expired:
        return Refusal("expired", f"every registered {what} has expired")
    return Refusal("no_matching_secret_type", f"the principal has no registered {what}")


def _is_certificate(presented: Der, secret: Secret, context: Context) -> bool | None:
    """Whether the secret is this certificate; None where its stored value can be nobody's and the profile says so."""
    # In the functions: these validators are in force for every request, and most have no certificate.
    from secretctl.crypto.certificate import stored_certificate
    from secretctl.crypto.thumbprint import hash_of, thumbprint

    profile = context.profile
    if secret.type == X509_CERTIFICATE:
        try:
            certificate = stored_certificate(secret.value)
        except UnavailableError:
            return None
        same = compare_digest(certificate.der, presented)
        return None if same and certificate.weakness(min_rsa_bits=context.min_rsa_bits) else same
    name = hash_of(secret.value)
    if name not in profile.thumbprints:
        return None if profile.unparsable_key == "skip_with_warning" else False
    return compare_digest(thumbprint(presented, name).encode(), secret.value.upper().encode())


def _other_thumbprint(presented: Der, candidates: Sequence[Secret]) -> Secret | None:
    """The secret that is this certificate's SHA-256 thumbprint, for a server that does not compare those."""
    from secretctl.crypto.thumbprint import thumbprint

    digits = thumbprint(presented, "sha256")
    return next((secret for secret in candidates if secret.value.upper() == digits), None)


def _is_subject(certificate: Certificate, secret: Secret, context: Context) -> bool | None:
    """Whether the secret is this subject; None where its stored value is no name."""
    if context.profile.subject_names == "dotnet_text":
        return bool(secret.value) and certificate.subject_dotnet == secret.value
    name = _stored_name(secret.value)
    return None if name is None else certificate.canonical_subject == name


@lru_cache(maxsize=1024)
def _stored_name(value: str) -> CanonicalName | None:
    from secretctl.crypto.name_text import NotAName, parse_rfc4514

    try:
        return parse_rfc4514(value)
    except NotAName:
        return None


def _dated(presented: Der, match: Match, context: Context) -> Match | Refusal:
    """The match, unless the profile's server looks at dates and the certificate's are wrong."""
    if not context.profile.certificate_dates:
        return match
    from secretctl.crypto.certificate import parse_certificate

    try:
        reason = parse_certificate(presented).validity(context.now)
    except UnavailableError as exc:
        return Refusal("malformed_credential", exc.message, match.method)
    return match if reason is None else Refusal(reason, _DATES[reason], match.method)


def _trusted(certificate: Certificate, match: Match, context: Context) -> Match | Refusal:
    """The match, unless names need a chain to a trusted CA and there is none: a subject is anybody's to write."""
    dated = _dated(certificate.der, match, context)
    if isinstance(dated, Refusal) or context.profile.subject_names != "rfc4514_with_chain":
        return dated
    if context.trust is None:
        return Refusal("certificate_untrusted", "the subject is right, but no CA is trusted (trust, --trust)", PKI)
    from secretctl.crypto.chain import verify_chain

    reason = verify_chain(certificate, _read_trust(context.trust), context.now)
    return match if reason is None else Refusal("certificate_untrusted", f"the subject is right, but {reason}", PKI)


def _read_trust(path: str) -> bytes:
    """The CA bundle. A registry names it, so it may be anything: a FIFO that nobody writes to, a device without an end."""
    try:
        with open(path, "rb", opener=_open_at_once if hasattr(os, "O_NONBLOCK") else None) as file:
            bundle = file.read(_LARGEST_TRUST + 1)
    except (OSError, ValueError) as exc:
        raise UnavailableError(
            "trust_unreadable", f"the CA bundle {path!a} cannot be read", hint="see trust in [validation], or --trust"
        ) from exc
    if len(bundle) > _LARGEST_TRUST:
        raise UnavailableError(
            "trust_unreadable",
            f"the CA bundle {path!a} is larger than 1 MiB",
            hint="name the CAs that issue certificates",
        )
    return bundle


def _open_at_once(path: str, flags: int) -> int:
    """Without waiting for somebody at the other end. A pipe that has one (``--trust <(…)``) is then read to its end."""
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    os.set_blocking(descriptor, True)
    return descriptor
