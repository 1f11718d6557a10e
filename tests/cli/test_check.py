"""`check` on the command line: statuses, formats, where the document goes, what is said beside it."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest

from secretctl.cli.showing import shown_path

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

GOOD = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="
AT = ("--at", "2026-11-20T12:00:00Z")
REGISTRY = f"""\
schema = 1
name = "prod"

[clients.fine]
owner = "team-a"
tags = ["pci"]
[[clients.fine.secrets]]
id = "f1"
type = "SharedSecret"
value = "{GOOD}"
expiration = 2027-12-31T00:00:00Z

[clients.soon]
owner = "team-a"
[[clients.soon.secrets]]
id = "s1"
type = "SharedSecret"
value = "{GOOD}"
created = 2026-08-12T12:00:00Z
expiration = 2026-12-10T12:00:00Z

[clients.urgent]
[[clients.urgent.secrets]]
id = "u1"
type = "SharedSecret"
value = "{GOOD}"
expiration = 2026-11-23T12:00:00Z

[clients.off]
enabled = false
"""


@pytest.fixture
def prod(cli: Cli) -> Cli:
    """A registry with one client of each level."""
    cli.registry.write_text(REGISTRY, encoding="utf-8")
    return cli


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ((), 2),
        (("fine",), 0),
        (("client/soon",), 1),
        (("fine", "client/soon", "client/fine"), 1),
        (("off",), 0),
        (("--owner", "team-a"), 1),
        (("--owner", "team-a", "--tag", "pci"), 0),
        (("--owner", "nobody"), 0),
        (("soon", "--warn", "10d"), 0),
        (("soon", "--warn", "10d", "--critical", "20d"), 2),
        (("soon", "--warn", "10%", "--critical", "5%"), 0),
        (("soon", "--warn", "17%", "--critical", "1%"), 1),
        (("nobody",), 4),
        (("resource/fine",), 4),
        (("--warn", "soon"), 64),
        (("--warn", "101%"), 64),
        (("--format", "yaml"), 64),
        (("--json", "--format", "csv"), 64),
        (("--registry", "missing.toml"), 3),
        (("--at", "never"), 64),
    ],
    ids=str,
)
def test_exit_statuses(arguments: tuple[str, ...], status: int, prod: Cli) -> None:
    """0 all ok, 1 a warning, 2 critical, 3 cannot tell, 4 no such target, 64 usage; a failed command prints nothing."""
    ran = prod("check", *arguments, *(AT if "--at" not in arguments else ()))
    assert ran.status == status, ran.err
    assert bool(ran.out) == (status <= 2)


@pytest.mark.parametrize(
    "format", ["table", "json", "csv", "markdown", "junit", "sarif", "github", "prometheus", "nagios", "ics"]
)
@pytest.mark.parametrize(("target", "status"), [("fine", 0), ("soon", 1), ("urgent", 2)])
def test_the_status_is_the_same_in_every_format(format: str, target: str, status: int, prod: Cli) -> None:
    """The format is how it is said, never what."""
    ran = prod("check", target, "--format", format, *AT)
    assert ran.status == status
    assert ran.out.endswith("\n")
    assert "at: 2026-11-20T12:00:00Z" in ran.err


def test_json_by_either_option(prod: Cli) -> None:
    """`--json` is `--format json`, and both together agree."""
    by_flag = prod("check", "--json", *AT)
    assert by_flag.json["summary"] == {"ok": 1, "warning": 1, "critical": 1, "disabled": 0}
    assert prod("check", "--format", "json", *AT).out == by_flag.out
    assert prod("check", "--format", "json", "--json", *AT).out == by_flag.out


def test_disabled_ones_are_left_out_unless_asked_or_named(prod: Cli) -> None:
    """Who names a client wants to see it; the exit status stays what it is."""
    targets = [p["target"] for p in prod("check", "--json", *AT).json["principals"]]
    assert targets == ["client/fine", "client/soon", "client/urgent"]
    everybody = prod("check", "--json", "--include-disabled", *AT)
    assert (everybody.status, everybody.json["summary"]["disabled"]) == (2, 1)
    assert prod("check", "off", "--json", *AT).json["principals"][0]["level"] == "disabled"


def test_an_empty_registry_is_fine_and_says_so(cli: Cli) -> None:
    """Status 0, a note on stderr, and a document all the same."""
    cli.registry.write_text("schema = 1\n", encoding="utf-8")
    ran = cli("check", "--json")
    assert (ran.status, ran.json["principals"]) == (0, [])
    assert "the registry is empty" in ran.err
    cli.registry.write_text("schema = 1\n[clients.off]\nenabled = false\n", encoding="utf-8")
    assert "nothing to check: no client or resource is enabled" in cli("check").err


def test_an_owner_that_nobody_has_is_warned_about(cli: Cli) -> None:
    """A misspelled one in a monitoring job would find everything well for good."""
    cli.registry.write_text('schema = 1\n[clients.web]\nowner = "shop"\n', encoding="utf-8")
    ran = cli("check", "--owner", "shpo\x1b", "--tag", "pci")
    assert ran.status == 0
    words = "warning: nothing was checked: no enabled client or resource has the owner 'shpo\\x1b' and the tag 'pci'"
    assert words in ran.err


def test_sarif_and_github_point_at_the_lines_of_the_file(prod: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are relative: to the current directory, or for GitHub to its work tree."""
    log = prod("check", "--format", "sarif", *AT).json
    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "secretctl.toml"
    line = place["region"]["startLine"]
    assert "[[clients.urgent.secrets]]" in REGISTRY.splitlines()[line - 1]
    assert prod("check", "--format", "github", *AT).out.startswith(f"::error file=secretctl.toml,line={line},")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(prod.path.parent))
    assert f"::error file={prod.path.name}/secretctl.toml," in prod("check", "--format", "github", *AT).out
    monkeypatch.setenv("GITHUB_WORKSPACE", str(prod.path / "elsewhere"))
    assert "::error file=secretctl.toml," in prod("check", "--format", "github", *AT).out


