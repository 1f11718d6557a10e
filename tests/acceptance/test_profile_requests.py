"""The profile table, rows about requests: parsers, their order, decoding, lengths, public and disabled principals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.acceptance.kit import (
    JWT_BEARER,
    LATER,
    OTHER,
    PROFILES,
    SECRET,
    SERVERS,
    accepted,
    assertion_form,
    b64,
    basic,
    basic_raw,
    certificate,
    claims,
    http,
    jwk,
    refused,
    rsa_key,
    shared,
    stored,
    token,
)

if TYPE_CHECKING:
    from tests.acceptance.kit import Judge

POST = f"client_id=web&client_secret={SECRET}"


# --- order of the parsers, more than one credential ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "method"),
    [
        ("identityserver3", "client_secret_post"),
        ("identityserver4", "client_secret_basic"),
        ("duende", "client_secret_basic"),
    ],
)
def test_two_credentials_are_judged_by_the_first_parser(judge: Judge, profile: str, method: str) -> None:
    """Basic and body: IdentityServer3 looks at the body first, the later ones at the header."""
    judge.one(shared(SECRET))
    request = http(POST, [("Authorization", basic("web", SECRET))])
    accepted(judge.request(request, profile=profile), method)


@pytest.mark.parametrize("profile", LATER)
def test_a_wrong_first_credential_is_not_saved_by_the_second(judge: Judge, profile: str) -> None:
    """The parser that wins decides; nothing falls back."""
    judge.one(shared(SECRET))
    verdict = judge.request(http(POST, [("Authorization", basic("web", OTHER))]), profile=profile)
    refused(verdict, "mismatch")
    assert verdict["method"] == "client_secret_basic"


def test_identityserver3_ignores_basic_beside_a_body(judge: Judge) -> None:
    """The body wins, so a wrong secret in the body is refused whatever the header says."""
    judge.one(shared(SECRET))
    request = http(f"client_id=web&client_secret={OTHER}", [("Authorization", basic_raw("web", SECRET))])
    verdict = judge.request(request, profile="identityserver3")
    refused(verdict, "mismatch")
    assert verdict["method"] == "client_secret_post"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (POST, [("Authorization", basic("web", SECRET))]),
        (f"client_secret={SECRET}", [("Authorization", basic("web", SECRET))]),
        (assertion_form(token(claims())), [("Authorization", basic("web", SECRET))]),
        (assertion_form(token(claims()), client_id="web", client_secret=SECRET), []),
    ],
)
def test_rfc_refuses_two_credentials(judge: Judge, body: str, headers: list[tuple[str, str]]) -> None:
    """RFC 6749 §2.3: a client must not use more than one method in each request; §5.2 calls that invalid_request."""
    judge.one(shared(SECRET), stored("JWK", jwk(rsa_key()), "k1"))
    verdict = judge.request(http(body, headers))
    refused(verdict, "multiple_credentials")
    assert verdict["oauth_error"] == "invalid_request"


@pytest.mark.parametrize(
    ("profile", "method"), [("identityserver3", None), *((p, "client_secret_post") for p in LATER)]
)
def test_a_certificate_beside_a_secret(judge: Judge, profile: str, method: str | None) -> None:
    """IdentityServer3 looks at the certificate first, the later ones last."""
    judge.one(shared(SECRET), stored("X509Thumbprint", certificate().sha1, "t1"))
    request = http(POST, [("Client-Cert", certificate().client_cert)])
    accepted(judge.request(request, profile=profile), method or "self_signed_tls_client_auth")


@pytest.mark.parametrize("profile", LATER)
def test_a_parser_that_finds_an_id_only_leaves_it_to_the_others(judge: Judge, profile: str) -> None:
    """The body's client_id beside an assertion is no secret, and neither is a Basic header with an id alone."""
    judge.one(shared(SECRET), stored("JWK", jwk(rsa_key()), "k1"))
    jwt = token(claims(aud="https://id.example.com/connect/token"))
    accepted(judge.form(assertion_form(jwt, client_id="web"), profile=profile), "private_key_jwt")
    accepted(judge.request(http(POST, [("Authorization", basic("web", ""))]), profile=profile), "client_secret_post")


