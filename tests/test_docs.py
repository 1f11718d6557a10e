"""What the documentation shows is what the tool does: every session is run, every made block made again."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from docs import manual, profile_table
from docs.codes import CLASSES, codes
from docs.make import documents, made
from docs.sessions import comparable, rerun, sessions
from secretctl.profiles import Profile
from secretctl.stores import open_store

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"


def pages() -> list[Path]:
    """All pages, those without sessions too."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_sessions_print_what_the_page_shows(path: Path) -> None:
    """Each command of the page, run in order in an empty directory, prints what stands below it."""
    text = path.read_text(encoding="utf-8")
    assert comparable(rerun(text)) == comparable(text)


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_made_blocks_are_up_to_date(path: Path) -> None:
    """`make docs` would change nothing."""
    text = path.read_text(encoding="utf-8")
    assert made(text) == text


def test_every_error_class_has_its_row_of_statuses() -> None:
    """The README's table of statuses knows the status of each error class, and every class is raised somewhere."""
    statuses = {int(row) for row in re.findall(r"^\| (\d+) \| [^`]", README.read_text(encoding="utf-8"), re.MULTILINE)}
    assert statuses == {0, 1, 2, 3, 4, 5, 6, 7, 64, 70, 130}
    assert set(CLASSES.values()) <= statuses
    assert set(codes()) == set(CLASSES.values())
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", code) for found in codes().values() for code in found)


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    """Each relative link names a file of the repository, and a heading that it has."""
    for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if not link.startswith("https://"):
            name, _, anchor = link.partition("#")
            target = path.parent / name if name else path
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_tests_that_are_named_exist(path: Path) -> None:
    """``tests/FILE.py::NAME``, with or without a class, as pytest takes it."""
    for file, *names in (each.split("::") for each in re.findall(r"`(tests/[^`]*::[^`]*)`", path.read_text("utf-8"))):
        scope: list[ast.stmt] = ast.parse((ROOT / file).read_text(encoding="utf-8")).body
        for name in names:
            defined = {each.name: each.body for each in scope if isinstance(each, ast.ClassDef | ast.FunctionDef)}
            assert name in defined, f"{file} has no {name}"
            scope = defined[name]


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_examples_of_files_can_be_read(path: Path) -> None:
    """TOML and YAML in the pages are TOML and YAML."""
    text = path.read_text(encoding="utf-8")
    for block in re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        tomllib.loads(block)
    for block in re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        assert isinstance(yaml.safe_load(block), dict | list)


