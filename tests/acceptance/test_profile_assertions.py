"""The profile table, rows about client assertions: id, audience, typ, algorithms, certificates, jti, clock skew."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.kit import (
    ISSUER,
    LATER,
    PROFILES,
    SERVERS,
    TOKEN_ENDPOINT,
    accepted,
    assertion_form,
    b64,
    certificate,
    claims,
    ec_key,
    ed_key,
    jwk,
    refused,
    rsa_key,
    stored,
    token,
)

if TYPE_CHECKING:
    from tests.acceptance.kit import Judge, PrivateKey

CIBA, PAR = f"{ISSUER}/connect/ciba", f"{ISSUER}/connect/par"
TYP = "client-authentication+jwt"
AUDIENCE = {"rfc": ISSUER, "identityserver3": TOKEN_ENDPOINT, "identityserver4": TOKEN_ENDPOINT, "duende": ISSUER}


def register(judge: Judge, key: PrivateKey | None = None, /, **sections: Any) -> None:
    """The client web with a certificate of the usual key, or with the JWK of another."""
    secret = stored("JWK", jwk(key)) if key else stored("X509CertificateBase64", certificate().base64)
    judge.registry({"web": {"secrets": [secret]}}, **sections)


# --- whose assertion it is -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
def test_a_good_assertion(judge: Judge, profile: str) -> None:
    """By every profile, from a body and from a file."""
    register(judge)
    jwt = token(claims(aud=AUDIENCE[profile]))
    for verdict in (judge.assertion(jwt, profile=profile), judge.form(assertion_form(jwt), profile=profile)):
        accepted(verdict, "private_key_jwt", "s1")
        assert verdict["target"] == "client/web"
        assert verdict["confirmation"] is None
        assert any("replay" in warning for warning in verdict["warnings"])


def test_identityserver3_takes_the_bodys_client_id(judge: Judge) -> None:
    """Then the assertion must be issued by it."""
    judge.registry(
        {name: {"secrets": [stored("X509CertificateBase64", certificate().base64)]} for name in ("web", "app")}
    )
    jwt = token(claims(aud=TOKEN_ENDPOINT))
    verdict = judge.form(assertion_form(jwt, client_id="app"), profile="identityserver3")
    refused(verdict, "assertion_issuer")
    assert verdict["target"] == "client/app"
    accepted(judge.form(assertion_form(jwt, client_id="web"), profile="identityserver3"))
    verdict = judge.form(assertion_form(token(claims(aud=TOKEN_ENDPOINT, sub="app"))), profile="identityserver3")
    refused(verdict, "assertion_subject", "assertion_issuer")
    assert verdict["target"] == "client/web"


@pytest.mark.parametrize("profile", ["rfc", *LATER])
def test_the_sub_names_the_client(judge: Judge, profile: str) -> None:
    """And the iss must agree."""
    judge.registry(
        {name: {"secrets": [stored("X509CertificateBase64", certificate().base64)]} for name in ("web", "app")}
    )
    verdict = judge.assertion(token(claims(aud=AUDIENCE[profile], iss="app")), profile=profile)
    refused(verdict, "assertion_issuer")
    assert verdict["target"] == "client/web"


@pytest.mark.parametrize("profile", PROFILES)
def test_a_client_id_beside_an_assertion(judge: Judge, profile: str) -> None:
    """Must be the same under rfc, decides in IdentityServer3, is ignored later."""
    register(judge)
    jwt = token(claims(aud=AUDIENCE[profile]))
    accepted(judge.form(assertion_form(jwt, client_id="web"), profile=profile))
    verdict = judge.form(assertion_form(jwt, client_id="app"), profile=profile)
    if profile == "rfc":
        refused(verdict, "malformed_credential")
    elif profile == "identityserver3":
        refused(verdict, "unknown_principal")
    else:
        accepted(verdict)


# --- audience ------------------------------------------------------------------------------------------------------

SLASH_ISSUER, SLASH_TOKEN = ISSUER + "/", TOKEN_ENDPOINT + "/"
AUDIENCES: list[tuple[Any, set[str]]] = [
    (ISSUER, {"rfc", "duende"}),
    ([ISSUER], {"rfc", "duende"}),
    (SLASH_ISSUER, {"duende"}),
    ([SLASH_ISSUER], {"duende"}),
    (ISSUER + "//", set()),
    (TOKEN_ENDPOINT, set(SERVERS)),
    ([TOKEN_ENDPOINT], set(SERVERS)),
    ([TOKEN_ENDPOINT, "https://elsewhere.example.com"], set(SERVERS)),
    (["https://elsewhere.example.com", TOKEN_ENDPOINT], set(SERVERS)),
    (SLASH_TOKEN, set(LATER)),
    ([ISSUER, TOKEN_ENDPOINT], set(SERVERS)),
    ([ISSUER, "https://elsewhere.example.com"], {"duende"}),
    ([ISSUER, ISSUER], {"duende"}),
    (CIBA, {"duende"}),
    (PAR, {"duende"}),
    ([CIBA], {"duende"}),
    (PAR + "/", {"duende"}),
    ("https://id.example.com/connect/introspect", set()),
    ("https://ID.example.com", set()),
    ("HTTPS://id.example.com/connect/token", set()),
    ("https://id.example.com/connect/TOKEN", set()),
    ("https://id.example.com:443", set()),
    (" " + ISSUER, set()),
    ("", set()),
    ([], set()),
    ([[ISSUER, TOKEN_ENDPOINT]], set()),
    ({"https://id.example.com": 1}, set()),
    (None, set()),
    (17, set()),
    ([TOKEN_ENDPOINT, 17], set()),
    (..., set()),
]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("audience", "where"), AUDIENCES, ids=[json.dumps(a, default=str) for a, _ in AUDIENCES])
def test_audiences(judge: Judge, profile: str, audience: Any, where: set[str]) -> None:
    """String or array, issuer or endpoint, with or without a trailing slash."""
    register(judge)
    verdict = judge.assertion(token(claims(aud=audience)), profile=profile)
    if profile in where:
        accepted(verdict)
    elif isinstance(audience, str | list) and audience and all(isinstance(one, str) for one in audience):
        refused(verdict, "assertion_audience")
    else:
        refused(verdict, "assertion_audience", "assertion_claims")


@pytest.mark.parametrize(("profile", "accepts"), [("rfc", False), *((p, True) for p in LATER)])
def test_a_trailing_slash_of_the_issuer_itself(judge: Judge, profile: str, *, accepts: bool) -> None:
    """The registry's issuer may end in one; rfc compares exactly."""
    register(judge, issuer={"url": SLASH_ISSUER})
    accepted(
        judge.assertion(
            token(claims(aud=SLASH_ISSUER if profile != "identityserver4" else TOKEN_ENDPOINT)), profile=profile
        )
    )
    verdict = judge.assertion(
        token(claims(aud=ISSUER if profile != "identityserver4" else SLASH_TOKEN)), profile=profile
    )
    accepted(verdict) if accepts else refused(verdict, "assertion_audience")


