"""`lint` and `report` on the command line."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

HASH = "vQobplVKr2lRrAno7zAWeVD6IcVX8pgT9PAq5hASvMk="
CLEAN = f"""\
schema = 1
[clients.web]
[[clients.web.secrets]]
id = "s1"
type = "SharedSecret"
value = "{HASH}"
expiration = 2026-12-31T00:00:00Z
"""
WARNING = CLEAN.replace('id = "s1"', 'id = "s1"\ncolour = "red"')
ERROR = CLEAN.replace(HASH, "hunter2")


def registry(cli: Cli, text: str) -> None:
    """A registry of that text that only its owner may read."""
    cli.registry.write_text(text, encoding="utf-8")
    cli.registry.chmod(0o600)


@pytest.mark.parametrize("format", ["table", "json", "sarif", "github", "junit"])
@pytest.mark.parametrize(("text", "status"), [(CLEAN, 0), (WARNING, 1), (ERROR, 2)], ids=["clean", "warning", "error"])
def test_lint_exits_by_the_worst_finding_in_every_format(text: str, status: int, format: str, cli: Cli) -> None:
    """0 nothing, 1 warnings, 2 errors."""
    registry(cli, text)
    ran = cli("lint", "--format", format, "--at", "2026-11-20")
    assert ran.status == status
    assert ran.out.endswith("\n")


def test_notes_alone_exit_with_0(cli: Cli) -> None:
    """A checkout that others may read is worth knowing, no reason to fail."""
    registry(cli, CLEAN)
    cli.registry.chmod(0o644)
    ran = cli("lint", "--json")
    assert (ran.status, [finding["rule"] for finding in ran.json]) == (0, ["file-readable"])


def test_lint_json_has_the_documented_fields(cli: Cli) -> None:
    """With the line of the key in the file."""
    registry(cli, WARNING)
    [finding] = cli("lint", "--json").json
    assert list(finding) == ["rule", "level", "target", "secret_id", "line", "message", "hint"]
    assert (finding["rule"], finding["target"], finding["line"]) == ("key-unknown", "client/web", 5)
    assert cli("lint", "--format", "json").json == [finding]


def test_lint_formats_point_at_the_file(cli: Cli) -> None:
    """SARIF and GitHub with relative paths and lines, JUnit as a test case."""
    registry(cli, ERROR)
    results = cli("lint", "--format", "sarif").json["runs"][0]["results"]
    assert {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in results} == {"secretctl.toml"}
    assert all(r["locations"][0]["physicalLocation"]["region"]["startLine"] for r in results)
    assert (
        "::error file=secretctl.toml,line=3,title=secretctl stored-value-plaintext::"
        in cli("lint", "--format", "github").out
    )
    suite = ET.fromstring(cli("lint", "--format", "junit").out).find("testsuite")
    assert suite is not None
    assert suite.get("failures") == "3"


def test_what_is_linted_depends_on_the_time_asked_for(cli: Cli) -> None:
    """An expired value harms nobody, but its owner is locked out then."""
    registry(cli, ERROR)
    rules = {finding["rule"] for finding in cli("lint", "--json", "--at", "2027-01-01").json}
    assert rules == {"secret-missing"}


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("lint", "--format", "csv"), 64),
        (("lint", "--registry", "missing.toml"), 3),
        (("lint", "--json", "--format", "table"), 64),
        (("report", "--registry", "missing.toml"), 3),
        (("report", "--html", "no/report.html"), 3),
        (("report", "--at", "soon"), 64),
    ],
    ids=str,
)
def test_what_fails_prints_nothing(arguments: tuple[str, ...], status: int, cli: Cli) -> None:
    """Unknown formats, a missing registry, a file that cannot be written."""
    registry(cli, CLEAN)
    ran = cli(*arguments)
    assert (ran.status, ran.out) == (status, "")


def test_report_sums_up_in_words(cli: Cli) -> None:
    """Status 0 whatever it says: it answers no question, it shows."""
    registry(cli, CLEAN.replace("schema = 1", 'schema = 1\nname = "prod"'))
    ran = cli("report", "--at", "2027-01-01")
    assert ran.status == 0
    lines = ran.out.splitlines()
    assert lines[0].split() == ["Registry:", "prod"]
    assert "Principals: 1 critical" in ran.out
    assert "Secrets:    1 expired" in ran.out
    ahead = cli("report", "--at", "2026-11-20").out
    assert "Next to end:" in ahead
    assert ahead.splitlines()[-1].split() == ["client/web", "s1", "active", "2026-12-31", "41d"]


def test_report_of_nothing(cli: Cli) -> None:
    """Says none rather than nothing."""
    registry(cli, "schema = 1\n")
    assert "Principals: none" in cli("report").out
    assert "Next to end" not in cli("report").out


def test_report_as_json(cli: Cli) -> None:
    """The same for programs."""
    registry(cli, CLEAN)
    body = cli("report", "--json", "--at", "2026-11-20").json
    assert body["summary"] == {"ok": 1, "warning": 0, "critical": 0, "disabled": 0}
    assert (body["statuses"], body["types"]) == ({"active": 1}, {"SharedSecret": 1})
    assert body["next_ends"][0]["target"] == "client/web"
    assert body["next_ends"][0]["id"] == "s1"


def test_report_writes_one_page(cli: Cli) -> None:
    """Stdout stays empty unless JSON is asked for beside it; the same clock gives the same bytes."""
    registry(cli, CLEAN)
    page = cli.path / "report.html"
    ran = cli("report", "--html", page, "--at", "2026-11-20")
    assert (ran.status, ran.out) == (0, "")
    assert "report written to" in ran.err
    first = page.read_bytes()
    assert first.startswith(b"<!doctype html>")
    both = cli("report", "--html", page, "--json", "--at", "2026-11-20")
    assert both.json["summary"]["ok"] == 1
    assert page.read_bytes() == first


@pytest.mark.parametrize(
    "command", [("report", "--html"), ("check", "--output"), ("check", "--format=nagios", "--output")]
)
@pytest.mark.parametrize("text", [CLEAN, "not a registry"])
def test_no_document_replaces_the_registry(command: tuple[str, ...], text: str, cli: Cli) -> None:
    """By whatever name, and also where the registry cannot be read."""
    registry(cli, text)
    (cli.path / "link").symlink_to(cli.registry)
    for name in ("secretctl.toml", "./secretctl.toml", cli.registry, "link"):
        ran = cli(*command, name)
        assert (ran.status, ran.out) == (64, "")
        assert cli.registry.read_text(encoding="utf-8") == text


def test_no_document_replaces_a_database(cli: Cli) -> None:
    """An SQLite file either; of another server there is no file."""
    cli.ok("init", "sqlite:///identity.db")
    before = (cli.path / "identity.db").read_bytes()
    assert (
        cli("report", "--html", "identity.db", "-r", "sqlite:///identity.db", "--json").error["code"] == "out_invalid"
    )
    assert (cli.path / "identity.db").read_bytes() == before
    assert cli("report", "--html", "page.html", "-r", "postgresql://127.0.0.1:1/none").status == 3
