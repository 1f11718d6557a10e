"""import and export on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from secretctl.crypto.shared_secret import hash_secret
from secretctl.model import SecretText
from secretctl.stores import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Cli

HASH = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="
PLAIN = "a plaintext that nobody may see"
REGISTRY = f"""\
schema = 1

# kept as it is
[clients.web]
name = "Web"
owner = "team@example.com"

[[clients.web.secrets]]
id = "s1"
type = "SharedSecret"
value = "{HASH}"
expiration = 2099-12-31T00:00:00Z

[resources.api1]
display_name = "API"
"""


@pytest.fixture(autouse=True)
def registry(cli: Cli) -> Path:
    """A registry in the working directory."""
    return cli.write(REGISTRY)


def written(path: Path, document: Any) -> str:
    """The document in a file."""
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return str(path)


def test_a_realm_is_imported_without_its_plaintext(cli: Cli, registry: Path, tmp_path: Path) -> None:
    """The plan on stdout, losses on stderr, a hash in the file, and comments where they were."""
    realm = {
        "clients": [{"clientId": "kc", "secret": PLAIN, "redirectUris": ["/*"]}, {"clientId": "m", "secret": "***"}]
    }
    ran = cli("import", "keycloak", written(tmp_path / "realm.json", realm), "--hash", "sha256")
    assert ran.status == 0
    assert ran.out == (
        "+ client/kc\n    + secret (SharedSecret, no end)\n+ client/m\n"
        "2 added, 0 changed, 0 removed; secrets: 1 added, 0 changed, 0 removed\n"
    )
    assert "not imported: redirectUris of client/kc" in ran.err
    assert "not imported: secret of client/m: it is masked" in ran.err
    text = registry.read_text(encoding="utf-8")
    assert text.startswith(REGISTRY.partition("[resources")[0])
    assert hash_secret(SecretText(PLAIN), "sha256") in text
    assert PLAIN not in text + ran.out + ran.err


def test_plaintext_takes_the_hash_of_the_profile(cli: Cli, registry: Path, tmp_path: Path) -> None:
    """argon2id under rfc; sha256 under the profiles of IdentityServer, which know no other; policy has a say."""
    file = written(tmp_path / "client.json", {"client_id": "new", "client_secret": PLAIN})
    assert cli("import", "rfc7591", file).status == 0
    assert "$argon2id$" in registry.read_text(encoding="utf-8")
    registry.write_text(REGISTRY + '[validation]\nprofile = "duende"\n', encoding="utf-8")
    assert cli("import", "rfc7591", file, "--hash", "argon2id").status == 6
    assert cli("import", "rfc7591", file).status == 0
    assert hash_secret(SecretText(PLAIN), "sha256") in registry.read_text(encoding="utf-8")


def test_importing_twice_changes_nothing(cli: Cli, registry: Path, tmp_path: Path) -> None:
    """The second time there is nothing to do, also where hashes are salted."""
    file = written(tmp_path / "client.json", {"client_id": "new", "client_secret": PLAIN})
    cli("import", "hydra", file)
    before = registry.read_bytes()
    again = cli("import", "hydra", file)
    assert again.out == "0 added, 0 changed, 0 removed\n"
    assert registry.read_bytes() == before


def test_a_dry_run_writes_nothing(cli: Cli, registry: Path, tmp_path: Path) -> None:
    """What would be done, as text and as JSON."""
    file = written(tmp_path / "client.json", {"client_id": "web", "client_name": "Shop", "jwks_uri": "https://x"})
    ran = cli("import", "rfc7591", file, "--dry-run")
    assert ran.out == '~ client/web\n    ~ name: "Web" -> "Shop"\n0 to add, 1 to change, 0 to remove\n'
    ran = cli("import", "rfc7591", file, "--dry-run", "--json")
    assert json.loads(ran.out) == {
        "summary": {"add": 0, "change": 1, "remove": 0},
        "changes": [
            {
                "action": "change",
                "target": "client/web",
                "fields": [{"name": "name", "before": "Web", "after": "Shop"}],
                "secrets": [],
            }
        ],
        "losses": [
            {
                "subject": "client/web",
                "field": "jwks_uri",
                "secret_id": None,
                "reason": "a registry does not keep it",
            }
        ],
    }
    assert registry.read_text(encoding="utf-8") == REGISTRY


def test_ambiguous_values_have_to_be_told(cli: Cli, registry: Path, tmp_path: Path) -> None:
    """64 and nothing on stdout; --values settles it."""
    secrets = [{"Value": HASH}, {"Value": PLAIN}]
    file = written(tmp_path / "appsettings.json", {"Clients": [{"ClientId": "new", "ClientSecrets": secrets}]})
    ran = cli("import", "identityserver", file, "--json")
    assert (ran.status, ran.out) == (64, "")
    assert json.loads(ran.err)["error"]["code"] == "values_ambiguous"
    assert PLAIN not in ran.err
    assert registry.read_text(encoding="utf-8") == REGISTRY
    assert cli("import", "identityserver", file, "--values", "perhaps").status == 64
    assert cli("import", "identityserver", file, "--values", "plaintext", "--hash", "sha256").status == 0
    text = registry.read_text(encoding="utf-8")
    assert all(hash_secret(SecretText(secret), "sha256") in text for secret in (HASH, PLAIN))


def test_weak_plaintext_and_odd_times_are_told(cli: Cli, tmp_path: Path) -> None:
    """A warning each, without the secret."""
    client = {"client_id": "new", "client_secret": "1q2w3e*", "client_secret_expires_at": 4_070_908_800_000}
    ran = cli("import", "hydra", written(tmp_path / "client.json", client), "--dry-run")
    assert "warning: a secret of client/new is a well-known sample secret" in ran.err
    assert "milliseconds" in ran.err
    assert "1q2w3e*" not in ran.err + ran.out


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("import", "csv", "x"), 64),
        (("import", "nonsense", "x"), 64),
        (("import", "hydra", "x", "--hash", "md5"), 64),
        (("import", "hydra", "missing.json"), 3),
        (("import", "hydra", "secretctl.toml"), 3),
        (("import", "hydra", "latin1.json"), 3),
        (("import", "hydra"), 64),
        (("export", "nonsense"), 64),
        (("export", "csv", "--schema", "duende"), 64),
        (("export", "hydra", "--dialect", "mysql"), 64),
        (("export", "sql", "--dialect", "oracle"), 64),
        (("export", "sql", "--schema", "x"), 64),
        (("export", "csv", "-r", "missing.toml"), 3),
    ],
)
def test_what_cannot_be_done(cli: Cli, tmp_path: Path, arguments: tuple[str, ...], status: int) -> None:
    """Its status, nothing on stdout, a hint on stderr."""
    (tmp_path / "latin1.json").write_bytes('{"client_id": "sören"}'.encode("latin-1"))
    ran = cli(*arguments)
    assert (ran.status, ran.out) == (status, "")
    assert "hint: " in ran.err


def test_an_import_does_not_lock_out(cli: Cli, tmp_path: Path) -> None:
    """An end in the past for the last usable secret: 6 without --force."""
    secrets = [{"Value": HASH, "Expiration": "2020-01-01T00:00:00"}]
    file = written(tmp_path / "appsettings.json", {"Clients": [{"ClientId": "web", "ClientSecrets": secrets}]})
    assert cli("import", "identityserver", file).status == 6
    assert cli("import", "identityserver", file, "--force").status == 0


@pytest.mark.parametrize("format", ["identityserver", "rfc7591", "hydra", "keycloak"])
def test_json_exports_come_back(cli: Cli, tmp_path: Path, format: str) -> None:
    """What is exported is read again without an error, and changes nothing."""
    ran = cli("export", format)
    assert ran.status == 0
    again = cli("import", format, written(tmp_path / "export.json", ran.out))
    assert again.status == 0
    assert "+ client" not in again.out


def test_losses_are_told_by_kind(cli: Cli, registry: Path) -> None:
    """A line for each kind of loss names a hundred, and counts the rest."""
    registry.write_text("schema = 1\n" + "".join(f"[resources.r{n}]\n" for n in range(102)), encoding="utf-8")
    named = ", ".join(f"resource/r{n}" for n in range(100))
    assert cli("export", "hydra").err == (
        f"secretctl: not exported: resource of {named} and 2 more: the format holds clients, no resources\n"
    )


def test_hostile_text_in_losses_is_shown_harmless(cli: Cli, tmp_path: Path) -> None:
    """Keys of the input are foreign text, too."""
    ran = cli("import", "hydra", written(tmp_path / "x.json", {"client_id": "new", "\x1b[31mkey": 1}))
    assert "\x1b" not in ran.err
    assert "\\x1b[31mkey" in ran.err


def test_export_csv(cli: Cli) -> None:
    """A head, a row a secret, and a note about values."""
    ran = cli("export", "csv")
    assert ran.out.splitlines()[0].startswith("target,kind,id,name,")
    assert HASH not in ran.out
    assert "stored values are left out" in ran.err


def test_export_sql(cli: Cli, registry: Path) -> None:
    """The schema follows the profile, and can be told; the dialect, too."""
    assert "for a duende database in sqlserver" in cli("export", "sql").out
    registry.write_text(REGISTRY + '[validation]\nprofile = "identityserver4"\n', encoding="utf-8")
    assert "identityserver4 database in mysql" in cli("export", "sql", "--dialect", "mysql").out
    ran = cli("export", "sql", "--schema", "identityserver3", "--dialect", "sqlite")
    assert "identityserver3 database in sqlite" in ran.out


def test_an_import_from_stdin(cli: Cli, registry: Path) -> None:
    """A dash is stdin; larger than 1 MiB is fine for what holds whole registries."""
    clients = json.dumps([{"client_id": f"c{n}", "client_name": "x" * 10_000} for n in range(120)])
    assert len(clients) > 1_048_576
    cli.ok("import", "hydra", "-", stdin=clients)
    assert sum(1 for _ in open_store(registry).principals("client")) == 121
