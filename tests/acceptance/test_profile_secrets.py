"""The profile table, rows about stored secrets and TLS certificates."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.x509.oid import NameOID

from tests.acceptance.kit import (
    LATER,
    OTHER,
    PROFILES,
    SECRET,
    SERVERS,
    TOKEN_ENDPOINT,
    accepted,
    after,
    assertion_form,
    authority,
    basic,
    certificate,
    claims,
    http,
    jwk,
    name,
    refused,
    rsa_key,
    sha256,
    sha512,
    shared,
    stored,
    token,
)

if TYPE_CHECKING:
    from tests.acceptance.kit import Judge

PAST = "2026-05-01T00:00:00Z"
PLAIN = "plaintext-where-a-hash-belongs"


def _unpadded(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def argon2id(secret: str) -> str:
    """A PHC string made without secretctl."""
    salt = b"0123456789abcdef"
    return Argon2id(salt=salt, length=32, iterations=2, lanes=1, memory_cost=8192).derive_phc_encoded(secret.encode())


def scrypt(secret: str) -> str:
    """The same for scrypt."""
    salt = b"0123456789abcdef"
    key = Scrypt(salt=salt, length=32, n=2**10, r=8, p=1).derive(secret.encode())
    return f"$scrypt$ln=10,r=8,p=1${_unpadded(salt)}${_unpadded(key)}"


# --- several secrets, expiry ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
def test_any_current_secret_will_do(judge: Judge, profile: str) -> None:
    """A list of secrets is how rotation works (IdentityServer's own test: multiple_secrets_hashed)."""
    judge.one(
        shared("secret-number-1", "s1"),
        stored("SharedSecret", sha512("secret-number-2"), "s2"),
        shared("secret-number-3", "s3", expiration="2026-12-31T00:00:00Z"),
        shared("secret-number-4", "s4", expiration=PAST),
    )
    for number in "123":
        verdict = judge.target("client/web", f"secret-number-{number}", profile=profile)
        accepted(verdict, "client_secret_basic", f"s{number}")
    refused(judge.target("client/web", "secret-number-4", profile=profile), "expired", "mismatch")
    refused(judge.target("client/web", "secret-number-5", profile=profile), "mismatch")


@pytest.mark.parametrize("profile", PROFILES)
def test_all_secrets_expired(judge: Judge, profile: str) -> None:
    """The right secret, too late."""
    judge.one(shared(SECRET, expiration=PAST))
    refused(judge.target("client/web", SECRET, profile=profile), "expired")


@pytest.mark.parametrize(
    ("at", "valid"), [("2026-05-31T23:59:59Z", True), ("2026-06-01T00:00:00Z", True), ("2026-06-01T00:00:01Z", False)]
)
@pytest.mark.parametrize("profile", PROFILES)
def test_valid_up_to_and_including_the_instant(judge: Judge, profile: str, at: str, *, valid: bool) -> None:
    """IdentityServer's rule: expired is what lies before now."""
    judge.one(shared(SECRET, expiration="2026-06-01T00:00:00Z"))
    verdict = judge.target("client/web", SECRET, profile=profile, at=at)
    accepted(verdict) if valid else refused(verdict, "expired")


@pytest.mark.parametrize("profile", PROFILES)
def test_no_secrets_at_all(judge: Judge, profile: str) -> None:
    """IdentityServer's own test: no_secret_client."""
    judge.one()
    refused(judge.target("client/web", SECRET, profile=profile), "no_matching_secret_type")


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    "type", ["X509Thumbprint", "X509Name", "X509CertificateBase64", "JWK", "sharedsecret", "Shared"]
)
def test_a_secret_of_another_type(judge: Judge, profile: str, type: str) -> None:
    """Types are compared as IdentityServer spells them."""
    judge.one(stored(type, sha256(SECRET)))
    refused(judge.target("client/web", SECRET, profile=profile), "no_matching_secret_type")


# --- stored values that are not valid ------------------------------------------------------------------------------

