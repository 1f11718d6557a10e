"""The core: several credentials, public and disabled principals, time, and one answer by two ways."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter_ns
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from secretctl.authenticate import Authenticator, authenticator_for, presented_der, typed_credential
from secretctl.crypto.shared_secret import hash_secret
from secretctl.errors import UnavailableError
from secretctl.model import (
    Client,
    Credential,
    Der,
    Match,
    Refusal,
    Request,
    Resource,
    Secret,
    SecretText,
    StoredValue,
)
from secretctl.plugins import load_parsers, load_validators
from secretctl.profiles import PROFILES
from secretctl.settings import Issuer, Settings, Validation
from tests.known import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from secretctl.model import (
        Kind,
        Principal,
        Verdict,
    )

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ALL = sorted(PROFILES)
IDENTITYSERVERS = ["identityserver3", "identityserver4", "duende"]
DER = Der(base64.b64decode(SAMPLE["base64"]))


def value(secret: str, name: str = "sha256") -> StoredValue:
    """The stored value of a secret, by its definition."""
    return StoredValue(base64.b64encode(hashlib.new(name, secret.encode()).digest()).decode())


def shared(secret: str, id: str = "s1", expiration: datetime | None = None, name: str = "sha256") -> Secret:
    """A shared secret."""
    return Secret(id, "SharedSecret", value(secret, name), expiration=expiration)


def basic(id: str, secret: str) -> str:
    """A raw Basic header."""
    return "Basic " + base64.b64encode(f"{id}:{secret}".encode()).decode()


PRINCIPALS: tuple[Principal, ...] = (
    Client("web", secrets=(shared("old", "s0", NOW - timedelta(days=1)), shared("secret"))),
    Client("other", secrets=(shared("other"),)),
    Client("off", enabled=False, secrets=(shared("secret"),)),
    Client("spa", require_secret=False, secrets=(shared("secret"),)),
    Client("bare-spa", require_secret=False),
    Client("implicit", grant_types=("implicit",), secrets=(shared("secret"),)),
    Client("mixed", grant_types=("implicit", "client_credentials"), secrets=(shared("secret"),)),
    Client("tls", secrets=(Secret("t1", "X509Thumbprint", StoredValue(SAMPLE["sha1"])),)),
    Client("tls-spa", require_secret=False, secrets=(Secret("t1", "X509Thumbprint", StoredValue(SAMPLE["sha1"])),)),
    Client("empty"),
    Resource("api", secrets=(shared("api-secret"),)),
    Resource("off-api", enabled=False, secrets=(shared("api-secret"),)),
    Resource("web", secrets=(shared("resource secret"),)),
)


def finder(principals: Sequence[Principal]) -> dict[tuple[Kind, str], Principal]:
    """Principals by kind and id."""
    return {(principal.kind, principal.id): principal for principal in principals}


def authenticator(
    profile: str, principals: Sequence[Principal] = PRINCIPALS, stand_ins: dict[Kind, Sequence[Principal]] | None = None
) -> Authenticator:
    """The authenticator of a registry in memory."""
    known = finder(principals)
    rules = PROFILES[profile]
    parsers, validators = load_parsers(None, rules), load_validators(None, rules)
    return Authenticator(lambda kind, name: known.get((kind, name)), rules, parsers, validators, stand_ins=stand_ins)


def verify(
    profile: str,
    header: str | tuple[str, ...] | None = None,
    form: str | bytes | None = None,
    client_cert: str | bytes | None = None,
    *,
    kind: Kind = "client",
    now: datetime = NOW,
) -> Verdict:
    """The verdict on a request."""
    return authenticator(profile).verify(Request(header, form, client_cert), kind=kind, now=now)


def outcome(verdict: Verdict) -> tuple[bool, str | None, str | None, str | None]:
    """Accepted, target, method, reason."""
    return verdict.accepted, verdict.target and str(verdict.target), verdict.method, verdict.reason


@pytest.mark.parametrize("profile", ALL)
def test_a_right_secret_by_header_and_by_body(profile: str) -> None:
    """Accepted, with the secret that matched."""
    for header, form, method in (
        (basic("web", "secret"), None, "client_secret_basic"),
        (None, "client_id=web&client_secret=secret", "client_secret_post"),
    ):
        verdict = verify(profile, header, form)
        assert outcome(verdict) == (True, "client/web", method, None)
        assert verdict.secret == shared("secret")
        assert (verdict.profile, verdict.oauth_error, verdict.warnings) == (profile, None, ())
    assert outcome(verify(profile, basic("api", "api-secret"), kind="resource"))[:2] == (True, "resource/api")


@pytest.mark.parametrize("profile", ALL)
def test_refusals_say_whom_and_why(profile: str) -> None:
    """The target is the principal that is named, if it exists; the OAuth error is one of two."""
    assert outcome(verify(profile, basic("web", "x"))) == (False, "client/web", "client_secret_basic", "mismatch")
    assert outcome(verify(profile, basic("gone", "x"))) == (False, None, "client_secret_basic", "unknown_principal")
    assert outcome(verify(profile, basic("WEB", "secret")))[3] == "unknown_principal"
    assert outcome(verify(profile, basic("api", "api-secret")))[3] == "unknown_principal"
    assert outcome(verify(profile, basic("web", "secret"), kind="resource"))[3] == "mismatch"
    assert outcome(verify(profile, basic("web", "old"))) == (False, "client/web", "client_secret_basic", "expired")
    assert outcome(verify(profile, basic("empty", "x")))[3] == "no_matching_secret_type"
    assert outcome(verify(profile)) == (False, None, None, "no_credential")
    assert verify(profile).oauth_error == "invalid_client"
    malformed = verify(profile, "Basic !")
    assert malformed.reason == "malformed_credential"
    assert malformed.oauth_error == ("invalid_request" if profile == "rfc" else "invalid_client")
    long = verify(profile, None, f"client_id=web&client_secret={'x' * 2_000}")
    assert outcome(long) == (False, "client/web", "client_secret_post", "credential_too_long")


@pytest.mark.parametrize("profile", ALL)
def test_the_instant_of_the_expiration_is_still_valid(profile: str) -> None:
    """IdentityServer: expired when expiration < now."""
    last = NOW - timedelta(days=1)
    for header, form in ((basic("web", "old"), None), (None, "client_id=web&client_secret=old")):
        assert verify(profile, header, form, now=last).accepted
        assert not verify(profile, header, form, now=last + timedelta(microseconds=1)).accepted


SEVERAL = [
    (basic("web", "secret"), "client_id=web&client_secret=secret"),
    (basic("web", "secret"), "client_id=other&client_secret=other"),
    (basic("web", "secret"), "client_assertion_type=x&client_assertion=y"),
    (basic("web", "secret"), "client_secret=secret"),
    (basic("web", ""), "client_id=web&client_secret=secret"),
    ((basic("web", "secret"), basic("web", "secret")), None),
]


@pytest.mark.parametrize(("header", "form"), SEVERAL)
def test_several_credentials_under_rfc(header: str | tuple[str, ...], form: str | None) -> None:
    """RFC 6749 §2.3: one method a request, even where both are right."""
    verdict = verify("rfc", header, form)
    assert (verdict.reason, verdict.oauth_error) == ("multiple_credentials", "invalid_request")


def test_several_credentials_elsewhere() -> None:
    """The first parser wins under IdentityServer3, the first with a secret under the others; their orders differ."""
    header, form = basic("web", "secret"), "client_id=other&client_secret=other"
    assert outcome(verify("identityserver3", header, form))[1:3] == ("client/other", "client_secret_post")
    for profile in ("identityserver4", "duende"):
        assert outcome(verify(profile, header, form))[1:3] == ("client/web", "client_secret_basic")
        assert outcome(verify(profile, basic("web", ""), form))[1:3] == ("client/other", "client_secret_post")
        assert outcome(verify(profile, "Basic !", form))[1:3] == ("client/other", "client_secret_post")
        assert outcome(verify(profile, basic("web", ""), "client_id=other"))[1:3] == ("client/other", "none")
    assert outcome(verify("identityserver3", basic("web", "secret"), "client_id=other"))[1] == "client/web"


def test_the_body_may_say_again_who_is_there() -> None:
    """A client_id beside Basic must be the same under rfc, and is nobody's business elsewhere."""
    header = basic("web", "secret")
    for profile in ALL:
        assert verify(profile, header, "client_id=web&grant_type=x").accepted
        differing = verify(profile, header, "client_id=other&grant_type=x")
        assert differing.accepted is (profile != "rfc")
    assert outcome(verify("rfc", header, "client_id=other")) == (
        False,
        "client/web",
        "client_secret_basic",
        "malformed_credential",
    )


