"""Client assertions, row by row of the profile table, and every classical attack on them by its name.

Sources of the columns: ``PrivateKeyJwtSecretValidator`` and ``JwtBearerClientAssertionSecretParser`` of IdentityServer4
and Duende, ``PrivateKeyJwtSecretValidator`` and ``ClientAssertionSecretParser`` of IdentityServer3.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from secretctl.errors import UnavailableError
from secretctl.model import JWK, SHARED_SECRET, X509_CERTIFICATE, X509_NAME, X509_THUMBPRINT, Secret, StoredValue
from secretctl.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.validators.conftest import Ask, Mint

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
SECONDS = int(NOW.timestamp())
ISSUER = "https://id.example.com"
TOKEN = f"{ISSUER}/connect/token"
PROFILES = ("rfc", "identityserver3", "identityserver4", "duende")
AUDIENCE = {"rfc": ISSUER, "identityserver3": TOKEN, "identityserver4": TOKEN, "duende": ISSUER}
MODERN = ("rfc", "identityserver4", "duende")
BROKEN = Secret("bad", JWK, StoredValue("{'kty':'EC'}"))


@pytest.fixture
def certificate(certificate_secret: Callable[..., Secret]) -> Secret:
    """A registered RSA certificate, which every server knows."""
    return certificate_secret()


# What is right


@pytest.mark.parametrize("profile", PROFILES)
def test_an_assertion_in_order_is_accepted(ask: Ask, mint: Mint, certificate: Secret, profile: str) -> None:
    """By a registered certificate, RS256, for the server's own audience: the one that all four accept."""
    verdict = ask(profile, mint("rsa", alg="RS256", aud=AUDIENCE[profile]), certificate)
    assert verdict.accepted, verdict.detail
    assert (str(verdict.target), verdict.method, verdict.reason) == ("client/web", "private_key_jwt", None)
    assert verdict.secret == certificate
    assert "replay was not checked" in verdict.warnings[-1]


@pytest.mark.parametrize("profile", MODERN)
def test_jwks_are_keys_too(ask: Ask, mint: Mint, jwk: Callable[..., Secret], profile: str) -> None:
    """ClientExtensions.GetKeysAsync; the right one of several is found and named."""
    secrets = (jwk("other ec", "k0"), jwk("ec", "k1"), jwk("rsa", "k2"))
    verdict = ask(profile, mint("ec", aud=AUDIENCE[profile]), secrets)
    assert verdict.accepted, verdict.detail
    assert verdict.secret == secrets[1]


def test_identityserver3_knows_no_jwk(ask: Ask, mint: Mint, jwk: Callable[..., Secret]) -> None:
    """GetAllTrustedCertificates reads certificates only."""
    verdict = ask("identityserver3", mint("rsa", alg="RS256", aud=TOKEN), jwk("rsa"))
    assert verdict.reason == "no_matching_secret_type"


def test_resources_authenticate_like_clients(ask: Ask, mint: Mint, jwk: Callable[..., Secret]) -> None:
    """At the introspection endpoint (ApiSecretValidator)."""
    verdict = ask("rfc", mint(), jwk(), kind="resource")
    assert (verdict.accepted, str(verdict.target)) == (True, "resource/web")


# Row: assertion algorithms

ALGORITHM_KEYS = {
    **{f"{family}{size}": "rsa" for family in ("RS", "PS") for size in (256, 384, 512)},
    "ES256": "ec",
    "ES384": "ec384",
    "ES512": "ec521",
    "EdDSA": "ed",
    "Ed25519": "ed",
}
ALLOWED = {
    "rfc": {"PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519", "RS256"},
    "identityserver3": {"RS256"},
    "identityserver4": set(ALGORITHM_KEYS) - {"EdDSA", "Ed25519"},
    "duende": set(ALGORITHM_KEYS) - {"EdDSA", "Ed25519"},
}


@pytest.mark.parametrize("profile", PROFILES)
def test_algorithms_of_each_server(
    ask: Ask, mint: Mint, certificate_secret: Callable[..., Secret], profile: str
) -> None:
    """TokenValidationParameters.ValidAlgorithms, Duende's SupportedClientAssertionSigningAlgorithms."""
    for alg, key in ALGORITHM_KEYS.items():
        verdict = ask(profile, mint(key, alg=alg, aud=AUDIENCE[profile]), certificate_secret(key))
        assert verdict.accepted is (alg in ALLOWED[profile]), alg
        assert verdict.reason == (None if verdict.accepted else "assertion_algorithm")


