"""Requests brought to their verdicts: by parsers to a credential, and by the judge to an answer; or by a direct way."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from secretctl import parsers as built_in_parsers
from secretctl import validators as built_in_validators
from secretctl.authenticate.judge import Judge
from secretctl.authenticate.one_credential import one_credential
from secretctl.authenticate.plain_assertion import PlainAssertion
from secretctl.authenticate.plain_basic import PlainBasic
from secretctl.authenticate.presented import presented_der
from secretctl.model import KINDS, Der, Refusal, Request
from secretctl.parsers import Submission
from secretctl.parsers.client_assertion import assertion_credential

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from secretctl.model import Credential, Kind, Principal, Verdict
    from secretctl.parsers import SecretParser
    from secretctl.profiles import Profile
    from secretctl.settings import Settings
    from secretctl.validators import SecretValidator


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
        self._parsers = tuple(parsers)
        self._stand_ins = {kind: tuple(stand_ins.get(kind, ()) if stand_ins else ()) for kind in KINDS}
        self._judge = Judge(find, profile, tuple(validators), self._stand_ins, context)
        # A parser or validator of others may have a say about anything: then there is the general way alone.
        own_parsers = all(_is_built_in(parser, built_in_parsers.BUILT_IN) for parser in parsers)
        own_validators = all(_is_built_in(validator, built_in_validators.BUILT_IN) for validator in validators)
        parser_names = {parser.name for parser in parsers}
        validator_names = {validator.name for validator in validators}
        self._direct: dict[Kind, PlainBasic] = {}
        if own_parsers and own_validators and "basic" in parser_names and "shared_secret" in validator_names:
            self._direct = {kind: self._plain_basic(kind) for kind in KINDS}
        # No other built-in parser finds anything in a body that is an assertion alone.
        self._lone_assertions = own_parsers and "client_assertion" in parser_names
        self._direct_assertions: dict[Kind, PlainAssertion] = {}
        # A replay cache has a word in each case.
        if self._lone_assertions and own_validators and context.get("replay_cache") is None:
            bits = context.get("min_rsa_bits", 2048)
            self._direct_assertions = {
                kind: PlainAssertion(partial(find, kind), profile, min_rsa_bits=bits) for kind in KINDS
            }

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
            return self._judge.refused(credential, kind=kind)
        verdict = self._judge.judge(credential, kind=kind, now=now)
        if verdict.accepted and direct is not None:
            direct.remember(token, now, verdict)
        return verdict

    def credential(self, request: Request, certificate: Der | Refusal | None = None) -> Credential | Refusal:
        """What the parsers find in a request, as the profile settles it. ``certificate`` is its client_cert, decoded."""
        if isinstance(certificate, Refusal):
            # Whom the request names beside it, it names all the same.
            unreadable = Submission(request, self.profile, Der(b""))
            return certificate._replace(id=one_credential(unreadable, self._parsers).id)
        return one_credential(Submission(request, self.profile, certificate), self._parsers)

    def answer(
        self, credential: Credential | Refusal, *, kind: Kind, now: datetime, certificate: Der | Refusal | None = None
    ) -> Verdict:
        """The verdict on what ``credential`` or ``typed_credential`` gave."""
        if isinstance(certificate, Refusal):
            return self._judge.refused(certificate._replace(id=credential.id), kind=kind)
        if isinstance(credential, Refusal):
            return self._judge.refused(credential, kind=kind, certificate=certificate)
        return self._judge.judge(credential, kind=kind, now=now, certificate=certificate)

    def _plain_basic(self, kind: Kind) -> PlainBasic:
        judge = self._judge
        return PlainBasic(
            partial(self.find, kind),
            partial(judge.barred, kind),
            lambda principal, outcome: judge.verdict(principal, "client_secret_basic", outcome),
            self._stand_ins[kind],
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


def _is_built_in(plugin: SecretParser | SecretValidator, table: Mapping[str, tuple[str, str]]) -> bool:
    return table.get(plugin.name) == (type(plugin).__module__, type(plugin).__qualname__)
