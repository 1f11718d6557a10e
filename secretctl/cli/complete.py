"""What TAB offers: commands, options, and what a registry holds. Never raises, never writes, never runs anything.

The shells' scripts call secretctl with ``_SECRETCTL_COMPLETE`` set to the shell's name and the words as arguments, the
one to complete last (bash gives the whole line, as it splits words at ``:`` and ``=``). The answer is a line a
candidate, ``word<TAB>description``, or the one line ``<TAB>files``.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from secretctl.cli.tree import root
from secretctl.model import KINDS, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from secretctl.model import Kind, Principal
    from secretctl.stores import Store

_DESCRIPTION_WIDTH = 60
_POWERSHELL_QUOTES = "'\u2018\u2019\u201a\u201b"
"""PowerShell takes the typographic single quotes for single quotes as well."""
_FILE_METAVARS = frozenset({"FILE", "PATH", "[PATH]", "LOCATION", "FILE|-", "CA.pem", "A", "B", "DIR"})


class Candidate(NamedTuple):
    """A word that fits, and a few words about it."""

    word: str
    description: str = ""


class _Line:
    """A command line up to its last word: the command, its options' values, its arguments."""

    def __init__(self, words: list[str]) -> None:
        self.current = words[-1] if words else ""
        self.command: Any = root()
        self.arguments: list[str] = []
        self.values: dict[str, str] = {}
        self.pending: Any = None
        self.options_end = False
        for word in words[:-1]:
            self._take(word)

    def _take(self, word: str) -> None:
        if self.pending is not None:
            self.values[self.pending.name] = word
            self.pending = None
        elif word == "--" and not self.options_end:
            self.options_end = True
        elif word.startswith("-") and len(word) > 1 and not self.options_end:
            name, equals, value = word.partition("=")
            option = self.option(name)
            if option is not None and equals:
                self.values[option.name] = value
            elif option is not None and not option.is_flag:
                self.pending = option
        elif self.is_group:
            self.command = self.command.get_command(None, word)
        else:
            self.arguments.append(word)

    @property
    def is_group(self) -> bool:
        return hasattr(self.command, "list_commands")

    def option(self, name: str) -> Any:
        """The option of that name, or None."""
        return next((p for p in self.params("option") if name in p.opts), None)

    def params(self, kind: str) -> list[Any]:
        """The command's options or arguments."""
        return [p for p in getattr(self.command, "params", []) if p.param_type_name == kind]


def complete_words(words: list[str]) -> list[Candidate] | None:
    """The candidates for the last of ``words`` (those after the program's name); None asks for file names."""
    line = _Line(words)
    if line.command is None:
        return []
    word = line.current
    if line.pending is not None:
        return _values(line, line.pending, word)
    if word.startswith("-") and not line.options_end:
        name, equals, value = word.partition("=")
        option = line.option(name) if equals else None
        if option is not None:
            found = _values(line, option, value)
            return None if found is None else [c._replace(word=f"{name}={c.word}") for c in found]
        return _matching(_options(line), word)
    if line.is_group:
        return _matching((Candidate(n) for n in line.command.list_commands(None)), word)
    arguments = line.params("argument")
    index = min(len(line.arguments), len(arguments) - 1)
    if index < 0 or (index < len(line.arguments) and arguments[index].nargs != -1):
        return []
    return _values(line, arguments[index], word)


def _matching(candidates: Iterable[Candidate], prefix: str) -> list[Candidate]:
    return [c for c in candidates if c.word.startswith(prefix) and c.word.isprintable()]


def _options(line: _Line) -> Iterator[Candidate]:
    for option in line.params("option"):
        yield Candidate(max(option.opts, key=len), _short(option.help or ""))


def _values(line: _Line, param: Any, prefix: str) -> list[Candidate] | None:
    """What a parameter may hold, by its metavar and name; None for file names."""
    metavar = (
        (param.metavar or param.name or "").removeprefix("[").removesuffix("]").removesuffix("…").removesuffix("...")
    )
    if metavar in _FILE_METAVARS or (param.metavar or "") in _FILE_METAVARS:
        return None
    if "|" in metavar:
        return _matching((Candidate(choice) for choice in metavar.split("|")), prefix)
    if metavar == "P" and param.name == "profile":
        from secretctl.profiles import PROFILES

        return _matching((Candidate(name) for name in PROFILES), prefix)
    found = _FROM_REGISTRY.get(metavar)
    if found is None:
        return []
    from secretctl.cli.options import open_registry_store
    from secretctl.errors import SecretctlError

    try:
        store = open_registry_store(line.values.get("registry"), line.values.get("settings"))
        return _matching(found(line, store, prefix), prefix)
    except SecretctlError:
        return []


def _targets(_line: _Line, store: Store, prefix: str) -> Iterator[Candidate]:
    for kind in KINDS:
        for id, label in store.names(kind):
            yield Candidate(str(Target(kind, id)), _short(label or ""))
            if prefix and "/" not in prefix:
                yield Candidate(id, kind)


def _ids(line: _Line, store: Store, _prefix: str) -> Iterator[Candidate]:
    kind: Kind = "resource" if "resource" in (line.command.callback.__name__ or "") else "client"
    for id, label in store.names(kind):
        yield Candidate(id, _short(label or ""))


def _secret_ids(line: _Line, store: Store, _prefix: str) -> Iterator[Candidate]:
    principal = _named(line, store)
    for secret in principal.secrets if principal else ():
        yield Candidate(secret.id, _short(f"{secret.type} {secret.description or ''}".strip()))


def _named(line: _Line, store: Store) -> Principal | None:
    from secretctl.errors import SecretctlError
    from secretctl.operations.targets import find_target

    try:
        return find_target(store, line.arguments[0])[0] if line.arguments else None
    except SecretctlError:
        return None


def _owners(_line: _Line, store: Store, _prefix: str) -> Iterator[Candidate]:
    return (Candidate(owner) for owner in sorted({p.owner for p in store.principals() if p.owner}))


def _tags(_line: _Line, store: Store, _prefix: str) -> Iterator[Candidate]:
    return (Candidate(tag) for tag in sorted({tag for p in store.principals() for tag in p.tags}))


_FROM_REGISTRY = {"TARGET": _targets, "ID": _ids, "NAME": _ids, "SID": _secret_ids, "O": _owners, "T": _tags}


def _short(text: str) -> str:
    line = " ".join(text.split())
    visible = "".join(character if character.isprintable() else "?" for character in line)
    return visible if len(visible) <= _DESCRIPTION_WIDTH else visible[: _DESCRIPTION_WIDTH - 1] + "…"


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
