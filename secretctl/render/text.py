"""Foreign text made harmless for people's eyes: what a terminal would obey is shown, never obeyed."""

from __future__ import annotations

import re

_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode categories: control, format (bidirectional and zero-width ones among them), surrogate, line and paragraph separator."""

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_COMMAND = re.compile(r"^(\s*):(?=:)|#(?=#\w*\[)", re.MULTILINE)
"""What starts a command in the log of a CI job: GitHub's runner obeys ``::name::`` at the beginning of a line and ``##[name]``
anywhere (ActionCommand.cs), Azure Pipelines ``##vso[…]``, TeamCity ``##teamcity[…]``."""

_WORD = re.compile(r" *(?:`[^`]*`|[^ ])+")


def visible(text: str, *, keep: str = "") -> str:
    r"""The text with every control, escape, format and bidirectional character and line separator shown as ``\x1b``, ``\u202e``.

    Everything else stays literal, a backslash too: this is for reading, not for reading back. The result is one line, and
    the same when shown again. ``keep`` are characters to let through, for formats that carry them in quotes.
    """
    if text.isprintable():  # almost always, and forty times faster than looking at each character
        return text
    from unicodedata import category

    return "".join(
        character
        if character.isprintable() or character in keep or category(character) not in _HIDDEN
        else _escape(character)
        for character in text
    )


def defused(text: str) -> str:
    r"""Lines for people, in which no CI system finds a command: ``::add-mask::x`` is shown as ``\x3a:add-mask::x``.

    Foreign text in them is visible() already. This is for whole lines: where one begins is what counts.
    """
    if "::" not in text and "##" not in text:
        return text
    return _COMMAND.sub(lambda match: f"{match[1] or ''}\\x{ord(match[0][-1]):02x}", text)


def wrapped(text: str, width: int) -> str:
    """One line as several, broken between words to fit a terminal; a command in backticks stays in one piece, to be copied."""
    lines = [""]
    for word in _WORD.findall(text):
        if lines[-1] and columns(lines[-1] + word) > width:
            lines.append("  " + word.lstrip(" "))
        else:
            lines[-1] += word
    return "\n".join(lines)


def columns(text: str) -> int:
    """How many columns of a terminal the text takes: 2 for wide East Asian characters, none for combining ones."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(
        0 if category(character) in {"Mn", "Me"} else 2 if east_asian_width(character) in {"W", "F"} else 1
        for character in text
    )


def painted(text: str, codes: str, *, color: bool) -> str:
    """The text in a colour (ECMA-48 SGR parameters, ``1;31``), where colour is wanted."""
    return f"\x1b[{codes}m{text}\x1b[0m" if color and text else text


def _escape(character: str) -> str:
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
