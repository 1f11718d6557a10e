"""rotate and prune on the command line."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

HASH = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="
AT = "2026-06-01T00:00:00Z"
CERTIFICATE = '[[clients.cert.secrets]]\nid = "c1"\ntype = "X509Thumbprint"\nvalue = "' + "AB" * 20 + '"\n'
REGISTRY = f"""\
schema = 1
name = "prod"

[clients.soon] # ends in 10 days
owner = "me"
[[clients.soon.secrets]]
id = "s1"
type = "SharedSecret"
value = "{HASH}"
created = 2025-06-11T00:00:00Z
expiration = 2026-06-11T00:00:00Z

[clients.later]
tags = ["pci"]
[[clients.later.secrets]]
id = "l1"
type = "SharedSecret"
value = "{HASH}"
expiration = 2027-01-01T00:00:00Z
[[clients.later.secrets]]
id = "l2"
type = "SharedSecret"
value = "{HASH}"
expiration = 2026-06-02T00:00:00Z

[clients.gone]
[[clients.gone.secrets]]
id = "g1"
type = "SharedSecret"
value = "{HASH}"
expiration = 2026-01-01T00:00:00Z

[clients.off]
enabled = false
[[clients.off.secrets]]
id = "o1"
type = "SharedSecret"
value = "{HASH}"
expiration = 2026-06-03T00:00:00Z

[clients.none]

[clients.cert]
{CERTIFICATE}expiration = 2026-06-04T00:00:00Z

