"""``verify``: every way to present a credential, and what is said of it."""

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
REQUEST = (
    "POST /connect/token HTTP/1.1\r\nHost: id.example.com\r\n{headers}"
    "Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}"
)
KEYS = [
    "accepted",
    "target",
    "method",
    "secret",
    "reason",
    "oauth_error",
    "detail",
    "warnings",
    "confirmation",
    "profile",
    "explanations",
]


@pytest.fixture
def cli(cli: Cli) -> Cli:
    """With clients of all sorts."""
    cli.write(REGISTRY)
    cli.write("secret\n", "secret.txt")
    return cli


def basic(id_: str, secret: str) -> str:
    """A Basic header's value."""
    return "Basic " + base64.b64encode(f"{id_}:{secret}".encode()).decode()


def test_a_secret_is_accepted_and_named(cli: Cli) -> None:
    """With all documented fields, in their order."""
    verdict = cli.ok("verify", "client/web", "--secret-file", "secret.txt", *AT, "--json").json
    assert list(verdict) == KEYS
    assert verdict["secret"] == {
        "id": "1",
        "type": "SharedSecret",
        "description": "2026 secret",
        "expiration": "2026-12-31T00:00:00Z",
    }
    assert (verdict["accepted"], verdict["target"], verdict["method"]) == (True, "client/web", "client_secret_basic")
    assert verdict["reason"] is verdict["oauth_error"] is verdict["confirmation"] is None


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


def test_an_expired_secret(cli: Cli) -> None:
    """Valid up to and including its expiration."""
    at = ("--at", "2026-12-31T00:00:00Z")
    cli.ok("verify", "web", "--secret-file", "secret.txt", *at)
    ran = cli("verify", "web", "--secret-file", "secret.txt", "--at", "2026-12-31T00:00:01Z", "--json")
    assert (ran.status, ran.json["reason"]) == (1, "expired")


@pytest.mark.parametrize("line", ["Authorization: {}", "authorization:{}\r\n", "{}", "{}\n"])
def test_a_basic_header_or_its_value(cli: Cli, line: str) -> None:
    """Whichever is at hand."""
    cli.ok("verify", "--basic", "-", *AT, stdin=line.format(basic("web", "secret")))


def test_a_basic_header_without_its_scheme(cli: Cli) -> None:
    """Nothing but the base64 is taken for what it is."""
    cli.ok("verify", "--basic", "-", *AT, stdin=basic("web", "secret").split()[1])


@pytest.mark.parametrize(
    "value", ["Basic !!!", "Basic", "", "Basic d2Vi", "Basic d2ViOnNlY3JldA", "Basic d2ViOnNlY3JldB=="]
)
def test_a_malformed_basic_header(cli: Cli, value: str) -> None:
    """Is an invalid request (RFC 6749 §5.2)."""
    ran = cli("verify", "--basic", "-", "--json", stdin=value)
    assert (ran.status, ran.json["reason"], ran.json["oauth_error"]) == (1, "malformed_credential", "invalid_request")


def test_a_form(cli: Cli) -> None:
    """``client_id`` and ``client_secret``, with the newline that an editor added."""
    ran = cli.ok("verify", "--form", "-", *AT, "--json", stdin="grant_type=x&client_id=web&client_secret=secret\n")
    assert ran.json["method"] == "client_secret_post"


def test_a_public_client_needs_no_secret(cli: Cli) -> None:
    """Its method is none."""
    verdict = cli.ok("verify", "--form", "-", "--json", stdin="client_id=open").json
    assert (verdict["method"], verdict["secret"]) == ("none", None)
    said = cli.ok("verify", "--form", "-", stdin="client_id=open").out
    assert said == "accepted: client/open by none, as profile rfc judges\n"


