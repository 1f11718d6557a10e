"""From a file to elsewhere and back, on the command line: no secret, date, owner, tag or odd character is lost."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from secretctl.stores import open_store
from tests.acceptance.kit import certificate, ec_key, jwk, sha256, sha512

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Cli

FULL = f"""\
schema = 1
name = "prod"

[clients.web]
name = "Wéb 商店 🛒"
description = "Sells \\"things\\" 'and' \\\\ more\\nover two lines; -- $(rm) %s :x \\u202e"
owner = "team-shop@example.com"
tags = ["pci", "a, b", " blank ", "[x]"]
grant_types = ["client_credentials", "authorization_code"]
scopes = ["api1", "api1.read"]

[[clients.web.secrets]]
id = "7f3a91c2"
type = "SharedSecret"
value = "{sha256("one")}"
description = "2026 secret; it's \\"odd\\""
created = 2026-01-01T00:00:00Z
expiration = 2026-12-31T23:59:59.123456Z

[[clients.web.secrets]]
value = "{sha512("two")}"
expiration = 2027-01-01

[[clients.web.secrets]]
id = "argon"
type = "SharedSecret"
value = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
expiration = 2030-06-01T12:00:00+02:00
created = 2020-02-29T23:00:00.5-01:00

[clients."an.id with 'quotes'"]
enabled = false
require_secret = false

[clients."{"x" * 200}"]
secrets = [{{ id = "1", type = "X509Thumbprint", value = "{certificate("t").sha1}", expiration = "2026-12-31T00:00:00Z" }}]

[[clients.keys.secrets]]
type = "X509CertificateBase64"
value = "{certificate("c").base64}"
expiration = 2026-12-31T00:00:00

[[clients.keys.secrets]]
type = "JWK"
value = '{jwk(ec_key(), kid="k")}'

[[clients.keys.secrets]]
type = "X509Name"
value = "CN=web, O=\\"Acme, Inc.\\", C=DE"

[[clients.keys.secrets]]
type = "Corporate"
value = "of a plug-in"

[resources.web]
display_name = "Our API"
description = "d"
owner = "o"
tags = ["t"]
scopes = ["api1", "x"]

[[resources.web.secrets]]
id = "r1"
type = "SharedSecret"
value = "{sha256("three")}"
expiration = 9999-12-31T23:59:59Z

