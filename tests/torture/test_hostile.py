"""Hostile text in every field of a registry, through every output: shown or exported inert, and come back as it was.

What an output looks like is held against the same registry with a calm word in the same places: text that is data makes no
line, cell, element, label, event or sample of its own.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sqlite3
import sys
import xml.etree.ElementTree as ET
from contextlib import closing
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pexpect
import pytest
import tomli_w

from secretctl.cli.complete import run_completion
from secretctl.render.text import defused, visible
from secretctl.stores import open_store
from tests.acceptance.kit import shared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Cli

pytestmark = pytest.mark.torture

SECRET = "a-good-long-secret-of-mine"
CALM = "calm"
TEXTS = {
    "terminal": "\x1b]0;pwned\x07\x1b[31mred\x9b1m\x1b[2J\x1b]8;;http://x\x1b\\y\x08\x7f",
    "bidi": "\u202eevil\u202c \u2066x\u2069\u200f\u061c\u200e",
    "lines": "one\ntwo\r\nthree\u2028four\u2029five\x0bsix\x85seven\rback",
    "rich": "[bold]b[/bold] [link=http://x]y[/] [/] \\[red]",
    "formula": "=cmd|' /C calc'!A0",
    "formula after a TAB": "\t=1+1",
    "formula after CR": "\r@SUM(1)",
    "html": "</title></style><script>alert(1)</script><img src=x onerror=alert(1)>\"'><!-- ]]> &lt;",
    "template": "{{ 7 * 7 }}{% raw %}${x}#{y}",
    "label": 'x",kind="client"} 1\nsecretctl_principal_level{id="y"} 0\n# HELP \\',
    "workflow": "x\n::error file=a,line=1::b\n::add-mask::c%0A::stop-commands::d",
    "pipeline": "::add-mask::a ##[debug]b ##vso[task.setvariable variable=PATH]c ##teamcity[buildStop]",
    "markdown": "|a|`b`[c](javascript:d)![e](f)<g> @here *h* _i_ \\| #1 ~~j~~",
    "calendar": "x\r\nEND:VEVENT\r\nBEGIN:VALARM;,\\n",
    "shell": "$(touch pwned)`touch pwned`; touch pwned '\"& | > x",
    "sql": "'); DROP TABLE \"Clients\"; -- \\'; /* :x %s %(y)s ?",
    "yaml": "x: &a !!python/object [*b]\n---\n- \"'#",
    "nagios": "OK | 'x'=1;2;3\nCRITICAL - y",
    "wide": "\U0001f469\u200d\U0001f4bb e\u0301 \ufeff\u00ad\U000e0041",
}
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
COMMAND = re.compile(r"^\s*::\w+.*::|##\w*\[", re.MULTILINE)
"""What GitHub, Azure Pipelines and TeamCity obey in a job's log."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")

SCREENS = [
    *(["client", "list"], ["client", "show", "web"], ["client", "show", "{id}"], ["client", "show", "{id}", "--values"]),
    *(["resource", "list"], ["resource", "show", "{id}"], ["secret", "list", "client/{id}"], ["secret", "list", "resource/{id}"]),
    *(["check"], ["check", "--include-disabled"], ["check", "client/{id}"], ["report"], ["rotate", "--all", "--dry-run"]),
    *(["prune", "--dry-run", "--at", "2040-01-01"], ["diff", "empty.toml", "secretctl.toml"], ["apply", "secretctl.toml", "empty.toml", "--dry-run"]),
    *(["import", "hydra", "hydra.json", "--dry-run", "-r", "empty.toml"], ["secret", "set", "web", "nobody{id}", "--description", "x"]),
    *(["client", "show", "nobody{id}"], ["check", "client/nobody{id}"], ["client", "list", "--owner", "{id}"], ["check", "--format", "x{id}"]),
    *(["secret", "add", "web", "--out", "/nowhere/{id}"], ["secret", "add", "web", "--pipe-to", "'/nowhere/{id}'"], ["hash", "--secret-file", "no{id}"]),
    *(["client", "list", "-r", "no{id}"], ["init", "x.toml", "--profile", "x{id}"], ["client", "set", "web", "--clear", "x{id}"], ["x{id}"]),
    *(["verify", "client/{id}", "--secret-file", "secret", "--explain"], ["verify", "--form", "form"], ["header", "client/{id}", "--secret-file", "wrong"]),
    *(["export", each] for each in ("identityserver", "rfc7591", "hydra", "keycloak")),
]  # fmt: skip
"""Command lines for people's eyes; ``{id}`` is the text."""


