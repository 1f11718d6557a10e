"""A bug wherever a plaintext is touched: one line on stderr, and never the plaintext, not even when debugging."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from secretctl.model import SecretText

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

MARK = "mark3d"
SECRET = f"{MARK}-secret-of-web-and-nobody-else"
COMMANDS = (
    *("secret add web", "secret add web --secret-file secret", "secret add web --secret-env NAME --hash sha256", "generate"),
    *("secret add web --out new", "secret add web --out new --out-format json", "secret add web --pipe-to 'cat'", "hash --secret-file secret"),
    *("rotate --all", "rotate web --out new --json", "verify web --secret-file secret --explain", "verify --basic basic --explain --json"),
    *("header web --secret-file secret", "header web --secret-file secret --no-check --format curl"),
    *("import hydra hydra.json", "import keycloak keycloak.json --json", "verify --batch batch --explain"),
)  # fmt: skip


@pytest.fixture(autouse=True)
def files(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry whose new secrets are marked, and what the commands read."""
    client = "[clients.web]\n[[clients.web.secrets]]\nid = 's'\ntype = 'SharedSecret'\nvalue = '"
    cli.write(f"schema = 1\n[policy]\nprefix = '{MARK}-'\n{client}")
    cli.write(SECRET, "secret")
    cli.write(cli.ok("hash", "--hash", "sha256", "--secret-file", "secret").out.strip(), "value")
    cli.write(f"{cli.registry.read_text()}{(cli.path / 'value').read_text()}'\n")
    cli.write(cli.ok("header", "web", "--no-check", "--secret-file", "secret").out, "basic")
    cli.write(f'[{{"client_id": "new", "client_secret": "{SECRET}"}}]', "hydra.json")
    cli.write(f'{{"clients": [{{"clientId": "new", "secret": "{SECRET}"}}]}}', "keycloak.json")
    cli.write(f'{{"target": "web", "secret": "{SECRET}"}}\n', "batch")
    monkeypatch.setenv("SECRETCTL_DEBUG", "1")


class Reveal:
    """``SecretText.reveal`` with a bug at one of its calls, whose exceptions hold the plaintext."""

    def __init__(self, fails_at: int) -> None:
        self.fails_at = fails_at
        self.calls = 0

    def __call__(self, text: SecretText) -> str:
        """The plaintext, or the bug."""
        self.calls += 1
        if self.calls == self.fails_at:
            raise RuntimeError(f"a bug with {REVEAL(text)}") from ValueError(REVEAL(text))
        return REVEAL(text)


REVEAL = SecretText.reveal


@pytest.mark.parametrize("command", COMMANDS)
def test_a_bug_tells_no_plaintext(command: str, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command is run as often as it touches a plaintext; each time another touch fails, with the plaintext in it."""
    before = cli.registry.read_bytes()
    for fails_at in range(1, 100):
        reveal = Reveal(fails_at)
        monkeypatch.setattr(SecretText, "reveal", lambda text, reveal=reveal: reveal(text))
        monkeypatch.setenv("NAME", SECRET)
        ran = cli(*shlex.split(command))
        assert f"{MARK}-" not in ran.err
        if reveal.calls < fails_at:
            assert ran.status in {0, 1}, ran
            assert reveal.calls, "it never touches one"
            return
        assert (ran.status, ran.out) == (70, ""), ran
        assert "a bug in secretctl (RuntimeError)" in ran.err
        assert cli.registry.read_bytes() == before
        assert not (cli.path / "new").exists()
    pytest.fail("the command does not come to an end")
