"""Coverage-guided fuzzing of what reads foreign bytes: ``python tests/fuzz/harness.py TARGET CORPUS [libFuzzer options]``.

Needs atheris (``pip install atheris``), which is no part of the development environment as it has no wheels for every
Python. CORPUS is a directory; an empty one is filled with what the target reads. Half an hour of one target:
``python tests/fuzz/harness.py registry /tmp/corpus -max_total_time=1800``.

Only SecretctlError may come out; an edit of a registry must leave all that it did not touch.
"""

from __future__ import annotations

import base64
import importlib
import json
import pkgutil
import re
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["secretctl"]):
    import secretctl
    from secretctl.authenticate import authenticator_for
    from secretctl.crypto.certificate import parse_certificate
    from secretctl.crypto.certificate_file import read_certificate
    from secretctl.crypto.chain import verify_chain
    from secretctl.errors import SecretctlError
    from secretctl.model import Client, Request, Secret, StoredValue, Verdict
    from secretctl.operations.inspection import inspect
    from secretctl.parsers.http import read_capture
    from secretctl.profiles import PROFILES
    from secretctl.settings import Issuer, Settings
    from secretctl.stores.toml.store import TomlStore

    # What functions import when they need it is imported here, or it would not guide.
    for module in pkgutil.walk_packages(secretctl.__path__, "secretctl."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HERE = Path(__file__).parent
CERTIFICATE = base64.b64decode(
    json.loads((HERE.parent / "vectors" / "known_values.json").read_text(encoding="utf-8"))["sample_certificate"][
        "base64"
    ]
)
PEM = "-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(CERTIFICATE).decode() + "-----END CERTIFICATE-----\n"
JWK = '{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}'
CLIENT = Client(
    "web",
    secrets=(
        Secret("1", "SharedSecret", StoredValue("K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=")),
        Secret("2", "JWK", StoredValue(JWK)),
        Secret("3", "X509Name", StoredValue("CN=web, O=Example")),
    ),
)
SETTINGS = Settings(issuer=Issuer("https://id.example.com", "https://id.example.com/connect/token"))
JUDGES = {
    name: authenticator_for(lambda _, id_: CLIENT if id_ == "web" else None, SETTINGS, profile=name)
    for name in PROFILES
}
CLAIMS = {"iss": "web", "sub": "web", "aud": "https://id.example.com/connect/token", "jti": "1", "exp": 1780272300}


def verdict(profile: str, one: Request) -> Verdict:
    """What one server makes of one request: an answer, whatever it is."""
    answer = JUDGES[profile].verify(one, kind="client", now=NOW)
    assert isinstance(answer, Verdict)
    return answer


def request(data: bytes) -> None:
    """A captured request, a header, a body: a verdict under every profile."""
    try:
        captured = [read_capture(data).request]
    except SecretctlError:
        captured = []
    captured += [Request(authorization="Basic " + data.decode("latin-1")), Request(form=data)]
    for one in captured:
        for profile in PROFILES:
            verdict(profile, one)


def assertion(data: bytes) -> None:
    """A token, or a header and claims as JSON, a line each: a verdict, and never acceptance, as nobody has the key."""
    header, separator, claims = data.partition(b"\n")
    if separator:
        data = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in (header, claims, b"s" * 64))
    form = b"client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=" + data
    for profile in PROFILES:
        assert not verdict(profile, Request(form=form)).accepted


def certificate(data: bytes) -> None:
    """Certificates and keys in every form: as a file, as a stored value, as a TLS client's, as a CA bundle."""
    for read in (
        read_certificate,
        lambda raw: inspect(raw, now=NOW),
        lambda raw: verify_chain(parse_certificate(raw), PEM.encode(), NOW),
        lambda raw: verify_chain(parse_certificate(CERTIFICATE), raw, NOW),
    ):
        try:
            read(data)
        except SecretctlError:
            continue
    for profile in PROFILES:
        verdict(profile, Request(form=b"client_id=web", client_cert=data))


