"""TLS client certificates, row by row of the profile table.

Sources of the columns: ``X509ThumbprintSecretValidator`` and ``X509NameSecretValidator`` of IdentityServer4 and Duende,
``X509CertificateThumbprintSecretValidator`` of IdentityServer3, ``MutualTlsSecretParser``.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from base64 import b64encode
from dataclasses import replace
from hashlib import sha1, sha256
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from secretctl.errors import UnavailableError
from secretctl.model import SHARED_SECRET, X509_CERTIFICATE, X509_NAME, X509_THUMBPRINT, Secret, StoredValue
from tests.known import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from secretctl.model import Verdict

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
PROFILES = ("rfc", "identityserver3", "identityserver4", "duende")
OLDER = PROFILES[1:]
DAY = dt.timedelta(days=1)


def secret(type_: str, value: str, id_: str = "s1") -> Secret:
    """A secret of any type."""
    return Secret(id_, type_, StoredValue(value))


@pytest.fixture
def der(certify: Callable[..., bytes]) -> bytes:
    """The certificate that TLS presents."""
    return certify("ec", "Web", attributes=(x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "Bayern"),))


@pytest.fixture
def present(judged: Callable[..., Verdict], der: bytes) -> Callable[..., Verdict]:
    """Presents the certificate with ``client_id=web``."""

    def go(profile: str, secrets: Any, *, certificate: bytes | str = der, **options: Any) -> Verdict:
        return judged(profile, secrets, certificate=certificate, **{"form": {"client_id": "web"}, **options})

    return go


def pem(der: bytes) -> str:
    """As a PEM block."""
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM).decode()


# Row: X509Thumbprint


@pytest.mark.parametrize("profile", PROFILES)
def test_sha1_thumbprints_match_everywhere(present: Callable[..., Verdict], der: bytes, profile: str) -> None:
    """In any case; OrdinalIgnoreCase in the servers, constant time here."""
    for value in (sha1(der).hexdigest(), sha1(der).hexdigest().upper()):
        stored = secret(X509_THUMBPRINT, value)
        verdict = present(profile, (secret(X509_THUMBPRINT, "0" * 40, "s0"), stored))
        assert (verdict.accepted, verdict.secret, verdict.method) == (True, stored, "self_signed_tls_client_auth")
        assert verdict.confirmation == b64encode(sha256(der).digest(), b"-_").decode().rstrip("=")


@pytest.mark.parametrize("profile", PROFILES)
def test_sha256_thumbprints_match_under_rfc_alone(present: Callable[..., Verdict], der: bytes, profile: str) -> None:
    """X509Certificate2.Thumbprint is SHA-1."""
    verdict = present(profile, secret(X509_THUMBPRINT, sha256(der).hexdigest()))
    assert verdict.reason == (None if profile == "rfc" else "mismatch")
    assert profile == "rfc" or "secret s1 is the certificate's SHA-256 thumbprint" in str(verdict.detail)
    assert "SHA-256" not in str(present(profile, secret(X509_THUMBPRINT, "0" * 64)).detail)


@pytest.mark.parametrize("profile", PROFILES)
def test_thumbprints_that_are_none(present: Callable[..., Verdict], der: bytes, profile: str) -> None:
    """Pasted separators never match: skipped with a warning under rfc, just different elsewhere."""
    value = "\u200e" + sha1(der).digest().hex(" ")
    verdict = present(profile, secret(X509_THUMBPRINT, value))
    assert verdict.reason == ("invalid_stored_value" if profile == "rfc" else "mismatch")
    assert bool(verdict.warnings) is (profile == "rfc")
    assert present(
        profile, (secret(X509_THUMBPRINT, value), secret(X509_THUMBPRINT, sha1(der).hexdigest(), "s2"))
    ).accepted
    other = secret(X509_THUMBPRINT, "0" * 40, "s2")
    assert present(profile, (secret(X509_THUMBPRINT, value), other)).reason == "mismatch"
    two = (secret(X509_THUMBPRINT, value), secret(X509_THUMBPRINT, "none", "s2"))
    assert present(profile, two).reason == ("invalid_stored_value" if profile == "rfc" else "mismatch")


@pytest.mark.parametrize("profile", PROFILES)
def test_another_certificate(present: Callable[..., Verdict], certify: Callable[..., bytes], profile: str) -> None:
    """No match, and what was presented is still confirmed."""
    other = sha1(certify("rsa")).hexdigest()
    verdict = present(profile, secret(X509_THUMBPRINT, other))
    assert (verdict.reason, verdict.oauth_error, verdict.method) == ("mismatch", "invalid_client", "tls_client_auth")
    kinds = "thumbprint or certificate" if profile == "rfc" else "thumbprint"
    assert verdict.detail == f"the certificate matches no registered {kinds}"
    assert verdict.confirmation is not None


# Row: X509CertificateBase64


@pytest.mark.parametrize("profile", PROFILES)
def test_registered_certificates(present: Callable[..., Verdict], der: bytes, profile: str) -> None:
    """The same DER under rfc (RFC 8705 §2.2); the servers keep this type for assertions."""
    stored = secret(X509_CERTIFICATE, b64encode(der).decode())
    verdict = present(profile, stored)
    assert verdict.accepted is (profile == "rfc")
    if profile == "rfc":
        assert (verdict.secret, verdict.method) == (stored, "self_signed_tls_client_auth")
    else:
        assert verdict.reason == "no_matching_secret_type"
        assert "--as thumbprint" in (verdict.detail or "")


@pytest.mark.parametrize("profile", OLDER)
def test_a_whole_certificate_is_the_reason_where_there_is_no_other(
    present: Callable[..., Verdict], certificate_secret: Callable[..., Secret], profile: str
) -> None:
    """Beside a thumbprint it is not in the way, and without it nobody is told to import one."""
    whole, wrong = certificate_secret("ec"), secret(X509_THUMBPRINT, "0" * 40)
    assert "--as thumbprint" not in (present(profile, ()).detail or "")
    assert present(profile, (whole, wrong)).reason == "mismatch"
    assert present(profile, (whole, replace(wrong, expiration=NOW - DAY))).reason == "expired"


def test_a_registered_certificate_that_is_none(present: Callable[..., Verdict], der: bytes) -> None:
    """Skipped with a warning."""
    bad = secret(X509_CERTIFICATE, "not base64", "bad")
    verdict = present("rfc", (bad, secret(X509_CERTIFICATE, b64encode(der).decode())))
    assert verdict.accepted
    assert "bad was skipped" in verdict.warnings[0]
    assert present("rfc", bad).reason == "invalid_stored_value"


def test_another_registered_certificate_is_only_another(
    present: Callable[..., Verdict], certificate_secret: Callable[..., Secret]
) -> None:
    """Its key may be as weak as it likes: nobody presented it."""
    verdict = present("rfc", certificate_secret("weak rsa"))
    assert (verdict.reason, verdict.warnings) == ("mismatch", ())


# Row: X509Name


@pytest.fixture
def ca(certify: Callable[..., bytes], tmp_path: Path) -> str:
    """A CA bundle whose key is ``ec384``."""
    path = tmp_path / "ca.pem"
    path.write_text(pem(certify("ec384", "Our CA", ca=True)), encoding="ascii")
    return str(path)


@pytest.fixture
def issued(certify: Callable[..., bytes]) -> bytes:
    """A certificate of that CA, ``CN=Web,ST=Bayern``."""
    state = x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "Bayern")
    return certify("ec", "Web", by=("Our CA", "ec384"), attributes=(state,))


def test_names_are_compared_as_names_under_rfc(present: Callable[..., Verdict], issued: bytes, ca: str) -> None:
    """RFC 4514, case and repeated blanks aside; it is ``tls_client_auth`` (RFC 8705 §2.1)."""
    for value in (
        "CN=Web,ST=Bayern",
        "cn=WEB, st= bayern ",
        "CN=Web, S=Bayern",
        "2.5.4.3=web,2.5.4.8=#0c0642617965726e",
    ):
        verdict = present("rfc", secret(X509_NAME, value), certificate=issued, trust=ca)
        assert (verdict.accepted, verdict.method) == (True, "tls_client_auth"), value
    for value in ("ST=Bayern,CN=Web", "CN=Web", "CN=Web,ST=Bayern,C=DE", "CN=Web+ST=Bayern"):
        assert present("rfc", secret(X509_NAME, value), certificate=issued, trust=ca).reason == "mismatch"


def test_a_name_needs_a_chain(
    *,
    present: Callable[..., Verdict],
    der: bytes,
    issued: bytes,
    ca: str,
    certify: Callable[..., bytes],
    tmp_path: Path,
) -> None:
    """A self-signed certificate claims any name; without ``trust`` nothing is trusted."""
    name = secret(X509_NAME, "CN=Web,ST=Bayern")
    verdict = present("rfc", name, certificate=issued)
    assert (verdict.reason, "no CA is trusted" in str(verdict.detail)) == ("certificate_untrusted", True)
    assert present("rfc", name, certificate=der, trust=ca).reason == "certificate_untrusted"
    other = tmp_path / "other.pem"
    other.write_text(pem(certify("ec521", "Our CA", ca=True)), encoding="ascii")
    assert present("rfc", name, certificate=issued, trust=str(other)).reason == "certificate_untrusted"


def test_a_trust_that_cannot_be_read(present: Callable[..., Verdict], issued: bytes, tmp_path: Path) -> None:
    """Status 3: the question cannot be decided."""
    for path in (str(tmp_path / "missing.pem"), str(tmp_path), "a\0b"):
        with pytest.raises(UnavailableError) as caught:
            present("rfc", secret(X509_NAME, "CN=Web,ST=Bayern"), certificate=issued, trust=path)
        assert caught.value.code == "trust_unreadable"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
def test_a_trust_without_an_end(present: Callable[..., Verdict], issued: bytes, ca: str, tmp_path: Path) -> None:
    """A registry names it, and must not make anybody wait: a device, a FIFO that nobody writes to, a large file.

    A large one is refused and not cut, though the CA that is needed come first.
    """
    fifo, large = tmp_path / "fifo", tmp_path / "large"
    os.mkfifo(fifo)
    large.write_bytes(Path(ca).read_bytes() + b"\n" * 1_048_576)
    for path in ("/dev/zero", str(fifo), str(large)):
        with pytest.raises(UnavailableError) as caught:
            present("rfc", secret(X509_NAME, "CN=Web,ST=Bayern"), certificate=issued, trust=path)
        assert caught.value.code == "trust_unreadable"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
def test_a_trust_from_a_pipe(present: Callable[..., Verdict], issued: bytes, ca: str) -> None:
    """What a shell makes of ``--trust <(…)``; its writer may take a while."""
    reading, writing = os.pipe()

    def write() -> None:
        time.sleep(0.05)
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(Path(ca).read_bytes())

    writer = Thread(target=write)
    writer.start()
    path = f"/dev/fd/{reading}"
    assert present("rfc", secret(X509_NAME, "CN=Web,ST=Bayern"), certificate=issued, trust=path).accepted
    writer.join()
    os.close(reading)


@pytest.mark.parametrize("profile", ["identityserver4", "duende"])
def test_names_are_dotnets_text_elsewhere(present: Callable[..., Verdict], profile: str) -> None:
    """name.Equals(nameSecret.Value, Ordinal), and no chain."""
    verdict = present(profile, secret(X509_NAME, "CN=Web, S=Bayern"))
    assert (verdict.accepted, verdict.method) == (True, "tls_client_auth")
    for value in (
        "CN=Web,ST=Bayern",
        "CN=Web, ST=Bayern",
        "CN=Web,S=Bayern",
        "cn=Web, S=Bayern",
        "CN=web, S=Bayern",
        "",
    ):
        assert present(profile, secret(X509_NAME, value)).reason == "mismatch", value


def test_identityserver3_compares_no_names(present: Callable[..., Verdict]) -> None:
    """It has no such validator."""
    assert present("identityserver3", secret(X509_NAME, "CN=Web, S=Bayern")).reason == "no_matching_secret_type"


@pytest.mark.parametrize("profile", ["rfc", "identityserver4", "duende"])
def test_an_empty_name_is_nobodys(present: Callable[..., Verdict], private_keys: dict[str, Any], profile: str) -> None:
    """A certificate may have no subject at all, and is not the one that an empty value asks for."""
    key = private_keys["ec"]
    builder = x509.CertificateBuilder(x509.Name([]), x509.Name([]), key.public_key(), 1, NOW - DAY, NOW + DAY)
    der = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    assert present(profile, secret(X509_NAME, ""), certificate=der).reason in {"mismatch", "invalid_stored_value"}


def test_names_that_are_none(present: Callable[..., Verdict], issued: bytes, ca: str) -> None:
    """Skipped with a warning under rfc."""
    bad = secret(X509_NAME, "Web", "bad")
    verdict = present("rfc", (bad, secret(X509_NAME, "CN=Web,ST=Bayern")), certificate=issued, trust=ca)
    assert verdict.accepted
    assert "bad was skipped" in verdict.warnings[0]
    for none in (bad, (bad, secret(X509_NAME, "Other", "worse"))):
        assert present("rfc", none, certificate=issued, trust=ca).reason == "invalid_stored_value"
    other = secret(X509_NAME, "CN=Other", "other")
    assert present("rfc", (bad, other), certificate=issued, trust=ca).reason == "mismatch"


# Row: certificate dates


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("reason", "dates"),
    [("certificate_expired", {"end": NOW - DAY}), ("certificate_not_yet_valid", {"start": NOW + DAY})],
)
def test_dates_are_enforced_under_rfc_alone(
    *,
    present: Callable[..., Verdict],
    certify: Callable[..., bytes],
    ca: str,
    profile: str,
    reason: str,
    dates: dict[str, dt.datetime],
) -> None:
    """TLS itself, or nobody, looks at them on the servers."""
    der = certify("ec", "Web", by=("Our CA", "ec384"), **dates)
    for stored in (secret(X509_THUMBPRINT, sha1(der).hexdigest()), secret(X509_NAME, "CN=Web")):
        if (profile, stored.type) == ("identityserver3", X509_NAME):
            continue
        verdict = present(profile, stored, certificate=der, trust=ca)
        assert verdict.reason == (reason if profile == "rfc" else None)
        way = "tls_client_auth" if stored.type == X509_NAME else "self_signed_tls_client_auth"
        assert verdict.method == way, "what would have let it in"


# Expiry of the secret itself


@pytest.mark.parametrize("profile", PROFILES)
def test_what_is_expired_says_so(
    present: Callable[..., Verdict], der: bytes, issued: bytes, ca: str, profile: str
) -> None:
    """The right secret or all of a kind."""
    right = replace(secret(X509_THUMBPRINT, sha1(der).hexdigest()), expiration=NOW - DAY)
    verdict = present(profile, right)
    assert (verdict.reason, verdict.method) == ("expired", "self_signed_tls_client_auth")
    assert "s1 has expired" in str(verdict.detail)
    wrong = replace(secret(X509_THUMBPRINT, "0" * 40), expiration=NOW - DAY)
    assert present(profile, wrong).reason == "expired"
    assert present(profile, (wrong, secret(X509_THUMBPRINT, "1" * 40, "s2"))).reason == "mismatch"
    other = replace(secret(SHARED_SECRET, sha1(der).hexdigest()), expiration=NOW - DAY)
    assert present(profile, other).reason == "no_matching_secret_type", "it never was a certificate's"
    if profile == "identityserver3":
        name = replace(secret(X509_NAME, "CN=Web, S=Bayern"), expiration=NOW - DAY)
        assert present(profile, name).reason == "no_matching_secret_type", "it never knew any"
        return
    value = "CN=Web,ST=Bayern" if profile == "rfc" else "CN=Web, S=Bayern"
    name = replace(secret(X509_NAME, value), expiration=NOW - DAY)
    verdict = present(profile, name, certificate=issued, trust=ca)
    assert (verdict.reason, "s1 has expired" in str(verdict.detail)) == ("expired", True)
    other = replace(name, value=StoredValue("CN=x"))
    verdict = present(profile, other, certificate=issued, trust=ca)
    assert (verdict.reason, "s1 has expired" in str(verdict.detail)) == ("expired", False), "it is another's name"


# Requests


@pytest.mark.parametrize("profile", PROFILES)
def test_every_form_of_the_certificate_is_the_same(present: Callable[..., Verdict], der: bytes, profile: str) -> None:
    """DER, PEM, base64."""
    for certificate in (der, pem(der), pem(der).encode(), b64encode(der), b64encode(der).decode()):
        assert present(profile, secret(X509_THUMBPRINT, sha1(der).hexdigest()), certificate=certificate).accepted


def test_the_sample_certificate_authenticates(present: Callable[..., Verdict]) -> None:
    """Its negative serial number is no obstacle; its end in 2020 is one under rfc."""
    for profile in PROFILES:
        verdict = present(profile, secret(X509_THUMBPRINT, SAMPLE["sha1"]), certificate=SAMPLE["base64"])
        assert verdict.reason == ("certificate_expired" if profile == "rfc" else None)
        assert verdict.confirmation == SAMPLE["x5t#S256"]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("certificate", ["x", b"\x30\x00", "-----BEGIN PRIVATE KEY-----\n", b""])
def test_a_certificate_that_cannot_be_read(present: Callable[..., Verdict], profile: str, certificate: Any) -> None:
    """A malformed credential, with no confirmation."""
    verdict = present(profile, secret(X509_THUMBPRINT, "0" * 40), certificate=certificate)
    assert (verdict.reason, verdict.confirmation) == ("malformed_credential", None)


def test_certificates_that_a_plug_in_made_up_are_refused(der: bytes) -> None:
    """A validator may be handed any bytes by somebody's own parser."""
    from secretctl.model import Credential, Der, Refusal
    from secretctl.profiles import PROFILES as COLUMNS
    from secretctl.validators import Context
    from secretctl.validators.x509 import NameValidator, ThumbprintValidator

    credential = Credential("tls_client_auth", "web", certificate=Der(b"junk"))
    context = Context(COLUMNS["rfc"], NOW)
    named = NameValidator().validate(credential, [secret(X509_NAME, "CN=x")], context)
    printed = ThumbprintValidator().validate(credential, [secret(X509_THUMBPRINT, sha1(b"junk").hexdigest())], context)
    for outcome in (named, printed):
        assert isinstance(outcome, Refusal)
        assert outcome.reason == "malformed_credential"
        assert "certificate cannot be read" in outcome.detail


