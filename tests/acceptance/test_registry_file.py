"""The registry file as people write it: read in every legal spelling, edited without a trace elsewhere, refused with a place."""

from __future__ import annotations

import difflib
import os
import stat
import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.kit import authority, certificate, sha256

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

DOCUMENTED = """\
schema = 1
name = "prod"                                # names the registry; the keyring service is secretctl/<name>

[issuer]
url = "https://id.example.com"               # what a client assertion's aud must be
token_endpoint = "https://id.example.com/connect/token"

[validation]                                 # all optional
profile = "rfc"
parsers = ["basic", "post_body", "client_assertion", "mutual_tls"]
validators = ["shared_secret", "x509_thumbprint", "x509_name", "private_key_jwt"]
trust = "ca.pem"                             # CA bundle for X509Name, relative to this file
assertion_algorithms = ["PS256", "ES256", "EdDSA", "RS256"]

[policy]                                     # all optional
require_expiration = true
max_lifetime = "365d"
default_lifetime = "365d"
overlap = "7d"
warn = "30d"
critical = "7d"
min_length = 32                              # characters, generated secrets
allowed_hashes = ["sha256", "sha512", "argon2id", "scrypt"]
allowed_types = ["SharedSecret", "X509CertificateBase64", "JWK"]
min_rsa_bits = 2048
prefix = "acme_"

[clients.web]
name = "Web shop"
description = "…"
enabled = true                               # default true
require_secret = true                        # default true; false is a public client
owner = "team-shop@example.com"
tags = ["pci"]
grant_types = ["client_credentials"]
scopes = ["api1", "api2"]

[[clients.web.secrets]]
id = "7f3a91c2"
type = "SharedSecret"
value = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="
description = "2026 secret"
created = 2026-01-01T00:00:00Z
expiration = 2026-12-31T00:00:00Z

[resources.api1]
display_name = "Our API"
scopes = ["api1"]
[[resources.api1.secrets]]
type = "SharedSecret"
value = "AUwkP/lg6Hr8hIJkj0HiCE3OdlqgYtzcv04OQ8TbikE="
"""


def changes(before: bytes, after: bytes) -> tuple[list[str], list[str]]:
    """The lines that went and the lines that came, with their line ends."""
    old, new = (text.decode().splitlines(keepends=True) for text in (before, after))
    marks = [line for line in difflib.ndiff(old, new) if line[0] in "+-"]
    return [line[2:] for line in marks if line[0] == "-"], [line[2:] for line in marks if line[0] == "+"]


def edited(cli: Cli, *command: object, stdin: str = "") -> tuple[list[str], list[str]]:
    """What a command changes in the file."""
    before = cli.registry.read_bytes()
    cli.ok(*command, stdin=stdin)
    return changes(before, cli.registry.read_bytes())


def by_hand(cli: Cli, text: str | bytes) -> None:
    """Write the registry exactly so."""
    cli.registry.write_bytes(text.encode() if isinstance(text, str) else text)
    cli.registry.chmod(0o600)


# --- reading -------------------------------------------------------------------------------------------------------


def test_the_example_of_the_documentation(cli: Cli) -> None:
    """Every key is understood."""
    by_hand(cli, DOCUMENTED)
    shown = cli.ok("client", "show", "web", "--json").json
    for key, value in {
        "target": "client/web", "kind": "client", "id": "web", "name": "Web shop", "description": "…", "enabled": True,
        "require_secret": True, "owner": "team-shop@example.com", "tags": ["pci"], "grant_types": ["client_credentials"], "scopes": ["api1", "api2"],
    }.items():  # fmt: skip
        assert shown[key] == value
    (secret,) = shown["secrets"]
    assert secret["id"] == "7f3a91c2"
    assert secret["description"] == "2026 secret"
    assert secret["created"] == "2026-01-01T00:00:00Z"
    assert secret["expiration"] == "2026-12-31T00:00:00Z"
    assert cli.ok("verify", "client/web", "--secret-file", "-", "--at", "2026-06-01", stdin="secret").out
    assert cli.ok("verify", "scope/api1", "--secret-file", "-", stdin="api-secret").out
    assert cli.ok("resource", "show", "api1", "--json").json["display_name"] == "Our API"


