"""Every format of `check`, read back by an independent reader of that format."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import icalendar
import jsonschema
import pytest
from prometheus_client.parser import text_string_to_metric_families

from secretctl.errors import UsageError
from secretctl.model import Resource, Target
from secretctl.render import CHECK_FORMATS, Page, check_renderer, lint_renderer
from secretctl.render.nagios import unknown
from secretctl.render.text import columns, visible
from tests.render.reports import EVERYTHING, HOSTILE, NOW, a_client, reported, secret
from tests.render.sarif_schema import LOG

if TYPE_CHECKING:
    from secretctl.operations.expiry import CheckReport

LINES = {
    (Target("client", "urgent"), None): 40,
    (Target("client", "urgent"), "u1"): 47,
    (Target("client", "locked"), None): 60,
}


def shown(report: CheckReport, format: str, page: Page | None = None) -> str:
    """The report in that format."""
    return "".join(check_renderer(format).check(report, page or Page()))


@pytest.mark.parametrize("format", CHECK_FORMATS)
def test_every_format_is_one_document_that_depends_on_the_report_alone(
    format: str, everything: CheckReport, nothing: CheckReport
) -> None:
    """The same report gives the same text, and an empty one gives a document, too."""
    text = shown(everything, format)
    assert text == shown(reported(*EVERYTHING), format)
    assert text.endswith("\n")
    assert shown(nothing, format).endswith("\n")


@pytest.mark.parametrize("format", CHECK_FORMATS)
def test_no_format_carries_anything_that_a_terminal_obeys(format: str, hostile: CheckReport) -> None:
    """Escapes, bidirectional and other hidden characters are shown or written as escapes; line ends only where quoted."""
    text = shown(hostile, format)
    allowed = {"\n"} | ({"\r"} if format in {"csv", "ics"} else set())
    assert {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"}} <= allowed


@pytest.mark.parametrize("width", [None, 20, 40, 80, 200])
def test_the_table_shows_hostile_text_without_obeying_it(width: int | None, hostile: CheckReport) -> None:
    """On a terminal of any width, nothing but our own colours is an escape sequence."""
    text = shown(hostile, "table", Page(color=True, width=width))
    assert set(re.findall(r"\x1b[^m]*m?", text)) <= {"\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[1;31m"}
    assert "\u202e" not in text


@pytest.mark.parametrize("format", ["json", "csv"])
def test_a_long_report_for_programs_comes_in_pieces(format: str) -> None:
    """So that its text is never held as a whole: none of them has much more than a thousand of three thousand clients."""
    names = [f"client-{number:04}" for number in range(3000)]
    report = reported(*(a_client(name, secret("s", 300)) for name in names))
    pieces = list(check_renderer(format).check(report, Page()))
    text = "".join(pieces)
    told = (
        [principal["target"] for principal in json.loads(text)["principals"]]
        if format == "json"
        else [row["target"] for row in csv.DictReader(io.StringIO(text))]
    )
    assert told == [f"client/{name}" for name in names]
    assert max(map(len, pieces)) < len(text) * 0.35


def test_an_unknown_format_is_refused_with_those_that_exist() -> None:
    """For `check` and `lint` alike."""
    with pytest.raises(UsageError, match="there is no format 'yaml'") as caught:
        check_renderer("yaml")
    assert "prometheus" in str(caught.value.hint)
    with pytest.raises(UsageError):
        lint_renderer("ics")


# --- table


def test_the_plain_table_has_one_line_a_principal_worst_first(everything: CheckReport) -> None:
    """Without a terminal: aligned columns, no colour, no time line."""
    lines = shown(everything, "table").splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == ["critical"] * 2 + ["warning"] * 3 + ["ok"] * 4 + ["disabled"]
    assert [line.split()[1] for line in lines[1:3]] == ["client/locked", "client/urgent"]
    assert lines[-1] == "2 critical, 3 warning, 4 ok, 1 disabled"
    assert "no usable secret is left" in lines[1]


@pytest.mark.parametrize("color", [False, True])
def test_on_80_columns_the_table_fits_and_has_a_time_line(color: bool, everything: CheckReport) -> None:
    """Each principal's coverage as a line from now on; a name of its own line where it is too long."""
    report = reported(*EVERYTHING, a_client("x" * 60, secret("x1", 40)))
    text = shown(report, "table", Page(color=color, width=80))
    bare = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert ("\x1b" in text) == color
    lines = {line.split()[1]: line for line in bare.splitlines() if line.startswith(("critical", "warning", "ok"))}
    bars = {name: line.split()[-1] for name, line in lines.items()}
    assert re.fullmatch(r"╸[┊·]+", bars["client/urgent"])
    assert re.fullmatch(r"━+▶", bars["client/fine"])
    assert re.fullmatch(r"━*┿━+╸[┊·]*", bars["client/both"])
    assert re.fullmatch(r"[┊·]+", bars["client/locked"])
    assert "forever" in lines["resource/api1"]
    assert "20d" in lines["client/soon"]
    assert max(columns(line) for line in bare.splitlines()) <= 80
    assert "now" in bare.splitlines()[0]
    assert "90d" in bare.splitlines()[0]


