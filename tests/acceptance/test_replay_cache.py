"""--replay-cache: a jti works once per client, atomically, and is spent by good assertions alone."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest

import secretctl
from tests.acceptance.kit import (
    ISSUER,
    LATER,
    NOW,
    PROFILES,
    TOKEN_ENDPOINT,
    T,
    accepted,
    after,
    assertion_form,
    certificate,
    claims,
    ec_key,
    jwk,
    lines,
    moment,
    refused,
    rsa_key,
    stored,
    token,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.kit import Judge

AUDIENCE = {"rfc": ISSUER, "identityserver3": TOKEN_ENDPOINT, "identityserver4": TOKEN_ENDPOINT, "duende": ISSUER}


@pytest.fixture
def cached(judge: Judge) -> Judge:
    """Two clients with one key each, and a cache."""
    judge.registry(
        {
            "web": {"secrets": [stored("X509CertificateBase64", certificate().base64)]},
            "app": {"secrets": [stored("X509CertificateBase64", certificate().base64)]},
        }
    )
    judge.options = ("--replay-cache", judge.cli.path / "jti.db")
    return judge


@pytest.mark.parametrize("profile", PROFILES)
def test_the_second_time_is_a_replay(cached: Judge, profile: str) -> None:
    """IdentityServer's own test: Invalid_Replay."""
    jwt = token(claims(aud=AUDIENCE[profile]))
    first = cached.assertion(jwt, profile=profile)
    accepted(first)
    second = cached.assertion(jwt, profile=profile)
    if profile == "identityserver3":  # asks for no jti, and takes an assertion again: which a warning says
        accepted(second)
        assert any("replay" in warning for warning in second["warnings"])
        return
    assert first["warnings"] == []
    refused(second, "assertion_replayed")
    assert (second["target"], second["method"]) == ("client/web", "private_key_jwt")
    refused(cached.assertion(token(claims(aud=AUDIENCE[profile], exp=T + 90)), profile=profile), "assertion_replayed")
    accepted(cached.assertion(token(claims(aud=AUDIENCE[profile], jti="jti-2")), profile=profile))


def test_once_per_client(cached: Judge) -> None:
    """Two clients may draw the same jti."""
    accepted(cached.assertion(token(claims("web"))))
    accepted(cached.assertion(token(claims("app"))))
    refused(cached.assertion(token(claims("web"))), "assertion_replayed")


def test_a_client_and_a_resource_of_one_name(judge: Judge) -> None:
    """Separate name spaces."""
    secrets = {"web": {"secrets": [stored("JWK", jwk(rsa_key()))]}}
    judge.registry(secrets, secrets)
    judge.options = ("--replay-cache", "jti.db")
    accepted(judge.assertion(token(claims())))
    accepted(judge.assertion(token(claims()), "--kind", "resource"))


def test_jtis_are_compared_byte_for_byte(cached: Judge) -> None:
    """Case, normalisation and blanks make another jti."""
    for jti in ("jti", "JTI", " jti", "jti ", "é", "e\u0301", "jti\u0000", "j" * 5000, "';--", "\u202e"):
        accepted(cached.assertion(token(claims(jti=jti))))
        refused(cached.assertion(token(claims(jti=jti))), "assertion_replayed")


FAILING: dict[str, Callable[[], str]] = {
    "signature": lambda: token(claims(), rsa_key(1)),
    "audience": lambda: token(claims(aud="https://other.example.com")),
    "issuer": lambda: token(claims(iss="app")),
    "expired": lambda: token(claims(iat=T - 100, exp=T - 50)),
    "not yet": lambda: token(claims(nbf=T + 100, exp=T + 200)),
    "algorithm": lambda: token(claims(), algorithm="RS384"),
    "typ": lambda: token(claims(), typ="at+jwt"),
    "unknown": lambda: token(claims(iss="nobody", sub="nobody")),
}


@pytest.mark.parametrize("make", FAILING.values(), ids=FAILING)
def test_a_refused_assertion_spends_nothing(cached: Judge, make: Callable[[], str]) -> None:
    """Or anybody could lock a client out by guessing its next jti."""
    assert not cached.assertion(make())["accepted"]
    accepted(cached.assertion(token(claims())))


def test_a_disabled_client_spends_nothing(judge: Judge) -> None:
    """Refused before anything is written down, and without a warning that its jti was not."""
    secret = stored("JWK", jwk(rsa_key()))
    judge.options = ("--replay-cache", "jti.db")
    judge.one(secret, enabled=False)
    verdict = judge.assertion(token(claims()))
    refused(verdict, "disabled")
    assert verdict["warnings"] == []
    judge.one(secret)
    accepted(judge.assertion(token(claims())))


@pytest.mark.parametrize(("profile", "skew"), [("rfc", 0), *((profile, 300) for profile in LATER)])
def test_kept_until_it_could_not_be_used_again(cached: Judge, profile: str, skew: int) -> None:
    """Up to exp plus skew a replay is a replay; after that it has expired anyway."""
    jwt = token(claims(aud=AUDIENCE[profile]))
    accepted(cached.assertion(jwt, profile=profile))
    refused(cached.assertion(jwt, profile=profile, at=after(59 + skew)), "assertion_replayed")
    refused(cached.assertion(jwt, profile=profile, at=after(62 + skew)), "assertion_expired")


