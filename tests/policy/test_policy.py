"""What a registry allows of a new secret."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from secretctl.errors import RefusedError, UsageError
from secretctl.lifetimes import parse_duration
from secretctl.policy import (
    Expires,
    check_expiration,
    check_type,
    choose_hash,
    expiration_of_new_secret,
    generate_under,
    hash_named,
)
from secretctl.profiles import profile_named
from secretctl.settings import Policy

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
RFC, DUENDE = profile_named("rfc"), profile_named("duende")


def test_without_policy_a_secret_never_expires_unless_asked() -> None:
    """No rule, no end."""
    assert expiration_of_new_secret(None, Policy(), NOW) is None
    assert expiration_of_new_secret(Expires(NOW + DAY), Policy(), NOW) == NOW + DAY


def test_the_default_lifetime_holds_where_nothing_is_asked() -> None:
    """A default is a default: never and other ends can be asked for."""
    policy = Policy(default_lifetime=parse_duration("90d"), require_expiration=True)
    assert expiration_of_new_secret(None, policy, NOW) == NOW + 90 * DAY
    assert expiration_of_new_secret(Expires(NOW + DAY), policy, NOW) == NOW + DAY
    with pytest.raises(RefusedError) as caught:
        expiration_of_new_secret(Expires(None), policy, NOW)
    assert caught.value.code == "expiration_required"


def test_a_required_expiration_needs_an_end_or_a_default() -> None:
    """Refused with a hint that names the option."""
    with pytest.raises(RefusedError) as caught:
        expiration_of_new_secret(None, Policy(require_expiration=True), NOW)
    assert caught.value.code == "expiration_required"
    assert "--expires" in (caught.value.hint or "")


def test_the_longest_lifetime_is_a_limit_to_the_second() -> None:
    """Exactly the maximum is allowed, a second more and never are not."""
    policy = Policy(max_lifetime=parse_duration("90d"))
    assert expiration_of_new_secret(Expires(NOW + 90 * DAY), policy, NOW) == NOW + 90 * DAY
    for requested in (Expires(NOW + 90 * DAY + timedelta(seconds=1)), Expires(None), None):
        with pytest.raises(RefusedError) as caught:
            expiration_of_new_secret(requested, policy, NOW)
        assert caught.value.code == "lifetime_too_long"


def test_a_default_of_a_calendar_year_fits_a_maximum_of_365_days_in_leap_years_too() -> None:
    """1y from 1 June 2027 is 366 days."""
    policy = Policy(default_lifetime=parse_duration("1y"), max_lifetime=parse_duration("365d"))
    leap = datetime(2027, 6, 1, tzinfo=UTC)
    assert expiration_of_new_secret(None, policy, leap) == leap + 365 * DAY


def test_a_default_end_is_cut_to_whole_seconds() -> None:
    """Registries hold whole seconds."""
    policy = Policy(default_lifetime=parse_duration("1d"))
    assert expiration_of_new_secret(None, policy, NOW.replace(microsecond=5)) == NOW + DAY


def test_an_end_in_the_past_is_no_matter_of_policy() -> None:
    """It is odd, and harmless."""
    policy = Policy(max_lifetime=parse_duration("1d"), require_expiration=True)
    check_expiration(NOW - DAY, policy, start=NOW)


def test_types_are_allowed_by_name() -> None:
    """An empty list allows none."""
    check_type("JWK", Policy())
    check_type("JWK", Policy(allowed_types=("JWK",)))
    for allowed in ((), ("SharedSecret",)):
        with pytest.raises(RefusedError) as caught:
            check_type("JWK", Policy(allowed_types=allowed))
        assert caught.value.code == "type_not_allowed"


def test_what_is_allowed_instead_is_said() -> None:
    """The hint names the types, or that there are none."""
    for allowed, said in (((), "none at all"), (("SharedSecret", "X509CertificateBase64"), "SharedSecret, X509Cert")):
        with pytest.raises(RefusedError) as caught:
            check_type("JWK", Policy(allowed_types=allowed))
        assert said in str(caught.value.hint)
        assert ("none" in str(caught.value.hint)) is (not allowed)


def test_hashes_have_names() -> None:
    """Anything else is a usage error."""
    assert hash_named("scrypt") == "scrypt"
    with pytest.raises(UsageError, match="md5"):
        hash_named("md5")


@pytest.mark.parametrize(
    ("requested", "allowed", "profile", "generated", "expected"),
    [
        (None, None, RFC, True, "sha256"),
        (None, None, RFC, False, "argon2id"),
        (None, None, DUENDE, True, "sha256"),
        (None, None, DUENDE, False, "sha256"),
        ("scrypt", None, RFC, True, "scrypt"),
        ("sha512", None, DUENDE, False, "sha512"),
        (None, ("sha512", "argon2id"), RFC, True, "sha512"),
        (None, ("sha256", "sha512"), RFC, False, "sha512"),
        (None, ("sha512",), DUENDE, False, "sha512"),
    ],
)
def test_the_hash_is_the_one_asked_for_or_the_best_allowed(
    requested: str | None, allowed: tuple[str, ...] | None, profile: object, generated: bool, expected: str
) -> None:
    """Chosen secrets get argon2id, where the server understands it and the policy allows it."""
    name = None if requested is None else hash_named(requested)
    assert choose_hash(name, Policy(allowed_hashes=allowed), profile, generated=generated) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("requested", "allowed", "profile", "code"),
    [
        ("argon2id", None, DUENDE, "hash_not_understood"),
        ("scrypt", None, profile_named("identityserver3"), "hash_not_understood"),
        ("sha256", ("sha512",), RFC, "hash_not_allowed"),
        (None, (), RFC, "hash_not_allowed"),
        (None, ("argon2id",), DUENDE, "hash_not_allowed"),
    ],
)
def test_a_hash_that_the_server_or_the_policy_does_not_take_is_refused(
    requested: str | None, allowed: tuple[str, ...] | None, profile: object, code: str
) -> None:
    """IdentityServer would never accept a PHC string."""
    name = None if requested is None else hash_named(requested)
    with pytest.raises(RefusedError) as caught:
        choose_hash(name, Policy(allowed_hashes=allowed), profile, generated=True)  # type: ignore[arg-type]
    assert caught.value.code == code


def test_generated_secrets_follow_prefix_and_length_of_the_policy() -> None:
    """The number of bytes grows with the length that is wanted, unless it was asked for."""
    assert len(generate_under(Policy()).reveal()) == 43
    assert generate_under(Policy(prefix="acme_")).reveal().startswith("acme_")
    assert generate_under(Policy(prefix="acme_"), prefix="x-").reveal().startswith("x-")
    assert len(generate_under(Policy(min_length=32), random_bytes=24).reveal()) == 32
    for length in range(40, 101):
        assert len(generate_under(Policy(min_length=length)).reveal()) in {max(length, 43), max(length, 43) + 1}
        prefixed = generate_under(Policy(min_length=length, prefix="acme_")).reveal()
        assert len(prefixed) in {max(length, 48), max(length, 48) + 1}, (
            "the prefix counts, up to the longest that is accepted"
        )
    with pytest.raises(RefusedError) as caught:
        generate_under(Policy(min_length=32), random_bytes=23)
    assert caught.value.code == "secret_shorter_than_policy"
