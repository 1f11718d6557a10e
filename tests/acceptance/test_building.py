"""header and assertion: what is printed, to the byte, and what is refused."""

from __future__ import annotations

import base64
import json
import subprocess
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl

import jwt as pyjwt
import pytest

from tests.acceptance.kit import (
    ISSUER,
    JWT_BEARER,
    LATER,
    NOW,
    OTHER,
    PROFILES,
    SECRET,
    TOKEN_ENDPOINT,
    T,
    accepted,
    authority,
    b64,
    basic,
    basic_raw,
    certificate,
    ec_key,
    ed_key,
    jwk,
    pem_key,
    rsa_key,
    shared,
    stored,
)
from tests.known import KNOWN

if TYPE_CHECKING:
    from tests.acceptance.kit import Judge
    from tests.cli.conftest import Cli, Ran


def header(cli: Cli, secret: str, *options: object, target: str = "client/web") -> Ran:
    """Run `header` with a secret on stdin."""
    return cli("header", target, "--secret-file", "-", *options, stdin=secret)


# --- header ----------------------------------------------------------------------------------------------------------


def test_header_formats(judge: Judge) -> None:
    """Each to the byte."""
    judge.one(shared(SECRET))
    value = basic("web", SECRET)
    outputs = {
        "header": f"Authorization: {value}\n",
        "value": f"{value}\n",
        "post": f"client_id=web&client_secret={SECRET}\n",
    }
    for form, text in outputs.items():
        ran = header(judge.cli, SECRET, "--format", form)
        assert (ran.status, ran.out) == (0, text)
    assert header(judge.cli, SECRET).out == outputs["header"]
    both = header(judge.cli, SECRET, "--format", "json").json
    assert list(both) == ["authorization", "form"]
    assert both == {"authorization": value, "form": f"client_id=web&client_secret={SECRET}"}
    assert header(judge.cli, SECRET, "--json").json == both


@pytest.mark.parametrize(
    ("id", "secret", "header_value"),
    [
        *((known["id"], known["secret"], known["rfc"]) for known in KNOWN["basic"]),
        ("s6BhdRkqt3", "gX1fBat3bV", "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW"),  # RFC 6749 §2.3.1
        (
            "s6BhdRkqt3",
            "7Fjfp0ZBr1KtDRbnfVdmIw",
            "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3",
        ),  # RFC 6749 §4.4.2
        ("+%25%26%2B£€", "x", "Basic " + b64("%2B%2525%2526%252B%C2%A3%E2%82%AC:x")),
    ],
)
def test_known_headers(judge: Judge, id: str, secret: str, header_value: str) -> None:
    """The examples of RFC 6749 and of the known answers."""
    ran = header(judge.cli, secret, "--no-check", "--format", "value", target=f"client/{id}")
    assert (ran.status, ran.out) == (0, header_value + "\n")


def test_the_alphabet_of_form_urlencoding(judge: Judge) -> None:
    """RFC 6749 appendix B: blank becomes +, what is not unreserved becomes %XX of its UTF-8."""
    text = " %&+£€"
    ran = header(judge.cli, text, "--no-check", "--format", "value", target="client/x")
    assert base64.b64decode(ran.out.split()[1]).decode() == "x:+%25%26%2B%C2%A3%E2%82%AC"
    printable = "".join(map(chr, range(32, 127)))
    ran = header(judge.cli, printable, "--no-check", "--format", "post", target="client/x")
    assert parse_qs(ran.out.strip(), strict_parsing=True)["client_secret"] == [printable]


