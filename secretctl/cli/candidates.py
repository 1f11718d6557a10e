"""What TAB offers: commands, options, and what a registry holds. Never writes, never runs anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from secretctl.cli.tree import root
from secretctl.model import KINDS, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from secretctl.model import Kind, Principal
    from secretctl.stores import Store

_DESCRIPTION_WIDTH = 60
_FILE_METAVARS = {
    "argument": frozenset({"FILE", "FILE|-", "PATH", "A", "B"}),
    "option": frozenset({"FILE", "PATH", "LOCATION", "CA.pem"}),
}


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
    metavar = (param.metavar or "").strip("[]").removesuffix("…")
    if metavar in _FILE_METAVARS[param.param_type_name]:
        return None
    if "|" in metavar:
        return _matching((Candidate(choice) for choice in metavar.split("|")), prefix)
    if metavar == "P" and param.name == "profile":
        from secretctl.profiles import PROFILES

        return _matching((Candidate(name) for name in PROFILES), prefix)
    found = _FROM_REGISTRY[param.param_type_name].get(metavar)
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


_FROM_REGISTRY: dict[str, dict[str, Callable[[_Line, Store, str], Iterator[Candidate]]]] = {
    "argument": {"TARGET": _targets, "ID": _ids, "NAME": _ids, "SID": _secret_ids},
    "option": {"O": _owners, "T": _tags},
}


def _short(text: str) -> str:
    line = " ".join(text.split())
    visible = "".join(character if character.isprintable() else "?" for character in line)
    return visible if len(visible) <= _DESCRIPTION_WIDTH else visible[: _DESCRIPTION_WIDTH - 1] + "…"
