"""Finding an assertion in a body, and whom it names."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from secretctl.crypto import base64url
from secretctl.model import Credential, Refusal, Request
from secretctl.parsers import Submission
from secretctl.parsers.client_assertion import ASSERTION_TYPE, ClientAssertionParser
from secretctl.profiles import PROFILES

ALL = tuple(PROFILES)
OLDER = ALL[1:]


def token(claims: Any, header: Any = None) -> str:
    """An unsigned token: parsers verify nothing."""
    parts = (json.dumps(part) if isinstance(part, dict) else part for part in (header or {"alg": "ES256"}, claims))
    return ".".join(base64url.encode(part.encode()) for part in parts) + ".eA"


def parse(profile: str, **parameters: str) -> Credential | Refusal | None:
    """What the parser finds in a body."""
    return ClientAssertionParser().parse(Submission(Request(form=urlencode(parameters)), PROFILES[profile]))


def reason(found: Credential | Refusal | None) -> str | None:
    """Why not."""
    assert isinstance(found, Refusal)
    assert found.method == "private_key_jwt"
    return found.reason


WEB = token({"iss": "web", "sub": "web"})


@pytest.mark.parametrize("profile", ALL)
def test_an_assertion_is_found(profile: str) -> None:
    """Under its id, with the token in a wrapper that does not show it."""
    found = parse(profile, client_assertion=WEB, client_assertion_type=ASSERTION_TYPE)
    assert isinstance(found, Credential)
    assert (found.method, found.id) == ("private_key_jwt", "web")
    assert found.assertion is not None
    assert found.assertion.reveal() == WEB
    assert WEB not in repr(found)


@pytest.mark.parametrize("profile", ALL)
def test_a_wrong_client_assertion_type(profile: str) -> None:
    """SAML, a misspelling, or none at all."""
    for type_ in (
        "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
        ASSERTION_TYPE.upper(),
        f"{ASSERTION_TYPE} ",
        "",
    ):
        assert reason(parse(profile, client_assertion=WEB, client_assertion_type=type_)) == "assertion_type"
    assert reason(parse(profile, client_assertion=WEB)) == "assertion_type"


@pytest.mark.parametrize("profile", ALL)
def test_nothing_of_the_kind(profile: str) -> None:
    """A body without an assertion is other parsers' business; a type alone is malformed where that is refused."""
    assert parse(profile) is None
    assert parse(profile, client_id="web") is None
    alone = parse(profile, client_assertion="  ", client_assertion_type=ASSERTION_TYPE)
    if profile == "rfc":
        assert reason(alone) == "malformed_credential"
    else:
        assert alone is None


@pytest.mark.parametrize("profile", ALL)
def test_length_limits(profile: str) -> None:
    """InputLengthRestrictions.Jwt and ClientId; IdentityServer3 has neither here."""
    long = token({"iss": "web", "sub": "web", "x": "x" * 40_000})
    assert len(long) > 51_200
    found = parse(profile, client_assertion=long, client_assertion_type=ASSERTION_TYPE)
    id_ = "w" * 201
    named = parse(profile, client_assertion=token({"iss": id_, "sub": id_}), client_assertion_type=ASSERTION_TYPE)
    for each in (found, named):
        if profile == "identityserver3":
            assert isinstance(each, Credential)
        else:
            assert reason(each) == "credential_too_long"


@pytest.mark.parametrize("profile", ALL)
def test_tokens_that_are_malformed(profile: str) -> None:
    """As tokens, or in what they claim."""
    for bad in ("x", "a.b.c", WEB + ".x", WEB.replace(".", "..")):
        assert (
            reason(parse(profile, client_assertion=bad, client_assertion_type=ASSERTION_TYPE)) == "malformed_credential"
        )
    for claims in ("[]", "x", '{"sub":"a","sub":"b"}'):
        assert (
            reason(parse(profile, client_assertion=token(claims), client_assertion_type=ASSERTION_TYPE))
            == "assertion_claims"
        )


def test_identityserver3_knows_who_sent_a_malformed_token() -> None:
    """By the body's client_id."""
    found = parse("identityserver3", client_assertion="x", client_assertion_type=ASSERTION_TYPE, client_id="web")
    assert isinstance(found, Refusal)
    assert found.id == "web"


@pytest.mark.parametrize("profile", ALL)
def test_control_characters_in_the_id(profile: str) -> None:
    """Refused under rfc."""
    found = parse(
        profile, client_assertion=token({"iss": "a\x07", "sub": "a\x07"}), client_assertion_type=ASSERTION_TYPE
    )
    if profile == "rfc":
        assert reason(found) == "malformed_credential"
    else:
        assert isinstance(found, Credential)


@pytest.mark.parametrize("profile", ALL)
def test_an_id_of_blanks_is_none(profile: str) -> None:
    """IsPresent."""
    found = parse(profile, client_assertion=token({"iss": " ", "sub": " "}), client_assertion_type=ASSERTION_TYPE)
    assert reason(found) == ("assertion_issuer" if profile == "identityserver3" else "assertion_subject")
