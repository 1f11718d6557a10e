"""One TAB: the words as a shell gives them, and the candidates as it wants them. Never raises.

The shells' scripts call secretctl with ``_SECRETCTL_COMPLETE`` set to the shell's name and the words as arguments, the
one to complete last (bash gives the whole line, as it splits words at ``:`` and ``=``). The answer is a line a
candidate, ``word<TAB>description``, or the one line ``<TAB>files``.
"""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

from secretctl.cli.candidates import complete_words

_POWERSHELL_QUOTES = "'\u2018\u2019\u201a\u201b"
"""PowerShell takes the typographic single quotes for single quotes as well."""


def run_completion(shell: str, arguments: list[str]) -> int:
    """Answer one TAB on stdout."""
    words, place = arguments, _BashPlace("", 0)
    if shell == "bash":
        words, place = _split_bash(os.environ.get("_SECRETCTL_LINE", ""), os.environ.get("_SECRETCTL_BREAKS", ""))
    elif shell == "powershell":
        words = os.environ.get("_SECRETCTL_WORDS", "").split("\n")
    try:
        found = complete_words(words or [""])
    except Exception:  # noqa: BLE001 - a TAB that fails offers nothing, and does not disturb the prompt
        return 1
    lines = ["\tfiles"]
    if found is not None:
        candidates = {candidate.word: candidate for candidate in found}.values()
        if shell == "bash":
            lines = [_bash_quoted(candidate.word[place.start :], place.quote) for candidate in candidates]
        elif shell == "powershell":
            lines = [f"{_powershell_quoted(candidate.word)}\t{candidate.description}" for candidate in candidates]
        else:
            lines = [f"{candidate.word}\t{candidate.description}" for candidate in candidates]
    sys.stdout.buffer.write("".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))
    return 0


class _BashPlace(NamedTuple):
    """Where bash inserts: inside which quote, and from which character of the unquoted word on."""

    quote: str
    start: int


def _split_bash(line: str, breaks: str) -> tuple[list[str], _BashPlace]:
    """The words of a line after the first, unquoted, and the place that readline replaces.

    readline replaces only what follows the last unquoted word break (``:``, ``=`` and ``@`` are some) or the quote that
    is open.
    """
    words, current, quote, started, start = [], "", "", False, 0
    characters = iter(line)
    for character in characters:
        if quote == "'":
            quote, current = ("", current) if character == "'" else (quote, current + character)
        elif character == "\\":
            following = next(characters, "")
            current += following if not quote or following in '"\\$`' else character + following
        elif quote == '"':
            quote, current = ("", current) if character == '"' else (quote, current + character)
        elif character in "'\"":
            quote, started, start = character, True, len(current)
        elif character in " \t\n":
            if current or started:
                words.append(current)
            current, started, start = "", False, 0
        else:
            current += character
            if character in breaks:
                start = len(current)
    return [*words[1:], current], _BashPlace(quote, start)


def _bash_quoted(word: str, quote: str) -> str:
    """A word as it must stand on the line, inside an open quote or outside."""
    if quote:
        inside = _bash_quoted_inside(word, quote)
        # readline closes the quote, unless what it inserts ends with one.
        return inside + quote if inside.endswith(quote) else inside
    return "".join(
        c if c.isalnum() or (c in "_-./:=@%+,~" and (c != "~" or i)) else f"\\{c}" for i, c in enumerate(word)
    )


def _bash_quoted_inside(word: str, quote: str) -> str:
    if quote == "'":
        return word.replace("'", "'\\''")
    # A backslash keeps history expansion off a ! there, and stays: the quote has to end before it.
    return "".join(f"\\{c}" if c in '"\\$`' else "\"'!'\"" if c == "!" else c for c in word)


def _powershell_quoted(word: str) -> str:
    if all(c.isalnum() or c in "_-./:=" for c in word):
        return word
    return "'" + "".join(c * 2 if c in _POWERSHELL_QUOTES else c for c in word) + "'"
