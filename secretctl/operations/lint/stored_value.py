"""What a shared secret's stored value looks like when it is no hash, so that the mistake can be named."""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from secretctl.crypto.shared_secret import read_stored_value
from secretctl.model import SecretText, StoredValue
from secretctl.policy.chosen_secrets import is_sample_secret

if TYPE_CHECKING:
    from secretctl.crypto.shared_secret import StoredHash

Mistake = Literal["hex", "plaintext", "whitespace", "base64url"]

_HASH_BYTES = (32, 64)
_SHORTEST_HASH = 16  # MD5: whatever decodes to fewer bytes is a word that happens to be base64
_HEX = re.compile(r"(?:0x)?(?:[0-9A-Fa-f]{64}|[0-9A-Fa-f]{128}|(?:[0-9A-Fa-f]{2}[:-]){31}[0-9A-Fa-f]{2})", re.ASCII)
_HEX_DIGITS = frozenset(b"0123456789abcdefABCDEF")
_TO_STANDARD = str.maketrans("-_", "+/")


class Shape(NamedTuple):
    """A stored value, understood, and the mistake that was made with it, where one can be named."""

    stored: StoredHash
    mistake: Mistake | None


@lru_cache(maxsize=1024)
def shape_of(value: StoredValue) -> Shape:
    """What the stored value is, and what somebody probably did."""
    stored = read_stored_value(value)
    if stored.hash_name in {"sha256", "sha512"}:
        return Shape(stored, "hex" if _HEX_DIGITS.issuperset(stored.digest) else None)
    if stored.hash_name is not None:
        return Shape(stored, None)
    return Shape(stored, _mistake(value))


def _mistake(value: StoredValue) -> Mistake | None:
    compact = "".join(value.split())
    if compact != value and read_stored_value(StoredValue(compact)).hash_name is not None:
        return "whitespace"
    if _HEX.fullmatch(compact):
        return "hex"
    if _is_base64url_hash(compact):
        return "base64url"
    return "plaintext" if _is_plaintext(value, compact) else None


def _is_base64url_hash(text: str) -> bool:
    bare = text.rstrip("=").translate(_TO_STANDARD)
    return _decoded_length(bare + "=" * (-len(bare) % 4)) in _HASH_BYTES and text != bare + "=" * (-len(bare) % 4)


def _is_plaintext(value: str, compact: str) -> bool:
    if not compact or value.startswith("$"):  # nothing, or a PHC string that is damaged or of another kind
        return False
    length = _decoded_length(compact)
    return length is None or length < _SHORTEST_HASH or is_sample_secret(SecretText(value))


def _decoded_length(text: str) -> int | None:
    try:
        return len(a2b_base64(text, strict_mode=True))
    except (Base64Error, ValueError):
        return None
