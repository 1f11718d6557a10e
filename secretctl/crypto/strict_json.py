"""JSON objects as security tokens need them: one meaning, or none (RFC 7515 §4, RFC 8725 §2.4)."""

from __future__ import annotations

from json import JSONDecoder
from typing import Any, NoReturn


class JsonError(ValueError):
    """The text is not a JSON object with one meaning. Its text says why and quotes nothing."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise JsonError("a member is repeated")
    return found


def _constant(_: str) -> NoReturn:
    raise JsonError("NaN and Infinity are not JSON")


# The scanner itself: JSONDecoder.decode spends as long again on looking for white space at both ends.
_scan = JSONDecoder(object_pairs_hook=_object, parse_constant=_constant).scan_once  # type: ignore[attr-defined]  # undocumented, and older than json.JSONDecoder.decode
_WHITE_SPACE = " \t\n\r"


def parse_object(text: str | bytes) -> dict[str, Any]:
    """The members of a JSON object, nested ones included; JsonError on anything else, never another exception.

    Repeated members, NaN, Infinity, numbers of thousands of digits, bytes that are not UTF-8 and nesting beyond
    Python's recursion limit are refused. A float may still be infinite (``1e999``): callers check numbers they use.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        if text[:1] != "{":
            text = text.lstrip(_WHITE_SPACE)
        found, end = _scan(text, 0)
    except JsonError:
        raise
    except (ValueError, RecursionError, StopIteration):
        raise JsonError("it is not JSON") from None
    if end != len(text) and text[end:].strip(_WHITE_SPACE):
        raise JsonError("something follows the JSON")
    if not isinstance(found, dict):
        raise JsonError("it is not a JSON object")
    return found
