"""Clients and resources: added, shown, changed, renamed and removed; their ids; what JSON says of them."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.kit import registry_text, sha256, shared

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

GOOD = "a-good-long-secret-of-mine"
LISTED = ["target", "kind", "id", "name", "enabled", "owner", "tags", "level", "covered_until", "secrets"]
SECRET = ["id", "type", "description", "created", "expiration", "status"]


def listed(cli: Cli, kind: str = "client", *filters: str) -> list[dict[str, Any]]:
    """`list --json`."""
    return cli.ok(kind, "list", *filters, "--json").json  # type: ignore[no-any-return]


# --- add, show, list -----------------------------------------------------------------------------------------------


def test_every_option_of_a_client(cli: Cli) -> None:
    """Each field is stored, shown and listed."""
    cli.ok("init")
    cli.ok("client", "add", "web", "--name", "Web shop", "--description", "d", "--owner", "o@example.com", "--tag", "pci", "--tag", "eu",
           "--scope", "api1", "--scope", "api2", "--grant-type", "client_credentials", "--public", "--disabled")  # fmt: skip
    shown = cli.ok("client", "show", "web", "--json").json
    assert shown["target"] == "client/web"
    assert {key: shown[key] for key in ("kind", "id", "name", "description", "owner", "tags", "scopes", "grant_types", "require_secret", "enabled")} == {
        "kind": "client", "id": "web", "name": "Web shop", "description": "d", "owner": "o@example.com", "tags": ["pci", "eu"], "scopes": ["api1", "api2"],
        "grant_types": ["client_credentials"], "require_secret": False, "enabled": False,
    }  # fmt: skip
    assert shown["secrets"] == []
    (row,) = listed(cli)
    assert list(row) == LISTED
    assert row == {"target": "client/web", "kind": "client", "id": "web", "name": "Web shop", "enabled": False, "owner": "o@example.com",
                   "tags": ["pci", "eu"], "level": "disabled", "covered_until": None, "secrets": 0}  # fmt: skip


def test_every_option_of_a_resource(cli: Cli) -> None:
    """The same, with a display name and scopes."""
    cli.ok("init")
    cli.ok(
        "resource",
        "add",
        "api1",
        "--display-name",
        "Our API",
        "--description",
        "d",
        "--owner",
        "o",
        "--tag",
        "t",
        "--scope",
        "api1.read",
        "--disabled",
    )
    shown = cli.ok("resource", "show", "api1", "--json").json
    assert {key: shown[key] for key in ("target", "kind", "id", "display_name", "description", "owner", "tags", "scopes", "enabled", "secrets")} == {
        "target": "resource/api1", "kind": "resource", "id": "api1", "display_name": "Our API", "description": "d", "owner": "o", "tags": ["t"],
        "scopes": ["api1.read"], "enabled": False, "secrets": [],
    }  # fmt: skip
    (row,) = listed(cli, "resource")
    assert list(row) == LISTED
    assert (row["target"], row["name"], row["level"]) == ("resource/api1", "Our API", "disabled")
    assert cli("resource", "add", "x", "--public").status == 64
    assert cli("resource", "add", "x", "--grant-type", "g").status == 64


def test_bare_principals(cli: Cli) -> None:
    """What was not said is null or empty, never missing."""
    cli.ok("init")
    cli.ok("client", "add", "web")
    cli.ok("resource", "add", "api1")
    client, api = cli.ok("client", "show", "web", "--json").json, cli.ok("resource", "show", "api1", "--json").json
    for shown in (client, api):
        assert shown["description"] is None
        assert shown["owner"] is None
        assert shown["tags"] == shown["scopes"] == shown["secrets"] == []
        assert shown["enabled"] is True
    assert (client["name"], client["require_secret"], client["grant_types"]) == (None, True, [])
    assert api["display_name"] is None
    row, other = listed(cli)[0], listed(cli, "resource")[0]
    assert (row["name"], row["owner"], row["tags"], row["secrets"]) == (None, None, [], 0)
    assert (row["level"], row["covered_until"]) == ("critical", None)
    assert (other["level"], other["covered_until"]) == ("ok", None)


def test_add_writes_what_was_said(cli: Cli) -> None:
    """Only that; stdout stays empty without --json."""
    cli.write(registry_text({"web": {}}) + "# the end\n")
    ran = cli.ok(
        "client", "add", "spa", "--name", "SPA", "--tag", "a", "--tag", "b", "--tag", "a", "--public", "--disabled"
    )
    assert ran.out == ""
    assert "client/spa added" in ran.err
    text = cli.registry.read_text(encoding="utf-8")
    added = text.partition("[clients.spa]\n")[2].partition("# the end")[0]
    assert added.splitlines() == ['name = "SPA"', "enabled = false", "require_secret = false", 'tags = ["a", "b"]']
    assert "# the end" in text
    created = cli.ok("resource", "add", "api2", "--display-name", "Two", "--scope", "s", "--json").json
    assert (created["display_name"], created["scopes"], created["secrets"]) == ("Two", ["s"], [])


def test_show_in_words(cli: Cli) -> None:
    """Empty fields are left out; stored values only where asked for."""
    cli.write(registry_text({"web": {"owner": "me", "secrets": [shared(GOOD, "7f3a91c2")]}}, {"api1": {}}))
    text = cli.ok("client", "show", "web").out
    assert re.search("owner +me", text)
    assert "7f3a91c2" in text
    assert sha256(GOOD) not in text
    assert sha256(GOOD) in cli.ok("client", "show", "web", "--values").out
    assert "display" not in cli.ok("resource", "show", "api1", "--values").out


def test_hostile_text_is_inert(cli: Cli) -> None:
    """What a terminal would obey is shown."""
    cli.write(registry_text({"a\x1b[31m\u202e": {"name": "[bold]x[/bold]\n"}}))
    for ran in (cli.ok("client", "list"), cli.ok("client", "show", "a\x1b[31m\u202e")):
        assert "\x1b" not in ran.out
        assert "\u202e" not in ran.out
        assert "[bold]x[/bold]\\n" in ran.out


def test_an_unknown_id_gets_a_hint(cli: Cli) -> None:
    """One that differs by case is named."""
    cli.write(registry_text({"web": {}}))
    ran = cli("client", "show", "WEB", "--json")
    assert (ran.status, ran.error["code"]) == (4, "principal_not_found")
    assert "did you mean web?" in ran.error["hint"]
    assert "the id alone: web" in cli("client", "show", "client/web", "--json").error["hint"]
    assert "client list" in cli("client", "show", "zzz", "--json").error["hint"]


def test_secrets_that_are_shown(cli: Cli) -> None:
    """Id, type, description, created, expiration and status; the stored value only with --values; never plaintext."""
    cli.write(registry_text({"web": {"secrets": [
        shared(GOOD, "a1", description="d", created="2026-01-01T00:00:00Z", expiration="2026-02-01T00:00:00Z"), shared("x" * 20, "a2"),
    ]}}))  # fmt: skip
    shown = cli.ok("client", "show", "web", "--json")
    assert sha256(GOOD) not in shown.out
    first, second = shown.json["secrets"]
    assert list(first) == SECRET
    assert first == {"id": "a1", "type": "SharedSecret", "description": "d", "created": "2026-01-01T00:00:00Z", "expiration": "2026-02-01T00:00:00Z",
                     "status": "expired"}  # fmt: skip
    assert second == {
        "id": "a2",
        "type": "SharedSecret",
        "description": None,
        "created": None,
        "expiration": None,
        "status": "no_expiration",
    }
    valued = cli.ok("client", "show", "web", "--json", "--values").json["secrets"]
    assert [each["value"] for each in valued] == [sha256(GOOD), sha256("x" * 20)]
    assert sha256(GOOD) not in cli.ok("client", "show", "web").out
    assert sha256(GOOD) in cli.ok("client", "show", "web", "--values").out.replace("\n", "")
    row = listed(cli)[0]
    assert (row["secrets"], row["level"], row["covered_until"]) == (2, "ok", None)
    assert isinstance(row["secrets"], int)


def test_lists_are_filtered(cli: Cli) -> None:
    """By owner and tag, both together; in the order of the file; nothing found is an empty array."""
    cli.write(registry_text({
        "b": {"owner": "one", "tags": ["x", "y"]}, "a": {"owner": "two", "tags": ["x"]}, "c": {"owner": "one"}, "d": {},
    }))  # fmt: skip
    assert [each["id"] for each in listed(cli)] == ["b", "a", "c", "d"]
    assert [each["id"] for each in listed(cli, "client", "--owner", "one")] == ["b", "c"]
    assert [each["id"] for each in listed(cli, "client", "--tag", "x")] == ["b", "a"]
    assert [each["id"] for each in listed(cli, "client", "--owner", "one", "--tag", "y")] == ["b"]
    assert listed(cli, "client", "--owner", "One") == []
    assert listed(cli, "client", "--tag", "") == []
    assert listed(cli, "resource") == []
    ran = cli.ok("client", "list", "--owner", "nobody")
    assert (ran.out, "no such client" in ran.err) == ("", True)


def test_two_name_spaces(cli: Cli) -> None:
    """A client and a resource of one id are two; a bare id is then ambiguous, `scope/` means `resource/`."""
    cli.ok("init")
    cli.ok("client", "add", "shared")
    cli.ok("resource", "add", "shared")
    cli.ok("resource", "add", "alone")
    for command in (["secret", "list"], ["secret", "add"], ["rotate"], ["check"], ["prune", "--yes"]):
        ran = cli(*command, "shared", "--json")
        assert (ran.status, ran.out) == (5, ""), command
    assert cli.ok("secret", "add", "scope/shared", "--json").json["target"] == "resource/shared"
    assert cli.ok("secret", "add", "alone", "--json").json["target"] == "resource/alone"
    assert cli.ok("client", "show", "shared", "--json").json["secrets"] == []
    cli.ok("client", "remove", "shared", "--yes")
    assert cli.ok("secret", "list", "shared", "--json").json[0]["id"]


def test_targets_that_hold_a_slash(cli: Cli) -> None:
    """`client/a/b` is the client `a/b`; an id that looks like a target can still be addressed."""
    cli.ok("init")
    for id in ("a/b", "client/x", "https://app.example.com/", "resource/y"):
        ran = cli("client", "add", id)
        assert ran.status == 0, ran.err
        assert cli.ok("secret", "list", f"client/{id}", "--json").json == []
    assert cli("secret", "list", "resource/y", "--json").status == 4
    assert cli("secret", "list", "client/b").status == 4
    assert cli("secret", "list", "client/").status == 4
    assert cli("secret", "list", "").status == 4


# --- set -----------------------------------------------------------------------------------------------------------


def test_set_changes_what_is_named(cli: Cli) -> None:
    """Lists are replaced as a whole; --clear sets a field back; the rest stays."""
    cli.ok("init")
    cli.ok("client", "add", "web", "--name", "n", "--description", "d", "--owner", "o", "--tag", "a", "--tag", "b", "--scope", "s", "--grant-type", "g", "--public")  # fmt: skip

    def shown() -> dict[str, Any]:
        return cli.ok("client", "show", "web", "--json").json  # type: ignore[no-any-return]

    before = shown()
    cli.ok("client", "set", "web", "--owner", "p")
    assert shown() == {**before, "owner": "p"}
    cli.ok("client", "set", "web", "--tag", "c")
    assert shown()["tags"] == ["c"]
    for key, cleared in (
        ("name", None),
        ("description", None),
        ("owner", None),
        ("tags", []),
        ("scopes", []),
        ("grant_types", []),
    ):
        cli.ok("client", "set", "web", "--clear", key)
        assert shown()[key] == cleared
        assert key not in tomllib.loads(cli.registry.read_text())["clients"]["web"]
    cli.ok("client", "set", "web", "--clear", "require_secret")
    assert shown()["require_secret"] is True
    cli.ok("client", "set", "web", "--disabled")
    assert shown()["enabled"] is False
    cli.ok("client", "enable", "web")
    assert shown()["enabled"] is True
    cli.ok("client", "set", "web", "--public")
    assert shown()["require_secret"] is False
    cli.ok("client", "set", "web", "--clear", "owner", "--clear", "tags", "--name", "x")
    assert shown()["name"] == "x"
    cli.ok("client", "set", "web", "--name", "", "--clear", "public")
    assert (shown()["name"], shown()["require_secret"]) == (None, True)
    cli.ok("resource", "add", "api1", "--display-name", "Our API")
    assert cli.ok("resource", "set", "api1", "--clear", "display-name", "--json").json["display_name"] is None
    for options, code in (
        ([], "nothing_to_set"),
        (["--clear", "id"], "key_unknown"),
        (["--clear", "secrets"], "key_unknown"),
        (["--clear", "nonsense"], "key_unknown"),
        (["--owner", "x", "--clear", "owner"], "set_and_cleared"),
    ):
        ran = cli("client", "set", "web", *options, "--json")
        assert (ran.status, ran.error["code"]) == (64, code)


def test_disable_needs_no_guard(cli: Cli) -> None:
    """Disabling a principal with its last usable secret is fine, and so is doing it twice."""
    cli.write(registry_text({"web": {"secrets": [shared(GOOD)]}}, {"api": {"secrets": [shared(GOOD)]}}))
    for kind, id in (("client", "web"), ("resource", "api")):
        for _ in range(2):
            cli.ok(kind, "disable", id)
            assert cli.ok(kind, "show", id, "--json").json["enabled"] is False
        for _ in range(2):
            cli.ok(kind, "enable", id)
            assert cli.ok(kind, "show", id, "--json").json["enabled"] is True


# --- rename, remove ------------------------------------------------------------------------------------------------


def test_rename(cli: Cli) -> None:
    """The same principal under another id, at the same place, with its secrets; never over another."""
    cli.write(registry_text({"a": {"owner": "o", "secrets": [shared(GOOD, "s1")]}, "b": {}, "c": {}}, {"d": {}}))
    cli.ok("client", "rename", "a", "d")
    assert [each["id"] for each in listed(cli)] == ["d", "b", "c"]
    shown = cli.ok("client", "show", "d", "--json").json
    assert (shown["owner"], shown["secrets"][0]["id"]) == ("o", "s1")
    assert cli("client", "show", "a").status == 4
    assert cli("client", "rename", "d", "b").status == 5
    assert cli("client", "rename", "d", " x").status == 64
    assert cli("client", "rename", "d", "").status == 64
    assert "already" in cli.ok("client", "rename", "d", "d").err
    assert cli("verify", "client/d", "--secret-file", "-", stdin=GOOD).status == 0
    assert cli("client", "rename", "b", "B").status == 0
    assert cli("client", "show", "b").status == 4


def test_remove_needs_a_yes(cli: Cli) -> None:
    """As an option, where there is no terminal: nobody said what stands in stdin."""
    cli.write(registry_text({"web": {"secrets": [shared(GOOD)]}}))
    ran = cli("client", "remove", "web", "--json", stdin="y\n")
    assert (ran.status, ran.error["code"]) == (64, "confirmation_missing")
    assert len(listed(cli)) == 1
    cli.ok("client", "remove", "web", "--yes")
    assert listed(cli) == []


# --- ids -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", [
    "a", "x" * 200, "é", "sören müller", "日本語", "a:b", "a/b", 'a"b', "a\\b", "a.b", "client", "%41", "a+b", "😀", "e\u0301", "#x", "[x]", "a\u3000b", "x" * 100,
])  # fmt: skip
def test_ids_that_may_be(cli: Cli, id: str) -> None:
    """Any Unicode that is not control, format, bidirectional or a line separator, 1 to 200 characters."""
    cli.ok("init")
    cli.ok("client", "add", id)
    cli.ok("resource", "add", id)
    assert cli.ok("client", "show", id, "--json").json["id"] == id
    assert cli.ok("secret", "add", f"client/{id}", "--json").json["target"] == f"client/{id}"
    assert id in tomllib.loads(cli.registry.read_text())["clients"]


@pytest.mark.parametrize("id", [
    "", " ", " a", "a ", "\ta", "a\t", "a\nb", "a\x00\x01", "a\x1bb", "a\x7fb", "a\x85b", "a\u2028b", "a\u2029b", "a\u202eb", "a\u200eb", "a\u200bb", "a\u00adb",
    "a\ufeffb", "a\u2066b", "a\u061cb", "x" * 201, "\u00a0a", "a\u3000", "a\U000e0041", "\udcff",
])  # fmt: skip
def test_ids_that_may_not(cli: Cli, id: str) -> None:
    """Usage errors, for add and rename; the registry stays as it was."""
    cli.ok("init")
    cli.ok("client", "add", "web")
    before = cli.registry.read_bytes()
    for command in (["client", "add", id], ["resource", "add", id], ["client", "rename", "web", id]):
        ran = cli(*command, "--json")
        assert (ran.status, ran.out) == (64, ""), (command, ran)
    assert cli.registry.read_bytes() == before


@pytest.mark.parametrize("id", [" a", "a\u202eb", "x" * 201, "a\u200bb"])
def test_such_ids_by_hand_are_lint_findings(cli: Cli, id: str) -> None:
    """In a hand-written file they are read, found by lint, and can be renamed away."""
    cli.write(registry_text({id: {"secrets": [shared(GOOD, expiration="2030-01-01T00:00:00Z")]}}))
    assert cli.ok("client", "list", "--json").json[0]["id"] == id
    assert cli("lint", "--json").json
    assert any(each["target"] == f"client/{id}" for each in cli("lint", "--json").json)
    cli.ok("client", "rename", id, "calm")
    assert [each["id"] for each in listed(cli)] == ["calm"]


@pytest.mark.parametrize(("first", "second"), [
    ("web", "Web"), ("web", "WEB"), ("é", "e\u0301"), ("paypal", "p\u0430ypal"), ("straße", "STRASSE"), ("ﬁle", "file"), ("Ⅳ", "IV"), ("ω", "Ω"),
])  # fmt: skip
def test_look_alikes_warn(cli: Cli, first: str, second: str) -> None:
    """Ids are compared byte for byte, so these are two; a word on stderr says that they look like one."""
    cli.ok("init")
    assert "look" not in cli.ok("client", "add", first).err
    quiet = cli.ok("client", "add", "quite-different").err
    ran = cli.ok("client", "add", second)
    assert f"looks like {first!r}" in ran.err
    assert len(ran.err.splitlines()) > len(quiet.splitlines())
    assert len(listed(cli)) == 3
    cli.ok("client", "remove", second, "--yes")
    assert len(cli.ok("client", "rename", "quite-different", second).err.splitlines()) > len(quiet.splitlines())


def test_long_ids_warn(cli: Cli) -> None:
    """Over 100 characters: IdentityServer stores such an id and then never accepts it."""
    cli.ok("init")
    calm = cli.ok("client", "add", "x" * 100).err
    long = cli.ok("client", "add", "y" * 101).err
    assert "100" in long
    assert "100" not in calm.replace("x" * 100, "")
    assert "100" in cli.ok("client", "rename", "x" * 100, "z" * 101).err
    assert "100" in cli.ok("resource", "add", "r" * 150).err


def test_json_of_changes(cli: Cli) -> None:
    """add, set, enable, disable and rename report the principal, as `show` does."""
    cli.ok("init")
    changes: list[tuple[list[str], str, dict[str, object]]] = [
        (["client", "add", "web", "--owner", "o"], "web", {"owner": "o"}), (["client", "set", "web", "--owner", "p"], "web", {"owner": "p"}),
        (["client", "disable", "web"], "web", {"enabled": False}), (["client", "enable", "web"], "web", {"enabled": True}),
        (["client", "rename", "web", "app"], "app", {"owner": "p"}),
    ]  # fmt: skip
    for command, id, expected in changes:
        reported = cli.ok(*command, "--json").json
        assert reported["target"] == f"client/{id}"
        for key, value in expected.items():
            assert reported[key] == value
        assert reported == cli.ok("client", "show", id, "--json").json
    assert cli.ok("client", "remove", "app", "--yes", "--json").json["target"] == "client/app"
