"""Shared secrets: generated, hashed, added, listed, changed, ended and removed, with the guards that stand in between."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tomllib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import pytest
import tomli_w

from tests.acceptance.kit import SERVERS, certificate, registry_text, sha256, sha512, shared, stored
from tests.known import KNOWN, SAMPLE

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

GOOD = "a-good-long-secret-of-mine"
URL_SAFE = re.compile(r"[A-Za-z0-9_-]+")
ADDED = ["target", "secret_id", "type", "value", "description", "created", "expiration", "delivered_to", "secret"]
IN_CHECK = ["id", "type", "status", "description", "expiration", "created", "days_left"]


def one_client(cli: Cli, *secrets: dict[str, Any], validation: dict[str, Any] | None = None, **policy: Any) -> None:
    """A registry of the client ``web``."""
    text = registry_text({"web": {"secrets": list(secrets)}}, validation=validation)
    cli.write(text + "\n" + tomli_w.dumps({"policy": policy} if policy else {}))


def verified(cli: Cli, secret: str, target: str = "client/web") -> bool:
    """Whether the registry accepts the secret."""
    return cli("verify", target, "--secret-file", "-", stdin=secret).status == 0


# --- generate and hash ---------------------------------------------------------------------------------------------


def test_generate_as_text(cli: Cli) -> None:
    """The secret, then its stored value, a line each; 32 bytes as 43 characters of base64url; SHA-256."""
    secret, value = cli.ok("generate").out.splitlines()
    assert len(secret) == 43
    assert URL_SAFE.fullmatch(secret)
    assert len(base64.urlsafe_b64decode(secret + "=")) == 32
    assert value == sha256(secret)
    assert cli.ok("generate").out.splitlines()[0] != secret
    assert list(cli.path.iterdir()) == []


@pytest.mark.parametrize(("arguments", "length", "hash"), [
    ([], 43, "sha256"), (["--hash", "sha512"], 43, "sha512"), (["--bytes", "16"], 22, "sha256"), (["--bytes", "75"], 100, "sha256"),
    (["--prefix", "acme_"], 48, "sha256"), (["--prefix", "A.z~0-_"], 50, "sha256"), (["--bytes", "33", "--prefix", ""], 44, "sha256"),
    (["--prefix", "x" * 57], 100, "sha256"), (["--hash", "argon2id"], 43, "argon2id"),
])  # fmt: skip
def test_generate_as_json(cli: Cli, arguments: list[str], length: int, hash: str) -> None:
    """`{"secret","value","hash"}`, with bytes, prefix and hash as asked."""
    made = cli.ok("generate", *arguments, "--json").json
    assert list(made) == ["secret", "value", "hash"]
    secret = made["secret"]
    assert len(secret) == length
    assert made["hash"] == hash
    if "--prefix" in arguments:
        prefix = arguments[arguments.index("--prefix") + 1]
        assert secret.startswith(prefix)
        assert URL_SAFE.fullmatch(secret.removeprefix(prefix))
    assert quote_plus(secret) == secret.replace("~", "~")
    if hash in {"sha256", "sha512"}:
        assert made["value"] == {"sha256": sha256, "sha512": sha512}[hash](secret)
    else:
        assert made["value"].startswith(f"${hash}$")
    one_client(cli, {"id": "g", "type": "SharedSecret", "value": made["value"]})
    assert verified(cli, secret)


@pytest.mark.parametrize("arguments", [
    ["--bytes", "15"], ["--bytes", "0"], ["--bytes", "-1"], ["--bytes", "76"], ["--bytes", "1000000000"], ["--bytes", "x"], ["--prefix", "a b"], ["--prefix", "a+"],
    ["--prefix", "ü"], ["--prefix", "a\n"], ["--prefix", "a/b"], ["--prefix", "x" * 58], ["--hash", "SHA256"], ["--hash", "plaintext"],
])  # fmt: skip
def test_what_is_not_generated(cli: Cli, arguments: list[str]) -> None:
    """Too short, too long, or with a prefix that would have to be encoded: 64, by `generate` and by `secret add`."""
    one_client(cli)
    assert cli("generate", *arguments).status == 64
    ran = cli("secret", "add", "client/web", *arguments)
    assert (ran.status, ran.out) == (64, "")
    assert cli.secrets("client/web") == []


@pytest.mark.parametrize("hash", ["sha256", "sha512"])
@pytest.mark.parametrize("secret", list(KNOWN["stored"]))
def test_known_answers(cli: Cli, secret: str, hash: str) -> None:
    """`hash` computes what IdentityServer stores."""
    ran = cli.ok("hash", "--hash", hash, "--secret-file", "-", stdin=secret)
    assert ran.out == KNOWN["stored"][secret][hash] + "\n"
    assert list(cli.ok("hash", "--hash", hash, "--secret-file", "-", "--json", stdin=secret).json.items()) == [
        ("value", KNOWN["stored"][secret][hash]), ("hash", hash)]  # fmt: skip


def test_hash_by_default(cli: Cli) -> None:
    """What was not generated here takes argon2id with OWASP's parameters under rfc, and SHA-256 under IdentityServer's profiles."""
    made = cli.ok("hash", "--secret-file", "-", "--json", stdin=GOOD).json
    assert made["hash"] == "argon2id"
    assert re.match(r"\$argon2id\$v=19\$m=\d+,t=\d+,p=1\$", made["value"])
    again = cli.ok("hash", "--secret-file", "-", "--json", stdin=GOOD).json
    assert again["value"] != made["value"]
    for profile in SERVERS:
        one_client(cli, validation={"profile": profile})
        assert cli.ok("hash", "--secret-file", "-", "--json", stdin=GOOD).json == {
            "value": sha256(GOOD),
            "hash": "sha256",
        }


def test_hash_only_warns_of_weak_secrets(cli: Cli) -> None:
    """The value of `secret` is what people need for a demo; stderr says what it is."""
    for weak in ("secret", "1q2w3e*", "short"):
        ran = cli.ok("hash", "--hash", "sha256", "--secret-file", "-", stdin=weak)
        assert ran.out == sha256(weak) + "\n"
        assert "warning" in ran.err
        assert weak not in ran.err or weak == "secret"
    assert cli.ok("hash", "--hash", "sha256", "--secret-file", "-", stdin="").out == sha256("") + "\n"
    assert "warning" not in cli.ok("hash", "--hash", "sha256", "--secret-file", "-", stdin=GOOD).err


def test_a_hash_that_the_named_server_does_not_know(cli: Cli) -> None:
    """Refused where --registry names it; else it is only arithmetic."""
    one_client(cli, validation={"profile": "duende"})
    assert cli("hash", "--secret-file", "-", "--hash", "argon2id", "-r", cli.registry, stdin=GOOD).status == 6
    assert cli("hash", "--secret-file", "-", "--hash", "argon2id", stdin=GOOD).status == 0


# --- add -----------------------------------------------------------------------------------------------------------


def test_add_as_text(cli: Cli) -> None:
    """The secret alone and a new line, once; the registry holds its hash."""
    one_client(cli)
    ran = cli.ok("secret", "add", "client/web")
    secret = ran.out.removesuffix("\n")
    assert ran.out == f"{secret}\n"
    assert len(secret) == 43
    assert secret not in ran.err
    text = cli.registry.read_text()
    assert secret not in text
    assert sha256(secret) in text
    assert verified(cli, secret)


def test_add_as_json(cli: Cli) -> None:
    """The object, in order and with its types."""
    one_client(cli)
    ran = cli.ok("secret", "add", "client/web", "--expires", "2030-01-01", "--description", "for CI", "--json")
    added = ran.json
    assert list(added) == ADDED
    assert added["target"] == "client/web"
    assert added["type"] == "SharedSecret"
    assert added["value"] == sha256(added["secret"])
    assert added["description"] == "for CI"
    assert added["expiration"] == "2030-01-01T00:00:00Z"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", added["created"])
    assert added["delivered_to"] == ["stdout"]
    (listed,) = cli.secrets("client/web")
    assert listed["id"] == added["secret_id"]
    bare = cli.ok("secret", "add", "web", "--json").json
    assert list(bare) == ADDED
    assert (bare["description"], bare["expiration"]) == (None, None)
    assert bare["secret_id"] != added["secret_id"]


def test_add_never_replaces(cli: Cli) -> None:
    """Several at once is how rotation works: all stay valid."""
    one_client(cli)
    secrets = [cli.ok("secret", "add", "client/web").out.strip() for _ in range(3)]
    assert all(verified(cli, secret) for secret in secrets)
    assert len(cli.secrets("client/web")) == 3
    again = cli.ok("secret", "add", "client/web", "--secret-file", "-", "--hash", "sha256", stdin=secrets[0])
    assert "this very secret already" in again.err


def test_add_to_a_resource(cli: Cli) -> None:
    """Resources have secrets, too."""
    cli.write(registry_text({"api1": {}}, {"api1": {}}))
    added = cli.ok("secret", "add", "scope/api1", "--json").json
    assert added["target"] == "resource/api1"
    assert verified(cli, added["secret"], "resource/api1")
    assert not verified(cli, added["secret"], "client/api1")


@pytest.mark.parametrize("source", [["--secret-file", "-"], ["--secret-file", "s.txt"], ["--secret-env", "S"]])
def test_a_supplied_secret_is_not_echoed(cli: Cli, source: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Stdout carries the new secret's id, JSON has no `secret`; the plaintext shows nowhere."""
    one_client(cli)
    (cli.path / "s.txt").write_text(GOOD + "\n")
    monkeypatch.setenv("S", GOOD)
    ran = cli.ok("secret", "add", "client/web", *source, stdin=GOOD)
    (listed,) = cli.secrets("client/web")
    assert ran.out == listed["id"] + "\n"
    assert GOOD not in ran.out + ran.err
    assert verified(cli, GOOD)
    monkeypatch.setenv("S", GOOD)
    ran = cli.ok("secret", "add", "client/web", *source, "--json", stdin=GOOD)
    assert list(ran.json) == ADDED[:-1]
    assert ran.json["delivered_to"] == []
    assert GOOD not in ran.out + ran.err
    assert GOOD not in cli.registry.read_text()


