"""The tables of a registry file, as a TOML parser gives them, and the model and settings that they stand for.

Nothing here knows where a table came from or how it is written: a store adds files and lines, and does the writing.
"""

# Paths stay as they were given.
# ruff: noqa: PTH100, PTH118
from __future__ import annotations

import os
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar

from secretctl.errors import ConflictError, UnavailableError, UsageError
from secretctl.lifetimes import parse_duration, parse_instant, parse_window
from secretctl.model import SHARED_SECRET, Client, Resource, Secret, StoredValue
from secretctl.settings import Issuer, Policy, Settings, Validation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from secretctl.model import Kind, Principal

T = TypeVar("T")

Data = dict[str, Any]
"""A table as the parser gives it."""

SCHEMA = 1
"""The newest file format that this version reads."""

GROUPS: dict[Kind, str] = {"client": "clients", "resource": "resources"}
"""The tables that hold the principals of each kind."""

SECRET_KEYS = ("id", "type", "value", "description", "created", "expiration")
PRINCIPAL_KEYS: dict[Kind, tuple[str, ...]] = {
    "client": ("name", "description", "enabled", "require_secret", "owner", "tags", "grant_types", "scopes"),
    "resource": ("display_name", "description", "enabled", "owner", "tags", "scopes"),
}
SETTINGS_KEYS = {
    "issuer": ("url", "token_endpoint"),
    "validation": ("profile", "parsers", "validators", "trust", "assertion_algorithms"),
    "policy": (
        *("require_expiration", "max_lifetime", "default_lifetime", "overlap", "warn", "critical", "min_length"),
        *("allowed_hashes", "allowed_types", "min_rsa_bits", "prefix"),
    ),
}
KEY_ORDER = tuple(
    dict.fromkeys((*SECRET_KEYS[:3], *PRINCIPAL_KEYS["resource"][:1], *PRINCIPAL_KEYS["client"], *SECRET_KEYS))
)
"""The order in which new keys are written, of secrets and of principals."""

_FLAGS = ("enabled", "require_secret")


class MalformedError(UnavailableError):
    """Something in a registry is not of the type it must be. ``keys`` lead to it, list indexes among them."""

    def __init__(self, keys: tuple[str | int, ...], problem: str, *, code: str = "registry_invalid") -> None:
        super().__init__(code, f"{_spelled(keys)} {problem}")
        self.keys = keys
        self.problem = problem

    def under(self, *keys: str | int) -> MalformedError:
        """The same, seen from further out."""
        return MalformedError((*keys, *self.keys), self.problem, code=self.code)


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

    Names of profiles, parsers, algorithms and types are not checked here. Raises MalformedError.
    """
    check_schema(raw)
    issuer, validation, policy = (_settings_table(raw, name) for name in SETTINGS_KEYS)
    return Settings(
        name=_text(raw, "name"),
        issuer=_within("issuer", _read_issuer, issuer) if issuer else None,
        validation=_within("validation", lambda table: _read_validation(table, directory), validation),
        policy=_within("policy", _read_policy, policy),
    )


def principal_tables(raw: Data, kind: Kind) -> dict[str, Any]:
    """The principals' tables of that kind by id, not checked yet. Raises MalformedError."""
    group = raw.get(GROUPS[kind])
    if group is None:
        return {}
    if not isinstance(group, dict):
        raise MalformedError((GROUPS[kind],), f"must be a table of {GROUPS[kind]}")
    return group


def read_principal(kind: Kind, id: str, table: Any) -> Principal:
    """The principal that a table stands for. Raises MalformedError."""
    try:
        return _read_principal(kind, id, table)
    except MalformedError as exc:
        raise exc.under(GROUPS[kind], id) from None


def principal_table(principal: Principal, table: Data | None = None) -> Data:
    """The table that stands for a principal: ``table``, its old one, with what differs changed.

    Keys that are not the model's stay. Everything that is equal stays the same object, so that a writer can tell;
    with nothing to change, ``table`` itself comes back. Secrets are matched by id; one without an id gets one.
    """
    old = _read_principal(principal.kind, principal.id, table or {})
    new = dict(table or {})
    for key in PRINCIPAL_KEYS[principal.kind]:
        value = getattr(principal, key)
        if value != getattr(old, key):
            _put(new, key, value)
    if principal.secrets != old.secrets:
        rows = {secret.id: (secret, row) for secret, row in zip(old.secrets, new.get("secrets", ()), strict=True)}
        secrets = [_secret_row(secret, *rows.get(secret.id, (None, {}))) for secret in _with_ids(principal)]
        _put(new, "secrets", secrets)
    return table if table is not None and new == table else new


