"""The long sweeps use the command line as the tests of the commands do."""

from __future__ import annotations

from tests.cli.conftest import cli

__all__ = ["cli"]
