"""Certificates: what they say, and everything that is handed over as one."""

from __future__ import annotations

import base64
import datetime as dt
import warnings
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs7,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from secretctl.crypto import der
from secretctl.crypto.certificate import parse_certificate, presented_certificate, stored_certificate
from secretctl.crypto.certificate_file import read_certificate
from secretctl.errors import RefusedError, SecretctlError, UnavailableError
from tests.known import SAMPLE

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    from tests.crypto.conftest import Issue


def tlv(tag: int, *contents: bytes) -> bytes:
    """An element of DER."""
    content = b"".join(contents)
    length = len(content)
    octets = [length] if length < 128 else [0x81, length] if length < 256 else [0x82, length >> 8, length & 0xFF]
    return bytes([tag, *octets]) + content


def elements(content: bytes) -> list[bytes]:
    """The elements that follow each other in DER."""
    reader, found = der.Reader(content), []
    while reader:
        found.append(reader.element().raw)
    return found


def test_the_sample_certificate_is_read() -> None:
    """A negative serial number, a SHA-1 signature and an end in 2020 are no obstacle, and no warning escapes."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = read_certificate(SAMPLE["base64"].encode())
        certificate = found.leaf
        assert certificate.public_key(min_rsa_bits=2048).text == SAMPLE["key"]
    assert found.warnings == ()
    assert (certificate.subject, certificate.issuer) == (SAMPLE["subject"], SAMPLE["issuer"])
    assert certificate.subject_dotnet == "CN=Client"
    assert certificate.serial < 0
    assert certificate.serial_hex == "-5F8AE7FD545B094FB68D50E907A2FAFD"
    assert certificate.not_before == dt.datetime.fromisoformat(SAMPLE["not_before"])
    assert certificate.not_after == dt.datetime.fromisoformat(SAMPLE["not_after"])
    assert (certificate.thumbprint_sha1, certificate.thumbprint_sha256) == (SAMPLE["sha1"], SAMPLE["sha256"])
    assert certificate.x5t_s256 == SAMPLE["x5t#S256"]


def test_a_certificate_says_what_the_library_says(
    issue: Issue,
    rsa_key: rsa.RSAPrivateKey,
    ec_keys: dict[str, ec.EllipticCurvePrivateKey],
    ed_key: ed25519.Ed25519PrivateKey,
) -> None:
    """Our reading and cryptography's agree on every field."""
    for key, text in ((rsa_key, "RSA 2048"), (ec_keys["P-384"], "EC P-384"), (ed_key, "Ed25519")):
        theirs = issue("web, inc.", key)
        ours = parse_certificate(theirs.public_bytes(Encoding.DER))
        assert ours.serial == theirs.serial_number
        assert (ours.not_before, ours.not_after) == (theirs.not_valid_before_utc, theirs.not_valid_after_utc)
        assert ours.subject == theirs.subject.rfc4514_string()
        assert ours.issuer == theirs.issuer.rfc4514_string()
        assert ours.spki == theirs.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert ours.thumbprint_sha1 == theirs.fingerprint(hashes.SHA1()).hex().upper()
        assert ours.public_key(min_rsa_bits=2048).text == text


@pytest.mark.parametrize("year", [1950, 1999, 2049, 2050, 9999])
def test_dates_of_both_forms(issue: Issue, ec_keys: dict[str, ec.EllipticCurvePrivateKey], year: int) -> None:
    """RFC 5280 §4.1.2.5: UTCTime up to 2049, GeneralizedTime after, and the year 9999 for no end at all."""
    end = dt.datetime(year, 12, 31, 23, 59, 59, tzinfo=dt.UTC)
    encoded = issue("x", ec_keys["P-256"], start=dt.datetime(1950, 1, 1), end=end).public_bytes(Encoding.DER)
    assert parse_certificate(encoded).not_after == end


def test_the_time_of_validity_includes_both_ends(certificate: bytes) -> None:
    """RFC 5280 §4.1.2.5: inclusive."""
    parsed, second = parse_certificate(certificate), dt.timedelta(seconds=1)
    assert parsed.validity(parsed.not_before) is None
    assert parsed.validity(parsed.not_after) is None
    assert parsed.validity(parsed.not_before - second) == "certificate_not_yet_valid"
    assert parsed.validity(parsed.not_after + second) == "certificate_expired"


