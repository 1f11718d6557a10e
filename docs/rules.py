"""The table of lint's rules, from the rules themselves."""

from __future__ import annotations

from secretctl.operations.lint import RULES


def rules() -> str:
    """The table in Markdown."""
    rows = [f"| `{name}` | {rule.level} | {rule.summary} | {rule.hint} |" for name, rule in RULES.items()]
    return "\n".join(["| rule | level | what it is about | how to mend it |", "|---|---|---|---|", *rows]) + "\n"
