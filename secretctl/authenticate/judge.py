"""A credential held against a principal: the verdict, as the profile's server gives it.

Follows ``ClientSecretValidator``, ``ApiSecretValidator`` and ``SecretValidator`` of IdentityServer; where they differ
between servers, the profile says how. Every way that is not a match ends in a refusal with its reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secretctl.lifetimes import is_expired, unexpired
from secretctl.model import Match, Refusal, Verdict
from secretctl.validators import Context

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from secretctl.model import Credential, Der, Kind, Principal, Target
    from secretctl.profiles import Profile
    from secretctl.validators import SecretValidator

_CERTIFICATE_METHODS = frozenset({"tls_client_auth", "self_signed_tls_client_auth"})
_INVALID_REQUEST = frozenset({"malformed_credential", "multiple_credentials"})
"""RFC 6749 §5.2; IdentityServer answers ``invalid_client`` to everything."""


class Judge:
    """Holds credentials against the secrets of the principals that they name; for the arguments see Authenticator."""

    __slots__ = ("_context", "_find", "_profile", "_stand_ins", "_validators")

    def __init__(
        self,
        find: Callable[[Kind, str], Principal | None],
        profile: Profile,
        validators: Sequence[SecretValidator],
        stand_ins: Mapping[Kind, Sequence[Principal]],
        context: Mapping[str, Any],
    ) -> None:
        self._find = find
        self._profile = profile
        self._validators = validators
        self._stand_ins = stand_ins
        self._context = context

    def judge(self, credential: Credential, *, kind: Kind, now: datetime, certificate: Der | None = None) -> Verdict:
        """The verdict on a credential that a parser found. ``certificate`` is what TLS presented beside it."""
        principal = self._find(kind, credential.id)
        context = Context(self._profile, now, kind=kind, **self._context)
        barred = self.barred(kind, principal)
        outcome: Match | Refusal | None
        if barred is not None or principal is None:
            # What it is held against changes nothing but the time that the answer takes, and is nothing to warn of.
            context.replay_cache = None
            self._validate(credential, principal or self._stand_in(kind, credential), context)
            context.warnings.clear()
            outcome = barred
        elif principal.public and self._passes_as_public(credential, principal):
            outcome = None
        else:
            outcome = self._validate(credential, principal, context)
        warnings = tuple(context.warnings)
        return self.verdict(
            principal, _method(credential, outcome), outcome, warnings=warnings, certificate=certificate
        )

    def refused(self, refusal: Refusal, *, kind: Kind, certificate: Der | None = None) -> Verdict:
        """The verdict on a request that no parser could make a credential of."""
        principal = self._find(kind, refusal.id) if refusal.id else None
        return self.verdict(principal, refusal.method, refusal, certificate=certificate)

    def barred(self, kind: Kind, principal: Principal | None) -> Refusal | None:
        """Why there is no way in for a principal, whatever it presents."""
        if principal is None:
            return Refusal("unknown_principal", f"the registry has no {kind} of this id")
        if not principal.enabled and kind in self._profile.refuses_disabled:
            return Refusal("disabled", f"the {kind} is disabled")
        return None

    def verdict(
        self,
        principal: Principal | None,
        method: str | None,
        outcome: Match | Refusal | None,
        *,
        warnings: tuple[str, ...] = (),
        certificate: Der | None = None,
    ) -> Verdict:
        """The verdict on an outcome; None is a public client, which gets in without a secret."""
        target: Target | None = principal.target if principal else None
        confirmation: str | None = None
        if certificate is not None:
            from secretctl.crypto.thumbprint import x5t_s256

            confirmation = x5t_s256(certificate)
        if not isinstance(outcome, Refusal):
            secret = outcome.secret if outcome else None
            name = self._profile.name
            return Verdict(True, target, method, name, secret=secret, warnings=warnings, confirmation=confirmation)  # noqa: FBT003
        strict = self._profile.several_credentials == "refuse"
        return Verdict(
            False,  # noqa: FBT003 - the first field is what a verdict is
            target,
            method,
            self._profile.name,
            reason=outcome.reason,
            oauth_error="invalid_request" if strict and outcome.reason in _INVALID_REQUEST else "invalid_client",
            detail=outcome.detail,
            warnings=warnings,
            confirmation=confirmation,
        )

    def _passes_as_public(self, credential: Credential, principal: Principal) -> bool:
        """Whether a public client gets in without its credential being looked at."""
        if self._profile.public_clients == "always":
            return True
        if self._profile.public_clients == "none":
            return False
        if credential.certificate is not None:
            # RFC 8705 §4: a public client may present a certificate only to bind its tokens to it.
            return not any(secret.type.startswith("X509") for secret in principal.secrets)
        return credential.method == "none"

    def _stand_in(self, kind: Kind, credential: Credential) -> Principal | None:
        """Whose secrets a shared secret under an unknown id is held against, chosen as the direct way does."""
        stand_ins = self._stand_ins[kind]
        return stand_ins[hash(credential.id) % len(stand_ins)] if stand_ins and credential.secret else None

    def _validate(self, credential: Credential, principal: Principal | None, context: Context) -> Match | Refusal:
        """Hold the credential against the usable secrets of a principal, or against none where it is not known."""
        secrets = unexpired(principal.secrets, context.now) if principal else []
        if principal and len(secrets) < len(principal.secrets):
            context.expired = [secret for secret in principal.secrets if is_expired(secret.expiration, context.now)]
        refusal: Refusal | None = None
        for validator in self._validators:
            outcome = validator.validate(credential, secrets, context)
            if isinstance(outcome, Match):
                return outcome
            if outcome is not None and (refusal is None or _says_more(outcome, refusal)):
                refusal = outcome
        if refusal is None and credential.method == "none":
            return credential.problem or Refusal(
                "no_credential", "a secret is needed, and the request has none", "none"
            )
        return refusal or Refusal("no_matching_secret_type", "no validator in force handles such a credential")


def _says_more(refusal: Refusal, other: Refusal) -> bool:
    """Whether one validator's refusal is of more use than another's: it found the right secret, or any to compare with."""
    if refusal.method is not None or other.method is not None:
        return other.method is None
    return other.reason == "no_matching_secret_type" != refusal.reason


def _method(credential: Credential, outcome: Match | Refusal | None) -> str:
    if outcome is not None:
        return outcome.method or credential.method
    # A public client's certificate was not looked at: it did not authenticate anybody.
    return "none" if credential.method in _CERTIFICATE_METHODS else credential.method