def test_assertion_algorithms_are_configurable_where_the_server_lets_them(
    ask: Ask, mint: Mint, jwk: Callable[..., Secret]
) -> None:
    """``[validation] assertion_algorithms`` holds under rfc and duende alone; it can only name sound ones."""
    for profile in ("rfc", "duende"):
        assert ask(profile, mint("ed", aud=ISSUER), jwk("ed"), algorithms=("EdDSA",)).accepted
        verdict = ask(profile, mint("ec", aud=ISSUER), jwk("ec"), algorithms=("EdDSA", "none", "HS256"))
        assert verdict.reason == "assertion_algorithm"
    assert ask("identityserver4", mint("ec", aud=TOKEN), jwk("ec"), algorithms=("RS256",)).accepted
    assert (
        ask("identityserver4", mint("ed", aud=TOKEN), jwk("ed"), algorithms=("EdDSA",)).reason == "assertion_algorithm"
    )


def test_an_algorithm_that_is_not_the_keys_own(ask: Ask, mint: Mint, jwk: Callable[..., Secret]) -> None:
    """A JWK for PS256 verifies no RS256, a key on P-256 no ES384; another kind of key just did not sign it."""
    assert ask("rfc", mint("rsa", alg="RS256"), jwk("rsa", alg="PS256")).reason == "assertion_algorithm"
    assert ask("rfc", mint("rsa", alg="PS256"), jwk("rsa", alg="PS256")).accepted
    assert ask("rfc", mint("ec384"), jwk("ec")).reason == "assertion_algorithm"
    assert ask("rfc", mint("ec"), jwk("rsa")).reason == "assertion_signature"


# Rows: the client id, and a body client_id beside it


@pytest.mark.parametrize("profile", MODERN)
def test_the_client_id_is_the_sub(ask: Ask, mint: Mint, jwk: Callable[..., Secret], profile: str) -> None:
    """JwtBearerClientAssertionSecretParser.GetClientIdFromToken returns the subject."""
    aud = AUDIENCE[profile]
    verdict = ask(profile, mint(iss="other", aud=aud), jwk())
    assert (verdict.reason, str(verdict.target)) == ("assertion_issuer", "client/web")
    verdict = ask(profile, mint(sub="other", aud=aud), jwk())
    assert (verdict.reason, verdict.target) == ("unknown_principal", None)
    assert ask(profile, mint(sub=None, aud=aud), jwk()).reason == "assertion_subject"


def test_identityserver3_takes_the_bodys_client_id_or_the_iss(ask: Ask, mint: Mint, certificate: Secret) -> None:
    """ClientAssertionSecretParser: body.Get(client_id), else GetClientIdFromToken, which returns the issuer."""
    ids: list[tuple[dict[str, Any], dict[str, str], str | None]] = [
        ({}, {}, None),
        ({}, {"client_id": "web"}, None),
        ({}, {"client_id": "  "}, None),
        ({"iss": "other"}, {"client_id": "web"}, "assertion_issuer"),
        ({"sub": "other"}, {}, "assertion_subject"),
        ({"sub": None}, {}, "assertion_subject"),
        ({"iss": None}, {}, "assertion_issuer"),
        ({"iss": 5}, {}, "assertion_claims"),
        ({}, {"client_id": "other"}, "unknown_principal"),
    ]
    for claims, body, reason in ids:
        token = mint("rsa", alg="RS256", aud=TOKEN, **claims)
        assert ask("identityserver3", token, certificate, body=body).reason == reason, (claims, body)


def test_ids_that_differ_between_body_and_assertion(ask: Ask, mint: Mint, jwk: Callable[..., Secret]) -> None:
    """Refused under rfc, ignored by IdentityServer4 and Duende."""
    verdict = ask("rfc", mint(), jwk(), body={"client_id": "other"})
    assert (verdict.reason, verdict.oauth_error) == ("malformed_credential", "invalid_request")
    assert ask("rfc", mint(), jwk(), body={"client_id": "web"}).accepted
    for profile in ("identityserver4", "duende"):
        assert ask(profile, mint(aud=AUDIENCE[profile]), jwk(), body={"client_id": "other"}).accepted


# Row: audience

CIBA, PAR = f"{ISSUER}/connect/ciba", f"{ISSUER}/connect/par"
AUDIENCES: list[tuple[Any, set[str]]] = [
    (ISSUER, {"rfc", "duende"}),
    ([ISSUER], {"rfc", "duende"}),
    ([ISSUER, "https://other.example"], {"duende"}),
    (["https://other.example", ISSUER], {"duende"}),
    (f"{ISSUER}/", {"duende"}),
    (f"{ISSUER}//", set()),
    (TOKEN, {"identityserver3", "identityserver4", "duende"}),
    ([TOKEN], {"identityserver3", "identityserver4", "duende"}),
    ([TOKEN, "x"], {"identityserver3", "identityserver4", "duende"}),
    (f"{TOKEN}/", {"identityserver4", "duende"}),
    (CIBA, {"duende"}),
    (PAR, {"duende"}),
    (f"{PAR}/", {"duende"}),
    ("", set()),
    ([], set()),
    ([[ISSUER]], set()),
    ([ISSUER, 5], set()),
    ({ISSUER: 1}, set()),
    (5, set()),
    (True, set()),
    (None, set()),
    (ISSUER.upper(), set()),
    (f" {ISSUER}", set()),
    (f"{ISSUER}.evil.example", set()),
    (f"{ISSUER}?", set()),
    (f"{ISSUER}/connect", set()),
    ("https://id.example.co", set()),
    ("web", set()),
]