def test_a_narrow_terminal_gets_no_time_line_and_an_empty_registry_no_header(nothing: CheckReport) -> None:
    """What does not fit is left out rather than broken; reasons are wrapped."""
    text = shown(reported(*EVERYTHING), "table", Page(width=50))
    assert "━" not in text
    assert max(columns(line) for line in text.splitlines()) <= 50
    assert shown(nothing, "table", Page(width=80)) == "nothing to check\n" == shown(nothing, "table")


def test_ends_beyond_the_scale_are_not_drawn_on_it() -> None:
    """Two secrets that end next year are a line that goes on."""
    text = shown(reported(a_client("web", secret("s1", 200), secret("s2", 300))), "table", Page(width=80))
    assert re.fullmatch(r"━+▶", text.splitlines()[1].split()[-1])


def test_labels_that_do_not_fit_the_scale_are_left_out() -> None:
    """Two windows that lie close together have one label."""
    head = shown(reported(*EVERYTHING, warn="30d", critical="27d"), "table", Page(width=80)).splitlines()[0]
    assert "now" in head
    assert ("27d" in head.split()) != ("30d" in head.split())


def test_shares_of_a_lifetime_have_no_place_on_the_scale() -> None:
    """With --warn 20% the time line shows three months and no window."""
    text = shown(reported(*EVERYTHING, warn="20%", critical="1d"), "table", Page(width=80))
    assert "90d" in text.splitlines()[0]
    assert "20%" not in text


# --- json


def test_json_has_exactly_the_documented_fields(everything: CheckReport) -> None:
    """Names, nulls and order of the registry; instants in RFC 3339."""
    body = json.loads(shown(everything, "json"))
    assert list(body) == ["checked_at", "warn", "critical", "summary", "principals"]
    assert body["checked_at"] == "2026-11-20T12:00:00Z"
    assert (body["warn"], body["critical"]) == ("30d", "7d")
    assert body["summary"] == {"ok": 4, "warning": 3, "critical": 2, "disabled": 1}
    assert [p["target"] for p in body["principals"]] == [str(p.target) for p in EVERYTHING]
    by_target = {p["target"]: p for p in body["principals"]}
    assert by_target["client/soon"] == {
        "target": "client/soon",
        "level": "warning",
        "covered_until": "2026-12-10T12:00:00Z",
        "reasons": ["the last shared secret, s1, ends in 20 days (2026-12-10T12:00:00Z)"],
        "secrets": [
            {
                "id": "s1",
                "type": "SharedSecret",
                "status": "expiring",
                "description": "2026 secret",
                "expiration": "2026-12-10T12:00:00Z",
                "created": "2026-08-12T12:00:00Z",
                "days_left": 20,
            }
        ],
    }
    assert by_target["resource/api1"]["covered_until"] is None
    assert by_target["resource/api1"]["secrets"][0]["days_left"] is None
    assert by_target["client/spa"]["secrets"] == []


def test_json_is_ascii_and_indented_only_for_people(hostile: CheckReport) -> None:
    """One line for programs; what is hostile comes back as it was."""
    text = shown(hostile, "json")
    assert text.isascii()
    assert text.count("\n") == 1
    assert json.loads(text)["principals"][0]["target"] == f"client/{HOSTILE}"
    assert shown(hostile, "json", Page(width=80)).count("\n") > 10


