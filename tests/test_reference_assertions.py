"""The profile table's rows about client assertions once more, each server read step by step.

Not as rules that a profile combines, but as ``PrivateKeyJwtSecretValidator`` and its parser run in IdentityServer3,
IdentityServer4 and Duende, and as RFC 7523 §3 says. Random assertions, rightly signed, must get the same answer from both.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from secretctl.authenticate import authenticator_for
from secretctl.model import Client, Request, Secret, StoredValue
from secretctl.settings import Issuer, Settings
from tests.acceptance.kit import PROFILES, T, assertion_form, certificate, jwk, rsa_key, token

if TYPE_CHECKING:
    from collections.abc import Callable

    from secretctl.authenticate import Authenticator

NOW = datetime.fromtimestamp(T, UTC)
ISSUER = "https://id.example.com"
ISSUERS = (ISSUER, f"{ISSUER}/", f"{ISSUER}/sub")
ENDPOINTS = (f"{ISSUER}/connect/token", "https://x.example/token", "https://y.example/a/connect/token")
STRICT = "client-authentication+jwt"

JWK = Secret("k", "JWK", StoredValue(jwk(rsa_key())))
CERTIFICATE = Secret("c", "X509CertificateBase64", StoredValue(certificate().base64))
THUMBPRINT = Secret("t", "X509Thumbprint", StoredValue(certificate().sha1))
CLIENTS = {
    "web": Client("web", secrets=(JWK, CERTIFICATE)),
    "jwk": Client("jwk", secrets=(JWK,)),
    "certificate": Client("certificate", secrets=(CERTIFICATE,)),
    "thumbprint": Client("thumbprint", secrets=(THUMBPRINT,)),
    "off": Client("off", enabled=False, secrets=(CERTIFICATE,)),
    "none": Client("none"),
    "public": Client("public", require_secret=False),
}

Claims = dict[str, Any]


@cache
def judge(profile: str, issuer: str, endpoint: str, *, require_typ: bool) -> Authenticator:
    """The tool, as a registry of that issuer sets it up."""
    rules = Settings(issuer=Issuer(issuer, endpoint))
    return authenticator_for(lambda _, name: CLIENTS.get(name), rules, profile=profile, require_typ=require_typ)


# --- what all have in common -------------------------------------------------------------------------------------------


def is_client(id: object, claims: Claims) -> bool:
    """An enabled client that issued the assertion about itself; its claims are of the types of RFC 7519."""
    times = [claims[name] for name in ("exp", "nbf", "iat") if name in claims]
    typed = all(type(each) in {int, float} for each in times) and isinstance(claims.get("jti", ""), str)
    known = isinstance(id, str) and id in CLIENTS and CLIENTS[id].enabled
    return typed and known and claims.get("iss") == claims.get("sub") == id


def has_key(id: str, *types: str) -> bool:
    """Whether it registered the key in one of these forms."""
    return not {secret.type for secret in CLIENTS[id].secrets}.isdisjoint(types)


def audiences(claims: Claims) -> list[str]:
    """The audiences; none where ``aud`` is nothing of the kind."""
    aud = claims.get("aud")
    if isinstance(aud, str):
        return [aud]
    return aud if isinstance(aud, list) and all(isinstance(each, str) for each in aud) else []


def any_slash(presented: str, expected: str) -> bool:
    """``AudiencesMatchIgnoringTrailingSlash``."""
    return expected in {presented, f"{presented}/"} or presented == f"{expected}/"


def in_time(claims: Claims) -> bool:
    """``ValidateLifetime`` with five minutes of clock skew."""
    end, begin = claims.get("exp"), claims.get("nbf")
    if end is None or end < T - 300:
        return False
    return begin is None or (begin <= end and begin <= T + 300)


# --- the servers -------------------------------------------------------------------------------------------------------


def identityserver3(issuer: str, endpoint: str, header: Claims, claims: Claims, body_id: str, *, strict: bool) -> bool:
    """RS256 alone, no ``jti``, and the certificate may come along."""
    id_ = body_id.strip() or claims.get("iss")
    if header["alg"] != "RS256" or not is_client(id_, claims):
        return False
    chain = header.get("x5c")
    comes_along = (
        isinstance(chain, list) and chain[:1] == [certificate().base64] and has_key(str(id_), "X509Thumbprint")
    )
    right_key = comes_along or has_key(str(id_), "X509CertificateBase64")
    return right_key and endpoint in audiences(claims) and in_time(claims)


def later(claims: Claims, body_id: str) -> bool | None:
    """What is settled before the key: a public client gets in by whatever id counts; None where nothing is settled."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject.strip():
        return body_id == "public"
    return True if subject == "public" else None if is_client(subject, claims) else False


def identityserver4(issuer: str, endpoint: str, header: Claims, claims: Claims, body_id: str, *, strict: bool) -> bool:
    """The token endpoint, under any ``typ``."""
    settled = later(claims, body_id)
    if settled is not None:
        return settled
    right_key = has_key(claims["sub"], "JWK", "X509CertificateBase64")
    right_audience = any(any_slash(each, endpoint) for each in audiences(claims))
    return right_key and right_audience and in_time(claims) and bool(claims.get("jti", "").strip())