def test_a_supplied_secret_is_delivered_where_asked(cli: Cli) -> None:
    """`--out` and `--pipe-to` work for it as well."""
    one_client(cli)
    ran = cli.ok(
        "secret", "add", "client/web", "--secret-file", "-", "--hash", "sha256", "--out", "copy", "--json", stdin=GOOD
    )
    assert "secret" not in ran.json
    assert (cli.path / "copy").read_text().strip() == GOOD
    assert (cli.path / "copy").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "weak",
    [
        "secret",
        "api-secret",
        "1q2w3e*",
        "secret1",
        "x" * 14,
        "a",
        "511536EF-F270-4058-80CA-1C89C192F69A",
        "superSecretPassword",
        "ü" * 14,
    ],
)
def test_weak_secrets(cli: Cli, weak: str) -> None:
    """Under 15 characters, or among the well-known samples: 6, unless --allow-weak."""
    one_client(cli)
    ran = cli("secret", "add", "client/web", "--secret-file", "-", "--json", stdin=weak)
    assert (ran.status, ran.out) == (6, "")
    if weak not in {"secret", "a"}:
        assert weak not in ran.err
    assert cli.secrets("client/web") == []
    ran = cli.ok(
        "secret", "add", "client/web", "--secret-file", "-", "--hash", "sha256", "--allow-weak", "--json", stdin=weak
    )
    assert ran.json["value"] == sha256(weak)
    assert "warning" in ran.err
    assert verified(cli, weak)


