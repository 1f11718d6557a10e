"""``verify``: what it takes for a credential, and what is said to people."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

SHA256 = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="
API_SHA256 = "AUwkP/lg6Hr8hIJkj0HiCE3OdlqgYtzcv04OQ8TbikE="
REGISTRY = f"""\
schema = 1
[clients.web]
[[clients.web.secrets]]
id = "1"
value = "{SHA256}"
description = "2026 secret"
expiration = 2026-12-31T00:00:00Z
[clients.off]
enabled = false
[[clients.off.secrets]]
value = "{SHA256}"
[clients.open]
require_secret = false
[resources.api1]
[[resources.api1.secrets]]
id = "a"
value = "{API_SHA256}"
"""
AT = ("--at", "2026-06-01")


@pytest.fixture
def cli(cli: Cli) -> Cli:
    """With clients of all sorts."""
    cli.write(REGISTRY)
    cli.write("secret\n", "secret.txt")
    return cli


def basic(id_: str, secret: str) -> str:
    """A Basic header's value."""
    return "Basic " + base64.b64encode(f"{id_}:{secret}".encode()).decode()


def test_in_words(cli: Cli) -> None:
    """For people, on stdout, with what --at was understood as on stderr."""
    ran = cli.ok("verify", "web", "--secret-file", "secret.txt", *AT)
    assert "accepted: client/web" in ran.out
    assert "2026 secret" in ran.out
    assert "at: 2026-06-01T00:00:00Z" in ran.err


@pytest.mark.parametrize(
    ("target", "secret", "reason", "named"),
    [
        ("client/web", "wrong", "mismatch", "client/web"),
        ("client/nobody", "secret", "unknown_principal", None),
        ("nobody", "secret", "unknown_principal", None),
        ("client/off", "secret", "disabled", "client/off"),
        ("client/open", "secret", "no_matching_secret_type", "client/open"),
        ("client/web", "", "no_credential", "client/web"),
        ("client/web", "  ", "no_credential", "client/web"),
        ("client/web", "se\tcret", "malformed_credential", "client/web"),
        ("client/web", "x" * 1001, "credential_too_long", "client/web"),
        ("resource/api1", "secret", "mismatch", "resource/api1"),
        ("scope/api1", "api-secret", None, "resource/api1"),
    ],
)
def test_a_target_and_a_secret(cli: Cli, target: str, secret: str, reason: str | None, named: str | None) -> None:
    """Status 1 and the reason, 0 where there is none."""
    ran = cli("verify", target, "--secret-file", "-", *AT, "--json", stdin=secret)
    assert (ran.json["reason"], ran.json["target"]) == (reason, named)
    assert ran.status == (0 if reason is None else 1)


@pytest.mark.parametrize("line", ["Authorization: {}", "authorization:{}\r\n", "{}", "{}\n"])
def test_a_basic_header_or_its_value(cli: Cli, line: str) -> None:
    """Whichever is at hand."""
    cli.ok("verify", "--basic", "-", *AT, stdin=line.format(basic("web", "secret")))


def test_a_basic_header_without_its_scheme(cli: Cli) -> None:
    """Nothing but the base64 is taken for what it is."""
    cli.ok("verify", "--basic", "-", *AT, stdin=basic("web", "secret").split()[1])


def test_a_public_client_needs_no_secret(cli: Cli) -> None:
    """Its method is none."""
    verdict = cli.ok("verify", "--form", "-", "--json", stdin="client_id=open").json
    assert (verdict["method"], verdict["secret"]) == ("none", None)
    said = cli.ok("verify", "--form", "-", stdin="client_id=open").out
    assert said == "accepted: client/open by none, as profile rfc judges\n"


def test_a_request_that_servers_read_in_two_ways_is_warned_of(cli: Cli) -> None:
    """Under rfc; the other profiles answer as their servers do, and say no more."""
    text = (
        "POST /connect/token HTTP/1.1\nTransfer-Encoding: chunked\nContent-Length: 3\n"
        "Content-Type: application/x-www-form-urlencoded\n\n1f\nclient_id=web&client_secret=sec\n3\nret\n0\n\n"
    )
    ran = cli.ok("verify", "--request", "-", *AT, "--json", stdin=text)
    assert ["Transfer-Encoding and a Content-Length" in warning for warning in ran.json["warnings"]] == [True]
    assert "warning: the request has a Transfer-Encoding" in ran.err
    assert cli("verify", "--request", "-", *AT, "--json", "--profile", "duende", stdin=text).json["warnings"] == []


@pytest.mark.parametrize(("type", "said"), [("application/json", "application/json"), ("", "of no Content-Type")])
def test_a_body_that_no_server_reads_is_named(cli: Cli, type: str, said: str) -> None:
    """Credentials in JSON are the commonest of them."""
    text = f'POST /connect/token HTTP/1.1\nContent-Type: {type}\n\n{{"client_id": "web", "client_secret": "secret"}}'
    ran = cli("verify", "--request", "-", *AT, stdin=text)
    assert ran.status == 1
    assert "rejected: no_credential (invalid_client), as profile rfc judges" in ran.out
    assert f"the request holds no credential; its body is {said}, which servers do not read" in ran.out


def test_the_kind_says_where_an_id_is_looked_up(cli: Cli) -> None:
    """Clients and resources are separate name spaces."""
    header = basic("api1", "api-secret")
    assert cli("verify", "--basic", "-", stdin=header).status == 1
    assert (
        cli.ok("verify", "--basic", "-", "--kind", "resource", "--json", stdin=header).json["target"] == "resource/api1"
    )
    cli.ok("verify", "--basic", "-", "--kind", "scope", stdin=header)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * 1_048_577])
def test_a_secret_that_is_no_text_or_too_large(cli: Cli, content: bytes) -> None:
    """It cannot be decided: status 3."""
    assert cli("verify", "web", "--secret-file", "-", stdin=content).status == 3


@pytest.mark.parametrize("path", ["missing", ".", "nul\0byte"])
def test_a_secret_file_that_cannot_be_read(cli: Cli, path: str) -> None:
    """It cannot be decided: status 3."""
    assert cli("verify", "web", "--secret-file", path).status == 3


def test_an_explanation(cli: Cli) -> None:
    """With ``--explain`` only, and in words too."""
    cli.write("schema = 1\n[clients.web]\n[[clients.web.secrets]]\nid = '1'\nvalue = 'secret'\n")
    ran = cli("verify", "web", "--secret-file", "secret.txt", "--explain", "--json")
    assert [(e["code"], e["secret_id"]) for e in ran.json["explanations"]] == [("plaintext_stored", "1")]
    assert "plaintext_stored" in cli("verify", "web", "--secret-file", "secret.txt", "--explain").out
    assert cli("verify", "web", "--secret-file", "secret.txt", "--json").json["explanations"] == []


def test_a_batch_longer_than_its_buffer(cli: Cli) -> None:
    """Arrives whole."""
    cli.write((json.dumps({"authorization": basic("web", "secret")}) + "\n") * 500, "batch.ndjson")
    assert cli.ok("verify", "--batch", "batch.ndjson", *AT).out.count('"accepted": true') == 500


@pytest.mark.parametrize("value", ["web\u202e", "\x1b]0;owned\x07"])
def test_hostile_ids_are_inert_in_words(cli: Cli, value: str) -> None:
    """Ids come from the registry and from requests."""
    ran = cli("verify", value, "--secret-file", "secret.txt")
    assert value not in ran.out + ran.err
