"""Credentials as libraries of clients spell them: what each encodes, and what each writes into an assertion.

From the sources of oauth4webapi (openid-client 6), oauth2-rs, IdentityModel, Nimbus, Apache HttpClient, MSAL, Spring
Security, Authlib and System.IdentityModel.Tokens.Jwt. Whole requests are in ``test_wire_captures``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import pytest

from tests.acceptance.kit import (
    ISSUER,
    LATER,
    PROFILES,
    TOKEN_ENDPOINT,
    T,
    accepted,
    assertion_form,
    b64,
    b64url,
    basic_raw,
    certificate,
    claims,
    jwk,
    refused,
    rsa_key,
    shared,
    stored,
    token,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.kit import Judge


def everything(text: str) -> str:
    """oauth4webapi 3 encodes what encodeURIComponent leaves, too, and a blank as a plus."""
    encoded = quote(text, safe="!~*'()")
    return "".join(f"%{ord(c):02X}" if c in "-_.!~*'()" else c for c in encoded).replace("%20", "+")


ENCODERS: dict[str, Callable[[str], str]] = {
    "openid-client 6": everything,
    "openid-client 5": lambda text: quote(text, safe="!~*'()").replace("%20", "+"),
    "oauth2-rs": lambda text: quote_plus(text, safe="*").replace("~", "%7E"),
    "Nimbus": lambda text: quote_plus(text, safe="*").replace("~", "%7E"),
    "IdentityModel": lambda text: quote(text, safe="").replace("%20", "+"),
    "lower-case hex": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
}


@pytest.mark.parametrize("library", ENCODERS)
@pytest.mark.parametrize("profile", PROFILES)
def test_every_form_urlencoding_means_the_same(judge: Judge, library: str, profile: str) -> None:
    """A secret as it is generated here (base64url, with - and _) and one with everything in it, by every encoder."""
    name, secrets = "web-shop_1", ("K7gNU3sdo-OL0wNhqoVWhr3g6s_xYv72", "a+b/c%20=&ü ~*'()!.-_:100%")
    judge.registry({name: {"secrets": [shared(secret, str(number)) for number, secret in enumerate(secrets)]}})
    encode = ENCODERS[library]
    for secret in secrets:
        header = basic_raw(encode(name), encode(secret))
        if profile != "identityserver3":
            accepted(judge.basic(header, profile=profile), "client_secret_basic")
        elif encode(name) == name:
            plain = encode(secret) == secret
            verdict = judge.ask("--basic", "-", "--explain", stdin=header, profile=profile)
            accepted(verdict) if plain else refused(verdict, "mismatch")
            assert plain or "percent_encoded" in [each["code"] for each in verdict["explanations"]]
        else:
            refused(judge.basic(header, profile=profile), "unknown_principal")


@pytest.mark.parametrize("profile", PROFILES)
def test_latin_1_is_another_secret(judge: Judge, profile: str) -> None:
    """Apache HttpClient and old .NET join id and secret in ISO 8859-1; a server reads UTF-8."""
    judge.one(shared("geheimnis-für-müller"))
    header = "Basic " + b64("web:geheimnis-für-müller".encode("latin-1"))
    verdict = judge.basic(header, profile=profile)
    refused(verdict, "malformed_credential" if profile == "rfc" else "mismatch")


BOTH = [ISSUER, TOKEN_ENDPOINT]
X5T = b64url(bytes.fromhex(certificate().sha1))
ASSERTIONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "MSAL.NET": ({"alg": "RS256", "typ": "JWT", "x5t": X5T}, {"iat": ..., "nbf": T, "exp": T + 600}),
    "MSAL.NET with its certificate": (
        {"alg": "PS256", "typ": "JWT", "x5t#S256": certificate().x5t_s256, "x5c": certificate().base64},
        {"iat": ..., "nbf": T, "exp": T + 600},
    ),
    "MSAL Python": ({"alg": "RS256", "typ": "JWT", "x5t": X5T, "x5c": [certificate().base64]}, {"exp": T + 600}),
    "Spring Security": ({"alg": "RS256", "kid": "3f1c"}, {}),
    "Authlib": ({"alg": "RS256"}, {"exp": T + 3_600}),
    "openid-client 5": ({"alg": "RS256", "kid": "3f1c"}, {"aud": BOTH}),
    "openid-client 6": ({"alg": "PS256", "kid": "3f1c"}, {"aud": ISSUER, "nbf": T}),
    ".NET": ({"alg": "RS256", "typ": "JWT"}, {"iat": ..., "nbf": T, "exp": T + 3_600}),
    "IdentityModel": ({"alg": "RS256", "typ": "client-authentication+jwt"}, {"aud": ISSUER}),
}


@pytest.mark.parametrize("library", ASSERTIONS)
@pytest.mark.parametrize("profile", PROFILES)
def test_assertions_of_libraries(judge: Judge, library: str, profile: str) -> None:
    """Hints at keys change nothing; each audience is taken where the profile's server takes it."""
    judge.one(stored("X509CertificateBase64", certificate().base64))
    header, changed = ASSERTIONS[library]
    audience = changed.get("aud", ISSUER if profile == "rfc" else TOKEN_ENDPOINT)
    jwt = token(claims(**{**changed, "aud": audience}), header=header, algorithm=header["alg"])
    verdict = judge.form(assertion_form(jwt, client_id="web", client_info="1"), profile=profile)
    takes_audience = (
        audience == TOKEN_ENDPOINT
        or (audience == ISSUER and profile in {"rfc", "duende"})
        or (audience == BOTH and profile != "rfc")
    )
    if profile == "identityserver3" and header["alg"] != "RS256":
        refused(verdict, "assertion_algorithm")
    elif takes_audience:
        accepted(verdict, "private_key_jwt")
    else:
        refused(verdict, "assertion_audience")


@pytest.mark.parametrize("profile", PROFILES)
def test_a_federated_token_is_no_assertion(judge: Judge, profile: str) -> None:
    """A workload's own token (Kubernetes, GitHub) names its issuer and its subject; here both are the client."""
    subject = "system:serviceaccount:shop:web"
    keys = [stored("X509CertificateBase64", certificate().base64), stored("JWK", jwk(rsa_key()), "k")]
    judge.registry({name: {"secrets": keys} for name in ("web", subject)})
    audience = ISSUER if profile == "rfc" else TOKEN_ENDPOINT
    jwt = token(claims(iss="https://cluster.example.com", sub=subject, aud=audience))
    for body in (assertion_form(jwt), assertion_form(jwt, client_id="web"), assertion_form(jwt, client_id=subject)):
        verdict = judge.form(body, profile=profile)
        assert not verdict["accepted"]
    if profile in LATER:
        refused(judge.form(assertion_form(jwt), profile=profile), "assertion_issuer")
