"""Delivery of new secrets: stdout, files, the keyring and commands, to one principal and to several, and what if it fails."""

from __future__ import annotations

import base64
import errno
import json
import os
import stat
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.acceptance.kit import certificate, registry_text, sha256, shared

if TYPE_CHECKING:
    from tests.cli.conftest import Cli, Ran

GOOD = "a-good-long-secret-of-mine"
KEYRING = textwrap.dedent("""\
    import json, os, pathlib
    from keyring.backend import KeyringBackend
    from keyring.errors import PasswordDeleteError

    FILE = pathlib.Path(os.environ["TEST_KEYRING"])

    class Keyring(KeyringBackend):
        priority = 1
        def _all(self):
            return json.loads(FILE.read_text()) if FILE.exists() else {}
        def get_password(self, service, username):
            return self._all().get(f"{service}|{username}")
        def set_password(self, service, username, password):
            FILE.write_text(json.dumps({**self._all(), f"{service}|{username}": password}))
        def delete_password(self, service, username):
            all = self._all()
            if all.pop(f"{service}|{username}", None) is None:
                raise PasswordDeleteError("not there")
            FILE.write_text(json.dumps(all))

    class Forgetful(Keyring):
        def set_password(self, service, username, password):
            pass

    class Broken(Keyring):
        def set_password(self, service, username, password):
            raise RuntimeError("no " + password)
    """)


class Ring:
    """A keyring in a file, for processes."""

    def __init__(self, cli: Cli) -> None:
        self.cli = cli
        (cli.path / "mod").mkdir()
        (cli.path / "mod" / "filering.py").write_text(KEYRING)
        self.file = cli.path / "mod" / "ring.json"

    def __call__(self, *arguments: object, backend: str = "Keyring") -> Ran:
        path = os.pathsep.join(filter(None, (str(self.cli.path / "mod"), os.environ.get("PYTHONPATH"))))
        return self.cli.process(
            *arguments,
            env={"PYTHONPATH": path, "PYTHON_KEYRING_BACKEND": f"filering.{backend}", "TEST_KEYRING": str(self.file)},
        )

    @property
    def entries(self) -> dict[str, str]:
        """What it holds."""
        return json.loads(self.file.read_text()) if self.file.exists() else {}


@pytest.fixture
def ring(cli: Cli) -> Ring:
    """A keyring of its own."""
    return Ring(cli)


@pytest.fixture(autouse=True)
def registry(cli: Cli) -> str:
    """Two clients and a resource with a secret each."""
    text = registry_text(
        {"web": {"secrets": [shared("w" * 20, "w1")]}, "app": {"secrets": [shared("a" * 20, "a1")]}},
        {"api": {"secrets": [shared("r" * 20, "r1")]}},
    )
    cli.write(text)
    return text


def verified(cli: Cli, target: str, secret: str) -> bool:
    """Whether the registry accepts the secret."""
    return cli("verify", target, "--secret-file", "-", stdin=secret).status == 0


# --- files ---------------------------------------------------------------------------------------------------------


def test_a_file_of_its_own(cli: Cli) -> None:
    """A new 0600 file with the secret and no newline; stdout does not carry it."""
    old = os.umask(0)
    try:
        ran = cli.ok("secret", "add", "client/web", "--out", "s.txt", "--json")
    finally:
        os.umask(old)
    secret = (cli.path / "s.txt").read_text()
    assert stat.S_IMODE((cli.path / "s.txt").stat().st_mode) == 0o600
    assert secret not in ran.out + ran.err
    assert "secret" not in ran.json
    assert verified(cli, "client/web", secret)
    assert secret == secret.strip()


@pytest.mark.parametrize("name", ["there", "link", "directory", "dangling", "no/such/directory/s.txt"])
def test_what_stands_in_the_way(cli: Cli, registry: str, name: str) -> None:
    """An existing file, link or directory, or no directory: 7, the registry and the file unchanged."""
    (cli.path / "there").write_text("precious")
    (cli.path / "link").symlink_to("there")
    (cli.path / "dangling").symlink_to("nowhere")
    (cli.path / "directory").mkdir()
    for command in (["secret", "add", "client/web"], ["rotate", "client/web"]):
        ran = cli(*command, "--out", name, "--json")
        assert (ran.status, ran.out) == (7, "")
        assert ran.error["code"] == ("file_unwritable" if "/" in name else "file_exists")
        assert "unchanged" in ran.error["message"]
    assert cli.registry.read_text() == registry
    assert (cli.path / "there").read_text() == "precious"
    assert not (cli.path / "nowhere").exists()
    assert list((cli.path / "directory").iterdir()) == []


