"""A lone assertion takes a shorter way through the authenticator, and gets the answers of the long one."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from secretctl.authenticate import Authenticator, authenticator_for
from secretctl.builders.assertion import assertion_form
from secretctl.model import X509_CERTIFICATE, X509_THUMBPRINT, Client, Request, Secret, StoredValue
from secretctl.settings import Issuer, Settings, Validation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.validators.conftest import Mint

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
ISSUER = "https://id.example.com"
PROFILES = ("rfc", "identityserver3", "identityserver4", "duende")


def authenticator(profile: str, *clients: Client, parsers: tuple[str, ...] | None = None) -> Authenticator:
    """One server over a few clients."""
    known = {client.id: client for client in clients}
    settings = Settings(
        issuer=Issuer(ISSUER, f"{ISSUER}/connect/token"), validation=Validation(profile=profile, parsers=parsers)
    )
    return authenticator_for(lambda kind, id_: known.get(id_) if kind == "client" else None, settings)


@pytest.mark.parametrize("profile", PROFILES)
def test_both_ways_give_one_answer(
    mint: Mint, jwk: Callable[..., Secret], certificate_secret: Callable[..., Secret], profile: str
) -> None:
    """Right, wrong, malformed, blank, unknown, disabled, public."""
    server = authenticator(
        profile,
        Client("web", secrets=(jwk(), certificate_secret())),
        Client("off", enabled=False, secrets=(jwk(),)),
        Client("open", require_secret=False, secrets=(jwk("other ec"),)),
        *(Client(name) for name in ("a" * 150, "a" * 300, "a\x07")),
    )
    audiences = (ISSUER, f"{ISSUER}/connect/token")
    options: list[dict[str, Any]] = [{}, {"exp": 1}, {"jti": None}, {"iss": "x"}, {"sub": 5}, {"nbf": 4_000_000_000}]
    options += [{"iss": name, "sub": name} for name in ("off", "open", "nobody", "a" * 150, "a" * 300, "a\x07", " ")]
    tokens = [mint("ec", aud=aud, **claims) for aud in audiences for claims in options]
    tokens += [mint("rsa", alg="RS256", aud=aud) for aud in audiences] + [mint("other ec", header={"typ": "x"})]
    tokens += ["", " ", "x", "a.b.c", "é", "\ud800", "x" * 60_000, f" {tokens[0]}", f"{tokens[0]}\n", "%41.+.&"]
    for token in tokens:
        direct = server.verify_assertion(token, kind="client", now=NOW)
        general = server.verify(Request(form=assertion_form(token)), kind="client", now=NOW)
        assert direct == general, token[:80]


def test_verdicts_that_are_known_again_are_the_right_ones(mint: Mint, jwk: Callable[..., Secret]) -> None:
    """Two clients may share one secret object and one header; a verdict names its own."""
    shared = jwk()
    server = authenticator("rfc", Client("web", secrets=(shared,)), Client("api", secrets=(shared,)))
    for name in ("web", "api", "web", "web", "api"):
        verdict = server.verify_assertion(mint(iss=name, sub=name), kind="client", now=NOW)
        assert (verdict.accepted, str(verdict.target)) == (True, f"client/{name}")
    first, second = (server.verify_assertion(mint(), kind="client", now=NOW) for _ in range(2))
    assert first is second


@pytest.mark.parametrize("profile", PROFILES)
def test_once_warm_both_ways_still_give_one_answer(
    mint: Mint,
    sign_raw: Callable[..., str],
    certificate_secret: Callable[..., Secret],
    jwk: Callable[..., Secret],
    profile: str,
) -> None:
    """After an accepted assertion with the same header, every way of being wrong or odd."""
    aud = ISSUER if profile in {"rfc", "duende"} else f"{ISSUER}/connect/token"
    server = authenticator(
        profile, Client("web", secrets=(jwk(), certificate_secret())), Client("api", secrets=(jwk(),))
    )
    second = int(NOW.timestamp())
    odd: list[dict[str, Any]] = [
        *(
            {"exp": exp}
            for exp in (second - 301, second - 1, second, second + 1, second + 60.5, 10**15, 10**16, None, "x", True)
        ),
        *({"nbf": nbf} for nbf in (second, second + 10, second + 11, second + 300, second + 301, -1, 1.5, "x", True)),
        *({"iat": iat} for iat in (second, second + 10, second + 11, -5, 0.5, None, "x", False)),
        *({"jti": jti} for jti in (None, "", "  ", "é", "\ud800", 5, "\x00")),
        *({"aud": value} for value in ([aud], [aud, "x"], f"{aud}/", "x", None, 5)),
        {"iss": "api"},
        {"sub": "api"},
        {"iss": "api", "sub": "api"},
        {"iss": "nobody", "sub": "nobody"},
        {"sub": 5},
        {"sub": ["web"]},
        {"iss": ["web"]},
        {"iss": {}, "sub": {}},
        {"x": "x" * 9_000},
        {"x": "x" * 60_000},
    ]
    keys = {"rfc": "ec", "identityserver3": "rsa"}
    key, alg = keys.get(profile, "ec"), "RS256" if profile == "identityserver3" else None
    tokens = [mint(key, alg=alg, **{"aud": aud, **claims}) for claims in odd]
    tokens += [mint("other ec", aud=aud), mint(key, alg=alg, aud=aud)[:-2], sign_raw('{"alg":"ES256"}', "[]")]
    warm = mint(key, alg=alg, aud=aud)
    assert server.verify_assertion(warm, kind="client", now=NOW).accepted
    for token in tokens:
        again = server.verify_assertion(warm, kind="client", now=NOW)
        assert again is server.verify_assertion(warm, kind="client", now=NOW)
        direct = server.verify_assertion(token, kind="client", now=NOW)
        assert direct == server.verify(Request(form=assertion_form(token)), kind="client", now=NOW)


@pytest.mark.parametrize("by", ["thumbprint", "certificate"])
def test_a_certificate_in_the_header(mint: Mint, certify: Callable[..., bytes], by: str) -> None:
    """IdentityServer3 takes the key from there where the certificate is registered, though it be by its thumbprint alone."""
    der = certify("rsa")
    stored = hashlib.sha1(der).hexdigest().upper() if by == "thumbprint" else base64.b64encode(der).decode()
    secret = Secret("c1", X509_THUMBPRINT if by == "thumbprint" else X509_CERTIFICATE, StoredValue(stored))
    server = authenticator("identityserver3", Client("web", secrets=(secret,)))
    embedded = {"x5c": [base64.b64encode(der).decode()]}
    for _ in range(2):
        token = mint("rsa", alg="RS256", aud=f"{ISSUER}/connect/token", header=embedded)
        assert server.verify_assertion(token, kind="client", now=NOW).secret == secret
        token = mint("other rsa", alg="RS256", aud=f"{ISSUER}/connect/token", header=embedded)
        assert server.verify_assertion(token, kind="client", now=NOW).reason == "assertion_signature"


def test_another_time_is_judged_anew(mint: Mint, jwk: Callable[..., Secret]) -> None:
    """What was found out at one time says nothing of another: a secret has ended since."""
    old = replace(jwk(), expiration=NOW)
    server = authenticator("rfc", Client("web", secrets=(old,)))
    assert server.verify_assertion(mint(), kind="client", now=NOW).accepted
    assert server.verify_assertion(mint(), kind="client", now=NOW).accepted
    later = NOW + dt.timedelta(seconds=1)
    assert server.verify_assertion(mint(), kind="client", now=later).reason == "expired"
    assert server.verify_assertion(mint(), kind="client", now=NOW).accepted


def test_a_changed_principal_is_judged_anew(mint: Mint, jwk: Callable[..., Secret]) -> None:
    """A store may be edited while it is open, and a database makes its principals anew each time."""
    clients = [Client("web", secrets=(jwk(),)), Client("web", secrets=(jwk(),)), Client("web", enabled=False)]
    current = clients[0]
    settings = Settings(issuer=Issuer(ISSUER, f"{ISSUER}/connect/token"))
    server = authenticator_for(lambda _kind, _id: current, settings)
    for _ in range(2):
        assert server.verify_assertion(mint(), kind="client", now=NOW).accepted
    for current in clients:
        for _ in range(2):
            assert server.verify_assertion(mint(), kind="client", now=NOW).accepted is current.enabled


def test_plans_are_bounded(mint: Mint, jwk: Callable[..., Secret], monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry of any size is verified in bounded memory."""
    from secretctl.authenticate import plain_assertion as module

    monkeypatch.setattr(module, "_MOST_PLANS", 2)
    names = [f"c{number}" for number in range(5)]
    server = authenticator("rfc", *(Client(name, secrets=(jwk("ec", name),)) for name in names))
    for name in names:
        assert server.verify_assertion(mint(iss=name, sub=name), kind="client", now=NOW).accepted
        assert len(server._direct_assertions["client"]._plans) <= 2


