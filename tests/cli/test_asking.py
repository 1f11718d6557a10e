"""Questions before something is removed, and what is said when somebody does not go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pexpect
import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

SECRET = 'type = "SharedSecret"\nvalue = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="\n'
REGISTRY = f"""\
schema = 1
[clients.web]
[[clients.web.secrets]]
id = "w1"
{SECRET}expiration = 2026-01-01T00:00:00Z
[clients.shop]
[[clients.shop.secrets]]
id = "s1"
{SECRET}expiration = 2026-02-01T00:00:00Z
"""


@pytest.fixture(autouse=True)
def _registry(cli: Cli) -> None:
    cli.write(REGISTRY)


def on_terminal(cli: Cli, *arguments: str) -> pexpect.spawn[str]:
    """A command line with somebody in front of it."""
    return pexpect.spawn(
        sys.executable, ["-m", "secretctl", *arguments], cwd=str(cli.path), encoding="utf-8", timeout=60
    )


@pytest.mark.parametrize("answer", ["n", ""])
def test_what_is_not_confirmed_is_not_done(cli: Cli, answer: str) -> None:
    """130, and it is not called an interruption."""
    child = on_terminal(cli, "client", "remove", "web")
    child.expect_exact("[y/N] ")
    child.sendline(answer)
    child.expect_exact("secretctl: error: not confirmed; nothing was changed\r\n")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert cli.registry.read_text(encoding="utf-8") == REGISTRY


@pytest.mark.skipif(os.name != "posix", reason="there are no process groups there")
def test_an_interrupted_delivery_says_so_first(cli: Cli) -> None:
    """Then what became of the secrets; with --json all of it in one object."""
    command = "sh -c 'cat >/dev/null; touch here; exec sleep 60'"
    child = subprocess.Popen(
        [sys.executable, "-m", "secretctl", "rotate", "--all", "--json", "--pipe-to", command],
        cwd=cli.path,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    while not (cli.path / "here").exists():
        time.sleep(0.01)
    os.killpg(child.pid, signal.SIGINT)
    err = child.communicate(timeout=30)[1].decode()
    assert child.returncode == 130
    assert '"message": "interrupted. The registry is unchanged. Handed out, not taken back, and void: client/web' in err
    assert "warning" not in err
