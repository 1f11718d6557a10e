"""X.500 names: their two spellings, and when two are one."""

from __future__ import annotations

import contextlib

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from secretctl.crypto import der
from secretctl.crypto.distinguished_name import canonical, dotnet, parse_name, rfc4514
from secretctl.crypto.name_text import NotAName, parse_rfc4514

OID = x509.ObjectIdentifier


def name(*attributes: tuple[x509.ObjectIdentifier, str]) -> bytes:
    """The DER of a name of single-valued parts, in the order given."""
    return x509.Name([x509.NameAttribute(oid, value, _validate=False) for oid, value in attributes]).public_bytes()


def tlv(tag: int, content: bytes) -> bytes:
    """One element of DER."""
    length = len(content)
    return bytes([tag, length] if length < 128 else [tag, 0x82, length >> 8, length & 0xFF]) + content


def raw(tag: int, content: bytes, oid: str = "2.5.4.3") -> bytes:
    """The DER of a name of one attribute with any value."""
    return tlv(der.SEQUENCE, relative(tag, content, oid))


def relative(tag: int, content: bytes, oid: str) -> bytes:
    """The DER of one relative distinguished name."""
    return tlv(der.SET, tlv(der.SEQUENCE, tlv(der.OID, der.encode_oid(oid)) + tlv(tag, content)))


FULL = name(
    (NameOID.COUNTRY_NAME, "DE"),
    (NameOID.STATE_OR_PROVINCE_NAME, "Bayern"),
    (NameOID.LOCALITY_NAME, "München"),
    (NameOID.ORGANIZATION_NAME, "Acme, Inc."),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "Ops"),
    (NameOID.COMMON_NAME, "web"),
    (NameOID.EMAIL_ADDRESS, "ops@acme.example"),
    (NameOID.SERIAL_NUMBER, "42"),
)


def test_rfc4514_puts_the_last_part_first() -> None:
    """RFC 4514 §2.1 and §2.4, commas escaped."""
    assert rfc4514(parse_name(FULL)) == (
        "serialNumber=42,emailAddress=ops@acme.example,CN=web,OU=Ops,O=Acme\\, Inc.,L=München,ST=Bayern,C=DE"
    )


def test_dotnet_spells_it_its_own_way() -> None:
    """X500NameEncoder.X500DistinguishedNameDecode: reversed, `, `, S=, E=, quotes instead of escapes."""
    assert dotnet(parse_name(FULL)) == (
        'SERIALNUMBER=42, E=ops@acme.example, CN=web, OU=Ops, O="Acme, Inc.", L=München, S=Bayern, C=DE'
    )


@pytest.mark.parametrize(
    ("oid", "key"),
    [
        ("2.5.4.4", "SN"),
        ("2.5.4.42", "G"),
        ("2.5.4.43", "I"),
        ("2.5.4.12", "T"),
        ("2.5.4.9", "STREET"),
        ("2.5.4.17", "PostalCode"),
        ("2.5.4.13", "Description"),
        ("2.5.4.46", "dnQualifier"),
        ("0.9.2342.19200300.100.1.25", "DC"),
        ("0.9.2342.19200300.100.1.1", "OID.0.9.2342.19200300.100.1.1"),
        ("2.5.4.15", "OID.2.5.4.15"),
        ("1.2.3.4", "OID.1.2.3.4"),
    ],
)
def test_dotnet_short_names_are_those_of_oidlookup(oid: str, key: str) -> None:
    """OidLookup.InitializeLookupDictionaries; anything else is OID. and the digits."""
    assert dotnet(parse_name(name((OID(oid), "x")))) == f"{key}=x"


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("", '""'),
        (" a", '" a"'),
        ("a\t", '"a\t"'),
        ("a+b", '"a+b"'),
        ("a=b", '"a=b"'),
        ('a"b', '"a""b"'),
        ("a\nb", '"a\nb"'),
        ("a\rb", "a\rb"),
        ("a<b", '"a<b"'),
        ("a>b", '"a>b"'),
        ("a#b", '"a#b"'),
        ("a;b", '"a;b"'),
        ("a\\b", "a\\b"),
        ("a/b", "a/b"),
        ("a\u00a0", "a\u00a0"),
        ("a\0\0", "a"),
    ],
)
def test_dotnet_quotes_what_windows_quotes(value: str, printed: str) -> None:
    """X500NameEncoder.NeedsQuoting, and the trailing NULs that ReadAnyAsnString drops."""
    assert dotnet(parse_name(raw(der.UTF8_STRING, value.encode()))) == f"CN={printed}"


