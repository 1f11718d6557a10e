"""The contract of every store, on databases of SQLite and PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from secretctl.stores.sql import open_sql
from tests.contract.store_suite import StoreSuite

if TYPE_CHECKING:
    from collections.abc import Callable

    from secretctl.stores import Store


class TestSqlStore(StoreSuite):
    """Duende's schema, which has a place for everything."""

    @pytest.fixture
    def url(self, database: Callable[..., str]) -> str:
        """An empty configuration database."""
        return database()

    @pytest.fixture
    def store(self, url: str) -> Store:
        """The registry in it."""
        return open_sql(url)

    @pytest.fixture
    def reopened(self, url: str) -> Any:
        """Another connection to it."""
        return lambda: open_sql(url)