def lay_out(cli: Cli, text: str) -> None:
    """A registry with the text in every field of one client and one resource, and files for commands to read."""
    secret = shared(SECRET, text, description=text, expiration="2026-06-05T00:00:00Z", created="2026-01-01T00:00:00Z")
    odd = {"id": f"{text}2", "type": f"x{text}", "value": text, "description": text}
    fields = {"name": text, "description": text, "owner": text, "tags": [text], "scopes": [text], "grant_types": [text], "x": text}  # fmt: skip
    api = {"display_name": text, "description": text, "owner": text, "tags": [text], "scopes": [text]}
    clients = {
        text: {**fields, "secrets": [secret, odd]},
        "web": {**fields, "secrets": [{**secret, "id": "w1"}]},
        f"{text}off": {"enabled": False},
    }
    issuer = {"url": "https://id.example.com", "x": text}
    resources = {text: {**api, "secrets": [secret]}}
    cli.write(tomli_w.dumps({"schema": 1, "name": text, "issuer": issuer, "clients": clients, "resources": resources}))
    cli.write("schema = 1\n", "empty.toml")
    cli.write(
        json.dumps(
            [{"client_id": "new", "client_name": text, "owner": text, "client_secret": text + SECRET, text: text}]
        ),
        "hydra.json",
    )
    cli.write(SECRET, "secret")
    cli.write("wrong", "wrong")
    cli.write(f"client_id={text}&client_secret={text}&{text}={text}", "form")


def strings(document: Any) -> Iterator[str]:
    """Every string in a JSON document, keys included."""
    if isinstance(document, str):
        yield document
    elif isinstance(document, dict):
        for key, value in document.items():
            yield key
            yield from strings(value)
    elif isinstance(document, list):
        for each in document:
            yield from strings(each)


