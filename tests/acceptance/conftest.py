"""The acceptance tests ask the command line as users, scripts and servers would, and know nothing of its insides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.kit import Judge
from tests.cli.conftest import cli

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

__all__ = ["cli"]


@pytest.fixture
def judge(cli: Cli) -> Judge:
    """Asks for verdicts in an empty directory."""
    return Judge(cli)
