"""--explain: the code of every known mistake, what each is about, and that nothing else is claimed."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import pytest

from tests.acceptance.kit import (
    LATER,
    NOW,
    OTHER,
    PROFILES,
    SECRET,
    SERVERS,
    b64,
    basic,
    basic_raw,
    certificate,
    claims,
    codes,
    http,
    lines,
    refused,
    sha256,
    sha512,
    shared,
    stored,
    token,
)
from tests.acceptance.test_profile_secrets import argon2id, scrypt
from tests.known import KNOWN

if TYPE_CHECKING:
    from tests.acceptance.kit import Judge

CODES = {
    "hex_digest_stored", "base64_of_hex_stored", "plaintext_stored", "newline_hashed", "crlf_hashed", "quotes_hashed",
    "utf16_hashed", "hashed_twice", "hash_of_hex", "stored_value_presented", "plus_became_space", "percent_encoded",
    "percent_decoded", "whitespace", "other_principal", "wrong_kind", "expired_sibling", "poisoned",
}  # fmt: skip


def explained(judge: Judge, secret: str, *, profile: str = "rfc", target: str = "client/web") -> dict[str, Any]:
    """The refusal of a secret, explained; each explanation is held against its form."""
    verdict = judge.target(target, secret, "--explain", profile=profile)
    hold(verdict)
    return verdict


def hold(verdict: dict[str, Any]) -> None:
    """What every explanation looks like."""
    assert not verdict["accepted"], verdict
    for explanation in verdict["explanations"]:
        assert explanation["code"] in CODES
        assert isinstance(explanation["message"], str)
        assert explanation["message"]
        assert explanation["hint"] is None or isinstance(explanation["hint"], str)
        if explanation["code"] in {"other_principal", "wrong_kind"}:
            assert explanation["secret_id"] is None


def about(verdict: dict[str, Any], code: str) -> str | None:
    """The secret that an explanation of this code is about."""
    assert code in codes(verdict), verdict
    found = next(one for one in verdict["explanations"] if one["code"] == code)
    return found["secret_id"]  # type: ignore[no-any-return]


# --- wrong stored values -------------------------------------------------------------------------------------------


def _stored(data: bytes, digest: str) -> str:
    return b64(hashlib.new(digest, data).digest())


MISTAKES: dict[str, Any] = {
    "hex_digest_stored": lambda text, digest: hashlib.new(digest, text.encode()).hexdigest(),
    "hex_digest_stored upper": lambda text, digest: hashlib.new(digest, text.encode()).hexdigest().upper(),
    "base64_of_hex_stored": lambda text, digest: b64(hashlib.new(digest, text.encode()).hexdigest()),
    "base64_of_hex_stored upper": lambda text, digest: b64(hashlib.new(digest, text.encode()).hexdigest().upper()),
    "plaintext_stored": lambda text, _: text,
    "newline_hashed": lambda text, digest: _stored((text + "\n").encode(), digest),
    "crlf_hashed": lambda text, digest: _stored((text + "\r\n").encode(), digest),
    "quotes_hashed double": lambda text, digest: _stored(f'"{text}"'.encode(), digest),
    "quotes_hashed single": lambda text, digest: _stored(f"'{text}'".encode(), digest),
    "utf16_hashed": lambda text, digest: _stored(text.encode("utf-16-le"), digest),
    "hashed_twice": lambda text, digest: _stored(_stored(text.encode(), digest).encode(), digest),
    "hash_of_hex": lambda text, digest: _stored(hashlib.new(digest, text.encode()).hexdigest().encode(), digest),
    "hash_of_hex upper": lambda text, digest: _stored(
        hashlib.new(digest, text.encode()).hexdigest().upper().encode(), digest
    ),
}


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
@pytest.mark.parametrize("mistake", MISTAKES)
def test_stored_values(judge: Judge, mistake: str, digest: str) -> None:
    """Every code, SHA-256 and SHA-512, about the secret that was stored wrongly, in every profile."""
    judge.one(shared(OTHER, "fine"), stored("SharedSecret", MISTAKES[mistake](SECRET, digest), "wrong"))
    for profile in PROFILES:
        verdict = explained(judge, SECRET, profile=profile)
        assert about(verdict, mistake.split(maxsplit=1)[0]) == "wrong"


def test_the_known_values_of_the_mistakes(judge: Judge) -> None:
    """The same for the secret `secret`, computed with nothing but hashlib, as the known answers have them."""
    for code, value in KNOWN["mistakes_for_secret"].items():
        judge.one(stored("SharedSecret", value, "wrong"))
        assert about(explained(judge, "secret"), code.removesuffix("_raw")) == "wrong"


def test_an_expired_mistake_is_not_the_reason(judge: Judge) -> None:
    """What has expired would not match either way; the explanation, if any, is of the usable one."""
    judge.one(
        stored("SharedSecret", sha256(SECRET + "\n"), "old", expiration="2026-05-01T00:00:00Z"),
        stored("SharedSecret", sha256(f'"{SECRET}"'), "new"),
    )
    assert about(explained(judge, SECRET), "quotes_hashed") == "new"


# --- what was presented ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [sha256, sha512])
def test_the_stored_value_itself(judge: Judge, make: Any) -> None:
    """People paste what stands in the database."""
    judge.one(stored("SharedSecret", make(SECRET), "s1"))
    assert about(explained(judge, make(SECRET)), "stored_value_presented") == "s1"


PRESENTED: list[tuple[str, str, str]] = [
    ("whitespace", SECRET, f" {SECRET}"),
    ("whitespace", SECRET, f"{SECRET} "),
    ("whitespace", SECRET, f"\u00a0{SECRET}"),
    ("percent_encoded", "a+b/c=d-and-more", "a%2Bb%2Fc%3Dd-and-more"),
    ("percent_encoded", "müller und söhne", quote_plus("müller und söhne")),
    ("percent_encoded", "müller und söhne", quote("müller und söhne")),
    ("plus_became_space", "a+b+c-and-some-more", "a b c-and-some-more"),
]


@pytest.mark.parametrize("hash", [sha256, sha512, argon2id, scrypt])
@pytest.mark.parametrize(("code", "right", "presented"), PRESENTED)
def test_presented_secrets(judge: Judge, code: str, right: str, presented: str, hash: Any) -> None:
    """Explained from the presented side, salted hashes too."""
    judge.one(stored("SharedSecret", hash(right), "s1"))
    assert about(explained(judge, presented), code) == "s1"


@pytest.mark.parametrize("right", ["a+b+c-and-some-more", "a%2Bb-and-some-more", "100%25-and-some-more"])
def test_decoded_on_the_way(judge: Judge, right: str) -> None:
    """The client sent it raw, the server decoded it: the raw header matches."""
    judge.one(shared(right))
    verdict = judge.ask("--basic", "-", "--explain", stdin=basic_raw("web", right))
    hold(verdict)
    found = set(codes(verdict))
    assert found & {"percent_decoded", "plus_became_space"}
    if "%" in right:
        assert about(verdict, "percent_decoded") == "s1"
    body = f"client_id=web&client_secret={right}"
    verdict = judge.ask("--form", "-", "--explain", stdin=body)
    hold(verdict)
    assert set(codes(verdict)) & {"percent_decoded", "plus_became_space"}
    verdict = judge.ask("--request", "-", "--explain", stdin=http(body))
    assert set(codes(verdict)) & {"percent_decoded", "plus_became_space"}


def test_encoded_for_a_server_that_does_not_decode(judge: Judge) -> None:
    """RFC 6749's encoding before IdentityServer3."""
    judge.one(shared("a+b/c=d-and-more"))
    header = basic("web", "a+b/c=d-and-more")
    verdict = judge.ask("--basic", "-", "--explain", stdin=header, profile="identityserver3")
    assert about(verdict, "percent_encoded") == "s1"