@pytest.mark.parametrize("profile", PROFILES)
def test_audiences_of_each_server(ask: Ask, mint: Mint, certificate: Secret, profile: str) -> None:
    """ValidAudiences, with LosslessTrailingSlash as Validators.AudiencesMatchIgnoringTrailingSlash has it."""
    for audience, accepted_by in AUDIENCES:
        verdict = ask(profile, mint("rsa", alg="RS256", aud=audience), certificate)
        assert verdict.accepted is (profile in accepted_by), audience
        assert verdict.reason in {None, "assertion_audience"}, audience


@pytest.mark.parametrize("strictness", ["typ", "--require-typ"])
def test_duende_is_strict_where_the_typ_or_the_option_says_so(
    ask: Ask, mint: Mint, jwk: Callable[..., Secret], strictness: str
) -> None:
    """PrivateKeyJwtSecretValidator.enforceStrictAud: the issuer alone, and the typ must be that."""
    header = {"typ": "client-authentication+jwt"}
    options: dict[str, Any] = {"require_typ": strictness == "--require-typ"}
    cases: list[tuple[Any, bool]] = [
        (ISSUER, True),
        ([ISSUER], True),
        (f"{ISSUER}/", True),
        (TOKEN, False),
        (CIBA, False),
        ([ISSUER, TOKEN], False),
    ]
    for audience, accepted in cases:
        assert ask("duende", mint(aud=audience, header=header), jwk(), **options).accepted is accepted, audience
    for typ in ("Client-Authentication+JWT", "application/client-authentication+jwt", "JWT"):
        verdict = ask("duende", mint(header={"typ": typ}), jwk(), require_typ=True)
        assert verdict.reason == "assertion_type", typ
    assert ask("duende", mint(), jwk(), require_typ=True).reason == "assertion_type"
    assert ask("duende", mint(header={"typ": "Client-Authentication+JWT"}), jwk()).reason == "assertion_type"
    assert ask("duende", mint(header={"typ": "JWT"}, aud=TOKEN), jwk()).accepted


@pytest.mark.parametrize("profile", PROFILES)
def test_audience_options_stand_for_all_that_the_profile_would_accept(
    ask: Ask, mint: Mint, certificate: Secret, profile: str
) -> None:
    """``--audience`` replaces the issuer's, and no ``[issuer]`` is needed then."""
    options: dict[str, Any] = {"audiences": ("https://a", "https://b"), "settings": Settings()}
    for audience in ("https://a", "https://b"):
        assert ask(profile, mint("rsa", alg="RS256", aud=audience), certificate, **options).accepted
    verdict = ask(profile, mint("rsa", alg="RS256", aud=AUDIENCE[profile]), certificate, **options)
    assert verdict.reason == "assertion_audience"


@pytest.mark.parametrize("profile", PROFILES)
def test_without_an_audience_the_question_cannot_be_decided(
    ask: Ask, mint: Mint, certificate: Secret, profile: str
) -> None:
    """Status 3 with a hint, whatever the assertion says."""
    with pytest.raises(UnavailableError) as caught:
        ask(profile, mint(), certificate, settings=Settings())
    assert (caught.value.code, caught.value.status) == ("audience_unknown", 3)
    assert "--audience" in str(caught.value.hint)


def test_a_token_endpoint_of_its_own(ask: Ask, mint: Mint, jwk: Callable[..., Secret]) -> None:
    """What ``[issuer]`` says of it counts; CIBA and PAR stand beside it, or beside the issuer where it is elsewhere."""
    from secretctl.settings import Issuer

    mtls = Settings(issuer=Issuer(ISSUER, "https://mtls.example.com/connect/token"))
    for audience in ("https://mtls.example.com/connect/token", "https://mtls.example.com/connect/par"):
        assert ask("duende", mint(aud=audience), jwk(), settings=mtls).accepted
    assert not ask("identityserver4", mint(aud=TOKEN), jwk(), settings=mtls).accepted
    elsewhere = Settings(issuer=Issuer(ISSUER, "https://id.example.com/oauth2/token"))
    assert ask("duende", mint(aud=PAR), jwk(), settings=elsewhere).accepted


# Row: typ

TYPES: list[tuple[Any, bool, bool]] = [
    (None, True, False),
    ("JWT", True, False),
    ("jwt", True, False),
    ("application/jwt", True, False),
    ("client-authentication+jwt", True, True),
    ("application/client-authentication+jwt", True, True),
    ("at+jwt", False, False),
    ("logout+jwt", False, False),
    ("secevent+jwt", False, False),
    ("", False, False),
    (5, False, False),
    (["JWT"], False, False),
]


