"""Importing by the codecs themselves, and the certificate of IdentityServer4's documentation."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from secretctl.crypto.shared_secret import hash_secret
from secretctl.interchange import find_importer
from tests.known import KNOWN

if TYPE_CHECKING:
    from secretctl.interchange import Imported, Values

NOW = datetime(2026, 6, 1, tzinfo=UTC)


class Import(Protocol):
    """Imports a document, or text, hashing plaintext with SHA-256."""

    def __call__(self, format: str, document: Any, values: Values | None = None) -> Imported: ...


@pytest.fixture(scope="session")
def now() -> datetime:
    """The instant that the exports are made at."""
    return NOW


@pytest.fixture(scope="session")
def import_() -> Import:
    """What a codec finds in a document."""

    def run(format: str, document: Any, values: Values | None = None) -> Imported:
        text = document if isinstance(document, str) else json.dumps(document)
        return find_importer(format).parse(
            text, values=values, hash_plaintext=lambda _, secret: hash_secret(secret, "sha256")
        )

    return run


@pytest.fixture(scope="session")
def stored() -> dict[str, str]:
    """SHA-256 stored values of known secrets."""
    return {secret: values["sha256"] for secret, values in KNOWN["stored"].items()}
