"""`make docs`: everything in README.md and docs/ that comes from running the tool.

Sessions (blocks fenced as ``console``) are run and written back; blocks between ``<!-- made: NAME -->`` and
``<!-- /made -->`` are made by the functions in ``MADE``; docs/check.svg is `secretctl check` on a terminal, and docs/man
is made from the commands.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from docs import manual, profile_table
from docs.codes import table
from docs.picture import picture
from docs.rules import rules
from docs.samples import mistakes, plugin_code, plugin_project
from docs.sessions import comparable, rerun

ROOT = Path(__file__).parent.parent
SECRETCTL = str(Path(sys.executable).with_name("secretctl"))
_MADE = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- /made -->)", re.DOTALL)


def main() -> None:
    """Write every file again; one that says the same is left as it is."""
    for path in documents():
        old = path.read_text(encoding="utf-8")
        new = made(rerun(old))
        if comparable(new) != comparable(old):
            path.write_text(new, encoding="utf-8")
            print(f"written: {path.relative_to(ROOT)}")
    manual.write()
    (ROOT / "docs" / "check.svg").write_text(picture(), encoding="utf-8")


def documents() -> list[Path]:
    """The files that hold sessions and made blocks."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def made(markdown: str) -> str:
    """The file with its made blocks up to date."""
    return _MADE.sub(lambda found: found[1] + MADE[found[2]]() + found[3], markdown)


def help_text() -> str:
    """`secretctl --help`, as it is on a terminal of 80 columns."""
    done = subprocess.run([SECRETCTL, "--help"], capture_output=True, text=True, check=True, env={"COLUMNS": "80"})
    return f"```text\n{done.stdout}```\n"


MADE = {
    "help": help_text,
    "codes": table,
    "rules": rules,
    "environment": manual.environment,
    "profiles": profile_table.table,
    "mistakes": mistakes,
    "plugin_code": plugin_code,
    "plugin_project": plugin_project,
}

if __name__ == "__main__":
    main()
