"""Reading JSON that others wrote: strict, without surprises, and remembering what nobody asked for.

No message quotes a value: any of them can be a secret.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from secretctl.errors import UnavailableError, UsageError
from secretctl.lifetimes import parse_instant

if TYPE_CHECKING:
    from datetime import datetime

# Strings come first, so that what looks like a comment inside of one stays. What never ends is taken to the end of the
# text, and nothing is tried twice: a search that starts anew behind every quote takes hours for a hostile megabyte.
_STRING = r'"[^"\\]*+(?:\\(?:.|\Z)[^"\\]*+)*+(?:"|\Z)'
_COMMENT = re.compile(rf"({_STRING})|//[^\r\n]*+|/\*(?:.*?\*/|(.*))", re.DOTALL)
_TRAILING_COMMA = re.compile(rf"({_STRING})|,(?=[ \t\r\n]*[\]}}])", re.DOTALL)
_MILLISECONDS = 100_000_000_000
"""Seconds since 1970 stay below it until the year 5138; milliseconds have been above it since 1973."""


def load_json(text: str, *, what: str, relaxed: bool = False) -> object:
    """The document, or UnavailableError ``import_invalid``.

    Refused: duplicate keys, NaN and infinities, nesting beyond Python's limit, text that is not Unicode. ``relaxed``
    takes comments and trailing commas, as .NET's ``JsonConfigurationProvider`` does. ``what`` names the format.
    """
    text = text.removeprefix("\ufeff")  # Visual Studio writes appsettings.json with a byte-order mark
    try:
        document = _relaxed(text) if relaxed else _strict(text)
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()  # 1e999 is read as infinity
    except json.JSONDecodeError as exc:
        where = f"line {exc.lineno}, column {exc.colno}"
        raise UnavailableError(
            "import_invalid", f"the input is not valid JSON: {exc.msg} at {where}", hint=f"the input should be {what}"
        ) from None
    except UnicodeEncodeError:
        raise UnavailableError("import_invalid", "the input has half of a surrogate pair in a string") from None
    except (ValueError, RecursionError):  # a number of more than 4,300 digits; brackets by the thousand
        raise UnavailableError("import_invalid", "the input has a number or a nesting beyond all reason") from None
    return document


def _strict(text: str) -> object:
    return json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)


def _relaxed(text: str) -> object:
    try:
        return _strict(text)  # as programs write it, where there is nothing to look for
    except json.JSONDecodeError:
        return _strict(_TRAILING_COMMA.sub(r"\1", _COMMENT.sub(_blank, text)))


def _blank(match: re.Match[str]) -> str:
    """A string as it is; a comment as one blank, and its line ends, so that positions in messages stay."""
    if match[2] is not None:
        raise UnavailableError("import_invalid", "the input has a comment without an end")
    return match[1] or " " + "\n" * match[0].count("\n")


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise UnavailableError(
            "import_invalid",
            "the input repeats a key within one object",
            hint="readers differ in which of the two they take; remove one",
        )
    return result


def _no_constant(name: str) -> object:
    raise UnavailableError("import_invalid", f"the input holds {name}, which is not JSON")


def wrong(where: str, expected: str) -> UnavailableError:
    """The error for a value that is not what its place needs."""
    return UnavailableError("import_invalid", f"{where} must be {expected}")


class Fields:
    """One JSON object, read key by key; ``unread()`` is what was never asked for.

    null counts as absent. ``folded`` compares keys without case and takes an object of numbered or named values for
    an array, as .NET's configuration does. ``where`` is the object's place in the document, for messages.
    """

    __slots__ = ("_folded", "_values", "where")

    def __init__(self, value: object, where: str, *, folded: bool = False) -> None:
        if not isinstance(value, dict):
            raise wrong(where or "the document", "a JSON object")
        self._folded = folded
        self.where = where
        self._values: dict[str, tuple[str, object]] = {}
        for key, item in value.items():
            name = key.casefold() if folded else key
            if name in self._values:
                raise UnavailableError("import_invalid", f"{self._place(key)} is there twice, in different case")
            if item is not None:
                self._values[name] = (key, item)

    def _place(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key

    def _take(self, key: str) -> object:
        """The value, which counts as read from now on; None where there is none."""
        return self._values.pop(key.casefold() if self._folded else key, ("", None))[1]

    def has(self, key: str) -> bool:
        """Whether the key is there, is not null and was not read yet."""
        return (key.casefold() if self._folded else key) in self._values

    def text(self, key: str) -> str | None:
        """A string, or None."""
        value = self._take(key)
        if value is None or isinstance(value, str):
            return value
        raise wrong(self._place(key), "a string")

    def required_text(self, key: str) -> str:
        """A string that is not empty."""
        text = self.text(key)
        if not text:
            raise wrong(self._place(key), "there, and not empty")
        return text

    def flag(self, key: str) -> bool | None:
        """A boolean, also as text (``"true"``), or None."""
        value = self._take(key)
        if isinstance(value, str) and value.lower() in {"true", "false"}:
            return value.lower() == "true"
        if value is None or isinstance(value, bool):
            return value
        raise wrong(self._place(key), "true or false")

    def texts(self, key: str) -> tuple[str, ...]:
        """An array of strings; empty where there is none."""
        items = self._items(key)
        if not all(isinstance(item, str) for _, item in items):
            raise wrong(self._place(key), "an array of strings")
        return tuple(str(item) for _, item in items)

    def objects(self, key: str) -> list[Fields]:
        """An array of objects; empty where there is none."""
        return [Fields(item, place, folded=self._folded) for place, item in self._items(key)]

    def items(self, key: str) -> list[tuple[str, object]]:
        """An array's items with their places; empty where there is none."""
        return self._items(key)

    def child(self, key: str) -> Fields:
        """An object; an empty one where there is none."""
        value = self._take(key)
        return Fields({} if value is None else value, self._place(key), folded=self._folded)

    def _items(self, key: str) -> list[tuple[str, object]]:
        value = self._take(key)
        place = self._place(key)
        if value is None:
            return []
        if self._folded and isinstance(value, dict):
            named = sorted(value.items(), key=lambda item: (not item[0].isdecimal(), item[0].zfill(9)))
            return [(f"{place}.{name}", item) for name, item in named if item is not None]
        if not isinstance(value, list):
            raise wrong(place, "an array")
        return [(f"{place}[{index}]", item) for index, item in enumerate(value) if item is not None]

    def instant(self, key: str) -> datetime | None:
        """An RFC 3339 instant or a date, UTC where it has no zone, or None."""
        text = self.text(key)
        if not text:
            return None
        try:
            return parse_instant(text.strip().replace(" ", "T", 1))
        except UsageError:
            raise wrong(self._place(key), "a date and time such as 2026-12-31T00:00:00") from None

    def epoch(self, key: str) -> tuple[datetime | None, bool]:
        """Seconds since 1970, or milliseconds, also as text; whether it was milliseconds. 0 and absent are None."""
        value = self._take(key)
        if isinstance(value, str):
            value = int(value) if re.fullmatch(r"-?[0-9]{1,18}", value.strip()) else value
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if value is None or value == "":
            return None, False
        if not isinstance(value, int) or isinstance(value, bool):
            raise wrong(self._place(key), "a number of seconds since 1970")
        return self._since_1970(value, key) if value else (None, False)

    def _since_1970(self, value: int, key: str) -> tuple[datetime, bool]:
        from datetime import UTC, datetime, timedelta

        milliseconds = abs(value) >= _MILLISECONDS
        length = timedelta(milliseconds=1) if milliseconds else timedelta(seconds=1)
        try:
            return datetime(1970, 1, 1, tzinfo=UTC) + value * length, milliseconds
        except OverflowError:
            raise wrong(self._place(key), "a time before the year 10000") from None

    def unread(self) -> list[str]:
        """The keys, as they were spelled, that hold something and that nobody asked for."""
        return [key for key, value in self._values.values() if value not in ("", [], {})]
