"""Mistakes in making a stored value: for each, the values that it makes of a secret.

The right value is base64 of SHA-256 or SHA-512 of the UTF-8 bytes; every mistake is tried with both hashes.
"""

from __future__ import annotations

from binascii import b2a_base64
from hashlib import sha256, sha512
from typing import TYPE_CHECKING, NamedTuple

from secretctl.model import StoredValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HASHES = (sha256, sha512)


class StoredMistake(NamedTuple):
    """One known mistake. ``values`` gives what a registry holds of a secret (its bytes in UTF-8) after it was made."""

    code: str
    message: str
    hint: str
    values: Callable[[bytes], Iterator[str]]


def right_values(raw: bytes) -> tuple[StoredValue, ...]:
    """The two stored values that a secret matches."""
    return tuple(StoredValue(_base64(digest)) for digest in _digests(raw))


def _hex_digest(raw: bytes) -> Iterator[str]:
    for digest in _digests(raw):
        text = digest.hex()
        # BitConverter.ToString of .NET puts a dash between the bytes.
        yield from (text, text.upper(), digest.hex("-").upper(), digest.hex("-"))


def _base64_of_hex(raw: bytes) -> Iterator[str]:
    for text in _hex_texts(raw):
        yield _base64(text)


def _newline(raw: bytes) -> Iterator[str]:
    yield from right_values(raw + b"\n")


def _crlf(raw: bytes) -> Iterator[str]:
    yield from right_values(raw + b"\r\n")


def _quotes(raw: bytes) -> Iterator[str]:
    for quote in (b'"', b"'"):
        yield from right_values(quote + raw + quote)


def _blank(raw: bytes) -> Iterator[str]:
    for text in (raw + b" ", b" " + raw, raw + b"\t"):
        yield from right_values(text)


def _utf16(raw: bytes) -> Iterator[str]:
    """Little-endian (Encoding.Unicode), with a byte-order mark, and big-endian."""
    text = raw.decode("utf-8", "surrogatepass")
    little, big = text.encode("utf-16-le", "surrogatepass"), text.encode("utf-16-be", "surrogatepass")
    for data in (little, b"\xff\xfe" + little, big):
        yield from right_values(data)


def _twice(raw: bytes) -> Iterator[str]:
    """The hash of the stored value, or of the digest's own bytes."""
    for digest in _digests(raw):
        yield from right_values(_base64(digest).encode())
        yield from right_values(digest)


def _of_hex(raw: bytes) -> Iterator[str]:
    for text in _hex_texts(raw):
        yield from right_values(text)


STORED_MISTAKES = (
    StoredMistake(
        "hex_digest_stored",
        "the stored value is the digest in hexadecimal",
        "store it as base64: `secretctl hash` prints the right value",
        _hex_digest,
    ),
    StoredMistake(
        "base64_of_hex_stored",
        "the stored value is base64 of the hexadecimal text of the digest",
        "encode the digest's bytes, not its hexadecimal text: `secretctl hash` prints the right value",
        _base64_of_hex,
    ),
    StoredMistake(
        "newline_hashed",
        "the stored value is the hash of the secret with a newline after it",
        "hash it without one: `printf %s` instead of `echo`, or `secretctl hash`",
        _newline,
    ),
    StoredMistake(
        "crlf_hashed",
        "the stored value is the hash of the secret with a Windows line end after it",
        "hash it without one: `secretctl hash` cuts it",
        _crlf,
    ),
    StoredMistake(
        "quotes_hashed",
        "the stored value is the hash of the secret with the quotes around it",
        "hash it without them: `secretctl hash`",
        _quotes,
    ),
    StoredMistake(
        "whitespace",
        "the stored value is the hash of the secret with a blank beside it",
        "hash it without one: `secretctl hash`",
        _blank,
    ),
    StoredMistake(
        "utf16_hashed",
        "the stored value is the hash of the secret in UTF-16",
        "hash its UTF-8 bytes: Encoding.UTF8 instead of Encoding.Unicode, or `secretctl hash`",
        _utf16,
    ),
    StoredMistake(
        "hashed_twice",
        "the stored value is the hash of the secret's hash",
        "hash it once: store what `secretctl hash` prints as it is",
        _twice,
    ),
    StoredMistake(
        "hash_of_hex",
        "the stored value is the hash of the digest's hexadecimal text",
        "hash the secret itself, once: `secretctl hash`",
        _of_hex,
    ),
)


def _digests(raw: bytes) -> tuple[bytes, ...]:
    return tuple(hash_(raw).digest() for hash_ in _HASHES)


def _hex_texts(raw: bytes) -> Iterator[bytes]:
    for digest in _digests(raw):
        yield digest.hex().encode()
        yield digest.hex().upper().encode()


def _base64(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode("ascii")
