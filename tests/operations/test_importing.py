"""``secret import``: every form in, one stored value out, or a refusal with its reason."""

from __future__ import annotations

import base64
import datetime as dt
import json
from hashlib import sha1, sha256
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, pkcs12
from cryptography.x509.oid import NameOID
from joserfc.jwk import ECKey

from secretctl.errors import RefusedError, SecretctlError, UnavailableError, UsageError
from secretctl.lifetimes import parse_duration
from secretctl.operations.importing import ImportWish, import_secret, read_secret
from secretctl.policy import Expires
from secretctl.profiles import PROFILES
from secretctl.settings import Policy
from secretctl.stores import open_store
from tests.known import SAMPLE

if TYPE_CHECKING:
    from pathlib import Path

    from secretctl.operations.importing import Imported

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
END = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC_JWK = dict(ECKey.import_key(KEY).as_dict(private=False))
PRIVATE_JWK = dict(ECKey.import_key(KEY).as_dict(private=True))


def issue(
    key: Any = KEY,
    *,
    start: dt.datetime = NOW - dt.timedelta(days=30),
    end: dt.datetime = END,
    names: tuple[tuple[x509.ObjectIdentifier, str], ...] = (
        (NameOID.STATE_OR_PROVINCE_NAME, "Bayern"),
        (NameOID.COMMON_NAME, "web"),
    ),
) -> x509.Certificate:
    """A self-signed certificate."""
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in names])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(start).not_valid_after(end)
    return builder.sign(key, None if isinstance(key, ed448.Ed448PrivateKey) else hashes.SHA256())


CERTIFICATE = issue()
DER = CERTIFICATE.public_bytes(Encoding.DER)
PEM = CERTIFICATE.public_bytes(Encoding.PEM)
BASE64 = base64.b64encode(DER).decode()


def read(data: bytes | str, profile: str = "rfc", policy: Policy | None = None, **wish: Any) -> Imported:
    """What an input becomes."""
    encoded = data.encode() if isinstance(data, str) else data
    return read_secret(encoded, ImportWish(**wish), policy=policy or Policy(), profile=PROFILES[profile], now=NOW)


def test_a_certificate_becomes_base64_of_its_der_on_one_line() -> None:
    """From PEM, DER and base64; its own end counts, and need not be written down."""
    for data in (PEM, DER, BASE64.encode(), b"\xef\xbb\xbf" + PEM):
        found = read(data)
        assert (found.secret.type, found.secret.value) == ("X509CertificateBase64", BASE64)
        assert (found.secret.expiration, found.certificate_end) == (None, END)
        assert (found.key, found.warnings, found.secret.created) == ("EC P-256", (), NOW)


def test_the_sample_certificate_imports() -> None:
    """With a warning that it ended in 2020, under every profile."""
    for profile in PROFILES:
        found = read(SAMPLE["base64"], profile)
        assert (found.secret.value, found.key) == (SAMPLE["base64"], "RSA 2048")
        assert found.warnings == ("the certificate has expired: it ended on 2020-01-20T23:00:00Z",)


@pytest.mark.parametrize("profile", list(PROFILES))
def test_thumbprints(profile: str) -> None:
    """SHA-1 where IdentityServer compares it, else SHA-256; or what was asked for."""
    short, long = sha1(DER).hexdigest().upper(), sha256(DER).hexdigest().upper()
    found = read(PEM, profile, form="thumbprint")
    assert (found.secret.type, found.secret.value) == ("X509Thumbprint", long if profile == "rfc" else short)
    assert found.secret.expiration == END
    assert read(PEM, profile, form="thumbprint", thumbprint="sha1").secret.value == short
    assert read(PEM, profile, thumbprint="sha256").secret.value == long


@pytest.mark.parametrize("profile", list(PROFILES))
def test_names(profile: str) -> None:
    """As .NET prints the subject where .NET compares it, else as RFC 4514 writes it."""
    found = read(PEM, profile, form="name")
    assert found.secret.type == "X509Name"
    assert found.secret.value == ("CN=web,ST=Bayern" if profile == "rfc" else "CN=web, S=Bayern")
    assert found.secret.expiration == END


def test_a_subject_that_nobody_could_compare() -> None:
    """An empty one, or one that .NET cannot read."""
    with pytest.raises(UnavailableError, match="no subject"):
        read(issue(names=()).public_bytes(Encoding.PEM), form="name")


def test_the_key_of_a_certificate_as_a_jwk() -> None:
    """Its public half, with the certificate's end."""
    found = read(PEM, form="jwk")
    assert (found.secret.type, json.loads(found.secret.value)) == (
        "JWK",
        {n: PUBLIC_JWK[n] for n in ("kty", "crv", "x", "y")},
    )
    assert found.secret.expiration == END


