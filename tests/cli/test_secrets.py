"""secret add, list, set, expire and remove on the command line."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest

from secretctl.crypto.shared_secret import PresentedHashes, read_stored_value
from secretctl.model import SecretText, StoredValue

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

HASH = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="
CHOSEN = "correct horse battery staple"
REGISTRY = f"""\
schema = 1
name = "prod"

[clients.web]

[[clients.web.secrets]]
id = "7f3a91c2"
type = "SharedSecret"
value = "{HASH}"
expiration = 2099-12-31T00:00:00Z

[clients.empty]
[resources.web]
"""


@pytest.fixture(autouse=True)
def _registry(cli: Cli) -> None:
    cli.write(REGISTRY)


def matches(text: str, value: str) -> bool:
    """Whether the stored value is one of the secret."""
    stored = StoredValue(value)
    return PresentedHashes(SecretText(text)).matches(read_stored_value(stored), stored)


# add


def test_a_generated_secret_is_alone_on_stdout(cli: Cli) -> None:
    """With a newline; the registry holds its hash only."""
    ran = cli.ok("secret", "add", "client/empty")
    secret = ran.out.removesuffix("\n")
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", secret)
    text = cli.registry.read_text(encoding="utf-8")
    assert secret not in text
    assert secret not in ran.err
    assert cli.ok("verify", "client/empty", "--secret-file", "-", stdin=secret).status == 0


def test_the_json_of_a_generated_secret(cli: Cli) -> None:
    """All documented fields, `secret` among them."""
    ran = cli.ok("secret", "add", "client/empty", "--expires", "90d", "--description", "2026", "--json")
    body = ran.json
    assert list(body) == [
        *("target", "secret_id", "type", "value", "description", "created", "expiration", "delivered_to", "secret")
    ]
    assert (body["target"], body["type"], body["description"]) == ("client/empty", "SharedSecret", "2026")
    assert body["delivered_to"] == ["stdout"]
    assert matches(body["secret"], body["value"])
    created, expiration = (datetime.fromisoformat(body[key]) for key in ("created", "expiration"))
    assert expiration - created == timedelta(days=90)
    assert body["expiration"] in ran.err, "what was understood is echoed"
    (listed,) = cli.secrets("client/empty")
    assert (listed["id"], listed["description"], listed["days_left"]) == (body["secret_id"], "2026", 89)


def test_the_known_recipe(cli: Cli) -> None:
    """The secret `secret` as everybody's documentation stores it."""
    cli.write("secret\n", "F")
    ran = cli.ok("secret", "add", "client/empty", "--secret-file", "F", "--hash", "sha256", "--allow-weak")
    (stored,) = cli.ok("client", "show", "empty", "--json", "--values").json["secrets"]
    assert stored["value"] == HASH
    assert ran.out == stored["id"] + "\n"
    assert "sample" in ran.err


@pytest.mark.parametrize(("profile", "start"), [("rfc", "$argon2id$"), ("duende", "")])
def test_a_supplied_secret_is_not_echoed(cli: Cli, profile: str, start: str) -> None:
    """Stdout carries its id, the JSON has no `secret`; it is stored as well as the server understands."""
    cli.write(REGISTRY + f'[validation]\nprofile = "{profile}"\n')
    ran = cli.ok("secret", "add", "client/empty", "--secret-file", "-", "--json", stdin=CHOSEN)
    assert "secret" not in ran.json
    assert ran.json["delivered_to"] == []
    assert CHOSEN not in ran.out + ran.err
    assert ran.json["value"].startswith(start)
    assert matches(CHOSEN, ran.json["value"])
    ran = cli.ok("secret", "add", "client/empty", "--secret-file", "-", stdin=CHOSEN + "2")
    assert ran.out == cli.secrets("client/empty")[1]["id"] + "\n"


