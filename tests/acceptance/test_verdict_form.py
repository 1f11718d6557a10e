"""The verdict as programs read it: fields, types, statuses, what is said on rejection, and what never is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.kit import (
    FIELDS,
    NOW,
    OTHER,
    PROFILES,
    SECRET,
    TOKEN_ENDPOINT,
    accepted,
    assertion_form,
    authority,
    basic,
    basic_raw,
    certificate,
    claims,
    http,
    jwk,
    refused,
    rsa_key,
    sha256,
    shared,
    stored,
    token,
)

if TYPE_CHECKING:
    from tests.acceptance.kit import Judge


# --- the object ----------------------------------------------------------------------------------------------------


def test_an_acceptance_to_the_letter(judge: Judge) -> None:
    """Every field, in order, with its type; one document and a new line."""
    judge.one(shared(SECRET, "7f3a91c2", description="2026 secret", expiration="2026-12-31T00:00:00Z"))
    ran = judge.cli("verify", "client/web", "--secret-file", "-", "--at", NOW, "--json", stdin=SECRET)
    assert ran.status == 0
    assert ran.json == {
        "accepted": True,
        "target": "client/web",
        "method": "client_secret_basic",
        "secret": {
            "id": "7f3a91c2",
            "type": "SharedSecret",
            "description": "2026 secret",
            "expiration": "2026-12-31T00:00:00Z",
        },
        "reason": None,
        "oauth_error": None,
        "detail": None,
        "warnings": [],
        "confirmation": None,
        "profile": "rfc",
        "explanations": [],
    }
    assert list(ran.json) == FIELDS
    assert ran.out.endswith("}\n")
    assert SECRET not in ran.out + ran.err


def test_a_rejection_to_the_letter(judge: Judge) -> None:
    """The same fields; none is left out."""
    judge.one(shared(SECRET))
    ran = judge.cli("verify", "client/web", "--secret-file", "-", "--at", NOW, "--json", stdin=OTHER)
    assert ran.status == 1
    verdict = ran.json
    assert isinstance(verdict.pop("detail"), str)
    assert verdict == {
        "accepted": False,
        "target": "client/web",
        "method": "client_secret_basic",
        "secret": None,
        "reason": "mismatch",
        "oauth_error": "invalid_client",
        "warnings": [],
        "confirmation": None,
        "profile": "rfc",
        "explanations": [],
    }
    assert "secretctl: error" not in ran.err
    assert OTHER not in ran.out + ran.err


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("2026-12-31T00:00:00Z", "2026-12-31T00:00:00Z"),
        ("2026-12-31T02:00:00+02:00", "2026-12-31T00:00:00Z"),
        ("2026-12-31T00:00:00", "2026-12-31T00:00:00Z"),
        ("2026-12-31", "2026-12-31T00:00:00Z"),
    ],
)
def test_expirations_are_printed_in_utc(judge: Judge, written: str, printed: str) -> None:
    """However they were written, as text or as a TOML time."""
    for value in (written, f'"{written}"'):
        judge.cli.write(
            f'schema = 1\nname = "t"\n[[clients.web.secrets]]\nid = "s1"\ntype = "SharedSecret"\n'
            f'value = "{sha256(SECRET)}"\nexpiration = {value}\n'
        )
        verdict = judge.target("client/web", SECRET)
        assert verdict["secret"]["expiration"] == printed
        assert verdict["secret"]["description"] is None


def test_a_secret_without_an_id_has_a_stable_one(judge: Judge) -> None:
    """Derived from type and value, so the same in every run."""
    judge.registry({"web": {"secrets": [{"type": "SharedSecret", "value": sha256(SECRET)}]}})
    first, second = (judge.target("client/web", SECRET)["secret"]["id"] for _ in range(2))
    assert first == second
    assert first


# --- statuses ------------------------------------------------------------------------------------------------------


def test_an_unknown_target_is_a_rejection(judge: Judge) -> None:
    """Status 1 and unknown_principal, not 4: verify answers a question."""
    judge.one(shared(SECRET))
    for target in ("client/nobody", "resource/web", "scope/web", "nobody"):
        verdict = judge.target(target, SECRET)
        refused(verdict, "unknown_principal")
        assert verdict["target"] is None
        assert verdict["method"] == "client_secret_basic"


def test_an_ambiguous_target(judge: Judge) -> None:
    """A bare id that both a client and a resource have is a conflict."""
    judge.registry({"web": {"secrets": [shared(SECRET)]}}, {"web": {"secrets": [shared(OTHER)]}})
    ran = judge.cli("verify", "web", "--secret-file", "-", stdin=SECRET)
    assert (ran.status, ran.out) == (5, "")
    assert judge.target("client/web", SECRET)["target"] == "client/web"
    assert judge.target("resource/web", OTHER)["target"] == "resource/web"
    assert judge.target("scope/web", OTHER)["target"] == "resource/web"
    assert not judge.target("resource/web", SECRET)["accepted"]


def test_a_bare_target_of_one_kind(judge: Judge) -> None:
    """Where only one has it, the id is enough."""
    judge.registry({"web": {"secrets": [shared(SECRET)]}}, {"api": {"secrets": [shared(OTHER)]}})
    assert judge.target("web", SECRET)["target"] == "client/web"
    assert judge.target("api", OTHER)["target"] == "resource/api"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["client/web", "--basic", "-"],
        ["--basic", "-", "--form", "-"],
        ["--basic", "-", "--secret-file", "s"],
        ["client/web", "--secret-file", "a", "--secret-env", "B"],
        ["--assertion", "-", "--client-cert", "c.pem"],
        ["--batch", "-", "--client-cert", "c.pem"],
        ["--basic", "-", "--kind", "user"],
        ["--basic", "-", "--at", "tomorrow-ish"],
        ["--basic", "-", "--unknown"],
        ["client/web", "extra"],
        ["client/web"],  # no source and no terminal
        ["--request", "-", "--client-cert", "-"],
    ],
)
def test_usage_errors(judge: Judge, arguments: list[str]) -> None:
    """64, and an empty stdout."""
    judge.one(shared(SECRET))
    ran = judge.cli("verify", *arguments, "--json")
    assert (ran.status, ran.out) == (64, ""), ran.err
    assert list(ran.error) == ["code", "message", "hint"]


@pytest.mark.parametrize("profile", ["", "RFC", "identityserver", "keycloak"])
def test_an_unknown_profile(judge: Judge, profile: str) -> None:
    """Nothing is judged by guessed rules."""
    judge.one(shared(SECRET))
    ran = judge.cli("verify", "client/web", "--secret-file", "-", "--profile", profile, stdin=SECRET)
    assert (ran.status, ran.out) == (64, "")


@pytest.mark.parametrize("source", ["--request", "--basic", "--form", "--assertion", "--batch", "--secret-file"])
def test_files_that_cannot_be_read(judge: Judge, source: str) -> None:
    """Missing, a directory: 3."""
    judge.one(shared(SECRET))
    target = ["client/web"] if source == "--secret-file" else []
    for path in ("missing", "."):
        ran = judge.cli("verify", *target, source, path, "--json")
        assert (ran.status, ran.out) == (3, ""), ran.err


@pytest.mark.parametrize("source", ["--request", "--basic", "--form", "--assertion", "--secret-file"])
def test_inputs_over_a_mebibyte(judge: Judge, source: str) -> None:
    """Refused with 3; a mebibyte itself is read."""
    judge.one(shared(SECRET))
    target = ["client/web"] if source == "--secret-file" else []
    ran = judge.cli("verify", *target, source, "-", "--json", stdin=b"a" * (1024 * 1024 + 1))
    assert (ran.status, ran.out) == (3, "")
    if source != "--request":
        assert judge.cli("verify", *target, source, "-", "--json", stdin=b"a" * 1024 * 1024).status == 1


def test_no_registry(judge: Judge) -> None:
    """Status 3, whether none is found or the one that is named is missing."""
    for arguments in ([], ["--registry", "missing.toml"]):
        ran = judge.cli("verify", "client/web", "--secret-file", "-", "--json", *arguments, stdin=SECRET)
        assert (ran.status, ran.out) == (3, "")


@pytest.mark.parametrize(
    "text", ["schema = 2\n", "schema = 1\n[clients", "clients = 7\nschema = 1\n", "\ufeffschema = 1\n"]
)
def test_a_registry_that_cannot_be_read(judge: Judge, text: str) -> None:
    """Newer, broken, wrongly typed: 3, and the file stays as it is."""
    path = judge.cli.write(text)
    ran = judge.cli("verify", "client/web", "--secret-file", "-", "--json", stdin=SECRET)
    assert (ran.status, ran.out) == (3, "")
    assert path.read_text() == text


# --- what a rejection says of whom -----------------------------------------------------------------------------------


def test_targets_and_methods_on_rejection(judge: Judge) -> None:
    """The principal that the credential names, if it exists; the credential's method, if one was found."""
    judge.registry(
        {
            "web": {"secrets": [shared(SECRET), stored("X509Thumbprint", "0" * 40, "t")]},
            "off": {"enabled": False, "secrets": [shared(SECRET)]},
        }
    )
    made = certificate()
    cases: list[tuple[dict[str, Any], str | None, str | None]] = [
        (judge.basic(basic("web", OTHER)), "client/web", "client_secret_basic"),
        (judge.basic(basic("nobody", OTHER)), None, "client_secret_basic"),
        (judge.basic(basic("off", SECRET)), "client/off", "client_secret_basic"),
        (judge.form(f"client_id=web&client_secret={OTHER}"), "client/web", "client_secret_post"),
        (judge.form(f"client_id=nobody&client_secret={OTHER}"), None, "client_secret_post"),
        (judge.tls(made), "client/web", "tls_client_auth self_signed_tls_client_auth"),
        (judge.tls(made, "nobody"), None, "tls_client_auth self_signed_tls_client_auth"),
        (judge.assertion(token(claims())), "client/web", "private_key_jwt"),
        (judge.assertion(token(claims(sub="nobody"))), None, "private_key_jwt"),
        (judge.form("grant_type=client_credentials"), None, None),
        (judge.form(""), None, None),
        (judge.request(http("grant_type=x", [("Authorization", "Bearer x")])), None, None),
        (judge.basic(basic("web", "x" * 1001)), "client/web", "client_secret_basic"),
        (judge.form("client_id=web&client_secret=" + "x" * 1001), "client/web", "client_secret_post"),
    ]
    for number, (verdict, target, methods) in enumerate(cases):
        assert not verdict["accepted"]
        assert verdict["target"] == target, number
        assert verdict["method"] in (methods.split() if methods else [None]), number


