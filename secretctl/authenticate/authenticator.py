"""Requests, credentials and principals brought together.

Follows ``ClientSecretValidator``, ``ApiSecretValidator``, ``SecretParser`` and ``SecretValidator`` of IdentityServer; where
they differ between servers, the profile says how. Every way that is not a match ends in a refusal with its reason.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from secretctl import parsers as built_in_parsers
from secretctl import validators as built_in_validators
from secretctl.authenticate.one_credential import one_credential
from secretctl.authenticate.plain_assertion import PlainAssertion
from secretctl.authenticate.plain_basic import PlainBasic
from secretctl.authenticate.presented import presented_der
from secretctl.lifetimes import is_expired, unexpired
from secretctl.model import KINDS, Der, Match, Refusal, Request, Verdict
from secretctl.parsers import Submission
from secretctl.parsers.client_assertion import assertion_credential
from secretctl.validators import Context

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from secretctl.model import Credential, Kind, Principal, Target
    from secretctl.parsers import SecretParser
    from secretctl.profiles import Profile
    from secretctl.settings import Settings
    from secretctl.validators import SecretValidator

_CERTIFICATE_METHODS = frozenset({"tls_client_auth", "self_signed_tls_client_auth"})
_INVALID_REQUEST = frozenset({"malformed_credential", "multiple_credentials"})
"""RFC 6749 §5.2; IdentityServer answers ``invalid_client`` to everything."""


class Authenticator:
    """Answers requests as one server would. ``find`` looks up a principal; ``context`` are Context's keyword arguments.

    ``stand_ins`` are principals of the registry, a few of each kind: a secret presented under an unknown id is held
    against one of them, so that it takes as long as under a known id, with slow hashes too.
    """

    def __init__(
        self,
        find: Callable[[Kind, str], Principal | None],
        profile: Profile,
        parsers: Sequence[SecretParser],
        validators: Sequence[SecretValidator],
        *,
        stand_ins: Mapping[Kind, Sequence[Principal]] | None = None,
        **context: Any,
    ) -> None:
        self.find = find
        self.profile = profile
        self.parsers = tuple(parsers)
        self.validators = tuple(validators)
        self._stand_ins = {kind: tuple(stand_ins.get(kind, ()) if stand_ins else ()) for kind in KINDS}
        self._context = context
        self._direct = {kind: self._plain_basic(kind) for kind in KINDS} if self._all_built_in() else {}
        self._lone_assertions = self._reads_lone_assertions()
        self._direct_assertions = self._plain_assertions() if self._lone_assertions else {}

    def verify(self, request: Request, *, kind: Kind, now: datetime) -> Verdict:
        """Whether the server would accept this request's credential, and if not, why."""
        header = request.authorization
        if self._direct and request.form is None and request.client_cert is None and type(header) is str:
            verdict = self._direct[kind].answer(header, now)
            if verdict is not None:
                return verdict
        certificate = presented_der(request.client_cert)
        return self.answer(self.credential(request, certificate), kind=kind, now=now, certificate=certificate)

    def verify_assertion(self, token: str, *, kind: Kind, now: datetime) -> Verdict:
        """The verdict on a request whose body is a client assertion and nothing else."""
        direct = self._direct_assertions.get(kind)
        verdict = None if direct is None else direct.answer(token, now)
        if verdict is not None:
            return verdict
        if not self._lone_assertions or not token.strip():
            from secretctl.builders.assertion import assertion_form

            return self.verify(Request(form=assertion_form(token)), kind=kind, now=now)
        credential = assertion_credential(token, self.profile)
        if isinstance(credential, Refusal):
            return self._refused(credential, kind=kind)
        verdict = self.judge(credential, kind=kind, now=now)
        if verdict.accepted and direct is not None:
            direct.remember(token, now, verdict)
        return verdict

    def credential(self, request: Request, certificate: Der | Refusal | None = None) -> Credential | Refusal:
        """What the parsers find in a request, as the profile settles it. ``certificate`` is its client_cert, decoded."""
        if isinstance(certificate, Refusal):
            # Whom the request names beside it, it names all the same.
            unreadable = Submission(request, self.profile, Der(b""))
            return certificate._replace(id=one_credential(unreadable, self.parsers).id)
        return one_credential(Submission(request, self.profile, certificate), self.parsers)

    def answer(
        self, credential: Credential | Refusal, *, kind: Kind, now: datetime, certificate: Der | Refusal | None = None
    ) -> Verdict:
        """The verdict on what ``credential`` or ``typed_credential`` gave."""
        if isinstance(certificate, Refusal):
            return self._refused(certificate._replace(id=credential.id), kind=kind)
        if isinstance(credential, Refusal):
            return self._refused(credential, kind=kind, certificate=certificate)
        return self.judge(credential, kind=kind, now=now, certificate=certificate)

    def judge(self, credential: Credential, *, kind: Kind, now: datetime, certificate: Der | None = None) -> Verdict:
        """The verdict on a credential that a parser found. ``certificate`` is what TLS presented beside it."""
        principal = self.find(kind, credential.id)
        context = Context(self.profile, now, kind=kind, **self._context)
        barred = self._barred(kind, principal)
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
        return self._verdict(
            principal, _method(credential, outcome), outcome, warnings=warnings, certificate=certificate
        )

    def _barred(self, kind: Kind, principal: Principal | None) -> Refusal | None:
        """Why there is no way in for a principal, whatever it presents."""
        if principal is None:
            return Refusal("unknown_principal", f"the registry has no {kind} of this id")
        if not principal.enabled and kind in self.profile.refuses_disabled:
            return Refusal("disabled", f"the {kind} is disabled")
        return None

    def _passes_as_public(self, credential: Credential, principal: Principal) -> bool:
        """Whether a public client gets in without its credential being looked at."""
        if self.profile.public_clients == "always":
            return True
        if self.profile.public_clients == "none":
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
        for validator in self.validators:
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

    def _refused(self, refusal: Refusal, *, kind: Kind, certificate: Der | None = None) -> Verdict:
        """The verdict on a request that no parser could make a credential of."""
        principal = self.find(kind, refusal.id) if refusal.id else None
        return self._verdict(principal, refusal.method, refusal, certificate=certificate)

    def _verdict(
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
            name = self.profile.name
            return Verdict(True, target, method, name, secret=secret, warnings=warnings, confirmation=confirmation)  # noqa: FBT003
        strict = self.profile.several_credentials == "refuse"
        return Verdict(
            False,  # noqa: FBT003 - the first field is what a verdict is
            target,
            method,
            self.profile.name,
            reason=outcome.reason,
            oauth_error="invalid_request" if strict and outcome.reason in _INVALID_REQUEST else "invalid_client",
            detail=outcome.detail,
            warnings=warnings,
            confirmation=confirmation,
        )

    def _plain_basic(self, kind: Kind) -> PlainBasic:
        return PlainBasic(
            partial(self.find, kind),
            lambda principal: self._barred(kind, principal),
            lambda principal, outcome: self._verdict(principal, "client_secret_basic", outcome),
            self._stand_ins[kind],
        )

    def _reads_lone_assertions(self) -> bool:
        """Whether the parser of assertions is all that could have a say about one: no other built-in finds anything."""
        return any(parser.name == "client_assertion" for parser in self.parsers) and all(
            _is_built_in(parser, built_in_parsers.BUILT_IN) for parser in self.parsers
        )

    def _plain_assertions(self) -> dict[Kind, PlainAssertion]:
        """Nothing where a validator of others, or a replay cache, has a word in each case."""
        if self._context.get("replay_cache") is not None or not all(
            _is_built_in(validator, built_in_validators.BUILT_IN) for validator in self.validators
        ):
            return {}
        bits = self._context.get("min_rsa_bits", 2048)
        return {kind: PlainAssertion(partial(self.find, kind), self.profile, min_rsa_bits=bits) for kind in KINDS}

    def _all_built_in(self) -> bool:
        """Whether nothing but the code that PlainBasic stands for could have a say about a Basic header."""
        return (
            any(parser.name == "basic" for parser in self.parsers)
            and any(validator.name == "shared_secret" for validator in self.validators)
            and all(_is_built_in(parser, built_in_parsers.BUILT_IN) for parser in self.parsers)
            and all(_is_built_in(validator, built_in_validators.BUILT_IN) for validator in self.validators)
        )


def authenticator_for(
    find: Callable[[Kind, str], Principal | None],
    settings: Settings,
    *,
    profile: str | None = None,
    audiences: tuple[str, ...] | None = None,
    require_typ: bool = False,
    trust: str | None = None,
    replay_cache: str | None = None,
    stand_ins: Mapping[Kind, Sequence[Principal]] | None = None,
) -> Authenticator:
    """The authenticator that a registry's settings describe; keywords that are given replace what they say.

    Raises UnavailableError for a profile, parser or validator that does not exist or does not load.
    """
    from secretctl.plugins import load_parsers, load_validators
    from secretctl.profiles import profile_named

    validation, issuer = settings.validation, settings.issuer
    rules = profile_named(validation.profile if profile is None else profile)
    return Authenticator(
        find,
        rules,
        load_parsers(validation.parsers, rules),
        load_validators(validation.validators, rules),
        stand_ins=stand_ins,
        issuer=issuer.url if issuer else None,
        token_endpoint=issuer.token_endpoint if issuer else None,
        audiences=audiences,
        algorithms=validation.assertion_algorithms if rules.configurable_algorithms else None,
        require_typ=require_typ,
        trust=validation.trust if trust is None else trust,
        replay_cache=replay_cache,
        min_rsa_bits=settings.policy.min_rsa_bits,
    )


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


def _is_built_in(plugin: SecretParser | SecretValidator, table: Mapping[str, tuple[str, str]]) -> bool:
    return table.get(plugin.name) == (type(plugin).__module__, type(plugin).__qualname__)
