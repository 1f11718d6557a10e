"""The configuration databases of IdentityServer as Entity Framework lays them out. Data only; needs no database library.

A column's default is what ``new Client()`` or ``new ApiResource()`` holds in that server. The database itself does not know
it: hardly a column has a default in SQL.
"""

from __future__ import annotations

from secretctl.entity_framework.columns import Column, Entity, Schema, Table
from secretctl.entity_framework.identityserver3 import IDENTITYSERVER3
from secretctl.entity_framework.identityserver4 import DUENDE, IDENTITYSERVER4, IDENTITYSERVER4_V3
from secretctl.errors import UsageError

__all__ = [
    "DUENDE",
    "IDENTITYSERVER3",
    "IDENTITYSERVER4",
    "IDENTITYSERVER4_V3",
    "SCHEMAS",
    "Column",
    "Entity",
    "Schema",
    "Table",
    "schema_named",
]

SCHEMAS = {schema.name: schema for schema in (DUENDE, IDENTITYSERVER4, IDENTITYSERVER3)}
"""The schemas that can be created and exported to; older ones are only recognised."""


def schema_named(name: str) -> Schema:
    """The schema of that name; UsageError ``unknown_schema``."""
    if name not in SCHEMAS:
        raise UsageError("unknown_schema", f"no such schema: {name}", hint=f"one of {', '.join(SCHEMAS)}")
    return SCHEMAS[name]