@pytest.mark.parametrize(("written", "instant"), [
    ("2026-12-31T00:00:00Z", "2026-12-31T00:00:00Z"), ("2026-12-31T02:00:00+02:00", "2026-12-31T00:00:00Z"), ("2026-12-31 00:00:00Z", "2026-12-31T00:00:00Z"),
    ("2026-12-31T00:00:00", "2026-12-31T00:00:00Z"), ("2026-12-31", "2026-12-31T00:00:00Z"), ('"2026-12-31T00:00:00Z"', "2026-12-31T00:00:00Z"),
    ('"2026-12-31T02:00:00+02:00"', "2026-12-31T00:00:00Z"), ("'2026-12-31T00:00:00Z'", "2026-12-31T00:00:00Z"), ('"""2026-12-31T00:00:00Z"""', "2026-12-31T00:00:00Z"),
])  # fmt: skip
def test_expirations_by_hand(cli: Cli, written: str, instant: str) -> None:
    """Offset date-times, local ones, dates and RFC 3339 strings; they keep their spelling when something else is edited."""
    by_hand(cli, f'schema = 1\n[clients.web]\n[[clients.web.secrets]]\nid = "a1"\ntype = "SharedSecret"\nvalue = "{sha256("x" * 20)}"\nexpiration = {written}\n')  # fmt: skip
    assert cli.secrets("client/web")[0]["expiration"] == instant
    went, came = edited(cli, "secret", "set", "client/web", "a1", "--description", "noted")
    assert went == []
    assert came == ['description = "noted"\n']


def test_fractions_of_seconds(cli: Cli) -> None:
    """An expiration to the microsecond is exact: valid up to and including."""
    by_hand(cli, f'schema = 1\n[clients.web]\n[[clients.web.secrets]]\nid = "a1"\ntype = "SharedSecret"\nvalue = "{sha256("x" * 20)}"\nexpiration = 2026-06-01T00:00:00.5Z\n')  # fmt: skip
    for at, status in (
        ("2026-06-01T00:00:00.5Z", 0),
        ("2026-06-01T00:00:00.500001Z", 1),
        ("2026-06-01T00:00:00Z", 0),
        ("2026-06-01T00:00:01Z", 1),
    ):
        assert cli("verify", "web", "--secret-file", "-", "--at", at, stdin="x" * 20).status == status


def test_secrets_without_ids(cli: Cli) -> None:
    """A stable id from type and value, by which it is addressed, and which is written at the next edit of that secret only."""
    values = [sha256(letter * 20) for letter in "xyz"]
    text = "schema = 1\n[clients.web]\n" + "".join(
        f'[[clients.web.secrets]]\ntype = "SharedSecret"\nvalue = "{value}"\n' for value in values
    )
    by_hand(cli, text)
    first = [each["id"] for each in cli.secrets("client/web")]
    assert len(set(first)) == 3
    assert [each["id"] for each in cli.secrets("client/web")] == first
    by_hand(cli, text.replace("clients.web", "clients.other") + "# moved\n")
    assert [each["id"] for each in cli.secrets("client/other")] == first
    by_hand(cli, text)
    assert edited(cli, "client", "set", "web", "--owner", "o") == ([], ['owner = "o"\n'])
    went, came = edited(cli, "secret", "set", "client/web", first[1][:6], "--description", "second")
    assert went == []
    assert sorted(came) == sorted([f'id = "{first[1]}"\n', 'description = "second"\n'])
    assert [each["id"] for each in cli.secrets("client/web")] == first
    cli.ok("secret", "remove", "client/web", first[0], "--yes")
    assert [each["id"] for each in cli.secrets("client/web")] == first[1:]


def test_the_same_value_twice_without_ids(cli: Cli) -> None:
    """Two secrets of the same type and value stay two, and one of them can be removed."""
    secret = f'[[clients.web.secrets]]\ntype = "SharedSecret"\nvalue = "{sha256("x" * 20)}"\n'
    by_hand(cli, "schema = 1\n[clients.web]\n" + secret * 2)
    listed = cli.secrets("client/web")
    assert len({each["id"] for each in listed}) == 2
    cli.ok("secret", "remove", "client/web", listed[1]["id"], "--yes")
    assert len(cli.secrets("client/web")) == 1


