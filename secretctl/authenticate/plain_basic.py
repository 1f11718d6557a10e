"""The direct way for the most frequent request: one Basic header in plain ASCII, and nothing else.

It gives the answers of the general way, which a property test holds, in a third of the time: what depends on neither
the presented secret nor the time is worked out once for each principal. Whatever is unusual takes the general way.

Known principals and unknown ids cost the same here: an unknown id is held against a stand-in's secrets.
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from typing import TYPE_CHECKING, NamedTuple

from secretctl.crypto.shared_secret import read_stored_value
from secretctl.digests import compare_digest, sha256, sha512
from secretctl.model import SHARED_SECRET, Match
from secretctl.validators.shared_secret import ALL_EXPIRED, MISMATCH, NO_SHARED_SECRET, right_but_expired

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from secretctl.model import Principal, Refusal, Verdict

_LONGEST = 100
"""Bytes of id, colon and secret together: within the limits of every profile."""
_MOST_PLANS = 16_384


class _Entry(NamedTuple):
    """One shared secret: the digest that the presented one must have, made by SHA-256 (0) or SHA-512 (1)."""

    digest: bytes
    which: int
    expiration: datetime | None
    accepted: Verdict
    expired: Verdict


class _Plan(NamedTuple):
    """What the shared secrets of a principal come to. Without ``refused`` only the general way knows the answer.

    ``refused`` is the verdict on a secret that matches none: while some are unexpired, and when all have expired.
    """

    principal: Principal | None
    entries: tuple[_Entry, ...] = ()
    refused: tuple[Verdict, Verdict] | None = None
    sha512: bool = False


class PlainBasic:
    """Plans for the principals of one kind, each made when its principal is first met or has changed.

    ``find`` looks a principal up, ``barred`` is the refusal that awaits one whatever it presents, ``verdict`` is the
    verdict on an outcome for one; None stands for an unknown id, which is held against one of the ``stand_ins``.
    """

    __slots__ = ("_barred", "_find", "_plans", "_stand_ins", "_verdict")

    def __init__(
        self,
        find: Callable[[str], Principal | None],
        barred: Callable[[Principal | None], Refusal | None],
        verdict: Callable[[Principal | None, Match | Refusal], Verdict],
        stand_ins: Sequence[Principal] = (),
    ) -> None:
        self._find = find
        self._barred = barred
        self._verdict = verdict
        self._plans: dict[str, _Plan] = {}
        self._stand_ins = [self._plan(None, stand_in) for stand_in in stand_ins] or [self._plan(None, None)]

    def answer(self, header: str, now: datetime) -> Verdict | None:
        """The verdict on a request with this Authorization header alone, or None: take the general way."""
        if not header.startswith("Basic "):
            return None
        encoded = header[6:]
        try:
            raw = a2b_base64(encoded, strict_mode=True)
            pair = raw.decode("ascii")
        except ValueError:
            return None
        if encoded.endswith("=") and b2a_base64(raw, newline=False).decode("ascii") != encoded:
            return None
        if len(pair) > _LONGEST or not pair.isprintable() or " " in pair or "%" in pair or "+" in pair:
            return None
        id_, _, secret = pair.partition(":")
        if not id_ or not secret:
            return None
        principal = self._find(id_)
        if principal is None:
            # hash() is keyed anew in every process: nobody outside can tell which stand-in an id gets.
            plan = self._stand_ins[hash(id_) % len(self._stand_ins)]
        else:
            known = self._plans.get(id_)
            plan = known if known is not None and known[0] is principal else self._remember(id_, principal)
        return _held_against(plan, secret.encode("ascii"), now)

    def _remember(self, id_: str, principal: Principal) -> _Plan:
        if len(self._plans) >= _MOST_PLANS:
            self._plans.clear()
        plan = self._plans[id_] = self._plan(principal, principal)
        return plan

    def _plan(self, principal: Principal | None, like: Principal | None) -> _Plan:
        """The plan for a principal, or for unknown ids (None) as if they had the secrets of ``like``."""
        if principal is not None and principal.public:
            return _Plan(principal)
        barred = self._barred(principal)

        def verdict(outcome: Match | Refusal) -> Verdict:
            return self._verdict(principal, barred or outcome)

        entries = []
        for secret in like.secrets if like else ():
            if secret.type != SHARED_SECRET:
                continue
            stored = read_stored_value(secret.value)
            if stored.hash_name not in {"sha256", "sha512"}:
                return _Plan(principal)
            which = int(stored.hash_name == "sha512")
            matched, expired = verdict(Match(secret)), verdict(right_but_expired(secret))
            entries.append(_Entry(stored.digest, which, secret.expiration, matched, expired))
        if entries:
            refused = verdict(MISMATCH), verdict(ALL_EXPIRED)
        else:
            refused = verdict(NO_SHARED_SECRET), verdict(NO_SHARED_SECRET)
            entries.append(_Entry(bytes(32), 0, None, *refused))  # as long a comparison as with a secret
        return _Plan(principal, tuple(entries), refused, any(entry.which for entry in entries))


def _held_against(plan: _Plan, secret: bytes, now: datetime) -> Verdict | None:
    _, entries, refused, needs_sha512 = plan
    if refused is None:
        return None
    digests = sha256(secret).digest(), sha512(secret).digest() if needs_sha512 else b""
    answer, usable = None, False
    for digest, which, expiration, accepted, expired in entries:
        if expiration is None or expiration >= now:
            usable = True
            if compare_digest(digest, digests[which]):
                return accepted
        elif compare_digest(digest, digests[which]) and answer is None:
            answer = expired
    return answer if answer is not None else refused[not usable]
