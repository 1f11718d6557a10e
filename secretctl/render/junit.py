"""``check`` and ``lint`` as JUnit XML, which every CI system shows: one test case a principal or finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.model import instant_text
from secretctl.render.xml_text import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from secretctl.operations.expiry import CheckReport
    from secretctl.operations.lint import Finding
    from secretctl.render import Page


def check(report: CheckReport, _page: Page) -> Iterator[str]:
    """Principals in the order of the registry: warnings and worse are failures, disabled ones are skipped."""
    cases = []
    for principal in report.principals:
        body = ""
        if principal.level == "disabled":
            body = '<skipped message="disabled"/>'
        elif principal.level != "ok":
            body = _failure(principal.level, [reason.text for reason in principal.reasons])
        cases.append(_case("secretctl.check", str(principal.target), body))
    yield _suite("secretctl check", cases, f' timestamp="{instant_text(report.checked_at)}"')


def lint(findings: Sequence[Finding], page: Page) -> str:
    """Findings: errors and warnings are failures, notes are none; without any, one case that passes."""
    cases = []
    for finding in findings:
        place = page.registry if finding.line is None else f"{page.registry}:{finding.line}"
        lines = [finding.message, *([finding.hint] if finding.hint else []), place]
        name = " ".join(filter(None, [finding.rule, str(finding.target or page.registry), finding.secret_id]))
        text = "\n".join(map(escape, lines))
        body = f"<system-out>{text}</system-out>" if finding.level == "note" else _failure(finding.level, lines)
        cases.append(_case(f"secretctl.lint.{finding.rule}", name, body))
    return _suite("secretctl lint", cases or [_case("secretctl.lint", page.registry, "")])


def _failure(level: str, lines: list[str]) -> str:
    shown = [escape(line) for line in lines]
    return f'<failure type="{level}" message="{shown[0]}">{"&#10;".join(shown)}</failure>'


def _case(group: str, name: str, body: str) -> str:
    start = f'    <testcase classname="{escape(group)}" name="{escape(name)}" time="0"'
    return f"{start}>{body}</testcase>\n" if body else f"{start}/>\n"


def _suite(name: str, cases: list[str], more: str = "") -> str:
    failures, skipped = (sum(f"<{kind} " in case for case in cases) for kind in ("failure", "skipped"))
    counts = f'name="{name}" tests="{len(cases)}" failures="{failures}" errors="0"'
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites {counts} time="0">\n'
        f'  <testsuite {counts} skipped="{skipped}" time="0"{more}>\n'
        f"{''.join(cases)}"
        "  </testsuite>\n</testsuites>\n"
    )
