"""Shared secrets against stored ones: order, poison, types, expiry, and what warnings say."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from secretctl.crypto.shared_secret import hash_secret
from secretctl.model import Credential, Match, Refusal, Secret, SecretText, StoredValue
from secretctl.profiles import PROFILES
from secretctl.validators import Context
from secretctl.validators.shared_secret import SharedSecretValidator

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ALL = sorted(PROFILES)
IDENTITYSERVERS = ["identityserver3", "identityserver4", "duende"]
RIGHT = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="
RIGHT_512 = "vSsar3708Jvp9Szi2NWZZ02Bqp1qRCFpbcTZPdBhnWgs5WtNZKnvCXdhztmeD2cmW192CF5bDufKRpayrW/isg=="
WRONG = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
INVALID = [
    "hunter2",
    "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
    "",
    "AAAA",
    RIGHT[:-1],
    RIGHT.replace("+", "-").replace("/", "_"),
    "\u200b" + RIGHT,
    base64.b64encode(bytes(33)).decode(),
]


def shared(value: str, id: str = "s1", type: str = "SharedSecret") -> Secret:
    """A secret with that stored value."""
    return Secret(id, type, StoredValue(value))


def validate(
    profile: str, *secrets: Secret, presented: str = "secret", expired: tuple[Secret, ...] = ()
) -> tuple[Match | Refusal | None, list[str]]:
    """The validator's answer, and its warnings."""
    context = Context(PROFILES[profile], NOW)
    context.expired = expired
    credential = Credential("client_secret_basic", "web", SecretText(presented))
    return SharedSecretValidator().validate(credential, secrets, context), context.warnings


def matched(outcome: Match | Refusal | None) -> str:
    """The id of the secret that matched."""
    assert isinstance(outcome, Match), outcome
    assert outcome.method is None
    return outcome.secret.id


def reason(outcome: Match | Refusal | None) -> str:
    """Why none did."""
    assert isinstance(outcome, Refusal), outcome
    return outcome.reason


@pytest.mark.parametrize("profile", ALL)
@pytest.mark.parametrize("value", [RIGHT, RIGHT_512])
def test_both_hashes_match_wherever_they_stand(profile: str, value: str) -> None:
    """The first that matches is the answer."""
    outcome, warnings = validate(profile, shared(WRONG, "a"), shared(value, "b"), shared(value, "c"))
    assert matched(outcome) == "b"
    assert warnings == []


@pytest.mark.parametrize("profile", ALL)
def test_a_wrong_secret_is_a_mismatch(profile: str) -> None:
    """Case, blanks and all."""
    for presented in ("Secret", "secret ", " secret", "secre", "secrett", RIGHT):
        assert reason(validate(profile, shared(RIGHT), shared(RIGHT_512), presented=presented)[0]) == "mismatch"


@pytest.mark.parametrize("profile", ALL)
def test_without_shared_secrets_nothing_can_match(profile: str) -> None:
    """Other types, other spellings of the type, or nothing at all."""
    for secrets in ((), tuple(shared(RIGHT, type=type) for type in ("sharedsecret", "SharedSecret ", "", "JWK"))):
        assert reason(validate(profile, *secrets)[0]) == "no_matching_secret_type"


@pytest.mark.parametrize("value", INVALID)
def test_an_invalid_value_is_skipped_under_rfc(value: str) -> None:
    """With a warning that names it and not its value."""
    outcome, warnings = validate("rfc", shared(value, "bad"), shared(RIGHT, "good"))
    assert matched(outcome) == "good"
    assert len(warnings) == 1
    assert "bad" in warnings[0]
    assert not value or value not in warnings[0]
    assert reason(validate("rfc", shared(value, "bad"), shared(WRONG))[0]) == "mismatch"
    for bad in ((shared(value, "bad"),), (shared(value, "bad"), shared("", "worse"))):
        assert reason(validate("rfc", *bad)[0]) == "invalid_stored_value"


@pytest.mark.parametrize("profile", IDENTITYSERVERS)
@pytest.mark.parametrize("value", [*INVALID, pytest.param(hash_secret(SecretText("secret"), "argon2id"), id="phc")])
def test_an_invalid_value_poisons_those_after_it(profile: str, value: str) -> None:
    """IdentityServer returns from its loop; what stands before it still counts, other types are passed over."""
    bad, good, other = shared(value, "bad"), shared(RIGHT, "good"), shared(value, "x", "X509Thumbprint")
    assert reason(validate(profile, bad, good)[0]) == "invalid_stored_value"
    assert reason(validate(profile, shared(WRONG), other, bad, good)[0]) == "invalid_stored_value"
    assert matched(validate(profile, good, bad)[0]) == "good"
    assert matched(validate(profile, other, good)[0]) == "good"