@pytest.mark.parametrize("text", ["secret", "api-secret", "1q2w3e*", "short", "", "  \n"])
def test_weak_secrets_are_refused(cli: Cli, text: str) -> None:
    """The file stays as it is, and the message does not repeat the secret."""
    before = cli.registry.read_bytes()
    ran = cli("secret", "add", "client/web", "--secret-file", "-", "--json", stdin=text)
    assert (ran.status, ran.out) == (6, "")
    assert cli.registry.read_bytes() == before
    assert not text.strip() or text not in ran.error["message"].replace("the secret", "").replace("sample secret", "")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["nobody"], 4),
        (["client/nobody"], 4),
        (["web"], 5),
        (["scope/web"], 0),
        (["empty"], 0),
        (["client/empty", "--hash", "md5"], 64),
        (["client/empty", "--bytes", "15"], 64),
        (["client/empty", "--prefix", "a b"], 64),
        (["client/empty", "--expires", "soon"], 64),
        (["client/empty", "--out-format", "json"], 64),
        (["client/empty", "--out", "-"], 64),
        (["client/empty", "--out", "x", "--out-format", "xml"], 64),
        (["client/empty", "--pipe-to", "a 'b"], 64),
        (["client/empty", "--secret-file", "-", "--bytes", "32"], 64),
        (["client/empty", "--secret-file", "-", "--secret-env", "X"], 64),
        (["client/empty", "--secret-file", "missing"], 3),
        (["client/empty", "--prompt"], 64),
        (["client/empty", "SECRET-AS-ARGUMENT"], 64),
    ],
)
def test_what_add_says_to_odd_calls(cli: Cli, arguments: list[str], status: int) -> None:
    """A failed command leaves stdout empty and the registry alone."""
    before = cli.registry.read_bytes()
    ran = cli("secret", "add", *arguments)
    assert ran.status == status
    assert "SECRET-AS-ARGUMENT" not in ran.err
    assert (ran.out == "", cli.registry.read_bytes() == before) == ((status != 0),) * 2


def test_add_never_replaces(cli: Cli) -> None:
    """The old ones stay, and the same one twice warns."""
    cli.ok("secret", "add", "client/web")
    ran = cli.ok(
        "secret", "add", "client/web", "--secret-file", "-", "--hash", "sha256", "--allow-weak", stdin="secret"
    )
    assert "this very secret already" in ran.err
    assert len(cli.secrets("client/web")) == 3


@pytest.mark.parametrize(
    ("policy", "arguments", "code"),
    [
        ("require_expiration = true", [], "expiration_required"),
        ("require_expiration = true", ["--expires", "never"], "expiration_required"),
        ('max_lifetime = "90d"', ["--expires", "91d"], "lifetime_too_long"),
        ('max_lifetime = "90d"', ["--expires", "never"], "lifetime_too_long"),
        ("min_length = 32", ["--bytes", "16"], "secret_shorter_than_policy"),
        ('allowed_hashes = ["sha512"]', ["--hash", "sha256"], "hash_not_allowed"),
        ('allowed_types = ["JWK"]', [], "type_not_allowed"),
    ],
)
def test_the_policy_is_kept(cli: Cli, policy: str, arguments: list[str], code: str) -> None:
    """Status 6, nothing delivered, nothing written."""
    path = cli.write(f"{REGISTRY}[policy]\n{policy}\n")
    before = path.read_bytes()
    ran = cli("secret", "add", "client/empty", *arguments, "--out", "new", "--json")
    assert (ran.status, ran.error["code"], ran.out) == (6, code, "")
    assert path.read_bytes() == before
    assert not (cli.path / "new").exists()


def test_the_policy_fills_in(cli: Cli) -> None:
    """Lifetime, prefix and hash."""
    cli.write(
        f'{REGISTRY}[policy]\nrequire_expiration = true\ndefault_lifetime = "365d"\nprefix = "acme_"\nmin_length = 60\n'
    )
    body = cli.ok("secret", "add", "client/empty", "--json").json
    assert body["secret"].startswith("acme_")
    assert len(body["secret"]) >= 60
    assert datetime.fromisoformat(body["expiration"]) - datetime.fromisoformat(body["created"]) == timedelta(days=365)


