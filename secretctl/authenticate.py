"""The core: a request goes through parsers to a principal and through validators to a verdict.

Follows ``ClientSecretValidator``, ``ApiSecretValidator``, ``SecretParser`` and ``SecretValidator`` of IdentityServer; where
they differ between servers, the profile says how. Every way that is not a match ends in a refusal with its reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secretctl.lifetimes import is_expired, unexpired
from secretctl.model import Credential, Match, Refusal, SecretText, Verdict
from secretctl.parsers import Submission
from secretctl.parsers.form import MalformedForm
from secretctl.validators import Context

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from secretctl.model import Der, Kind, Principal, Request, Target
    from secretctl.parsers import SecretParser
    from secretctl.profiles import Profile
    from secretctl.settings import Settings
    from secretctl.validators import SecretValidator

_CERTIFICATE_METHODS = frozenset({"tls_client_auth", "self_signed_tls_client_auth"})
_INVALID_REQUEST = frozenset({"malformed_credential", "multiple_credentials"})
"""RFC 6749 §5.2; IdentityServer answers ``invalid_client`` to everything."""

_NO_CREDENTIAL = Refusal("no_credential", "the request holds no credential")
_SEVERAL = Refusal("multiple_credentials", "the request authenticates in more than one way (RFC 6749 §2.3)")


class Authenticator:
    """Answers requests as one server would. ``find`` looks up a principal; ``context`` are Context's keyword arguments."""

    def __init__(
        self,
        find: Callable[[Kind, str], Principal | None],
        profile: Profile,
        parsers: Sequence[SecretParser],
        validators: Sequence[SecretValidator],
        **context: Any,  # noqa: ANN401 - handed on to Context, which is typed
    ) -> None:
        self.find = find
        self.profile = profile
        self.parsers = tuple(parsers)
        self.validators = tuple(validators)
        self._context = context

    def verify(self, request: Request, *, kind: Kind, now: datetime) -> Verdict:
        """Whether the server would accept this request's credential, and if not, why."""
        certificate = presented_der(request.client_cert)
        return self.answer(self.credential(request, certificate), kind=kind, now=now, certificate=certificate)

    def credential(self, request: Request, certificate: Der | Refusal | None = None) -> Credential | Refusal:
        """What the parsers find in a request, as the profile settles it. ``certificate`` is its client_cert, decoded."""
        if isinstance(certificate, Refusal):
            return certificate
        return self._parse(Submission(request, self.profile, certificate))

    def answer(
        self, credential: Credential | Refusal, *, kind: Kind, now: datetime, certificate: Der | Refusal | None = None
    ) -> Verdict:
        """The verdict on what ``credential`` or ``typed_credential`` gave."""
        if isinstance(certificate, Refusal):
            return self._refused(certificate, kind=kind)
        if isinstance(credential, Refusal):
            return self._refused(credential, kind=kind, certificate=certificate)
        return self.judge(credential, kind=kind, now=now, certificate=certificate)

    def judge(self, credential: Credential, *, kind: Kind, now: datetime, certificate: Der | None = None) -> Verdict:
        """The verdict on a credential that a parser found. ``certificate`` is what TLS presented beside it."""
        profile, principal = self.profile, self.find(kind, credential.id)
        context = Context(profile, now, **self._context)
        refused = None
        if principal is None:
            refused = Refusal("unknown_principal", f"the registry has no {kind} of this id")
        elif not principal.enabled and kind in profile.refuses_disabled:
            refused = Refusal("disabled", f"the {kind} is disabled")
        elif principal.public and self._passes_as_public(credential, principal):
            method = "none" if credential.method in _CERTIFICATE_METHODS else credential.method
            return self._verdict(principal.target, method, context, certificate=certificate)
        outcome = self._validate(credential, principal, context)
        target = principal.target if principal else None
        if refused is None and isinstance(outcome, Match):
            return self._verdict(
                target, outcome.method or credential.method, context, match=outcome, certificate=certificate
            )
        refusal = refused or outcome
        assert isinstance(refusal, Refusal)  # noqa: S101 - a match without a refusal returned above
        return self._verdict(target, credential.method, context, refusal=refusal, certificate=certificate)

    def _parse(self, submission: Submission) -> Credential | Refusal:
        if self.profile.several_credentials == "refuse":
            return self._parse_strictly(submission)
        best: Credential | None = None
        problem: Refusal | None = None
        for parser in self.parsers:
            found = parser.parse(submission)
            if isinstance(found, Refusal):
                problem = problem or found
            elif found is not None:
                best = found
                if found.method != "none" or self.profile.several_credentials == "first_parser":
                    break
        return best or problem or _NO_CREDENTIAL

    def _parse_strictly(self, submission: Submission) -> Credential | Refusal:
        """The one credential of a request; anything malformed or beside it is refused."""
        headers = submission.request.authorization
        if not isinstance(headers, str) and headers is not None and len(headers) > 1:
            return _SEVERAL
        found: list[Credential] = []
        identified: Credential | None = None
        try:
            for parser in self.parsers:
                result = parser.parse(submission)
                if isinstance(result, Refusal):
                    return result
                if result is None:
                    continue
                if parser.name == "post_body" and result.method == "none":
                    identified = result  # a client_id alone says who is there, and authenticates nobody
                else:
                    found.append(result)
        except MalformedForm as exc:
            return Refusal("malformed_credential", str(exc))
        if len(found) > 1:
            # A TLS certificate beside another credential only binds the token to it (RFC 8705 §3).
            found = [credential for credential in found if credential.certificate is None]
        if len(found) > 1:
            return _SEVERAL
        credential = found[0] if found else identified
        if credential is None:
            return _NO_CREDENTIAL
        if self.profile.body_client_id_must_agree and submission.request.form:
            body_id = submission.form.get("client_id")
            if body_id and body_id != credential.id:
                return Refusal(
                    "malformed_credential",
                    "the client_id in the body is not the one that the credential names",
                    credential.method,
                    credential.id,
                )
        return credential

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

    def _validate(self, credential: Credential, principal: Principal | None, context: Context) -> Match | Refusal:
        """Hold the credential against the usable secrets: of nobody, where the principal is unknown, at the same cost."""
        secrets = unexpired(principal.secrets, context.now) if principal else []
        if principal and len(secrets) < len(principal.secrets):
            context.expired = [secret for secret in principal.secrets if is_expired(secret.expiration, context.now)]
        refusal: Refusal | None = None
        for validator in self.validators:
            outcome = validator.validate(credential, secrets, context)
            if isinstance(outcome, Match):
                return outcome
            if outcome is not None and (refusal is None or refusal.reason == "no_matching_secret_type"):
                refusal = outcome
        if refusal is None and credential.method == "none":
            return Refusal("no_credential", "a secret is needed, and the request has none", "none")
        return refusal or Refusal("no_matching_secret_type", "no validator in force handles such a credential")

    def _refused(self, refusal: Refusal, *, kind: Kind, certificate: Der | None = None) -> Verdict:
        """The verdict on a request that no parser could make a credential of."""
        principal = self.find(kind, refusal.id) if refusal.id else None
        target = principal.target if principal else None
        return self._verdict(target, refusal.method, None, refusal=refusal, certificate=certificate)

    def _verdict(
        self,
        target: Target | None,
        method: str | None,
        context: Context | None,
        *,
        match: Match | None = None,
        refusal: Refusal | None = None,
        certificate: Der | None = None,
    ) -> Verdict:
        strict = self.profile.several_credentials == "refuse"
        return Verdict(
            refusal is None,
            target,
            method,
            self.profile.name,
            secret=match.secret if match else None,
            reason=refusal.reason if refusal else None,
            oauth_error=None if refusal is None else _oauth_error(refusal, strict=strict),
            detail=refusal.detail if refusal else None,
            warnings=tuple(context.warnings) if context and context.warnings else (),
            confirmation=None if certificate is None else _confirmation(certificate),
        )