@pytest.mark.parametrize(("typ", "accepted", "accepted_when_required"), TYPES)
def test_types_of_tokens_under_rfc(
    *, ask: Ask, mint: Mint, jwk: Callable[..., Secret], typ: Any, accepted: bool, accepted_when_required: bool
) -> None:
    """RFC 8725 §3.11: an access token or a logout token is no client assertion."""
    header = {} if typ is None else {"typ": typ}
    for required, expected in ((False, accepted), (True, accepted_when_required)):
        verdict = ask("rfc", mint(header=header), jwk(), require_typ=required)
        assert verdict.accepted is expected
        assert verdict.reason == (None if expected else "assertion_type")


@pytest.mark.parametrize("profile", ["identityserver3", "identityserver4"])
def test_older_servers_do_not_look_at_typ(ask: Ask, mint: Mint, certificate: Secret, profile: str) -> None:
    """ValidTypes is not set there."""
    for typ in ("at+jwt", 5, "client-authentication+jwt"):
        token = mint("rsa", alg="RS256", aud=TOKEN, header={"typ": typ})
        assert ask(profile, token, certificate, require_typ=True).accepted


# Rows: times, and the clock's skew


@pytest.mark.parametrize("profile", PROFILES)
def test_exp_and_its_skew(ask: Ask, mint: Mint, certificate: Secret, profile: str) -> None:
    """None under rfc, five minutes elsewhere (TokenValidationParameters.ClockSkew)."""
    last = -1 if profile == "rfc" else 300
    for late, accepted in ((last, True), (last + 1, False), (last + 3600, False)):
        token = mint("rsa", alg="RS256", aud=AUDIENCE[profile], exp=SECONDS - late, iat=SECONDS - 5000)
        verdict = ask(profile, token, certificate)
        assert verdict.accepted is accepted, late
        assert verdict.reason == (None if accepted else "assertion_expired")


@pytest.mark.parametrize("profile", PROFILES)
def test_nbf_and_its_skew(ask: Ask, mint: Mint, certificate: Secret, profile: str) -> None:
    """Ten seconds ahead under rfc, five minutes elsewhere."""
    ahead = 10 if profile == "rfc" else 300
    for early, accepted in ((0, True), (ahead, True), (ahead + 1, False)):
        token = mint("rsa", alg="RS256", aud=AUDIENCE[profile], nbf=SECONDS + early, exp=SECONDS + 9999)
        verdict = ask(profile, token, certificate)
        assert verdict.accepted is accepted, early
        assert verdict.reason == (None if accepted else "assertion_not_yet_valid")


def test_iat_in_the_future(ask: Ask, mint: Mint, jwk: Callable[..., Secret]) -> None:
    """Refused under rfc beyond ten seconds; the servers' library has no such check."""
    assert ask("rfc", mint(iat=SECONDS + 10), jwk()).accepted
    assert ask("rfc", mint(iat=SECONDS + 11), jwk()).reason == "assertion_not_yet_valid"
    assert ask("rfc", mint(iat=None), jwk()).accepted
    assert ask("duende", mint(iat=SECONDS + 9999), jwk()).accepted


@pytest.mark.parametrize("profile", PROFILES)
def test_exp_is_required(ask: Ask, mint: Mint, certificate: Secret, profile: str) -> None:
    """RequireExpirationTime; and an nbf after exp is never valid (Validators.ValidateLifetime)."""
    token = mint("rsa", alg="RS256", aud=AUDIENCE[profile], exp=None)
    assert ask(profile, token, certificate).reason == "assertion_claims"
    token = mint("rsa", alg="RS256", aud=AUDIENCE[profile], nbf=SECONDS + 9, exp=SECONDS + 8)
    assert ask(profile, token, certificate).reason == "assertion_claims"


@pytest.mark.parametrize("value", ['"1"', "true", "[]", "null", "1e999", "-1e999", "1e16", "-1e300"])
@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
def test_nan_and_infinite_times(
    ask: Ask, sign_raw: Callable[..., str], jwk: Callable[..., Secret], claim: str, value: str
) -> None:
    """What is no time is refused, not compared."""
    claims = f'"iss":"web","sub":"web","aud":"{ISSUER}","jti":"1"'
    rest = "" if claim == "exp" else f',"exp":{SECONDS + 60}'
    token = sign_raw('{"alg":"ES256"}', f'{{{claims}{rest},"{claim}":{value}}}')
    for profile in ("rfc", "duende"):
        assert ask(profile, token, jwk()).reason == "assertion_claims"
    fraction = sign_raw('{"alg":"ES256"}', f'{{{claims},"exp":{SECONDS + 60}.5}}')
    assert ask("rfc", fraction, jwk()).accepted


# Rows: jti and replay