# --- csv


def rows_of(report: CheckReport) -> list[dict[str, str]]:
    """The rows by their header."""
    return list(csv.DictReader(io.StringIO(shown(report, "csv"), newline="")))


def test_csv_has_one_row_a_secret(everything: CheckReport) -> None:
    """And one for a principal without any."""
    rows = rows_of(everything)
    assert len(rows) == 14
    soon = next(row for row in rows if row["secret_id"] == "s1")
    assert (soon["target"], soon["level"], soon["status"], soon["days_left"]) == (
        "client/soon",
        "warning",
        "expiring",
        "20",
    )
    assert next(row for row in rows if row["id"] == "spa")["secret_id"] == ""
    assert next(row for row in rows if row["secret_id"] == "l1")["days_left"] == "-2"
    assert shown(everything, "csv").count("\r\n") == 15


def test_csv_cells_are_never_formulas(hostile: CheckReport) -> None:
    """What a spreadsheet would run gets an apostrophe; apart from that the text is what it was, made visible."""
    rows = rows_of(hostile)
    assert rows[0]["id"] == "'" + visible(HOSTILE, keep="\r\n")
    assert rows[0]["description"] == rows[0]["id"]
    for row in rows:
        assert not [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_each_character_that_starts_a_formula_is_defused(start: str) -> None:
    """OWASP's list."""
    report = reported(a_client("web", secret("s1", 90, description=f"{start}1+1")))
    assert rows_of(report)[0]["description"] == f"'{start}1+1"


# --- markdown


def test_markdown_is_a_table_of_the_same_width_in_every_row(everything: CheckReport, hostile: CheckReport) -> None:
    """Pipes, markup and line ends in the data never make another cell, row or element."""
    for report in (everything, hostile):
        table = [line for line in shown(report, "markdown").splitlines() if line.startswith("|")]
        assert len(table) == 2 + len(report.principals)
        assert {len(re.split(r"(?<!\\)\|", line)) for line in table} == {8}
    text = shown(hostile, "markdown")
    assert "<script>" not in text
    assert not re.search(r"(?<!\\)[`\[\]@]", text)


def test_markdown_names_the_registry_and_sums_up(everything: CheckReport, nothing: CheckReport) -> None:
    """A heading and a line before the table; nothing but those where there is nothing."""
    lines = shown(everything, "markdown").splitlines()
    assert lines[0] == "## Secrets of prod"
    assert lines[2] == "2 critical, 3 warning, 4 ok, 1 disabled, 2026-11-20T12:00:00Z"
    assert "**critical** | client/locked" in lines[6]
    assert "|" not in shown(nothing, "markdown")


# --- junit


def test_junit_fails_for_warnings_and_worse(everything: CheckReport) -> None:
    """A test case a principal, in the order of the registry; disabled ones are skipped."""
    suite = ET.fromstring(shown(everything, "junit")).find("testsuite")
    assert suite is not None
    cases = {case.get("name"): case for case in suite}
    assert list(cases) == [str(p.target) for p in EVERYTHING]
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("10", "5", "1")
    failure = cases["client/locked"].find("failure")
    assert failure is not None
    assert failure.get("type") == "critical"
    assert cases["client/off"].find("skipped") is not None
    assert not list(cases["client/fine"])


def test_junit_holds_hostile_text_as_text(hostile: CheckReport) -> None:
    """No element comes out of the data; characters that XML cannot hold are shown."""
    report = reported(a_client("a\x00b\ufffe]]><x/>", secret("s1", 3)))
    case = ET.fromstring(shown(report, "junit")).find("testsuite/testcase")
    assert case is not None
    assert case.get("name") == "client/a\\x00b\\ufffe]]><x/>"
    tags = {element.tag for element in ET.fromstring(shown(hostile, "junit")).iter()}
    assert tags == {"testsuites", "testsuite", "testcase", "failure"}


# --- sarif


def sarif(report: CheckReport, page: Page | None = None) -> Any:
    """The one run of the log."""
    log = json.loads(shown(report, "sarif", page))
    jsonschema.validate(log, LOG)
    assert (log["version"], log["$schema"]) == ("2.1.0", "https://json.schemastore.org/sarif-2.1.0.json")
    return log["runs"][0]


def test_sarif_points_at_the_line_of_the_secret(everything: CheckReport) -> None:
    """Relative to the work tree, percent-encoded; the principal's line where the secret has none."""
    run = sarif(everything, Page(registry="config/my registry.toml", lines=lambda: LINES))
    by_target = {result["partialFingerprints"]["secretctl/v1"]: result for result in run["results"]}
    location = by_target["ends-critical client/urgent#u1"]["locations"][0]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "config/my%20registry.toml"},
        "region": {"startLine": 47},
    }
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "client/urgent#u1"
    locked = by_target["locked-out client/locked#l1"]["locations"][0]["physicalLocation"]
    assert locked["region"]["startLine"] == 60
    assert "region" not in by_target["ends-soon client/soon#s1"]["locations"][0]["physicalLocation"]


