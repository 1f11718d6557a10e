"""Rotation: the new secret, the overlap that ends by itself, who is due, and that a second run finds nothing to do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import tomli_w

from tests.acceptance.kit import certificate, jwk, registry_text, rsa_key, shared, stored

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

AT = ("--at", "2026-06-01T00:00:00Z")
SOON = "2026-06-11T00:00:00Z"
LATE = "2027-06-01T00:00:00Z"


def ends(cli: Cli, target: str = "client/web") -> dict[str, str | None]:
    """When each secret ends."""
    return {each["id"]: each["expiration"] for each in cli.secrets(target)}


def write(
    cli: Cli, clients: dict[str, Any] | None = None, resources: dict[str, Any] | None = None, **policy: Any
) -> None:
    """A registry with a policy."""
    cli.write(registry_text(clients, resources) + "\n" + tomli_w.dumps({"policy": policy} if policy else {}))


def test_the_overlap_caps_and_never_extends(cli: Cli) -> None:
    """Others end at now + overlap at the latest; what ends before, has ended, or is not usable stays as it is."""
    made = certificate("web", ends="2046-01-01")
    write(cli, {"web": {"secrets": [
        shared("a" * 20, "never"), shared("b" * 20, "late", expiration=LATE), shared("c" * 20, "tomorrow", expiration="2026-06-02T00:00:00Z"),
        shared("d" * 20, "exactly", expiration="2026-06-08T00:00:00Z"), shared("e" * 20, "past", expiration="2026-05-01T00:00:00Z"),
        stored("SharedSecret", "broken", "broken"), stored("X509CertificateBase64", made.base64, "cert"), stored("JWK", jwk(rsa_key()), "jwk"),
    ]}})  # fmt: skip
    new = cli.ok("rotate", "client/web", *AT, "--json").json
    assert ends(cli) == {
        "never": "2026-06-08T00:00:00Z", "late": "2026-06-08T00:00:00Z", "tomorrow": "2026-06-02T00:00:00Z", "exactly": "2026-06-08T00:00:00Z",
        "past": "2026-05-01T00:00:00Z", "broken": None, "cert": "2046-01-01T00:00:00Z", "jwk": None, new["secret_id"]: None,
    }  # fmt: skip
    assert list(ends(cli))[-1] == new["secret_id"]
    assert (new["created"], new["expiration"]) == ("2026-06-01T00:00:00Z", None)


@pytest.mark.parametrize(("overlap", "end"), [
    ("0d", "2026-06-01T00:00:00Z"), ("1h", "2026-06-01T01:00:00Z"), ("14d", "2026-06-15T00:00:00Z"), ("1mo", "2026-07-01T00:00:00Z"), ("P2W", "2026-06-15T00:00:00Z"),
])  # fmt: skip
def test_the_overlap_is_a_duration(cli: Cli, overlap: str, end: str) -> None:
    """`--overlap` replaces the policy's, which replaces 7 days."""
    write(cli, {"web": {"secrets": [shared("a" * 20, "old")]}}, overlap="3d")
    cli.ok("rotate", "client/web", *AT, "--overlap", overlap)
    assert ends(cli)["old"] == end
    write(cli, {"web": {"secrets": [shared("a" * 20, "old")]}}, overlap="3d")
    cli.ok("rotate", "web", *AT)
    assert ends(cli)["old"] == "2026-06-04T00:00:00Z"
    for wrong in ("never", "2026-07-01", "-1d", "soon", "20%"):
        assert cli("rotate", "web", f"--overlap={wrong}").status == 64


def test_both_are_accepted_during_the_overlap(cli: Cli) -> None:
    """And then the new one alone, without anybody doing anything."""
    write(cli, {"web": {"secrets": [shared("a" * 20, "old")]}})
    new = cli.ok("rotate", "client/web", *AT).out.strip()

    def accepted(secret: str, at: str) -> bool:
        return cli("verify", "client/web", "--secret-file", "-", "--at", at, stdin=secret).status == 0

    for at, old in (("2026-06-01T00:00:00Z", True), ("2026-06-08T00:00:00Z", True), ("2026-06-08T00:00:01Z", False)):
        assert accepted("a" * 20, at) is old
        assert accepted(new, at)


