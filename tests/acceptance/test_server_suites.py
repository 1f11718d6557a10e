"""Cases that other servers test client authentication with, asked of the profile that they concern.

From the unit tests of IdentityServer3, IdentityServer4 and Duende (parsers and validators of secrets), node-oidc-provider
(``client_auth``), Ory Fosite (``client_authentication_test``) and Authlib; what other modules here already ask is not repeated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import pytest

from tests.acceptance.kit import (
    ISSUER,
    JWT_BEARER,
    LATER,
    OTHER,
    PROFILES,
    SECRET,
    SERVERS,
    TOKEN_ENDPOINT,
    accepted,
    assertion_form,
    b64,
    basic_raw,
    certificate,
    claims,
    ec_key,
    http,
    jwk,
    refused,
    rsa_key,
    sha512,
    shared,
    stored,
    token,
)
from tests.known import KNOWN

if TYPE_CHECKING:
    from tests.acceptance.kit import Judge


def escape(text: str) -> str:
    """.NET's Uri.EscapeDataString."""
    return quote(text, safe="~")


# --- IdentityServer: the clients of its tests --------------------------------------------------------------------------


@pytest.fixture
def clients(judge: Judge) -> Judge:
    """ClientValidationTestClients, as far as they are named in the tests."""
    judge.registry(
        {
            "roclient": {"secrets": [shared("secret")]},
            "roclient.public": {"require_secret": False},
            "client.implicit": {"grant_types": ["implicit"]},
            "implicit_and_client_creds": {"grant_types": ["implicit", "client_credentials"]},
            "disabled_client": {"enabled": False, "secrets": [shared("secret")]},
            "no_secret_client": {},
            "single_secret_hashed_no_expiration": {"secrets": [shared("secret")]},
            "single_secret_no_protection_no_expiration": {"secrets": [stored("SharedSecret", "secret")]},
            "multiple_secrets_hashed": {
                "secrets": [
                    shared("secret", "1", expiration="2026-06-30T00:00:00Z"),
                    shared("foobar", "2", expiration="2026-07-30T00:00:00Z"),
                    stored("SharedSecret", sha512("quux"), "3"),
                    shared("notexpired", "4", expiration="2026-06-02T00:00:00Z"),
                    shared("expired", "5", expiration="2026-05-31T00:00:00Z"),
                ]
            },
            "certificate_valid": {"secrets": [stored("X509Thumbprint", certificate().sha1)]},
            "certificate_invalid": {"secrets": [stored("X509Thumbprint", "invalid")]},
            "certificate_base64_valid": {"secrets": [stored("X509CertificateBase64", certificate().base64)]},
            "certificate_base64_invalid": {"secrets": [stored("X509CertificateBase64", certificate(key=1).base64)]},
            "mtls_client_invalid": {
                "secrets": [stored("X509Thumbprint", "invalid", "t"), stored("X509Name", "invalid", "n")]
            },
            "mtls_client_valid": {
                "secrets": [
                    stored("X509Thumbprint", certificate().sha1, "t"),
                    stored("X509Name", 'CN=web, O="Acme, Inc.", C=DE', "n"),
                ]
            },
        }
    )
    return judge


@pytest.mark.parametrize(
    ("body", "accepts"),
    [
        ("client_id=roclient&client_secret=secret", True),
        ("client_id=roclient&client_secret=invalid", False),
        ("client_id=roclient.public", True),
        ("client_id=client.implicit", True),
        ("client_id=implicit_and_client_creds", False),
        ("client_id=disabled_client&client_secret=secret", False),
        ("client_id=no_secret_client&client_secret=secret", False),
        ("client_id=single_secret_hashed_no_expiration&client_secret=secret", True),
        ("client_id=single_secret_hashed_no_expiration&client_secret=invalid", False),
        ("client_id=single_secret_no_protection_no_expiration&client_secret=secret", False),
        *(
            (f"client_id=multiple_secrets_hashed&client_secret={s}", True)
            for s in ("secret", "foobar", "quux", "notexpired")
        ),
        ("client_id=multiple_secrets_hashed&client_secret=expired", False),
        ("client_id=multiple_secrets_hashed&client_secret=invalid", False),
        ("client_secret=secret", False),
        ("client_id=roclient", False),
        ("malformed", False),
        ("", False),
    ],
)
def test_bodies_of_identityserver(clients: Judge, body: str, *, accepts: bool) -> None:
    """ClientSecretValidation, HashedSharedSecretValidation, SecretValidation, FormPostCredentialParsing."""
    for profile in PROFILES:
        public = body in {"client_id=roclient.public", "client_id=client.implicit"}
        expected = accepts and not (public and profile == "identityserver3")
        assert clients.form(body, profile=profile)["accepted"] == expected, profile