@pytest.mark.parametrize("profile", SERVERS)
@pytest.mark.parametrize("issuer", [ISSUER, SLASH_ISSUER])
def test_the_token_endpoint_defaults_to_the_issuer(judge: Judge, profile: str, issuer: str) -> None:
    """Its URL plus /connect/token, as the servers join it."""
    register(judge, issuer={"url": issuer})
    accepted(judge.assertion(token(claims(aud=TOKEN_ENDPOINT)), profile=profile))


@pytest.mark.parametrize("profile", SERVERS)
def test_a_token_endpoint_of_its_own(judge: Judge, profile: str) -> None:
    """What the registry says about it counts."""
    register(judge, issuer={"url": ISSUER, "token_endpoint": "https://tokens.example.com/t"})
    accepted(judge.assertion(token(claims(aud="https://tokens.example.com/t")), profile=profile))


@pytest.mark.parametrize("profile", PROFILES)
def test_an_audience_from_the_command_line(judge: Judge, profile: str) -> None:
    """It stands for all that the profile would accept, with or without an issuer in the registry."""
    mine = "https://as.example.org"
    sections: dict[str, Any]
    for sections in ({}, {"issuer": {}}):
        register(judge, **sections)
        accepted(judge.assertion(token(claims(aud=mine)), "--audience", mine, profile=profile))
        refused(judge.assertion(token(claims(aud=ISSUER)), "--audience", mine, profile=profile), "assertion_audience")
        refused(
            judge.assertion(token(claims(aud=TOKEN_ENDPOINT)), "--audience", mine, profile=profile),
            "assertion_audience",
        )
        several = ("--audience", "https://b.example.org", "--audience", mine)
        accepted(judge.assertion(token(claims(aud=mine)), *several, profile=profile))


