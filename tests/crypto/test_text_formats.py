"""base64url and JSON in the one spelling that security tokens have."""

from __future__ import annotations

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secretctl.crypto import base64url
from secretctl.crypto.strict_json import JsonError, parse_object


@given(st.binary(max_size=80))
def test_base64url_round_trips(data: bytes) -> None:
    """Encoding agrees with the standard library, and decoding undoes it."""
    text = base64url.encode(data)
    assert text == base64.urlsafe_b64encode(data).decode().rstrip("=")
    assert base64url.decode(text) == data


@pytest.mark.parametrize("text", ["YQ==", "YR", "YWJ", "a", "a+b/", "Y Q", "YQ\n", "YWJj=", "é", "Y\u200eQ", "aaaaa"])
def test_other_spellings_of_base64url_are_refused(text: str) -> None:
    """Padding, spare bits, blanks and the other alphabet would give a token several spellings."""
    with pytest.raises(ValueError, match="canonical"):
        base64url.decode(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":2}',
        '{"x":{"a":1,"a":1}}',
        '{"a":NaN}',
        '{"a":-Infinity}',
        "[]",
        '"x"',
        "null",
        "",
        "{",
        "{} {}",
        "{'a':1}",
        '{"a":1,}',
        '{"a":' + "9" * 5000 + "}",
        '{"a":' + "[" * 100_000 + "]" * 100_000 + "}",
        '\ufeff{"a":1}',
        b'\xff{"a":1}',
        b'\xef\xbb\xbf{"a":1}',
    ],
)
def test_json_of_several_meanings_is_refused(text: str | bytes) -> None:
    """Repeated members, NaN, huge numbers, deep nesting, a byte-order mark: a clean refusal each."""
    with pytest.raises(JsonError):
        parse_object(text)


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_only_json_errors_escape(text: str | bytes) -> None:
    """Whatever the input, it is an object or a JsonError."""
    with contextlib.suppress(JsonError):
        assert isinstance(parse_object(text), dict)


def test_an_object_is_read() -> None:
    """From text or UTF-8, with white space around it."""
    for text in (' {"a":1}', '\r\n\t {"a":1}\n', b' {"a":1} '):
        assert parse_object(text) == {"a": 1}
    for text in ('\u00a0{"a":1}', '{"a":1}\x0c', '{"a":1}}', ' {"a":1} x'):
        with pytest.raises(JsonError):
            parse_object(text)
    assert parse_object('{"a":"é"}') == parse_object('{"a":"é"}'.encode()) == {"a": "é"}