def test_jwks() -> None:
    """A public JWK or a set of one, on one line with all it says; no certificate, so no end of its own."""
    jwk = {**PUBLIC_JWK, "kid": "2026", "use": "sig"}
    for data in (json.dumps(jwk), json.dumps({"keys": [jwk]}), "\ufeff" + json.dumps(jwk, indent=2)):
        found = read(data)
        assert (found.secret.type, json.loads(found.secret.value)) == ("JWK", jwk)
        assert (found.secret.expiration, found.certificate_end, found.key) == (None, None, "EC P-256")
    for form in ("certificate", "thumbprint", "name"):
        with pytest.raises(UsageError):
            read(json.dumps(jwk), form=form)


def test_public_keys_in_pem() -> None:
    """What `openssl pkey -pubout` prints becomes the JWK of the key, under the same key policy, if it is alone."""
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    found = read(b"a note\n" + pem)
    expected = {name: PUBLIC_JWK[name] for name in ("kty", "crv", "x", "y")}
    assert (found.secret.type, json.loads(found.secret.value), found.key) == ("JWK", expected, "EC P-256")
    assert read(pem, form="jwk").secret == found.secret
    for form in ("certificate", "thumbprint", "name"):
        with pytest.raises(UsageError, match=f"a key has no {form}"):
            read(pem, form=form)
    private = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert refused(pem + private).code == "private_key_material"
    weak = rsa.generate_private_key(65537, 1024).public_key()
    assert refused(weak.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)).code == "key_weak"
    assert refused(pem + pem).code == refused(PEM + pem).code == "not_a_certificate"
    assert refused(pem.replace(b"\nM", b"\n!")).code == "not_a_certificate"


@pytest.mark.parametrize("cleaned", [True, False])
def test_pasted_thumbprints(cleaned: bool) -> None:
    """Separators and the invisible characters of the Windows dialog go, and that is said."""
    digits = sha1(DER).hexdigest()
    text = "\u200e" + sha1(DER).digest().hex(" ") if cleaned else digits
    wishes: tuple[dict[str, Any], ...] = ({}, {"form": "thumbprint"}, {"thumbprint": "sha1"})
    for wish in wishes:
        found = read(text + "\n", "duende", **wish)
        assert (found.secret.type, found.secret.value) == ("X509Thumbprint", digits.upper())
        assert (found.key, found.certificate_end) == (None, None)
        assert bool(found.warnings) is cleaned
    with pytest.raises(UsageError, match="sha1, not sha256"):
        read(text, thumbprint="sha256")
    with pytest.raises(UnavailableError):
        read(text, form="certificate")


def test_options_that_do_not_go_together() -> None:
    """``--thumbprint`` asks for a thumbprint."""
    for form in ("certificate", "name", "jwk"):
        with pytest.raises(UsageError, match="--thumbprint"):
            read(PEM, form=form, thumbprint="sha1")


def refused(data: bytes | str, **wish: Any) -> SecretctlError:
    """The refusal of an input."""
    with pytest.raises(SecretctlError) as caught:
        read(data, **wish)
    return caught.value


@pytest.mark.parametrize("form", [None, "certificate", "thumbprint", "name", "jwk"])
def test_private_material_is_refused_in_every_form(form: str | None) -> None:
    """Status 6, alone or beside what is wanted."""
    pem = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    der = KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    for data in (pem, der, PEM + pem, pem + PEM, json.dumps(PRIVATE_JWK), json.dumps({"kty": "oct", "k": "AA"})):
        error = refused(data, form=form)
        assert (error.code, error.status) == ("private_key_material", 6)
        assert str(PRIVATE_JWK["d"]) not in error.message


def test_weak_keys_are_refused_in_every_form() -> None:
    """Whatever is kept of the certificate; the policy says what is weak."""
    weak = issue(rsa.generate_private_key(65537, 1024)).public_bytes(Encoding.PEM)
    for form in ("certificate", "thumbprint", "name", "jwk"):
        assert (refused(weak, form=form).code, refused(weak, form=form).status) == ("key_weak", 6)
        assert read(weak, policy=Policy(min_rsa_bits=1024), form=form).key == "RSA 1024"


def test_keys_that_sign_nothing_may_still_be_known_to_tls() -> None:
    """By thumbprint or name, never as a key."""
    other = issue(ed448.Ed448PrivateKey.generate()).public_bytes(Encoding.PEM)
    for form in ("certificate", "jwk", None):
        assert refused(other, form=form).code == "key_unsupported"
    for form in ("thumbprint", "name"):
        assert read(other, form=form).key is None


def test_several_keys_and_other_containers() -> None:
    """Status 3."""
    other = issue(ec.generate_private_key(ec.SECP256R1()), names=((NameOID.COMMON_NAME, "x"),)).public_bytes(
        Encoding.PEM
    )
    bundle = pkcs12.serialize_key_and_certificates(None, KEY, CERTIFICATE, None, NoEncryption())
    for data in (PEM + other, bundle, json.dumps({"keys": [PUBLIC_JWK] * 2}), "[]", "", "hello", "{}"):
        assert refused(data).status == 3


