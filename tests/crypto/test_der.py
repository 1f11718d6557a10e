"""The DER reader: strict on purpose, and never surprised."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secretctl.crypto import der


def test_an_element_has_its_tag_content_and_bytes() -> None:
    """The three parts of a tag-length-value."""
    reader = der.Reader(bytes.fromhex("0c0474657374"))
    assert reader.element(der.UTF8_STRING) == (der.UTF8_STRING, b"test", bytes.fromhex("0c0474657374"))
    reader.end()
    assert reader.peek() is None


@pytest.mark.parametrize(
    ("encoded", "why"),
    [
        ("", "missing"),
        ("30", "missing"),
        ("3002aa", "cut off"),
        ("3080aa0000", "indefinite"),
        ("308101aa", "shortest"),
        ("30820001aa", "shortest"),
        ("3085010203040506", "too large"),
        ("30840000", "indefinite, too large"),
        ("1f8100", "several bytes"),
        ("020100", "instead of 0x30"),
    ],
)
def test_ber_is_refused(encoded: str, why: str) -> None:
    """Indefinite and padded lengths, long tags and truncation are not DER."""
    with pytest.raises(der.DerError, match=why):
        der.Reader(bytes.fromhex(encoded)).element(der.SEQUENCE if encoded == "020100" else None)


def test_bytes_after_the_end_are_refused() -> None:
    """Nothing may follow what was asked for."""
    with pytest.raises(der.DerError, match="after the end"):
        der.sole(bytes.fromhex("300000"), der.SEQUENCE)


def test_a_long_length_is_read() -> None:
    """Lengths from 128 take several octets."""
    data = b"\x04\x82\x01\x00" + bytes(256)
    assert der.Reader(data).element(der.OCTET_STRING).content == bytes(256)


@pytest.mark.parametrize(("content", "value"), [("00", 0), ("7f", 127), ("0080", 128), ("80", -128), ("ff7f", -129)])
def test_integers_may_be_negative(content: str, value: int) -> None:
    """Serial numbers are negative in the wild."""
    assert der.integer(bytes.fromhex(content)) == value


@pytest.mark.parametrize("content", ["", "0000", "007f", "ff80", "ffff"])
def test_padded_integers_are_refused(content: str) -> None:
    """X.690 §8.3.2: the first nine bits are neither all ones nor all zeros."""
    with pytest.raises(der.DerError):
        der.integer(bytes.fromhex(content))


@pytest.mark.parametrize(
    ("content", "dotted"),
    [("550403", "2.5.4.3"), ("2a864886f70d010101", "1.2.840.113549.1.1.1"), ("883703", "2.999.3")],
)
def test_object_identifiers_go_both_ways(content: str, dotted: str) -> None:
    """X.690 §8.19, the joint first arc included."""
    assert der.oid(bytes.fromhex(content)) == dotted
    assert der.encode_oid(dotted).hex() == content


@pytest.mark.parametrize("content", ["", "5504f0", "80550403", "55800403", "55" + "ff" * 19 + "7f"])
def test_bad_object_identifiers_are_refused(content: str) -> None:
    """Cut off, padded, or of an arc of 140 bits."""
    with pytest.raises(der.DerError):
        der.oid(bytes.fromhex(content))


@pytest.mark.parametrize("dotted", ["1", "1.", "a.b", "3.1", "1.40", "1.02", "1.-2", "1.²", "2." + "9" * 41])
def test_texts_that_are_no_object_identifier(dotted: str) -> None:
    """Whatever is not dotted decimals in range."""
    with pytest.raises(der.DerError):
        der.encode_oid(dotted)


@given(st.lists(st.integers(0, 2**64), min_size=0, max_size=8), st.integers(0, 2), st.integers(0, 39))
def test_object_identifiers_round_trip(rest: list[int], first: int, second: int) -> None:
    """Any arcs survive being encoded."""
    dotted = ".".join(map(str, (first, second, *rest)))
    assert der.oid(der.encode_oid(dotted)) == dotted


def test_bit_strings_are_whole_bytes() -> None:
    """Keys and signatures have no spare bits."""
    assert der.Reader(bytes.fromhex("030200aa")).bit_string() == b"\xaa"
    for encoded in ("0300", "030204a0"):
        with pytest.raises(der.DerError, match="whole bytes"):
            der.Reader(bytes.fromhex(encoded)).bit_string()


@given(st.binary(max_size=64))
def test_only_der_errors_escape(data: bytes) -> None:
    """Whatever the bytes, reading them ends in an element or a DerError."""
    reader = der.Reader(data)
    try:
        while reader:
            element = reader.element()
            assert element.raw.endswith(element.content)
    except der.DerError:
        pass