@pytest.mark.parametrize("name", ["argon2id", "scrypt"])
def test_identityserver_is_not_given_what_it_does_not_know(cli: Cli, name: str) -> None:
    """6 under its profiles; fine under rfc."""
    assert cli("secret", "add", "client/empty", "--hash", name).status == 0
    cli.write(REGISTRY + '[validation]\nprofile = "identityserver4"\n')
    assert cli("secret", "add", "client/empty", "--hash", name).status == 6


def test_add_warns_of_what_will_not_work(cli: Cli) -> None:
    """Expired already, too long, behind an invalid value, disabled, with control characters."""
    assert "expired already" in cli.ok("secret", "add", "client/empty", "--expires", "2020-01-01").err
    long = "x" * 101
    assert "101 characters" in cli.ok("secret", "add", "client/empty", "--secret-file", "-", stdin=long).err
    assert "1000 characters" in cli.ok("secret", "add", "client/empty", "--secret-file", "-", stdin=long * 10).err
    assert (
        "control character" in cli.ok("secret", "add", "client/empty", "--secret-file", "-", stdin=CHOSEN + "\x07").err
    )
    cli.ok("client", "disable", "empty")
    assert "disabled" in cli.ok("secret", "add", "client/empty").err
    cli.write(REGISTRY.replace(HASH, "not a hash") + '[validation]\nprofile = "duende"\n')
    assert "invalid secret 7f3a91c2" in cli.ok("secret", "add", "client/web").err


def test_a_secret_from_a_variable_does_not_reach_children(cli: Cli) -> None:
    """Not by the environment either."""
    code = "import os, sys; open('got', 'w').write(sys.stdin.read()); open('env', 'w').write(repr(dict(os.environ)))"
    ran = cli.process(
        *("secret", "add", "client/empty", "--secret-env", "MY_SECRET", "--pipe-to", f'{sys.executable} -c "{code}"'),
        env={"MY_SECRET": CHOSEN},
    )
    assert ran.status == 0, ran.err
    assert (cli.path / "got").read_text(encoding="utf-8") == CHOSEN
    assert CHOSEN not in (cli.path / "env").read_text(encoding="utf-8")
    assert CHOSEN not in ran.out + ran.err


def test_a_secret_is_asked_for_without_being_shown(cli: Cli) -> None:
    """Twice, as a slip would be stored."""
    child = pexpect.spawn(
        sys.executable,
        ["-m", "secretctl", "secret", "add", "client/empty", "--prompt"],
        cwd=str(cli.path),
        encoding="utf-8",
    )
    for _ in range(2):
        child.expect("Secret.*: ", timeout=30)
        child.waitnoecho()
        child.sendline(CHOSEN)
    child.expect(pexpect.EOF, timeout=30)
    assert CHOSEN not in (child.before or "")
    child.close()
    assert child.exitstatus == 0
    cli.ok("verify", "client/empty", "--secret-file", "-", stdin=CHOSEN)


@pytest.mark.parametrize(
    ("typed", "error", "status"),
    [(["short"], "error: the secret .*15", 6), ([CHOSEN, CHOSEN + "x"], "the two entries differ", 64)],
    ids=["weak", "a slip"],
)
def test_what_is_typed_may_be_refused(cli: Cli, typed: list[str], error: str, status: int) -> None:
    """A weak one before it has to be typed again."""
    child = pexpect.spawn(
        sys.executable,
        ["-m", "secretctl", "secret", "add", "client/empty", "--prompt"],
        cwd=str(cli.path),
        encoding="utf-8",
        timeout=30,
    )
    for prompt, text in zip(("Secret: ", "Secret again: "), typed, strict=False):
        child.expect_exact(prompt)
        child.waitnoecho()
        child.sendline(text)
    child.expect(error)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == status
    assert cli.secrets("client/empty") == []