@pytest.mark.parametrize("name", ["README.md", "docs/file-format.md"])
def test_the_registries_shown_are_registries(name: str, tmp_path: Path) -> None:
    """The tool reads them, and knows every key."""
    (block,) = re.findall(r"^```toml\n(schema.*?)^```$", (ROOT / name).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (tmp_path / "secretctl.toml").write_text(block, encoding="utf-8")
    store = open_store(tmp_path / "secretctl.toml")
    assert store.settings().issuer is not None
    assert store.find("client", "web") is not None
    assert "key-unknown" not in {note.rule for note in store.notes()}


def test_the_layers_shown_are_those_that_are_held() -> None:
    """CONTRIBUTING draws them in the order in which import-linter holds them, and leaves none out."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    (held,) = (contract["layers"] for contract in settings["contracts"] if contract["type"] == "layers")
    (drawn,) = re.findall(
        r"^```\n(errors.*?)^```$", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    names = [set(re.findall(r"\w+", layer)) - {"__main__"} for layer in reversed(held)]
    assert [set(re.findall(r"\w+", layer)) for layer in drawn.split("<")] == names


def test_manual_pages_are_up_to_date() -> None:
    """docs/man holds what the commands say of themselves, in ASCII, and no page of a command that is gone."""
    assert {path.name: path.read_text(encoding="ascii") for path in manual.DIRECTORY.iterdir()} == manual.pages()


def test_manual_pages_are_well_formed() -> None:
    """Every line is text or one of the few requests that are used, with all fonts and characters known."""
    for name, text in manual.pages().items():
        assert text.startswith(".TH SECRETCTL"), name
        for line in text.splitlines():
            assert re.fullmatch(r"\.(TH|SH|SS|PP|TP|RS|RE|nf|fi|nh|ad|br|B|BR|I)\b.*|[^.'].*", line), (name, line)
            assert not re.search(r"\\(?!e|-|f[BIR]|&|\(ga|\(aq|\(ha|\(ti|\[u[0-9A-F]{4,5}\])", line), (name, line)


def test_manual_pages_show_every_option() -> None:
    """What --help lists stands in the page, its examples too."""
    page = manual.pages()["secretctl-rotate.1"].replace("\\-", "-")
    for word in ("--due [DUR]", "--overlap DUR", "--pipe-to", "secretctl rotate --all --dry-run"):
        assert word in page


def test_every_variable_of_the_environment_is_named() -> None:
    """What the package reads from the environment, but for what completion scripts tell it, is in the table."""
    read = set()
    for path in (ROOT / "secretctl").rglob("*.py"):
        read |= set(re.findall(r"environ(?:\.get\(|\.pop\(|\[)\"([A-Z]\w+)\"", path.read_text(encoding="utf-8")))
    assert read == set(manual.ENVIRONMENT)


def test_the_profile_table_shows_every_rule() -> None:
    """No field of a profile is without a row, and no row without a source."""
    assert profile_table.shown_fields() == set(Profile._fields)
    assert all(row.sources for rows in profile_table.SECTIONS.values() for row in rows)


def test_a_value_without_words_is_an_error() -> None:
    """A new rule that is true or false must be said in words."""
    with pytest.raises(TypeError, match="no words"):
        profile_table._words(profile_table.Row("a rule", ("phc",), {}, "a source"), value=True)


def test_what_runs_unseen() -> None:
    """A page can have made what its reader has; a failure of that is no output."""
    assert rerun("<!-- before: echo a > f -->\n```console\n$ cat f\n```\n").endswith("$ cat f\na\n```\n")
    with pytest.raises(RuntimeError, match="false"):
        rerun("<!-- before: false -->\n```console\n$ true\n```\n")


def test_sessions_are_found_run_and_told_apart() -> None:
    """A chapter begins in an empty directory, its blocks share one, and a status goes on to the next command."""
    page = (
        "## One\n```console\n$ echo a > f; ls\nwrong\n$ false\n$ echo $?\n```\ntext\n```console\n$ cat f\n```\n"
        "```text\n$ not run\n```\n## Two\n```console\n$ ls\n$ printf %s \\\n>   b\n```\n"
    )
    assert [session.new_chapter for session in sessions(page)] == [True, False, True]
    again = rerun(page)
    assert again == (
        "## One\n```console\n$ echo a > f; ls\nf\n$ false\n$ echo $?\n1\n```\ntext\n```console\n$ cat f\na\n```\n"
        "```text\n$ not run\n```\n## Two\n```console\n$ ls\n$ printf %s \\\n>   b\nb\n```\n"
    )


def test_comparable_hides_what_differs_from_run_to_run() -> None:
    """Generated secrets, ids and instants may differ; words, reasons and codes may not."""
    one = "7f3a91c2  2026-01-01T00:00:00Z  wqT0m4aDfm2pVJp2TQ0Zb7v3yFJk1xXo5K8sL9dEw0A\nBasic d2ViOnNlY3JldA==\n"
    two = "0c5d77e1  2027-11-30T10:00:00Z  AqT0m4aDfm2pVJp2TQ0Zb7v3yFJk1xXo5K8sL9dEw01\nBasic d2ViOnNlY3JldB==\n"
    assert comparable(one) == comparable(two)
    assert comparable("accepted\n") != comparable("rejected\n")


@pytest.mark.usefixtures("untraced")
def test_the_demo_tells_its_story(tmp_path: Path) -> None:
    """`make demo` runs to its end with every status as expected, and shows no generated secret in a command."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        ["sh", ROOT / "demo" / "run.sh"], env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "accepted" in done.stdout
    assert list(tmp_path.iterdir()) == []
