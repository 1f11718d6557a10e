"""New TOML text: values on one line, tables under their headers.

Strings, keys and numbers are tomli-w's. Tables, arrays and date-times are laid out as people write registries: an
array on one line, an instant as RFC 3339.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import tomli_w

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Control, format, bidirectional and separator characters, noncharacters included. In a basic string they may be
# written as they are, but then a reviewer sees another text than the parser does.
_INVISIBLE = re.compile(
    "[\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff0-\uffff\U000e0000-\U000e007f]"
)

# Most texts: tomli-w writes them as they are, between quotes.
_PLAIN = re.compile(r"[ !#-\[\]-~]*")
# JSON Web Keys, mostly.
_READS_BETTER_LITERAL = re.compile(r"""(?=.*["\\])[ !-&(-~]+""")


def literal(value: object) -> str:
    """A value on one line, tables inline."""
    if isinstance(value, dict):
        inside = ", ".join(f"{key_text(key)} = {literal(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, datetime):
        return re.sub(r"\+00:00$", "Z", value.isoformat())
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return f'"{value}"'
    if isinstance(value, str) and _READS_BETTER_LITERAL.fullmatch(value):
        return f"'{value}'"
    return _INVISIBLE.sub(_escaped, tomli_w.dumps({"v": value})[len("v = ") : -1])


@lru_cache(maxsize=1024)
def key_text(name: str) -> str:
    """A key, quoted where it must be."""
    return _INVISIBLE.sub(_escaped, tomli_w.dumps({name: 0})[: -len(" = 0\n")])


def dotted(names: Iterable[str]) -> str:
    """A dotted key."""
    return ".".join(map(key_text, names))


def statement(names: Iterable[str], value: object, *, newline: str, indent: str = "") -> str:
    """``key = value`` as a line."""
    return f"{indent}{dotted(names)} = {literal(value)}{newline}"


def block(
    path: tuple[str, ...], table: Mapping[str, Any], *, newline: str, gap: str, array: bool = False, indent: str = ""
) -> str:
    """A table under its header, then its arrays of tables under theirs, with a ``gap`` before each."""
    header = f"[[{dotted(path)}]]" if array else f"[{dotted(path)}]"
    arrays = {key: value for key, value in table.items() if is_tables(value)}
    parts = [f"{indent}{header}{newline}"]
    parts += [
        statement((key,), value, newline=newline, indent=indent) for key, value in table.items() if key not in arrays
    ]
    for key, rows in arrays.items():
        parts += [gap + block((*path, key), row, newline=newline, gap=gap, array=True, indent=indent) for row in rows]
    return "".join(parts)


def is_tables(value: object) -> bool:
    """Whether a value can be written as ``[[tables]]``."""
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"  # what \u can hold
