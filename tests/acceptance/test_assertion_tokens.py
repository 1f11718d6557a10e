"""Tokens that are no good assertions in any profile: forms of JWS, hostile JSON, claims of wrong types, times."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.kit import (
    ISSUER,
    PROFILES,
    TOKEN_ENDPOINT,
    T,
    accepted,
    assertion_form,
    b64,
    b64url,
    certificate,
    claims,
    jwk,
    refused,
    rsa_key,
    stored,
    token,
)

if TYPE_CHECKING:
    from tests.acceptance.kit import Judge

AUDIENCE = {"rfc": ISSUER, "identityserver3": TOKEN_ENDPOINT, "identityserver4": TOKEN_ENDPOINT, "duende": ISSUER}
BROAD = ("malformed_credential", "assertion_claims", "assertion_signature", "assertion_algorithm", "assertion_type")


@pytest.fixture
def web(judge: Judge) -> Judge:
    """The client web with a certificate."""
    judge.one(stored("X509CertificateBase64", certificate().base64))
    return judge


def everywhere(judge: Judge, make: Any, *reasons: str) -> None:
    """Hold that every profile refuses what ``make(aud)`` makes."""
    for profile in PROFILES:
        refused(judge.assertion(make(AUDIENCE[profile]), profile=profile), *reasons)


# --- JWS -----------------------------------------------------------------------------------------------------------


def _json_serialisation(jwt: str) -> str:
    protected, payload, signature = jwt.split(".")
    return json.dumps({"protected": protected, "payload": payload, "signature": signature})


SPOILT = {
    "empty": lambda _: "",
    "one part": lambda jwt: jwt.split(".")[1],
    "two parts": lambda jwt: jwt.rpartition(".")[0],
    "four parts": lambda jwt: jwt + ".AAAA",
    "five parts, like a JWE": lambda jwt: jwt + ".AAAA.AAAA",
    "JSON serialisation": _json_serialisation,
    "padding": lambda jwt: jwt + "==",
    "standard base64": lambda jwt: jwt.replace("-", "+").replace("_", "/") + "+",
    "white space inside": lambda jwt: jwt[:20] + " " + jwt[20:],
    "a line break inside": lambda jwt: jwt[:20] + "\n" + jwt[20:],
    "not base64": lambda jwt: "%%%." + jwt.partition(".")[2],
    "no header": lambda jwt: "." + jwt.partition(".")[2],
    "no payload": lambda jwt: jwt.split(".")[0] + ".." + jwt.split(".")[2],
    "the rubbish of others' tests": lambda _: "this.notatall.valid",
    "a bare header": lambda _: ".eyJzdWIiOiJjbGllbnQifQ.",
    "letters": lambda _: "token",
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_only_compact_jws(web: Judge, spoil: Any) -> None:
    """Anything else is refused, and names nobody."""
    reasons = ("malformed_credential", "no_credential", "assertion_claims")
    everywhere(web, lambda aud: spoil(token(claims(aud=aud))), *reasons)


SIGNATURES = {
    "none": lambda _: "",
    "another": lambda s: s[:-4] + "AAAA",
    "zeros": lambda s: "A" * len(s),
    "cut": lambda s: s[:-4],
    "longer": lambda s: s + "AAAA",
}


@pytest.mark.parametrize("spoil", SIGNATURES.values(), ids=SIGNATURES)
def test_signatures(web: Judge, spoil: Any) -> None:
    """Every bit counts."""

    def make(aud: str) -> str:
        signed, _, signature = token(claims(aud=aud)).rpartition(".")
        return f"{signed}.{spoil(signature)}"

    everywhere(web, make, "assertion_signature", "malformed_credential")


def test_a_signature_by_somebody_else(web: Judge) -> None:
    """IdentityServer's own test: Invalid_Certificate_Base64."""
    everywhere(web, lambda aud: token(claims(aud=aud), rsa_key(1)), "assertion_signature")


def test_a_signature_of_another_payload(web: Judge) -> None:
    """The payload is what was signed."""

    def make(aud: str) -> str:
        first, second = token(claims(aud=aud)), token(claims(aud=aud, jti="jti-2"))
        return ".".join([*first.split(".")[:2], second.split(".")[2]])

    everywhere(web, make, "assertion_signature")