INVALID = {
    "plaintext": PLAIN,
    "hex": "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
    "short": "AAAA",
    "empty": "",
    "sha1": "5en6G6MezRroT3XKqkdPOmY/BfQ=",
    "base64url": sha256("x").replace("+", "-").replace("/", "_").rstrip("="),
}


@pytest.mark.parametrize("value", INVALID.values(), ids=INVALID)
@pytest.mark.parametrize("profile", PROFILES)
def test_an_invalid_value_before_the_right_one(judge: Judge, profile: str, value: str) -> None:
    """IdentityServer returns at the first value that it cannot read; rfc goes on, and says so."""
    judge.one(stored("SharedSecret", value, "bad"), shared(SECRET, "good"))
    verdict = judge.target("client/web", SECRET, profile=profile)
    if profile == "rfc":
        accepted(verdict, "client_secret_basic", "good")
        assert any("bad" in warning for warning in verdict["warnings"])
    else:
        refused(verdict, "invalid_stored_value")
    assert value not in str(verdict) or not value


@pytest.mark.parametrize("profile", PROFILES)
def test_an_invalid_value_after_the_right_one(judge: Judge, profile: str) -> None:
    """What comes before it is still tried."""
    judge.one(shared(SECRET, "good"), stored("SharedSecret", PLAIN, "bad"), shared(OTHER, "after"))
    accepted(judge.target("client/web", SECRET, profile=profile), "client_secret_basic", "good")
    verdict = judge.target("client/web", OTHER, profile=profile)
    accepted(verdict, secret="after") if profile == "rfc" else refused(verdict, "invalid_stored_value")


@pytest.mark.parametrize("profile", PROFILES)
def test_an_expired_invalid_value_harms_nobody(judge: Judge, profile: str) -> None:
    """Expired secrets are dropped before anything else is looked at."""
    judge.one(stored("SharedSecret", PLAIN, "bad", expiration=PAST), shared(SECRET, "good"))
    accepted(judge.target("client/web", SECRET, profile=profile), secret="good")


@pytest.mark.parametrize("profile", PROFILES)
def test_an_invalid_shared_secret_leaves_other_types_alone(judge: Judge, profile: str) -> None:
    """Only shared secrets after it fail."""
    judge.one(stored("SharedSecret", PLAIN, "bad"), stored("X509Thumbprint", certificate().sha1, "t"))
    accepted(judge.tls(certificate(), profile=profile), "self_signed_tls_client_auth", "t")


@pytest.mark.parametrize("profile", SERVERS)
@pytest.mark.parametrize("value", [sha256(OTHER)[:10] + " " + sha256(OTHER)[10:], sha256(OTHER) + "\n"])
def test_white_space_in_a_value_stops_nobody(judge: Judge, profile: str, value: str) -> None:
    """Convert.FromBase64String reads it, so the rest is tried; it never equals what is compared."""
    judge.one(stored("SharedSecret", value, "blank"), shared(SECRET, "good"))
    accepted(judge.target("client/web", SECRET, profile=profile), secret="good")
    assert not judge.target("client/web", OTHER, profile=profile)["accepted"]


@pytest.mark.parametrize("make", [argon2id, scrypt])
@pytest.mark.parametrize("profile", PROFILES)
def test_phc_hashes(judge: Judge, profile: str, make: Any) -> None:
    """They match under rfc; elsewhere they never do, and stop what comes after."""
    judge.one(stored("SharedSecret", make(SECRET), "phc"), shared(OTHER, "after"))
    verdicts = judge.target("client/web", SECRET, profile=profile), judge.target("client/web", OTHER, profile=profile)
    if profile == "rfc":
        accepted(verdicts[0], "client_secret_basic", "phc")
        accepted(verdicts[1], "client_secret_basic", "after")
        refused(judge.target("client/web", "neither-of-the-two"), "mismatch")
    else:
        for verdict in verdicts:
            refused(verdict, "invalid_stored_value")


