"""The profile table's rows about headers, forms and shared secrets once more, each server read step by step.

Not as rules that a profile combines, but as its parsers and validators run: ``BasicAuthenticationSecretParser``,
``PostBodySecretParser``, ``SecretParser`` and ``ClientSecretValidator`` of IdentityServer3, IdentityServer4 and Duende; and
RFC 6749 §2.3 as strictly as it can be taken. Random requests must get the same answer from both.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from hypothesis import given, settings
from hypothesis import strategies as st

from secretctl.authenticate import authenticator_for
from secretctl.model import Client, Request, Secret, StoredValue
from secretctl.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 6, 1, tzinfo=UTC)
PROFILES = ("rfc", "identityserver3", "identityserver4", "duende")
IDS = ["web", "public", "implicit", "off", "w b", "a+b", "é", "%41", "a:b", "web,off", "\x01", "n\x85", *(n * "i" for n in (100, 101, 200, 201))]  # fmt: skip
SECRETS = ["secret", "se cret", "a+b", "%41", "%zz", "é", "a:b", "a,b", "secret,", " s", "\t", "\u00a0", "a\x00b", "x" * 100, "x" * 101, "😀" * 50, "😀" * 51]  # fmt: skip

Pair = tuple[str, str]
"""An id and a secret, which is empty where there is none."""


def client(id: str) -> Client:
    """A client that has every secret of the list, if it may have any."""
    stored = (StoredValue(b64encode(sha256(secret.encode()).digest()).decode()) for secret in SECRETS)
    secrets = tuple(Secret(str(number), "SharedSecret", value) for number, value in enumerate(stored))
    implicit = id == "implicit"
    grants = ("implicit",) if implicit else ()
    return Client(
        id, enabled=id != "off", require_secret=id != "public", grant_types=grants, secrets=() if implicit else secrets
    )


CLIENTS = {id: client(id) for id in IDS}
JUDGES = {
    profile: authenticator_for(
        lambda kind, name: CLIENTS.get(name) if kind == "client" else None, Settings(), profile=profile
    )
    for profile in PROFILES
}


# --- .NET --------------------------------------------------------------------------------------------------------------

_NET_WHITE_SPACE = set("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | set(map(chr, range(0x2000, 0x200B)))


def is_present(text: str) -> bool:
    """``!string.IsNullOrWhiteSpace``."""
    return not set(text) <= _NET_WHITE_SPACE


def length(text: str) -> int:
    """``string.Length``."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def from_base64(text: str) -> bytes | None:
    """``Convert.FromBase64String``; None where it throws."""
    text = re.sub("[ \t\r\n]", "", text)
    whole = re.fullmatch("([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", text)
    return b64decode(text) if whole else None


def unescape(text: str) -> str:
    """``Uri.UnescapeDataString`` after plus signs, character by character."""
    text, read, position = text.replace("+", " "), "", 0
    while position < len(text):
        for octets in (1, 2, 3, 4):
            escapes = text[position : position + 3 * octets]
            if not re.fullmatch("(%[0-9A-Fa-f]{2})+", escapes) or len(escapes) < 3 * octets:
                continue
            try:
                read += bytes.fromhex(escapes.replace("%", "")).decode()
            except UnicodeDecodeError:
                continue
            position += len(escapes)
            break
        else:
            read += text[position]
            position += 1
    return read


def form_of(body: str | None) -> dict[str, list[str]]:
    """The collection of a form: names without regard to case, all values of each."""
    values: dict[str, list[str]] = {}
    for name, _, value in (pair.partition("=") for pair in (body or "").split("&") if pair):
        values.setdefault(unescape(name).lower(), []).append(unescape(value))
    return values


def basic_pair(header: str | None) -> Pair | None:
    """Id and secret as they stand in the header, where it can be read at all."""
    if header is None or header[:6].lower() != "basic ":
        return None
    raw = from_base64(header[6:])
    id_, colon, secret = (raw or b"").decode("utf-8", "replace").partition(":")
    return (id_, secret) if colon else None


def within_limits(pair: Pair) -> bool:
    """``InputLengthRestrictions``, and an id that is there."""
    id_, secret = pair
    return is_present(id_) and length(id_) <= 100 and (not is_present(secret) or length(secret) <= 100)