@pytest.mark.parametrize(
    "members",
    [
        {"crit": ["exp"], "exp": T + 60},
        {"crit": ["b64"], "b64": True},
        {"crit": ["b64"], "b64": False},
        {"crit": []},
        {"crit": "exp"},
        {"crit": ["missing"]},
        {"crit": ["alg"]},
        {"crit": None},
        {"crit": [1]},
    ],
)
def test_critical_headers(web: Judge, members: dict[str, Any]) -> None:
    """RFC 7515 §4.1.11: what is not understood must be refused, and so must an empty list."""
    everywhere(web, lambda aud: token(claims(aud=aud), **members), *BROAD)


@pytest.mark.parametrize("member", ["enc", "zip", "b64"])
def test_headers_of_other_things(web: Judge, member: str) -> None:
    """An unencoded payload is nothing that we read (RFC 7797 wants it critical); the others mean nothing here."""
    for profile in PROFILES:
        verdict = web.assertion(token(claims(aud=AUDIENCE[profile]), **{member: "x"}), profile=profile)
        assert verdict["accepted"] or verdict["reason"] in BROAD


@pytest.mark.parametrize(
    "header",
    ["[]", "7", "null", '"text"', "{", "", '{"alg":"RS256"', '{"alg":7}', "{}", '{"alg":null}', '{"alg":["RS256"]}'],
)
def test_headers_that_are_no_objects(web: Judge, header: str) -> None:
    """Never a crash."""
    everywhere(web, lambda aud: token(claims(aud=aud), header=header), *BROAD)


# --- JSON ----------------------------------------------------------------------------------------------------------


def _text(**changed: str) -> Any:
    """Claims as text, with members put in literally."""

    def make(aud: str) -> str:
        body = json.dumps(claims(aud=aud))[:-1]
        for name, value in changed.items():
            body += f', "{name.rstrip("_")}": {value}'
        return token(body + "}")

    return make


@pytest.mark.parametrize(
    ("name", "value"),
    [("sub", '"web"'), ("iss", '"web"'), ("exp", str(T + 60)), ("jti", '"x"'), ("aud", '"x"'), ("nbf", "1")],
)
def test_duplicate_claims(web: Judge, name: str, value: str) -> None:
    """Duplicate keys are refused, whichever a library would take."""
    if name == "nbf":
        everywhere(web, _text(nbf="1", nbf_="1"), "assertion_claims", "malformed_credential")
    else:
        everywhere(web, _text(**{name: value}), "assertion_claims", "malformed_credential")


@pytest.mark.parametrize("value", ['{"a": 1, "a": 2}', '[{"a": 1, "a": 2}]'])
def test_nested_duplicates(web: Judge, value: str) -> None:
    """At any depth."""
    everywhere(web, _text(extra=value), "assertion_claims", "malformed_credential")


def test_duplicate_keys_spelled_with_escapes(web: Judge) -> None:
    r"""``\u0073ub`` is ``sub``."""

    def make(aud: str) -> str:
        return token(json.dumps(claims(aud=aud))[:-1] + ', "\\u0073ub": "web"}')

    everywhere(web, make, "assertion_claims", "malformed_credential")


def test_duplicate_header_members(web: Judge) -> None:
    """In the header as well."""
    header = '{"alg":"RS256","typ":"JWT","alg":"RS256"}'
    everywhere(web, lambda aud: token(claims(aud=aud), header=header), *BROAD)


DOCUMENTS = {
    "array": "[1]",
    "string": '"web"',
    "number": "7",
    "null": "null",
    "empty": "",
    "cut": '{"iss": "web", "sub": "web"',
    "single quotes": "{'iss': 'web', 'sub': 'web'}",
    "trailing comma": '{"iss": "web", "sub": "web",}',
    "comment": '{"iss": "web", "sub": "web"} // hello',
    "two objects": '{"iss": "web", "sub": "web"}{}',
    "unpaired surrogate": '{"iss": "web\\ud800", "sub": "web\\ud800"}',
    "byte-order mark": "\ufeff" + json.dumps(claims()),
    "nul": '{"iss": "web\\u0000", "sub": "web\\u0000"}',
    "raw control character": '{"iss": "web\n", "sub": "web\n"}',
    "deep arrays": '{"sub": "web", "x": ' + "[" * 100_00 + "]" * 100_00 + "}",
    "deep objects": '{"sub": "web", "x": ' + '{"a":' * 5_000 + "1" + "}" * 5_000 + "}",
    "unclosed": "[" * 20_000,
}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_hostile_payloads(web: Judge, document: str) -> None:
    """An answer in every profile, never a crash."""
    for profile in PROFILES:
        assert not web.assertion(token(document), profile=profile)["accepted"]


