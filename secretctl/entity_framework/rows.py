"""A principal as the values of its row and back, by what an Entity says. Nothing here touches a database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from secretctl.entity_framework.identityserver3 import CUSTOM_FLOW, FLOWS
from secretctl.entity_framework.properties import OWNER, TAGS, tags_from_text, tags_to_text
from secretctl.model import Client, Resource

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from secretctl.entity_framework.columns import Entity
    from secretctl.model import Principal, Secret

_FLOW, _ALSO_CLIENT_CREDENTIALS = "Flow", "AllowClientCredentialsOnly"
_CLIENT_CREDENTIALS = "client_credentials"


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of a principal that are rows of their own, and its properties."""

    values: Mapping[str, tuple[str, ...]]
    properties: Mapping[str, str]


def to_row(entity: Entity, principal: Principal, *, required: Iterable[str] = ()) -> dict[str, object]:
    """The columns of its own row that speak of the principal; a ``required`` name that it lacks is its id."""
    row: dict[str, object] = {entity.key: principal.id}
    for field, column in entity.fields.items():
        value = getattr(principal, field)
        row[column] = principal.id if value is None and column in required else value
    if entity.flow and isinstance(principal, Client):
        row[_FLOW], row[_ALSO_CLIENT_CREDENTIALS], _ = _flow_of(principal.grant_types)
    return row


def to_lists(entity: Entity, principal: Principal) -> Lists:
    """The rows of its child tables, without repetitions: the value of each list, by the model's field."""
    values: dict[str, tuple[str, ...]] = {}
    for field in entity.lists:
        wanted: tuple[str, ...] = getattr(principal, field)
        if entity.flow and field == "grant_types":
            wanted = _flow_of(wanted)[2]
        values[field] = tuple(dict.fromkeys(wanted))
    properties: dict[str, str] = {}
    if entity.properties is not None and principal.owner is not None:
        properties[OWNER] = principal.owner
    tags = tags_to_text(principal.tags)
    if entity.properties is not None and tags is not None:
        properties[TAGS] = tags
    return Lists(values, properties)


def from_row(
    entity: Entity, row: Mapping[str, Any], lists: Lists, secrets: tuple[Secret, ...], *, required: Iterable[str] = ()
) -> Principal:
    """The principal that a row and its child rows make; ``row`` may lack columns that this database has not."""
    id = row[entity.key]
    fields: dict[str, Any] = {field: row[column] for field, column in entity.fields.items() if column in row}
    for field, column in entity.fields.items():
        if column in required and fields.get(field) == id:
            fields[field] = None
    fields |= {field: tuple(lists.values.get(field, ())) for field in entity.lists}
    if entity.flow:
        fields["grant_types"] = _grant_types(row[_FLOW], row[_ALSO_CLIENT_CREDENTIALS], fields["grant_types"])
    if entity.own_scope:
        fields["scopes"] = (id,)
    for flag in fields.keys() & {"enabled", "require_secret"}:
        fields[flag] = bool(fields[flag])
    fields["owner"] = lists.properties.get(OWNER)
    fields["tags"] = tags_from_text(lists.properties.get(TAGS))
    kind = Client if entity.kind == "client" else Resource
    return kind(id=id, secrets=secrets, **fields)


def unheld(entity: Entity, principal: Principal) -> tuple[str, ...]:
    """The fields of the principal that this schema has no place for, as the command line calls them."""
    lost: list[str] = []
    if "description" not in entity.fields and principal.description is not None:
        lost.append("description")
    if entity.properties is None:
        lost += [name for name in ("owner", "tags") if getattr(principal, name)]
    if entity.own_scope and principal.scopes not in {(), (principal.id,)}:
        lost.append("scopes")
    if isinstance(principal, Client):
        if "require_secret" not in entity.fields and not principal.require_secret:
            lost.append("require_secret = false")
        flow, also, custom = _flow_of(principal.grant_types)
        if entity.flow and set(_grant_types(flow, also, custom)) != set(principal.grant_types):
            lost.append("grant_types")
    return tuple(lost)


def _flow_of(grant_types: tuple[str, ...]) -> tuple[int, bool, tuple[str, ...]]:
    """One flow, client credentials beside it, and custom grant types, which only the custom flow has."""
    flows = {grant: flow for flow, grant in reversed(FLOWS.items())}
    known = [grant for grant in grant_types if grant in flows and grant != _CLIENT_CREDENTIALS]
    also = _CLIENT_CREDENTIALS in grant_types
    if len(known) == 1:
        return flows[known[0]], also, ()
    if grant_types == (_CLIENT_CREDENTIALS,):
        return flows[_CLIENT_CREDENTIALS], False, ()
    return CUSTOM_FLOW, also, tuple(grant for grant in grant_types if grant not in flows)


def _grant_types(flow: int, also: bool, custom: tuple[str, ...]) -> tuple[str, ...]:
    grants = custom if flow == CUSTOM_FLOW else tuple(FLOWS[each] for each in (flow,) if each in FLOWS)
    return grants if not also or _CLIENT_CREDENTIALS in grants else (*grants, _CLIENT_CREDENTIALS)