def has_right_secret(id_: str, secret: str) -> bool:
    """``HashedSharedSecretValidator``."""
    return is_present(secret) and secret in SECRETS and bool(CLIENTS[id_].secrets)


def identityserver3(header: str | None, body: str | None) -> str | None:
    """Whom it lets in: the body first, both parts or none."""
    form = form_of(body)
    posted = ",".join(form.get("client_id", [])), ",".join(form.get("client_secret", []))
    for pair in (posted, basic_pair(header)):
        if pair is not None and within_limits(pair) and is_present(pair[1]):
            known = pair[0] in CLIENTS and CLIENTS[pair[0]].enabled
            return pair[0] if known and has_right_secret(*pair) else None
    return None


def later(header: str | None, body: str | None, basic: Callable[[str | None], Pair | None]) -> str | None:
    """Whom IdentityServer4 and Duende let in: the first that has a secret, or else the last id."""
    form = form_of(body)
    posted = form.get("client_id", [""])[0], form.get("client_secret", [""])[0]
    found = [pair for pair in (basic(header), posted if within_limits(posted) else None) if pair is not None]
    best = next((pair for pair in found if pair[1]), found[-1] if found else None)
    if best is None or best[0] not in CLIENTS or not CLIENTS[best[0]].enabled:
        return None
    return best[0] if best[0] in {"public", "implicit"} or has_right_secret(*best) else None


def basic_of_identityserver4(header: str | None) -> Pair | None:
    """Looked at first, decoded then."""
    pair = basic_pair(header)
    if pair is None or not within_limits(pair):
        return None
    return unescape(pair[0]), unescape(pair[1]) if is_present(pair[1]) else ""


def basic_of_duende(header: str | None) -> Pair | None:
    """Decoded first, looked at then."""
    if header is not None and len(header) > 810:
        return None
    pair = basic_pair(header)
    pair = pair and (unescape(pair[0]), unescape(pair[1]))
    if pair is None or not within_limits(pair):
        return None
    return pair if is_present(pair[1]) else (pair[0], "")


# --- RFC 6749 ----------------------------------------------------------------------------------------------------------


class MalformedError(Exception):
    """What a strict server answers with ``invalid_request``."""


def strict(text: str) -> str:
    """Appendix B, taken at its word."""
    text = text.replace("+", " ")
    if re.search("%(?![0-9A-Fa-f]{2})", text):
        raise MalformedError
    octets = re.sub(b"%(..)", lambda match: bytes.fromhex(match[1].decode()), text.encode())
    try:
        return octets.decode()
    except UnicodeDecodeError:
        raise MalformedError from None


def strict_pair(id_: str, secret: str) -> Pair:
    """An id and a secret that may be what they are; the secret is empty where it is blank."""
    secret = secret if is_present(secret) else ""
    controls = any(ord(character) < 32 or 127 <= ord(character) < 160 for character in id_ + secret)
    if not is_present(id_) or len(id_) > 200 or len(secret) > 1_000 or controls:
        raise MalformedError
    return id_, secret


def strict_basic(header: str) -> Pair:
    """RFC 7617 with canonical base64 of UTF-8."""
    encoded = header[6:].strip(" ")
    try:
        raw = b64decode(encoded, validate=True)
        id_, colon, secret = raw.decode().partition(":")
    except ValueError:
        raise MalformedError from None
    if b64encode(raw).decode() != encoded or not colon:
        raise MalformedError
    return strict_pair(strict(id_), strict(secret))


def strict_form(body: str | None) -> dict[str, str]:
    """Each parameter once, but for the one that may be repeated (RFC 8707 §2)."""
    form: dict[str, str] = {}
    for name, _, value in (pair.partition("=") for pair in (body or "").split("&") if pair):
        if strict(name) in form and strict(name) != "resource":
            raise MalformedError
        form.setdefault(strict(name), strict(value))
    return form


