"""Line numbers of principals, secrets and keys of a registry file, for messages, lint and SARIF."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from secretctl.model import KINDS, Target
from secretctl.stores import Note
from secretctl.stores.toml.document import GROUPS, read_principal
from secretctl.stores.toml.layout import Node, Table, inline_table
from secretctl.stores.toml.scan import Entry, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from secretctl.model import Principal
    from secretctl.stores.toml.edit import Source
    from secretctl.stores.toml.layout import Layout

Keys = tuple[str | int, ...]
Place = Node | Value


def principal_lines(source: Source, principals: Iterable[Principal]) -> dict[tuple[Target, str | None], int]:
    """The lines on which principals (secret id None) and their secrets start."""
    places: dict[tuple[Target, str | None], Place | None] = {}
    try:
        layout = source.layout
        for principal in principals:
            place = _place_of(layout, (GROUPS[principal.kind], principal.id))
            places[principal.target, None] = place
            rows = _child(place, "secrets")
            for index, secret in enumerate(principal.secrets):
                places[principal.target, secret.id] = _child(rows, index)
    except RecursionError:  # values nested more deeply than Python's stack: an answer without lines is no less right
        return {}
    starts = [0, *(newline.end() for newline in re.finditer("\n", layout.text))]
    return {key: bisect_right(starts, _start(place)) for key, place in places.items() if place is not None}


def line_of(source: Source, keys: Keys) -> int | None:
    """The line of what the keys lead to, or of the nearest table around it; None where that cannot be told."""
    try:
        layout = source.layout
        places = (_place_of(layout, keys[:depth]) for depth in range(len(keys), 0, -1))
        place = next((place for place in places if place is not None), None)
    except RecursionError:
        return None
    return None if place is None else layout.text.count("\n", 0, _start(place)) + 1


def note(source: Source, rule: str, message: str, keys: Keys) -> Note:
    """A finding of ``document.findings`` with its target, secret and line."""
    target = secret_id = None
    for kind in KINDS:
        if len(keys) > 2 and keys[0] == GROUPS[kind]:
            target = Target(kind, str(keys[1]))
            if keys[2] == "secrets" and len(keys) > 3 and isinstance(keys[3], int):
                principal = read_principal(kind, target.id, source.raw[GROUPS[kind]][target.id])
                secret_id = principal.secrets[keys[3]].id
    return Note(rule, message, target, secret_id, line_of(source, keys))


def _place_of(layout: Layout, keys: Keys) -> Place | None:
    names = [key for key in keys[:2] if isinstance(key, str)]
    place: Place | None = layout.node(*names)
    if place is None and len(names) > 1:
        place = _child(layout.node(names[0]), names[1])
    if place is None and len(names) == 1:
        header = next((section for section in layout.sections if section.path[:1] == (names[0],)), None)
        place = None if header is None else Table((names[0],), header=header)
    for key in keys[2:]:
        place = _child(place, key)
    return place


def _child(place: Place | None, key: str | int) -> Place | None:
    if isinstance(place, Entry):
        place = place.value
    if isinstance(place, Value) and place.entries is not None:
        place = inline_table(place, ())
    if isinstance(key, str):
        return place.children.get(key) if isinstance(place, Table) else None
    rows = place if isinstance(place, list) else place.items if isinstance(place, Value) else None
    return rows[key] if rows is not None else None


def _start(place: Place) -> int:
    if isinstance(place, list):
        return place[0].start()
    return place.start() if isinstance(place, Table) else place.start
