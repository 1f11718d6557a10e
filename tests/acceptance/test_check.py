"""`check`: statuses, levels, coverage, windows, and every format as its own reader reads it."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import icalendar
import pytest
import tomli_w
from prometheus_client import parser

from tests.acceptance.kit import certificate, jwk, registry_text, rsa_key, shared, stored

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Cli

NOW = "2026-06-01T00:00:00Z"
TOP = ["checked_at", "warn", "critical", "summary", "principals"]
PRINCIPAL = ["target", "level", "covered_until", "reasons", "secrets"]
SECRET = ["id", "type", "status", "description", "expiration", "created", "days_left"]
FORMATS = ["table", "json", "csv", "markdown", "junit", "sarif", "github", "prometheus", "nagios", "ics"]


def day(number: int) -> str:
    """So many days from now."""
    return (datetime(2026, 6, 1, tzinfo=UTC) + timedelta(days=number)).strftime("%Y-%m-%dT%H:%M:%SZ")


def one(id: str, ends: int | None, **fields: Any) -> dict[str, Any]:
    """A shared secret that ends so many days from now."""
    return shared(f"secret-{id}-with-enough", id, **({} if ends is None else {"expiration": day(ends)}), **fields)


def cert(id: str, ends: str, **fields: Any) -> dict[str, Any]:
    """A certificate that ends then."""
    return stored("X509CertificateBase64", certificate(id, ends=ends).base64, id, **fields)


def ask(cli: Cli, *arguments: str, status: int | None = None) -> dict[str, Any]:
    """The JSON, whose form is held here."""
    ran = cli("check", "--at", NOW, "--json", *arguments)
    found = ran.json
    assert list(found) == TOP
    assert list(found["summary"]) == ["ok", "warning", "critical", "disabled"]
    for principal in found["principals"]:
        assert list(principal) == PRINCIPAL
        assert isinstance(principal["reasons"], list)
        for secret in principal["secrets"]:
            assert list(secret) == SECRET
    worst = {each["level"] for each in found["principals"]}
    assert ran.status == (2 if "critical" in worst else 1 if "warning" in worst else 0)
    if status is not None:
        assert ran.status == status
    return found  # type: ignore[no-any-return]


def judged(
    cli: Cli, *secrets: dict[str, Any], policy: dict[str, Any] | None = None, **fields: Any
) -> tuple[str, dict[str, str]]:
    """The level of a client with these secrets, and their statuses."""
    cli.write(
        registry_text({"web": {**fields, "secrets": list(secrets)}})
        + "\n"
        + tomli_w.dumps({"policy": policy} if policy else {})
    )
    (principal,) = ask(cli)["principals"]
    return principal["level"], {each["id"]: each["status"] for each in principal["secrets"]}


# --- levels --------------------------------------------------------------------------------------------------------


def test_a_small_example(cli: Cli) -> None:
    """Two shared secrets that end in 3 and in 20 days: both expiring, level warning."""
    assert judged(cli, one("a", 3), one("b", 20)) == ("warning", {"a": "expiring", "b": "expiring"})
    found = ask(cli, status=1)
    assert found["principals"][0]["covered_until"] == day(20)
    assert [each["days_left"] for each in found["principals"][0]["secrets"]] == [3, 20]
    assert found["principals"][0]["reasons"]


@pytest.mark.parametrize(("secrets", "level", "statuses"), [
    ([one("a", 31)], "ok", ["active"]),
    ([one("a", 30)], "warning", ["expiring"]),
    ([one("a", 8)], "warning", ["expiring"]),
    ([one("a", 7)], "critical", ["expiring"]),
    ([one("a", 0)], "critical", ["expiring"]),
    ([one("a", -1)], "critical", ["expired"]),
    ([one("a", None)], "ok", ["no_expiration"]),
    ([], "critical", []),
    ([one("a", 3), one("b", 31)], "ok", ["superseded", "active"]),
    ([one("a", 3), one("b", None)], "ok", ["superseded", "no_expiration"]),
    ([one("a", 3), one("b", 30)], "warning", ["expiring", "expiring"]),
    ([one("a", -1), one("b", 100)], "ok", ["expired", "active"]),
    ([one("a", -1), one("b", 3)], "critical", ["expired", "expiring"]),
    ([one("a", 100), stored("SharedSecret", "not base64!", "x")], "warning", ["active", "invalid"]),
    ([stored("SharedSecret", "not base64!", "x")], "critical", ["invalid"]),
    ([stored("Nonsense", "x", "x"), one("a", 100)], "warning", ["invalid", "active"]),
    ([stored("SharedSecret", "broken", "x", expiration=day(-1)), one("a", 100)], "ok", ["expired", "active"]),
    ([one("a", 3), cert("c", "2027-01-01")], "critical", ["expiring", "active"]),
    ([one("a", 20), cert("c", "2027-01-01")], "warning", ["expiring", "active"]),
    ([one("a", -1), cert("c", "2027-01-01")], "ok", ["expired", "active"]),
    ([one("a", 100), cert("c", "2026-06-04")], "critical", ["active", "expiring"]),
    ([one("a", 100), cert("c", "2026-06-04"), cert("d", "2027-01-01")], "ok", ["active", "superseded", "active"]),
    ([cert("c", "2027-01-01", expiration=day(3))], "critical", ["expiring"]),
    ([cert("c", "2026-06-04", expiration=day(300))], "critical", ["expiring"]),
    ([cert("c", "2026-05-04")], "critical", ["expired"]),
    ([stored("JWK", jwk(rsa_key()), "j", expiration=day(3)), stored("JWK", jwk(rsa_key(1)), "k", expiration=day(300))], "ok", ["superseded", "active"]),
    ([stored("JWK", jwk(rsa_key()), "j", expiration=day(3)), one("a", 300)], "critical", ["expiring", "active"]),
    ([stored("X509Thumbprint", "A" * 40, "t", expiration=day(3)), cert("c", "2027-01-01")], "ok", ["superseded", "active"]),
])  # fmt: skip
def test_levels(cli: Cli, secrets: list[dict[str, Any]], level: str, statuses: list[str]) -> None:
    """By coverage of each kind in use, not by rows."""
    found, by_id = judged(cli, *secrets)
    assert (found, list(by_id.values())) == (level, statuses)


@pytest.mark.parametrize(
    ("validation", "secret", "status"),
    [
        ({"validators": []}, one("a", 100), "invalid"),
        ({"assertion_algorithms": []}, stored("JWK", jwk(rsa_key()), "a", expiration=day(100)), "invalid"),
        ({"assertion_algorithms": ["ES256"]}, stored("JWK", jwk(rsa_key()), "a", expiration=day(100)), "invalid"),
        ({"assertion_algorithms": ["ES256"]}, cert("a", "2026-12-31"), "active"),
        ({"assertion_algorithms": [], "profile": "duende"}, cert("a", "2026-12-31"), "invalid"),
        ({"assertion_algorithms": [], "profile": "identityserver4"}, cert("a", "2026-12-31"), "active"),
    ],
)
def test_what_no_validator_in_force_could_match(
    cli: Cli, validation: dict[str, Any], secret: dict[str, Any], status: str
) -> None:
    """An empty list lets nobody in; under rfc a certificate also works over TLS, whatever signs assertions."""
    cli.write(registry_text({"web": {"secrets": [secret]}}, validation=validation))
    (principal,) = ask(cli)["principals"]
    assert principal["secrets"][0]["status"] == status
    assert principal["level"] == ("critical" if status == "invalid" else "ok")


def test_who_needs_a_secret(cli: Cli) -> None:
    """An enabled client with `require_secret`; a resource only when it has secrets and none is usable."""
    cli.write(registry_text(
        {"bare": {}, "public": {"require_secret": False}, "public-old": {"require_secret": False, "secrets": [one("a", -1)]},
         "public-soon": {"require_secret": False, "secrets": [one("a", 3)]}},
        {"bare": {}, "old": {"secrets": [one("a", -1)]}, "good": {"secrets": [one("a", 100)]}, "soon": {"secrets": [one("a", 3)]}},
    ))  # fmt: skip
    assert {each["target"]: each["level"] for each in ask(cli, status=2)["principals"]} == {
        "client/bare": "critical", "client/public": "ok", "client/public-old": "ok", "client/public-soon": "critical", "resource/bare": "ok",
        "resource/old": "critical", "resource/good": "ok", "resource/soon": "critical",
    }  # fmt: skip


def test_no_expiration_where_one_is_required(cli: Cli) -> None:
    """A warning, by policy."""
    assert judged(cli, one("a", None), policy={"require_expiration": True}) == ("warning", {"a": "no_expiration"})
    assert judged(cli, one("a", None), one("b", 100), policy={"require_expiration": True})[0] == "warning"


def test_disabled_ones(cli: Cli) -> None:
    """Left out unless asked, and then they change no exit status."""
    cli.write(registry_text({"web": {"secrets": [one("a", 100)]}, "off": {"enabled": False, "secrets": [one("b", 3)]}}))
    assert [each["target"] for each in ask(cli, status=0)["principals"]] == ["client/web"]
    found = ask(cli, "--include-disabled", status=0)
    assert {each["target"]: each["level"] for each in found["principals"]} == {
        "client/web": "ok",
        "client/off": "disabled",
    }
    assert found["summary"] == {"ok": 1, "warning": 0, "critical": 0, "disabled": 1}


def test_valid_up_to_and_including(cli: Cli) -> None:
    """The instant of the end still counts, the next does not; days are whole ones."""
    cli.write(registry_text({"web": {"secrets": [one("a", 0)]}}))
    assert cli("check", "--at", NOW, "--json").json["principals"][0]["secrets"][0]["status"] == "expiring"
    later = cli("check", "--at", "2026-06-01T00:00:01Z", "--json").json["principals"][0]
    assert (later["secrets"][0]["status"], later["covered_until"]) == ("expired", None)


def test_empty_and_unknown(cli: Cli) -> None:
    """An empty registry is 0 with a note; a TARGET that does not exist is 4, beside others too; a filter that finds nothing is 0."""
    cli.write(registry_text({}))
    ran = cli("check")
    assert ran.status == 0
    assert ran.err
    cli.write(registry_text({"web": {"secrets": [one("a", 3)]}}))
    for targets in (["client/nobody"], ["client/web", "client/nobody"], ["resource/web"]):
        ran = cli("check", *targets, "--json")
        assert (ran.status, ran.out) == (4, "")
    assert cli("check", "--owner", "nobody").status == 0
    assert cli("check", "--tag", "nothing").status == 0


def test_targets_owner_and_tag(cli: Cli) -> None:
    """Only these are checked, and decide the status."""
    cli.write(registry_text(
        {"a": {"owner": "x", "secrets": [one("a", 3)]}, "b": {"tags": ["t", "u"], "secrets": [one("b", 20)]}, "c": {"owner": "x", "tags": ["t"], "secrets": [one("c", 100)]}},
        {"api": {"owner": "x"}},
    ))  # fmt: skip

    def targets(*arguments: str, status: int) -> set[str]:
        return {each["target"] for each in ask(cli, *arguments, status=status)["principals"]}

    assert targets("client/b", "c", status=1) == {"client/b", "client/c"}
    assert targets("scope/api", status=0) == {"resource/api"}
    assert targets("--owner", "x", status=2) == {"client/a", "client/c", "resource/api"}
    assert targets("--tag", "t", status=1) == {"client/b", "client/c"}
    assert targets("--owner", "x", "--tag", "t", status=0) == {"client/c"}


# --- windows -------------------------------------------------------------------------------------------------------


def test_windows(cli: Cli) -> None:
    """From the command line, else the policy, else 30 and 7 days; they are in the JSON."""
    secrets = {"web": {"secrets": [one("a", 40)]}}
    cli.write(registry_text(secrets))
    found = ask(cli, status=0)
    assert (found["warn"], found["critical"]) == ("30d", "7d")
    assert ask(cli, "--warn", "40d", status=1)["warn"] == "40d"
    assert ask(cli, "--warn", "60d", "--critical", "40d", status=2)["critical"] == "40d"
    assert ask(cli, "--warn", "2mo", status=1)
    cli.write(registry_text(secrets) + '\n[policy]\nwarn = "50d"\ncritical = "45d"\n')
    assert (ask(cli, status=2)["warn"], ask(cli, status=2)["critical"]) == ("50d", "45d")
    assert ask(cli, "--critical", "1d", status=1)
    assert ask(cli, "--critical", "1d", "--warn", "2d", status=0)


def test_shares_of_a_lifetime(cli: Cli) -> None:
    """`--warn 20%`: so much of the lifetime is left."""
    for ends, status in ((79, 0), (19, 1), (20, 1), (21, 0)):
        cli.write(registry_text({"web": {"secrets": [one("a", ends, created=day(ends - 100))]}}))
        ask(cli, "--warn", "20%", "--critical", "1%", status=status)
    cli.write(registry_text({"web": {"secrets": [one("a", 5, created=day(-95))]}}))
    assert ask(cli, "--warn", "20%", "--critical", "5%", status=2)["warn"] == "20%"
    for wrong in ("0x", "101%", "-1%", "%", "20 %", "1000%", "", "never", "2027-01-01"):
        ran = cli("check", f"--warn={wrong}")
        assert (ran.status, ran.out) == (64, ""), wrong


# --- formats -------------------------------------------------------------------------------------------------------

EVIL = "=cmd|'/c calc'!A1 <b>&\"| [x](y) `z` ::set-output:: %0A\n\x1b[31m"


def evil(cli: Cli) -> None:
    """Principals in every level, whose texts would do harm where they were not escaped."""
    cli.write(registry_text(
        {
            "crit": {"name": EVIL, "secrets": [one("a", 3, description=EVIL)]},
            "warn": {"secrets": [one("b", 20)]},
            'q"\\id,;\'': {"secrets": [one("c", 100, description="+1"), one("d", -3, description="@x"), stored("SharedSecret", "broken", "e")]},
            "off": {"enabled": False, "secrets": [one("f", 1)]},
        },
        {"=api": {"secrets": [one("-g", None, description="\ttab")]}},
    ))  # fmt: skip


@pytest.mark.parametrize("format", FORMATS)
def test_every_format(cli: Cli, format: str) -> None:
    """The same exit status, one document, no escape characters; --output writes the same to a file, whole, and stdout stays empty."""
    evil(cli)
    ran = cli("check", "--at", NOW, "--format", format)
    assert ran.status == 2
    assert ran.out
    assert "\x1b" not in ran.out
    written = cli("check", "--at", NOW, "--format", format, "--output", "report")
    assert (written.status, written.out) == (2, "")
    saved = (cli.path / "report").read_bytes().decode()
    assert _steady(saved) == _steady(ran.out)
    again = cli("check", "--at", NOW, "--format", format, "--output", "report")
    assert again.status == 2
    assert cli("check", "--at", NOW, "--format", format, "--output", "no/such/dir/report").status == 3
    empty = cli("check", "--at", NOW, "--format", format, "--owner", "nobody")
    assert empty.status == 0


def _steady(text: str) -> str:
    return re.sub(r"DTSTAMP:\S+", "", text).replace("\r\n", "\n")


def test_json_and_format_json_are_one(cli: Cli) -> None:
    """And other formats do not go with --json."""
    evil(cli)
    assert cli("check", "--at", NOW, "--json").out == cli("check", "--at", NOW, "--format", "json").out
    assert cli("check", "--json", "--format", "csv").status == 64


def test_csv(cli: Cli) -> None:
    """Cells that a spreadsheet would run get an apostrophe; the rest reads back."""
    evil(cli)
    rows = list(csv.DictReader(io.StringIO(cli("check", "--at", NOW, "--format", "csv").out, newline="")))
    cells = [cell for row in rows for cell in row.values()]
    assert any(cell.startswith("'=cmd") for cell in cells)
    for cell in cells:
        assert not cell or cell[0] not in "=+@\t\r"
        assert not cell.startswith("-") or re.fullmatch(r"-\d+", cell)
    assert {row["target"] for row in rows} >= {"client/crit", "client/warn"}


def test_markdown(cli: Cli) -> None:
    """Nothing in a cell ends the cell, opens a tag or makes a link."""
    evil(cli)
    text = cli("check", "--at", NOW, "--format", "markdown").out
    assert "<b>" not in text
    assert "[x](y)" not in text
    header = next(line for line in text.splitlines() if line.startswith("|"))
    columns = len(re.findall(r"(?<!\\)\|", header))
    for line in text.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) == columns


def test_junit(cli: Cli) -> None:
    """Well-formed XML with a failure for what is not ok."""
    evil(cli)
    root = ET.fromstring(cli("check", "--at", NOW, "--format", "junit").out)
    suites = [root] if root.tag == "testsuite" else list(root)
    cases = [case for suite in suites for case in suite.iter("testcase")]
    failed = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    assert len(cases) >= 4
    assert len(failed) >= 3


def test_sarif(cli: Cli) -> None:
    """Version 2.1.0, results with line numbers in the registry, levels error and warning."""
    evil(cli)
    document = cli("check", "--at", NOW, "--format", "sarif").out
    log = json.loads(document)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    lines = cli.registry.read_text().splitlines()
    assert {result["level"] for result in run["results"]} >= {"error", "warning"}
    for result in run["results"]:
        assert result["ruleId"] in rules
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"].endswith("secretctl.toml")
        assert lines[place["region"]["startLine"] - 1].startswith("[")


def test_github(cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Annotations worst first, 10 at most and then one roll-up line, and the job's summary."""
    evil(cli)
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    lines = cli("check", "--at", NOW, "--format", "github").out.splitlines()
    assert lines[0].startswith("::error ")
    assert all(re.match(r"::(error|warning|notice)( [^:]*)?::", line) for line in lines)
    assert re.search(r"file=secretctl.toml,line=\d+", lines[0])
    levels = [line.split()[0] for line in lines]
    assert levels == sorted(levels, key=["::error", "::warning", "::notice"].index)
    text = summary.read_text()
    assert text.startswith("before\n")
    assert "client/crit" in text
    assert "<b>" not in text
    cli.write(
        registry_text({f"c{number:02}": {"secrets": [one("a", 3 if number % 2 else 20)]} for number in range(25)})
    )
    lines = cli("check", "--at", NOW, "--format", "github").out.splitlines()
    assert len(lines) == 11
    assert "15" in lines[-1]
    assert all(line.startswith("::error") for line in lines[:10])