@pytest.mark.parametrize("profile", PROFILES)
def test_an_expired_phc_hash(judge: Judge, profile: str) -> None:
    """It was right once under rfc alone: no other server would take it with a later end, either."""
    judge.one(stored("SharedSecret", argon2id(SECRET), "phc", expiration=PAST), shared(OTHER, "current"))
    refused(judge.target("client/web", SECRET, profile=profile), "expired" if profile == "rfc" else "mismatch")


@pytest.mark.parametrize(
    "value",
    [
        "$argon2id$v=19$m=8192,t=2,p=1$",
        "$2b$12$" + "a" * 53,
        "$argon2i$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
    ],
)
def test_rfc_skips_a_phc_string_that_it_cannot_read(judge: Judge, value: str) -> None:
    """A broken or unknown PHC string is an invalid value like any other."""
    judge.one(stored("SharedSecret", value, "bad"), shared(SECRET, "good"))
    verdict = judge.target("client/web", SECRET)
    accepted(verdict, secret="good")
    assert verdict["warnings"]


# --- keys that do not parse ----------------------------------------------------------------------------------------

BROKEN = {
    "jwk": ("JWK", "{'kty': 'RSA'}"),
    "jwk-text": ("JWK", "not json"),
    "certificate": ("X509CertificateBase64", "bm8gY2VydGlmaWNhdGU="),
    "certificate-pem": ("X509CertificateBase64", "-----BEGIN CERTIFICATE-----"),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("first", [True, False])
def test_a_key_that_does_not_parse(judge: Judge, profile: str, broken: tuple[str, str], *, first: bool) -> None:
    """Skipped, or the end of all assertions of that principal, wherever it stands in the list."""
    good = stored("X509CertificateBase64", certificate().base64, "good")
    bad = stored(*broken, "bad")
    judge.one(*((bad, good) if first else (good, bad)))
    jwt = token(claims(aud="https://id.example.com" if profile == "rfc" else TOKEN_ENDPOINT))
    verdict = judge.assertion(jwt, profile=profile)
    if profile in LATER:
        refused(verdict, "invalid_stored_value")
    else:
        accepted(verdict, "private_key_jwt", "good")
    if profile == "rfc":
        assert any("bad" in warning for warning in verdict["warnings"])


@pytest.mark.parametrize("profile", LATER)
def test_an_expired_key_that_does_not_parse_harms_nobody(judge: Judge, profile: str) -> None:
    """Expired secrets are dropped first."""
    judge.one(stored("JWK", "{", "bad", expiration=PAST), stored("JWK", jwk(rsa_key()), "good"))
    accepted(judge.assertion(token(claims(aud=TOKEN_ENDPOINT)), profile=profile), secret="good")


@pytest.mark.parametrize("profile", PROFILES)
def test_jwk_secrets(judge: Judge, profile: str) -> None:
    """IdentityServer3 has none."""
    judge.one(stored("JWK", jwk(rsa_key())))
    verdict = judge.assertion(
        token(claims(aud="https://id.example.com" if profile == "rfc" else TOKEN_ENDPOINT)), profile=profile
    )
    if profile == "identityserver3":
        refused(verdict, "no_matching_secret_type")
    else:
        accepted(verdict, "private_key_jwt", "s1")


@pytest.mark.parametrize("profile", PROFILES)
def test_a_jwks_where_a_jwk_belongs(judge: Judge, profile: str) -> None:
    """Servers read it as a key without kty; nothing verifies with it, and it disables no other."""
    jwks = json.dumps({"keys": [json.loads(jwk(rsa_key()))]})
    judge.one(stored("JWK", jwks, "set"))
    jwt = token(claims(aud="https://id.example.com" if profile == "rfc" else TOKEN_ENDPOINT))
    refused(judge.assertion(jwt, profile=profile), "invalid_stored_value", "no_matching_secret_type")
    judge.one(stored("JWK", jwks, "set"), stored("X509CertificateBase64", certificate().base64, "good"))
    accepted(judge.assertion(jwt, profile=profile), secret="good")
    assert "jwk-invalid" in judge.cli("lint").out


@pytest.mark.parametrize("profile", PROFILES)
def test_a_weak_key_never_verifies(judge: Judge, profile: str) -> None:
    """In any profile, whatever the signature says."""
    judge.one(stored("JWK", jwk(rsa_key(0, 1024)), "weak"), stored("JWK", jwk(rsa_key()), "good"))
    jwt = token(claims(aud="https://id.example.com" if profile == "rfc" else TOKEN_ENDPOINT), rsa_key(0, 1024))
    assert not judge.assertion(jwt, profile=profile)["accepted"]


# --- TLS certificates ----------------------------------------------------------------------------------------------

SELF = "self_signed_tls_client_auth"


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("spelling", [str.upper, str.lower, str.swapcase])
def test_sha1_thumbprints(judge: Judge, profile: str, spelling: Any) -> None:
    """40 hexadecimal digits in any case."""
    judge.one(stored("X509Thumbprint", spelling(certificate().sha1)))
    verdict = judge.tls(certificate(), profile=profile)
    accepted(verdict, SELF, "s1")
    assert verdict["confirmation"] == {"x5t#S256": certificate().x5t_s256}
    refused(judge.tls(certificate("another", key=1), profile=profile), "mismatch")


@pytest.mark.parametrize("profile", PROFILES)
def test_sha256_thumbprints(judge: Judge, profile: str) -> None:
    """Only rfc knows them."""
    judge.one(stored("X509Thumbprint", certificate().sha256))
    verdict = judge.tls(certificate(), profile=profile)
    if profile == "rfc":
        accepted(verdict, SELF)
    else:
        assert not verdict["accepted"]


@pytest.mark.parametrize("profile", SERVERS)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda digits: "\u200e" + digits,
        lambda digits: " " + digits,
        lambda digits: digits + " ",
        lambda digits: ":".join(digits[i : i + 2] for i in range(0, 40, 2)),
    ],
)
def test_a_thumbprint_as_people_paste_it(judge: Judge, profile: str, spoil: Any) -> None:
    """Hidden characters and separators never match on the servers."""
    judge.one(stored("X509Thumbprint", spoil(certificate().sha1)))
    assert not judge.tls(certificate(), profile=profile)["accepted"]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_registered_certificate(judge: Judge, profile: str) -> None:
    """The same DER authenticates over TLS under rfc; the servers use it for assertions only."""
    judge.one(stored("X509CertificateBase64", certificate().base64))
    verdict = judge.tls(certificate(), profile=profile)
    if profile == "rfc":
        accepted(verdict, SELF, "s1")
        refused(judge.tls(certificate("other")), "mismatch")
    else:
        assert not verdict["accepted"]