def test_encoded_twice(judge: Judge) -> None:
    """A library and its user both encoded."""
    judge.one(shared("a+b/c=d-and-more"))
    verdict = judge.ask("--basic", "-", "--explain", stdin=basic("web", quote_plus("a+b/c=d-and-more")))
    assert about(verdict, "percent_encoded") == "s1"


# --- other principals, siblings, poison ------------------------------------------------------------------------------


def test_the_secret_of_another_principal(judge: Judge) -> None:
    """Named, and about no secret of this one."""
    judge.registry({"web": {"secrets": [shared(OTHER)]}, "app": {"secrets": [shared(SECRET, "s9")]}})
    verdict = explained(judge, SECRET)
    assert about(verdict, "other_principal") is None
    assert "app" in json.dumps(verdict["explanations"])


def test_the_right_secret_of_the_wrong_kind(judge: Judge) -> None:
    """A client and a resource of one name."""
    judge.registry({"web": {"secrets": [shared(OTHER)]}}, {"web": {"secrets": [shared(SECRET, "s9")]}})
    assert about(explained(judge, SECRET), "wrong_kind") is None
    assert about(explained(judge, OTHER, target="resource/web"), "wrong_kind") is None


@pytest.mark.parametrize("kind", ["client", "resource"])
def test_an_id_that_only_the_other_kind_has(judge: Judge, kind: str) -> None:
    """The commonest of all: an API's secret at the token endpoint."""
    other = {"client": "resources", "resource": "clients"}[kind]
    judge.registry(**{other: {"web": {"secrets": [shared(SECRET)]}}})
    verdict = judge.ask("--basic", "-", "--kind", kind, "--explain", stdin=basic("web", SECRET))
    refused(verdict, "unknown_principal")
    assert about(verdict, "wrong_kind") is None


