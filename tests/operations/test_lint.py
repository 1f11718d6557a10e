"""`lint`: each rule with a registry that has just that defect, and a registry that has none."""

from __future__ import annotations

import json
import os
import re
import shlex
import stat
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from secretctl.crypto.shared_secret import hash_secret
from secretctl.model import SecretText
from secretctl.operations.lint import RULES, exit_status, lint
from secretctl.operations.lint.stored_value import shape_of
from secretctl.render import LINT_FORMATS
from secretctl.stores import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from secretctl.operations.lint import Finding

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def hashed(text: str) -> str:
    """The stored value of a secret that no sample is."""
    return hash_secret(SecretText(f"an own secret: {text}"), "sha256")


GOOD, OTHER = hashed("one"), hashed("two")
HEX = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
BASE64_OF_HEX = b64encode(HEX.encode()).decode()
SAMPLE = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="


def jwk(**more: object) -> str:
    """A public JWK with a real key."""
    numbers = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    x, y = (b64encode(n.to_bytes(32, "big"), b"-_").decode().rstrip("=") for n in (numbers.x, numbers.y))
    return json.dumps({"kty": "EC", "crv": "P-256", "x": x, "y": y, **more})


def certificate(days: int = 300, *, weak: bool = False) -> str:
    """The stored value of a real certificate that ends in so many days."""
    key = rsa.generate_private_key(65537, 1024) if weak else ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "web")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 5, NOW - timedelta(400), NOW + timedelta(days))
    return b64encode(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)).decode()


def secret(value: str, type: str = "SharedSecret", more: str = "", owner: str = "clients.web", id: str = "s1") -> str:
    """A secret's table."""
    return f'[[{owner}.secrets]]\nid = "{id}"\ntype = {json.dumps(type)}\nvalue = {json.dumps(value)}\n{more}\n'


def registry(
    *secrets: str, profile: str = "rfc", policy: str = "", rest: str = "", client: str = "[clients.web]"
) -> str:
    """A registry file with one client."""
    head = f'schema = 1\n[validation]\nprofile = "{profile}"\n[policy]\n{policy}\n{client}\n'
    return head + "".join(secrets) + rest


def findings(path: Path, text: str, *, mode: int = 0o600) -> list[Finding]:
    """What lint finds in a file with this text."""
    file = path / "secretctl.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return lint(open_store(str(file)), now=NOW)


IS4 = "identityserver4"
GOOD_SECRET = secret(GOOD, id="good")
ROTATED = secret(GOOD, more="created = 2026-01-01T00:00:00Z\nexpiration = 2026-12-31T00:00:00Z")