@pytest.mark.parametrize(
    ("id", "secret", "header_value"),
    [
        ("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),  # RFC 7617 §2
        ("test", "123£", "Basic dGVzdDoxMjPCow=="),  # RFC 7617 §2.1
        *((known["id"], known["secret"], known["raw"]) for known in KNOWN["basic"] if known["raw"]),
        ("client", "a:b", basic_raw("client", "a:b")),
        ("a+b", "c%20", basic_raw("a+b", "c%20")),
    ],
)
def test_raw_headers(judge: Judge, id: str, secret: str, header_value: str) -> None:
    """--raw joins them as they are: the examples of RFC 7617 and of the known answers."""
    ran = header(judge.cli, secret, "--raw", "--no-check", "--format", "value", target=f"client/{id}")
    assert ran.out == header_value + "\n"


def test_a_colon_in_a_raw_id(judge: Judge) -> None:
    """RFC 7617 §2 has no way to say it: 6."""
    judge.registry({"a:b": {"secrets": [shared(SECRET)]}})
    for options in ((), ("--no-check",)):
        ran = header(judge.cli, SECRET, "--raw", *options, target="client/a:b")
        assert (ran.status, ran.out) == (6, "")
        assert header(judge.cli, SECRET, *options, target="client/a:b").status == 0


def test_curl_reads_it(judge: Judge) -> None:
    """A line of `curl --config`, so that the secret stands in no argument list."""
    secret = 'a"b\\c d-and-more'
    judge.one(shared(secret))
    for options in ((), ("--raw",)):
        ran = header(judge.cli, secret, "--format", "curl", *options)
        assert ran.status == 0
        assert ran.out.count("\n") == 1
        join = basic_raw if options else basic
        assert join("web", secret) in ran.out
        assert ran.out.startswith("header")


@pytest.mark.needs("curl")
def test_curl_sends_it(judge: Judge) -> None:
    """The real curl, to a server that shows what arrived."""
    arrived: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            arrived.append(self.headers["Authorization"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    secret = 'a"b\\c%20+d ü'
    judge.one(shared(secret))
    (judge.cli.path / "curlrc").write_text(header(judge.cli, secret, "--format", "curl").out)
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.handle_request, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/"
        arguments = ["curl", "--silent", "--noproxy", "*", "--config", "curlrc", url]
        subprocess.run(arguments, cwd=judge.cli.path, check=True, timeout=20)
    assert arrived == [basic("web", secret)]


def test_an_unusable_secret_is_refused(judge: Judge) -> None:
    """1, the reason on stderr, nothing on stdout; --no-check builds it anyway."""
    judge.registry(
        {
            "web": {"secrets": [shared(OTHER), shared(SECRET, "old", expiration="2026-05-01T00:00:00Z")]},
            "off": {"enabled": False, "secrets": [shared(SECRET)]},
        }
    )
    for target, status, code in (
        ("client/web", 1, "expired"),
        ("client/off", 1, "disabled"),
        ("client/nobody", 4, "principal_not_found"),
    ):
        ran = header(judge.cli, SECRET, "--at", NOW, "--json", target=target)
        assert (ran.status, ran.out, ran.error["code"]) == (status, "", code)
        assert SECRET not in ran.err
        assert header(judge.cli, SECRET, "--no-check", target=target).status == 0
    ran = header(judge.cli, "wrong-altogether")
    assert (ran.status, ran.out) == (1, "")
    assert "mismatch" in ran.err


def test_what_is_skipped_is_a_warning(judge: Judge) -> None:
    """A stored value that is not valid says so here as well."""
    judge.one(stored("SharedSecret", "nonsense", "bad"), shared(SECRET))
    ran = header(judge.cli, SECRET)
    assert "warning: secret bad was skipped" in ran.err
    assert ran.out == f"Authorization: {basic('web', SECRET)}\n"


def test_no_check_needs_no_registry(judge: Judge) -> None:
    """Nor does it look for one."""
    assert header(judge.cli, SECRET, "--no-check").out == f"Authorization: {basic('web', SECRET)}\n"
    assert header(judge.cli, SECRET, "--no-check", target="resource/api").status == 0
    assert header(judge.cli, SECRET).status == 3


@pytest.mark.parametrize("profile", PROFILES)
def test_what_is_built_is_accepted(judge: Judge, profile: str) -> None:
    """By the same registry's rules: with --raw where the server does not decode."""
    judge.registry({"web": {"secrets": [shared(SECRET)]}}, validation={"profile": profile})
    ran = header(judge.cli, SECRET, *(["--raw"] if profile == "identityserver3" else []))
    assert ran.status == 0
    accepted(judge.basic(ran.out, profile=profile), "client_secret_basic")


def test_header_for_a_resource(judge: Judge) -> None:
    """An API authenticates to the introspection endpoint (scope is an alias)."""
    judge.registry(resources={"api": {"secrets": [shared(SECRET)]}})
    for target in ("resource/api", "scope/api", "api"):
        assert header(judge.cli, SECRET, target=target).out == f"Authorization: {basic('api', SECRET)}\n"


def test_secret_sources(judge: Judge) -> None:
    """A file, stdin, an environment variable; one newline is cut, no more."""
    judge.one(shared(SECRET))
    expected = f"Authorization: {basic('web', SECRET)}\n"
    for text in (SECRET, SECRET + "\n", SECRET + "\r\n"):
        (judge.cli.path / "s").write_bytes(text.encode())
        assert judge.cli("header", "client/web", "--secret-file", "s").out == expected
        assert header(judge.cli, text).out == expected
    for text in (SECRET + "\n\n", SECRET + " ", SECRET + "\r"):
        assert header(judge.cli, text).status == 1
    ran = judge.cli.process("header", "client/web", "--secret-env", "WEB_SECRET", env={"WEB_SECRET": SECRET})
    assert (ran.status, ran.out) == (0, expected)
    assert judge.cli("header", "client/web", "--secret-env", "NOT_SET_ANYWHERE").status == 3
    assert judge.cli("header", "client/web").status == 64
    assert judge.cli("header", "client/web", "--secret-file", "missing").status == 3
    assert judge.cli("header", "client/web", "--secret-file", "s", "--secret-env", "X").status == 64


@pytest.mark.parametrize(("secret", "status"), [(b"\xff\xfe\xfd", 3), (b"", 1)])
def test_a_secret_that_is_no_text(judge: Judge, secret: bytes, status: int) -> None:
    """Refused, not mangled."""
    judge.one(shared(SECRET))
    ran = judge.cli("header", "client/web", "--secret-file", "-", stdin=secret)
    assert (ran.status, ran.out) == (status, "")


def test_a_full_stdout(judge: Judge) -> None:
    """It carried a secret: 7."""
    judge.one(shared(SECRET))
    (judge.cli.path / "s").write_text(SECRET)
    with Path("/dev/full").open("w") as full:
        ran = judge.cli.process("header", "client/web", "--secret-file", "s", stdout=full)
    assert ran.status == 7
    with Path("/dev/full").open("w") as full:
        ran = judge.cli.process("verify", "client/web", "--secret-file", "s", "--json", stdout=full)
    assert ran.status == 3


@pytest.mark.parametrize("format", ["xml", "HEADER", ""])
def test_formats_that_do_not_exist(judge: Judge, format: str) -> None:
    """A usage error, before anything is built."""
    judge.one(shared(SECRET))
    assert header(judge.cli, SECRET, "--format", format).status == 64
    assert judge.cli("assertion", "client/web", "--key", "k", "--format", format).status == 64


# --- assertion -------------------------------------------------------------------------------------------------------


def keyed(judge: Judge, key: Any = None, *, data: bytes | None = None, **sections: Any) -> None:
    """A client with the public half of a key, and key.pem with the private one."""
    key = key or rsa_key()
    judge.registry({"web": {"secrets": [stored("JWK", jwk(key))]}}, **sections)
    (judge.cli.path / "key.pem").write_bytes(data or pem_key(key))


def build(judge: Judge, *options: object) -> Ran:
    """Run `assertion` at the usual time."""
    return judge.cli("assertion", "client/web", "--key", "key.pem", "--at", NOW, *options)


def test_an_assertion_to_the_letter(judge: Judge) -> None:
    """Header and claims as the README lists them."""
    keyed(judge)
    ran = build(judge)
    assert ran.status == 0, ran.err
    assert ran.out.count("\n") == 1
    token = ran.out.strip()
    head = pyjwt.get_unverified_header(token)
    assert head == {"alg": "PS256", "typ": "client-authentication+jwt"}
    body = pyjwt.decode(
        token,
        rsa_key().public_key(),
        [head["alg"]],
        audience=ISSUER,
        options={"verify_exp": False, "verify_iat": False},
    )
    assert list(body) == ["iss", "sub", "aud", "jti", "iat", "exp"]
    assert (body["iss"], body["sub"], body["aud"]) == ("web", "web", ISSUER)
    assert (body["iat"], body["exp"]) == (T, T + 60)
    assert len(body["jti"]) >= 16
    accepted(judge.assertion(token), "private_key_jwt")


def test_every_jti_is_another(judge: Judge) -> None:
    """Or the second would be a replay."""
    keyed(judge)
    jtis = {pyjwt.decode(build(judge).out.strip(), options={"verify_signature": False})["jti"] for _ in range(5)}
    assert len(jtis) == 5


def test_assertion_formats(judge: Judge) -> None:
    """jwt, form and json."""
    keyed(judge)
    form = build(judge, "--format", "form")
    assert form.out.count("\n") == 1
    fields = dict(parse_qsl(form.out.strip(), strict_parsing=True))
    assert fields["client_assertion_type"] == JWT_BEARER
    accepted(judge.form(form.out), "private_key_jwt")
    assert set(fields) <= {"client_assertion_type", "client_assertion", "client_id"}
    document = build(judge, "--format", "json").json
    assert list(document) == ["client_assertion_type", "client_assertion"]
    assert document["client_assertion_type"] == JWT_BEARER
    accepted(judge.assertion(document["client_assertion"]))
    assert list(build(judge, "--json").json) == ["client_assertion_type", "client_assertion"]


@pytest.mark.parametrize("profile", PROFILES)
def test_the_audience_that_the_profile_wants(judge: Judge, profile: str) -> None:
    """What is built is accepted by the same registry's rules."""
    judge.registry(
        {"web": {"secrets": [stored("X509CertificateBase64", certificate().base64)]}}, validation={"profile": profile}
    )
    (judge.cli.path / "key.pem").write_bytes(pem_key(rsa_key()))
    ran = build(judge)
    assert ran.status == 0, ran.err
    accepted(judge.assertion(ran.out, profile=profile), "private_key_jwt")


@pytest.mark.parametrize(
    ("key", "alg"),
    [(rsa_key, "RS256"), (rsa_key, "PS256"), (rsa_key, "PS512"), (ec_key, "ES256"), (lambda: ec_key("P-384"), "ES384"),
     (lambda: ec_key("P-521"), "ES512"), (ed_key, "EdDSA")],
)  # fmt: skip
def test_keys_and_algorithms(judge: Judge, key: Any, alg: str) -> None:
    """--alg, or what fits the key."""
    keyed(judge, key())
    ran = build(judge, "--alg", alg)
    assert ran.status == 0, ran.err
    assert pyjwt.get_unverified_header(ran.out.strip())["alg"] == alg
    accepted(judge.assertion(ran.out))
    accepted(judge.assertion(build(judge).out))


@pytest.mark.parametrize(
    ("key", "alg"),
    [
        (ec_key, "RS256"),
        (rsa_key, "ES256"),
        (ed_key, "ES256"),
        (rsa_key, "none"),
        (rsa_key, "HS256"),
        (ec_key, "ES384"),
        (rsa_key, "XX"),
    ],
)
def test_algorithms_that_do_not_fit(judge: Judge, key: Any, alg: str) -> None:
    """Nothing is signed."""
    keyed(judge, key())
    ran = build(judge, "--alg", alg)
    assert (ran.status, ran.out) == (6, "")


PRIVATE: dict[str, Any] = {
    "PKCS#8 RSA": (rsa_key, pem_key),
    "PKCS#1": (rsa_key, lambda key: pem_key(key, traditional=True)),
    "PKCS#8 EC": (ec_key, pem_key),
    "SEC1": (ec_key, lambda key: pem_key(key, traditional=True)),
    "PKCS#8 Ed25519": (ed_key, pem_key),
    "CRLF": (rsa_key, lambda key: pem_key(key).replace(b"\n", b"\r\n")),
}


@pytest.mark.parametrize("form", PRIVATE)
def test_private_keys(judge: Judge, form: str) -> None:
    """PEM of every kind."""
    make, encode = PRIVATE[form]
    keyed(judge, make(), data=encode(make()))
    accepted(judge.assertion(build(judge).out))


def _private_jwk(key: Any) -> bytes:
    public = json.loads(jwk(key))
    numbers = key.private_numbers()

    def uint(number: int) -> str:
        return base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()

    if public["kty"] == "EC":
        size = (key.curve.key_size + 7) // 8
        private = base64.urlsafe_b64encode(numbers.private_value.to_bytes(size, "big")).rstrip(b"=").decode()
        return json.dumps({**public, "d": private, "kid": "mine"}).encode()
    names = {"d": numbers.d, "p": numbers.p, "q": numbers.q, "dp": numbers.dmp1, "dq": numbers.dmq1, "qi": numbers.iqmp}
    return json.dumps({**public, **{name: uint(number) for name, number in names.items()}, "kid": "mine"}).encode()


@pytest.mark.parametrize("key", [rsa_key, ec_key])
def test_private_jwks(judge: Judge, key: Any) -> None:
    """And its kid goes into the header, unless --kid says otherwise."""
    keyed(judge, key(), data=_private_jwk(key()))
    ran = build(judge)
    assert ran.status == 0, ran.err
    accepted(judge.assertion(ran.out))
    assert pyjwt.get_unverified_header(build(judge, "--kid", "k1").out.strip())["kid"] == "k1"


@pytest.mark.parametrize(("own", "registered", "chosen"), [("RS256", None, "RS256"), (None, "PS512", "PS512")])
def test_a_jwk_that_is_for_one_algorithm(judge: Judge, own: str | None, registered: str | None, chosen: str) -> None:
    """The private JWK says so, or the registered one: without --alg, that is what is signed with."""
    judge.one(stored("JWK", jwk(rsa_key(), **({"alg": registered} if registered else {}))))
    private = json.loads(_private_jwk(rsa_key()))
    (judge.cli.path / "key.pem").write_text(json.dumps({**private, "alg": own} if own else private))
    ran = build(judge)
    assert ran.status == 0, ran.err
    assert pyjwt.get_unverified_header(ran.out.strip())["alg"] == chosen
    accepted(judge.assertion(ran.out))


def test_encrypted_keys(judge: Judge) -> None:
    """The password comes from a file; without one and without a terminal it is a usage error; a wrong one is 3."""
    keyed(judge, data=pem_key(rsa_key(), b"p\xc3\xa4ssword"))
    for name, text in (("right", "pässword\n"), ("bare", "pässword"), ("wrong", "password")):
        (judge.cli.path / name).write_bytes(text.encode())
    for name in ("right", "bare"):
        accepted(judge.assertion(build(judge, "--key-password-file", name).out))
    wrong = build(judge, "--key-password-file", "wrong", "--json")
    assert (wrong.status, wrong.out) == (3, "")
    assert "pässword" not in wrong.err
    assert build(judge).status == 64
    assert build(judge, "--key-password-file", "missing").status == 3


@pytest.mark.parametrize(
    "data",
    [b"", b"nonsense", b"{}", b'{"kty":"oct","k":"c2VjcmV0"}', certificate().pem, jwk(rsa_key()).encode(), b"\x30\x82" * 50,
     b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"],
)  # fmt: skip
def test_what_is_no_private_key(judge: Judge, data: bytes) -> None:
    """Unreadable (3) or refused (6), and nothing of it is shown."""
    keyed(judge, data=data or b"\n")
    ran = build(judge, "--json")
    assert (ran.status, ran.out) == (3, "")
    assert list(ran.error) == ["code", "message", "hint"]


def test_a_key_that_is_not_registered(judge: Judge) -> None:
    """1, and how to register it; --no-check signs anyway, and needs no registry where the audience is given."""
    keyed(judge, data=pem_key(rsa_key(1)))
    ran = build(judge, "--json")
    assert (ran.status, ran.out, ran.error["code"]) == (1, "", "key_not_registered")
    assert "secret import" in ran.error["hint"]
    assert build(judge, "--no-check").status == 0
    judge.cli.registry.unlink()
    ran = build(judge, "--no-check", "--audience", "https://as.example.org")
    assert ran.status == 0, ran.err
    assert pyjwt.decode(ran.out.strip(), options={"verify_signature": False})["aud"] == "https://as.example.org"
    assert build(judge, "--no-check").status == 3


def test_without_an_audience(judge: Judge) -> None:
    """Nobody can sign for nobody: 3, with a hint."""
    keyed(judge, issuer={})
    ran = build(judge, "--json")
    assert (ran.status, ran.out) == (3, "")
    assert "--audience" in ran.error["hint"]


@pytest.mark.parametrize(("lifetime", "seconds"), [("60s", 60), ("5min", 300), ("PT90S", 90), ("1h", 3600)])
def test_lifetimes(judge: Judge, lifetime: str, seconds: int) -> None:
    """--lifetime is a duration, from iat to exp."""
    keyed(judge)
    ran = build(judge, "--lifetime", lifetime)
    body = pyjwt.decode(ran.out.strip(), options={"verify_signature": False})
    assert body["exp"] - body["iat"] == seconds


@pytest.mark.parametrize("lifetime", ["0s", "-1s", "never", "soon", ""])
def test_lifetimes_that_are_none(judge: Judge, lifetime: str) -> None:
    """An assertion that has expired already, or never would, is a usage error."""
    keyed(judge)
    ran = build(judge, "--lifetime", lifetime)
    assert (ran.status, ran.out) == (64, "")


def test_the_target_of_an_assertion(judge: Judge) -> None:
    """Iss and sub are the client's id, whatever it looks like; an unknown client has none, nor an expired key."""
    key = stored("JWK", jwk(rsa_key()))
    (judge.cli.path / "key.pem").write_bytes(pem_key(rsa_key()))
    judge.registry(
        {"an:id ü/x": {"secrets": [key]}, "old": {"secrets": [{**key, "expiration": "2026-05-01T00:00:00Z"}]}}
    )
    ran = judge.cli("assertion", "client/an:id ü/x", "--key", "key.pem", "--at", NOW)
    assert ran.status == 0, ran.err
    assert pyjwt.decode(ran.out.strip(), options={"verify_signature": False})["sub"] == "an:id ü/x"
    assert judge.cli("assertion", "client/nobody", "--key", "key.pem").status == 4
    assert judge.cli("assertion", "client/old", "--key", "key.pem", "--at", NOW).status == 1


@pytest.mark.parametrize("profile", LATER)
def test_the_token_endpoint_is_signed_for(judge: Judge, profile: str) -> None:
    """IdentityServer4 takes nothing else; duende's strict type wants the issuer."""
    keyed(judge, validation={"profile": profile})
    body = pyjwt.decode(build(judge).out.strip(), options={"verify_signature": False})
    assert body["aud"] == (TOKEN_ENDPOINT if profile == "identityserver4" else ISSUER)


@pytest.mark.needs("openssl")
def test_openssl_verifies_the_signature(judge: Judge) -> None:
    """An independent reader of RS256."""
    keyed(judge)
    (judge.cli.path / "ca.pem").write_bytes(authority("acceptance root").pem)
    signed, _, signature = build(judge, "--alg", "RS256").out.strip().rpartition(".")
    (judge.cli.path / "sig").write_bytes(base64.urlsafe_b64decode(signature + "=="))
    (judge.cli.path / "cert.pem").write_bytes(certificate().pem)
    public = subprocess.run(
        ["openssl", "x509", "-in", "cert.pem", "-noout", "-pubkey"], cwd=judge.cli.path, capture_output=True, check=True
    ).stdout
    (judge.cli.path / "pub.pem").write_bytes(public)
    done = subprocess.run(
        ["openssl", "dgst", "-sha256", "-verify", "pub.pem", "-signature", "sig"],
        cwd=judge.cli.path, input=signed.encode(), capture_output=True, check=False,
    )  # fmt: skip
    assert done.stdout == b"Verified OK\n"


@pytest.mark.parametrize(
    ("profile", "secret", "raw", "warns"),
    [
        ("rfc", "a+b/c%20d-and-more", False, False),
        ("rfc", "a+b/c%20d-and-more", True, True),
        ("rfc", "nothing-special-in-it", True, False),
        ("identityserver3", "a+b/c%20d-and-more", False, True),
        ("identityserver3", "a+b/c%20d-and-more", True, False),
        ("identityserver4", "/" * 40, False, True),
        ("duende", "/" * 40, False, False),
    ],
)
def test_a_header_that_the_server_would_misread(
    judge: Judge, profile: str, secret: str, *, raw: bool, warns: bool
) -> None:
    """The secret is right, so it is built; that the server would not read it back is said on stderr."""
    judge.registry({"web": {"secrets": [shared(secret)]}}, validation={"profile": profile})
    options = ["--raw"] if raw else []
    ran = header(judge.cli, secret, *options)
    assert ran.status == 0
    assert ("--raw" in ran.err) == warns
    assert judge.basic(ran.out, profile=profile)["accepted"] != warns
    assert secret not in ran.err
    assert header(judge.cli, secret, *options, "--format", "post").err == ""
    assert header(judge.cli, secret, *options, "--no-check").err == ""