def test_a_header_in_a_list_of_one_is_that_header() -> None:
    """As captures and plug-ins hand it over."""
    for profile in ALL:
        assert verify(profile, (basic("web", "secret"),)).accepted
        assert not verify(profile, (basic("web", "x"),)).accepted


def test_a_malformed_body_names_its_client_all_the_same() -> None:
    """Whoever reads the verdict wants to know whose request it was."""
    for form in ("client_id=web&client_secret=%zz", b"client_id=web&client_secret=\xff", "a=1&client_id=web&a=2"):
        assert outcome(verify("rfc", None, form)) == (False, "client/web", None, "malformed_credential")
    assert verify("rfc", None, "client_id=web&client_id=other&x=%zz").target is None
    core = authenticator("rfc", [Client("a=b")])
    assert str(core.verify(Request(form="client_id=a=b&x=%zz"), kind="client", now=NOW).target) == "client/a=b"


def test_a_malformed_body_beside_a_header() -> None:
    """Strict servers refuse the request; the others read what they can."""
    for form, said in (("a=1&a=2", "a parameter is repeated"), ("x=%zz", "a percent escape that is not valid")):
        verdict = verify("rfc", basic("web", "secret"), form)
        assert (verdict.reason, said in str(verdict.detail)) == ("malformed_credential", True)
        for profile in IDENTITYSERVERS:
            assert verify(profile, basic("web", "secret"), form).accepted