def test_prometheus(cli: Cli) -> None:
    """Every metric, its labels, no sample timestamps; what a scraper reads."""
    evil(cli)
    text = cli("check", "--at", NOW, "--format", "prometheus").out
    samples = [sample for family in parser.text_string_to_metric_families(text) for sample in family.samples]
    assert all(sample.timestamp is None for sample in samples)
    named: dict[str, list[Any]] = {}
    for sample in samples:
        named.setdefault(sample.name, []).append(sample)
    assert set(named) == {
        "secretctl_secret_expiration_timestamp_seconds", "secretctl_secret_no_expiration", "secretctl_secret_invalid",
        "secretctl_principal_covered_until_timestamp_seconds", "secretctl_principal_level", "secretctl_check_timestamp_seconds",
    }  # fmt: skip
    ends = named["secretctl_secret_expiration_timestamp_seconds"]
    assert all(set(sample.labels) == {"target", "kind", "id", "secret_id", "type"} for sample in ends)
    first = next(sample for sample in ends if sample.labels["target"] == "client/crit")
    assert first.labels == {
        "target": "client/crit",
        "kind": "client",
        "id": "crit",
        "secret_id": "a",
        "type": "SharedSecret",
    }
    assert first.value == 1_780_272_000 + 3 * 86400
    levels = {sample.labels["target"]: sample.value for sample in named["secretctl_principal_level"]}
    assert levels == {"client/crit": 2, "client/warn": 1, "client/q\"\\id,;'": 1, "resource/=api": 0}
    (checked,) = named["secretctl_check_timestamp_seconds"]
    assert checked.value == 1_780_272_000
    assert text.endswith("\n")