def test_a_time_that_is_not_written_as_rfc_5280_says_is_refused(certificate: bytes) -> None:
    """No offsets, no fractions, no thirteenth month."""
    good = b"260101000000Z"
    for bad in (b"260101000000+", b"261301000000Z", b"2601010000\xe90Z", b"26010100000aZ"):
        with pytest.raises(UnavailableError, match="cannot be read"):
            parse_certificate(certificate.replace(good, bad))
    with pytest.raises(UnavailableError):
        parse_certificate(certificate.replace(b"\x17\x0d" + good, b"\x18\x0d" + good))


@pytest.mark.parametrize(
    ("tag", "text", "good"),
    [
        (der.UTC_TIME, b"260101000000Z", True),
        (der.GENERALIZED_TIME, b"20260101000000Z", True),
        (der.UTC_TIME, b"20260101000000Z", False),
        (der.UTC_TIME, b"2601010000Z", False),
        (der.GENERALIZED_TIME, b"260101000000Z", False),
        (der.GENERALIZED_TIME, b"20260101000000.5Z", False),
        (der.UTC_TIME, b"26010100000 Z", False),
        (der.UTC_TIME, b"26010100+100Z", False),
        (der.UTF8_STRING, b"20260101000000Z", False),
        (der.UTF8_STRING, b"260101000000Z", False),
    ],
)
def test_a_date_has_the_form_of_its_tag(certificate: bytes, tag: int, text: bytes, good: bool) -> None:
    """Thirteen characters of UTCTime, fifteen of GeneralizedTime, and no other type."""
    tbs, *rest = elements(der.Reader(certificate).element().content)
    parts = elements(der.Reader(tbs).element().content)
    parts[4] = tlv(0x30, tlv(tag, text), elements(der.Reader(parts[4]).element().content)[1])
    encoded = tlv(0x30, tlv(0x30, *parts), *rest)
    if good:
        assert parse_certificate(encoded).not_before == dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    else:
        with pytest.raises(UnavailableError, match="a date is not written"):
            parse_certificate(encoded)


def test_truncated_and_padded_certificates_are_refused(certificate: bytes) -> None:
    """At every length but the right one."""
    for cut in range(0, len(certificate), 7):
        with pytest.raises(UnavailableError):
            parse_certificate(certificate[:cut])
    with pytest.raises(UnavailableError, match="after the end"):
        parse_certificate(certificate + b"\0")


def test_flipped_bits_never_crash(certificate: bytes) -> None:
    """A broken certificate is an error of ours, whichever byte broke."""
    for position in range(len(certificate)):
        broken = bytearray(certificate)
        broken[position] ^= 0x55
        try:
            parsed = parse_certificate(bytes(broken))
            assert parsed.subject is not None
            parsed.public_key(min_rsa_bits=2048)
        except SecretctlError:
            pass


def test_every_part_of_a_certificate_has_its_tag_and_is_followed_by_nothing(certificate: bytes) -> None:
    """Or one certificate would have spellings, and thumbprints, as many as anybody likes."""
    tbs, *rest = elements(der.Reader(certificate).element().content)
    parts = elements(der.Reader(tbs).element().content)
    null = b"\x05\x00"

    def as_set(raw: bytes) -> bytes:
        return b"\x31" + raw[1:]

    assert parse_certificate(tlv(0x30, tlv(0x30, *parts), *rest)).der == certificate
    broken = {
        "something after the signature": tlv(0x30, tbs, *rest, null),
        "something after the extensions": tlv(0x30, tlv(0x30, *parts, null), *rest),
        "extensions twice": tlv(0x30, tlv(0x30, *parts, parts[-1]), *rest),
        "no signature": tlv(0x30, tbs, rest[0]),
        "a set": tlv(0x31, tbs, *rest),
        "a set to be signed": tlv(0x30, as_set(tbs), *rest),
        "a set of an algorithm": tlv(0x30, tbs, as_set(rest[0]), rest[1]),
        "an octet string for a signature": tlv(0x30, tbs, rest[0], b"\x04" + rest[1][1:]),
    }
    for index in range(2, 7):  # algorithm, issuer, validity, subject and key
        changed = [*parts[:index], as_set(parts[index]), *parts[index + 1 :]]
        broken[f"a set at {index}"] = tlv(0x30, tlv(0x30, *changed), *rest)
    dates = tlv(0x30, *elements(der.Reader(parts[4]).element().content), null)
    broken["a third date"] = tlv(0x30, tlv(0x30, *parts[:4], dates, *parts[5:]), *rest)
    for name, encoded in broken.items():
        with pytest.raises(UnavailableError) as caught:
            pytest.fail(f"{name}: {parse_certificate(encoded)}")
        assert caught.value.code == "certificate_invalid"


