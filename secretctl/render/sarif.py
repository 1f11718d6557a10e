"""``check`` and ``lint`` as SARIF 2.1.0 (OASIS), which code scanning shows at the line of the secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secretctl.render import problems
from secretctl.render.json_text import document
from secretctl.render.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from secretctl.operations.expiry import CheckReport
    from secretctl.operations.lint import Finding
    from secretctl.render import Page
    from secretctl.render.problems import Problem

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def check(report: CheckReport, page: Page) -> Iterator[str]:
    """A result for each reason that a principal is not ok for."""
    yield _log(problems.of_check(report, page), dict(problems.CHECK_RULES.values()), page)


def lint(findings: Sequence[Finding], page: Page) -> str:
    """A result for each finding."""
    from secretctl.operations.lint import RULES

    return _log(problems.of_lint(findings), {name: rule.summary for name, rule in RULES.items()}, page)


def _log(found: Iterable[Problem], rules: Mapping[str, str], page: Page) -> str:
    from urllib.parse import quote

    from secretctl import __version__

    order = {rule: index for index, rule in enumerate(rules)}
    driver = {
        "name": "secretctl",
        "version": __version__,
        "rules": [{"id": rule, "shortDescription": {"text": text}} for rule, text in rules.items()],
    }
    uri = quote(page.registry)
    results = [_result(problem, order[problem.rule], uri) for problem in found]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return document({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indented=True)


def _result(problem: Problem, rule_index: int, uri: str) -> dict[str, Any]:
    text = visible(problem.message) + (f"\n{visible(problem.hint)}" if problem.hint else "")
    place: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if problem.line is not None:
        place["region"] = {"startLine": problem.line}
    location: dict[str, Any] = {"physicalLocation": place}
    subject = problem.subject
    if subject is not None:
        location["logicalLocations"] = [{"fullyQualifiedName": visible(subject), "kind": "member"}]
    return {
        "ruleId": problem.rule,
        "ruleIndex": rule_index,
        "level": problem.level,
        "message": {"text": text},
        "locations": [location],
        # The same however lines move: an alert is closed and reopened by what it is about.
        "partialFingerprints": {"secretctl/v1": visible(f"{problem.rule} {subject or ''}").strip()},
    }