@pytest.mark.parametrize("profile", ["rfc", *LATER])
@pytest.mark.parametrize("encode", [escape, quote_plus])
@pytest.mark.parametrize(
    ("id", "secret"),
    [("client", "secret"), ("cl ient", "secret"), ("cl ient", "se cret"), ("client", "se+cret"), ("cl+ ient", "se+cret"),
     ("cl+ ient", "se+ cret"), ("client:urn", "secret")],
)  # fmt: skip
def test_basic_in_various_formats(judge: Judge, profile: str, encode: Any, id: str, secret: str) -> None:
    """Duende's Valid_BasicAuthentication_Request_in_various_Formats, by hand and by IdentityModel."""
    judge.registry({id: {"secrets": [shared(secret)]}})
    verdict = judge.basic(basic_raw(encode(id), encode(secret)), profile=profile)
    accepted(verdict, "client_secret_basic")
    assert verdict["target"] == f"client/{id}"


def test_the_longest_header_of_duende(judge: Judge) -> None:
    """…_Maximum_Url_Encoded_Values_Should_Work, and …_Authorization_Header_Too_Long_Should_Fail."""
    judge.registry({"!" * 100: {"secrets": [shared("#" * 100)]}})
    full = basic_raw(escape("!" * 100), escape("#" * 100))
    accepted(judge.basic(full, profile="duende"))
    longer = basic_raw(escape("!" * 100), escape("#" * 100) + "x")
    refused(judge.basic(longer, profile="duende"), "credential_too_long")


@pytest.mark.parametrize("profile", SERVERS)
@pytest.mark.parametrize(
    ("client", "accepts"),
    [
        ("certificate_valid", False),
        ("certificate_invalid", False),
        ("certificate_base64_valid", True),
        ("certificate_base64_invalid", False),
        ("no_secret_client", False),
        ("disabled_client", False),
    ],
)
def test_assertions_of_identityserver(clients: Judge, profile: str, client: str, *, accepts: bool) -> None:
    """PrivateKeyJwtSecretValidation: Valid_Certificate_Base64, Invalid_Certificate_X5t_Only_… and the rest."""
    good = token(claims(client, aud=TOKEN_ENDPOINT))
    assert clients.assertion(good, profile=profile)["accepted"] == accepts
    for bad in (
        token(claims(client, aud=TOKEN_ENDPOINT, iss="invalid")),
        token(claims(client, aud=TOKEN_ENDPOINT, sub="invalid")),
        token(claims(client, aud=TOKEN_ENDPOINT, iss=...)),
        token(claims(client, aud=TOKEN_ENDPOINT, iat=1_780_268_400, exp=1_780_268_460)),
        token(claims(client, aud=TOKEN_ENDPOINT), header={"alg": "none", "typ": "JWT"}, algorithm="RS256"),
    ):
        assert not clients.assertion(bad, profile=profile)["accepted"]


def test_identityserver3_takes_embedded_certificates(clients: Judge) -> None:
    """Its own Valid_Certificate_Thumbprint: the certificate comes along, the thumbprint is registered."""
    embedded = [certificate().base64]
    for client, accepts in (
        ("certificate_valid", True), ("certificate_invalid", False),
        ("certificate_base64_valid", True), ("certificate_base64_invalid", False),
    ):  # fmt: skip
        jwt = token(claims(client, aud=TOKEN_ENDPOINT), x5c=embedded)
        assert clients.assertion(jwt, profile="identityserver3")["accepted"] == accepts, client


@pytest.mark.parametrize("profile", LATER)
def test_mutual_tls_of_identityserver(clients: Judge, profile: str) -> None:
    """MutualTlsSecretValidation."""
    accepted(clients.tls(certificate(), "mtls_client_valid", profile=profile))
    refused(clients.tls(certificate(), "mtls_client_invalid", profile=profile), "mismatch")
    refused(clients.tls(certificate("other", key=1), "mtls_client_valid", profile=profile), "mismatch")


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    "body",
    [
        "client_id=client&client_assertion=token",
        f"client_id=client&client_assertion_type={JWT_BEARER}",
        f"client_assertion_type={JWT_BEARER}&client_assertion=token",
        f"client_id={'x' * 101}&client_assertion_type={JWT_BEARER}&client_assertion=token",
        f"client_id=client&client_assertion_type={JWT_BEARER}&client_assertion={'x' * 51_201}",
    ],
)
def test_assertion_bodies_that_are_nothing(clients: Judge, profile: str, body: str) -> None:
    """ClientAssertionSecretParsing."""
    assert not clients.form(body, profile=profile)["accepted"]