def test_a_stored_certificate_is_base64_and_white_space(certificate: bytes) -> None:
    """As Convert.FromBase64String reads it: nothing else is skipped over."""
    text = base64.b64encode(certificate).decode()
    for stored in (text, f" {text}\n", f"{text[:64]}\r\n\t{text[64:]}"):
        assert stored_certificate(stored).der == certificate
    for stored in ("", f"!{text}", f"{text[:64]}-{text[64:]}", f"{text}=", text[:-1], f"é{text}", f"{text}{text}"):
        with pytest.raises(UnavailableError) as caught:
            stored_certificate(stored)
        assert caught.value.code == "certificate_invalid"


def test_indefinite_lengths_are_refused(certificate: bytes) -> None:
    """BER is not DER: its spellings would give one certificate several thumbprints."""
    with pytest.raises(UnavailableError):
        parse_certificate(b"\x30\x80" + certificate[4:] + b"\0\0")


# What people hand over


def forms(encoded: bytes) -> dict[str, bytes]:
    """One certificate in every form that is read."""
    bare = base64.b64encode(encoded)
    lines = b"\n".join(bare[i : i + 64] for i in range(0, len(bare), 64))
    pem = b"-----BEGIN CERTIFICATE-----\n" + lines + b"\n-----END CERTIFICATE-----\n"
    return {
        "der": encoded,
        "base64": bare,
        "base64 in lines": lines + b"\r\n",
        "pem": pem,
        "pem of windows": pem.replace(b"\n", b"\r\n"),
        "pem with text around": b"Bag Attributes: x\nsubject=CN = client\n" + pem + b"trailing\n",
        "pem with headers": pem.replace(b"-----\nM", b"-----\nComment: hello\n\nM", 1),
        "pem with folded headers": pem.replace(b"-----\nM", b"-----\nComment: hello\n world\n\tagain\nX: y\n\nM", 1),
        "pem after another's end": b"-----END CERTIFICATE-----\n" + pem,
        "pem with blank lines": pem.replace(lines[:65], lines[:65] + b"\n"),
        "pem with the old label": pem.replace(b"CERTIFICATE", b"X509 CERTIFICATE"),
        "pem with a mark": b"\xef\xbb\xbf" + pem,
        "utf-16": ("\ufeff" + pem.decode()).encode("utf-16-le"),
    }


def test_every_form_of_a_certificate_is_read(certificate: bytes) -> None:
    """PEM, DER, base64, with whatever surrounds them."""
    for name, data in forms(certificate).items():
        assert read_certificate(data).leaf.der == certificate, name
        assert read_certificate(data).warnings == (), name
        assert presented_certificate(data) == certificate, name
    assert presented_certificate(forms(certificate)["pem"].decode()) == certificate
    with pytest.raises(UnavailableError):
        presented_certificate("\udcff half of a surrogate pair")


def test_a_pem_block_that_has_no_end(certificate: bytes) -> None:
    """Or the end of another."""
    pem = forms(certificate)["pem"]
    cut = pem[: pem.index(b"-----END")]
    for broken in (cut, cut + b"-----END PKCS7-----\n", pem + cut, cut + pem):
        with pytest.raises(UnavailableError, match="no end") as caught:
            read_certificate(broken)
        assert caught.value.code == "certificate_invalid"


def test_the_leaf_of_a_chain_is_taken_whatever_its_place(
    issue: Issue, ec_keys: dict[str, ec.EllipticCurvePrivateKey]
) -> None:
    """The one certificate that issued none of the others; a word about the rest."""
    root_key, mid_key, key = ec_keys["P-384"], ec_keys["P-521"], ec_keys["P-256"]
    root = issue("root", root_key, ca=True)
    mid = issue("mid", mid_key, issuer=(root, root_key), ca=True)
    leaf = issue("leaf", key, issuer=(mid, mid_key))
    pems = [certificate.public_bytes(Encoding.PEM) for certificate in (leaf, mid, root)]
    for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 0), (0, 0, 1)):
        found = read_certificate(b"".join(pems[i] for i in order))
        assert found.leaf.subject == "CN=leaf"
        (warning,) = found.warnings
        assert "CN=leaf" in warning
    assert read_certificate(pems[0] + pems[0]).warnings == ()


