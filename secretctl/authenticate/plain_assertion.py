"""The direct way for the next assertion of the same client: same key, same header, same time, nothing unusual.

An issuer's tokens differ in their ``jti`` and their signature. Once the general way has accepted one, all that it found
out about client, key and header holds for the next; what is left to do is here. This way only ever accepts: whatever is
not as plain as that takes the general way, which gives every refusal. A property test holds the two together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from secretctl.model import Principal, Verdict
    from secretctl.profiles import Profile

_MOST_PLANS = 1_024
_LONGEST = 8_192
"""Characters: within the limits of every profile, and more than any plain assertion has."""
_LATEST = 1e15  # as in validators.assertion_claims


class _Plan(NamedTuple):
    """What one accepted assertion told of all that have its header. ``now`` and ``principal`` are known by identity.

    ``header`` is held, so that no other object gets the ``id`` by which the plan is found.
    """

    header: Mapping[str, Any]
    now: datetime
    seconds: float
    principal: Principal
    audience: str
    key: Any
    verdict: Verdict


class PlainAssertion:
    """Plans for the principals of one kind. ``find`` looks one up, as the general way does."""

    __slots__ = ("_find", "_is_signature", "_min_rsa_bits", "_off", "_parse", "_plans", "_profile")

    def __init__(self, find: Callable[[str], Principal | None], profile: Profile, *, min_rsa_bits: int) -> None:
        self._find = find
        self._profile = profile
        self._min_rsa_bits = min_rsa_bits
        self._plans: dict[tuple[str, int], _Plan] = {}
        self._off = False

    def answer(self, token: str, now: datetime) -> Verdict | None:
        """The verdict of the plan where the assertion is in order, or None: take the general way."""
        if not self._plans or len(token) > _LONGEST:
            return None
        try:
            (header, _, signature, signed), claims = self._parse(token)
        except ValueError:
            return None
        id_ = claims.get("sub")  # where the server goes by iss: in a plain one both are the same
        if type(id_) is not str:
            return None
        plan = self._plans.get((id_, id(header)))
        if plan is None or plan.now is not now:
            return None
        if self._find(id_) is not plan.principal:
            # A store that makes its principals anew each time (a database): plans would only cost it queries.
            self._off = True
            self._plans.clear()
            return None
        if not _is_plain(claims, id_, plan.audience, plan.seconds):
            return None
        return plan.verdict if self._is_signature(header["alg"], plan.key, signature, signed) else None

    def remember(self, token: str, now: datetime, verdict: Verdict) -> None:
        """Make a plan of an assertion that the general way has accepted, where it is a plain one."""
        from secretctl.crypto.jws import parse_assertion
        from secretctl.crypto.registered_key import registered_keys
        from secretctl.crypto.signature import is_signature

        secret, profile = verdict.secret, self._profile
        if self._off or secret is None or verdict.target is None:
            return
        (header, *_), claims = parse_assertion(token)
        id_, audience = verdict.target.id, claims.get("aud")
        found = [key for _, key in registered_keys([secret], jwk=profile.jwk, min_rsa_bits=self._min_rsa_bits)]
        principal = self._find(id_)
        if principal is None or not isinstance(audience, str) or not found or found[0].key is None:
            return
        if len(self._plans) >= _MOST_PLANS:
            self._plans.clear()
        self._parse, self._is_signature = parse_assertion, is_signature
        self._plans[id_, id(header)] = _Plan(
            header, now, now.timestamp(), principal, audience, found[0].key.handle, verdict
        )


def _is_plain(claims: Mapping[str, Any], id_: str, audience: str, now: float) -> bool:
    """Whether claims are right by the strictest rule of all servers, with no clock skew to spare."""
    if claims.get("sub") != id_ or claims.get("iss") != id_ or claims.get("aud") != audience:
        return False
    jti, end = claims.get("jti"), claims.get("exp")
    if type(jti) is not str or not jti.isascii() or not jti or jti.isspace():
        return False
    if type(end) is not int or not now < end < _LATEST:
        return False
    for name in ("iat", "nbf"):
        begin = claims.get(name, 0)
        if type(begin) is not int or not 0 <= begin <= now:
            return False
    return True
