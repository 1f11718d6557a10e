"""Which stored secrets could ever match, and which the server never gets to, under the rules of one profile.

``check`` and ``lint`` ask this of whole registries, so nothing is loaded before a secret needs it: shared secrets and
thumbprints are judged by their text, certificates by their DER, and only keys bring cryptography in.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secretctl.errors import SecretctlError
from secretctl.model import JWK, SECRET_TYPES, SHARED_SECRET, X509_CERTIFICATE, X509_NAME, X509_THUMBPRINT
from secretctl.profiles import profile_named
from secretctl.validators import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from secretctl.crypto.certificate import Certificate
    from secretctl.crypto.public_key import PublicKey
    from secretctl.crypto.registered_key import RegisteredKey
    from secretctl.model import Secret
    from secretctl.settings import Settings

SHARED, CERTIFICATE, KEY = "shared", "certificate", "JWK"
KIND_OF_TYPE = {
    SHARED_SECRET: SHARED,
    X509_THUMBPRINT: CERTIFICATE,
    X509_NAME: CERTIFICATE,
    X509_CERTIFICATE: CERTIFICATE,
    JWK: KEY,
}
"""Kinds stand in for each other when one ends: a new thumbprint replaces an old certificate, never a shared secret."""

# Base64 of 32 or 64 bytes in its one spelling: what nearly every stored value is, told at a tenth of the cost of decoding.
PLAIN_HASH = re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/]{85}[AQgw]==")


class Validity:
    """Judges stored secrets as the registry's profile, validators and key policy do."""

    def __init__(self, settings: Settings) -> None:
        validation = settings.validation
        self.profile = profile_named(validation.profile)
        self._min_rsa_bits = settings.policy.min_rsa_bits
        configured = validation.assertion_algorithms if self.profile.configurable_algorithms else None
        # An empty list means none: nobody gets in.
        self._algorithms = frozenset(self.profile.assertion_algorithms if configured is None else configured)
        in_force = self.profile.validators if validation.validators is None else validation.validators
        self._validators = frozenset(in_force)
        self._plugged_in = not self._validators <= BUILT_IN.keys()
        self._judges: dict[str, Callable[[Secret], str | None]] = {
            SHARED_SECRET: self._shared_secret,
            X509_THUMBPRINT: self._thumbprint,
            X509_NAME: self._name,
            X509_CERTIFICATE: self._key,
            JWK: self._key,
        }
        self._idle = frozenset(type for type in SECRET_TYPES if self._validators.isdisjoint(self._matched_by(type)))

    def flaw(self, secret: Secret) -> str | None:
        """Why no validator could ever match this secret, in words that fit after "it is invalid: "; None if one could.

        Dates are not looked at. Where a plug-in validates, a type that is not built in is left to it.
        """
        type = secret.type
        if type in self._idle:
            return None if self._plugged_in else f"no validator for {type} is in force"
        judge = self._judges.get(type)
        if judge is None:
            return None if self._plugged_in else f"no server knows the type {type}"
        return judge(secret)

    def out_of_reach(self, secrets: Sequence[Secret]) -> dict[int, str]:
        """Which of a principal's unexpired secrets another one keeps the server from: index to the id of that one.

        IdentityServer stops at a stored value that it cannot decode; IdentityServer4 and Duende give up on an assertion
        where any registered key does not parse.
        """
        found: dict[int, str] = {}
        if self.profile.poisoned_by_invalid_value and SHARED_SECRET not in self._idle:
            from secretctl.crypto.shared_secret import read_stored_value

            poison: str | None = None
            for index, secret in enumerate(secrets):
                if secret.type == SHARED_SECRET:
                    if poison is not None:
                        found[index] = poison
                    elif not read_stored_value(secret.value).dotnet_valid:
                        poison = secret.id
        if self.profile.unparsable_key == "poison" and JWK not in self._idle:
            keys = [index for index, secret in enumerate(secrets) if secret.type in {JWK, X509_CERTIFICATE}]
            bad = next((index for index in keys if self.stops_assertions(secrets[index])), None)
            if bad is not None:
                found.update(dict.fromkeys((index for index in keys if index != bad), secrets[bad].id))
        return found

    def stops_assertions(self, secret: Secret) -> bool:
        """Whether a registered key does not parse at all, whatever the key policy says of it."""
        return any(not registered.parses for registered in self._registered(secret))

    def public_key(self, secret: Secret) -> PublicKey:
        """The key of a certificate or JWK secret, checked by the key policy; a SecretctlError says what is wrong with it."""
        if secret.type == JWK:
            from secretctl.crypto.jwk import parse_jwk

            return parse_jwk(secret.value, min_rsa_bits=self._min_rsa_bits).key
        from secretctl.crypto.certificate import stored_certificate

        return stored_certificate(secret.value).public_key(min_rsa_bits=self._min_rsa_bits)

    def _registered(self, secret: Secret) -> list[RegisteredKey]:
        """What a certificate or JWK registers, as the validator of assertions reads it; nothing where it reads none."""
        from secretctl.crypto.registered_key import registered_keys

        read = registered_keys([secret], jwk=self.profile.jwk, min_rsa_bits=self._min_rsa_bits)
        return [registered for _, registered in read]

    def _matched_by(self, type: str) -> set[str]:
        """The built-in validators that look at secrets of this type."""
        if type == SHARED_SECRET:
            return {"shared_secret"}
        names = {"x509_name"} if type == X509_NAME else {"private_key_jwt"}
        if type == X509_THUMBPRINT:
            names = {"x509_thumbprint"} | ({"private_key_jwt"} if self.profile.header_certificate else set())
        if type == X509_CERTIFICATE and self.profile.registered_certificates:
            names.add("x509_thumbprint")
        return names

    def _shared_secret(self, secret: Secret) -> str | None:
        if PLAIN_HASH.fullmatch(secret.value):
            return None
        from secretctl.crypto.shared_secret import read_stored_value

        name = read_stored_value(secret.value).hash_name
        if name is None:
            return "its stored value is not a hash"
        if name in {"argon2id", "scrypt"} and not self.profile.phc:
            return f"{self.profile.name} does not know {name} hashes"
        return None

    def _thumbprint(self, secret: Secret) -> str | None:
        from secretctl.crypto.thumbprint import hash_of

        name = hash_of(secret.value)
        if name is None:
            return "it is not 40 or 64 hex digits"
        return None if name in self.profile.thumbprints else f"{self.profile.name} compares no {name} thumbprints"

    def _name(self, secret: Secret) -> str | None:
        if self.profile.subject_names == "none":
            return f"{self.profile.name} never compares names"
        if not secret.value.strip():
            return "it is empty"
        if self.profile.subject_names == "rfc4514_with_chain":
            from secretctl.crypto.name_text import NotAName, parse_rfc4514

            try:
                parse_rfc4514(secret.value)
            except NotAName:
                return "it is not a distinguished name"
        return None

    def _key(self, secret: Secret) -> str | None:
        if secret.type == JWK and not self.profile.jwk:
            return f"{self.profile.name} knows no JWK secrets"
        for registered in self._registered(secret):
            certificate = registered.certificate
            if (
                certificate is not None
                and self.profile.registered_certificates
                and "x509_thumbprint" in self._validators
            ):
                return certificate.weakness(min_rsa_bits=self._min_rsa_bits)  # TLS takes keys that sign no assertions
            if registered.problem is not None:
                return registered.problem
            if self._algorithms.isdisjoint(registered.algorithms):
                return "no algorithm that is accepted fits its key"
        return None


def certificate_of(secret: Secret) -> Certificate | None:
    """The certificate of an ``X509CertificateBase64`` secret; None for other types, and where the value is none."""
    if secret.type != X509_CERTIFICATE:
        return None
    from secretctl.crypto.certificate import stored_certificate

    try:
        return stored_certificate(secret.value)
    except SecretctlError:
        return None


def end_of(secret: Secret) -> datetime | None:
    """When a secret really ends: at its expiration, or with its certificate where that comes first. None is never."""
    certificate = certificate_of(secret)
    if certificate is None:
        return secret.expiration
    return certificate.not_after if secret.expiration is None else min(secret.expiration, certificate.not_after)