# The rule, its level, the registry; where a value is wrong, "stored-value-invalid" says what the server does about it.
DEFECTS: list[tuple[str, str, str]] = [
    ("stored-value-invalid", "warning", registry(GOOD_SECRET, secret(b64encode(b"x" * 20).decode()))),
    ("stored-value-invalid", "error", registry(GOOD_SECRET, secret(b64encode(b"x" * 20).decode()), profile=IS4)),
    ("stored-value-invalid", "error", registry(GOOD_SECRET, secret("$scrypt$ln=10,r=8,p=1$c2FsdHNhbHQ$" + "A" * 43), profile=IS4)),
    ("stored-value-invalid", "warning", registry(GOOD_SECRET, secret(""))),
    ("stored-value-hex", "warning", registry(GOOD_SECRET, secret(HEX))),
    ("stored-value-hex", "warning", registry(GOOD_SECRET, secret(BASE64_OF_HEX))),
    ("stored-value-plaintext", "error", registry(GOOD_SECRET, secret("hunter2"))),
    ("stored-value-plaintext", "error", registry(GOOD_SECRET, secret("511536EF-F270-4058-80CA-1C89C192F69A"))),
    ("stored-value-whitespace", "warning", registry(GOOD_SECRET, secret(OTHER + "\n"))),
    ("stored-value-base64url", "warning", registry(GOOD_SECRET, secret(OTHER.rstrip("=")))),
    ("stored-value-base64url", "warning", registry(GOOD_SECRET, secret("-_" + "A" * 41 + "="))),
    ("type-unknown", "warning", registry(GOOD_SECRET, secret(OTHER, "sharedsecret"))),
    ("type-unknown", "warning", registry(GOOD_SECRET, secret(OTHER, ""))),
    ("type-unknown", "warning", registry(GOOD_SECRET, secret("CN=web, O=x", "X509Name"), profile="identityserver3")),
    ("thumbprint-format", "warning", registry(GOOD_SECRET, secret("61:B7:54:C5:41:BB:CF:C6:A4:5A:9E:9E:C5:E4:7D:87:02:B7:8C:29", "X509Thumbprint"))),
    ("thumbprint-format", "warning", registry(GOOD_SECRET, secret("\u200e61B754C541BBCFC6A45A9E9EC5E47D8702B78C29", "X509Thumbprint"))),
    ("thumbprint-format", "warning", registry(GOOD_SECRET, secret("AB" * 32, "X509Thumbprint"), profile=IS4)),
    ("thumbprint-format", "warning", registry(GOOD_SECRET, secret("AB" * 10, "X509Thumbprint"))),
    ("x509-name-spelling", "warning", registry(GOOD_SECRET, secret("CN=web, ST=Bayern, C=DE", "X509Name"), profile=IS4)),
    ("x509-name-spelling", "warning", registry(GOOD_SECRET, secret('CN="a, b",C=DE', "X509Name"), profile="duende")),
    ("x509-name-spelling", "warning", registry(GOOD_SECRET, secret("no name", "X509Name"))),
    ("jwk-invalid", "warning", registry(GOOD_SECRET, secret("{'kty':'EC'}", "JWK"))),
    ("jwk-invalid", "warning", registry(GOOD_SECRET, secret(jwk(use="enc"), "JWK"))),
    ("jwk-private", "error", registry(GOOD_SECRET, secret(jwk(d="AAAA"), "JWK"))),
    ("key-weak", "warning", registry(GOOD_SECRET, secret(certificate(weak=True), "X509CertificateBase64"))),
    ("certificate-format", "warning", registry(GOOD_SECRET, secret("MIIB", "X509CertificateBase64"))),
    ("certificate-ends-first", "warning", registry(secret(certificate(), "X509CertificateBase64", "expiration = 2099-01-01T00:00:00Z"))),
    ("sample-secret", "warning", registry(secret(SAMPLE))),
    ("sample-secret", "warning", registry(secret(hash_secret(SecretText("secret"), "argon2id")))),
    ("secret-missing", "error", registry()),
    ("expiration-missing", "warning", registry(GOOD_SECRET, policy="require_expiration = true")),
    ("lifetime-too-long", "warning", registry(ROTATED, policy='max_lifetime = "363d"')),
    ("lifetime-too-long", "warning", registry(GOOD_SECRET, policy='max_lifetime = "363d"')),
    ("hash-not-allowed", "warning", registry(GOOD_SECRET, policy='allowed_hashes = ["argon2id"]')),
    ("type-not-allowed", "warning", registry(GOOD_SECRET, policy='allowed_types = ["JWK"]')),
    ("expiration-local-time", "note", registry(secret(GOOD, more="expiration = 2027-12-31T00:00:00"))),
    ("field-too-long", "note", registry(secret(GOOD, more=f'description = "{"x" * 2001}"'))),
    ("field-too-long", "warning", registry(GOOD_SECRET, client=f'[clients.web]\nname = "{"x" * 201}"', profile=IS4)),
    ("field-too-long", "warning", registry(GOOD_SECRET, secret(certificate(), "X509CertificateBase64"), profile="identityserver3")),
    ("id-length", "warning", registry(client=f'[clients.{"x" * 101}]\nrequire_secret = false')),
    ("id-length", "warning", registry(client='[clients.""]\nrequire_secret = false')),
    ("id-lookalike", "warning", registry(GOOD_SECRET, rest="[clients.Web]\nrequire_secret = false\n")),
    ("id-lookalike", "warning", registry(GOOD_SECRET, rest='[clients."w\u0435b"]\nrequire_secret = false\n')),
    ("id-lookalike", "warning", registry(client='[clients."a\\u202Eb"]\nrequire_secret = false')),
    ("key-unknown", "warning", registry(secret(GOOD, more="expriation = 2027-12-31T00:00:00Z"))),
]  # fmt: skip


