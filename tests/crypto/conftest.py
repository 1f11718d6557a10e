"""Real keys and real certificates, made once a session."""

from __future__ import annotations

import datetime as dt
from typing import Any, Protocol

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
END = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def rsa_key() -> rsa.RSAPrivateKey:
    """RSA of 2048 bits."""
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="session")
def small_rsa_key() -> rsa.RSAPrivateKey:
    """RSA of 1024 bits, under every sensible policy."""
    return rsa.generate_private_key(65537, 1024)


@pytest.fixture(scope="session")
def ec_keys() -> dict[str, ec.EllipticCurvePrivateKey]:
    """One key on each curve of RFC 7518."""
    curves = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
    return {name: ec.generate_private_key(curve) for name, curve in curves.items()}


@pytest.fixture(scope="session")
def ed_key() -> ed25519.Ed25519PrivateKey:
    """An Ed25519 key."""
    return ed25519.Ed25519PrivateKey.generate()


class Issue(Protocol):
    """Makes a certificate: ``subject`` is a common name or a whole name; without an issuer it signs itself."""

    def __call__(
        self,
        subject: str | x509.Name,
        key: Any,
        *,
        issuer: tuple[x509.Certificate, Any] | None = None,
        ca: bool = False,
        key_usage: bool = True,
        extensions: tuple[x509.ExtensionType, ...] = (),
        critical: bool = False,
        start: dt.datetime = START,
        end: dt.datetime = END,
    ) -> x509.Certificate: ...


@pytest.fixture(scope="session")
def issue() -> Issue:
    """A maker of certificates."""

    def make(
        subject: str | x509.Name,
        key: Any,
        *,
        issuer: tuple[x509.Certificate, Any] | None = None,
        ca: bool = False,
        key_usage: bool = True,
        extensions: tuple[x509.ExtensionType, ...] = (),
        critical: bool = False,
        start: dt.datetime = START,
        end: dt.datetime = END,
    ) -> x509.Certificate:
        if isinstance(subject, str):
            subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
        signer = issuer[1] if issuer else key
        issuer_name = issuer[0].subject if issuer else subject
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer_name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        if ca and key_usage:
            usage = dict.fromkeys(
                [
                    "digital_signature",
                    "content_commitment",
                    "key_encipherment",
                    "data_encipherment",
                    "key_agreement",
                    "encipher_only",
                    "decipher_only",
                ],
                False,
            )
            builder = builder.add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
        for extension in extensions:
            builder = builder.add_extension(extension, critical=critical)
        algorithm = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
        return builder.sign(signer, algorithm)

    return make


@pytest.fixture(scope="session")
def certificate(issue: Issue, rsa_key: rsa.RSAPrivateKey) -> bytes:
    """The DER of a self-signed certificate of ``CN=client``."""
    return issue("client", rsa_key).public_bytes(Encoding.DER)