def test_types_by_default_and_in_other_spellings(cli: Cli) -> None:
    """A secret without a type is what IdentityServer makes of it, a shared one; an unknown type is kept and never matches."""
    by_hand(cli, f'schema = 1\n[clients.web]\n[[clients.web.secrets]]\nvalue = "{sha256("x" * 20)}"\n[[clients.web.secrets]]\ntype = "Sharedsecret"\nvalue = "{sha256("y" * 20)}"\n')  # fmt: skip
    listed = cli.secrets("client/web")
    assert [each["type"] for each in listed] == ["SharedSecret", "Sharedsecret"]
    assert listed[1]["status"] == "invalid"
    assert cli("verify", "web", "--secret-file", "-", stdin="y" * 20).status == 1


def test_principals_in_every_legal_layout(cli: Cli) -> None:
    """Inline tables, dotted keys, quoted and literal keys, empty tables, tables out of order: all are read and can be edited."""
    x, y = sha256("x" * 20), sha256("y" * 20)
    text = f'''\
schema = 1
clients.dotted.name = "by dots" # keep
clients.dotted.secrets = [{{ id = "d1", type = "SharedSecret", value = "{x}" }}, {{ id = "d2", type = "SharedSecret", value = "{y}" }}]
clients.inline = {{ name = "inline", secrets = [ {{ id = "i1", type = "SharedSecret", value = '{x}' }} ] }}
resources = {{ api1 = {{ display_name = "API", tags = [ "a", "b" ] }} }}

[unknown.table]
key = """
[clients.not]
name = "a table only in a string"
"""

[clients."quoted id"]
"name" = 'q'
secrets = [
  # a comment in an array
  {{ id = "q1", type = "SharedSecret", value = "{x}", my_note = "kept" }}, # after
]

[clients.empty]

[clients.'li.teral']
[[clients.'li.teral'.secrets]]
id = "l1"
type = "SharedSecret"
value = "{x}"
  [clients.'li.teral'.mine]
  unknown = [1, 2.5, true, 1979-05-27]

[zzz]
a = 1
'''
    by_hand(cli, text)
    assert sorted(each["id"] for each in cli.ok("client", "list", "--json").json) == [
        "dotted",
        "empty",
        "inline",
        "li.teral",
        "quoted id",
    ]
    before = tomllib.loads(text)
    for target, sid in (
        ("client/dotted", "d1"),
        ("client/inline", "i1"),
        ("client/quoted id", "q1"),
        ("client/li.teral", "l1"),
    ):
        cli.ok("secret", "set", target, sid, "--description", "noted")
        cli.ok("secret", "add", target, "--expires", "2030-01-01")
        cli.ok("secret", "expire", target, sid, "--at", "2029-01-01")
    cli.ok("client", "set", "inline", "--owner", "o")
    cli.ok("client", "set", "dotted", "--clear", "name")
    cli.ok("resource", "set", "api1", "--tag", "c")
    cli.ok("secret", "add", "client/empty")
    cli.ok("secret", "add", "resource/api1")
    cli.ok("client", "rename", "quoted id", "renamed id")
    cli.ok("client", "remove", "empty", "--yes")
    after = tomllib.loads(cli.registry.read_text())
    assert after["unknown"] == before["unknown"]
    assert after["zzz"] == before["zzz"]
    assert after["clients"]["li.teral"]["mine"] == before["clients"]["li.teral"]["mine"]
    assert after["clients"]["renamed id"]["secrets"][0]["my_note"] == "kept"
    assert after["clients"]["renamed id"]["secrets"][0]["description"] == "noted"
    assert "name" not in after["clients"]["dotted"]
    assert after["clients"]["inline"]["owner"] == "o"
    assert after["resources"]["api1"]["tags"] == ["c"]
    assert set(after["clients"]) == {"dotted", "inline", "renamed id", "li.teral"}
    for kept in (
        '"""\n[clients.not]\nname = "a table only in a string"\n"""\n',
        "  # a comment in an array\n",
        "  unknown = [1, 2.5, true, 1979-05-27]\n",
        "\"name\" = 'q'\n",
    ):
        assert kept in cli.registry.read_text()
    for target, count in (("client/dotted", 3), ("client/inline", 2), ("client/renamed id", 2), ("client/li.teral", 2)):
        assert len(cli.secrets(target)) == count


