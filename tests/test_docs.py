"""What the documentation shows is what the tool does: every session is run, every made block made again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.codes import CLASSES, codes
from docs.make import documents, made
from docs.sessions import comparable, rerun, sessions

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_sessions_print_what_the_page_shows(path: Path) -> None:
    """Each command of the page, run in order in an empty directory, prints what stands below it."""
    text = path.read_text(encoding="utf-8")
    assert comparable(rerun(text)) == comparable(text)


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_made_blocks_are_up_to_date(path: Path) -> None:
    """`make docs` would change nothing."""
    text = path.read_text(encoding="utf-8")
    assert made(text) == text


def test_every_error_class_has_its_row_of_statuses() -> None:
    """The README's table of statuses knows the status of each error class, and every class is raised somewhere."""
    statuses = {int(row) for row in re.findall(r"^\| (\d+) \| [^`]", README.read_text(encoding="utf-8"), re.MULTILINE)}
    assert statuses == {0, 1, 2, 3, 4, 5, 6, 7, 64, 70, 130}
    assert set(CLASSES.values()) <= statuses
    assert set(codes()) == set(CLASSES.values())
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", code) for found in codes().values() for code in found)


def test_sessions_are_found_run_and_told_apart() -> None:
    """A chapter begins in an empty directory, its blocks share one, and a status goes on to the next command."""
    page = (
        "## One\n```console\n$ echo a > f; ls\nwrong\n$ false\n$ echo $?\n```\ntext\n```console\n$ cat f\n```\n"
        "```text\n$ not run\n```\n## Two\n```console\n$ ls\n$ printf %s \\\n>   b\n```\n"
    )
    assert [session.new_chapter for session in sessions(page)] == [True, False, True]
    again = rerun(page)
    assert again == (
        "## One\n```console\n$ echo a > f; ls\nf\n$ false\n$ echo $?\n1\n```\ntext\n```console\n$ cat f\na\n```\n"
        "```text\n$ not run\n```\n## Two\n```console\n$ ls\n$ printf %s \\\n>   b\nb\n```\n"
    )


def test_comparable_hides_what_differs_from_run_to_run() -> None:
    """Generated secrets, ids and instants may differ; words, reasons and codes may not."""
    one = "7f3a91c2  2026-01-01T00:00:00Z  wqT0m4aDfm2pVJp2TQ0Zb7v3yFJk1xXo5K8sL9dEw0A\nBasic d2ViOnNlY3JldA==\n"
    two = "0c5d77e1  2027-11-30T10:00:00Z  AqT0m4aDfm2pVJp2TQ0Zb7v3yFJk1xXo5K8sL9dEw01\nBasic d2ViOnNlY3JldB==\n"
    assert comparable(one) == comparable(two)
    assert comparable("accepted\n") != comparable("rejected\n")


def test_the_demo_tells_its_story(tmp_path: Path) -> None:
    """`make demo` runs to its end with every status as expected, and shows no generated secret in a command."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        ["sh", ROOT / "demo" / "run.sh"], env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "accepted" in done.stdout
    assert list(tmp_path.iterdir()) == []
