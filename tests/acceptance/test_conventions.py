"""What holds for every command: where the registry is, statuses and streams, sources of secrets, times, foreign text."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.kit import registry_text, sha256, shared

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

GOOD = "a-good-long-secret-of-mine"
MIB = 1024 * 1024
BAD = "\x1b[31mred\x1b[0m \u202eevil\u202c [bold]b[/bold] \x9b1m \u2066x\u2069 \x07 \u200f"
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
BASE = "2026-01-31T12:34:56Z"


def two_clients() -> str:
    """A registry of two clients, and of a resource that shares the name of one."""
    return registry_text(
        {
            "web": {"secrets": [shared(GOOD, "aaaa1111", expiration="2026-12-31T00:00:00Z"), shared("x" * 20, "aaaa2222")]},
            "app": {"secrets": [shared("y" * 20, "bbbb1111")]},
        },
        {"api1": {}, "app": {}},
    )  # fmt: skip


# --- where the registry is -----------------------------------------------------------------------------------------


def test_the_order_in_which_a_registry_is_looked_for(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """The option, then the environment, then the nearest secretctl.toml upwards."""
    deep = cli.path / "a" / "b"
    deep.mkdir(parents=True)
    for name in ("secretctl", "environment", "option"):
        cli.write(registry_text({name: {}}), f"{name}.toml")
    monkeypatch.chdir(deep)

    def ids(*options: object) -> list[str]:
        return [client["id"] for client in cli.ok("client", "list", "--json", *options).json]

    assert ids() == ["secretctl"]
    cli.write(registry_text({"nearer": {}}), "a/secretctl.toml")
    assert ids() == ["nearer"]
    monkeypatch.setenv("SECRETCTL_REGISTRY", str(cli.path / "environment.toml"))
    assert ids() == ["environment"]
    for option in (["--registry", "../../option.toml"], ["--registry=../../option.toml"], ["-r", "../../option.toml"]):
        assert ids(*option) == ["option"]


def test_the_nearest_registry_is_written_to(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found from below is what is changed; the one above it is not."""
    cli.write(registry_text({"outer": {}}))
    deep = cli.path / "a" / "b"
    deep.mkdir(parents=True)
    inner = cli.write(registry_text({"inner": {}}), "a/secretctl.toml")
    monkeypatch.chdir(deep)
    cli.ok("client", "add", "new")
    assert "new" in inner.read_text()
    assert "new" not in cli.registry.read_text()


@pytest.mark.parametrize("command", [
    ["client", "list"], ["check"], ["client", "add", "x"], ["secret", "add", "x"], ["rotate", "x"], ["prune", "--yes"], ["lint"], ["report"],
    ["secret", "list", "client/x"], ["secret", "import", "client/x", "-"],
])  # fmt: skip
def test_no_registry_is_status_3_with_a_hint(cli: Cli, command: list[str]) -> None:
    """Without a registry nothing is done, and nothing made; the hint says what to do."""
    for location in ([], ["-r", "missing.toml"], ["-r", "no/such/directory/secretctl.toml"], ["-r", "."]):
        ran = cli(*command, *location, "--json", stdin=GOOD)
        assert (ran.status, ran.out) == (3, ""), (location, ran)
        assert list(ran.error) == ["code", "message", "hint"]
    if command[:2] != ["secret", "import"]:
        assert cli(*command, "--json", stdin=GOOD).error["hint"]
    assert list(cli.path.iterdir()) == []


def test_both_ways_to_call(cli: Cli) -> None:
    """`secretctl` and `python -m secretctl` are the same."""
    cli.write(two_clients())
    script = Path(sys.executable).parent / "secretctl"
    outputs = [
        subprocess.run([*call, "client", "list", "--json"], cwd=cli.path, capture_output=True, check=True)
        for call in ([script], [sys.executable, "-m", "secretctl"])
    ]
    assert outputs[0].stdout == outputs[1].stdout != b""
    assert outputs[0].stderr == outputs[1].stderr == b""


# --- streams, statuses and errors ----------------------------------------------------------------------------------