@pytest.mark.parametrize("profile", PROFILES)
def test_without_any_audience_nothing_can_be_decided(judge: Judge, profile: str) -> None:
    """Status 3, an empty stdout, and a hint."""
    register(judge, issuer={})
    ran = judge.cli("verify", "--assertion", "-", "--profile", profile, "--json", stdin=token(claims()))
    assert (ran.status, ran.out) == (3, "")
    assert list(ran.error) == ["code", "message", "hint"]
    assert "--audience" in ran.error["hint"]
    ran = judge.cli("verify", "--assertion", "-", "--profile", profile, stdin=token(claims()))
    assert (ran.status, ran.out) == (3, "")
    assert ran.err.splitlines()[-2].startswith("secretctl: error: ")
    assert ran.err.splitlines()[-1].startswith("hint: ")


# --- duende's strict audience, and typ -----------------------------------------------------------------------------


STRICT: list[tuple[Any, bool]] = [
    (ISSUER, True),
    (SLASH_ISSUER, True),
    ([ISSUER], True),
    (TOKEN_ENDPOINT, False),
    (CIBA, False),
    (PAR, False),
    ("", False),
    ([TOKEN_ENDPOINT], False),
    ([ISSUER, SLASH_ISSUER], False),
    ([ISSUER, TOKEN_ENDPOINT], False),
]


@pytest.mark.parametrize("option", [True, False])
@pytest.mark.parametrize(("audience", "accepts"), STRICT, ids=[json.dumps(a) for a, _ in STRICT])
def test_duende_strict_audiences(judge: Judge, audience: Any, *, accepts: bool, option: bool) -> None:
    """By option or by the header's typ: the issuer alone (Duende's Strict_audience_… tests)."""
    register(judge)
    jwt = token(claims(aud=audience), typ=TYP)
    verdict = judge.assertion(jwt, *(["--require-typ"] if option else []), profile="duende")
    accepted(verdict) if accepts else refused(verdict, "assertion_audience")


@pytest.mark.parametrize(
    ("typ", "option", "accepts"),
    [
        (TYP, True, True),
        (TYP, False, True),
        (..., True, False),
        (..., False, True),
        ("JWT", True, False),
        ("JWT", False, True),
    ],
)
def test_duende_strict_types(judge: Judge, typ: Any, *, option: bool, accepts: bool) -> None:
    """Duende's Strict_audience_only_allows_correct_type."""
    register(judge)
    verdict = judge.assertion(token(claims(), typ=typ), *(["--require-typ"] if option else []), profile="duende")
    accepted(verdict) if accepts else refused(verdict, "assertion_type")


TYPES = [
    "JWT",
    TYP,
    "application/JWT",
    f"application/{TYP}",
    "at+jwt",
    "jose",
    "",
    "JWT ",
    "secevent+jwt",
    7,
    None,
    ["JWT"],
]