def findings(raw: Data) -> Iterator[tuple[str, str, tuple[str | int, ...]]]:
    """What ``lint`` should say of the tables themselves: rule, message, and the keys that lead there.

    ``key-unknown``: nothing reads it. ``expiration-local-time``: a time without an offset, which is taken as UTC.
    Principals that are not of the right types are for ``read_principal`` to refuse; they are passed over.
    """
    yield from _unknown(raw, ("schema", "name", *SETTINGS_KEYS, *GROUPS.values()), ())
    for name, known in SETTINGS_KEYS.items():
        yield from _unknown(raw.get(name), known, (name,))
    for kind, group in GROUPS.items():
        for id, table in principal_tables(raw, kind).items():
            yield from _unknown(table, (*PRINCIPAL_KEYS[kind], "secrets"), (group, id))
            rows = table.get("secrets", ()) if isinstance(table, dict) else ()
            for index, row in enumerate(rows if isinstance(rows, list) else ()):
                keys = (group, id, "secrets", index)
                yield from _unknown(row, SECRET_KEYS, keys)
                for key in ("created", "expiration"):
                    if isinstance(row, dict) and _is_local(row.get(key)):
                        yield "expiration-local-time", f"{key} has no offset and is taken as UTC", (*keys, key)


def derived_id(type: str, value: str, *, taken: Iterable[str] = ()) -> str:
    """The id of a secret that was written without one: 8 hex digits of SHA-256 over type and value."""
    taken, turn = set(taken), 0
    while True:
        id = sha256(f"{type}\0{value}{chr(0) * bool(turn)}{turn or ''}".encode("utf-8", "surrogatepass")).hexdigest()[
            :8
        ]
        if id not in taken:
            return id
        turn += 1


def new_id(taken: Iterable[str]) -> str:
    """A secret id that is not taken: 8 random hex digits."""
    taken = set(taken)
    while (id := os.urandom(4).hex()) in taken:
        pass
    return id


def _read_principal(kind: Kind, id: str, table: Any) -> Principal:
    if type(table) is not dict:
        raise MalformedError((), f"must be a table that describes a {kind}")
    description, enabled, owner = (
        _text(table, "description"),
        _flag(table, "enabled", default=True),
        _text(table, "owner"),
    )
    tags, scopes = _texts(table, "tags") or (), _texts(table, "scopes") or ()
    secrets = _read_secrets(table.get("secrets", ()))
    if kind == "client":
        require_secret, grant_types = _flag(table, "require_secret", default=True), _texts(table, "grant_types") or ()
        name = _text(table, "name")
        return Client(id, description, enabled, owner, tags, scopes, secrets, name, require_secret, grant_types)
    return Resource(id, description, enabled, owner, tags, scopes, secrets, _text(table, "display_name"))


def _read_secrets(rows: Any) -> tuple[Secret, ...]:
    if not rows and isinstance(rows, (list, tuple)):
        return ()
    if type(rows) is not list:
        raise MalformedError(("secrets",), "must be an array of tables")
    secrets, ids = [], set()
    anonymous = False
    for index, row in enumerate(rows):
        try:
            secret = _read_secret(row)
        except MalformedError as exc:
            raise exc.under("secrets", index) from None
        anonymous = anonymous or not secret.id or secret.id in ids
        ids.add(secret.id)
        secrets.append(secret)
    return _named(secrets, ids) if anonymous else tuple(secrets)


def _read_secret(row: Any) -> Secret:
    if type(row) is not dict:
        raise MalformedError((), "must be a table that describes a secret")
    value = _text(row, "value")
    if value is None:
        raise MalformedError(("value",), "is missing")
    return Secret(
        _text(row, "id") or "",
        _text(row, "type") or SHARED_SECRET,  # IdentityServer's default
        StoredValue(value),
        _text(row, "description"),
        _instant(row, "expiration"),
        _instant(row, "created"),
    )


def _named(secrets: list[Secret], ids: set[str]) -> tuple[Secret, ...]:
    """Secrets with derived ids where they have none, or one that an earlier secret has."""
    from dataclasses import replace

    seen: set[str] = set()
    for index, secret in enumerate(secrets):
        if not secret.id or secret.id in seen:
            secrets[index] = replace(secret, id=derived_id(secret.type, secret.value, taken=ids))
            ids.add(secrets[index].id)
        seen.add(secrets[index].id)
    return tuple(secrets)


def _with_ids(principal: Principal) -> list[Secret]:
    """A principal's secrets as they are stored. ConflictError ``exists`` where two have the same id."""
    from dataclasses import replace

    ids = {secret.id for secret in principal.secrets if secret.id}
    if len(ids) < sum(1 for secret in principal.secrets if secret.id):
        raise ConflictError("exists", f"two secrets of {principal.target} would have the same id")
    named = []
    for secret in principal.secrets:
        if not secret.id:
            secret = replace(secret, id=new_id(ids))  # noqa: PLW2901 - the same secret, named
            ids.add(secret.id)
        named.append(secret)
    return named


def _secret_row(secret: Secret, old: Secret | None, row: Data) -> Data:
    """A secret's table. One that changes gets its id written, if it was derived until now."""
    if secret == old:
        return row
    new = dict(row)
    for key in SECRET_KEYS:
        value = getattr(secret, key)
        if old is None or value != getattr(old, key) or (key == "id" and row.get("id") != value):
            _put(new, key, value)
    return new


