"""The form-urlencoded body and ``client_secret_post``, by the rules of each profile."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secretctl.model import Credential, Refusal, Request
from secretctl.parsers import Submission
from secretctl.parsers.form import MalformedForm, read_form
from secretctl.parsers.post_body import PostBodyParser
from secretctl.profiles import PROFILES

ALL = sorted(PROFILES)
IDENTITYSERVERS = ["identityserver3", "identityserver4", "duende"]


def parse(body: str | bytes, profile: str) -> Credential | Refusal | None:
    """What the parser answers to a body."""
    return PostBodyParser().parse(Submission(Request(form=body), PROFILES[profile]))


def pair(answer: Credential | Refusal | None) -> tuple[str, str | None]:
    """Id and secret of a credential."""
    assert isinstance(answer, Credential), answer
    return answer.id, answer.secret.reveal() if answer.secret else None


def reason(answer: Credential | Refusal | None) -> str:
    """Why there is none."""
    assert isinstance(answer, Refusal), answer
    return answer.reason


@pytest.mark.parametrize("profile", ALL)
def test_id_and_secret(profile: str) -> None:
    """Decoded as a form is, in text and in bytes; a value ends at `&`, whatever signs of equality it holds."""
    body = "grant_type=client_credentials&client_id=s%C3%B6ren+x&client_secret=a%2Bb%26c==&&scope"
    for each in (body, body.encode()):
        answer = parse(each, profile)
        assert pair(answer) == ("sören x", "a+b&c==")
        assert isinstance(answer, Credential)
        assert answer.method == "client_secret_post"


@pytest.mark.parametrize("profile", ALL)
@pytest.mark.parametrize("body", ["", b"", "x=1", "client_id=", "client_id=+&client_secret=", "client_assertion=x"])
def test_bodies_that_name_nobody(body: str | bytes, profile: str) -> None:
    """They hold nothing of this kind."""
    assert parse(body, profile) is None


def test_a_client_id_alone() -> None:
    """The method `none`; IdentityServer3 wants a secret with it."""
    for body in ("client_id=web", "client_id=web&client_secret=", "client_id=web&client_secret=%20"):
        for profile in ("rfc", "identityserver4", "duende"):
            answer = parse(body, profile)
            assert pair(answer) == ("web", None)
            assert isinstance(answer, Credential)
            assert answer.method == "none"
        assert parse(body, "identityserver3") is None


def test_a_secret_alone() -> None:
    """Malformed to a strict server, nothing to the others."""
    assert reason(parse("client_secret=x", "rfc")) == "malformed_credential"
    for profile in IDENTITYSERVERS:
        assert parse("client_secret=x", profile) is None


def test_names_of_parameters() -> None:
    """Those of a strict server are exact; .NET's form collections have no case."""
    assert parse("Client_ID=web&CLIENT_secret=x", "rfc") is None
    for profile in IDENTITYSERVERS:
        assert pair(parse("Client_ID=web&CLIENT_secret=x", profile)) == ("web", "x")


def test_repeated_parameters() -> None:
    """Malformed, joined by commas, or the first: per profile."""
    body = "client_id=a&client_secret=x&client_id=b"
    with pytest.raises(MalformedForm):
        parse(body, "rfc")
    assert pair(parse(body, "identityserver3")) == ("a,b", "x")
    for profile in ("identityserver4", "duende"):
        assert pair(parse(body, profile)) == ("a", "x")


def test_parameters_that_may_be_repeated() -> None:
    """RFC 8707 `resource` and RFC 8693 `audience`; no other, known or not."""
    assert pair(parse("client_id=a&client_secret=x&resource=1&resource=2&audience=3&audience=4", "rfc")) == ("a", "x")
    with pytest.raises(MalformedForm, match="repeated"):
        parse("client_id=a&client_secret=x&x=1&x=1", "rfc")


@pytest.mark.parametrize("body", ["client_id=%zz", "a%=1", b"client_id=\xff", "client_id=%ff", "x=%C3%28"])
def test_malformed_bodies(body: str | bytes) -> None:
    """Bad escapes and bytes that are not UTF-8, wherever they stand; the others read on."""
    with pytest.raises(MalformedForm) as caught:
        read_form(body, PROFILES["rfc"])
    assert "zz" not in str(caught.value)
    for profile in IDENTITYSERVERS:
        assert read_form(body, PROFILES[profile])


@pytest.mark.parametrize(
    ("profile", "id_limit", "secret_limit"), [("rfc", 200, 1_000), *((p, 100, 100) for p in IDENTITYSERVERS)]
)
def test_length_limits(profile: str, id_limit: int, secret_limit: int) -> None:
    """The longest that fits, and one more; after decoding everywhere."""
    assert pair(parse(f"client_id={'%41' * id_limit}&client_secret={'%42' * secret_limit}", profile))
    assert reason(parse(f"client_id={'i' * (id_limit + 1)}", profile)) == "credential_too_long"
    answer = parse(f"client_id=web&client_secret={'s' * (secret_limit + 1)}", profile)
    assert reason(answer) == "credential_too_long"
    assert isinstance(answer, Refusal)
    assert (answer.id, answer.method) == ("web", "client_secret_post")


@pytest.mark.parametrize("body", ["client_id=w%00b&client_secret=x", "client_id=web&client_secret=%0A%1B"])
def test_control_characters(body: str) -> None:
    """Refused by a strict server only."""
    assert reason(parse(body, "rfc")) == "malformed_credential"
    for profile in IDENTITYSERVERS:
        assert isinstance(parse(body, profile), Credential)


@given(st.text(st.characters(), max_size=200) | st.binary(max_size=200), st.sampled_from(ALL))
def test_no_body_makes_it_raise(body: str | bytes, profile: str) -> None:
    """Anything but MalformedForm, which only a strict profile raises."""
    try:
        answer = parse(body, profile)
    except MalformedForm:
        assert profile == "rfc"
    else:
        assert answer is None or isinstance(answer, Credential | Refusal)


def test_the_body_is_taken_apart_once() -> None:
    """All parsers look at the same form."""
    submission = Submission(Request(form="a=1"), PROFILES["rfc"])
    assert submission.form is submission.form
