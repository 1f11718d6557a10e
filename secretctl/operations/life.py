"""The life of one secret as a check sees it, and the words for what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from secretctl.lifetimes import Duration, window_opens
from secretctl.model import instant_text
from secretctl.operations.validity import CERTIFICATE, KEY, KIND_OF_TYPE, SHARED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from secretctl.lifetimes import Window
    from secretctl.model import Secret


class Reason(NamedTuple):
    """Why a principal is not simply ok: a stable code, a sentence, and the secret that it is about, where it is one.

    Codes: ``locked_out`` and ``ends_critical`` make the level critical; ``ends_soon``, ``invalid``, ``out_of_reach`` and
    ``no_expiration`` make it a warning.
    """

    code: str
    text: str
    secret_id: str | None = None

    @property
    def critical(self) -> bool:
        """Whether it makes the level critical."""
        return self.code in {"locked_out", "ends_critical"}

    def __str__(self) -> str:
        return self.text


class Life:
    """A secret's life as far as it matters at one time; mutable, and gone when its principal is judged."""

    __slots__ = ("end", "expired", "flaw", "kind", "opens", "poison", "secret", "starts", "usable")

    def __init__(self, secret: Secret) -> None:
        self.secret = secret
        self.kind = KIND_OF_TYPE.get(secret.type, secret.type)
        self.end = secret.expiration
        self.starts = secret.created
        self.expired = self.usable = False
        self.opens: datetime | None = None  # a certificate's not_before, as long as that lies ahead and matters
        self.flaw: str | None = None
        self.poison: str | None = None


class Within:
    """Whether a secret ends within a window. A window in seconds is one comparison with a limit."""

    __slots__ = ("_fallback", "_limit", "_now", "_window")

    def __init__(self, window: Window, now: datetime, fallback: Duration) -> None:
        self._window, self._now, self._fallback = window, now, fallback
        self._limit = window.after(now) if isinstance(window, Duration) and window.months == 0 else None

    def __call__(self, starts: datetime | None, end: datetime) -> bool:
        """Whether what lives from ``starts``, as far as that is known, to ``end`` does."""
        if self._limit is not None:
            return end <= self._limit
        return window_opens(self._window, start=starts, end=end, fallback=self._fallback) <= self._now


def last_of(lives: Sequence[Life]) -> Life:
    """The one that ends last, or one that never does."""
    last = lives[0]
    for life in lives[1:]:
        if last.end is None:
            break
        if life.end is None or life.end > last.end:
            last = life
    return last


def kind_text(kind: str) -> str:
    """What people call a secret of that kind."""
    return {SHARED: "shared secret", CERTIFICATE: "certificate", KEY: "key"}.get(kind, f"{kind} secret")


def locked_out(lives: Sequence[Life], now: datetime) -> Reason:
    """Why a principal that needs a secret has no usable one."""
    secret_id = None
    if not lives:
        text = "it needs a secret and has none"
    elif all(life.expired for life in lives):
        last = last_of(lives)
        assert last.end is not None  # it has expired
        text = f"no usable secret is left: the last one, {last.secret.id}, ended {moment(last.end, now)}"
        secret_id = last.secret.id
    elif opens := [life.opens for life in lives if life.opens is not None]:
        text = f"no usable secret: a certificate becomes valid {moment(min(opens), now)}"
    else:
        text = "no usable secret is left"
    return Reason("locked_out", text, secret_id)


def moment(end: datetime, now: datetime) -> str:
    """``in 5 days (2026-12-31T00:00:00Z)`` or ``3 hours ago (…)``: the largest whole unit."""
    seconds = abs(int((end - now).total_seconds()))
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            span = f"{count} {unit}{'' if count == 1 else 's'}"
            break
    else:
        span = "less than a minute"
    return f"{f'{span} ago' if end < now else f'in {span}'} ({instant_text(end)})"
