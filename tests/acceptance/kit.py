"""What an outside tester brings along: secrets, keys, certificates, tokens and requests made without secretctl."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlencode

import tomli_w
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.cli.conftest import Cli, Ran

NOW = "2026-06-01T00:00:00Z"
T = 1_780_272_000  # the same instant, in the seconds of a JWT
ISSUER = "https://id.example.com"
TOKEN_ENDPOINT = f"{ISSUER}/connect/token"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FORM = "application/x-www-form-urlencoded"
PROFILES = ("rfc", "identityserver3", "identityserver4", "duende")
LATER = ("identityserver4", "duende")
SERVERS = ("identityserver3", "identityserver4", "duende")
SECRET = "s3cr3t-of-the-web-shop"
OTHER = "another-secret-of-somebody"


# --- stored values -------------------------------------------------------------------------------------------------


def sha256(text: str) -> str:
    """What IdentityServer stores for a secret: base64 of SHA-256 of its UTF-8."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def sha512(text: str) -> str:
    """The other digest that IdentityServer knows."""
    return base64.b64encode(hashlib.sha512(text.encode()).digest()).decode()


def shared(text: str, id: str = "s1", **fields: Any) -> dict[str, Any]:
    """A shared secret as the registry file has it."""
    return {"id": id, "type": "SharedSecret", "value": sha256(text), **fields}


def stored(type: str, value: str, id: str = "s1", **fields: Any) -> dict[str, Any]:
    """Any secret as the registry file has it."""
    return {"id": id, "type": type, "value": value, **fields}


def registry_text(
    clients: Mapping[str, Any] | None = None,
    resources: Mapping[str, Any] | None = None,
    *,
    issuer: Mapping[str, str] | None = None,
    validation: Mapping[str, Any] | None = None,
) -> str:
    """A registry file. ``issuer={}`` leaves the issuer out."""
    issuer = {"url": ISSUER, "token_endpoint": TOKEN_ENDPOINT} if issuer is None else issuer
    document: dict[str, Any] = {"schema": 1, "name": "acceptance"}
    for name, table in (("issuer", issuer), ("validation", validation), ("clients", clients), ("resources", resources)):
        if table:
            document[name] = dict(table)
    return tomli_w.dumps(document)


# --- what callers present ------------------------------------------------------------------------------------------


def b64(data: str | bytes) -> str:
    """Standard base64."""
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def b64url(data: str | bytes) -> str:
    """Base64url without padding, as in a JWT."""
    return base64.urlsafe_b64encode(data.encode() if isinstance(data, str) else data).rstrip(b"=").decode()


def basic_raw(id: str, secret: str) -> str:
    """Basic as RFC 7617 joins it."""
    return "Basic " + b64(f"{id}:{secret}")


def basic(id: str, secret: str) -> str:
    """Basic as RFC 6749 §2.3.1 joins it."""
    return basic_raw(quote_plus(id), quote_plus(secret))


def http(
    body: str | bytes = b"",
    headers: Iterable[tuple[str, str]] = (),
    *,
    content_type: str | None = FORM,
    eol: str = "\r\n",
    line: str = "POST /connect/token HTTP/1.1",
) -> bytes:
    """A request as a proxy logs it."""
    data = body.encode() if isinstance(body, str) else body
    lines = [line, "Host: id.example.com", *(f"{name}: {value}" for name, value in headers)]
    if content_type is not None and data:
        lines.append(f"Content-Type: {content_type}")
    lines += [f"Content-Length: {len(data)}", "", ""]
    return eol.join(lines).encode() + data


# --- keys and certificates -----------------------------------------------------------------------------------------

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@cache
def _rsa_key(number: int, bits: int) -> rsa.RSAPrivateKey:
    del number
    return rsa.generate_private_key(65537, bits)


def rsa_key(number: int = 0, bits: int = 2048) -> rsa.RSAPrivateKey:
    """The same RSA key for every test that asks for that number."""
    return _rsa_key(number, bits)


