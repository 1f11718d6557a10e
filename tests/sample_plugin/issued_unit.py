"""A secret validator that trusts a CA instead of single certificates: whoever it issued to, in the right unit, is let in.

In the registry, ``[validation] trust`` is the CA, ``validators`` names ``issued_unit``, and a client that may come with any
certificate of the unit *Payments* has the secret ``type = "X509IssuedUnit"``, ``value = "Payments"``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.x509 import ExtendedKeyUsage, ExtensionNotFound, load_der_x509_certificate, load_pem_x509_certificate
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from secretctl import Match, Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.x509 import Certificate

    from secretctl import Context, Credential, Secret


class IssuedUnitValidator:
    """Accepts certificates that the CA itself issued, whose subject has the organisational unit of the secret."""

    name = "issued_unit"

    def validate(self, credential: Credential, secrets: Sequence[Secret], context: Context) -> Match | Refusal | None:
        """The first secret that names the certificate's unit; every doubt is a refusal."""
        units = [secret for secret in secrets if secret.type == "X509IssuedUnit"]
        if credential.certificate is None or not units:
            return None
        try:
            certificate = load_der_x509_certificate(credential.certificate)
            problem = _problem(certificate, context)
            subject = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
        except ValueError:
            return Refusal("malformed_credential", "the TLS certificate cannot be read")
        if problem:
            return problem
        for secret in units:
            if secret.value in {attribute.value for attribute in subject}:
                return Match(secret, "tls_client_auth")
        return Refusal("mismatch", "the certificate is of another organisational unit")


def _problem(certificate: Certificate, context: Context) -> Refusal | None:
    if context.trust is None:
        return Refusal("certificate_untrusted", "the registry names no CA in [validation] trust")
    authority = load_pem_x509_certificate(Path(context.trust).read_bytes())
    try:
        certificate.verify_directly_issued_by(authority)
        purposes = certificate.extensions.get_extension_for_class(ExtendedKeyUsage).value
    except (InvalidSignature, TypeError, ValueError):
        return Refusal("certificate_untrusted", "the certificate was not issued by the CA")
    except ExtensionNotFound:
        purposes = ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    if ExtendedKeyUsageOID.CLIENT_AUTH not in purposes:
        return Refusal("certificate_untrusted", "the certificate is not for client authentication")
    if context.now > certificate.not_valid_after_utc:
        return Refusal("certificate_expired", "the certificate has expired")
    if context.now < certificate.not_valid_before_utc:
        return Refusal("certificate_not_yet_valid", "the certificate is not valid yet")
    return None
