"""One report that shows everything a check can find, one of hostile text, one of nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from secretctl.model import Secret, StoredValue
from secretctl.settings import Settings
from tests.render.reports import EVERYTHING, HOSTILE, NOW, a_client, reported, secret

if TYPE_CHECKING:
    from secretctl.operations.expiry import CheckReport


@pytest.fixture
def everything() -> CheckReport:
    """Every status and every level."""
    return reported(*EVERYTHING)


@pytest.fixture
def hostile() -> CheckReport:
    """Text that would like to be run, rendered or obeyed, wherever there is text."""
    bad = Secret(HOSTILE, HOSTILE, StoredValue("x"), HOSTILE, NOW + timedelta(days=3), None)
    soon = secret(f"{HOSTILE}2", 3, description=HOSTILE)
    owned = a_client(HOSTILE, bad, soon, name=HOSTILE, owner=HOSTILE, description=HOSTILE)
    return reported(owned, settings=Settings(name=HOSTILE))


@pytest.fixture
def nothing() -> CheckReport:
    """An empty registry."""
    return reported()
