"""Which secrets are pruned."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from secretctl.lifetimes import parse_duration
from secretctl.operations.pruning import prune
from secretctl.stores.toml.store import TomlStore
from tests.known import SAMPLE

if TYPE_CHECKING:
    from pathlib import Path

REGISTRY = f"""\
schema = 1
[validation]
profile = "PROFILE"
[clients.web]
[[clients.web.secrets]]
id = "own-end"
type = "X509CertificateBase64"
value = "{SAMPLE["base64"]}"
[[clients.web.secrets]]
id = "earlier"
type = "X509CertificateBase64"
value = "{SAMPLE["base64"]}"
expiration = 2019-01-01
[[clients.web.secrets]]
id = "broken"
type = "X509CertificateBase64"
value = "AAAA"
expiration = 2019-01-01
[[clients.web.secrets]]
id = "broken-too"
type = "X509CertificateBase64"
value = "AAAA"
"""


@pytest.mark.parametrize(
    ("profile", "expected"), [("rfc", ["own-end", "earlier", "broken"]), ("identityserver4", ["earlier", "broken"])]
)
def test_a_certificates_own_end_counts_where_the_server_looks_at_it(
    tmp_path: Path, profile: str, expected: list[str]
) -> None:
    """IdentityServer still accepts an expired certificate: removing it would lock somebody out."""
    path = tmp_path / "secretctl.toml"
    path.write_text(REGISTRY.replace("PROFILE", profile), encoding="utf-8")
    now = datetime(2026, 6, 1, tzinfo=UTC)
    planned = prune(TomlStore(path), now=now, dry_run=True)
    assert [one.secret.id for one in planned] == expected
    assert [one.secret.id for one in prune(TomlStore(path), now=now)] == expected
    left = TomlStore(path).find("client", "web")
    assert left is not None
    assert not {secret.id for secret in left.secrets} & set(expected)


def test_the_age_is_counted_from_the_real_end(tmp_path: Path) -> None:
    """The certificate's end is in 2020, its secret's in 2019."""
    path = tmp_path / "secretctl.toml"
    path.write_text(REGISTRY.replace("PROFILE", "rfc"), encoding="utf-8")
    found = prune(
        TomlStore(path),
        ["web"],
        older_than=parse_duration("1y"),
        now=datetime(2020, 6, 1, tzinfo=UTC),
        dry_run=True,
    )
    assert [one.secret.id for one in found] == ["earlier", "broken"]
