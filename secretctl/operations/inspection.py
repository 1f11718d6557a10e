"""``inspect``: what a certificate, a JWK, an assertion or a Basic header holds, recognised by itself. Nothing is verified."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from secretctl.crypto.certificate_file import read_certificate, read_public_key
from secretctl.crypto.text_encoding import utf8
from secretctl.errors import RefusedError, UnavailableError
from secretctl.model import instant_or_none, instant_text
from secretctl.settings import Policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secretctl.crypto.certificate import Certificate
    from secretctl.crypto.jws import Jws

Kind = Literal["certificate", "jwk", "assertion", "basic"]

_MIN_RSA_BITS = Policy().min_rsa_bits
_JSON = re.compile(rb"\s*\{")
_BASIC = re.compile(r"\s*(?:authorization\s*:\s*)?basic[ \t]+([A-Za-z0-9+/=]+)\s*", re.IGNORECASE)
_BARE = re.compile(r"\s*([A-Za-z0-9+/]+={0,2})\s*")
_TOKEN = re.compile(r"\s*([A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*)\s*")
_FORM = re.compile(r"(?:\A|.*&)\s*client_assertion=([^&\s]+)", re.DOTALL)
_MASK = "********"
_TIMES = ("iat", "nbf", "exp")


@dataclass(frozen=True, slots=True)
class Inspection:
    """What an input is and holds. ``fields`` are ready for JSON, in the order in which people read them.

    ``advice`` says what to register and how, a sentence each.
    """

    kind: Kind
    fields: Mapping[str, Any]
    warnings: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The JSON object of ``inspect --json``."""
        return {"kind": self.kind, **self.fields}


def inspect(data: bytes, *, now: datetime) -> Inspection:
    """What the input is. UnavailableError where it is nothing of the kind; RefusedError where it holds a private key."""
    data = utf8(data)
    if _JSON.match(data):
        from secretctl.crypto.jwk import parse_jwk_text

        return _inspect_jwk(parse_jwk_text(data))
    if (spki := read_public_key(data)) is not None:
        from secretctl.crypto.jwk import of_key
        from secretctl.crypto.public_key import from_spki

        return _inspect_jwk(of_key(from_spki(spki, min_rsa_bits=0)).members)
    text = data.decode("utf-8", "replace")
    if match := _BASIC.fullmatch(text):
        return _inspect_basic(match[1])
    if match := _TOKEN.fullmatch(text) or _FORM.match(text):
        return _inspect_assertion(match[1], now)
    try:
        found = read_certificate(data)
    except UnavailableError:
        if (match := _BARE.fullmatch(text)) and (basic := _bare_basic(match[1])):
            return basic
        raise
    return _inspect_certificate(found.leaf, found.warnings, now)


def _inspect_certificate(certificate: Certificate, warnings: tuple[str, ...], now: datetime) -> Inspection:
    notes = [*warnings]
    if reason := certificate.validity(now):
        notes.append("it has expired" if reason == "certificate_expired" else "it is not valid yet")
    try:
        key: str | None = certificate.public_key(min_rsa_bits=_MIN_RSA_BITS).text
    except RefusedError as exc:
        notes.append(exc.message)
        key = _weak_key(certificate)
    fields = {
        "subject": certificate.subject,
        "subject_dotnet": certificate.subject_dotnet,
        "issuer": certificate.issuer,
        "serial": certificate.serial_hex,
        "not_before": instant_text(certificate.not_before),
        "not_after": instant_text(certificate.not_after),
        "thumbprint_sha1": certificate.thumbprint_sha1,
        "thumbprint_sha256": certificate.thumbprint_sha256,
        "x5t#S256": certificate.x5t_s256,
        "key": key,
    }
    advice = (
        "for client assertions: secretctl secret import TARGET FILE",
        "for mutual TLS, by thumbprint: secretctl secret import TARGET FILE --as thumbprint",
        "for mutual TLS, by name (under a trusted CA): secretctl secret import TARGET FILE --as name",
    )
    return Inspection("certificate", fields, tuple(notes), advice)


def _weak_key(certificate: Certificate) -> str | None:
    """The key in words where only its size is wrong."""
    try:
        return certificate.public_key(min_rsa_bits=0).text
    except RefusedError:
        return None


def _inspect_jwk(members: Mapping[str, Any]) -> Inspection:
    from secretctl.crypto.jwk import read_jwk

    notes: list[str] = []
    try:
        jwk = read_jwk(members, min_rsa_bits=_MIN_RSA_BITS)
    except RefusedError as exc:
        if exc.code != "key_weak":
            raise
        notes.append(exc.message)
        jwk = read_jwk(members, min_rsa_bits=0)
    fields: dict[str, Any] = {
        "key": jwk.key.text,
        "thumbprint": jwk.key.thumbprint,
        "algorithms": list(jwk.algorithms),
    }
    fields.update({name: members[name] for name in ("kid", "use", "key_ops", "alg") if name in members})
    return Inspection("jwk", fields, tuple(notes), ("for client assertions: secretctl secret import TARGET FILE",))


def _inspect_assertion(token: str, now: datetime) -> Inspection:
    from secretctl.crypto.jws import JwsError, parse_compact

    try:
        jws = parse_compact(token)
        claims = jws.claims()
    except JwsError as exc:
        raise UnavailableError(
            "assertion_malformed",
            f"the input looks like a JWT, but {exc}",
            hint="give all three parts, and nothing else",
        ) from None
    times = {name: text for name in _TIMES if (text := _time_text(claims.get(name)))}
    fields = {"header": dict(jws.header), "claims": claims, "times": times, "verified": False}
    notes = ["the signature was not verified: secretctl verify --assertion FILE", *_doubts(jws, claims, now)]
    return Inspection("assertion", fields, tuple(notes))


def _doubts(jws: Jws, claims: Mapping[str, Any], now: datetime) -> list[str]:
    from secretctl.crypto.jws import ALGORITHMS

    found = []
    if jws.alg not in ALGORITHMS:
        found.append("its alg is not an asymmetric signature: no server may accept it")
    if claims.get("iss") != claims.get("sub"):
        found.append("iss and sub differ: both must be the client id")
    end = _instant(claims.get("exp"))
    if end is None:
        found.append("it has no exp")
    elif end < now:
        found.append("it has expired")
    return found


def _instant(value: Any) -> datetime | None:
    if type(value) not in {int, float}:
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _time_text(value: Any) -> str | None:
    instant = _instant(value)
    return instant_or_none(instant)


def _inspect_basic(encoded: str) -> Inspection:
    basic = _bare_basic(encoded)
    if basic is None:
        raise UnavailableError(
            "basic_malformed",
            "the header is not base64 of id, colon and secret",
            hint="build one: secretctl header TARGET",
        )
    return basic


def _bare_basic(encoded: str) -> Inspection | None:
    """A Basic header's value; the secret is masked, in every spelling."""
    from binascii import Error as Base64Error
    from binascii import a2b_base64
    from urllib.parse import unquote_plus

    try:
        id_, colon, secret = a2b_base64(encoded, strict_mode=True).decode("utf-8").partition(":")
    except (Base64Error, UnicodeDecodeError):
        return None
    if not colon:
        return None
    decoded = unquote_plus(id_)
    notes = []
    if unquote_plus(secret) != secret or decoded != id_:
        notes.append(
            "id or secret change when form-urldecoded: servers that decode and servers that do not will disagree"
        )
    if not secret:
        notes.append("the secret is empty")
    return Inspection("basic", {"id": decoded, "id_raw": id_, "secret": _MASK}, tuple(notes))
