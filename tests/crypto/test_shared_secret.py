"""Generated secrets and stored values: known answers, limits, and values that are none."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secretctl.crypto.shared_secret import (
    HASHES,
    PresentedHashes,
    generate_secret,
    hash_secret,
    read_stored_value,
)
from secretctl.errors import UsageError
from secretctl.model import SecretText, StoredValue
from tests.known import KNOWN

if TYPE_CHECKING:
    from secretctl.crypto.shared_secret import (
        HashName,
    )

SALT = b"0123456789abcdef"


def unpadded(data: bytes) -> str:
    """Base64 as PHC strings have it."""
    return base64.b64encode(data).decode().rstrip("=")


def matches(secret: str, value: str) -> bool:
    """Whether a presented secret matches a stored value."""
    return PresentedHashes(SecretText(secret)).matches(read_stored_value(StoredValue(value)), StoredValue(value))


@pytest.mark.parametrize("secret", KNOWN["stored"])
def test_known_stored_values(secret: str) -> None:
    """Base64 of SHA-256 and SHA-512 of the UTF-8 bytes, as IdentityServer's Sha256() and Sha512() give them."""
    presented = PresentedHashes(SecretText(secret))
    for name, value in KNOWN["stored"][secret].items():
        assert all(presented.matches(read_stored_value(value), value) for _ in range(2))
        assert hash_secret(SecretText(secret), name) == value
        assert read_stored_value(StoredValue(value)).hash_name == name
        assert matches(secret, value)
        assert not matches(secret + "x", value)


@pytest.mark.parametrize("name", HASHES)
def test_every_hash_matches_what_it_was_made_of(name: HashName) -> None:
    """And nothing else; salted ones differ each time."""
    value = hash_secret(SecretText("sören:müller"), name)
    assert read_stored_value(value).hash_name == name
    assert matches("sören:müller", value)
    assert not matches("soren:muller", value)
    assert (hash_secret(SecretText("sören:müller"), name) == value) is (name in {"sha256", "sha512"})


def test_the_costs_are_those_of_owasp() -> None:
    """Password Storage Cheat Sheet: Argon2id m=19456 t=2 p=1; scrypt N=2^17 r=8 p=1."""
    # A salt of 16 bytes and a hash of 32, as base64 without padding: what every reader of PHC strings takes.
    fields = r"[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}"
    assert re.fullmatch(rf"\$scrypt\$ln=17,r=8,p=1\${fields}", hash_secret(SecretText("x"), "scrypt"))
    assert re.fullmatch(rf"\$argon2id\$v=19\$m=19456,t=2,p=1\${fields}", hash_secret(SecretText("x"), "argon2id"))


def test_text_that_utf8_cannot_spell() -> None:
    """Half of a surrogate pair is refused when it is hashed, and never matches when it is presented."""
    with pytest.raises(UsageError) as caught:
        hash_secret(SecretText("\ud800"), "sha256")
    assert caught.value.code == "secret_unencodable"
    assert not matches("\ud800", base64.b64encode(hashlib.sha256("\ufffd".encode()).digest()).decode())


@pytest.mark.parametrize(
    "value",
    [
        "",
        "secret",
        "====",
        "A===",
        "AAAA",
        "é" * 44,
        "\ud800",
        "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols",
        "K7gNU3sdo-OL0wNhqoVWhr3g6s1xYv72ol_pe_Unols=",
        "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unol=s",
        "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=\u200b",
        "A" * 43 + "\x00",
        base64.b64encode(bytes(31)).decode(),
        base64.b64encode(bytes(65)).decode(),
    ],
)
def test_values_that_are_no_hash(value: str) -> None:
    """Nothing matches them, and IdentityServer stops at them."""
    stored = read_stored_value(StoredValue(value))
    assert stored.hash_name is None
    assert not stored.dotnet_valid
    assert not matches(value, value)


@pytest.mark.parametrize("size", [32, 64])
def test_values_that_only_dotnet_decodes(size: int) -> None:
    """White space, and bits beyond the last byte: base64 for Convert.FromBase64String, and still nothing matches."""
    text = base64.b64encode(b"\xff" * size).decode()
    for value in (
        f" {text}",
        f"{text}\n",
        f"{text[:8]}\t\r\n{text[8:]}",
        text.replace("8=", "9=").replace("w==", "x=="),
    ):
        stored = read_stored_value(StoredValue(value))
        assert (stored.hash_name, stored.dotnet_valid) == (None, value != text)


ARGON = "$argon2id$v=19$m={m},t={t},p={p}${salt}${digest}"
SCRYPT = "$scrypt$ln={ln},r={r},p={p}${salt}${digest}"


def argon(**changes: object) -> str:
    """A PHC string of Argon2id with something changed."""
    return ARGON.format(**{"m": 64, "t": 1, "p": 1, "salt": unpadded(SALT), "digest": unpadded(bytes(32)), **changes})


def scrypt(**changes: object) -> str:
    """A PHC string of scrypt with something changed."""
    return SCRYPT.format(**{"ln": 4, "r": 8, "p": 1, "salt": unpadded(SALT), "digest": unpadded(bytes(32)), **changes})


