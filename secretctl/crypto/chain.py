"""Whether a TLS client certificate chains to a CA that the registry trusts (RFC 5280 §6, by ``cryptography``)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from secretctl.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from secretctl.crypto.certificate import Certificate

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----")
_NOISE = re.compile(
    r"(?s)^validation failed: |candidates exhausted: |Python extension validator failed: ValueError: "
    r"| \(encountered processing .*| *\n.*|^all candidates exhausted with no interior errors$"
)
_HINT = "trust is a PEM file of the CA certificates that issue client certificates"


def verify_chain(certificate: Certificate, trust: bytes, at: datetime) -> str | None:
    """Why the certificate does not chain to the CA bundle (PEM) at that time, in words; None where it does.

    The leaf must be good for authenticating TLS clients (``keyUsage`` and ``extendedKeyUsage``, where it has them); it needs
    no subject alternative name, as its subject is what it is registered by. Every certificate in the bundle is an end of
    the chain, whoever issued it. Name constraints are applied to alternative names; a CA whose constraints would have to
    be applied to the subject is not trusted (see ``_ca_policy``). Revocation is not checked. Raises UnavailableError
    ``trust_unreadable``.
    """
    store = _store(trust)
    from cryptography import x509
    from cryptography.x509 import verification

    # Built outside the `try`: what is wrong here is wrong with us, not with the certificate.
    verifier = (
        verification.PolicyBuilder()
        .store(store)
        .time(at)
        .extension_policies(ca_policy=_ca_policy(certificate), ee_policy=_leaf_policy())
        .build_client_verifier()
    )
    try:
        verifier.verify(_load(x509, certificate.der), [])
    except verification.VerificationError as exc:
        return f"it does not chain to a trusted CA: {_in_words(exc)}"
    except Exception:  # noqa: BLE001 - the library has many words for an encoding that it will not read; all mean no
        return "it does not chain to a trusted CA: its encoding is not one that can be verified"
    return None


def _in_words(exc: Exception) -> str:
    """What the verifier says, without its inner workings and without the names in the certificate."""
    return _NOISE.sub("", str(exc)) or "nobody in the bundle issued it"


def _load(x509: Any, encoded: bytes) -> Any:
    import warnings

    with warnings.catch_warnings():
        # Of certificates that a later library will refuse: then it says so by an error, which is an answer.
        warnings.simplefilter("ignore")
        return x509.load_der_x509_certificate(encoded)


@lru_cache(maxsize=8)
def _store(trust: bytes) -> Any:
    import warnings

    from cryptography import x509
    from cryptography.x509 import verification

    if not _PEM.search(trust):
        raise UnavailableError("trust_unreadable", "the CA bundle holds no PEM certificate", hint=_HINT)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return verification.Store(x509.load_pem_x509_certificates(trust))
    except Exception as exc:  # a version that there is not, for one, is no ValueError
        raise UnavailableError("trust_unreadable", "the CA bundle cannot be read", hint=_HINT) from exc


def _ca_policy(leaf: Certificate) -> Any:
    """The verifier's own rules for CAs, but for the ``keyUsage`` that it demands and ``openssl req -x509`` leaves out.

    That a CA says so in ``basicConstraints``, path lengths, algorithms and key sizes are checked by the verifier whatever
    the policy. It applies name constraints to alternative names only, while a subject is held to those of ``directoryName``,
    its ``emailAddress`` to ``rfc822Name`` (RFC 5280 §4.2.1.10), and a host name in its CN to ``dNSName`` (as OpenSSL does):
    there the answer is no. As for OpenSSL, an extended key usage of a CA limits what it may certify.
    """
    from cryptography import x509
    from cryptography.x509.verification import Criticality, ExtensionPolicy

    def names(_policy: Any, _certificate: Any, constraints: x509.NameConstraints | None) -> None:
        if constraints is None:
            return
        bases = [*(constraints.permitted_subtrees or ()), *(constraints.excluded_subtrees or ())]
        for kind, words in (
            (x509.DirectoryName, "directory names"),
            (x509.RFC822Name, "mail addresses"),
            *(((x509.DNSName, "host names"),) if _is_host_name(leaf) else ()),
        ):
            if any(isinstance(base, kind) for base in bases):
                raise ValueError(f"its CA has name constraints for {words}, which are not applied to subjects here")

    def signs(_policy: Any, _certificate: Any, usage: x509.KeyUsage | None) -> None:
        if usage is not None and not usage.key_cert_sign:
            raise ValueError("the key usage of its CA is not to sign certificates")

    return (
        ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
        .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, signs)
        .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _for_clients("the extended key usage of its CA"))
        .may_be_present(x509.NameConstraints, Criticality.AGNOSTIC, names)
    )


def _is_host_name(certificate: Certificate) -> bool:
    """Whether its subject names a host, which no alternative name does for it."""
    from cryptography import x509

    leaf = _load(x509, certificate.der)
    try:
        alternatives = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        alternatives = ()
    common = leaf.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return any("." in str(name.value) for name in common) and not any(isinstance(a, x509.DNSName) for a in alternatives)


def _for_clients(what: str) -> Callable[[Any, Any, Any], None]:
    """A rule for an extended key usage: absent, or good for TLS clients."""
    from cryptography.x509.oid import ExtendedKeyUsageOID

    allowed = {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}

    def check(_policy: Any, _certificate: Any, usage: Any) -> None:
        if usage is not None and allowed.isdisjoint(usage):
            raise ValueError(f"{what} is not for TLS clients")

    return check


def _leaf_policy() -> Any:
    """The verifier's own rules for leaves, but for the subject alternative name that they ask for."""
    from cryptography import x509
    from cryptography.x509.verification import Criticality, ExtensionPolicy

    def not_a_ca(_policy: Any, _certificate: Any, constraints: x509.BasicConstraints | None) -> None:
        if constraints is not None and constraints.ca:
            raise ValueError("it is the certificate of a CA")

    def signs(_policy: Any, _certificate: Any, usage: x509.KeyUsage | None) -> None:
        if usage is not None and usage.key_cert_sign:
            raise ValueError("its key usage is that of a CA")
        if usage is not None and not (usage.digital_signature or usage.key_agreement):
            raise ValueError("its key usage is not for TLS clients, which sign or agree on a key")

    return (
        ExtensionPolicy.permit_all()
        .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _for_clients("its extended key usage"))
        .may_be_present(x509.BasicConstraints, Criticality.AGNOSTIC, not_a_ca)
        .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, signs)
    )
