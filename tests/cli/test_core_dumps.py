"""A process that holds plaintext leaves no image of its memory behind."""

from __future__ import annotations

import resource
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Cli


@pytest.fixture(autouse=True)
def registry(cli: Cli) -> None:
    """A client without a secret."""
    cli.write("schema = 1\n[clients.web]\n")


def allow_core_dumps() -> None:
    """As somebody does who debugs something else."""
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@pytest.mark.skipif(
    resource.getrlimit(resource.RLIMIT_CORE)[1] != resource.RLIM_INFINITY, reason="core dumps are forbidden here"
)
def test_a_crash_leaves_no_core(cli: Cli) -> None:
    """Not even where dumps are wanted."""
    command = "sh -c 'cat >/dev/null; kill -s ABRT $PPID; sleep 1'"
    ran = cli.process("secret", "add", "client/web", "--pipe-to", command, preexec_fn=allow_core_dumps)
    assert ran.status < 0
    assert [path.name for path in cli.path.iterdir() if "core" in path.name] == []


def test_a_limit_of_nothing_stays(cli: Cli) -> None:
    """An administrator's own limit is not raised, and is no error."""
    limit = f"{sys.executable} -c 'import resource, sys; sys.exit(any(resource.getrlimit(resource.RLIMIT_CORE)))'"
    ran = cli.process(
        *("secret", "add", "client/web", "--pipe-to", f'sh -c "cat >/dev/null; {limit}"'),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
    )
    assert ran.status == 0, ran.err
