"""A captured HTTP/1.1 request, taken apart into what can authenticate its sender (RFC 9110, RFC 9112, RFC 9440)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from secretctl.errors import UnavailableError
from secretctl.model import Request

if TYPE_CHECKING:
    from typing import NoReturn

_START_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ [^ ]+(?: HTTP/[0-9](?:\.[0-9])?)?")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([^\0\r]*)")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_LINE_END = re.compile(rb"\r?\n")
_BYTE_SEQUENCE = re.compile(r":([A-Za-z0-9+/]*={0,2}):")
_CHARSET = re.compile(r';[ \t]*charset="?([^";]*)', re.IGNORECASE)
_FORM = "application/x-www-form-urlencoded"
_GAP = "`curl -v` shows no body, so the headers alone were judged; `curl --trace FILE` writes every byte"
_TRACE_HINT = "capture it with `curl --trace FILE`, which writes every byte"


class Capture(NamedTuple):
    """A request taken apart.

    ``unread`` is what its body is, where that is nothing that servers look into; ``doubts`` are what servers may refuse, or
    read otherwise than it is read here. ``gap`` says what the capture does not show.
    """

    request: Request
    unread: str | None = None
    doubts: tuple[str, ...] = ()
    gap: str | None = None


def read_capture(data: bytes) -> Capture:
    """The request in a capture: start line, headers, blank line, body, with CRLF or LF; or what curl printed of one.

    A body counts only under ``Content-Type: application/x-www-form-urlencoded``, as with every server; a chunked one is
    decoded, one longer than its Content-Length is cut there. Raises UnavailableError ``request_unreadable``.
    """
    head, body = _split(data)
    whole = True
    if not _START_LINE.fullmatch(head[0]):
        from secretctl.parsers.curl_trace import read_curl

        sent = read_curl(data)
        if sent is None:
            _unreadable("its first line is not an HTTP/1.1 request line")
        if isinstance(sent, str):
            _unreadable(sent, hint=_TRACE_HINT)
        (head, body), whole = _split(sent.data), sent.whole
    headers = _headers(head)
    authorization = tuple(headers.get("authorization", ()))
    media_type = _media_type(headers)
    is_form = media_type == _FORM and whole
    if not whole and media_type == _FORM and not authorization:
        _unreadable("`curl -v` shows no body, and nothing in the headers is a credential", hint=_TRACE_HINT)
    request = Request(
        authorization=authorization[0] if len(authorization) == 1 else authorization or None,
        form=_body(body, headers) if is_form else None,
        client_cert=_client_cert(headers.get("client-cert", [])),
    )
    unread = media_type or "of no Content-Type" if body and not is_form else None
    doubts = _doubts(head[0], headers, form=bool(body) and is_form)
    return Capture(request, unread, doubts, None if whole or media_type != _FORM else _GAP)


def _doubts(start_line: bytes, headers: dict[str, list[str]], *, form: bool) -> tuple[str, ...]:
    chunked = "transfer-encoding" in headers
    found = []
    if chunked and "content-length" in headers:
        found.append("the request has a Transfer-Encoding and a Content-Length: some servers refuse it (RFC 9112 §6.3)")
    if chunked and not start_line.endswith(b"HTTP/1.1"):
        found.append("the request has a Transfer-Encoding, and only HTTP/1.1 knows one (RFC 9112 §6.1)")
    if form and any(value.lower() not in {"", "identity"} for value in headers.get("content-encoding", ())):
        found.append("the body has a Content-Encoding, and is read as it stands (RFC 9110 §8.4)")
    if form and (charset := _CHARSET.search(headers["content-type"][0])) and charset[1].lower() != "utf-8":
        found.append("the Content-Type names another charset than UTF-8, which a form is read in (RFC 6749 appendix B)")
    return tuple(found)


def _media_type(headers: dict[str, list[str]]) -> str:
    return headers.get("content-type", [""])[0].partition(";")[0].strip().lower()


def _split(data: bytes) -> tuple[list[bytes], bytes]:
    """The lines of the head, and what follows the blank line. Empty lines before the first are none (RFC 9112 §2.2)."""
    data = data.lstrip(b"\r\n")
    match = re.search(rb"\r?\n\r?\n", data)
    head, body = (data[: match.start()], data[match.end() :]) if match else (data.rstrip(b"\r\n"), b"")
    return _LINE_END.split(head), body


def _headers(lines: list[bytes]) -> dict[str, list[str]]:
    headers: dict[str, list[str]] = {}
    for number, line in enumerate(lines[1:], 2):
        match = _FIELD.fullmatch(line)
        if match is None:
            _unreadable(f"line {number} is not a header field")
        headers.setdefault(match[1].decode("ascii").lower(), []).append(match[2].strip(b" \t").decode("latin-1"))
    return headers


def _body(body: bytes, headers: dict[str, list[str]]) -> bytes:
    codings = ",".join(headers.get("transfer-encoding", [])).replace(" ", "").lower()
    if codings == "chunked":
        return _dechunk(body)
    if codings not in {"", "identity"}:
        _unreadable("its transfer coding is not chunked")
    lengths = {length.strip() for value in headers.get("content-length", []) for length in value.split(",")}
    if not lengths:
        # A capture saved by an editor ends in a newline that was not sent.
        return body[:-2] if body.endswith(b"\r\n") else body.removesuffix(b"\n")
    length = lengths.pop()
    if lengths or not re.fullmatch(r"[0-9]{1,9}", length):
        _unreadable("its Content-Length is not one number")
    if len(body) < int(length):
        _unreadable("its body is shorter than its Content-Length; was the capture cut?")
    return body[: int(length)]


def _dechunk(body: bytes) -> bytes:
    """The content of a chunked body (RFC 9112 §7.1); trailers are ignored."""
    parts: list[bytes] = []
    position = 0
    while match := _CHUNK.match(body, position):
        size = int(match[1], 16)
        if size == 0:
            return b"".join(parts)
        end = _LINE_END.match(body, match.end() + size)
        if end is None:
            break
        parts.append(body[match.end() : match.end() + size])
        position = end.end()
    return _unreadable("its chunked body is cut or malformed")


def _client_cert(values: list[str]) -> bytes | str | None:
    """The certificate of a ``Client-Cert`` field: a structured-field byte sequence of the DER (RFC 9440 §2.2)."""
    if not values:
        return None
    match = _BYTE_SEQUENCE.fullmatch(values[0].strip())
    # What is no byte sequence goes on as text that no certificate is, so that the credential is refused.
    return match[1] if match and len(values) == 1 else ":"


def _unreadable(
    why: str,
    *,
    hint: str = "give the request line, the headers, a blank line and the body, as they went over the wire, "
    "or what `curl --trace FILE` writes",
) -> NoReturn:
    raise UnavailableError("request_unreadable", f"this is not a captured HTTP request: {why}", hint=hint)
