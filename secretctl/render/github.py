"""``check`` and ``lint`` as annotations of a GitHub Actions job (workflow commands)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from secretctl.render import problems
from secretctl.render.check_words import summary_line
from secretctl.render.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from secretctl.operations.expiry import CheckReport
    from secretctl.operations.lint import Finding
    from secretctl.render import Page
    from secretctl.render.problems import Problem

ANNOTATIONS = 10
"""As many of a kind does GitHub show of one step; the rest is rolled up."""
_LONGEST = 4_000
"""Characters of a message: the runner cuts it at 4,096 (ExecutionContext.cs)."""

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def check(report: CheckReport, page: Page) -> Iterator[str]:
    """An annotation for each reason, worst first, at the line of the secret."""
    yield _annotations(problems.of_check(report, page), page) or f"secretctl check: {summary_line(report)}\n"


def lint(findings: Sequence[Finding], page: Page) -> str:
    """An annotation for each finding, worst first."""
    return _annotations(problems.of_lint(findings), page) or "secretctl lint: nothing found\n"


def _annotations(found: Iterable[Problem], page: Page) -> str:
    ordered = sorted(found, key=lambda problem: problems.LEVELS.index(problem.level))
    lines = [_annotation(problem, page) for problem in ordered[:ANNOTATIONS]]
    rest = ordered[ANNOTATIONS:]
    if rest:
        lines.append(f"::notice title=secretctl::{_data(_rolled_up(rest))}")
    return "".join(f"{line}\n" for line in lines)


def _rolled_up(rest: Sequence[Problem]) -> str:
    """How many more there are, and what they are, as far as one annotation goes."""
    counts = Counter(problem.level for problem in rest)
    parts = ", ".join(f"{count} {level}{'' if count == 1 else 's'}" for level, count in counts.items())
    text = f"and {len(rest)} more: {parts}; without --format github all are shown"
    for problem in rest:
        line = f"\n{problem.level}: {visible(problem.message)}"
        if len(text) + len(line) > _LONGEST:
            return f"{text}\n…"
        text += line
    return text


def _annotation(problem: Problem, page: Page) -> str:
    properties = {"title": f"secretctl {problem.rule}"}
    if "://" not in page.registry:  # a database has no place in the tree
        properties = {"file": page.registry, "line": str(problem.line or 1), **properties}
    pairs = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    message = problem.message if problem.hint is None else f"{problem.message} ({problem.hint})"
    return f"::{_COMMANDS[problem.level]} {pairs}::{_data(message)}"


def _data(text: str) -> str:
    """As ``escapeData`` of @actions/core."""
    return visible(text, keep="\r\n").replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """As ``escapeProperty`` of @actions/core."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