def test_fifteen_characters_are_enough(cli: Cli) -> None:
    """Characters, not bytes."""
    one_client(cli)
    cli.ok("secret", "add", "client/web", "--secret-file", "-", stdin="x7" * 7 + "y\n")


def test_an_empty_secret_never(cli: Cli) -> None:
    """It could not be presented: white space only counts as empty."""
    one_client(cli)
    for empty in ("", "\n", "   ", " " * 20):
        for more in ([], ["--allow-weak"]):
            ran = cli("secret", "add", "client/web", "--secret-file", "-", *more, stdin=empty)
            assert (ran.status, ran.out) == (6, ""), (empty, ran)


@pytest.mark.parametrize(("secret", "warns"), [
    ("x" * 100, False), ("x" * 101, True), ("+" * 34, True), ("+" * 33, False), ("é" * 17, True), ("é" * 16, False), ("a b" * 30, False),
])  # fmt: skip
def test_long_secrets_warn(cli: Cli, secret: str, warns: bool) -> None:
    """Over 100 characters raw or form-encoded, IdentityServer will not accept it."""
    one_client(cli)
    for command in (["secret", "add", "client/web", "--allow-weak"], ["hash"]):
        ran = cli.ok(*command, "--hash", "sha256", "--secret-file", "-", stdin=secret)
        assert ("accepts 100" in ran.err) == warns, ran.err  # an id may have those digits


