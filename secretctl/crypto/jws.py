"""Signed tokens: the compact serialization of RFC 7515 and nothing else, read as RFC 8725 advises.

Taking a token apart is our own: a JOSE library's ``decode`` costs as much again as the signature, and accepts spellings
that a strict reader does not (spare base64url bits, repeated members). Signing is joserfc's.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from secretctl.crypto import base64url
from secretctl.crypto.signature import is_signature
from secretctl.crypto.strict_json import JsonError, parse_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secretctl.crypto.public_key import PublicKey

ALGORITHMS = ("PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519", "RS256", "RS384", "RS512")
"""Every algorithm that any profile may allow: asymmetric signatures only. ``none`` and HMAC are in no table here."""


class JwsError(ValueError):
    """The text is not a signed token that may be looked at further. ``text`` says why and quotes nothing of it."""


class Jws(NamedTuple):
    """A token taken apart; nothing in it has been verified yet. ``header`` is shared and must not be changed."""

    header: Mapping[str, Any]
    payload: bytes
    signature: bytes
    signing_input: bytes

    @property
    def alg(self) -> str:
        """The header's ``alg``."""
        alg: str = self.header["alg"]
        return alg

    def claims(self) -> dict[str, Any]:
        """The payload as a JSON object; JwsError where it is none with one meaning."""
        try:
            return parse_object(self.payload)
        except JsonError as exc:
            raise JwsError(f"the payload is refused: {exc}") from None


def parse_compact(token: str) -> Jws:
    """Take a compact JWS apart; JwsError where it is not exactly three canonical base64url parts with a sound header."""
    encoded_header, _, rest = token.partition(".")
    encoded_payload, dot, encoded_signature = rest.partition(".")
    if not dot or "." in encoded_signature:
        raise JwsError("it does not have the three parts of a compact JWS")
    header = _header(encoded_header)
    try:
        payload, signature = base64url.decode(encoded_payload), base64url.decode(encoded_signature)
    except ValueError:
        raise JwsError("payload or signature is not canonical base64url") from None
    return Jws(header, payload, signature, f"{encoded_header}.{encoded_payload}".encode("ascii"))


@lru_cache(maxsize=1)  # the parser asks who it is, the validator the rest, one right after the other
def parse_assertion(token: str) -> tuple[Jws, Mapping[str, Any]]:
    """A compact JWS and its claims; JwsError as ``parse_compact`` and ``Jws.claims`` raise it."""
    jws = parse_compact(token)
    return jws, jws.claims()


@lru_cache(maxsize=64)  # one client's tokens all have the same header
def _header(encoded: str) -> Mapping[str, Any]:
    try:
        header = parse_object(base64url.decode(encoded))
    except JsonError as exc:
        raise JwsError(f"the header is refused: {exc}") from None
    except ValueError:
        raise JwsError("the header is not canonical base64url") from None
    if not isinstance(header.get("alg"), str):
        raise JwsError("the header has no alg")
    if "crit" in header:
        # RFC 7515 §4.1.11: extensions that must be understood. None is understood here, an empty list is not allowed.
        raise JwsError("the header asks for extensions (crit) that are not understood")
    if header.get("b64", True) is not True:
        raise JwsError("the header asks for an unencoded payload (b64)")
    return header


def is_allowed(alg: str, allowed: tuple[str, ...]) -> bool:
    """Whether a list allows an algorithm, compared byte for byte; ``EdDSA`` covers its RFC 9864 name too."""
    return alg in ALGORITHMS and (alg in allowed or (alg == "Ed25519" and "EdDSA" in allowed))


def verify(jws: Jws, key: PublicKey, algorithms: tuple[str, ...] | None = None) -> bool:
    """Whether the signature is by that key, with an algorithm that is the key's own (or one of ``algorithms``, fewer).

    Never raises on what a token may hold. The caller has held ``alg`` against its own list before.
    """
    alg = jws.alg
    if alg not in (key.algorithms if algorithms is None else algorithms):
        return False
    return is_signature(alg, key.handle, jws.signature, jws.signing_input)


def sign_compact(header: Mapping[str, Any], claims: Mapping[str, Any], key: Any) -> str:
    """A compact JWS with the header's ``alg``; ``key`` is joserfc's private key object (see ``signing_key``)."""
    import json

    from joserfc.jws import JWSRegistry

    # Not get_alg(): it warns on standard error of names that RFC 9864 replaced, and judges by a list of its own.
    algorithm = JWSRegistry.algorithms[header["alg"]]
    parts = [base64url.encode(json.dumps(part, separators=(",", ":")).encode("utf-8")) for part in (header, claims)]
    signing_input = ".".join(parts).encode("ascii")
    return f"{'.'.join(parts)}.{base64url.encode(algorithm.sign(signing_input, key))}"
