"""``rfc7591``: client metadata of OAuth 2.0 Dynamic Client Registration, as authorization servers answer with it.

The owner is the first of ``contacts``. ``client_secret`` never leaves a registry, which has only its hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.interchange import Loss
from secretctl.interchange.client_metadata import NO_PLACE, dump_metadata, parse_metadata
from secretctl.interchange.drafts import NOT_KEPT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from secretctl.interchange import Exported, HashPlaintext, Imported, Values
    from secretctl.interchange.json_input import Fields
    from secretctl.model import Client, Principal


def parse(text: str, *, values: Values | None, hash_plaintext: HashPlaintext) -> Imported:
    """The clients of a registration response, of an array of them, or of ``{"items": […]}`` (see ``Importer.parse``)."""
    return parse_metadata(
        text, _read_contacts, values=values, hash_plaintext=hash_plaintext, what="client metadata of RFC 7591"
    )


def _read_contacts(fields: Fields, found: dict[str, object], subject: str, losses: list[Loss]) -> None:
    contacts = fields.texts("contacts")
    found["owner"] = contacts[0] if contacts else None
    if len(contacts) > 1:
        losses.append(Loss(subject, "contacts", NOT_KEPT))


def dump(principals: Iterable[Principal], *, now: datetime) -> Exported:
    """The clients as an array of metadata."""
    return dump_metadata(principals, _contacts, now=now)


def _contacts(client: Client, losses: list[Loss]) -> dict[str, object]:
    for field, value in (("description", client.description), ("tags", client.tags)):
        if value:
            losses.append(Loss(str(client.target), field, NO_PLACE))
    return {"contacts": [client.owner]} if client.owner else {}