@pytest.mark.parametrize("profile", LATER)
def test_an_id_beside_what_is_malformed_is_refused_for_that(judge: Judge, profile: str) -> None:
    """The server sees the id alone, and lets a public client in; who asks why the others are refused is told the cause."""
    judge.registry({"web": {"secrets": [shared(SECRET)]}, "public": {"require_secret": False}})
    assertion = "client_assertion=a.b.c&client_assertion_type"
    cases = [
        ([("Authorization", "Basic %%%")], "", "malformed_credential", "client_secret_basic"),
        ([("Authorization", basic_raw("web", "x" * 101))], "", "credential_too_long", "client_secret_basic"),
        ([], f"&{assertion}=wrong", "assertion_type", "private_key_jwt"),
        ([], f"&{assertion}={JWT_BEARER}", "malformed_credential", "private_key_jwt"),
        ([], "", "no_credential", "none"),
    ]
    for headers, rest, reason, method in cases:
        verdict = judge.request(http(f"client_id=web{rest}", headers), profile=profile)
        refused(verdict, reason)
        assert (verdict["target"], verdict["method"]) == ("client/web", method)
        accepted(judge.request(http(f"client_id=public{rest}", headers), profile=profile), "none")


def test_a_blank_id_in_the_body_is_none(judge: Judge) -> None:
    """White space only counts as empty, so it contradicts nobody."""
    judge.one(shared(SECRET), stored("JWK", jwk(rsa_key()), "k1"))
    accepted(judge.request(http("client_id=+", [("Authorization", basic("web", SECRET))])), "client_secret_basic")
    accepted(judge.form(assertion_form(token(claims()), client_id=" ")), "private_key_jwt")


@pytest.mark.parametrize("profile", PROFILES)
def test_a_parser_that_is_not_configured_sees_nothing(judge: Judge, profile: str) -> None:
    """Without the Basic parser a header is no credential, and does not make two of one."""
    judge.registry(
        {"web": {"secrets": [shared(SECRET)]}}, validation={"parsers": ["post_body"], "validators": ["shared_secret"]}
    )
    verdict = judge.basic(basic("web", SECRET), profile=profile)
    refused(verdict, "no_credential")
    assert verdict["target"] is None
    assert verdict["method"] is None
    accepted(
        judge.request(http(POST, [("Authorization", basic("web", SECRET))]), profile=profile), "client_secret_post"
    )


def test_configured_parsers_keep_their_order(judge: Judge) -> None:
    """The configured order replaces the profile's."""
    judge.registry({"web": {"secrets": [shared(SECRET)]}}, validation={"parsers": ["post_body", "basic"]})
    request = http(POST, [("Authorization", basic("web", SECRET))])
    accepted(judge.request(request, profile="identityserver4"), "client_secret_post")


def test_a_validator_that_is_not_configured_matches_nothing(judge: Judge) -> None:
    """Validators fail closed."""
    judge.registry({"web": {"secrets": [shared(SECRET)]}}, validation={"validators": ["private_key_jwt"]})
    refused(judge.basic(basic("web", SECRET)), "no_matching_secret_type")


# --- Basic: decoding -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "sent", "means"),
    [
        ("rfc", "s3cr3t+of+a+web%2Bshop%26", "s3cr3t of a web+shop&"),
        ("rfc", "m%C3%BCller-und-s%c3%b6hne", "müller-und-söhne"),
        ("rfc", "a:colon:in:the:secret", "a:colon:in:the:secret"),
        ("rfc", "plain/and=base64+", "plain/and=base64 "),
        ("identityserver3", "s3cr3t+of+a+web%2Bshop%26", "s3cr3t+of+a+web%2Bshop%26"),
        ("identityserver3", "a:colon:in:the:secret", "a:colon:in:the:secret"),
        ("identityserver4", "s3cr3t+of+a+web%2Bshop%26", "s3cr3t of a web+shop&"),
        ("identityserver4", "stays%zzas%it%", "stays%zzas%it%"),
        ("identityserver4", "both%2B%zz+", "both+%zz "),
        ("duende", "s3cr3t+of+a+web%2Bshop%26", "s3cr3t of a web+shop&"),
        ("duende", "stays%zzas%it%", "stays%zzas%it%"),
        ("duende", "m%C3%BCller-und-s%c3%b6hne", "müller-und-söhne"),
    ],
)
def test_basic_is_decoded_as_the_server_does(judge: Judge, profile: str, sent: str, means: str) -> None:
    """Form-urldecoding: strict under rfc, none in IdentityServer3, lenient later."""
    judge.one(shared(means))
    accepted(judge.basic(basic_raw("web", sent), profile=profile), "client_secret_basic", "s1")