# --- editing -------------------------------------------------------------------------------------------------------


def test_minimal_differences(cli: Cli) -> None:
    """Each command changes the lines that it is about, and no other."""
    by_hand(cli, DOCUMENTED)
    assert edited(cli, "client", "set", "web", "--owner", "new@example.com") == (
        ['owner = "team-shop@example.com"\n'], ['owner = "new@example.com"\n'])  # fmt: skip
    went, came = edited(cli, "client", "disable", "web")
    assert went == ["enabled = true                               # default true\n"]
    assert came == ["enabled = false                               # default true\n"]
    went, came = edited(cli, "client", "enable", "web")
    assert len(went) == len(came) == 1
    assert edited(cli, "client", "set", "web", "--clear", "tags") == (['tags = ["pci"]\n'], [])
    assert edited(cli, "client", "set", "web", "--scope", "api1", "--scope", "api3") == (
        ['scopes = ["api1", "api2"]\n'],
        ['scopes = ["api1", "api3"]\n'],
    )
    assert edited(cli, "secret", "set", "client/web", "7f3a", "--description", "x") == (
        ['description = "2026 secret"\n'],
        ['description = "x"\n'],
    )
    assert edited(cli, "secret", "expire", "client/web", "7f3a", "--at", "2026-12-01", "--force") == (
        ["expiration = 2026-12-31T00:00:00Z\n"], ["expiration = 2026-12-01T00:00:00Z\n"])  # fmt: skip
    went, came = edited(cli, "secret", "add", "client/web", "--expires", "30d", "--description", "more")
    assert went == []
    assert [line.split(" = ")[0].strip() for line in came if line.strip()] == [
        "[[clients.web.secrets]]", "id", "type", "value", "description", "created", "expiration"]  # fmt: skip
    went, came = edited(cli, "client", "add", "other", "--name", "Other")
    assert went == []
    assert [line for line in came if line.strip()] == ["[clients.other]\n", 'name = "Other"\n']
    went, came = edited(cli, "client", "rename", "other", "an other")
    assert (went, came) == (["[clients.other]\n"], ['[clients."an other"]\n'])
    went, came = edited(cli, "client", "remove", "an other", "--yes")
    assert came == []
    assert [line for line in went if line.strip()] == ['[clients."an other"]\n', 'name = "Other"\n']
    went, came = edited(cli, "secret", "remove", "client/web", "7f3a", "--yes")
    assert came == []
    assert "[[clients.web.secrets]]\n" in went
    assert len([line for line in went if line.strip()]) == 7


def test_adding_and_removing_returns_to_the_same_bytes(cli: Cli) -> None:
    """What was added leaves nothing behind when it is removed."""
    by_hand(cli, DOCUMENTED)
    cli.ok("client", "add", "new", "--owner", "o")
    cli.ok("client", "remove", "new", "--yes")
    assert cli.registry.read_text() == DOCUMENTED
    cli.ok("secret", "add", "client/web", "--expires", "10d", "--json")
    new = next(each["id"] for each in cli.secrets("client/web") if each["id"] != "7f3a91c2")
    cli.ok("secret", "remove", "client/web", new, "--yes")
    assert cli.registry.read_text() == DOCUMENTED


def test_what_changes_nothing_writes_nothing(cli: Cli) -> None:
    """The same owner again, enabling what is enabled: the same bytes and the same file."""
    by_hand(cli, DOCUMENTED)
    before = cli.registry.stat()
    for command in (["client", "set", "web", "--owner", "team-shop@example.com"], ["client", "enable", "web"], ["prune", "--yes", "--at", "2026-01-02"],
                    ["rotate", "--due", "1d", "--at", "2026-01-02"]):  # fmt: skip
        cli.ok(*command)
    after = cli.registry.stat()
    assert cli.registry.read_text() == DOCUMENTED
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.parametrize("eol", ["\n", "\r\n"])
@pytest.mark.parametrize("final", [True, False])
def test_line_ends(cli: Cli, eol: str, final: bool) -> None:
    """New lines take the file's own ends, with or without one at the end of the file."""
    text = DOCUMENTED.replace("\n", eol)
    by_hand(cli, text if final else text.removesuffix(eol))
    cli.ok("client", "add", "new", "--owner", "o")
    cli.ok("secret", "add", "client/new")
    cli.ok("secret", "add", "client/web", "--expires", "20d")
    cli.ok("resource", "set", "api1", "--owner", "o")
    data = cli.registry.read_bytes()
    assert data.count(b"\n") == data.count(eol.encode())
    assert (b"\r" in data) == (eol == "\r\n")
    tomllib.loads(data.decode())