def test_nagios(cli: Cli) -> None:
    """One line with perfdata; UNKNOWN with status 3 on stdout where it cannot be told."""
    evil(cli)
    ran = cli("check", "--at", NOW, "--format", "nagios")
    assert len(ran.out.splitlines()) == 1
    assert "CRITICAL" in ran.out
    text, perfdata = ran.out.rsplit("|", 1)
    assert re.fullmatch(r"( ?('[^'=]+'|[^\s='|]+)=[-\d.]+[a-zA-Z%]*(;[^;\s]*){0,4})+\s*", perfdata), perfdata
    assert "|" not in text
    cli.write("nonsense")
    ran = cli("check", "--format", "nagios")
    assert ran.status == 3
    assert len(ran.out.splitlines()) == 1
    assert "UNKNOWN" in ran.out
    assert ran.err
    cli.registry.unlink()
    assert "UNKNOWN" in cli("check", "--format", "nagios").out
    cli.write(registry_text({"web": {"secrets": [one("a", 100)]}}))
    ran = cli("check", "--format", "nagios", "--at", NOW)
    assert (ran.status, "OK" in ran.out) == (0, True)
    ran = cli("check", "nobody", "--format", "nagios")
    assert ran.status == 3


def test_ics(cli: Cli) -> None:
    """Events with alarms; the same UIDs tomorrow, and after the end has moved."""
    evil(cli)

    def events(at: str) -> dict[str, Any]:
        calendar = icalendar.Calendar.from_ical(cli("check", "--at", at, "--format", "ics").out)
        return {str(event["UID"]): event for event in calendar.walk("VEVENT")}

    first = events(NOW)
    assert len(first) >= 3
    assert all(event.walk("VALARM") for event in first.values())
    assert events(day(1)).keys() <= first.keys()
    cli.registry.write_text(cli.registry.read_text().replace(day(20), day(25)))
    assert events(NOW).keys() == first.keys()


