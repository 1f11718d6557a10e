"""Private keys for signing client assertions: PEM (PKCS#8, PKCS#1, SEC 1; encrypted or not), DER or JWK."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from secretctl.crypto import base64url, jws
from secretctl.crypto.jwk import parse_jwk_text
from secretctl.crypto.private_material import PRIVATE_MEMBERS
from secretctl.crypto.public_key import CURVES, from_cryptography
from secretctl.errors import RefusedError, SecretctlError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secretctl.crypto.public_key import PublicKey
    from secretctl.model import SecretText

_ENCRYPTED = re.compile(rb"-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: *4, *ENCRYPTED", re.MULTILINE)
_HINT = "hand over a private key: PEM (PKCS#8, PKCS#1 or SEC 1) or a private JWK"
_KEY_MEMBERS = PRIVATE_MEMBERS | {"kty", "crv", "n", "e", "x", "y"}
_JWK_JSON = re.compile(rb"\s*\{")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and its public half. ``kid`` is what its JWK said. The private half is never shown."""

    public: PublicKey
    algorithms: tuple[str, ...]
    kid: str | None = None
    jose: Any = field(default=None, repr=False)

    def sign(self, claims: Mapping[str, Any], *, alg: str | None = None, header: Mapping[str, Any]) -> str:
        """A compact JWS of the claims. ``alg`` defaults to the first that fits; RefusedError ``algorithm_misfit``."""
        chosen = self.algorithms[0] if alg is None else alg
        if chosen not in self.algorithms:
            raise RefusedError(
                "algorithm_misfit",
                f"a key of type {self.public.text} does not sign with {chosen!a}",
                hint=f"choose one of {', '.join(self.algorithms)}",
            )
        return jws.sign_compact({"alg": chosen, **header}, claims, self.jose)


def is_encrypted(data: bytes) -> bool:
    """Whether a PEM private key says that it needs a password."""
    return _ENCRYPTED.search(data) is not None


def read_signing_key(data: bytes, password: SecretText | None = None, *, min_rsa_bits: int) -> SigningKey:
    """The private key in a file's bytes.

    UnavailableError: ``key_unreadable``, ``key_password_needed``, ``key_password_wrong``. RefusedError as the key policy
    says. No message holds anything of the key.
    """
    if _JWK_JSON.match(data):
        return _from_jwk(data, min_rsa_bits=min_rsa_bits)
    if is_encrypted(data) and password is None:
        raise UnavailableError(
            "key_password_needed", "the private key is encrypted", hint="pass --key-password-file, or run on a terminal"
        )
    return _signing_key(_load(data, password), min_rsa_bits=min_rsa_bits)


def _load(data: bytes, password: SecretText | None) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    load = serialization.load_pem_private_key if b"-----BEGIN" in data else serialization.load_der_private_key
    phrase = password.reveal().encode("utf-8") if password is not None and is_encrypted(data) else None
    try:
        return load(data, phrase)
    except TypeError:
        raise UnavailableError(
            "key_password_needed", "the private key is encrypted", hint="convert it to PEM"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        # From None: the library's own words may quote what it could not read.
        if phrase is not None:
            raise UnavailableError(
                "key_password_wrong", "the private key cannot be decrypted", hint="check the password"
            ) from None
        raise UnavailableError("key_unreadable", "the private key cannot be read", hint=_HINT) from None


def _from_jwk(data: bytes, *, min_rsa_bits: int) -> SigningKey:
    members = parse_jwk_text(data)
    if "d" not in members:
        raise UnavailableError("key_unreadable", "the JWK holds no private key", hint=_HINT)
    try:
        private = _private_key(members)
    except SecretctlError:
        raise
    except Exception:  # noqa: BLE001 - whatever a library says of a private key stays out of every message
        raise UnavailableError("key_unreadable", "the private JWK is not valid", hint=_HINT) from None
    use, operations = members.get("use", "sig"), members.get("key_ops", ["sign"])
    if use != "sig" or not isinstance(operations, list) or "sign" not in operations:
        raise RefusedError("key_misfit", "the JWK's use or key_ops say that it does not sign", hint=_HINT)
    key = _signing_key(private, min_rsa_bits=min_rsa_bits)
    alg, kid = members.get("alg"), members.get("kid")
    if "alg" in members and alg not in key.algorithms:
        raise RefusedError("key_misfit", "the JWK's alg is not a signature by such a key", hint=_HINT)
    algorithms = key.algorithms if alg is None else (alg,)
    return replace(key, algorithms=algorithms, kid=kid if isinstance(kid, str) else None)


def _private_key(members: Mapping[str, Any]) -> Any:
    """The library checks that the private half belongs to the public one."""
    from joserfc.jwk import ECKey, RSAKey

    bare = {name: members[name] for name in members if name in _KEY_MEMBERS}
    if members.get("kty") == "RSA":
        import warnings

        with warnings.catch_warnings():  # of small keys: the policy says so as an error
            warnings.simplefilter("ignore")
            return RSAKey.import_key(bare).private_key
    if members.get("kty") == "EC" and members.get("crv") in CURVES:
        return ECKey.import_key(bare).private_key
    if members.get("kty") == "OKP" and members.get("crv") == "Ed25519":
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        private = Ed25519PrivateKey.from_private_bytes(base64url.decode(members["d"]))
        if base64url.encode(private.public_key().public_bytes_raw()) != members.get("x"):
            raise UnavailableError("key_unreadable", "the JWK's d and x are not of one key", hint=_HINT)
        return private
    raise RefusedError("key_unsupported", "the JWK is of a type that signs no client assertion", hint=_HINT)


def _signing_key(private: Any, *, min_rsa_bits: int) -> SigningKey:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from joserfc.jwk import ECKey, OKPKey, RSAKey

    jose: Any
    if isinstance(private, rsa.RSAPrivateKey):
        jose = RSAKey(private, private)
    elif isinstance(private, ec.EllipticCurvePrivateKey):
        jose = ECKey(private, private)
    elif isinstance(private, ed25519.Ed25519PrivateKey):
        jose = OKPKey(private, private)
    else:
        raise RefusedError("key_unsupported", "the key is of a type that signs no client assertion", hint=_HINT)
    public = from_cryptography(private.public_key(), min_rsa_bits=min_rsa_bits)
    return SigningKey(public, public.algorithms, None, jose)
