"""client … and resource … on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

REGISTRY = """\
schema = 1
name = "prod"

[clients.web] # the shop
name = "Web shop"
description = "d"
owner = "team-shop@example.com"
tags = ["pci"]
grant_types = ["client_credentials"]
scopes = ["api1"]
require_secret = false

[[clients.web.secrets]]
id = "7f3a91c2"
type = "SharedSecret"
value = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="
description = "2026 secret"
created = 2026-01-01T00:00:00Z
expiration = 2099-12-31T00:00:00Z

[resources.api1]
display_name = "Our API"
"""


@pytest.fixture(autouse=True)
def _registry(cli: Cli) -> None:
    cli.write(REGISTRY)


def test_list_json_has_the_documented_fields(cli: Cli) -> None:
    """`secrets` is a number."""
    assert cli.ok("client", "list", "--json").json == [
        {
            "target": "client/web",
            "kind": "client",
            "id": "web",
            "name": "Web shop",
            "enabled": True,
            "owner": "team-shop@example.com",
            "tags": ["pci"],
            "level": "ok",
            "covered_until": "2099-12-31T00:00:00Z",
            "secrets": 1,
        }
    ]
    (api,) = cli.ok("resource", "list", "--json").json
    assert (api["target"], api["name"], api["covered_until"]) == ("resource/api1", "Our API", None)


def test_show_json_has_the_principal_and_its_secrets(cli: Cli) -> None:
    """Stored values only where asked for."""
    shown = cli.ok("client", "show", "web", "--json").json
    assert shown["secrets"] == [
        {
            "id": "7f3a91c2",
            "type": "SharedSecret",
            "description": "2026 secret",
            "created": "2026-01-01T00:00:00Z",
            "expiration": "2099-12-31T00:00:00Z",
            "status": "active",
        }
    ]
    assert {key: shown[key] for key in ("description", "require_secret", "grant_types", "scopes")} == {
        "description": "d",
        "require_secret": False,
        "grant_types": ["client_credentials"],
        "scopes": ["api1"],
    }
    valued = cli.ok("client", "show", "web", "--json", "--values").json
    assert valued["secrets"][0]["value"] == "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="
    assert cli.ok("resource", "show", "api1", "--json").json["display_name"] == "Our API"


def test_show_in_words(cli: Cli) -> None:
    """Empty fields are left out; stored values only where asked for."""
    text = cli.ok("client", "show", "web").out
    assert "team-shop@example.com" in text
    assert "7f3a91c2" in text
    assert "K7gNU3sdo" not in text
    assert "K7gNU3sdo" in cli.ok("client", "show", "web", "--values").out
    assert "display" not in cli.ok("resource", "show", "api1", "--values").out


def test_add_writes_what_was_said(cli: Cli) -> None:
    """Only that; stdout stays empty without --json."""
    ran = cli.ok(
        "client", "add", "spa", "--name", "SPA", "--tag", "a", "--tag", "b", "--tag", "a", "--public", "--disabled"
    )
    assert ran.out == ""
    assert "client/spa added" in ran.err
    text = cli.registry.read_text(encoding="utf-8")
    added = text.partition("[clients.spa]\n")[2].partition("\n\n")[0]
    assert added.splitlines() == ['name = "SPA"', "enabled = false", "require_secret = false", 'tags = ["a", "b"]']
    assert "# the shop" in text
    created = cli.ok("resource", "add", "api2", "--display-name", "Two", "--scope", "s", "--json").json
    assert (created["display_name"], created["scopes"], created["secrets"]) == ("Two", ["s"], [])


def test_what_exists_is_a_conflict(cli: Cli) -> None:
    """Clients and resources are separate name spaces."""
    ran = cli("client", "add", "web", "--json")
    assert (ran.status, ran.out, ran.error["code"]) == (5, "", "exists")
    assert cli("client", "add", "api1").status == 0


@pytest.mark.parametrize("id", ["", " a", "a\u202e", "x" * 201])
def test_an_id_that_nobody_can_read_is_a_usage_error(cli: Cli, id: str) -> None:
    """For add and rename."""
    before = cli.registry.read_bytes()
    assert cli("client", "add", "--", id).status == 64
    assert cli("client", "rename", "web", "--", id).status == 64
    assert cli.registry.read_bytes() == before


def test_lookalikes_and_long_ids_warn(cli: Cli) -> None:
    """And are added all the same."""
    assert "'web'" in cli.ok("client", "add", "Web").err
    assert "warning" not in cli.ok("resource", "add", "web").err
    assert "101" in cli.ok("client", "add", "x" * 101).err
    assert "looks like" in cli.ok("client", "rename", "Web", "wEb").err


def test_set_changes_what_is_named_and_nothing_else(cli: Cli) -> None:
    """Comments survive, lists are replaced, --clear sets back."""
    cli.ok("client", "set", "web", "--owner", "me", "--tag", "x", "--clear", "description", "--clear", "public")
    shown = cli.ok("client", "show", "web", "--json").json
    assert (shown["owner"], shown["tags"], shown["description"], shown["require_secret"]) == ("me", ["x"], None, True)
    assert shown["name"] == "Web shop"
    assert "[clients.web] # the shop" in cli.registry.read_text(encoding="utf-8")
    cli.ok("resource", "set", "api1", "--clear", "display-name", "--scope", "s")
    shown = cli.ok("resource", "show", "api1", "--json").json
    assert (shown["display_name"], shown["scopes"]) == (None, ["s"])
    assert cli.ok("client", "set", "web", "--name", "").err
    assert cli.ok("client", "show", "web", "--json").json["name"] is None


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], "nothing_to_set"),
        (["--clear", "secrets"], "key_unknown"),
        (["--owner", "o", "--clear", "owner"], "set_and_cleared"),
    ],
)
def test_set_refuses_what_makes_no_sense(cli: Cli, options: list[str], code: str) -> None:
    """A usage error each."""
    ran = cli("client", "set", "web", *options, "--json")
    assert (ran.status, ran.error["code"]) == (64, code)


def test_enable_and_disable(cli: Cli) -> None:
    """A disabled principal keeps its secrets."""
    for kind, id in (("client", "web"), ("resource", "api1")):
        cli.ok(kind, "disable", id)
        assert cli.ok(kind, "list", "--json").json[0]["level"] == "disabled"
        assert cli.ok(kind, "enable", id, "--json").json["enabled"] is True


def test_rename_keeps_everything(cli: Cli) -> None:
    """Taken names are conflicts; the same name is nothing."""
    cli.ok("client", "rename", "web", "shop")
    assert [secret["id"] for secret in cli.secrets("client/shop")] == ["7f3a91c2"]
    cli.ok("client", "add", "web")
    assert cli("client", "rename", "web", "shop").status == 5
    assert "already" in cli.ok("client", "rename", "web", "web").err
    cli.ok("resource", "rename", "api1", "orders")
    assert cli("client", "rename", "gone", "x").status == 4


def test_remove_needs_a_yes(cli: Cli) -> None:
    """Without a terminal, --yes."""
    ran = cli("client", "remove", "web", "--json")
    assert (ran.status, ran.error["code"]) == (64, "confirmation_missing")
    assert cli.ok("client", "remove", "web", "--yes", "--json").json["id"] == "web"
    assert cli("client", "show", "web").status == 4
    cli.ok("resource", "remove", "api1", "--yes")
    assert cli.ok("resource", "list").out == ""


def test_filters(cli: Cli) -> None:
    """Both must fit; nothing found is said on stderr."""
    cli.ok("client", "add", "other", "--owner", "me", "--tag", "pci")
    assert [one["id"] for one in cli.ok("client", "list", "--tag", "pci", "--json").json] == ["web", "other"]
    assert [one["id"] for one in cli.ok("client", "list", "--tag", "pci", "--owner", "me", "--json").json] == ["other"]
    ran = cli.ok("client", "list", "--owner", "nobody")
    assert (ran.out, "no such client" in ran.err) == ("", True)
    assert cli.ok("client", "list", "--owner", "nobody", "--json").json == []


def test_hostile_text_is_inert(cli: Cli) -> None:
    """What a terminal would obey is shown."""
    cli.write(REGISTRY + '[clients."a\\u001b[31m\\u202e"]\nname = "[bold]x[/bold]\\n"\n')
    for ran in (cli.ok("client", "list"), cli.ok("client", "show", "a\x1b[31m\u202e")):
        assert "\x1b" not in ran.out
        assert "\u202e" not in ran.out
        assert "[bold]x[/bold]\\n" in ran.out


def test_an_unknown_id_gets_a_hint(cli: Cli) -> None:
    """One that differs by case is named."""
    ran = cli("client", "show", "WEB", "--json")
    assert (ran.status, ran.error["code"]) == (4, "principal_not_found")
    assert "did you mean web?" in ran.error["hint"]
    assert "the id alone: web" in cli("client", "show", "client/web", "--json").error["hint"]
    assert "client list" in cli("client", "show", "zzz", "--json").error["hint"]