@cache
def ec_key(curve: str = "P-256") -> ec.EllipticCurvePrivateKey:
    """The key of a curve."""
    return ec.generate_private_key({"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}[curve])


@cache
def ed_key() -> ed25519.Ed25519PrivateKey:
    """An Ed25519 key."""
    return ed25519.Ed25519PrivateKey.generate()


def _uint(number: int, size: int | None = None) -> str:
    return b64url(number.to_bytes(size or (number.bit_length() + 7) // 8, "big"))


def jwk(key: PrivateKey, **members: Any) -> str:
    """The public JWK of a key, as the registry stores it."""
    if isinstance(key, rsa.RSAPrivateKey):
        public = key.public_key().public_numbers()
        return json.dumps({"kty": "RSA", "n": _uint(public.n), "e": _uint(public.e), **members})
    if isinstance(key, ec.EllipticCurvePrivateKey):
        point = key.public_key().public_numbers()
        size = (key.curve.key_size + 7) // 8
        name = {256: "P-256", 384: "P-384", 521: "P-521"}[key.curve.key_size]
        return json.dumps({"kty": "EC", "crv": name, "x": _uint(point.x, size), "y": _uint(point.y, size), **members})
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return json.dumps({"kty": "OKP", "crv": "Ed25519", "x": b64url(raw), **members})


def pem_key(key: PrivateKey, password: bytes | None = None, *, traditional: bool = False) -> bytes:
    """A private key as PEM: PKCS#8, or PKCS#1 and SEC1."""
    form = serialization.PrivateFormat.TraditionalOpenSSL if traditional else serialization.PrivateFormat.PKCS8
    how = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, how)


def moment(text: str) -> datetime:
    """A date as an aware datetime."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass(frozen=True)
class Made:
    """A certificate made for a test, with its key."""

    certificate: x509.Certificate
    key: PrivateKey

    @property
    def der(self) -> bytes:
        """DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        """PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def base64(self) -> str:
        """Base64 DER on one line, as a secret of type X509CertificateBase64."""
        return b64(self.der)

    @property
    def sha1(self) -> str:
        """The thumbprint that IdentityServer compares."""
        return hashlib.sha1(self.der).hexdigest().upper()

    @property
    def sha256(self) -> str:
        """The SHA-256 thumbprint."""
        return hashlib.sha256(self.der).hexdigest().upper()

    @property
    def x5t_s256(self) -> str:
        """``x5t#S256`` of RFC 8705."""
        return b64url(hashlib.sha256(self.der).digest())

    @property
    def client_cert(self) -> str:
        """The value of a Client-Cert header (RFC 9440: a byte sequence of RFC 8941)."""
        return f":{self.base64}:"


def name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    """A subject, its relative names in the order of the certificate."""
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


@cache
def certificate(
    common_name: str = "web",
    *,
    key: int = 0,
    begins: str = "2026-01-01",
    ends: str = "2027-01-01",
    issued_by: str | None = None,
    subject: x509.Name | None = None,
    is_ca: bool = False,
) -> Made:
    """A certificate: self-signed, or issued by the CA of the given name."""
    owner = rsa_key(key)
    own = subject or name(
        (NameOID.COUNTRY_NAME, "DE"), (NameOID.ORGANIZATION_NAME, "Acme, Inc."), (NameOID.COMMON_NAME, common_name)
    )
    issuer = authority(issued_by) if issued_by else None
    built = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(issuer.certificate.subject if issuer else own)
        .public_key(owner.public_key())
        .serial_number(int.from_bytes(hashlib.sha256(f"{common_name}{begins}{issued_by}".encode()).digest()[:8]) | 1)
        .not_valid_before(moment(begins))
        .not_valid_after(moment(ends))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    )
    if is_ca:
        built = built.add_extension(
            x509.KeyUsage(False, False, False, False, False, True, True, False, False),  # noqa: FBT003 - its signature
            critical=True,
        ).add_extension(x509.SubjectKeyIdentifier.from_public_key(owner.public_key()), critical=False)
    elif issuer:
        built = (
            built.add_extension(x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("web.example.com")]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
        )
    signer = issuer.key if issuer else owner
    assert isinstance(signer, rsa.RSAPrivateKey)
    return Made(built.sign(signer, hashes.SHA256()), owner)


@cache
def authority(common_name: str) -> Made:
    """A certification authority."""
    number = 100 + sum(common_name.encode())
    return certificate(common_name, key=number, begins="2020-01-01", ends="2040-01-01", is_ca=True)


# --- client assertions ---------------------------------------------------------------------------------------------


def claims(client: str = "web", /, **changed: Any) -> dict[str, Any]:
    """The claims of a good assertion; a claim given as ``...`` is left out."""
    good = {
        "iss": client,
        "sub": client,
        "aud": ISSUER,
        "jti": "jti-1",
        "iat": T,
        "exp": T + 60,
        **changed,
    }
    return {key: value for key, value in good.items() if value is not ...}


def _sign(key: PrivateKey, algorithm: str, data: bytes) -> bytes:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    digest = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}[algorithm[-3:]]
    if isinstance(key, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(digest)))
        size = (key.curve.key_size + 7) // 8
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")
    if algorithm.startswith("PS"):
        return key.sign(data, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    return key.sign(data, padding.PKCS1v15(), digest)


def algorithm_of(key: PrivateKey) -> str:
    """The usual algorithm of a key."""
    if isinstance(key, rsa.RSAPrivateKey):
        return "RS256"
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "EdDSA"
    return {256: "ES256", 384: "ES384", 521: "ES512"}[key.curve.key_size]


def token(
    payload: Mapping[str, Any] | str | bytes,
    key: PrivateKey | None = None,
    /,
    header: Mapping[str, Any] | str | None = None,
    *,
    algorithm: str | None = None,
    **header_members: Any,
) -> str:
    """A signed JWT. ``payload`` and ``header`` may be text, to be signed as it is; a member given as ``...`` is left out."""
    key = key or rsa_key()
    algorithm = algorithm or algorithm_of(key)
    if header is None:
        header = {"alg": algorithm, "typ": "JWT", **header_members}
    if not isinstance(header, str):
        header = json.dumps({name: value for name, value in header.items() if value is not ...})
    if not isinstance(payload, str | bytes):
        payload = json.dumps(payload)
    signed = f"{b64url(header)}.{b64url(payload)}"
    return f"{signed}.{b64url(_sign(key, algorithm, signed.encode()))}"


def assertion_form(jwt: str, **more: str) -> str:
    """The body of a token request with a client assertion."""
    return urlencode(
        {
            "grant_type": "client_credentials",
            **more,
            "client_assertion_type": JWT_BEARER,
            "client_assertion": jwt,
        }
    )


# --- asking --------------------------------------------------------------------------------------------------------


@dataclass
class Judge:
    """Asks ``secretctl verify --json`` and holds what is the same for every answer."""

    cli: Cli
    options: tuple[object, ...] = field(default=())

    def registry(
        self, clients: Mapping[str, Any] | None = None, resources: Mapping[str, Any] | None = None, **sections: Any
    ) -> None:
        """Write the registry."""
        self.cli.write(registry_text(clients, resources, **sections))

    def one(self, *secrets: Mapping[str, Any], **fields: Any) -> None:
        """Write a registry of the one client ``web``."""
        self.registry({"web": {**fields, "secrets": list(secrets)}})

    def ask(self, *arguments: object, stdin: str | bytes = b"", profile: str = "rfc", at: str = NOW) -> dict[str, Any]:
        """The verdict, after holding its status and form."""
        ran = self.cli("verify", *arguments, *self.options, "--profile", profile, "--at", at, "--json", stdin=stdin)
        return judged(ran)

    def basic(self, value: str | bytes, **options: Any) -> dict[str, Any]:
        """Judge an Authorization header."""
        return self.ask("--basic", "-", stdin=value, **options)

    def form(self, body: str | bytes, *arguments: object, **options: Any) -> dict[str, Any]:
        """Judge a body."""
        return self.ask("--form", "-", *arguments, stdin=body, **options)

    def request(self, data: bytes, *arguments: object, **options: Any) -> dict[str, Any]:
        """Judge a captured request."""
        return self.ask("--request", "-", *arguments, stdin=data, **options)

    def assertion(self, jwt: str | bytes, *arguments: object, **options: Any) -> dict[str, Any]:
        """Judge a client assertion."""
        return self.ask("--assertion", "-", *arguments, stdin=jwt, **options)

    def target(self, target: str, secret: str | bytes, *arguments: object, **options: Any) -> dict[str, Any]:
        """Judge a secret of a principal."""
        return self.ask(target, "--secret-file", "-", *arguments, stdin=secret, **options)

    def tls(self, made: Made | bytes, client: str = "web", *arguments: object, **options: Any) -> dict[str, Any]:
        """Judge a TLS certificate that comes with a client_id."""
        path = self.cli.path / "presented.pem"
        path.write_bytes(made if isinstance(made, bytes) else made.pem)
        return self.form(f"client_id={quote_plus(client)}", "--client-cert", path, *arguments, **options)


FIELDS = [
    "accepted", "target", "method", "secret", "reason", "oauth_error", "detail", "warnings", "confirmation", "profile",
    "explanations",
]  # fmt: skip
METHODS = {
    "client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth",
    "none", None,
}  # fmt: skip
REASONS = {
    "no_credential", "malformed_credential", "multiple_credentials", "credential_too_long", "unknown_principal",
    "disabled", "no_matching_secret_type", "expired", "mismatch", "invalid_stored_value", "certificate_expired",
    "certificate_not_yet_valid", "certificate_untrusted", "assertion_type", "assertion_algorithm",
    "assertion_signature", "assertion_claims", "assertion_issuer", "assertion_subject", "assertion_audience",
    "assertion_expired", "assertion_not_yet_valid", "assertion_replayed",
}  # fmt: skip


def judged(ran: Ran) -> dict[str, Any]:
    """The verdict of a run; what the README says of every verdict is held here."""
    assert ran.status in {0, 1}, ran.err
    assert ran.out.endswith("\n")
    verdict = ran.json
    well_formed(verdict)
    assert ran.status == (0 if verdict["accepted"] else 1)
    return verdict  # type: ignore[no-any-return]


def well_formed(verdict: Any) -> None:
    """Hold the fields, their order and their types."""
    assert list(verdict) == FIELDS
    assert isinstance(verdict["accepted"], bool)
    assert verdict["target"] is None or verdict["target"].startswith(("client/", "resource/"))
    assert verdict["method"] in METHODS
    if verdict["secret"] is not None:
        assert list(verdict["secret"]) == ["id", "type", "description", "expiration"]
    assert isinstance(verdict["warnings"], list)
    assert all(isinstance(warning, str) for warning in verdict["warnings"])
    assert verdict["confirmation"] is None or list(verdict["confirmation"]) == ["x5t#S256"]
    assert verdict["profile"] in PROFILES
    for explanation in verdict["explanations"]:
        assert list(explanation) == ["code", "message", "hint", "secret_id"]
    if verdict["accepted"]:
        assert verdict["reason"] is None
        assert verdict["oauth_error"] is None
    else:
        assert verdict["reason"] in REASONS
        assert verdict["oauth_error"] in {"invalid_client", "invalid_request"}
        assert verdict["secret"] is None
        assert isinstance(verdict["detail"], str)
        assert verdict["detail"]


def refused(verdict: Mapping[str, Any], *reasons: str) -> None:
    """Hold that a verdict is a refusal for one of these reasons."""
    assert not verdict["accepted"]
    assert verdict["reason"] in reasons, verdict


def accepted(verdict: Mapping[str, Any], method: str | None = "any", secret: str | None = "any") -> None:
    """Hold that a verdict accepts, by this method, thanks to this secret (None: thanks to none)."""
    assert verdict["accepted"], verdict
    if method != "any":
        assert verdict["method"] == method
    if secret != "any":
        assert (verdict["secret"] or {}).get("id") == secret


def after(seconds: float) -> str:
    """An instant relative to NOW."""
    return (moment("2026-06-01") + timedelta(seconds=seconds)).isoformat()


def lines(*objects: Any) -> str:
    """Newline-delimited JSON."""
    return "".join(json.dumps(one) + "\n" for one in objects)


def codes(verdict: Mapping[str, Any]) -> Sequence[str]:
    """The codes of a verdict's explanations."""
    return [explanation["code"] for explanation in verdict["explanations"]]