[resources.api2]
enabled = false
"""


def told(location: object) -> list[Any]:
    """All that a registry holds, but for the ids of secrets, which others number themselves, and dates of now."""
    old = datetime(2026, 6, 1, tzinfo=UTC)
    return [
        (
            each.target, each.label, each.description or None, each.enabled, each.public, each.owner, sorted(each.tags),
            sorted(each.scopes), sorted(getattr(each, "grant_types", ())),
            [
                (one.type, one.value, one.description or None, one.expiration, one.created and min(one.created, old))
                for one in each.secrets
            ],
        )
        for each in open_store(str(location)).principals()
    ]  # fmt: skip


def with_creation(rows: list[Any]) -> list[Any]:
    """What comes back from a database, which knows when every row came to be: a date of now where there was none."""
    old = datetime(2026, 6, 1, tzinfo=UTC)
    return [(*row[:-1], [(*secret[:-1], secret[-1] or old) for secret in row[-1]]) for row in rows]


@pytest.fixture
def full(cli: Cli) -> str:
    """The registry, as a file."""
    return str(cli.write(FULL, "full.toml"))


@pytest.fixture
def back(cli: Cli) -> str:
    """An empty file to come back to."""
    return str(cli.write("schema = 1\n", "back.toml"))


def run_script(url: str, script: str) -> None:
    """A script as a person would run it."""
    from secretctl.stores.sql.location import parse

    location = parse(url)
    if location.file is not None:
        with closing(sqlite3.connect(location.file)) as connection:
            connection.executescript(script)
    elif "unix_socket" in location.url.query:
        socket = f"--socket={location.url.query['unix_socket']}"
        command = ["mariadb", "--no-defaults", socket, str(location.url.database)]
        subprocess.run(command, input=script, text=True, check=True, timeout=60)
    else:
        import psycopg

        parameters = {"host": location.url.query["host"], "dbname": location.url.database, "user": "postgres"}
        with psycopg.connect(**parameters, autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute(f"SET search_path = {location.schema}".encode())
            connection.execute(script.encode())


def test_appsettings(cli: Cli, full: str, back: str) -> None:
    """Toml → identityserver → toml; the second export is the same text."""
    exported = cli.ok("export", "identityserver", "-r", full)
    assert [line for line in exported.err.splitlines() if "it is written" not in line] == []  # the server knows no PHC
    cli.write(exported.out, "appsettings.json")
    cli.ok("import", "identityserver", "appsettings.json", "-r", back)
    assert told(back) == told(full)
    assert cli("diff", full, back).status == 0
    assert cli.ok("export", "identityserver", "-r", back).out == exported.out


@pytest.mark.parametrize("schema", ["duende", "identityserver4"])
def test_databases(cli: Cli, full: str, back: str, database: Callable[[str], str], schema: str) -> None:
    """Toml → database → toml, twice."""
    url = database(schema)
    applied = cli.ok("apply", full, url, "--yes", "--json")
    assert applied.json["losses"] == []
    assert cli("diff", full, url).status == 0
    assert cli("diff", url, full).status == 0
    cli.ok("apply", url, back, "--yes")
    assert told(back) == with_creation(told(full))
    assert cli("diff", full, back).status == 0
    assert cli.ok("apply", url, full, "--yes", "--prune", "--json").json["changes"] == []
    assert (cli.path / "full.toml").read_text("utf-8") == FULL


@pytest.mark.parametrize("schema", ["duende", "identityserver4"])
def test_scripts(cli: Cli, full: str, back: str, database: Callable[[str], str], schema: str) -> None:
    """Toml → sql script → database → toml; the script may run again."""
    url = database(schema)
    dialect = {"sqlite": "sqlite", "postgresql": "postgresql"}.get(url.partition(":")[0], "mysql")
    exported = cli.ok("export", "sql", "--schema", schema, "--dialect", dialect, "-r", full)
    assert "not exported" not in exported.err
    run_script(url, exported.out)
    assert cli("diff", full, url).status == 0
    run_script(url, exported.out)
    cli.ok("apply", url, back, "--yes")
    assert told(back) == with_creation(told(full))


def test_what_identityserver3_has_no_place_for(cli: Cli, full: str, back: str, database: Callable[[str], str]) -> None:
    """What does not decide who is let in is listed and left out, and then no difference; the rest is refused."""
    url = database("identityserver3")
    refused = cli("apply", full, url, "--yes", "--json")
    assert (refused.status, refused.error["code"]) == (6, "not_in_schema")
    assert "require_secret" in refused.error["message"]
    fitting = cli.write(
        f"""\
schema = 1
[clients.web]
description = "d"
owner = "o"
tags = ["t"]
grant_types = ["client_credentials"]
[[clients.web.secrets]]
value = "{sha256("one")}"
expiration = 2026-12-31T00:00:00Z
[resources.api1]
owner = "o"
scopes = ["api1", "x"]
[resources.bare]
""",
        "fitting.toml",
    )
    ran = cli("apply", fitting, url, "--dry-run", "--json")
    lost = {(loss["subject"], loss["field"]) for loss in ran.json["losses"]}
    assert lost == {
        ("client/web", "description"),
        ("client/web", "owner"),
        ("client/web", "tags"),
        ("resource/api1", "owner"),
        ("resource/api1", "scopes"),
    }
    assert "not written: owner of client/web, resource/api1" in ran.err
    ran = cli.ok("apply", fitting, url, "--yes")
    assert "not written: tags of client/web" in ran.err
    for pair in ((fitting, url), (url, fitting)):
        ran = cli("diff", *pair)
        assert (ran.status, ran.out) == (0, "")
    assert "owner of client/web" in cli("diff", fitting, url).err
    assert cli.ok("apply", url, fitting, "--yes", "--json").json["changes"] == []
    cli.ok("apply", url, back, "--yes")
    assert [row[0].id for row in told(back)] == ["web", "api1", "bare"]
    assert cli("client", "set", "web", "--owner", "x", "-r", url).status == 6