def case_id(value: object) -> str | None:
    """A short name for each case."""
    return None if isinstance(value, str) and len(value) < 40 else "registry"


@pytest.mark.parametrize(("rule", "level", "text"), DEFECTS, ids=case_id)
def test_each_defect_is_found_by_its_rule_alone(rule: str, level: str, text: str, tmp_path: Path) -> None:
    """One finding with the rule's level, at a line of the file, with a hint that says how to mend it."""
    found = findings(tmp_path, text)
    others = [f for f in found if not (f.rule == "stored-value-invalid" and rule.startswith("stored-value"))]
    mine = [f for f in (others if rule != "stored-value-invalid" else found) if f.rule == rule]
    assert [(f.rule, f.level) for f in mine] == [(rule, level)]
    assert {f.rule for f in others} <= {rule}
    assert mine[0].hint
    assert mine[0].target is not None
    assert mine[0].line is not None
    assert mine[0].line > 4


def test_every_rule_has_a_case() -> None:
    """The list above, and the tests below that need more than a registry's text."""
    elsewhere = {"secret-shared", "secret-duplicate", "file-readable", "assertions-poisoned", "plugin-unknown"}
    assert {rule for rule, _, _ in DEFECTS} | elsewhere == set(RULES)


def test_a_clean_registry_has_no_findings(tmp_path: Path) -> None:
    """Every type of secret, written as it should be, under a strict policy; and what has expired."""
    policy = 'require_expiration = true\nmax_lifetime = "800d"\nallowed_hashes = ["sha256"]\n'
    dates = "created = 2026-01-01T00:00:00Z\nexpiration = 2026-12-31T00:00:00Z"
    text = registry(
        secret(GOOD, more=dates, id="a"),
        secret("61B754C541BBCFC6A45A9E9EC5E47D8702B78C29", "X509Thumbprint", dates, id="b"),
        secret("CN=web, S=Bayern, C=DE", "X509Name", dates, id="c"),
        secret(certificate(), "X509CertificateBase64", id="d"),
        secret(jwk(), "JWK", dates, id="e"),
        secret("hunter2", "sharedsecret", "expiration = 2020-01-01T00:00:00Z", id="f"),
        policy=policy,
        rest="[resources.api1]\n[clients.spa]\nrequire_secret = false\n[clients.off]\nenabled = false\n",
        profile="duende",
    )
    found = findings(tmp_path, text)
    assert found == []
    assert exit_status(found) == 0


def test_a_secret_of_two_principals_is_found_at_both(tmp_path: Path) -> None:
    """Each could act as the other; of what kind they are does not matter."""
    rest = "[resources.api1]\n" + secret(GOOD, owner="resources.api1")
    found = findings(tmp_path, registry(GOOD_SECRET, rest=rest))
    assert [(f.rule, str(f.target), f.secret_id) for f in found] == [
        ("secret-shared", "client/web", "good"),
        ("secret-shared", "resource/api1", "s1"),
    ]
    assert found[0].message == "resource/api1 has the same secret"
    assert exit_status(found) == 1


def test_ids_that_look_alike_in_two_ways_are_found_once(tmp_path: Path) -> None:
    """By case, and by the shape of a letter O."""
    text = registry(GOOD_SECRET, rest="[clients.a0]\nrequire_secret = false\n[clients.A0]\nrequire_secret = false\n")
    assert [(f.rule, str(f.target)) for f in findings(tmp_path, text)] == [("id-lookalike", "client/A0")]


