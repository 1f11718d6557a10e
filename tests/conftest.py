"""What every test stands on: a clean environment, hypothesis without a stop-watch, and commands that may be missing."""

from __future__ import annotations

import os
import shutil
import signal

import pytest
from hypothesis import settings

from tests.databases import database, dialect, mariadb_socket, new_url, postgresql_url, query

__all__ = ["database", "dialect", "mariadb_socket", "new_url", "postgresql_url", "query"]  # fixtures of every test

# Two busy cores make deadlines flaky; how long something takes is the business of `make bench`.
settings.register_profile("secretctl", deadline=None)
settings.load_profile("secretctl")

# A shell without job control makes what it starts in the background deaf to Ctrl-C, and the commands of the tests after it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip tests marked ``needs(command, …)`` where a command is missing, or fail them where CI promised it.

    ``SECRETCTL_REQUIRE`` names the commands that must be there, separated by commas; ``all`` stands for each of them.
    """
    required = os.environ.get("SECRETCTL_REQUIRE", "").split(",")
    for mark in item.iter_markers("needs"):
        for command in mark.args:
            if shutil.which(command) is None:
                if command in required or "all" in required:
                    pytest.fail(f"{command} is not installed, and SECRETCTL_REQUIRE insists on it", pytrace=False)
                pytest.skip(f"{command} is not installed")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the settings of the person who runs it, nor of the CI system."""
    for name in ("REGISTRY", "SETTINGS", "DEBUG"):
        monkeypatch.delenv(f"SECRETCTL_{name}", raising=False)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "GITHUB_STEP_SUMMARY", "PYTHON_KEYRING_BACKEND"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def untraced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coverage does not follow the processes that the test starts.

    One that is killed, or may write no more, leaves data that nobody can read; and in one that is measured, the tracing
    would be measured as well.
    """
    for name in [name for name in os.environ if name.startswith("COVERAGE")]:
        monkeypatch.delenv(name)