def test_hashes_by_default(cli: Cli) -> None:
    """A secret of one's own: argon2id under rfc, SHA-256 elsewhere; a generated one: SHA-256 everywhere."""
    one_client(cli)
    assert (
        cli.ok("secret", "add", "client/web", "--secret-file", "-", "--json", stdin=GOOD)
        .json["value"]
        .startswith("$argon2id$")
    )
    assert verified(cli, GOOD)
    generated = cli.ok("secret", "add", "client/web", "--json").json
    assert generated["value"] == sha256(generated["secret"])
    for profile in SERVERS:
        one_client(cli, validation={"profile": profile})
        assert cli.ok("secret", "add", "client/web", "--secret-file", "-", "--json", stdin=GOOD).json[
            "value"
        ] == sha256(GOOD)


@pytest.mark.parametrize("hash", ["sha256", "sha512", "argon2id", "scrypt"])
def test_hashes_that_are_asked_for(cli: Cli, hash: str) -> None:
    """Each is stored as asked and verifies; argon2id and scrypt are refused where the server does not know them."""
    one_client(cli)
    for source, stdin in (([], ""), (["--secret-file", "-"], GOOD)):
        added = cli.ok("secret", "add", "client/web", "--hash", hash, *source, "--json", stdin=stdin).json
        secret = added.get("secret", GOOD)
        if hash.startswith("sha"):
            assert added["value"] == base64.b64encode(hashlib.new(hash, secret.encode()).digest()).decode()
        else:
            assert added["value"].startswith(f"${hash}$")
        assert verified(cli, secret)
    for profile in SERVERS:
        one_client(cli, validation={"profile": profile})
        for command in (
            ["secret", "add", "client/web"],
            ["secret", "add", "client/web", "--secret-file", "-"],
            ["rotate", "client/web"],
        ):
            ran = cli(*command, "--hash", hash, stdin=GOOD)
            assert ran.status == (0 if hash.startswith("sha") else 6), ran.err


def test_policy(cli: Cli) -> None:
    """What it allows is done, and defaults are taken from it."""
    one_client(cli, require_expiration=True)
    assert cli("secret", "add", "client/web", "--expires", "30d").status == 0
    one_client(cli, max_lifetime="90d")
    assert cli("secret", "add", "client/web", "--expires", "90d").status == 0
    one_client(cli, default_lifetime="10d", prefix="acme_", min_length=60)
    added = cli.ok("secret", "add", "client/web", "--json")
    assert added.json["secret"].startswith("acme_")
    assert len(added.json["secret"]) >= 60
    assert added.json["expiration"] is not None
    assert added.json["expiration"] in added.err
    assert cli.ok("secret", "add", "client/web", "--expires", "never", "--json").json["expiration"] is None
    assert cli.ok("secret", "add", "client/web", "--prefix", "other_", "--json").json["secret"].startswith("other_")
    one_client(cli, allowed_hashes=["sha512"])
    assert cli.ok("secret", "add", "client/web", "--hash", "sha512", "--json").json["value"]
    value = cli.ok("secret", "add", "client/web", "--json").json["value"]
    assert len(base64.b64decode(value)) == 64, "the hash that the policy allows"