@pytest.mark.parametrize("typ", TYPES, ids=[json.dumps(typ) for typ in TYPES])
@pytest.mark.parametrize("profile", PROFILES)
def test_types(judge: Judge, profile: str, typ: Any) -> None:
    """Three under rfc, any text elsewhere."""
    register(judge)
    verdict = judge.assertion(token(claims(aud=AUDIENCE[profile]), typ=typ), profile=profile)
    if profile != "rfc" or (isinstance(typ, str) and typ.removeprefix("application/") in {"JWT", TYP}):
        accepted(verdict)
    else:
        refused(verdict, *(["assertion_type"] if isinstance(typ, str) else ["assertion_type", "malformed_credential"]))


@pytest.mark.parametrize("typ", ["jwt", "Jwt", "application/jwt"])
def test_the_type_is_a_media_type(judge: Judge, typ: str) -> None:
    """Media types are compared without regard to case (RFC 7515 §4.1.9, RFC 2045)."""
    register(judge)
    accepted(judge.assertion(token(claims(), typ=typ)))


def test_no_type(judge: Judge) -> None:
    """Absent is fine, unless one is required."""
    register(judge)
    accepted(judge.assertion(token(claims(), typ=...)))
    refused(judge.assertion(token(claims(), typ=...), "--require-typ"), "assertion_type")
    refused(judge.assertion(token(claims(), typ="JWT"), "--require-typ"), "assertion_type")
    accepted(judge.assertion(token(claims(), typ=TYP), "--require-typ"))
    accepted(judge.assertion(token(claims(), typ="application/" + TYP), "--require-typ"))


# --- algorithms ----------------------------------------------------------------------------------------------------

ALGORITHMS: list[tuple[str, Any]] = [
    *((name, rsa_key) for name in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")),
    ("ES256", lambda: ec_key("P-256")),
    ("ES384", lambda: ec_key("P-384")),
    ("ES512", lambda: ec_key("P-521")),
    ("EdDSA", ed_key),
    ("Ed25519", ed_key),
]
DEFAULT = {
    "rfc": {"PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519", "RS256"},
    "identityserver4": {name for name, _ in ALGORITHMS if not name.startswith("Ed")},
    "duende": {name for name, _ in ALGORITHMS if not name.startswith("Ed")},
}


@pytest.mark.parametrize("profile", ["rfc", *LATER])
@pytest.mark.parametrize(("algorithm", "key"), ALGORITHMS, ids=[name for name, _ in ALGORITHMS])
def test_algorithms(judge: Judge, profile: str, algorithm: str, key: Any) -> None:
    """The defaults of each profile."""
    register(judge, key())
    verdict = judge.assertion(token(claims(aud=AUDIENCE[profile]), key(), algorithm=algorithm), profile=profile)
    accepted(verdict) if algorithm in DEFAULT[profile] else refused(verdict, "assertion_algorithm")


@pytest.mark.parametrize("algorithm", [name for name, key in ALGORITHMS if key is rsa_key])
def test_identityserver3_knows_rs256(judge: Judge, algorithm: str) -> None:
    """And nothing else."""
    register(judge)
    verdict = judge.assertion(token(claims(aud=TOKEN_ENDPOINT), algorithm=algorithm), profile="identityserver3")
    accepted(verdict) if algorithm == "RS256" else refused(verdict, "assertion_algorithm")


@pytest.mark.parametrize("profile", PROFILES)
def test_configured_algorithms(judge: Judge, profile: str) -> None:
    """They count where the server has such a setting."""
    register(judge, validation={"assertion_algorithms": ["PS256", "ES256"]})
    rs256 = judge.assertion(token(claims(aud=AUDIENCE[profile])), profile=profile)
    ps256 = judge.assertion(token(claims(aud=AUDIENCE[profile]), algorithm="PS256"), profile=profile)
    if profile in {"rfc", "duende"}:
        refused(rs256, "assertion_algorithm")
        accepted(ps256)
    else:
        accepted(rs256)
        accepted(ps256) if profile == "identityserver4" else refused(ps256, "assertion_algorithm")


@pytest.mark.parametrize(
    ("configured", "header", "accepts"),
    [
        ("EdDSA", "EdDSA", True),
        ("EdDSA", "Ed25519", True),
        ("Ed25519", "Ed25519", True),
        ("EdDSA", "eddsa", False),
        ("EdDSA", "Ed448", False),
    ],
)
def test_eddsa_covers_ed25519(judge: Judge, configured: str, header: str, *, accepts: bool) -> None:
    """RFC 9864 renamed it; names are compared byte for byte."""
    register(judge, ed_key(), validation={"assertion_algorithms": [configured]})
    verdict = judge.assertion(token(claims(), ed_key(), algorithm=header))
    accepted(verdict) if accepts else refused(verdict, "assertion_algorithm")


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "NONE", "HS256", "HS512", "rs256", "RS256 ", "", "RS1", "ES256K"]
)
@pytest.mark.parametrize("profile", PROFILES)
def test_algorithms_that_are_never_taken(judge: Judge, profile: str, algorithm: str) -> None:
    """`none`, HMAC and other spellings."""
    register(judge)
    header = {"alg": algorithm, "typ": "JWT"}
    jwt = token(claims(aud=AUDIENCE[profile]), header=header, algorithm="RS256")
    refused(judge.assertion(jwt, profile=profile), "assertion_algorithm")
    unsigned = jwt.rpartition(".")[0] + "."
    refused(
        judge.assertion(unsigned, profile=profile), "assertion_algorithm", "malformed_credential", "assertion_signature"
    )