def test_formats(cli: Cli) -> None:
    """raw, dotenv, json and kubernetes, each read by its own reader."""
    for format in ("raw", "dotenv", "json", "kubernetes"):
        cli.ok("secret", "add", "client/web", "--out", f"s.{format}", "--out-format", format)
        assert stat.S_IMODE((cli.path / f"s.{format}").stat().st_mode) == 0o600
    secrets = [(cli.path / "s.raw").read_text().strip()]
    shell = subprocess.run(
        ["sh", "-ec", "set -a; . ./s.dotenv; env"], cwd=cli.path, capture_output=True, check=True, text=True, env={}
    ).stdout
    secrets.append(next(line.split("=", 1)[1] for line in shell.splitlines() if "SECRET" in line.split("=")[0]))
    document = json.loads((cli.path / "s.json").read_text())
    secrets.append(document.get("client_secret") or document["secret"])
    manifest = yaml.safe_load((cli.path / "s.kubernetes").read_text())
    assert (manifest["apiVersion"], manifest["kind"]) == ("v1", "Secret")
    values = {
        **manifest.get("stringData", {}),
        **{key: base64.b64decode(value).decode() for key, value in manifest.get("data", {}).items()},
    }
    secrets.append(next(value for key, value in values.items() if "secret" in key.lower()))
    assert len(set(secrets)) == 4
    assert all(verified(cli, "client/web", secret) for secret in secrets)
    assert cli("secret", "add", "client/web", "--out", "x", "--out-format", "xml").status == 64
    assert cli("secret", "add", "client/web", "--out-format", "json").status == 64
    assert cli("secret", "add", "client/web", "--out", "").status == 64


# --- commands ------------------------------------------------------------------------------------------------------


def tell(cli: Cli) -> str:
    """A command that writes down what it is told."""
    script = cli.path / "tell it"
    script.write_text('#!/bin/sh\nprintf "%s|%s|" "$SECRETCTL_TARGET" "$SECRETCTL_SECRET_ID" >> told\nfor a; do printf "[%s]" "$a" >> told; done\ncat >> told\necho noise; echo more noise >&2\n')  # fmt: skip
    script.chmod(0o755)
    return f"'{script}'"


def test_a_command_gets_the_secret_on_stdin(cli: Cli) -> None:
    """Split as a shell splits words, without a shell; its output does not mix with ours."""
    ran = cli.process(
        "secret", "add", "client/web", "--json", "--pipe-to", tell(cli) + " 'two words' \"q\" $HOME ; | * a\\ b"
    )
    assert ran.status == 0, ran.err
    told = (cli.path / "told").read_text()
    head, secret = told.rsplit("]", 1)
    assert head + "]" == f"client/web|{ran.json['secret_id']}|[two words][q][$HOME][;][|][*][a b]"
    assert verified(cli, "client/web", secret)
    assert "secret" not in ran.json
    assert "noise" not in ran.out
    assert secret not in ran.out + ran.err


@pytest.mark.parametrize(
    "command",
    [
        "false",
        "/no/such/command",
        "sh -c 'cat >/dev/null; exit 3'",
        "sh -c 'kill -9 $$'",
        "/etc",
        "sh -c 'exec <&-; exit 1'",
    ],
)
def test_a_command_that_fails(cli: Cli, registry: str, command: str) -> None:
    """7, and the registry is unchanged."""
    for call in (["secret", "add", "client/web"], ["rotate", "client/web"], ["rotate", "--all"]):
        ran = cli(*call, "--pipe-to", command, "--json")
        assert (ran.status, ran.out) == (7, ""), ran
    assert cli.registry.read_text() == registry


def test_a_command_that_fails_is_heard(cli: Cli) -> None:
    """Its own words are shown; what it got is void."""
    ran = cli.process("secret", "add", "client/web", "--pipe-to", "sh -c 'cat >/dev/null; echo no room >&2; exit 5'")
    assert ran.status == 7
    assert "no room" in ran.err
    assert "not taken back, and void: client/web" in ran.err


@pytest.mark.parametrize("command", ["", "  ", "'unclosed", "a\\"])
def test_what_is_no_command(cli: Cli, command: str) -> None:
    """Nothing to run is a usage error."""
    assert cli("secret", "add", "client/web", "--pipe-to", command).status == 64