FAILURES: list[tuple[int, list[str]]] = [
    (64, []),
    (64, ["nonsense"]),
    (64, ["client"]),
    (64, ["client", "nonsense"]),
    (64, ["client", "show", "--registry"]),
    (64, ["verify", "--nonsense"]),
    (64, ["verify", "--at"]),
    (64, ["header"]),
    (64, ["assertion", "web"]),
    (64, ["completion", "tcsh"]),
    (64, ["check", "--format"]),
    (64, ["client", "add"]),
    (64, ["client", "add", ""]),
    (64, ["client", "add", "x", "y"]),
    (64, ["client", "list", "--no-such-option"]),
    (64, ["client", "set", "web"]),
    (64, ["client", "set", "web", "--clear", "nonsense"]),
    (64, ["client", "remove", "web"]),
    (64, ["secret", "remove", "client/web", "aaaa1111"]),
    (64, ["prune"]),
    (64, ["secret", "add", "client/web", "--expires", "tomorrow"]),
    (64, ["secret", "add", "client/web", "--hash", "md5"]),
    (64, ["secret", "add", "client/web", "--bytes", "15"]),
    (64, ["secret", "add", "client/web", "--bytes", "many"]),
    (64, ["secret", "add", "client/web", "--prefix", "no spaces"]),
    (64, ["secret", "add", "client/web", "--prompt"]),
    (64, ["secret", "add", "client/web", "--out", "-"]),
    (64, ["secret", "add", "client/web", "--secret-file", "-", "--bytes", "32"]),
    (64, ["secret", "add", "client/web", "--secret-file", "-", "--secret-env", "X"]),
    (64, ["secret", "expire", "client/web", "aaaa1111"]),
    (64, ["secret", "set", "client/web", "aaaa1111"]),
    (64, ["hash"]),
    (64, ["generate", "--bytes", "8"]),
    (64, ["generate", "--bytes", "100"]),
    (64, ["generate", "--prefix", "é"]),
    (64, ["generate", "--hash", "sha1"]),
    (64, ["rotate"]),
    (64, ["rotate", "--all", "--due"]),
    (64, ["rotate", "client/web", "--all"]),
    (64, ["rotate", "client/web", "--overlap", "soon"]),
    (64, ["rotate", "client/web", "--out-format", "xml", "--out", "f"]),
    (64, ["check", "--warn", "soon"]),
    (64, ["check", "--format", "xml"]),
    (64, ["check", "--at", "yesterday-ish"]),
    (64, ["init", "x.toml", "--profile", "keycloak"]),
    (64, ["plugins", "--profile", "keycloak"]),
    (3, ["inspect", "missing.pem"]),
    (3, ["verify", "--basic", "missing"]),
    (3, ["secret", "import", "client/web", "missing.pem"]),
    (3, ["hash", "--secret-file", "missing"]),
    (3, ["secret", "add", "client/web", "--secret-file", "missing"]),
    (4, ["header", "client/nobody", "--secret-file", "secretctl.toml"]),
    (4, ["client", "show", "nobody"]),
    (4, ["client", "set", "nobody", "--owner", "x"]),
    (4, ["client", "enable", "nobody"]),
    (4, ["client", "disable", "nobody"]),
    (4, ["client", "rename", "nobody", "somebody"]),
    (4, ["client", "remove", "nobody", "--yes"]),
    (4, ["resource", "show", "web"]),
    (4, ["secret", "add", "client/nobody"]),
    (4, ["secret", "add", "nobody"]),
    (4, ["secret", "add", "resource/web"]),
    (4, ["secret", "list", "scope/web"]),
    (4, ["secret", "set", "client/web", "ffff", "--description", "x"]),
    (4, ["secret", "expire", "client/web", "ffff", "--at", "now"]),
    (4, ["secret", "remove", "client/web", "ffff", "--yes"]),
    (4, ["rotate", "client/nobody"]),
    (4, ["rotate", "client/web", "client/nobody"]),
    (4, ["rotate", "client/nobody", "--hash", "argon2id"]),
    (4, ["prune", "client/nobody", "--yes"]),
    (4, ["check", "client/nobody"]),
    (5, ["client", "add", "web"]),
    (5, ["resource", "add", "api1"]),
    (5, ["client", "rename", "web", "app"]),
    (5, ["init"]),
    (5, ["secret", "list", "app"]),
    (5, ["rotate", "app"]),
    (5, ["secret", "remove", "client/web", "aaaa", "--yes"]),
    (6, ["secret", "remove", "client/app", "bbbb1111", "--yes"]),
    (6, ["secret", "expire", "client/app", "bbbb1111", "--at", "now"]),
    (7, ["secret", "add", "client/web", "--out", "secretctl.toml"]),
    (7, ["secret", "add", "client/web", "--pipe-to", "false"]),
    (7, ["rotate", "client/web", "--pipe-to", "/no/such/command"]),
]


