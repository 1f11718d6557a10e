"""New secrets to deliver."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import pytest

from secretctl.delivery import Deliverable
from secretctl.model import SHARED_SECRET, Secret, SecretText, StoredValue, Target

if TYPE_CHECKING:
    from secretctl.model import Kind


class Make(Protocol):
    """Makes a new secret."""

    def __call__(self, text: str = ..., *, id: str = ..., kind: Kind = ..., sid: str = ...) -> Deliverable: ...


@pytest.fixture
def make() -> Make:
    """A new secret of client/web, unless something else is said."""

    def build(
        text: str = "s3cret-TEXT", *, id: str = "web", kind: Kind = "client", sid: str = "7f3a91c2"
    ) -> Deliverable:
        created = datetime(2026, 1, 1, tzinfo=UTC)
        secret = Secret(sid, SHARED_SECRET, StoredValue("AAAA"), created=created, expiration=created.replace(year=2027))
        return Deliverable(Target(kind, id), secret, SecretText(text))

    return build
