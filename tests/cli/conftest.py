"""The command line for tests: in this process where that is enough, in one of its own where it matters."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from secretctl.cli.app import run
from secretctl.cli.tree import LazyGroup

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Ran(NamedTuple):
    """What a command line did."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Stdout as JSON."""
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        """The error object on the last line of stderr."""
        return json.loads(self.err.splitlines()[-1])["error"]


_build = LazyGroup.get_command
_built: dict[tuple[str | None, str], Any] = {}


def _build_once(group: LazyGroup, ctx: Any, name: str) -> Any:
    """A command for all that run it in this process: to build one can take longer than to run it."""
    if (group.name, name) not in _built:
        _built[group.name, name] = _build(group, ctx, name)
    return _built[group.name, name]


class Cli:
    """Runs secretctl on ``secretctl.toml`` in a directory of its own, which is the current one."""

    def __init__(self, path: Path, capture: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = path
        self.registry = path / "secretctl.toml"
        self._capture = capture
        self._monkeypatch = monkeypatch
        monkeypatch.setattr(LazyGroup, "get_command", _build_once)

    def __call__(self, *arguments: object, stdin: str | bytes = b"") -> Ran:
        """Run a command line in this process."""
        data = stdin.encode() if isinstance(stdin, str) else stdin
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        self._capture.readouterr()
        status = run([str(argument) for argument in arguments])
        captured = self._capture.readouterr()
        return Ran(status, captured.out, captured.err)

    def ok(self, *arguments: object, stdin: str | bytes = b"") -> Ran:
        """The same for a command line that has to work."""
        ran = self(*arguments, stdin=stdin)
        assert ran.status == 0, ran.err
        return ran

    def process(self, *arguments: object, env: Mapping[str, str] | None = None, **options: Any) -> Ran:
        """Run a command line in a process of its own."""
        settings: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE} | options
        done: subprocess.CompletedProcess[bytes] = subprocess.run(
            [sys.executable, "-m", "secretctl", *map(str, arguments)],
            cwd=self.path,
            env={**os.environ, **(env or {})},
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
            **settings,
        )
        return Ran(done.returncode, (done.stdout or b"").decode(), done.stderr.decode())

    def write(self, text: str, name: str = "secretctl.toml") -> Path:
        """A file in the directory; the registry, if no name is given."""
        path = self.path / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    def secrets(self, target: str) -> Any:
        """`secret list --json`."""
        return self.ok("secret", "list", target, "--json").json


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line in an empty directory."""
    monkeypatch.chdir(tmp_path)
    return Cli(tmp_path, capsys, monkeypatch)
