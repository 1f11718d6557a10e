"""What people hand over as a certificate: PEM, DER, bare base64, chains, and all that is none."""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from secretctl.crypto import der
from secretctl.crypto.certificate import parse_certificate
from secretctl.crypto.distinguished_name import canonical
from secretctl.crypto.private_material import holds_private_key, is_marked_private
from secretctl.crypto.text_encoding import utf8
from secretctl.errors import RefusedError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secretctl.crypto.certificate import Certificate
    from secretctl.crypto.distinguished_name import CanonicalName

_PEM_BEGIN = re.compile(rb"-----BEGIN [A-Z0-9 #]+-----")
_PEM_BOUNDARY = re.compile(rb"-----(BEGIN|END) ([A-Z0-9 #]+)-----")
_PUBLIC_KEY = b"PUBLIC KEY"
_CERTIFICATE_LABELS = frozenset({b"CERTIFICATE", b"X509 CERTIFICATE"})
_SPACE = re.compile(rb"[ \t\r\n]+")
_BLANK_LINE = re.compile(rb"\n\r?\n")

_OTHER_FORMATS = {
    "1.2.840.113549.1.7.2": "a PKCS#7 bundle",
    "1.2.840.113549.1.7.3": "a PKCS#7 message",
}
_PKCS7_DATA = "1.2.840.113549.1.7.1"
_HINT = "hand over the leaf certificate alone, as PEM, DER or base64: `openssl x509 -in FILE`"


class CertificateFile(NamedTuple):
    """The leaf of what was read, and what its owner should know about the rest."""

    leaf: Certificate
    warnings: tuple[str, ...]


def read_certificate(data: bytes) -> CertificateFile:
    """The leaf certificate in PEM (alone or a chain), DER or base64 of DER.

    RefusedError ``private_key_material`` where a private key is anywhere in it. UnavailableError:
    ``certificate_invalid``, ``not_a_certificate`` (PKCS#7, PKCS#12, a request, …), ``several_certificates`` (no chain).
    """
    data = utf8(data)
    if not data.strip():
        hint = "check the file, or the command that it is piped from"
        raise UnavailableError("not_a_certificate", "the input is empty", hint=hint)
    if is_marked_private(data.decode("latin-1")):
        refuse_private_key()
    if data[:1] == b"\x30" and not _looks_like_text(data):
        return CertificateFile(_certificate(data), ())
    if _PEM_BEGIN.search(data):
        return _from_pem(data)
    return CertificateFile(_certificate(_from_text(data)), ())


def read_public_key(data: bytes) -> bytes | None:
    """The SubjectPublicKeyInfo of a PEM file that is one block of ``PUBLIC KEY`` (RFC 7468 §13), or None for anything else.

    RefusedError ``private_key_material`` where a private key stands beside it.
    """
    if b"-----BEGIN %b-----" % _PUBLIC_KEY not in data:
        return None
    if is_marked_private(data.decode("latin-1")):
        refuse_private_key()
    (label, body), *others = _pem_blocks(data)
    return None if others or label != _PUBLIC_KEY else _from_base64(_without_headers(body))


def refuse_private_key() -> NoReturn:
    """Say that a private key has no place here, and that whoever sent it should think about where it has been."""
    raise RefusedError(
        "private_key_material",
        "the input holds a private key, which never belongs into a registry",
        hint="hand over the public half alone: the certificate, or the public JWK; keep the private key where it is used",
    )


def _looks_like_text(data: bytes) -> bool:
    """Whether bytes that begin with ``0`` are base64 after all: DER is never plain ASCII throughout."""
    return data.isascii() and re.fullmatch(rb"[A-Za-z0-9+/=\s]*", data) is not None


def _from_base64(data: bytes) -> bytes:
    try:
        return a2b_base64(_SPACE.sub(b"", data), strict_mode=True)
    except Base64Error:
        raise UnavailableError("not_a_certificate", "the input is neither PEM, DER nor base64", hint=_HINT) from None


def _from_text(data: bytes) -> bytes:
    """The DER that a text is base64 of. A private key is known in other spellings, too, to be refused as what it is."""
    try:
        encoded = _from_base64(data)
    except UnavailableError:
        _refuse_private_text(data)
        raise
    if encoded[:1] != b"\x30":  # hex is base64, too, of something else
        _refuse_private_text(data)
    return encoded


def _refuse_private_text(data: bytes) -> None:
    if holds_private_key(data.decode("latin-1")):
        refuse_private_key()


