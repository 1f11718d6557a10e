"""`check`: statuses, levels and coverage, told by examples."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from secretctl.lifetimes import parse_duration, parse_window
from secretctl.model import Client, Resource, Secret, StoredValue
from secretctl.operations.due import due_principals
from secretctl.operations.expiry import Expiry, check
from secretctl.settings import Policy, Settings, Validation

if TYPE_CHECKING:
    from secretctl.model import Principal
    from secretctl.operations.due import Due
    from secretctl.operations.expiry import CheckReport, PrincipalStatus

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
GOOD = StoredValue("K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=")
SETTINGS = Settings()
IS4 = Settings(validation=Validation(profile="identityserver4"))


def shared(days: float | None, id: str = "s1", value: str = GOOD, **fields: object) -> Secret:
    """A shared secret that ends in so many days."""
    expiration = None if days is None else NOW + timedelta(days=days)
    return Secret(id, "SharedSecret", StoredValue(value), expiration=expiration, **fields)  # type: ignore[arg-type]


def client(*secrets: Secret, **fields: object) -> Client:
    """A client with these secrets."""
    return Client("web", secrets=secrets, **fields)  # type: ignore[arg-type]


def judged(principal: Principal, settings: Settings = SETTINGS, **windows: str) -> PrincipalStatus:
    """What a check says of the principal."""
    parsed = {name: parse_window(text) for name, text in windows.items()}
    return Expiry(settings, now=NOW, **parsed).judge(principal)


def statuses(status: PrincipalStatus) -> list[str]:
    """The statuses of its secrets."""
    return [secret.status for secret in status.secrets]


def texts(status: PrincipalStatus | Due) -> tuple[str, ...]:
    """Its reasons in words."""
    return tuple(map(str, status.reasons))


def certificate_value(start: datetime, end: datetime, *, weak: bool = False) -> str:
    """The stored value of a real certificate that is valid from start to end."""
    key = rsa.generate_private_key(65537, 1024) if weak else ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "web")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 5, start, end)
    return b64encode(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)).decode()


def certificate(start: float, end: float, days: float | None = None, id: str = "c1", **fields: object) -> Secret:
    """A certificate secret valid from ``start`` to ``end`` days from now, whose own expiration is in ``days``."""
    value = certificate_value(NOW + timedelta(days=start), NOW + timedelta(days=end))
    expiration = None if days is None else NOW + timedelta(days=days)
    return Secret(id, "X509CertificateBase64", StoredValue(value), expiration=expiration, **fields)  # type: ignore[arg-type]


def jwk(id: str = "j1", days: float | None = None) -> Secret:
    """A JWK secret with a real key."""
    numbers = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    x, y = (b64encode(n.to_bytes(32, "big"), b"-_").decode().rstrip("=") for n in (numbers.x, numbers.y))
    text = json.dumps({"kty": "EC", "crv": "P-256", "x": x, "y": y})
    return Secret(id, "JWK", StoredValue(text), expiration=None if days is None else NOW + timedelta(days=days))


@pytest.mark.parametrize(
    ("days", "status", "level"),
    [
        ([90], ["active"], "ok"),
        ([30], ["expiring"], "warning"),
        ([20], ["expiring"], "warning"),
        ([7], ["expiring"], "critical"),
        ([0], ["expiring"], "critical"),
        ([-0.00001], ["expired"], "critical"),
        ([None], ["no_expiration"], "ok"),
        ([3, 20], ["expiring", "expiring"], "warning"),
        ([3, 90], ["superseded", "active"], "ok"),
        ([3, None], ["superseded", "no_expiration"], "ok"),
        ([20, 90], ["superseded", "active"], "ok"),
        ([-400, 90], ["expired", "active"], "ok"),
        ([-400, 5], ["expired", "expiring"], "critical"),
        ([-400, -2], ["expired", "expired"], "critical"),
        ([], [], "critical"),
    ],
)
def test_statuses_and_levels_follow_the_last_end(days: list[float | None], status: list[str], level: str) -> None:
    """The level is decided by when the last secret ends, up to and including its last instant."""
    found = judged(client(*(shared(day, f"s{index}") for index, day in enumerate(days))))
    assert statuses(found) == status
    assert found.level == level
    assert bool(found.reasons) == (level != "ok")


def test_a_secret_is_valid_up_to_and_including_its_last_instant() -> None:
    """IdentityServer's HasExpired is `expiration < now`: at the very instant it still works."""
    at_end = judged(client(shared(0)))
    assert at_end.covered_until == NOW
    assert at_end.secrets[0].days_left == 0
    one_after = Expiry(SETTINGS, now=NOW + timedelta(microseconds=1)).judge(client(shared(0)))
    assert (one_after.level, one_after.covered_until) == ("critical", None)
    assert one_after.secrets[0].days_left == -1