def test_comments_stay_where_they_are(cli: Cli) -> None:
    """Comments before, after and within tables survive every edit of their neighbours."""
    text = """\
# head

schema = 1 # one

# about web
[clients.web] # the shop
# before the name
name = "Web"   # its name
# after the name

# about its secret
[[clients.web.secrets]] # the first
# inside
id = "a1" # an id
type = "SharedSecret"
value = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="
# last of the secret

# about app
[clients.app]
# only a comment here

# tail"""
    by_hand(cli, text)
    comments = [line.strip() for line in text.splitlines() if line.strip().startswith("#")]
    for command in (
        ["client", "set", "web", "--name", "New", "--owner", "o"], ["secret", "add", "client/web"], ["secret", "set", "client/web", "a1", "--description", "d"],
        ["secret", "add", "client/app"], ["client", "set", "app", "--tag", "t"], ["client", "disable", "app"], ["client", "add", "third"],
        ["secret", "expire", "client/web", "a1", "--at", "2030-01-01"], ["rotate", "client/web"], ["client", "rename", "app", "application"],
    ):  # fmt: skip
        cli.ok(*command)
        now = cli.registry.read_text()
        assert [line.strip() for line in now.splitlines() if line.strip().startswith("#")] == comments, command
        for kept in (
            "schema = 1 # one\n",
            "[clients.web] # the shop\n",
            "[[clients.web.secrets]] # the first\n",
            'id = "a1" # an id\n',
        ):
            assert kept in now


def test_values_that_toml_must_escape(cli: Cli) -> None:
    """Quotes, backslashes, new lines, NEL and emoji round-trip through the file."""
    cli.ok("init", "--name", "q\"\\'")
    for text in ('a "b" \\ c', "tab\there", "new\nline", "é😀", "'''\"\"\"", "#no comment", "\x7f", "trailing \\"):
        cli.ok("client", "add", f"c{len(cli.ok('client', 'list', '--json').json)}", "--name", text, "--tag", text)
        last = cli.ok("client", "list", "--json").json[-1]
        assert (last["name"], last["tags"]) == (text, [text])
    tomllib.loads(cli.registry.read_text())


# --- refusing ------------------------------------------------------------------------------------------------------

HEAD = "schema = 1\n[clients.ok]\n"

