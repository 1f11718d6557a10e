"""Client assertions, judged: who signed, with what, and everything that is claimed (``PrivateKeyJwtSecretValidator``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secretctl.crypto.jws import JwsError, is_allowed, parse_assertion, verify
from secretctl.crypto.registered_key import RegisteredKey, of_certificate, registered_keys
from secretctl.errors import UnavailableError
from secretctl.model import X509_CERTIFICATE, X509_THUMBPRINT, Match, Refusal
from secretctl.validators.assertion_claims import Expectation, expected_audiences

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from secretctl.crypto.jws import Jws
    from secretctl.model import Credential, Secret
    from secretctl.validators import Context

_Keys = list[tuple["Secret", RegisteredKey]]


def judge_assertion(credential: Credential, secrets: Sequence[Secret], context: Context) -> Match | Refusal:
    """The secret whose key signed an assertion that is in order, or what is wrong with it."""
    expected_audiences(context)  # whoever cannot say yes does not say no either
    assert credential.assertion is not None
    try:
        jws, claims = parse_assertion(credential.assertion.reveal())
    except JwsError as exc:
        return Refusal("malformed_credential", f"the assertion is no signed token: {exc}")
    expectation = Expectation(credential.id, jws.header, context)
    refusal = expectation.check_header(jws.header) or _check_algorithm(jws, context)
    if refusal is not None:
        return refusal
    signer = _signer(jws, secrets, context)
    if isinstance(signer, Refusal):
        return signer
    refusal = expectation.check_claims(claims) or _check_replay(claims, credential.id, context)
    return refusal or Match(signer)


def _check_algorithm(jws: Jws, context: Context) -> Refusal | None:
    allowed = context.algorithms if context.algorithms is not None else context.profile.assertion_algorithms
    if is_allowed(jws.alg, allowed):
        return None
    return Refusal("assertion_algorithm", f"the assertion's alg is not one of {', '.join(allowed)}")


def _signer(jws: Jws, secrets: Sequence[Secret], context: Context) -> Secret | Refusal:
    """The secret whose key made the signature."""
    keys = _keys(jws, secrets, context)
    if isinstance(keys, Refusal):
        return keys
    outdated: str | None = None
    for secret, registered in keys:
        if registered.key is None or not verify(jws, registered.key, registered.algorithms):
            continue
        reason = _validity(registered, context)
        if reason is None:
            return secret
        outdated = reason
    if outdated is not None:
        return Refusal(
            outdated, "the signature is right, but the registered certificate is out of its time of validity"
        )
    return _not_signed(jws, keys, context)


def _keys(jws: Jws, secrets: Sequence[Secret], context: Context) -> _Keys | Refusal:
    """The keys that the profile's server would try, in its order."""
    profile = context.profile
    if profile.header_certificate and (embedded := _embedded(jws, secrets, context)):
        return [embedded]
    keys = list(registered_keys(secrets, jwk=profile.jwk, min_rsa_bits=context.min_rsa_bits))
    for secret, registered in keys:
        if not registered.parses and profile.unparsable_key == "poison":
            return Refusal(
                "invalid_stored_value",
                f"secret {secret.id} is no key, and this server then accepts no assertion of the principal",
            )
        if registered.problem and (registered.parses or profile.unparsable_key == "skip_with_warning"):
            context.warnings.append(f"secret {secret.id} was skipped: {registered.problem}")
    return keys


def _embedded(jws: Jws, secrets: Sequence[Secret], context: Context) -> tuple[Secret, RegisteredKey] | None:
    """The certificate in the header's ``x5c`` where its SHA-1 thumbprint, or all of it, is registered.

    IdentityServer3's ``EmbeddedCertificateIsTrusted``. It compares certificates by issuer and serial number; here the
    whole DER counts, as those two are anybody's to choose.
    """
    from secretctl.crypto import dotnet_base64
    from secretctl.crypto.certificate import parse_certificate, stored_certificate
    from secretctl.crypto.thumbprint import thumbprint

    chain = jws.header.get("x5c")
    if not isinstance(chain, list) or not chain or not isinstance(chain[0], str):
        return None
    try:
        certificate = parse_certificate(dotnet_base64.decode(chain[0]))
    except (UnavailableError, ValueError):
        return None
    for secret in secrets:
        if secret.type == X509_THUMBPRINT:
            found = secret.value.upper() == thumbprint(certificate.der, "sha1")
        elif secret.type == X509_CERTIFICATE:
            try:
                found = stored_certificate(secret.value).der == certificate.der
            except UnavailableError:
                found = False
        else:
            found = False
        if found:
            return secret, of_certificate(certificate, min_rsa_bits=context.min_rsa_bits)
    return None


def _validity(registered: RegisteredKey, context: Context) -> str | None:
    if registered.certificate is None or not context.profile.certificate_dates:
        return None
    return registered.certificate.validity(context.now)


def _not_signed(jws: Jws, keys: _Keys, context: Context) -> Refusal:
    """Why no usable key made the signature."""
    usable = [registered for _, registered in keys if registered.key is not None]
    expired = list(registered_keys(context.expired, jwk=context.profile.jwk, min_rsa_bits=context.min_rsa_bits))
    if context.profile.header_certificate and (embedded := _embedded(jws, context.expired, context)):
        expired.append(embedded)
    for secret, registered in expired:
        if registered.key is not None and verify(jws, registered.key, registered.algorithms):
            return Refusal("expired", f"the signature is right, but secret {secret.id} has expired")
    if usable:
        signs_with = {algorithm for registered in usable for algorithm in registered.algorithms}
        if jws.alg not in signs_with and _family(jws.alg) in map(_family, signs_with):
            return Refusal("assertion_algorithm", "the assertion's alg is not one that the registered key signs with")
        return Refusal("assertion_signature", "the signature is by none of the registered keys")
    if keys:
        return Refusal("invalid_stored_value", "none of the registered keys may verify an assertion")
    if expired:
        return Refusal("expired", "all registered keys of the principal have expired")
    return Refusal("no_matching_secret_type", "the principal has no registered key")


def _family(alg: str) -> str:
    """What kind of key an algorithm takes; both of RSA's take the same."""
    return alg[:2].replace("PS", "RS")


def _check_replay(claims: Mapping[str, Any], client_id: str, context: Context) -> Refusal | None:
    """Last of all, so that only an assertion that passes everything else is used up."""
    profile = context.profile
    if context.replay_cache is None:
        context.warnings.append("replay was not checked: the same assertion would be accepted again (--replay-cache)")
        return None
    if not profile.jti_required:
        context.warnings.append(f"replay was not checked: {profile.name} accepts an assertion again")
        return None
    from secretctl.validators.replay import spend

    until = claims["exp"] + profile.skew_expiry
    # A client and a resource of one name are two.
    if spend(context.replay_cache, f"{context.kind}/{client_id}", claims["jti"], until=until, now=context.now):
        return None
    return Refusal("assertion_replayed", "the assertion's jti was used before")