def test_days_left_are_whole_days_rounded_down() -> None:
    """2.9 days are 2, an hour is 0, an hour ago is -1, never is None."""
    found = judged(client(*(shared(days) for days in (2.9, 1 / 24, -1 / 24, None))))
    assert [secret.days_left for secret in found.secrets] == [2, 0, -1, None]


def test_covered_until_is_the_end_of_the_last_usable_secret() -> None:
    """Invalid and expired secrets cover nothing; one that never ends covers for ever."""
    assert judged(
        client(shared(-1), shared(5), shared(40), shared(None, value="hunter2"))
    ).covered_until == NOW + timedelta(40)
    assert judged(client(shared(5), shared(None))).covered_until is None
    assert judged(client(shared(-1))).covered_until is None


def test_each_kind_that_is_in_use_is_watched_by_itself() -> None:
    """A shared secret that never ends is no comfort to whoever authenticates with a certificate that does."""
    found = judged(client(shared(None), certificate(-300, 5)))
    assert statuses(found) == ["no_expiration", "expiring"]
    assert found.level == "critical"
    assert found.due == ("certificate",)
    assert found.covered_until is None
    assert texts(found) == ("the last certificate, c1, ends in 5 days (2026-11-25T12:00:00Z)",)


def test_several_kinds_may_be_due_at_once() -> None:
    """Each has a reason of its own; the worst decides."""
    found = judged(client(shared(20), certificate(-300, 25), jwk(days=3)))
    assert (found.level, found.due) == ("critical", ("shared", "certificate", "JWK"))
    assert [reason.code for reason in found.reasons] == ["ends_soon", "ends_soon", "ends_critical"]


def test_a_kind_whose_secrets_have_all_expired_is_no_longer_in_use() -> None:
    """Leftovers of an old way to authenticate are information, not a warning."""
    found = judged(client(shared(-3), certificate(-300, 300)))
    assert (found.level, statuses(found)) == ("ok", ["expired", "active"])


def test_only_a_secret_of_the_same_kind_supersedes() -> None:
    """A JWK does not stand in for a shared secret; a thumbprint does for a certificate."""
    assert statuses(judged(client(shared(3), jwk()))) == ["expiring", "no_expiration"]
    thumbprint = Secret("t1", "X509Thumbprint", StoredValue("A" * 40))
    assert statuses(judged(client(certificate(-300, 5), thumbprint))) == ["superseded", "no_expiration"]


def test_an_invalid_secret_supersedes_nothing() -> None:
    """What never matches cannot take over."""
    found = judged(client(shared(3), shared(None, value="hunter2")))
    assert statuses(found) == ["expiring", "invalid"]
    assert found.level == "critical"


