"""Tags as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secretctl.entity_framework.properties import tags_from_text, tags_to_text


@given(st.lists(st.text(st.characters(codec="utf-8"))).map(tuple))
def test_tags_come_back(tags: tuple[str, ...]) -> None:
    """Whatever they hold: commas, brackets, blanks, nothing."""
    assert tags_from_text(tags_to_text(tags)) == tags


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        (None, ()),
        ("", ()),
        ("pci", ("pci",)),
        ("pci, eu ,", ("pci", "eu")),
        ('["a,b", "c"]', ("a,b", "c")),
        ("[not json", ("[not json",)),
        ("[1]", ("[1]",)),
        ("[" * 100_000, ("[" * 100_000,)),
    ],
)
def test_what_a_person_writes_is_read(text: str | None, tags: tuple[str, ...]) -> None:
    """A list with commas; a JSON array only where it is one of texts."""
    assert tags_from_text(text) == tags
