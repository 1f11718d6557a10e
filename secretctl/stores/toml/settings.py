"""The tables of a registry file that are not principals: its format, name, issuer, validation and policy."""

# Paths stay as they were given.
# ruff: noqa: PTH100, PTH118
from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

from secretctl.lifetimes import parse_duration, parse_window
from secretctl.profiles import PROFILES
from secretctl.settings import Issuer, Policy, Settings, Validation
from secretctl.stores.toml.values import MalformedError, read_count, read_flag, read_parsed, read_text, read_texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from secretctl.stores.toml.values import Data

T = TypeVar("T")

SCHEMA = 1
"""The newest file format that this version reads."""

SETTINGS_KEYS = {
    "issuer": ("url", "token_endpoint"),
    "validation": ("profile", "parsers", "validators", "trust", "assertion_algorithms"),
    "policy": (
        *("require_expiration", "max_lifetime", "default_lifetime", "overlap", "warn", "critical", "min_length"),
        *("allowed_hashes", "allowed_types", "min_rsa_bits", "prefix"),
    ),
}


def check_schema(raw: Data) -> None:
    """Refuse a file of a newer format, ``registry_newer``. One that does not say is of the first."""
    schema = raw.get("schema", SCHEMA)
    if type(schema) is not int or schema < 1:
        raise MalformedError(("schema",), "must be a whole number from 1")
    if schema > SCHEMA:
        raise MalformedError(
            ("schema",), f"is {schema}, and this secretctl reads up to {SCHEMA}", code="registry_newer"
        )


def read_settings(raw: Data, *, directory: str | os.PathLike[str]) -> Settings:
    """Name, issuer, validation and policy of a registry file. A relative ``trust`` is taken from ``directory``.

    Names of parsers, algorithms and types are not checked here. Raises MalformedError.
    """
    check_schema(raw)
    issuer, validation, policy = (_settings_table(raw, name) for name in SETTINGS_KEYS)
    return Settings(
        name=read_text(raw, "name"),
        issuer=_within("issuer", _read_issuer, issuer) if issuer else None,
        validation=_within("validation", lambda table: _read_validation(table, directory), validation),
        policy=_within("policy", _read_policy, policy),
    )


def _read_issuer(table: Data) -> Issuer:
    url = read_text(table, "url")
    if url is None:
        raise MalformedError(("url",), "is missing")
    return Issuer(url, read_text(table, "token_endpoint") or f"{url.rstrip('/')}/connect/token")


def _read_validation(table: Data, directory: str | os.PathLike[str]) -> Validation:
    trust = read_text(table, "trust")
    profile = read_text(table, "profile")
    if profile is not None and profile not in PROFILES:
        # Here, so that no command gets half way before it needs the rules.
        raise MalformedError(
            ("profile",), f"is {profile!a}, and there are {', '.join(PROFILES)}", code="profile_unknown"
        )
    return Validation(
        profile="rfc" if profile is None else profile,
        parsers=read_texts(table, "parsers"),
        validators=read_texts(table, "validators"),
        trust=None if trust is None else os.path.abspath(os.path.join(directory, trust)),
        assertion_algorithms=read_texts(table, "assertion_algorithms"),
    )


def _read_policy(table: Data) -> Policy:
    bits = read_count(table, "min_rsa_bits")
    return Policy(
        require_expiration=read_flag(table, "require_expiration", default=False),
        max_lifetime=read_parsed(table, "max_lifetime", parse_duration),
        default_lifetime=read_parsed(table, "default_lifetime", parse_duration),
        overlap=read_parsed(table, "overlap", parse_duration),
        warn=read_parsed(table, "warn", parse_window),
        critical=read_parsed(table, "critical", parse_window),
        min_length=read_count(table, "min_length"),
        allowed_hashes=read_texts(table, "allowed_hashes"),
        allowed_types=read_texts(table, "allowed_types"),
        min_rsa_bits=Policy().min_rsa_bits if bits is None else bits,
        prefix=read_text(table, "prefix") or "",
    )


def _settings_table(raw: Data, name: str) -> Data:
    table = raw.get(name, {})
    if not isinstance(table, dict):
        raise MalformedError((name,), "must be a table")
    return table


def _within(name: str, read: Callable[[Data], T], table: Data) -> T:
    try:
        return read(table)
    except MalformedError as exc:
        raise exc.under(name) from None
