"""Requests as real clients send them: curl, Python, .NET, Java, Go, Node; and as proxies and editors leave them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import pytest

from tests.acceptance.kit import (
    FORM,
    LATER,
    NOW,
    OTHER,
    PROFILES,
    SECRET,
    accepted,
    assertion_form,
    b64,
    basic,
    basic_raw,
    certificate,
    claims,
    http,
    refused,
    shared,
    stored,
    token,
)

if TYPE_CHECKING:
    from tests.acceptance.kit import Judge

GRANT = "grant_type=client_credentials&scope=api1"


def capture(head: str, body: str = GRANT, *, eol: str = "\r\n") -> bytes:
    """A request from its head, a line each, with the length of its body."""
    lines = [line.strip() for line in head.strip().splitlines()]
    return (eol.join([*lines, f"Content-Length: {len(body.encode())}", "", ""]) + body).encode()


# --- clients that send Basic ---------------------------------------------------------------------------------------

CURL = """POST /connect/token HTTP/1.1
Host: id.example.com
Authorization: {}
User-Agent: curl/8.5.0
Accept: */*
Content-Type: application/x-www-form-urlencoded"""

REQUESTS = """POST /connect/token HTTP/1.1
Host: id.example.com
User-Agent: python-requests/2.32.3
Accept-Encoding: gzip, deflate
Accept: */*
Connection: keep-alive
Content-Type: application/x-www-form-urlencoded
Authorization: {}"""

HTTPX = """POST /connect/token HTTP/1.1
host: id.example.com
accept: */*
accept-encoding: gzip, deflate
connection: keep-alive
user-agent: python-httpx/0.27.0
content-type: application/x-www-form-urlencoded
authorization: {}"""

REQUESTS_OAUTHLIB = """POST /connect/token HTTP/1.1
Host: id.example.com
User-Agent: python-requests/2.32.3
Accept: application/json
Content-Type: application/x-www-form-urlencoded;charset=UTF-8
Connection: keep-alive
Authorization: {}"""

DOTNET = """POST /connect/token HTTP/1.1
Host: id.example.com
Accept: application/json
Authorization: {}
traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00
Content-Type: application/x-www-form-urlencoded; charset=utf-8"""

SPRING = """POST /connect/token HTTP/1.1
Accept: application/json;charset=UTF-8
Content-Type: application/x-www-form-urlencoded;charset=UTF-8
Authorization: {}
User-Agent: Java/17.0.10
Host: id.example.com
Connection: keep-alive"""

GO = """POST /connect/token HTTP/1.1
Host: id.example.com
User-Agent: Go-http-client/1.1
Authorization: {}
Content-Type: application/x-www-form-urlencoded
Accept-Encoding: gzip"""

NODE = """POST /connect/token HTTP/1.1
user-agent: openid-client/5.6.5 (https://github.com/panva/openid-client)
accept: application/json
accept-encoding: gzip, deflate, br
authorization: {}
content-type: application/x-www-form-urlencoded
Host: id.example.com
Connection: keep-alive"""

POWERSHELL = """POST /connect/token HTTP/1.1
Authorization: {}
User-Agent: Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.4291
Content-Type: application/x-www-form-urlencoded
Host: id.example.com
Expect: 100-continue
Connection: Keep-Alive"""

# Which of them form-urlencode before they join (RFC 6749 §2.3.1), and how they encode.
JOINS = {
    "curl -u": (CURL, basic_raw),
    "requests": (REQUESTS, basic_raw),
    "httpx": (HTTPX, basic_raw),
    "requests-oauthlib": (REQUESTS_OAUTHLIB, basic_raw),
    ".NET Rfc2617": (DOTNET, basic_raw),
    ".NET Rfc6749": (DOTNET, lambda who, secret: basic_raw(quote(who, safe="~"), quote(secret, safe="~"))),
    "Spring Security": (SPRING, basic),
    "Go AuthStyleInHeader": (GO, basic),
    "node openid-client": (NODE, lambda who, secret: basic_raw(quote_plus(who, safe=""), quote_plus(secret, safe=""))),
    "PowerShell": (POWERSHELL, basic_raw),
}


@pytest.mark.parametrize("client", JOINS)
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("eol", ["\r\n", "\n"])
def test_clients_that_send_basic(judge: Judge, client: str, profile: str, eol: str) -> None:
    """With a secret that needs no encoding, every client reaches every server, with CRLF or LF."""
    judge.one(shared(SECRET))
    head, join = JOINS[client]
    data = capture(head.format(join("web", SECRET)), eol=eol)
    accepted(judge.request(data, profile=profile), "client_secret_basic", "s1")


@pytest.mark.parametrize("client", JOINS)
@pytest.mark.parametrize("profile", PROFILES)
def test_a_secret_with_specials(judge: Judge, client: str, profile: str) -> None:
    """What `a+b/c%20=&` becomes on the way is what people write tickets about."""
    secret = "a+b/c%20=&ü 12345"
    judge.one(shared(secret))
    head, join = JOINS[client]
    verdict = judge.request(capture(head.format(join("web", secret))), profile=profile)
    encodes = join is not basic_raw
    decodes = profile != "identityserver3"
    accepted(verdict) if encodes == decodes else refused(verdict, "mismatch")


# --- clients that send the secret in the body ------------------------------------------------------------------------

BODIES = {
    "Go AuthStyleInParams": ("application/x-www-form-urlencoded", "client_id={id}&client_secret={secret}&grant_type=client_credentials"),
    ".NET": ("application/x-www-form-urlencoded", "grant_type=client_credentials&scope=api1&client_id={id}&client_secret={secret}"),
    "Spring": ("application/x-www-form-urlencoded;charset=UTF-8", "grant_type=client_credentials&client_id={id}&client_secret={secret}"),
    "axios": ("application/x-www-form-urlencoded; charset=utf-8", "client_id={id}&client_secret={secret}&grant_type=client_credentials"),
    "upper case": ("Application/X-WWW-Form-Urlencoded", "client_id={id}&client_secret={secret}"),
}  # fmt: skip


@pytest.mark.parametrize("client", BODIES)
@pytest.mark.parametrize("profile", PROFILES)
def test_clients_that_send_a_body(judge: Judge, client: str, profile: str) -> None:
    """A form is decoded the same way everywhere, whatever the parameters of its media type."""
    secret = "a+b/c%20=&ü 12345"
    judge.one(shared(secret))
    media_type, body = BODIES[client]
    for encode in (quote_plus, lambda text: quote(text, safe="")):
        filled = body.format(id=encode("web"), secret=encode(secret))
        accepted(judge.request(http(filled, content_type=media_type), profile=profile), "client_secret_post")


@pytest.mark.parametrize("media_type", ["application/json", "text/plain", "multipart/form-data; boundary=x", None])
@pytest.mark.parametrize("profile", PROFILES)
def test_bodies_that_are_no_forms(judge: Judge, media_type: str | None, profile: str) -> None:
    """A server reads forms only (HasApplicationFormContentType)."""
    judge.one(shared(SECRET))
    data = http(f"client_id=web&client_secret={SECRET}", content_type=media_type)
    refused(judge.request(data, profile=profile), "no_credential")
    data = http('{"client_id": "web", "client_secret": "x"}', content_type="application/json")
    refused(judge.request(data, profile=profile), "no_credential")


def test_credentials_in_the_url_do_not_count(judge: Judge) -> None:
    """RFC 6749 §2.3.1: the parameters must not be included in the request URI."""
    judge.one(shared(SECRET))
    data = http(GRANT, line=f"POST /connect/token?client_id=web&client_secret={SECRET} HTTP/1.1")
    refused(judge.request(data), "no_credential")
    data = http(line=f"GET /connect/token?client_id=web&client_secret={SECRET} HTTP/1.1")
    refused(judge.request(data), "no_credential")


@pytest.mark.parametrize("profile", PROFILES)
def test_an_assertion_over_the_wire(judge: Judge, profile: str) -> None:
    """As Spring, openid-client and IdentityModel send it."""
    judge.one(stored("X509CertificateBase64", certificate().base64))
    audience = "https://id.example.com" if profile == "rfc" else "https://id.example.com/connect/token"
    jwt = token(claims(aud=audience))
    for body in (assertion_form(jwt), assertion_form(jwt, client_id="web", scope="api1")):
        accepted(judge.request(http(body), profile=profile), "private_key_jwt")


# --- the capture itself -------------------------------------------------------------------------------------------


def test_lower_case_header_names(judge: Judge) -> None:
    """HTTP/1.1 names are any case; HTTP/2 dumps have them in lower case."""
    judge.one(shared(SECRET))
    for name in ("authorization", "AUTHORIZATION", "AuThOrIzAtIoN"):
        accepted(judge.request(http(GRANT, [(name, basic("web", SECRET))])))
    accepted(judge.request(http(f"client_id=web&client_secret={SECRET}").replace(b"Content-Type", b"content-type")))


@pytest.mark.parametrize("blank", ["", " ", "  ", "\t"])
def test_white_space_about_header_values(judge: Judge, blank: str) -> None:
    """RFC 9110 §5.5: it is not part of the value."""
    judge.one(shared(SECRET))
    data = f"POST / HTTP/1.1\r\nHost: x\r\nAuthorization:{blank}{basic('web', SECRET)}{blank}\r\n\r\n".encode()
    accepted(judge.request(data))


@pytest.mark.parametrize("tail", [b"", b"\n", b"\r\n"])
def test_a_capture_without_a_length(judge: Judge, tail: bytes) -> None:
    """Typed by hand into a file, whose last newline nobody sent."""
    judge.one(shared(SECRET))
    data = f"POST /connect/token HTTP/1.1\nContent-Type: {FORM}\n\nclient_id=web&client_secret={SECRET}".encode()
    accepted(judge.request(data + tail), "client_secret_post")


def test_what_follows_the_body_is_not_part_of_it(judge: Judge) -> None:
    """Content-Length says where it ends."""
    judge.one(shared(SECRET))
    accepted(judge.request(http(f"client_id=web&client_secret={SECRET}") + b"\r\nHTTP/1.1 200 OK\r\n\r\n{}"))


def test_a_head_alone(judge: Judge) -> None:
    """With and without the blank line."""
    judge.one(shared(SECRET))
    head = f"POST /connect/token HTTP/1.1\r\nHost: x\r\nAuthorization: {basic('web', SECRET)}"
    for tail in ("", "\r\n", "\r\n\r\n", "\n", "\n\n"):
        accepted(judge.request((head + tail).encode()))


def chunked(*chunks: str, eol: str = "\r\n", extension: str = "", trailer: str = "") -> bytes:
    """A request with Transfer-Encoding: chunked."""
    body = "".join(f"{len(chunk.encode()):x}{extension}{eol}{chunk}{eol}" for chunk in chunks)
    head = ["POST /connect/token HTTP/1.1", "Host: x", f"Content-Type: {FORM}", "Transfer-Encoding: chunked", "", ""]
    return (eol.join(head) + body + f"0{eol}{trailer}{eol}").encode()


@pytest.mark.parametrize("eol", ["\r\n", "\n"])
def test_chunked_bodies(judge: Judge, eol: str) -> None:
    """Decoded: one chunk, several, with extensions and trailers, sizes in any case."""
    judge.one(shared("s3cr3t-ü-of-the-shop"))
    body = f"client_id=web&client_secret={quote('s3cr3t-ü-of-the-shop')}"
    for data in (
        chunked(body, eol=eol),
        chunked(body[:7], body[7:9], body[9:], eol=eol),
        chunked(*body, eol=eol),
        chunked(body, extension=";name=value", eol=eol),
        chunked(body, trailer=f"Expires: never{eol}", eol=eol),
        chunked(body, eol=eol).replace(b"chunked", b"Chunked"),
        chunked(body, eol=eol).replace(f"{len(body):x}".encode(), f"{len(body):X}".encode(), 1),
    ):
        accepted(judge.request(data), "client_secret_post")


@pytest.mark.parametrize(
    "data",
    [
        chunked(f"client_id=web&client_secret={SECRET}")[:-30],
        chunked("client_id=web").replace(b"\r\nd\r\n", b"\r\nzz\r\n"),
        chunked("client_id=web").replace(b"\r\nd\r\n", b"\r\n-d\r\n"),
        chunked("client_id=web").replace(b"\r\nd\r\n", b"\r\nffffffffff\r\n"),
        http(f"client_id=web&client_secret={SECRET}")[:-3],
        http("x=y").replace(b"Content-Length: 3", b"Content-Length: three"),
        http("x=y").replace(b"Content-Length: 3", b"Content-Length: -1"),
        b"",
        b"\x00\x01\x02",
        b"hello\r\n\r\n",
        b"client_id=web&client_secret=x",
        b'{"log": {"entries": []}}',
        b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nno colon here\r\n\r\n",
        b"POST / HTTP/1.1\r\nbad name : x\r\n\r\n",
    ],
)
def test_what_is_no_request(judge: Judge, data: bytes) -> None:
    """It cannot be decided: 3."""
    judge.one(shared(SECRET))
    ran = judge.cli("verify", "--request", "-", "--json", stdin=data)
    assert (ran.status, ran.out, ran.error["code"]) == (3, "", "request_unreadable")


@pytest.mark.parametrize("profile", PROFILES)
def test_two_authorization_headers(judge: Judge, profile: str) -> None:
    """Two credentials under rfc; ASP.NET Core takes the first; OWIN joins them to something nobody can read."""
    judge.one(shared(SECRET))
    data = http(GRANT, [("Authorization", basic("web", SECRET)), ("Authorization", basic("web", OTHER))])
    verdict = judge.request(data, profile=profile)
    if profile == "rfc":
        refused(verdict, "multiple_credentials", "malformed_credential")
    elif profile in LATER:
        accepted(verdict)
    else:
        assert not verdict["accepted"]


# --- Client-Cert ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
def test_a_client_cert_header(judge: Judge, profile: str) -> None:
    """RFC 9440: base64 between colons; the same as --client-cert."""
    made = certificate()
    judge.one(stored("X509Thumbprint", made.sha1))
    path = judge.cli.path / "c.pem"
    path.write_bytes(made.pem)
    over_header = judge.request(http("client_id=web", [("Client-Cert", made.client_cert)]), profile=profile)
    accepted(over_header, "self_signed_tls_client_auth")
    assert over_header == judge.request(http("client_id=web"), "--client-cert", path, profile=profile)
    chain = [("client-cert", made.client_cert), ("Client-Cert-Chain", f"{made.client_cert}, {made.client_cert}")]
    accepted(judge.request(http("client_id=web", chain), profile=profile))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda made: made.base64,
        lambda made: quote(made.pem),
        lambda made: f'Hash={made.sha256};Subject="CN=web"',
        lambda made: f":{made.base64}",
        lambda made: f":{made.base64[:-8]}:",
        lambda made: f":{b64(b'no certificate')}:",
        lambda made: f'"{made.base64}"',
    ],
)
def test_client_cert_headers_of_other_forms(judge: Judge, spoil: Any) -> None:
    """What is no byte sequence of a certificate is malformed, not guessed at."""
    judge.one(stored("X509Thumbprint", certificate().sha1))
    verdict = judge.request(http("client_id=web", [("Client-Cert", spoil(certificate()))]))
    refused(verdict, "malformed_credential")


def test_two_client_cert_headers(judge: Judge) -> None:
    """RFC 9440 §2.2: it occurs once; two are somebody's forgery."""
    judge.one(stored("X509Thumbprint", certificate().sha1))
    header = ("Client-Cert", certificate().client_cert)
    assert not judge.request(http("client_id=web", [header, header]))["accepted"]


# --- --basic and --form as people save them --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["{}", "{}\n", "{}\r\n", "Authorization: {}", "authorization:{}\n", "AUTHORIZATION:   {}\r\n"]
)
def test_a_basic_header_in_a_file(judge: Judge, text: str) -> None:
    """The whole header line or its value, with or without a newline."""
    judge.one(shared(SECRET))
    path = judge.cli.write(text.format(basic("web", SECRET)), "header.txt")
    accepted(judge.ask("--basic", path), "client_secret_basic")
    accepted(judge.basic(text.format(basic("web", SECRET))))


@pytest.mark.parametrize("newline", ["", "\n", "\r\n"])
def test_a_form_in_a_file(judge: Judge, newline: str) -> None:
    """One trailing newline is cut, no more."""
    judge.one(shared(SECRET))
    accepted(judge.form(f"client_id=web&client_secret={SECRET}{newline}"), "client_secret_post")


def test_what_header_prints_verify_reads(judge: Judge) -> None:
    """Round trips through the command's own formats."""
    secret = "a+b/c%20=&ü:12345"
    judge.registry({"an:id ü": {"secrets": [shared(secret)]}})
    (judge.cli.path / "s").write_text(secret)
    build = ("header", "client/an:id ü", "--secret-file", "s", "--at", NOW)
    for form in ("header", "value"):
        accepted(judge.basic(judge.cli.ok(*build, "--format", form).out))
    accepted(judge.form(judge.cli.ok(*build, "--format", "post").out))
    both = judge.cli.ok(*build, "--format", "json").json
    accepted(judge.basic(both["authorization"]))
    accepted(judge.form(both["form"]))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_files_as_windows_saves_them(judge: Judge, encoding: str) -> None:
    """A capture is a text file; what claims to be the value itself is taken to the byte, as the server takes it."""
    judge.one(shared(SECRET))
    body = f"client_id=web&client_secret={SECRET}"
    for form, text, reasons in (
        ("request", http(body).decode(), ()),
        ("basic", f"{basic('web', SECRET)}\r\n", ("no_credential",)),
        ("form", f"{body}\r\n", ("no_credential", "malformed_credential")),
    ):
        path = judge.cli.path / form
        path.write_bytes(text.encode(encoding))
        verdict = judge.ask(f"--{form}", path)
        refused(verdict, *reasons) if reasons else accepted(verdict)