def test_a_certificate_ends_at_the_earlier_of_its_two_ends() -> None:
    """Its own end, or the secret's expiration, whichever comes first; that is what is reported."""
    own, given_first, later = judged(
        client(certificate(-300, 50), certificate(-300, 50, 40), certificate(-300, 50, 90))
    ).secrets
    assert own.expiration == later.expiration == NOW + timedelta(days=50)
    assert given_first.expiration == NOW + timedelta(days=40)
    assert own.starts == NOW - timedelta(days=300)
    assert own.created is None


def test_a_certificate_that_has_ended_is_expired_whatever_its_secret_says() -> None:
    """An expiration beyond the certificate's own end does not prolong it."""
    found = judged(client(certificate(-300, -1, 90)))
    assert (statuses(found), found.level) == (["expired"], "critical")


def test_a_certificate_that_is_not_valid_yet_counts_only_behind_another() -> None:
    """Alone it locks its owner out until it begins; as the successor of one that lasts until then it is coverage."""
    alone = judged(client(certificate(2, 300)))
    assert (alone.level, alone.covered_until) == ("critical", None)
    assert texts(alone) == ("no usable secret: a certificate becomes valid in 2 days (2026-11-22T12:00:00Z)",)
    behind = judged(client(certificate(-300, 5), certificate(2, 300, id="c2")))
    assert (behind.level, statuses(behind)) == ("ok", ["superseded", "active"])
    gap = judged(client(certificate(-300, 5), certificate(6, 300, id="c2")))
    assert gap.level == "critical"
    dates_ignored = judged(client(certificate(2, 300)), IS4)
    assert dates_ignored.level == "ok"


def test_a_client_without_a_secret_is_locked_out_and_a_resource_is_not() -> None:
    """A resource needs a secret only once it has one; a public client never."""
    assert texts(judged(client())) == ("it needs a secret and has none",)
    assert judged(Resource("api1")).level == "ok"
    assert judged(Resource("api1", secrets=(shared(-1),))).level == "critical"
    assert judged(client(require_secret=False)).level == "ok"
    assert judged(client(grant_types=("implicit",))).level == "ok"
    assert judged(client(shared(-1), require_secret=False)).level == "ok"
    assert judged(client(shared(3), require_secret=False)).level == "critical"


def test_an_invalid_secret_is_a_warning_and_an_expired_invalid_one_is_not() -> None:
    """Expired secrets are dropped before anything else is looked at."""
    found = judged(client(shared(None, "bad", "hunter2"), shared(90)))
    assert (found.level, statuses(found)) == ("warning", ["invalid", "active"])
    assert texts(found) == ("secret bad is invalid: its stored value is not a hash",)
    assert found.secrets[0].flaw == "its stored value is not a hash"
    leftover = judged(client(shared(-1, "bad", "hunter2"), shared(90)))
    assert (leftover.level, statuses(leftover)) == ("ok", ["expired", "active"])


def test_a_missing_expiration_is_a_warning_where_policy_requires_one() -> None:
    """A certificate always has an end of its own."""
    settings = Settings(policy=Policy(require_expiration=True))
    found = judged(client(shared(None)), settings)
    assert (found.level, statuses(found)) == ("warning", ["no_expiration"])
    assert "policy requires" in found.reasons[0].text
    assert judged(client(certificate(-1, 300)), settings).level == "ok"
    assert judged(client(shared(3), shared(None)), settings).level == "warning"


def test_under_identityserver_an_invalid_value_takes_those_after_it_along() -> None:
    """The server stops at a value that it cannot decode: a good secret behind it is never reached."""
    before = judged(client(shared(90), shared(None, "bad", "hunter2")), IS4)
    assert before.level == "warning"
    behind = judged(client(shared(None, "bad", "hunter2"), shared(90)), IS4)
    assert (behind.level, behind.covered_until) == ("critical", None)
    assert statuses(behind) == ["invalid", "active"]
    assert texts(behind) == (
        "no usable secret is left",
        "secret bad is invalid: its stored value is not a hash",
        "secret s1 is never reached: this server gives up at the invalid secret bad",
    )
    assert judged(client(shared(-1, "bad", "hunter2"), shared(90)), IS4).level == "ok"