def test_a_command_that_does_not_read(cli: Cli, registry: str) -> None:
    """It has not taken the secret, whatever it says: 7, and no broken pipe of ours."""
    ran = cli.process("secret", "add", "client/web", "--pipe-to", "true", "--json")
    assert (ran.status, ran.error["code"]) == (7, "command_failed")
    assert cli.registry.read_text() == registry


# --- the keyring ---------------------------------------------------------------------------------------------------


def test_the_keyring_keeps_and_gives(cli: Cli, ring: Ring) -> None:
    """Service `secretctl/<name>`, account `client/ID#SID`; --from-keyring takes the newest usable one."""
    first = ring("secret", "add", "client/web", "--keyring", "--json")
    assert first.status == 0, first.err
    assert "secret" not in first.json
    key = f"secretctl/acceptance|client/web#{first.json['secret_id']}"
    assert list(ring.entries) == [key]
    assert verified(cli, "client/web", ring.entries[key])
    assert ring("verify", "client/web", "--from-keyring").status == 0
    assert ring("hash", "--from-keyring").status == 64
    assert ring("verify", "client/app", "--from-keyring").status == 3
    second = ring("secret", "add", "client/web", "--keyring", "--json", "--expires", "2030-01-01").json["secret_id"]
    newest = ring("verify", "client/web", "--from-keyring", "--json").json["secret"]["id"]
    assert newest == second
    cli.ok("secret", "expire", "client/web", second, "--at", "2020-01-01")
    assert ring("verify", "client/web", "--from-keyring", "--json").json["secret"]["id"] == first.json["secret_id"]
    header = ring("header", "client/web", "--from-keyring", "--format", "value")
    assert header.status == 0
    assert ring("header", "client/web", "--from-keyring", "--format", "value", "--no-check").out == header.out
    cli.ok("secret", "expire", "client/web", first.json["secret_id"], "--at", "2020-01-01")
    assert ring("verify", "client/web", "--from-keyring").status == 3


@pytest.mark.parametrize("backend", ["Forgetful", "Broken"])
def test_a_keyring_that_does_not_keep(ring: Ring, cli: Cli, registry: str, backend: str) -> None:
    """It is read back: 7, nothing is written, and no secret shows."""
    ran = ring("secret", "add", "client/web", "--keyring", "--json", backend=backend)
    assert (ran.status, ran.out) == (7, "")
    assert "no " not in ran.err.split('"message"')[0]
    assert cli.registry.read_text() == registry
    assert ring.entries == {}


def test_no_keyring_at_all(cli: Cli, registry: str) -> None:
    """7 to deliver, 3 to take from."""
    env = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    assert cli.process("secret", "add", "client/web", "--keyring", env=env).status == 7
    assert cli.process("verify", "client/web", "--from-keyring", env=env).status == 3
    assert cli.registry.read_text() == registry


def test_several_ways_at_once(cli: Cli, ring: Ring) -> None:
    """File, keyring and command together carry the same secret."""
    ran = ring("secret", "add", "client/web", "--keyring", "--out", "s.txt", "--pipe-to", "tee copy", "--json")
    assert ran.status == 0, ran.err
    (kept,) = ring.entries.values()
    assert (cli.path / "s.txt").read_text().strip() == (cli.path / "copy").read_text().strip() == kept
    assert ran.json["delivered_to"] == ["file", "keyring", "command"]


def test_what_can_be_taken_back_is(cli: Cli, ring: Ring, registry: str) -> None:
    """The command fails: the file and the keyring's entry are taken back."""
    ran = ring("secret", "add", "client/web", "--keyring", "--out", "s.txt", "--pipe-to", "false")
    assert ran.status == 7
    assert ring.entries == {}
    assert not (cli.path / "s.txt").exists()
    assert cli.registry.read_text() == registry


def test_renaming_and_the_keyring(ring: Ring) -> None:
    """The entries of a renamed principal stay behind, and stderr says so."""
    ran = ring("secret", "add", "client/web", "--keyring", "--json")
    assert ran.status == 0, ran.err
    renamed = ring("client", "rename", "web", "shop")
    assert renamed.status == 0, renamed.err
    assert "keyring" in renamed.err
    assert ring("verify", "client/shop", "--from-keyring").status == 3


# --- stdout --------------------------------------------------------------------------------------------------------


