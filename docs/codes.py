"""The table of error codes: every ``…Error("code", …)`` in the package, by the exit status of its class.

Codes that are computed are found where they are kept: ``code="…"`` of a malformed registry, ``Meaning(…Error, "code", …)``
of a database's errors, and ``…_unknown`` of what ``one_of`` looks for.
"""

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
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                for status, code in _raised(name, node):
                    found.setdefault(status, set()).add(code)
    return found


def _raised(name: str, call: ast.Call) -> list[tuple[int, str]]:
    """The codes in one call, each with its status."""
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    if name in CLASSES:
        return [(CLASSES[name], code) for code in _literals(call.args[:1])]
    if name == "Meaning":
        return [(CLASSES[getattr(call.args[0], "id", "")], code) for code in _literals(call.args[1:2])]
    if name == "MalformedError" and "code" in named:
        return [(errors.UnavailableError.status, code) for code in _literals([named["code"]])]
    if name == "one_of" and "what" in named:
        return [(errors.UsageError.status, f"{what}_unknown") for what in _literals([named["what"]])]
    return []


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