def test_several_certificates_that_are_no_chain_are_refused(
    issue: Issue, ec_keys: dict[str, ec.EllipticCurvePrivateKey]
) -> None:
    """Two leaves, or a leaf with a stranger: nobody can tell which was meant."""
    root_key, key = ec_keys["P-384"], ec_keys["P-256"]
    root = issue("root", root_key, ca=True)
    one, two = (issue(name, key, issuer=(root, root_key)) for name in ("one", "two"))
    stranger = issue("stranger", ec_keys["P-521"])
    for chain in ((one, two), (one, two, root), (one, root, stranger), (one, stranger)):
        with pytest.raises(UnavailableError) as caught:
            read_certificate(b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain))
        assert caught.value.code == "several_certificates"
        assert caught.value.status == 3


def test_a_file_of_thousands_of_certificates_takes_no_time() -> None:
    """A chain of them, and one that is torn: each was held against all others, and those found against all again."""

    def made(subject: int, issuer: int) -> str:
        algorithm = tlv(der.SEQUENCE, b"\x06\x01\x2a")
        names = [
            tlv(0x30, tlv(0x31, tlv(0x30, b"\x06\x01\x2a", tlv(der.UTF8_STRING, str(n).encode()))))
            for n in (issuer, subject)
        ]
        dates = tlv(der.SEQUENCE, tlv(der.UTC_TIME, b"200101000000Z") * 2)
        tbs = tlv(der.SEQUENCE, b"\x02\x01\x01", algorithm, names[0], dates, names[1], tlv(der.SEQUENCE))
        text = base64.b64encode(tlv(der.SEQUENCE, tbs, algorithm, b"\x03\x01\x00")).decode()
        return f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"

    chain = [made(n, n + 1) for n in range(4000)]
    assert "the 3999 other certificates" in read_certificate("".join(chain).encode()).warnings[0]
    del chain[2000]
    with pytest.raises(UnavailableError) as caught:
        read_certificate("".join(chain).encode())
    assert caught.value.code == "several_certificates"


def test_two_names_that_issue_each_other_are_no_chain(
    issue: Issue, ec_keys: dict[str, ec.EllipticCurvePrivateKey]
) -> None:
    """A circle has no leaf."""
    a_key, b_key = ec_keys["P-256"], ec_keys["P-384"]
    a = issue("a", a_key, issuer=(issue("b", b_key, ca=True), b_key), ca=True)
    b = issue("b", b_key, issuer=(a, a_key), ca=True)
    circle = a.public_bytes(Encoding.PEM) + b.public_bytes(Encoding.PEM)
    for data in (circle, circle + issue("leaf", ec_keys["P-521"]).public_bytes(Encoding.PEM)):
        with pytest.raises(UnavailableError, match="not one chain"):
            read_certificate(data)


