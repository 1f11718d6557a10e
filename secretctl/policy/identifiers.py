"""Ids of clients and resources: which are allowed, and which are easily taken for one another. Pure."""

# ruff: noqa: RUF001 - look-alikes are what this is about
from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING
from unicodedata import category, normalize

from secretctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from secretctl.model import Kind

MAX_CHARACTERS = 200
"""The width of ``ClientId`` and ``Name`` in IdentityServer's database."""
MAX_ACCEPTED = 100
"""IdentityServer's ``InputLengthRestrictions.ClientId``: what it stores beyond this, it then never accepts."""

_TARGET_PREFIXES = frozenset({"client", "resource", "scope"})
_FORBIDDEN = {
    "Cc": "a control character",
    "Cf": "a format or bidirectional character",
    "Cs": "bytes that are not UTF-8",
    "Zl": "a line separator",
    "Zp": "a paragraph separator",
}

# Letters of other scripts that a person reads as an ASCII letter (Unicode UTS #39, confusables.txt: Greek, Cyrillic,
# Armenian, IPA and dashes). Compatibility forms (full width, mathematical) are left to NFKC.
_SCRIPTS = str.maketrans(
    {
        alike: plain
        for plain, alikes in {
            "a": "аαɑ", "b": "ЬƄ", "c": "сϲ", "d": "ԁɗ", "e": "еҽ", "f": "ẝք", "g": "ɡցɢ", "h": "һհ", "i": "іιıɩ",
            "j": "јϳ", "k": "κк", "l": "ӏǀ", "n": "ոռ", "o": "оοօσ", "p": "рρ", "q": "ԛզ", "r": "гᴦ", "s": "ѕꜱ",
            "u": "υսʋ", "v": "νѵ", "w": "ѡաԝ", "x": "хχ", "y": "уγүყ", "z": "ᴢ",
            "A": "АΑ", "B": "ВΒ", "C": "СϹ", "E": "ЕΕ", "F": "Ϝ", "G": "Ԍ", "H": "НΗ", "I": "ІΙӀ", "J": "ЈͿ", "K": "КΚ",
            "M": "МΜ", "N": "Ν", "O": "ОΟՕ", "P": "РΡ", "S": "ЅՏ", "T": "ТΤ", "U": "Ս", "W": "Ԝ", "X": "ХΧ",
            "Y": "ҮΥ", "Z": "Ζ", "-": "‐‑‒–—−⁃",
        }.items()
        for alike in alikes
    }
)  # fmt: skip
_SHAPES = str.maketrans({"0": "O", "1": "l", "I": "l", "|": "l", "m": "rn"})
"""ASCII that many fonts draw alike."""


def id_problem(id: str) -> str | None:
    """What is wrong with an id, as the end of a sentence about it, or None: 1 to 200 characters, nothing invisible."""
    if not id:
        return "is empty"
    if len(id) > MAX_CHARACTERS:
        return f"has {len(id)} characters, and {MAX_CHARACTERS} are allowed"
    if id[0].isspace() or id[-1].isspace():
        return "begins or ends with a blank"
    if not id.isprintable():
        for character in id:
            if (found := _FORBIDDEN.get(category(character))) is not None:
                return f"holds {found} (U+{ord(character):04X})"
    return None


def check_id(id: str) -> None:
    """Refuse an id that nobody could read or type: UsageError ``id_invalid``."""
    problem = id_problem(id)
    if problem is not None:
        raise UsageError("id_invalid", f"the id {problem}", hint="use 1 to 200 characters that can be seen")


def lookalike_keys(id: str) -> tuple[str, str]:
    """Two keys of an id; ids that share either are easily mixed up: by case, by normalisation, by the looks of letters."""
    if id.isascii():
        return id.casefold(), id.translate(_SHAPES).casefold()
    plain = normalize("NFKC", normalize("NFKC", id).translate(_SCRIPTS))
    return normalize("NFKC", plain.casefold()), normalize("NFKC", plain.translate(_SHAPES).casefold())


def id_warnings(id: str, others: Iterable[str], *, kind: Kind) -> list[str]:
    """What to warn of when an id is taken into a registry that holds ``others`` of the same kind."""
    warnings = []
    if len(id) > MAX_ACCEPTED:
        warnings.append(
            f"the id has {len(id)} characters: IdentityServer stores it, and accepts {MAX_ACCEPTED} at most"
        )
    prefix, slash, rest = id.partition("/")
    if slash and prefix in _TARGET_PREFIXES:
        warnings.append(
            f"the id itself begins with {prefix}/, and commands write {kind}/ before that: its TARGET is {kind}/{id}; "
            f"if that is not meant: `secretctl {kind} rename {quote(id)} {quote(rest)}`"
        )
    folded, shape = lookalike_keys(id)
    for other in others:
        if other == id:
            continue
        keys = lookalike_keys(other)
        if keys[0] == folded or keys[1] == shape:
            warnings.append(f"the id looks like {other!r}, which is another one: ids are compared byte for byte")
    return warnings