def test_rfc_compares_the_whole_certificate(judge: Judge) -> None:
    """Another certificate of the same key and subject is another."""
    judge.one(stored("X509CertificateBase64", certificate(begins="2026-02-01").base64))
    refused(judge.tls(certificate()), "mismatch")


DATES = {
    "ended": (certificate, {"begins": "2025-01-01", "ends": "2026-01-01"}, "certificate_expired"),
    "to come": (certificate, {"begins": "2026-07-01", "ends": "2027-01-01"}, "certificate_not_yet_valid"),
}


@pytest.mark.parametrize("case", DATES.values(), ids=DATES)
@pytest.mark.parametrize("profile", PROFILES)
def test_certificate_dates(judge: Judge, profile: str, case: Any) -> None:
    """Enforced under rfc, ignored by the servers, which compare thumbprints alone."""
    make, dates, reason = case
    judge.one(stored("X509Thumbprint", make(**dates).sha1))
    verdict = judge.tls(make(**dates), profile=profile)
    if profile == "rfc":
        refused(verdict, reason)
        assert verdict["target"] == "client/web"
    else:
        accepted(verdict, SELF)


# --- X509Name ------------------------------------------------------------------------------------------------------

DOTNET = 'CN=web, O="Acme, Inc.", C=DE'
RFC4514 = "CN=web,O=Acme\\, Inc.,C=DE"


