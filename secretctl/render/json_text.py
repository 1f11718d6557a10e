"""JSON for programs: nothing in it is ever live in a terminal or in a job's log; one line, indented on a terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from secretctl.model import instant_or_none, instant_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from secretctl.operations.expiry import CheckReport, PrincipalStatus, SecretStatus
    from secretctl.operations.lint import Finding
    from secretctl.render import Page


def check(report: CheckReport, page: Page) -> Iterator[str]:
    """The report as one object."""
    head = {
        "checked_at": instant_text(report.checked_at),
        "warn": str(report.warn),
        "critical": str(report.critical),
        "summary": report.summary,
    }
    if page.width is not None:
        yield document(head | {"principals": list(map(principal_object, report.principals))}, indented=True)
        return
    yield f'{json.dumps(head)[:-1]}, "principals": ['
    between = ""
    for portion in report.portions():
        yield between + document(list(map(principal_object, portion)))[1:-2]
        between = ", "
    yield "]}\n"


def lint(findings: Sequence[Finding], page: Page) -> str:
    """The findings as an array."""
    return document([finding_object(finding) for finding in findings], indented=page.width is not None)


def document(value: object, *, indented: bool = False) -> str:
    """Any value as JSON with a line end: ASCII, and without what starts a command in the log of a CI job (``##vso[``)."""
    return json.dumps(value, indent=2 if indented else None).replace("##", "#\\u0023") + "\n"


def principal_object(principal: PrincipalStatus) -> dict[str, Any]:
    """One principal of ``check --json``."""
    return {
        "target": str(principal.target),
        "level": principal.level,
        "covered_until": instant_or_none(principal.covered_until),
        "reasons": [reason.text for reason in principal.reasons],
        "secrets": [secret_object(secret) for secret in principal.secrets],
    }


def secret_object(secret: SecretStatus) -> dict[str, Any]:
    """One secret of ``check --json`` and ``secret list --json``; ``expiration`` is when it really ends."""
    return {
        "id": secret.id,
        "type": secret.type,
        "status": secret.status,
        "description": secret.description,
        "expiration": instant_or_none(secret.expiration),
        "created": instant_or_none(secret.created),
        "days_left": secret.days_left,
    }


def finding_object(finding: Finding) -> dict[str, Any]:
    """One finding of ``lint --json``."""
    return {
        "rule": finding.rule,
        "level": finding.level,
        "target": None if finding.target is None else str(finding.target),
        "secret_id": finding.secret_id,
        "line": finding.line,
        "message": finding.message,
        "hint": finding.hint,
    }
