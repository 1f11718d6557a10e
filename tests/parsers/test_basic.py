"""HTTP Basic: what each profile's server reads out of a header, rule by rule of the profile table."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secretctl.model import Credential, Refusal, Request
from secretctl.parsers import Submission
from secretctl.parsers.basic import BasicParser
from secretctl.profiles import PROFILES

ALL = sorted(PROFILES)
IDENTITYSERVERS = ["identityserver3", "identityserver4", "duende"]
LENIENT = ["identityserver4", "duende"]


def b64(pair: str | bytes) -> str:
    """``Basic`` and base64 of a pair."""
    raw = pair if isinstance(pair, bytes) else pair.encode("utf-8")
    return "Basic " + base64.b64encode(raw).decode()


def parse(header: str | tuple[str, ...] | None, profile: str) -> Credential | Refusal | None:
    """What the parser answers to a header."""
    return BasicParser().parse(Submission(Request(authorization=header), PROFILES[profile]))


def pair(answer: Credential | Refusal | None) -> tuple[str, str | None]:
    """Id and secret of a credential."""
    assert isinstance(answer, Credential), answer
    return answer.id, answer.secret.reveal() if answer.secret else None


def reason(answer: Credential | Refusal | None) -> str:
    """Why there is none."""
    assert isinstance(answer, Refusal), answer
    return answer.reason


@pytest.mark.parametrize("profile", ALL)
@pytest.mark.parametrize("header", [None, "", "Bearer abc", "basic", "Basicx dzpz", "Digest x", "Basic\tdzpz", ()])
def test_other_headers_are_not_its_business(header: str | None, profile: str) -> None:
    """No header, another scheme; `Basic` alone is one without anything in it."""
    answer = parse(header, profile)
    assert answer is None if header != "basic" else reason(answer) == "malformed_credential"


@pytest.mark.parametrize("profile", ALL)
@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC", "bAsIc"])
def test_the_scheme_in_any_case(scheme: str, profile: str) -> None:
    """RFC 9110 §11.1."""
    answer = parse(f"{scheme} {b64('web:secret')[6:]}", profile)
    assert pair(answer) == ("web", "secret")
    assert isinstance(answer, Credential)
    assert answer.method == "client_secret_basic"


@pytest.mark.parametrize("profile", ALL)
def test_the_first_colon_divides(profile: str) -> None:
    """RFC 7617 §2: the id has none, the secret may."""
    assert pair(parse(b64("web:a:b:c"), profile)) == ("web", "a:b:c")


@pytest.mark.parametrize("profile", ALL)
@pytest.mark.parametrize("text", ["web", "", "web%3Asecret"])
def test_no_colon_is_malformed(text: str, profile: str) -> None:
    """An escaped colon is none."""
    assert reason(parse(b64(text), profile)) == "malformed_credential"


@pytest.mark.parametrize(
    ("spelled", "expected"),
    [
        ("a%20b:c+d", ("a b", "c d")),
        ("an%3Aidentifier:a+secret%26with%2Fspecials%2B%25", ("an:identifier", "a secret&with/specials+%")),
        ("s%C3%B6ren:m%C3%BCller", ("sören", "müller")),
        ("s%c3%b6ren:m%c3%bcller", ("sören", "müller")),
        ("sören:m%C3%BCller+ä", ("sören", "müller ä")),
        ("%F0%9D%94%98:x", ("𝔘", "x")),
    ],
)
def test_urldecoding(spelled: str, expected: tuple[str, str]) -> None:
    """RFC 6749 §2.3.1 decodes id and secret; IdentityServer3 takes them as they are."""
    for profile in ("rfc", *LENIENT):
        assert pair(parse(b64(spelled), profile)) == expected, profile
    raw = spelled.split(":", 1)
    assert pair(parse(b64(spelled), "identityserver3")) == (raw[0], raw[1])


@pytest.mark.parametrize(
    ("spelled", "lenient"),
    [
        ("%zz", "%zz"),
        ("50%", "50%"),
        ("%4", "%4"),
        ("a%FFb", "a%FFb"),
        ("%C3%28", "%C3("),
        ("%41%FF%42", "A%FFB"),
        ("%E2%82", "%E2%82"),
        ("%E2%82%AC%FF", "€%FF"),
        ("%80%41%FF%E2%82%AC%c3%C3%B6", "%80A%FF€%c3ö"),
        ("%zz+%20", "%zz  "),
    ],
)
def test_escapes_that_are_not_valid(spelled: str, lenient: str) -> None:
    """Malformed to a strict server; Uri.UnescapeDataString leaves what it cannot decode."""
    assert reason(parse(b64(f"web:{spelled}"), "rfc")) == "malformed_credential"
    for header in (b64(f"web:{spelled}"), b64(f"{spelled}:secret")):
        refusal = parse(header, "rfc")
        assert isinstance(refusal, Refusal)
        assert "percent escape" in refusal.detail
    for profile in LENIENT:
        assert pair(parse(b64(f"web:{spelled}"), profile)) == ("web", lenient)


@pytest.mark.parametrize("profile", ALL)
@pytest.mark.parametrize(
    "encoded",
    ["!!!!", "d2ViOnNlY3JldA", "d2ViOnNlY3JldA=", "d2ViOnNlY3JldA===", "=d2ViOnNlY3JldA=", "d2ViOnNlY3JldA==AAAA", "d2ViOnNlY3Jl=", "d2ViOnNlY3Jl====", "d2Vi-nNl", "\u00e9", "\ud800"],
)  # fmt: skip
def test_what_is_not_base64_at_all(encoded: str, profile: str) -> None:
    """Wrong characters, lengths or padding are malformed to every server."""
    assert reason(parse(f"Basic {encoded}", profile)) == "malformed_credential"


@pytest.mark.parametrize(
    "encoded", ["d2Vi OnNlY3JldA==", "d2Vi\tOnNlY3JldA==", "d2ViOnNlY3JldA= =", "d2ViOnNlY3JldB=="]
)
def test_base64_that_only_dotnet_reads(encoded: str) -> None:
    """White space inside and bits that are not zero: canonical only under rfc."""
    assert reason(parse(f"Basic {encoded}", "rfc")) == "malformed_credential"
    for profile in IDENTITYSERVERS:
        assert pair(parse(f"Basic {encoded}", profile)) == ("web", "secret")


def test_blanks_after_the_scheme() -> None:
    """RFC 9110 §11.4 allows several; around the value they are nobody's business."""
    for profile in ALL:
        assert pair(parse("Basic   d2ViOnNlY3JldA== ", profile)) == ("web", "secret")