def test_a_key_that_does_not_parse_disables_the_other_keys_under_identityserver4() -> None:
    """All assertions of that client fail, whichever key signed them; under rfc only that key is lost."""
    broken = Secret("bad", "JWK", StoredValue("{'kty':'EC'}"))
    found = judged(client(jwk(), broken), IS4)
    assert (found.level, statuses(found)) == ("critical", ["no_expiration", "invalid"])
    assert judged(client(jwk(), broken)).level == "warning"
    garbled = Secret("bad", "X509CertificateBase64", StoredValue("MIIB"))
    assert judged(client(jwk(), garbled), IS4).level == "critical"


@pytest.mark.parametrize("profile", ["rfc", "identityserver3", "identityserver4", "duende"])
@pytest.mark.parametrize(
    ("type", "value", "valid_under"),
    [
        ("SharedSecret", GOOD, "rfc identityserver3 identityserver4 duende"),
        ("SharedSecret", "$scrypt$ln=17,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$" + "A" * 43, "rfc"),
        ("SharedSecret", GOOD + "\n", ""),
        ("SharedSecret", "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b", ""),
        ("sharedsecret", GOOD, ""),
        ("X509Thumbprint", "61B754C541BBCFC6A45A9E9EC5E47D8702B78C29", "rfc identityserver3 identityserver4 duende"),
        ("X509Thumbprint", "3E" * 32, "rfc"),
        ("X509Thumbprint", "61:B7:54", ""),
        ("X509Name", "CN=web, O=Example", "rfc identityserver4 duende"),
        ("X509Name", "not a name", "identityserver4 duende"),
        ("X509Name", " ", ""),
        ("JWK", '{"kty":"oct","k":"AA"}', ""),
    ],
)
def test_what_no_validator_could_ever_match_depends_on_the_profile(
    profile: str, type: str, value: str, valid_under: str
) -> None:
    """PHC hashes, SHA-256 thumbprints and names are valid where the server knows them."""
    settings = Settings(validation=Validation(profile=profile))
    secret = Secret("s1", type, StoredValue(value))
    assert (statuses(judged(client(secret), settings)) == ["invalid"]) == (profile not in valid_under.split())


def test_keys_are_judged_by_the_key_policy_and_the_algorithms() -> None:
    """Weak RSA keys and keys that fit no accepted algorithm never verify anything."""
    weak = StoredValue(certificate_value(NOW - timedelta(days=1), NOW + timedelta(days=300), weak=True))
    secret = Secret("c1", "X509CertificateBase64", weak)
    assert statuses(judged(client(secret))) == ["invalid"]
    assert statuses(judged(client(secret), Settings(policy=Policy(min_rsa_bits=1024)))) == ["active"]
    rs256 = Settings(validation=Validation(assertion_algorithms=("RS256",)))
    assert judged(client(jwk()), rs256).secrets[0].flaw == "no algorithm that is accepted fits its key"
    is3 = Settings(validation=Validation(profile="identityserver3"))
    assert judged(client(jwk()), is3).secrets[0].flaw == "identityserver3 knows no JWK secrets"


def test_a_type_that_no_validator_in_force_looks_at_is_invalid_unless_a_plug_in_may() -> None:
    """`validators` in the registry decides what can match at all."""
    only = Settings(validation=Validation(validators=("x509_name",)))
    assert judged(client(shared(None)), only).secrets[0].flaw == "no validator for SharedSecret is in force"
    plugged = Settings(validation=Validation(validators=("acme_hsm",)))
    own = Secret("h1", "AcmeHsm", StoredValue("slot 3"), expiration=NOW + timedelta(days=3))
    assert judged(client(shared(None)), plugged).level == "ok"
    assert texts(judged(client(own), plugged)) == (
        "the last AcmeHsm secret, h1, ends in 3 days (2026-11-23T12:00:00Z)",
    )
    assert judged(client(own)).secrets[0].flaw == "no server knows the type AcmeHsm"


