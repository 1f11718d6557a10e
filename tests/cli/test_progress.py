"""Progress on a terminal, and nowhere else."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from secretctl.cli.progress import phases, progress

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

WORK = """
from secretctl.cli.progress import progress
with progress("counting", patience={patience}) as advance:
    for _ in range(5):
        advance(1000)
        __import__("time").sleep(0.15)
print("done")
"""


def test_without_a_terminal_there_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is drawn into files and pipes."""
    with progress("counting", patience=0) as advance:
        advance(1)
    with phases("comparing", "writing", patience=0) as (compared, written):
        compared(1)
        written(1)
    assert capsys.readouterr() == ("", "")


PHASES = """
from secretctl.cli.progress import phases
with phases("comparing", "writing", patience=0) as (compared, written):
    for advance in (compared, written):
        for _ in range(4):
            advance(1000)
            __import__("time").sleep(0.15)
print("done")
"""


def test_work_in_parts_has_a_line_at_a_time() -> None:
    """The line of one part goes when the next begins."""
    child = pexpect.spawn(sys.executable, ["-c", PHASES], encoding="utf-8", timeout=30, dimensions=(24, 80))
    child.expect_exact("comparing 2,000 principals")
    child.expect_exact("writing 2,000 principals")
    assert "comparing" not in str(child.after)
    child.expect_exact("done")
    assert "comparing" not in str(child.before)
    child.expect(pexpect.EOF)


@pytest.mark.parametrize(
    "command", ["client list -r large.toml", "import hydra large.json --dry-run", "diff large.toml a.toml"]
)
def test_a_large_file_is_announced(cli: Cli, command: str) -> None:
    """Until it is parsed there is no progress to show; in a pipe nobody waits."""
    cli.write("schema = 1\n", "a.toml")
    cli.write("schema = 1\n" + "# a comment\n" * 800_000, "large.toml")
    cli.write("[" + " " * 9_000_000 + "]", "large.json")
    command = f"{command} -r a.toml" if command.startswith("import") else command
    child = pexpect.spawn(
        sys.executable, ["-m", "secretctl", *command.split()], cwd=str(cli.path), encoding="utf-8", timeout=30
    )
    assert re.findall("reading large.* [0-9] MiB", child.read())
    assert "reading" not in cli.ok(*command.split()).err


@pytest.mark.parametrize(("patience", "shown"), [(0.0, True), (60.0, False)])
def test_on_a_terminal_it_appears_after_a_while(patience: float, shown: bool) -> None:
    """How many are done, and for how long; what is over soon needs no line."""
    child = pexpect.spawn(
        sys.executable, ["-c", WORK.format(patience=patience)], encoding="utf-8", timeout=30, dimensions=(24, 80)
    )
    child.expect_exact("done")
    assert ("counting 2,000 principals" in str(child.before)) is shown
    child.expect(pexpect.EOF)
