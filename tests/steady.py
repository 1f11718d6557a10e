"""A Python that makes the same system calls at every run, so that one of them can be found again by its number."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

import secretctl


def steady_python(directory: Path) -> tuple[list[str], dict[str, str]]:
    """The beginning of a command line, and an environment, for a Python that finds what it imports where nothing changes.

    Python lists a directory of its path anew whenever something was made in it, and the checkout and the current directory
    are such places: the first gets coverage's data, while other tests run, the second what the test is about. So neither is on
    the path: the package is found through a link in ``directory``, which is made for that. Coverage, which makes system
    calls of its own, is left out.
    """
    link = directory / "secretctl"
    if not link.exists():
        directory.mkdir(exist_ok=True)
        link.symlink_to(Path(secretctl.__file__).parent)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE", "PYTHON"))}
    paths = os.pathsep.join([str(directory), sysconfig.get_path("purelib")])
    # -S: no .pth files, of which one names the checkout; -P: no current directory.
    return [sys.executable, "-SP"], clean | {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": paths}