@pytest.mark.parametrize("payload", [b"\xff\xfe{", b'{"sub": "web\xff"}', json.dumps(claims()).encode("utf-16")])
def test_payloads_that_are_no_utf8(web: Judge, payload: bytes) -> None:
    """JSON is UTF-8 (RFC 8259 §8.1)."""
    for profile in PROFILES:
        assert not web.assertion(token(payload), profile=profile)["accepted"]


# --- claims --------------------------------------------------------------------------------------------------------

NOT_STRINGS: list[Any] = [7, 1.5, True, None, ["web"], {"web": 1}]


@pytest.mark.parametrize("value", NOT_STRINGS, ids=[json.dumps(value) for value in NOT_STRINGS])
@pytest.mark.parametrize("name", ["iss", "sub"])
def test_names_that_are_no_strings(web: Judge, name: str, value: Any) -> None:
    """Refused in every profile; the claims are wrong, not the person."""
    everywhere(web, lambda aud: token(claims(aud=aud, **{name: value})), "assertion_claims")


@pytest.mark.parametrize("name", ["iss", "sub"])
@pytest.mark.parametrize("value", [..., "", " "])
def test_names_that_are_missing(web: Judge, name: str, value: Any) -> None:
    """Iss = sub = the client id."""
    everywhere(
        web,
        lambda aud: token(claims(aud=aud, **{name: value})),
        "assertion_issuer" if name == "iss" else "assertion_subject",
        "assertion_claims",
        "assertion_issuer",
        "assertion_subject",
    )


@pytest.mark.parametrize("name", ["iss", "sub"])
@pytest.mark.parametrize("value", ["WEB", "web ", " web", "web\u200b", "we\u0301b", "nobody"])
def test_names_of_others(web: Judge, name: str, value: str) -> None:
    """Compared byte for byte."""
    everywhere(
        web,
        lambda aud: token(claims(aud=aud, **{name: value})),
        "assertion_issuer",
        "assertion_subject",
        "unknown_principal",
    )


TIMES = {
    "NaN": "NaN", "infinite": "Infinity", "minus infinite": "-Infinity", "too large": "1e999", "text": f'"{T + 60}"',
    "true": "true", "null": "null", "array": f"[{T + 60}]", "object": "{}", "huge": "9" * 5_000, "ISO": '"2026-06-01"',
}  # fmt: skip


@pytest.mark.parametrize("value", TIMES.values(), ids=TIMES)
@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
def test_times_that_are_none(web: Judge, name: str, value: str) -> None:
    """NaN, infinite and of other types: refused whatever a library does with them."""

    def make(aud: str) -> str:
        body = json.dumps(claims(aud=aud, **{name: ...}))
        return token(f'{body[:-1]}, "{name}": {value}}}')

    everywhere(web, make, "assertion_claims", "malformed_credential")


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("value", ["253402300800", "1e300", "99999999999999999999", "-1e18", "-99999999999999999999"])
def test_times_beyond_any_calendar(web: Judge, name: str, value: str) -> None:
    """Numbers that no calendar reaches are answered, whichever way, and never crash."""

    def make(aud: str) -> str:
        body = json.dumps(claims(aud=aud, **{name: ...}))
        return token(f'{body[:-1]}, "{name}": {value}}}')

    for profile in PROFILES:
        verdict = web.assertion(make(AUDIENCE[profile]), profile=profile)
        if name == "exp" and value.startswith("-"):
            refused(verdict, "assertion_expired", "assertion_claims")
        elif name == "nbf" and not value.startswith("-"):
            refused(verdict, "assertion_not_yet_valid", "assertion_claims")