@pytest.mark.parametrize(
    ("tag", "content", "printed"),
    [
        (der.PRINTABLE_STRING, b"abc", "CN=abc"),
        (der.PRINTABLE_STRING, b"a*c", ""),
        (der.NUMERIC_STRING, b"12 3", "CN=12 3"),
        (der.NUMERIC_STRING, b"1a", ""),
        (der.IA5_STRING, b"a@b", "CN=a@b"),
        (der.IA5_STRING, b"\xe9", ""),
        (der.T61_STRING, b"\xc3\xa9", "CN=é"),
        (der.T61_STRING, b"\xe9", "CN=é"),
        (der.BMP_STRING, "é".encode("utf-16-be"), "CN=é"),
        (der.BMP_STRING, "😀".encode("utf-16-be"), ""),
        (der.BMP_STRING, b"a", ""),
        (der.BMP_STRING, b"", 'CN=""'),
        (der.UTF8_STRING, "😀".encode(), "CN=😀"),
        (der.UTF8_STRING, b"a\0", "CN=a"),
        (der.UTF8_STRING, b"\0a", "CN=\0a"),
        (der.T61_STRING, b"a\0", "CN=a"),
        (der.T61_STRING, b"\0a", "CN=\0a"),
        (der.T61_STRING, b"a ", 'CN="a "'),
        (der.UNIVERSAL_STRING, "a".encode("utf-32-be"), ""),
        (der.UTF8_STRING, b"\xff", ""),
        (der.OCTET_STRING, b"a", ""),
    ],
)
def test_dotnet_reads_the_string_types_that_it_knows(tag: int, content: bytes, printed: str) -> None:
    """X500DictionaryStringHelper.ReadAnyAsnString throws on anything else, and the whole name is then empty."""
    assert dotnet(parse_name(raw(tag, content))) == printed


def test_a_name_of_which_a_part_cannot_be_read_is_not_the_rest_of_it() -> None:
    """Neither beside that part nor before it: who got the whole certified has not got the rest."""
    web = tlv(der.SEQUENCE, tlv(der.OID, der.encode_oid("2.5.4.3")) + tlv(der.UTF8_STRING, b"web"))
    odd = tlv(der.SEQUENCE, tlv(der.OID, der.encode_oid("2.5.4.10")) + tlv(der.OCTET_STRING, b"a"))
    for parts in ((web + odd,), (web, odd), (odd, web)):
        assert dotnet(parse_name(tlv(der.SEQUENCE, b"".join(tlv(der.SET, part) for part in parts)))) == ""


def test_a_part_that_is_there_twice_counts_twice() -> None:
    """``CN=web+CN=WEB`` is not ``CN=web``: who got the one certified has not got the other."""
    twice = tlv(
        der.SEQUENCE,
        tlv(
            der.SET,
            b"".join(
                tlv(der.SEQUENCE, tlv(der.OID, der.encode_oid("2.5.4.3")) + tlv(der.UTF8_STRING, value))
                for value in (b"WEB", b"web")
            ),
        ),
    )
    assert canonical(parse_name(twice)) == parse_rfc4514("CN=web+CN=Web")
    assert canonical(parse_name(twice)) != parse_rfc4514("CN=web")
    assert parse_rfc4514("CN=web+O=a") == parse_rfc4514("O=A+CN=WEB")
    assert parse_rfc4514("CN=web+CN=web") != parse_rfc4514("CN=web")


