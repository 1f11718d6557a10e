"""Client metadata as RFC 7591 §2 and §3.2.1 spell it, which ``rfc7591`` and ``hydra`` share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from secretctl.interchange import Exported, Loss
from secretctl.interchange.drafts import SharedDraft, draft_of, list_unread, settle
from secretctl.interchange.json_input import Fields, load_json, wrong
from secretctl.interchange.jwks import jwks_of, secrets_from_jwks
from secretctl.interchange.shared_times import epoch_seconds, list_hashes, newest_usable
from secretctl.lifetimes import unexpired
from secretctl.model import (
    JWK,
    SHARED_SECRET,
    X509_CERTIFICATE,
    X509_NAME,
    X509_THUMBPRINT,
    Client,
    Secret,
    SecretText,
    StoredValue,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from secretctl.interchange import HashPlaintext, Imported, Values
    from secretctl.interchange.drafts import Draft
    from secretctl.model import Principal

    ReadMore = Callable[[Fields, dict[str, object], str, list[Loss]], None]
    WriteMore = Callable[[Client, list[Loss]], dict[str, object]]

CLIENTS_ONLY = "the format holds clients, no resources"
NO_PLACE = "the format has no place for it"
DISABLED = "the format cannot say that a client is disabled: it would be valid there"
EXPIRES_WITHOUT_SECRET = "it came without a client_secret"
ONE_SUBJECT = "the format holds one subject a client"

_METHODS_OF_TYPES = (
    (frozenset({SHARED_SECRET}), "client_secret_basic"),
    (frozenset({JWK, X509_CERTIFICATE}), "private_key_jwt"),
    (frozenset({X509_NAME}), "tls_client_auth"),
    (frozenset({X509_THUMBPRINT}), "self_signed_tls_client_auth"),
)
_METHODS = {"none", "client_secret_post", *(method for _, method in _METHODS_OF_TYPES)}


def parse_metadata(
    text: str, read_more: ReadMore, *, values: Values | None, hash_plaintext: HashPlaintext, what: str
) -> Imported:
    """The clients in one object, an array, or ``{"items": […]}``. ``read_more`` reads what one format alone has."""
    losses: list[Loss] = []
    notes: list[str] = []
    drafts = [_draft(fields, read_more, losses, notes) for fields in _entries(load_json(text, what=what))]
    return settle(drafts, losses, notes, values=values, hash_plaintext=hash_plaintext, by_format="plaintext")


def _entries(document: object) -> list[Fields]:
    if isinstance(document, dict) and "items" in document and "client_id" not in document:
        return Fields(document, "").objects("items")
    if isinstance(document, list):
        return [Fields(item, f"[{index}]") for index, item in enumerate(document)]
    if isinstance(document, dict):
        return [Fields(document, "")]
    raise wrong("the document", "a client, an array of clients, or an object with items")


def _draft(fields: Fields, read_more: ReadMore, losses: list[Loss], notes: list[str]) -> Draft:
    id = fields.required_text("client_id")
    subject = f"client/{id}"
    found: dict[str, object] = {
        "name": fields.text("client_name") or None,
        "grant_types": fields.texts("grant_types"),
        "scopes": tuple((fields.text("scope") or "").split()),
        "require_secret": _require_secret(fields, subject, losses),
    }
    read_more(fields, found, subject, losses)
    draft = draft_of(Client, id, found)
    _add_shared(draft, fields, losses, notes)
    keys = fields.child("jwks")
    numbered = [(f"jwks.keys[{index}]", key) for index, (_, key) in enumerate(keys.items("keys"))]
    draft.secrets += secrets_from_jwks(numbered, subject, losses)
    if subject_name := fields.text("tls_client_auth_subject_dn"):
        draft.secrets.append(Secret("", X509_NAME, StoredValue(subject_name)))
    list_unread(fields, subject, losses)
    list_unread(keys, subject, losses, within="jwks.")
    return draft


def _require_secret(fields: Fields, subject: str, losses: list[Loss]) -> bool | None:
    method = fields.text("token_endpoint_auth_method")
    if method is None:
        return None
    if method not in _METHODS:
        losses.append(Loss(subject, "token_endpoint_auth_method", "no registry knows the method it names"))
    return method != "none"


def _add_shared(draft: Draft, fields: Fields, losses: list[Loss], notes: list[str]) -> None:
    expires = fields.has("client_secret_expires_at")
    expiration, milliseconds = fields.epoch("client_secret_expires_at")
    if milliseconds:
        notes.append(f"{draft.principal.target}: client_secret_expires_at is in milliseconds, and was read so")
    text = fields.text("client_secret")
    if text is not None:
        draft.secrets.append(SharedDraft(SecretText(text), "client_secret", None, expiration))
    elif expires and expiration is not None:
        losses.append(Loss(str(draft.principal.target), "client_secret_expires_at", EXPIRES_WITHOUT_SECRET))


def dump_metadata(principals: Iterable[Principal], write_more: WriteMore, *, now: datetime) -> Exported:
    """The clients as an array. ``write_more`` gives the members that one format alone has."""
    losses: list[Loss] = []
    entries = []
    for principal in principals:
        if isinstance(principal, Client):
            entries.append({**_entry(principal, now, losses), **write_more(principal, losses)})
        else:
            losses.append(Loss(str(principal.target), principal.kind, CLIENTS_ONLY))
    return Exported(json.dumps(entries, indent=2) + "\n", tuple(losses))


def _entry(client: Client, now: datetime, losses: list[Loss]) -> dict[str, object]:
    entry: dict[str, object] = {"client_id": client.id}
    if client.name:
        entry["client_name"] = client.name
    if client.grant_types:
        entry["grant_types"] = list(client.grant_types)
    if client.scopes:
        entry["scope"] = " ".join(client.scopes)
    if not client.enabled:
        losses.append(Loss(str(client.target), "enabled", DISABLED))
    entry["token_endpoint_auth_method"] = _method(client, now)
    newest = newest_usable(client, now)
    if newest is not None:
        end = newest.expiration
        entry["client_secret_expires_at"] = 0 if end is None else epoch_seconds(end, client, newest, losses)
    list_hashes(client, losses)
    if keys := jwks_of(client, now, losses):
        entry["jwks"] = {"keys": keys}
    if names := _subject_names(client, now, losses):
        entry["tls_client_auth_subject_dn"] = names
    return entry


def _method(client: Client, now: datetime) -> str:
    if not client.require_secret:
        return "none"
    types = {secret.type for secret in unexpired(client.secrets, now)}
    return next((method for of_method, method in _METHODS_OF_TYPES if of_method & types), "client_secret_basic")


def _subject_names(client: Client, now: datetime, losses: list[Loss]) -> str | None:
    """The one subject that RFC 8705 §2.1.2 has room for; thumbprints and all others are losses."""
    chosen: Secret | None = None
    usable = unexpired(client.secrets, now)
    for secret in client.secrets:
        if secret.type in {SHARED_SECRET, JWK, X509_CERTIFICATE}:
            continue
        if secret.type == X509_NAME and chosen is None and secret in usable:
            chosen = secret
            if secret.expiration is not None:
                losses.append(Loss(str(client.target), "expiration", NO_PLACE, secret.id))
        else:
            losses.append(
                Loss(str(client.target), secret.type, ONE_SUBJECT if secret.type == X509_NAME else NO_PLACE, secret.id)
            )
    return None if chosen is None else chosen.value