@pytest.mark.parametrize("pair", ["web:%zz", "web:abc%", "web:abc%4", "%zz:abc", "web:%ff%fe", "web:%u0041", "web:%c3"])
def test_rfc_refuses_what_is_no_form_urlencoding(judge: Judge, pair: str) -> None:
    """A stray per cent sign or bytes that are no UTF-8 are malformed, not guessed at."""
    judge.one(shared(SECRET))
    refused(judge.basic("Basic " + b64(pair)), "malformed_credential")


@pytest.mark.parametrize("profile", ["rfc", *LATER])
def test_the_id_is_decoded_too(judge: Judge, profile: str) -> None:
    """An id with a colon can be presented, because it is encoded."""
    judge.registry({"an:id ÿ": {"secrets": [shared(SECRET)]}})
    verdict = judge.basic(basic("an:id ÿ", SECRET), profile=profile)
    accepted(verdict)
    assert verdict["target"] == "client/an:id ÿ"


def test_identityserver3_takes_the_id_as_it_is(judge: Judge) -> None:
    """Nothing is decoded: the id is what stands before the first colon."""
    judge.registry({"an%3Aid": {"secrets": [shared(SECRET)]}})
    accepted(judge.basic(basic("an:id", SECRET), profile="identityserver3"))


# --- Basic: base64 and the scheme ----------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC", "bAsIc"])
@pytest.mark.parametrize("profile", PROFILES)
def test_the_scheme_is_any_case(judge: Judge, profile: str, scheme: str) -> None:
    """RFC 9110 §11.1; the servers compare OrdinalIgnoreCase."""
    judge.one(shared(SECRET))
    accepted(judge.basic(f"Authorization: {scheme} " + b64(f"web:{SECRET}"), profile=profile))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("where", [4, 5, 12])
@pytest.mark.parametrize("blank", [" ", "\t", "  "])
def test_white_space_in_base64(judge: Judge, profile: str, where: int, blank: str) -> None:
    """.NET's Convert.FromBase64String skips white space; rfc takes canonical base64 only."""
    judge.one(shared(SECRET))
    value = b64(f"web:{SECRET}")
    verdict = judge.basic("Basic " + value[:where] + blank + value[where:], profile=profile)
    if profile == "rfc":
        refused(verdict, "malformed_credential")
    else:
        accepted(verdict)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    "value",
    [
        b64("web:0123456789abcdef").rstrip("="),  # padding cut
        b64("web:0123456789abcdef") + "=",  # padding doubled
        b64("web:0123456789abcdef") + "====",
        b64(b"web:\xfb\xff\xfe0123456789").replace("+", "-").replace("/", "_"),  # base64url
        "somerandomdata",  # the IdentityServer tests' own
        "*" * 24,
        b64("web"),  # no colon
        b64(f":{SECRET}"),  # no id
        b64(f"   :{SECRET}"),  # blanks for an id
    ],
)
def test_malformed_basic(judge: Judge, profile: str, value: str) -> None:
    """What no server can read is no credential, or a malformed one; it is never accepted."""
    judge.one(shared("0123456789abcdef"))
    verdict = judge.basic("Basic " + value, profile=profile)
    refused(verdict, "malformed_credential", "no_credential")
    assert verdict["target"] is None


def test_rfc_refuses_base64_that_is_not_canonical(judge: Judge) -> None:
    """The unused bits of the last character are zero (RFC 4648 §3.5)."""
    judge.one(shared("0123456789ab"))
    accepted(judge.basic("Basic d2ViOjAxMjM0NTY3ODlhYg=="))
    refused(judge.basic("Basic d2ViOjAxMjM0NTY3ODlhYh=="), "malformed_credential")


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("value", ["", "Basic", "Basic ", "Unknown", "Bearer abc.def.ghi", "Digest username=web"])
def test_other_schemes_and_empty_headers(judge: Judge, profile: str, value: str) -> None:
    """No Basic credential is in them."""
    judge.one(shared(SECRET))
    verdict = judge.request(http("grant_type=client_credentials", [("Authorization", value)]), profile=profile)
    refused(verdict, "no_credential", "malformed_credential")
    assert verdict["target"] is None


# --- an id with an empty secret, public clients --------------------------------------------------------------------