@pytest.mark.parametrize("id_", ["spa", "bare-spa", "implicit"])
def test_public_clients_without_a_secret(id_: str) -> None:
    """Accepted with the method `none`; IdentityServer3 knows no such thing."""
    for profile in ("rfc", "identityserver4", "duende"):
        assert outcome(verify(profile, None, f"client_id={id_}")) == (True, f"client/{id_}", "none", None)
        assert outcome(verify(profile, basic(id_, ""))) == (True, f"client/{id_}", "none", None)
    assert verify("identityserver3", None, f"client_id={id_}").reason == "no_credential"


def test_public_clients_with_a_secret() -> None:
    """Rfc holds it against the list, IdentityServer4 and Duende accept whatever it is, IdentityServer3 always looks."""
    for id_, secret, accepted in (("spa", "secret", True), ("spa", "x", False), ("bare-spa", "x", False)):
        for profile in ALL:
            verdict = verify(profile, basic(id_, secret))
            assert verdict.accepted is (accepted or profile in {"identityserver4", "duende"}), (profile, id_, secret)
            assert verdict.method == "client_secret_basic"
    assert verify("duende", basic("spa", "secret")).secret is None


def test_grant_types_beside_implicit_make_a_client_confidential() -> None:
    """IsImplicitOnly means just implicit."""
    for profile in ("rfc", "identityserver4", "duende"):
        assert verify(profile, None, "client_id=mixed").reason == "no_credential"
        assert verify(profile, None, "client_id=web").reason == "no_credential"


def test_disabled_principals() -> None:
    """Refused, whatever they present; IdentityServer3 does not look at resources."""
    for profile in ALL:
        for secret in ("secret", "x"):
            assert outcome(verify(profile, basic("off", secret)))[1:] == (
                "client/off",
                "client_secret_basic",
                "disabled",
            )
        verdict = verify(profile, basic("off-api", "api-secret"), kind="resource")
        assert verdict.reason == (None if profile == "identityserver3" else "disabled")
        post = verify(profile, None, "client_id=off&client_secret=secret")
        assert post.reason == "disabled"


