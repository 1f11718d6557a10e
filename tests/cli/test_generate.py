"""generate and hash on the command line."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest

from secretctl.crypto.shared_secret import PresentedHashes, read_stored_value
from secretctl.model import SecretText, StoredValue

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "known_values.json").read_text(encoding="utf-8"))
CHOSEN = "correct horse battery staple"


def matches(text: str, value: str) -> bool:
    """Whether the stored value is one of the secret."""
    stored = StoredValue(value)
    return PresentedHashes(SecretText(text)).matches(read_stored_value(stored), stored)


@pytest.mark.parametrize("name", ["sha256", "sha512", "argon2id", "scrypt"])
def test_generate_prints_the_secret_and_its_stored_value(cli: Cli, name: str) -> None:
    """A line each; with --json an object. No registry is needed."""
    ran = cli.ok("generate", "--hash", name)
    secret, value = ran.out.splitlines()
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", secret)
    assert matches(secret, value)
    body = cli.ok("generate", "--hash", name, "--json").json
    assert set(body) == {"secret", "value", "hash"}
    assert body["hash"] == name
    assert matches(body["secret"], body["value"])
    assert list(cli.path.iterdir()) == []


def test_generate_takes_a_prefix_and_a_length(cli: Cli) -> None:
    """SHA-256 is what it is stored as, if nothing is said."""
    body = cli.ok("generate", "--prefix", "acme_", "--bytes", "16", "--json").json
    assert re.fullmatch(r"acme_[A-Za-z0-9_-]{22}", body["secret"])
    assert body["hash"] == "sha256"


@pytest.mark.parametrize(
    "options",
    [["--bytes", "15"], ["--bytes", "0"], ["--bytes", "-1"], ["--bytes", "76"], ["--prefix", "a b"], ["--hash", "md5"]],
)
def test_generate_refuses_what_would_not_work(cli: Cli, options: list[str]) -> None:
    """Usage errors, with nothing on stdout."""
    ran = cli("generate", *options)
    assert (ran.status, ran.out) == (64, "")


@pytest.mark.parametrize("arguments", [["generate"], ["generate", "--json"]])
def test_a_secret_that_stdout_does_not_take_is_not_delivered(cli: Cli, arguments: list[str]) -> None:
    """Full or closed: 7."""
    with Path("/dev/full").open("wb") as full:
        assert cli.process(*arguments, stdout=full).status == 7
    assert cli.process(*arguments, stdout=None, preexec_fn=lambda: os.close(1)).status == 7


@pytest.mark.parametrize("text", VECTORS["stored"])
@pytest.mark.parametrize("name", ["sha256", "sha512"])
@pytest.mark.parametrize("newline", ["", "\n", "\r\n"])
def test_hash_gives_the_known_values(cli: Cli, text: str, name: str, newline: str) -> None:
    """Base64 of the digest of the UTF-8 bytes, with one newline cut."""
    ran = cli.ok("hash", "--secret-file", "-", "--hash", name, stdin=text + newline)
    assert ran.out == VECTORS["stored"][text][name] + "\n"


def test_hash_of_a_weak_secret_only_warns(cli: Cli) -> None:
    """It says nothing of the secret itself."""
    ran = cli.ok("hash", "--secret-file", "-", "--hash", "sha256", "--json", stdin="1q2w3e*")
    assert ran.json == {"value": VECTORS["stored"]["1q2w3e*"]["sha256"], "hash": "sha256"}
    assert "well-known sample" in ran.err
    assert "1q2w3e*" not in ran.err
    assert "102 characters form-encoded" in cli.ok("hash", "--secret-file", "-", stdin="ü" * 17).err
    assert cli.ok("hash", "--secret-file", "-", stdin="").out


@pytest.mark.parametrize(
    ("registry", "name"), [(None, "argon2id"), ("rfc", "argon2id"), ("identityserver3", "sha256"), ("duende", "sha256")]
)
def test_the_default_hash_is_the_best_that_the_server_understands(cli: Cli, registry: str | None, name: str) -> None:
    """The registry's profile says which; there may be none."""
    if registry:
        cli.write(f'[validation]\nprofile = "{registry}"\n')
    body = cli.ok("hash", "--secret-file", "-", "--json", stdin=CHOSEN).json
    assert body["hash"] == name
    assert matches(CHOSEN, body["value"])


def test_a_hash_that_the_named_server_does_not_know_is_refused(cli: Cli) -> None:
    """Where --registry names it; else it is only arithmetic."""
    path = cli.write('[validation]\nprofile = "duende"\n')
    assert cli("hash", "--secret-file", "-", "--hash", "argon2id", "-r", path, stdin=CHOSEN).status == 6
    assert cli("hash", "--secret-file", "-", "--hash", "argon2id", stdin=CHOSEN).status == 0


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
def test_a_secret_file_that_cannot_be_read(cli: Cli, path: str, why: str) -> None:
    """Status 3, and why."""
    ran = cli("hash", "--hash", "sha256", "--secret-file", path, "--json")
    assert (ran.status, ran.out, ran.error["code"]) == (3, "", "input_unreadable")
    assert ran.error["message"].endswith(f": {why}")


def test_hash_takes_an_environment_variable(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --from-keyring, which needs a TARGET."""
    monkeypatch.setenv("MY_SECRET", CHOSEN)
    assert matches(CHOSEN, cli.ok("hash", "--secret-env", "MY_SECRET").out.strip())
    assert cli("hash", "--secret-env", "MY_SECRET").status == 3
    assert cli("hash", "--from-keyring").status == 64
    assert cli("hash").status == 64


def test_hash_asks_once_on_a_terminal(cli: Cli) -> None:
    """Hidden, and once, as `verify` and `header` do: nothing is stored."""
    child = pexpect.spawn(
        sys.executable, ["-m", "secretctl", "hash", "--hash", "sha256"], cwd=str(cli.path), encoding="utf-8", timeout=30
    )
    child.expect("Secret: ")
    child.waitnoecho()
    child.sendline(CHOSEN)
    child.expect(pexpect.EOF)
    shown = child.before or ""
    child.close()
    assert child.exitstatus == 0
    assert CHOSEN not in shown
    assert matches(CHOSEN, shown.split()[-1])
