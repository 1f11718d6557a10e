"""base64url without padding, the alphabet of JOSE (RFC 7515 §2), read so that every value has one spelling."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64

# `+`, `/` and `=` belong to the other alphabet: they turn into something that neither has.
_TO_STANDARD = bytes.maketrans(b"-_+/=", b"+/!!!")
_TO_URL = bytes.maketrans(b"+/", b"-_")
_PADDING = (b"", b"", b"==", b"=")
# The last character of an incomplete group has bits to spare: unless they are zero, the text has several spellings.
_LAST = ("", "", "AQgw", "AEIMQUYcgkosw048")


def decode(text: str) -> bytes:
    """The bytes; ValueError on padding, white space, the other alphabet or spare bits that are not zero."""
    rest = len(text) & 3
    if rest and text[-1] not in _LAST[rest]:
        raise ValueError("not canonical base64url")
    try:
        return a2b_base64(text.encode("ascii").translate(_TO_STANDARD) + _PADDING[rest], strict_mode=True)
    except ValueError:
        raise ValueError("not canonical base64url") from None


def encode(data: bytes) -> str:
    """The one spelling of the bytes."""
    return b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=").decode("ascii")