@pytest.mark.parametrize("value", [f"{T + 60}.0", f"{T + 60}.5", f"{(T + 60) / 1e9:.9f}e9"])
def test_times_with_a_fraction(web: Judge, value: str) -> None:
    """RFC 7519 §2: NumericDate may have one."""

    def make(aud: str) -> str:
        return token(f'{json.dumps(claims(aud=aud, exp=...))[:-1]}, "exp": {value}}}')

    for profile in PROFILES:
        accepted(web.assertion(make(AUDIENCE[profile]), profile=profile))


def test_exp_is_required(web: Judge) -> None:
    """In every profile."""
    everywhere(web, lambda aud: token(claims(aud=aud, exp=...)), "assertion_claims")


def test_an_expired_assertion(web: Judge) -> None:
    """IdentityServer's own test: an hour old."""
    everywhere(web, lambda aud: token(claims(aud=aud, iat=T - 3600, nbf=T - 3600, exp=T - 3540)), "assertion_expired")


def test_an_assertion_of_tomorrow(web: Judge) -> None:
    """Duende's own test: Invalid_Not_Yet_Valid_Token."""
    everywhere(web, lambda aud: token(claims(aud=aud, nbf=T + 86_400, exp=T + 86_460)), "assertion_not_yet_valid")


@pytest.mark.parametrize("extra", [{"scope": "api1"}, {"nonce": "n"}, {"x": [1, {"y": None}]}, {"ü": "é"}])
def test_claims_that_nobody_asked_for(web: Judge, extra: dict[str, Any]) -> None:
    """RFC 7523 §3: other claims may be there."""
    for profile in PROFILES:
        accepted(web.assertion(token(claims(aud=AUDIENCE[profile], **extra)), profile=profile))


# --- its place in the request --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "type_",
    [
        "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:client-assertion-type:JWT-bearer",
        "urn:ietf:mycustom",
        "",
        None,
    ],
)
def test_client_assertion_types(web: Judge, type_: str | None) -> None:
    """Only jwt-bearer, byte for byte."""
    for profile in PROFILES:
        jwt = token(claims(aud=AUDIENCE[profile]))
        body = f"client_assertion={jwt}" + ("" if type_ is None else f"&client_assertion_type={type_}")
        refused(web.form(body, profile=profile), "assertion_type", "no_credential", "malformed_credential")
    refused(web.form(f"client_assertion={token(claims())}&client_assertion_type=urn:other"), "assertion_type")


def test_a_type_without_an_assertion(web: Judge) -> None:
    """IdentityServer's own test: Missing_ClientAssertion."""
    body = "client_id=web&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    for profile in PROFILES:
        assert not web.form(body, profile=profile)["accepted"]


@pytest.mark.parametrize("newline", ["", "\n", "\r\n"])
def test_an_assertion_in_a_file(web: Judge, newline: str) -> None:
    """As `secretctl assertion` prints it, or an editor saves it."""
    jwt = token(claims())
    path = web.cli.write(jwt + newline, "jwt.txt")
    accepted(web.ask("--assertion", path))
    accepted(web.assertion(jwt + newline))


def test_an_unknown_client(web: Judge) -> None:
    """Nothing is said about keys."""
    for profile in PROFILES:
        verdict = web.assertion(token(claims("nobody", aud=AUDIENCE[profile])), profile=profile)
        refused(verdict, "unknown_principal")
        assert verdict["target"] is None
        assert verdict["method"] == "private_key_jwt"


def test_a_resource(judge: Judge) -> None:
    """`--kind resource` looks among the APIs."""
    judge.registry(resources={"web": {"secrets": [stored("JWK", jwk(rsa_key()))]}})
    refused(judge.assertion(token(claims())), "unknown_principal")
    accepted(judge.assertion(token(claims()), "--kind", "resource"))
    accepted(judge.form(assertion_form(token(claims())), "--kind", "resource"))


def test_a_token_of_another_kind(web: Judge) -> None:
    """base64 of something else, and tokens whose parts are what they should not be."""
    for jwt in (
        b64(json.dumps(claims())),
        f"{b64url('{}')}.{b64url('{}')}.{b64url('x')}",
        ".".join([b64url(json.dumps({"alg": "RS256"}))] * 3),
    ):
        for profile in PROFILES:
            assert not web.assertion(jwt, profile=profile)["accepted"]