def test_certificates_beside_other_credentials() -> None:
    """A certificate beside a secret only binds the token to it; alone with a client_id it authenticates."""
    for profile in ALL:
        verdict = verify(profile, basic("web", "secret"), None, SAMPLE["base64"])
        assert (verdict.accepted, verdict.confirmation) == (True, SAMPLE["x5t#S256"])
    for profile in IDENTITYSERVERS:
        verdict = verify(profile, None, "client_id=tls", DER)
        assert outcome(verdict) == (True, "client/tls", "self_signed_tls_client_auth", None)
    assert verify("rfc", "Basic !", None, DER).confirmation == SAMPLE["x5t#S256"], "whatever the other is worth"
    both = verify("rfc", basic("web", "secret"), "client_id=web", DER)
    assert outcome(both)[:3] == (True, "client/web", "client_secret_basic")


def test_public_clients_with_certificates() -> None:
    """RFC 8705 §4: to bind tokens only, unless one is registered; then it must be right."""
    for profile in ("identityserver4", "duende"):
        assert outcome(verify(profile, None, "client_id=bare-spa", DER)) == (True, "client/bare-spa", "none", None)
    assert outcome(verify("rfc", None, "client_id=bare-spa", DER))[:3] == (True, "client/bare-spa", "none")
    assert verify("rfc", None, "client_id=tls-spa", DER).reason == "certificate_expired"
    assert verify("identityserver3", None, "client_id=bare-spa", DER).reason == "no_matching_secret_type"


@pytest.mark.parametrize("certificate", ["", "nonsense", b"\x30\x00", "-----BEGIN CERTIFICATE-----"])
def test_certificates_that_cannot_be_read(certificate: str | bytes) -> None:
    """Whatever else the request holds."""
    for profile in ALL:
        verdict = verify(profile, basic("web", "secret"), None, certificate)
        assert (verdict.accepted, verdict.reason) == (False, "malformed_credential")
        assert str(verdict.target) == "client/web", "whom the request names beside it"
        verdict = verify(profile, None, "client_id=tls", certificate)
        assert (str(verdict.target), verdict.reason) == ("client/tls", "malformed_credential")


@pytest.mark.parametrize("profile", PROFILES)
def test_what_is_there_instead_of_a_credential_is_said(profile: str) -> None:
    """A known scheme by its name; what has none may be the secret itself, and is not repeated."""
    for header, said in (
        ("Bearer eyJhbGciOi", "its Authorization header is Bearer, which is not Basic"),
        ("d2ViOnRoZSByaWdodA==", "its Authorization header is not of the scheme Basic"),
        ('Digest username="web", response="x"', "its Authorization header is Digest, which is not Basic"),
        ("hunter2 hunter2", "its Authorization header is not of the scheme Basic"),
    ):
        verdict = verify(profile, header)
        assert verdict.reason == "no_credential"
        assert verdict.detail == f"the request holds no credential; {said}"
    said = "the request holds no credential; its body has no client_id with client_secret or client_assertion"
    assert verify(profile, None, "grant_type=client_credentials").detail == said


def test_spare_bits_in_a_header_are_no_matter_of_its_way() -> None:
    """Base64 that is not canonical is refused by strict servers alone, however plain the rest of the header is."""
    canonical = basic("web", "secret")
    assert canonical.endswith("dA==")
    for header in (canonical, canonical.replace("dA==", "dB==")):
        for profile in ALL:
            accepted = header == canonical or profile != "rfc"
            assert verify(profile, header).reason == (None if accepted else "malformed_credential"), (profile, header)
    for broken in (canonical.replace("On", "!On"), canonical.replace("On", "-On"), canonical[:-1], canonical + "="):
        for profile in ALL:
            assert verify(profile, broken).reason == "malformed_credential", (profile, broken)


def test_stray_characters_without_padding_are_no_matter_of_the_way_either() -> None:
    """A lenient reader of base64 would pass over them."""
    client = Client("web", secrets=(shared("secre"),))
    good = basic("web", "secre")
    assert not good.endswith("=")
    for header in (good, good.replace("On", "!On"), good.replace("On", "-On"), good + "=", good + "===="):
        for profile in ALL:
            reason = authenticator(profile, (client,)).verify(Request(header), kind="client", now=NOW).reason
            assert reason == (None if header == good else "malformed_credential"), (profile, header)


