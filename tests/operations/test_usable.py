"""The guard against losing the last usable secret."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from secretctl.errors import RefusedError
from secretctl.model import SHARED_SECRET, X509_CERTIFICATE, Client, Secret, StoredValue
from secretctl.operations.usable import poison_before_new, refuse_lockout, usable_secrets
from secretctl.operations.validity import Validity
from secretctl.settings import Settings, Validation
from tests.known import SAMPLE

NOW = datetime(2019, 6, 1, tzinfo=UTC)
GOOD = Secret("good", SHARED_SECRET, StoredValue("K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="))
BAD = Secret("bad", SHARED_SECRET, StoredValue("bad"))
PHC = Secret("phc", SHARED_SECRET, StoredValue("$scrypt$ln=17,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$" + "A" * 43))
CERTIFICATE = Secret("cert", X509_CERTIFICATE, StoredValue(SAMPLE["base64"]))


def validity(profile: str) -> Validity:
    """The rules of a profile."""
    return Validity(Settings(validation=Validation(profile=profile)))


@pytest.mark.parametrize(
    ("profile", "secrets", "usable"),
    [
        ("rfc", (GOOD, BAD, PHC, CERTIFICATE), ["good", "phc", "cert"]),
        ("duende", (GOOD, BAD, PHC, CERTIFICATE), ["good", "cert"]),
        ("duende", (BAD, GOOD), []),
        ("rfc", (replace(GOOD, expiration=NOW),), ["good"]),
        ("rfc", (replace(GOOD, expiration=NOW - timedelta(microseconds=1)),), []),
    ],
)
def test_usable_is_what_the_server_would_accept(profile: str, secrets: tuple[Secret, ...], usable: list[str]) -> None:
    """Unexpired, able to match, and reached."""
    assert [secret.id for secret in usable_secrets(secrets, validity(profile), NOW)] == usable


@pytest.mark.parametrize(("profile", "count"), [("rfc", 0), ("duende", 1)])
def test_a_certificate_ends_where_the_server_looks_at_its_dates(profile: str, count: int) -> None:
    """IdentityServer does not; one that cannot be read is no use to anybody."""
    later = datetime(2021, 1, 1, tzinfo=UTC)
    assert len(usable_secrets([CERTIFICATE], validity(profile), later)) == count
    broken = replace(CERTIFICATE, value=StoredValue("AAAA"))
    assert usable_secrets([broken], validity(profile), later) == []


def test_a_certificate_that_only_a_plug_in_reads_is_not_counted_on() -> None:
    """The guard is on the safe side."""
    plugged_in = Validity(Settings(validation=Validation(validators=("of-somebody-else",))))
    broken = replace(CERTIFICATE, value=StoredValue("AAAA"))
    assert plugged_in.flaw(broken) is None
    assert usable_secrets([broken], plugged_in, NOW) == []


def test_a_new_secret_may_never_be_reached() -> None:
    """IdentityServer stops at an invalid one; an expired one is dropped before."""
    assert poison_before_new([GOOD, BAD], validity("duende"), NOW) == "bad"
    assert poison_before_new([GOOD, BAD], validity("rfc"), NOW) is None
    gone = replace(BAD, expiration=NOW - timedelta(days=1))
    assert poison_before_new([gone], validity("duende"), NOW) is None


def test_only_an_enabled_principal_that_had_one_is_guarded() -> None:
    """Who had none loses none."""
    rules = validity("rfc")
    client = Client("web", secrets=(GOOD,))
    empty = replace(client, secrets=())
    with pytest.raises(RefusedError) as caught:
        refuse_lockout(client, empty, rules, NOW)
    assert caught.value.code == "last_usable_secret"
    refuse_lockout(replace(client, enabled=False), empty, rules, NOW)
    refuse_lockout(replace(client, secrets=(BAD,)), empty, rules, NOW)
    refuse_lockout(client, replace(client, secrets=(PHC,)), rules, NOW)


def test_what_ends_now_is_gone_right_after() -> None:
    """Though it is valid up to and including now."""
    client = Client("web", secrets=(GOOD,))
    ended = replace(client, secrets=(replace(GOOD, expiration=NOW),))
    with pytest.raises(RefusedError):
        refuse_lockout(client, ended, validity("rfc"), NOW)