@pytest.mark.parametrize("profile", PROFILES)
def test_jti_is_required_but_by_identityserver3(ask: Ask, mint: Mint, certificate: Secret, profile: str) -> None:
    """jti.IsMissing(), which blanks are too."""
    for jti in (None, "", "  "):
        verdict = ask(profile, mint("rsa", alg="RS256", aud=AUDIENCE[profile], jti=jti), certificate)
        assert verdict.reason == (None if profile == "identityserver3" else "assertion_claims")
    assert ask(profile, mint("rsa", alg="RS256", aud=AUDIENCE[profile], jti="a\tb\u200e"), certificate).accepted


@pytest.mark.parametrize("profile", PROFILES)
def test_an_assertion_works_once(ask: Ask, mint: Mint, certificate: Secret, profile: str, tmp_path: Path) -> None:
    """IReplayCache; IdentityServer3 takes it again, and that is said."""
    cache = str(tmp_path / "cache")
    token = mint("rsa", alg="RS256", aud=AUDIENCE[profile])
    first, second = (ask(profile, token, certificate, replay_cache=cache) for _ in range(2))
    assert first.accepted
    if profile == "identityserver3":
        assert second.accepted
        assert "replay was not checked" in second.warnings[0]
    else:
        assert (first.warnings, second.reason) == ((), "assertion_replayed")


def test_only_an_assertion_that_passes_everything_else_is_used_up(
    ask: Ask, mint: Mint, jwk: Callable[..., Secret], tmp_path: Path
) -> None:
    """Or anybody who has seen a jti could spend it for its owner."""
    cache = str(tmp_path / "cache")
    wrong: list[dict[str, Any]] = [{"aud": "x"}, {"exp": SECONDS - 1}, {"iss": "x"}, {"nbf": SECONDS + 99}]
    for claims in wrong:
        assert not ask("rfc", mint(jti="one", **claims), jwk(), replay_cache=cache).accepted
    assert not ask("rfc", mint("other ec", jti="one"), jwk(), replay_cache=cache).accepted
    assert not ask("rfc", mint(jti="one"), jwk(), replay_cache=cache, client={"enabled": False}).accepted
    assert ask("rfc", mint(jti="one"), jwk(), replay_cache=cache).accepted
    assert ask("rfc", mint(jti="one"), jwk(), replay_cache=cache).reason == "assertion_replayed"


# Rows: stored values


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("bad", [BROKEN, Secret("bad", X509_CERTIFICATE, StoredValue("not a certificate"))])
def test_a_key_that_does_not_parse(ask: Ask, mint: Mint, certificate: Secret, profile: str, bad: Secret) -> None:
    """GetKeysAsync throws in IdentityServer4 and Duende: «Could not parse secrets», and nobody gets in."""
    token = mint("rsa", alg="RS256", aud=AUDIENCE[profile])
    for secrets in ((bad, certificate), (certificate, bad)):
        verdict = ask(profile, token, secrets)
        if profile in {"identityserver4", "duende"}:
            assert verdict.reason == "invalid_stored_value"
        else:
            assert verdict.accepted
            warned = any("bad was skipped" in warning for warning in verdict.warnings)
            assert warned is (profile == "rfc")
    alone = ask(profile, token, bad)
    assert alone.reason == (
        "no_matching_secret_type" if (profile, bad.type) == ("identityserver3", JWK) else "invalid_stored_value"
    )


@pytest.mark.parametrize("profile", PROFILES)
def test_an_expired_key_that_does_not_parse_harms_nobody(
    ask: Ask, mint: Mint, certificate: Secret, profile: str
) -> None:
    """Expired secrets are dropped before anything else is looked at (SecretValidator)."""
    old = Secret("bad", X509_CERTIFICATE, StoredValue("x"), expiration=NOW - dt.timedelta(days=1))
    assert ask(profile, mint("rsa", alg="RS256", aud=AUDIENCE[profile]), (old, certificate)).accepted


@pytest.mark.parametrize("profile", PROFILES)
def test_weak_keys(ask: Ask, mint: Mint, certificate_secret: Callable[..., Secret], profile: str) -> None:
    """RSA of 1024 bits never verifies, however it got into the registry; a policy may lower the bound."""
    weak = certificate_secret("weak rsa")
    token = mint("weak rsa", alg="RS256", aud=AUDIENCE[profile])
    verdict = ask(profile, token, weak)
    assert verdict.reason == "invalid_stored_value"
    assert "1024 bits" in verdict.warnings[0]
    assert ask(profile, token, weak, min_rsa_bits=1024).accepted


@pytest.mark.parametrize("profile", MODERN)
def test_weak_jwks(ask: Ask, mint: Mint, jwk: Callable[..., Secret], profile: str) -> None:
    """A private or misfit JWK, written by hand, verifies nothing, and poisons nothing: it does parse."""
    token = mint(aud=AUDIENCE[profile])
    cases: tuple[dict[str, Any], ...] = ({"d": "AA"}, {"use": "enc"}, {"key_ops": []}, {"alg": "ES512"}, {"x": "AA"})
    for members in cases:
        bad = jwk("ec", "bad", **members)
        assert ask(profile, token, bad).reason == "invalid_stored_value", members
        assert ask(profile, token, (bad, jwk())).accepted


