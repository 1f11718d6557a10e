"""Every command does the same on a file and in a database: one story a command, told on each kind of registry."""

from __future__ import annotations

import csv
import io
import json
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import pytest

from tests.acceptance.kit import (
    OTHER,
    SECRET,
    assertion_form,
    basic,
    certificate,
    claims,
    ec_key,
    http,
    jwk,
    pem_key,
    registry_text,
    sha256,
    shared,
    stored,
    token,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Cli

AT = ("--at", "2026-06-01T00:00:00Z")
DAY = 86_400
SHOP = 'it"s a [shop], 100 % ✓'
KINDS = ["toml", "sqlite", "postgresql", pytest.param("mariadb", marks=pytest.mark.needs("mariadbd"))]


def clients() -> dict[str, Any]:
    """One client of each sort. Dates are seen from 2026-06-01."""
    from datetime import UTC, datetime

    def on(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    return {
        "web": {
            "name": "Web shop",
            "description": "Sells things",
            "owner": "shop@example.com",
            "tags": ["pci", "eu"],
            "grant_types": ["client_credentials"],
            "scopes": ["api1", "api2"],
            "secrets": [
                shared("the-old-secret-of-web", "s1", description="2025", expiration=on("2025-12-31T12:34:56")),
                shared(SECRET, "s2", description="2026 secret", created=on("2026-01-01"), expiration=on("2026-12-31")),
            ],
        },
        "soon": {"owner": "batch@example.com", "secrets": [shared(OTHER, "s1", expiration=on("2026-06-20"))]},
        "late": {"tags": ["pci"], "secrets": [shared("a-secret-that-is-over", "s1", expiration=on("2026-05-01"))]},
        "tls": {
            "secrets": [
                stored("X509Thumbprint", certificate("tls").sha1, "t1"),
                stored("X509CertificateBase64", certificate("jwt").base64, "c1", description="1.0 ✓"),
            ]
        },
        "jwt": {"secrets": [stored("JWK", jwk(ec_key(), kid="k1"), "k1")]},
        "spa": {"require_secret": False, "grant_types": ["authorization_code"]},
        "off": {"enabled": False, "secrets": [shared("of-someone-who-left-us", "s1")]},
        SHOP: {"name": "=cmd|' /C calc'!A0", "secrets": [shared("a-secret-of-the-odd-one", "s1")]},
    }


def resources() -> dict[str, Any]:
    """An API with a secret, and one without."""
    return {
        "api1": {
            "display_name": "Our API",
            "owner": "api@example.com",
            "scopes": ["api1", "api1.read"],
            "secrets": [shared("the-secret-of-api1-itself", "s1")],
        },
        "api2": {},
    }


@pytest.fixture(params=KINDS)
def dialect(request: pytest.FixtureRequest) -> str:
    """Each kind of registry."""
    if request.param == "mariadb":
        pytest.importorskip("pymysql", reason="the driver of MariaDB is not installed")
    return str(request.param)


@pytest.fixture
def new_registry(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Makes empty registries, by name."""

    def make(name: str) -> str:
        if dialect == "toml":
            path = tmp_path / f"{name}.toml"
            path.write_text(registry_text(), "utf-8")
            path.chmod(0o600)
            return str(path)
        database: Callable[[], str] = request.getfixturevalue("database")
        return database()

    return make


@pytest.fixture
def empty(cli: Cli, new_registry: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> str:
    """The registry that commands work on, without principals; its settings are those of ``rfc``, wherever it is."""
    location = new_registry("registry")
    monkeypatch.setenv("SECRETCTL_REGISTRY", location)
    monkeypatch.setenv("SECRETCTL_SETTINGS", str(cli.write(registry_text(), "settings.toml")))
    return location


@pytest.fixture
def location(cli: Cli, empty: str) -> str:
    """The same with a client of each sort."""
    cli.write(registry_text(clients(), resources()), "seed.toml")
    cli.ok("apply", "seed.toml", empty, "--yes")
    return empty


@pytest.fixture
def sid(cli: Cli, location: str) -> Callable[[str, int], str]:
    """The id that the registry gave to a secret, by its place in the list."""
    return lambda target, index: str(cli.secrets(target)[index]["id"])


# --- principals ----------------------------------------------------------------------------------------------------


def test_a_client_from_add_to_remove(cli: Cli, empty: str) -> None:
    """add, show, list, set, disable, enable, rename, remove; and what each says of ids that are there or are not."""
    options = ("--name", "Wéb", "--description", "d", "--owner", "o@x", "--tag", "a", "--tag", "b,c", "--scope", "s1")
    added = cli.ok("client", "add", "web1", *options, "--grant-type", "client_credentials", "--json").json
    assert (added["target"], added["owner"], added["tags"]) == ("client/web1", "o@x", ["a", "b,c"])
    assert cli("client", "add", "web1").status == 5
    assert cli("client", "add", "bad\u202eid").status == 64
    assert "looks like" in cli.ok("client", "add", "webl").err
    shown = cli.ok("client", "show", "web1", "--json").json
    assert {
        key: shown[key] for key in ("name", "description", "scopes", "grant_types", "require_secret", "secrets")
    } == {
        "name": "Wéb",
        "description": "d",
        "scopes": ["s1"],
        "grant_types": ["client_credentials"],
        "require_secret": True,
        "secrets": [],
    }
    assert [row["id"] for row in cli.ok("client", "list", "--json").json] == ["web1", "webl"]
    cli.ok("client", "set", "web1", "--scope", "s2", "--scope", "s1", "--public", "--clear", "owner", "--clear", "tags")
    shown = cli.ok("client", "show", "web1", "--json").json
    assert (shown["scopes"], shown["require_secret"], shown["owner"], shown["tags"]) == (["s2", "s1"], False, None, [])
    cli.ok("client", "disable", "web1")
    assert cli.ok("client", "show", "web1", "--json").json["enabled"] is False
    cli.ok("client", "enable", "web1")
    assert cli("client", "rename", "web1", "webl").status == 5
    cli.ok("client", "rename", "web1", SHOP)
    assert cli.ok("client", "show", SHOP, "--json").json["description"] == "d"
    assert cli("client", "remove", SHOP).status == 64
    cli.ok("client", "remove", SHOP, "--yes")
    assert [row["id"] for row in cli.ok("client", "list", "--json").json] == ["webl"]
    for command in ("show", "set", "enable", "disable", "remove"):
        extra = {"set": ("--name", "x"), "remove": ("--yes",)}.get(command, ())
        ran = cli("client", command, "web1", *extra, "--json")
        assert (ran.status, ran.out, ran.error["code"]) == (4, "", "principal_not_found")
    assert cli("client", "rename", "web1", "other").status == 4


def test_a_resource_from_add_to_remove(cli: Cli, empty: str) -> None:
    """The same for APIs, in a name space of their own; scope/NAME is another name for one."""
    cli.ok("client", "add", "api1")
    cli.ok("resource", "add", "api1", "--display-name", "API", "--scope", "api1", "--owner", "o")
    assert cli("resource", "add", "api1").status == 5
    cli.ok("resource", "set", "api1", "--description", "d", "--disabled")
    shown = cli.ok("resource", "show", "api1", "--json").json
    assert (shown["display_name"], shown["description"], shown["enabled"], shown["owner"]) == ("API", "d", False, "o")
    cli.ok("resource", "enable", "api1")
    assert cli("secret", "list", "api1").status == 5  # the client or the resource?
    assert cli.ok("secret", "list", "scope/api1", "--json").json == []
    cli.ok("resource", "rename", "api1", "api9")
    cli.ok("resource", "disable", "api9")
    cli.ok("resource", "remove", "api9", "--yes")
    assert cli.ok("resource", "list", "--json").json == []
    assert len(cli.ok("client", "list", "--json").json) == 1


def test_lists_and_filters(cli: Cli, location: str) -> None:
    """All of them in their order, by owner, by tag; rows as JSON, text that nothing in it can spoil."""
    rows = cli.ok("client", "list", "--json").json
    assert [row["id"] for row in rows] == list(clients())
    assert {row["id"]: row["secrets"] for row in rows}["web"] == 2
    assert [row["id"] for row in cli.ok("client", "list", "--owner", "shop@example.com", "--json").json] == ["web"]
    assert [row["id"] for row in cli.ok("client", "list", "--tag", "pci", "--json").json] == ["web", "late"]
    assert [row["target"] for row in cli.ok("resource", "list", "--json").json] == ["resource/api1", "resource/api2"]
    assert SHOP in cli.ok("client", "list").out
    assert "Web shop" in cli.ok("client", "show", "web").out
    values = cli.ok("client", "show", "web", "--json", "--values").json["secrets"]
    assert [secret["value"] for secret in values] == [sha256("the-old-secret-of-web"), sha256(SECRET)]


# --- secrets -------------------------------------------------------------------------------------------------------


def test_secrets_from_add_to_remove(cli: Cli, empty: str) -> None:
    """add, list, set, expire, remove, and the guard of the last usable one."""
    cli.ok("client", "add", "web")
    first = cli.ok("secret", "add", "web", "--expires", "2099-01-01", "--description", "one", "--json").json
    second = cli.ok("secret", "add", "web", "--secret-file", "-", "--hash", "sha512", "--json", stdin=SECRET).json
    third = cli.ok("secret", "add", "web", "--secret-file", "-", stdin=OTHER).out.strip()
    assert (first["target"], first["description"], first["expiration"]) == ("client/web", "one", "2099-01-01T00:00:00Z")
    assert first["value"] == sha256(first["secret"])
    listed = cli.secrets("web")
    assert [secret["id"] for secret in listed] == [first["secret_id"], second["secret_id"], third]
    assert [secret["status"] for secret in listed] == ["active", "no_expiration", "no_expiration"]
    for secret in (first["secret"], SECRET, OTHER):
        assert cli("verify", "web", "--secret-file", "-", stdin=secret).status == 0
    cli.ok("secret", "set", "web", second["secret_id"], "--description", "two ✓")
    cli.ok("secret", "expire", "web", third, "--at", "now")
    cli.ok("secret", "expire", "web", second["secret_id"], "--at", "2098-01-01T00:00:00.123456Z")
    listed = cli.secrets("web")
    assert [secret["description"] for secret in listed] == ["one", "two ✓", None]
    assert [secret["status"] for secret in listed] == ["active", "active", "expired"]
    assert cli("verify", "web", "--secret-file", "-", stdin=OTHER).status == 1
    cli.ok("secret", "remove", "web", second["secret_id"], "--yes")
    assert cli("secret", "remove", "web", first["secret_id"], "--yes").status == 6
    assert cli("secret", "expire", "web", first["secret_id"], "--at", "now").status == 6
    assert cli("secret", "remove", "web", first["secret_id"]).status == 64
    cli.ok("secret", "remove", "web", first["secret_id"], "--yes", "--force")
    assert [secret["id"] for secret in cli.secrets("web")] == [third]
    for command in (("set", "--description", "x"), ("expire", "--at", "now"), ("remove", "--yes")):
        assert cli("secret", command[0], "web", "9999999", *command[1:]).status == 4
        assert cli("secret", command[0], "nobody", third, *command[1:]).status == 4


def test_what_a_secret_may_not_be(cli: Cli, empty: str) -> None:
    """Sample secrets are refused, generated ones reach nobody when they cannot be delivered."""
    cli.ok("client", "add", "web")
    assert cli("secret", "add", "web", "--secret-file", "-", stdin="1q2w3e*").status == 6
    assert cli("secret", "add", "web", "--out", "nowhere/x").status == 7
    assert cli("secret", "add", "web", "--pipe-to", "false").status == 7
    assert cli("secret", "add", "nobody").status == 4
    assert cli.secrets("web") == []
    cli.ok("secret", "add", "web", "--out", "secret.txt", "--out-format", "dotenv")
    assert len(cli.secrets("web")) == 1


@pytest.mark.parametrize(
    ("kept", "type"),
    [
        ((), "X509CertificateBase64"),
        (("--as", "thumbprint"), "X509Thumbprint"),
        (("--as", "name"), "X509Name"),
        (("--as", "jwk"), "JWK"),
    ],
)
def test_keys_and_certificates_are_imported(cli: Cli, empty: str, kept: tuple[str, ...], type: str) -> None:
    """As the whole certificate, its thumbprint, its subject or its public key."""
    made = certificate("web", ends="2090-01-01")
    (cli.path / "cert.pem").write_bytes(made.pem)
    cli.ok("client", "add", "web")
    imported = cli.ok("secret", "import", "web", "cert.pem", *kept, "--description", "d", "--json").json
    (secret,) = cli.secrets("web")
    assert (secret["id"], secret["type"], secret["description"]) == (imported["secret_id"], type, "d")
    if type == "X509CertificateBase64":
        assert secret["expiration"] == "2090-01-01T00:00:00Z"
    assert cli("secret", "import", "web", "settings.toml").status == 3


# --- rotation ------------------------------------------------------------------------------------------------------


def test_one_secret_is_rotated(cli: Cli, location: str) -> None:
    """A new one, the old one ends with the overlap, both work until then."""
    rotated = cli.ok("rotate", "web", "--overlap", "14d", "--expires", "90d", *AT, "--json").json
    listed = {secret["id"]: secret for secret in cli.secrets("web")}
    assert listed[rotated["secret_id"]]["expiration"] == "2026-08-30T00:00:00Z"
    assert [secret["expiration"] for secret in listed.values()][:2] == ["2025-12-31T12:34:56Z", "2026-06-15T00:00:00Z"]
    for secret in (SECRET, rotated["secret"]):
        assert cli("verify", "web", "--secret-file", "-", *AT, stdin=secret).status == 0
    assert cli("verify", "web", "--secret-file", "-", "--at", "2026-07-01", stdin=SECRET).status == 1


def test_those_that_are_due_are_rotated_once(cli: Cli, location: str) -> None:
    """What check would report; a second run at once does nothing; certificates are left alone and named."""
    before = cli("check", "--json", *AT).json
    due = [row["target"] for row in before["principals"] if row["level"] != "ok"]
    assert due == ["client/soon", "client/late"]
    plan = cli("rotate", "--due", "--dry-run", *AT)
    assert (plan.status, "client/soon" in plan.out) == (0, True)
    ran = cli.ok("rotate", "--due", *AT, "--expires", "1y")
    assert [line.split("\t")[0] for line in ran.out.splitlines()] == due
    assert cli.ok("rotate", "--due", *AT).out == ""
    assert cli("check", *AT).status == 0
    for line in ran.out.splitlines():
        target, secret = line.split("\t")
        assert cli("verify", target, "--secret-file", "-", *AT, stdin=secret).status == 0


def test_several_and_all_are_rotated(cli: Cli, location: str) -> None:
    """By name, by owner and tag, all of them: disabled ones and those without a secret stay out."""
    named = cli.ok("rotate", "web", "resource/api1", *AT, "--json").json
    assert [each["target"] for each in named] == ["client/web", "resource/api1"]
    assert [e["target"] for e in cli.ok("rotate", "--all", "--tag", "pci", *AT, "--json").json] == [
        "client/web",
        "client/late",
    ]
    assert [e["target"] for e in cli.ok("rotate", "--all", "--owner", "batch@example.com", *AT, "--json").json] == [
        "client/soon"
    ]
    everybody = cli.ok("rotate", "--all", "--out", "out", *AT, "--json")
    assert [e["target"] for e in everybody.json] == [
        *(f"client/{id}" for id in ("web", "soon", "late", SHOP)),
        "resource/api1",
    ]
    assert "client/off" in everybody.err
    assert len(list((cli.path / "out").iterdir())) == 5
    assert cli("rotate", "nobody", *AT).status == 4
    assert cli("rotate", "web", "--pipe-to", "false", *AT).status == 7


def test_a_rotation_that_cannot_be_delivered_changes_nothing(cli: Cli, location: str) -> None:
    """Half of the commands fail: nobody's secrets are touched."""
    before = cli("check", "--json", "--include-disabled", *AT).json
    script = "import os, sys; sys.exit(os.environ['SECRETCTL_TARGET'] == 'client/soon')"
    assert cli("rotate", "--all", "--pipe-to", f'{sys.executable} -c "{script}"', *AT).status == 7
    assert cli("check", "--json", "--include-disabled", *AT).json == before


def test_expired_secrets_are_pruned(cli: Cli, location: str) -> None:
    """Those of all or of one, expired for long enough; a dry run and a missing yes touch nothing."""
    assert cli("prune", *AT).status == 64
    cli("prune", "--dry-run", *AT)
    cli.ok("prune", "--older-than", "100d", "--yes", *AT)
    assert (len(cli.secrets("web")), len(cli.secrets("late"))) == (1, 1)
    cli.ok("prune", "soon", "--yes", *AT)
    assert len(cli.secrets("late")) == 1
    cli.ok("prune", "--yes", *AT)
    assert (cli.secrets("late"), len(cli.secrets("web"))) == ([], 1)


# --- verify --------------------------------------------------------------------------------------------------------


def verdict(cli: Cli, *arguments: object, stdin: str | bytes = b"") -> tuple[bool, Any, Any, Any]:
    """Whether it was accepted, whose it is, how, and why not."""
    ran = cli("verify", *arguments, *AT, "--json", stdin=stdin)
    answer = ran.json
    assert ran.status == (0 if answer["accepted"] else 1)
    return answer["accepted"], answer["target"], answer["method"], answer["reason"]


def test_secrets_are_verified(cli: Cli, location: str) -> None:
    """By TARGET, header, body, request; what is wrong is said the same way."""
    yes = (True, "client/web")
    assert verdict(cli, "web", "--secret-file", "-", stdin=SECRET) == (*yes, "client_secret_basic", None)
    assert verdict(cli, "--basic", "-", stdin=basic("web", SECRET)) == (*yes, "client_secret_basic", None)
    form = f"client_id=web&client_secret={quote_plus(SECRET)}"
    assert verdict(cli, "--form", "-", stdin=form) == (*yes, "client_secret_post", None)
    assert verdict(cli, "--request", "-", stdin=http(form)) == (*yes, "client_secret_post", None)
    odd = basic(SHOP, "a-secret-of-the-odd-one")
    assert verdict(cli, "--basic", "-", stdin=odd) == (True, f"client/{SHOP}", "client_secret_basic", None)
    api = basic("api1", "the-secret-of-api1-itself")
    assert verdict(cli, "--basic", "-", "--kind", "resource", stdin=api)[:2] == (True, "resource/api1")
    assert verdict(cli, "--form", "-", stdin="client_id=spa") == (True, "client/spa", "none", None)
    for id, secret, reason in (
        ("web", OTHER, "mismatch"),
        ("Web", SECRET, "unknown_principal"),
        ("off", "of-someone-who-left-us", "disabled"),
        ("late", "a-secret-that-is-over", "expired"),
        ("jwt", SECRET, "no_matching_secret_type"),
    ):
        assert verdict(cli, "--basic", "-", stdin=basic(id, secret))[::3] == (False, reason)
    for profile in ("identityserver3", "identityserver4", "duende"):
        assert verdict(cli, "web", "--secret-file", "-", "--profile", profile, stdin=SECRET)[0]


def test_certificates_and_assertions_are_verified(cli: Cli, location: str) -> None:
    """Mutual TLS by thumbprint and by certificate, assertions by key and by certificate, a jti once."""
    (cli.path / "tls.pem").write_bytes(certificate("tls").pem)
    (cli.path / "other.pem").write_bytes(certificate("other").pem)
    method = "self_signed_tls_client_auth"
    tls = ("--form", "-", "--client-cert")
    assert verdict(cli, *tls, "tls.pem", stdin="client_id=tls") == (True, "client/tls", method, None)
    assert verdict(cli, *tls, "other.pem", stdin="client_id=tls")[3] == "mismatch"
    good = token(claims("jwt"), ec_key())
    once = ("--assertion", "-", "--replay-cache", "jti.db")
    assert verdict(cli, *once, stdin=good) == (True, "client/jwt", "private_key_jwt", None)
    assert verdict(cli, *once, stdin=good)[3] == "assertion_replayed"
    assert verdict(cli, "--form", "-", stdin=assertion_form(good))[:2] == (True, "client/jwt")
    assert verdict(cli, "--assertion", "-", stdin=token(claims("tls"), certificate("jwt").key))[0]
    assert verdict(cli, "--assertion", "-", stdin=token(claims("jwt", aud="https://else"), ec_key()))[3] == (
        "assertion_audience"
    )


def test_explanations_look_at_others(cli: Cli, location: str) -> None:
    """Why a secret was refused: it is somebody else's, the resource's, an expired one, a stored value."""
    for id, secret, code in (
        ("soon", SECRET, "other_principal"),
        ("web", "the-old-secret-of-web", "expired_sibling"),
        ("web", sha256(SECRET), "stored_value_presented"),
        ("web", f" {SECRET}", "whitespace"),
    ):
        ran = cli("verify", id, "--secret-file", "-", "--explain", "--json", *AT, stdin=secret)
        assert code in {each["code"] for each in ran.json["explanations"]}, (code, ran.out)


def test_batches_are_verified(cli: Cli, location: str) -> None:
    """A result a line, in order."""
    lines = [
        {"authorization": basic("web", SECRET), "ref": 1},
        {"target": "resource/api1", "secret": "the-secret-of-api1-itself", "ref": 2},
        {"assertion": token(claims("jwt"), ec_key()), "ref": 3},
        {"authorization": basic("nobody", SECRET), "ref": 4},
        "no object",
    ]
    ran = cli("verify", "--batch", "-", *AT, stdin="".join(json.dumps(line) + "\n" for line in lines))
    results = [json.loads(line) for line in ran.out.splitlines()]
    assert [result["accepted"] for result in results] == [True, True, True, False, False]
    assert [result.get("ref") for result in results] == [1, 2, 3, 4, None]
    assert ran.status == 1


def test_credentials_are_built(cli: Cli, location: str) -> None:
    """Header and assertion ask the registry first; what they build is accepted."""
    header = cli.ok("header", SHOP, "--secret-file", "-", *AT, stdin="a-secret-of-the-odd-one").out
    assert verdict(cli, "--basic", "-", stdin=header)[0]
    assert cli("header", "web", "--secret-file", "-", *AT, stdin=OTHER).status == 1
    assert cli("header", "nobody", "--secret-file", "-", stdin=OTHER).status == 4
    (cli.path / "key.pem").write_bytes(pem_key(ec_key()))
    jwt = cli.ok("assertion", "jwt", "--key", "key.pem", *AT).out
    assert verdict(cli, "--assertion", "-", stdin=jwt.strip())[:2] == (True, "client/jwt")
    assert cli("assertion", "web", "--key", "key.pem", *AT).status == 1


# --- check, lint, report -------------------------------------------------------------------------------------------


def test_check_says_the_same(cli: Cli, location: str) -> None:
    """Levels, ends and reasons; filters; targets; its exit status."""
    ran = cli("check", "--json", *AT)
    assert ran.status == 2
    assert ran.json["summary"] == {"ok": 7, "warning": 1, "critical": 1, "disabled": 0}
    levels = {row["target"]: (row["level"], row["covered_until"]) for row in ran.json["principals"]}
    assert levels["client/web"] == ("ok", "2026-12-31T00:00:00Z")
    assert levels["client/soon"] == ("warning", "2026-06-20T00:00:00Z")
    assert levels["client/late"] == ("critical", None)
    assert levels["client/tls"] == ("ok", None)
    assert list(levels) == [*(f"client/{id}" for id in clients() if id != "off"), "resource/api1", "resource/api2"]
    assert cli("check", "web", "resource/api1", *AT).status == 0
    assert cli("check", "--owner", "batch@example.com", *AT).status == 1
    assert cli("check", "--tag", "pci", *AT).status == 2
    assert cli("check", "--include-disabled", "--json", *AT).json["summary"]["disabled"] == 1
    assert cli("check", "nobody", *AT).status == 4
    assert cli("check", "--warn", "10d", "soon", *AT).status == 0


def test_check_in_every_format(cli: Cli, location: str) -> None:
    """Each is written, names the same targets, and no stored value."""
    for format in ("table", "json", "csv", "markdown", "junit", "sarif", "github", "prometheus", "nagios", "ics"):
        ran = cli("check", "--format", format, *AT)
        assert ran.status == 2
        assert "soon" in ran.out or format == "nagios"
        assert sha256(SECRET) not in ran.out


def test_an_empty_registry_is_no_alarm(cli: Cli, empty: str) -> None:
    """0 with a note, for each that reads everything."""
    assert "empty" in cli.ok("check").err
    assert cli.ok("client", "list", "--json").json == []
    assert cli("lint", "--json").json == []
    cli.ok("report")
    assert cli.ok("export", "hydra").out.strip() == "[]"


def test_lint_finds_the_same(cli: Cli, location: str) -> None:
    """What is wrong with values and keys, whoever wrote them there."""
    bad = {
        "hex": {"secrets": [stored("SharedSecret", "5ebe2294ecd0e0f08eab7690d2a6ee69" * 2, "h1")]},
        "plain": {"secrets": [stored("SharedSecret", "not hashed at all", "p1")]},
        "typo": {"secrets": [stored("sharedsecret", sha256(SECRET), "y1")]},
        "jwk": {"secrets": [stored("JWK", "{'kty': 'RSA'}", "j1")]},
        "twin": {"secrets": [shared(SECRET, "t1")]},
        "bare": {},
    }
    cli.write(registry_text(bad), "bad.toml")
    cli.ok("apply", "bad.toml", location, "--yes")
    ran = cli("lint", "--json", *AT)
    assert ran.status == 2
    found = {(each["target"], each["rule"]) for each in ran.json}
    assert {
        ("client/hex", "stored-value-hex"),
        ("client/plain", "stored-value-plaintext"),
        ("client/typo", "type-unknown"),
        ("client/jwk", "jwk-invalid"),
        ("client/bare", "secret-missing"),
        ("client/late", "secret-missing"),
    } <= found
    assert any(rule == "secret-shared" for _, rule in found)
    for format in ("table", "sarif", "github", "junit"):
        assert cli("lint", "--format", format, *AT).status == 2


def test_a_report(cli: Cli, location: str) -> None:
    """As text, and as a page that holds every principal."""
    assert "client/soon" in cli.ok("report", *AT).out
    cli.ok("report", "--html", "report.html", *AT)
    page = (cli.path / "report.html").read_text("utf-8")
    assert "Web shop" in page
    assert sha256(SECRET) not in page


# --- interchange ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["identityserver", "rfc7591", "hydra", "keycloak"])
def test_formats_go_out_and_in(cli: Cli, location: str, new_registry: Callable[[str], str], format: str) -> None:
    """An export is imported into an empty registry of the same kind, and importing it again changes nothing."""
    exported = cli.ok("export", format)
    other = new_registry("other")
    file = cli.write(exported.out, "export.json")
    imported = cli.ok("import", format, file, "-r", other, "--values", "hashed", "--dry-run", "--json")
    assert imported.json["summary"]["add"] > 0
    assert cli.ok("client", "list", "-r", other, "--json").json == []
    cli.ok("import", format, file, "-r", other, "--values", "hashed")
    again = cli.ok("import", format, file, "-r", other, "--values", "hashed", "--json").json
    assert again["changes"] == []
    assert {row["id"] for row in cli.ok("client", "list", "-r", other, "--json").json} == set(clients())
    if format == "identityserver":
        assert cli("diff", location, other).status == 0


def test_csv_and_scripts_go_out(cli: Cli, location: str) -> None:
    """A row a secret; a script for each schema, and each dialect."""
    rows = list(csv.DictReader(io.StringIO(cli.ok("export", "csv").out)))
    assert {row["target"] for row in rows} >= {"client/web", "resource/api1"}
    for schema, dialect in (
        ("identityserver3", "sqlserver"),
        ("identityserver4", "mysql"),
        ("duende", "postgresql"),
        ("duende", "sqlite"),
    ):
        assert sha256(SECRET) in cli.ok("export", "sql", "--schema", schema, "--dialect", dialect).out


def test_an_import_adds_and_updates(cli: Cli, location: str) -> None:
    """Plaintext is hashed, what is stated is changed, the rest stays; hostile input is refused as a whole."""
    before = cli.ok("client", "show", "web", "--json").json
    clients = [{"client_id": "web", "client_name": "Shop"}, {"client_id": "new", "client_secret": SECRET}]
    file = cli.write(json.dumps(clients), "clients.json")
    cli.ok("import", "rfc7591", file, "--hash", "sha256")
    assert cli.ok("client", "show", "web", "--json").json == {**before, "name": "Shop"}
    assert cli("verify", "new", "--secret-file", "-", *AT, stdin=SECRET).status == 0
    bad = cli.write(json.dumps([{"client_id": "fine"}, {"client_id": 7}]), "bad.json")
    assert cli("import", "rfc7591", bad).status == 3
    assert cli("client", "show", "fine").status == 4


def test_diff_and_apply(cli: Cli, location: str) -> None:
    """Forth, back, with and without --prune, the guard, a dry run; a second run does nothing."""
    assert cli("diff", "seed.toml", location).status == 0
    assert cli("diff", location, "seed.toml").status == 0
    changed = clients()
    del changed["off"]
    changed["web"]["owner"] = "new@example.com"
    changed["web"]["secrets"][1]["description"] = "renamed"
    changed["soon"]["secrets"].append(shared("one-more-of-them", "s9"))
    changed["fresh"] = {"secrets": [shared("a-fresh-one-of-them", "f1")]}
    cli.write(registry_text(changed, resources()), "changed.toml")
    ran = cli("diff", "changed.toml", location, "--json")
    assert (ran.status, ran.json["summary"]) == (1, {"add": 1, "change": 2, "remove": 1})
    assert cli("apply", "changed.toml", location, "--dry-run").status == 1
    assert cli("apply", "changed.toml", location).status == 64
    assert cli("diff", "seed.toml", location).status == 0
    assert cli.ok("apply", "changed.toml", location, "--yes", "--json").json["summary"]["remove"] == 0
    assert cli.ok("apply", "changed.toml", location, "--yes", "--json").json["changes"] == []
    assert cli.ok("client", "show", "off", "--json").json["enabled"] is False
    cli.ok("apply", "changed.toml", location, "--yes", "--prune")
    assert cli("client", "show", "off").status == 4
    assert cli("diff", "changed.toml", location).status == 0
    bare = clients()
    bare["web"]["secrets"] = []
    cli.write(registry_text(bare, resources()), "bare.toml")
    assert cli("apply", "bare.toml", location, "--yes", "--prune").status == 6
    assert cli("diff", "changed.toml", location).status == 0
    cli.ok("apply", "bare.toml", location, "--yes", "--prune", "--force")
    assert cli("diff", "bare.toml", location).status == 0


def test_settings_decide_in_every_registry(cli: Cli, empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Policy and profile, from the file itself or beside the database."""
    text = registry_text(validation={"profile": "duende"}) + "\n[policy]\nrequire_expiration = true\n"
    if empty.endswith(".toml"):
        cli.write(text, "registry.toml")
    else:
        monkeypatch.setenv("SECRETCTL_SETTINGS", str(cli.write(text, "settings.toml")))
    cli.ok("client", "add", "web")
    assert cli("secret", "add", "web").status == 6
    assert cli("secret", "add", "web", "--expires", "90d", "--hash", "argon2id").status == 6
    secret = cli.ok("secret", "add", "web", "--expires", "90d").out.strip()
    ran = cli("verify", "web", "--secret-file", "-", "--json", stdin=secret)
    assert (ran.status, ran.json["profile"]) == (0, "duende")


# --- around them ---------------------------------------------------------------------------------------------------


def test_tab_completes_from_every_registry(cli: Cli, location: str, sid: Callable[[str, int], str]) -> None:
    """Targets, ids, secret ids, owners and tags."""
    from secretctl.cli.candidates import complete_words

    def words(*line: str) -> list[str]:
        return [candidate.word for candidate in complete_words(list(line)) or []]

    assert words("verify", "client/s") == ["client/soon", "client/spa"]
    assert words("verify", "resource/") == ["resource/api1", "resource/api2"]
    assert words("client", "show", "we") == ["web"]
    assert words("secret", "remove", "web", "") == [sid("web", 0), sid("web", 1)]
    assert words("check", "--owner", "s") == ["shop@example.com"]
    assert words("check", "--tag", "") == ["eu", "pci"]


def test_plugins_follow_the_settings(cli: Cli, location: str) -> None:
    """The parsers and validators in force."""
    listed = cli.ok("plugins", "--json").json
    assert "basic" in json.dumps(listed)
    assert "shared_secret" in json.dumps(listed)


def test_names_of_registries_hold_no_password(cli: Cli, location: str) -> None:
    """Neither errors nor questions show one."""
    if "://" not in location or location.startswith("sqlite"):
        pytest.skip("a file has no password")
    hidden = location.replace("postgres:@", "postgres:hunter2@").replace("root@", "root:hunter2@")
    for arguments in (("client", "show", "nobody"), ("apply", "none.toml", hidden), ("init", hidden)):
        ran = cli(*arguments, *(("-r", hidden) if arguments[0] == "client" else ()))
        assert "hunter2" not in ran.out + ran.err