def test_stdout_that_cannot_carry_a_secret(cli: Cli, registry: str) -> None:
    """Full, closed, or a pipe that nobody reads: 7, the registry unchanged."""
    for call in (["secret", "add", "client/web"], ["rotate", "client/web"], ["rotate", "--all", "--json"]):
        with Path("/dev/full").open("wb") as full:
            ran = cli.process(*call, stdout=full)
        assert (ran.status, "unchanged" in ran.err) == (7, True)
    for line in ("secret add client/web", "rotate --all", "generate"):
        command = f"exec '{sys.executable}' -m secretctl {line} >&-"
        assert (
            subprocess.run(["sh", "-c", command], cwd=cli.path, stderr=subprocess.DEVNULL, check=False).returncode == 7
        )
    reader, writer = os.pipe()
    os.close(reader)
    ran = cli.process("secret", "add", "client/web", stdout=writer)
    os.close(writer)
    assert ran.status == 7
    assert "Traceback" not in ran.err
    assert cli.registry.read_text() == registry
    with Path("/dev/full").open("wb") as full:
        assert cli.process("generate", stdout=full).status == 7


@pytest.mark.parametrize(
    "call", ["secret add client/web --out s.txt", "rotate client/web resource/api --out new --json"]
)
def test_stdout_that_cannot_carry_the_ids(cli: Cli, call: str) -> None:
    """What was delivered elsewhere stands: 3, and nobody is told to do it once more."""
    before = len(cli.secrets("client/web"))
    with Path("/dev/full").open("wb") as full:
        ran = cli.process(*call.split(), stdout=full)
    assert ran.status == 3
    assert "in the registry all the same" in ran.err
    assert "do not run it again" in ran.err
    assert len(cli.secrets("client/web")) == before + 1


def test_stdout_that_cannot_carry_the_id_of_a_certificate(cli: Cli, tmp_path: Path) -> None:
    """A second import would add it a second time."""
    (tmp_path / "web.pem").write_bytes(certificate("web").pem)
    before = len(cli.secrets("client/web"))
    with Path("/dev/full").open("wb") as full:
        ran = cli.process("secret", "import", "client/web", str(tmp_path / "web.pem"), stdout=full)
    assert ran.status == 3
    assert "do not run it again" in ran.err
    assert len(cli.secrets("client/web")) == before + 1


def test_a_pipe_needs_no_sync(cli: Cli) -> None:
    """It has no disk."""
    reading, writing = os.pipe()
    stdout = os.dup(1)
    os.dup2(writing, 1)
    try:
        cli.ok("secret", "add", "client/web")
    finally:
        os.dup2(stdout, 1)
        for descriptor in (reading, writing, stdout):
            os.close(descriptor)