@pytest.fixture
def leaf(judge: Judge) -> Any:
    """A certificate issued by an authority, whose bundle lies beside the registry as ca.pem."""
    made = certificate(issued_by="acceptance root")
    (judge.cli.path / "ca.pem").write_bytes(authority("acceptance root").pem)
    return made


def _named(judge: Judge, value: str, **validation: str) -> None:
    judge.registry({"web": {"secrets": [stored("X509Name", value)]}}, validation=validation)


@pytest.mark.parametrize(("profile", "value"), [("rfc", RFC4514), *((p, DOTNET) for p in LATER)])
def test_subject_names(judge: Judge, leaf: Any, profile: str, value: str) -> None:
    """RFC 4514 with a chain, or .NET's text without."""
    _named(judge, value, trust="ca.pem")
    verdict = judge.tls(leaf, profile=profile)
    accepted(verdict, "tls_client_auth", "s1")
    assert verdict["confirmation"] == {"x5t#S256": leaf.x5t_s256}


@pytest.mark.parametrize("value", [RFC4514, DOTNET])
def test_identityserver3_knows_no_subject_names(judge: Judge, leaf: Any, value: str) -> None:
    """It never matches."""
    _named(judge, value, trust="ca.pem")
    refused(judge.tls(leaf, profile="identityserver3"), "no_matching_secret_type", "mismatch")


@pytest.mark.parametrize(
    "value", [RFC4514, DOTNET.lower(), DOTNET.replace(", ", ","), 'C=DE, O="Acme, Inc.", CN=web', DOTNET + " "]
)
@pytest.mark.parametrize("profile", LATER)
def test_the_servers_compare_the_text(judge: Judge, leaf: Any, profile: str, value: str) -> None:
    """Ordinal, so another spelling of the same name is another name."""
    _named(judge, value)
    refused(judge.tls(leaf, profile=profile), "mismatch")


@pytest.mark.parametrize(
    "value",
    [
        'CN=web, O="Acme, Inc.", C=DE',
        "cn=web,o=Acme\\, Inc.,c=DE",
        "CN=WEB,O=ACME\\, INC.,C=de",
        "CN=  web  ,O=Acme\\,   Inc.,C=DE",
        "2.5.4.3=web,O=Acme\\2c Inc.,C=DE",
    ],
)
def test_rfc_compares_names(judge: Judge, leaf: Any, value: str) -> None:
    """Case and repeated blanks of printable values do not matter, nor which spelling of an escape is used."""
    _named(judge, value, trust="ca.pem")
    accepted(judge.tls(leaf), "tls_client_auth")


@pytest.mark.parametrize(
    "value",
    [
        "CN=web",
        "C=DE,O=Acme\\, Inc.,CN=web",
        "CN=web,O=Acme,C=DE",
        "CN=web,O=Acme\\, Inc.,C=DE,C=DE",
        "CN=*,O=Acme\\, Inc.,C=DE",
    ],
)
def test_rfc_compares_whole_names(judge: Judge, leaf: Any, value: str) -> None:
    """All parts, in their order."""
    _named(judge, value, trust="ca.pem")
    refused(judge.tls(leaf), "mismatch")


def test_rfc_needs_a_chain(judge: Judge, leaf: Any) -> None:
    """Without trust, or by another authority: untrusted."""
    _named(judge, RFC4514)
    refused(judge.tls(leaf), "certificate_untrusted")
    (judge.cli.path / "other.pem").write_bytes(authority("another root").pem)
    refused(judge.tls(leaf, "web", "--trust", judge.cli.path / "other.pem"), "certificate_untrusted")
    accepted(judge.tls(leaf, "web", "--trust", judge.cli.path / "ca.pem"), "tls_client_auth")


