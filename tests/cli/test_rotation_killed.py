"""A rotation that is killed at any system call that changes something."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

HASH = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="
COUNT = 3
REGISTRY = "schema = 1\n" + "".join(
    f'[clients.c{n}]\n[[clients.c{n}.secrets]]\nid = "s"\ntype = "SharedSecret"\nvalue = "{HASH}"\n'
    for n in range(COUNT)
)
CHANGING = "write,writev,pwrite64,fsync,fdatasync,rename,renameat,renameat2,mkdir,fchmod,fchown,ftruncate,unlink,flock"


@pytest.mark.torture
@pytest.mark.needs("strace")
@pytest.mark.parametrize("arguments", [["--all", "--out", "out"], ["c0", "--overlap", "0s", "--out", "out"]])
def test_a_rotation_killed_at_any_change_locks_nobody_out(cli: Cli, arguments: list[str]) -> None:
    """The old secrets hold, or every new one lies in its file; the next rotation works."""
    for call in range(1, 500):
        cli.write(REGISTRY)
        out = f"out{call}"
        command = [sys.executable, "-m", "secretctl", "rotate", *arguments[:-1], out]
        inject = f"inject={CHANGING}:signal=KILL:when={call}"
        done = subprocess.run(
            ["strace", "-f", "-qq", "-e", f"trace={CHANGING}", "-e", inject, "-o", "/dev/null", *command],
            cwd=cli.path,
            capture_output=True,
            check=False,
        )
        changed = cli.registry.read_text(encoding="utf-8") != REGISTRY
        for n in range(COUNT if "--all" in arguments else 1):
            files = [cli.path / out / f"client-c{n}.secret", cli.path / out]
            secret = next((path.read_text(encoding="utf-8") for path in files if path.is_file()), "")
            ran = cli("verify", f"client/c{n}", "--secret-file", "-", stdin=secret if changed else "secret")
            assert ran.status == 0, (call, ran)
        cli.ok("rotate", "--all")
        if done.returncode == 0:
            assert call > COUNT
            return
    pytest.fail("the sweep did not come to an end")
