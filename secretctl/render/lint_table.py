"""``lint`` for people: worst first, each finding with what mends it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from secretctl.render.problems import LEVELS
from secretctl.render.table import table
from secretctl.render.text import painted, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secretctl.operations.lint import Finding
    from secretctl.render import Page

_COLORS = {"error": "1;31", "warning": "33", "note": "2"}


def lint(findings: Sequence[Finding], page: Page) -> str:
    """The findings, worst first, in the order of the file, and how many there are."""
    ordered = sorted(findings, key=lambda finding: LEVELS.index(finding.level))
    if page.width is None:
        rows = [_row(finding, page) for finding in ordered]
        text = table(["LEVEL", "RULE", "WHERE", "TARGET", "MESSAGE"], rows) + _remedies(ordered) if rows else ""
    else:
        text = "".join(_paragraph(finding, page) for finding in ordered)
    return text + _summary(findings)


def _row(finding: Finding, page: Page) -> list[str]:
    subject = "" if finding.target is None else str(finding.target)
    where = page.registry if finding.line is None else f"{page.registry}:{finding.line}"
    about = f"{subject}#{finding.secret_id}" if finding.secret_id else subject
    return [finding.level, finding.rule, where, about, finding.message]


def _remedies(findings: Sequence[Finding]) -> str:
    """A line for each rule: its findings' hint if they have one in common, else what the rule says for all."""
    from secretctl.operations.lint import RULES

    hints: dict[str, set[str]] = {}
    for finding in findings:
        hints.setdefault(finding.rule, set()).add(finding.hint)
    said = {rule: own.pop() if len(own) == 1 else RULES[rule].hint for rule, own in hints.items()}
    return "".join(f"hint: {rule}: {visible(hint)}\n" for rule, hint in said.items())


def _paragraph(finding: Finding, page: Page) -> str:
    from textwrap import fill

    level, rule, where, about, message = _row(finding, page)
    head = painted(level, _COLORS[level], color=page.color)
    width = max(page.width or 0, 40)
    text, hint = (
        fill(visible(part), width, initial_indent="  ", subsequent_indent="  ")
        for part in (message, f"hint: {finding.hint}")
    )
    return f"{head}  {rule}  {visible(about or where)}{f'  ({visible(where)})' if about else ''}\n{text}\n{hint}\n\n"


def _summary(findings: Sequence[Finding]) -> str:
    counts: Counter[str] = Counter(finding.level for finding in findings)
    parts = [f"{counts[level]} {level}{'' if counts[level] == 1 else 's'}" for level in LEVELS if counts[level]]
    return f"{', '.join(parts) or 'nothing found'}\n"