@pytest.mark.parametrize("secret", ["", " ", "\t", "   "])
@pytest.mark.parametrize("profile", PROFILES)
def test_an_empty_secret_of_a_confidential_client(judge: Judge, profile: str, secret: str) -> None:
    """Never accepted; the later servers see the method none."""
    judge.one(shared(SECRET), shared("", "s2"), shared(secret, "s3"))
    for verdict in (
        judge.basic(basic_raw("web", secret), profile=profile),
        judge.form(f"client_id=web&client_secret={quote(secret)}", profile=profile),
    ):
        assert not verdict["accepted"]
        if profile in LATER:
            assert verdict["method"] == "none"
            assert verdict["target"] == "client/web"
        else:
            refused(verdict, "no_credential")


PUBLIC: list[dict[str, Any]] = [{"require_secret": False}, {"grant_types": ["implicit"]}]


@pytest.mark.parametrize("public", PUBLIC, ids=["require_secret", "implicit"])
@pytest.mark.parametrize("profile", PROFILES)
def test_a_public_client_needs_no_secret(judge: Judge, profile: str, public: dict[str, Any]) -> None:
    """Accepted by its id alone, but in IdentityServer3, which knows no such thing."""
    judge.one(**public)
    for verdict in (
        judge.form("client_id=web", profile=profile),
        judge.form("client_id=web&client_secret=", profile=profile),
        judge.basic(basic_raw("web", ""), profile=profile),
    ):
        if profile == "identityserver3":
            refused(verdict, "no_credential")
        else:
            accepted(verdict, "none", None)
            assert verdict["target"] == "client/web"


@pytest.mark.parametrize("public", PUBLIC, ids=["require_secret", "implicit"])
@pytest.mark.parametrize("profile", PROFILES)
def test_a_public_client_that_presents_a_secret(judge: Judge, profile: str, public: dict[str, Any]) -> None:
    """Held against its list under rfc and in IdentityServer3; the later servers do not look."""
    judge.one(shared(SECRET), **public)
    accepted(judge.basic(basic("web", SECRET), profile=profile))
    wrong = judge.basic(basic("web", OTHER), profile=profile)
    if profile in LATER:
        accepted(wrong)
    else:
        refused(wrong, "mismatch")


def test_rfc_holds_a_secret_against_an_empty_list(judge: Judge) -> None:
    """A public client without secrets that presents one is refused."""
    judge.one(require_secret=False)
    refused(judge.basic(basic("web", SECRET)), "no_matching_secret_type")


@pytest.mark.parametrize("profile", PROFILES)
def test_implicit_among_others_is_confidential(judge: Judge, profile: str) -> None:
    """Only `implicit` alone makes a client public (IdentityServer4's own test: implicit_and_client_creds)."""
    judge.one(shared(SECRET), grant_types=["implicit", "client_credentials"])
    assert not judge.form("client_id=web", profile=profile)["accepted"]


@pytest.mark.parametrize("profile", PROFILES)
def test_no_resource_is_public(judge: Judge, profile: str) -> None:
    """A resource always authenticates."""
    judge.registry(resources={"web": {"secrets": [shared(SECRET)]}})
    assert not judge.form("client_id=web", "--kind", "resource", profile=profile)["accepted"]
    accepted(judge.form(POST, "--kind", "resource", profile=profile), "client_secret_post")


# --- repeated parameters -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "stored_secret"),
    [("rfc", None), ("identityserver3", f"{SECRET},{OTHER}"), ("identityserver4", SECRET), ("duende", SECRET)],
)
def test_a_repeated_secret(judge: Judge, profile: str, stored_secret: str | None) -> None:
    """Malformed, joined by commas, or the first: as each server reads a form."""
    judge.one(shared(stored_secret or SECRET))
    verdict = judge.form(f"client_id=web&client_secret={SECRET}&client_secret={OTHER}", profile=profile)
    if stored_secret is None:
        refused(verdict, "malformed_credential")
    else:
        accepted(verdict, "client_secret_post")


@pytest.mark.parametrize(
    ("profile", "client"), [("identityserver3", "web,app"), ("identityserver4", "web"), ("duende", "web")]
)
def test_a_repeated_id(judge: Judge, profile: str, client: str) -> None:
    """The same for the id."""
    judge.registry({client: {"secrets": [shared(SECRET)]}})
    verdict = judge.form(f"client_id=web&client_secret={SECRET}&client_id=app", profile=profile)
    accepted(verdict)
    assert verdict["target"] == f"client/{client}"


