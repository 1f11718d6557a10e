"""Secrets that somebody chose."""

from __future__ import annotations

import pytest

from secretctl.errors import RefusedError
from secretctl.model import SecretText
from secretctl.policy.chosen_secrets import SAMPLE_SECRETS, check_strength, is_sample_secret, length_warning, weakness

STRONG = "correct horse battery staple"


@pytest.mark.parametrize("text", [*SAMPLE_SECRETS, "SECRET", " secret ", "skoruba_admin_client_secret\n"])
def test_sample_secrets_are_weak_whatever_their_length(text: str) -> None:
    """Those who break in have read the same documentation."""
    assert "sample" in (weakness(SecretText(text)) or "")


def test_the_samples_of_the_known_values_are_known() -> None:
    """Those that documentation of IdentityServer uses."""
    for text in ("secret", "api-secret", "1q2w3e*", "511536EF-F270-4058-80CA-1C89C192F69A"):
        assert is_sample_secret(SecretText(text))
    assert not is_sample_secret(SecretText(STRONG))


@pytest.mark.parametrize(("text", "weak"), [("x" * 14, True), ("x" * 15, False), (" ", True), (" " * 40, True)])
def test_a_secret_has_15_characters_and_not_only_blanks(text: str, weak: bool) -> None:
    """NIST SP 800-63B-4."""
    assert (weakness(SecretText(text)) is not None) is weak


def test_weak_secrets_are_refused_unless_allowed() -> None:
    """Allowed ones get a warning; the message never holds the secret."""
    assert check_strength(SecretText(STRONG), allow_weak=False) is None
    with pytest.raises(RefusedError) as caught:
        check_strength(SecretText("hunter2"), allow_weak=False)
    assert caught.value.code == "weak_secret"
    assert "hunter2" not in caught.value.message
    assert "fewer than 15" in (check_strength(SecretText("hunter2"), allow_weak=True) or "")


@pytest.mark.parametrize("text", ["", " ", "\t\n", " " * 40])
def test_an_empty_secret_is_never_taken(text: str) -> None:
    """It is a mistake, not a choice."""
    with pytest.raises(RefusedError) as caught:
        check_strength(SecretText(text), allow_weak=True)
    assert caught.value.code == "empty_secret"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("x" * 100, None),
        ("x" * 101, "101 characters, and"),
        ("ü" * 17, "102 characters form-encoded"),
        ("ü" * 16 + "abcd", None),
    ],
)
def test_a_secret_that_identityserver_finds_too_long_warns(text: str, part: str | None) -> None:
    """100 characters, raw and form-encoded."""
    warning = length_warning(SecretText(text))
    assert warning is None if part is None else part in (warning or "")


def test_samples_have_no_doubles() -> None:
    """Each is listed once."""
    assert len(set(SAMPLE_SECRETS)) == len(SAMPLE_SECRETS)
