"""Distinguished names as people write them: RFC 4514, and what .NET prints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secretctl.crypto import der
from secretctl.crypto.distinguished_name import DOTNET_NAMES, RFC4514_NAMES, Attribute, canonical_attribute, fold

if TYPE_CHECKING:
    from secretctl.crypto.distinguished_name import CanonicalName

_KEYS = {
    **{name.upper(): oid for oid, name in (*RFC4514_NAMES.items(), *DOTNET_NAMES.items())},
    "EMAIL": "1.2.840.113549.1.9.1",
    "GN": "2.5.4.42",
    "SURNAME": "2.5.4.4",
    "DESCRIPTION": "2.5.4.13",
}


class NotAName(ValueError):  # noqa: N818 - an answer, not a fault
    """A text or an encoding that is not a distinguished name."""


def parse_rfc4514(text: str) -> CanonicalName:
    """The name that a text means; NotAName where it is none.

    Also read: blanks around separators, ``OID.`` before an object identifier, .NET's short names and quoted values,
    so that what .NET prints for a name is recognised as that name.
    """
    reader = _TextReader(text)
    relatives = []
    while True:
        attributes = [reader.attribute()]
        while reader.take("+"):
            attributes.append(reader.attribute())
        relatives.append(tuple(sorted(attributes)))
        if not (reader.take(",") or reader.take(";")):
            break
    if not reader.at_end:
        raise NotAName("it does not end where the name does")
    return tuple(reversed(relatives))


_KEY = re.compile(r" *([A-Za-z][A-Za-z0-9-]*|(?:[Oo][Ii][Dd]\.)?[0-9]+(?:\.[0-9]+)+) *= *")
_HEX_VALUE = re.compile(r"#((?:[0-9A-Fa-f]{2})+) *")
_QUOTED_VALUE = re.compile(r'"((?:[^"\\]|\\.|"")*)" *', re.DOTALL)
_PLAIN_VALUE = re.compile(r'(?:[^\\,+;"<>\x00]|\\[0-9A-Fa-f]{2}|\\[ "#+,;<=>\\])*')
_ESCAPED = re.compile(rb'\\([0-9A-Fa-f]{2}|[ "#+,;<=>\\])|""')


class _TextReader:
    """Takes a name's text apart from the front."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0

    @property
    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self._position == len(self._text)

    def take(self, character: str) -> bool:
        """Whether the next character is this separator, which is then passed."""
        found = self._text.startswith(character, self._position)
        self._position += found
        return found

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self._text, self._position)
        if match:
            self._position = match.end()
        return match

    def attribute(self) -> tuple[str, str]:
        """The next ``type=value``, in the form for comparing."""
        key = self._match(_KEY)
        if key is None:
            raise NotAName("a part is not type=value")
        oid = _key_oid(key[1])
        if match := self._match(_HEX_VALUE):
            return canonical_attribute(Attribute(oid, _hex_element(match[1])))
        if match := self._match(_QUOTED_VALUE):
            return oid, fold(_unescape(match[1]))
        match = self._match(_PLAIN_VALUE)
        return oid, fold(_unescape(match[0] if match else ""))


def _key_oid(key: str) -> str:
    if key[0].isdigit() or key[:4].upper() == "OID.":
        dotted = key[4:] if key[0] in "Oo" else key
        try:
            der.encode_oid(dotted)
        except der.DerError as exc:
            raise NotAName(str(exc)) from exc
        return dotted
    oid = _KEYS.get(key.upper())
    if oid is None:
        raise NotAName("an attribute type is not known by that name")
    return oid


def _hex_element(digits: str) -> der.Element:
    reader = der.Reader(bytes.fromhex(digits))
    try:
        element = reader.element()
        reader.end()
    except der.DerError as exc:
        raise NotAName(str(exc)) from exc
    return element


def _unescape(text: str) -> str:
    """Undo the escapes; hex pairs are bytes of UTF-8 (RFC 4514 §3)."""

    def replace(match: re.Match[bytes]) -> bytes:
        escaped = match[1]
        if escaped is None:
            return b'"'
        return bytes.fromhex(escaped.decode()) if len(escaped) == 2 else escaped

    try:
        return _ESCAPED.sub(replace, text.encode("utf-8")).decode("utf-8")
    except UnicodeError:
        raise NotAName("a value is not UTF-8") from None