def test_the_refusal_that_says_most(judge: Judge, leaf: Any) -> None:
    """The name is right: that the certificate is no registered one beside it, too, is of no use to anybody."""
    (judge.cli.path / "ca.pem").write_bytes(authority("acceptance root").pem)
    judge.one(stored("X509Thumbprint", "0" * 40, "t"), stored("X509Name", RFC4514, "n"))
    refused(judge.tls(leaf), "certificate_untrusted")
    old = certificate(issued_by="acceptance root", begins="2025-01-01", ends="2026-01-01")
    refused(judge.tls(old, "web", "--trust", judge.cli.path / "ca.pem"), "certificate_expired")
    judge.one(stored("X509Thumbprint", leaf.sha1, "t", expiration=after(-1)), stored("X509Name", RFC4514, "n"))
    verdict = judge.tls(leaf)
    refused(verdict, "expired")
    assert verdict["method"] == SELF


def test_rfc_refuses_a_self_signed_namesake(judge: Judge, leaf: Any) -> None:
    """Anybody can write a name into a certificate."""
    del leaf
    _named(judge, RFC4514, trust="ca.pem")
    refused(judge.tls(certificate()), "certificate_untrusted")


def test_rfc_refuses_an_expired_certificate_of_a_trusted_authority(judge: Judge) -> None:
    """The dates count whichever secret it would match."""
    (judge.cli.path / "ca.pem").write_bytes(authority("acceptance root").pem)
    old = certificate(issued_by="acceptance root", begins="2025-01-01", ends="2026-01-01")
    _named(judge, RFC4514, trust="ca.pem")
    refused(judge.tls(old), "certificate_expired")


@pytest.mark.parametrize("profile", LATER)
def test_the_servers_ask_for_no_chain(judge: Judge, profile: str) -> None:
    """A self-signed, expired namesake passes there."""
    _named(judge, DOTNET)
    accepted(judge.tls(certificate(begins="2025-01-01", ends="2026-01-01"), profile=profile), "tls_client_auth")


@pytest.mark.parametrize(
    ("parts", "dotnet", "rfc4514"),
    [
        (((NameOID.STATE_OR_PROVINCE_NAME, "Bayern"),), "S=Bayern", "ST=Bayern"),
        (((NameOID.EMAIL_ADDRESS, "a@example.com"),), "E=a@example.com", "1.2.840.113549.1.9.1=a@example.com"),
        (((NameOID.DOMAIN_COMPONENT, "com"), (NameOID.DOMAIN_COMPONENT, "acme")), "DC=acme, DC=com", "DC=acme,DC=com"),
        (((NameOID.COMMON_NAME, 'say "hi"'),), 'CN="say ""hi"""', 'CN=say \\"hi\\"'),
        (((NameOID.COMMON_NAME, "a+b"),), 'CN="a+b"', "CN=a\\+b"),
        (((NameOID.COMMON_NAME, "#1"),), 'CN="#1"', "CN=\\#1"),
        (((NameOID.COMMON_NAME, " x"),), 'CN=" x"', "CN=\\ x"),
        (((NameOID.COMMON_NAME, "müller"),), "CN=müller", "CN=m\\C3\\BCller"),
        (((NameOID.SERIAL_NUMBER, "42"),), "SERIALNUMBER=42", "2.5.4.5=42"),
    ],
)
def test_spellings_of_subjects(judge: Judge, parts: Any, dotnet: str, rfc4514: str) -> None:
    """.NET's X500DistinguishedName text, and RFC 4514's."""
    made = certificate(subject=name(*parts), issued_by="acceptance root")
    (judge.cli.path / "ca.pem").write_bytes(authority("acceptance root").pem)
    _named(judge, dotnet)
    accepted(judge.tls(made, profile="duende"), "tls_client_auth")
    _named(judge, rfc4514, trust="ca.pem")
    accepted(judge.tls(made), "tls_client_auth")