def test_the_end_of_a_secret() -> None:
    """As asked, else the certificate's own; what ends first is said."""
    later = END + dt.timedelta(days=9)
    found = read(PEM, expires=Expires(later))
    assert found.secret.expiration == later
    assert "ends before the secret" in found.warnings[0]
    assert read(PEM, expires=Expires(NOW), form="thumbprint").secret.expiration == NOW
    assert read(PEM, expires=Expires(None), form="thumbprint").secret.expiration is None
    early = issue(start=NOW + dt.timedelta(days=1)).public_bytes(Encoding.PEM)
    assert "not valid before" in read(early).warnings[0]


def test_an_end_that_has_passed_is_written_down_only_where_policy_wants_one() -> None:
    """Servers that look at no dates would begin to refuse what they accept."""
    old = issue(end=NOW - dt.timedelta(days=1)).public_bytes(Encoding.PEM)
    assert read(old, form="thumbprint").secret.expiration is None
    assert read(old, form="thumbprint", policy=Policy(require_expiration=True)).secret.expiration == NOW - dt.timedelta(
        days=1
    )


def test_policy() -> None:
    """Types, required ends and longest lifetimes; a certificate's own end is an end."""
    policy = Policy(
        require_expiration=True, max_lifetime=parse_duration("365d"), allowed_types=("JWK", "X509CertificateBase64")
    )
    assert read(PEM, policy=policy).secret.expiration is None
    with pytest.raises(RefusedError) as caught:
        read(PEM, policy=policy, form="thumbprint")
    assert caught.value.code == "type_not_allowed"
    with pytest.raises(RefusedError) as caught:
        read(json.dumps(PUBLIC_JWK), policy=policy)
    assert caught.value.code == "expiration_required"
    endless = issue(end=dt.datetime(9999, 12, 31, tzinfo=dt.UTC)).public_bytes(Encoding.PEM)
    with pytest.raises(RefusedError) as caught:
        read(endless, policy=policy)
    assert caught.value.code == "lifetime_too_long"
    default = Policy(default_lifetime=parse_duration("90d"))
    assert read(json.dumps(PUBLIC_JWK), policy=default).secret.expiration == NOW + dt.timedelta(days=90)


def registry(tmp_path: Path, profile: str = "rfc") -> Any:
    """A store with the client ``web``."""
    path = tmp_path / "secretctl.toml"
    path.write_text(f'schema = 1\n[validation]\nprofile = "{profile}"\n[clients.web]\n', encoding="utf-8")
    return open_store(str(path))


def test_it_is_stored(tmp_path: Path) -> None:
    """At the end of the list, with an id; nothing is replaced."""
    store = registry(tmp_path)
    first = import_secret(store, "client/web", PEM, ImportWish(description="2026"), now=NOW)
    second = import_secret(store, "web", PEM, ImportWish(), now=NOW)
    assert str(first.target) == "client/web"
    assert first.secret.id
    assert first.secret.id != second.secret.id
    assert f"has this very secret already, as {first.secret.id}: `secretctl secret remove" in second.warnings[-1]
    found = registry_secrets(tmp_path)
    assert [secret.value for secret in found] == [BASE64, BASE64]
    assert found[0].description == "2026"


def test_what_has_ended_may_come_again(tmp_path: Path) -> None:
    """A thumbprint that comes again after its expiration is a renewal, and no warning."""
    store = registry(tmp_path)
    soon, later = (Expires(NOW + dt.timedelta(days=days)) for days in (1, 90))
    import_secret(store, "web", PEM, ImportWish(form="thumbprint", expires=soon), now=NOW)
    again = ImportWish(form="thumbprint", expires=later)
    assert not import_secret(store, "web", PEM, again, now=NOW + dt.timedelta(days=2)).warnings


def registry_secrets(tmp_path: Path) -> Any:
    """What the file holds now."""
    principal = open_store(str(tmp_path / "secretctl.toml")).find("client", "web")
    assert principal is not None
    return principal.secrets


def test_what_the_server_would_never_accept_is_imported_with_a_warning(tmp_path: Path) -> None:
    """A JWK or a name under identityserver3, a SHA-256 thumbprint under duende."""
    store = registry(tmp_path, "identityserver3")
    for data, wish in ((json.dumps(PUBLIC_JWK).encode(), ImportWish()), (PEM, ImportWish(form="name"))):
        assert "never be accepted" in import_secret(store, "web", data, wish, now=NOW).warnings[-1]


def test_a_refusal_writes_nothing(tmp_path: Path) -> None:
    """Not a byte."""
    store = registry(tmp_path)
    before = (tmp_path / "secretctl.toml").read_bytes()
    with pytest.raises(RefusedError):
        import_secret(store, "web", json.dumps(PRIVATE_JWK).encode(), ImportWish(), now=NOW)
    with pytest.raises(SecretctlError):
        import_secret(store, "nobody", PEM, ImportWish(), now=NOW)
    assert (tmp_path / "secretctl.toml").read_bytes() == before
