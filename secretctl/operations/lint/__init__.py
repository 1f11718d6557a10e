"""Static defects of a registry: each rule a small function with a stable id, in a table.

A secret that has expired harms nobody and is not looked at, except for private keys, which are a leak at any age.
Levels: an ``error`` stops a server, locks a principal out or discloses a secret; a ``warning`` never works, or is weaker or
shorter-lived than it looks; a ``note`` is worth knowing and leaves the exit status alone. No message quotes a value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secretctl.lifetimes import is_expired
from secretctl.operations.lint.finding import RULES, Context, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from secretctl.model import Principal, Secret, Target
    from secretctl.operations.lint.finding import Found, Level
    from secretctl.stores import Store

__all__ = ["RULES", "Finding", "exit_status", "lint"]


def lint(store: Store, *, now: datetime, principals: Iterable[Principal] | None = None) -> list[Finding]:
    """All findings of a registry, in the order of its lines. ``principals`` may stand for ``store.principals()``."""
    from secretctl.operations.lint.registry import Registry

    context = Context(store.settings(), now)
    registry = Registry(context)
    found = [
        Finding(
            note.rule,
            RULES[note.rule].level,
            note.target,
            note.secret_id,
            note.line,
            note.message,
            _filled(RULES[note.rule].hint, note.target, note.secret_id),
        )
        for note in store.notes()
    ]
    found += _of_validation(context)
    drafts: list[tuple[str, Principal, Secret | None, Found]] = []
    for principal in store.principals() if principals is None else principals:
        registry.add(principal)
        drafts += _of_principal(principal, context)
    drafts += registry.findings()
    lines = store.lines() if drafts else {}
    for rule, principal, secret, draft in drafts:
        target, secret_id = principal.target, secret.id if secret else None
        line = lines.get((target, secret_id)) or lines.get((target, None))
        level = draft.level or RULES[rule].level
        hint = _filled(draft.hint or RULES[rule].hint, target, secret_id)
        found.append(Finding(rule, level, target, secret_id, line, draft.message, hint))
    return sorted(found, key=lambda finding: finding.line or 0)


def exit_status(findings: Sequence[Finding]) -> int:
    """0 nothing or notes only, 1 warnings, 2 errors."""
    levels: set[Level] = {finding.level for finding in findings}
    return 2 if "error" in levels else 1 if "warning" in levels else 0


def _of_validation(context: Context) -> Iterator[Finding]:
    from secretctl.plugins import unknown_plugins

    rule, validation = "plugin-unknown", context.settings.validation
    unknown = [f"there is no parser {name!a}" for name in unknown_plugins(validation.parsers, "parser")]
    unknown += [f"there is no validator {name!a}" for name in unknown_plugins(validation.validators, "validator")]
    for message in unknown:
        yield Finding(rule, RULES[rule].level, None, None, None, message, RULES[rule].hint)


def _of_principal(principal: Principal, context: Context) -> Iterator[tuple[str, Principal, Secret | None, Found]]:
    from secretctl.operations.lint.principals import PRINCIPAL_RULES
    from secretctl.operations.lint.secrets import AT_ANY_AGE, SECRET_RULES

    for rule, look in PRINCIPAL_RULES.items():
        for about, draft in look(principal, context):
            yield rule, principal, about, draft
    for secret in principal.secrets:
        expired = is_expired(secret.expiration, context.now)
        for rule, judge in SECRET_RULES.items():
            found = None if expired and rule not in AT_ANY_AGE else judge(secret, context)
            if found is not None:
                yield rule, principal, secret, found


def _filled(hint: str, target: Target | None, secret_id: str | None) -> str:
    """The hint with what it is about in place of TARGET and SID, quoted: people copy it into a shell."""
    from shlex import quote

    said = {"TARGET": target, "KIND": target and target.kind, "ID": target and target.id, "SID": secret_id}
    return re.sub(
        r"\b(TARGET|KIND|ID|SID)\b", lambda word: word[0] if said[word[0]] is None else quote(str(said[word[0]])), hint
    )
