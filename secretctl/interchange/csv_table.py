"""``csv``: a row for each secret, for spreadsheets. Export only."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING
from unicodedata import category

from secretctl.interchange import Exported, Loss
from secretctl.lifetimes import is_expired
from secretctl.model import Client, instant_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from secretctl.model import Principal, Secret

COLUMNS = (
    "target",
    "kind",
    "id",
    "name",
    "principal_description",
    "enabled",
    "require_secret",
    "owner",
    "tags",
    "grant_types",
    "scopes",
    "secret_id",
    "type",
    "description",
    "created",
    "expiration",
    "expired",
)
NO_VALUES = "stored values are left out of spreadsheets"

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""OWASP, CSV Injection: a cell that begins so is run by the spreadsheet that opens it."""
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_KEPT = frozenset("\t\r\n")


def dump(principals: Iterable[Principal], *, now: datetime) -> Exported:
    """A head and a row for each secret, and one for each principal without any; lists joined by blanks."""
    losses = []
    out = io.StringIO()
    writer = csv.writer(out)  # with CRLF, RFC 4180: only so are cells quoted that hold a CR
    writer.writerow(COLUMNS)
    for principal in principals:
        for secret in principal.secrets or (None,):
            row = (*_principal_cells(principal), *_secret_cells(secret, now))
            writer.writerow([inert(cell) for cell in row])
            if secret is not None:
                losses.append(Loss(str(principal.target), "value", NO_VALUES, secret.id))
    return Exported(out.getvalue(), tuple(losses))


def _principal_cells(principal: Principal) -> tuple[str, ...]:
    client = principal if isinstance(principal, Client) else None
    return (
        str(principal.target),
        principal.kind,
        principal.id,
        principal.label or "",
        principal.description or "",
        _flag(principal.enabled),
        "" if client is None else _flag(client.require_secret),
        principal.owner or "",
        " ".join(principal.tags),
        "" if client is None else " ".join(client.grant_types),
        " ".join(principal.scopes),
    )


def _secret_cells(secret: Secret | None, now: datetime) -> tuple[str, ...]:
    if secret is None:
        return ("",) * 6
    return (
        secret.id,
        secret.type,
        secret.description or "",
        "" if secret.created is None else instant_text(secret.created),
        "" if secret.expiration is None else instant_text(secret.expiration),
        _flag(is_expired(secret.expiration, now)),
    )


def _flag(value: bool) -> str:
    return "true" if value else "false"


def inert(cell: str) -> str:
    """The cell without anything that a terminal or a spreadsheet obeys.

    A leading ``'`` goes before what looks like a formula; control and format characters are shown, but for tabs and line
    ends, which belong to the text and stand in quotes.
    """
    shown = cell if cell.isprintable() else "".join(map(_shown, cell))
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def _shown(character: str) -> str:
    hidden = category(character) in _HIDDEN and character not in _KEPT
    return character.encode("unicode_escape").decode("ascii") if hidden else character
