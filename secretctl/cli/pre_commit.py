"""The hooks of .pre-commit-hooks.yaml: ``python -P -m secretctl.cli.pre_commit lint|check [OPTIONS] FILE…``.

pre-commit hands over the changed files at the end of one command line, while ``--registry`` takes one: each registry is
looked at by a command of its own, and the worst exit status is the hook's. With ``-P``, so that the repository in which the
hook runs cannot bring modules of its own (``typer.py``): it is looked at, not run.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Run the command on each of the files; the worst of the exit statuses. One that was killed is worse than all."""
    from secretctl.cli.output import emit
    from secretctl.render.text import defused, visible

    command, files = split(arguments)
    worst = 0
    for file in files:
        run = [sys.executable, "-P", "-m", "secretctl", *command, "--registry", file]
        if len(files) > 1:
            emit(defused(f"{visible(file)}:\n"))
        status = subprocess.run(run, check=False).returncode
        worst = max(worst, status if status >= 0 else 128 - status)
    return worst


def split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The command with its options, and the existing ``.toml`` files that stand at the end."""
    end = len(arguments)
    while end > 0 and arguments[end - 1].endswith(".toml") and Path(arguments[end - 1]).is_file():
        end -= 1
    return list(arguments[:end]), list(arguments[end:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