[resources.api]
[[resources.api.secrets]]
id = "a1"
type = "SharedSecret"
value = "{HASH}"
"""


@pytest.fixture(autouse=True)
def _registry(cli: Cli) -> None:
    cli.write(REGISTRY)


def ends(cli: Cli, target: str) -> dict[str, str | None]:
    """When each secret of a target ends."""
    return {secret["id"]: secret["expiration"] for secret in cli.secrets(target)}


def test_old_secrets_that_end_sooner_are_told_apart(cli: Cli) -> None:
    """With the day, in the dry run and afterwards."""
    plan = cli.ok("rotate", "--all", "--at", AT, "--dry-run").out
    assert "l1: 2027-01-01T00:00:00Z -> 2026-06-08T00:00:00Z; l2: ends 2026-06-02T00:00:00Z already" in plan
    err = cli.ok("rotate", "--all", "--at", AT).err
    overlap = "1 old secret ends with the overlap on 2026-06-08T00:00:00Z"
    assert f"client/later rotated, {overlap}, 1 old secret ends earlier by itself, on 2026-06-02T00:00:00Z\n" in err
    assert "client/gone rotated, it had no usable shared secret\n" in err
    assert f"resource/api rotated, {overlap}\n" in err
    err = cli.ok("rotate", "client/later", "--at", AT, "--overlap", "30d").err
    assert ", 2 old secrets end earlier by themselves, the last on 2026-06-08T00:00:00Z\n" in err


@pytest.mark.parametrize("dry", [(), ("--dry-run",)], ids=["rotate", "dry run"])
def test_an_end_that_gets_lost_warns_once(cli: Cli, dry: tuple[str, ...]) -> None:
    """For those that had one; not where somebody said never, or the policy has a lifetime."""
    warning = "3 new secrets never end, where the old ones end: say --expires, or set default_lifetime in [policy]"
    assert cli.ok("rotate", "--all", "--at", AT, *dry).err.count(warning) == 1
    cli.write(REGISTRY)
    assert "never end" not in cli.ok("rotate", "--all", "--at", AT, "--expires", "never", *dry).err
    cli.write(REGISTRY)
    assert "never end" not in cli.ok("rotate", "api", "--at", AT, *dry).err
    cli.write(REGISTRY + '[policy]\ndefault_lifetime = "90d"\n')
    assert "never end" not in cli.ok("rotate", "--all", "--at", AT, *dry).err


def test_due_takes_what_check_would_report(cli: Cli) -> None:
    """And says what it leaves out."""
    ran = cli.ok("rotate", "--due", "30d", "--at", AT)
    assert [line.split("\t")[0] for line in ran.out.splitlines()] == ["client/soon", "client/gone"]
    for part in (
        "client/off: it is disabled",
        "client/none: it has no secret",
        "client/cert: its certificates are due",
    ):
        assert part in ran.err
    assert ends(cli, "client/soon")["s1"] == "2026-06-08T00:00:00Z"
    assert ends(cli, "client/gone")["g1"] == "2026-01-01T00:00:00Z", "what has expired stays so"


@pytest.mark.parametrize(
    "arguments", [["--due", "30d"], ["--due"], ["--due=30d"], ["--due", "--json"], ["--due", "100%"]]
)
def test_due_is_idempotent(cli: Cli, arguments: list[str]) -> None:
    """Again at once: nothing."""
    first = cli.ok("rotate", "--at", AT, *arguments)
    assert "client/soon" in first.out
    before = cli.registry.read_bytes()
    again = cli.ok("rotate", "--at", AT, *arguments, "--out", "dir")
    assert again.out == ("[]\n" if "--json" in arguments else "")
    assert "nothing to rotate" in again.err
    assert cli.registry.read_bytes() == before
    assert not (cli.path / "dir").exists()


def test_due_refuses_secrets_that_would_be_due_at_once(cli: Cli) -> None:
    """It would add another one with each run."""
    before = cli.registry.read_bytes()
    ran = cli("rotate", "--due", "30d", "--expires", "20d", "--at", AT, "--json")
    assert (ran.status, ran.error["code"]) == (6, "rotation_would_repeat")
    assert cli.registry.read_bytes() == before


def test_all_takes_everybody_that_has_a_shared_secret(cli: Cli) -> None:
    """Filters narrow it down; what is left out is said."""
    ran = cli.ok("rotate", "--all", "--at", AT)
    assert [line.split("\t")[0] for line in ran.out.splitlines()] == [
        *("client/soon", "client/later", "client/gone", "resource/api")
    ]
    assert "left out client/cert: it has certificates or keys only" in ran.err
    cli.write(REGISTRY)
    assert cli.ok("rotate", "--all", "--owner", "me", "--at", AT).out.startswith("client/soon\t")
    cli.write(REGISTRY)
    assert cli.ok("rotate", "--all", "--tag", "pci", "--at", AT).out.startswith("client/later\t")
    ran = cli.ok("rotate", "soon", "later", "--tag", "pci", "--at", AT)
    assert "left out client/soon" in ran.err
    assert cli.ok("rotate", "--all", "--owner", "nobody", "--json").json == []


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ([], 64),
        (["soon", "--all"], 64),
        (["--all", "--due"], 64),
        (["soon", "--due"], 64),
        (["--due", "soon"], 64),
        (["--due", "30m"], 64),
        (["soon", "--overlap", "never"], 64),
        (["nobody"], 4),
        (["soon", "--expires", "2020-01-01"], 6),
        (["soon", "--hash", "md5"], 64),
        (["--all", "--out", "secretctl.toml"], 7),
    ],
)
def test_what_rotate_says_to_odd_calls(cli: Cli, arguments: list[str], status: int) -> None:
    """Nothing is written then."""
    before = cli.registry.read_bytes()
    ran = cli("rotate", *arguments)
    assert (ran.status, ran.out) == (status, "")
    assert cli.registry.read_bytes() == before


def test_a_dry_run_shows_what_would_happen(cli: Cli) -> None:
    """A table, or an object each; nothing is written or delivered."""
    before = cli.registry.read_bytes()
    ran = cli.ok("rotate", "--all", "--at", AT, "--dry-run", "--out", "dir")
    assert "client/soon" in ran.out
    assert "s1: 2026-06-11T00:00:00Z -> 2026-06-08T00:00:00Z" in ran.out
    assert "a1: never -> 2026-06-08T00:00:00Z" in ran.out
    assert "left out client/off" in ran.err
    (plan,) = cli.ok("rotate", "later", "--at", AT, "--expires", "1y", "--dry-run", "--json").json
    assert plan == {
        "target": "client/later",
        "expiration": "2027-06-01T00:00:00Z",
        "capped": [{"secret_id": "l1", "before": "2027-01-01T00:00:00Z", "expiration": "2026-06-08T00:00:00Z"}],
    }
    assert cli.registry.read_bytes() == before
    assert not (cli.path / "dir").exists()


def test_a_server_that_would_never_reach_the_new_secret(cli: Cli) -> None:
    """Capping the old ones would lock the client out: refused, or left out."""
    poisoned = REGISTRY.replace(
        f'id = "l2"\ntype = "SharedSecret"\nvalue = "{HASH}"', 'id = "l2"\ntype = "SharedSecret"\nvalue = "bad"'
    )
    cli.write(poisoned + '[validation]\nprofile = "identityserver4"\n')
    ran = cli("rotate", "later", "--at", AT, "--json")
    assert (ran.status, ran.error["code"]) == (6, "never_reached")
    ran = cli.ok("rotate", "--all", "--at", AT)
    assert "client/later\t" not in ran.out
    assert "left out client/later: its server stops at the invalid secret l2" in ran.err


def big_registry(count: int) -> str:
    """Many clients with a secret each."""
    return "schema = 1\n" + "".join(
        f'[clients.c{n}]\n[[clients.c{n}.secrets]]\nid = "s"\ntype = "SharedSecret"\nvalue = "{HASH}"\n'
        for n in range(count)
    )


def test_500_clients_make_500_files_and_one_write(cli: Cli) -> None:
    """0600 each; every one of them is accepted."""
    cli.write(big_registry(500))
    inode = cli.registry.stat().st_ino
    ran = cli.ok("rotate", "--all", "--out", "dir", "--json")
    files = list((cli.path / "dir").iterdir())
    assert len(files) == len(ran.json) == 500
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert cli.registry.stat().st_ino != inode
    lines = "".join(
        f'{{"target": "client/c{n}", "secret": "{(cli.path / "dir" / f"client-c{n}.secret").read_text(encoding="utf-8")}"}}\n'
        for n in range(500)
    )
    assert cli("verify", "--batch", "-", stdin=lines).status == 0


@pytest.mark.needs("strace")
def test_500_clients_are_one_rename(cli: Cli) -> None:
    """Of the registry, whatever is delivered."""
    cli.write(big_registry(50))
    trace = cli.path / "trace"
    arguments = [sys.executable, "-m", "secretctl", "rotate", "--all", "--out", "dir"]
    subprocess.run(
        ["strace", "-f", "-e", "trace=/^rename", "-o", trace, *arguments], cwd=cli.path, check=True, capture_output=True
    )
    assert len(re.findall(r"rename.*secretctl\.toml\"", trace.read_text(encoding="utf-8"))) == 1


@pytest.mark.usefixtures("untraced")
def test_a_rotation_killed_at_any_moment_locks_nobody_out(cli: Cli) -> None:
    """Either the old secrets are as they were, or every new one lies in its file."""
    cli.write(big_registry(40))
    old = cli.registry.read_bytes()
    for attempt in range(8):
        out = cli.path / f"dir{attempt}"
        process = subprocess.Popen(
            [sys.executable, "-m", "secretctl", "rotate", "--all", "--out", str(out)],
            cwd=cli.path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not out.exists() and process.poll() is None:
            time.sleep(0.001)
        time.sleep(0.005 * attempt)
        process.kill()
        process.wait()
        if cli.registry.read_bytes() != old:
            for n in range(40):
                secret = (out / f"client-c{n}.secret").read_text(encoding="utf-8")
                cli.ok("verify", f"client/c{n}", "--secret-file", "-", stdin=secret)
            cli.registry.write_bytes(old)
    cli.ok("rotate", "--all")


def test_a_rotation_that_fails_half_way_names_everybody(cli: Cli) -> None:
    """What was delivered, what was taken back, what was not delivered."""
    before = cli.registry.read_bytes()
    command = """sh -c 'cat >/dev/null; test "$SECRETCTL_TARGET" != client/later'"""
    ran = cli("rotate", "--all", "--at", AT, "--out", "dir", "--pipe-to", command, "--json")
    assert (ran.status, ran.out, ran.error["code"]) == (7, "", "command_failed")
    message = ran.error["message"]
    assert "The registry is unchanged" in message
    assert "Handed out, not taken back, and void: client/soon, client/later" in message
    assert "Handed out, taken back, and void: client/gone, resource/api" in message
    assert cli.registry.read_bytes() == before
    assert not (cli.path / "dir").exists()


def test_what_was_never_delivered_is_named_as_well(cli: Cli) -> None:
    """Where the command is the only way."""
    command = """sh -c 'cat >/dev/null; test "$SECRETCTL_TARGET" != client/later'"""
    ran = cli("rotate", "--all", "--at", AT, "--pipe-to", command, "--json")
    assert "void: client/soon, client/later. Not delivered: client/gone, resource/api" in ran.error["message"]


def test_an_interrupted_rotation_names_everybody(cli: Cli) -> None:
    """Ctrl-C while a command runs: 130, and what became of the secrets in one object."""
    before = cli.registry.read_bytes()
    command = """sh -c 'cat >/dev/null; test "$SECRETCTL_TARGET" != client/later || { touch here; exec sleep 60; }'"""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "secretctl",
            "rotate",
            "--all",
            "--at",
            AT,
            "--out",
            "dir",
            "--pipe-to",
            command,
            "--json",
        ],
        cwd=cli.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    while not (cli.path / "here").exists():
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, b"")
    error = json.loads(err.splitlines()[-1])["error"]
    assert error["code"] == "interrupted"
    assert error["message"].startswith(
        "interrupted. The registry is unchanged. Handed out, not taken back, and void: client/soon, client/later. "
        "Handed out, taken back, and void: client/gone"
    )
    assert cli.registry.read_bytes() == before
    assert not (cli.path / "dir").exists()


def test_a_command_runs_once_for_each(cli: Cli) -> None:
    """And knows whose secret it got."""
    command = """sh -c 'cat > "$SECRETCTL_SECRET_ID"; echo "$SECRETCTL_TARGET" >> targets'"""
    ran = cli.ok("rotate", "--all", "--at", AT, "--pipe-to", command)
    lines = dict(line.split("\t") for line in ran.out.splitlines())
    assert (cli.path / "targets").read_text(encoding="utf-8").split() == list(lines)
    for target, secret_id in lines.items():
        secret = (cli.path / secret_id).read_text(encoding="utf-8")
        cli.ok("verify", target, "--secret-file", "-", "--at", AT, stdin=secret)


def test_a_terminal_sees_progress_and_no_secret_twice(cli: Cli) -> None:
    """Only where it takes long enough."""
    child = pexpect.spawn(
        sys.executable,
        ["-m", "secretctl", "rotate", "--all", "--pipe-to", "sh -c 'cat >/dev/null; sleep 0.4'"],
        cwd=str(cli.path),
        encoding="utf-8",
        timeout=60,
    )
    child.expect("delivering")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


# prune


def test_prune_removes_what_has_expired(cli: Cli) -> None:
    """Disabled principals' too; comments elsewhere survive."""
    body = cli.ok("prune", "--yes", "--at", "2026-06-03T00:00:01Z", "--json").json
    assert [(one["target"], one["secret_id"]) for one in body] == [
        *(("client/later", "l2"), ("client/gone", "g1"), ("client/off", "o1"))
    ]
    assert "[clients.soon] # ends in 10 days" in cli.registry.read_text(encoding="utf-8")
    assert cli.secrets("client/gone") == []
    ran = cli.ok("prune", "--yes", "--at", "2026-06-03T00:00:01Z")
    assert (ran.out, "0 expired secrets removed" in ran.err) == ("", True)


