"""Private keys where a stored value belongs, in the forms that people paste: a registry keeps public halves alone.

Asked of every value that comes in from elsewhere and of every one that goes out, by the thousand: nothing is decoded unless
it begins like a key, and nothing heavy is loaded.
"""

from __future__ import annotations

import json
import re
from binascii import a2b_base64
from typing import TYPE_CHECKING

from secretctl.crypto import der

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})
"""RFC 7518 §6 and RFC 9964: what only the owner of a key may know. A symmetric key is its ``k``."""

_OF_KEYS = frozenset({"kty", "crv", "n"})
"""What tells a key from an object that happens to have a member ``k``."""

_MARKS = re.compile(r"BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY|PuTTY-User-Key-File-|AGE-SECRET-KEY-|^\s*b3BlbnNzaC1rZXktdjE")
"""PEM (RFC 7468), PGP, PuTTY, age; the last is base64 of OpenSSH's ``openssh-key-v1`` without its armour."""

_MEMBER_LIKE = re.compile(r"""['"](?:d|p|q|dp|dq|qi|oth|k|priv)['"]\s*:""", re.IGNORECASE)
_KEY_TYPE_LIKE = re.compile(r"""['"]kty['"]\s*:""", re.IGNORECASE)

_FEWEST_DIGITS = 52
"""Base64 digits of the shortest private key in DER (39 bytes: RFC 5915 without its options), longer than a SHA-256."""
_TO_STANDARD = str.maketrans("-_", "+/")
_HEX = re.compile(r"30[0-9A-Fa-f]+")


def holds_private_key(value: str) -> bool:
    """Whether a value is, or holds, a private or symmetric key: JWK, JWK Set, PEM, or DER in base64 or hex; or a PKCS#12 file.

    What a type calls it does not matter. Keys in other disguises are not found.
    """
    if "{" in value and _in_json(value):
        return True
    if ("-" in value or "b3Blbn" in value) and is_marked_private(value):
        return True
    start = value[:1] if value[:1].strip() else value.lstrip()[:1]
    return start in {"M", "3"} and len(value) >= _FEWEST_DIGITS and _in_der(value)


def is_marked_private(text: str) -> bool:
    """Whether a text calls itself a private key, as files of them do."""
    return _MARKS.search(text) is not None


def private_members(members: Mapping[str, object]) -> bool:
    """Whether these are the members of a private or symmetric JWK, without regard to case, as .NET's readers take them."""
    folded = {name.casefold(): value for name, value in members.items()}
    if str(folded.get("kty")).casefold() == "oct":
        return True
    return not (PRIVATE_MEMBERS.isdisjoint(folded) or _OF_KEYS.isdisjoint(folded))


def _in_json(text: str) -> bool:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        # Not JSON, and maybe a key all the same: in single quotes, or with a comma too many.
        return bool(_KEY_TYPE_LIKE.search(text) and _MEMBER_LIKE.search(text))
    if isinstance(found, str):  # JSON that was made into a JSON string once more
        return "{" in found and _in_json(found)
    return any(map(private_members, _objects(found)))


def _objects(found: object) -> Iterator[Mapping[str, object]]:
    """Every object of a document, nested ones included."""
    waiting: list[object] = [found]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _in_der(text: str) -> bool:
    compact = "".join(text.split())
    try:
        if _HEX.fullmatch(compact):
            encoded = bytes.fromhex(compact)
        else:
            bare = compact.rstrip("=").translate(_TO_STANDARD)
            encoded = a2b_base64(bare + "=" * (-len(bare) % 4), strict_mode=True)
        content = der.Reader(encoded).inside(der.SEQUENCE)
        return _is_private(content.element(), content.element())
    except ValueError:  # DerError, and binascii.Error: neither base64 nor DER
        return False


def _is_private(first: der.Element, second: der.Element) -> bool:
    """By the first two parts: a version and the key, or an algorithm and what is encrypted with it.

    PKCS#8 and PKCS#1 have version 0 or 1 (RFC 5958, RFC 8017 A.1.2), SEC 1 has 1 (RFC 5915), PKCS#12 has 3 (RFC 7292). An
    encrypted PKCS#8 is a SEQUENCE and an OCTET STRING. A certificate is two SEQUENCEs, a public key begins with its modulus.
    """
    if first.tag == der.INTEGER:
        return first.content in {b"\x00", b"\x01"} or (first.content == b"\x03" and second.tag == der.SEQUENCE)
    return first.tag == der.SEQUENCE and second.tag == der.OCTET_STRING