def test_sarif_of_hostile_text_is_valid(hostile: CheckReport) -> None:
    """Whatever the names are, the log is one that its schema knows."""
    assert len(sarif(hostile, Page(registry="we ird/näme.toml"))["results"]) == 2


def test_sarif_results_have_their_rules_and_levels(everything: CheckReport, nothing: CheckReport) -> None:
    """Critical is an error; each result's rule is in the driver at its index; disabled principals have no results."""
    run = sarif(everything)
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["message"]["text"]
        assert result["level"] in {"error", "warning"}
    assert [result["level"] for result in run["results"]] == ["error"] * 2 + ["warning"] * 3
    assert sarif(nothing)["results"] == []


# --- github


def parse_command(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as the runner reads it (ActionCommand.TryParseV2)."""
    match = re.fullmatch(r"::(\w+)(?: ([^:]*))?::(.*)", line)
    assert match is not None

    def unescaped(text: str) -> str:
        for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
            text = text.replace(code, character)
        return text

    pairs = (pair.split("=", 1) for pair in (match[2] or "").split(",") if pair)
    return match[1], {name: unescaped(value) for name, value in pairs}, unescaped(match[3])


def test_github_annotates_worst_first_at_the_line_of_the_secret(everything: CheckReport) -> None:
    """Errors for what is critical, warnings for the rest, none for disabled principals."""
    page = Page(registry="config/prod.toml", lines=lambda: LINES)
    commands = [parse_command(line) for line in shown(everything, "github", page).splitlines()]
    assert [command[0] for command in commands] == ["error"] * 2 + ["warning"] * 3
    assert commands[1][1] == {"file": "config/prod.toml", "line": "47", "title": "secretctl ends-critical"}
    assert commands[1][2] == "client/urgent: the last shared secret, u1, ends in 3 days (2026-11-24T00:00:00Z)"


def test_github_gets_ten_annotations_and_a_roll_up() -> None:
    """More than ten are not shown by GitHub anyway; what else there is stands in the last one, for the log."""
    many = [a_client(f"c{index}", secret("s1", 3 if index % 2 else 20)) for index in range(25)]
    lines = shown(reported(*many), "github").splitlines()
    assert len(lines) == 11
    assert [parse_command(line)[0] for line in lines[:10]] == ["error"] * 10
    assert parse_command(lines[10])[0] == "notice"
    first, *rest = parse_command(lines[10])[2].split("\n")
    assert first == "and 15 more: 2 errors, 13 warnings; without --format github all are shown"
    assert [line.split(",")[0] for line in rest[:3]] == [
        "error: client/c21: the last shared secret",
        "error: client/c23: the last shared secret",
        "warning: client/c0: the last shared secret",
    ]
    assert len(rest) == 15
    eleven = shown(reported(*many[:22:2]), "github").splitlines()
    assert parse_command(eleven[10])[2].startswith("and 1 more: 1 warning; without --format github all are shown\n")
    lots = parse_command(
        shown(reported(*(a_client(f"c{n}", secret("s1", 3)) for n in range(99))), "github").split("\n")[10]
    )
    assert 3_900 < len(lots[2]) <= 4_096, "the runner cuts what is longer"
    assert lots[2].endswith("\n…")


def test_github_commands_cannot_be_forged(hostile: CheckReport) -> None:
    """Line ends, percent signs, colons and commas in the data are data."""
    page = Page(registry="we,ird:name%0A.toml")
    lines = shown(hostile, "github", page).splitlines()
    assert len(lines) == 2
    for line in lines:
        name, properties, message = parse_command(line)
        assert name in {"error", "warning"}
        assert properties["file"] == "we,ird:name%0A.toml"
        assert "%0A::error::" in message


def test_github_says_so_where_there_is_nothing(nothing: CheckReport) -> None:
    """A line in the log and no annotation; a database has no file to point at."""
    assert shown(nothing, "github") == "secretctl check: nothing to check\n"
    command = parse_command(shown(reported(a_client("web")), "github", Page(registry="postgresql://db/ids")).strip())
    assert command[1] == {"title": "secretctl locked-out"}


# --- prometheus


def samples_of(report: CheckReport) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample of the exposition, by name and labels."""
    found: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}
    for family in text_string_to_metric_families(shown(report, "prometheus")):
        assert family.documentation
        assert family.type == "gauge"
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found
            assert sample.timestamp is None
            found[key] = sample.value
    return found