# --- node-oidc-provider --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("id", "secret", "pair"),
    [
        (" %&+£€", " %&+£€", "+%25%26%2B%C2%A3%E2%82%AC:+%25%26%2B%C2%A3%E2%82%AC"),
        ("an:identifier", "some secure & non-standard secret", "an%3Aidentifier:some+secure+%26+non-standard+secret"),
    ],
)
def test_appendix_b(judge: Judge, id: str, secret: str, pair: str) -> None:
    """RFC 6749 appendix B, in a header. An id with a blank in front needs a hand-written registry."""
    judge.registry({id: {"secrets": [shared(secret)]}})
    for profile in ("rfc", *LATER):
        accepted(judge.basic("Basic " + b64(pair), profile=profile))


@pytest.mark.parametrize("pair", ["foo with %:foo with $", "%%%%%%:foo", "foo:%%%%%%%"])
def test_improperly_encoded_headers(judge: Judge, pair: str) -> None:
    """They too call it invalid_request, as does Fosite."""
    judge.registry({"foo": {"secrets": [shared(SECRET)]}, "foo with %": {"secrets": [shared("foo with $")]}})
    verdict = judge.basic("Basic " + b64(pair))
    refused(verdict, "malformed_credential")
    assert verdict["oauth_error"] == "invalid_request"


def test_a_wrong_secret_with_a_blank(judge: Judge) -> None:
    """A blank needs no encoding to be read; it is merely the wrong secret."""
    judge.one(shared(SECRET))
    refused(judge.basic(basic_raw("web", "invalid secret")), "mismatch")


def test_double_authentication(judge: Judge) -> None:
    """With and without a client_id in the body, wrong or right."""
    judge.one(shared(SECRET), stored("JWK", jwk(rsa_key()), "k"))
    header = [("Authorization", basic_raw("web", "invalid secret"))]
    for body in (f"client_id=web&client_secret={SECRET}", f"client_secret={SECRET}", assertion_form(token(claims()))):
        refused(judge.request(http(body, header)), "multiple_credentials")
    both = assertion_form(token(claims()), client_secret="foo")
    refused(judge.form(both), "multiple_credentials", "malformed_credential")
    refused(judge.form(assertion_form(token(claims()), client_secret="foo", client_id="web")), "multiple_credentials")


def test_a_public_client_with_a_secret_or_an_assertion(judge: Judge) -> None:
    """A registered method is a promise: rfc holds what is presented against the list, which is empty."""
    judge.registry({"client-none": {"require_secret": False}})
    accepted(judge.form("client_id=client-none"), "none")
    accepted(judge.basic(basic_raw("client-none", "")), "none")
    assert not judge.form("client_id=client-none&client_secret=foobar")["accepted"]
    assert not judge.form(assertion_form(token(claims("client-none"))))["accepted"]


@pytest.mark.parametrize(
    ("audience", "accepts"),
    [
        (ISSUER, True),
        ([ISSUER], True),
        (TOKEN_ENDPOINT, False),
        (["misses the issuer"], False),
        ("not the issuer", False),
        (..., False),
    ],
)
def test_audiences_of_the_others(judge: Judge, audience: Any, *, accepts: bool) -> None:
    """They still take the endpoints; since the audience-injection attack of 2025, rfc takes the issuer alone."""
    judge.one(stored("JWK", jwk(rsa_key())))
    verdict = judge.assertion(token(claims(aud=audience)))
    accepted(verdict) if accepts else refused(verdict, "assertion_audience", "assertion_claims")


def test_assertions_within_clock_skew(judge: Judge) -> None:
    """`accepts client assertions issued within acceptable system clock skew`."""
    judge.one(stored("JWK", jwk(rsa_key())))
    accepted(judge.assertion(token(claims(iat=1_780_272_005))))


