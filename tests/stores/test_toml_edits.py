"""Edits of random registry files: the intended change, and nothing else."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from secretctl.errors import ConflictError
from secretctl.model import SHARED_SECRET, Client, Resource, Secret, StoredValue, Target
from secretctl.stores.toml.compare import same
from secretctl.stores.toml.document import GROUPS, principal_tables, read_principal
from secretctl.stores.toml.edit import Source, TomlEdit
from tests.stores.toml_documents import IDS, TEXTS, documents

if TYPE_CHECKING:
    from collections.abc import Callable

    from secretctl.model import Principal
    from tests.stores.toml_documents import Document

NOW = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)


class WatchedEdit(TomlEdit):
    """An edit that tells whether it had to write a principal anew."""

    fell_back = False

    def _text(self, changes: Any, *, anew: bool) -> str:
        self.fell_back = anew
        return super()._text(changes, anew=anew)


def edit_of(text: str) -> WatchedEdit:
    """An edit of a text that is no file."""
    return WatchedEdit(Source(text.encode(), tomllib.loads(text), 0o600))


def principals_of(text: str) -> dict[Target, Principal]:
    """What the standard library reads there."""
    raw = tomllib.loads(text)
    return {
        Target(kind, id): read_principal(kind, id, table)
        for kind in GROUPS
        for id, table in principal_tables(raw, kind).items()
    }


@st.composite
def secret_changes(draw: Any, secrets: tuple[Secret, ...]) -> tuple[Secret, ...]:
    """Other secrets: some gone, some changed, some new, now and then in another order."""
    changed = []
    for secret in secrets:
        match draw(st.integers(0, 5)):
            case 0:
                continue
            case 1:
                changed.append(replace(secret, expiration=NOW))
            case 2:
                changed.append(replace(secret, description=draw(st.sampled_from([None, *TEXTS])), created=NOW))
            case _:
                changed.append(secret)
    for _ in range(draw(st.integers(0, 2))):
        new = Secret("", SHARED_SECRET, StoredValue(draw(st.sampled_from(TEXTS))), created=NOW)
        changed.insert(draw(st.sampled_from([len(changed), len(changed), 0])), new)
    if draw(st.integers(0, 9)) == 0:
        changed.reverse()
    return tuple(changed)


def change_something(draw: Callable[[st.SearchStrategy[Any]], Any], edit: TomlEdit) -> set[Target]:
    """One random change; the principals that it touches, by their old names."""
    existing = list(edit.principals())
    what = draw(st.sampled_from(["add", "secrets", "secrets", "secrets", "fields", "fields", "rename", "remove"]))
    if what == "add" or not existing:
        kind = draw(st.sampled_from([Client, Resource]))
        principal = kind(draw(st.sampled_from([*IDS, "new"])), owner=draw(st.sampled_from(TEXTS)))
        principal = replace(principal, secrets=draw(secret_changes(())))
        try:
            edit.add(principal)
        except ConflictError:
            return set()
        return {principal.target}
    old = draw(st.sampled_from(existing))
    if what == "remove":
        edit.remove(old.kind, old.id)
        return {old.target}
    if what == "rename":
        new_id = draw(st.sampled_from(["new", "new one"]))
        try:
            edit.rename(old.kind, old.id, new_id)
        except ConflictError:
            return set()
        return {old.target, Target(old.kind, new_id)}
    texts = st.sampled_from([None, "changed", *TEXTS])
    if what == "fields":
        new = replace(
            old,
            owner=draw(texts),
            enabled=draw(st.booleans()),
            tags=draw(st.sampled_from([(), ("a",), (*old.tags, "b")])),
        )
    else:
        new = replace(old, secrets=draw(secret_changes(old.secrets)))
    stored = edit.replace(new)
    assert [replace(a, id="") for a in stored.secrets] == [replace(a, id="") for a in new.secrets]
    return {old.target}


def without(raw: dict[str, Any], targets: set[Target]) -> dict[str, Any]:
    """The tables that no change has touched."""
    rest = dict(raw)
    for kind, group in GROUPS.items():
        rest[group] = {id: table for id, table in raw.get(group, {}).items() if Target(kind, id) not in targets}
    return rest


def assert_pieces_survive(document: Document, text: str, touched: set[Target]) -> None:
    """What belongs to others is there still, in its order, byte for byte."""
    position = 0
    for chunk in document.chunks:
        if chunk.owner not in touched:
            piece = chunk.text.rstrip("\r\n")
            found = text.find(piece, position)
            assert found >= 0, f"lost: {piece!r}"
            position = found + len(piece)


@settings(max_examples=80)
@given(st.data(), documents())
def test_only_what_was_changed_changes(data: st.DataObject, document: Document) -> None:
    """Whatever the layout: the change is made, everything else survives byte for byte, comments between included."""
    edit = edit_of(document.text)
    touched: set[Target] = set()
    for _ in range(data.draw(st.integers(1, 3))):
        touched |= change_something(data.draw, edit)
    intended = {principal.target: principal for principal in edit.principals()}
    result = edit.result(tomllib.loads)
    if result is None:
        assert intended == principals_of(document.text)
        return
    text, raw = result
    assert not edit.fell_back
    assert principals_of(text) == intended
    assert same(raw, tomllib.loads(text))
    assert same(without(raw, touched), without(tomllib.loads(document.text), touched))
    assert_pieces_survive(document, text, touched)
    assert text.count("# floating") == document.text.count("# floating")
    if document.newline == "\r\n":
        assert text.count("\n") == text.count("\r\n")
    else:
        assert "\r" not in text


@settings(max_examples=40)
@given(documents())
def test_equal_is_not_touched(document: Document) -> None:
    """Replacing every principal by itself writes nothing."""
    edit = edit_of(document.text)
    for principal in list(edit.principals()):
        assert edit.replace(principal) == principal
    assert edit.result(tomllib.loads) is None


@given(st.data(), documents())
def test_adding_and_removing_comes_back_to_the_same(data: st.DataObject, document: Document) -> None:
    """A principal that is added and removed again leaves the file as it was, or but for its end."""
    edit = edit_of(document.text)
    new = data.draw(
        st.sampled_from([Client("new", secrets=(Secret("", SHARED_SECRET, StoredValue("v")),)), Resource("new")])
    )
    edit.add(new)
    result = edit.result(tomllib.loads)
    assert result is not None
    edit = edit_of(result[0])
    edit.remove(new.kind, new.id)
    result = edit.result(tomllib.loads)
    assert result is not None
    assert result[0].rstrip("\r\n \t") == document.text.rstrip("\r\n \t")