@pytest.mark.parametrize("again", ["client_id=web", "client_secret=", f"client_secret={SECRET}", "client_id="])
def test_rfc_refuses_a_repetition_even_of_the_same(judge: Judge, again: str) -> None:
    """RFC 6749 §3.2: parameters must not be included more than once."""
    judge.one(shared(SECRET))
    refused(judge.form(f"{POST}&{again}"), "malformed_credential")


# --- characters and lengths ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("character", ["\x00", "\n", "\r", "\x1b", "\x7f", "\x85"])
@pytest.mark.parametrize("profile", PROFILES)
def test_control_characters(judge: Judge, profile: str, character: str) -> None:
    """Refused under rfc; the servers hash them like any other."""
    secret = f"0123456789{character}abcdef"
    judge.one(shared(secret))
    for verdict in (
        judge.form(f"client_id=web&client_secret={quote(secret)}", profile=profile),
        judge.basic((basic_raw if profile == "identityserver3" else basic)("web", secret), profile=profile),
    ):
        if profile == "rfc":
            refused(verdict, "malformed_credential")
        else:
            accepted(verdict)


LIMITS = [("rfc", 200, 1000), *((profile, 100, 100) for profile in SERVERS)]


@pytest.mark.parametrize(("profile", "id_limit", "secret_limit"), LIMITS)
@pytest.mark.parametrize("letter", ["x", "ü", "€"])
def test_lengths_count_characters(judge: Judge, profile: str, id_limit: int, secret_limit: int, letter: str) -> None:
    """Up to the limit accepted, one more refused; characters, not bytes, after decoding."""
    name, secret = letter * id_limit, letter * secret_limit
    judge.registry(
        {
            name: {"secrets": [shared(secret), shared(secret + letter, "s2")]},
            name + letter: {"secrets": [shared(secret)]},
        }
    )

    def ask(id: str, value: str) -> list[dict[str, Any]]:
        asked = [judge.form(f"client_id={quote(id)}&client_secret={quote(value)}", profile=profile)]
        encode = basic if profile == "rfc" else basic_raw
        return [*asked, judge.basic(encode(id, value), profile=profile)]

    for verdict in ask(name, secret):
        accepted(verdict)
    for verdict in (*ask(name + letter, secret), *ask(name, secret + letter)):
        refused(verdict, "credential_too_long")


@pytest.mark.parametrize(("profile", "fits"), [("rfc", True), ("identityserver4", False), ("duende", True)])
def test_before_or_after_url_decoding(judge: Judge, profile: str, *, fits: bool) -> None:
    """40 characters that are 120 encoded: IdentityServer4 counts before it decodes."""
    secret = "/" * 40
    judge.one(shared(secret))
    verdict = judge.basic(basic("web", secret), profile=profile)
    accepted(verdict) if fits else refused(verdict, "credential_too_long")
    accepted(judge.form(f"client_id=web&client_secret={quote(secret, safe='')}", profile=profile))


def test_a_secret_that_is_too_long_names_its_owner(judge: Judge) -> None:
    """Lengths count before decoding in IdentityServer4; who is meant, only the decoded id tells."""
    judge.registry({"an:id": {"secrets": [shared(SECRET)]}})
    for profile in ("rfc", *LATER):
        verdict = judge.basic(basic("an:id", "x" * 1_001 if profile == "rfc" else "x" * 101), profile=profile)
        refused(verdict, "credential_too_long")
        assert verdict["target"] == "client/an:id"


def test_an_id_with_a_control_character_is_refused_by_name(judge: Judge) -> None:
    """However it is presented: an id as this is a finding of lint, and rfc refuses it."""
    name = "we\x01b"
    judge.registry(
        {
            name: {
                "secrets": [
                    shared(SECRET),
                    stored("JWK", jwk(rsa_key()), "k"),
                    stored("X509Thumbprint", certificate().sha256, "t"),
                ]
            }
        }
    )
    for verdict in (
        judge.basic(basic(name, SECRET)),
        judge.form(f"client_id={quote(name)}&client_secret={SECRET}"),
        judge.assertion(token(claims(name))),
        judge.tls(certificate(), name),
        judge.target(f"client/{name}", SECRET),
    ):
        refused(verdict, "malformed_credential")
        assert verdict["target"] == f"client/{name}"


