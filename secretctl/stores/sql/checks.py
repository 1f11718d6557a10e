"""What a database would cut, refuse or lose, found before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.entity_framework import rows
from secretctl.entity_framework.texts import length_of, storable
from secretctl.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secretctl.entity_framework import Entity
    from secretctl.model import Kind, Principal, Target
    from secretctl.stores.sql.tables import Layout


def table_for(layout: Layout, kind: Kind) -> Entity:
    """Where the principals of a kind are; RefusedError ``not_in_schema`` where this database has no table for them."""
    entity = layout.entity(kind)
    if entity is None:
        name = layout.schema.entities[kind].table
        hint = "bring the database to the version of its server first"
        raise RefusedError("not_in_schema", f"this database has no table {name} for a {kind}", hint=hint)
    return entity


def fitted(layout: Layout, principal: Principal) -> tuple[Principal, tuple[str, ...]]:
    """The principal as this database can hold it, the same object where that is all of it, and the fields of what is not."""
    entity = layout.entity(principal.kind)
    if entity is None:  # what holds none of its kind takes nothing away from one
        return principal, ()
    lacking, required = layout.lacking(entity), layout.required(entity.table)
    like = rows.fitted(entity, principal, lacking, required=required)
    return like, rows.left_out(principal, like)


def check_held(layout: Layout, principal: Principal) -> None:
    """RefusedError ``not_in_schema`` where the database has no place for something that the principal has."""
    if lost := fitted(layout, principal)[1]:
        message = f"{principal.target}: the database has no place for its {', '.join(lost)}"
        raise RefusedError("not_in_schema", message, hint="leave it out there, or keep it in another registry")


def check_texts(
    layout: Layout, table: str, values: Mapping[str, object], target: Target, *, utf16: bool = False
) -> None:
    """RefusedError ``field_too_long`` or ``invalid_character`` where a column cannot hold a text (see ``length_of``)."""
    for column, value in values.items():
        if not isinstance(value, str):
            continue
        if not storable(value):
            message = f"{target}: {table}.{column} cannot hold a NUL or half of a surrogate pair"
            raise RefusedError("invalid_character", message, hint="leave that character out")
        limit = layout.length(table, column)
        length = length_of(value, utf16=utf16)
        if limit is not None and length > limit:
            message = f"{target}: {table}.{column} holds {limit:,} characters, and this has {length:,}"
            raise RefusedError("field_too_long", message, hint=_hint(table, column))


def _hint(table: str, column: str) -> str:
    if table.endswith("Secrets") and column == "Value":
        return "register a thumbprint or an elliptic-curve JWK instead of a certificate or an RSA key"
    return "choose a shorter id" if column in {"ClientId", "Name"} else "shorten it"