@pytest.mark.parametrize(
    ("status", "command"), FAILURES, ids=lambda value: " ".join(value) if isinstance(value, list) else str(value)
)
def test_failures(cli: Cli, status: int, command: list[str]) -> None:
    """A failed command: its status, empty stdout, an error on stderr; with --json one object on its last line; no change."""
    before = two_clients()
    cli.write(before)
    text = cli(*command)
    assert (text.status, text.out) == (status, ""), text.err
    assert next(line for line in text.err.splitlines() if "error" in line).startswith("secretctl: error: ")
    assert "Traceback" not in text.err
    as_json = cli(*command, "--json")
    assert (as_json.status, as_json.out) == (status, ""), as_json.err
    last = json.loads(as_json.err.splitlines()[-1])
    assert list(last) == ["error"]
    assert list(last["error"]) == ["code", "message", "hint"]
    assert re.fullmatch("[a-z][a-z0-9_]*", last["error"]["code"])
    assert last["error"]["message"]
    assert "secretctl: error" not in as_json.err
    assert last["error"]["hint"] != ""
    assert ("\nhint: " in text.err) == (last["error"]["hint"] is not None)
    assert cli.registry.read_text() == before
    assert {path.name for path in cli.path.iterdir()} - {".secretctl.toml.lock"} == {"secretctl.toml"}


@pytest.mark.parametrize("command", [
    ["client", "list"], ["resource", "list"], ["client", "show", "web"], ["secret", "list", "client/web"], ["check", "--at", "2026-01-01"], ["generate"],
    ["hash", "--secret-file", "-"], ["secret", "add", "client/web"], ["client", "add", "new"], ["client", "set", "web", "--owner", "o"],
    ["client", "disable", "web"], ["client", "enable", "web"], ["client", "rename", "web", "other"], ["client", "remove", "web", "--yes"],
    ["resource", "add", "new"], ["secret", "set", "client/web", "aaaa1", "--description", "d"], ["secret", "expire", "client/web", "aaaa1", "--at", "now"],
    ["secret", "remove", "client/web", "aaaa1", "--yes"], ["rotate", "client/web"], ["rotate", "--all"], ["rotate", "--due"],
    ["rotate", "client/web", "--dry-run"], ["rotate", "--all", "--dry-run"], ["prune", "--yes"], ["prune", "--dry-run"], ["lint", "--at", "2026-01-01"],
    ["report"], ["plugins"], ["init", "new.toml"], ["verify", "--basic", "-"],
])  # fmt: skip
def test_one_json_document(cli: Cli, command: list[str]) -> None:
    """With --json stdout is one document and a new line, whatever the command; nothing else ever goes there."""
    cli.write(two_clients())
    ran = cli(*command, "--json", stdin=GOOD)
    assert ran.status in {0, 1}, ran.err
    assert ran.out.endswith("\n")
    json.loads(ran.out)
    assert "\x1b" not in ran.out + ran.err


