"""A lone assertion takes a shorter way through the authenticator, and gets the answers of the long one."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from secretctl.authenticate import authenticator_for
from secretctl.builders.assertion import assertion_form
from secretctl.model import Client, Request, Secret, StoredValue
from secretctl.settings import Issuer, Settings, Validation

if TYPE_CHECKING:
    from collections.abc import Callable

    from secretctl.authenticate import Authenticator
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
    """Two clients may share one secret object; a verdict names its own."""
    shared = jwk()
    server = authenticator("rfc", Client("web", secrets=(shared,)), Client("api", secrets=(shared,)))
    for name in ("web", "api", "web", "web"):
        verdict = server.verify_assertion(mint(iss=name, sub=name), kind="client", now=NOW)
        assert (verdict.accepted, str(verdict.target)) == (True, f"client/{name}")
    first, second = (server.verify_assertion(mint(), kind="client", now=NOW) for _ in range(2))
    assert first is second


def test_remembered_verdicts_are_bounded(
    mint: Mint, jwk: Callable[..., Secret], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A registry of any size is verified in bounded memory."""
    from secretctl.authenticate import authenticator as module

    monkeypatch.setattr(module, "_MOST_ACCEPTED", 2)
    names = [f"c{number}" for number in range(5)]
    server = authenticator("rfc", *(Client(name, secrets=(jwk("ec", name),)) for name in names))
    for name in names:
        assert server.verify_assertion(mint(iss=name, sub=name), kind="client", now=NOW).accepted
    assert len(server._accepted) <= 2


def test_without_the_parser_there_is_no_direct_way(mint: Mint, jwk: Callable[..., Secret]) -> None:
    """Nobody reads assertions where the registry says so."""
    server = authenticator("rfc", Client("web", secrets=(jwk(),)), parsers=("basic",))
    assert server.verify_assertion(mint(), kind="client", now=NOW).reason == "no_credential"


def test_a_warning_makes_another_verdict(mint: Mint, jwk: Callable[..., Secret]) -> None:
    """What is said beside an answer is not remembered with another one's."""
    old = Secret("bad", "JWK", StoredValue("x"), expiration=NOW + dt.timedelta(seconds=30))
    server = authenticator("rfc", Client("web", secrets=(old, jwk())))
    before = server.verify_assertion(mint(), kind="client", now=NOW)
    after = server.verify_assertion(mint(exp=4_000_000_000), kind="client", now=NOW + dt.timedelta(seconds=60))
    assert (len(before.warnings), len(after.warnings)) == (2, 1)