def test_hmac_with_the_public_key(judge: Judge) -> None:
    """The algorithm-confusion attack: HMAC keyed with what everybody knows."""
    import hashlib
    import hmac

    from tests.acceptance.kit import b64url

    register(judge)
    signed = b64url(json.dumps({"alg": "HS256", "typ": "JWT"})) + "." + b64url(json.dumps(claims()))
    for public in (certificate().der, certificate().pem, certificate().base64.encode()):
        mac = hmac.new(public, signed.encode(), hashlib.sha256).digest()
        refused(judge.assertion(f"{signed}.{b64url(mac)}"), "assertion_algorithm")


@pytest.mark.parametrize(("member", "value"), [("alg", "PS256"), ("use", "enc"), ("key_ops", ["encrypt"])])
def test_a_jwk_that_is_for_something_else(judge: Judge, member: str, value: Any) -> None:
    """The algorithm is bound to the key."""
    judge.one(stored("JWK", jwk(rsa_key(), **{member: value})))
    assert not judge.assertion(token(claims()))["accepted"]


@pytest.mark.parametrize("curve", ["P-384", "P-521"])
def test_a_curve_that_does_not_fit(judge: Judge, curve: str) -> None:
    """ES256 is P-256 (RFC 7518 §3.4)."""
    register(judge, ec_key(curve))
    verdict = judge.assertion(token(claims(), ec_key(curve), algorithm="ES256"))
    refused(verdict, "assertion_algorithm", "assertion_signature")


# --- certificates in the header ------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("type", ["X509Thumbprint", "X509CertificateBase64"])
def test_a_certificate_in_the_header(judge: Judge, profile: str, type: str) -> None:
    """IdentityServer3 uses it when it is registered; nobody else looks."""
    made = certificate()
    judge.one(stored(type, made.sha1 if type == "X509Thumbprint" else made.base64))
    verdict = judge.assertion(token(claims(aud=AUDIENCE[profile]), x5c=[made.base64]), profile=profile)
    if profile == "identityserver3" or type == "X509CertificateBase64":
        accepted(verdict, "private_key_jwt", "s1")
    else:
        refused(verdict, "no_matching_secret_type", "assertion_signature")


