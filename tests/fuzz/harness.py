"""Coverage-guided fuzzing of what reads foreign bytes: ``python tests/fuzz/harness.py TARGET [libFuzzer options]``.

Needs atheris (``pip install atheris``), which is no part of the development environment as it has no wheels for every
Python. Only SecretctlError may come out; an edit of a registry must leave all that it did not touch.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["secretctl"]):
    from secretctl.authenticate import authenticator_for
    from secretctl.crypto.certificate_file import read_certificate
    from secretctl.errors import SecretctlError
    from secretctl.model import Client, Request, Secret, StoredValue, Verdict
    from secretctl.operations.inspection import inspect
    from secretctl.parsers.http import read_capture
    from secretctl.profiles import PROFILES
    from secretctl.settings import Issuer, Settings
    from secretctl.stores.toml.store import TomlStore

NOW = datetime(2026, 6, 1, tzinfo=UTC)
JWK = '{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}'
CLIENT = Client(
    "web",
    secrets=(
        Secret("1", "SharedSecret", StoredValue("K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=")),
        Secret("2", "JWK", StoredValue(JWK)),
    ),
)
SETTINGS = Settings(issuer=Issuer("https://id.example.com", "https://id.example.com/connect/token"))
JUDGES = [
    authenticator_for(lambda _, id_: CLIENT if id_ == "web" else None, SETTINGS, profile=name) for name in PROFILES
]


def request(data: bytes) -> None:
    """A captured request, a header, a body: a verdict under every profile."""
    try:
        captured = [read_capture(data).request]
    except SecretctlError:
        captured = []
    captured += [Request(authorization="Basic " + data.decode("latin-1")), Request(form=data)]
    for one in captured:
        for judge in JUDGES:
            assert isinstance(judge.verify(one, kind="client", now=NOW), Verdict)


def assertion(data: bytes) -> None:
    """A token: a verdict under every profile, and never acceptance, as nobody has the key."""
    form = b"client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=" + data
    for judge in JUDGES:
        assert not judge.verify(Request(form=form), kind="client", now=NOW).accepted


def certificate(data: bytes) -> None:
    """Certificates and keys in every form."""
    for read in (read_certificate, lambda raw: inspect(raw, now=NOW)):
        try:
            read(data)
        except SecretctlError:
            continue


def registry(data: bytes) -> None:
    """An edit of any file: the file as it was, or with the one new client and nothing else."""
    path = Path(tempfile.gettempdir()) / "fuzz-secretctl.toml"
    path.write_bytes(data)
    store = TomlStore(path)
    try:
        before = list(store.principals())
        with store.edit() as edit:
            edit.add(Client("a new one"))
    except SecretctlError:
        assert path.read_bytes() == data
        return
    after = [principal for principal in TomlStore(path).principals() if principal.id != "a new one"]
    assert after == before


TARGETS = {target.__name__: target for target in (request, assertion, certificate, registry)}

if __name__ == "__main__":
    chosen = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, chosen)
    atheris.Fuzz()
