"""What somebody may have meant by a name that nothing has. Looked for only where there is an error to report."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import islice
from shlex import quote
from typing import TYPE_CHECKING

from secretctl.model import KINDS, Target
from secretctl.policy.identifiers import lookalike_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from secretctl.model import Kind
    from secretctl.stores import Destination

_AMONG = 20_000
"""Ids of a kind that are looked at, which takes a third of a second; somebody waits for it."""
_CLOSE = 0.7
"""How alike ids have to be for `difflib`: a letter more, less or another in four."""
_KIND_WORDS: dict[str, Kind] = {"client": "client", "resource": "resource", "scope": "resource"}


def hint_for_id(registry: Destination, target: Target) -> str:
    """The hint of a command that takes the id alone, of one kind."""
    kind, id = _split(target.id)
    if kind == target.kind:
        return f"this command takes the id alone: {quote(id)}"
    if kind is not None:
        return f"this command is for {target.kind}s; see `secretctl {kind} --help`"
    return _did_you_mean(quote(found.id) for found in _alike(registry, target)) or _see_list(target)


def hint_for_target(registry: Destination, target: Target, *, bare: bool) -> str:
    """The hint of a command that takes a TARGET; ``bare`` where it names no kind."""
    kind, id = _split(target.id) if bare else (None, "")
    if kind is not None:
        meant = _did_you_mean(found.shell_word for found in _alike(registry, Target(kind, id)))
        return f"a TARGET is client/ID or resource/NAME{meant and f'; {meant}'}"
    others = [Target(other, target.id) for other in KINDS if other != target.kind]
    found = [*_alike(registry, target), *(one for other in others if bare for one in _alike(registry, other))]
    if not found and not bare:  # of the other kind, or the kind is a part of its id
        found = [one for one in (*others, Target(target.kind, str(target))) if registry.find(*one) is not None]
    return _did_you_mean(one.shell_word for one in found) or _see_list(target)


def _split(text: str) -> tuple[Kind | None, str]:
    """The kind that a text begins with, in whatever spelling, also with a slip in it, and the rest of it."""
    word, slash, id = text.partition("/")
    close = get_close_matches(word.lower().removesuffix("s"), _KIND_WORDS, n=1, cutoff=_CLOSE) if slash else []
    return _KIND_WORDS[close[0]] if close else None, id


def _alike(registry: Destination, target: Target) -> Sequence[Target]:
    """Those of the kind that are called so, or look so, else those whose ids are spelled alike."""
    ids = [id for id, _ in islice(registry.names(target.kind), _AMONG)]
    if target.id in ids:
        return [target]
    wanted = set(lookalike_keys(target.id))
    alike = [id for id in ids if not wanted.isdisjoint(lookalike_keys(id))]
    if not alike:
        alike = get_close_matches(target.id, ids, cutoff=_CLOSE)
    return [Target(target.kind, id) for id in alike[:3]]


def _did_you_mean(words: Iterable[str]) -> str:
    listed = " or ".join(words)
    return listed and f"did you mean {listed}? Ids are compared byte for byte"


def _see_list(target: Target) -> str:
    return f"see `secretctl {target.kind} list`"
