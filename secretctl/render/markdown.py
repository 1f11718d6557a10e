"""``check`` as GitHub Flavored Markdown: for merge requests, wikis and a job's summary."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secretctl.model import instant_text
from secretctl.render.check_words import left_text, summary_line, until_text
from secretctl.render.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secretctl.operations.expiry import CheckReport
    from secretctl.render import Page

_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
# Whatever starts something inside a line: code, emphasis, links, images, tables, mentions, references, emoji, formulas.
_MARKUP = re.compile(r"[\\`*_\[\]{}()<>&|~!#:@$]|(?<=www)\.")


def check(report: CheckReport, _page: Page) -> Iterator[str]:
    """A heading, how many principals have which level, and a table of them, worst first."""
    name = f" {escape(report.registry)}" if report.registry else ""
    lines = [
        f"## Secrets of{name or ' the registry'}",
        "",
        f"{summary_line(report)}, {instant_text(report.checked_at)}",
        "",
    ]
    principals = report.worst_first()
    if principals:
        lines += [
            "| Level | Target | Owner | Covered until | Left | Reasons |",
            "| --- | --- | --- | --- | ---: | --- |",
        ]
    for principal in principals:
        cells = (
            f"**{principal.level}**" if principal.level in {"critical", "warning"} else principal.level,
            escape(str(principal.target)),
            escape(principal.owner or ""),
            until_text(principal),
            left_text(principal, report.checked_at),
            "<br>".join(escape(reason.text) for reason in principal.reasons),
        )
        lines.append(f"| {' | '.join(cells)} |")
    yield "\n".join(lines).rstrip() + "\n"


def escape(text: str) -> str:
    """Foreign text as literal text of one line, in a table or out of it."""
    return _MARKUP.sub(lambda match: _ENTITIES.get(match[0]) or f"\\{match[0]}", visible(text))