def test_a_certificate_that_cannot_be_read_beside_an_id(judge: Judge) -> None:
    """The credential names the client, whatever its certificate is."""
    judge.one(stored("X509Thumbprint", "0" * 40))
    for value in ("nonsense", ":####:", ":AAAA:", "::", ":" + "A" * 5000 + ":"):
        for profile in PROFILES:
            verdict = judge.request(http("client_id=web", [("Client-Cert", value)]), profile=profile)
            refused(verdict, "malformed_credential")
            assert verdict["target"] == "client/web"


@pytest.mark.parametrize(
    ("ask", "error"),
    [
        (lambda judge: judge.basic(basic("web", OTHER)), "invalid_client"),
        (lambda judge: judge.basic(basic("nobody", OTHER)), "invalid_client"),
        (lambda judge: judge.form("grant_type=x"), "invalid_client"),
        (lambda judge: judge.basic("Basic %%%"), "invalid_request"),
        (lambda judge: judge.form("client_id=web&client_id=web"), "invalid_request"),
        (lambda judge: judge.assertion(token(claims(), rsa_key(1))), "invalid_client"),
        (
            lambda judge: judge.request(
                http(f"client_id=web&client_secret={SECRET}", [("Authorization", basic("web", SECRET))])
            ),
            "invalid_request",
        ),
    ],
)
def test_oauth_errors(judge: Judge, ask: Any, error: str) -> None:
    """RFC 6749 §5.2: failed authentication is invalid_client; what is malformed or twice there, invalid_request."""
    judge.one(shared(SECRET), stored("JWK", jwk(rsa_key()), "k"))
    assert ask(judge)["oauth_error"] == error