def test_empty_parameters_are_none() -> None:
    """However many there are, nothing is repeated."""
    for profile in ALL:
        assert verify(profile, None, "&client_id=web&&&client_secret=secret&").accepted


def test_control_characters_are_no_matter_of_the_way_either() -> None:
    """RFC 7617 §2 forbids them, and the servers take them, in a secret that is right."""
    client = Client("web", secrets=(shared("a\x01b"),))
    for profile in ALL:
        core = authenticator(profile, (client,))
        for _ in range(2):
            reason = core.verify(Request(basic("web", "a\x01b")), kind="client", now=NOW).reason
            assert reason == ("malformed_credential" if profile == "rfc" else None)


def test_nothing_in_force_accepts_nobody() -> None:
    """Empty lists of parsers or validators fail closed, with a reason."""
    known = finder(PRINCIPALS)
    for parsers, validators, reason in (([], None, "no_credential"), (None, [], "no_matching_secret_type")):
        rules = PROFILES["rfc"]
        empty = Authenticator(
            lambda kind, name: known.get((kind, name)),
            rules,
            load_parsers(parsers, rules),
            load_validators(validators, rules),
        )
        verdict = empty.verify(Request(authorization=basic("web", "secret")), kind="client", now=NOW)
        assert (verdict.accepted, verdict.reason) == (False, reason)


def test_a_bare_id_is_refused_for_the_reason_that_a_validator_gives() -> None:
    """No built-in validator has a say about one, and a plug-in's reason is worth more than that a secret is missing."""

    class Closed:
        name = "closed"

        def validate(self, *_: object) -> Refusal:
            return Refusal("outside_hours", "closed until eight")

    core = Authenticator(
        lambda kind, name: Client(name) if kind == "client" else None,
        PROFILES["rfc"],
        load_parsers(None, PROFILES["rfc"]),
        [Closed()],
    )
    verdict = core.verify(Request(form="client_id=web"), kind="client", now=NOW)
    assert outcome(verdict) == (False, "client/web", "none", "outside_hours")


def test_settings_make_an_authenticator() -> None:
    """Profile, order, issuer and algorithms as the registry says, or as the caller says instead."""
    issuer = Issuer("https://id.example", "https://id.example/connect/token")
    settings = Settings(
        issuer=issuer, validation=Validation("duende", ("post_body",), ("shared_secret",), "ca.pem", ("ES256",))
    )
    made = authenticator_for(lambda kind, name: None, settings)
    assert (made.profile.name, [each.name for each in made._parsers]) == ("duende", ["post_body"])
    assert made._judge._context["issuer"] == "https://id.example"
    assert (made._judge._context["trust"], made._judge._context["algorithms"]) == ("ca.pem", ("ES256",))
    made = authenticator_for(lambda kind, name: None, settings, profile="identityserver3", trust="other.pem")
    assert (made._judge._context["trust"], made._judge._context["algorithms"]) == ("other.pem", None)
    assert authenticator_for(lambda kind, name: None, Settings())._judge._context["issuer"] is None
    with pytest.raises(UnavailableError) as caught:
        authenticator_for(lambda kind, name: None, Settings(), profile="keycloak")
    assert caught.value.code == "profile_unknown"


def test_typed_secrets_have_limits_too() -> None:
    """As if they had come by Basic, and named by whoever typed them."""
    for profile, limit in (("rfc", 1_000), *((name, 100) for name in IDENTITYSERVERS)):
        rules = PROFILES[profile]

        def reason(id_: str, secret: str, profile: str = profile) -> str | None:
            found = typed_credential(id_, SecretText(secret), PROFILES[profile])
            assert found.method == "client_secret_basic"
            assert found.id == id_
            return found.reason if isinstance(found, Refusal) else None

        assert reason("web", "secret") is None
        assert reason("web", "x" * limit) is None
        assert reason("web", "x" * (limit + 1)) == "credential_too_long"
        assert reason("i" * 201, "secret") == "credential_too_long"
        assert reason("web", " ") == "no_credential"
        assert reason("web", "a\x00b") == (None if rules.control_characters else "malformed_credential")


