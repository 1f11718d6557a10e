"""The database of IdentityServer3, whose resources are scopes and whose clients have one flow instead of grant types.

Source: the schema of IdentityServer3.EntityFramework 2, with the defaults of IdentityServer3's ``Client`` and ``Scope``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.entity_framework.columns import (
    Entity,
    Schema,
    Table,
    child,
    number,
    off,
    on,
    optional,
    tables,
    text,
)

if TYPE_CHECKING:
    from secretctl.entity_framework.columns import Column

CUSTOM_FLOW = 5
FLOWS = {
    0: "authorization_code",
    1: "implicit",
    2: "hybrid",
    3: "client_credentials",
    4: "password",
    6: "authorization_code",
    7: "hybrid",
}
"""``Flows`` and the grant type that each stands for; 6 and 7 are 0 and 2 with proof keys. 5 is custom: a list of its own."""

_RESOURCE_SCOPE = 1  # ScopeType.Resource; 0 is Identity (openid, profile, …)


def _secrets(parent: str, foreign_key: str, name: str, description: int) -> Table:
    values = (text("Description", description), text("Value", 250, required=True), text("Type", 250))
    return child(parent, foreign_key, name, *values, optional("Expiration", "offset"))


def _of_client(name: str, *columns: Column) -> Table:
    return child("Clients", "Client_Id", name, *columns)


_CLIENTS = Table(
    "Clients",
    (
        on("Enabled"),
        text("ClientId", 200, required=True),
        text("ClientName", 200, required=True),
        text("ClientUri", 2000),
        text("LogoUri", None),
        on("RequireConsent"),
        on("AllowRememberConsent"),
        on("AllowAccessTokensViaBrowser"),
        number("Flow", 1),
        off("AllowClientCredentialsOnly"),
        text("LogoutUri", None),
        on("LogoutSessionRequired"),
        off("RequireSignOutPrompt"),
        off("AllowAccessToAllScopes"),
        number("IdentityTokenLifetime", 300),
        number("AccessTokenLifetime", 3600),
        number("AuthorizationCodeLifetime", 300),
        number("AbsoluteRefreshTokenLifetime", 2_592_000),
        number("SlidingRefreshTokenLifetime", 1_296_000),
        number("RefreshTokenUsage", 1),  # OneTimeOnly
        off("UpdateAccessTokenOnRefresh"),
        number("RefreshTokenExpiration", 1),  # Absolute
        number("AccessTokenType", 0),  # Jwt
        on("EnableLocalLogin"),
        off("IncludeJwtId"),
        off("AlwaysSendClientClaims"),
        on("PrefixClientClaims"),
        off("AllowAccessToAllGrantTypes"),
    ),
    unique=("ClientId",),
)
_SCOPES = Table(
    "Scopes",
    (
        on("Enabled"),
        text("Name", 200, required=True),
        text("DisplayName", 200),
        text("Description", 1000),
        off("Required"),
        off("Emphasize"),
        number("Type", _RESOURCE_SCOPE),
        off("IncludeAllClaimsForUser"),
        text("ClaimsRule", 200),
        on("ShowInDiscoveryDocument"),
        off("AllowUnrestrictedIntrospection"),
    ),
    unique=("Name",),
)

IDENTITYSERVER3 = Schema(
    "identityserver3",
    "identityserver3",
    tables(
        _CLIENTS,
        _of_client("ClientClaims", text("Type", 250, required=True), text("Value", 250, required=True)),
        _of_client("ClientCorsOrigins", text("Origin", 150, required=True)),
        _of_client("ClientCustomGrantTypes", text("GrantType", 250, required=True)),
        _of_client("ClientIdPRestrictions", text("Provider", 200, required=True)),
        _of_client("ClientPostLogoutRedirectUris", text("Uri", 2000, required=True)),
        _of_client("ClientRedirectUris", text("Uri", 2000, required=True)),
        _of_client("ClientScopes", text("Scope", 200, required=True)),
        _secrets("Clients", "Client_Id", "ClientSecrets", 2000),
        _SCOPES,
        child(
            "Scopes",
            "Scope_Id",
            "ScopeClaims",
            text("Name", 200, required=True),
            text("Description", 1000),
            off("AlwaysIncludeInIdToken"),
        ),
        _secrets("Scopes", "Scope_Id", "ScopeSecrets", 1000),
    ),
    {
        "client": Entity(
            kind="client",
            table="Clients",
            key="ClientId",
            foreign_key="Client_Id",
            fields={"name": "ClientName", "enabled": "Enabled"},
            lists={"scopes": ("ClientScopes", "Scope"), "grant_types": ("ClientCustomGrantTypes", "GrantType")},
            secrets="ClientSecrets",
            flow=True,
        ),
        "resource": Entity(
            kind="resource",
            table="Scopes",
            key="Name",
            foreign_key="Scope_Id",
            fields={"display_name": "DisplayName", "description": "Description", "enabled": "Enabled"},
            lists={},
            secrets="ScopeSecrets",
            own_scope=True,
            listed=("Type", _RESOURCE_SCOPE),
        ),
    },
)
