"""The profile table of the README, cell by cell, as far as it is data."""

from __future__ import annotations

import pytest

from secretctl.errors import UnavailableError
from secretctl.profiles import PROFILES, Profile, profile_named

_RS_PS_ES = {family + size for family in ("RS", "PS", "ES") for size in ("256", "384", "512")}
NAMES = ("rfc", "identityserver3", "identityserver4", "duende")

# field: one value for each of the profiles, in the order of NAMES
TABLE: dict[str, tuple[object, object, object, object]] = {
    "several_credentials": ("refuse", "first_parser", "first_with_secret", "first_with_secret"),
    "basic_urldecoding": ("strict", "none", "lenient", "lenient"),
    "basic_base64": ("canonical", "white_space", "white_space", "white_space"),
    "empty_secret": ("public_only", "no_credential", "method_none", "method_none"),
    "repeated_parameter": ("refuse", "join", "first", "first"),
    "control_characters": (False, True, True, True),
    "lengths_in": ("characters", "utf16", "utf16", "utf16"),
    "max_id": (200, 100, 100, 100),
    "max_secret": (1_000, 100, 100, 100),
    "max_assertion": (51_200, None, 51_200, 51_200),
    "max_assertion_id": (200, None, 100, 100),
    "max_basic_header": (None, None, None, 810),
    "basic_lengths": ("decoded", "decoded", "encoded", "decoded"),
    "public_clients": ("without_secret", "none", "always", "always"),
    "refuses_disabled": (("client", "resource"), ("client",), ("client", "resource"), ("client", "resource")),
    "poisoned_by_invalid_value": (False, True, True, True),
    "phc": (True, False, False, False),
    "jwk": (True, False, True, True),
    "unparsable_key": ("skip_with_warning", "skip", "poison", "poison"),
    "default_hash": ("argon2id", "sha256", "sha256", "sha256"),
    "thumbprints": (("sha1", "sha256"), ("sha1",), ("sha1",), ("sha1",)),
    "default_thumbprint": ("sha256", "sha1", "sha1", "sha1"),
    "subject_names": ("rfc4514_with_chain", "none", "dotnet_text", "dotnet_text"),
    "registered_certificates": (True, False, False, False),
    "certificate_dates": (True, False, False, False),
    "assertion_client_id": ("sub", "body_or_iss", "sub", "sub"),
    "audience_alone": (True, False, False, False),
    "assertion_types": (("jwt", "client-authentication+jwt"), None, None, None),
    "configurable_algorithms": (True, False, False, True),
    "header_certificate": (False, True, False, False),
    "jti_required": (True, False, True, True),
    "checks_iat": (True, False, False, False),
    "accepts_at_expiry": (False, True, True, True),
    "skew_ahead": (10, 300, 300, 300),
    "skew_expiry": (0, 300, 300, 300),
}


@pytest.mark.parametrize("row", TABLE)
def test_the_table(row: str) -> None:
    """One row: what each server does."""
    assert tuple(getattr(PROFILES[name], row) for name in NAMES) == TABLE[row]


def test_orders_of_parsers() -> None:
    """IdentityServer3's is its own; plug-ins come in by configuration only."""
    order = ("basic", "post_body", "client_assertion", "mutual_tls")
    assert [PROFILES[name].parsers for name in NAMES] == [
        order,
        order[::-1],
        order,
        order,
    ]
    assert {PROFILES[name].validators for name in NAMES} == {
        ("shared_secret", "x509_thumbprint", "x509_name", "private_key_jwt")
    }


def test_audiences_and_algorithms() -> None:
    """What an assertion may be signed with, and for whom."""
    assert [set(PROFILES[name].audiences) for name in NAMES] == [
        {"issuer"},
        {"token_endpoint"},
        {"token_endpoint"},
        {"issuer", "token_endpoint", "ciba", "par"},
    ]
    assert [set(PROFILES[name].assertion_algorithms) for name in NAMES] == [
        (_RS_PS_ES - {"RS384", "RS512"}) | {"EdDSA"},
        {"RS256"},
        _RS_PS_ES,
        _RS_PS_ES,
    ]
    assert [PROFILES[name].audience_trailing_slash for name in NAMES] == [False, False, True, True]
    assert [PROFILES[name].strict_audience_by_typ for name in NAMES] == [False, False, False, True]


def test_every_rule_is_in_a_test() -> None:
    """A new field of Profile needs its row here."""
    elsewhere = {"name", "parsers", "validators", "audiences", "assertion_algorithms", "audience_trailing_slash"}
    elsewhere |= {"strict_audience_by_typ", "subject_spelling"}
    missing = set(Profile._fields) - TABLE.keys() - elsewhere
    assert missing == set()


def test_profiles_by_name() -> None:
    """They know their names; one that nobody knows is an error of the registry."""
    for name in NAMES:
        assert profile_named(name).name == name
    assert set(PROFILES) == set(NAMES)
    with pytest.raises(UnavailableError, match="IdentityServer5") as caught:
        profile_named("IdentityServer5")
    assert (caught.value.code, caught.value.status) == ("profile_unknown", 3)
    assert "duende" in str(caught.value.hint)
