"""A principal as the values of its row and back, by what an Entity says. Nothing here touches a database."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from secretctl.entity_framework.identityserver3 import CUSTOM_FLOW, FLOWS
from secretctl.entity_framework.properties import OWNER, TAGS, tags_from_text, tags_to_text
from secretctl.model import Client, Resource

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from secretctl.entity_framework.columns import Entity
    from secretctl.model import Kind, Principal, Secret

_TYPES: Mapping[Kind, type[Client | Resource]] = {"client": Client, "resource": Resource}
_FLOW, _ALSO_CLIENT_CREDENTIALS = "Flow", "AllowClientCredentialsOnly"
_CLIENT_CREDENTIALS = "client_credentials"
_EMPTY = {"enabled": True, "require_secret": True, "tags": (), "scopes": (), "grant_types": ()}
"""What a field that has no place reads as; None where nothing is said."""


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


def secret_row(secret: Secret) -> dict[str, object]:
    """The columns of a secret's row, whichever table it is in."""
    return {
        "Type": secret.type,
        "Value": secret.value,
        "Description": secret.description,
        "Expiration": secret.expiration,
        "Created": secret.created,
    }


def from_row(
    entity: Entity, row: Mapping[str, Any], lists: Lists, secrets: tuple[Secret, ...], *, required: Iterable[str] = ()
) -> Principal:
    """The principal that a row and its child rows make; ``row`` may lack columns that this database has not."""
    id = row[entity.key]
    known: dict[str, Any] = {field: row[column] for field, column in entity.fields.items() if column in row}
    for field, column in entity.fields.items():
        if column in required and known.get(field) == id:
            known[field] = None
    known |= {field: tuple(lists.values.get(field, ())) for field in entity.lists}
    if entity.flow:
        known["grant_types"] = _grant_types(row[_FLOW], row[_ALSO_CLIENT_CREDENTIALS], known["grant_types"])
    if entity.own_scope:
        known["scopes"] = (id,)
    for flag in known.keys() & {"enabled", "require_secret"}:
        known[flag] = bool(known[flag])
    known["owner"] = lists.properties.get(OWNER)
    known["tags"] = tags_from_text(lists.properties.get(TAGS))
    return _TYPES[entity.kind](id=id, secrets=secrets, **known)


def absent(entity: Entity) -> frozenset[str]:
    """The fields of the model that this schema has no column and no table for."""
    known = {"id", "secrets", *entity.fields, *entity.lists, *(("scopes",) if entity.own_scope else ())}
    known |= {"owner", "tags"} if entity.properties is not None else set()
    return frozenset(field.name for field in fields(_TYPES[entity.kind])) - known


def fitted(
    entity: Entity, principal: Principal, lacking: Iterable[str], *, required: Collection[str] = ()
) -> Principal:
    """The principal as it comes back from a database that has no place for the fields ``lacking``.

    ``required`` columns are never empty. The same object where nothing is different.
    """
    changes: dict[str, Any] = {}
    for field in lacking:
        value, empty = getattr(principal, field), _EMPTY.get(field)
        if value != empty:
            changes[field] = empty
    for field, column in entity.fields.items() if required else ():
        if column in required and getattr(principal, field) == principal.id:
            changes[field] = None
    if entity.own_scope and principal.scopes != (principal.id,):
        changes["scopes"] = (principal.id,)
    if entity.flow and isinstance(principal, Client):
        held = _grant_types(*_flow_of(principal.grant_types))
        if set(held) != set(principal.grant_types):
            changes["grant_types"] = held
    return replace(principal, **changes) if changes else principal


def left_out(principal: Principal, like: Principal) -> tuple[str, ...]:
    """The fields of which ``fitted`` made ``like`` without something that the principal has."""
    if like is principal:
        return ()
    # A name that is the id, or no scopes where its own one is a matter of course: nothing is lost with those.
    return tuple(
        field.name
        for field in fields(principal)
        if (value := getattr(principal, field.name)) not in {None, (), principal.id}
        and value != getattr(like, field.name)
    )


def unheld(entity: Entity, principal: Principal) -> tuple[str, ...]:
    """The fields of the principal that this schema has no place for, or not for all that stands in them."""
    return left_out(principal, fitted(entity, principal, absent(entity)))


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
    grants = custom if flow == CUSTOM_FLOW else (FLOWS[flow],) if flow in FLOWS else ()
    return grants if not also or _CLIENT_CREDENTIALS in grants else (*grants, _CLIENT_CREDENTIALS)
