"""``check`` as CSV (RFC 4180): one line a secret, for spreadsheets and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.model import instant_or_none
from secretctl.render.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from secretctl.operations.expiry import CheckReport, PrincipalStatus
    from secretctl.render import Page

HEADER = (
    "target",
    "kind",
    "id",
    "name",
    "owner",
    "level",
    "covered_until",
    "reasons",
    "secret_id",
    "type",
    "status",
    "description",
    "expiration",
    "created",
    "days_left",
)
_RUN = ("=", "+", "-", "@", "\t", "\r")


def check(report: CheckReport, _page: Page) -> Iterator[str]:
    """One line a secret, and one for a principal without any; in the order of the registry."""
    yield _lines([HEADER])
    for portion in report.portions():
        yield _lines(row for principal in portion for row in _rows(principal))


def _lines(rows: Iterable[tuple[str | int, ...]]) -> str:
    from csv import writer
    from io import StringIO

    target = StringIO(newline="")
    writer(target).writerows(rows)
    return target.getvalue()


def _rows(principal: PrincipalStatus) -> Iterator[tuple[str | int, ...]]:
    start = (
        *map(inert, (str(principal.target), *principal.target, principal.name, principal.owner)),
        principal.level,
        instant_or_none(principal.covered_until) or "",
        inert("; ".join(map(str, principal.reasons))),
    )
    for secret in principal.secrets:
        days = "" if secret.days_left is None else secret.days_left
        dates = (instant_or_none(secret.expiration) or "", instant_or_none(secret.created) or "", days)
        yield (*start, *map(inert, (secret.id, secret.type, secret.status, secret.description)), *dates)
    if not principal.secrets:
        yield (*start, *[""] * (len(HEADER) - len(start)))


def inert(text: str | None) -> str:
    """A cell that no spreadsheet runs (OWASP, CSV injection): what looks like a formula gets a leading apostrophe.

    Line ends and tabs stay, in quotes; other control and format characters are shown. Numbers of our own are no text.
    """
    shown = visible(text or "", keep="\t\r\n")
    return f"'{shown}" if shown.startswith(_RUN) else shown
