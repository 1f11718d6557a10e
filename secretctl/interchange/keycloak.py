"""``keycloak``: a realm's JSON, as Keycloak exports and imports it; also one client's, or an array of them.

Names are those of ``RealmRepresentation``, ``ClientRepresentation``, ``ClientSecretConstants``, ``OIDCConfigAttributes``,
``JWTClientAuthenticator`` and ``X509ClientAuthenticator`` of Keycloak's sources. Keycloak keeps secrets in plaintext: they
are hashed. A bearer-only client is a resource here. Owner and tags live in attributes of our own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.crypto.strict_json import JsonError, parse_object
from secretctl.entity_framework.properties import tags_from_text
from secretctl.errors import UnavailableError
from secretctl.interchange import Loss
from secretctl.interchange.drafts import SharedDraft, draft_of, list_unread, settle
from secretctl.interchange.json_input import Fields, load_json
from secretctl.interchange.jwks import NOT_A_KEY, certificate_value, secrets_from_jwks
from secretctl.interchange.keycloak_realm import GRANTS, OWNER, TAGS, dump
from secretctl.model import X509_CERTIFICATE, X509_NAME, Client, Resource, Secret, SecretText, StoredValue

if TYPE_CHECKING:
    from secretctl.interchange import HashPlaintext, Imported, Values
    from secretctl.interchange.drafts import Draft

__all__ = ["dump", "parse"]

NOT_IN_FORCE = "Keycloak does not look at it: the client authenticates in another way"
NOT_OAUTH = "its protocol is not openid-connect"
A_PATTERN = "it is a pattern for subjects, not one"

_WHAT = "a Keycloak realm, a client, or an array of clients"
_SECRET, _SECRET_JWT, _JWT, _X509 = "client-secret", "client-secret-jwt", "client-jwt", "client-x509"


def parse(text: str, *, values: Values | None, hash_plaintext: HashPlaintext) -> Imported:
    """The clients of a realm (see ``Importer.parse``)."""
    losses: list[Loss] = []
    notes: list[str] = []
    drafts = [_draft(fields, losses, notes) for fields in _entries(load_json(text, what=_WHAT))]
    kept = [draft for draft in drafts if draft is not None]
    return settle(kept, losses, notes, values=values, hash_plaintext=hash_plaintext, by_format="plaintext")


def _entries(document: object) -> list[Fields]:
    if isinstance(document, list):
        return [Fields(item, f"[{index}]") for index, item in enumerate(document)]
    if isinstance(document, dict) and "clients" in document:
        return Fields(document, "").objects("clients")
    if isinstance(document, dict) and "clientId" in document:
        return [Fields(document, "")]
    raise UnavailableError("import_invalid", f"the input is not {_WHAT}", hint="`kc.sh export` writes a whole realm")


def _draft(fields: Fields, losses: list[Loss], notes: list[str]) -> Draft | None:
    id = fields.required_text("clientId")
    if (fields.text("protocol") or "openid-connect") != "openid-connect":
        losses.append(Loss(f"client/{id}", "client", NOT_OAUTH))
        return None
    attributes = fields.child("attributes")
    draft = _principal(id, fields, attributes)
    subject = str(draft.principal.target)
    method = fields.text("clientAuthenticatorType")
    _add_shared(draft, fields, attributes, losses, notes)
    _in_force(draft, method in {None, _SECRET, _SECRET_JWT}, 0, losses)
    shared = len(draft.secrets)
    _add_keys(draft, attributes, losses)
    _in_force(draft, method in {None, _JWT}, shared, losses)
    keys = len(draft.secrets)
    _add_subject(draft, attributes, losses)
    _in_force(draft, method in {None, _X509}, keys, losses)
    if method not in {None, _SECRET, _JWT, _X509}:
        losses.append(Loss(subject, "clientAuthenticatorType", "no registry knows the method it names"))
    list_unread(fields, subject, losses)
    list_unread(attributes, subject, losses, within="attributes.")
    return draft


def _principal(id: str, fields: Fields, attributes: Fields) -> Draft:
    """The client, or the resource that a bearer-only client is, without secrets."""
    resource = fields.flag("bearerOnly") or False
    name, public = fields.text("name") or None, fields.flag("publicClient")
    grants = [(grant, (attributes if "." in flag else fields).flag(flag)) for flag, grant in GRANTS.items()]
    found: dict[str, object] = {
        "description": fields.text("description") or None,
        "enabled": fields.flag("enabled"),
        "owner": attributes.text(OWNER) or None,
        "tags": tags_from_text(attributes.text(TAGS)),
        "scopes": (*fields.texts("defaultClientScopes"), *fields.texts("optionalClientScopes")),
    }
    if resource:
        found["display_name"] = name
    else:
        found |= {
            "name": name,
            "require_secret": None if public is None else not public,
            "grant_types": tuple(grant for grant, used in grants if used),
        }
    return draft_of(Resource if resource else Client, id, found)


def _add_shared(draft: Draft, fields: Fields, attributes: Fields, losses: list[Loss], notes: list[str]) -> None:
    """The current secret, after the one it replaced, which stays valid for a while."""
    subject = str(draft.principal.target)
    for text, prefix in (
        (attributes.text("client.secret.rotated"), "client.secret.rotated"),
        (fields.text("secret"), "client.secret"),
    ):
        created, in_ms = attributes.epoch(f"{prefix}.creation.time")
        expiration, also_in_ms = attributes.epoch(f"{prefix}.expiration.time")
        if in_ms or also_in_ms:
            notes.append(f"{subject}: the times of {prefix} are in milliseconds, and were read so")
        if text:
            name = "secret" if prefix == "client.secret" else prefix
            draft.secrets.append(SharedDraft(SecretText(text), name, None, expiration, created))
        elif expiration is not None:
            losses.append(Loss(subject, f"attributes.{prefix}.expiration.time", "it came without its secret"))


def _add_keys(draft: Draft, attributes: Fields, losses: list[Loss]) -> None:
    """The keys of ``jwks.string`` where that is in force, else the certificate, as ``ClientPublicKeyLoader`` chooses."""
    subject = str(draft.principal.target)
    by_url, by_text = attributes.flag("use.jwks.url") or False, attributes.flag("use.jwks.string") or False
    text, certificate = attributes.text("jwks.string"), attributes.text("jwt.credential.certificate")
    if text and by_text and not by_url:
        draft.secrets += _from_jwks_text(text, subject, losses)
    elif text:
        losses.append(Loss(subject, "attributes.jwks.string", NOT_IN_FORCE))
    if not certificate:
        return
    value = certificate_value(certificate)
    if by_url or by_text:
        losses.append(Loss(subject, "attributes.jwt.credential.certificate", NOT_IN_FORCE))
    elif value is None:
        losses.append(Loss(subject, "attributes.jwt.credential.certificate", NOT_A_KEY))
    else:
        draft.secrets.append(Secret("", X509_CERTIFICATE, value))


def _from_jwks_text(text: str, subject: str, losses: list[Loss]) -> list[Secret]:
    try:
        keys = parse_object(text).get("keys")
    except JsonError:
        keys = None
    if not isinstance(keys, list):
        losses.append(Loss(subject, "attributes.jwks.string", NOT_A_KEY))
        return []
    return secrets_from_jwks([(f"jwks.string[{index}]", key) for index, key in enumerate(keys)], subject, losses)


def _add_subject(draft: Draft, attributes: Fields, losses: list[Loss]) -> None:
    pattern = attributes.flag("x509.allow.regex.pattern.comparison") or False
    if name := attributes.text("x509.subjectdn"):
        if pattern:
            losses.append(Loss(str(draft.principal.target), "attributes.x509.subjectdn", A_PATTERN))
        else:
            draft.secrets.append(Secret("", X509_NAME, StoredValue(name)))


def _in_force(draft: Draft, used: bool, start: int, losses: list[Loss]) -> None:
    """Take the secrets from ``start`` on back where the client authenticates in another way: none is added by importing."""
    if used:
        return
    for item in draft.secrets[start:]:
        name = item.field if isinstance(item, SharedDraft) else item.type
        losses.append(Loss(str(draft.principal.target), name, NOT_IN_FORCE))
    del draft.secrets[start:]
