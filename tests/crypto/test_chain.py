"""Chains of trust for certificates that are known by their name."""

from __future__ import annotations

import base64
import datetime as dt
import warnings
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from secretctl.crypto.certificate import parse_certificate
from secretctl.crypto.chain import verify_chain
from secretctl.errors import UnavailableError
from tests.known import SAMPLE

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

    from secretctl.crypto.certificate import Certificate
    from tests.crypto.conftest import Issue

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
CLIENT = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
SERVER = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
SIGNS = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


def ours(certificate: x509.Certificate) -> Certificate:
    """As secretctl reads it."""
    return parse_certificate(certificate.public_bytes(Encoding.DER))


def test_a_leaf_of_a_trusted_ca(issue: Issue, ec_keys: dict[str, ec.EllipticCurvePrivateKey]) -> None:
    """With and without an extended key usage and alternative names; through an intermediate that is trusted."""
    root_key, key = ec_keys["P-384"], ec_keys["P-256"]
    root = issue("root", root_key, ca=True)
    bundle = b"# our CA\n" + root.public_bytes(Encoding.PEM)
    for extensions in ((), (CLIENT,), (CLIENT, x509.SubjectAlternativeName([x509.DNSName("web.example")]))):
        leaf = issue("web", key, issuer=(root, root_key), extensions=extensions)
        assert verify_chain(ours(leaf), bundle, NOW) is None
    mid = issue("mid", ec_keys["P-521"], issuer=(root, root_key), ca=True)
    under = issue("web", key, issuer=(mid, ec_keys["P-521"]))
    assert verify_chain(ours(under), bundle, NOW) is not None
    assert verify_chain(ours(under), bundle + mid.public_bytes(Encoding.PEM), NOW) is None


def test_leaves_that_are_not_trusted(issue: Issue, ec_keys: dict[str, ec.EllipticCurvePrivateKey]) -> None:
    """Another CA, another CA of the same name, a server's certificate, a CA's own, itself."""
    root_key, key, other_key = ec_keys["P-384"], ec_keys["P-256"], ec_keys["P-521"]
    root = issue("root", root_key, ca=True)
    bundle = root.public_bytes(Encoding.PEM)
    impostor = issue("root", other_key, ca=True)
    cases = [
        issue("web", key, issuer=(issue("else", other_key, ca=True), other_key)),
        issue("web", key, issuer=(impostor, other_key)),
        issue("web", key, issuer=(root, root_key), extensions=(SERVER,)),
        issue("web", key, issuer=(root, root_key), ca=True),
        issue("web", key, issuer=(root, root_key), ca=True, key_usage=False),
        issue("web", key, issuer=(root, root_key), extensions=(SIGNS,)),
        issue("web", key),
    ]
    for leaf in cases:
        reason = verify_chain(ours(leaf), bundle, NOW)
        assert reason is not None
        assert reason.startswith("it does not chain to a trusted CA")
        assert "\n" not in reason
        assert "CN=" not in reason


def test_a_ca_as_openssl_makes_it(issue: Issue, ec_keys: dict[str, ec.EllipticCurvePrivateKey]) -> None:
    """``openssl req -x509`` writes no key usage; whoever writes one must mean it."""
    root_key, key = ec_keys["P-384"], ec_keys["P-256"]
    root = issue("root", root_key, ca=True, key_usage=False)
    leaf = ours(issue("web", key, issuer=(root, root_key)))
    assert verify_chain(leaf, root.public_bytes(Encoding.PEM), NOW) is None
    idle = x509.KeyUsage(True, False, False, False, False, False, False, False, False)  # noqa: FBT003
    wrong = issue("root", root_key, ca=True, key_usage=False, extensions=(idle,))
    assert "not to sign certificates" in str(verify_chain(leaf, wrong.public_bytes(Encoding.PEM), NOW))


def test_a_leaf_as_openssl_makes_it(issue: Issue, ec_keys: dict[str, ec.EllipticCurvePrivateKey]) -> None:
    """``openssl x509 -req`` writes no extension at all, and what is not there forbids nothing."""
    root_key, key = ec_keys["P-384"], ec_keys["P-256"]
    root = issue("root", root_key, ca=True)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "web")])
    day = dt.timedelta(days=1)
    builder = x509.CertificateBuilder(root.subject, subject, key.public_key(), 2, NOW - day, NOW + day)
    leaf = builder.sign(root_key, hashes.SHA256())
    assert verify_chain(ours(leaf), root.public_bytes(Encoding.PEM), NOW) is None


