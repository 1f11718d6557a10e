"""The shape of the package: layers, sizes, what start-up may load, and what the lock files may say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "secretctl"
MAX_LINES = 300

# Each costs more at start-up than a whole `verify` may; they are imported inside the functions that need them.
HEAVY = {
    "asyncio",
    "cryptography",
    "email",
    "http",
    "icalendar",
    "importlib.metadata",
    "jinja2",
    "joserfc",
    "keyring",
    "multiprocessing",
    "prometheus_client",
    "psycopg",
    "pydantic",
    "rich",
    "socket",
    "sqlalchemy",
    "sqlite3",
    "subprocess",
    "tomli_w",
    "tomllib",
    "urllib.request",
    "xml",
}
REGISTRY = """\
schema = 1
[clients.web]
[[clients.web.secrets]]
id = "7f3a91c2"
type = "SharedSecret"
value = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="
expiration = 2099-12-31T00:00:00Z
"""


def imported_by(*arguments: str, cwd: Path, stdin: str = "") -> tuple[set[str], int]:
    """The modules that ``python ARGUMENTS`` imports, without those that coverage needs; the status."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        cwd=cwd,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return set(re.findall(r"^import time:.*\| +([\w.]+)$", done.stderr, re.MULTILINE)), done.returncode


def prefixes(name: str) -> list[str]:
    """The packages that a module is in: ``a`` and ``a.b`` for ``a.b.c``."""
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def test_layers_import_one_way_only() -> None:
    """The contract in pyproject.toml holds: layers, siblings, and no module outside of them."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_module_has_one_job() -> None:
    """A module over 300 lines has a second job inside."""
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    assert lines
    assert {str(path.relative_to(ROOT)): count for path, count in lines.items() if count > MAX_LINES} == {}


@pytest.mark.skipif(not (PACKAGE / "__main__.py").exists(), reason="no command line yet")
@pytest.mark.parametrize(
    "arguments",
    [
        ("verify", "--basic", "-"),
        ("check", "--json"),
        ("header", "web", "--secret-file", "-"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_the_quick_commands_load_nothing_heavy(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """`verify`, `check` and `header` start without cryptography, JOSE, keyring, databases, tables or discovery."""
    (tmp_path / "secretctl.toml").write_text(REGISTRY, encoding="utf-8")
    secret = "secret" if arguments[0] == "header" else "Basic d2ViOnNlY3JldA=="
    typers, _ = imported_by("-c", "import typer", cwd=tmp_path)
    modules, status = imported_by("-m", "secretctl", *arguments, cwd=tmp_path, stdin=secret)
    assert status == 0
    assert "secretctl.cli.app" in modules
    assert {name for name in modules - typers if HEAVY & {name, *prefixes(name)}} == set()


@pytest.mark.parametrize("name", ["dev.txt", "demo.txt", "lock.txt"])
def test_lock_files_hold_hashes_and_no_host(name: str) -> None:
    """Everything is pinned to hashes, and nothing says where from: any mirror of the index serves."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    requirements = re.findall(r"^[a-z0-9].*$", text, re.MULTILINE)
    assert requirements
    assert all(re.match(r"\S+==\S+ .*\\$", line) for line in requirements)
    assert text.count("--hash=sha256:") >= len(requirements)
    assert "://" not in text
    assert "--index" not in text