# --- methods and confirmations -----------------------------------------------------------------------------------------


def test_methods_of_all_kinds(judge: Judge) -> None:
    """The names of the OAuth registry."""
    leaf = certificate(issued_by="acceptance root")
    (judge.cli.path / "ca.pem").write_bytes(authority("acceptance root").pem)
    judge.registry(
        {
            "web": {
                "secrets": [
                    shared(SECRET, "shared"),
                    stored("JWK", jwk(rsa_key()), "key"),
                    stored("X509Name", "CN=web,O=Acme\\, Inc.,C=DE", "name"),
                    stored("X509CertificateBase64", certificate(key=1).base64, "certificate"),
                    stored("X509Thumbprint", certificate("third", key=2).sha256, "thumbprint"),
                ]
            },
            "spa": {"require_secret": False},
        },
        validation={"trust": "ca.pem"},
    )
    accepted(judge.basic(basic("web", SECRET)), "client_secret_basic", "shared")
    accepted(judge.form(f"client_id=web&client_secret={SECRET}"), "client_secret_post", "shared")
    accepted(judge.target("client/web", SECRET), "client_secret_basic", "shared")
    accepted(judge.assertion(token(claims())), "private_key_jwt", "key")
    accepted(judge.tls(leaf), "tls_client_auth", "name")
    accepted(judge.tls(certificate(key=1)), "self_signed_tls_client_auth", "certificate")
    accepted(judge.tls(certificate("third", key=2)), "self_signed_tls_client_auth", "thumbprint")
    accepted(judge.form("client_id=spa"), "none", None)