@pytest.mark.parametrize(
    ("secret", "window", "level"),
    [
        (shared(20, created=NOW - timedelta(days=80)), "20%", "warning"),
        (shared(21, created=NOW - timedelta(days=79)), "20%", "ok"),
        (shared(20), "20%", "warning"),  # unknown start: the default window of 30 days
        (shared(31), "90%", "ok"),
        (shared(20, created=NOW + timedelta(days=21)), "50%", "warning"),  # a start after the end is none
        (shared(28), "1mo", "warning"),
        (shared(35), "P40D", "warning"),
    ],
)
def test_a_window_may_be_a_share_of_the_lifetime(secret: Secret, window: str, level: str) -> None:
    """A share counts from `created`; where that is unknown the default window stands in."""
    assert judged(client(secret), warn=window).level == level


def test_a_share_of_a_certificate_counts_from_its_not_before() -> None:
    """Without `created` a certificate still has a beginning."""
    assert judged(client(certificate(-80, 20)), warn="20%").level == "warning"
    assert judged(client(certificate(-70, 30)), warn="20%").level == "ok"
    assert judged(client(certificate(-95, 5)), warn="20%", critical="5%").level == "critical"


def test_windows_come_from_the_command_else_from_policy_else_from_the_defaults() -> None:
    """--warn beats [policy] warn, which beats 30d."""
    policy = Settings(policy=Policy(warn=parse_duration("90d"), critical=parse_duration("60d")))
    assert judged(client(shared(80)), policy).level == "warning"
    assert judged(client(shared(50)), policy).level == "critical"
    assert judged(client(shared(50)), policy, warn="10d", critical="5d").level == "ok"
    report = check([], policy, now=NOW)
    assert (str(report.warn), str(report.critical)) == ("90d", "60d")


def test_a_critical_window_wider_than_the_warning_one_still_holds() -> None:
    """--warn 1d says nothing about --critical: 5 days are within its 7, and the secret shows it."""
    found = judged(client(shared(5)), warn="1d")
    assert (found.level, statuses(found)) == ("critical", ["expiring"])


@pytest.mark.parametrize("window", ["9000y", "4000000d"])
def test_a_window_beyond_all_years_has_everything_in_it(window: str) -> None:
    """But for what never ends; also at the end of time."""
    for now in (NOW, datetime(9999, 12, 31, tzinfo=UTC)):
        expiry = Expiry(SETTINGS, now=now, warn=parse_duration(window))
        assert expiry.judge(client(shared(None))).level == "ok"
        last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
        ends = Secret("s1", "SharedSecret", StoredValue(GOOD), expiration=last)
        assert expiry.judge(client(ends)).level == ("warning" if now == NOW else "critical")


def report_of(*principals: Principal, **filters: object) -> CheckReport:
    """A check of these principals."""
    return check(principals, SETTINGS, now=NOW, **filters)  # type: ignore[arg-type]


def test_disabled_principals_are_left_out_and_never_change_the_status() -> None:
    """Asked for, they are shown as disabled, with exit status 0."""
    gone = client(shared(-1), enabled=False)
    assert report_of(gone).principals == ()
    shown = report_of(gone, include_disabled=True)
    assert [principal.level for principal in shown.principals] == ["disabled"]
    assert shown.summary == {"ok": 0, "warning": 0, "critical": 0, "disabled": 1}
    assert shown.exit_status == 0


def test_the_exit_status_is_that_of_the_worst_level() -> None:
    """0 all ok, 1 a warning, 2 critical; an empty registry is fine."""
    assert [report_of(*found).exit_status for found in ([], [client(shared(90))], [client(shared(20))])] == [0, 0, 1]
    assert report_of(client(shared(20)), client(shared(3)), client(shared(90))).exit_status == 2