@pytest.mark.parametrize(
    "value",
    [
        argon(m=2_097_152),
        argon(m=7),
        argon(m=127, p=16),
        argon(m="064"),
        argon(t=33),
        argon(t=0),
        argon(p=17, m=1024),
        argon(m=1_048_576, t=5),
        argon(salt="AAA"),
        argon(salt="AAAAAAAAAAB"),
        argon(digest="A" * 17),
        argon(digest="!" * 43),
        argon() + "$",
        argon().replace("argon2id", "argon2i"),
        argon().replace("v=19", "v=16"),
        argon() + "\n",
        scrypt(ln=21),
        scrypt(ln=21, r=4),
        scrypt(ln=20, r=9),
        scrypt(ln=20, r=32),
        scrypt(ln=20, r=8, p=5),
        scrypt(ln=16, r=1),
        scrypt(ln=20, r=1),
        scrypt(r=33),
        scrypt(p=17),
        scrypt(ln=0),
        scrypt(salt="AAAAAAAAAAB"),
        scrypt(digest="A" * 17 + "B"),
        "$",
        "$2b$12$abcdefghijklmnopqrstuuW4KOqQIcMg6kZb8sGTLyPZ7dMqLyYba",
        "$scrypt$",
        "$argon2id$v=19$m=19456,t=2,p=1",
    ],
)
def test_phc_strings_that_are_refused(value: str) -> None:
    """Costs that are an attack on whoever verifies, other algorithms, and fields that are not canonical base64."""
    stored = read_stored_value(StoredValue(value))
    assert (stored.hash_name, stored.dotnet_valid) == (None, False)
    assert not matches("secret", value)


@pytest.mark.parametrize(
    "value", [argon(), argon(m=8), argon(t=32), scrypt(), scrypt(p=16), scrypt(r=32, ln=1), scrypt(ln=15, r=1)]
)
def test_phc_strings_with_other_sane_costs(value: str) -> None:
    """They are hashes, and answer no where the digest is another."""
    assert read_stored_value(StoredValue(value)).hash_name in {"argon2id", "scrypt"}
    assert not matches("secret", value)


@pytest.mark.parametrize(("salt", "length"), [(b"12345678", 12), (SALT, 32), (bytes(64), 64)])
def test_scrypt_with_any_salt_and_length(salt: bytes, length: int) -> None:
    """Both are those of the string."""
    digest = hashlib.scrypt(b"secret", salt=salt, n=16, r=8, p=1, dklen=length)
    value = scrypt(salt=unpadded(salt), digest=unpadded(digest))
    assert matches("secret", value)
    assert not matches("Secret", value)


def test_argon2id_that_the_library_refuses() -> None:
    """A salt that its own rules find too short is no match, not a traceback."""
    value = argon(salt=unpadded(b"12345678"), digest=unpadded(bytes(12)), m=8)
    assert read_stored_value(StoredValue(value)).hash_name == "argon2id"
    assert not matches("secret", value)


@given(st.text(st.characters(), max_size=120))
def test_no_value_makes_reading_it_raise(value: str) -> None:
    """A registry may hold anything."""
    for each in (value, "$" + value, "$argon2id$v=19$" + value, "$scrypt$ln=4,r=8,p=1$" + value):
        assert not read_stored_value(StoredValue(each)).hash_name or len(each) >= 44


def test_a_presented_hash_needs_no_known_name() -> None:
    """A stored value that is no hash matches nothing, whatever is asked."""
    assert not PresentedHashes(SecretText("")).matches(read_stored_value(StoredValue("$scrypt$")), StoredValue(""))


def test_generated_secrets() -> None:
    """43 characters of base64url from 32 random bytes, after the prefix, never the same."""
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", generate_secret().reveal())
    assert re.fullmatch(r"acme_[A-Za-z0-9_-]{22}", generate_secret(prefix="acme_", random_bytes=16).reveal())
    assert len({generate_secret().reveal() for _ in range(100)}) == 100
    assert len(generate_secret(random_bytes=75).reveal()) == 100


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"random_bytes": 15}, "secret_too_short"),
        ({"random_bytes": 0}, "secret_too_short"),
        ({"random_bytes": -1}, "secret_too_short"),
        ({"random_bytes": 76}, "secret_too_long"),
        ({"prefix": "p" * 58}, "secret_too_long"),
        ({"prefix": "a b"}, "prefix_invalid"),
        ({"prefix": "ü"}, "prefix_invalid"),
        ({"prefix": "a\n"}, "prefix_invalid"),
        ({"prefix": "a%"}, "prefix_invalid"),
    ],
)
def test_secrets_that_are_not_generated(arguments: dict[str, object], code: str) -> None:
    """Too short to be safe, too long for IdentityServer, or read differently raw and form-urlencoded: usage errors."""
    with pytest.raises(UsageError) as caught:
        generate_secret(**arguments)  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.status) == (code, 64)


@pytest.mark.parametrize("value", [argon(m=1_048_576, t=4), argon(m=128, p=16), scrypt(ln=20), scrypt(ln=20, p=4)])
def test_the_highest_costs_are_still_sane(value: str) -> None:
    """1 GiB of memory, and four times as much work."""
    assert read_stored_value(StoredValue(value)).hash_name in {"argon2id", "scrypt"}