def test_prune_keeps_what_expired_lately(cli: Cli) -> None:
    """--older-than is exact: longer than that, not as long."""
    ran = cli.ok("prune", "--dry-run", "--older-than", "151d", "--at", AT, "--json")
    assert ran.json == []
    ran = cli.ok("prune", "--dry-run", "--older-than", "150d", "--at", AT)
    assert "g1" in ran.out
    assert "would be removed" in ran.err
    assert "g1" in cli.registry.read_text(encoding="utf-8")


def test_prune_takes_targets(cli: Cli) -> None:
    """An unknown one is 4."""
    assert cli.ok("prune", "client/later", "--yes", "--at", AT, "--json").json == []
    assert cli.ok("prune", "later", "gone", "--yes", "--at", AT, "--json").json[0]["target"] == "client/gone"
    assert cli("prune", "nobody", "--yes").status == 4


def test_prune_needs_a_yes_even_if_there_is_nothing(cli: Cli) -> None:
    """A script must not depend on the data for its status."""
    for at in (AT, "2020-01-01"):
        ran = cli("prune", "--at", at, "--json")
        assert (ran.status, ran.error["code"]) == (64, "confirmation_missing")
    assert "Remove the expired secrets of gone, later?" in cli("prune", "gone", "later").err


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("n", 130)])
def test_prune_asks_on_a_terminal(cli: Cli, answer: str, status: int) -> None:
    """It shows what, once."""
    child = pexpect.spawn(
        sys.executable, ["-m", "secretctl", "prune", "--at", AT], cwd=str(cli.path), encoding="utf-8", timeout=30
    )
    child.expect("client/gone +g1 +SharedSecret +2026-01-01T00:00:00Z")
    child.expect_exact("Remove 1 expired secret? [y/N] ")
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == status
    assert "client/gone" not in str(child.before)
    assert ("g1" in cli.registry.read_text(encoding="utf-8")) is (answer == "n")


