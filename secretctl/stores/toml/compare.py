"""Parsed TOML held against other parsed TOML, types and all."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def same(one: Any, other: Any) -> bool:
    """Equal in value and type all the way down: 1 is not 1.0 or true, and nan is nan. The order of keys is no matter."""
    if one is other:
        return True
    kind = type(one)
    if kind is not type(other):
        return False
    if kind is dict:
        return len(one) == len(other) and all(key in other and same(value, other[key]) for key, value in one.items())
    if kind is list:
        return len(one) == len(other) and all(map(same, one, other))
    if kind is datetime:
        return bool(one == other) and one.utcoffset() == other.utcoffset()
    if kind is float:
        return repr(one) == repr(other)  # nan, and the sign of zero
    return bool(one == other)


def aligned(old: Sequence[Any], new: Sequence[Any]) -> list[int | None]:
    """For each new item the index of the old one that it was: the same, else that of its ``id``, else of its ``value``."""
    free = dict(enumerate(old))
    origins: list[int | None] = [None] * len(new)

    def take(matches: Callable[[Any, Any], bool]) -> None:
        for index, item in enumerate(new):
            if origins[index] is None:
                found = next((origin for origin, candidate in free.items() if matches(candidate, item)), None)
                if found is not None:
                    origins[index] = found
                    del free[found]

    take(same)
    take(lambda was, item: _same_key(was, item, "id"))
    take(lambda was, item: _same_key(was, item, "value"))
    return origins


def _same_key(one: Any, other: Any, key: str) -> bool:
    return isinstance(one, dict) and isinstance(other, dict) and key in one and same(one[key], other.get(key))
