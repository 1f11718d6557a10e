"""What a code review shows beside a file: a rule, a level, a line, a sentence; made of a check or of lint's findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from secretctl.model import Target
    from secretctl.operations.expiry import CheckReport
    from secretctl.operations.lint import Finding
    from secretctl.render import Page

LEVELS = ("error", "warning", "note")
"""Of a problem or finding, worst first."""
CHECK_RULES = {
    "locked_out": ("locked-out", "A client or resource needs a secret and has no usable one."),
    "ends_critical": ("ends-critical", "The last secret of a kind that is in use ends within the critical window."),
    "ends_soon": ("ends-soon", "The last secret of a kind that is in use ends within the warning window."),
    "invalid": ("secret-invalid", "No validator could ever match the secret."),
    "out_of_reach": ("secret-out-of-reach", "The server gives up at another secret and never reaches this one."),
    "no_expiration": ("expiration-missing", "The policy requires an expiration and the secret has none."),
}
"""A reason's code to the rule's id and what it says."""


class Problem(NamedTuple):
    """One thing to look at. ``line`` counts from 1; None where the source has no lines."""

    rule: str
    level: Literal["error", "warning", "note"]
    target: Target | None
    secret_id: str | None
    line: int | None
    message: str
    hint: str | None = None

    @property
    def subject(self) -> str | None:
        """The target, with the secret where it is about one: ``client/web#7f3a91c2``."""
        if self.target is None:
            return None
        return f"{self.target}#{self.secret_id}" if self.secret_id else str(self.target)


def of_check(report: CheckReport, page: Page) -> Iterator[Problem]:
    """A problem for each reason, worst principals first; disabled principals have none."""
    lines = page.lines()
    for principal in report.worst_first():
        if principal.level == "disabled":
            continue
        target = principal.target
        for reason in principal.reasons:
            line = lines.get((target, reason.secret_id)) or lines.get((target, None))
            level: Literal["error", "warning"] = "error" if reason.critical else "warning"
            yield Problem(
                CHECK_RULES[reason.code][0], level, target, reason.secret_id, line, f"{target}: {reason.text}"
            )


def of_lint(findings: Sequence[Finding]) -> Iterator[Problem]:
    """A problem for each finding."""
    for finding in findings:
        message = finding.message if finding.target is None else f"{finding.target}: {finding.message}"
        yield Problem(
            finding.rule, finding.level, finding.target, finding.secret_id, finding.line, message, finding.hint
        )
