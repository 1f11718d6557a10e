"""What a column of text can hold, whatever its database."""

from __future__ import annotations

import re

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(text: str) -> bool:
    """Whether a database can hold such a text at all: no NUL, which PostgreSQL has not, and no half surrogate pair."""
    return "\0" not in text if text.isascii() else _UNSTORABLE.search(text) is None


def length_of(text: str, *, utf16: bool) -> int:
    """Its length as a column counts it: in characters, or in code units of UTF-16 (SQL Server), where an emoji is two."""
    return len(text.encode("utf-16-le")) // 2 if utf16 else len(text)