def test_the_secret_expired_before_the_assertion(judge: Judge) -> None:
    """A key whose registration has ended verifies nothing."""
    judge.one(stored("JWK", jwk(rsa_key()), expiration="2026-05-01T00:00:00Z"))
    refused(judge.assertion(token(claims())), "expired")


# --- Fosite --------------------------------------------------------------------------------------------------------------


def test_special_characters(judge: Judge) -> None:
    """`should pass with client credentials containing special characters`."""
    secret = "foo %66%6F%6F@$<§!✓"
    judge.registry({"!foo%20bar": {"secrets": [shared(secret)]}, "foo — bar! +<&>*": {"secrets": [shared(secret)]}})
    accepted(judge.form(f"client_id={quote_plus('!foo%20bar')}&client_secret={quote_plus(secret)}"))
    accepted(judge.basic(basic_raw(quote_plus("foo — bar! +<&>*"), quote_plus(secret))))


def test_rotated_secrets(judge: Judge) -> None:
    """`…and rotated secret match`, after an invalid hash."""
    judge.one(
        stored("SharedSecret", "invalid_hash", "1"), stored("SharedSecret", "invalid", "2"), shared("bar-and-more", "3")
    )
    verdict = judge.basic(basic_raw("web", "bar-and-more"))
    accepted(verdict, secret="3")
    assert len(verdict["warnings"]) == 2


def test_one_kind_of_key_where_another_is_registered(judge: Judge) -> None:
    """`RSA assertion is used, but ECDSA assertion is required`."""
    judge.one(stored("JWK", jwk(ec_key())))
    refused(judge.assertion(token(claims())), "assertion_signature", "assertion_algorithm")


def test_assertions_without_and_with_a_client_id(judge: Judge) -> None:
    """`client_id is not set in the request`, and set."""
    judge.one(stored("JWK", jwk(rsa_key(), kid="kid-foo")))
    jwt = token(claims(), kid="kid-foo")
    accepted(judge.form(assertion_form(jwt)))
    accepted(judge.form(assertion_form(jwt, client_id="web")))
    refused(judge.form(assertion_form(jwt, client_id="foo")), "malformed_credential")


# --- Authlib, Spring, Keycloak -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "reasons"),
    [
        ({"iss": "someone"}, {"assertion_issuer"}),
        ({"sub": "someone"}, {"unknown_principal"}),
        ({"aud": "https://other.example.com"}, {"assertion_audience"}),
        ({"exp": 1_780_271_999}, {"assertion_expired"}),
        ({"exp": ...}, {"assertion_claims"}),
        ({"jti": ...}, {"assertion_claims"}),
        ({"nbf": 1_780_275_600}, {"assertion_not_yet_valid"}),
        ({"iat": 1_780_275_600}, {"assertion_not_yet_valid"}),
    ],
)
def test_claims_one_by_one(judge: Judge, changed: dict[str, Any], reasons: set[str]) -> None:
    """Every claim that they check, changed alone, has its own reason."""
    judge.one(stored("JWK", jwk(rsa_key())))
    refused(judge.assertion(token(claims(**changed))), *reasons)


def test_keycloak_reads_no_second_authenticator(judge: Judge) -> None:
    """A Bearer header beside a body is no client authentication."""
    judge.one(shared(SECRET))
    data = http(f"client_id=web&client_secret={SECRET}", [("Authorization", "Bearer eyJhbGciOiJub25lIn0.e30.")])
    for profile in PROFILES:
        accepted(judge.request(data, profile=profile), "client_secret_post")


def test_introspection_of_a_resource(judge: Judge) -> None:
    """The API authenticates with its name (a scope's secret in IdentityServer3)."""
    judge.registry({"api": {"secrets": [shared(OTHER)]}}, {"api": {"secrets": [shared("api-secret")]}})
    for profile in PROFILES:
        header = basic_raw("api", "api-secret")
        body = "client_id=api&client_secret=api-secret&token=x"
        for verdict in (
            judge.ask("--basic", "-", "--kind", "resource", stdin=header, profile=profile),
            judge.form(body, "--kind", "resource", profile=profile),
        ):
            accepted(verdict)
            assert verdict["target"] == "resource/api"


def test_the_known_answers(judge: Judge) -> None:
    """IdentityServer's own samples verify."""
    for secret, values in KNOWN["stored"].items():
        for profile in PROFILES:
            for value in values.values():
                judge.one(stored("SharedSecret", value))
                accepted(judge.target("client/web", secret, profile=profile))