# delivery


@pytest.mark.parametrize("format", ["raw", "dotenv", "json", "kubernetes"])
def test_out_writes_a_new_file(cli: Cli, format: str) -> None:
    """0600, with the secret that is in the registry; stdout has the id."""
    ran = cli.ok("secret", "add", "client/empty", "--out", "new", "--out-format", format)
    path = cli.path / "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    secret = re.search(r"[A-Za-z0-9_-]{43}", path.read_text(encoding="utf-8"))
    assert secret
    assert secret[0] not in ran.out + ran.err
    assert ran.out == cli.secrets("client/empty")[0]["id"] + "\n"
    cli.ok("verify", "client/empty", "--secret-file", "-", stdin=secret[0])


def test_out_does_not_touch_what_exists(cli: Cli) -> None:
    """7, and the registry is as it was."""
    before = cli.registry.read_bytes()
    (cli.path / "new").write_text("old", encoding="utf-8")
    ran = cli("secret", "add", "client/empty", "--out", "new", "--json")
    assert (ran.status, ran.out, ran.error["code"]) == (7, "", "file_exists")
    assert "unchanged" in ran.error["message"]
    assert (cli.path / "new").read_text(encoding="utf-8") == "old"
    assert cli.registry.read_bytes() == before


def test_the_json_of_another_delivery_has_no_secret(cli: Cli) -> None:
    """It names the ways that were taken."""
    body = cli.ok("secret", "add", "client/empty", "--out", "new", "--pipe-to", "cat", "--json").json
    assert body["delivered_to"] == ["file", "command"]
    assert "secret" not in body


@pytest.mark.parametrize("arguments", [[], ["--json"]])
@pytest.mark.parametrize("stdout", ["full", "closed"])
def test_a_secret_that_stdout_does_not_take_is_not_registered(cli: Cli, arguments: list[str], stdout: str) -> None:
    """7, and the registry is as it was."""
    before = cli.registry.read_bytes()
    if stdout == "full":
        with Path("/dev/full").open("wb") as full:
            ran = cli.process("secret", "add", "client/empty", *arguments, stdout=full)
    else:
        ran = cli.process("secret", "add", "client/empty", *arguments, stdout=None, preexec_fn=lambda: os.close(1))
    assert ran.status == 7, ran.err
    assert "unchanged" in ran.err
    assert cli.registry.read_bytes() == before


def test_a_pipe_needs_no_sync(cli: Cli) -> None:
    """It has no disk."""
    reading, writing = os.pipe()
    stdout = os.dup(1)
    os.dup2(writing, 1)
    try:
        cli.ok("secret", "add", "client/empty")
    finally:
        os.dup2(stdout, 1)
        for descriptor in (reading, writing, stdout):
            os.close(descriptor)


def test_a_disk_that_is_full_only_when_it_is_asked(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stdout's file took is void where it cannot be seen through to the disk: 7."""
    before, stdout, fsync = cli.registry.read_bytes(), os.dup(1), os.fsync

    def full(descriptor: int) -> None:
        if descriptor == 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with (cli.path / "stdout").open("wb") as file:
        os.dup2(file.fileno(), 1)
        try:
            ran = cli("secret", "add", "client/empty")
        finally:
            os.dup2(stdout, 1)
            os.close(stdout)
    assert ran.status == 7
    assert "stdout cannot be written: No space left on device" in ran.err
    assert cli.registry.read_bytes() == before


@pytest.mark.needs("strace")
def test_a_file_that_stdout_goes_to_is_seen_through_to_the_disk(cli: Cli) -> None:
    """Some file systems say only at fsync that they are full."""
    before = cli.registry.read_bytes()
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
                *(sys.executable, "-m", "secretctl", "secret", "add", "client/empty"),
            ],
            cwd=cli.path,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 7, done.stderr
    assert cli.registry.read_bytes() == before