@pytest.mark.parametrize(("blanks", "fits"), [(0, True), (1, False)])
def test_duende_limits_the_header(judge: Judge, blanks: int, *, fits: bool) -> None:
    """4·(100+100)+10 characters of header are read, one more is not; 100 escaped characters each just fit."""
    name, secret = "!" * 100, "#" * 100
    judge.registry({name: {"secrets": [shared(secret)]}})
    value = "Basic " + " " * blanks + b64("%21" * 100 + ":" + "%23" * 100)
    assert len(value) == 810 + blanks
    verdict = judge.basic(value, profile="duende")
    accepted(verdict) if fits else refused(verdict, "credential_too_long")


def test_identityserver4_does_not_limit_the_header(judge: Judge) -> None:
    """Its header may be as long as white space makes it."""
    judge.one(shared(SECRET))
    accepted(judge.basic("Basic " + " " * 900 + b64(f"web:{SECRET}"), profile="identityserver4"))


@pytest.mark.parametrize("profile", PROFILES)
def test_long_ids_of_assertions_and_certificates(judge: Judge, profile: str) -> None:
    """IdentityServer3 limits neither."""
    limit = 200 if profile == "rfc" else 100
    name = "x" * (limit + 1)
    kind, value = (
        ("X509CertificateBase64", certificate().base64) if profile == "identityserver3" else ("JWK", jwk(rsa_key()))
    )
    judge.registry({name: {"secrets": [stored(kind, value), stored("X509Thumbprint", certificate().sha1, "t")]}})
    audience = "https://id.example.com" if profile == "rfc" else "https://id.example.com/connect/token"
    for verdict in (
        judge.form(assertion_form(token(claims(name, aud=audience))), profile=profile),
        judge.tls(certificate(), name, profile=profile),
    ):
        if profile == "identityserver3":
            accepted(verdict)
        else:
            refused(verdict, "credential_too_long")


@pytest.mark.parametrize("profile", PROFILES)
def test_long_assertions(judge: Judge, profile: str) -> None:
    """51,200 characters, but in IdentityServer3."""
    if profile == "identityserver3":
        judge.one(stored("X509CertificateBase64", certificate().base64))
    else:
        judge.one(stored("JWK", jwk(rsa_key())))
    audience = "https://id.example.com" if profile == "rfc" else "https://id.example.com/connect/token"
    empty = token(claims(aud=audience, filler=""))
    for extra, fits in ((0, True), (4, profile == "identityserver3")):
        room = (51_200 - len(empty) + extra) * 3 // 4
        long = next(
            jwt
            for room in range(room, room - 4, -1)
            if len(jwt := token(claims(aud=audience, filler="x" * room))) <= 51_200 + extra
        )
        assert 51_200 + extra - 4 < len(long) <= 51_200 + extra
        verdict = judge.form(assertion_form(long), profile=profile)
        accepted(verdict) if fits else refused(verdict, "credential_too_long")
        verdict = judge.assertion(long, profile=profile)
        accepted(verdict) if fits else refused(verdict, "credential_too_long")


# --- disabled ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("kind", ["client", "resource"])
def test_disabled_principals(judge: Judge, profile: str, kind: str) -> None:
    """Refused, but for IdentityServer3's resources."""
    judge.registry(**{f"{kind}s": {"web": {"enabled": False, "secrets": [shared(SECRET)]}}})
    for verdict in (
        judge.form(POST, "--kind", kind, profile=profile),
        judge.target(f"{kind}/web", SECRET, profile=profile),
    ):
        assert verdict["target"] == f"{kind}/web"
        if profile == "identityserver3" and kind == "resource":
            accepted(verdict)
        else:
            refused(verdict, "disabled")


@pytest.mark.parametrize("profile", ["rfc", *LATER])
def test_a_disabled_public_client_is_refused(judge: Judge, profile: str) -> None:
    """Public does not mean always."""
    judge.one(require_secret=False, enabled=False)
    refused(judge.form("client_id=web", profile=profile), "disabled")


# --- a client_id beside Basic --------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
def test_a_client_id_beside_basic(judge: Judge, profile: str) -> None:
    """The same id may stand in the body; another is malformed under rfc, and not looked at elsewhere."""
    judge.registry({"web": {"secrets": [shared(SECRET)]}, "app": {"secrets": [shared(OTHER)]}})
    header = [("Authorization", basic("web", SECRET))]
    accepted(judge.request(http("client_id=web", header), profile=profile), "client_secret_basic")
    verdict = judge.request(http("client_id=app", header), profile=profile)
    if profile == "rfc":
        refused(verdict, "malformed_credential")
    else:
        accepted(verdict, "client_secret_basic")
        assert verdict["target"] == "client/web"
