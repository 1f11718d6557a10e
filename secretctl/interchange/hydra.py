"""``hydra``: clients of ORY Hydra, as ``hydra list clients --format json`` prints and ``hydra import`` reads them.

RFC 7591's metadata with ``owner`` and ``metadata`` beside it. Hydra never tells a secret it has, and keeps no
expiration of its own (``client_secret_expires_at`` is always 0 there).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.interchange.client_metadata import dump_metadata, parse_metadata
from secretctl.interchange.drafts import list_unread

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from secretctl.interchange import Exported, HashPlaintext, Imported, Loss, Values
    from secretctl.interchange.json_input import Fields
    from secretctl.model import Client, Principal


def parse(text: str, *, values: Values | None, hash_plaintext: HashPlaintext) -> Imported:
    """The clients in one object, an array, or ``{"items": […]}`` (see ``Importer.parse``)."""
    return parse_metadata(
        text, _read_owner, values=values, hash_plaintext=hash_plaintext, what="OAuth 2.0 clients of ORY Hydra"
    )


def _read_owner(fields: Fields, found: dict[str, object], subject: str, losses: list[Loss]) -> None:
    metadata = fields.child("metadata")
    found["owner"] = fields.text("owner") or None
    found["description"] = metadata.text("description") or None
    found["tags"] = metadata.texts("tags")
    list_unread(metadata, subject, losses, within="metadata.")


def dump(principals: Iterable[Principal], *, now: datetime) -> Exported:
    """The clients as an array; description and tags go into ``metadata``."""
    return dump_metadata(principals, _owner, now=now)


def _owner(client: Client, losses: list[Loss]) -> dict[str, object]:  # noqa: ARG001 - it has a place for everything
    metadata = {"description": client.description, "tags": list(client.tags)}
    entry = {"owner": client.owner, "metadata": {name: value for name, value in metadata.items() if value}}
    return {name: value for name, value in entry.items() if value}