def registry(data: bytes) -> None:
    """Edits of any file: the file as it was, or with what was meant and nothing else."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "secretctl.toml"
        path.write_bytes(data)
        store = TomlStore(path)
        try:
            before = list(store.principals())
            with store.edit() as edit:
                edit.add(Client("a new one", secrets=(Secret("1", "SharedSecret", StoredValue("x")),)))
        except SecretctlError:
            assert path.read_bytes() == data
            return
        assert [one for one in TomlStore(path).principals() if one.id != "a new one"] == before
        # No more than its last secret is lost, and nobody else's.
        for changed in before[:3]:
            meant = replace(changed, secrets=changed.secrets[:-1], description="another")
            try:
                with TomlStore(path).edit() as edit:
                    edit.replace(meant)
            except SecretctlError:
                continue
            before = [meant if one is changed else one for one in before]
            assert [one for one in TomlStore(path).principals() if one.id != "a new one"] == before
        with TomlStore(path).edit() as edit:
            edit.remove("client", "a new one")
        assert list(TomlStore(path).principals()) == before


def seeds(target: str) -> list[bytes]:
    """What a target reads, from which the fuzzer goes on."""
    token = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in ({"alg": "ES256"}, CLAIMS)]
    if target == "assertion":
        headers = [{"alg": "ES256"}, {"alg": "none"}, {"alg": "HS256", "typ": "JWT"}, {"alg": "RS256", "crit": ["b64"]}]
        lines = [json.dumps(header) + "\n" + json.dumps(CLAIMS) for header in headers]
        return [line.encode() for line in lines] + [b".".join([*token, b"c2ln"])]
    if target == "certificate":
        return [CERTIFICATE, PEM.encode(), base64.b64encode(CERTIFICATE), JWK.encode(), *private_keys()]
    if target == "registry":
        docs = [path.read_text(encoding="utf-8") for path in (HERE.parent.parent / "docs").glob("*.md")]
        return [
            REGISTRY,
            *(block.encode() for text in docs for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL)),
        ]
    basic = base64.b64encode(b"web:secret")
    form = b"grant_type=client_credentials&client_id=web&client_secret=se%2Bcret"
    return [
        basic,
        form,
        b"POST /connect/token HTTP/1.1\r\nHost: id\r\nAuthorization: Basic " + basic + b"\r\n\r\n" + form,
        b"> POST /token HTTP/1.1\n> Authorization: Basic " + basic + b"\n> Content-Length: 3\n> \n} [3 bytes data]\n",
        (
            b"=> Send header, 21 bytes (0x15)\n0000: 50 4f 53 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d POST / HTTP/1.1.\n"
            b"0010: 0a 41 3a 0d 0a                                  .A:..\n=> Send data, 1 bytes (0x1)\n0000: 61 a\n"
        ),
        b'{"authorization": "Basic ' + basic + b'", "form": "' + form + b'"}',
    ]


REGISTRY = b"""\
schema = 1 # the first
[issuer]
url = "https://id.example.com"
[policy]
warn = "20%"
[clients."a.b"] # a client
tags = [ "x",
  'y' ] # two
secrets = [ { id = "1", type = "SharedSecret", value = "x", expiration = 2026-01-01T00:00:00Z }, ]
[clients.web]
description = '''a
name'''
[[clients.web.secrets]]
id = "1" # a secret
type = "SharedSecret"
value = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="
[api_resources]
orders.scopes = []
orders.secrets = []
"""


def private_keys() -> list[bytes]:
    """A certificate with more in it, and a key in each form that files have."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import pkcs12
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, "web"), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "x")]
    )
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
    built = built.not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=1))
    for extension in (
        x509.BasicConstraints(ca=True, path_length=1),
        x509.SubjectAlternativeName([x509.DNSName("web.example.com"), x509.RFC822Name("a@example.com")]),
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]),
        x509.NameConstraints([x509.DNSName("example.com")], None),
    ):
        built = built.add_extension(extension, critical=True)
    signed = built.sign(key, hashes.SHA256())
    plain = serialization.NoEncryption()
    der, pem = serialization.Encoding.DER, serialization.Encoding.PEM
    return [
        signed.public_bytes(der),
        signed.public_bytes(pem),
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain),
        key.private_bytes(der, serialization.PrivateFormat.TraditionalOpenSSL, plain),
        key.public_key().public_bytes(der, serialization.PublicFormat.SubjectPublicKeyInfo),
        pkcs12.serialize_key_and_certificates(b"web", key, signed, None, plain),
    ]


TARGETS = {target.__name__: target for target in (request, assertion, certificate, registry)}

if __name__ == "__main__":
    chosen = TARGETS[sys.argv.pop(1)]
    corpus = Path(sys.argv[1])
    if not any(corpus.iterdir()):
        for number, seed in enumerate(seeds(chosen.__name__)):
            (corpus / f"seed-{number}").write_bytes(seed)
    atheris.Setup(sys.argv, chosen)
    atheris.Fuzz()
