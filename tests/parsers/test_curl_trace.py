"""What curl prints of a request is read as the request that it sent."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from secretctl.errors import UnavailableError
from secretctl.model import Request
from secretctl.parsers.http import read_capture

if TYPE_CHECKING:
    from collections.abc import Iterator

VERBOSE = b"""\
*   Trying 127.0.0.1:8899...
* Server auth using Basic with user 'web'
> POST /connect/token HTTP/1.1
> Host: 127.0.0.1:8899
> Authorization: Basic d2ViOnPDqWNyZXQrMQ==
> Accept: */*
> Content-Length: 29
> Content-Type: application/x-www-form-urlencoded
>\x20
} [29 bytes data]
< HTTP/1.1 401 Unauthorized
<\x20
{"e":"x"}"""
TRACE = b"""\
== Info: Connected to 127.0.0.1 (127.0.0.1) port 8899 (#0)
=> Send SSL data, 5 bytes (0x5)
0000: 17 03 03 00 63                                  ....c
=> Send header, 97 bytes (0x61)
0000: 50 4f 53 54 20 2f 63 6f 6e 6e 65 63 74 2f 74 6f POST /connect/to
0010: 6b 65 6e 20 48 54 54 50 2f 31 2e 31 0d 0a 43 6f ken HTTP/1.1..Co
0020: 6e 74 65 6e 74 2d 54 79 70 65 3a 20 61 70 70 6c ntent-Type: appl
0030: 69 63 61 74 69 6f 6e 2f 78 2d 77 77 77 2d 66 6f ication/x-www-fo
0040: 72 6d 2d 75 72 6c 65 6e 63 6f 64 65 64 0d 0a 43 rm-urlencoded..C
0050: 6f 6e 74 65 6e 74 2d 4c 65 6e 67 74 68 3a 20 33 ontent-Length: 3
0060: 0d                                              .
=> Send data, 6 bytes (0x6)
0000: 0a 0d 0a 61 3d c3                               ...a=.
<= Recv header, 27 bytes (0x1b)
0000: 48 54 54 50 2f 31 2e 31 20 34 30 31 20 55 6e 61 HTTP/1.1 401 Una
0010: 75 74 68 6f 72 69 7a 65 64 0d 0a                uthorized..
=> Send header, 4 bytes (0x4)
0000: 0d 0a 0d 0a                                     ....
"""


@pytest.mark.parametrize(
    "text", [VERBOSE, VERBOSE.replace(b"\n", b"\r\n"), VERBOSE.replace(b"\n> ", b"\n12:00:01.5 > ")]
)
def test_curl_verbose_shows_the_headers(text: bytes) -> None:
    """They are judged, and it is said that the form was not seen."""
    capture = read_capture(text)
    assert capture.request == Request(authorization="Basic d2ViOnPDqWNyZXQrMQ==")
    assert capture.gap is not None
    assert capture.unread is None


def test_curl_verbose_that_ends_with_the_headers() -> None:
    """Somebody copied no more than the lines that they know."""
    text = VERBOSE[: VERBOSE.index(b"\n>\x20\n")]
    assert read_capture(text).request.authorization == "Basic d2ViOnPDqWNyZXQrMQ=="


def test_curl_verbose_of_a_request_without_a_form_shows_all_of_it() -> None:
    """Nothing is missing there."""
    assert read_capture(VERBOSE.replace(b"> Content-Type: application/x-www-form-urlencoded\n", b"")).gap is None


def test_curl_verbose_without_a_credential_cannot_be_judged() -> None:
    """The credential may be in the body, which is not there: no answer is better than a wrong one."""
    with pytest.raises(UnavailableError, match="shows no body") as caught:
        read_capture(VERBOSE.replace(b"> Authorization: Basic d2ViOnPDqWNyZXQrMQ==\n", b""))
    assert "--trace" in str(caught.value.hint)


def test_curl_trace_is_read_to_the_byte() -> None:
    """The first request of it, with all that was sent before the next one."""
    assert read_capture(TRACE).request == Request(form=b"a=\xc3")


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (b"0000: 0a 0d 0a 61 3d c3                               ...a=.", b"0000: ..a=."),  # --trace-ascii
        (b"0060: 0d                                              .\n", b""),
        (b"0050: 6f 6e", b"0050: zz zz"),
    ],
)
def test_a_trace_that_lost_bytes_is_none(was: bytes, now: bytes) -> None:
    """It says how to get one."""
    assert was in TRACE
    with pytest.raises(UnavailableError, match="loses bytes") as caught:
        read_capture(TRACE.replace(was, now))
    assert "--trace" in str(caught.value.hint)


@pytest.fixture
def server() -> Iterator[int]:
    """The port of a server that refuses one request."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                received = b""
                while not received.endswith(b"last=1"):
                    received += connection.recv(65536)
                connection.sendall(b"HTTP/1.1 401 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(10)


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize("options", [["--trace", "-"], ["--trace", "-", "--trace-time"]])
def test_what_this_curl_writes(server: int, options: list[str]) -> None:
    """The curl that is installed here, over a real connection."""
    form = b"client_secret=s%C3%A9 +\n\x00\xff&scope=" + b"x" * 2000 + b"&last=1"
    printed = subprocess.run(
        ["curl", "--silent", *options, "-u", "web:s+", "--data-binary", "@-", f"http://127.0.0.1:{server}/connect/token"],
        input=form, capture_output=True, check=True, timeout=30,
    )  # fmt: skip
    assert read_capture(printed.stdout).request == Request(authorization="Basic d2ViOnMr", form=form)