def test_identityserver3_takes_no_other_certificate(judge: Judge) -> None:
    """An attacker's own certificate, one that does not match the signature, and one of the same key."""
    judge.one(stored("X509Thumbprint", certificate().sha1))
    attacker = certificate("web", key=1)
    for jwt in (
        token(claims(aud=TOKEN_ENDPOINT), attacker.key, x5c=[attacker.base64]),
        token(claims(aud=TOKEN_ENDPOINT), attacker.key, x5c=[certificate().base64]),
        token(claims(aud=TOKEN_ENDPOINT), attacker.key, x5c=[attacker.base64, certificate().base64]),
        token(claims(aud=TOKEN_ENDPOINT), x5c=[certificate(begins="2026-02-01").base64]),
        token(claims(aud=TOKEN_ENDPOINT)),
    ):
        verdict = judge.assertion(jwt, profile="identityserver3")
        refused(verdict, "no_matching_secret_type", "assertion_signature", "mismatch")


@pytest.mark.parametrize("type", ["X509Thumbprint", "X509CertificateBase64"])
def test_identityserver3_says_that_a_certificate_in_the_header_has_ended(judge: Judge, type: str) -> None:
    """The certificate was registered until a month ago; one that never was is not `expired`."""
    made = certificate()
    value = made.sha1 if type == "X509Thumbprint" else made.base64
    judge.one(stored(type, value, expiration="2026-05-01T00:00:00Z"))
    embedded = token(claims(aud=TOKEN_ENDPOINT), x5c=[made.base64])
    refused(judge.assertion(embedded, profile="identityserver3"), "expired")
    foreign = certificate("web", key=1)
    for jwt in (
        token(claims(aud=TOKEN_ENDPOINT), foreign.key, x5c=[foreign.base64]),
        token(claims(aud=TOKEN_ENDPOINT), foreign.key, x5c=[made.base64]),
    ):
        verdict = judge.assertion(jwt, profile="identityserver3")
        assert not verdict["accepted"]
        assert "is right" not in verdict["detail"]