@pytest.mark.parametrize(("policy", "arguments", "code"), [
    ({"require_expiration": True}, [], "expiration_required"), ({"require_expiration": True}, ["--expires", "never"], "expiration_required"),
    ({"max_lifetime": "90d"}, ["--expires", "91d"], "lifetime_too_long"), ({"max_lifetime": "90d"}, ["--expires", "never"], "lifetime_too_long"),
    ({"min_length": 32}, ["--bytes", "16"], "secret_shorter_than_policy"), ({"allowed_hashes": ["sha512"]}, ["--hash", "sha256"], "hash_not_allowed"),
    ({"allowed_types": ["JWK"]}, [], "type_not_allowed"),
])  # fmt: skip
def test_what_the_policy_forbids(cli: Cli, policy: dict[str, Any], arguments: list[str], code: str) -> None:
    """Status 6, nothing delivered, nothing written."""
    one_client(cli, **policy)
    before = cli.registry.read_bytes()
    ran = cli("secret", "add", "client/web", *arguments, "--out", "new", "--json")
    assert (ran.status, ran.error["code"], ran.out) == (6, code, "")
    assert cli.registry.read_bytes() == before
    assert not (cli.path / "new").exists()


def test_add_warns_of_what_will_not_work(cli: Cli) -> None:
    """Expired already, too long, behind an invalid value, disabled, with control characters."""
    one_client(cli)
    add = ("secret", "add", "client/web")
    assert "expired already" in cli.ok(*add, "--expires", "2020-01-01").err
    for supplied, warning in (
        ("x" * 101, "101 characters"),
        ("x" * 1010, "1000 characters"),
        (GOOD + "\x07", "control character"),
    ):
        assert warning in cli.ok(*add, "--secret-file", "-", stdin=supplied).err
    cli.ok("client", "disable", "web")
    assert "disabled" in cli.ok(*add).err
    one_client(cli, stored("SharedSecret", "not a hash", "7f3a91c2"), validation={"profile": "duende"})
    assert "invalid secret 7f3a91c2" in cli.ok(*add).err


# --- list, set, expire, remove -------------------------------------------------------------------------------------


def test_list(cli: Cli) -> None:
    """An array of `check`'s secret objects, in the order of the file; never a value."""
    one_client(
        cli,
        shared(GOOD, "a1", description="d", created="2026-01-01T00:00:00Z", expiration="2000-01-01T00:00:00Z"),
        shared("x" * 20, "a2"),
    )
    ran = cli.ok("secret", "list", "client/web", "--json")
    assert [list(each) for each in ran.json] == [IN_CHECK, IN_CHECK]
    assert [each["id"] for each in ran.json] == ["a1", "a2"]
    first, second = ran.json
    assert (first["status"], first["description"], first["created"], first["expiration"]) == (
        "expired",
        "d",
        "2026-01-01T00:00:00Z",
        "2000-01-01T00:00:00Z",
    )
    assert isinstance(first["days_left"], int)
    assert first["days_left"] < 0
    assert (second["status"], second["description"], second["created"], second["expiration"], second["days_left"]) == (
        "no_expiration",
        None,
        None,
        None,
        None,
    )
    assert sha256(GOOD) not in ran.out + cli.ok("secret", "list", "client/web").out
    checked = cli("check", "--json").json["principals"][0]["secrets"]
    assert checked == ran.json
    one_client(cli)
    assert cli.ok("secret", "list", "client/web", "--json").json == []
    assert "no secret" in cli.ok("secret", "list", "client/web").err