@pytest.mark.parametrize("profile", PROFILES)
def test_without_a_client_id_there_is_nobody(present: Callable[..., Verdict], der: bytes, profile: str) -> None:
    """MutualTlsSecretParser, X509CertificateSecretParser: the id comes from the body."""
    stored = secret(X509_THUMBPRINT, sha1(der).hexdigest())
    for form in (None, {}, {"client_id": ""}, {"client_id": "  "}):
        assert present(profile, stored, form=form).reason == "no_credential", form
    assert present(profile, stored, form={"client_id": "other"}).reason == "unknown_principal"


@pytest.mark.parametrize("profile", PROFILES)
def test_ids_over_the_limit(present: Callable[..., Verdict], der: bytes, profile: str) -> None:
    """InputLengthRestrictions.ClientId; IdentityServer3 has none for certificates."""
    limit = {"rfc": 200, "identityserver3": None}.get(profile, 100)
    for length in (101, 201):
        verdict = present(profile, secret(X509_THUMBPRINT, sha1(der).hexdigest()), form={"client_id": "x" * length})
        too_long = limit is not None and length > limit
        assert verdict.reason == ("credential_too_long" if too_long else "unknown_principal")


def test_control_characters_in_the_id(der: bytes) -> None:
    """Refused under rfc."""
    from secretctl.model import Credential, Der, Refusal, Request
    from secretctl.parsers import Submission
    from secretctl.parsers.mutual_tls import MutualTlsParser
    from secretctl.profiles import PROFILES as COLUMNS

    for profile in PROFILES:
        submission = Submission(Request(form="client_id=a%07"), COLUMNS[profile], Der(der))
        found = MutualTlsParser().parse(submission)
        if profile == "rfc":
            assert isinstance(found, Refusal)
            assert found.reason == "malformed_credential"
        else:
            assert isinstance(found, Credential)
            assert found.id == "a\x07"


# A certificate beside another credential

SHARED = Secret("shared", SHARED_SECRET, StoredValue("K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="))
FORM = {"client_id": "web", "client_secret": "secret"}


def test_beside_a_secret_it_only_binds_the_token(present: Callable[..., Verdict], der: bytes) -> None:
    """RFC 8705 §3, and in IdentityServer4 and Duende the first parser that finds a secret."""
    for profile in ("rfc", "identityserver4", "duende"):
        verdict = present(profile, SHARED, form=FORM)
        assert (verdict.accepted, verdict.method) == (True, "client_secret_post")
        assert verdict.confirmation is not None
        header = present(profile, SHARED, form=None, authorization="Basic d2ViOnNlY3JldA==")
        assert (header.accepted, header.method) == (True, "client_secret_basic")


def test_identityserver3_looks_at_the_certificate_first(present: Callable[..., Verdict], der: bytes) -> None:
    """Its parsers' order: a right secret beside a wrong certificate is refused."""
    assert present("identityserver3", SHARED, form=FORM).reason == "no_matching_secret_type"
    both = (SHARED, secret(X509_THUMBPRINT, sha1(der).hexdigest()))
    assert present("identityserver3", both, form={**FORM, "client_secret": "wrong"}).accepted