def test_multi_valued_parts_keep_their_order() -> None:
    """Both spellings join them by a plus sign; .NET with blanks around it."""
    encoded = x509.Name(
        [
            x509.RelativeDistinguishedName([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Acme")]),
            x509.RelativeDistinguishedName(
                [
                    x509.NameAttribute(NameOID.COMMON_NAME, "web"),
                    x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "x"),
                ]
            ),
        ]
    ).public_bytes()
    parsed = parse_name(encoded)
    assert dotnet(parsed) in {"CN=web + OU=x, O=Acme", "OU=x + CN=web, O=Acme"}
    assert rfc4514(parsed) in {"CN=web+OU=x,O=Acme", "OU=x+CN=web,O=Acme"}
    for text in ("CN=web+OU=x,O=Acme", "OU=x + CN=web, O=Acme"):
        assert parse_rfc4514(text) == canonical(parsed)


@pytest.mark.parametrize(
    ("value", "escaped"),
    [
        ("#a", "\\#a"),
        (" a ", "\\ a\\ "),
        (" ", "\\ "),
        ("  ", "\\ \\ "),
        ('a"b\\c', 'a\\"b\\\\c'),
        ("a<b>c;d+e", "a\\<b\\>c\\;d\\+e"),
        ("a\nb\0", "a\\0Ab\\00"),
        ("a=b#c", "a=b#c"),
        ("", ""),
    ],
)
def test_rfc4514_escapes(value: str, escaped: str) -> None:
    """RFC 4514 §2.4, and it reads back."""
    parsed = parse_name(raw(der.UTF8_STRING, value.encode()))
    assert rfc4514(parsed) == f"CN={escaped}"
    assert parse_rfc4514(f"CN={escaped}") == canonical(parsed)


def test_values_that_are_no_strings_are_hex() -> None:
    """RFC 4514 §2.4: a number sign and the hex of the DER; unknown types are dotted decimals."""
    assert rfc4514(parse_name(raw(der.OCTET_STRING, b"\x01"))) == "CN=#040101"
    unknown = parse_name(raw(der.UTF8_STRING, b"x", "1.2.3.4"))
    assert rfc4514(unknown) == "1.2.3.4=#0c0178"
    assert parse_rfc4514("1.2.3.4=#0C0178") == parse_rfc4514("OID.1.2.3.4=X") == canonical(unknown)
    assert parse_rfc4514("CN=#040101") == canonical(parse_name(raw(der.OCTET_STRING, b"\x01")))
    assert parse_rfc4514("CN=\\#040101") != canonical(parse_name(raw(der.OCTET_STRING, b"\x01")))


@pytest.mark.parametrize(
    "text",
    [
        "serialNumber=42,emailAddress=ops@acme.example,CN=web,OU=Ops,O=Acme\\, Inc.,L=München,ST=Bayern,C=DE",
        'SERIALNUMBER=42, E=OPS@acme.example, cn=WEB, ou=ops, O="Acme,  Inc.", L=m\\C3\\BCnchen, S=Bayern, C=de',
        "2.5.4.5=42, 1.2.840.113549.1.9.1=ops@acme.example; CN = web ,OU=Ops,O=Acme\\2C Inc.,L=München,ST=Bayern,C=DE",
    ],
)
def test_a_name_is_the_same_in_any_spelling(text: str) -> None:
    """Case, repeated blanks, escapes and types' names do not matter."""
    assert parse_rfc4514(text) == canonical(parse_name(FULL))


def test_quotes_inside_quotes() -> None:
    """.NET doubles them, RFC 2253 escaped them."""
    assert parse_rfc4514('CN="a""b"') == parse_rfc4514('CN="a\\"b"') == parse_rfc4514('CN=a\\"b')


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CN=a,O=b", "O=b,CN=a"),
        ("CN=a+O=b", "CN=a,O=b"),
        ("CN=a", "CN=a,O=b"),
        ("CN=ab", "CN=a b"),
        ("CN=a", "OU=a"),
        ("CN=a\\00b", "CN=ab"),
        ("CN=a\\,O=b", "CN=a,O=b"),
    ],
)
def test_different_names_stay_different(one: str, other: str) -> None:
    """The order of parts matters, within a part it does not; no escape turns one name into another."""
    assert parse_rfc4514(one) != parse_rfc4514(other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "web",
        "CN",
        "CN=a,",
        "CN=a,,O=b",
        "=a",
        "XYZ=a",
        "CN=a\\",
        "CN=a\\zz",
        'CN="a',
        'CN="a"b',
        "CN=#040",
        "CN=#0402aa",
        "3.1=a",
        "OID.1.40=a",
        "CN=\\ff",
        'CN=a"b',
        "CN=a\0",
        "CN=\udc80",
    ],
)
def test_what_is_no_name(text: str) -> None:
    """Anything else is no name, and no exception but the one."""
    with pytest.raises(NotAName):
        parse_rfc4514(text)


def test_string_types_do_not_matter_when_comparing() -> None:
    """RFC 5280 §7.1: PrintableString and UTF8String of the same text are equal."""
    printable, utf8, bmp = (
        canonical(parse_name(raw(tag, content)))
        for tag, content in (
            (der.PRINTABLE_STRING, b"Web"),
            (der.UTF8_STRING, b"web "),
            (der.BMP_STRING, "WEB".encode("utf-16-be")),
        )
    )
    assert printable == utf8 == bmp


@pytest.mark.parametrize("encoded", ["3000", "30023100", "300231003100", "0500", "30053103300102"])
def test_broken_encodings(encoded: str) -> None:
    """An empty name is one (version 1 roots have it); an empty part is not."""
    data = bytes.fromhex(encoded)
    if encoded == "3000":
        assert parse_name(data) == ()
        assert dotnet(()) == rfc4514(()) == ""
    else:
        with pytest.raises(der.DerError):
            parse_name(data)


TEXT = st.text(st.characters(codec="utf-8"), max_size=8)


@given(st.lists(st.tuples(st.sampled_from(["2.5.4.3", "2.5.4.10", "1.2.3"]), TEXT), min_size=1, max_size=4))
def test_every_name_reads_back_from_its_spelling(attributes: list[tuple[str, str]]) -> None:
    """Whatever the values, RFC 4514's text means the same name."""
    parts = (relative(der.UTF8_STRING, value.encode(), oid) for oid, value in attributes)
    encoded = tlv(der.SEQUENCE, b"".join(parts))
    parsed = parse_name(encoded)
    assert parse_rfc4514(rfc4514(parsed)) == canonical(parsed)


@given(st.text(max_size=40))
def test_reading_a_name_never_raises_anything_else(text: str) -> None:
    """Registry values are anybody's text."""
    with contextlib.suppress(NotAName):
        parse_rfc4514(text)
