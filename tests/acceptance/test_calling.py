"""What every command has in common: which registry, which clock, what goes where, and with which status."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.kit import OTHER, SECRET, accepted, basic, registry_text, shared

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.kit import Judge

ONE = {"web": {"secrets": [shared(SECRET, expiration="2026-12-31T00:00:00Z")]}}


# --- which registry --------------------------------------------------------------------------------------------------


def test_the_order_in_which_a_registry_is_looked_for(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    """The option, then the environment, then the nearest secretctl.toml upwards."""
    root: Path = judge.cli.path
    deep = root / "a" / "b"
    deep.mkdir(parents=True)
    for name, id in ((root / "secretctl.toml", "above"), (root / "env.toml", "from-env"), (root / "o.toml", "option")):
        name.write_text(registry_text({id: {}}))
    monkeypatch.chdir(deep)

    def ids(*options: object) -> list[str]:
        return [client["id"] for client in judge.cli.ok("client", "list", "--json", *options).json]

    assert ids() == ["above"]
    (root / "a" / "secretctl.toml").write_text(registry_text({"nearer": {}}))
    assert ids() == ["nearer"]
    monkeypatch.setenv("SECRETCTL_REGISTRY", str(root / "env.toml"))
    assert ids() == ["from-env"]
    assert ids("--registry", root / "o.toml") == ["option"]
    assert ids("-r", root / "o.toml") == ["option"]


def test_no_registry_anywhere(judge: Judge) -> None:
    """3, and a hint how to make one."""
    ran = judge.cli("client", "list", "--json")
    assert (ran.status, ran.out) == (3, "")
    assert ran.error["hint"]


def test_a_registry_by_a_link(judge: Judge) -> None:
    """Read through it."""
    judge.registry(ONE)
    (judge.cli.path / "link.toml").symlink_to("secretctl.toml")
    assert judge.cli("verify", "client/web", "--secret-file", "-", "-r", "link.toml", stdin=SECRET).status == 0


# --- streams and errors ----------------------------------------------------------------------------------------------


def test_error_texts(judge: Judge) -> None:
    """`secretctl: error: …`, then `hint: …`; stdout stays empty."""
    ran = judge.cli("client", "list", "-r", "missing.toml")
    assert (ran.status, ran.out) == (3, "")
    lines = ran.err.splitlines()
    assert lines[0].startswith("secretctl: error: ")
    assert all(line.startswith("hint: ") for line in lines[1:])


@pytest.mark.parametrize(
    "arguments",
    [
        ["client", "list", "-r", "missing.toml"],
        ["client", "show", "nobody"],
        ["verify", "--basic", "missing"],
        ["header", "client/nobody", "--secret-file", "s"],
        ["check", "client/nobody"],
        ["check", "--warn", "soon"],
        ["secret", "list", "client/nobody"],
    ],
)
def test_error_objects(judge: Judge, arguments: list[str]) -> None:
    """With --json: one object, alone on the last line of stderr, its members in order."""
    judge.registry(ONE)
    (judge.cli.path / "s").write_text(SECRET)
    ran = judge.cli(*arguments, "--json")
    assert ran.status not in {0, 70}
    assert ran.out == ""
    assert ran.err.endswith("}\n")
    last = json.loads(ran.err.splitlines()[-1])
    assert list(last) == ["error"]
    assert list(last["error"]) == ["code", "message", "hint"]
    assert re.fullmatch(r"[a-z][a-z0-9_]*", last["error"]["code"])
    assert isinstance(last["error"]["message"], str)
    assert last["error"]["hint"] is None or isinstance(last["error"]["hint"], str)


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["nonsense"], ["client"], ["client", "nonsense"], ["verify", "--nonsense"], ["check", "--format", "nonsense"],
        ["client", "add"], ["client", "add", "a", "b"], ["secret", "add"], ["header"], ["assertion", "web"],
        ["completion", "tcsh"], ["check", "--format"], ["verify", "--at"], ["client", "show", "--registry"],
    ],
)  # fmt: skip
def test_usage_errors_are_64(judge: Judge, arguments: list[str]) -> None:
    """Never 2, which monitoring systems read as CRITICAL."""
    judge.registry(ONE)
    ran = judge.cli(*arguments)
    assert (ran.status, ran.out) == (64, ""), ran.err


def test_usage_errors_as_objects(judge: Judge) -> None:
    """Even where the command line could not be understood."""
    ran = judge.cli("verify", "--nonsense", "--json")
    assert ran.status == 64
    assert list(ran.error) == ["code", "message", "hint"]


def test_help_names_the_statuses(judge: Judge) -> None:
    """`secretctl --help` has the table."""
    ran = judge.cli("--help")
    assert ran.status == 0
    for status in ("0", "1", "2", "3", "4", "5", "6", "7", "64", "70", "130"):
        assert re.search(rf"^\s*{status}\s", ran.out, re.MULTILINE), status
    assert judge.cli("verify", "--help").status == 0
    assert re.fullmatch(r"secretctl,? (version )?\d+\.\d+.*\n", judge.cli("--version").out)


def test_as_a_module(judge: Judge) -> None:
    """`python -m secretctl` is the same program."""
    judge.registry(ONE)
    (judge.cli.path / "s").write_text(SECRET)
    ran = judge.cli.process("verify", "client/web", "--secret-file", "s", "--at", "2026-06-01", "--json")
    assert (ran.status, ran.json["accepted"]) == (0, True)


def test_no_option_takes_a_secret(judge: Judge) -> None:
    """No `--secret VALUE`, in any command."""
    judge.registry(ONE)
    for command in (["verify", "client/web"], ["header", "client/web"], ["hash"], ["secret", "add", "client/web"]):
        for option in ("--secret", "--password", "--value", "--client-secret"):
            ran = judge.cli(*command, option, SECRET)
            assert ran.status == 64, (command, option)
            assert SECRET not in ran.out + ran.err


# --- secret sources --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "status"), [
    (SECRET, 0), (SECRET + "\n", 0), (SECRET + "\r\n", 0), (SECRET + "\n\n", 1), (SECRET + "\r", 1), ("\n" + SECRET, 1),
    (SECRET + " ", 1), ("\ufeff" + SECRET, 1), (SECRET + "\r\n\r\n", 1), (SECRET + "\n\r", 1)])  # fmt: skip
def test_one_trailing_newline_is_cut(judge: Judge, text: str, status: int) -> None:
    """LF or CRLF, and no more."""
    judge.registry(ONE)
    (judge.cli.path / "s").write_bytes(text.encode())
    for source in ("s", "-"):
        ran = judge.cli("verify", "client/web", "--secret-file", source, "--at", "2026-06-01", stdin=text)
        assert ran.status == status


def test_a_secret_from_the_environment(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is, but for the newline; and no child sees it."""
    judge.registry(ONE)
    for text, status in ((SECRET, 0), (SECRET + "\n", 0), (OTHER, 1)):
        monkeypatch.setenv("WEB_SECRET", text)
        ran = judge.cli("verify", "client/web", "--secret-env", "WEB_SECRET", "--at", "2026-06-01", "--json")
        assert ran.status == status
        assert "WEB_SECRET" not in os.environ
    ran = judge.cli("verify", "client/web", "--secret-env", "WEB_SECRET", "--json")
    assert (ran.status, ran.out) == (3, "")