def test_a_command_that_fails_leaves_the_registry_alone(cli: Cli) -> None:
    """Its own words are shown; what it got is void."""
    before = cli.registry.read_bytes()
    ran = cli.process("secret", "add", "client/empty", "--pipe-to", "sh -c 'cat >/dev/null; echo no room >&2; exit 5'")
    assert (ran.status, ran.out) == (7, "")
    assert "no room" in ran.err
    assert "not taken back, and void: client/empty" in ran.err
    assert cli.registry.read_bytes() == before


def test_a_registry_that_cannot_be_written_takes_deliveries_back(cli: Cli) -> None:
    """3; the file is gone, what the command got is named as void."""
    before = cli.registry.read_bytes()
    lock_out = "sh -c 'cat >/dev/null; echo >> secretctl.toml'"  # somebody edits the file meanwhile
    ran = cli.process("secret", "add", "client/empty", "--out", "new", "--pipe-to", lock_out, "--json")
    assert ran.status == 5
    assert ran.error["code"] == "registry_changed"
    assert "void: client/empty" in ran.error["message"]
    assert not (cli.path / "new").exists()
    assert cli.registry.read_bytes() == before + b"\n"


# list, set, expire, remove


def test_list_is_what_check_says_of_the_secrets(cli: Cli) -> None:
    """The same objects."""
    (secret,) = cli.secrets("client/web")
    assert list(secret) == ["id", "type", "status", "description", "expiration", "created", "days_left"]
    assert (secret["id"], secret["status"]) == ("7f3a91c2", "active")
    assert "7f3a91c2" in cli.ok("secret", "list", "client/web").out
    ran = cli.ok("secret", "list", "client/empty")
    assert (ran.out, "no secret" in ran.err) == ("", True)


def test_set_changes_the_description(cli: Cli) -> None:
    """An empty one is none; a prefix of the id will do."""
    assert cli.ok("secret", "set", "client/web", "7f", "--description", "new", "--json").json["description"] == "new"
    assert cli.secrets("client/web")[0]["description"] == "new"
    cli.ok("secret", "set", "client/web", "7f3a91c2", "--description", "")
    assert cli.secrets("client/web")[0]["description"] is None
    assert cli("secret", "set", "client/web", "7f").status == 64


@pytest.mark.parametrize(("sid", "status"), [("zz", 4), ("", 4), ("7f3a91c", 5), ("7f3a91c2", 0), ("7f3a91c3", 0)])
@pytest.mark.parametrize("command", [["expire", "--at", "now"], ["remove", "--yes"], ["set", "--description", "d"]])
def test_secrets_are_found_by_a_unique_prefix(cli: Cli, command: list[str], sid: str, status: int) -> None:
    """Ambiguous: 5. Unknown: 4."""
    again = REGISTRY.partition("[[")[2].partition("[clients.empty]")[0].replace("7f3a91c2", "7f3a91c3")
    cli.write(f"{REGISTRY}[[{again}")
    assert cli("secret", command[0], "client/web", sid, *command[1:]).status == status


@pytest.mark.parametrize("command", [["expire", "--at", "now"], ["expire", "--at", "2020-01-01"], ["remove", "--yes"]])
def test_the_last_usable_secret_is_guarded(cli: Cli, command: list[str]) -> None:
    """6 unless --force; a second one, or a disabled client, needs none."""
    before = cli.registry.read_bytes()
    ran = cli("secret", command[0], "client/web", "7f3a91c2", *command[1:], "--json")
    assert (ran.status, ran.error["code"]) == (6, "last_usable_secret")
    assert cli.registry.read_bytes() == before
    assert cli("secret", command[0], "client/web", "7f3a91c2", *command[1:], "--force").status == 0
    cli.write(REGISTRY)
    cli.ok("client", "disable", "web")
    assert cli("secret", command[0], "client/web", "7f3a91c2", *command[1:]).status == 0
    cli.write(REGISTRY)
    cli.ok("secret", "add", "client/web")
    assert cli("secret", command[0], "client/web", "7f3a91c2", *command[1:]).status == 0