def test_public_clients_are_not_remembered(mint: Mint) -> None:
    """Nobody looked at what they presented."""
    server = authenticator("duende", Client("web", require_secret=False))
    for _ in range(2):
        assert server.verify_assertion(mint(), kind="client", now=NOW).accepted
    assert not server._direct_assertions["client"]._plans


def test_a_replay_cache_has_a_word_each_time(mint: Mint, jwk: Callable[..., Secret], tmp_path: Path) -> None:
    """The same assertion is refused the second time."""
    settings = Settings(issuer=Issuer(ISSUER, f"{ISSUER}/connect/token"))
    client = Client("web", secrets=(jwk(),))
    server = authenticator_for(lambda _kind, _id: client, settings, replay_cache=str(tmp_path / "cache"))
    token = mint()
    answers = [server.verify_assertion(token, kind="client", now=NOW).reason for _ in range(2)]
    assert answers == [None, "assertion_replayed"]


def test_clients_do_not_use_up_each_others_jti(mint: Mint, jwk: Callable[..., Secret], tmp_path: Path) -> None:
    """A jti is the sender's choice, so nobody may take one away from somebody else."""
    settings = Settings(issuer=Issuer(ISSUER, f"{ISSUER}/connect/token"))
    server = authenticator_for(
        lambda _kind, id_: Client(id_, secrets=(jwk(),)), settings, replay_cache=str(tmp_path / "cache")
    )
    for name, reason in (("web", None), ("shop", None), ("web", "assertion_replayed"), ("shop", "assertion_replayed")):
        token = mint(iss=name, sub=name, jti="1")
        assert server.verify_assertion(token, kind="client", now=NOW).reason == reason


