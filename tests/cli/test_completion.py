"""TAB in real shells: the right words, and nothing from a registry is ever run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest

from secretctl.cli.app import run
from secretctl.cli.candidates import complete_words
from secretctl.cli.complete import run_completion
from secretctl.cli.completion import SCRIPTS, completion_script
from secretctl.cli.tree import COMMANDS
from secretctl.crypto.shared_secret import HASHES
from secretctl.entity_framework import SCHEMAS
from secretctl.interchange import EXPORT_FORMATS, IMPORT_FORMATS
from secretctl.interchange.sql_dialects import DIALECTS
from secretctl.render import CHECK_FORMATS, LINT_FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = {
    "a b": "a",
    "$(touch pwned)": "\\$",
    "`touch pwned`": "\\`",
    "it's": "it",
    'say "x"': "sa",
    "semi;touch pwned": "se",
    "x:y=z@w": "x:",
    "sören": "sö",
    "back\\slash": "ba",
    "hey!!now": "he",
    "!-1": "\\!",
    "now!": "no",
    "dogs'": "do",
}
"""Ids, and what is typed of them before TAB."""


def write_registry(folder: Path) -> None:
    """A registry whose ids try to get out."""
    lines = ["schema = 1"]
    for number, id_ in enumerate(HOSTILE):
        quoted = '"' + id_.replace("\\", "\\\\").replace('"', '\\"') + '"'
        lines += [f"[clients.{quoted}]", f'name = "number {number}"']
    lines += ["[clients.web]", 'owner = "ops@example.com"', 'tags = ["pci"]']
    lines += ["[[clients.web.secrets]]", 'id = "7f3a91c2"', 'value = "x"', 'description = "two\\tcolumns"']
    lines += ["[resources.api1]"]
    (folder / "secretctl.toml").write_text("\n".join(lines) + "\n", "utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with that registry."""
    write_registry(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SECRETCTL_REGISTRY", raising=False)
    return tmp_path


def words_for(*words: str) -> list[str] | None:
    """What is offered for the last word."""
    found = complete_words(list(words))
    return None if found is None else [candidate.word for candidate in found]


class TestWords:
    """What fits where."""

    def test_commands(self) -> None:
        """At the beginning, by prefix."""
        assert words_for("ver") == ["verify"]
        assert "rename" in (words_for("client", "") or [])

    def test_options(self) -> None:
        """After a dash, with their long names."""
        assert words_for("verify", "--exp") == ["--explain"]
        assert "--help" in (words_for("verify", "-") or [])

    def test_choices(self) -> None:
        """Formats, profiles and kinds, also behind an equals sign."""
        assert words_for("header", "web", "--format", "c") == ["curl"]
        assert words_for("header", "web", "--format=c") == ["--format=curl"]
        assert words_for("verify", "--profile", "id") == ["identityserver3", "identityserver4"]
        assert words_for("completion", "z") == ["zsh"]

    def test_every_fixed_set_is_offered_whole(self) -> None:
        """What is completed is what the commands take."""
        for words, choices in (
            (("check", "--format", ""), CHECK_FORMATS),
            (("lint", "--format", ""), LINT_FORMATS),
            (("import", ""), IMPORT_FORMATS),
            (("export", ""), (*EXPORT_FORMATS, "sql")),
            (("export", "sql", "--schema", ""), SCHEMAS),
            (("export", "sql", "--dialect", ""), DIALECTS),
            (("import", "hydra", "f", "--hash", ""), HASHES),
            (("rotate", "--hash", ""), HASHES),
        ):
            assert sorted(words_for(*words) or []) == sorted(choices), words

    def test_targets(self, folder: Path) -> None:
        """By kind and id, or by a bare id."""
        assert words_for("verify", "client/w") == ["client/web"]
        assert words_for("verify", "we") == ["web"]
        assert words_for("verify", "resource/") == ["resource/api1"]
        assert words_for("client", "show", "w") == ["web"]

    def test_secret_ids(self, folder: Path) -> None:
        """Of the principal that the line names."""
        assert words_for("secret", "remove", "web", "") == ["7f3a91c2"]
        assert words_for("secret", "remove", "nobody", "") == []
        assert words_for("secret", "remove", "client/", "") == []

    def test_secret_ids_of_two_of_one_name(self, tmp_path: Path) -> None:
        """Whose they are is not said, so none is offered."""
        path = tmp_path / "two.toml"
        secrets = '[[{0}.web.secrets]]\nid = "7f3a91c2"\nvalue = "x"\n'
        path.write_text("schema = 1\n" + secrets.format("clients") + secrets.format("resources"), "utf-8")
        assert words_for("secret", "remove", "-r", str(path), "web", "") == []
        assert words_for("secret", "remove", "-r", str(path), "resource/web", "") == ["7f3a91c2"]

    def test_what_nobody_can_list(self, folder: Path) -> None:
        """A date, an audience, a name: nothing is offered, neither file names nor ids of the registry."""
        assert words_for("verify", "--at", "") == []
        assert words_for("verify", "--audience=") == []
        assert words_for("verify", "web", "--secret-env", "") == []
        assert words_for("assertion", "web", "--kid", "") == []
        assert words_for("assertion", "web", "--alg", "") == []

    def test_registries_to_compare(self, folder: Path) -> None:
        """Are files."""
        assert words_for("diff", "") is None
        assert words_for("diff", "a.toml", "") is None

    def test_after_two_dashes(self, folder: Path) -> None:
        """All words are arguments, whatever they begin with."""
        assert words_for("verify", "--", "client/w") == ["client/web"]
        assert words_for("verify", "--", "--exp") == []
        assert words_for("secret", "remove", "--", "web", "") == ["7f3a91c2"]

    def test_options_that_do_not_exist(self, folder: Path) -> None:
        """Take no word from what follows."""
        assert words_for("verify", "--nonsense", "--other=x", "client/w") == ["client/web"]

    def test_owners_and_tags(self, folder: Path) -> None:
        """As the registry has them."""
        assert words_for("check", "--owner", "") == ["ops@example.com"]
        assert words_for("check", "--tag", "p") == ["pci"]

    def test_files(self) -> None:
        """Are the shell's business."""
        assert words_for("verify", "--request", "") is None
        assert words_for("verify", "--registry", "") is None

    def test_the_registry_that_the_line_names(self, folder: Path, tmp_path: Path) -> None:
        """Is the one that is read."""
        other = tmp_path / "other.toml"
        other.write_text("schema = 1\n[clients.other]\n", "utf-8")
        assert words_for("verify", "-r", str(other), "client/") == ["client/other"]
        assert words_for("verify", f"--registry={other}", "client/") == ["client/other"]

    @pytest.mark.parametrize("words", [["nonsense", ""], ["verify", "a", "b", ""], ["client", "nonsense", ""]])
    def test_nothing_fits(self, folder: Path, words: list[str]) -> None:
        """Nothing is offered."""
        assert words_for(*words) == []

    def test_no_registry(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A TAB without a registry is quiet."""
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("SECRETCTL_REGISTRY", str(tmp_path / "missing.toml"))
        assert words_for("verify", "client/") == []


@pytest.mark.parametrize(("shell", "name"), SCRIPTS.items())
def test_the_scripts_checked_in_are_what_the_command_prints(
    shell: str, name: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """``completions/`` cannot drift."""
    assert (ROOT / "completions" / name).read_text("utf-8") == completion_script(shell)


def test_an_unknown_shell_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """With the ones that there are."""
    assert run(["completion", "tcsh"]) == 64
    assert "bash, zsh, fish" in capsys.readouterr().err


START = {
    "bash": ["--norc", "--noprofile", "-i"],
    "zsh": ["-f", "-i"],
    "fish": ["--no-config", "-i"],
}
SETUP = {
    "bash": "PS1='READY> '; bind 'set enable-bracketed-paste off'; bind 'set completion-query-items 0'; source {script}",
    "zsh": "PS1='READY> '; unsetopt zle_bracketed_paste prompt_sp; autoload -Uz compinit && compinit -u -D; source {script}",
    "fish": "function fish_prompt; echo -n 'READY> '; end; source {script}",
}


class Shell:
    """A real interactive shell with the script loaded, in a folder with the registry."""

    def __init__(self, name: str, folder: Path) -> None:
        self.folder = folder
        write_registry(folder)
        (folder / "bin").mkdir()
        told = folder / "bin" / "secretctl"
        told.write_text(f'#!/bin/sh\n"{sys.executable}" -m secretctl "$@"\n: >"{folder / "told"}"\n', "utf-8")
        told.chmod(0o755)
        program = shutil.which(name)
        assert program is not None
        environment = {
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "HOME": str(folder),
            "TERM": "dumb" if name == "bash" else "xterm",
            "LC_ALL": "C.UTF-8",
            "fish_features": "",
        }
        self.child = pexpect.spawn(
            program, START[name], cwd=folder, env=environment, encoding="utf-8", timeout=20, dimensions=(50, 200)
        )
        self.run(SETUP[name].format(script=ROOT / "completions" / SCRIPTS[name]))

    def run(self, line: str) -> None:
        """A line that somebody types, to its end."""
        self.child.sendline(line)
        self.child.sendline("echo DO''NE")
        self.child.expect_exact("DONE")
        self.child.expect_exact("READY> ")

    def completed(self, typed: str) -> list[str]:
        """The words that the shell makes of a line after TAB; they are printed by the shell's own printf into a file."""
        told, words = self.folder / "told", self.folder / "words"
        told.unlink(missing_ok=True)
        words.unlink(missing_ok=True)
        self.run(": '\"$(touch pwned)\"'")  # what !! stands for, if it stands for anything
        self.child.send(typed + "\t")
        wait_for(told.exists)
        time.sleep(0.2)  # for the shell to take what it was told: it redraws when it likes
        self.child.send("\x01" + f"command printf '%s\\n' >{words} \x05\r")
        wait_for(lambda: words.exists() and words.read_text("utf-8").endswith("\n"))
        return words.read_text("utf-8").splitlines()

    @property
    def was_taken_in(self) -> bool:
        """Whether it ran what it was to complete."""
        return (self.folder / "pwned").exists()


def wait_for(condition: Callable[[], bool]) -> None:
    """Until it holds, or for ten seconds."""
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)


@pytest.fixture(scope="module", params=[pytest.param(name, marks=pytest.mark.needs(name)) for name in sorted(START)])
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """Each shell, for all that is typed: to start it takes longer than to complete a line."""
    started = Shell(request.param, tmp_path_factory.mktemp(request.param))
    yield started
    started.child.close(force=True)


@pytest.mark.parametrize("id_", HOSTILE)
def test_a_hostile_id_is_inserted_and_never_run(id_: str, shell: Shell) -> None:
    """``$(…)``, backticks, quotes and blanks arrive as the one word that they are."""
    assert shell.completed(f"secretctl verify client/{HOSTILE[id_]}") == ["secretctl", "verify", f"client/{id_}"]
    assert not shell.was_taken_in


@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize("id_", ["hey!!now", "$(touch pwned)", "it's", 'say "x"', "back\\slash", "now!", "dogs'"])
def test_a_hostile_id_is_inert_in_an_open_quote(id_: str, quote: str, shell: Shell) -> None:
    """There, too: inside double quotes a shell still expands variables, commands and its history."""
    typed = {"$": "\\$", "b": "ba"}.get(id_[0], id_[:2]) if quote == '"' else id_[:2]
    assert shell.completed(f"secretctl verify {quote}client/{typed}") == ["secretctl", "verify", f"client/{id_}"]
    assert not shell.was_taken_in


def test_an_option_is_completed(shell: Shell) -> None:
    """As on any other command."""
    assert shell.completed("secretctl verify --expl") == ["secretctl", "verify", "--explain"]


class TestAnswers:
    """What the shells' scripts are told, byte for byte."""

    def answer(self, capsysbinary: pytest.CaptureFixture[bytes], shell: str, *words: str) -> tuple[int, list[str]]:
        """The status and the lines of one TAB."""
        status = run_completion(shell, list(words))
        return status, capsysbinary.readouterr().out.decode().splitlines()

    def test_words_and_descriptions(self, folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
        """For zsh and fish, which quote by themselves."""
        for shell in ("zsh", "fish"):
            assert self.answer(capsysbinary, shell, "verify", "client/w") == (0, ["client/web\t"])
            assert self.answer(capsysbinary, shell, "verify", "client/a")[1] == ["client/a b\tnumber 0"]

    def test_who_asks_is_told_by_a_variable(self, folder: Path) -> None:
        """A command line that is to be completed is not run."""
        asked = subprocess.run(
            [sys.executable, "-m", "secretctl", "client", "remove", "w"],
            env={**os.environ, "_SECRETCTL_COMPLETE": "fish"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert (asked.stdout, asked.stderr) == ("web\t\n", "")

    def test_files(self, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
        """Are asked for with a line that no candidate is."""
        assert self.answer(capsysbinary, "zsh", "verify", "--request", "") == (0, ["\tfiles"])

    def test_no_words_at_all(self, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
        """The commands."""
        assert "verify\t" in self.answer(capsysbinary, "zsh")[1]

    def test_a_failure_is_quiet(
        self, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A TAB does not disturb the prompt."""
        monkeypatch.setitem(COMMANDS, "broken", "no_such_module:broken")
        assert self.answer(capsysbinary, "zsh", "broken", "") == (1, [])

    @pytest.mark.parametrize(
        ("word", "expected"),
        [
            ("client/w", "client/web\tclient/web"),
            ("client/it", "'client/it''s'\tnumber 3"),
            ("client/a", "'client/a b'\tnumber 0"),
        ],
    )
    def test_powershell(
        self,
        word: str,
        expected: str,
        folder: Path,
        capsysbinary: pytest.CaptureFixture[bytes],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Gets quoted words; its own words come in a variable."""
        monkeypatch.setenv("_SECRETCTL_WORDS", f"verify\n{word}")
        line = self.answer(capsysbinary, "powershell")[1][0]
        assert line.split("\t")[0] == expected.split("\t", maxsplit=1)[0]

    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("secretctl verify client/w", ["client/web"]),
            ("secretctl verify client/a", ["client/a\\ b"]),
            ("secretctl verify 'client/a", ["client/a b"]),
            ('secretctl verify "client/\\$', ["client/\\$(touch pwned)"]),
            ("secretctl verify client/it\\'", ["client/it\\'s"]),
            ("secretctl verify client/x:", ["y=z@w"]),
            ("secretctl verify client/x:y=", ["z@w"]),
            ("secretctl verify  ''client/w", ["client/web"]),
            ("secretctl 'verify' client/w", ["client/web"]),
            ('secretctl verify "client/back\\s', ["client/back\\\\slash"]),
            ('secretctl verify "client/he', ["client/hey\"'!'\"\"'!'\"now"]),
            ('secretctl verify "client/hey"\'!', ["!!now"]),
            ("secretctl verify 'client/he", ["client/hey!!now"]),
            ("secretctl verify client/he", ["client/hey\\!\\!now"]),
        ],
    )
    def test_bash(
        self,
        line: str,
        expected: list[str],
        folder: Path,
        capsysbinary: pytest.CaptureFixture[bytes],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Gets what belongs after the last word break, quoted for the place where it goes."""
        monkeypatch.setenv("_SECRETCTL_LINE", line)
        monkeypatch.setenv("_SECRETCTL_BREAKS", " \t\n\"'@><=;|&(:")
        assert self.answer(capsysbinary, "bash")[1] == expected
