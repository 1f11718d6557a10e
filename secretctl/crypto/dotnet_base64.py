"""Base64 as ``Convert.FromBase64String`` reads it: white space anywhere, spare bits of any value, and nothing else."""

from __future__ import annotations

from binascii import a2b_base64

_WHITE_SPACE = str.maketrans("", "", " \t\r\n")


def decode(text: str) -> bytes:
    """The bytes; ValueError where .NET throws."""
    compact = text.translate(_WHITE_SPACE)
    # a2b_base64 passes over padding that follows a whole group.
    if len(compact) % 4 or compact.endswith("==="):
        raise ValueError("the text is not base64")
    return a2b_base64(compact, strict_mode=True)