def authenticator_for(  # noqa: PLR0913 - one keyword for each thing that a caller may replace
    find: Callable[[Kind, str], Principal | None],
    settings: Settings,
    *,
    profile: str | None = None,
    audiences: tuple[str, ...] | None = None,
    require_typ: bool = False,
    trust: str | None = None,
    replay_cache: str | None = None,
) -> Authenticator:
    """The authenticator that a registry's settings describe; keywords that are given replace what they say.

    Raises UnavailableError for a profile, parser or validator that does not exist or does not load.
    """
    from secretctl.plugins import load_parsers, load_validators
    from secretctl.profiles import profile_named

    validation, issuer = settings.validation, settings.issuer
    rules = profile_named(profile or validation.profile)
    return Authenticator(
        find,
        rules,
        load_parsers(validation.parsers, rules),
        load_validators(validation.validators, rules),
        issuer=issuer.url if issuer else None,
        token_endpoint=issuer.token_endpoint if issuer else None,
        audiences=audiences,
        algorithms=validation.assertion_algorithms if rules.configurable_algorithms else None,
        require_typ=require_typ,
        trust=trust or validation.trust,
        replay_cache=replay_cache,
        min_rsa_bits=settings.policy.min_rsa_bits,
    )


def typed_credential(id_: str, secret: SecretText, profile: Profile) -> Credential | Refusal:
    """The credential of somebody who names a principal and presents a secret, under the limits of the profile."""
    from secretctl.parsers.text import has_control_characters, is_present, too_long

    method, text = "client_secret_basic", secret.reveal()
    if not is_present(text):
        return Refusal("no_credential", "the secret is empty", method, id_)
    if too_long(id_, profile.max_id, profile):
        return Refusal("credential_too_long", f"the id is longer than {profile.max_id} characters", method, id_)
    if too_long(text, profile.max_secret, profile):
        return Refusal(
            "credential_too_long", f"the secret is longer than {profile.max_secret} characters", method, id_
        )
    if not profile.control_characters and has_control_characters(text):
        return Refusal("malformed_credential", "the secret holds a control character", method, id_)
    return Credential(method, id_, secret)


def _oauth_error(refusal: Refusal, *, strict: bool) -> str:
    return "invalid_request" if strict and refusal.reason in _INVALID_REQUEST else "invalid_client"


def presented_der(presented: str | bytes | None) -> Der | Refusal | None:
    """The DER of a certificate that TLS presented (DER, PEM or base64), or why it cannot be read."""
    if presented is None:
        return None
    from secretctl.crypto.certificate import presented_certificate
    from secretctl.errors import SecretctlError

    try:
        return presented_certificate(presented)
    except SecretctlError as exc:
        return Refusal("malformed_credential", f"the TLS certificate cannot be read: {exc.message}", "tls_client_auth")


def _confirmation(certificate: Der) -> str:
    from binascii import b2a_base64
    from hashlib import sha256

    digest = b2a_base64(sha256(certificate).digest(), newline=False).rstrip(b"=")
    return digest.translate(bytes.maketrans(b"+/", b"-_")).decode("ascii")
