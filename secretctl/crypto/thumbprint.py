"""Thumbprints of certificates: SHA-1, which IdentityServer compares, and SHA-256."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Literal, NamedTuple

from secretctl.crypto import base64url

ThumbprintName = Literal["sha1", "sha256"]

_DIGITS: dict[int, ThumbprintName] = {40: "sha1", 64: "sha256"}
_HEX = re.compile(r"[0-9A-Fa-f]+")
_LABEL = re.compile(r"^\s*(?:sha-?(?:1|256)[ _]+)?(?:fingerprint|thumbprint)\s*[=:]", re.IGNORECASE)


class PastedThumbprint(NamedTuple):
    """A thumbprint out of somebody's clipboard: its hex in upper case, and whether it had to be cleaned for that."""

    hex: str
    cleaned: bool


def thumbprint(certificate: bytes, name: ThumbprintName) -> str:
    """The hash of a certificate's DER in upper-case hex, as ``X509Certificate2.Thumbprint`` prints SHA-1."""
    return hashlib.new(name, certificate, usedforsecurity=False).hexdigest().upper()


def x5t_s256(certificate: bytes) -> str:
    """The ``x5t#S256`` of RFC 8705 §3.1: base64url of the SHA-256 of the DER."""
    return base64url.encode(hashlib.sha256(certificate).digest())


def hash_of(stored: str) -> ThumbprintName | None:
    """Which hash a stored thumbprint is: 40 or 64 hex digits and nothing else; None where it is neither."""
    return _DIGITS.get(len(stored)) if _HEX.fullmatch(stored) else None


def read_pasted(text: str) -> PastedThumbprint | None:
    """A thumbprint as certificate viewers, ``openssl x509 -fingerprint`` and mails have it; None where it is none.

    Colons, dashes, blanks and invisible characters go: the Windows certificate dialog puts a U+200E before what is
    copied from it, which no server ever matches.
    """
    bare = text.strip(" \t\r\n")
    digits = "".join(
        character for character in _LABEL.sub("", bare) if character not in ":-" and not _is_invisible(character)
    )
    if hash_of(digits) is None:
        return None
    return PastedThumbprint(digits.upper(), cleaned=digits != bare)


def _is_invisible(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in {"Cf", "Cc"}
