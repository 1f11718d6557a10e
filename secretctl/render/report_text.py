"""``report`` without a file: the summary as text, or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.model import instant_text
from secretctl.render import json_text
from secretctl.render.check_words import summary_line
from secretctl.render.table import table
from secretctl.render.text import defused, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secretctl.operations.report import Summary
    from secretctl.render import Page


def text(summary: Summary, page: Page) -> str:
    """What there is, how it stands, and what ends next."""
    checked = summary.check
    facts = [
        ("Registry", checked.registry or page.registry),
        ("Checked at", instant_text(checked.checked_at)),
        ("Profile", summary.profile),
        ("Principals", summary_line(checked) if checked.principals else "none"),
        ("Secrets", _counts(summary.statuses)),
        ("Types", _counts(summary.types)),
    ]
    lines = [defused(f"{name + ':':<12}{visible(value)}\n") for name, value in facts]
    if summary.next_ends:
        rows = [
            (str(target), secret.id, secret.status, str(secret.expiration)[:10], f"{secret.days_left}d")
            for target, secret in summary.next_ends
        ]
        ends = table(["TARGET", "SECRET", "STATUS", "ENDS", "LEFT"], rows, color=page.color, width=page.width)
        lines += ["\nNext to end:\n", ends]
    return "".join(lines)


def json(summary: Summary, page: Page) -> str:
    """The same as one object."""
    checked = summary.check
    body = {
        "registry": checked.registry,
        "checked_at": instant_text(checked.checked_at),
        "profile": summary.profile,
        "warn": str(checked.warn),
        "critical": str(checked.critical),
        "summary": checked.summary,
        "statuses": dict(summary.statuses),
        "types": dict(summary.types),
        "next_ends": [
            {"target": str(target), **json_text.secret_object(secret)} for target, secret in summary.next_ends
        ],
    }
    return json_text.document(body, indented=page.width is not None)


def _counts(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counted.items()) or "none"