@pytest.mark.parametrize("profile", IDENTITYSERVERS)
def test_a_salted_hash_that_the_server_does_not_know_is_called_one(profile: str) -> None:
    """It is a hash, of another server; the refusal says which, and the two ways out."""
    outcome, _ = validate(profile, shared(hash_secret(SecretText("secret"), "argon2id"), "salted"))
    assert reason(outcome) == "invalid_stored_value"
    assert isinstance(outcome, Refusal)
    assert "not a hash" not in outcome.detail
    for said in ("secret salted", "argon2id", "--hash sha256", "profile"):
        assert said in outcome.detail


@pytest.mark.parametrize("value", [RIGHT + " ", " " + RIGHT, RIGHT[:20] + "\r\n" + RIGHT[20:], RIGHT[:-2] + "t="])
def test_a_value_that_decodes_and_is_not_canonical(value: str) -> None:
    """IdentityServer decodes it for its length and compares its text: dead, and harmless to the others."""
    for profile in IDENTITYSERVERS:
        assert matched(validate(profile, shared(value, "dead"), shared(RIGHT, "good"))[0]) == "good"
        assert reason(validate(profile, shared(value, "dead"))[0]) == "mismatch"
    outcome, warnings = validate("rfc", shared(value, "dead"), shared(RIGHT, "good"))
    assert matched(outcome) == "good"
    assert len(warnings) == 1


def test_an_expired_secret_explains_a_refusal() -> None:
    """It is held against, and never accepts; an invalid one that has expired harms nobody."""
    expired = Secret("old", "SharedSecret", StoredValue(RIGHT), expiration=NOW - timedelta(days=1))
    bad = Secret("bad", "SharedSecret", StoredValue("hunter2"), expiration=NOW - timedelta(days=1))
    other = Secret("x", "JWK", StoredValue(RIGHT), expiration=NOW - timedelta(days=1))
    for profile in ALL:
        outcome, warnings = validate(profile, shared(WRONG), expired=(bad, other, expired))
        assert reason(outcome) == "expired"
        assert isinstance(outcome, Refusal)
        assert "old" in outcome.detail
        assert warnings == []
        assert reason(validate(profile, expired=(expired,), presented="x")[0]) == "expired"
        assert reason(validate(profile, shared(WRONG), expired=(expired,), presented="x")[0]) == "mismatch"
        assert reason(validate(profile, expired=(other,))[0]) == "no_matching_secret_type"


@pytest.mark.parametrize("name", ["argon2id", "scrypt"])
def test_salted_hashes_match_under_rfc(name: str) -> None:
    """PHC strings are stored values of ours; scrypt at a low cost here."""
    if name == "argon2id":
        value = hash_secret(SecretText("secret"), "argon2id")
    else:
        digest = hashlib.scrypt(b"secret", salt=b"0123456789abcdef", n=16, r=8, p=1, dklen=32)
        salt, text = (base64.b64encode(each).decode().rstrip("=") for each in (b"0123456789abcdef", digest))
        value = StoredValue(f"$scrypt$ln=4,r=8,p=1${salt}${text}")
    assert matched(validate("rfc", shared(WRONG), shared(value, "b"))[0]) == "b"
    assert reason(validate("rfc", shared(value), presented="other")[0]) == "mismatch"
    outcome = validate("rfc", shared(WRONG), expired=(shared(value, "old"),))[0]
    assert isinstance(outcome, Refusal)
    assert "old has expired" in outcome.detail


@pytest.mark.parametrize("profile", ALL)
@pytest.mark.parametrize("blank", ["", " ", "\t \u00a0"])
def test_a_blank_secret_never_matches(profile: str, blank: str) -> None:
    """Not even the hash of itself: IdentityServer throws there."""
    value = base64.b64encode(hashlib.sha256(blank.encode()).digest()).decode()
    assert reason(validate(profile, shared(value), presented=blank)[0]) == "no_credential"


def test_credentials_of_other_kinds_are_not_its_business() -> None:
    """It says nothing about them."""
    for credential in (Credential("none", "web"), Credential("private_key_jwt", "web", assertion=SecretText("secret"))):
        context = Context(PROFILES["rfc"], NOW)
        assert SharedSecretValidator().validate(credential, [shared(RIGHT)], context) is None