def test_a_stdout_that_fails_without_a_secret_is_status_3(cli: Cli) -> None:
    """Full or closed; stderr says so and stays calm."""
    cli.write(two_clients())
    with Path("/dev/full").open("wb") as full:
        ran = cli.process("client", "list", "--json", stdout=full)
    assert ran.status == 3
    assert ran.error["code"]
    done = subprocess.run(
        ["sh", "-c", f"exec {sys.executable} -m secretctl client list >&-"],
        cwd=cli.path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 3
    assert b"Traceback" not in done.stderr


# --- foreign text --------------------------------------------------------------------------------------------------


def hostile() -> str:
    """A registry whose every text is hostile."""
    secret = shared(GOOD, "7f3a91c2", description=BAD, expiration="2026-06-05T00:00:00Z")
    fields = {"name": BAD, "description": BAD, "owner": BAD, "tags": [BAD], "scopes": [BAD], "grant_types": [BAD]}
    api = {"display_name": BAD, "owner": BAD, "secrets": [{**secret, "type": "x" + BAD, "id": BAD}]}
    return registry_text({BAD: {**fields, "secrets": [secret]}, "web": {**fields, "secrets": [secret]}}, {BAD: api})


@pytest.mark.parametrize("command", [
    ["client", "list"], ["resource", "list"], ["client", "show", "web"], ["client", "show", BAD], ["resource", "show", BAD], ["client", "show", BAD, "--values"],
    ["secret", "list", "client/web"], ["secret", "list", f"client/{BAD}"], ["secret", "list", f"resource/{BAD}"], ["check"], ["check", "--include-disabled"],
    ["check", f"client/{BAD}"], ["lint"], ["report"], ["rotate", "--all", "--dry-run"], ["rotate", "--due", "--dry-run"],
    ["prune", "--dry-run", "--at", "2030-01-01"], ["check", "--format", "nagios"], ["check", "--format", "markdown"], ["client", "show", BAD + "x"],
    ["secret", "list", BAD], ["secret", "set", "client/web", BAD, "--description", "x"], ["secret", "add", "client/web", "--expires", BAD],
    ["check", "--warn", BAD], ["check", "--format", BAD], [BAD], ["client", "set", "web", "--clear", BAD], ["client", BAD], ["rotate", "web", "--overlap", BAD],
    ["hash", "--hash", BAD], ["hash", "--secret-file", BAD], ["client", "list", "-r", BAD], ["inspect", BAD], ["client", "add", BAD],
    ["secret", "add", "client/web", "--pipe-to", "/no/" + BAD], ["secret", "add", "client/web", "--out", "/no/" + BAD], ["client", "list", "--owner", BAD],
    ["client", "list", "--" + BAD], ["init", "x.toml", "--profile", BAD], ["client", "remove", BAD, "--yes"], ["client", "rename", BAD, "calm"],
    ["client", "set", BAD, "--owner", "calm"], ["client", "disable", BAD], ["rotate", f"client/{BAD}", "--out", "one"], ["rotate", "--all"],
    ["secret", "expire", f"client/{BAD}", "7f", "--at", "now", "--force"], ["prune", "--yes", "--at", "2030-01-01"], ["secret", "add", f"client/{BAD}"],
])  # fmt: skip
def test_hostile_text_is_shown_escaped(cli: Cli, command: list[str]) -> None:
    """No control, escape or bidirectional character reaches a screen, and markup is no markup."""
    cli.write(hostile())
    ran = cli(*command, stdin=GOOD)
    assert ran.status != 70, ran.err
    for stream in (ran.out, ran.err):
        assert not UNSAFE.search(stream), stream


@pytest.mark.parametrize("command", [
    ["client", "show", BAD], ["client", "show", BAD + "x"], ["client", "list"], ["check"], ["secret", "list", f"client/{BAD}"], ["lint"],
])  # fmt: skip
def test_json_round_trips_hostile_text(cli: Cli, command: list[str]) -> None:
    """JSON holds foreign text as it is, what is unsafe as escapes, on stdout and in error objects."""
    cli.write(hostile())
    ran = cli(*command, "--json")
    for stream in (ran.out, ran.err):
        assert not UNSAFE.search(stream), stream
    if ran.out:
        assert json.dumps(BAD)[1:-1] in json.dumps(ran.json)


def test_hints_can_be_pasted(cli: Cli) -> None:
    """A command in a hint names a hostile id as one word of a shell."""
    id = "a b; touch pwned #'"
    cli.write(registry_text({id: {"secrets": [shared(GOOD, "only")]}}, {id: {}}))
    for command in (
        ["secret", "remove", f"client/{id}", "only", "--yes"], ["secret", "set", f"client/{id}", "none", "--description", "x"], ["secret", "list", id],
    ):  # fmt: skip
        hint = cli(*command, "--json").error["hint"]
        assert f"client/{id}" in shlex.split((hint.split("`")[1:2] or [hint])[0])
    cli.write(registry_text({"web": {"secrets": [shared(GOOD, id)]}}))
    done = cli.ok("secret", "add", "web", "--secret-file", "-", "--hash", "sha256", stdin=GOOD)
    assert shlex.split(done.err.split("`")[1]) == ["secretctl", "secret", "remove", "client/web", id]


# --- where a secret comes from -------------------------------------------------------------------------------------


def hashed(cli: Cli, *arguments: object, stdin: str | bytes = b"") -> str:
    """The stored value that `hash` prints."""
    return cli.ok("hash", *arguments, "--hash", "sha256", stdin=stdin).out.removesuffix("\n")


@pytest.mark.parametrize(("given", "taken"), [
    (f"{GOOD}", GOOD), (f"{GOOD}\n", GOOD), (f"{GOOD}\r\n", GOOD), (f"{GOOD}\n\n", f"{GOOD}\n"), (f"{GOOD}\r\n\r\n", f"{GOOD}\r\n"),
    (f"{GOOD}\n\r\n", f"{GOOD}\n"), (f"{GOOD}\r", f"{GOOD}\r"), (f"\n{GOOD}\n", f"\n{GOOD}"), (f" {GOOD} \n", f" {GOOD} "), (f"{GOOD}\t", f"{GOOD}\t"),
    ("sören:müller-and-more\n", "sören:müller-and-more"), ("a+b c%20&=/é-and-more", "a+b c%20&=/é-and-more"), (f"\ufeff{GOOD}", f"\ufeff{GOOD}"),
])  # fmt: skip
def test_one_newline_is_cut(cli: Cli, given: str, taken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One trailing LF or CRLF is cut, no more, from every source."""
    (cli.path / "s").write_bytes(given.encode())
    assert hashed(cli, "--secret-file", "s") == sha256(taken)
    assert hashed(cli, "--secret-file", "-", stdin=given) == sha256(taken)
    monkeypatch.setenv("MY_SECRET", given)
    assert hashed(cli, "--secret-env", "MY_SECRET") == sha256(taken)


@pytest.mark.parametrize("command", [["hash"], ["secret", "add", "client/web"]])
def test_what_no_source_can_give(cli: Cli, command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Too much is 3, no UTF-8 is 3, a missing file or variable 3; several sources or a prompt without a terminal 64."""
    cli.write(two_clients())
    (cli.path / "big").write_bytes(b"x" * (MIB + 1))
    (cli.path / "latin").write_bytes("müller-and-more-and-more".encode("latin-1"))
    monkeypatch.setenv("ONE", GOOD)
    for status, source in [
        (3, ["--secret-file", "big"]), (3, ["--secret-file", "latin"]), (3, ["--secret-file", "missing"]), (3, ["--secret-file", "."]),
        (3, ["--secret-env", "NOT_SET_ANYWHERE"]), (64, ["--secret-env", "ONE", "--secret-file", "-"]), (64, ["--prompt", "--secret-env", "ONE"]),
        (64, ["--from-keyring", "--secret-env", "ONE"]), (64, ["--prompt"]),
    ]:  # fmt: skip
        ran = cli(*command, *source, stdin=b"")
        assert (ran.status, ran.out) == (status, ""), (source, ran)
        assert GOOD not in ran.err
    big = cli(*command, "--secret-file", "-", stdin=b"x" * (MIB + 1))
    assert (big.status, big.out) == (3, "")
    assert hashed(cli, "--secret-file", "-", stdin=b"x" * MIB) == sha256("x" * MIB)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("missing", "No such file or directory"),
        (".", "Is a directory"),
        ("a\0b", "not a path"),
        pytest.param(
            "/proc/self/mem",
            "Input/output error",
            marks=pytest.mark.skipif(
                not Path("/proc/self/mem").exists(), reason="a file that opens and cannot be read"
            ),
        ),
    ],
)
def test_a_file_that_cannot_be_read(cli: Cli, path: str, why: str) -> None:
    """Status 3, and why."""
    ran = cli("hash", "--hash", "sha256", "--secret-file", path, "--json")
    assert (ran.status, ran.out, ran.error["code"]) == (3, "", "input_unreadable")
    assert ran.error["message"].endswith(f": {why}")