@pytest.mark.parametrize("x5c", [[], "text", ["!!"], [1], [b64("no certificate")], None, [None], {}])
def test_identityserver3_survives_any_x5c(judge: Judge, x5c: Any) -> None:
    """It is an answer, never a crash."""
    judge.one(stored("X509Thumbprint", certificate().sha1))
    assert not judge.assertion(token(claims(aud=TOKEN_ENDPOINT), x5c=x5c), profile="identityserver3")["accepted"]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("member", ["jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "kid"])
def test_keys_in_the_header_are_never_used(judge: Judge, profile: str, member: str) -> None:
    """A forger brings his own key along."""
    register(judge)
    forger = certificate("forger", key=1)
    value: Any = {
        "jwk": json.loads(jwk(rsa_key(1))), "jku": "https://evil.example.com/jwks", "x5u": "https://evil.example.com/c",
        "x5c": [forger.base64], "x5t": "AAAA", "x5t#S256": forger.x5t_s256, "kid": "../../../../dev/null",
    }[member]  # fmt: skip
    jwt = token(claims(aud=AUDIENCE[profile]), rsa_key(1), **{member: value})
    refused(judge.assertion(jwt, profile=profile), "assertion_signature", "malformed_credential")


@pytest.mark.parametrize(
    "kid", ["../../../etc/passwd", "' OR 1=1 --", "unknown", "", "k" * 4096, "\u202e", "/dev/zero"]
)
@pytest.mark.parametrize("profile", PROFILES)
def test_any_kid_beside_the_right_key(judge: Judge, profile: str, kid: str) -> None:
    """It is at most a hint, and never a path or a query."""
    register(judge)
    verdict = judge.assertion(token(claims(aud=AUDIENCE[profile]), kid=kid), profile=profile)
    accepted(verdict)


def test_one_of_several_keys(judge: Judge) -> None:
    """Whichever signed, whatever their order."""
    judge.one(
        stored("JWK", jwk(ec_key()), "k1"),
        stored("JWK", jwk(rsa_key(1), kid="one"), "k2"),
        stored("X509CertificateBase64", certificate().base64, "k3"),
        stored("JWK", jwk(ed_key()), "k4", expiration="2026-05-01T00:00:00Z"),
    )
    accepted(judge.assertion(token(claims(), ec_key())), secret="k1")
    accepted(judge.assertion(token(claims(), rsa_key(1), kid="one")), secret="k2")
    accepted(judge.assertion(token(claims(), rsa_key(1), kid="two")), secret="k2")
    accepted(judge.assertion(token(claims())), secret="k3")
    refused(judge.assertion(token(claims(), ed_key())), "expired", "assertion_signature")


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("dates", "reason"),
    [
        ({"begins": "2025-01-01", "ends": "2026-01-01"}, "certificate_expired"),
        ({"begins": "2026-07-01", "ends": "2027-01-01"}, "certificate_not_yet_valid"),
    ],
)
def test_dates_of_registered_certificates(judge: Judge, profile: str, dates: dict[str, str], reason: str) -> None:
    """Enforced under rfc; the servers take the key out of the certificate and look at nothing else."""
    judge.one(stored("X509CertificateBase64", certificate(**dates).base64))
    verdict = judge.assertion(token(claims(aud=AUDIENCE[profile])), profile=profile)
    refused(verdict, reason) if profile == "rfc" else accepted(verdict, "private_key_jwt")


# --- jti -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jti", [..., "", " ", None, 7, 1.5, True, ["a"], {"a": 1}])
@pytest.mark.parametrize("profile", PROFILES)
def test_jti(judge: Judge, profile: str, jti: Any) -> None:
    """Required but in IdentityServer3; and where it stands, it is a string."""
    register(judge)
    verdict = judge.assertion(token(claims(aud=AUDIENCE[profile], jti=jti)), profile=profile)
    if profile == "identityserver3" and (jti is ... or isinstance(jti, str)):
        accepted(verdict)
    else:
        refused(verdict, "assertion_claims")


# --- clock skew ----------------------------------------------------------------------------------------------------

EXPIRY = {"rfc": [(1, True), (0, False), (-1, False), (-10, False)]} | {
    profile: [(1, True), (-299, True), (-300, True), (-301, False)] for profile in SERVERS
}


@pytest.mark.parametrize(
    ("profile", "seconds", "accepts"), [(p, *case) for p, cases in EXPIRY.items() for case in cases]
)
def test_expiry(judge: Judge, profile: str, seconds: int, *, accepts: bool) -> None:
    """None under rfc, five minutes on the servers."""
    register(judge)
    now = 1_780_272_000
    good = claims(aud=AUDIENCE[profile], iat=now - 600, exp=now + seconds)
    verdict = judge.assertion(token(good), profile=profile)
    accepted(verdict) if accepts else refused(verdict, "assertion_expired")


NOT_BEFORE = {"rfc": [(10, True), (11, False)]} | {profile: [(300, True), (302, False)] for profile in SERVERS}


@pytest.mark.parametrize(
    ("profile", "seconds", "accepts"), [(p, *case) for p, cases in NOT_BEFORE.items() for case in cases]
)
def test_not_before(judge: Judge, profile: str, seconds: int, *, accepts: bool) -> None:
    """Ten seconds ahead under rfc, five minutes on the servers."""
    register(judge)
    now = 1_780_272_000
    good = claims(aud=AUDIENCE[profile], nbf=now + seconds, exp=now + 3600)
    verdict = judge.assertion(token(good), profile=profile)
    accepted(verdict) if accepts else refused(verdict, "assertion_not_yet_valid")


@pytest.mark.parametrize(("seconds", "accepts"), [(10, True), (11, False), (3600, False)])
def test_issued_in_the_future(judge: Judge, seconds: int, *, accepts: bool) -> None:
    """rfc: ten seconds ahead for iat too."""
    register(judge)
    now = 1_780_272_000
    verdict = judge.assertion(token(claims(iat=now + seconds, exp=now + 7200)))
    accepted(verdict) if accepts else refused(verdict, "assertion_not_yet_valid")


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_iat_and_nbf_are_optional(judge: Judge, profile: str, name: str) -> None:
    """RFC 7523 §3 wants neither."""
    register(judge)
    accepted(judge.assertion(token(claims(aud=AUDIENCE[profile], **{name: ...})), profile=profile))