def test_policy_of_a_rotation(cli: Cli) -> None:
    """Default lifetime, prefix and length apply; what the policy forbids is 6, and nothing changes."""
    write(
        cli,
        {"web": {"secrets": [shared("a" * 20, "old")]}},
        default_lifetime="100d",
        prefix="acme_",
        require_expiration=True,
        max_lifetime="200d",
    )
    new = cli.ok("rotate", "client/web", *AT, "--json").json
    assert new["secret"].startswith("acme_")
    assert new["expiration"] == "2026-09-09T00:00:00Z"
    before = cli.registry.read_text()
    assert cli("rotate", "client/web", *AT, "--expires", "never").status == 6
    assert cli("rotate", "client/web", *AT, "--expires", "201d").status == 6
    assert cli("rotate", "client/web", *AT, "--expires", "2026-05-01").status == 6
    assert cli.registry.read_text() == before


def test_a_dry_run_changes_nothing_and_makes_no_secret(cli: Cli) -> None:
    """It says who, and what becomes of the old secrets."""
    write(cli, {"web": {"secrets": [shared("a" * 20, "old")]}, "app": {"secrets": [shared("b" * 20, "b1")]}})
    before = cli.registry.read_text()
    for arguments in (
        ["client/web"],
        ["--all"],
        ["client/web", "--out", "x"],
        ["client/web", "--pipe-to", "touch ran"],
    ):
        for json_ in ([], ["--json"]):
            ran = cli.ok("rotate", *arguments, "--dry-run", *AT, *json_)
            assert "client/web" in ran.out
            if json_:
                json.loads(ran.out)
    assert cli.registry.read_text() == before
    assert not (cli.path / "x").exists()
    assert not (cli.path / "ran").exists()


# --- who -----------------------------------------------------------------------------------------------------------


def everybody(cli: Cli) -> None:
    """Principals in every state."""
    cert = stored("X509CertificateBase64", certificate("web", ends="2026-06-11").base64, "cert")
    write(cli, {
        "soon": {"owner": "one", "secrets": [shared("a" * 20, "a", expiration=SOON)]},
        "late": {"tags": ["t"], "secrets": [shared("b" * 20, "b", expiration=LATE)]},
        "never": {"secrets": [shared("c" * 20, "c")]},
        "gone": {"secrets": [shared("d" * 20, "d", expiration="2026-05-01T00:00:00Z")]},
        "covered": {"secrets": [shared("e" * 20, "e", expiration=SOON), shared("f" * 20, "f", expiration=LATE)]},
        "off": {"enabled": False, "owner": "one", "secrets": [shared("g" * 20, "g", expiration=SOON)]},
        "none": {"owner": "one"},
        "cert": {"secrets": [cert]},
        "both": {"secrets": [cert, shared("h" * 20, "h", expiration=SOON)]},
    }, {"api": {"secrets": [shared("i" * 20, "i", expiration=SOON)]}, "bare": {}})  # fmt: skip


def rotated(cli: Cli, *arguments: str) -> tuple[set[str], str]:
    """Who is rotated, and what stderr says."""
    ran = cli.ok("rotate", *arguments, *AT, "--json")
    return {each["target"] for each in ran.json}, ran.err


def test_all(cli: Cli) -> None:
    """All but the disabled ones and those without any secret, which are named; certificates are never rotated."""
    everybody(cli)
    who, said = rotated(cli, "--all")
    assert who == {
        "client/soon",
        "client/late",
        "client/never",
        "client/gone",
        "client/covered",
        "client/both",
        "resource/api",
    }
    for left_out in ("client/off", "client/none", "client/cert", "resource/bare"):
        assert left_out in said
    assert [each["id"] for each in cli.secrets("client/cert")] == ["cert"]


def test_due(cli: Cli) -> None:
    """Those that `check --warn DUR` would report for what ends; certificates that are due are listed as skipped."""
    everybody(cli)
    who, said = rotated(cli, "--due", "30d")
    assert who == {"client/soon", "client/gone", "client/both", "resource/api"}
    for left_out in ("client/off", "client/none", "client/cert"):
        assert left_out in said
    after = cli.registry.read_bytes()
    again, _ = rotated(cli, "--due", "30d")
    assert again == set()
    assert cli.registry.read_bytes() == after


@pytest.mark.parametrize(("within", "who"), [
    ("5d", {"client/gone"}), ("10d", {"client/gone", "client/soon", "client/both", "resource/api"}),
    ("2y", {"client/gone", "client/soon", "client/both", "resource/api", "client/late", "client/covered"}),
])  # fmt: skip
def test_due_within(cli: Cli, within: str, who: set[str]) -> None:
    """The window is the command line's."""
    everybody(cli)
    found = {each["target"] for each in cli.ok("rotate", "--due", within, "--dry-run", *AT, "--json").json}
    assert found == who