@pytest.mark.parametrize("profile", PROFILES)
def test_dates_of_a_registered_certificate(
    ask: Ask, mint: Mint, certificate_secret: Callable[..., Secret], profile: str
) -> None:
    """Enforced under rfc; the servers' library takes the key and forgets the rest."""
    token = mint("rsa", alg="RS256", aud=AUDIENCE[profile])
    day = dt.timedelta(days=1)
    for reason, dates in (
        ("certificate_expired", {"end": NOW - day}),
        ("certificate_not_yet_valid", {"start": NOW + day}),
    ):
        secret = certificate_secret(**dates)
        assert ask(profile, token, secret).reason == (reason if profile == "rfc" else None)
        assert ask(profile, token, (secret, certificate_secret(id_="c2"))).accepted


def test_what_is_expired_says_so(ask: Ask, mint: Mint, jwk: Callable[..., Secret]) -> None:
    """Whether the right key or any key has expired."""
    from dataclasses import replace

    old = replace(jwk(), expiration=NOW - dt.timedelta(seconds=1))
    verdict = ask("rfc", mint(), old)
    assert (verdict.reason, verdict.secret) == ("expired", None)
    assert "secret k1 has expired" in str(verdict.detail)
    assert ask("rfc", mint("other ec"), old).reason == "expired"
    assert ask("rfc", mint("other ec"), (old, jwk("rsa", "k2"))).reason == "assertion_signature"
    assert ask("rfc", mint(), (old, jwk("rsa", "k2"))).reason == "expired"


def test_no_key_at_all(ask: Ask, mint: Mint) -> None:
    """A shared secret is no key."""
    shared = Secret("s", SHARED_SECRET, StoredValue("K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="))
    for profile in PROFILES:
        verdict = ask(profile, mint("rsa", alg="RS256", aud=AUDIENCE[profile]), shared)
        assert (verdict.reason, verdict.method) == ("no_matching_secret_type", "private_key_jwt")


def test_a_client_and_a_resource_of_one_name_are_two(
    ask: Ask, mint: Mint, jwk: Callable[..., Secret], tmp_path: Path
) -> None:
    """Neither uses up the other's jti."""
    token, cache = mint("ec"), str(tmp_path / "cache")
    for kind, reason in (("client", None), ("resource", None), ("client", "assertion_replayed")):
        assert ask("rfc", token, jwk("ec"), kind=kind, replay_cache=cache).reason == reason


# Row: the certificate in the header


def x5c(der: bytes) -> dict[str, Any]:
    """A header with a certificate."""
    return {"x5c": [base64.b64encode(der).decode()]}


def test_identityserver3_uses_an_x5c_that_is_registered(
    ask: Ask, mint: Mint, certify: Callable[..., bytes], certificate_secret: Callable[..., Secret]
) -> None:
    """EmbeddedCertificateIsTrusted: by its SHA-1 thumbprint in any case, or as the very same certificate."""
    from hashlib import sha1, sha256

    der = certify("rsa")
    token = mint("rsa", alg="RS256", aud=TOKEN, header=x5c(der))
    thumbprint = Secret("t", X509_THUMBPRINT, StoredValue(sha1(der).hexdigest()))
    long = Secret("t", X509_THUMBPRINT, StoredValue(sha256(der).hexdigest()))
    registered = Secret("c", X509_CERTIFICATE, StoredValue(base64.b64encode(der).decode()))
    shared = Secret("s", SHARED_SECRET, StoredValue("x"))
    for secrets in ((thumbprint,), (shared, registered), (certificate_secret("other rsa"), thumbprint)):
        verdict = ask("identityserver3", token, secrets)
        assert verdict.accepted, verdict.detail
        assert verdict.secret == secrets[-1]
    in_lines = mint("rsa", alg="RS256", aud=TOKEN, header={"x5c": [base64.encodebytes(der).decode()]})
    assert ask("identityserver3", in_lines, thumbprint).accepted, "FromBase64String skips white space"
    for text in ("!" + base64.b64encode(der).decode(), base64.urlsafe_b64encode(der).decode().rstrip("=") + "-"):
        odd = mint("rsa", alg="RS256", aud=TOKEN, header={"x5c": [text]})
        assert ask("identityserver3", odd, thumbprint).reason == "no_matching_secret_type", "and nothing else"
    assert ask("identityserver3", token, long).reason == "no_matching_secret_type"
    for type_ in (SHARED_SECRET, JWK, X509_NAME):
        for value in (registered.value, thumbprint.value):
            other = Secret("o", type_, value)
            assert ask("identityserver3", token, other).reason == "no_matching_secret_type", (type_, value[:20])
    assert ask("identityserver3", mint("rsa", alg="RS256", aud=TOKEN), thumbprint).reason == "no_matching_secret_type"
    assert ask("identityserver3", mint("other rsa", alg="RS256", aud=TOKEN, header=x5c(der)), thumbprint).reason == (
        "assertion_signature"
    )