@pytest.mark.parametrize("profile", PROFILES)
def test_confirmations(judge: Judge, profile: str) -> None:
    """x5t#S256 of the certificate that TLS presented (RFC 8705 §3.1), and null where there was none."""
    judge.one(stored("X509Thumbprint", certificate().sha1), shared(SECRET, "s2"))
    assert judge.tls(certificate(), profile=profile)["confirmation"] == {"x5t#S256": certificate().x5t_s256}
    assert judge.form(f"client_id=web&client_secret={SECRET}", profile=profile)["confirmation"] is None


def test_warnings_are_on_stderr_too(judge: Judge) -> None:
    """People see them without --json."""
    judge.one(stored("SharedSecret", "plaintext", "bad"), shared(SECRET))
    ran = judge.cli("verify", "client/web", "--secret-file", "-", "--at", NOW, stdin=SECRET)
    assert ran.status == 0
    assert "bad" in ran.err
    assert "bad" not in ran.out


def test_at_is_echoed_in_full(judge: Judge) -> None:
    """Whatever was understood of a WHEN is said on stderr."""
    judge.one(shared(SECRET, expiration="2026-12-31T00:00:00Z"))
    for at, instant in (("2026-12-31", "2026-12-31T00:00:00Z"), ("2026-12-31T02:00:00+02:00", "2026-12-31T00:00:00Z")):
        ran = judge.cli("verify", "client/web", "--secret-file", "-", "--at", at, stdin=SECRET)
        assert ran.status == 0
        assert instant in ran.err
    assert judge.cli("verify", "client/web", "--secret-file", "-", "--at", "2027-01-01", stdin=SECRET).status == 1


def test_people_read_it_too(judge: Judge) -> None:
    """Without --json: an answer on stdout, the reason among it, and nothing that is a secret."""
    judge.one(shared(SECRET))
    good = judge.cli("verify", "client/web", "--secret-file", "-", stdin=SECRET)
    bad = judge.cli("verify", "client/web", "--secret-file", "-", stdin=OTHER)
    assert (good.status, bad.status) == (0, 1)
    assert "client/web" in good.out
    assert "mismatch" in bad.out
    for ran in (good, bad):
        assert SECRET not in ran.out + ran.err
        assert OTHER not in ran.out + ran.err
        assert "\x1b" not in ran.out


@pytest.mark.parametrize("value", ["\x1b[31mred", "\u202eevil", "[bold]x[/bold]", "a\tb", "x\u200by", "\u2066iso"])
def test_text_of_registry_and_request_is_shown_inert(judge: Judge, value: str) -> None:
    """Escapes, bidi and markup are data."""
    judge.registry({"web": {"description": value, "secrets": [shared(SECRET, description=value)]}})
    good = judge.cli("verify", "client/web", "--secret-file", "-", stdin=SECRET)
    bad = judge.cli("verify", "--basic", "-", stdin=basic(value, SECRET))
    named = judge.cli("verify", f"client/{value}", "--secret-file", "-", stdin=SECRET)
    assert (good.status, bad.status, named.status) in {(0, 1, 1), (0, 1, 64)}
    for text in (good.out, good.err, bad.out, bad.err, named.out, named.err):
        assert not set(text) & set("\x1b\t\u202e\u200b\u2066")
    if value.startswith("["):
        assert value in good.out
    reported = judge.target("client/web", SECRET)
    assert reported["secret"]["description"] == value


