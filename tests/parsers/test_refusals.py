"""What a refusal says beside its reason: which way of authenticating it is about, and whom, as far as is known."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from secretctl.crypto import base64url
from secretctl.model import Der, Refusal, Request
from secretctl.parsers import Submission
from secretctl.parsers.basic import BasicParser
from secretctl.parsers.client_assertion import ASSERTION_TYPE, ClientAssertionParser
from secretctl.parsers.mutual_tls import MutualTlsParser
from secretctl.parsers.post_body import PostBodyParser
from secretctl.profiles import PROFILES

if TYPE_CHECKING:
    from secretctl.parsers import SecretParser


def refused(parser: SecretParser, profile: str, request: Request) -> tuple[str, str | None, str | None]:
    """Reason, method and id of a refusal."""
    answer = parser.parse(Submission(request, PROFILES[profile], Der(b"0")))
    assert isinstance(answer, Refusal), answer
    assert answer.detail
    return answer.reason, answer.method, answer.id


def basic(pair: str) -> Request:
    """A header with a pair."""
    return Request(authorization="Basic " + base64.b64encode(pair.encode()).decode())


def body(**parameters: str) -> Request:
    """A body with parameters."""
    return Request(form=urlencode(parameters))


def assertion(claims: dict[str, Any] | str, type_: str = ASSERTION_TYPE, **parameters: str) -> Request:
    """A body with an assertion that nobody signed."""
    text = claims if isinstance(claims, str) else json.dumps(claims)
    token = ".".join(base64url.encode(part.encode()) for part in ('{"alg":"ES256"}', text)) + ".eA"
    return body(client_assertion=token, client_assertion_type=type_, **parameters)


BASIC, POST, JWT, TLS = "client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth"


@pytest.mark.parametrize(
    ("request_", "profile", "expected"),
    [
        (Request(authorization="Basic !"), "rfc", ("malformed_credential", BASIC, None)),
        (basic("web"), "rfc", ("malformed_credential", BASIC, None)),
        (basic(":secret"), "rfc", ("malformed_credential", BASIC, None)),
        (basic("web:%zz"), "rfc", ("malformed_credential", BASIC, "web")),
        (basic("%zz:secret"), "rfc", ("malformed_credential", BASIC, None)),
        (basic("web:a\x00b"), "rfc", ("malformed_credential", BASIC, "web")),
        (basic(f"{'x' * 101}:secret"), "duende", ("credential_too_long", BASIC, "x" * 101)),
        (basic(f"web:{'x' * 101}"), "duende", ("credential_too_long", BASIC, "web")),
        (Request(authorization="Basic " + "a" * 805), "duende", ("credential_too_long", BASIC, None)),
        (basic("web:"), "identityserver3", ("no_credential", None, None)),
    ],
)
def test_of_a_header(request_: Request, profile: str, expected: tuple[str, str | None, str | None]) -> None:
    """The id once it is decoded; none at all where there is no credential to speak of."""
    assert refused(BasicParser(), profile, request_) == expected


@pytest.mark.parametrize(
    ("request_", "profile", "expected"),
    [
        (body(client_secret="secret"), "rfc", ("malformed_credential", POST, None)),
        (body(client_id="web", client_secret="a\x00b"), "rfc", ("malformed_credential", POST, "web")),
        (body(client_id="a\x00b"), "rfc", ("malformed_credential", POST, "a\x00b")),
        (body(client_id="x" * 101), "duende", ("credential_too_long", POST, "x" * 101)),
        (body(client_id="web", client_secret="x" * 101), "duende", ("credential_too_long", POST, "web")),
    ],
)
def test_of_a_body(request_: Request, profile: str, expected: tuple[str, str | None, str | None]) -> None:
    """The id of the body, whatever is wrong with it."""
    assert refused(PostBodyParser(), profile, request_) == expected


@pytest.mark.parametrize(
    ("request_", "profile", "expected"),
    [
        (body(client_assertion_type=ASSERTION_TYPE), "rfc", ("malformed_credential", JWT, None)),
        (assertion({"iss": "web", "sub": "web"}, "x"), "rfc", ("assertion_type", JWT, "web")),
        (assertion({"iss": "web", "sub": 5}), "rfc", ("assertion_claims", JWT, None)),
        (assertion({"iss": "web"}), "rfc", ("assertion_subject", JWT, None)),
        (assertion({"iss": 5, "sub": "web"}), "identityserver3", ("assertion_claims", JWT, None)),
        (assertion({"sub": "web"}), "identityserver3", ("assertion_issuer", JWT, None)),
        (assertion({"sub": "x" * 101}), "duende", ("credential_too_long", JWT, "x" * 101)),
        (assertion({"sub": "a\x00b"}), "rfc", ("malformed_credential", JWT, "a\x00b")),
        (assertion("[]"), "rfc", ("assertion_claims", JWT, None)),
        (assertion("[]", client_id="web"), "identityserver3", ("assertion_claims", JWT, "web")),
        (body(client_assertion="x", client_assertion_type=ASSERTION_TYPE), "rfc", ("malformed_credential", JWT, None)),
        (
            body(client_assertion="x", client_assertion_type=ASSERTION_TYPE, client_id="web"),
            "identityserver3",
            ("malformed_credential", JWT, "web"),
        ),
    ],
)
def test_of_an_assertion(request_: Request, profile: str, expected: tuple[str, str | None, str | None]) -> None:
    """The id that the assertion names, or the body where its word counts; a wrong type takes nothing from it."""
    assert refused(ClientAssertionParser(), profile, request_) == expected


@pytest.mark.parametrize(
    ("request_", "profile", "expected"),
    [
        (body(client_id="x" * 101), "duende", ("credential_too_long", TLS, "x" * 101)),
        (body(client_id="a\x00b"), "rfc", ("malformed_credential", TLS, "a\x00b")),
    ],
)
def test_of_a_certificate(request_: Request, profile: str, expected: tuple[str, str | None, str | None]) -> None:
    """The id of the body beside it."""
    assert refused(MutualTlsParser(), profile, request_) == expected


@pytest.mark.parametrize(
    ("parser", "request_", "sentence"),
    [
        (BasicParser(), basic(f"{'x' * 101}:secret"), "the id is longer than 100 characters"),
        (PostBodyParser(), body(client_id="web", client_secret="x" * 101), "the secret is longer than 100 characters"),
        (
            ClientAssertionParser(),
            body(client_assertion="x", client_assertion_type=ASSERTION_TYPE),
            "the assertion is no signed token: it does not have the three parts of a compact JWS",
        ),
    ],
)
def test_the_sentence_says_what_is_wrong(parser: SecretParser, request_: Request, sentence: str) -> None:
    """Whoever has to put it right reads it, and no reason says as much."""
    answer = parser.parse(Submission(request_, PROFILES["duende"]))
    assert isinstance(answer, Refusal)
    assert answer.detail == sentence
