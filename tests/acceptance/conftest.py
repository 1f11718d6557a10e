"""The acceptance tests ask the command line as users, scripts and servers would, and know nothing of its insides."""

from __future__ import annotations

import pytest

from tests.acceptance.kit import Judge
from tests.cli.conftest import Cli, cli  # noqa: TC001 - a fixture is found by its name in this module

__all__ = ["cli"]


@pytest.fixture
def judge(cli: Cli) -> Judge:
    """Asks for verdicts in an empty directory."""
    return Judge(cli)
