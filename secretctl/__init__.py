"""Manage, rotate and verify the secrets of OAuth clients and API resources of IdentityServer-style servers.

    >>> import secretctl
    >>> registry = secretctl.open_registry("secretctl.toml")
    >>> registry.verify(secretctl.Request(authorization=header)).accepted

What ``__all__`` names is the public API; everything else may change. The names are resolved when they are first used, so
that importing the package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secretctl.api import Registry, open_registry
    from secretctl.builders.assertion import build_assertion
    from secretctl.builders.basic import build_basic_header
    from secretctl.errors import (
        ConflictError,
        DeliveryError,
        NotFoundError,
        RefusedError,
        RejectedError,
        SecretctlError,
        UnavailableError,
        UsageError,
    )
    from secretctl.model import (
        Client,
        Credential,
        Explanation,
        Match,
        Principal,
        Refusal,
        Request,
        Resource,
        Secret,
        SecretText,
        StoredValue,
        Target,
        Verdict,
    )
    from secretctl.parsers import SecretParser, Submission
    from secretctl.validators import Context, SecretValidator

__version__ = "0.1.0"

__all__ = [
    "Client",
    "ConflictError",
    "Context",
    "Credential",
    "DeliveryError",
    "Explanation",
    "Match",
    "NotFoundError",
    "Principal",
    "Refusal",
    "RefusedError",
    "Registry",
    "RejectedError",
    "Request",
    "Resource",
    "Secret",
    "SecretParser",
    "SecretText",
    "SecretValidator",
    "SecretctlError",
    "StoredValue",
    "Submission",
    "Target",
    "UnavailableError",
    "UsageError",
    "Verdict",
    "build_assertion",
    "build_basic_header",
    "open_registry",
]

_HOMES = {
    "secretctl.api": {"Registry", "open_registry"},
    "secretctl.builders.assertion": {"build_assertion"},
    "secretctl.builders.basic": {"build_basic_header"},
    "secretctl.parsers": {"SecretParser", "Submission"},
    "secretctl.validators": {"Context", "SecretValidator"},
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    fallback = "secretctl.errors" if name.endswith("Error") else "secretctl.model"
    module = next((module for module, names in _HOMES.items() if name in names), fallback)
    value: object = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
