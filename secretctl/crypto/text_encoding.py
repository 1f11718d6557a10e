"""Text files as other systems save them: in UTF-16, or with a byte-order mark."""

from __future__ import annotations

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"


def utf8(data: bytes) -> bytes:
    """Text in UTF-8 without a byte-order mark, where a mark says that it is text; other bytes as they are."""
    if data.startswith(_UTF16_MARKS):  # what PowerShell's > writes
        data = data.decode("utf-16", "replace").encode("utf-8")
    return data.removeprefix(_UTF8_MARK)