def test_two_sources(judge: Judge) -> None:
    """One is enough."""
    judge.registry(ONE)
    (judge.cli.path / "s").write_text(SECRET)
    for second in (["--secret-env", "X"], ["--from-keyring"], ["--prompt"]):
        assert judge.cli("verify", "client/web", "--secret-file", "s", *second).status == 64


def test_prompt_without_a_terminal(judge: Judge) -> None:
    """64: there is nobody to ask."""
    judge.registry(ONE)
    for options in ([], ["--prompt"]):
        ran = judge.cli("verify", "client/web", *options)
        assert (ran.status, ran.out) == (64, "")


# --- the clock -------------------------------------------------------------------------------------------------------

WHENS = [
    ("2026-12-31T00:00:00Z", 0),
    ("2026-12-31t00:00:00z", 0),
    ("2026-12-31T00:00:01Z", 1),
    ("2026-12-31T01:00:00+01:00", 0),
    ("2026-12-31T01:00:01+01:00", 1),
    ("2026-12-30T19:00:00-05:00", 0),
    ("2026-12-31T00:00:00", 0),
    ("2026-12-31T00:00:01", 1),
    ("2026-12-31T00:00:00.5Z", 1),
    ("2026-12-31", 0),
    ("2027-01-01", 1),
    ("100y", 1),
    ("1200mo", 1),
    ("P40000D", 1),
    ("5200w", 1),
    ("40000d", 1),
    ("2000000h", 1),
    ("60000000min", 1),
    ("999999999s", 1),
    ("now", None),
]


@pytest.mark.parametrize(("when", "status"), WHENS)
def test_when(judge: Judge, when: str, status: int | None) -> None:
    """Every form of an instant; whatever was understood is echoed in full."""
    judge.registry(ONE)
    ran = judge.cli("verify", "client/web", "--secret-file", "-", "--at", when, stdin=SECRET)
    assert ran.status in ({0, 1} if status is None else {status}), ran.err
    assert re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", ran.err), ran.err


@pytest.mark.parametrize(
    "when",
    ["", " ", "tomorrow", "2026-13-01", "2026-02-30", "2026-12-31T25:00:00Z", "31.12.2026", "1798675200", "10", "d", "-5d",
     "5 d", "1.5d", "5x", "5m", "P", "PT", "2026-12-31T00:00:00+99:00", "٣٠d", "9" * 400 + "d", "999999y", "never"],
)  # fmt: skip
def test_what_is_no_when(judge: Judge, when: str) -> None:
    """64; and `never` is no clock."""
    judge.registry(ONE)
    ran = judge.cli("verify", "client/web", "--secret-file", "-", "--at", when, stdin=SECRET)
    assert (ran.status, ran.out) == (64, ""), ran.err


# --- colour ----------------------------------------------------------------------------------------------------------


def test_no_colour_into_pipes(judge: Judge) -> None:
    """Colour is for terminals, and never with NO_COLOR."""
    judge.registry(ONE)
    for command in (
        ["check"],
        ["client", "list"],
        ["client", "show", "web"],
        ["secret", "list", "client/web"],
        ["lint"],
    ):
        ran = judge.cli.process(*command) if command == ["check"] else judge.cli(*command)
        assert "\x1b" not in ran.out + ran.err


def test_one_document_on_stdout(judge: Judge) -> None:
    """--json prints exactly one document and a newline, and notes go elsewhere."""
    judge.registry(ONE)
    for command in (
        ["client", "list"], ["client", "show", "web"], ["secret", "list", "client/web"], ["check"], ["lint"],
        ["generate"], ["plugins"], ["verify", "--basic", "-"],
    ):  # fmt: skip
        ran = judge.cli(*command, "--json", stdin=basic("web", SECRET))
        assert ran.out.endswith("\n")
        json.loads(ran.out)
    accepted(judge.basic(basic("web", SECRET)))
