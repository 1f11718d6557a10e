"""What an inspected input holds, for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from secretctl.render.table import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secretctl.operations.inspection import Inspection


def inspection_text(inspection: Inspection) -> str:
    """A line for each field; fields within fields are indented below their name.

    Values run over the edge of a terminal, as whoever copies a thumbprint wants it without breaks.
    """
    return table((), [("kind", inspection.kind), *_rows(inspection.fields)])


def _rows(fields: Mapping[str, Any], indent: str = "") -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        if isinstance(value, Mapping):
            yield f"{indent}{name}", ""
            yield from _rows(value, indent + "  ")
        else:
            yield f"{indent}{name}", value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