def test_a_unique_prefix_is_an_id(cli: Cli) -> None:
    """An exact id wins over being a prefix of another; what is ambiguous is 5, unknown or empty 4."""
    one_client(cli, shared(GOOD, "abcd"), shared("x" * 20, "abcdef"), shared("y" * 20, "b1"))
    cli.ok("secret", "set", "client/web", "abcd", "--description", "exact")
    cli.ok("secret", "set", "client/web", "abcde", "--description", "prefix")
    cli.ok("secret", "set", "client/web", "b", "--description", "short")
    assert [each["description"] for each in cli.secrets("client/web")] == ["exact", "prefix", "short"]
    assert cli("secret", "set", "client/web", "abc", "--description", "x").status == 5
    assert cli("secret", "set", "client/web", "ABCD", "--description", "x").status == 4
    assert cli("secret", "set", "client/web", "c", "--description", "x").status == 4
    assert cli("secret", "set", "client/web", "", "--description", "x").status == 4


def test_set_describes(cli: Cli) -> None:
    """A description, and the empty one takes it away; the object is reported."""
    one_client(cli, shared(GOOD, "a1"))
    ran = cli.ok("secret", "set", "client/web", "a1", "--description", "new", "--json")
    assert ran.json["description"] == "new"
    assert cli.secrets("client/web")[0]["description"] == "new"
    cli.ok("secret", "set", "client/web", "a1", "--description", "")
    assert cli.secrets("client/web")[0]["description"] is None


def test_expire(cli: Cli) -> None:
    """Ends a secret at a time; `--at` is the option's, and may also prolong; `never` takes the end away."""
    one_client(cli, shared(GOOD, "a1"), shared("x" * 20, "a2"))
    ran = cli.ok("secret", "expire", "client/web", "a1", "--at", "2030-01-01", "--json")
    assert "2030-01-01T00:00:00Z" in ran.err
    assert ran.json["expiration"] == "2030-01-01T00:00:00Z"
    assert tomllib.loads(cli.registry.read_text())["clients"]["web"]["secrets"][0]["expiration"].year == 2030
    cli.ok("secret", "expire", "client/web", "a1", "--at", "now")
    assert not verified(cli, GOOD)
    assert cli("secret", "expire", "client/web", "a1").status == 64


@pytest.mark.parametrize("way", [["remove", "--yes"], ["expire", "--at", "now"], ["expire", "--at", "2020-01-01"]])
def test_the_last_usable_secret_is_guarded(cli: Cli, way: list[str]) -> None:
    """An enabled principal that had a usable secret is not left without any: 6, unless --force."""

    def attempt(sid: str, *more: str, target: str = "client/web") -> int:
        return cli("secret", way[0], target, sid, *way[1:], *more).status

    one_client(cli, shared(GOOD, "only"))
    before = cli.registry.read_text()
    assert attempt("only") == 6
    assert cli("secret", way[0], "client/web", "only", *way[1:], "--json").error["code"] == "last_usable_secret"
    assert cli.registry.read_text() == before
    assert attempt("only", "--force") == 0
    one_client(cli, shared(GOOD, "one"), shared("x" * 20, "two"))
    assert attempt("one") == 0
    assert attempt("two") == 6
    one_client(cli, shared(GOOD, "one"), shared("x" * 20, "past", expiration="2020-01-01T00:00:00Z"))
    assert attempt("one") == 6
    if way[0] == "remove":
        assert attempt("past") == 0
    one_client(cli, shared(GOOD, "one"), stored("SharedSecret", "not a hash", "broken"))
    assert attempt("one") == 6, "one that could never match is not usable"
    if way[0] == "remove":
        assert attempt("broken") == 0
    cli.write(registry_text({"web": {"enabled": False, "secrets": [shared(GOOD, "one")]}}))
    assert attempt("one") == 0, "a disabled principal may lose its last"
    cli.write(registry_text({}, {"api": {"secrets": [shared(GOOD, "one")]}}))
    assert attempt("one", target="resource/api") == 6, "resources are guarded, too"
    cli.write(registry_text({"web": {"require_secret": False, "secrets": [shared(GOOD, "one")]}}))
    assert attempt("one") == 6, "a public client that has one is guarded, too"
    made = certificate("web", ends="2046-01-01")
    one_client(cli, shared(GOOD, "one"), stored("X509CertificateBase64", made.base64, "cert"))
    assert attempt("one") == 0, "a certificate is a usable secret as well"