def _from_pem(data: bytes) -> CertificateFile:
    certificates: dict[bytes, Certificate] = {}
    for label, body in _pem_blocks(data):
        if label not in _CERTIFICATE_LABELS:
            text = label.decode("ascii")
            raise UnavailableError("not_a_certificate", f"the input holds a PEM block of {text}", hint=_HINT)
        certificate = _certificate(_from_base64(_without_headers(body)))
        certificates.setdefault(certificate.der, certificate)
    if len(certificates) == 1:
        return CertificateFile(next(iter(certificates.values())), ())
    leaf = _leaf(list(certificates.values()))
    others = len(certificates) - 1
    rest = "the other certificate" if others == 1 else f"the {others} other certificates"
    return CertificateFile(leaf, (f"the input is a chain: its leaf {leaf.subject} is taken, {rest} left out",))


def _pem_blocks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The label and the content of each block (RFC 7468 §3), boundary by boundary: one pass, whatever the input."""
    label, start = None, 0
    for boundary in _PEM_BOUNDARY.finditer(data):
        if label is None:
            if boundary[1] == b"BEGIN":  # an END without its BEGIN is explanatory text
                label, start = boundary[2], boundary.end()
        elif boundary[1] == b"END" and boundary[2] == label:
            yield label, data[start : boundary.start()]
            label = None
        else:
            break
    if label is not None:
        raise UnavailableError("certificate_invalid", "a PEM block has no end", hint="export the certificate again")


def _without_headers(body: bytes) -> bytes:
    """The content without the headers of RFC 1421 §4.6: lines with a colon and their continuations, up to a blank line."""
    body = body.lstrip(b" \t\r\n")
    blank = _BLANK_LINE.search(body)
    if blank is None:
        return body
    lines = body[: blank.start()].split(b"\n")
    return body[blank.end() :] if all(b":" in line or line[:1] in {b" ", b"\t"} for line in lines) else body


def _leaf(chain: list[Certificate]) -> Certificate:
    """The one certificate that issued none of the others, with all of the others above it."""
    subjects = [certificate.canonical_subject for certificate in chain]
    issuers = [canonical(certificate.issuer_name) for certificate in chain]
    issued = Counter(issuers)
    leaves = [i for i, subject in enumerate(subjects) if issued[subject] == (issuers[i] == subject)]
    if len(leaves) == 1:
        of_subject: dict[CanonicalName, list[int]] = {}
        for i, subject in enumerate(subjects):
            of_subject.setdefault(subject, []).append(i)
        above, found = 0, of_subject.pop(subjects[leaves[0]])
        while found:  # each name once: a file of thousands is walked in one pass
            above += len(found)
            found = [j for i in found for j in of_subject.pop(issuers[i], ())]
        if above == len(chain):
            return chain[leaves[0]]
    raise UnavailableError(
        "several_certificates", f"the input holds {len(chain)} certificates that are not one chain", hint=_HINT
    )


def _certificate(encoded: bytes) -> Certificate:
    try:
        return parse_certificate(encoded)
    except UnavailableError as exc:
        if other := _other_format(encoded):
            raise UnavailableError("not_a_certificate", f"the input is {other}, not a certificate", hint=_HINT) from exc
        raise


def _other_format(encoded: bytes) -> str | None:
    """What DER that is no certificate is instead; RefusedError where it is a private key."""
    try:
        content = der.sole(encoded, der.SEQUENCE)
        first = content.element()
        if first.tag == der.OID:
            return _OTHER_FORMATS.get(der.oid(first.content), "a CMS structure")
        second = content.element()
        third = content.element() if content else None
        return (
            _integer_first(der.integer(first.content), second)
            if first.tag == der.INTEGER
            else _nested(first, second, third)
        )
    except der.DerError:
        return None


def _integer_first(version: int, second: der.Element) -> str | None:
    """PKCS#12, or a private key: PKCS#8 (RFC 5958), PKCS#1 (RFC 8017 A.1.2), SEC 1 (RFC 5915); or a PKCS#1 public key."""
    if second.tag == der.SEQUENCE:
        oid = der.Reader(second.content).oid()
        if oid == _PKCS7_DATA:
            return "a PKCS#12 file"
        refuse_private_key()
    if version in {0, 1}:
        refuse_private_key()
    return "a public key" if second.tag == der.INTEGER else None


def _nested(first: der.Element, second: der.Element, third: der.Element | None) -> str | None:
    """An encrypted PKCS#8 key, a public key or a certificate request (RFC 2986: its first part begins with version 0)."""
    if first.tag != der.SEQUENCE:
        return None
    if second.tag == der.OCTET_STRING:
        refuse_private_key()
    if second.tag == der.BIT_STRING:
        return "a public key"
    if third is not None and first.content.startswith(b"\x02\x01\x00"):
        return "a certificate request"
    return None
