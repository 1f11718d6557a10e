"""What every parser and validator must hold to, as tests: for plug-ins of others, and for our own.

Subclass a suite in a test module and let pytest run it::

    from secretctl.testing import ValidatorContract


    class TestCorporateCa(ValidatorContract):
        def make(self):
            return CorporateCaValidator()

        def example(self):
            return Credential("tls_client_auth", "web", certificate=der), Secret("1", "X509Unit", "Payments")

Nothing here needs pytest itself; the suites are classes with ``test_`` methods.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from secretctl.model import SECRET_TYPES, Credential, Match, Refusal, Request, Secret, SecretText, StoredValue
from secretctl.parsers import Submission
from secretctl.parsers.form import MalformedForm
from secretctl.profiles import PROFILES
from secretctl.validators import Context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secretctl.model import Der
    from secretctl.parsers import SecretParser
    from secretctl.profiles import Profile
    from secretctl.validators import SecretValidator

NOW = datetime(2026, 6, 1, tzinfo=UTC)
"""What every suite takes for the time, so that they say the same tomorrow: what ``example`` gives must be valid then."""
PLAINTEXT = "a-plaintext-that-nobody-may-see"
"""Stands in every hostile request and credential; no answer may repeat it."""

HOSTILE_HEADERS = (
    "",
    "Basic",
    "Basic ",
    "Basic \x00",
    "basic !!!",
    "Basic YTpi Yzpk",
    f"Basic {PLAINTEXT}",
    f"Bearer {PLAINTEXT}",
    "Basic " + "QUJD" * 5_000,
    "Basic \ud800",
    ("Basic YTpi", "Basic Yzpk"),
    (),
)
HOSTILE_FORMS = (
    "",
    "&&==&",
    "client_id",
    "client_id=%",
    "client_id=%ff&client_secret=%zz",
    "client_id=a&client_id=b",
    f"client_id=%00&client_secret={PLAINTEXT}",
    f"client_id=web&client_assertion={PLAINTEXT}.e30.e30",
    f"client_assertion_type=urn%3Ax&client_assertion={PLAINTEXT}",
    b"\xff\xfe=\x00",
    "client_id=" + "a" * 100_000,
    "client_id=\ud800&client_secret=\udfff",
)
HOSTILE_VALUES = ("", " ", "=", "====", "\x00", "\ud800", "{", "[]", "null", "$argon2id$", "A" * 10_000, "é" * 64)


class ParserContract:
    """What every SecretParser must hold to. Say how one is made in ``make``."""

    def make(self) -> SecretParser:
        """A fresh parser."""
        raise NotImplementedError

    def test_it_has_a_name(self) -> None:
        """``[validation] parsers`` can name it."""
        name = self.make().name
        assert name.isidentifier(), name

    def test_an_empty_request_holds_nothing(self) -> None:
        """Nothing presented is no credential and no fault."""
        for profile in PROFILES.values():
            answer = self.make().parse(Submission(Request(), profile))
            assert answer is None, answer

    def test_it_never_raises_whatever_comes(self) -> None:
        """Every request gets one of the three answers under every profile."""
        for submission in _hostile_submissions():
            try:
                answer = self.make().parse(submission)
            except MalformedForm:
                continue  # only ``submission.form`` raises it, and whoever called the parser expects it
            assert answer is None or isinstance(answer, Credential | Refusal), answer

    def test_a_credential_is_of_one_kind_and_names_somebody(self) -> None:
        """At most one of secret, assertion and certificate is set, and none of them is shown."""
        for submission in _hostile_submissions():
            try:
                answer = self.make().parse(submission)
            except MalformedForm:
                continue
            assert PLAINTEXT not in repr(answer), answer
            if isinstance(answer, Credential):
                assert answer.id, answer
                parts = (answer.secret, answer.assertion, answer.certificate)
                assert sum(part is not None for part in parts) <= 1, answer

    def test_it_keeps_nothing_from_one_request_for_the_next(self) -> None:
        """The same parser gives the same answers the second time."""
        parser = self.make()
        once, twice = ([_answer(parser, each) for each in _hostile_submissions()] for _ in range(2))
        for first, second in zip(once, twice, strict=True):
            assert first == second, f"{first}, then {second}"


class ValidatorContract:
    """What every SecretValidator must hold to. Say how one is made in ``make``, and what matches in ``example``."""

    profile: Profile = PROFILES["rfc"]

    def make(self) -> SecretValidator:
        """A fresh validator."""
        raise NotImplementedError

    def example(self) -> tuple[Credential, Secret]:
        """A credential and the secret that it matches."""
        raise NotImplementedError

    def context(self) -> Context:
        """What a validator is told beside them; replace it where more is needed."""
        return Context(
            self.profile, NOW, issuer="https://id.example", token_endpoint="https://id.example/connect/token"
        )

    def test_it_has_a_name(self) -> None:
        """``[validation] validators`` can name it."""
        name = self.make().name
        assert name.isidentifier(), name

    def test_the_example_matches_by_that_very_secret(self) -> None:
        """A match is the secret that was given, also among others, and not a copy of it."""
        credential, secret = self.example()
        for secrets in ([secret], [Secret("other", "Unheard-of", StoredValue("x")), secret]):
            context = self.context()
            outcome = self.make().validate(credential, secrets, context)
            assert isinstance(outcome, Match), f"{outcome}, at {context.now}"
            assert outcome.secret is secret, outcome

    def test_nothing_matches_no_secrets(self) -> None:
        """An empty list accepts nobody."""
        credential, _ = self.example()
        outcome = self.make().validate(credential, [], self.context())
        assert not isinstance(outcome, Match), outcome

    def test_a_secret_of_another_type_never_matches(self) -> None:
        """The same value under another type is another secret."""
        credential, secret = self.example()
        for type_ in ("", secret.type.lower(), secret.type + " ", "Unheard-of"):
            outcome = self.make().validate(credential, [replace(secret, type=type_)], self.context())
            assert not isinstance(outcome, Match), f"{outcome}, of type {type_!r}"

    def test_an_expired_secret_explains_and_never_accepts(self) -> None:
        """``context.expired`` says what would have matched; it is not what counts."""
        credential, secret = self.example()
        context = self.context()
        context.expired = [replace(secret, expiration=datetime(2020, 1, 1, tzinfo=UTC))]
        outcome = self.make().validate(credential, [], context)
        assert not isinstance(outcome, Match), outcome

    def test_a_credential_without_anything_never_matches(self) -> None:
        """``client_id`` alone authenticates nobody."""
        _, secret = self.example()
        outcome = self.make().validate(Credential("none", "web"), [secret], self.context())
        assert not isinstance(outcome, Match), outcome

    def test_hostile_stored_values_neither_match_nor_raise(self) -> None:
        """A registry may hold anything under any type."""
        credential, example = self.example()
        for value in HOSTILE_VALUES:
            secrets = [Secret("1", type_, StoredValue(value)) for type_ in {*SECRET_TYPES, example.type}]
            outcome = self.make().validate(credential, secrets, self.context())
            assert not isinstance(outcome, Match), f"{outcome}, by the value {value!r}"

    def test_hostile_credentials_neither_match_nor_show(self) -> None:
        """A credential may hold anything, and no refusal or warning repeats it."""
        _, secret = self.example()
        for credential in _hostile_credentials():
            context = self.context()
            outcome = self.make().validate(credential, [secret], context)
            assert not isinstance(outcome, Match), outcome
            assert PLAINTEXT not in repr((outcome, context.warnings)), (outcome, context.warnings)


def _hostile_submissions() -> Iterator[Submission]:
    for profile in PROFILES.values():
        for header in HOSTILE_HEADERS:
            yield Submission(Request(authorization=header), profile)
        for form in HOSTILE_FORMS:
            yield Submission(Request(form=form), profile)
            yield Submission(Request(form=form), profile, _no_certificate())


def _hostile_credentials() -> Iterator[Credential]:
    for text in (PLAINTEXT, "", " ", "\ud800", f"{PLAINTEXT}.e30.", "e30.e30.e30"):
        yield Credential("client_secret_basic", "web", SecretText(text))
        yield Credential("private_key_jwt", "web", assertion=SecretText(text))
    yield Credential("tls_client_auth", "web", certificate=_no_certificate())


def _no_certificate() -> Der:
    from secretctl.model import Der

    return Der(b"\x30\x03\x02\x01\x00")


def _answer(parser: SecretParser, submission: Submission) -> str:
    try:
        return repr(parser.parse(submission))
    except MalformedForm as exc:
        return str(exc)
