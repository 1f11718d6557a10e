"""Single values of a registry file's tables, of the types that they must have, or the complaint about another."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from secretctl.errors import UnavailableError, UsageError
from secretctl.lifetimes import parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

Data = dict[str, Any]
"""A table as the parser gives it."""

Keys = tuple[str | int, ...]
"""The way to a value from the root: names, and indexes into arrays."""


class MalformedError(UnavailableError):
    """Something in a registry is not of the type it must be. ``keys`` lead to it, list indexes among them."""

    def __init__(self, keys: Keys, problem: str, *, code: str = "registry_invalid") -> None:
        super().__init__(code, f"{spelled(keys)} {problem}")
        self.keys = keys
        self.problem = problem

    def under(self, *keys: str | int) -> MalformedError:
        """The same, seen from further out."""
        return MalformedError((*keys, *self.keys), self.problem, code=self.code)


def read_text(table: Data, key: str) -> str | None:
    """A text, or None where there is none."""
    value = table.get(key)
    if value is None or type(value) is str:
        return value
    raise _wrong(key, value, "text in quotes")


def read_texts(table: Data, key: str) -> tuple[str, ...] | None:
    """An array of texts, or None where there is none."""
    value = table.get(key)
    if value is None:
        return None
    if type(value) is not list:
        raise _wrong(key, value, 'an array of texts, such as ["a", "b"]')
    for index, item in enumerate(value):
        if type(item) is not str:
            raise _wrong(index, item, "text in quotes").under(key)
    return tuple(value)


def read_flag(table: Data, key: str, *, default: bool) -> bool:
    """True or false."""
    value = table.get(key, default)
    if value is True or value is False:
        return value
    raise _wrong(key, value, "true or false, without quotes")


def read_count(table: Data, key: str) -> int | None:
    """A whole number from 0, or None where there is none."""
    value = table.get(key)
    if value is None or (type(value) is int and value >= 0):
        return value
    if type(value) is int:
        raise MalformedError((key,), "must be 0 or more")
    raise _wrong(key, value, "a whole number, 0 or more")


def read_parsed(table: Data, key: str, parse: Callable[[str], T]) -> T | None:
    """A text that ``parse`` understands; its UsageError says how to write it."""
    text = read_text(table, key)
    if text is None:
        return None
    try:
        return parse(text)
    except UsageError as exc:
        raise MalformedError((key,), f"is not understood: {exc.hint or exc.message}") from None


def read_instant(table: Data, key: str) -> datetime | None:
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


def _wrong(key: str | int, value: object, expected: str) -> MalformedError:
    """Says what stands there instead, by type alone: the value itself could be a secret."""
    names = {
        bool: "true or false",
        int: "a number",
        float: "a number with a point",
        str: "text",
        list: "an array",
        dict: "a table",
    }
    return MalformedError((key,), f"must be {expected}, not {names.get(type(value), 'a date or time')}")


def spelled(keys: Keys) -> str:
    """``clients.web.secrets[0].value``: the way to a value."""
    words = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return words.removeprefix(".") or "it"


def check_text(what: str, text: str) -> None:
    """Refuse what UTF-8 cannot hold (bytes of an argument that were none), UsageError ``text_invalid``."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(
            "text_invalid", f"{what}: the text is not valid Unicode", hint="set the terminal to UTF-8"
        ) from None