def test_an_x5c_that_only_looks_like_the_registered_one(
    ask: Ask, mint: Mint, certify: Callable[..., bytes], certificate_secret: Callable[..., Secret]
) -> None:
    """Same subject, issuer and serial number, another key: the whole DER counts."""
    evil = certify("other rsa")
    token = mint("other rsa", alg="RS256", aud=TOKEN, header=x5c(evil))
    assert ask("identityserver3", token, certificate_secret("rsa")).reason == "assertion_signature"


@pytest.mark.parametrize(
    "header", [{"x5c": x5c} for x5c in ([], "x", 5, {"0": "AAAA"}, [5], ["!"], ["AAAA"], ["é"])], ids=str
)
def test_an_x5c_that_is_no_certificate_is_ignored(
    ask: Ask, mint: Mint, certificate: Secret, header: dict[str, Any]
) -> None:
    """GetCertificateFromToken gives null, and the registered keys are tried."""
    bad = Secret("bad", X509_CERTIFICATE, StoredValue("x"))
    token = mint("rsa", alg="RS256", aud=TOKEN, header=header)
    assert ask("identityserver3", token, (bad, certificate)).accepted


def test_a_registered_value_that_is_no_certificate_beside_an_x5c(
    ask: Ask, mint: Mint, certify: Callable[..., bytes], certificate: Secret
) -> None:
    """GetCertificateFromString catches whatever it throws."""
    bad = Secret("bad", X509_CERTIFICATE, StoredValue("x"))
    token = mint("rsa", alg="RS256", aud=TOKEN, header=x5c(certify("other rsa")))
    assert ask("identityserver3", token, (bad, certificate)).accepted


@pytest.mark.parametrize("profile", MODERN)
def test_header_keys_are_never_used(
    ask: Ask, mint: Mint, certify: Callable[..., bytes], jwk: Callable[..., Secret], profile: str
) -> None:
    """CVE-2018-0114: jwk, jku, x5u and x5c bring no key, not even where their thumbprint is registered."""
    from hashlib import sha1

    der = certify("rsa")
    thumbprint = Secret("t", X509_THUMBPRINT, StoredValue(sha1(der).hexdigest()))
    own = json.loads(jwk("rsa").value)
    for header in (x5c(der), {"jwk": own}, {"jku": "https://evil.example/jwks"}, {"x5u": "https://evil.example/c.pem"}):
        token = mint("rsa", alg="RS256", aud=AUDIENCE[profile], header=header)
        for registered in (thumbprint, replace(thumbprint, expiration=NOW - dt.timedelta(days=1))):
            assert ask(profile, token, registered).reason == "no_matching_secret_type"
        assert ask(profile, token, jwk("other rsa")).reason == "assertion_signature"
        assert ask(profile, token, jwk("rsa")).accepted


# Classical attacks, in every profile


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "HS256", "HS512", "rs256"])
def test_alg_none_and_hmac(ask: Ask, certificate: Secret, profile: str, alg: str) -> None:
    """CVE-2015-9235 and its relatives, with and without a signature."""
    from secretctl.crypto import base64url

    claims = {"iss": "web", "sub": "web", "aud": AUDIENCE[profile], "jti": "1", "exp": SECONDS + 60}
    parts = [base64url.encode(json.dumps(part).encode()) for part in ({"alg": alg}, claims)]
    for signature in ("", base64url.encode(b"x" * 32)):
        verdict = ask(profile, ".".join([*parts, signature]), certificate)
        assert verdict.reason == "assertion_algorithm"


@pytest.mark.parametrize("profile", PROFILES)
def test_kid_traversal(ask: Ask, mint: Mint, certificate: Secret, profile: str) -> None:
    """A kid is never a path, a query or a URL; it leads nowhere at all."""
    for kid in ("../../../../dev/null", "' OR 1=1 --", "https://evil.example", "|id", 5, ""):
        right = mint("rsa", alg="RS256", aud=AUDIENCE[profile], header={"kid": kid})
        wrong = mint("other rsa", alg="RS256", aud=AUDIENCE[profile], header={"kid": kid})
        assert ask(profile, right, certificate).accepted
        assert ask(profile, wrong, certificate).reason == "assertion_signature"


@pytest.mark.parametrize("profile", PROFILES)
def test_unknown_crit(ask: Ask, mint: Mint, certificate: Secret, profile: str) -> None:
    """RFC 7515 §4.1.11."""
    for crit in (["exp"], [], ["b64"]):
        token = mint("rsa", alg="RS256", aud=AUDIENCE[profile], header={"crit": crit})
        assert ask(profile, token, certificate).reason == "malformed_credential"