class Elements(HTMLParser):
    """The elements of a page with the names of their attributes, and what only stylesheets hold."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))

    def handle_comment(self, data: str) -> None:
        self.found.append((f"comment {data}", ()))


def shape(format: str, text: str) -> Any:
    """What an output is made of, whatever the texts in it say."""
    if format == "html":
        return sorted(Elements(text).found)
    if format == "junit":
        return sorted((element.tag, len(element.attrib)) for element in ET.fromstring(text).iter())
    if format == "csv":
        rows = list(csv.reader(io.StringIO(text, newline="")))
        assert not [
            cell for row in rows for cell in row if cell.startswith(FORMULA) and not re.fullmatch(r"-\d+", cell)
        ]
        return [len(row) for row in rows]
    if format == "ics":
        lines = text.replace("\r\n ", "").split("\r\n")
        assert not [line for line in lines if "\n" in line or "\r" in line]
        return sorted(line.partition(":")[0].partition(";")[0] for line in lines)
    if format == "prometheus":
        label = r'[a-z_]+="(?:[^"\\\n]|\\["\\n])*"'
        line = re.compile(rf"# .*|[a-z_]+(?:\{{{label}(?:,{label})*\}})? [0-9.e+-]+")
        assert not [each for each in text.splitlines() if not line.fullmatch(each)]
        return sorted(re.split(r"[{ ]", each)[0] for each in text.split("\n"))
    if format == "markdown":
        return [len(re.split(r"(?<!\\)\|", line)) for line in text.split("\n")]
    if format in {"json", "sarif"}:
        return None if json.loads(text) else text
    return text.count("\n"), [line.partition(" ")[0] for line in text.split("\n")] if format == "github" else None


@pytest.fixture(params=TEXTS.values(), ids=list(TEXTS))
def text(request: pytest.FixtureRequest) -> str:
    """One of the texts."""
    return str(request.param)


def test_screens_obey_no_text(cli: Cli, text: str) -> None:
    """No command shows what a terminal or a CI job obeys or what hides other text, and no text begins a line of its own."""
    calm: dict[int, int] = {}
    for each in (CALM, text):
        lay_out(cli, each)
        for number, command in enumerate(SCREENS):
            ran = cli(*(word.replace("{id}", each) for word in command))
            assert ran.status != 70, ran
            for stream in (ran.out, ran.err):
                assert not UNSAFE.search(stream), (command, stream)
                assert command[0] == "export" or not COMMAND.search(stream), (command, stream)
            # A quoted id in an error may be shortened, a JSON document folded: lines are counted on screens alone.
            lines = ran.out.count("\n")
            assert calm.setdefault(number, lines) == lines, (command, ran.out)
    assert not (cli.path / "pwned").exists()


@pytest.mark.parametrize("format", ["table", "json", "csv", "markdown", "junit", "sarif", "github", "prometheus", "nagios", "ics"])  # fmt: skip
def test_check_has_the_same_shape(cli: Cli, text: str, format: str) -> None:
    """In every format, on stdout and in a file."""
    shapes = []
    for each in (CALM, text):
        lay_out(cli, each)
        ran = cli("check", "--at", "2026-06-01", "--format", format)
        assert ran.status == 2, ran.err
        shapes.append(shape(format, ran.out))
        assert not UNSAFE.search(re.sub("\r" if format in {"csv", "ics"} else "$^", "", ran.out))
        cli("check", "--at", "2026-06-01", "--format", format, "--output", "out")
        written = (cli.path / "out").read_bytes().decode()
        assert shape(format, written) == shapes[-1]
        if format == "json":
            assert {f"client/{each}", each} <= set(strings(ran.json))
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("format", ["table", "json", "sarif", "github", "junit"])
def test_lint_is_inert(cli: Cli, text: str, format: str) -> None:
    """It finds more in such a registry than in a calm one; what it finds makes nothing else."""
    lay_out(cli, text)
    ran = cli("lint", "--format", format)
    assert ran.status == 2, ran.err
    assert not UNSAFE.search(ran.out)
    shape(format, ran.out)
    if format == "github":
        assert all(re.match("::(error|warning|notice) ", line) for line in ran.out.splitlines())
    if format == "json":
        assert f"client/{text}" in set(strings(ran.json))


def test_the_page_has_the_same_elements(cli: Cli, text: str) -> None:
    """`report --html`: no element, attribute or comment comes from the data, which is there to read."""
    shapes = []
    for each in (CALM, text):
        lay_out(cli, each)
        cli.ok("report", "--html", "page.html", "--at", "2026-06-01")
        page = (cli.path / "page.html").read_text(encoding="utf-8")
        shapes.append(shape("html", page))
        assert not UNSAFE.search(page)
    assert shapes[0] == shapes[1]


def test_a_terminal_gets_no_sequence_but_ours(cli: Cli, text: str) -> None:
    """Colours, and nothing else, where there are colours."""
    lay_out(cli, text)
    for command in (["check", "--at", "2026-06-01"], ["client", "list"]):
        environment: Any = {**os.environ, "TERM": "xterm-256color"}
        child: pexpect.spawn[str] = pexpect.spawn(
            sys.executable,
            ["-m", "secretctl", *command],
            cwd=str(cli.path),
            env=environment,
            encoding="utf-8",
            timeout=60,
        )
        child.expect(pexpect.EOF)
        child.close()
        said = child.before or ""
        assert "\x1b[" in said
        assert not UNSAFE.search(re.sub("\x1b\\[[0-9;?]*[mhlK]", "", said.replace("\r\n", "\n"))), said


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_completion_offers_words(cli: Cli, text: str, shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """TAB on TARGETs and secret ids: as many lines as for calm ones, or fewer; nothing that a terminal obeys."""
    for before in (["verify", ""], ["secret", "set", "web", ""], ["secret", "remove", f"client/{text}", ""]):
        answers = []
        for each in (CALM, text):
            lay_out(cli, each)
            words = [word.replace(text, each) for word in before]
            monkeypatch.setenv(
                "_SECRETCTL_LINE", "secretctl " + " ".join(f"'{word}'" if word else "" for word in words)
            )
            monkeypatch.setenv("_SECRETCTL_WORDS", "\n".join(words))
            monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(said := io.BytesIO()))
            run_completion(shell, words)
            answers.append(said.getvalue().decode())
        assert answers[1].count("\n") <= answers[0].count("\n"), answers
        assert not UNSAFE.search(answers[1])


@pytest.mark.parametrize("format", ["raw", "dotenv", "json", "kubernetes"])
def test_deliveries_hold_the_id_and_no_more(cli: Cli, text: str, format: str) -> None:
    """A file for each, below the directory, of as many lines; or a refusal (7) and nothing."""
    sizes: list[list[int]] = []
    for each in (CALM, text):
        lay_out(cli, each)
        ran = cli("rotate", "--all", "--out", f"{len(sizes)}", "--out-format", format)
        files = sorted((cli.path / f"{len(sizes)}").glob("*"))
        if ran.status == 7:
            assert (format, files, each) == ("dotenv", [], text)
            return
        assert ran.status == 0, ran.err
        sizes.append(sorted(path.read_text(encoding="utf-8").count("\n") for path in files))
        assert all(re.fullmatch(r"[a-z0-9._~-]+", path.name) for path in files)
        if format == "json":
            assert each in {json.loads(path.read_text())["client_id"] for path in files}
    assert sizes[0] == sizes[1]


def test_exports_are_inert_and_come_back(cli: Cli, text: str) -> None:
    """CSV has no formula; JSON, SQL and a database hold the text as it is."""
    shapes = []
    for each in (CALM, text):
        lay_out(cli, each)
        shapes.append(shape("csv", cli.ok("export", "csv").out))
    assert shapes[0] == shapes[1]
    for format in ("identityserver", "rfc7591", "hydra", "keycloak"):
        ran = cli.ok("export", format)
        assert not UNSAFE.search(ran.out)
        assert text in set(strings(ran.json))
        cli.write(ran.out, "export.json")
        again = cli.write("schema = 1\n", "again.toml")
        back = cli("import", format, "export.json", "-r", again, "--values", "hashed")
        if text.isprintable():
            assert back.status == 0, back.err
            assert text in {principal.id for principal in open_store(again).principals()}
        else:  # an id that nobody can see is taken from no other program
            assert back.status == 3
            assert again.read_text() == "schema = 1\n"


def test_a_database_holds_it(cli: Cli, text: str) -> None:
    """By `apply` and by a script of `export sql`, to the letter, and back into a file."""
    lay_out(cli, text)
    expected = {str(each.target): each.owner for each in open_store("secretctl.toml").principals()}
    for way in ("apply", "script"):
        location = f"sqlite:///{way}.db"
        cli.ok("init", location)
        if way == "apply":
            cli.ok("apply", "secretctl.toml", location, "--yes")
        else:
            with closing(sqlite3.connect(f"{way}.db")) as connection:
                connection.executescript(cli.ok("export", "sql", "--schema", "duende", "--dialect", "sqlite").out)
        assert {str(each.target): each.owner for each in open_store(location).principals()} == expected
        cli.write("schema = 1\n", "back.toml")
        cli.ok("apply", location, "back.toml", "--yes")
        assert {str(each.target): each.owner for each in open_store("back.toml").principals()} == expected
        screen = cli("client", "list", "-r", location)
        assert not UNSAFE.search(screen.out)
        assert defused(visible(text)) in screen.out