def test_a_parser_of_others_has_a_word_each_time(mint: Mint, jwk: Callable[..., Secret]) -> None:
    """An assertion alone then is a request like any other."""
    from secretctl.parsers.client_assertion import ClientAssertionParser
    from secretctl.profiles import PROFILES as COLUMNS
    from secretctl.validators.private_key_jwt import PrivateKeyJwtValidator

    class Counting(ClientAssertionParser):
        asked = 0

        def parse(self, submission: Any) -> Any:
            Counting.asked += 1
            return super().parse(submission)

    known = {"client": Client("web", secrets=(jwk(),))}
    server = Authenticator(
        lambda kind, _id: known.get(kind), COLUMNS["rfc"], [Counting()], [PrivateKeyJwtValidator()], issuer=ISSUER
    )
    for _ in range(3):
        assert server.verify_assertion(mint(), kind="client", now=NOW).accepted
    assert Counting.asked == 3


def test_a_validator_of_others_has_a_word_each_time(mint: Mint, jwk: Callable[..., Secret]) -> None:
    """Whatever it answers, it is asked."""
    from secretctl.parsers.client_assertion import ClientAssertionParser
    from secretctl.profiles import PROFILES as COLUMNS
    from secretctl.validators.private_key_jwt import PrivateKeyJwtValidator

    class Counting(PrivateKeyJwtValidator):
        asked = 0

        def validate(self, credential: Any, secrets: Any, context: Any) -> Any:
            Counting.asked += 1
            return super().validate(credential, secrets, context)

    client = Client("web", secrets=(jwk(),))
    server = Authenticator(
        lambda _kind, _id: client, COLUMNS["rfc"], [ClientAssertionParser()], [Counting()], issuer=ISSUER
    )
    for _ in range(3):
        assert server.verify_assertion(mint(), kind="client", now=NOW).accepted
    assert Counting.asked == 3


def test_without_the_parser_there_is_no_direct_way(mint: Mint, jwk: Callable[..., Secret]) -> None:
    """Nobody reads assertions where the registry says so."""
    server = authenticator("rfc", Client("web", secrets=(jwk(),)), parsers=("basic",))
    assert server.verify_assertion(mint(), kind="client", now=NOW).reason == "no_credential"