@pytest.mark.parametrize(
    "other",
    [
        'type = "SharedSecret"\nvalue = "invalid"\n',
        'type = "SharedSecret"\nvalue = "AUwkP/lg6Hr8hIJkj0HiCE3OdlqgYtzcv04OQ8TbikE="\nexpiration = 2020-01-01\n',
        'type = "NoSuchType"\nvalue = "x"\n',
    ],
)
def test_what_nobody_can_use_does_not_count(cli: Cli, other: str) -> None:
    """Invalid and expired ones are no second secret; they may go themselves."""
    cli.write(f'{REGISTRY}[[clients.web.secrets]]\nid = "other"\n{other}')
    assert cli("secret", "remove", "client/web", "7f3a91c2", "--yes").status == 6
    assert cli("secret", "remove", "client/web", "other", "--yes").status == 0


def test_a_secret_ends_at_once(cli: Cli) -> None:
    """With --at now it is not accepted any more."""
    cli.ok("secret", "add", "client/web")
    cli.ok("secret", "expire", "client/web", "7f3a91c2", "--at", "now")
    ran = cli("verify", "client/web", "--secret-file", "-", "--json", stdin="secret")
    assert (ran.status, ran.json["reason"]) == (1, "expired")


def test_an_end_can_be_moved_within_the_policy(cli: Cli) -> None:
    """Nearer always, further only as far as is allowed, counted from its creation."""
    created = "created = 2026-01-01T00:00:00Z\nexpiration = 2026-06-01T00:00:00Z"
    policy = '[policy]\nmax_lifetime = "365d"\nrequire_expiration = true\n'
    cli.write(REGISTRY.replace("expiration = 2099-12-31T00:00:00Z", created) + policy)
    expire = ("secret", "expire", "client/web", "7f3a91c2", "--force", "--json", "--at")
    assert cli.ok(*expire, "2027-01-01").json["expiration"] == "2027-01-01T00:00:00Z"
    assert cli(*expire, "2027-01-02").error["code"] == "lifetime_too_long"
    assert cli(*expire, "never").error["code"] == "expiration_required"
    cli.write(REGISTRY + policy)
    assert cli(*expire, "2090-01-01").status == 0, "nearer is better, even if it is still too far"
    assert cli("secret", "expire", "client/web", "7f3a91c2").status == 64


def test_an_end_that_will_leave_nothing_warns(cli: Cli) -> None:
    """It is allowed: there is time to add another."""
    ran = cli.ok("secret", "expire", "client/web", "7f3a91c2", "--at", "7d")
    assert "no usable secret after that" in ran.err
    ran = cli.ok("secret", "expire", "client/web", "7f3a91c2", "--at", "10y")
    assert "no usable secret" not in ran.err, "it has longer than before"
    ran = cli.ok("secret", "expire", "client/web", "7f3a91c2", "--at", "never")
    assert "warning" not in ran.err


def test_remove_needs_a_yes(cli: Cli) -> None:
    """Without a terminal, --yes."""
    cli.ok("secret", "add", "client/web")
    assert cli("secret", "remove", "client/web", "7f3a91c2").status == 64
    body = cli.ok("secret", "remove", "client/web", "7f3a", "--yes", "--json").json
    assert (body["secret_id"], body["removed"]) == ("7f3a91c2", True)
    assert len(cli.secrets("client/web")) == 1


def test_errors_are_objects_with_json(cli: Cli) -> None:
    """Alone on the last line of stderr."""
    ran = cli("secret", "list", "client/none", "--json")
    assert set(json.loads(ran.err.splitlines()[-1])["error"]) == {"code", "message", "hint"}