BROKEN: list[tuple[str, bytes, str]] = [
    ("newer schema", b"schema = 2\n", "schema"),
    ("newest schema", b"schema = 99999999999999999999\n[clients.x]\n", "schema"),
    ("schema of a wrong type", b'schema = "1"\n', "schema"),
    ("schema as a truth", b"schema = true\n", "schema"),
    ("schema zero", b"schema = 0\n", "schema"),
    ("byte-order mark", b"\xef\xbb\xbfschema = 1\n", "secretctl.toml"),
    ("UTF-16", "schema = 1\n".encode("utf-16"), "secretctl.toml"),
    ("invalid UTF-8", HEAD.encode() + b'name = "\xff"\n', "3"),
    ("syntax", HEAD.encode() + b"name = \n", "3"),
    ("syntax at the end", HEAD.encode() + b"[clients.web", "3"),
    ("bare CR", HEAD.encode() + b'name = "a"\r[clients.b]\n', "3"),
    ("NUL", HEAD.encode() + b'name = "\x00"\n', "3"),
    ("a table twice", HEAD.encode() + b"[clients.ok]\n", "3"),
    ("a key twice", HEAD.encode() + b'name = "a"\nname = "b"\n', "4"),
    ("git's conflict marks", HEAD.encode() + b"<<<<<<< HEAD\nname = 'a'\n=======\n", "3"),
    ("client of a wrong type", b"schema = 1\n[clients]\nok = 5\n", "3"),
    ("clients of a wrong type", b"schema = 1\nclients = []\n", "2"),
    ("clients as an array", b"schema = 1\n[[clients]]\nid = 'web'\n", "2"),
    ("name of a wrong type", HEAD.encode() + b"name = 5\n", "3"),
    ("enabled of a wrong type", HEAD.encode() + b'enabled = "yes"\n', "3"),
    ("require_secret of a wrong type", HEAD.encode() + b"require_secret = 1\n", "3"),
    ("tags of a wrong type", HEAD.encode() + b'tags = "pci"\n', "3"),
    ("a tag of a wrong type", HEAD.encode() + b'tags = ["pci", 5]\n', "3"),
    ("secrets of a wrong type", HEAD.encode() + b"secrets = {}\n", "3"),
    ("a secret of a wrong type", HEAD.encode() + b'secrets = ["x"]\n', "3"),
    ("value of a wrong type", HEAD.encode() + b"[[clients.ok.secrets]]\ntype = 'SharedSecret'\nvalue = 5\n", "5"),
    ("value missing", HEAD.encode() + b"[[clients.ok.secrets]]\ntype = 'SharedSecret'\n", "3"),
    ("type of a wrong type", HEAD.encode() + b"[[clients.ok.secrets]]\ntype = 5\nvalue = 'x'\n", "4"),
    ("expiration of a wrong type", HEAD.encode() + b"[[clients.ok.secrets]]\ntype = 'SharedSecret'\nvalue = 'x'\nexpiration = 5\n", "6"),
    ("expiration as a time", HEAD.encode() + b"[[clients.ok.secrets]]\ntype = 'SharedSecret'\nvalue = 'x'\nexpiration = 12:00:00\n", "6"),
    ("expiration nobody understands", HEAD.encode() + b"[[clients.ok.secrets]]\ntype = 'SharedSecret'\nvalue = 'x'\nexpiration = 'soon'\n", "6"),
    ("created of a wrong type", HEAD.encode() + b"[[clients.ok.secrets]]\ntype = 'SharedSecret'\nvalue = 'x'\ncreated = true\n", "6"),
    ("id of a wrong type", HEAD.encode() + b"[[clients.ok.secrets]]\nid = 7\ntype = 'SharedSecret'\nvalue = 'x'\n", "4"),
    ("policy of a wrong type", b"schema = 1\n[policy]\nwarn = 30\n", "3"),
    ("policy nobody understands", b"schema = 1\n[policy]\nmax_lifetime = 'long'\n", "3"),
    ("policy table of a wrong type", b"schema = 1\npolicy = 5\n", "2"),
    ("require_expiration of a wrong type", b"schema = 1\n[policy]\nrequire_expiration = 'yes'\n", "3"),
    ("min_rsa_bits of a wrong type", b"schema = 1\n[policy]\nmin_rsa_bits = '2048'\n", "3"),
    ("allowed_hashes of a wrong type", b"schema = 1\n[policy]\nallowed_hashes = 'sha256'\n", "3"),
    ("parsers of a wrong type", b"schema = 1\n[validation]\nparsers = 'basic'\n", "3"),
    ("profile of a wrong type", b"schema = 1\n[validation]\nprofile = 3\n", "3"),
    ("profile nobody knows", b"schema = 1\n[validation]\nprofile = 'keycloak'\n[clients.ok]\n", "3"),
    ("profile left empty", b"schema = 1\n[validation]\nprofile = ''\n[clients.ok]\n", "3"),
    ("issuer of a wrong type", b"schema = 1\n[issuer]\nurl = 3\n", "3"),
    ("issuer as text", b"schema = 1\nissuer = 'https://id.example.com'\n", "2"),
    ("name as a number", b"schema = 1\nname = 3\n", "2"),
    ("nested beyond reason", b"schema = 1\nx = " + b"[" * 5000 + b"]" * 5000 + b"\n", "secretctl.toml"),
    ("an HTML page", b"<!DOCTYPE html>\n", "1"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "place"), [pytest.param(data, place, id=name) for name, data, place in BROKEN])
def test_files_that_are_refused(cli: Cli, data: bytes, place: str) -> None:
    """Status 3 from readers and writers, with the file and the line where the parser knows them; never rewritten."""
    by_hand(cli, data)
    for command in (["client", "list"], ["check"], ["lint"], ["client", "add", "new"], ["secret", "add", "client/ok"], ["rotate", "--all"],
                    ["prune", "--yes"], ["verify", "client/ok", "--secret-file", "-"]):  # fmt: skip
        ran = cli(*command, "--json", stdin="x" * 20)
        assert (ran.status, ran.out) == (3, ""), (command, ran)
        assert "secretctl.toml" in ran.error["message"]
        if place.isdigit():
            assert f"line {place}" in ran.error["message"], ran.error
        assert cli.registry.read_bytes() == data


