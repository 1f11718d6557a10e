"""Thumbprints, stored and pasted."""

from __future__ import annotations

import hashlib

import pytest

from secretctl.crypto.thumbprint import PastedThumbprint, hash_of, read_pasted, thumbprint, x5t_s256
from tests.known import SAMPLE

SHA1 = "61B754C541BBCFC6A45A9E9EC5E47D8702B78C29"


def test_the_sample_certificate() -> None:
    """Known answers for the sample certificate."""
    import base64

    der = base64.b64decode(SAMPLE["base64"])
    assert thumbprint(der, "sha1") == SAMPLE["sha1"] == SHA1
    assert thumbprint(der, "sha256") == SAMPLE["sha256"] == hashlib.sha256(der).hexdigest().upper()
    assert x5t_s256(der) == SAMPLE["x5t#S256"]


@pytest.mark.parametrize(
    "pasted",
    [
        ":".join(SHA1[i : i + 2] for i in range(0, 40, 2)),
        "\u200e" + " ".join(SHA1[i : i + 2] for i in range(0, 40, 2)).lower(),
        "SHA1 Fingerprint=" + SHA1,
        "sha1 Fingerprint=" + SHA1,
        "Thumbprint: " + SHA1,
        SHA1[:20] + "-" + SHA1[20:] + "\u200b",
        "\ufeff" + SHA1,
    ],
)
def test_pasted_thumbprints_are_cleaned(pasted: str) -> None:
    """Separators, labels and the invisible characters of the Windows certificate dialog go, and that is said."""
    assert read_pasted(pasted) == PastedThumbprint(SHA1, cleaned=True)


def test_a_clean_thumbprint_is_only_put_in_upper_case() -> None:
    """Case is no finding, and neither is the line's end."""
    assert read_pasted(SHA1.lower() + "\n") == PastedThumbprint(SHA1, cleaned=False)
    assert read_pasted(SHA1 + SHA1[:24]) == PastedThumbprint(SHA1 + SHA1[:24], cleaned=False)


@pytest.mark.parametrize("text", ["", SHA1[:39], SHA1 + "0", SHA1[:39] + "G", "hello", SHA1[:38] + "é"])
def test_what_is_no_thumbprint(text: str) -> None:
    """Wrong lengths and digits."""
    assert read_pasted(text) is None
    assert hash_of(text) is None


def test_stored_thumbprints_are_hex_and_nothing_else() -> None:
    """What stands in a registry is not cleaned: a server would not either."""
    assert hash_of(SHA1.lower()) == "sha1"
    assert hash_of("a" * 64) == "sha256"
    assert hash_of(":".join(SHA1[i : i + 2] for i in range(0, 40, 2))) is None
    assert hash_of(SHA1 + "\n") is None