def test_a_request(cli: Cli) -> None:
    """As it was captured."""
    text = REQUEST.format(headers=f"Authorization: {basic('web', 'secret')}\r\n", body="grant_type=client_credentials")
    cli.write(text, "captured.http")
    assert cli.ok("verify", "--request", "captured.http", *AT, "--json").json["method"] == "client_secret_basic"


@pytest.mark.parametrize(
    ("headers", "body", "reason"),
    [
        ("Authorization: {}\r\n", "client_id=web&client_secret=secret", "multiple_credentials"),
        ("Authorization: {0}\r\nAuthorization: {0}\r\n", "", "multiple_credentials"),
        ("Authorization: {}\r\n", "client_id=other", "malformed_credential"),
        ("", "client_id=web&client_id=web&client_secret=secret", "malformed_credential"),
        ("", "client_id=web&client_secret=%zz", "malformed_credential"),
        ("", "grant_type=client_credentials", "no_credential"),
        ("Authorization: Bearer abc\r\n", "", "no_credential"),
        ("Client-Cert: nonsense\r\n", "client_id=web", "malformed_credential"),
    ],
)
def test_a_request_that_is_refused(cli: Cli, headers: str, body: str, reason: str) -> None:
    """For what it is, before anybody is looked up."""
    text = REQUEST.format(headers=headers.format(basic("web", "secret")), body=body)
    ran = cli("verify", "--request", "-", *AT, "--json", stdin=text)
    assert (ran.status, ran.json["reason"]) == (1, reason)


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


def test_what_is_no_request_cannot_be_decided(cli: Cli) -> None:
    """Status 3, and stdout stays empty."""
    ran = cli("verify", "--request", "-", stdin="hello")
    assert (ran.status, ran.out) == (3, "")


def test_the_kind_says_where_an_id_is_looked_up(cli: Cli) -> None:
    """Clients and resources are separate name spaces."""
    header = basic("api1", "api-secret")
    assert cli("verify", "--basic", "-", stdin=header).status == 1
    assert (
        cli.ok("verify", "--basic", "-", "--kind", "resource", "--json", stdin=header).json["target"] == "resource/api1"
    )
    cli.ok("verify", "--basic", "-", "--kind", "scope", stdin=header)


@pytest.mark.parametrize(
    "arguments",
    [
        ("verify",),
        ("verify", "web", "--basic", "x"),
        ("verify", "--basic", "x", "--form", "y"),
        ("verify", "--basic", "x", "--secret-file", "y"),
        ("verify", "--assertion", "x", "--client-cert", "y"),
        ("verify", "--basic", "-", "--client-cert", "-"),
        ("verify", "web", "--secret-file", "a", "--secret-env", "B"),
        ("verify", "web"),
        ("verify", "client/web", "--kind", "resource", "--secret-file", "secret.txt"),
        ("verify", "--basic", "x", "--kind", "nonsense"),
    ],
    ids=" ".join,
)
def test_one_credential_at_a_time(cli: Cli, arguments: tuple[str, ...]) -> None:
    """Anything else is a usage error."""
    assert cli(*arguments).status == 64


@pytest.mark.parametrize("profile", ["nonsense", ""])
def test_an_unknown_profile(cli: Cli, profile: str) -> None:
    """Cannot be decided by."""
    assert cli("verify", "web", "--secret-file", "secret.txt", "--profile", profile).status in {3, 64}


def test_another_profile(cli: Cli) -> None:
    """Judges by its own rules."""
    verdict = cli("verify", "--basic", "-", "--profile", "identityserver4", *AT, "--json", stdin=basic("web", "")).json
    assert (verdict["profile"], verdict["method"]) == ("identityserver4", "none")


