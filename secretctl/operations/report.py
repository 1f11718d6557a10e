"""The whole of a registry at a glance: what a report says of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from secretctl.operations.expiry import check

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from secretctl.model import Principal, Target
    from secretctl.operations.expiry import CheckReport, SecretStatus
    from secretctl.settings import Settings

_NEXT = 10


class End(NamedTuple):
    """A secret that ends, and whose it is."""

    target: Target
    secret: SecretStatus


@dataclass(frozen=True, slots=True)
class Summary:
    """A check of everything, disabled principals included, and what is counted of it.

    ``statuses`` and ``types`` say how many secrets have which; ``next_ends`` are the secrets that end next, soonest first.
    """

    check: CheckReport
    profile: str
    statuses: Mapping[str, int]
    types: Mapping[str, int]
    next_ends: Sequence[End]


def report(principals: Iterable[Principal], settings: Settings, *, now: datetime) -> Summary:
    """Everything that a report shows, by the windows of the policy."""
    checked = check(principals, settings, now=now, include_disabled=True)
    owned = [End(principal.target, secret) for principal in checked.principals for secret in principal.secrets]
    ahead = [
        (end.secret.expiration, index)
        for index, end in enumerate(owned)
        if end.secret.expiration is not None and end.secret.expiration >= now and end.secret.status != "invalid"
    ]
    return Summary(
        checked,
        settings.validation.profile,
        Counter(end.secret.status for end in owned),
        Counter(end.secret.type for end in owned),
        [owned[index] for _, index in sorted(ahead)[:_NEXT]],
    )
