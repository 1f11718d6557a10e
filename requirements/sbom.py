"""Write the bill of materials of the wheel: CycloneDX 1.6, from the locked run-time dependencies. Run by ``make lock``.

It says what was tested with, not what an installer will choose; without times and serial numbers, so that a wheel that is
built twice has the same bytes.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FILE = HERE / "secretctl.cdx.json"
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)")
_BY_PROJECT = "secretctl (pyproject.toml)"
"""What the lock file says of a dependency that the project itself asks for; groups are named behind a colon."""


def bill_of_materials() -> str:
    """The document, with the components in the order of the lock file."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text("utf-8"))["project"]
    versions, wanted_by = _read_lock((HERE / "demo.txt").read_text("utf-8"))
    components = [_component(name, version) for name, version in versions.items() if _at_run_time(name, wanted_by)]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "secretctl",
                "name": project["name"],
                "description": project["description"],
                "licenses": [{"license": {"id": project["license"]}}],
            }
        },
        "components": components,
        "dependencies": [{"ref": "secretctl", "dependsOn": [component["bom-ref"] for component in components]}],
    }
    return json.dumps(document, indent=1) + "\n"


def _read_lock(text: str) -> tuple[dict[str, str], dict[str, set[str]]]:
    """The locked versions, and who asked for each package."""
    versions: dict[str, str] = {}
    wanted_by: dict[str, set[str]] = {}
    name = ""
    for line in text.splitlines():
        if match := _PINNED.match(line):
            name = match[1]
            versions[name] = match[2]
            wanted_by[name] = set()
        elif (
            name
            and line.startswith("    # ")
            and (who := line.removeprefix("    #").strip().removeprefix("via").strip())
        ):
            wanted_by[name].add(who)
    return versions, wanted_by


def _at_run_time(name: str, wanted_by: dict[str, set[str]], seen: frozenset[str] = frozenset()) -> bool:
    """Whether a package is needed by the project itself, however indirectly, and not only to build it."""
    if _BY_PROJECT in wanted_by[name]:
        return True
    return any(
        who in wanted_by and who not in seen and _at_run_time(who, wanted_by, seen | {name}) for who in wanted_by[name]
    )


def _component(name: str, version: str) -> dict[str, Any]:
    purl = f"pkg:pypi/{name}@{version}"
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


if __name__ == "__main__":
    FILE.write_text(bill_of_materials(), encoding="utf-8")
