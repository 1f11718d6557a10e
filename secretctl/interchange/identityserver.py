"""``identityserver``: the appsettings JSON that ``AddInMemoryClients`` and ``AddInMemoryApiResources`` are fed from.

Keys are those of ``IdentityServer4.Models.Client``, ``ApiResource`` and ``Secret`` (Duende's are the same), read as
.NET's configuration reads them: without case, with comments and trailing commas, arrays also as numbered objects.
Owner and tags live in ``Properties``, where IdentityServer keeps what it does not know itself.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from secretctl.crypto.shared_secret import means_shared_secret, read_stored_value
from secretctl.entity_framework.properties import tags_from_text, tags_to_text
from secretctl.errors import UnavailableError
from secretctl.interchange import Exported, Loss
from secretctl.interchange.drafts import NO_VALUE, SharedDraft, draft_of, list_unread, settle
from secretctl.interchange.json_input import Fields, load_json
from secretctl.model import SHARED_SECRET, Client, Resource, Secret, SecretText, StoredValue

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from secretctl.interchange import HashPlaintext, Imported, Values
    from secretctl.interchange.drafts import Draft
    from secretctl.model import Principal

NEVER_MATCHES = "IdentityServer knows no such hash: it is written, and never matches there"
_WHAT = "appsettings JSON with Clients or ApiResources, at the top or under IdentityServer"
_SECTIONS = ("Clients", "ApiResources")


def parse(text: str, *, values: Values | None, hash_plaintext: HashPlaintext) -> Imported:
    """The clients and API resources of an appsettings file (see ``Importer.parse``)."""
    document = load_json(text, what=_WHAT, relaxed=True)
    if not isinstance(document, dict):
        raise UnavailableError("import_invalid", f"the input is not {_WHAT}")
    if isinstance(document.get("realm"), str):
        # Its clients would pass for ones without secrets: keys count here in any case.
        raise UnavailableError(
            "import_invalid", "the input is a Keycloak realm", hint="see `secretctl import keycloak`"
        )
    places = _sections(Fields(document, "", folded=True))
    losses: list[Loss] = []
    drafts = [_client(fields, losses) for fields in places["Clients"]]
    drafts += [_resource(fields, losses) for fields in places["ApiResources"]]
    return settle(drafts, losses, [], values=values, hash_plaintext=hash_plaintext, by_format="hashed")


def _sections(root: Fields) -> dict[str, list[Fields]]:
    """The entries of both sections, wherever they are; UnavailableError where neither is anywhere."""
    found: dict[str, list[Fields]] = {section: [] for section in _SECTIONS}
    seen = False
    nested = root.child("IdentityServer") if root.has("IdentityServer") else None
    for section in _SECTIONS:
        # A colon in a key is the same as nesting for .NET.
        for fields, key in ((root, section), (root, f"IdentityServer:{section}"), (nested, section)):
            if fields is not None and fields.has(key):
                seen = True
                found[section] += fields.objects(key)
    if not seen:
        raise UnavailableError(
            "import_invalid",
            "the input has neither Clients nor ApiResources, at the top or under IdentityServer",
            hint=f"the input should be {_WHAT}",
        )
    return found


def _client(fields: Fields, losses: list[Loss]) -> Draft:
    id = fields.required_text("ClientId")
    owner, tags = _properties(fields.child("Properties"), f"client/{id}", losses)
    said = {
        "name": fields.text("ClientName") or None,
        "description": fields.text("Description") or None,
        "enabled": fields.flag("Enabled"),
        "require_secret": fields.flag("RequireClientSecret"),
        "owner": owner,
        "tags": tags,
        "grant_types": fields.texts("AllowedGrantTypes"),
        "scopes": fields.texts("AllowedScopes"),
    }
    draft = draft_of(Client, id, said)
    _add_secrets(draft, fields.objects("ClientSecrets"), losses)
    list_unread(fields, f"client/{id}", losses)
    return draft


def _resource(fields: Fields, losses: list[Loss]) -> Draft:
    id = fields.required_text("Name")
    owner, tags = _properties(fields.child("Properties"), f"resource/{id}", losses)
    said = {
        "display_name": fields.text("DisplayName") or None,
        "description": fields.text("Description") or None,
        "enabled": fields.flag("Enabled"),
        "owner": owner,
        "tags": tags,
        "scopes": _scopes(fields, f"resource/{id}", losses),
    }
    draft = draft_of(Resource, id, said)
    _add_secrets(draft, fields.objects("ApiSecrets"), losses)
    list_unread(fields, f"resource/{id}", losses)
    return draft


def _scopes(fields: Fields, subject: str, losses: list[Loss]) -> tuple[str, ...]:
    """Names of scopes: strings since IdentityServer4 v4, before that objects with a Name."""
    names = []
    for place, item in fields.items("Scopes"):
        if isinstance(item, str):
            names.append(item)
            continue
        scope = Fields(item, place, folded=True)
        if name := scope.text("Name"):
            names.append(name)
        list_unread(scope, subject, losses, within="Scopes.")
    return tuple(names)


def _properties(fields: Fields, subject: str, losses: list[Loss]) -> tuple[str | None, tuple[str, ...]]:
    owner, tags = fields.text("owner") or None, tags_from_text(fields.text("tags"))
    list_unread(fields, subject, losses, within="Properties.")
    return owner, tags


def _add_secrets(draft: Draft, entries: list[Fields], losses: list[Loss]) -> None:
    subject = str(draft.principal.target)
    for entry in entries:
        value = entry.text("Value")
        type = entry.text("Type") or SHARED_SECRET
        description = entry.text("Description") or None
        expiration, created = entry.instant("Expiration"), entry.instant("Created")
        if means_shared_secret(type):  # a misspelled type never matches; its value may be plaintext all the same
            text = SecretText(value or "")
            draft.secrets.append(SharedDraft(text, "secret", description, expiration, created, type))
        elif value:
            draft.secrets.append(Secret("", type, StoredValue(value), description, expiration, created))
        else:
            losses.append(Loss(subject, "secret", NO_VALUE))
        list_unread(entry, subject, losses, within="secret.")


def dump(principals: Iterable[Principal], *, now: datetime) -> Exported:  # noqa: ARG001 - expired ones go along
    """The principals as ``{"Clients": […], "ApiResources": […]}``, secrets in their order."""
    losses: list[Loss] = []
    clients, resources = [], []
    for principal in principals:
        if isinstance(principal, Client):
            clients.append(_client_entry(principal, losses))
        else:
            resources.append(_resource_entry(principal, losses))
    text = json.dumps({"Clients": clients, "ApiResources": resources}, indent=2)
    return Exported(text + "\n", tuple(losses))


def _client_entry(client: Client, losses: list[Loss]) -> dict[str, object]:
    return _present(
        {
            "ClientId": client.id,
            "ClientName": client.name,
            "Description": client.description,
            "Enabled": client.enabled,
            "RequireClientSecret": client.require_secret,
            "AllowedGrantTypes": list(client.grant_types),
            "AllowedScopes": list(client.scopes),
            "ClientSecrets": [_secret_entry(secret, client, losses) for secret in client.secrets],
            "Properties": _property_entries(client),
        }
    )


def _resource_entry(resource: Principal, losses: list[Loss]) -> dict[str, object]:
    return _present(
        {
            "Name": resource.id,
            "DisplayName": resource.label,
            "Description": resource.description,
            "Enabled": resource.enabled,
            "Scopes": list(resource.scopes),
            "ApiSecrets": [_secret_entry(secret, resource, losses) for secret in resource.secrets],
            "Properties": _property_entries(resource),
        }
    )


def _property_entries(principal: Principal) -> dict[str, object]:
    return _present({"owner": principal.owner, "tags": tags_to_text(principal.tags)})


def _secret_entry(secret: Secret, principal: Principal, losses: list[Loss]) -> dict[str, object]:
    """A secret; ``Created`` is no member of ``Secret``, and ignored by the server, but keeps the date for us."""
    if secret.type == SHARED_SECRET and not read_stored_value(secret.value).dotnet_valid:
        losses.append(Loss(str(principal.target), "value", NEVER_MATCHES, secret.id))
    return _present(
        {
            "Value": secret.value,
            "Description": secret.description,
            "Expiration": _without_zone(secret.expiration),
            "Type": secret.type,
            "Created": _without_zone(secret.created),
        }
    )


def _without_zone(instant: datetime | None) -> str | None:
    """An instant in UTC without a zone.

    .NET's configuration turns a time with a zone into the server's local time, and IdentityServer then compares it
    with UTC as it stands: only a time without a zone means the same on every server.
    """
    return None if instant is None else instant.isoformat().removesuffix("+00:00")


def _present(values: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value not in (None, [], {})}
