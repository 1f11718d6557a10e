"""X.500 names: reading them, their two spellings, and whether two are the same name.

``rfc4514`` writes what RFC 4514 §2 says. ``dotnet`` writes what .NET's ``X509Certificate2.Subject`` is, character for
character, because that text is what IdentityServer compares (dotnet/runtime: ``X500DistinguishedName.Name``, which is
``X500NameEncoder.X500DistinguishedNameDecode`` with the flag ``Reversed``, and ``OidLookup`` for the short names).
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from secretctl.crypto import der

_TEXT = {
    der.UTF8_STRING: "utf-8",
    der.NUMERIC_STRING: "ascii",
    der.PRINTABLE_STRING: "ascii",
    der.T61_STRING: "latin-1",
    der.IA5_STRING: "ascii",
    der.UNIVERSAL_STRING: "utf-32-be",
    der.BMP_STRING: "utf-16-be",
}

# RFC 4514 §3 and, below it, descriptors registered with IANA (RFC 4520) for attributes that certificates carry.
RFC4514_NAMES = {
    "2.5.4.3": "CN",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.6": "C",
    "2.5.4.9": "STREET",
    "0.9.2342.19200300.100.1.25": "DC",
    "0.9.2342.19200300.100.1.1": "UID",
    "2.5.4.4": "sn",
    "2.5.4.5": "serialNumber",
    "2.5.4.12": "title",
    "2.5.4.15": "businessCategory",
    "2.5.4.17": "postalCode",
    "2.5.4.42": "givenName",
    "2.5.4.43": "initials",
    "2.5.4.46": "dnQualifier",
    "2.5.4.97": "organizationIdentifier",
    "1.2.840.113549.1.9.1": "emailAddress",
}

# OidLookup.InitializeLookupDictionaries, as far as it names attributes; any other type prints as OID.1.2.3.
DOTNET_NAMES = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "SERIALNUMBER",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "S",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "T",
    "2.5.4.13": "Description",
    "2.5.4.17": "PostalCode",
    "2.5.4.18": "POBox",
    "2.5.4.20": "Phone",
    "2.5.4.24": "X21Address",
    "2.5.4.42": "G",
    "2.5.4.43": "I",
    "2.5.4.46": "dnQualifier",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "E",
    "2.23.133.2.1": "TPMManufacturer",
    "2.23.133.2.2": "TPMModel",
    "2.23.133.2.3": "TPMVersion",
}

_DOTNET_STRINGS = frozenset(_TEXT) - {der.UNIVERSAL_STRING}
_DOTNET_QUOTED = re.compile(r'[,+="\n<>#;]')
_DOTNET_BLANKS = " \t\n\v\f\r"
_PRINTABLE_STRING = re.compile(rb"[A-Za-z0-9 '()+,\-./:=?]*")
_NUMERIC_STRING = re.compile(rb"[0-9 ]*")


class Attribute(NamedTuple):
    """One ``type=value``: the type's object identifier and the value as it is encoded."""

    oid: str
    value: der.Element

    @property
    def text(self) -> str | None:
        """The value where it is a string, else None."""
        encoding = _TEXT.get(self.value.tag)
        if encoding is None:
            return None
        try:
            return self.value.content.decode(encoding)
        except UnicodeDecodeError:
            return None


Name = tuple[tuple[Attribute, ...], ...]
"""A name in the order of its encoding: relative distinguished names, each of one or more attributes."""

CanonicalName = tuple[tuple[tuple[str, str], ...], ...]
"""A name in the form in which equal names are equal, in the order of the encoding."""


def parse_name(encoded: bytes) -> Name:
    """The name in an RDNSequence; DerError where it is none."""
    sequence = der.sole(encoded, der.SEQUENCE)
    name = []
    while sequence:
        members, relative = sequence.inside(der.SET), []
        while members:
            pair = members.inside(der.SEQUENCE)
            relative.append(Attribute(pair.oid(), pair.element()))
            pair.end()
        if not relative:
            raise der.DerError("a relative distinguished name is empty")
        name.append(tuple(relative))
    return tuple(name)


def rfc4514(name: Name) -> str:
    """The name as RFC 4514 §2 writes it: last part first, values that are no strings as ``#`` and the hex of their DER."""
    return ",".join("+".join(map(_rfc4514_attribute, relative)) for relative in reversed(name))


def _rfc4514_attribute(attribute: Attribute) -> str:
    key, text = RFC4514_NAMES.get(attribute.oid), attribute.text
    if key is None or text is None:
        return f"{key or attribute.oid}=#{attribute.value.raw.hex()}"
    escaped = re.sub(r'([,+"\\<>;])', r"\\\1", text)
    escaped = re.sub(r"[\x00-\x1f\x7f]", lambda match: f"\\{ord(match[0]):02X}", escaped)
    if escaped.endswith(" "):
        escaped = escaped[:-1] + "\\ "
    if escaped[:1] in {" ", "#"} and escaped != "\\ ":
        escaped = "\\" + escaped
    return f"{key}={escaped}"


def dotnet(name: Name) -> str:
    """The name as ``X509Certificate2.Subject`` has it: empty, as there, where a value is not a string that .NET reads."""
    parts = []
    for relative in reversed(name):
        values = [_dotnet_attribute(attribute) for attribute in relative]
        if None in values:
            return ""
        parts.append(" + ".join(filter(None, values)))
    return ", ".join(parts)


def _dotnet_attribute(attribute: Attribute) -> str | None:
    text = _dotnet_text(attribute)
    if text is None:
        return None
    if not text or text[0] in _DOTNET_BLANKS or text[-1] in _DOTNET_BLANKS or _DOTNET_QUOTED.search(text):
        text = '"' + text.replace('"', '""') + '"'
    return f"{DOTNET_NAMES.get(attribute.oid) or 'OID.' + attribute.oid}={text}"


def _dotnet_text(attribute: Attribute) -> str | None:
    """``X500DictionaryStringHelper.ReadAnyAsnString``, with the alphabets that System.Formats.Asn1 holds strings to."""
    tag, content, _ = attribute.value
    if (
        tag not in _DOTNET_STRINGS
        or (tag == der.PRINTABLE_STRING and not _PRINTABLE_STRING.fullmatch(content))
        or (tag == der.NUMERIC_STRING and not _NUMERIC_STRING.fullmatch(content))
    ):
        return None
    if tag == der.T61_STRING:
        try:
            return content.decode("utf-8").rstrip("\0")  # T61Encoding tries UTF-8 before Latin-1
        except UnicodeDecodeError:
            pass
    text = attribute.text
    if text is None or (tag == der.BMP_STRING and max(text, default="") > "\uffff"):
        return None  # .NET's BMPEncoding knows no surrogates
    return text.rstrip("\0")


def canonical(name: Name) -> CanonicalName:
    """The form for comparing: strings of any type without regard to case and repeated blanks, other values by their DER.

    RFC 5280 §7.1 with the folding of RFC 4518 (NFKC, case, blanks); parts of a multi-valued RDN have no order, and one that
    is there twice counts twice.
    """
    return tuple(tuple(sorted(map(canonical_attribute, relative))) for relative in name)


def canonical_attribute(attribute: Attribute) -> tuple[str, str]:
    """One ``type=value`` for comparing."""
    text = attribute.text
    return attribute.oid, f"#{attribute.value.raw.hex()}" if text is None else fold(text)


def fold(text: str) -> str:
    """A string for comparing. It never begins with ``#``, so that no string equals a value that is none."""
    return "=" + " ".join(unicodedata.normalize("NFKC", text).casefold().split())
