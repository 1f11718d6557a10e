"""A client with keys, assertions of any content, and the four servers that judge them."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from secretctl.authenticate import authenticator_for
from secretctl.builders.assertion import ASSERTION_TYPE
from secretctl.crypto import base64url
from secretctl.crypto.jwk import of_key
from secretctl.crypto.signing_key import read_signing_key
from secretctl.model import JWK, X509_CERTIFICATE, Client, Request, Resource, Secret, StoredValue
from secretctl.settings import Issuer, Policy, Settings, Validation

if TYPE_CHECKING:
    from collections.abc import Callable

    from secretctl.crypto.signing_key import SigningKey
    from secretctl.model import Verdict

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
ISSUER = "https://id.example.com"
TOKEN_ENDPOINT = f"{ISSUER}/connect/token"
AUDIENCE = {"rfc": ISSUER, "identityserver3": TOKEN_ENDPOINT, "identityserver4": TOKEN_ENDPOINT, "duende": ISSUER}
PROFILES = tuple(AUDIENCE)
SETTINGS = Settings(issuer=Issuer(ISSUER, TOKEN_ENDPOINT))


@pytest.fixture(scope="session")
def private_keys() -> dict[str, Any]:
    """Keys of every kind: what signs, by name."""
    return {
        "rsa": rsa.generate_private_key(65537, 2048),
        "other rsa": rsa.generate_private_key(65537, 2048),
        "weak rsa": rsa.generate_private_key(65537, 1024),
        "ec": ec.generate_private_key(ec.SECP256R1()),
        "other ec": ec.generate_private_key(ec.SECP256R1()),
        "ec384": ec.generate_private_key(ec.SECP384R1()),
        "ec521": ec.generate_private_key(ec.SECP521R1()),
        "ed": ed25519.Ed25519PrivateKey.generate(),
    }


@pytest.fixture(scope="session")
def keys(private_keys: dict[str, Any]) -> dict[str, SigningKey]:
    """The same as secretctl reads them."""
    return {
        name: read_signing_key(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), min_rsa_bits=1024)
        for name, key in private_keys.items()
    }


@pytest.fixture(scope="session")
def jwk(keys: dict[str, SigningKey]) -> Callable[..., Secret]:
    """A secret that registers a key as a JWK, with further members."""

    def make(name: str = "ec", id_: str = "k1", **members: Any) -> Secret:
        value = {**of_key(keys[name].public).members, **members}
        return Secret(id_, JWK, StoredValue(json.dumps(value)))

    return make


@pytest.fixture(scope="session")
def certify(private_keys: dict[str, Any]) -> Callable[..., bytes]:
    """The DER of a certificate; without ``by`` it signs itself."""

    def make(
        name: str = "rsa",
        subject: str = "web",
        *,
        by: tuple[str, str] | None = None,
        ca: bool = False,
        start: dt.datetime = NOW - dt.timedelta(days=100),
        end: dt.datetime = NOW + dt.timedelta(days=100),
        attributes: tuple[x509.NameAttribute[Any], ...] = (),
    ) -> bytes:
        key = private_keys[name]
        issuer, signer = (by[0], private_keys[by[1]]) if by else (subject, key)
        own = [*attributes, x509.NameAttribute(NameOID.COMMON_NAME, subject)]
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name(own))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]) if by else x509.Name(own))
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        )
        if ca:
            usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)  # noqa: FBT003
            builder = builder.add_extension(usage, critical=True)
        algorithm = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
        return builder.sign(signer, algorithm).public_bytes(Encoding.DER)

    return make


@pytest.fixture(scope="session")
def certificate_secret(certify: Callable[..., bytes]) -> Callable[..., Secret]:
    """A secret that registers a certificate."""

    def make(name: str = "rsa", id_: str = "c1", **options: Any) -> Secret:
        from base64 import b64encode

        return Secret(id_, X509_CERTIFICATE, StoredValue(b64encode(certify(name, **options)).decode()))

    return make


class Mint(Protocol):
    """Signs an assertion of ``web`` for the rfc profile's audience; None takes a claim or header member away."""

    def __call__(
        self, key: str = ..., *, alg: str | None = ..., header: dict[str, Any] | None = ..., **claims: Any
    ) -> str: ...


@pytest.fixture(scope="session")
def mint(keys: dict[str, SigningKey]) -> Mint:
    """A maker of assertions, right and wrong."""
    counter = iter(range(1_000_000))

    def make(key: str = "ec", *, alg: str | None = None, header: dict[str, Any] | None = None, **claims: Any) -> str:
        issued = int(NOW.timestamp())
        content = {
            "iss": "web",
            "sub": "web",
            "aud": ISSUER,
            "jti": f"jti-{next(counter)}",
            "iat": issued,
            "exp": issued + 60,
        } | claims
        content = {name: value for name, value in content.items() if value is not None}
        return keys[key].sign(content, alg=alg, header=header or {})

    return make


@pytest.fixture(scope="session")
def sign_raw(private_keys: dict[str, Any]) -> Callable[[str, str, str], str]:
    """Signs any text as header and any as payload with an EC key: JSON that no library would write."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    def make(header: str, payload: str, key: str = "ec") -> str:
        signing_input = f"{base64url.encode(header.encode())}.{base64url.encode(payload.encode())}"
        der = private_keys[key].sign(signing_input.encode(), ec.ECDSA(hashes.SHA256()))
        raw = b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(der))
        return f"{signing_input}.{base64url.encode(raw)}"

    return make


def judge(
    profile: str,
    secrets: Secret | tuple[Secret, ...],
    *,
    now: dt.datetime = NOW,
    settings: Settings = SETTINGS,
    form: dict[str, str] | str | None = None,
    certificate: bytes | str | None = None,
    authorization: str | None = None,
    algorithms: tuple[str, ...] | None = None,
    min_rsa_bits: int = 2048,
    kind: Any = "client",
    client: dict[str, Any] | None = None,
    **context: Any,
) -> Verdict:
    """The verdict of one server on a request to a registry with the client ``web`` and the resource ``web``."""
    listed = (secrets,) if isinstance(secrets, Secret) else secrets
    registry = {"client": Client("web", secrets=listed, **(client or {})), "resource": Resource("web", secrets=listed)}
    settings = Settings(
        issuer=settings.issuer,
        validation=Validation(profile=profile, assertion_algorithms=algorithms),
        policy=Policy(min_rsa_bits=min_rsa_bits),
    )
    authenticator = authenticator_for(
        lambda kind, id_: registry[kind] if id_ == "web" else None,
        settings,
        **context,
    )
    body = urlencode(form) if isinstance(form, dict) else form
    return authenticator.verify(Request(authorization, body, certificate), kind=kind, now=now)


class Ask(Protocol):
    """Presents an assertion; further form parameters as ``body``, the rest as ``judge`` takes it."""

    def __call__(
        self,
        profile: str,
        token: str,
        secrets: Secret | tuple[Secret, ...],
        *,
        body: dict[str, str] | None = ...,
        **options: Any,
    ) -> Verdict: ...


@pytest.fixture(scope="session")
def ask() -> Ask:
    """A presenter of assertions."""

    def present(
        profile: str,
        token: str,
        secrets: Secret | tuple[Secret, ...],
        *,
        body: dict[str, str] | None = None,
        **options: Any,
    ) -> Verdict:
        form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": token, **(body or {})}
        return judge(profile, secrets, form=form, **options)

    return present


@pytest.fixture(scope="session")
def judged() -> Callable[..., Verdict]:
    """``judge``, for tests of requests without an assertion."""
    return judge
