"""Writing ``keycloak``: a realm's JSON with nothing but its clients, for Keycloak's partial import."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from secretctl.entity_framework.properties import tags_to_text
from secretctl.interchange import Exported, Loss
from secretctl.interchange.jwks import jwks_of
from secretctl.interchange.shared_times import epoch_seconds, list_hashes, newest_usable
from secretctl.lifetimes import unexpired
from secretctl.model import JWK, SHARED_SECRET, X509_CERTIFICATE, X509_NAME, Client

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from secretctl.model import Principal, Secret

OWNER, TAGS = "secretctl.owner", "secretctl.tags"
"""Attributes of ours: Keycloak keeps those that it does not know."""
GRANTS = {
    "standardFlowEnabled": "authorization_code",
    "implicitFlowEnabled": "implicit",
    "directAccessGrantsEnabled": "password",
    "serviceAccountsEnabled": "client_credentials",
    "oauth2.device.authorization.grant.enabled": "urn:ietf:params:oauth:grant-type:device_code",
    "oidc.ciba.grant.enabled": "urn:openid:params:grant-type:ciba",
}
"""Keycloak's switches, those with a dot among the attributes, and the grant types that they stand for."""

NO_SWITCH = "Keycloak has no switch for it"
ONE_METHOD = "Keycloak lets a client authenticate in one way only"
NO_PLACE = "Keycloak has no place for it"


def dump(principals: Iterable[Principal], *, now: datetime) -> Exported:
    """``{"clients": […]}``; resources become bearer-only clients."""
    losses: list[Loss] = []
    clients = [_entry(principal, now, losses) for principal in principals]
    return Exported(json.dumps({"clients": clients}, indent=2) + "\n", tuple(losses))


def _entry(principal: Principal, now: datetime, losses: list[Loss]) -> dict[str, object]:
    entry: dict[str, object] = {
        "clientId": principal.id,
        "name": principal.label,
        "description": principal.description,
        "enabled": principal.enabled,
        "protocol": "openid-connect",
        "bearerOnly": not isinstance(principal, Client),
        "publicClient": isinstance(principal, Client) and not principal.require_secret,
        "defaultClientScopes": list(principal.scopes) or None,
    }
    attributes: dict[str, str | None] = {OWNER: principal.owner, TAGS: tags_to_text(principal.tags)}
    if isinstance(principal, Client):
        _add_grants(principal, entry, attributes, losses)
    method = _method(principal, now)
    entry["clientAuthenticatorType"] = method
    list_hashes(principal, losses)
    if method == "client-secret":
        attributes |= _times(principal, now, losses)
    attributes |= _credentials(principal, method, now, losses)
    entry["attributes"] = {name: value for name, value in attributes.items() if value is not None}
    return {name: value for name, value in entry.items() if value is not None}


def _add_grants(
    client: Client, entry: dict[str, object], attributes: dict[str, str | None], losses: list[Loss]
) -> None:
    for switch, grant in GRANTS.items():
        used = grant in client.grant_types
        if "." not in switch:
            entry[switch] = used
        elif used:
            attributes[switch] = "true"
    known = set(GRANTS.values())
    losses.extend(
        Loss(str(client.target), f"grant_types {grant}", NO_SWITCH)
        for grant in client.grant_types
        if grant not in known
    )


def _method(principal: Principal, now: datetime) -> str:
    """How Keycloak would let it authenticate: by what is usable, a shared secret first."""
    types = {secret.type for secret in unexpired(principal.secrets, now)}
    if SHARED_SECRET not in types:
        if types & {JWK, X509_CERTIFICATE}:
            return "client-jwt"
        if X509_NAME in types:
            return "client-x509"
    return "client-secret"


def _times(principal: Principal, now: datetime, losses: list[Loss]) -> dict[str, str | None]:
    newest = newest_usable(principal, now)
    if newest is None:
        return {}
    created, expiration = (
        None if instant is None else str(epoch_seconds(instant, principal, newest, losses))
        for instant in (newest.created, newest.expiration)
    )
    return {"client.secret.creation.time": created, "client.secret.expiration.time": expiration}


def _credentials(principal: Principal, method: str, now: datetime, losses: list[Loss]) -> dict[str, str | None]:
    """The attributes for the one method; all secrets of other kinds are losses."""
    subject = str(principal.target)
    name: Secret | None = None
    if method == "client-x509":
        name = next(secret for secret in unexpired(principal.secrets, now) if secret.type == X509_NAME)
        if name.expiration is not None:
            losses.append(Loss(subject, "expiration", NO_PLACE, name.id))
    key_types = {JWK, X509_CERTIFICATE}
    for secret in principal.secrets:
        if secret is name or secret.type == SHARED_SECRET or (method == "client-jwt" and secret.type in key_types):
            continue
        losses.append(Loss(subject, secret.type, ONE_METHOD, secret.id))
    if name is not None:
        return {"x509.subjectdn": name.value, "x509.allow.regex.pattern.comparison": "false"}
    keys = jwks_of(principal, now, losses) if method == "client-jwt" else []
    if len(keys) == 1 and isinstance(keys[0].get("x5c"), list) and "kid" not in keys[0]:
        return {"jwt.credential.certificate": keys[0]["x5c"][0], "use.jwks.url": "false"}  # type: ignore[index]
    if keys:
        text = json.dumps({"keys": keys}, separators=(",", ":"))
        return {"use.jwks.url": "false", "use.jwks.string": "true", "jwks.string": text}
    return {}