def test_bytes_that_are_not_utf8() -> None:
    """Malformed to a strict server; Encoding.UTF8 puts replacement characters."""
    assert reason(parse(b64(b"web:s\xe9cret"), "rfc")) == "malformed_credential"
    for profile in IDENTITYSERVERS:
        assert pair(parse(b64(b"web:s\xe9cret"), profile)) == ("web", "s\ufffdcret")


@pytest.mark.parametrize("profile", ALL)
@pytest.mark.parametrize("id_", ["", " ", "  \u00a0"])
def test_an_empty_id_is_malformed(id_: str, profile: str) -> None:
    """White space only counts as empty."""
    assert reason(parse(b64(f"{id_}:secret"), profile)) == "malformed_credential"


@pytest.mark.parametrize("secret", ["", " ", "\u00a0 "])
def test_an_empty_secret(secret: str) -> None:
    """For public clients under rfc, the method `none` for IdentityServer4 and Duende, no credential for IdentityServer3."""
    for profile in ("rfc", *LENIENT):
        answer = parse(b64(f"web:{secret}"), profile)
        assert pair(answer) == ("web", None)
        assert isinstance(answer, Credential)
        assert answer.method == "none"
    assert reason(parse(b64(f"web:{secret}"), "identityserver3")) == "no_credential"


def test_a_secret_that_is_empty_once_it_is_decoded() -> None:
    """IdentityServer4 looks before it decodes, the others after."""
    for profile in ("rfc", "duende"):
        assert pair(parse(b64("web:%20+"), profile)) == ("web", None)
        assert reason(parse(b64("%20:secret"), profile)) == "malformed_credential"
    assert pair(parse(b64("web:%20+"), "identityserver4")) == ("web", "  ")
    assert pair(parse(b64("web:%20+"), "identityserver3")) == ("web", "%20+")


@pytest.mark.parametrize("character", ["\x00", "\n", "\x1b", "\x7f", "\x85", "\x1c"])
def test_control_characters(character: str) -> None:
    """RFC 7617 §2 forbids them; IdentityServer does not look."""
    for text in (f"web:a{character}b", f"w{character}b:secret", f"web:a%{ord(character):02X}b" if ord(character) < 128 else f"web:a%C2%{ord(character):02X}b"):  # fmt: skip
        assert reason(parse(b64(text), "rfc")) == "malformed_credential"
        for profile in IDENTITYSERVERS:
            assert isinstance(parse(b64(text), profile), Credential)