@pytest.mark.parametrize("profile", PROFILES)
def test_an_expired_sibling(judge: Judge, profile: str) -> None:
    """The right one of last year."""
    judge.one(shared(SECRET, "old", expiration="2026-05-01T00:00:00Z"), shared(OTHER, "new"))
    verdict = explained(judge, SECRET, profile=profile)
    assert about(verdict, "expired_sibling") == "old"
    refused(verdict, "expired", "mismatch")


@pytest.mark.parametrize("profile", SERVERS)
def test_poison(judge: Judge, profile: str) -> None:
    """Right, but an invalid stored value before it stops this server: about the invalid one."""
    judge.one(shared(OTHER, "fine"), stored("SharedSecret", "plaintext", "bad"), shared(SECRET, "right"))
    verdict = explained(judge, SECRET, profile=profile)
    refused(verdict, "invalid_stored_value")
    assert about(verdict, "poisoned") == "bad"


@pytest.mark.parametrize("profile", SERVERS)
def test_a_phc_hash_poisons(judge: Judge, profile: str) -> None:
    """It counts as invalid outside rfc."""
    judge.one(stored("SharedSecret", argon2id(OTHER), "phc"), shared(SECRET, "right"))
    assert about(explained(judge, SECRET, profile=profile), "poisoned") == "phc"


def test_no_poison_under_rfc(judge: Judge) -> None:
    """It skips what is invalid, so the right secret is accepted."""
    judge.one(stored("SharedSecret", "plaintext", "bad"), shared(SECRET, "right"))
    assert judge.target("client/web", SECRET, "--explain")["accepted"]


# --- when there is nothing to explain --------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
def test_simply_wrong(judge: Judge, profile: str) -> None:
    """No code is made up."""
    judge.one(shared(SECRET))
    assert explained(judge, "entirely-different-text", profile=profile)["explanations"] == []


def test_only_where_it_is_asked_for(judge: Judge) -> None:
    """Without --explain the list is empty; accepted credentials need none."""
    judge.one(stored("SharedSecret", sha256(SECRET + "\n")))
    assert judge.target("client/web", SECRET)["explanations"] == []
    judge.one(shared(SECRET))
    verdict = judge.target("client/web", SECRET, "--explain")
    assert verdict["accepted"]
    assert verdict["explanations"] == []


def test_explanations_of_other_credentials(judge: Judge) -> None:
    """It is about shared secrets; an assertion or certificate is refused as ever."""
    judge.one(shared(SECRET))
    for verdict in (
        judge.assertion(token(claims()), "--explain"),
        judge.tls(certificate(), "web", "--explain"),
        judge.form("grant_type=x", "--explain"),
        judge.ask("--basic", "-", "--explain", stdin="Basic %%%"),
    ):
        hold(verdict)


def test_in_a_batch(judge: Judge) -> None:
    """Line by line."""
    judge.one(stored("SharedSecret", sha256(SECRET + "\n"), "wrong"))
    data = lines(
        {"target": "client/web", "secret": SECRET},
        {"authorization": basic("web", SECRET)},
        {"target": "client/web", "secret": "x"},
    )
    ran = judge.cli("verify", "--batch", "-", "--explain", "--at", NOW, stdin=data)
    results = [json.loads(line) for line in ran.out.splitlines()]
    assert [codes(result) for result in results] == [["newline_hashed"], ["newline_hashed"], []]


def test_for_people(judge: Judge) -> None:
    """On a terminal or not: code and message are read, and no secret stands among them."""
    judge.registry(
        {
            "web": {"secrets": [stored("SharedSecret", SECRET, "wrong")]},
            "app": {"secrets": [shared("the-secret-of-the-app")]},
        }
    )
    for secret, code in ((SECRET, "plaintext_stored"), ("the-secret-of-the-app", "other_principal")):
        ran = judge.cli("verify", "client/web", "--secret-file", "-", "--explain", stdin=secret)
        assert ran.status == 1
        assert code in ran.out
        assert secret not in ran.out + ran.err
        ran = judge.cli("verify", "client/web", "--secret-file", "-", "--explain", "--json", stdin=secret)
        assert secret not in ran.out + ran.err


@pytest.mark.parametrize("profile", LATER)
def test_hints_fit_the_profile(judge: Judge, profile: str) -> None:
    """Nobody is told to use what the server does not know."""
    for make in MISTAKES.values():
        judge.one(stored("SharedSecret", make(SECRET, "sha256"), "wrong"))
        for explanation in explained(judge, SECRET, profile=profile)["explanations"]:
            assert "argon2" not in (explanation["hint"] or "")


def test_base64_padding_aside(judge: Judge) -> None:
    """A stored value that lost its padding or is base64url is invalid, and nothing explodes."""
    for value in (
        sha256(SECRET).rstrip("="),
        base64.urlsafe_b64encode(hashlib.sha256(SECRET.encode()).digest()).decode(),
    ):
        judge.one(stored("SharedSecret", value, "wrong"))
        for profile in PROFILES:
            verdict = judge.target("client/web", SECRET, "--explain", profile=profile)
            refused(verdict, "invalid_stored_value")
