"""X.509 certificates, as far as authentication asks: names, dates, key, thumbprints.

Read straight from the DER (see ``der``), so that certificates which strict libraries refuse (a negative serial number,
a SHA-1 signature) are read as the servers read them. Signatures are not checked here: see ``chain``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from secretctl.crypto import der, dotnet_base64
from secretctl.crypto.distinguished_name import canonical, dotnet, parse_name, rfc4514
from secretctl.crypto.thumbprint import thumbprint, x5t_s256
from secretctl.errors import RefusedError, UnavailableError
from secretctl.model import Der

if TYPE_CHECKING:
    from secretctl.crypto.distinguished_name import CanonicalName, Name
    from secretctl.crypto.public_key import PublicKey

_VERSION, _ISSUER_UID, _SUBJECT_UID, _EXTENSIONS = 0xA0, 0x81, 0x82, 0xA3
_UTC_TIME_LENGTH, _GENERALIZED_TIME_LENGTH = 13, 15
_MOST_REMEMBERED = 8_192
"""Bytes. Most certificates have one or two thousand, and whoever presents larger ones shall not fill our memory."""
_CENTURY_OF_UTC_TIME = 50  # RFC 5280 §4.1.2.5.1: years from 50 are 19xx


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate's DER and what it says. Both dates are in UTC and belong to the time of validity."""

    der: Der
    serial: int
    issuer_name: Name
    subject_name: Name
    not_before: datetime
    not_after: datetime
    spki: bytes

    @property
    def subject(self) -> str:
        """The subject as RFC 4514 writes it."""
        return rfc4514(self.subject_name)

    @property
    def subject_dotnet(self) -> str:
        """The subject as ``X509Certificate2.Subject`` prints it; empty where .NET cannot read it."""
        return dotnet(self.subject_name)

    @property
    def canonical_subject(self) -> CanonicalName:
        """The subject for comparing."""
        return canonical(self.subject_name)

    @property
    def issuer(self) -> str:
        """The issuer as RFC 4514 writes it."""
        return rfc4514(self.issuer_name)

    @property
    def serial_hex(self) -> str:
        """The serial number in upper-case hex with a sign, the way most tools print it."""
        return f"{self.serial:X}"

    @property
    def thumbprint_sha1(self) -> str:
        """40 upper-case hex digits, as ``X509Certificate2.Thumbprint``."""
        return thumbprint(self.der, "sha1")

    @property
    def thumbprint_sha256(self) -> str:
        """64 upper-case hex digits."""
        return thumbprint(self.der, "sha256")

    @property
    def x5t_s256(self) -> str:
        """RFC 8705 §3.1's ``x5t#S256``."""
        return x5t_s256(self.der)

    def validity(self, at: datetime) -> str | None:
        """``certificate_not_yet_valid`` or ``certificate_expired`` at that time, else None."""
        if at < self.not_before:
            return "certificate_not_yet_valid"
        return "certificate_expired" if at > self.not_after else None

    def public_key(self, *, min_rsa_bits: int) -> PublicKey:
        """Its key, where the key policy allows it; RefusedError where not (see ``public_key``)."""
        from secretctl.crypto.public_key import from_spki

        return from_spki(self.spki, min_rsa_bits=min_rsa_bits)

    def weakness(self, *, min_rsa_bits: int) -> str | None:
        """Why its key proves nothing, in words, else None. A key that only signs no assertions may still do TLS."""
        try:
            self.public_key(min_rsa_bits=min_rsa_bits)
        except RefusedError as exc:
            return None if exc.code == "key_unsupported" else exc.message
        return None


def parse_certificate(encoded: bytes) -> Certificate:
    """The certificate that the bytes are; UnavailableError ``certificate_invalid`` where they are not one whole one."""
    return _remembered(encoded) if len(encoded) <= _MOST_REMEMBERED else _checked(encoded)


def _checked(encoded: bytes) -> Certificate:
    try:
        return _parse(encoded)
    except ValueError as exc:  # DerError, and dates that do not exist
        raise UnavailableError(
            "certificate_invalid", f"the certificate cannot be read: {exc}", hint="export it again as PEM or DER"
        ) from exc


_remembered = lru_cache(maxsize=256)(_checked)


def stored_certificate(value: str) -> Certificate:
    """The certificate of an ``X509CertificateBase64`` value; UnavailableError ``certificate_invalid`` where it is none.

    Read as ``Convert.FromBase64String`` reads it: white space between the characters is allowed.
    """
    try:
        encoded = dotnet_base64.decode(value)
    except ValueError:
        raise UnavailableError(
            "certificate_invalid", "the stored value is not base64", hint="store base64 of the DER on one line"
        ) from None
    return parse_certificate(encoded)


def presented_certificate(presented: str | bytes) -> Der:
    """The DER of what TLS presented: DER bytes, or PEM or base64 text. Raises what ``read_certificate`` raises."""
    from secretctl.crypto.certificate_file import read_certificate

    data = presented.encode("utf-8", "replace") if isinstance(presented, str) else presented
    return read_certificate(data).leaf.der


def _parse(encoded: bytes) -> Certificate:
    outer = der.sole(encoded, der.SEQUENCE)
    tbs = outer.inside(der.SEQUENCE)
    outer.element(der.SEQUENCE)
    outer.bit_string()
    outer.end()
    if tbs.peek() == _VERSION:
        tbs.element()
    serial = tbs.integer()
    tbs.element(der.SEQUENCE)
    issuer = parse_name(tbs.element(der.SEQUENCE).raw)
    validity = tbs.inside(der.SEQUENCE)
    not_before, not_after = _time(validity.element()), _time(validity.element())
    validity.end()
    subject = parse_name(tbs.element(der.SEQUENCE).raw)
    spki = tbs.element(der.SEQUENCE).raw
    for optional in (_ISSUER_UID, _SUBJECT_UID, _EXTENSIONS):
        if tbs.peek() == optional:
            tbs.element()
    tbs.end()
    return Certificate(Der(encoded), serial, issuer, subject, not_before, not_after, spki)


def _time(element: der.Element) -> datetime:
    """UTCTime or GeneralizedTime in the one form that RFC 5280 §4.1.2.5 allows: whole seconds, in UTC."""
    text = element.content.decode("ascii", "replace")
    if element.tag == der.UTC_TIME and len(text) == _UTC_TIME_LENGTH:
        text = ("19" if int(text[:2]) >= _CENTURY_OF_UTC_TIME else "20") + text
    elif element.tag != der.GENERALIZED_TIME or len(text) != _GENERALIZED_TIME_LENGTH:
        raise der.DerError("a date is not written as RFC 5280 says")
    if not (text[-1] == "Z" and text[:-1].isdigit()):
        raise der.DerError("a date is not written as RFC 5280 says")
    parts = [int(text[start:end]) for start, end in ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14))]
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]  # six numbers, none of them a zone