def test_a_certificate_that_was_not_given() -> None:
    """None stays None."""
    assert presented_der(None) is None
    assert presented_der(DER) == DER
    refusal = presented_der("x")
    assert isinstance(refusal, Refusal)
    verdict = authenticator("rfc").answer(refusal, kind="client", now=NOW, certificate=refusal)
    assert verdict.reason == "malformed_credential"


def test_an_unknown_client_spends_no_jti_and_warns_of_nobody_else() -> None:
    """What an unknown id is held against changes nothing but the time."""
    odd = Client("odd", secrets=(Secret("bad", "SharedSecret", StoredValue("invalid")), shared("secret")))
    core = authenticator("rfc", (odd,), stand_ins={"client": (odd,)})
    for header, form in ((basic("gone", "secret"), None), (None, "client_id=gone&client_secret=secret")):
        verdict = core.verify(Request(header, form), kind="client", now=NOW)
        assert outcome(verdict)[0::3] == (False, "unknown_principal")
        assert verdict.warnings == ()
    known = core.verify(Request(basic("odd", "secret")), kind="client", now=NOW)
    assert known.accepted
    assert len(known.warnings) == 1


# One answer by two ways


TIMES = [None, NOW - timedelta(days=2), NOW - timedelta(days=1), NOW, NOW + timedelta(days=1)]
SECRETS = ["secret", "a+b", "x%20y", "%zz", "ü", " ", "a b", "\x7f", "x" * 101]
VALUES = [
    value("secret"),
    value("secret"),
    value("other"),
    *(value(text, name) for text in ("secret", "a+b", "a b", "x%20y", "x y", "", " ") for name in ("sha256", "sha512")),
    StoredValue("invalid"),
    StoredValue(value("secret") + " "),
    StoredValue("$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$7nfZ7ZkHLFBZbrJ3YXcXBp3ey7cG4yPRhBBfcCiYMdI"),
]
STORED = st.builds(
    Secret,
    st.sampled_from(["s1", "s2"]),
    st.sampled_from(["SharedSecret", "SharedSecret", "SharedSecret", "X509Thumbprint", "JWK"]),
    st.sampled_from(VALUES),
    expiration=st.sampled_from(TIMES),
)
CLIENTS = st.builds(
    Client,
    st.just("web"),
    enabled=st.sampled_from([True, True, True, False]),
    require_secret=st.sampled_from([True, True, True, False]),
    secrets=st.lists(STORED, max_size=4).map(tuple),
)
PAIRS = st.tuples(
    st.sampled_from(["web"] * 8 + ["gone", "", " web", "w%65b", "web+"]),
    st.sampled_from(["secret"] * 8 + [*SECRETS, ""]),
)
HEADERS = st.one_of(
    PAIRS.map(lambda pair: basic(*pair)),
    PAIRS.map(lambda pair: basic(*pair)),
    PAIRS.map(lambda pair: basic(*pair)),
    PAIRS.map(lambda pair: basic(*pair).lower()),
    PAIRS.map(lambda pair: basic(*pair) + " "),
    PAIRS.map(lambda pair: basic(*pair).replace("==", "=").replace("c", "d")),
    st.sampled_from(
        [
            "",
            "Basic",
            "Basic ",
            "Bearer x",
            "Basic d2ViOnNlY3JldB==",
            "Basic d2Vi",
            "Basic OnNlY3JldA==",
            "Basic \ud800",
        ]
    ),
    st.text(st.characters(), max_size=30).map(lambda text: f"Basic {text}"),
)


@settings(max_examples=250)
@given(CLIENTS, st.lists(HEADERS, min_size=1, max_size=4), st.sampled_from(ALL), st.lists(CLIENTS, max_size=2))
@example(
    Client("web", secrets=(shared("secret"), shared("a:b"))),
    [basic("web", ""), basic("", "secret"), "Basic d2Vi", "Token d2ViOnNlY3JldA==", basic("web", "a:b")],
    "duende",
    [],
)
def test_the_direct_way_gives_the_answers_of_the_general_way(
    client: Client, headers: list[str], profile: str, stand_ins: list[Client]
) -> None:
    """Whatever the header, the registry, the profile and the stand-ins: the same verdict, word by word."""
    core = authenticator(profile, (client,), stand_ins={"client": tuple(stand_ins)})
    plain = authenticator(profile, (client,))
    plain._direct = {}
    for header in headers:
        for now in (NOW, NOW + timedelta(seconds=1)):
            request = Request(authorization=header)
            assert core.verify(request, kind="client", now=now) == plain.verify(request, kind="client", now=now)