def labels_of(target: str, **more: str) -> tuple[tuple[str, str], ...]:
    """The labels of a principal's sample, and of a secret's with ``more``."""
    kind, id = target.split("/")
    return tuple(sorted({"target": target, "kind": kind, "id": id, **more}.items()))


def test_prometheus_metrics_are_the_documented_ones(everything: CheckReport) -> None:
    """Ends and coverage in seconds, levels as 0, 1 and 2; nothing for what never ends, nor a level for a disabled one."""
    samples = samples_of(everything)
    seconds = (NOW + timedelta(days=20)).timestamp()
    s1 = labels_of("client/soon", secret_id="s1", type="SharedSecret")
    assert samples["secretctl_secret_expiration_timestamp_seconds", s1] == seconds
    assert samples["secretctl_secret_no_expiration", s1] == 0
    assert samples["secretctl_principal_covered_until_timestamp_seconds", labels_of("client/soon")] == seconds
    a1 = labels_of("resource/api1", secret_id="a1", type="SharedSecret")
    assert ("secretctl_secret_expiration_timestamp_seconds", a1) not in samples
    assert samples["secretctl_secret_no_expiration", a1] == 1
    k1 = labels_of("client/broken", secret_id="k1", type="SharedSecret")
    assert samples["secretctl_secret_invalid", k1] == 1
    levels = {
        dict(labels)["id"]: value for (name, labels), value in samples.items() if name == "secretctl_principal_level"
    }
    assert levels == {
        "fine": 0, "soon": 1, "both": 1, "rotated": 0, "urgent": 2, "locked": 2, "broken": 1, "spa": 0, "api1": 0,
    }  # fmt: skip
    assert samples["secretctl_check_timestamp_seconds", ()] == NOW.timestamp()
    assert ("secretctl_principal_covered_until_timestamp_seconds", labels_of("client/locked")) not in samples


def test_prometheus_labels_hold_anything(hostile: CheckReport) -> None:
    """Quotes, backslashes and line ends are escaped; other hidden characters are shown."""
    ids = {dict(labels).get("id") for _, labels in samples_of(hostile)}
    assert ids == {None, visible(HOSTILE, keep="\n")}


def test_prometheus_never_repeats_a_series() -> None:
    """Two secrets of one id in a hand-written file would make the collector drop the whole file."""
    report = reported(a_client("web", secret("same", 3), secret("same", 5)))
    assert len([1 for name, _ in samples_of(report) if name == "secretctl_secret_expiration_timestamp_seconds"]) == 1


def test_prometheus_keeps_fractions_of_a_second() -> None:
    """As a decimal number, never in exponent notation."""
    report = reported(a_client("web", secret("s1", 3.0000001)))
    assert samples_of(report)[
        "secretctl_principal_covered_until_timestamp_seconds", labels_of("client/web")
    ] == pytest.approx((NOW + timedelta(days=3.0000001)).timestamp(), abs=1e-6)


# --- nagios

NAGIOS = re.compile(
    r"SECRETCTL (OK|WARNING|CRITICAL) - ([^|\n]*) \| "
    r"((?:[a-z_]+=-?[0-9]+s?(?:;[0-9:]*){0,4})(?: [a-z_]+=-?[0-9]+s?(?:;[0-9:]*){0,4})*)\n"
)