def test_private_keys_are_refused_in_every_form(
    certificate: bytes,
    rsa_key: rsa.RSAPrivateKey,
    ec_keys: dict[str, ec.EllipticCurvePrivateKey],
    ed_key: ed25519.Ed25519PrivateKey,
) -> None:
    """Status 6 and no byte of it in the message, alone or beside a certificate."""
    pem = forms(certificate)["pem"]
    for key in (rsa_key, ec_keys["P-256"], ed_key):
        encodings = [
            key.private_bytes(encoding, PrivateFormat.PKCS8, encryption)
            for encoding in (Encoding.PEM, Encoding.DER)
            for encryption in (NoEncryption(), serialization.BestAvailableEncryption(b"pw"))
        ]
        if key is not ed_key:
            encodings += [
                key.private_bytes(encoding, PrivateFormat.TraditionalOpenSSL, NoEncryption())
                for encoding in (Encoding.PEM, Encoding.DER)
            ]
        encodings.append(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
        encodings += [base64.b64encode(encoded) for encoded in encodings if not encoded.startswith(b"-----")]
        encodings += [pem + encoded for encoded in encodings if encoded.startswith(b"-----")]
        for encoded in encodings:
            with pytest.raises(RefusedError) as caught:
                read_certificate(encoded)
            assert (caught.value.code, caught.value.status) == ("private_key_material", 6)
    for foreign in (b"PuTTY-User-Key-File-3: ssh-ed25519\n", b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n"):
        with pytest.raises(RefusedError):
            read_certificate(foreign)


def test_other_containers_are_named(issue: Issue, rsa_key: rsa.RSAPrivateKey) -> None:
    """PKCS#7, PKCS#12, requests and public keys: status 3, and what it is."""
    certificate = issue("x", rsa_key)
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]))
        .sign(rsa_key, hashes.SHA256())
    )
    public = rsa_key.public_key()
    cases = {
        "PKCS#7": pkcs7.serialize_certificates([certificate], Encoding.DER),
        "PKCS7": pkcs7.serialize_certificates([certificate], Encoding.PEM),
        "PKCS#12": pkcs12.serialize_key_and_certificates(b"n", rsa_key, certificate, None, NoEncryption()),
        "certificate request": request.public_bytes(Encoding.DER),
        "CERTIFICATE REQUEST": request.public_bytes(Encoding.PEM),
        "public key": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "a public key": public.public_bytes(Encoding.DER, PublicFormat.PKCS1),
        "PUBLIC KEY": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    }
    for word, data in cases.items():
        with pytest.raises(UnavailableError, match=word) as caught:
            read_certificate(data)
        assert (caught.value.code, caught.value.status) == ("not_a_certificate", 3)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("", "not_a_certificate"),
        ("200a", "not_a_certificate"),
        ("3000", "certificate_invalid"),
        ("30060201050401ff", "certificate_invalid"),
        ("30060201030401ff", "certificate_invalid"),
        ("3006300030003000", "certificate_invalid"),
        ("30080c000400300230ff", "certificate_invalid"),
        ("30040c000400", "certificate_invalid"),
        ("30060c0003000400", "certificate_invalid"),
        ("30060201050201ff", "not_a_certificate"),
        (b"0HELLO".hex(), "not_a_certificate"),
        (b"0-hello".hex(), "certificate_invalid"),
        ("fffe41", "not_a_certificate"),
        (b"MII!B".hex(), "not_a_certificate"),
        (b"MIIB=AAA".hex(), "not_a_certificate"),
    ],
)
def test_what_else_it_may_be(data: str, code: str) -> None:
    """Broken DER is a broken certificate, unless it is something else, and a key only where it has the form of one."""
    with pytest.raises(UnavailableError) as caught:
        read_certificate(bytes.fromhex(data))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello world!",
        b"0",
        b"0hello",
        b"MIIB",
        "é".encode(),
        b"\x30\x00",
        b"\x30\x06\x02\x01\x05\x02\x01\x05",
        b"\x30\x06\x02\x01\x05\x04\x01\x05",
        b"\x30\x06\x30\x00\x30\x00\x30\x00",
        b"\x30\x06\x04\x00\x30\x00\x30\x00",
        b"\x30\x0b\x06\x03\x55\x04\x03\x04\x01\x00\x04\x01\x00"[:13],
        b"-----BEGIN CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END PKCS7-----\n",
    ],
)
def test_what_is_no_certificate(data: bytes) -> None:
    """Status 3, never an exception of another kind."""
    with pytest.raises(UnavailableError):
        read_certificate(data)


def test_a_certificate_of_version_1_is_read(issue: Issue, ec_keys: dict[str, ec.EllipticCurvePrivateKey]) -> None:
    """No version, no extensions; the parts that follow the key may be missing."""
    modern = der.sole(issue("x", ec_keys["P-256"]).public_bytes(Encoding.DER), der.SEQUENCE)
    tbs = modern.inside(der.SEQUENCE)
    tbs.element()
    parts = b"".join(tbs.element().raw for _ in range(6))
    rest = modern.element().raw + modern.element().raw
    old = parse_certificate(tlv(0x30, tlv(0x30, parts) + rest))
    assert (old.subject, old.public_key(min_rsa_bits=2048).text) == ("CN=x", "EC P-256")


def test_large_certificates_are_not_remembered(issue: Issue, ec_keys: dict[str, ec.EllipticCurvePrivateKey]) -> None:
    """A batch of them must not fill the memory."""
    from secretctl.crypto import certificate as module

    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{number:060}") for number in range(200)])
    encoded = issue(name, ec_keys["P-256"]).public_bytes(Encoding.DER)
    before = module._remembered.cache_info().currsize
    assert parse_certificate(encoded) == parse_certificate(encoded)
    assert module._remembered.cache_info().currsize == before
