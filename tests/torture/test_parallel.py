"""Many processes at once: no update is lost, no file is half, and a jti works once."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from secretctl.stores import open_store
from tests.acceptance.kit import claims, ec_key, jwk, registry_text, shared, stored, token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.cli.conftest import Cli

pytestmark = pytest.mark.torture

WRITERS = 32
# Waits, with everything loaded, until somebody closes its stdin: then all start together. A writer that did not get its turn
# within its 10 seconds does as it is told, and tries again: nothing was changed, so that it is not told that it exists.
_TOGETHER = """
import io, json, sys
from secretctl.cli.app import run
import secretctl.stores.toml.text, secretctl.operations.rotation, secretctl.operations.secrets
sys.stdin.read()
sys.stdin = io.TextIOWrapper(io.BytesIO(b""))
def patiently(arguments):
    for _ in range(20):
        if (status := run(arguments)) != 5:
            break
    return status
sys.exit(max(patiently(arguments) for arguments in json.loads(sys.argv[1])))
"""


def at_once(cli: Cli, programs: Sequence[Sequence[Sequence[str]]]) -> list[tuple[int, str, str]]:
    """Run one process for each list of command lines, all at the same time: status, stdout and stderr of each."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", _TOGETHER, json.dumps(commands)],
            cwd=cli.path,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for commands in programs
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    said = [process.communicate(timeout=300) for process in started]
    return [(process.returncode, out, err) for process, (out, err) in zip(started, said, strict=True)]


@pytest.mark.parametrize("location", ["secretctl.toml", "sqlite:///registry.db"])
def test_32_writers_lose_nothing(cli: Cli, location: str) -> None:
    """Each adds, changes, renames and removes its own, and all give one client a secret; a file is valid at every moment."""
    cli.ok("init", location)
    cli.ok("client", "add", "all", "-r", location)
    work = [
        [
            ["client", "add", f"c{n}", "--tag", "t"],
            ["secret", "add", f"client/c{n}", "--out", f"c{n}.secret"],
            ["client", "set", f"c{n}", "--owner", f"o{n}"],
            ["client", "rename", f"c{n}", f"d{n}"],
            ["secret", "add", "client/all", "--out", f"all{n}.secret"],
            ["resource", "add", f"gone{n}"],
            ["resource", "remove", f"gone{n}", "--yes"],
        ]
        for n in range(WRITERS)
    ]
    ended = threading.Event()
    seen = []

    def watch() -> None:
        while not ended.wait(0.01):
            seen.append(tomllib.loads((cli.path / "secretctl.toml").read_text(encoding="utf-8"))["schema"])

    watcher = threading.Thread(target=watch)
    if location == "secretctl.toml":
        watcher.start()
    done = at_once(cli, [[[*each, "-r", location] for each in commands] for commands in work])
    ended.set()
    if location == "secretctl.toml":
        watcher.join()
        assert set(seen) == {1}
    assert [status for status, _, _ in done] == [0] * WRITERS, done
    store = open_store(location if location == "secretctl.toml" else f"sqlite:///{cli.path / 'registry.db'}")
    found = {principal.id: principal for principal in store.principals()}
    for n in range(WRITERS):
        assert f"gone{n}" not in found
        assert found[f"d{n}"].owner == f"o{n}"
        for target, file in ((f"client/d{n}", f"c{n}.secret"), ("client/all", f"all{n}.secret")):
            cli.ok("verify", target, "--secret-file", file, "-r", location)
    assert len(found["all"].secrets) == WRITERS
    left = {path.name for path in cli.path.iterdir() if path.name.startswith(".")}
    assert left == set()


def test_50_processes_replay_one_assertion(cli: Cli) -> None:
    """Exactly one gets in, over and over."""
    cli.write(registry_text({"web": {"secrets": [stored("JWK", jwk(ec_key()))]}}))
    for attempt in range(3):
        cli.write(token(claims(jti=f"jti-{attempt}", iat=1, exp=4_000_000_000), ec_key()), "jwt")
        command = ["verify", "--assertion", "jwt", "--replay-cache", "jti.db", "--json"]
        done = at_once(cli, [[command]] * 50)
        answers: list[Any] = [json.loads(out) for _, out, _ in done]
        assert sorted(status for status, _, _ in done) == [0] + [1] * 49, done
        assert {answer["reason"] for answer in answers} == {None, "assertion_replayed"}


def test_readers_among_writers_see_whole_registries(cli: Cli) -> None:
    """`check` and `verify` never fail while others write."""
    cli.write(registry_text({f"c{n}": {"secrets": [shared(f"the-secret-of-c{n}", "s")]} for n in range(50)}))
    cli.write("the-secret-of-c7", "secret")
    writers = [[["resource", "add", f"new{n}-{turn}"] for turn in range(10)] for n in range(4)]
    readers = [[["check", "--json"], ["verify", "client/c7", "--secret-file", "secret"]] * 10 for _ in range(4)]
    for status, _, err in at_once(cli, [*writers, *readers]):
        assert status == 0, err
