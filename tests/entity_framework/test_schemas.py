"""The schemas as data: what the migrations of each server say, and principals as rows and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secretctl.entity_framework import DUENDE, IDENTITYSERVER3, IDENTITYSERVER4, IDENTITYSERVER4_V3, SCHEMAS
from secretctl.entity_framework.instants import instant_column, parse_instant, span_column
from secretctl.entity_framework.rows import from_row, to_lists, to_row, unheld
from secretctl.model import Client, Resource

TEXTS = st.text(max_size=8)
NAMES = st.none() | TEXTS
LISTS = st.lists(TEXTS, max_size=3, unique=True).map(tuple)


@pytest.mark.parametrize(
    ("schema", "table", "column", "length", "required"),
    [
        (DUENDE, "Clients", "ClientId", 200, True),
        (DUENDE, "Clients", "Description", 1000, False),
        (DUENDE, "ApiResources", "Name", 200, True),
        (DUENDE, "ClientSecrets", "Value", 4000, True),
        (DUENDE, "ClientSecrets", "Description", 2000, False),
        (DUENDE, "ClientSecrets", "Type", 250, True),
        (DUENDE, "ApiResourceSecrets", "Description", 1000, False),
        (DUENDE, "ClientRedirectUris", "RedirectUri", 400, True),
        (IDENTITYSERVER4, "ClientRedirectUris", "RedirectUri", 2000, True),
        (IDENTITYSERVER4_V3, "ApiSecrets", "Value", 4000, True),
        (IDENTITYSERVER3, "ClientSecrets", "Value", 250, True),
        (IDENTITYSERVER3, "ScopeSecrets", "Type", 250, False),
        (IDENTITYSERVER3, "Clients", "ClientName", 200, True),
    ],
)
def test_columns(schema: Any, table: str, column: str, length: int, required: bool) -> None:
    """Lengths and NOT NULL as the migrations have them."""
    found = schema.tables[table].column(column)
    assert (found.length, found.required) == (length, required)


@pytest.mark.parametrize("schema", [*SCHEMAS.values(), IDENTITYSERVER4_V3], ids=lambda each: each.name)
def test_every_flag_has_a_default(schema: Any) -> None:
    """What is required is the id, a date, a text of its own, or filled."""
    for entity in schema.entities.values():
        for column in schema.tables[entity.table].columns:
            given_by_us = {entity.key, "Created", *entity.fields.values()}
            assert not column.required or column.default is not None or column.name in given_by_us


@pytest.mark.parametrize("schema", [*SCHEMAS.values(), IDENTITYSERVER4_V3], ids=lambda each: each.name)
def test_entities_name_tables_that_there_are(schema: Any) -> None:
    """Every table and column that an entity speaks of is in its schema."""
    for entity in schema.entities.values():
        named = {*entity.fields.values(), entity.key} | ({"Flow"} if entity.flow else set())
        assert named <= {column.name for column in schema.tables[entity.table].columns}
        for table, column in entity.lists.values():
            assert schema.tables[table].column(column).type == "text"
            assert schema.tables[table].foreign_key == entity.foreign_key
        assert schema.tables[entity.secrets].parent == entity.table


@given(
    st.builds(
        Client,
        TEXTS,
        description=NAMES,
        enabled=st.booleans(),
        owner=NAMES,
        tags=LISTS,
        scopes=LISTS,
        name=NAMES,
        require_secret=st.booleans(),
        grant_types=LISTS,
    )
    | st.builds(
        Resource,
        TEXTS,
        description=NAMES,
        enabled=st.booleans(),
        owner=NAMES,
        tags=LISTS,
        scopes=LISTS,
        display_name=NAMES,
    )
)
def test_any_principal_survives(principal: Any) -> None:
    """Of what the newer schemas hold, nothing is lost."""
    for schema in (DUENDE, IDENTITYSERVER4, IDENTITYSERVER4_V3):
        entity = schema.entities[principal.kind]
        assert unheld(entity, principal) == ()
        assert from_row(entity, to_row(entity, principal), to_lists(entity, principal), ()) == principal


GRANTS = st.sampled_from(
    ["client_credentials", "implicit", "password", "hybrid", "authorization_code", "urn:a", "urn:b"]
)


@given(st.lists(GRANTS, max_size=4, unique=True).map(tuple))
def test_flows_say_what_they_lose(grant_types: tuple[str, ...]) -> None:
    """IdentityServer3: either all grant types come back, or the loss is named."""
    entity = IDENTITYSERVER3.entities["client"]
    client = Client("web", grant_types=grant_types)
    back = from_row(entity, to_row(entity, client), to_lists(entity, client), ())
    assert isinstance(back, Client)
    assert (set(back.grant_types) == set(grant_types)) == (unheld(entity, client) == ())


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC)), st.booleans())
def test_instants_survive(instant: datetime, offset: bool) -> None:
    """As text, with an offset and without."""
    text = instant_column(instant, offset=offset)
    assert parse_instant(text) == instant
    assert text.endswith("+00:00") == offset


def test_instants_are_written_in_utc() -> None:
    """Whatever zone they come in; fractions without zeros at their end."""
    noon = datetime(2026, 12, 31, 13, 0, 0, 120_000, tzinfo=timezone(timedelta(hours=1)))
    assert instant_column(noon) == "2026-12-31 12:00:00.12"


@pytest.mark.parametrize(
    "text", ["", "now", "2026-12-31Z5", "20261231", "2026-W01-1", "2026-12-31 25:00", "2026-12-31 1:00"]
)
def test_other_texts_are_no_dates(text: str) -> None:
    """Only what Entity Framework may have written."""
    with pytest.raises(ValueError, match=r"date|range|must be|hour"):
        parse_instant(text)


def test_spans() -> None:
    """As .NET prints a TimeSpan under a day."""
    assert [span_column(timedelta(seconds=each)) for each in (0, 300, 86_399)] == ["00:00:00", "00:05:00", "23:59:59"]
