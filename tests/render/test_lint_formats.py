"""Every format of `lint`, read back by an independent reader of that format."""

from __future__ import annotations

import json
import re
import unicodedata
import xml.etree.ElementTree as ET

import jsonschema
import pytest

from secretctl.model import Target
from secretctl.operations.lint import RULES, Finding
from secretctl.render import LINT_FORMATS, Page, lint_renderer
from secretctl.render.text import visible
from tests.render.reports import HOSTILE
from tests.render.sarif_schema import LOG
from tests.render.test_check_formats import parse_command

WEB = Target("client", "web")
FOUND = [
    Finding("file-readable", "note", None, None, None, "the file is readable by others", "chmod 600"),
    Finding("key-unknown", "warning", WEB, None, 7, "nothing reads the key expriation", "check its spelling"),
    Finding("stored-value-invalid", "error", WEB, "s1", 9, "its stored value is not a hash", "rotate it"),
]
NASTY = [Finding("id-lookalike", "warning", Target("client", HOSTILE), HOSTILE, 3, HOSTILE, HOSTILE)]


def shown(findings: list[Finding], format: str, page: Page | None = None) -> str:
    """The findings in that format."""
    return lint_renderer(format).lint(findings, page or Page(registry="conf/prod.toml"))


def test_json_is_an_array_with_exactly_the_documented_fields() -> None:
    """`target` is null for the file itself; in the order of the file."""
    assert json.loads(shown(FOUND, "json"))[:2] == [
        {
            "rule": "file-readable",
            "level": "note",
            "target": None,
            "secret_id": None,
            "line": None,
            "message": "the file is readable by others",
            "hint": "chmod 600",
        },
        {
            "rule": "key-unknown",
            "level": "warning",
            "target": "client/web",
            "secret_id": None,
            "line": 7,
            "message": "nothing reads the key expriation",
            "hint": "check its spelling",
        },
    ]
    assert json.loads(shown([], "json")) == []


def test_the_table_is_worst_first_with_a_place_for_each() -> None:
    """A line each without a terminal and then what mends them, a paragraph with its hint on one."""
    lines = shown(FOUND, "table").splitlines()
    assert [line.split()[:3] for line in lines[1:4]] == [
        ["error", "stored-value-invalid", "conf/prod.toml:9"],
        ["warning", "key-unknown", "conf/prod.toml:7"],
        ["note", "file-readable", "conf/prod.toml"],
    ]
    assert lines[4:] == [
        "hint: stored-value-invalid: rotate it",
        "hint: key-unknown: check its spelling",
        "hint: file-readable: chmod 600",
        "1 error, 1 warning, 1 note",
    ]
    text = shown(FOUND, "table", Page(width=60, color=True, registry="conf/prod.toml"))
    assert text.startswith(
        "\x1b[1;31merror\x1b[0m  stored-value-invalid  client/web#s1  (conf/prod.toml:9)\n  its stored"
    )
    assert "\n  hint: rotate it\n" in text
    assert "note\x1b[0m  file-readable  conf/prod.toml\n" in text
    assert shown(FOUND, "table", Page(width=60)).startswith("error  ")
    assert shown([], "table") == "nothing found\n" == shown([], "table", Page(width=80))


def test_the_table_has_one_hint_a_rule() -> None:
    """Where the findings' own differ, as they name what they are about, it is the rule's."""
    two = [Finding("secret-missing", "error", WEB, None, 7, "none", hint) for hint in ("mend web", "mend shop")]
    assert shown(two, "table").splitlines()[3:] == [
        f"hint: secret-missing: {RULES['secret-missing'].hint}",
        "2 errors",
    ]


def test_sarif_has_all_rules_and_the_lines() -> None:
    """Notes are notes; a finding of the file itself has no line and no logical place."""
    log = json.loads(shown(FOUND, "sarif"))
    jsonschema.validate(log, LOG)
    jsonschema.validate(json.loads(shown(NASTY, "sarif")), LOG)
    run = log["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == list(RULES)
    note, _, error = run["results"]
    assert (note["level"], error["level"]) == ("note", "error")
    assert "logicalLocations" not in note["locations"][0]
    assert "region" not in note["locations"][0]["physicalLocation"]
    assert error["locations"][0]["physicalLocation"]["region"] == {"startLine": 9}
    assert error["message"]["text"] == "client/web: its stored value is not a hash\nrotate it"


def test_github_annotates_errors_first() -> None:
    """Notes are notices; nothing found is a line in the log."""
    commands = [parse_command(line) for line in shown(FOUND, "github").splitlines()]
    assert [(command[0], command[1]["line"]) for command in commands] == [
        ("error", "9"),
        ("warning", "7"),
        ("notice", "1"),
    ]
    assert commands[0][2] == "client/web: its stored value is not a hash (rotate it)"
    assert shown([], "github") == "secretctl lint: nothing found\n"


def test_junit_has_a_case_for_each_finding_and_one_that_passes_where_there_is_none() -> None:
    """A suite without any case counts as an error in some systems."""
    suite = ET.fromstring(shown(FOUND, "junit")).find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")
    names = [(case.get("classname"), case.get("name")) for case in suite]
    assert names[0] == ("secretctl.lint.file-readable", "file-readable conf/prod.toml")
    assert names[2] == ("secretctl.lint.stored-value-invalid", "stored-value-invalid client/web s1")
    assert suite[0].findtext("system-out") == "the file is readable by others\nchmod 600\nconf/prod.toml"
    assert suite[2].findtext("failure") == "its stored value is not a hash\nrotate it\nconf/prod.toml:9"
    clean = ET.fromstring(shown([], "junit")).find("testsuite")
    assert clean is not None
    assert (clean.get("tests"), clean.get("failures")) == ("1", "0")


@pytest.mark.parametrize("format", LINT_FORMATS)
def test_hostile_text_stays_text(format: str) -> None:
    """Nothing that a terminal or a runner obeys, in no format."""
    text = shown(NASTY, format)
    assert {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"}} <= {"\n"}
    if format == "json":
        assert json.loads(text)[0]["message"] == HOSTILE
    elif format == "github":
        assert parse_command(text.strip())[0] == "warning"
    elif format == "junit":
        assert {element.tag for element in ET.fromstring(text).iter()} == {
            "testsuites",
            "testsuite",
            "testcase",
            "failure",
        }
    elif format == "sarif":
        assert visible(HOSTILE) in json.loads(text)["runs"][0]["results"][0]["message"]["text"]


def test_a_terminal_sees_no_escape_sequence_but_ours() -> None:
    """On a terminal, too."""
    text = shown(NASTY, "table", Page(color=True, width=60))
    assert set(re.findall(r"\x1b[^m]*m?", text)) == {"\x1b[0m", "\x1b[33m"}
