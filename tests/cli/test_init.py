"""``init``: a new registry, never over an old one."""

from __future__ import annotations

import sqlite3
import stat
import tomllib
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Cli


def test_a_new_file_is_private_and_ready(cli: Cli) -> None:
    """Mode 0600, explained, and every command works on it."""
    ran = cli.ok("init", "--name", "prod", "--issuer", "https://id.example.com", "--profile", "identityserver4")
    assert ran.out == "secretctl.toml\n"
    assert stat.S_IMODE(cli.registry.stat().st_mode) == 0o600
    text = cli.registry.read_text("utf-8")
    assert text.startswith("# ")
    document = tomllib.loads(text)
    assert (document["schema"], document["name"]) == (1, "prod")
    assert document["issuer"] == {
        "url": "https://id.example.com",
        "token_endpoint": "https://id.example.com/connect/token",
    }
    assert document["validation"]["profile"] == "identityserver4"
    assert cli.ok("client", "list", "--json").json == []
    cli.ok("check")
    cli.ok("lint")


def test_an_existing_file_is_left_alone(cli: Cli) -> None:
    """Status 5, whatever is in it."""
    cli.write("something else")
    for arguments in ((), ("--name", "other"), (".",), ("secretctl.toml",)):
        assert cli("init", *arguments).status == 5
    assert cli.registry.read_text("utf-8") == "something else"


def test_a_dangling_link_is_not_followed(cli: Cli) -> None:
    """Nothing is created where somebody else points to."""
    cli.registry.symlink_to(cli.path / "elsewhere.toml")
    assert cli("init").status == 5
    assert not (cli.path / "elsewhere.toml").exists()


def test_a_folder_gets_the_usual_name(cli: Cli) -> None:
    """``init DIR``."""
    (cli.path / "conf").mkdir()
    assert cli.ok("init", "conf").out.strip() == "conf/secretctl.toml"


@pytest.mark.parametrize("name", ['qu"ote', "line\nbreak", "\u202eid"])
def test_hostile_names_round_trip(cli: Cli, name: str) -> None:
    """TOML escapes what must be escaped."""
    cli.ok("init", "--name", name)
    assert tomllib.loads(cli.registry.read_text("utf-8"))["name"] == name


def test_an_unknown_profile(cli: Cli) -> None:
    """Makes no file."""
    assert cli("init", "--profile", "nonsense").status == 64
    assert not cli.registry.exists()


def test_a_database(cli: Cli) -> None:
    """Its tables are created once; its settings live elsewhere."""
    ran = cli.ok("init", "sqlite:///identity.db", "--json")
    assert ran.json == {"location": "sqlite:///identity.db"}
    assert cli("init", "sqlite:///identity.db").status == 5
    assert cli("init", "sqlite:///other.db", "--name", "prod").status == 64
    assert cli.ok("client", "list", "-r", "sqlite:///identity.db", "--json").json == []


def test_a_folder_that_does_not_exist(cli: Cli) -> None:
    """Status 3, as of one that takes no files; a stroke at its end says that it is a folder, and no file comes to be."""
    for path in ("missing/secretctl.toml", "missing/", "/proc/secretctl.toml"):
        assert cli("init", path).status == 3
    assert not (cli.path / "missing").exists()


def test_a_name_that_is_too_long(cli: Cli) -> None:
    """For this system: status 3, not a bug."""
    for name in ("x" * 300, "sqlite:///" + "x" * 300):
        ran = cli("init", name, "--json")
        assert (ran.status, ran.out) == (3, ""), ran.err


def test_a_path_that_is_empty(cli: Cli) -> None:
    """A variable of the shell that was never set names nothing."""
    ran = cli("init", "", "--json")
    assert (ran.status, ran.error["code"]) == (64, "registry_empty")


@pytest.mark.parametrize(
    "issuer",
    [
        "notaurl",
        "",
        "\u202ehttps://x",
        "id.example.com",
        "ftp://id.example.com",
        "https://",
        "https://a b",
        "https://[::1",
    ],
)
def test_an_issuer_that_is_no_url(cli: Cli, issuer: str) -> None:
    """No assertion could ever name it as its audience."""
    ran = cli("init", "--issuer", issuer, "--json")
    assert (ran.status, ran.error["code"]) == (64, "invalid_url")
    assert not cli.registry.exists()


@pytest.mark.parametrize("issuer", ["http://localhost:5000/id", "https://id.example.com/", 'https://a"b\\c'])
def test_an_issuer_is_kept_to_the_letter(cli: Cli, issuer: str) -> None:
    """An audience is compared as text."""
    cli.ok("init", "--issuer", issuer)
    assert tomllib.loads(cli.registry.read_text("utf-8"))["issuer"]["url"] == issuer


@pytest.mark.parametrize("option", ["--name", "--issuer"])
def test_bytes_that_are_no_text(cli: Cli, option: str) -> None:
    """An argument's bytes that are not UTF-8 arrive as halves of surrogate pairs, which no file can hold."""
    ran = cli("init", option, "\udcff", "--json")
    assert (ran.status, ran.error["code"]) == (64, "text_invalid")
    assert not cli.registry.exists()


def test_a_database_with_tables_of_others(cli: Cli) -> None:
    """They stay, as a server's own often holds its users' too. One of the schema's own is in the way: nothing is made."""

    def tables(run: str = "") -> set[str]:
        with closing(sqlite3.connect(cli.path / "id.db")) as database:
            database.executescript(run)
            return {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}

    tables("CREATE TABLE AspNetUsers (Id TEXT); CREATE TABLE ClientScopes (Id INTEGER)")
    ran = cli("init", "sqlite:///id.db", "--json")
    assert (ran.status, ran.error["code"], tables()) == (5, "exists", {"AspNetUsers", "ClientScopes"})
    tables("DROP TABLE ClientScopes")
    cli.ok("init", "sqlite:///id.db")
    assert {"AspNetUsers", "Clients", "ClientScopes"} <= tables()
