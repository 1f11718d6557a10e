"""At a terminal: hidden prompts, questions, Ctrl-C, and what may be drawn there."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

from tests.acceptance.kit import ec_key, pem_key, registry_text, sha256, shared

if TYPE_CHECKING:
    from tests.cli.conftest import Cli


GOOD = "a-good-long-secret-of-mine"


@pytest.fixture(autouse=True)
def registry(cli: Cli) -> str:
    """One client."""
    text = registry_text(
        {"web": {"secrets": [shared(GOOD, "w1"), shared("x" * 20, "w2", expiration="2020-01-01T00:00:00Z")]}}
    )
    cli.write(text)
    return text


def at_terminal(cli: Cli, command: str) -> Any:
    """Start a command line at a terminal; stdout goes to a file, so that it can be told from stderr."""
    return pexpect.spawn(
        "sh",
        ["-c", f"exec {sys.executable} -m secretctl {command} > out.txt"],
        cwd=str(cli.path),
        timeout=30,
        encoding="utf-8",
    )


def ended(child: Any) -> tuple[int, str]:
    """Its status and what it said to the end."""
    child.expect(pexpect.EOF)
    said = child.before
    child.close()
    return child.exitstatus, said


@pytest.mark.parametrize(("command", "status"), [
    ("verify client/web", 0), ("header client/web --format value", 0), ("hash --hash sha256", 0), ("verify client/web --prompt", 0), ("hash --prompt --hash sha256", 0),
    ("secret add client/web --prompt --hash sha256", 0),
])  # fmt: skip
def test_hidden_prompts(cli: Cli, command: str, status: int) -> None:
    """verify, header and hash ask by themselves, others with --prompt; nothing of it shows."""
    child = at_terminal(cli, command)
    answers = 0
    while answers < 3 and child.expect([r"(?i)secret( again)?: $", pexpect.EOF]) == 0:
        child.waitnoecho()
        child.sendline(GOOD)
        answers += 1
    said = child.before or ""
    child.close()
    assert child.exitstatus == status
    assert answers == (2 if "add" in command else 1), "what is to be stored is asked for twice"
    out = (cli.path / "out.txt").read_text()
    assert GOOD not in said + out
    if command.startswith("hash"):
        assert out == sha256(GOOD) + "\n"


@pytest.mark.parametrize(
    ("typed", "error", "status"),
    [(["short"], "error: the secret .*15", 6), ([GOOD, GOOD + "x"], "the two entries differ", 64)],
    ids=["weak", "a slip"],
)
def test_what_is_typed_may_be_refused(cli: Cli, registry: str, typed: list[str], error: str, status: int) -> None:
    """A weak one before it has to be typed again."""
    child = at_terminal(cli, "secret add client/web --prompt")
    for prompt, text in zip(("Secret: ", "Secret again: "), typed, strict=False):
        child.expect_exact(prompt)
        child.waitnoecho()
        child.sendline(text)
    ended_with, said = ended(child)
    assert ended_with == status
    assert re.search(error, said)
    assert GOOD not in said
    assert cli.registry.read_text() == registry


@pytest.mark.parametrize(
    ("typed", "status", "why"), [(b"\x04", 64, "no secret was entered"), (b"caf\xe9\n", 3, "not UTF-8")]
)
def test_nothing_or_no_text(cli: Cli, typed: bytes, status: int, why: str) -> None:
    """Ctrl-D at the prompt, and what a terminal of another encoding sends."""
    child = at_terminal(cli, "hash --hash sha256")
    child.expect("(?i)secret: ")
    child.waitnoecho()
    os.write(child.child_fd, typed)
    ended_with, said = ended(child)
    assert ended_with == status
    assert why in said
    assert (cli.path / "out.txt").read_text() == ""


def test_the_password_of_a_key_is_asked_for(cli: Cli) -> None:
    """Where no file has it, and it does not show."""
    (cli.path / "key.pem").write_bytes(pem_key(ec_key(), b"open sesame"))
    child = at_terminal(cli, "assertion client/web --key key.pem --no-check --audience https://id.example.com")
    child.expect("Password of the key: ")
    child.waitnoecho()
    child.sendline("open sesame")
    status, said = ended(child)
    assert status == 0, said
    assert "sesame" not in said
    assert (cli.path / "out.txt").read_text().count(".") == 2


def test_adding_without_a_source_generates(cli: Cli) -> None:
    """Even at a terminal: no question."""
    status, _ = ended(at_terminal(cli, "secret add client/web"))
    assert status == 0
    assert re.fullmatch(r"[\w-]{43}\n", (cli.path / "out.txt").read_text())


@pytest.mark.parametrize("command", ["hash", "client remove web", "prune", "secret remove client/web w1 --force"])
def test_ctrl_c(cli: Cli, registry: str, command: str) -> None:
    """130, a word about it, and no traceback."""
    child = at_terminal(cli, command)
    child.expect("(?i)secret:|\\?")
    if command == "hash":
        child.waitnoecho()
    child.sendintr()
    status, said = ended(child)
    assert status == 130
    assert "interrupted" in said
    assert "Traceback" not in said
    assert (cli.path / "out.txt").read_text() == ""
    assert cli.registry.read_text() == registry


@pytest.mark.parametrize(("command", "answer", "done"), [
    ("client remove web", "y", True), ("client remove web", "n", False), ("client remove web", "", False), ("client remove web", "\x04", False),
    ("prune", "yes", True), ("prune", "maybe", False), ("secret remove client/web w2", "Y", True), ("secret remove client/web w2", "no", False),
])  # fmt: skip
def test_questions(cli: Cli, registry: str, command: str, answer: str, done: bool) -> None:
    """Only a yes is one; the question is on stderr. Whoever says no interrupted nothing, but has nothing done."""
    child = at_terminal(cli, command)
    child.expect(r"\?[^\n]*")
    child.send(answer) if answer == "\x04" else child.sendline(answer)
    status, said = ended(child)
    assert status == (0 if done else 130), said
    assert ("not confirmed; nothing was changed" in said) is not done
    assert (cli.registry.read_text() != registry) is done
    assert "?" not in (cli.path / "out.txt").read_text()
    assert "Traceback" not in said
