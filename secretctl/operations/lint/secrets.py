"""Rules that look at one secret at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.crypto.shared_secret import means_shared_secret
from secretctl.model import JWK, SECRET_TYPES, SHARED_SECRET, X509_NAME
from secretctl.operations.lint import keys
from secretctl.operations.lint.finding import Found
from secretctl.operations.lint.samples import is_sample
from secretctl.operations.lint.stored_value import shape_of
from secretctl.operations.validity import end_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from secretctl.model import Secret
    from secretctl.operations.lint.finding import Context

    Judge = Callable[[Secret, Context], Found | None]


def stored_value_invalid(secret: Secret, context: Context) -> Found | None:
    """What is no hash never matches; under IdentityServer it also stops the server before the secrets behind it."""
    if secret.type != SHARED_SECRET:
        return None
    flaw = context.validity.flaw(secret)
    if flaw is None:
        return None
    if context.profile.poisoned_by_invalid_value and not shape_of(secret.value).stored.dotnet_valid:
        return Found(
            f"{flaw}: {context.profile.name} stops here, and never reaches the shared secrets after it", level="error"
        )
    return Found(f"{flaw}: it never matches")


def stored_value_hex(secret: Secret, _context: Context) -> Found | None:
    """The digest's hex digits instead of base64 of its bytes, or base64 of the digits."""
    return _mistake(secret, "hex", "the stored value is a digest in hex, or base64 of its hex digits")


def stored_value_plaintext(secret: Secret, _context: Context) -> Found | None:
    """A secret in the open, under a misspelled type as well."""
    open_ = means_shared_secret(secret.type) and shape_of(secret.value).mistake == "plaintext"
    return Found("the stored value looks like the secret itself") if open_ else None


def stored_value_whitespace(secret: Secret, _context: Context) -> Found | None:
    """A hash with a line end or a blank in it or around it."""
    return _mistake(secret, "whitespace", "there is white space in or around the stored value")


def stored_value_base64url(secret: Secret, _context: Context) -> Found | None:
    """A hash in the alphabet of JOSE, or without its padding; or a generated secret, which looks the same."""
    return _mistake(
        secret,
        "base64url",
        "the stored value is base64url or without padding; if it is the secret itself, it is disclosed",
    )


def _mistake(secret: Secret, mistake: str, message: str) -> Found | None:
    return Found(message) if secret.type == SHARED_SECRET and shape_of(secret.value).mistake == mistake else None


def type_unknown(secret: Secret, context: Context) -> Found | None:
    """A misspelled type, or one that this server has no validator for."""
    if secret.type in SECRET_TYPES:
        unknown = (secret.type == JWK and not context.profile.jwk) or (
            secret.type == X509_NAME and context.profile.subject_names == "none"
        )
        return Found(f"{context.profile.name} never looks at secrets of type {secret.type}") if unknown else None
    if context.validity.flaw(secret) is None:  # left to a plug-in
        return None
    folded = "".join(secret.type.split()).casefold()
    meant = next((known for known in SECRET_TYPES if known.casefold() == folded), None)
    return Found(
        f"no server knows the type {secret.type!r}",
        f"did you mean {meant}? Types are compared exactly" if meant else None,
    )


def sample_secret(secret: Secret, context: Context) -> Found | None:
    """The hash of a secret that whoever tries to break in tries first."""
    return Found("it is the hash of a well-known sample secret") if is_sample(secret, context) else None


def expiration_missing(secret: Secret, context: Context) -> Found | None:
    """No end, where policy wants one; a certificate has an end of its own."""
    if context.policy.require_expiration and end_of(secret) is None:
        return Found("it has no expiration, and the policy requires one")
    return None


def lifetime_too_long(secret: Secret, context: Context) -> Found | None:
    """Longer than ``max_lifetime``, from its creation, or from now where that is not known."""
    longest, end = context.policy.max_lifetime, end_of(secret)
    if longest is None:
        return None
    if end is None:
        never = f"it never ends, and the policy allows {longest}"
        return None if context.policy.require_expiration else Found(never)
    start = keys.start_of(secret) or context.now
    return Found(f"it lives longer than the {longest} that the policy allows") if end > longest.after(start) else None


def hash_not_allowed(secret: Secret, context: Context) -> Found | None:
    """A hash that is not among ``allowed_hashes``."""
    allowed = context.policy.allowed_hashes
    if allowed is None or secret.type != SHARED_SECRET:
        return None
    name = shape_of(secret.value).stored.hash_name
    return None if name is None or name in allowed else Found(f"the policy does not allow {name}")


def type_not_allowed(secret: Secret, context: Context) -> Found | None:
    """A type that is not among ``allowed_types``."""
    allowed = context.policy.allowed_types
    return None if allowed is None or secret.type in allowed else Found(f"the policy does not allow {secret.type}")


SECRET_RULES: dict[str, Judge] = {
    "stored-value-invalid": stored_value_invalid,
    "stored-value-hex": stored_value_hex,
    "stored-value-plaintext": stored_value_plaintext,
    "stored-value-whitespace": stored_value_whitespace,
    "stored-value-base64url": stored_value_base64url,
    "type-unknown": type_unknown,
    "thumbprint-format": keys.thumbprint_format,
    "x509-name-spelling": keys.x509_name_spelling,
    "jwk-invalid": keys.jwk_invalid,
    "jwk-private": keys.jwk_private,
    "key-weak": keys.key_weak,
    "certificate-format": keys.certificate_format,
    "certificate-ends-first": keys.certificate_ends_first,
    "sample-secret": sample_secret,
    "expiration-missing": expiration_missing,
    "lifetime-too-long": lifetime_too_long,
    "hash-not-allowed": hash_not_allowed,
    "type-not-allowed": type_not_allowed,
}
AT_ANY_AGE = {"jwk-private"}
"""Rules that an expired secret is held against as well."""
