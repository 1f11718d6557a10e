"""A captured request gives exactly what its sender authenticates with."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secretctl.errors import UnavailableError
from secretctl.model import Request
from secretctl.parsers.http import read_capture

HEAD = b"POST /connect/token HTTP/1.1\r\nHost: id.example.com\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"


def capture(*headers: bytes, body: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    return HEAD + b"".join(header + b"\r\n" for header in headers) + b"\r\n" + body


def request_in(data: bytes) -> Request:
    """The request of a capture."""
    return read_capture(data).request


def doubts_about(data: bytes) -> tuple[str, ...]:
    """What may be read otherwise elsewhere."""
    return read_capture(data).doubts


def test_the_authorization_header_is_taken_whatever_its_case() -> None:
    """Field names have no case (RFC 9110 §5.1)."""
    assert request_in(capture(b"aUTHORIZATION: Basic abc=")).authorization == "Basic abc="


def test_blanks_around_a_value_do_not_belong_to_it() -> None:
    """Optional white space is no part of the value (RFC 9110 §5.5)."""
    assert request_in(capture(b"Authorization: \t Basic abc= \t")).authorization == "Basic abc="


def test_a_repeated_authorization_header_is_kept_as_two() -> None:
    """So that a strict profile can refuse it."""
    request = request_in(capture(b"Authorization: Basic a", b"Authorization: Basic b"))
    assert request.authorization == ("Basic a", "Basic b")


def test_a_capture_with_bare_line_feeds_reads_the_same() -> None:
    """Editors and terminals turn CRLF into LF."""
    data = capture(FORM.rstrip(), b"Content-Length: 3", body=b"a=b")
    assert request_in(data.replace(b"\r\n", b"\n")) == request_in(data)


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ((b"Transfer-Encoding: chunked", b"Content-Length: 11"), "Content-Length"),
        ((b"Content-Encoding: gzip",), "Content-Encoding"),
        ((b"Content-Encoding: identity", b"Content-Encoding: Br"), "Content-Encoding"),
        ((b'Content-Type: application/x-www-form-urlencoded; a=b; Charset="latin1"',), "charset"),
        ((b"Content-Type: application/x-www-form-urlencoded;charset=utf-16",), "charset"),
        ((), None),
        ((b"Content-Length: 11", b"Content-Encoding: identity"), None),
        ((b"Content-Encoding:",), None),
        ((b"Transfer-Encoding: chunked",), None),
        ((b'Content-Type: application/x-www-form-urlencoded; charset="UTF-8"',), None),
        ((b"Content-Type: application/json; charset=latin1", b"Content-Encoding: gzip"), None),
    ],
)
def test_what_servers_may_read_otherwise_is_told(headers: tuple[bytes, ...], says: str | None) -> None:
    """A request that two servers read in two ways is how requests are smuggled."""
    typed = headers if any(header.startswith(b"Content-Type") for header in headers) else (*headers, FORM.rstrip())
    chunked = b"Transfer-Encoding: chunked" in headers
    found = doubts_about(capture(*typed, body=b"b\r\nclient_id=a\r\n0\r\n\r\n" if chunked else b"client_id=a"))
    assert [says in doubt for doubt in found] == [True] if says else found == ()


def test_a_transfer_coding_before_http_1_1_is_told() -> None:
    """HTTP/1.0 knows none: what a server makes of it is anybody's guess."""
    data = capture(FORM.rstrip(), b"Transfer-Encoding: chunked", body=b"0\r\n\r\n")
    assert doubts_about(data) == ()
    for version in (b" HTTP/1.0", b""):
        assert "only HTTP/1.1" in doubts_about(data.replace(b" HTTP/1.1", version, 1))[0]
        assert doubts_about(capture(FORM.rstrip(), body=b"a=b").replace(b" HTTP/1.1", version, 1)) == ()


def test_without_a_body_nothing_in_it_is_read_otherwise() -> None:
    """A header that speaks of one is no matter then."""
    assert doubts_about(capture(FORM.rstrip(), b"Content-Encoding: gzip")) == ()


def test_a_body_of_another_media_type_is_no_form() -> None:
    """Servers read credentials only from forms."""
    assert request_in(capture(b"Content-Type: application/json", body=b"client_id=a")).form is None
    assert request_in(capture(body=b"client_id=a")).form is None


def test_what_a_body_is_that_no_server_looks_into_is_told() -> None:
    """By its media type where it has one; a form is looked into, and what is not there needs no word."""
    assert read_capture(capture(b"Content-Type: Text/Plain; a=b", body=b"client_id=a")).unread == "text/plain"
    assert read_capture(capture(body=b"client_id=a")).unread == "of no Content-Type"
    for without in (capture(FORM.rstrip(), body=b"client_id=a"), capture(), capture().rstrip()):
        assert read_capture(without).unread is None


def test_the_media_type_may_have_parameters() -> None:
    """``charset`` and case make no other media type."""
    data = capture(b"Content-Type: Application/X-WWW-Form-urlencoded; charset=utf-8", body=b"client_id=a")
    assert request_in(data).form == b"client_id=a"


