"""Whom a rotation takes, and why it leaves others out."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from secretctl.lifetimes import parse_duration
from secretctl.operations.selection import Selection, select
from secretctl.stores import open_store

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HASH = base64.b64encode(sha256(b"the secret").digest()).decode()
REGISTRY = f"""
schema = 1
[validation]
profile = "duende"

[clients.due]
owner = "ops"
secrets = [{{ id = "a", type = "SharedSecret", value = "{HASH}", expiration = 2026-06-05 }}]

[clients.later]
secrets = [{{ id = "b", type = "SharedSecret", value = "{HASH}", expiration = 2027-06-05 }}]

[clients.stuck]
secrets = [
  {{ id = "c", type = "SharedSecret", value = "{HASH}", expiration = 2026-06-05 }},
  {{ id = "d", type = "SharedSecret", value = "not a hash" }},
]
"""


def chosen(tmp_path: Path, selection: Selection) -> tuple[list[str], dict[str, str]]:
    """The ids of those that are taken, and the others with their reasons."""
    path = tmp_path / "secretctl.toml"
    path.write_text(REGISTRY, encoding="utf-8")
    store = open_store(str(path))
    principals, skipped = select(store, store.settings(), selection, now=NOW)
    return [principal.id for principal in principals], {each.target.id: each.reason for each in skipped}


def test_what_is_due_and_would_not_be_mended_is_left_out(tmp_path: Path) -> None:
    """The server would never get to a new secret: what is due stands in the reason."""
    taken, skipped = chosen(tmp_path, Selection(due=True, within=parse_duration("30d")))
    assert taken == ["due"]
    assert list(skipped) == ["stuck"]
    assert "the last shared secret, c, ends" in skipped["stuck"]
    assert "secret d is invalid" in skipped["stuck"]


@pytest.mark.parametrize(
    ("targets", "owner", "taken", "left_out"),
    [
        (("client/later", "due", "client/due"), None, ["later", "due"], []),
        (("later", "due"), "ops", ["due"], ["later"]),
    ],
)
def test_who_is_named(
    tmp_path: Path, targets: tuple[str, ...], owner: str | None, taken: list[str], left_out: list[str]
) -> None:
    """Each once, in the order in which they are named; those of other owners are left out with a word."""
    found, skipped = chosen(tmp_path, Selection(targets, owner=owner))
    assert (found, list(skipped)) == (taken, left_out)
