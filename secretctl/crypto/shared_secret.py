"""Shared secrets: generate one, make the stored value of one, hold a presented one against stored values.

A stored value is base64 of SHA-256 or SHA-512 of the UTF-8 secret (``HashExtensions.Sha256`` of IdentityServer), or
a PHC string: ``$argon2id$…`` or ``$scrypt$…`` (OWASP Password Storage Cheat Sheet 2025 for the costs).
"""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from functools import lru_cache
from os import urandom
from typing import Literal, NamedTuple

from secretctl.crypto import dotnet_base64
from secretctl.digests import compare_digest, sha256, sha512
from secretctl.errors import UnavailableError, UsageError
from secretctl.model import SHARED_SECRET, SecretText, StoredValue

HashName = Literal["sha256", "sha512", "argon2id", "scrypt"]
HASHES: tuple[HashName, ...] = ("sha256", "sha512", "argon2id", "scrypt")

DEFAULT_BYTES = 32
MIN_BYTES = 16
MAX_CHARACTERS = 100
"""IdentityServer's ``InputLengthRestrictions.ClientSecret``."""
MIN_CHARACTERS = 15
"""NIST SP 800-63B-4, 3.1.1.2: the least length of a password that stands alone."""

_SHA256_BYTES, _SHA512_BYTES = 32, 64
_ARGON2_MEMORY_KIB, _ARGON2_PASSES, _ARGON2_LANES = 19_456, 2, 1
_SCRYPT_LOG_N, _SCRYPT_R, _SCRYPT_P = 17, 8, 1
# A registry is input: costs beyond these are an attack on whoever verifies, not a hash.
_MAX_MEMORY_KIB, _MAX_ARGON2_PASSES, _MAX_LANES, _MAX_SCRYPT_LOG_N, _MAX_SCRYPT_R = 1_048_576, 32, 16, 20, 32
# Memory times passes: some seconds. libsodium's most expensive preset ("sensitive") is just within it.
_MAX_WORK_KIB = 4 * _MAX_MEMORY_KIB

_PHC_FIELD = r"([A-Za-z0-9+/]{%d,%d})"
_ARGON2 = (
    r"\$argon2id\$v=19\$m=([1-9][0-9]{0,9}),t=([1-9][0-9]{0,3}),p=([1-9][0-9]{0,3})"
    rf"\${_PHC_FIELD % (11, 86)}\${_PHC_FIELD % (16, 86)}"
)
_SCRYPT = (
    r"\$scrypt\$ln=([1-9][0-9]?),r=([1-9][0-9]{0,3}),p=([1-9][0-9]{0,3})"
    rf"\${_PHC_FIELD % (11, 86)}\${_PHC_FIELD % (16, 86)}"
)
_PREFIX = r"[A-Za-z0-9._~-]*"


class StoredHash(NamedTuple):
    """A stored value, understood. ``hash_name`` None: no presented secret could match it under ``rfc``.

    ``dotnet_valid`` is False where ``HashedSharedSecretValidator`` gives up: not base64 for
    ``Convert.FromBase64String``, or not 32 or 64 bytes.
    """

    hash_name: HashName | None
    digest: bytes
    dotnet_valid: bool


class PresentedHashes:
    """A presented secret and the hashes of it that were needed so far, each computed once."""

    __slots__ = ("_secret", "_sha256", "_sha512")

    def __init__(self, secret: SecretText) -> None:
        # A lone surrogate (JSON can spell one) has no UTF-8; its bytes here are those of no text, so it never matches.
        self._secret = secret.reveal().encode("utf-8", "surrogatepass")
        self._sha256 = sha256(self._secret).digest()
        self._sha512: bytes | None = None

    def matches(self, stored: StoredHash, value: StoredValue) -> bool:
        """Whether the stored value is a hash of this secret. Digests are compared in constant time."""
        name = stored.hash_name
        if name == "sha256":
            return compare_digest(self._sha256, stored.digest)
        if name == "sha512":
            if self._sha512 is None:
                self._sha512 = sha512(self._secret).digest()
            return compare_digest(self._sha512, stored.digest)
        if name == "argon2id":
            return _argon2id_matches(self._secret, value)
        if name == "scrypt":
            return _scrypt_matches(self._secret, value)
        return False


def generate_secret(*, prefix: str = "", random_bytes: int = DEFAULT_BYTES) -> SecretText:
    """``random_bytes`` from the operating system's CSPRNG as unpadded base64url, after ``prefix``.

    UsageError: ``prefix_invalid``, ``secret_too_short`` (under 16 bytes), ``secret_too_long`` (over 100 characters, which
    IdentityServer does not accept).
    """
    if not re.fullmatch(_PREFIX, prefix):
        raise UsageError(
            "prefix_invalid",
            "a prefix may hold only A-Z, a-z, 0-9 and . _ ~ -",
            hint="such a secret reads the same raw and form-urlencoded",
        )
    if random_bytes < MIN_BYTES:
        raise UsageError(
            "secret_too_short", f"{random_bytes} random bytes are too few to be safe", hint=f"use {MIN_BYTES} or more"
        )
    length = len(prefix) + (random_bytes * 4 + 2) // 3
    if length > MAX_CHARACTERS:
        raise UsageError(
            "secret_too_long",
            f"the secret would have {length} characters, and IdentityServer accepts {MAX_CHARACTERS}",
            hint="use a shorter --prefix or fewer --bytes",
        )
    text = b2a_base64(urandom(random_bytes), newline=False).rstrip(b"=").translate(bytes.maketrans(b"+/", b"-_"))
    return SecretText(prefix + text.decode("ascii"))


