"""The hooks that other repositories take from .pre-commit-hooks.yaml."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from secretctl.cli.pre_commit import main, split

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent.parent
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
GOOD = """\
schema = 1
[clients.web]
[[clients.web.secrets]]
id = "7f3a91c2"
type = "SharedSecret"
value = "ybQPu6OlNHKHnbFdzB8DBEsTZz0xR8bcQoJ0q9jLdrM="
expiration = 2099-12-31T00:00:00Z
"""
EXPIRED = GOOD.replace("2099", "2020")


@pytest.fixture
def hook(tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Runs a hook's entry as pre-commit does: its words, the user's args, then the files; in a directory of its own."""

    def run(id: str, *files: str, args: tuple[str, ...] = ()) -> tuple[int, str]:
        words = shlex.split(HOOKS[id]["entry"])
        done = subprocess.run(
            [sys.executable, *words[1:], *args, *files],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.fixture
def registries(tmp_path: Path) -> Path:
    """`a/secretctl.toml` is in order, the client of `b/secretctl.toml` is locked out."""
    for name, text in (("a", GOOD), ("b", EXPIRED)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "secretctl.toml").write_text(text, encoding="utf-8")
        (tmp_path / name / "secretctl.toml").chmod(0o600)
    return tmp_path


def test_hooks_are_python_hooks_on_registries() -> None:
    """Both hooks take files named secretctl.toml, wherever they are, and nothing else."""
    assert set(HOOKS) == {"secretctl-lint", "secretctl-check"}
    for each in HOOKS.values():
        assert each["language"] == "python"
        assert re.search(each["files"], "secretctl.toml")
        assert re.search(each["files"], "environments/prod/secretctl.toml")
        assert not re.search(each["files"], "my-secretctl.toml")
        assert not re.search(each["files"], "secretctl_toml")


def test_check_looks_at_each_of_several_registries(registries: Path, hook: Callable[..., Any]) -> None:
    """The worst status is the hook's, and each registry's answer stands under its name."""
    status, output = hook("secretctl-check", "a/secretctl.toml", "b/secretctl.toml")
    assert status == 2
    assert output.index("a/secretctl.toml:") < output.index("b/secretctl.toml:")


def test_one_registry_in_order_passes(registries: Path, hook: Callable[..., Any]) -> None:
    """A registry with nothing due gives status 0."""
    assert hook("secretctl-check", "a/secretctl.toml")[0] == 0
    assert hook("secretctl-lint", "a/secretctl.toml")[0] == 0


def test_args_go_to_the_command(registries: Path, hook: Callable[..., Any]) -> None:
    """`args: [--warn, 200y]` in a user's configuration widens the window of the check."""
    assert hook("secretctl-check", "a/secretctl.toml", args=("--warn", "200y"))[0] == 1


def test_only_existing_files_at_the_end_are_registries(registries: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What looks like an option, or does not exist, stays with the command."""
    monkeypatch.chdir(registries)
    arguments = ["check", "--settings", "gone.toml", "a/secretctl.toml", "b/secretctl.toml"]
    assert split(arguments) == (arguments[:3], arguments[3:])
    assert split([]) == ([], [])


def test_no_files_no_work() -> None:
    """Without files there is nothing to look at, and nothing wrong."""
    assert main(["check"]) == 0


def test_the_name_of_a_file_is_shown_inert(registries: Path, hook: Callable[..., Any]) -> None:
    """A directory's name may hold what a terminal obeys, or bytes that are no text."""
    hostile = ["\x1b[31m", os.fsdecode(b"\xff")]
    for name in hostile:
        (registries / name).mkdir()
        (registries / name / "secretctl.toml").write_text(GOOD, encoding="utf-8")
    status, output = hook("secretctl-check", *(f"{name}/secretctl.toml" for name in hostile))
    assert status == 0
    assert output.startswith("\\x1b[31m/secretctl.toml:\n")
    assert "\\udcff/secretctl.toml:\n" in output


def test_a_command_that_was_killed_does_not_pass(registries: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the kernel does where memory is short."""
    killed = registries / "python"
    killed.write_text("#!/bin/sh\nkill -9 $$\n", encoding="ascii")
    killed.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(killed))
    assert main(["check", str(registries / "a" / "secretctl.toml")]) == 128 + signal.SIGKILL


def test_a_repository_brings_no_modules(registries: Path, hook: Callable[..., Any]) -> None:
    """The hook runs in the root of whatever repository is checked, which must not be run by that."""
    for name in ("typer.py", "tomli.py", "subprocess.py"):
        (registries / name).write_text("raise SystemExit(99)\n", encoding="ascii")
    assert hook("secretctl-check", "a/secretctl.toml")[0] == 0