def test_a_database_has_no_path_and_a_lost_directory_no_relative_one(prod: Cli) -> None:
    """A URL stands as it is; where there is no current directory the path is the whole one."""
    assert shown_path("postgresql://db/ids") == "postgresql://db/ids"
    lost = prod.path / "lost"
    lost.mkdir()
    os.chdir(lost)
    lost.rmdir()
    try:
        assert shown_path("/srv/secretctl.toml") == "/srv/secretctl.toml"
    finally:
        os.chdir(prod.path)


def test_github_gets_a_step_summary(prod: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Markdown, added to what is there; a summary that cannot be written is a warning and nothing more."""
    summary = prod.path / "summary.md"
    summary.write_text("# Before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert prod("check", "--format", "github", *AT).status == 2
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("# Before\n## Secrets of prod\n")
    assert "| **critical** | client/urgent |" in text
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(prod.path / "no" / "summary.md"))
    ran = prod("check", "--format", "github", *AT)
    assert (ran.status, "warning: the summary" in ran.err) == (2, True)
    prod("check", "--format", "json", *AT)
    assert summary.read_text(encoding="utf-8") == text


def test_output_is_written_whole_and_stdout_stays_empty(prod: Cli) -> None:
    """The same document; an existing file keeps its mode; the exit status is the check's."""
    target = prod.path / "secretctl.prom"
    target.write_text("old", encoding="utf-8")
    target.chmod(0o644)
    ran = prod("check", "--format", "prometheus", "--output", target, *AT)
    assert (ran.status, ran.out) == (2, "")
    assert target.read_text(encoding="utf-8") == prod("check", "--format", "prometheus", *AT).out
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    assert {path.name for path in prod.path.iterdir()} == {"secretctl.toml", "secretctl.prom"}


def test_output_that_cannot_be_written_is_status_3(prod: Cli) -> None:
    """The file's directory is missing: the question was answered, the answer not delivered."""
    ran = prod("check", "--json", "--output", prod.path / "no" / "out.json", *AT)
    assert (ran.status, ran.out) == (3, "")
    assert ran.error["code"] == "file_unwritable"


@pytest.mark.parametrize("arguments", [("-r", "missing.toml"), ("nobody",), ("--output", "no/out.txt")])
def test_nagios_is_told_unknown_where_nothing_can_be_told(arguments: tuple[str, ...], prod: Cli) -> None:
    """One line on stdout, status 3, and the message for people on stderr; a usage error stays one."""
    ran = prod("check", "--format", "nagios", *arguments, *AT)
    assert ran.status == 3
    assert re.fullmatch(r"SECRETCTL UNKNOWN - [^|\n]+\n", ran.out)
    assert "secretctl: error: " in ran.err
    assert prod("check", "--format", "nagios", "--warn", "x").status == 64


def test_nagios_can_write_unknown_to_its_file(prod: Cli) -> None:
    """Where --output names a file, the line goes there."""
    ran = prod("check", "nobody", "--format", "nagios", "--output", prod.path / "out.txt", *AT)
    assert (ran.status, ran.out) == (3, "")
    assert (prod.path / "out.txt").read_text(encoding="utf-8").startswith("SECRETCTL UNKNOWN - ")


def test_csv_of_a_hostile_registry_is_inert(cli: Cli) -> None:
    """From the file to the spreadsheet."""
    cli.registry.write_text(
        f'schema = 1\n[clients."=HYPERLINK(1)"]\nname = "+1"\n[[clients."=HYPERLINK(1)".secrets]]\n'
        f'id = "-1"\ntype = "SharedSecret"\nvalue = "{GOOD}"\ndescription = "@SUM(1)"\n',
        encoding="utf-8",
    )
    [row] = csv.DictReader(io.StringIO(cli("check", "--format", "csv").out, newline=""))
    assert (row["id"], row["name"], row["secret_id"], row["description"]) == (
        "'=HYPERLINK(1)",
        "'+1",
        "'-1",
        "'@SUM(1)",
    )


@pytest.mark.parametrize("no_color", ["", "1"])
def test_on_a_terminal_there_are_colours_and_a_time_line(no_color: str, prod: Cli) -> None:
    """80 columns; without colour where NO_COLOR is set; worst first. Into a pipe goes neither."""
    environment = {**os.environ, "NO_COLOR": no_color, "TERM": "xterm-256color"}
    child = pexpect.spawn(
        sys.executable,
        ["-m", "secretctl", "check", *AT],
        cwd=str(prod.path),
        env=environment,
        dimensions=(24, 80),
        encoding="utf-8",
        timeout=30,
    )
    text = child.read()
    child.close()
    assert child.exitstatus == 2
    assert ("\x1b[1;31mcritical" in text) == (not no_color)
    bare = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert "━" in bare
    assert bare.index("client/urgent") < bare.index("client/soon") < bare.index("client/fine")
    assert not re.search("[\x1b━]", prod("check", *AT).out)


def test_a_name_of_escape_sequences_stays_a_name(cli: Cli) -> None:
    """In the table, and on stderr."""
    cli.registry.write_text('schema = 1\n[clients."a\\u001b[31m\\u202eb"]\n', encoding="utf-8")
    ran = cli("check")
    assert "client/a\\x1b[31m\\u202eb" in ran.out
    assert "\x1b" not in ran.out + cli("check", "\x1b[31m").err


@pytest.mark.usefixtures("untraced")
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_a_large_registry_streams_with_bounded_memory(tmp_path: Path) -> None:
    """Peak memory of a whole check stays below 25 times the size of the file."""
    one = '[clients.c{0}]\n[[clients.c{0}.secrets]]\nid = "a{0}"\ntype = "SharedSecret"\nvalue = "{1}"\nexpiration = 2099-12-31T00:00:00Z\n'
    file = tmp_path / "secretctl.toml"
    file.write_text("schema = 1\n" + "".join(one.format(n, GOOD) for n in range(20_000)), encoding="utf-8")
    # Not ru_maxrss, which begins with what the process had that started this one.
    code = (
        "import re, sys; from secretctl.cli.app import run; status = run(['check', '--json']);"
        "sys.stderr.write(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]); sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert len(json.loads(done.stdout)["principals"]) == 20_000
    interpreter = 40_000
    assert int(done.stderr) - interpreter < 25 * file.stat().st_size / 1024