def _put(table: Data, key: str, value: Any) -> None:
    """Write a model's value into a table; what is empty is not written, nor a flag at its default where none stood."""
    if value is None or value in ((), []) or (key in _FLAGS and value is True and key not in table):
        table.pop(key, None)
        return
    if isinstance(value, datetime):
        value = value.astimezone(UTC)
    elif isinstance(value, tuple):
        value = list(value)
    for text in value if isinstance(value, list) else (value,):
        if isinstance(text, str):
            check_text(key, text)
    table[key] = value


def check_text(what: str, text: str) -> None:
    """Refuse what UTF-8 cannot hold (bytes of an argument that were none), UsageError ``text_invalid``."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError("text_invalid", f"the {what} is not valid Unicode text") from None


def _unknown(table: Any, known: Sequence[str], keys: tuple[str | int, ...]) -> Iterator[Any]:
    if not isinstance(table, dict) or table.keys() <= set(known):
        return
    from difflib import get_close_matches

    for key in table:
        if key not in known:
            meant = get_close_matches(key, known, 1)
            question = f"; did you mean {meant[0]}?" if meant else ""
            yield "key-unknown", f"nothing reads the key {_spelled((*keys, key))}{question}", (*keys, key)


def _is_local(value: object) -> bool:
    if isinstance(value, str):
        return len(value) > len("2026-12-31") and value[-1] not in "Zz" and value[-6] not in "+-"
    return isinstance(value, datetime) and value.tzinfo is None


def _read_issuer(table: Data) -> Issuer:
    url = _text(table, "url")
    if url is None:
        raise MalformedError(("url",), "is missing")
    return Issuer(url, _text(table, "token_endpoint") or f"{url.rstrip('/')}/connect/token")


def _read_validation(table: Data, directory: str | os.PathLike[str]) -> Validation:
    trust = _text(table, "trust")
    return Validation(
        profile=_text(table, "profile") or "rfc",
        parsers=_texts(table, "parsers"),
        validators=_texts(table, "validators"),
        trust=None if trust is None else os.path.abspath(os.path.join(directory, trust)),
        assertion_algorithms=_texts(table, "assertion_algorithms"),
    )


def _read_policy(table: Data) -> Policy:
    bits = _count(table, "min_rsa_bits")
    return Policy(
        require_expiration=_flag(table, "require_expiration", default=False),
        max_lifetime=_parsed(table, "max_lifetime", parse_duration),
        default_lifetime=_parsed(table, "default_lifetime", parse_duration),
        overlap=_parsed(table, "overlap", parse_duration),
        warn=_parsed(table, "warn", parse_window),
        critical=_parsed(table, "critical", parse_window),
        min_length=_count(table, "min_length"),
        allowed_hashes=_texts(table, "allowed_hashes"),
        allowed_types=_texts(table, "allowed_types"),
        min_rsa_bits=Policy().min_rsa_bits if bits is None else bits,
        prefix=_text(table, "prefix") or "",
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


def _text(table: Data, key: str) -> str | None:
    value = table.get(key)
    if value is None or type(value) is str:
        return value
    raise _wrong(key, value, "text in quotes")


def _texts(table: Data, key: str) -> tuple[str, ...] | None:
    value = table.get(key)
    if value is None:
        return None
    if type(value) is not list:
        raise _wrong(key, value, 'an array of texts, such as ["a", "b"]')
    for item in value:
        if type(item) is not str:
            raise _wrong(key, item, 'an array of texts, such as ["a", "b"], without')
    return tuple(value)


def _flag(table: Data, key: str, *, default: bool) -> bool:
    value = table.get(key, default)
    if value is True or value is False:
        return value
    raise _wrong(key, value, "true or false, without quotes")


def _count(table: Data, key: str) -> int | None:
    value = table.get(key)
    if value is None or (type(value) is int and value >= 0):
        return value
    raise _wrong(key, value, "a whole number, 0 or more")


def _parsed(table: Data, key: str, parse: Callable[[str], T]) -> T | None:
    text = _text(table, key)
    if text is None:
        return None
    try:
        return parse(text)
    except UsageError as exc:
        raise MalformedError((key,), f"is not understood: {exc.hint or exc.message}") from None


def _instant(table: Data, key: str) -> datetime | None:
    """An offset date-time; a local one or a date, which are UTC; or an RFC 3339 text."""
    value = table.get(key)
    if value is None:
        return None
    try:
        if isinstance(value, datetime):
            if value.tzinfo is UTC:
                return value
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        if isinstance(value, str):
            return parse_instant(value)
    except (UsageError, OverflowError):
        raise MalformedError((key,), "is not a point in time, such as 2026-12-31T00:00:00Z") from None
    raise _wrong(key, value, "a date or a date with a time")


def _wrong(key: str, value: object, expected: str) -> MalformedError:
    """Says what stands there instead, by type alone: the value itself could be a secret."""
    names = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "an array", dict: "a table"}
    return MalformedError((key,), f"must be {expected}, not {names.get(type(value), 'a date or time')}")


def _spelled(keys: tuple[str | int, ...]) -> str:
    """``clients.web.secrets[0].value``: the way to a value."""
    words = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return words.removeprefix(".") or "it"
