"""Principals and their secrets for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.model import Client, instant_text
from secretctl.render.table import Styled, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secretctl.operations.expiry import SecretStatus
    from secretctl.operations.principals import Judged
    from secretctl.render import Page
    from secretctl.render.table import Cell

_STYLES = {
    "ok": "green",
    "active": "green",
    "warning": "yellow",
    "expiring": "yellow",
    "critical": "bold red",
    "expired": "dim",
    "invalid": "bold red",
    "disabled": "dim",
    "superseded": "dim",
}


def principal_table(judged: Sequence[Judged], page: Page) -> str:
    """A line for each principal. On a terminal, columns that nobody fills are left to the others."""
    rows: list[list[Cell]] = []
    for one in judged:
        principal, status = one.principal, one.status
        rows.append(
            [
                principal.id,
                principal.label or "",
                _styled(status.level),
                _until(one)[: len("2026-12-31")],
                principal.owner or "",
                ", ".join(principal.tags),
                str(len(principal.secrets)),
            ]
        )
    headers: tuple[str, ...] = ("ID", "NAME", "LEVEL", "COVERED UNTIL", "OWNER", "TAGS", "SECRETS")
    if page.width is not None and rows:
        filled = [index for index, column in enumerate(zip(*rows, strict=True)) if any(column)]
        headers = tuple(headers[index] for index in filled)
        rows = [[row[index] for index in filled] for row in rows]
    return table(headers, rows, color=page.color, width=page.width) if rows else ""


def principal_text(judged: Judged, page: Page, *, values: bool = False) -> str:
    """All about one principal, then its secrets; their stored values only where asked for."""
    principal = judged.principal
    facts: list[tuple[str, Cell]] = [
        ("target", str(principal.target)),
        ("name", principal.label or ""),
        ("description", principal.description or ""),
        ("enabled", "yes" if principal.enabled else "no"),
        ("owner", principal.owner or ""),
        ("tags", ", ".join(principal.tags)),
        ("scopes", ", ".join(principal.scopes)),
    ]
    if isinstance(principal, Client):
        facts.append(("grant types", ", ".join(principal.grant_types)))
        facts.append(("needs a secret", "no" if principal.public else "yes"))
    facts.append(("level", _styled(judged.status.level)))
    facts.append(("covered until", _until(judged)))
    facts += [("", reason.text) for reason in judged.status.reasons]
    rows = [fact for fact in facts if fact[1]]
    text = table((), rows, color=page.color, width=page.width)
    if principal.secrets:
        text += "\n" + secret_table(judged.status.secrets, page)
    if values:
        lines = [(secret.id, secret.value) for secret in principal.secrets]
        text += "\n" + table(("ID", "STORED VALUE"), lines) if lines else ""  # to be copied
    return text


def secret_table(secrets: Sequence[SecretStatus], page: Page) -> str:
    """A line for each secret."""
    rows: list[list[Cell]] = [
        [
            secret.id,
            secret.type,
            _styled(secret.status),
            "never" if secret.expiration is None else instant_text(secret.expiration),
            "" if secret.days_left is None else str(secret.days_left),
            secret.description or "",
        ]
        for secret in secrets
    ]
    headers = ("ID", "TYPE", "STATUS", "EXPIRES", "DAYS", "DESCRIPTION")
    return table(headers, rows, color=page.color, width=page.width) if rows else ""


def _styled(word: str) -> Cell:
    return Styled(word, _STYLES[word]) if word in _STYLES else word


def _until(judged: Judged) -> str:
    until = judged.status.covered_until
    if until is not None:
        return instant_text(until)
    return "forever" if any(secret.status == "no_expiration" for secret in judged.status.secrets) else ""