def test_constraints_of_a_ca_are_held(issue: Issue, ec_keys: dict[str, ec.EllipticCurvePrivateKey]) -> None:
    """A CA for one domain vouches for no other."""
    root_key = ec_keys["P-384"]
    limits = x509.NameConstraints(permitted_subtrees=[x509.DNSName("good.example")], excluded_subtrees=None)
    root = issue("root", root_key, ca=True, extensions=(limits,))
    for name, trusted in (("web.good.example", True), ("web.bad.example", False)):
        extensions = (x509.SubjectAlternativeName([x509.DNSName(name)]),)
        leaf = issue("web", ec_keys["P-256"], issuer=(root, root_key), extensions=extensions)
        assert (verify_chain(ours(leaf), root.public_bytes(Encoding.PEM), NOW) is None) is trusted


def test_name_constraints_that_subjects_are_held_to_are_no_trust(
    issue: Issue, ec_keys: dict[str, ec.EllipticCurvePrivateKey]
) -> None:
    """Directory names and mail addresses, permitted or excluded, critical or not, of a root or of a CA below one.

    A secret of type X509Name is known by its subject, and the verifier holds alternative names alone to constraints.
    """
    root_key, mid_key, key = ec_keys["P-384"], ec_keys["P-521"], ec_keys["P-256"]
    partner = x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Partner")]))
    us = x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Us")]))
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.EMAIL_ADDRESS, "a@evil.example"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Us"),
            x509.NameAttribute(NameOID.COMMON_NAME, "web"),
        ]
    )
    root = issue("root", root_key, ca=True)
    for permitted, excluded in (([partner], None), (None, [us]), ([x509.RFC822Name("partner.example")], None)):
        limits = x509.NameConstraints(permitted, excluded)
        for critical in (True, False):
            mid = issue("mid", mid_key, issuer=(root, root_key), ca=True, extensions=(limits,), critical=critical)
            leaf = issue(subject, key, issuer=(mid, mid_key))
            bundle = root.public_bytes(Encoding.PEM) + mid.public_bytes(Encoding.PEM)
            assert "name constraints" in str(verify_chain(ours(leaf), bundle, NOW))


def test_name_constraints_for_hosts_hold_a_host_in_the_subject(
    issue: Issue, ec_keys: dict[str, ec.EllipticCurvePrivateKey]
) -> None:
    """A host name in the CN counts where no alternative name says another, as for OpenSSL; ``web`` is none."""
    root_key = ec_keys["P-384"]
    limits = x509.NameConstraints(permitted_subtrees=[x509.DNSName("good.example")], excluded_subtrees=None)
    root = issue("root", root_key, ca=True, extensions=(limits,))
    good = (x509.SubjectAlternativeName([x509.DNSName("web.good.example")]),)
    for name, extensions, trusted in (
        ("web.bad.example", (), False),
        ("web.bad.example", good, True),
        ("web", (), True),
    ):
        leaf = issue(name, ec_keys["P-256"], issuer=(root, root_key), extensions=extensions)
        assert (verify_chain(ours(leaf), root.public_bytes(Encoding.PEM), NOW) is None) is trusted


@pytest.mark.parametrize(
    ("usage", "trusted"),
    [
        (ExtendedKeyUsageOID.SERVER_AUTH, False),
        (ExtendedKeyUsageOID.CODE_SIGNING, False),
        (ExtendedKeyUsageOID.CLIENT_AUTH, True),
        (ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE, True),
    ],
)
def test_a_ca_for_something_else_vouches_for_no_client(
    issue: Issue, ec_keys: dict[str, ec.EllipticCurvePrivateKey], usage: x509.ObjectIdentifier, trusted: bool
) -> None:
    """The extended key usage of a CA limits what it certifies."""
    root_key = ec_keys["P-384"]
    root = issue("root", root_key, ca=True, extensions=(x509.ExtendedKeyUsage([usage]),))
    leaf = issue("web", ec_keys["P-256"], issuer=(root, root_key))
    reason = verify_chain(ours(leaf), root.public_bytes(Encoding.PEM), NOW)
    assert (reason is None) is trusted
    assert trusted or "extended key usage of its CA is not for TLS clients" in str(reason)