def test_content_length_cuts_what_an_editor_added() -> None:
    """The newline after the body was never sent."""
    assert request_in(capture(FORM.rstrip(), b"Content-Length: 11", body=b"client_id=a\n")).form == b"client_id=a"


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_without_a_length_one_trailing_newline_is_cut(newline: bytes) -> None:
    """One and no more: the second could be data."""
    assert request_in(capture(FORM.rstrip(), body=b"client_id=a" + newline)).form == b"client_id=a"
    assert request_in(capture(FORM.rstrip(), body=b"client_id=a" + 2 * newline)).form == b"client_id=a" + newline


@pytest.mark.parametrize(
    "body",
    [
        b"5\r\nclien\r\n6\r\nt_id=a\r\n0\r\n\r\n",
        b"5;name=value\r\nclien\r\n6 \r\nt_id=a\r\n0\r\nTrailer: x\r\n\r\n",
        b"5\nclien\n6\nt_id=a\n0\n\n",
        b"B\r\nclient_id=a\r\n0\r\n\r\n",
    ],
)
def test_a_chunked_body_is_decoded(body: bytes) -> None:
    """With extensions, trailers, and line ends as the capture has them (RFC 9112 §7.1)."""
    assert request_in(capture(FORM.rstrip(), b"Transfer-Encoding: chunked", body=body)).form == b"client_id=a"


@pytest.mark.parametrize("header", [b"Transfer-Encoding: Identity", b"Content-Length: 3, 3", b"Content-Length: 3,3"])
def test_what_changes_nothing_about_a_body_may_be_said(header: bytes) -> None:
    """A coding that is none, and one length twice (RFC 9112 §6.3)."""
    assert request_in(capture(FORM.rstrip(), header, body=b"a=b")).form == b"a=b"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ((b"Transfer-Encoding: chunked",), b"5\r\nabc"),
        ((b"Transfer-Encoding: chunked",), b"zz\r\nabc\r\n0\r\n\r\n"),
        ((b"Transfer-Encoding: chunked",), b"3\r\nabcd\r\n0\r\n\r\n"),
        ((b"Transfer-Encoding: chunked",), b"3\r\nabc\r\n"),
        ((b"Transfer-Encoding: gzip",), b"abc"),
        ((b"Content-Length: 10",), b"abc"),
        ((b"Content-Length: x",), b"abc"),
        ((b"Content-Length: 3", b"Content-Length: 2"), b"abc"),
        ((b"Content-Length: -1",), b"abc"),
        ((b"Content-Length: 3, 2",), b"abc"),
    ],
)
def test_a_body_that_is_cut_or_malformed_is_said_to_be(headers: tuple[bytes, ...], body: bytes) -> None:
    """A guess about where a body ends would be a guess about a credential."""
    with pytest.raises(UnavailableError) as raised:
        request_in(capture(FORM.rstrip(), *headers, body=body))
    assert raised.value.code == "request_unreadable"


@pytest.mark.parametrize(
    "data",
    [b"", b"\r\n\r\n", b"hello", b"POST /x HTTP/1.1\r\nno colon\r\n\r\n", b"POST /x HTTP/1.1\r\n folded: x\r\n\r\n"],
)
def test_what_is_no_request_is_said_to_be(data: bytes) -> None:
    """With status 3, and without quoting it."""
    with pytest.raises(UnavailableError) as raised:
        request_in(data)
    assert raised.value.status == 3


def test_empty_lines_in_front_are_passed_over() -> None:
    """RFC 9112 §2.2: some clients send one, and whoever pastes a capture leaves one."""
    for newlines in (b"\r\n", b"\n\n"):
        assert request_in(newlines + capture(b"Authorization: Basic YTpi")).authorization == "Basic YTpi"
    for blank in (b" ", b"\t", b"\r\n "):
        with pytest.raises(UnavailableError, match="first line"):
            request_in(blank + capture(b"Authorization: Basic YTpi"))


@pytest.mark.parametrize("character", [b"\0", b"\r"])
def test_a_field_holds_no_nul_and_no_bare_cr(character: bytes) -> None:
    """RFC 9110 §5.5: to another reader, another field may begin there."""
    with pytest.raises(UnavailableError, match="line 3 is not a header field"):
        request_in(capture(b"X: a" + character + b"Authorization: Basic YTpi"))


def test_a_client_cert_field_is_a_byte_sequence() -> None:
    """``:base64:`` of the DER (RFC 9440 §2.2)."""
    encoded = base64.b64encode(b"not really a certificate").decode()
    assert request_in(capture(f"Client-Cert: :{encoded}:".encode())).client_cert == encoded


@pytest.mark.parametrize("headers", [(b"Client-Cert: abc",), (b"Client-Cert: :YQ==:", b"Client-Cert: :YQ==:")])
def test_a_client_cert_field_of_another_form_is_no_certificate(headers: tuple[bytes, ...]) -> None:
    """It stays there, so that the credential is refused and not overlooked."""
    assert request_in(capture(*headers)).client_cert == ":"


@given(st.binary(max_size=300))
def test_any_bytes_give_a_request_or_a_clean_error(data: bytes) -> None:
    """Nothing else escapes."""
    for candidate in (data, HEAD + data, capture(FORM.rstrip(), b"Transfer-Encoding: chunked", body=data)):
        try:
            request = request_in(candidate)
        except UnavailableError:
            continue
        assert isinstance(request, Request)