# --- certificates and their requests -------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
def test_a_certificate_needs_a_client_id(judge: Judge, profile: str) -> None:
    """RFC 8705 §2: the client sends its client_id in the body."""
    judge.one(stored("X509Thumbprint", certificate().sha1))
    verdict = judge.request(
        http("grant_type=client_credentials", [("Client-Cert", certificate().client_cert)]), profile=profile
    )
    refused(verdict, "no_credential")
    assert verdict["target"] is None


@pytest.mark.parametrize("profile", PROFILES)
def test_no_certificate_was_presented(judge: Judge, profile: str) -> None:
    """A client of certificates that comes without one."""
    judge.one(stored("X509Thumbprint", certificate().sha1))
    assert not judge.form("client_id=web", profile=profile)["accepted"]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_secret_where_only_certificates_are_registered(judge: Judge, profile: str) -> None:
    """IdentityServer's own test: Thumbprint_invalid_secret_type_should_not_match."""
    judge.one(stored("X509Thumbprint", certificate().sha1), stored("X509Name", DOTNET, "n"))
    refused(judge.basic(basic("web", SECRET), profile=profile), "no_matching_secret_type")


@pytest.mark.parametrize("profile", PROFILES)
def test_a_certificate_where_only_a_secret_is_registered(judge: Judge, profile: str) -> None:
    """The other way round."""
    judge.one(shared(SECRET))
    refused(judge.tls(certificate(), profile=profile), "no_matching_secret_type")


@pytest.mark.parametrize("profile", PROFILES)
def test_an_assertion_is_no_certificate(judge: Judge, profile: str) -> None:
    """A thumbprint alone does not verify an assertion (IdentityServer4's Invalid_Certificate_X5t_Only_…)."""
    judge.one(stored("X509Thumbprint", certificate().sha1))
    verdict = judge.form(assertion_form(token(claims(aud=TOKEN_ENDPOINT))), profile=profile)
    refused(verdict, "no_matching_secret_type", "assertion_signature")


@pytest.mark.parametrize("encoding", ["pem", "der", "base64"])
def test_the_presented_certificate_may_be_pem_der_or_base64(judge: Judge, encoding: str) -> None:
    """Whatever a proxy logs."""
    made = certificate()
    data = {"pem": made.pem, "der": made.der, "base64": made.base64.encode() + b"\n"}[encoding]
    judge.one(stored("X509Thumbprint", made.sha1))
    accepted(judge.tls(data), SELF)
    path = judge.cli.path / "presented.pem"
    accepted(judge.ask("client/web", "--client-cert", path), SELF)


def test_a_certificate_with_every_source_that_takes_one(judge: Judge) -> None:
    """It goes with a TARGET, --request and --form; beside Basic it only binds the token."""
    made = certificate()
    judge.one(stored("X509Thumbprint", made.sha1), shared(SECRET, "s2"))
    path = judge.cli.path / "c.pem"
    path.write_bytes(made.pem)
    accepted(judge.ask("client/web", "--client-cert", path), SELF, "s1")
    accepted(judge.request(http("client_id=web"), "--client-cert", path), SELF, "s1")
    accepted(judge.form("client_id=web", "--client-cert", path), SELF, "s1")
    accepted(judge.basic(basic("web", SECRET)), "client_secret_basic", "s2")
    accepted(judge.ask("--basic", "-", "--client-cert", path, stdin=basic("web", SECRET)), "client_secret_basic", "s2")


def test_a_file_that_is_no_certificate(judge: Judge) -> None:
    """A certificate that nobody can read is a malformed credential; a file that cannot be read is status 3."""
    judge.one(stored("X509Thumbprint", certificate().sha1))
    path = judge.cli.write("no certificate", "c.pem")
    verdict = judge.ask("client/web", "--client-cert", path)
    refused(verdict, "malformed_credential")
    assert verdict["target"] == "client/web"
    ran = judge.cli("verify", "client/web", "--client-cert", "missing.pem", "--json")
    assert (ran.status, ran.out) == (3, "")
    assert list(ran.error) == ["code", "message", "hint"]
