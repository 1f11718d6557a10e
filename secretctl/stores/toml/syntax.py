"""What is wrong with a text that is no TOML, in words that quote nothing of it but bare names: what has quotes could be a secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tomli import TOMLDecodeError

_QUOTED = re.compile(r" ?(?:'[^']{2,}'|\"[^\"]{2,}\"|\(.*\))")
_REPEATED = ("Cannot declare", "Cannot overwrite a value")
_HEADER = re.compile(r"[ \t]*(\[[^#]*\])")
_KEY = re.compile(r"[ \t]*([\w.-]+)[ \t]*=")
_SEVERAL_LINES = re.compile(r"\"{3}|'{3}")


def problem(error: TOMLDecodeError) -> str:
    """What the parser says, and of a key or table that stands twice its name and where the other one is."""
    said = _QUOTED.sub("", error.msg)
    said = said[:1].lower() + said[1:]
    name, other = _repeated(error) if error.msg.startswith(_REPEATED) else ("", None)
    shown = "" if re.search("['\"]", name) else name
    if other is not None:
        return f"{shown or 'this table'} stands on line {other} already"
    return f"{said}: {shown}" if shown else said


def _repeated(error: TOMLDecodeError) -> tuple[str, int | None]:
    """The name on the line of the error, as far as it has one, and the line that has the same."""
    *before, line = (text.rstrip("\r") for text in error.doc.split("\n")[: error.lineno])
    name = _name(line)
    for number in range(len(before), 0, -1):
        found = _name(before[number - 1]) if name else ""
        if found == name:
            return name, number if name else None
        if found.startswith("[") and not name.startswith("["):
            break  # keys of another table
    return name, None


def _name(line: str) -> str:
    """The table or key that a line begins with; none where the line may be a part of a text."""
    if _SEVERAL_LINES.search(line):
        return ""
    found = _HEADER.match(line) or _KEY.match(line)
    return found[1] if found else ""