def test_an_end_that_will_leave_nothing_warns(cli: Cli) -> None:
    """It needs no force: there is time to add another."""
    one_client(cli, shared(GOOD, "only", expiration="2099-12-31T00:00:00Z"))
    expire = ("secret", "expire", "client/web", "only", "--at")
    assert "no usable secret after that" in cli.ok(*expire, "7d").err
    assert "no usable secret" not in cli.ok(*expire, "10y").err, "it has longer than before"
    assert "warning" not in cli.ok(*expire, "never").err


def test_an_end_can_be_moved_within_the_policy(cli: Cli) -> None:
    """Nearer always, further only as far as is allowed, counted from its creation."""
    policy: dict[str, Any] = {"max_lifetime": "365d", "require_expiration": True}
    one_client(cli, shared(GOOD, "s1", created="2026-01-01T00:00:00Z", expiration="2026-06-01T00:00:00Z"), **policy)
    expire = ("secret", "expire", "client/web", "s1", "--force", "--json", "--at")
    assert cli.ok(*expire, "2027-01-01").json["expiration"] == "2027-01-01T00:00:00Z"
    assert cli(*expire, "2027-01-02").error["code"] == "lifetime_too_long"
    assert cli(*expire, "never").error["code"] == "expiration_required"
    one_client(cli, shared(GOOD, "s1", expiration="2099-12-31T00:00:00Z"), **policy)
    assert cli(*expire, "2090-01-01").status == 0, "nearer is better, even if it is still too far"


def test_removing_asks(cli: Cli) -> None:
    """64 without --yes and without a terminal; an unknown secret is 4 even then."""
    one_client(cli, shared(GOOD, "one"), shared("x" * 20, "two"))
    assert cli("secret", "remove", "client/web", "one", stdin="y\n").status == 64
    assert cli("secret", "remove", "client/web", "nonsense").status == 4
    ran = cli.ok("secret", "remove", "client/web", "one", "--yes", "--json")
    assert (ran.json["secret_id"], ran.json["removed"]) == ("one", True)
    assert [each["id"] for each in cli.secrets("client/web")] == ["two"]


# --- prune ---------------------------------------------------------------------------------------------------------


def pruned(cli: Cli, *arguments: str) -> list[str]:
    """The ids that are left after `prune --yes`."""
    cli.ok("prune", *arguments, "--yes", "--at", "2026-06-10T00:00:00Z")
    document = tomllib.loads(cli.registry.read_text())
    return [
        secret["id"]
        for kind in ("clients", "resources")
        for each in document.get(kind, {}).values()
        for secret in each.get("secrets", [])
    ]


def aged() -> str:
    """Secrets of several ages, of two clients and a resource."""
    return registry_text(
        {
            "web": {"secrets": [shared("a" * 20, "a30", expiration="2026-05-11T00:00:00Z"), shared("b" * 20, "a1", expiration="2026-06-09T00:00:00Z"),
                                shared("c" * 20, "now", expiration="2026-06-10T00:00:00Z"), shared("d" * 20, "later", expiration="2026-06-11T00:00:00Z")]},
            "off": {"enabled": False, "secrets": [shared("e" * 20, "off", expiration="2026-01-01T00:00:00Z")]},
        },
        {"api": {"secrets": [shared("f" * 20, "api", expiration="2026-01-01T00:00:00Z")]}},
    )  # fmt: skip


def test_prune(cli: Cli) -> None:
    """Secrets expired for longer than DUR, by default not at all long; valid up to and including the last instant."""
    for arguments, left in [
        ([], ["now", "later"]), (["--older-than", "0d"], ["now", "later"]), (["--older-than", "1d"], ["a1", "now", "later"]), (["--older-than", "23h"], ["now", "later"]),
        (["--older-than", "60d"], ["a30", "a1", "now", "later"]), (["--older-than", "1y"], ["a30", "a1", "now", "later", "off", "api"]),
        (["client/web"], ["now", "later", "off", "api"]), (["api", "off"], ["a30", "a1", "now", "later"]),
    ]:  # fmt: skip
        cli.write(aged())
        assert pruned(cli, *arguments) == left, arguments