def test_the_same_secret_twice_in_one_list_is_found_once(tmp_path: Path) -> None:
    """The second is the one too many; two hashes of different kinds are two secrets."""
    found = findings(tmp_path, registry(GOOD_SECRET, secret(GOOD, id="again"), secret(OTHER, id="x")))
    assert [(f.rule, f.secret_id, f.message) for f in found] == [
        ("secret-duplicate", "again", "it is the same as secret good")
    ]


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_file_that_others_may_read_is_a_note(tmp_path: Path) -> None:
    """Every checkout of a repository is one, so it changes no exit status."""
    found = findings(tmp_path, registry(GOOD_SECRET), mode=0o644)
    assert [(f.rule, f.level, f.target) for f in found] == [("file-readable", "note", None)]
    assert exit_status(found) == 0
    assert not findings(tmp_path, registry(GOOD_SECRET), mode=stat.S_IRUSR | stat.S_IWUSR)


def test_a_key_that_does_not_parse_takes_the_others_along_under_identityserver4(tmp_path: Path) -> None:
    """Alone it is just broken, and under rfc just skipped."""
    broken = secret("{'kty':'EC'}", "JWK", id="bad")
    beside = secret(jwk(), "JWK", id="fine")
    found = findings(tmp_path, registry(GOOD_SECRET, broken, beside, profile=IS4))
    assert [(f.rule, f.secret_id) for f in found] == [("assertions-poisoned", "bad"), ("jwk-invalid", "bad")]
    assert exit_status(found) == 2
    for text in (registry(GOOD_SECRET, broken, profile=IS4), registry(GOOD_SECRET, broken, beside)):
        assert [f.rule for f in findings(tmp_path, text)] == ["jwk-invalid"]


def test_a_poisoned_list_locks_its_principal_out(tmp_path: Path) -> None:
    """Behind a value that stops the server, a good secret is no use."""
    found = findings(tmp_path, registry(secret("hunter2"), GOOD_SECRET, profile=IS4))
    assert [f.rule for f in found] == ["secret-missing", "stored-value-invalid", "stored-value-plaintext"]


def test_private_keys_are_found_in_expired_secrets_too(tmp_path: Path) -> None:
    """A leak does not expire; everything else about an expired secret is history."""
    old = "expiration = 2020-01-01T00:00:00Z"
    text = registry(GOOD_SECRET, secret(jwk(d="AAAA"), "JWK", old), secret("hunter2", more=old, id="s2"))
    assert [f.rule for f in findings(tmp_path, text)] == ["jwk-private"]


