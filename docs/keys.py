"""A key pair and its certificate for the sessions of the documentation: ``python -m docs.keys web`` makes web.key, web.pem."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

BEGINS, ENDS = datetime(2026, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)


def main(name: str) -> None:
    """Write both files into the current directory; the certificate is valid as long as anybody reads this."""
    key = ec.generate_private_key(ec.SECP256R1())
    attributes = {NameOID.COUNTRY_NAME: "DE", NameOID.ORGANIZATION_NAME: "Example", NameOID.COMMON_NAME: name}
    subject = x509.Name([x509.NameAttribute(oid, text) for oid, text in attributes.items()])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 2**127 + 1, BEGINS, ENDS)
    certificate = builder.sign(key, hashes.SHA256())
    pkcs8 = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    Path(f"{name}.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, *pkcs8))
    Path(f"{name}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


if __name__ == "__main__":
    main(sys.argv[1])