def test_owner_and_tag_choose_together() -> None:
    """Both must fit."""
    a, b = Client("a", owner="x", tags=("pci",)), Client("b", owner="x")
    assert [p.target.id for p in report_of(a, b, owner="x").principals] == ["a", "b"]
    assert [p.target.id for p in report_of(a, b, owner="x", tag="pci").principals] == ["a"]
    assert report_of(a, b, owner="y").principals == ()


def test_worst_first_is_by_level_then_by_who_loses_coverage_first() -> None:
    """Locked out, then critical by time, then warnings, then ok by time, never-ending last, then disabled."""
    principals = [
        Client("never", secrets=(shared(None),)),
        Client("off", enabled=False),
        Client("later", secrets=(shared(400),)),
        Client("soon", secrets=(shared(20),)),
        Client("urgent", secrets=(shared(3),)),
        Client("locked", secrets=(shared(-3),)),
        Client("ok", secrets=(shared(300),)),
    ]
    ordered = report_of(*principals, include_disabled=True).worst_first()
    assert [p.target.id for p in ordered] == ["locked", "urgent", "soon", "ok", "later", "never", "off"]


@given(st.lists(st.one_of(st.none(), st.integers(-400, 400)), max_size=6))
def test_coverage_never_depends_on_the_order_of_secrets(days: list[int | None]) -> None:
    """Under rfc the order is nothing but a matter of layout."""
    there = judged(client(*(shared(day) for day in days)))
    back = judged(client(*(shared(day) for day in reversed(days))))
    assert (there.level, there.covered_until, there.due) == (back.level, back.covered_until, back.due)
    assert statuses(there) == statuses(back)[::-1]


def test_due_are_principals_whose_secrets_end_and_whether_rotation_helps() -> None:
    """Shared secrets rotate; certificates, poisoned lists, invalid values and missing expirations do not become due for it."""
    principals = [
        Client("soon", secrets=(shared(20),)),
        Client("fine", secrets=(shared(90),)),
        Client("ended", secrets=(shared(-3),)),
        Client("cert", secrets=(certificate(-300, 5),)),
        Client("both", secrets=(certificate(-300, 5), shared(5))),
        Client("off", enabled=False, secrets=(shared(3),)),
        Client("none"),
        Client("invalid", secrets=(shared(90), shared(None, value="hunter2"))),
    ]
    due = list(due_principals(principals, SETTINGS, now=NOW, within=parse_duration("60d")))
    assert [(d.principal.id, d.kinds, d.rotatable) for d in due] == [
        ("soon", ("shared",), True),
        ("ended", ("shared",), True),
        ("cert", ("certificate",), False),
        ("both", ("certificate", "shared"), True),
    ]
    assert texts(due[0]) == ("the last shared secret, s1, ends in 20 days (2026-12-10T12:00:00Z)",)
    poisoned = Client("web", secrets=(shared(None, "bad", "hunter2"), shared(90)))
    [found] = due_principals([poisoned], IS4, now=NOW)
    assert (found.kinds, found.rotatable) == (("shared",), False)
    [waiting] = due_principals([Client("c", secrets=(certificate(2, 300),))], SETTINGS, now=NOW)
    assert (waiting.kinds, waiting.rotatable) == ((), False)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (1, "in 1 day (2026-11-21T12:00:00Z)"),
        (5 / 24, "in 5 hours (2026-11-20T17:00:00Z)"),
        (1 / 1440, "in 1 minute (2026-11-20T12:01:00Z)"),
        (0, "in less than a minute (2026-11-20T12:00:00Z)"),
        (-2, "2 days ago (2026-11-18T12:00:00Z)"),
    ],
)
def test_reasons_say_when_in_words_and_in_full(days: float, words: str) -> None:
    """The largest whole unit for people, the instant for everything else."""
    assert judged(client(shared(days))).reasons[0].text.endswith(words)