def test_due_by_default(cli: Cli) -> None:
    """Without DUR, the policy's warning window."""
    everybody(cli)
    assert {each["target"] for each in cli.ok("rotate", "--due", "--dry-run", *AT, "--json").json} == {
        "client/soon", "client/gone", "client/both", "resource/api"}  # fmt: skip
    text = cli.registry.read_text()
    cli.write(text + '\n[policy]\nwarn = "5d"\ncritical = "1d"\n')
    assert {each["target"] for each in cli.ok("rotate", "--due", "--dry-run", *AT, "--json").json} == {"client/gone"}


def test_due_is_idempotent_whatever_the_lifetime(cli: Cli) -> None:
    """New secrets that would be due again at once are refused, or the second run does nothing."""
    for policy in ({}, {"default_lifetime": "365d"}, {"default_lifetime": "31d"}, {"default_lifetime": "10d"}):
        everybody(cli)
        cli.write(cli.registry.read_text() + tomli_w.dumps({"policy": policy}))
        first = cli("rotate", "--due", "30d", *AT, "--json")
        after = cli.registry.read_bytes()
        second = cli("rotate", "--due", "30d", *AT, "--json")
        assert cli.registry.read_bytes() == after
        if first.status == 0:
            assert second.json == []
        else:
            assert (first.status, first.out) == (6, "")


def test_check_is_content_after_due(cli: Cli) -> None:
    """What was due is ok, but for what no rotation mends."""
    everybody(cli)
    cli.ok("rotate", "--due", "30d", *AT, "--expires", "1y")
    levels = {each["target"]: each["level"] for each in cli("check", *AT, "--json").json["principals"]}
    for target in ("client/soon", "client/gone", "resource/api"):
        assert levels[target] == "ok"


def test_owner_and_tag(cli: Cli) -> None:
    """Filters of --all and --due."""
    everybody(cli)
    assert rotated(cli, "--all", "--owner", "one")[0] == {"client/soon"}
    assert rotated(cli, "--all", "--tag", "t")[0] == {"client/late"}
    assert rotated(cli, "--due", "30d", "--owner", "two")[0] == set()
    assert rotated(cli, "--all", "--owner", "one", "--tag", "t")[0] == set()


def test_targets(cli: Cli) -> None:
    """Named ones are rotated whatever their state; one named twice is rotated once; one unknown and none is."""
    everybody(cli)
    for target in ("client/off", "client/none", "client/cert", "client/gone", "resource/bare"):
        cli.ok("rotate", target, *AT)
    before = cli.registry.read_text()
    assert cli("rotate", "client/soon", "client/nobody", *AT).status == 4
    assert cli.registry.read_text() == before
    count = len(cli.secrets("client/soon"))
    cli.ok("rotate", "client/soon", "soon", *AT)
    assert len(cli.secrets("client/soon")) == count + 1


@pytest.mark.parametrize("hash", ["sha512", "argon2id"])
def test_the_hash_is_ones_choice(cli: Cli, hash: str) -> None:
    """As asked, or as the policy leaves no other."""
    cases: list[tuple[dict[str, Any], list[str]]] = [({}, ["--hash", hash]), ({"allowed_hashes": [hash]}, [])]
    for policy, arguments in cases:
        write(cli, {"web": {"secrets": [shared("a" * 20, "old")]}}, **policy)
        new = cli.ok("rotate", "web", *arguments, "--json").json
        assert len(new["value"]) == 88 if hash == "sha512" else new["value"].startswith(f"${hash}$")
        assert cli("verify", "web", "--secret-file", "-", stdin=new["secret"]).status == 0


def test_one_write_for_all(cli: Cli) -> None:
    """One of a hundred fails to be delivered, and no principal is rotated."""
    write(cli, {f"c{number}": {"secrets": [shared("a" * 20, "old")]} for number in range(20)})
    before = cli.registry.read_text()
    (cli.path / "out").mkdir()
    cli.ok("rotate", "--all", "--out", "probe", *AT)
    names = sorted(path.name for path in (cli.path / "probe").iterdir())
    cli.write(before)
    (cli.path / "out" / names[-1]).write_text("in the way")
    ran = cli("rotate", "--all", "--out", "out", *AT)
    assert (ran.status, ran.out) == (7, "")
    assert cli.registry.read_text() == before
    assert [path.name for path in (cli.path / "out").iterdir()] == [names[-1]]
