"""Principals for people: what fits a terminal, and what scripts may rely on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from secretctl.operations.principals import list_principals, show_principal
from secretctl.render import Page
from secretctl.render.principal_text import principal_table, principal_text
from secretctl.stores import open_store

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 20, tzinfo=UTC)
GOOD = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="
REGISTRY = f"""\
schema = 1
[[clients.warehouse-backend.secrets]]
id = "7f3a91c2"
value = "{GOOD}"
expiration = 2027-03-14T21:12:01Z
[clients.web]
owner = "team-shop@example.com"
tags = ["pci"]
require_secret = false
"""


def test_a_list_at_80_columns_breaks_no_word(tmp_path: Path) -> None:
    """Ends are dates, and columns that nobody fills leave their room to the others; without a terminal all are there."""
    (tmp_path / "secretctl.toml").write_text(REGISTRY, encoding="utf-8")
    judged = list(list_principals(open_store(tmp_path / "secretctl.toml"), "client", now=NOW))
    lines = principal_table(judged, Page(width=80)).splitlines()
    assert [line.split() for line in lines] == [
        ["ID", "LEVEL", "COVERED", "UNTIL", "OWNER", "TAGS", "SECRETS"],
        ["warehouse-backend", "ok", "2027-03-14", "1"],
        ["web", "ok", "team-shop@example.com", "pci", "0"],
    ]
    assert principal_table(judged, Page()).split()[:3] == ["ID", "NAME", "LEVEL"]
    assert principal_table([], Page(width=80)) == ""


def test_stored_values_are_copied_in_one_piece(tmp_path: Path) -> None:
    """Also on a terminal that is too narrow for them."""
    (tmp_path / "secretctl.toml").write_text(REGISTRY, encoding="utf-8")
    store = open_store(tmp_path / "secretctl.toml")
    judged = show_principal(store, "client", "warehouse-backend", now=NOW)
    assert GOOD in principal_text(judged, Page(width=40), values=True)