@pytest.mark.parametrize("type", ["jwk", "JsonWebKey", "X509CertificateBase64", "SharedSecret", "AcmeKey"])
def test_a_private_key_is_found_under_any_type(type: str, tmp_path: Path) -> None:
    """It is disclosed wherever it stands; nobody is told to keep what stands between its BEGIN and END."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for value in (pem, "".join(pem.splitlines()[1:-1]), jwk(d="AAAA")):
        found = {f.rule: f for f in findings(tmp_path, registry(GOOD_SECRET, secret(value, type)))}
        assert found["jwk-private"].level == "error"
        assert "certificate-format" not in found


def test_plaintext_is_found_under_a_misspelled_type(tmp_path: Path) -> None:
    """No server matches it, and it is in the open all the same."""
    found = findings(tmp_path, registry(GOOD_SECRET, secret("hunter2", "Shared Secret")))
    assert {"stored-value-plaintext", "type-unknown"} == {f.rule for f in found}


def test_slow_hashes_are_tried_as_long_as_patience_lasts(tmp_path: Path) -> None:
    """Each costs tens or hundreds of milliseconds; a registry full of them must not take an hour."""
    sample = hash_secret(SecretText("secret"), "scrypt")
    text = registry(*(secret(sample + "", id=f"s{n}", more=f'description = "{n}"') for n in range(4)))
    found = [f.secret_id for f in findings(tmp_path, text) if f.rule == "sample-secret"]
    assert found == ["s0", "s1"]


def test_pem_armour_and_weak_jwks_are_named(tmp_path: Path) -> None:
    """The hint says what to cut away; a weak JWK is weak, not invalid."""
    pem = f"-----BEGIN CERTIFICATE-----\n{certificate()}\n-----END CERTIFICATE-----"
    [found] = findings(tmp_path, registry(GOOD_SECRET, secret(pem, "X509CertificateBase64")))
    assert (found.rule, found.message) == ("certificate-format", "the value has PEM armour around it")
    numbers = rsa.generate_private_key(65537, 1024).public_key().public_numbers()
    n = b64encode(numbers.n.to_bytes(128, "big"), b"-_").decode().rstrip("=")
    text = registry(GOOD_SECRET, secret(json.dumps({"kty": "RSA", "n": n, "e": "AQAB"}), "JWK"))
    assert [f.rule for f in findings(tmp_path, text)] == ["key-weak"]


def test_types_of_plug_ins_are_left_to_them(tmp_path: Path) -> None:
    """With a validator that is not built in, a type that is not built in may well be right."""
    text = registry(GOOD_SECRET, secret("slot 3", "AcmeHsm")).replace(
        'profile = "rfc"', 'profile = "rfc"\nvalidators = ["shared_secret", "acme_hsm"]'
    )
    assert [f.rule for f in findings(tmp_path, text)] == ["plugin-unknown"]  # which is not installed here


def test_a_misspelled_validator_is_found_before_it_is_needed(tmp_path: Path) -> None:
    """`verify` could decide nothing; the finding is about the registry as a whole."""
    text = registry(GOOD_SECRET).replace(
        'profile = "rfc"',
        'profile = "rfc"\nparsers = ["basic", "Basic"]\nvalidators = ["shared_secret", "share_secret"]',
    )
    found = findings(tmp_path, text)
    assert [(f.rule, f.level, f.target) for f in found] == [("plugin-unknown", "warning", None)] * 2
    assert [f.message for f in found] == ["there is no parser 'Basic'", "there is no validator 'share_secret'"]


def test_hints_can_be_copied_into_a_shell(tmp_path: Path) -> None:
    """They name the principal and the secret, and whatever an id holds stays a word."""
    bad = secret("x" * 100, id="$(reboot)", owner='resources."a $b SID"')
    (found,) = [f for f in findings(tmp_path, registry(GOOD_SECRET, rest=bad)) if f.rule == "stored-value-invalid"]
    commands = re.findall("`secretctl (.*?)`", found.hint)
    assert [shlex.split(command) for command in commands] == [
        ["secret", "remove", "resource/a $b SID", "$(reboot)"],
        ["secret", "add", "resource/a $b SID"],
    ]


def test_no_message_quotes_a_stored_value(tmp_path: Path) -> None:
    """What stands where a hash should be may be the secret itself."""
    for value in ("hunter2-in-the-open", HEX, f"{OTHER} ", "$argon2id$broken-hunter2"):
        for finding in findings(tmp_path, registry(GOOD_SECRET, secret(value))):
            assert value.strip() not in f"{finding.message} {finding.hint}"


@pytest.mark.parametrize(
    ("value", "mistake"),
    [
        (GOOD, None),
        ("", None),
        ("$argon2id$v=19$broken", None),
        (b64encode(b"x" * 16).decode(), None),
        (HEX.upper(), "hex"),
        (f"0x{HEX}", "hex"),
        (":".join(HEX[i : i + 2] for i in range(0, 64, 2)), "hex"),
        (HEX * 2, "hex"),
        ("secret", "plaintext"),
        ("password", "plaintext"),
        ("skoruba_admin_client_secret", "plaintext"),
        ("a secret with blanks", "plaintext"),
        (f" {GOOD}", "whitespace"),
        (GOOD[:20] + "\n" + GOOD[20:], "whitespace"),
        (GOOD.replace("+", "-").replace("/", "_").rstrip("="), "base64url"),
    ],
)
def test_mistakes_are_told_apart(value: str, mistake: str | None) -> None:
    """What somebody probably did, where it can be told."""
    from secretctl.model import StoredValue

    assert shape_of(StoredValue(value)).mistake == mistake


def test_a_registry_of_every_defect_renders_in_every_format(tmp_path: Path) -> None:
    """The formats themselves are tested with the renderers; here with every rule at once."""
    from secretctl.render import Page, lint_renderer

    found = [finding for _, _, text in DEFECTS for finding in findings(tmp_path, text)]
    for format in LINT_FORMATS:
        assert lint_renderer(format).lint(found, Page()).endswith("\n")