@pytest.mark.parametrize("command", [["inspect", "-"], ["secret", "import", "client/web", "-"]])
def test_other_inputs_over_one_mebibyte(cli: Cli, command: list[str]) -> None:
    """Certificates and keys are held to 1 MiB, too; an endless one ends."""
    cli.write(two_clients())
    ran = cli(*command, stdin=b"{" + b" " * MIB)
    assert (ran.status, ran.out) == (3, "")
    assert "1 MiB" in ran.err
    assert cli(*("/dev/zero" if each == "-" else each for each in command)).status == 3


def test_an_endless_import_ends(cli: Cli) -> None:
    """What `import` reads is another's registry, which may be large, and has an end all the same."""
    cli.write(two_clients())
    ran = cli("import", "hydra", "/dev/zero", "--json")
    assert (ran.status, ran.out, ran.error["code"]) == (3, "", "input_too_large")


def test_a_registry_may_be_large(cli: Cli) -> None:
    """Registries are not held to 1 MiB."""
    cli.write(two_clients() + "# " + "x" * 2 * MIB + "\n")
    assert cli.ok("client", "list", "--json").json


def test_no_option_takes_a_value_of_a_secret(cli: Cli) -> None:
    """Neither `--secret` nor an abbreviation of `--secret-file` nor an argument takes a secret."""
    cli.write(two_clients())
    for command in (["hash"], ["secret", "add", "client/web"], ["verify", "client/web"], ["header", "client/web"]):
        for option in ("--secret", "--value", "--password", "--secret-fil", "--client-secret"):
            ran = cli(*command, option, GOOD)
            assert (ran.status, ran.out) == (64, "")
        ran = cli(*command, GOOD)
        assert ran.status == 64
        assert GOOD not in ran.err


