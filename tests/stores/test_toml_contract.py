"""The contract of stores, held by the registry file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from secretctl.stores import open_store
from secretctl.stores.toml.store import create_registry
from tests.contract.store_suite import StoreSuite

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from secretctl.stores import Store


class TestTomlFile(StoreSuite):
    """A fresh registry file in a directory of its own."""

    @pytest.fixture
    def reopened(self, tmp_path: Path) -> Callable[[], Store]:
        return lambda: open_store(tmp_path / "secretctl.toml")

    @pytest.fixture
    def store(self, tmp_path: Path, reopened: Callable[[], Store]) -> Store:
        create_registry(tmp_path / "secretctl.toml", "schema = 1\n")
        return reopened()
