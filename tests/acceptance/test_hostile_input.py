"""Bytes that nobody should send: an answer every time, never a crash, never an acceptance by accident."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any
from unicodedata import normalize
from urllib.parse import quote

import pytest

from tests.acceptance.kit import (
    FORM,
    NOW,
    OTHER,
    PROFILES,
    SECRET,
    SERVERS,
    accepted,
    assertion_form,
    b64,
    basic,
    certificate,
    claims,
    ec_key,
    http,
    jwk,
    lines,
    refused,
    shared,
    stored,
    token,
    well_formed,
)

if TYPE_CHECKING:
    from tests.acceptance.kit import Judge


@pytest.fixture
def web(judge: Judge) -> Judge:
    """A client with a secret of each kind, a public one and a resource."""
    judge.registry(
        {
            "web": {
                "secrets": [
                    shared(SECRET),
                    stored("X509CertificateBase64", certificate().base64, "c"),
                    stored("JWK", jwk(ec_key()), "k"),
                ]
            },
            "public": {"require_secret": False},
        },
        {"api": {"secrets": [shared(OTHER)]}},
    )
    return judge


# --- text ------------------------------------------------------------------------------------------------------------

RAW = {
    "not UTF-8": b"\xff\xfe\xfd",
    "cut": b"\xc3",
    "overlong": b"\xc0\xaf\xe0\x80\xaf",
    "surrogate": b"\xed\xa0\x80",
    "beyond Unicode": b"\xf4\x90\x80\x80",
    "UTF-16": SECRET.encode("utf-16"),
    "NUL": SECRET.encode() + b"\x00",
    "BOM": b"\xef\xbb\xbf" + SECRET.encode(),
    "blank after": SECRET.encode() + b" ",
    "full width": "ｓ3cr3t-of-the-web-shop".encode(),
    "combining": "s\u0301".encode() + SECRET.encode()[1:],
    "zero width": SECRET.encode()[:3] + "\u200b".encode() + SECRET.encode()[3:],
}


@pytest.mark.parametrize("raw", RAW.values(), ids=RAW)
@pytest.mark.parametrize("profile", PROFILES)
def test_secrets_of_odd_bytes(web: Judge, profile: str, raw: bytes) -> None:
    """In a header, in a body as they are and escaped: refused, whatever they look like."""
    escaped = quote(raw)
    for verdict in (
        web.basic("Basic " + b64(b"web:" + raw), profile=profile),
        web.basic("Basic " + b64(f"web:{escaped}"), profile=profile),
        web.form(b"client_id=web&client_secret=" + raw, profile=profile),
        web.form(f"client_id=web&client_secret={escaped}", profile=profile),
        web.request(http(b"client_id=web&client_secret=" + raw), profile=profile),
    ):
        assert not verdict["accepted"]
        assert verdict["method"] in {"client_secret_basic", "client_secret_post", None}


IDS = [
    "WEB",
    "Web",
    "wеb",
    "ｗｅｂ",
    "web\u200b",
    "\u202ebew",
    "web\x00",
    "web ",
    " web",
    "web/",
    "../web",
    "*",
    "%",
    "'--",
    "web\n",
]


@pytest.mark.parametrize("id", IDS)
@pytest.mark.parametrize("profile", PROFILES)
def test_ids_that_look_like_another(web: Judge, profile: str, id: str) -> None:
    """Compared byte for byte."""
    for verdict in (
        web.form(f"client_id={quote(id)}&client_secret={SECRET}", profile=profile),
        web.basic("Basic " + b64(f"{quote(id) if profile != 'identityserver3' else id}:{SECRET}"), profile=profile),
    ):
        refused(verdict, "unknown_principal", "malformed_credential")
        assert verdict["target"] is None


@pytest.mark.parametrize("id", ["٣٤٥", "Ⅻ", "ß", "İ", "ǆ", "\u0958", "é", "e\u0301"])
def test_ids_of_any_script(judge: Judge, id: str) -> None:
    """No normalisation, no case folding, no digits taken for others."""
    judge.registry({id: {"secrets": [shared(SECRET)]}})
    for profile in PROFILES:
        accepted(judge.form(f"client_id={quote(id)}&client_secret={SECRET}", profile=profile))
    for other in {id.lower(), id.upper(), id.casefold(), normalize("NFKC", id)} - {id}:
        refused(judge.form(f"client_id={quote(other)}&client_secret={SECRET}"), "unknown_principal")


# --- forms -----------------------------------------------------------------------------------------------------------

FORMS = [
    "&&&&", "=", "&=&", "client_id", "client_id=", "client_secret=x", "client_id==web", "client_id=web;client_secret=x",
    "?client_id=web", "client_id[]=web&client_secret[]=x", "client%5Fid=", "{}", "<a/>", "client_id=web&client_secret",
    "&" * 10_000, "a=" * 10_000, "%" * 1000, "client_id=" + "%00" * 50, "\x00", "client_id=web\x00&client_secret=x",
]  # fmt: skip


@pytest.mark.parametrize("body", FORMS, ids=[repr(body[:30]) for body in FORMS])
def test_forms_of_every_shape(web: Judge, body: str) -> None:
    """Refused for want of a credential, or because it is malformed."""
    for profile in PROFILES:
        refused(
            web.form(body, profile=profile),
            *("no_credential", "malformed_credential", "unknown_principal", "mismatch"),
        )


@pytest.mark.parametrize("profile", PROFILES)
def test_names_of_parameters_are_decoded(web: Judge, profile: str) -> None:
    """`client%5Fid` is client_id, so a repetition cannot hide behind an escape."""
    accepted(web.form(f"client%5Fid=web&client_secret={SECRET}", profile=profile))
    verdict = web.form(f"client_id=web&client%5fid=public&client_secret={SECRET}", profile=profile)
    if profile == "rfc":
        refused(verdict, "malformed_credential")
    elif profile == "identityserver3":
        refused(verdict, "unknown_principal")
    else:
        accepted(verdict)


def test_many_parameters(web: Judge) -> None:
    """Ten thousand others around the two that count."""
    filler = "&".join(f"p{number}=v" for number in range(10_000))
    accepted(web.form(f"{filler}&client_id=web&client_secret={SECRET}&{filler.replace('p', 'q')}"))


# --- requests --------------------------------------------------------------------------------------------------------

HEADERS: list[tuple[str, str]] = [
    ("Content-Length", "٣٠"),
    ("Content-Length", "+5"),
    ("Content-Length", "0x10"),
    ("Content-Length", "1_0"),
    ("Content-Length", "5, 6"),
    ("Transfer-Encoding", "gzip"),
    ("Transfer-Encoding", "chunked, chunked"),
    ("Transfer-Encoding", "xchunked"),
]


@pytest.mark.parametrize(("name", "value"), HEADERS)
def test_lengths_that_smuggle(web: Judge, name: str, value: str) -> None:
    """A request whose end is a matter of opinion is not decided."""
    body = f"client_id=web&client_secret={SECRET}"
    data = f"POST / HTTP/1.1\r\nContent-Type: {FORM}\r\n{name}: {value}\r\n\r\n{body}".encode()
    ran = web.cli("verify", "--request", "-", "--json", stdin=data)
    assert (ran.status, ran.out) == (3, "")
    for size in ("٣", "+1d", "0x1d", " 1d", "1d junk", ""):
        head = f"POST / HTTP/1.1\r\nContent-Type: {FORM}\r\nTransfer-Encoding: chunked\r\n\r\n"
        chunked = f"{head}{size}\r\n{body}\r\n0\r\n\r\n"
        assert web.cli("verify", "--request", "-", "--json", stdin=chunked).status == 3


def test_a_line_fold_hides_nothing(web: Judge) -> None:
    """RFC 9112 §5.2: obsolete folding is refused, so that no header hides in another."""
    data = f"POST / HTTP/1.1\r\nX: y\r\n Authorization: {basic('web', SECRET)}\r\n\r\n".encode()
    ran = web.cli("verify", "--request", "-", "--json", stdin=data)
    assert (ran.status, ran.out) == (3, "")


# --- size ------------------------------------------------------------------------------------------------------------

MEBIBYTE = 1_048_576


def filled(unit: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    """As many of the unit as an input of one mebibyte may hold."""
    return before + unit * ((MEBIBYTE - len(before) - len(after)) // len(unit)) + after


def test_a_mebibyte_of_anything_is_read_at_once(web: Judge) -> None:
    """What takes time in the square of its length is an attack on whoever verifies: hours of it, for one request."""
    begin, end = b"-----BEGIN CERTIFICATE-----\n", b"-----END CERTIFICATE-----\n"
    oid = b"\x06\x83\x0f\xff\x00" + b"\xff" * 0x0FFEFF + b"\x7f"
    inputs = {
        "blanks in a field": ("--request", filled(b" ", b"POST / HTTP/1.1\r\nX: a", b"b\r\n\r\n")),
        "one parameter": ("--form", filled(b"a&")),
        "escapes that are no UTF-8": ("--form", filled(b"%C3", b"a=")),
        "blocks without an end": ("--client-cert", filled(begin)),
        "headers that may be continued": ("--client-cert", begin + b"a: b\n" + b" a:b\n" * 60 + end),
        "colons": ("--client-cert", filled(b":", begin, b"\n" + end)),
        "an object identifier": ("--client-cert", b"\x30\x83\x0f\xff\x05" + oid),
    }
    for name, (option, data) in inputs.items():
        (web.cli.path / "input").write_bytes(data)
        arguments = ["--form", "form", option, "input"] if option == "--client-cert" else [option, "input"]
        (web.cli.path / "form").write_text("client_id=web")
        for profile in ("rfc", "identityserver3", "duende"):
            ran = web.cli.process("verify", *arguments, "--profile", profile, "--explain")
            assert ran.status in {1, 3}, (name, ran.err)


def test_a_name_of_a_mebibyte_is_read_at_once(judge: Judge) -> None:
    """A registry is input, too."""
    judge.one(stored("X509Name", "CN=a," * 200_000 + "CN=a", "n"))
    (judge.cli.path / "cert").write_bytes(certificate().pem)
    assert judge.cli.process("verify", "client/web", "--client-cert", "cert").status == 1


# --- secrets never come out --------------------------------------------------------------------------------------------


def test_no_secret_in_any_answer(web: Judge) -> None:
    """What was presented is in no message, whether it was right, wrong or malformed."""
    marker = "MARKER-0123456789"
    asked = [
        ("--basic", basic("web", marker)),
        ("--basic", "Basic " + b64(f"web:{marker}%zz")),
        ("--basic", "Basic " + marker),
        ("--basic", marker),
        ("--form", f"client_id=web&client_secret={marker}"),
        ("--form", f"client_id=web&client_secret={marker}&client_secret={marker}"),
        ("--form", f"client_id=nobody&client_secret={marker}%00"),
        ("--request", http(f"client_id=web&client_secret={marker}").decode()),
        ("--request", f"POST / HTTP/1.1\r\n{marker}\r\n\r\n"),
        ("--assertion", f"{marker}.{marker}.{marker}"),
        ("--assertion", token(claims(jti=marker))[:-10] + "AAAAAAAAAA"),
        ("--batch", json.dumps({"target": "client/web", "secret": marker})),
        ("--batch", json.dumps({"secret": marker})),
        ("--batch", f"{marker}"),
    ]
    for option, text in asked:
        for more in ([], ["--json"], ["--explain"]):
            for profile in ("rfc", "identityserver4"):
                ran = web.cli("verify", option, "-", "--profile", profile, "--at", NOW, *more, stdin=text)
                assert ran.status in {1, 3}
                assert marker not in ran.out + ran.err, (option, more)


# --- anything at all -------------------------------------------------------------------------------------------------

PIECES = [
    b"%00",
    b"\x00",
    b"&client_id=x",
    b"\r\n",
    b":",
    b'"',
    b"\xff\xfe",
    b"%ff",
    b"+",
    b"\xe2\x80\xae",
    b"[" * 40,
    b"{",
    b"=",
    b".",
    b"9" * 40,
]


def mutated(chance: random.Random, data: bytes) -> bytes:
    """Some bytes changed, left out, doubled or put in."""
    text = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5))):
        start, end = sorted(chance.randrange(len(text) + 1) for _ in range(2))
        how = chance.randrange(4)
        if how == 0:
            text[start:start] = chance.choice(PIECES)
        elif how == 1:
            del text[start : min(end, start + 8)]
        elif how == 2:
            text[start:start] = text[start:end]
        elif start < len(text):
            text[start] ^= 1 << chance.randrange(8)
    return bytes(text)


@pytest.mark.parametrize("seed", range(4))
def test_mutations(web: Judge, seed: int) -> None:
    """An answer or a status 3, in every profile; seeded, so that a failure comes again."""
    chance = random.Random(seed)
    batch = lines(
        {"authorization": basic("web", SECRET), "ref": 1},
        {"form": "client_id=web", "client_cert": certificate().base64},
        {"assertion": token(claims(), ec_key())},
    )
    good: list[tuple[str, bytes]] = [
        ("--basic", basic("web", SECRET).encode()),
        ("--form", f"client_id=web&client_secret={SECRET}".encode()),
        ("--form", assertion_form(token(claims(), ec_key())).encode()),
        ("--request", http(f"client_id=web&client_secret={SECRET}")),
        ("--request", http("client_id=web", [("Client-Cert", certificate().client_cert)])),
        ("--assertion", token(claims(), ec_key()).encode()),
        ("--batch", batch.encode()),
    ]
    for _ in range(100):
        option, data = chance.choice(good)
        profile = chance.choice(PROFILES)
        ran = web.cli(
            "verify", option, "-", "--profile", profile, "--explain", "--json", "--at", NOW, stdin=mutated(chance, data)
        )
        assert ran.status in {0, 1, 3}, ran.err
        results: list[Any] = [json.loads(line) for line in ran.out.splitlines()]
        assert bool(results) or ran.status in {0, 3}
        for result in results:
            result.pop("ref", None)
            well_formed(result)


@pytest.mark.parametrize("profile", SERVERS)
def test_a_registry_of_odd_values(judge: Judge, profile: str) -> None:
    """Whatever stands in the file by hand, verify answers."""
    odd = [
        "",
        " ",
        "\u0000",
        "$",
        "$argon2id$",
        "A" * 100_000,
        "\ud7ff",
        "=" * 44,
        "{" * 1000,
        "-----BEGIN CERTIFICATE-----",
    ]
    types = ["SharedSecret", "X509Thumbprint", "X509Name", "X509CertificateBase64", "JWK", "", "\u202e"]
    judge.registry(
        {
            "web": {
                "secrets": [
                    stored(type, value, f"{t}-{v}") for t, type in enumerate(types) for v, value in enumerate(odd)
                ]
            }
        }
    )
    for chosen in ("rfc", profile):
        for verdict in (
            judge.target("client/web", SECRET, "--explain", profile=chosen),
            judge.tls(certificate(), profile=chosen),
            judge.assertion(token(claims(aud="https://id.example.com/connect/token")), profile=chosen),
        ):
            assert not verdict["accepted"]