def test_the_profile_of_the_registry_decides(judge: Judge) -> None:
    """--profile replaces it."""
    judge.registry({"web": {"secrets": [shared("100%")]}}, validation={"profile": "identityserver4"})
    ran = judge.cli("verify", "--basic", "-", "--json", stdin=basic("web", "100%").replace("%25", "%"))
    assert ran.json["profile"] == "identityserver4"
    assert judge.basic(basic("web", "100%"), profile="duende")["profile"] == "duende"


@pytest.mark.parametrize("validation", [{"profile": "unheard"}, {"parsers": ["unheard"]}, {"validators": ["unheard"]}])
def test_settings_that_name_nothing_fail_closed(judge: Judge, validation: dict[str, Any]) -> None:
    """A parser, validator or profile that does not exist: status 3, never a guess."""
    judge.registry({"web": {"secrets": [shared(SECRET)]}}, validation=validation)
    ran = judge.cli("verify", "client/web", "--secret-file", "-", "--json", stdin=SECRET)
    assert (ran.status, ran.out) == (3, "")


def test_empty_lists_fail_closed(judge: Judge) -> None:
    """No validators, or no parsers: nobody gets in."""
    for name in ("validators", "parsers", "assertion_algorithms"):
        validation: dict[str, Any] = {name: []}
        judge.registry(
            {"web": {"secrets": [shared(SECRET), stored("JWK", jwk(rsa_key()), "k")]}}, validation=validation
        )
        ran = judge.cli("verify", "--assertion", "-", "--at", NOW, "--json", stdin=token(claims()))
        assert ran.status == 1
        if name == "validators":
            assert judge.cli("verify", "client/web", "--secret-file", "-", stdin=SECRET).status == 1


def test_nothing_is_written(judge: Judge) -> None:
    """Verify only reads."""
    judge.one(shared(SECRET), stored("JWK", jwk(rsa_key()), "k"))
    before = {path.name: path.read_bytes() for path in judge.cli.path.iterdir()}
    judge.target("client/web", SECRET)
    judge.form(assertion_form(token(claims(aud=TOKEN_ENDPOINT))), profile="duende")
    assert {path.name: path.read_bytes() for path in judge.cli.path.iterdir()} == before


def test_a_process_of_its_own(judge: Judge) -> None:
    """As scripts run it: statuses, one document on stdout, the error object alone on the last line of stderr."""
    judge.one(shared(SECRET))
    (judge.cli.path / "right").write_text(SECRET + "\n")
    (judge.cli.path / "wrong").write_text(OTHER + "\n")
    right = judge.cli.process("verify", "client/web", "--secret-file", "right", "--json")
    wrong = judge.cli.process("verify", "client/web", "--secret-file", "wrong", "--json")
    error = judge.cli.process("verify", "client/web", "--secret-file", "missing", "--json")
    assert (right.status, wrong.status, error.status) == (0, 1, 3)
    assert json.loads(right.out)["accepted"] is True
    assert json.loads(wrong.out)["reason"] == "mismatch"
    assert error.out == ""
    assert list(json.loads(error.err.splitlines()[-1])) == ["error"]


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (lambda judge: judge.basic(basic_raw("web", "50%-off")), "malformed_credential"),
        (lambda judge: judge.basic(basic("web", "a\x00b")), "malformed_credential"),
        (lambda judge: judge.form("client_id=web&client_secret=50%-off"), "malformed_credential"),
        (lambda judge: judge.form("client_id=web&client_secret=a&client_secret=b"), "malformed_credential"),
        (lambda judge: judge.form("client_id=web&client_secret=a%00b"), "malformed_credential"),
        (
            lambda judge: judge.form(f"client_assertion={token(claims())}&client_assertion_type=urn:other"),
            "assertion_type",
        ),
    ],
)
def test_whom_a_malformed_credential_names(judge: Judge, ask: Any, reason: str) -> None:
    """Where the id can be read, the target is known, whatever is wrong with the rest."""
    judge.one(shared(SECRET))
    verdict = ask(judge)
    refused(verdict, reason)
    assert verdict["target"] == "client/web"