@pytest.mark.parametrize("profile", PROFILES)
def test_json_serialization(ask: Ask, mint: Mint, certificate: Secret, profile: str) -> None:
    """Only the compact one is a client assertion."""
    header, payload, signature = mint("rsa", alg="RS256", aud=AUDIENCE[profile]).split(".")
    for token in (
        json.dumps({"protected": header, "payload": payload, "signature": signature}),
        f"{header}.{payload}",
        f"{header}.{payload}.{signature}.",
        f"{header}.{payload}.{signature}=",
        f" {header}.{payload}.{signature}",
        f"{header}.{payload}.{signature}\n",
        f"{header}..{signature}",
    ):
        assert not ask(profile, token, certificate).accepted


@pytest.mark.parametrize("profile", ["rfc", "identityserver4", "duende"])
@pytest.mark.parametrize(
    "repeated", ['"iss":"web","iss":"evil"', '"sub":"web","sub":"web"', '"x":{"a":1,"a":2},"sub":"web"']
)
def test_duplicate_keys(
    ask: Ask, sign_raw: Callable[..., str], jwk: Callable[..., Secret], profile: str, repeated: str
) -> None:
    """Two readers take two meanings from them."""
    rest = f'"aud":"{AUDIENCE[profile]}","jti":"1","exp":{SECONDS + 60}'
    token = sign_raw('{"alg":"ES256"}', f"{{{repeated},{rest}}}")
    assert ask(profile, token, jwk()).reason == "assertion_claims"
    token = sign_raw('{"alg":"ES256","alg":"none"}', f'{{"iss":"web","sub":"web",{rest}}}')
    assert ask(profile, token, jwk()).reason == "malformed_credential"


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("claim", ["iss", "sub", "jti"])
def test_non_string_claims(ask: Ask, mint: Mint, certificate: Secret, profile: str, claim: str) -> None:
    """Numbers, lists and objects are no names, and half a character is no text."""
    values: tuple[Any, ...] = (5, ["web"], {"web": 1}, True, "\ud800")
    for value in values:
        token = mint("rsa", alg="RS256", aud=AUDIENCE[profile], **{claim: value})
        verdict = ask(profile, token, certificate)
        assert not verdict.accepted
        assert verdict.reason in {"assertion_claims", "unknown_principal"}


@pytest.mark.parametrize("profile", PROFILES)
def test_another_key_or_a_changed_claim(ask: Ask, mint: Mint, certificate: Secret, profile: str) -> None:
    """The signature decides."""
    verdict = ask(profile, mint("other rsa", alg="RS256", aud=AUDIENCE[profile]), certificate)
    assert (verdict.reason, verdict.oauth_error) == ("assertion_signature", "invalid_client")
    good, other = (mint("rsa", alg="RS256", aud=AUDIENCE[profile], x=x).split(".") for x in (1, 2))
    verdict = ask(profile, ".".join((good[0], other[1], good[2])), certificate)
    assert verdict.reason == "assertion_signature"


def test_two_credentials(ask: Ask, mint: Mint, jwk: Callable[..., Secret]) -> None:
    """RFC 6749 §2.3: one way to authenticate a request."""
    verdict = ask("rfc", mint(), jwk(), authorization="Basic d2ViOnNlY3JldA==")
    assert (verdict.reason, verdict.oauth_error) == ("multiple_credentials", "invalid_request")
    assert ask("rfc", mint(), jwk(), body={"client_id": "web", "client_secret": "x"}).reason == "multiple_credentials"


def test_an_unknown_client(ask: Ask, mint: Mint, jwk: Callable[..., Secret], tmp_path: Path) -> None:
    """Nothing is used up for it, and nobody is named."""
    cache = tmp_path / "cache"
    verdict = ask("rfc", mint(iss="x", sub="x"), jwk(), replay_cache=str(cache))
    assert (verdict.reason, verdict.target, verdict.method) == ("unknown_principal", None, "private_key_jwt")
    assert not cache.exists()


def test_a_token_that_a_plug_in_made_up_is_refused() -> None:
    """A validator may be handed any text by somebody's own parser."""
    from secretctl.model import Credential, Refusal, SecretText
    from secretctl.profiles import PROFILES as COLUMNS
    from secretctl.validators import Context
    from secretctl.validators.private_key_jwt import PrivateKeyJwtValidator

    credential = Credential("private_key_jwt", "web", assertion=SecretText("junk"))
    outcome = PrivateKeyJwtValidator().validate(credential, [], Context(COLUMNS["rfc"], NOW, issuer=ISSUER))
    assert isinstance(outcome, Refusal)
    assert outcome.reason == "malformed_credential"
    assert PrivateKeyJwtValidator().validate(Credential("none", "web"), [], Context(COLUMNS["rfc"], NOW)) is None