def test_the_direct_way_sees_that_a_principal_has_changed() -> None:
    """The store's newest principal decides, not the plan that was made for an older one."""
    known: dict[str, Principal] = {"web": Client("web", secrets=(shared("old"),))}
    rules = PROFILES["rfc"]
    core = Authenticator(
        lambda kind, name: known.get(name), rules, load_parsers(None, rules), load_validators(None, rules)
    )

    def accepted(secret: str) -> bool:
        return core.verify(Request(authorization=basic("web", secret)), kind="client", now=NOW).accepted

    assert accepted("old")
    known["web"] = Client("web", secrets=(shared("new"),))
    assert (accepted("old"), accepted("new")) == (False, True)
    del known["web"]
    assert not accepted("new")


def test_plans_do_not_grow_without_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry with more principals than plans are kept for gets right answers all the same."""
    monkeypatch.setattr("secretctl.authenticate.plain_basic._MOST_PLANS", 3)
    core = authenticator("rfc", [Client(f"c{number}", secrets=(shared(f"x{number}"),)) for number in range(10)])
    for _ in range(2):
        for number in range(10):
            assert core.verify(Request(authorization=basic(f"c{number}", f"x{number}")), kind="client", now=NOW)
    assert len(core._direct["client"]._plans) <= 3


def test_the_direct_way_is_taken_where_nothing_else_can_have_a_say() -> None:
    """With a parser or validator of others in force, all of them are asked."""
    rules = PROFILES["rfc"]
    assert authenticator("rfc")._direct

    class Stranger:
        name = "basic"

        def parse(self, submission: object) -> Credential:
            return Credential("client_secret_basic", "web", SecretText("secret"))

    for parsers in ([Stranger()], load_parsers(["post_body"], rules)):
        core = Authenticator(lambda kind, name: None, rules, parsers, load_validators(None, rules))
        assert not core._direct
    core = Authenticator(
        lambda kind, name: None, rules, load_parsers(None, rules), load_validators(["x509_name"], rules)
    )
    assert not core._direct
    known = finder(PRINCIPALS)
    core = Authenticator(lambda kind, name: known.get((kind, name)), rules, [Stranger()], load_validators(None, rules))
    assert core.verify(Request(authorization="anything"), kind="client", now=NOW).accepted

    class Lenient:
        name = "lenient"

        def validate(self, _credential: object, secrets: Sequence[Secret], _context: object) -> Match:
            return Match(secrets[0])

    validators = [*load_validators(None, rules), Lenient()]
    core = Authenticator(lambda kind, name: known.get((kind, name)), rules, load_parsers(None, rules), validators)
    assert core.verify(Request(authorization=basic("web", "wrong")), kind="client", now=NOW).accepted


def medians(core: Authenticator, requests: Sequence[Request], rounds: int) -> Iterator[float]:
    """The median time of each request, taken in turns."""
    times: list[list[int]] = [[] for _ in requests]
    for _ in range(rounds):
        for request, column in zip(requests, times, strict=True):
            start = perf_counter_ns()
            core.verify(request, kind="client", now=NOW)
            column.append(perf_counter_ns() - start)
    return map(median, times)


def test_an_unknown_id_costs_what_a_known_one_costs_with_slow_hashes_too() -> None:
    """Who is registered cannot be told by the clock: three orders of magnitude lie between the two without stand-ins."""
    slow = Client("slow", secrets=(Secret("s1", "SharedSecret", hash_secret(SecretText("secret"), "argon2id")),))
    forms = [Request(form=f"client_id={id_}&client_secret=x") for id_ in ("slow", "gone")]
    headers = [Request(authorization=basic(id_, "x")) for id_ in ("slow", "gone")]
    core = authenticator("rfc", (slow,), stand_ins={"client": (slow,)})
    for requests in (forms, headers):
        known, unknown = medians(core, requests, 5)
        assert 0.2 < unknown / known < 5