def test_separators_are_white_space_to_python_only() -> None:
    """.NET's char.IsWhiteSpace knows no U+001C to U+001F, so a secret of them is there."""
    for profile in IDENTITYSERVERS:
        assert pair(parse(b64("web:\x1c\x1f"), profile)) == ("web", "\x1c\x1f")


@pytest.mark.parametrize(
    ("profile", "id_limit", "secret_limit"), [("rfc", 200, 1_000), *((p, 100, 100) for p in IDENTITYSERVERS)]
)
def test_length_limits(profile: str, id_limit: int, secret_limit: int) -> None:
    """The longest that fits, and one character more."""
    assert pair(parse(b64("i" * id_limit + ":" + "s" * secret_limit), profile))
    assert reason(parse(b64("i" * (id_limit + 1) + ":secret"), profile)) == "credential_too_long"
    answer = parse(b64("web:" + "s" * (secret_limit + 1)), profile)
    assert reason(answer) == "credential_too_long"
    assert isinstance(answer, Refusal)
    assert answer.id == "web"


def test_lengths_before_and_after_decoding() -> None:
    """IdentityServer4 counts the characters of the spelling, rfc and Duende those of what it stands for."""
    spelled = "web:" + "%21" * 60
    assert reason(parse(b64(spelled), "identityserver4")) == "credential_too_long"
    assert pair(parse(b64(spelled), "duende")) == ("web", "!" * 60)
    assert pair(parse(b64("web:" + "%21" * 1_000), "rfc")) == ("web", "!" * 1_000)


def test_lengths_in_utf16_units() -> None:
    """.NET counts a character outside of the basic plane as two; rfc as one."""
    secret = "𝔘" * 51
    for profile in IDENTITYSERVERS:
        assert reason(parse(b64(f"web:{secret}"), profile)) == "credential_too_long"
        assert pair(parse(b64(f"web:{secret[:50]}"), profile)) == ("web", secret[:50])
    assert pair(parse(b64("web:" + "𝔘" * 1_000), "rfc")) == ("web", "𝔘" * 1_000)


def test_a_blank_secret_has_no_length() -> None:
    """What counts as empty cannot be too long."""
    for profile in LENIENT:
        assert pair(parse(b64("web:" + " " * 150), profile)) == ("web", None)


def test_duende_refuses_long_headers_unread() -> None:
    """4·(100+100)+10 characters, the scheme included."""
    fits, over = (b64("w:" + "%21" * 100 + "+" * padding) for padding in (0, 400))
    assert len(fits) <= 810 < len(over)
    assert pair(parse(fits, "duende")) == ("w", "!" * 100)
    assert reason(parse(over, "duende")) == "credential_too_long"
    exact = "Basic " + "A" * 804
    assert reason(parse(exact, "duende")) == "malformed_credential"
    assert reason(parse(exact + "A", "duende")) == "credential_too_long"


def test_a_repeated_header() -> None:
    """ASP.NET Core gives the first, OWIN joins them with commas, which is no base64."""
    headers = (b64("web:secret"), b64("other:secret"))
    for profile in LENIENT:
        assert pair(parse(headers, profile)) == ("web", "secret")
    assert reason(parse(headers, "identityserver3")) == "malformed_credential"


@given(st.text(st.characters(), max_size=300), st.sampled_from(ALL))
def test_no_header_makes_it_raise(text: str, profile: str) -> None:
    """Whatever comes after the scheme, encoded or not."""
    for header in (text, f"Basic {text}", b64(text.encode("utf-8", "surrogatepass"))):
        answer = parse(header, profile)
        assert answer is None or isinstance(answer, Credential | Refusal)


@given(st.text(st.characters(blacklist_categories=("Cc", "Cs")), min_size=1, max_size=100).filter(lambda t: t.strip()), st.text(st.characters(blacklist_categories=("Cc", "Cs")), min_size=1, max_size=100).filter(lambda t: t.strip()))  # fmt: skip
def test_what_is_built_is_read(id_: str, secret: str) -> None:
    """The strict parser reads exactly what the builder builds."""
    from secretctl.builders.basic import build_basic_header

    assert pair(parse(build_basic_header(id_, secret), "rfc")) == (id_, secret)