def duende(issuer: str, endpoint: str, header: Claims, claims: Claims, body_id: str, *, strict: bool) -> bool:
    """All of its endpoints; or strictly itself, by option or by ``typ``."""
    settled = later(claims, body_id)
    if settled is not None:
        return settled
    typ, presented = header.get("typ"), audiences(claims)
    if strict or (isinstance(typ, str) and typ.lower() == STRICT):
        right_audience = typ == STRICT and len(presented) == 1 and any_slash(presented[0], issuer)
    else:
        own = endpoint if endpoint.endswith("/connect/token") else issuer.rstrip("/") + "/connect/token"
        others = (own.replace("/connect/token", f"/connect/{name}") for name in ("ciba", "par"))
        expected = (issuer, endpoint, *others)
        right_audience = any(any_slash(each, one) for each in presented for one in expected)
    right_key = has_key(claims["sub"], "JWK", "X509CertificateBase64")
    return right_key and right_audience and in_time(claims) and bool(claims.get("jti", "").strip())


def rfc(issuer: str, endpoint: str, header: Claims, claims: Claims, body_id: str, *, strict: bool) -> bool:
    """The issuer alone, to the second, and a ``typ`` that is no other kind of token's."""
    if not is_client(claims.get("sub"), claims) or body_id.strip() not in {"", claims["sub"]}:
        return False
    types = {STRICT} if strict else {STRICT, "jwt"}
    typ = header.get("typ", None if strict else "JWT")
    if not isinstance(typ, str) or typ.lower().removeprefix("application/") not in types:
        return False
    if header["alg"] not in {"RS256", "PS256", "PS384", "PS512"} or not has_key(
        claims["sub"], "JWK", "X509CertificateBase64"
    ):
        return False
    if not claims.get("jti", "").strip() or audiences(claims) != [issuer]:
        return False
    begin, issued, end = claims.get("nbf", 0), claims.get("iat", 0), claims.get("exp", 0)
    return bool(begin <= T + 10 and issued <= T + 10 and end > T and begin <= end)


SERVERS = {"rfc": rfc, "identityserver3": identityserver3, "identityserver4": identityserver4, "duende": duende}


# --- assertions --------------------------------------------------------------------------------------------------------

CHAIN = certificate().base64
AUDIENCES: list[Callable[[str, str], Any]] = [
    lambda issuer, _: f"{issuer}/",
    lambda issuer, _: issuer.rstrip("/"),
    lambda issuer, _: [issuer],
    lambda issuer, _: issuer.rstrip("/") + "/connect/token",
    lambda issuer, _: issuer.rstrip("/") + "/connect/par",
    lambda issuer, endpoint: [issuer, endpoint],
    lambda issuer, _: [issuer, issuer],
    lambda _, endpoint: f"{endpoint}/",
    lambda _, endpoint: [endpoint, "https://other.example"],
    lambda _, endpoint: endpoint.replace("token", "ciba"),
    *(lambda *_, odd=odd: odd for odd in ("https://other.example", "", [], 7, [7], None)),
]
HEADERS = [
    *(("alg", name) for name in ("PS256", "PS384", "RS512")),
    *(("typ", typ) for typ in ("JWT", "jwt", "application/jwt", "Client-Authentication+jwt", "x", None, 7)),
    *(("typ", typ) for typ in (STRICT, STRICT, STRICT, f"application/{STRICT}")),
    *(("x5c", chain) for chain in ([CHAIN], [CHAIN], [certificate("web", key=1).base64, CHAIN], CHAIN, [], None)),
]
CLAIMS = [
    *(("exp", T + each) for each in (0, 1, 0.5, -1, -300, -301, 3600)),
    *((name, T + each) for name in ("iat", "nbf") for each in (0, -5, 10, 11, 61, 300, 301)),
    *((name, odd) for name in ("exp", "iat", "nbf", "jti") for odd in (7, "x", None, True, ...)),
    *((name, odd) for name in ("iss", "sub") for odd in ("web", "public", 7, None, ...)),
    *(("jti", blank) for blank in ("", " ")),
    ("aud", ...),
]
IDS = st.sampled_from(["web"] * 4 + ["thumbprint"] * 2 + [*CLIENTS, "gone", "", " "])
SETTINGS = st.tuples(st.sampled_from(ISSUERS), st.sampled_from(ENDPOINTS), st.sampled_from([False, False, True]))


def changes(known: list[tuple[str, Any]]) -> st.SearchStrategy[Claims]:
    """None of them, one or two."""
    return st.lists(st.sampled_from(known), max_size=2).map(dict)


@settings(max_examples=1_000)
@given(
    SETTINGS,
    IDS,
    st.sampled_from([lambda issuer, _: issuer, lambda _, endpoint: endpoint] * 8 + AUDIENCES),
    changes(HEADERS),
    changes(CLAIMS),
    st.sampled_from(["", "", "web", "public", " "]),
)
def test_assertions_are_answered_as_each_server_answers_them(  # noqa: PLR0917 - what one draws, a name each
    setup: tuple[str, str, bool],
    id_: str,
    audience: Callable[[str, str], Any],
    in_header: Claims,
    in_claims: Claims,
    body_id: str,
) -> None:
    """Whom the tool lets in is whom the server lets in, by each way through the tool."""
    issuer, endpoint, strict = setup
    header = {"alg": "RS256", **in_header}
    changed = {"iss": id_, "sub": id_, "aud": audience(issuer, endpoint), "exp": T + 60, "jti": "a", **in_claims}
    claims = {name: value for name, value in changed.items() if value is not ...}
    jwt = token(claims, header=header, algorithm=header["alg"])
    request = Request(form=assertion_form(jwt, client_id=body_id))
    for profile, server in SERVERS.items():
        tool = judge(profile, issuer, endpoint, require_typ=strict)
        verdict = tool.verify(request, kind="client", now=NOW)
        assert verdict.accepted == server(issuer, endpoint, header, claims, body_id, strict=strict), (profile, verdict)
        if not body_id.strip():
            assert {tool.verify_assertion(jwt, kind="client", now=NOW) for _ in range(2)} == {verdict}
    assert set(SERVERS) == set(PROFILES)