def test_a_key_that_only_enciphers_authenticates_no_client(
    issue: Issue, ec_keys: dict[str, ec.EllipticCurvePrivateKey]
) -> None:
    """TLS clients sign, or agree on a key (RFC 8446 §4.4.2.2, and OpenSSL's purpose ``sslclient``)."""
    root_key = ec_keys["P-384"]
    root = issue("root", root_key, ca=True)
    for bit, trusted in ((0, True), (2, False), (4, True)):
        usage = x509.KeyUsage(*(n == bit for n in range(9)))
        leaf = issue("web", ec_keys["P-256"], issuer=(root, root_key), extensions=(usage,))
        assert (verify_chain(ours(leaf), root.public_bytes(Encoding.PEM), NOW) is None) is trusted


def test_a_leaf_signed_by_another_leaf(issue: Issue, ec_keys: dict[str, ec.EllipticCurvePrivateKey]) -> None:
    """CVE-2002-0862: only a CA issues, even where the issuing leaf itself is trusted by mistake."""
    root_key, key = ec_keys["P-384"], ec_keys["P-256"]
    root = issue("root", root_key, ca=True)
    leaf = issue("web", key, issuer=(root, root_key))
    forged = issue("admin", ec_keys["P-521"], issuer=(leaf, key))
    assert verify_chain(ours(forged), root.public_bytes(Encoding.PEM), NOW) is not None


def test_dates_of_the_chain_are_held(issue: Issue, ec_keys: dict[str, ec.EllipticCurvePrivateKey]) -> None:
    """At the time that was asked for, not at the clock's."""
    root_key = ec_keys["P-384"]
    root = issue("root", root_key, ca=True)
    leaf = ours(issue("web", ec_keys["P-256"], issuer=(root, root_key)))
    bundle = root.public_bytes(Encoding.PEM)
    assert verify_chain(leaf, bundle, NOW) is None
    assert verify_chain(leaf, bundle, NOW.replace(year=2030)) is not None
    assert verify_chain(leaf, bundle, NOW.replace(year=2020)) is not None


def test_the_sample_certificate_chains_to_nothing(issue: Issue, ec_keys: dict[str, ec.EllipticCurvePrivateKey]) -> None:
    """What the library will not load is not trusted, without a warning on the way."""
    bundle = issue("root", ec_keys["P-384"], ca=True).public_bytes(Encoding.PEM)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert verify_chain(parse_certificate(base64.b64decode(SAMPLE["base64"])), bundle, NOW) is not None


def test_what_only_our_reader_accepts_is_not_trusted(
    issue: Issue, ec_keys: dict[str, ec.EllipticCurvePrivateKey]
) -> None:
    """An encoding that the verifier refuses to load is a refusal of ours, not a crash."""
    bundle = issue("root", ec_keys["P-384"], ca=True).public_bytes(Encoding.PEM)
    encoded = issue("web", ec_keys["P-256"]).public_bytes(Encoding.DER)
    broken = parse_certificate(encoded.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x09", 1))
    assert verify_chain(broken, bundle, NOW) is not None


@pytest.mark.parametrize(
    "bundle",
    [b"", b"hello", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"-----BEGIN CERTIFICATE-----"],
)
def test_an_unreadable_bundle_is_status_3(certificate: bytes, bundle: bytes) -> None:
    """The question cannot be decided."""
    with pytest.raises(UnavailableError) as caught:
        verify_chain(parse_certificate(certificate), bundle, NOW)
    assert caught.value.code == "trust_unreadable"


def test_a_bundle_with_a_version_that_there_is_not(
    certificate: bytes, issue: Issue, ec_keys: dict[str, ec.EllipticCurvePrivateKey]
) -> None:
    """The library has an error of its own for it; it is an unreadable bundle like any other."""
    encoded = issue("root", ec_keys["P-256"], ca=True).public_bytes(Encoding.DER)
    broken = base64.encodebytes(encoded.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x0e", 1))
    with pytest.raises(UnavailableError) as caught:
        verify_chain(
            parse_certificate(certificate),
            b"-----BEGIN CERTIFICATE-----\n" + broken + b"-----END CERTIFICATE-----\n",
            NOW,
        )
    assert caught.value.code == "trust_unreadable"
