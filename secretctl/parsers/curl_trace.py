"""What curl prints of a request that it sends: ``curl -v``, which is the head alone, and ``curl --trace``, which is every byte."""

from __future__ import annotations

import re
from typing import NamedTuple

_TIME = rb"(?:[0-9][0-9:.]* )?"  # of --trace-time
_VERBOSE = re.compile(rb"(?m)^" + _TIME + rb"> (?=[A-Z]+ [^ \r\n]+ HTTP/[0-9])")
_VERBOSE_LINE = re.compile(_TIME + rb"> ?([^\r\n]*)\r?")
_TRACE = re.compile(
    rb"(?m)^" + _TIME + rb"=> Send (header|data), ([0-9]{1,9}) bytes[^\n]*\n((?:[0-9a-f]{4,8}: [^\n]*\n?)*)"
)
_DUMP = re.compile(rb"(?m)^[0-9a-f]{4,8}: ((?:[0-9a-f]{2} ){1,16})")


class Sent(NamedTuple):
    """The bytes of a request; not ``whole`` where curl showed its head alone."""

    data: bytes
    whole: bool


def read_curl(text: bytes) -> Sent | str | None:
    """The first request in what curl printed; in words why it cannot be had; None where curl printed no request there.

    Answers that curl printed beside it, progress and TLS records are passed over.
    """
    if sections := list(_TRACE.finditer(text)):
        return _traced(sections)
    start = _VERBOSE.search(text)
    if start is None:
        return None
    lines = []
    for line in text[start.start() :].split(b"\n"):
        shown = _VERBOSE_LINE.fullmatch(line)
        if shown is None or not shown[1]:
            break
        lines.append(shown[1])
    return Sent(b"\r\n".join(lines) + b"\r\n\r\n", whole=False)


def _traced(sections: list[re.Match[bytes]]) -> Sent | str:
    """The first header that was sent, and all data up to the next one."""
    data = b""
    for section in sections:
        if section[1] == b"header" and data:
            break
        sent = bytes.fromhex(b"".join(_DUMP.findall(section[3])).decode("ascii"))
        if len(sent) != int(section[2]):
            return "`curl --trace-ascii` loses bytes, or the trace was cut"
        data += sent
    return Sent(data, whole=True)
