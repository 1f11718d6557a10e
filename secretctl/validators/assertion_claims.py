"""What a client assertion must say: RFC 7523 §3, OpenID Connect Core §9, and what each server makes of them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from secretctl.errors import UnavailableError
from secretctl.model import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secretctl.validators import Context

STRICT_TYP = "client-authentication+jwt"
"""draft-ietf-oauth-rfc7523bis §4: the type of assertions whose audience is the issuer alone."""
_TOKEN_PATH = "/connect/token"
_STRINGS = frozenset({"iss", "sub", "jti"})
_TIMES = frozenset({"exp", "nbf", "iat"})
_LATEST = 1e15
"""Seconds since 1970, some thirty million years: beyond it a number is no time, and floats no longer count seconds."""


class Expectation:
    """What the header and the claims of one assertion are held against."""

    __slots__ = ("_client_id", "_context", "_profile", "_strict")

    def __init__(self, client_id: str, header: Mapping[str, Any], context: Context) -> None:
        self._client_id = client_id
        self._context = context
        self._profile = context.profile
        typ = header.get("typ")
        self._strict = self._profile.strict_audience_by_typ and (
            context.require_typ or (isinstance(typ, str) and typ.lower() == STRICT_TYP)
        )

    def check_header(self, header: Mapping[str, Any]) -> Refusal | None:
        """``assertion_type`` where the header's ``typ`` is not one that the server takes."""
        typ, profile = header.get("typ"), self._profile
        if self._strict:
            return None if typ == STRICT_TYP else _wrong_type(f"must be {STRICT_TYP}")
        if profile.assertion_types is None:
            return None
        if "typ" not in header:
            return _wrong_type(f"is missing; {STRICT_TYP} is required") if self._context.require_typ else None
        if not isinstance(typ, str):
            return _wrong_type("is not a string")
        allowed = (STRICT_TYP,) if self._context.require_typ else profile.assertion_types
        if typ.lower().removeprefix("application/") not in allowed:
            return _wrong_type(f"is not {' or '.join(allowed)}")
        return None

    def check_claims(self, claims: Mapping[str, Any]) -> Refusal | None:
        """Everything about the claims but replay; None where all of it is right."""
        return (
            _check_types(claims)
            or self._check_parties(claims)
            or self._check_audience(claims.get("aud"))
            or self._check_times(claims)
            or self._check_jti(claims)
        )

    def _check_parties(self, claims: Mapping[str, Any]) -> Refusal | None:
        if claims.get("iss") != self._client_id:
            return Refusal("assertion_issuer", "the assertion's iss is not the client id")
        if claims.get("sub") != self._client_id:
            return Refusal("assertion_subject", "the assertion's sub is not the client id")
        return None

    def _check_audience(self, aud: Any) -> Refusal | None:
        """RFC 7523 §3 (3). The issuer alone is the rule since 2025: an assertion for several is one for an attacker."""
        expected = expected_audiences(self._context, strict=self._strict)
        if isinstance(aud, str):
            if aud in expected:
                return None
            audiences = [aud]
        elif isinstance(aud, list) and aud and all(isinstance(one, str) for one in aud):
            audiences = aud
        else:
            return Refusal("assertion_audience", "the assertion's aud is not a string or an array of strings")
        if len(audiences) > 1 and (self._profile.audience_alone or self._strict):
            return Refusal("assertion_audience", "the assertion has more than one audience")
        for presented in audiences:
            if presented in expected or (
                self._profile.audience_trailing_slash
                and (f"{presented}/" in expected or (presented.endswith("/") and presented[:-1] in expected))
            ):
                return None
        return Refusal("assertion_audience", f"the assertion's aud is not {' or '.join(expected)}")

    def _check_times(self, claims: Mapping[str, Any]) -> Refusal | None:
        profile, now = self._profile, self._context.now.timestamp()
        end, start = claims.get("exp"), claims.get("nbf")
        if end is None:
            return Refusal("assertion_claims", "the assertion has no exp")
        last = end + profile.skew_expiry
        if now > last or (now == last and not profile.accepts_at_expiry):
            return Refusal("assertion_expired", "the assertion has expired")
        if start is not None and start > now + profile.skew_ahead:
            return Refusal("assertion_not_yet_valid", "the assertion's nbf lies in the future")
        if profile.checks_iat and claims.get("iat", now) > now + profile.skew_ahead:
            return Refusal("assertion_not_yet_valid", "the assertion's iat lies in the future")
        if start is not None and start > end:
            return Refusal("assertion_claims", "the assertion's nbf comes after its exp")
        return None

    def _check_jti(self, claims: Mapping[str, Any]) -> Refusal | None:
        jti: str = claims.get("jti", "")
        if self._profile.jti_required and (not jti or jti.isspace()):
            return Refusal("assertion_claims", "the assertion has no jti")
        return None


def _wrong_type(why: str) -> Refusal:
    return Refusal("assertion_type", f"the assertion's header typ {why}")


def _check_types(claims: Mapping[str, Any]) -> Refusal | None:
    """RFC 7519 §4.1: strings and NumericDates, whatever a library would make of something else."""
    for name, value in claims.items():
        if name in _STRINGS:
            if type(value) is not str or not (value.isascii() or _is_encodable(value)):
                return Refusal("assertion_claims", f"the assertion's {name} is not a string")
        elif name in _TIMES and not (type(value) in {int, float} and -_LATEST < value < _LATEST):  # NaN is not, either
            return Refusal("assertion_claims", f"the assertion's {name} is not a time")
    return None


def _is_encodable(text: str) -> bool:
    """Whether it is text: JSON can spell half of a surrogate pair, and UTF-8 cannot."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def expected_audiences(context: Context, *, strict: bool = False) -> tuple[str, ...]:
    """What ``aud`` may be, as the profile's server sees itself; UnavailableError ``audience_unknown``."""
    if context.audiences is not None:
        return context.audiences
    if context.issuer is None:
        raise UnavailableError(
            "audience_unknown",
            "nobody says what the assertion's audience must be",
            hint="set url in [issuer] of the registry, or pass --audience",
        )
    if strict:
        return (context.issuer,)
    return _audiences(context.issuer, context.token_endpoint, context.profile.audiences)


@lru_cache(maxsize=64)
def _audiences(issuer: str, token_endpoint: str | None, names: tuple[str, ...]) -> tuple[str, ...]:
    default = issuer.removesuffix("/") + _TOKEN_PATH
    token = token_endpoint or default
    base = (token if token.endswith(_TOKEN_PATH) else default).removesuffix("token")
    known = {"issuer": issuer, "token_endpoint": token, "ciba": base + "ciba", "par": base + "par"}
    return tuple(known[name] for name in names)
