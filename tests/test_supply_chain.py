"""What is shipped: the same bytes every time, with a bill of materials that is the lock file's."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SBOM = ROOT / "requirements" / "secretctl.cdx.json"
BUILD = "import hatchling.build, sys; print(hatchling.build.build_wheel(sys.argv[1]))"


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The wheel, built twice by processes of their own with different clocks and umasks."""
    built = []
    for umask in (0o022, 0o077):
        folder = tmp_path_factory.mktemp("wheel")
        done = subprocess.run(
            [sys.executable, "-c", BUILD, str(folder)],
            cwd=ROOT,
            env=os.environ | {"SOURCE_DATE_EPOCH": "1767225600"},
            capture_output=True,
            text=True,
            check=True,
            umask=umask,
            timeout=120,
        )
        built.append(folder / done.stdout.split()[-1])
    return built


def test_a_wheel_built_twice_has_the_same_bytes(wheels: list[Path]) -> None:
    """So that anybody can hold a release against its source."""
    first, second = (hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in wheels)
    assert first == second


def test_the_wheel_holds_what_it_needs(wheels: list[Path]) -> None:
    """The types marker, shell scripts, the report's template, manual pages and the bill of materials."""
    names = zipfile.ZipFile(wheels[0]).namelist()
    for ending in (
        "secretctl/py.typed",
        "secretctl/cli/shells/_secretctl",
        "secretctl/render/templates/report.html.jinja",
        "share/bash-completion/completions/secretctl",
        "share/man/man1/secretctl.1",
        "sboms/secretctl.cdx.json",
        "licenses/LICENSE",
    ):
        assert any(name.endswith(ending) for name in names), ending
    assert not [name for name in names if name.startswith(("tests", "benchmarks")) or "__pycache__" in name]


def test_the_bill_of_materials_is_up_to_date(tmp_path: Path) -> None:
    """It is what ``make lock`` makes of the lock file."""
    code = "import runpy; print(runpy.run_path('requirements/sbom.py')['bill_of_materials'](), end='')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == SBOM.read_text("utf-8")


def test_the_bill_of_materials_names_run_time_dependencies_only() -> None:
    """Each with a version and a package URL; nothing that only builds or tests."""
    components = {each["name"]: each for each in json.loads(SBOM.read_text("utf-8"))["components"]}
    assert {"typer", "rich", "cryptography", "tomli", "tomli-w", "keyring", "joserfc", "jinja2"} <= components.keys()
    assert not {"hatchling", "pytest", "ruff", "editables"} & components.keys()
    assert all(each["purl"] == f"pkg:pypi/{name}@{each['version']}" for name, each in components.items())


@pytest.mark.parametrize("name", ["dev.txt", "demo.txt", "lock.txt"])
def test_every_locked_package_has_hashes(name: str) -> None:
    """Or an installer would take whatever it is given."""
    blocks = re.split(r"\n(?=[a-z0-9])", (ROOT / "requirements" / name).read_text("utf-8"))
    pinned = [block for block in blocks if "==" in block.splitlines()[0]]
    assert pinned
    assert all("--hash=sha256:" in block for block in pinned)