def test_nagios_is_one_line_with_performance_data(
    everything: CheckReport, hostile: CheckReport, nothing: CheckReport
) -> None:
    """Whatever the data is: one line, one `|`."""
    for report, word in ((everything, "CRITICAL"), (hostile, "CRITICAL"), (nothing, "OK")):
        match = NAGIOS.fullmatch(shown(report, "nagios"))
        assert match is not None, shown(report, "nagios")
        assert match[1] == word
    match = NAGIOS.fullmatch(shown(everything, "nagios"))
    assert match is not None
    assert match[3] == "ok=4;;;0 warning=3;0;;0 critical=2;;0;0 next_end=302400s;2592000:;604800:"
    assert "client/locked: no usable secret is left" in match[2]
    assert match[2].endswith("; 2 more")


def test_nagios_shares_have_no_threshold() -> None:
    """--warn 20% is another length for each secret."""
    text = shown(reported(a_client("web", secret("s1", 20)), warn="20%"), "nagios")
    assert text.rstrip().endswith("next_end=1728000s;;604800:")


def test_nagios_cuts_what_is_too_long_and_says_unknown_in_one_line() -> None:
    """NRPE carries 1024 bytes."""
    report = reported(*(a_client(f"{'x' * 300}{index}", secret("s1", 3)) for index in range(9)))
    assert len(shown(report, "nagios")) < 1024
    assert unknown("no | registry\nhere") == "SECRETCTL UNKNOWN - no \\x7c registry\\nhere\n"


# --- ics


def events_of(report: CheckReport) -> list[Any]:
    """The events of the calendar."""
    calendar = icalendar.Calendar.from_ical(shown(report, "ics"))
    return list(calendar.walk("VEVENT"))


def test_ics_has_an_event_for_each_end_that_lies_ahead(everything: CheckReport) -> None:
    """Expired, invalid and unending secrets have none; an alarm opens with each window, none for a superseded one."""
    events = {str(event["SUMMARY"]): event for event in events_of(everything)}
    assert set(events) == {
        f"client/{name} ends"
        for name in (
            "fine: secret f1", "soon: secret s1", "both: secret b1", "both: secret b2", "rotated: secret r1",
            "rotated: secret r2", "urgent: secret u1", "broken: secret k2", "off: secret o1",
        )
    }  # fmt: skip
    soon = events["client/soon: secret s1 ends"]
    assert soon["DTSTART"].dt == NOW + timedelta(days=20)
    assert soon["DTSTAMP"].dt == NOW
    alarms = [alarm["TRIGGER"].dt for alarm in soon.walk("VALARM")]
    assert alarms == [NOW - timedelta(days=10), NOW + timedelta(days=13)]
    assert not events["client/rotated: secret r1 ends"].walk("VALARM")


def test_ics_uids_are_stable_and_unique(everything: CheckReport) -> None:
    """A calendar that subscribes sees an event move, not another one appear."""
    uids = [str(event["UID"]) for event in events_of(everything)]
    assert len(set(uids)) == len(uids)
    moved = reported(a_client("soon", secret("s1", 200)))
    assert str(events_of(moved)[0]["UID"]) in uids


def test_ics_lines_are_folded_and_ended_as_the_rfc_says(hostile: CheckReport) -> None:
    """CRLF, at most 75 octets, and the text comes back."""
    report = reported(Resource("日本" * 40, secrets=(secret("s1", 90, description="a;b,c\\d\ne"),)))
    text = shown(report, "ics")
    lines = text.split("\r\n")
    assert lines[-1] == ""
    assert "\n" not in "".join(lines)
    assert max(len(line.encode()) for line in lines) <= 75
    [event] = events_of(report)
    assert str(event["SUMMARY"]) == f"resource/{'日本' * 40}: secret s1 ends"
    assert str(event["DESCRIPTION"]).splitlines() == ["SharedSecret, active", "a;b,c\\d", "e"]
    assert len(events_of(hostile)) == 1


def test_ics_writes_years_in_full() -> None:
    """Four digits, also before the year 1000."""
    report = reported(a_client("web", secret("s1", 90)))
    old = report._replace(checked_at=datetime(26, 1, 2, tzinfo=UTC))
    assert "DTSTAMP:00260102T000000Z" in shown(old, "ics")