def test_children_do_not_get_the_variable(cli: Cli) -> None:
    """`--secret-env NAME` is taken out of the environment before a command runs."""
    cli.write(two_clients())
    (cli.path / "child").write_text("#!/bin/sh\nenv > env.txt\ncat > stdin.txt\n")
    (cli.path / "child").chmod(0o755)
    ran = cli.process(
        "secret",
        "add",
        "client/web",
        "--secret-env",
        "MY_SECRET",
        "--hash",
        "sha256",
        "--pipe-to",
        "./child",
        env={"MY_SECRET": GOOD},
    )
    assert ran.status == 0, ran.err
    environment = (cli.path / "env.txt").read_text()
    assert "MY_SECRET" not in environment
    assert GOOD not in environment
    assert "SECRETCTL_TARGET=client/web\n" in environment
    assert (cli.path / "stdin.txt").read_text() == GOOD


# --- WHEN ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("when", "instant"), [
    ("2026-12-31", "2026-12-31T00:00:00Z"), ("2026-12-31T23:59:59Z", "2026-12-31T23:59:59Z"), ("2026-12-31t23:59:59z", "2026-12-31T23:59:59Z"),
    ("2026-12-31 23:59:59Z", "2026-12-31T23:59:59Z"), ("2026-12-31T23:59:59", "2026-12-31T23:59:59Z"), ("2026-12-31T23:59:59+02:00", "2026-12-31T21:59:59Z"),
    ("2026-12-31T23:59:59-08:00", "2027-01-01T07:59:59Z"), ("60s", "2026-01-31T12:35:56Z"), ("15min", "2026-01-31T12:49:56Z"), ("12h", "2026-02-01T00:34:56Z"),
    ("90d", "2026-05-01T12:34:56Z"), ("2w", "2026-02-14T12:34:56Z"), ("1mo", "2026-02-28T12:34:56Z"), ("6mo", "2026-07-31T12:34:56Z"),
    ("13mo", "2027-02-28T12:34:56Z"), ("1y", "2027-01-31T12:34:56Z"), ("P90D", "2026-05-01T12:34:56Z"), ("P1Y", "2027-01-31T12:34:56Z"),
    ("P6M", "2026-07-31T12:34:56Z"), ("PT12H", "2026-02-01T00:34:56Z"), ("P2W", "2026-02-14T12:34:56Z"), ("PT15M", "2026-01-31T12:49:56Z"),
])  # fmt: skip
def test_when(cli: Cli, when: str, instant: str) -> None:
    """Every form of WHEN, from a clock that --at sets; what was understood is echoed in full."""
    cli.write(registry_text({"web": {"secrets": [shared(GOOD)]}}))
    ran = cli.ok("rotate", "client/web", "--at", BASE, "--expires", when, "--json")
    assert instant in ran.err
    assert BASE in ran.err
    assert ran.json["expiration"] == instant
    new = next(each for each in cli.secrets("client/web") if each["id"] == ran.json["secret_id"])
    assert (new["expiration"], new["created"]) == (instant, BASE)


