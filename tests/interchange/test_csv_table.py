"""csv: one row a secret, and no cell that a spreadsheet runs."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secretctl.interchange import find_exporter
from secretctl.interchange.csv_table import inert
from secretctl.model import Client, Resource, Secret, StoredValue

if TYPE_CHECKING:
    from secretctl.model import Principal

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HASH = StoredValue("K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=")


def rows(*principals: Principal) -> list[dict[str, str]]:
    """The table as its readers see it."""
    return list(csv.DictReader(io.StringIO(find_exporter("csv").dump(principals, now=NOW).text, newline="")))


def test_a_row_for_each_secret_and_for_principals_without() -> None:
    """Times in RFC 3339, lists joined by blanks, no stored value."""
    client = Client(
        "web",
        name="Web",
        tags=("a", "b"),
        secrets=(
            Secret("s", "SharedSecret", HASH, "2026", datetime(2026, 5, 1, tzinfo=UTC), NOW),
            Secret("t", "JWK", HASH),
        ),
    )
    first, second, third = rows(client, Resource("api"))
    assert first["target"] == "client/web"
    assert first["tags"] == "a b"
    assert first["expiration"] == "2026-05-01T00:00:00Z"
    assert first["expired"] == "true"
    assert second["secret_id"] == "t"
    assert second["expiration"] == ""
    assert second["expired"] == "false"
    assert third["secret_id"] == ""
    assert third["require_secret"] == ""
    exported = find_exporter("csv").dump([client], now=NOW)
    assert HASH not in exported.text
    assert [(loss.field, loss.secret_id) for loss in exported.losses] == [("value", "s"), ("value", "t")]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_cells_that_a_spreadsheet_would_run_are_quoted(start: str) -> None:
    """OWASP's list of first characters, in every column that somebody else can fill."""
    evil = f"{start}cmd|' /C calc'!A0"
    secret = Secret(evil, evil, HASH, evil)
    client = Client(evil, name=evil, description=evil, owner=evil, tags=(evil,), scopes=(evil,), grant_types=(evil,))
    (row,) = rows(Client(**{**{f: getattr(client, f) for f in client.__slots__}, "id": evil, "secrets": (secret,)}))
    dangerous = [name for name, cell in row.items() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert dangerous == []
    assert row["name"] == f"'{evil}"


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("\x1b[31m", "\\x1b[31m"),
        ("a\u202eb", "a\\u202eb"),
        ("a\nb\tc", "a\nb\tc"),
        ("sören\u00a0ü", "sören\u00a0ü"),
        ("\0=1", "\\x00=1"),
    ],
)
def test_what_a_terminal_obeys_is_shown(cell: str, shown: str) -> None:
    """Escapes and bidirectional characters; line ends and foreign letters are text."""
    assert inert(cell) == shown


@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"])))
def test_other_cells_stay_as_they_are(cell: str) -> None:
    """Nothing else is touched."""
    assert inert(cell) == (f"'{cell}" if cell[:1] in {"=", "+", "-", "@"} else cell)