def test_a_jti_may_return_when_the_old_one_is_forgotten(cached: Judge) -> None:
    """The cache does not grow for ever."""
    accepted(cached.assertion(token(claims())))
    later = token(claims(iat=T + 1000, exp=T + 1060))
    accepted(cached.assertion(later, at=after(1000)))
    refused(cached.assertion(later, at=after(1000)), "assertion_replayed")


def test_the_cache_is_private(cached: Judge) -> None:
    """Created 0600, whatever the umask; an SQLite file."""
    old = os.umask(0)
    try:
        accepted(cached.assertion(token(claims())))
    finally:
        os.umask(old)
    path = cached.cli.path / "jti.db"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().startswith(b"SQLite format 3\x00")


@pytest.mark.parametrize("spoil", ["directory", "no such directory", "not a database", "read-only directory"])
def test_a_cache_that_cannot_be_written(judge: Judge, spoil: str) -> None:
    """Status 3: without it nobody knows whether it is a replay."""
    judge.one(stored("JWK", jwk(rsa_key())))
    path = judge.cli.path / "jti.db"
    if spoil == "directory":
        path.mkdir()
    elif spoil == "no such directory":
        path = judge.cli.path / "missing" / "jti.db"
    elif spoil == "not a database":
        path.write_bytes(b"something else entirely, and long enough to be looked at" * 100)
    else:
        (judge.cli.path / "locked").mkdir(mode=0o500)
        path = judge.cli.path / "locked" / "jti.db"
        if os.geteuid() == 0:
            path = judge.cli.path / "secretctl.toml" / "jti.db"  # a file is no directory, not even for root
    ran = judge.cli("verify", "--assertion", "-", "--replay-cache", path, "--at", NOW, "--json", stdin=token(claims()))
    assert (ran.status, ran.out) == (3, ""), ran.err
    assert list(ran.error) == ["code", "message", "hint"]


@pytest.mark.parametrize("name", [":memory:", "file:jti?mode=memory", "file::memory:?cache=shared", "-", " ", "ü.db"])
def test_any_name_is_a_file(judge: Judge, name: str) -> None:
    """Names that SQLite would take for memory are files as well: what forgets everything protects nobody."""
    judge.one(stored("JWK", jwk(rsa_key())))
    judge.options = ("--replay-cache", name)
    accepted(judge.assertion(token(claims())))
    refused(judge.assertion(token(claims())), "assertion_replayed")
    assert (judge.cli.path / name).stat().st_size > 0


def test_an_assertion_that_fails_otherwise_needs_no_cache(judge: Judge) -> None:
    """Nothing is opened, let alone made, for a refusal."""
    judge.one(stored("JWK", jwk(rsa_key())))
    judge.options = ("--replay-cache", "jti.db")
    refused(judge.assertion(token(claims(), rsa_key(1))), "assertion_signature")


def test_within_a_batch(cached: Judge) -> None:
    """A line spends what the next one replays."""
    jwt, other = token(claims()), token(claims(jti="jti-2"))
    ran = cached.cli(
        "verify",
        "--batch",
        "-",
        *cached.options,
        "--at",
        NOW,
        stdin=lines(*({"assertion": one} for one in (jwt, jwt, other))),
    )
    assert ran.status == 1
    results: list[Any] = [json.loads(line)["reason"] for line in ran.out.splitlines()]
    assert results == [None, "assertion_replayed", None]
    refused(cached.assertion(other), "assertion_replayed")


def test_without_a_cache_a_warning_says_so(judge: Judge) -> None:
    """Accepted, but replay was not checked."""
    judge.one(stored("JWK", jwk(ec_key())))
    for _ in range(2):
        verdict = judge.assertion(token(claims(), ec_key()))
        accepted(verdict)
        assert any("replay" in warning for warning in verdict["warnings"])


def test_fifty_at_once(cached: Judge) -> None:
    """Fifty threads with one assertion, each with a registry of its own: exactly one gets in."""
    form = assertion_form(token(claims()))
    now = moment("2026-06-01")
    together = Barrier(50)

    def ask(_: int) -> str | None:
        registry = secretctl.open_registry(cached.cli.registry, replay_cache=str(cached.options[1]))
        together.wait()
        return registry.verify(secretctl.Request(form=form), now=now).reason

    with ThreadPoolExecutor(50) as pool:
        reasons = list(pool.map(ask, range(50)))
    assert reasons.count(None) == 1
    assert reasons.count("assertion_replayed") == 49


@pytest.mark.usefixtures("untraced")
def test_processes_at_once(cached: Judge) -> None:
    """The same between processes, which wait for each other at a pipe."""
    cached.cli.write(token(claims()), "jwt")
    program = "import sys; from secretctl.cli.app import run; sys.stdin.readline(); sys.exit(run(sys.argv[1:]))"
    arguments = ["verify", "--assertion", "jwt", "--replay-cache", "jti.db", "--at", NOW, "--json"]
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            cwd=cached.cli.path,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(6)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.close()
    assert sorted(process.wait(30) for process in started) == [0, 1, 1, 1, 1, 1]