def test_leap_days_and_ends_of_months(cli: Cli) -> None:
    """Months and years go by the calendar."""
    for at, duration, instant in [
        ("2028-02-29T00:00:00Z", "1y", "2029-02-28T00:00:00Z"), ("2028-02-29T00:00:00Z", "4y", "2032-02-29T00:00:00Z"),
        ("2027-12-31T00:00:00Z", "2mo", "2028-02-29T00:00:00Z"), ("2026-03-31T00:00:00Z", "1mo", "2026-04-30T00:00:00Z"),
    ]:  # fmt: skip
        cli.write(registry_text({"web": {"secrets": [shared(GOOD)]}}))
        assert cli.ok("rotate", "client/web", "--at", at, "--expires", duration, "--json").json["expiration"] == instant


def test_never_and_now(cli: Cli) -> None:
    """`never` is no expiration, and is echoed; `now` is the clock's, and ends a secret at once."""
    cli.write(registry_text({"web": {"secrets": [shared(GOOD, "old1")]}}))
    ran = cli.ok("secret", "add", "client/web", "--expires", "never", "--json")
    assert ran.json["expiration"] is None
    assert "never" in ran.err
    before = datetime.now(UTC)
    ran = cli.ok("secret", "expire", "client/web", "old1", "--at", "now", "--json")
    old = next(each for each in cli.secrets("client/web") if each["id"] == "old1")
    assert old["expiration"] in ran.err
    assert before - timedelta(seconds=1) <= datetime.fromisoformat(old["expiration"]) <= datetime.now(UTC)
    assert old["status"] == "expired"


@pytest.mark.parametrize("when", [
    "", " ", "90", "d", "90 days ago", "tomorrow", "2026-13-01", "2026-02-30", "2026-1-1", "20261231", "31.12.2026", "12/31/2026", "2026-12-31T25:00:00Z",
    "2026-12-31T23:59", "1.5d", "-5d", "+5d", "1e3d", "90m", "5M", "P", "PT", "P90", "P1D2W", "99999999999999999999y", "9999y", "2026-12-31T00:00:00+25:00",
    "0x10d", "5 d", "5x", "1798675200", "9" * 400 + "d", "١d", "90d\n", "2026-W01", "never ever", "2026-12-31T00:00:00Zjunk", "1d 2",
])  # fmt: skip
def test_what_is_no_when(cli: Cli, when: str) -> None:
    """What cannot be understood for sure is a usage error, and is never guessed at."""
    text = registry_text({"web": {"secrets": [shared(GOOD)]}})
    cli.write(text)
    ran = cli("secret", "add", "client/web", f"--expires={when}", "--json")
    assert (ran.status, ran.out) == (64, ""), ran.err
    assert cli("check", f"--at={when}").status == 64
    assert cli.registry.read_text() == text


def test_at_replaces_the_clock(cli: Cli) -> None:
    """On check, lint, report and prune (and verify and rotate, above and elsewhere), echoed in full."""
    text = registry_text({"web": {"secrets": [
        shared(GOOD, "old", expiration="2026-06-01T00:00:00Z"), shared("x" * 20, "new", expiration="2030-01-01T00:00:00Z"),
    ]}})  # fmt: skip
    cli.write(text)
    checked = cli("check", "--at", "2029-12-20", "--json")
    assert checked.status == 1
    assert checked.json["checked_at"] == "2029-12-20T00:00:00Z"
    assert "2029-12-20T00:00:00Z" in checked.err
    assert cli("check", "--at", "2029-12-30", "--json").status == 2
    assert cli("check", "--at", "2026-07-01", "--json").status == 0
    assert cli("lint", "--at", "2031-01-01", "--json").status != cli("lint", "--at", "2026-01-01", "--json").status
    assert "2031-01-01" in cli("report", "--at", "2031-01-01").out
    assert (
        cli.ok("prune", "--dry-run", "--at", "2026-05-01", "--json").out
        != cli.ok("prune", "--dry-run", "--at", "2026-07-01", "--json").out
    )
    assert cli.registry.read_text() == text
