"""The values: plaintext that does not leak, verdicts that are true only when they accept, JSON as the README has it."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, datetime

import pytest

from secretctl.model import (
    Client,
    Credential,
    Explanation,
    Principal,
    Request,
    Resource,
    Secret,
    SecretText,
    StoredValue,
    Target,
    Verdict,
    instant_text,
)

PLAINTEXT = "correct-horse-battery-staple"


def test_plaintext_has_one_way_out() -> None:
    """Printing, formatting, logging and tracebacks show stars."""
    secret = SecretText(PLAINTEXT)
    assert secret.reveal() == PLAINTEXT
    shown = [
        str(secret),
        repr(secret),
        f"{secret}",
        f"{secret:>40}",
        f"{secret!r}",
        repr([secret]),
        format(secret),
    ]
    assert not any(PLAINTEXT in text for text in shown)
    assert str(secret) == "********"
    assert not hasattr(secret, "__dict__")


@pytest.mark.parametrize("make", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps])
def test_plaintext_is_not_copied_out(make: object) -> None:
    """Serialisers refuse it."""
    with pytest.raises(TypeError) as caught:
        make(SecretText(PLAINTEXT))  # type: ignore[operator]
    assert PLAINTEXT not in str(caught.value)


def test_plaintext_compares_with_its_kind_only() -> None:
    """In constant time, lone surrogates included; it is no key of a dict."""
    assert SecretText("a") == SecretText("a")
    assert SecretText("a") != SecretText("b")
    assert SecretText("\ud800") == SecretText("\ud800")
    assert SecretText("a") != "a"
    assert bool(SecretText("a"))
    assert not SecretText("")
    with pytest.raises(TypeError):
        hash(SecretText("a"))


def test_requests_and_credentials_do_not_show_what_they_hold() -> None:
    """Neither header, body, certificate nor secret."""
    request = Request(f"Basic {PLAINTEXT}", f"client_secret={PLAINTEXT}", PLAINTEXT)
    credential = Credential("client_secret_basic", "web", SecretText(PLAINTEXT), SecretText(PLAINTEXT))
    assert PLAINTEXT not in repr(request) + repr(credential)


def test_values_are_frozen() -> None:
    """Changing one is making another."""
    for value, name in ((Client("web"), "id"), (Secret("s", "t", StoredValue("v")), "value"), (Request(), "form")):
        with pytest.raises(AttributeError):
            setattr(value, name, "x")


def test_targets() -> None:
    """As on the command line."""
    assert str(Client("a/b").target) == "client/a/b"
    assert Resource("api").target == Target("resource", "api")


def test_labels_and_public_clients() -> None:
    """The name for people; public is without a secret or implicit only."""
    assert (Client("c", name="Web").label, Resource("r", display_name="API").label, Principal("p").label) == (
        "Web",
        "API",
        None,
    )
    assert not Client("c").public
    assert Client("c", require_secret=False).public
    assert Client("c", grant_types=("implicit",)).public
    assert not Client("c", grant_types=("implicit", "hybrid")).public
    assert not Resource("r").public


def test_a_verdict_is_true_only_when_it_accepts() -> None:
    """So that a forgotten attribute does not let anybody in."""
    assert Verdict(accepted=True, target=Target("client", "web"), method="client_secret_basic", profile="rfc")
    assert not Verdict(accepted=False, target=None, method=None, profile="rfc", reason="no_credential")


def test_verdicts_as_json() -> None:
    """Every member of the README, with null where there is nothing."""
    refused = Verdict(
        accepted=False,
        target=None,
        method=None,
        profile="rfc",
        reason="mismatch",
        oauth_error="invalid_client",
        detail="why",
    )
    assert json.loads(json.dumps(refused.as_dict())) == {
        "accepted": False,
        "target": None,
        "method": None,
        "secret": None,
        "reason": "mismatch",
        "oauth_error": "invalid_client",
        "detail": "why",
        "warnings": [],
        "confirmation": None,
        "profile": "rfc",
        "explanations": [],
    }
    end = datetime(2026, 12, 31, tzinfo=UTC)
    for expiration, text in ((end, "2026-12-31T00:00:00Z"), (None, None)):
        accepted = Verdict(
            accepted=True,
            target=Target("client", "web"),
            method="private_key_jwt",
            profile="duende",
            secret=Secret("s1", "JWK", StoredValue("{}"), "a key", expiration),
            warnings=("w",),
            confirmation="abc",
            explanations=(Explanation("code", "message", "hint", "s2"),),
        )
        body = json.loads(json.dumps(accepted.as_dict()))
        assert body["secret"] == {"id": "s1", "type": "JWK", "description": "a key", "expiration": text}
        assert (body["target"], body["warnings"], body["confirmation"]) == ("client/web", ["w"], {"x5t#S256": "abc"})
        assert body["explanations"] == [{"code": "code", "message": "message", "hint": "hint", "secret_id": "s2"}]


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2026, 12, 31, tzinfo=UTC), "2026-12-31T00:00:00Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC), "2026-01-02T03:04:05.600000Z"),
    ],
)
def test_instants_as_rfc_3339(instant: datetime, text: str) -> None:
    """In UTC, with a fraction only where there is one."""
    assert instant_text(instant) == text
