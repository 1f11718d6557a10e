"""What a database would cut, refuse or lose, found before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.entity_framework.rows import unheld
from secretctl.errors import RefusedError
from secretctl.stores.sql.reading import storable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secretctl.entity_framework import Entity
    from secretctl.model import Principal, Target
    from secretctl.stores.sql.tables import Layout


def check_held(layout: Layout, entity: Entity, principal: Principal) -> None:
    """RefusedError ``not_in_schema`` where the database has no place for something that the principal has."""
    lost = list(unheld(entity, principal))
    columns = layout[entity.table].c
    lost += [
        field
        for field, column in entity.fields.items()
        if column not in columns and getattr(principal, field) not in {None, True}  # what it reads as there
    ]
    if lost:
        message = f"{principal.target}: a database of {layout.schema.name} has no place for its {', '.join(lost)}"
        raise RefusedError("not_in_schema", message, hint="leave it out there, or keep it in another registry")


def check_table(layout: Layout, table: str | None, target: Target, what: str) -> None:
    """RefusedError ``not_in_schema`` where the table for ``what`` does not exist in this database."""
    if table is None or table not in layout:
        message = f"{target}: this database has no table {table} for its {what}"
        raise RefusedError("not_in_schema", message, hint="bring the database to the version of its server first")


def check_texts(
    layout: Layout, table: str, values: Mapping[str, object], target: Target, *, wide: bool = False
) -> None:
    """RefusedError ``field_too_long`` or ``invalid_character`` where a column cannot hold a text.

    ``wide``: lengths are counted in UTF-16 code units (SQL Server's nvarchar), where an emoji is two.
    """
    for column, value in values.items():
        if not isinstance(value, str):
            continue
        if not storable(value):
            message = f"{target}: {table}.{column} cannot hold a NUL or half of a surrogate pair"
            raise RefusedError("invalid_character", message, hint="leave that character out")
        limit = layout.length(table, column)
        length = len(value.encode("utf-16-le")) // 2 if wide else len(value)
        if limit is not None and length > limit:
            message = f"{target}: {table}.{column} holds {limit:,} characters, and this has {length:,}"
            raise RefusedError("field_too_long", message, hint=_HINTS.get(column, "shorten it"))


_HINTS = {
    "Value": "register a thumbprint or an elliptic-curve JWK instead of a certificate or an RSA key",
    "ClientId": "choose a shorter id",
    "Name": "choose a shorter id",
}
