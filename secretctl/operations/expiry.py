"""Whether anything is about to expire, by coverage: when a principal loses its last valid credential of a kind.

A secret is valid up to and including its expiration; a certificate ends at the earlier of that and its own end. Old
secrets that a newer one of the same kind outlives are no reason to alarm anyone, and expired ones are history.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from secretctl.lifetimes import DEFAULT_CRITICAL, DEFAULT_WARN, usable_until
from secretctl.model import X509_CERTIFICATE
from secretctl.operations.life import Life, Reason, Within, kind_text, last_of, locked_out, moment
from secretctl.operations.targets import belongs
from secretctl.operations.validity import Validity, certificate_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from secretctl.lifetimes import Window
    from secretctl.model import Principal, Secret, Target
    from secretctl.settings import Settings

Level = Literal["ok", "warning", "critical", "disabled"]
Status = Literal["active", "expiring", "expired", "superseded", "invalid", "no_expiration"]
LEVELS: tuple[Level, ...] = ("ok", "warning", "critical", "disabled")
_PORTION = 1000
"""Principals that are written at a time."""
EXIT_STATUS: dict[Level, int] = {"ok": 0, "disabled": 0, "warning": 1, "critical": 2}


# Tuples, not dataclasses: a check of ten thousand clients makes thirty thousand of them, and each class of the other kind
# costs a whole millisecond at start-up.


class SecretStatus(NamedTuple):
    """One secret at the time of the check.

    ``expiration`` is when it really ends: a certificate's own end where that comes first; None is never. ``days_left``
    are whole days until then, rounded down: 0 is less than one day, below 0 is past. ``starts`` is when its lifetime
    began, where that is known: its ``created``, else a certificate's ``not_before``. ``flaw`` says why it is invalid.
    """

    id: str
    type: str
    status: Status
    description: str | None
    expiration: datetime | None
    created: datetime | None
    days_left: int | None
    starts: datetime | None = None
    flaw: str | None = None


class PrincipalStatus(NamedTuple):
    """One principal at the time of the check.

    ``covered_until`` is when its last usable secret ends. None is never, or that it has no usable one: ``covered`` is
    False then, the level is ``critical`` and ``reasons`` say so, unless it needs none. ``due`` are the kinds of secrets (``shared``,
    ``certificate``, ``JWK``, or a plug-in's type) that end soon or are all it had before it was locked out.
    """

    target: Target
    level: Level
    covered_until: datetime | None
    reasons: tuple[Reason, ...]
    secrets: tuple[SecretStatus, ...]
    covered: bool = True
    name: str | None = None
    owner: str | None = None
    due: tuple[str, ...] = ()


class CheckReport(NamedTuple):
    """What a check found, in the order of the registry. ``warn`` and ``critical`` are the windows it was asked for.

    ``registry`` is the name that the registry gives itself.
    """

    checked_at: datetime
    warn: Window
    critical: Window
    principals: tuple[PrincipalStatus, ...]
    registry: str | None = None

    @property
    def summary(self) -> dict[Level, int]:
        """How many of the principals have which level."""
        counts = dict.fromkeys(LEVELS, 0)
        for principal in self.principals:
            counts[principal.level] += 1
        return counts

    @property
    def level(self) -> Level:
        """The worst level; ``ok`` where there is nothing."""
        worst = max((EXIT_STATUS[principal.level] for principal in self.principals), default=0)
        return LEVELS[worst]

    @property
    def exit_status(self) -> int:
        """0 all ok, 1 the worst is a warning, 2 the worst is critical."""
        return EXIT_STATUS[self.level]

    def portions(self) -> Iterator[Sequence[PrincipalStatus]]:
        """The principals, some at a time, for documents that are too long to be held as a whole."""
        for start in range(0, len(self.principals), _PORTION):
            yield self.principals[start : start + _PORTION]

    def worst_first(self) -> list[PrincipalStatus]:
        """By level, then by who loses its last secret first; equals in the order of the registry."""
        return sorted(self.principals, key=_urgency)


class Expiry:
    """Judges principals at one time. ``warn`` and ``critical`` default to the policy's windows, then to 30 and 7 days."""

    def __init__(
        self, settings: Settings, *, now: datetime, warn: Window | None = None, critical: Window | None = None
    ) -> None:
        self.now = now
        self.warn = warn or settings.policy.warn or DEFAULT_WARN
        self.critical = critical or settings.policy.critical or DEFAULT_CRITICAL
        self.validity = Validity(settings)
        self._require_expiration = settings.policy.require_expiration
        self._in_warning = Within(self.warn, now, DEFAULT_WARN)
        self._in_critical = Within(self.critical, now, DEFAULT_CRITICAL)

    def judge(self, principal: Principal) -> PrincipalStatus:
        """The status of one principal and of each of its secrets, disabled or not."""
        lives = [self._life(secret) for secret in principal.secrets]
        self._mark_out_of_reach(lives)
        _count_successors(lives)
        usable: dict[str, list[Life]] = {}
        for life in lives:
            if life.usable:
                usable.setdefault(life.kind, []).append(life)
        level, reasons, due = self._level(principal, lives, usable)
        return PrincipalStatus(
            principal.target,
            level if principal.enabled else "disabled",
            usable_until([life.end for life in lives if life.usable]) if usable else None,
            tuple(reasons),
            tuple(self._status(life, usable) for life in lives),
            bool(usable),
            principal.label,
            principal.owner,
            tuple(due),
        )

    def _life(self, secret: Secret) -> Life:
        life = Life(secret)
        if secret.type == X509_CERTIFICATE:
            self._follow_certificate(life)
        if life.end is not None and life.end < self.now:
            life.expired = True
        else:
            life.flaw = self.validity.flaw(secret)
            life.usable = life.flaw is None and life.opens is None
        return life

    def _follow_certificate(self, life: Life) -> None:
        certificate = certificate_of(life.secret)
        if certificate is None:
            return
        life.end = certificate.not_after if life.end is None else min(life.end, certificate.not_after)
        life.starts = life.starts or certificate.not_before
        if self.validity.profile.certificate_dates and certificate.not_before > self.now:
            life.opens = certificate.not_before

    def _mark_out_of_reach(self, lives: list[Life]) -> None:
        profile = self.validity.profile
        if not profile.poisoned_by_invalid_value and profile.unparsable_key != "poison":
            return
        unexpired = [life for life in lives if not life.expired]
        for index, poison in self.validity.out_of_reach([life.secret for life in unexpired]).items():
            unexpired[index].poison = poison
            unexpired[index].usable = False

    def _status(self, life: Life, usable: dict[str, list[Life]]) -> SecretStatus:
        secret, end = life.secret, life.end
        status: Status
        if life.expired:
            status = "expired"
        elif life.flaw is not None:
            status = "invalid"
        elif end is None:
            status = "no_expiration"
        elif not self._soon(life.starts, end):
            status = "active"
        else:
            outlived = any(
                other.end is None or (other.end > end and not self._soon(other.starts, other.end))
                for other in usable.get(life.kind, ())
            )
            status = "superseded" if outlived else "expiring"
        days_left = None if end is None else (end - self.now).days
        return SecretStatus(
            secret.id, secret.type, status, secret.description, end, secret.created, days_left, life.starts, life.flaw
        )

    def _soon(self, starts: datetime | None, end: datetime) -> bool:
        return self._in_warning(starts, end) or self._in_critical(starts, end)

    def _level(
        self, principal: Principal, lives: list[Life], usable: dict[str, list[Life]]
    ) -> tuple[Level, list[Reason], list[str]]:
        level: Level = "ok"
        reasons: list[Reason] = []
        due: list[str] = []
        if not usable and (bool(lives) if principal.kind == "resource" else not principal.public):
            level = "critical"
            reasons.append(locked_out(lives, self.now))
            due = list(dict.fromkeys(life.kind for life in lives if life.poison is None and life.opens is None))
        for kind, living in usable.items():
            last = last_of(living)
            if last.end is None:
                continue
            code = "ends_soon"
            if self._in_critical(last.starts, last.end):
                level, code = "critical", "ends_critical"
            elif not self._in_warning(last.starts, last.end):
                continue
            elif level == "ok":
                level = "warning"
            due.append(kind)
            text = f"the last {kind_text(kind)}, {last.secret.id}, ends {moment(last.end, self.now)}"
            reasons.append(Reason(code, text, last.secret.id))
        remarks = list(self._remarks(lives))
        if remarks and level == "ok":
            level = "warning"
        return level, reasons + remarks, due

    def _remarks(self, lives: list[Life]) -> Iterator[Reason]:
        """What is a warning at any time: what never matches, what never ends though it must."""
        for life in lives:
            id = life.secret.id
            if life.expired:
                continue
            if life.flaw is not None:
                yield Reason("invalid", f"secret {id} is invalid: {life.flaw}", id)
            elif life.poison is not None:
                text = f"secret {id} is never reached: this server gives up at the invalid secret {life.poison}"
                yield Reason("out_of_reach", text, id)
            elif life.end is None and self._require_expiration:
                yield Reason("no_expiration", f"secret {id} has no expiration, and the policy requires one", id)


def check(
    principals: Iterable[Principal],
    settings: Settings,
    *,
    now: datetime,
    warn: Window | None = None,
    critical: Window | None = None,
    owner: str | None = None,
    tag: str | None = None,
    include_disabled: bool = False,
) -> CheckReport:
    """Whether any of the principals is about to lose its last valid credential of a kind, or has.

    ``owner`` and ``tag`` choose among them; both must fit where both are given. Disabled ones are left out, and where they
    are included they change no exit status.
    """
    expiry = Expiry(settings, now=now, warn=warn, critical=critical)
    judged = tuple(
        expiry.judge(principal)
        for principal in principals
        if (principal.enabled or include_disabled) and belongs(principal, owner=owner, tag=tag)
    )
    return CheckReport(now, expiry.warn, expiry.critical, judged, settings.name)


def _count_successors(lives: list[Life]) -> None:
    """A certificate that is not valid yet counts where another one of its kind lasts until it is."""
    for life in lives:
        opens = life.opens
        if opens is not None and life.flaw is None and life.poison is None and not life.expired:
            life.usable = any(
                other.usable and other.kind == life.kind and (other.end is None or other.end >= opens)
                for other in lives
            )


def _urgency(principal: PrincipalStatus) -> tuple[int, bool, float]:
    order = {"critical": 0, "warning": 1, "ok": 2, "disabled": 3}
    until = principal.covered_until
    if until is None:
        return order[principal.level], principal.level != "critical", 0.0
    return order[principal.level], False, until.timestamp()