def test_a_disk_that_is_full_only_when_it_is_asked(cli: Cli, registry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stdout's file took is void where it cannot be seen through to the disk: 7."""
    stdout, fsync = os.dup(1), os.fsync

    def full(descriptor: int) -> None:
        if descriptor == 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with (cli.path / "stdout").open("wb") as file:
        os.dup2(file.fileno(), 1)
        try:
            ran = cli("secret", "add", "client/web")
        finally:
            os.dup2(stdout, 1)
            os.close(stdout)
    assert ran.status == 7
    assert "stdout cannot be written: No space left on device" in ran.err
    assert cli.registry.read_text() == registry


@pytest.mark.needs("strace")
def test_a_file_that_stdout_goes_to_is_seen_through_to_the_disk(cli: Cli, registry: str) -> None:
    """Some file systems say only at fsync that they are full."""
    target = cli.path / "stdout"
    with target.open("wb") as stream:
        done = subprocess.run(
            [
                *(
                    "strace",
                    "-f",
                    "-qq",
                    "-e",
                    "trace=fsync",
                    "-e",
                    "inject=fsync:error=ENOSPC:when=1",
                    "-o",
                    "/dev/null",
                ),
                *(sys.executable, "-m", "secretctl", "secret", "add", "client/web"),
            ],
            cwd=cli.path,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 7, done.stderr
    assert cli.registry.read_text() == registry


def test_what_cannot_be_taken_back_is_void(cli: Cli) -> None:
    """The file changes between delivery and writing: 5, what can be taken back is, and the message says that the secret is void."""
    # The command that delivers is what changes the file, so that it happens between delivery and writing.
    script = cli.path / "meddle"
    script.write_text("#!/bin/sh\ncat > got\necho '# changed by hand' >> secretctl.toml\n")
    script.chmod(0o755)
    out = cli.process("secret", "add", "client/web", "--out", "s.txt", "--pipe-to", "./meddle", "--json")
    assert (out.status, out.out, out.error["code"]) == (5, "", "registry_changed"), out
    assert "void" in out.error["message"]
    assert not (cli.path / "s.txt").exists()
    assert not verified(cli, "client/web", (cli.path / "got").read_text())
    assert cli.registry.read_text().endswith("# changed by hand\n")


# --- several principals --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", [["client/web", "client/app", "resource/api"], ["--all"], ["--due", "90d"]])
def test_lines_of_several(cli: Cli, which: list[str]) -> None:
    """`TARGET<TAB>secret` lines."""
    due_in_a_month(cli)
    ran = cli.ok("rotate", *which)
    rows = [line.split("\t") for line in ran.out.splitlines()]
    assert [row[0] for row in rows] == ["client/web", "client/app", "resource/api"]
    assert all(verified(cli, target, secret) for target, secret in rows)


def due_in_a_month(cli: Cli) -> None:
    """All three secrets end soon."""
    end = (datetime.now(UTC) + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    cli.write(registry_text(
        {"web": {"secrets": [shared("w" * 20, "w1", expiration=end)]}, "app": {"secrets": [shared("a" * 20, "a1", expiration=end)]}},
        {"api": {"secrets": [shared("r" * 20, "r1", expiration=end)]}},
    ))  # fmt: skip


@pytest.mark.parametrize("which", [["--all"], ["--due", "90d"]])
def test_all_and_due_are_always_several(cli: Cli, which: list[str]) -> None:
    """Even where there is but one principal: lines, arrays and directories."""
    due_in_a_month(cli)
    cli.ok("client", "remove", "app", "--yes")
    cli.ok("resource", "remove", "api", "--yes")
    assert cli.ok("rotate", *which, "--dry-run").out
    if which == ["--all"]:
        assert cli.ok("rotate", *which).out.startswith("client/web\t")
    ran = cli.ok("rotate", *which, "--out", "dir", "--json")
    assert isinstance(ran.json, list)
    assert len(ran.json) == 1
    assert (cli.path / "dir").is_dir()


def test_several_as_json(cli: Cli) -> None:
    """An array of what `secret add` reports."""
    made = cli.ok("rotate", "client/web", "client/app", "--json").json
    assert [each["target"] for each in made] == ["client/web", "client/app"]
    assert all(verified(cli, each["target"], each["secret"]) for each in made)
    assert list(made[0])[:8] == [
        "target",
        "secret_id",
        "type",
        "value",
        "description",
        "created",
        "expiration",
        "delivered_to",
    ]
    assert made[0]["value"] == sha256(made[0]["secret"])


def test_several_files(cli: Cli) -> None:
    """`--out` names a directory, made 0700 where it is missing; a 0600 file each, nothing outside of it."""
    cli.ok("client", "add", "../../evil/../x y")
    cli.ok("secret", "add", "client/../../evil/../x y")
    before = {path.name for path in cli.path.parent.iterdir()}
    ran = cli.ok("rotate", "--all", "--out", "new", "--json")
    files = [path for path in (cli.path / "new").rglob("*") if path.is_file()]
    assert len(files) == len(ran.json) == 4
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files)
    assert not stat.S_IMODE((cli.path / "new").stat().st_mode) & 0o077
    assert {path.name for path in cli.path.parent.iterdir()} == before
    secrets = {path.read_text().strip() for path in files}
    assert sum(verified(cli, "client/web", secret) for secret in secrets) == 1
    again = cli("rotate", "--all", "--out", "new")
    assert (again.status, again.out) == (7, "")


def test_several_commands(cli: Cli) -> None:
    """One run each; where one fails, the registry is unchanged, and it says which secrets are void."""
    command = tell(cli)
    before = cli.registry.read_text()
    ran = cli.process("rotate", "--all", "--pipe-to", command, "--json")
    assert ran.status == 0, ran.err
    told = (cli.path / "told").read_text()
    for each in ran.json:
        assert f"{each['target']}|{each['secret_id']}|" in told
    cli.write(before)
    script = cli.path / "pick"
    script.write_text('#!/bin/sh\ncat >> picked\ntest "$SECRETCTL_TARGET" != resource/api\n')
    script.chmod(0o755)
    failed = cli("rotate", "--all", "--pipe-to", "./pick", "--json")
    assert (failed.status, failed.out) == (7, "")
    assert cli.registry.read_text() == before
    assert "client/web" in failed.err


def test_several_into_the_keyring(cli: Cli, ring: Ring) -> None:
    """An entry each."""
    ran = ring("rotate", "--all", "--keyring")
    assert ran.status == 0, ran.err
    assert len(ring.entries) == 3
    for key, secret in ring.entries.items():
        assert verified(cli, key.split("|")[1].split("#")[0], secret)
