"""Public keys as JSON: RFC 7517, RFC 7518 §6, RFC 8037 §2."""

from __future__ import annotations

import json
from binascii import a2b_base64
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from secretctl.crypto import base64url
from secretctl.crypto.private_material import private_members
from secretctl.crypto.public_key import CURVES, ED25519_ALGORITHMS, from_ec, from_ed25519, from_rsa
from secretctl.crypto.strict_json import JsonError, parse_object
from secretctl.errors import RefusedError, UnavailableError
from secretctl.model import StoredValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secretctl.crypto.public_key import PublicKey

_FIELD_BYTES = {"P-256": 32, "P-384": 48, "P-521": 66}
_HINT = 'a public JWK looks like {"kty":"EC","crv":"P-256","x":"…","y":"…"}'


class Jwk(NamedTuple):
    """A public JWK that passed the key policy: its key, narrowed to the JWK's own ``alg``, and its members."""

    key: PublicKey
    algorithms: tuple[str, ...]
    members: Mapping[str, Any]

    @property
    def kid(self) -> str | None:
        """Its ``kid``."""
        kid = self.members.get("kid")
        return kid if isinstance(kid, str) else None

    def stored_value(self) -> StoredValue:
        """Its JSON on one line, every public member kept, as a registry stores it."""
        return StoredValue(json.dumps(self.members, separators=(",", ":"), ensure_ascii=False))


def parse_jwk_text(text: str | bytes) -> dict[str, Any]:
    """The members of a JWK, or of the one key of a JWKS, without a look at the key.

    UnavailableError: ``jwk_not_json``, ``several_keys``. What this refuses is what makes a server's own parser give up.
    """
    members = _members(text)
    if _is_set(members):
        keys = members["keys"]
        if not isinstance(keys, list) or len(keys) != 1 or not isinstance(keys[0], dict):
            count = f"{len(keys)} keys" if isinstance(keys, list) else "no list of keys"
            raise UnavailableError("several_keys", f"the JWKS holds {count} instead of one", hint="hand over one JWK")
        return keys[0]
    return members


@lru_cache(maxsize=1024)
def parse_jwk(text: str, *, min_rsa_bits: int) -> Jwk:
    """A public JWK that may verify signatures, as a registry stores it: of a JWKS there, no server takes the key.

    RefusedError: ``private_key_material``, ``key_weak``, ``key_off_curve``, ``key_unsupported``, ``key_misfit`` (``use``,
    ``key_ops`` or ``alg`` say that it is for something else, or ``x5c`` holds another key).
    UnavailableError: ``jwk_not_json``, ``jwk_invalid``.
    """
    members = _members(text)
    if _is_set(members):
        raise UnavailableError("jwk_invalid", "the value is a JWKS where a JWK belongs", hint="store the one key alone")
    return read_jwk(members, min_rsa_bits=min_rsa_bits)


def _members(text: str | bytes) -> dict[str, Any]:
    try:
        return parse_object(text)
    except JsonError as exc:
        raise UnavailableError("jwk_not_json", f"the JWK cannot be read: {exc}", hint=_HINT) from None


def _is_set(members: Mapping[str, Any]) -> bool:
    return "keys" in members and "kty" not in members


def read_jwk(members: Mapping[str, Any], *, min_rsa_bits: int) -> Jwk:
    """As ``parse_jwk``, from members that were read before."""
    if private_members(members):
        kind = "symmetric" if members.get("kty") == "oct" else "private"
        raise RefusedError(
            "private_key_material",
            f"the JWK holds a {kind} key, which never belongs into a registry",
            hint="hand over the public half alone: no d, p, q, dp, dq, qi, oth or k",
        )
    key = _key(members, min_rsa_bits=min_rsa_bits)
    _check_purpose(members)
    _check_certificate(members, key, min_rsa_bits=min_rsa_bits)
    return Jwk(key, _algorithms(members, key), members)


def of_key(key: PublicKey) -> Jwk:
    """The JWK of a key that came in another form."""
    order = ("kty", "crv", "n", "e", "x", "y")
    return Jwk(key, key.algorithms, {name: key.jwk[name] for name in order if name in key.jwk})


def _key(members: Mapping[str, Any], *, min_rsa_bits: int) -> PublicKey:
    kty, curve = members.get("kty"), members.get("crv")
    if kty == "RSA":
        n, e = (_integer(members, name) for name in ("n", "e"))
        return from_rsa(n, e, min_rsa_bits=min_rsa_bits)
    if kty == "EC" and isinstance(curve, str) and curve in CURVES:
        x, y = (int.from_bytes(_octets(members, name, _FIELD_BYTES[curve]), "big") for name in ("x", "y"))
        return from_ec(curve, x, y)
    if kty == "OKP" and curve == "Ed25519":
        return from_ed25519(_octets(members, "x", 32))
    if not isinstance(kty, str):
        _invalid("kty")
    raise RefusedError(
        "key_unsupported",
        "the JWK is of a key type or curve that signs no client assertion",
        hint="use RSA, EC on P-256, P-384 or P-521, or Ed25519",
    )


def _invalid(name: str) -> NoReturn:
    raise UnavailableError("jwk_invalid", f"the JWK's member {name} is missing or not what RFC 7518 says", hint=_HINT)


def _octets(members: Mapping[str, Any], name: str, length: int | None = None) -> bytes:
    value = members.get(name)
    try:
        octets = base64url.decode(value) if isinstance(value, str) else b""
    except ValueError:
        octets = b""
    if not octets or (length is not None and len(octets) != length):
        _invalid(name)
    return octets


def _integer(members: Mapping[str, Any], name: str) -> int:
    """A Base64urlUInt (RFC 7518 §2): in as few octets as it takes."""
    octets = _octets(members, name)
    if octets[0] == 0:
        _invalid(name)
    return int.from_bytes(octets, "big")


def _check_purpose(members: Mapping[str, Any]) -> None:
    """RFC 7517 §4.2 and §4.3: where a JWK says what it is for, it must be verifying signatures."""
    use, operations = members.get("use", "sig"), members.get("key_ops", ["verify"])
    if use != "sig":
        _misfit("its use is not sig")
    if not isinstance(operations, list) or "verify" not in operations:
        _misfit("its key_ops have no verify")


def _algorithms(members: Mapping[str, Any], key: PublicKey) -> tuple[str, ...]:
    alg = members.get("alg")
    if "alg" not in members:
        return key.algorithms
    if alg not in key.algorithms:
        _misfit("its alg is not a signature by such a key")
    return ED25519_ALGORITHMS if alg in ED25519_ALGORITHMS else (alg,)


def _misfit(why: str) -> NoReturn:
    raise RefusedError("key_misfit", f"the JWK is not for signatures: {why}", hint="hand over the key that signs")


def _check_certificate(members: Mapping[str, Any], key: PublicKey, *, min_rsa_bits: int) -> None:
    """RFC 7517 §4.7: the key in the first certificate of ``x5c`` is the JWK's own."""
    if "x5c" not in members:
        return
    from secretctl.crypto.certificate import parse_certificate

    chain = members["x5c"]
    if not isinstance(chain, list) or not chain or not isinstance(chain[0], str):
        _invalid("x5c")
    try:
        encoded = a2b_base64(chain[0], strict_mode=True)
    except ValueError:
        _invalid("x5c")
    certified = parse_certificate(encoded).public_key(min_rsa_bits=min_rsa_bits)
    if certified.jwk != key.jwk:
        _misfit("the certificate in its x5c is of another key")
