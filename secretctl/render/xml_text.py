"""Foreign text inside XML and HTML."""

from __future__ import annotations

import re

from secretctl.render.text import visible

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
# Noncharacters: XML 1.0 has no way to write two of them, and nobody needs the others.
_SPECIAL = re.compile("[&<>\"'\ufdd0-\ufdef\ufffe\uffff]")


def escape(text: str) -> str:
    """Literal text for an element or a quoted attribute; what XML cannot hold is shown as visible() shows it."""
    return _SPECIAL.sub(lambda match: _ENTITIES.get(match[0]) or f"\\u{ord(match[0]):04x}", visible(text))