def test_the_file_is_replaced_whole(cli: Cli) -> None:
    """--output keeps the old file where the new one cannot be written, and follows no surprise."""
    evil(cli)
    (cli.path / "out").mkdir()
    assert cli("check", "--at", NOW, "--output", "out").status == 3
    (cli.path / "old").write_text("old")
    ran = cli("check", "--at", NOW, "nobody", "--output", "old")
    assert ran.status == 4
    assert (cli.path / "old").read_text() == "old"


def test_a_dash_is_stdout(cli: Cli) -> None:
    """As everywhere; no file of that name is made. Two documents for one stdout, and a file without a name: 64."""
    evil(cli)
    for format in ("table", "csv", "sarif"):
        assert (
            cli("check", "--at", NOW, "--format", format, "--output", "-").out
            == cli("check", "--at", NOW, "--format", format).out
        )
    assert cli("report", "--html", "-").out.startswith("<!")
    assert not (cli.path / "-").exists()
    assert cli("report", "--html", "-", "--json").status == 64
    ran = cli("check", "--at", NOW, "--output", "")
    assert (ran.status, ran.out) == (64, "")


@pytest.mark.parametrize(
    "command", ["check", "lint", "report", "report --html page.html", "rotate --all --dry-run", "prune --dry-run"]
)
def test_the_end_of_time(cli: Cli, command: str) -> None:
    """A window, an overlap or a lifetime that reaches beyond the year 9999 is one without a limit, and no error."""
    policy = '[policy]\nwarn = "6mo"\nmax_lifetime = "9000y"\ndefault_lifetime = "9000y"\n'
    cli.write(registry_text({"web": {"secrets": [one("a", 400)]}}) + policy)
    for at in ("9999-12-31", "0001-01-01"):
        ran = cli(*command.split(), "--at", at, "--json")
        assert ran.status in {0, 1, 2}, ran.err
    for options in (["--older-than", "9000y"], ["--older-than", "4000000d"]):
        assert cli.ok("prune", "--yes", *options, "--json").json == []
    assert cli("check", "--warn", "9000y", "--critical", "1d", "--at", NOW).status == 1
    added = cli.ok("secret", "add", "client/web", "--json").json
    assert added["expiration"] == "9999-12-31T23:59:59Z"
    assert cli("secret", "add", "client/web", "--expires", "9000y").status == 64, "what was asked for is not bent"