def only_pair(header: str | None, body: str | None) -> Pair:
    """The one credential of a request, where nothing contradicts it."""
    form = strict_form(body)
    id_, secret = form.get("client_id", ""), form.get("client_secret", "")
    posted = strict_pair(id_, secret) if is_present(id_) or is_present(secret) else None
    if header is None or not f"{header} ".lower().startswith("basic "):
        if posted is None:
            raise MalformedError
        return posted
    pair = strict_basic(header)
    if posted is not None and (posted[1] or posted[0] != pair[0]):
        raise MalformedError
    return pair


def rfc(header: str | None, body: str | None) -> str | None:
    """Whom a server lets in that takes nothing for granted."""
    try:
        id_, secret = only_pair(header, body)
    except MalformedError:
        return None
    if id_ not in CLIENTS or not CLIENTS[id_].enabled:
        return None
    return id_ if (has_right_secret(id_, secret) if secret else id_ in {"public", "implicit"}) else None


SERVERS: dict[str, Callable[[str | None, str | None], str | None]] = {
    "rfc": rfc,
    "identityserver3": identityserver3,
    "identityserver4": lambda header, body: later(header, body, basic_of_identityserver4),
    "duende": lambda header, body: later(header, body, basic_of_duende),
}


# --- requests ----------------------------------------------------------------------------------------------------------


def spoilt(texts: st.SearchStrategy[str], bits: list[str]) -> st.SearchStrategy[str]:
    """Texts with one of the bits somewhere in them."""
    return st.builds(
        lambda text, bit, at: text[:at] + bit + text[at:], texts, st.sampled_from(bits), st.integers(0, 40)
    )


BITS = ["%", "+", "%c3", "%C3%A9", "%ff", " ", "%20", "%2B", ":", "\x00", "\u00a0", "%E2%82", "%zz", "é"]
ENCODERS: list[Callable[[str], str]] = [quote_plus, quote_plus, str, quote, lambda text: "".join(f"%{b:02x}" for b in text.encode())]  # fmt: skip


def spelled(texts: list[str]) -> st.SearchStrategy[str]:
    """One of the texts, encoded by somebody, now and then badly."""
    encoded = st.builds(lambda encode, text: encode(text), st.sampled_from(ENCODERS), st.sampled_from(texts))
    return encoded | encoded | spoilt(encoded, BITS)


SECRET = spelled([*SECRETS, *["secret"] * 12, "", " ", "wrong"])
ID = spelled([*IDS, *["web"] * 12, "public", ""])
BASE64 = st.builds(
    lambda id_, colon, secret, charset: b64encode(f"{id_}{colon}{secret}".encode(charset, "replace")).decode(),
    ID,
    st.sampled_from([*":::::::", ""]),
    SECRET,
    st.sampled_from(["utf-8", "utf-8", "utf-8", "latin-1"]),
)
HEADERS = st.none() | st.builds(
    lambda scheme, encoded: scheme + encoded,
    st.sampled_from(["Basic "] * 6 + ["basic ", "BASIC ", "Basic  ", "Basic", "Basic\t", "Bearer "]),
    BASE64 | BASE64 | BASE64.map(lambda encoded: encoded.rstrip("=")) | spoilt(BASE64, [" ", "\t", "=", "-", "A", "\n", "é", " " * 500, " " * 900]),
)  # fmt: skip
IDS_SENT = st.tuples(st.sampled_from(["client_id"] * 5 + ["Client_Id", "client%5fid", "client_id+", "resource"]), ID)
SECRETS_SENT = st.tuples(st.sampled_from(["client_secret"] * 5 + ["CLIENT_SECRET", "scope", ""]), SECRET)
BODIES = st.none() | (st.tuples(IDS_SENT, SECRETS_SENT) | st.lists(IDS_SENT | SECRETS_SENT, max_size=4)).map(
    lambda parameters: "&".join(f"{name}={value.replace('&', '%26')}" for name, value in parameters)
)


@settings(max_examples=500)
@given(HEADERS, BODIES)
def test_requests_are_answered_as_each_server_answers_them(header: str | None, body: str | None) -> None:
    """Whom the tool lets in is whom the server lets in, and nobody else."""
    for profile in PROFILES:
        verdict = JUDGES[profile].verify(Request(header, body), kind="client", now=NOW)
        accepted = verdict.target.id if verdict.accepted and verdict.target else None
        assert accepted == SERVERS[profile](header, body), (profile, verdict.reason)