def test_prune_may_take_the_last(cli: Cli) -> None:
    """Expired ones are not usable: no guard."""
    cli.write(aged())
    assert pruned(cli, "resource/api") == ["a30", "a1", "now", "later", "off"]


def test_prune_asks_and_can_be_tried(cli: Cli) -> None:
    """64 without --yes and without a terminal; --dry-run changes nothing and needs no yes; unknown TARGETs are 4."""
    cli.write(aged())
    ran = cli("prune", "--at", "2026-06-10")
    assert (ran.status, ran.out) == (64, "")
    dry = cli.ok("prune", "--dry-run", "--at", "2026-06-10T00:00:00Z", "--json")
    for id in ("a30", "a1", "off", "api"):
        assert f'"{id}"' in dry.out
    assert '"now"' not in dry.out
    assert cli("prune", "nobody", "--yes").status == 4
    assert cli("prune", "--older-than", "-1d", "--yes").status == 64
    assert cli("prune", "--older-than", "2026-01-01", "--yes").status == 64
    assert cli.registry.read_text() == aged()


# --- inspect -------------------------------------------------------------------------------------------------------


def test_inspect_a_certificate(cli: Cli) -> None:
    """All that the README names, from PEM, DER and base64."""
    (cli.path / "c.der").write_bytes(base64.b64decode(SAMPLE["base64"]))
    (cli.path / "c.b64").write_text(SAMPLE["base64"] + "\n")
    (cli.path / "c.pem").write_text(
        "-----BEGIN CERTIFICATE-----\n" + SAMPLE["base64"] + "\n-----END CERTIFICATE-----\n"
    )
    for name in ("c.der", "c.b64", "c.pem"):
        shown = cli.ok("inspect", name, "--json").json
        assert next(iter(shown)) == "kind"
        assert shown["kind"] == "certificate"
        for key in ("subject", "issuer", "not_before", "not_after", "key"):
            assert shown[key] == SAMPLE[key]
        assert shown["subject_dotnet"] == "CN=Client"
        assert shown["thumbprint_sha1"] == SAMPLE["sha1"]
        assert shown["thumbprint_sha256"] == SAMPLE["sha256"]
        assert shown["x5t#S256"] == SAMPLE["x5t#S256"]
        assert isinstance(shown["serial"], str)
        text = cli.ok("inspect", name).out
        assert SAMPLE["sha1"] in text


def test_inspect_the_rest(cli: Cli) -> None:
    """A JWK, an assertion and a Basic header, whose secret is masked; from stdin, too. Nonsense is 3."""
    from tests.acceptance.kit import basic, claims, jwk, rsa_key, token

    shown = cli.ok("inspect", "-", "--json", stdin=jwk(rsa_key(), kid="k1")).json
    assert shown["kind"] == "jwk"
    shown = cli.ok("inspect", "-", "--json", stdin=token(claims(), kid="k1")).json
    assert shown["kind"] == "assertion"
    assert "jti-1" in json.dumps(shown)
    for header in (
        basic("web", GOOD),
        "Authorization: " + basic("web", GOOD),
        basic("web", GOOD).removeprefix("Basic "),
    ):
        ran = cli.ok("inspect", "-", "--json", stdin=header + "\n")
        assert ran.json["kind"] == "basic"
        assert "web" in json.dumps(ran.json)
        assert GOOD not in ran.out + ran.err
        assert header.split()[-1] not in ran.out
        text = cli.ok("inspect", "-", stdin=header)
        assert GOOD not in text.out + text.err
    for nonsense in (
        "",
        "nonsense",
        "{}",
        "[]",
        "a.b.c",
        "Basic !!!",
        "\x00\x01",
        "-----BEGIN CERTIFICATE-----\n",
        "null",
        '{"keys":[]}',
    ):
        ran = cli("inspect", "-", stdin=nonsense)
        assert (ran.status, ran.out) == (3, ""), (nonsense, ran)
