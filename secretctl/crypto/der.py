"""A small strict reader of DER (X.690 §10), enough for certificates, names and keys.

Why not a library: the servers accept certificates that strict X.509 parsers refuse or will refuse (negative serial
numbers, SHA-1 signatures), and reading a date or a name should not load one. Nothing here recurses, copies or guesses:
lengths are definite and minimal, and every byte is accounted for.
"""

from __future__ import annotations

from typing import NamedTuple

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OID = 0x01, 0x02, 0x03, 0x04, 0x06
UTF8_STRING, NUMERIC_STRING, PRINTABLE_STRING, T61_STRING, IA5_STRING = 0x0C, 0x12, 0x13, 0x14, 0x16
UTC_TIME, GENERALIZED_TIME, UNIVERSAL_STRING, BMP_STRING = 0x17, 0x18, 0x1C, 0x1E
SEQUENCE, SET = 0x30, 0x31

_MAX_LENGTH_OCTETS = 4  # 4 GiB; inputs are far smaller
_LARGEST_ARC = 10**40
"""Beyond it none is read: the largest in use (UUIDs, 128 bits) have 39 digits, and reading megabytes of one takes hours."""


class DerError(ValueError):
    """The bytes are not the DER that was asked for. Its text says what is wrong and quotes nothing."""


class Element(NamedTuple):
    """One tag-length-value: the identifier octet, the content, and both with the length between them."""

    tag: int
    content: bytes
    raw: bytes


class Reader:
    """Reads the elements of one content from front to back."""

    __slots__ = ("_data", "_position")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def __bool__(self) -> bool:
        return self._position < len(self._data)

    def peek(self) -> int | None:
        """The next identifier octet, or None at the end."""
        return self._data[self._position] if self else None

    def element(self, tag: int | None = None) -> Element:
        """The next element; DerError where it is not there, not whole, or has another tag."""
        data, start = self._data, self._position
        if start + 2 > len(data):
            raise DerError("an element is missing or cut off")
        found, length, position = data[start], data[start + 1], start + 2
        if tag is not None and found != tag:
            raise DerError(f"an element has tag 0x{found:02x} instead of 0x{tag:02x}")
        if found & 0x1F == 0x1F:
            raise DerError("an element has a tag of several bytes")
        if length >= 0x80:
            count = length & 0x7F
            octets = data[position : position + count]
            length, position = int.from_bytes(octets, "big"), position + count
            if not 1 <= count <= _MAX_LENGTH_OCTETS or len(octets) != count or length < 0x80 or octets[0] == 0:
                raise DerError("a length is indefinite, too large or not in its shortest form")
        end = position + length
        if end > len(data):
            raise DerError("an element is cut off")
        self._position = end
        return Element(found, data[position:end], data[start:end])

    def inside(self, tag: int) -> Reader:
        """A reader of the content of the next element."""
        return Reader(self.element(tag).content)

    def integer(self) -> int:
        """An INTEGER, negative ones included."""
        return integer(self.element(INTEGER).content)

    def oid(self) -> str:
        """An OBJECT IDENTIFIER in dotted decimals."""
        return oid(self.element(OID).content)

    def bit_string(self) -> bytes:
        """A BIT STRING of whole bytes, as keys and signatures are."""
        content = self.element(BIT_STRING).content
        if not content or content[0] != 0:
            raise DerError("a bit string is not made of whole bytes")
        return content[1:]

    def end(self) -> None:
        """DerError where something follows."""
        if self:
            raise DerError("there are bytes after the end")


def sole(data: bytes, tag: int) -> Reader:
    """A reader of the content of the one element that the bytes are."""
    reader = Reader(data)
    content = reader.inside(tag)
    reader.end()
    return content


def integer(content: bytes) -> int:
    """The value of an INTEGER's content."""
    if not content or (len(content) > 1 and content[0] in {0x00, 0xFF} and (content[0] ^ content[1]) < 0x80):
        raise DerError("an integer is empty or not in its shortest form")
    return int.from_bytes(content, "big", signed=True)


def oid(content: bytes) -> str:
    """The dotted decimals of an OBJECT IDENTIFIER's content."""
    if not content or content[-1] & 0x80:
        raise DerError("an object identifier is cut off")
    arcs: list[int] = []
    value, begins = 0, True
    for octet in content:
        if begins and octet == 0x80:
            raise DerError("an object identifier is not in its shortest form")
        value = value << 7 | octet & 0x7F
        if value >= _LARGEST_ARC:
            raise DerError("an arc of an object identifier is too large")
        begins = not octet & 0x80
        if begins:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def encode_oid(dotted: str) -> bytes:
    """The content of an OBJECT IDENTIFIER; DerError where the text is none."""
    parts = dotted.split(".")
    if len(parts) < 2 or not all(
        part.isascii() and part.isdigit() and (part == "0" or part[0] != "0") for part in parts
    ):
        raise DerError("an object identifier is written in dotted decimals")
    if any(len(part) > 40 for part in parts):
        raise DerError("an arc of an object identifier is too large")
    arcs = [int(part) for part in parts]
    if arcs[0] > 2 or (arcs[0] < 2 and arcs[1] >= 40):
        raise DerError("the first two arcs of an object identifier are out of range")
    content = bytearray()
    for arc in (arcs[0] * 40 + arcs[1], *arcs[2:]):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        content += bytes(reversed(groups))
    return bytes(content)
