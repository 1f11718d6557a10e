"""The table of error codes: every ``…Error("code", …)`` in the package, by the exit status of its class."""

from __future__ import annotations

import ast
from pathlib import Path

from secretctl import errors

PACKAGE = Path(__file__).parent.parent / "secretctl"
CLASSES = {
    name: class_.status
    for name, class_ in vars(errors).items()
    if isinstance(class_, type) and issubclass(class_, errors.SecretctlError)
}


def codes() -> dict[int, set[str]]:
    """Exit status to the codes that are raised with it."""
    found: dict[int, set[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CLASSES:
                for code in _literals(node.args[:1]):
                    found.setdefault(CLASSES[node.func.id], set()).add(code)
    return found


def table() -> str:
    """The table in Markdown."""
    names = {status: name for name, status in CLASSES.items()}
    rows = [
        f"| {status} | `{names[status]}` | {', '.join(f'`{code}`' for code in sorted(found))} |"
        for status, found in sorted(codes().items())
    ]
    return "\n".join(["| status | class | codes |", "|---|---|---|", *rows]) + "\n"


def _literals(arguments: list[ast.expr]) -> list[str]:
    """The strings that an argument can be: itself, or both ends of an ``x if … else y``."""
    found: list[str] = []
    for argument in arguments:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            found.append(argument.value)
        elif isinstance(argument, ast.IfExp):
            found += _literals([argument.body, argument.orelse])
    return found
