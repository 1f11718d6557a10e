"""``report --html``: one self-contained page; the template draws, here is what it draws.

The page runs nothing and loads nothing (its own content security policy says so); every text in it is escaped by Jinja
and made visible before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from secretctl.model import instant_text
from secretctl.render.check_words import left_text, until_text
from secretctl.render.text import visible
from secretctl.render.time_axis import Axis

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from secretctl.operations.expiry import PrincipalStatus, SecretStatus
    from secretctl.operations.report import Summary
    from secretctl.render import Page

_STATUS_TEXTS = {"no_expiration": "no expiration"}
_STATUS_ORDER = ("active", "expiring", "superseded", "no_expiration", "invalid", "expired")


def report_page(summary: Summary, page: Page) -> str:
    """The page. The same summary gives the same bytes."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("secretctl.render"),
        autoescape=True,
        finalize=_finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("report.html.jinja").render(_view(summary, page))


def _finalize(value: object) -> object:
    """Whatever the template prints: plain text is made visible; markup that Jinja made itself is left alone."""
    return visible(value) if type(value) is str else value


def _view(summary: Summary, page: Page) -> dict[str, Any]:
    report = summary.check
    lives, ahead = Axis(report, past=0.25), Axis(report, past=0.02)
    principals = [_principal(principal, lives, ahead) for principal in report.worst_first()]
    return {
        "name": report.registry or page.registry,
        "checked_at": _moment(report.checked_at),
        "profile": summary.profile,
        "warn": str(report.warn),
        "critical": str(report.critical),
        "levels": [(level, report.summary[level]) for level in ("critical", "warning", "ok", "disabled")],
        "statuses": [(_STATUS_TEXTS.get(s, s), s, summary.statuses[s]) for s in _STATUS_ORDER if s in summary.statuses],
        "principals": principals,
        "troubled": [principal for principal in principals if principal["level"] in {"critical", "warning"}],
        "lives": lives,
        "ahead": ahead,
    }


def _principal(principal: PrincipalStatus, lives: Axis, ahead: Axis) -> dict[str, Any]:
    target = str(principal.target)
    return {
        "target": target,
        "anchor": quote(target, errors="backslashreplace"),
        "level": principal.level,
        "name": principal.name,
        "owner": principal.owner,
        "reasons": [reason.text for reason in principal.reasons],
        "until": until_text(principal),
        "covered": _covered(principal),
        "left": left_text(principal, ahead.now),
        "bar": ahead.coverage(principal),
        "ticks": list(_ticks(principal.secrets, ahead)),
        "secrets": [_secret(secret, lives) for secret in principal.secrets],
    }


def _covered(principal: PrincipalStatus) -> str:
    if principal.covered_until is not None:
        return f"covered until {until_text(principal)}"
    return "covered for good" if principal.covered else "no usable secret"


def _ticks(secrets: Iterable[SecretStatus], axis: Axis) -> Iterable[float]:
    """Where on a principal's line its secrets end."""
    for secret in secrets:
        end = secret.expiration
        if end is not None and end >= axis.now and secret.status != "invalid" and (at := axis.at(end)) < axis.WIDTH:
            yield at


def _secret(secret: SecretStatus, axis: Axis) -> dict[str, Any]:
    return {
        "id": secret.id,
        "type": secret.type,
        "status": secret.status,
        "status_text": _STATUS_TEXTS.get(secret.status, secret.status),
        "description": secret.description,
        "flaw": secret.flaw,
        "starts": None if secret.starts is None else _moment(secret.starts),
        "ends": None if secret.expiration is None else _moment(secret.expiration),
        "left": _left(secret.expiration, axis.now),
        "bar": axis.life(secret.starts, secret.expiration),
    }


def _moment(instant: datetime) -> dict[str, str]:
    """A day for people, and the instant in full for machines and tooltips."""
    full = instant_text(instant)
    return {"day": full[:10], "full": full}


def _left(ends: datetime | None, now: datetime) -> str:
    """How long it still lives, or how long ago it ended, in whole days."""
    if ends is None:
        return "never ends"
    days = abs(ends - now).days
    span = "less than a day" if days == 0 else f"{days} day{'' if days == 1 else 's'}"
    return f"ended {span} ago" if ends < now else f"{span} left"
