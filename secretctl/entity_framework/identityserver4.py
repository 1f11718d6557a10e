"""The databases of IdentityServer4 (v4, and v2 and v3 before it) and of Duende IdentityServer, which grew out of them.

Sources: the migrations of IdentityServer4.EntityFramework.Storage 2.3 to 4.1 and of Duende.IdentityServer 7, with the defaults
of their ``Client`` and ``ApiResource``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from secretctl.entity_framework.columns import (
    Column,
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

_CREATED = Column("Created", "instant", None, required=True)
_AUDIT = (_CREATED, optional("Updated", "instant"), optional("LastAccessed", "instant"))
_NAMES = (text("DisplayName", 200), text("Description", 1000))
_REFRESH_ONE_TIME, _REFRESH_REUSE, _REFRESH_ABSOLUTE = 1, 0, 1  # TokenUsage and TokenExpiration


def _clients(*more: Column, refresh_usage: int = _REFRESH_ONE_TIME) -> Table:
    """``Clients`` of IdentityServer4, and with ``more`` columns of Duende, whose refresh tokens are reused."""
    uri = 2000
    return Table(
        "Clients",
        (
            on("Enabled"),
            text("ClientId", 200, required=True),
            text("ProtocolType", 200, required=True, default="oidc"),
            on("RequireClientSecret"),
            text("ClientName", 200),
            text("Description", 1000),
            *(text(name, uri) for name in ("ClientUri", "LogoUri", "FrontChannelLogoutUri", "BackChannelLogoutUri")),
            off("RequireConsent"),
            on("AllowRememberConsent"),
            off("AlwaysIncludeUserClaimsInIdToken"),
            on("RequirePkce"),
            off("AllowPlainTextPkce"),
            off("AllowAccessTokensViaBrowser"),
            on("FrontChannelLogoutSessionRequired"),
            on("BackChannelLogoutSessionRequired"),
            off("AllowOfflineAccess"),
            number("IdentityTokenLifetime", 300),
            number("AccessTokenLifetime", 3600),
            number("AuthorizationCodeLifetime", 300),
            optional("ConsentLifetime"),
            number("AbsoluteRefreshTokenLifetime", 2_592_000),
            number("SlidingRefreshTokenLifetime", 1_296_000),
            number("RefreshTokenUsage", refresh_usage),
            off("UpdateAccessTokenClaimsOnRefresh"),
            number("RefreshTokenExpiration", _REFRESH_ABSOLUTE),
            number("AccessTokenType", 0),
            on("EnableLocalLogin"),
            on("IncludeJwtId"),
            off("AlwaysSendClientClaims"),
            text("ClientClaimsPrefix", 200, default="client_"),
            text("PairWiseSubjectSalt", 200),
            *_AUDIT,
            optional("UserSsoLifetime"),
            text("UserCodeType", 100),
            number("DeviceCodeLifetime", 300),
            off("NonEditable"),
            *more,
        ),
        unique=("ClientId",),
    )


def _secrets(parent: str, foreign_key: str, name: str, description: int) -> Table:
    values = (text("Description", description), text("Value", 4000, required=True), text("Type", 250, required=True))
    return child(parent, foreign_key, name, *values, optional("Expiration", "instant"), _CREATED)


def _properties(parent: str, foreign_key: str, name: str, *, unique: bool = False) -> Table:
    table = child(parent, foreign_key, name, text("Key", 250, required=True), text("Value", 2000, required=True))
    return replace(table, unique=("Key",)) if unique else table


def _client_children(*, unique: bool, uri: int = 2000) -> tuple[Table, ...]:
    def of_client(name: str, *columns: Column) -> Table:
        return child("Clients", "ClientId", name, *columns, unique=unique)

    pair = (text("Type", 250, required=True), text("Value", 250, required=True))
    return (
        of_client("ClientClaims", *pair),
        of_client("ClientCorsOrigins", text("Origin", 150, required=True)),
        of_client("ClientGrantTypes", text("GrantType", 250, required=True)),
        of_client("ClientIdPRestrictions", text("Provider", 200, required=True)),
        of_client("ClientPostLogoutRedirectUris", text("PostLogoutRedirectUri", uri, required=True)),
        of_client("ClientRedirectUris", text("RedirectUri", uri, required=True)),
        of_client("ClientScopes", text("Scope", 200, required=True)),
        _properties("Clients", "ClientId", "ClientProperties", unique=unique),
        _secrets("Clients", "ClientId", "ClientSecrets", 2000),
    )


def _resources(
    *, unique: bool, scope_audit: tuple[Column, ...] = (), resource: tuple[Column, ...] = ()
) -> tuple[Table, ...]:
    """``ApiResources``, ``ApiScopes``, ``IdentityResources`` and their children, from IdentityServer4 v4 on."""
    claim = text("Type", 200, required=True)
    name = text("Name", 200, required=True)
    shown, fixed = on("ShowInDiscoveryDocument"), off("NonEditable")
    ruled = (on("Enabled"), name, *_NAMES, off("Required"), off("Emphasize"), shown)
    signing = text("AllowedAccessTokenSigningAlgorithms", 100)
    owner, key = "ApiResources", "ApiResourceId"
    return (
        Table(owner, (on("Enabled"), name, *_NAMES, signing, shown, *_AUDIT, fixed, *resource), unique=("Name",)),
        child(owner, key, "ApiResourceClaims", claim, unique=unique),
        _properties(owner, key, "ApiResourceProperties", unique=unique),
        child(owner, key, "ApiResourceScopes", text("Scope", 200, required=True), unique=unique),
        _secrets(owner, key, "ApiResourceSecrets", 1000),
        Table("ApiScopes", (*ruled, *scope_audit), unique=("Name",)),
        child("ApiScopes", "ScopeId", "ApiScopeClaims", claim, unique=unique),
        _properties("ApiScopes", "ScopeId", "ApiScopeProperties", unique=unique),
        Table("IdentityResources", (*ruled, *_AUDIT[:2], fixed), unique=("Name",)),
        child("IdentityResources", "IdentityResourceId", "IdentityResourceClaims", claim, unique=unique),
        _properties("IdentityResources", "IdentityResourceId", "IdentityResourceProperties", unique=unique),
    )


_DUENDE_CLIENT = (
    off("RequireRequestObject"),
    text("AllowedIdentityTokenSigningAlgorithms", 100),
    off("RequireDPoP"),
    number("DPoPValidationMode", 1),  # DPoPTokenExpirationValidationMode.Iat
    Column("DPoPClockSkew", "span", None, required=True, default=timedelta(minutes=5)),
    text("InitiateLoginUri", 2000),
    optional("CibaLifetime"),
    optional("PollingInterval"),
    optional("CoordinateLifetimeWithUserSession", "flag"),
    optional("PushedAuthorizationLifetime"),
    off("RequirePushedAuthorization"),
)
_PROVIDERS = Table(
    "IdentityProviders",
    (
        text("Scheme", 200, required=True),
        text("DisplayName", 200),
        on("Enabled"),
        text("Type", 20, required=True),
        text("Properties", None),
        *_AUDIT,
        off("NonEditable"),
    ),
    unique=("Scheme",),
)
_V3_SCOPE = (
    text("Name", 200, required=True),
    *_NAMES,
    off("Required"),
    off("Emphasize"),
    on("ShowInDiscoveryDocument"),
)
_CLIENT = Entity(
    kind="client",
    table="Clients",
    key="ClientId",
    foreign_key="ClientId",
    fields={
        "name": "ClientName",
        "description": "Description",
        "enabled": "Enabled",
        "require_secret": "RequireClientSecret",
    },
    lists={"scopes": ("ClientScopes", "Scope"), "grant_types": ("ClientGrantTypes", "GrantType")},
    secrets="ClientSecrets",
    properties="ClientProperties",
)
_RESOURCE = Entity(
    kind="resource",
    table="ApiResources",
    key="Name",
    foreign_key="ApiResourceId",
    fields={"display_name": "DisplayName", "description": "Description", "enabled": "Enabled"},
    lists={"scopes": ("ApiResourceScopes", "Scope")},
    secrets="ApiResourceSecrets",
    properties="ApiResourceProperties",
)

DUENDE = Schema(
    "duende",
    "duende",
    tables(
        _clients(*_DUENDE_CLIENT, refresh_usage=_REFRESH_REUSE),
        *_client_children(unique=True, uri=400),
        *_resources(
            unique=True,
            scope_audit=(*_AUDIT, off("NonEditable")),
            resource=(off("RequireResourceIndicator"),),
        ),
        _PROVIDERS,
    ),
    {"client": _CLIENT, "resource": _RESOURCE},
)

_V4_CLIENT = _DUENDE_CLIENT[:2]
IDENTITYSERVER4 = Schema(
    "identityserver4",
    "identityserver4",
    tables(_clients(*_V4_CLIENT), *_client_children(unique=False), *_resources(unique=False)),
    {"client": _CLIENT, "resource": _RESOURCE},
)

# Until v3 a scope belonged to one API: its definition is the row that ties it to the resource.
_V3_RESOURCE = replace(
    _RESOURCE, lists={"scopes": ("ApiScopes", "Name")}, secrets="ApiSecrets", properties="ApiProperties"
)
IDENTITYSERVER4_V3 = Schema(
    "identityserver4-v3",
    "identityserver4",
    tables(
        _clients(),
        *_client_children(unique=False),
        Table(
            "ApiResources",
            (on("Enabled"), text("Name", 200, required=True), *_NAMES, *_AUDIT, off("NonEditable")),
            unique=("Name",),
        ),
        child("ApiResources", "ApiResourceId", "ApiClaims", text("Type", 200, required=True)),
        _properties("ApiResources", "ApiResourceId", "ApiProperties"),
        child("ApiResources", "ApiResourceId", "ApiScopes", *_V3_SCOPE),
        _secrets("ApiResources", "ApiResourceId", "ApiSecrets", 1000),
        child("ApiScopes", "ApiScopeId", "ApiScopeClaims", text("Type", 200, required=True)),
    ),
    {"client": _CLIENT, "resource": _V3_RESOURCE},
)