# the keyring


def run_with_keyring(cli: Cli, script: str, *, unlock: bool = True) -> subprocess.CompletedProcess[str]:
    """A shell script in a session with a real Secret Service; `secretctl` is ours."""
    home = cli.path / "home"
    (home / "run").mkdir(parents=True, mode=0o700)
    (cli.path / "bin").mkdir()
    wrapper = cli.path / "bin" / "secretctl"
    wrapper.write_text(f'#!/bin/sh\nexec {sys.executable} -m secretctl "$@"\n', encoding="utf-8")
    wrapper.chmod(0o755)
    start = (
        "printf password | gnome-keyring-daemon --unlock --components=secrets"
        if unlock
        else "gnome-keyring-daemon --start --components=secrets"
    )
    environment: dict[str, Any] = {
        name: value for name, value in os.environ.items() if not name.startswith(("DBUS", "DISPLAY"))
    }
    environment |= {"HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run"), "XDG_DATA_HOME": str(home / "data")}
    environment["PATH"] = f"{cli.path / 'bin'}:{environment['PATH']}"
    return subprocess.run(
        ["dbus-run-session", "--", "sh", "-ec", f"{start} >/dev/null 2>&1\n{script}"],
        cwd=cli.path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.needs("dbus-run-session", "gnome-keyring-daemon")
def test_a_real_secret_service_keeps_and_gives_secrets(cli: Cli) -> None:
    """Rotate --keyring, then verify and header --from-keyring; the newest one counts."""
    done = run_with_keyring(
        cli,
        "secretctl rotate --all --keyring --expires 1y\n"
        "secretctl rotate client/soon --keyring --json --expires 1y\n"
        "secretctl verify client/soon --from-keyring --json\n"
        "secretctl header client/soon --from-keyring | secretctl verify --basic -\n"
        "secretctl secret add client/none --from-keyring && exit 9 || echo $?\n",
    )
    assert done.returncode == 0, done.stderr
    assert '"delivered_to": ["keyring"]' in done.stdout
    newest = cli.secrets("client/soon")[-1]["id"]
    assert (
        f'"accepted": true, "target": "client/soon", "method": "client_secret_basic", "secret": {{"id": "{newest}"'
        in done.stdout
    )
    assert "accepted: client/soon" in done.stdout
    assert done.stdout.splitlines()[-1] == "3"


@pytest.mark.needs("dbus-run-session", "gnome-keyring-daemon")
def test_a_locked_secret_service_does_not_hang(cli: Cli) -> None:
    """7 with a hint, nothing written; 3 where it is read."""
    before = cli.registry.read_bytes()
    done = run_with_keyring(
        cli,
        "secretctl rotate client/soon --keyring || echo $?\nsecretctl verify client/soon --from-keyring || echo $?\n",
        unlock=False,
    )
    assert done.stdout.split() == ["7", "3"], done.stderr
    assert "hint: unlock" in done.stderr
    assert cli.registry.read_bytes() == before


@pytest.mark.parametrize(
    "backend", ["keyring.backends.null.Keyring", "keyring.backends.fail.Keyring", "no.such.Backend"]
)
def test_no_keyring_is_status_7(cli: Cli, backend: str) -> None:
    """One that silently drops as well."""
    before = cli.registry.read_bytes()
    ran = cli.process("rotate", "client/soon", "--keyring", env={"PYTHON_KEYRING_BACKEND": backend})
    assert (ran.status, ran.out) == (7, "")
    assert "hint: " in ran.err
    assert cli.registry.read_bytes() == before


def test_time_is_that_of_the_clock_without_at(cli: Cli) -> None:
    """The overlap begins now."""
    cli.ok("rotate", "resource/api", "--overlap", "1d")
    end = ends(cli, "resource/api")["a1"]
    assert end
    assert abs(datetime.fromisoformat(end) - datetime.now(UTC) - timedelta(days=1)) < timedelta(minutes=1)


def test_prune_at_a_later_time_says_what_has_not_ended(cli: Cli) -> None:
    """--at replaces the clock, so it may take secrets that work today: never without a word."""
    end = (datetime.now(UTC) + timedelta(days=60)).strftime("%Y-%m-%dT%H:%M:%SZ")
    cli.write(f'[[clients.web.secrets]]\nid = "a"\nvalue = "{HASH}"\nexpiration = {end}\n')
    for more in (["--dry-run"], ["--yes"]):
        ran = cli.ok("prune", "--at", "1y", *more)
        assert "by this machine's clock 1 of these has not expired yet" in " ".join(ran.err.split())
    assert "machine's clock" not in cli.ok("prune", "--yes").err


def test_rotate_at_an_earlier_time_says_whose_secrets_have_ended(cli: Cli) -> None:
    """A wrong year in --at ends the old secret in the past, and locks out whoever still uses it."""
    cli.write(f'[[clients.web.secrets]]\nid = "a"\nvalue = "{HASH}"\n')
    for more in (["--dry-run"], []):
        ran = cli.ok("rotate", "web", "--at", "2020-01-01", *more)
        assert "by this machine's clock the old secrets of client/web have ended" in " ".join(ran.err.split())
    assert "machine's clock" not in cli.ok("rotate", "web", "--at", "1d", "--overlap", "0d").err


@pytest.mark.parametrize("dry", [(), ("--dry-run",)], ids=["rotate", "dry run"])
@pytest.mark.parametrize("who", ["--all", "--due"])
def test_a_filter_that_fits_nobody(cli: Cli, who: str, dry: tuple[str, ...]) -> None:
    """Often a misspelling: it is repeated. One that fits somebody who is not due is no such thing."""
    warning = "warning: no client or resource has the owner 'nobody' and the tag 'x'\n"
    assert warning in cli.ok("rotate", who, "--owner", "nobody", "--tag", "x", *dry).err
    assert "no client or resource has" not in cli.ok("rotate", "--due", "1d", "--at", AT, "--tag", "pci", *dry).err


def test_a_dry_run_sees_what_is_in_the_way(cli: Cli) -> None:
    """A file, a file in the directory, or a file where the directory should be; the status is that of the plan."""
    warning = "exists already: as it is now, nothing could be delivered\n"
    cli.write("", "file")
    assert f"warning: 'file' {warning}" in cli.ok("rotate", "soon", "--out", "file", "--dry-run").err
    assert f"warning: 'file' {warning}" in cli.ok("rotate", "--all", "--out", "file", "--dry-run").err
    (cli.path / "dir").mkdir()
    cli.write("", "dir/client-soon.env")
    for out, format, there in (("dir", "dotenv", True), ("dir", "raw", False), ("new", "dotenv", False)):
        ran = cli.ok("rotate", "--all", "--out", out, "--out-format", format, "--dry-run")
        assert ("'dir/client-soon.env' " + warning in ran.err) is there
    assert not (cli.path / "new").exists()
