"""The configuration databases of IdentityServer as Entity Framework lays them out. Data only; needs no database library.

A column's default is what ``new Client()`` or ``new ApiResource()`` holds in that server. The database itself does not know
it: hardly a column has a default in SQL.
"""

from __future__ import annotations

from secretctl.entity_framework.columns import Column, Entity, Schema, Table
from secretctl.entity_framework.identityserver3 import IDENTITYSERVER3
from secretctl.entity_framework.identityserver4 import DUENDE, IDENTITYSERVER4, IDENTITYSERVER4_V3

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
]

SCHEMAS = {schema.name: schema for schema in (DUENDE, IDENTITYSERVER4, IDENTITYSERVER3)}
"""The schemas that can be created and exported to; older ones are only recognised."""