def test_a_secret_from_the_environment(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a variable that does not exist."""
    monkeypatch.setenv("THE_SECRET", "secret")
    cli.ok("verify", "web", "--secret-env", "THE_SECRET", *AT)
    assert cli("verify", "web", "--secret-env", "NO_SUCH_VARIABLE").status == 3


@pytest.mark.parametrize(
    ("content", "reason"), [(b"secret\r\n", None), (b"secret\n\n", "malformed_credential"), (b"secret ", "mismatch")]
)
def test_one_newline_is_cut_and_no_more(cli: Cli, content: bytes, reason: str | None) -> None:
    """What is left is what is presented."""
    assert cli("verify", "web", "--secret-file", "-", *AT, "--json", stdin=content).json["reason"] == reason


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * 1_048_577])
def test_a_secret_that_is_no_text_or_too_large(cli: Cli, content: bytes) -> None:
    """It cannot be decided: status 3."""
    assert cli("verify", "web", "--secret-file", "-", stdin=content).status == 3


@pytest.mark.parametrize("path", ["missing", ".", "nul\0byte"])
def test_a_secret_file_that_cannot_be_read(cli: Cli, path: str) -> None:
    """It cannot be decided: status 3."""
    assert cli("verify", "web", "--secret-file", path).status == 3


def test_a_warning_is_on_stderr(cli: Cli) -> None:
    """And in the JSON."""
    cli.write(REGISTRY.replace("[clients.off]", '[[clients.web.secrets]]\nid = "2"\nvalue = "nonsense"\n[clients.off]'))
    ran = cli("verify", "web", "--secret-file", "-", *AT, "--json", stdin="wrong")
    assert "secret 2" in ran.json["warnings"][0]
    assert "warning: " in ran.err


def test_an_explanation(cli: Cli) -> None:
    """With ``--explain`` only, and in words too."""
    cli.write("schema = 1\n[clients.web]\n[[clients.web.secrets]]\nid = '1'\nvalue = 'secret'\n")
    ran = cli("verify", "web", "--secret-file", "secret.txt", "--explain", "--json")
    assert [(e["code"], e["secret_id"]) for e in ran.json["explanations"]] == [("plaintext_stored", "1")]
    assert "plaintext_stored" in cli("verify", "web", "--secret-file", "secret.txt", "--explain").out
    assert cli("verify", "web", "--secret-file", "secret.txt", "--json").json["explanations"] == []


def test_a_batch(cli: Cli) -> None:
    """A line in, a line out, in order; a malformed one does not stop it."""
    lines = [
        {"authorization": basic("web", "secret"), "ref": 1},
        {"target": "client/web", "secret": "wrong", "ref": [2]},
        {"form": "client_id=web&client_secret=secret"},
    ]
    text = "\n".join(map(json.dumps, lines)) + "\nnonsense\n"
    ran = cli("verify", "--batch", "-", *AT, stdin=text)
    results = [json.loads(line) for line in ran.out.splitlines()]
    assert [result["reason"] for result in results] == [None, "mismatch", None, "malformed_credential"]
    assert [result.get("ref") for result in results] == [1, [2], None, None]
    assert ran.status == 1


def test_a_batch_in_a_file_that_is_all_accepted(cli: Cli) -> None:
    """Status 0; a file that is not there is 3."""
    cli.write(json.dumps({"authorization": basic("web", "secret")}) + "\n", "batch.ndjson")
    cli.ok("verify", "--batch", "batch.ndjson", *AT)
    assert cli("verify", "--batch", "missing.ndjson").status == 3


def test_a_batch_longer_than_its_buffer(cli: Cli) -> None:
    """Arrives whole."""
    cli.write((json.dumps({"authorization": basic("web", "secret")}) + "\n") * 500, "batch.ndjson")
    assert cli.ok("verify", "--batch", "batch.ndjson", *AT).out.count('"accepted": true') == 500


@pytest.mark.parametrize("value", ["web\u202e", "\x1b]0;owned\x07"])
def test_hostile_ids_are_inert_in_words(cli: Cli, value: str) -> None:
    """Ids come from the registry and from requests."""
    ran = cli("verify", value, "--secret-file", "secret.txt")
    assert value not in ran.out + ran.err