def test_a_column_is_named(cli: Cli) -> None:
    """File, line and column, as compilers write them."""
    by_hand(cli, HEAD + "name = nonsense\n")
    assert "line 3, column 8" in cli("check", "--json").error["message"]


@pytest.mark.parametrize(
    "text", ["", "\n", "# nothing\n", "schema = 1\n", 'name = "x"\n', "schema = 1\n[clients]\n[resources]\n"]
)
def test_empty_registries(cli: Cli, text: str) -> None:
    """Nothing in it is nothing wrong: an empty registry is 0, and takes its first client."""
    by_hand(cli, text)
    ran = cli.ok("check", "--json")
    assert ran.json["principals"] == []
    assert ran.err
    cli.ok("client", "add", "first")
    assert [line for line in cli.registry.read_text().splitlines() if "first" not in line and line] == [
        line for line in text.splitlines() if line
    ]
    assert [each["id"] for each in cli.ok("client", "list", "--json").json] == ["first"]


def test_unreadable(cli: Cli) -> None:
    """A directory, a device, a dangling link, a FIFO nobody writes to: 3, and never a hang."""
    cli.registry.mkdir()
    assert cli("check").status == 3
    cli.registry.rmdir()
    cli.registry.symlink_to("nowhere.toml")
    assert cli("check").status == 3
    assert cli("client", "add", "x").status == 3
    assert not (cli.path / "nowhere.toml").exists()


# --- writing -------------------------------------------------------------------------------------------------------


def test_mode_and_owner_are_kept(cli: Cli) -> None:
    """An edit keeps them; a new registry is 0600 whatever the umask."""
    by_hand(cli, DOCUMENTED)
    for mode in (0o600, 0o640, 0o644, 0o660):
        cli.registry.chmod(mode)
        cli.ok("client", "set", "web", "--owner", f"mode {mode:o}")
        assert stat.S_IMODE(cli.registry.stat().st_mode) == mode
    if os.geteuid() == 0:
        os.chown(cli.registry, 1234, 2345)
        cli.ok("client", "set", "web", "--owner", "somebody")
        assert (cli.registry.stat().st_uid, cli.registry.stat().st_gid) == (1234, 2345)
    old = os.umask(0)
    try:
        cli.ok("init", "new.toml")
    finally:
        os.umask(old)
    assert stat.S_IMODE((cli.path / "new.toml").stat().st_mode) == 0o600


def test_a_link_is_followed_and_stays(cli: Cli) -> None:
    """A registry reached through symbolic links is replaced at its target."""
    real = cli.path / "real"
    real.mkdir()
    (real / "registry.toml").write_text(DOCUMENTED)
    (cli.path / "hop.toml").symlink_to("real/registry.toml")
    cli.registry.symlink_to("hop.toml")
    cli.ok("client", "add", "new")
    assert cli.registry.is_symlink()
    assert (cli.path / "hop.toml").is_symlink()
    assert "[clients.new]" in (real / "registry.toml").read_text()


def test_trust_is_relative_to_the_file(cli: Cli) -> None:
    """`trust` is looked for beside the registry, from wherever the command runs."""
    made = certificate("leaf", issued_by="Test CA")
    folder = cli.path / "conf"
    folder.mkdir()
    (folder / "ca.pem").write_bytes(authority("Test CA").pem)
    subject = made.certificate.subject.rfc4514_string().replace("\\", "\\\\")
    (folder / "r.toml").write_text(
        f'schema = 1\n[validation]\ntrust = "ca.pem"\n[clients.web]\n[[clients.web.secrets]]\nid = "n"\ntype = "X509Name"\nvalue = "{subject}"\n'
    )
    (cli.path / "leaf.pem").write_bytes(made.pem)
    ran = cli("verify", "client/web", "--client-cert", "leaf.pem", "-r", "conf/r.toml", "--at", "2026-06-01", "--json")
    assert ran.status == 0, ran.out + ran.err