def hash_secret(secret: SecretText, hash_name: HashName) -> StoredValue:
    """The stored value of a secret: base64 of SHA-256 or SHA-512 of its UTF-8 bytes, or a salted PHC string.

    UsageError ``secret_unencodable`` where it holds half of a surrogate pair.
    """
    try:
        raw = secret.reveal().encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError("secret_unencodable", "the secret is not text that UTF-8 can spell") from None
    if hash_name == "sha256":
        return StoredValue(_base64(sha256(raw).digest()))
    if hash_name == "sha512":
        return StoredValue(_base64(sha512(raw).digest()))
    salt = urandom(16)
    if hash_name == "argon2id":
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

        kdf = Argon2id(
            salt=salt, length=32, iterations=_ARGON2_PASSES, lanes=_ARGON2_LANES, memory_cost=_ARGON2_MEMORY_KIB
        )
        return StoredValue(kdf.derive_phc_encoded(raw))
    digest = _scrypt(raw, salt, _SCRYPT_LOG_N, _SCRYPT_R, _SCRYPT_P, length=32)
    costs = f"ln={_SCRYPT_LOG_N},r={_SCRYPT_R},p={_SCRYPT_P}"
    return StoredValue(f"$scrypt${costs}${_base64(salt).rstrip('=')}${_base64(digest).rstrip('=')}")


def means_shared_secret(type: str) -> bool:
    """Whether a type is ``SharedSecret`` however it is spelled: ``Shared Secret``, ``shared_secret``.

    Servers compare types exactly, and a misspelled one never matches; its value may be plaintext all the same.
    """
    return type == SHARED_SECRET or "".join(filter(str.isalpha, type)).casefold() == "sharedsecret"


@lru_cache(maxsize=4_096)
def read_stored_value(value: StoredValue) -> StoredHash:
    """What a stored value is. Never raises: a value that is nothing known has ``hash_name`` None."""
    if value.startswith("$"):
        return StoredHash(_phc_name(value), b"", dotnet_valid=False)
    try:
        digest = dotnet_base64.decode(value)
    except ValueError:
        digest = b""
    if len(digest) not in (_SHA256_BYTES, _SHA512_BYTES):
        return StoredHash(None, b"", dotnet_valid=False)
    if _base64(digest) != value:
        # IdentityServer decodes it, then compares the text, which cannot be equal: harmless, but dead.
        return StoredHash(None, b"", dotnet_valid=True)
    return StoredHash("sha256" if len(digest) == _SHA256_BYTES else "sha512", digest, dotnet_valid=True)


def _base64(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode("ascii")


def _phc_name(value: str) -> HashName | None:
    """The hash of a PHC string whose costs are sane, or None."""
    if match := re.fullmatch(_ARGON2, value):
        memory, passes, lanes = int(match[1]), int(match[2]), int(match[3])
        sane = 8 * lanes <= memory <= _MAX_MEMORY_KIB and passes <= _MAX_ARGON2_PASSES and lanes <= _MAX_LANES
        sane = sane and memory * passes <= _MAX_WORK_KIB
        return "argon2id" if sane and _is_canonical(match[4]) and _is_canonical(match[5]) else None
    if match := re.fullmatch(_SCRYPT, value):
        log_n, r, p = int(match[1]), int(match[2]), int(match[3])
        sane = log_n <= _MAX_SCRYPT_LOG_N and r <= _MAX_SCRYPT_R and p <= _MAX_LANES
        memory = (r << log_n) // 8
        sane = sane and memory <= _MAX_MEMORY_KIB and memory * p <= _MAX_WORK_KIB
        sane = sane and log_n < 16 * r  # RFC 7914 §6, and OpenSSL raises
        return "scrypt" if sane and _is_canonical(match[4]) and _is_canonical(match[5]) else None
    return None


def _is_canonical(field: str) -> bool:
    """Whether a field of a PHC string is unpadded base64 in its one spelling."""
    try:
        return _base64(_unpadded(field)).rstrip("=") == field
    except Base64Error:
        return False


def _unpadded(field: str) -> bytes:
    return a2b_base64(field + "=" * (-len(field) % 4))


def _argon2id_matches(raw: bytes, value: StoredValue) -> bool:
    from cryptography.exceptions import InvalidKey
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    try:
        Argon2id.verify_phc_encoded(raw, value)
    except (InvalidKey, ValueError):
        return False
    return True


def _scrypt(raw: bytes, salt: bytes, log_n: int, r: int, p: int, *, length: int) -> bytes:
    from hashlib import scrypt

    memory = 128 * r * ((1 << log_n) + p) + 1_048_576
    try:
        return scrypt(raw, salt=salt, n=1 << log_n, r=r, p=p, dklen=length, maxmem=memory)
    except ValueError as exc:  # the costs are sane, so it is the machine: OpenSSL has too little memory, or no scrypt
        raise UnavailableError(
            "scrypt_unavailable",
            f"scrypt cannot be computed here: {exc}",
            hint=f"it needs {memory >> 20} MiB of memory, and an OpenSSL that may use scrypt",
        ) from None


def _scrypt_matches(raw: bytes, value: StoredValue) -> bool:
    """Whether a PHC string that ``read_stored_value`` knows is the hash of this secret."""
    _, _, costs, salt, field = value.split("$")
    log_n, r, p = (int(cost.partition("=")[2]) for cost in costs.split(","))
    digest = _unpadded(field)
    return compare_digest(_scrypt(raw, _unpadded(salt), log_n, r, p, length=len(digest)), digest)
