"""What rotate and prune tell people: what ends when, what never ends any more, what is about to be removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

AT = "2026-06-01T00:00:00Z"
SECRET = 'type = "SharedSecret"\nvalue = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="\n'
REGISTRY = f"""\
schema = 1
[clients.both]
[[clients.both.secrets]]
id = "late"
{SECRET}expiration = 2027-01-01T00:00:00Z
[[clients.both.secrets]]
id = "early"
{SECRET}expiration = 2026-06-03T00:00:00Z
[clients.gone]
[[clients.gone.secrets]]
id = "old"
{SECRET}expiration = 2026-01-01T00:00:00Z
[clients.forever]
[[clients.forever.secrets]]
id = "f1"
{SECRET}
"""


@pytest.fixture(autouse=True)
def _registry(cli: Cli) -> None:
    cli.write(REGISTRY)


def test_old_secrets_that_end_sooner_are_told_apart(cli: Cli) -> None:
    """In the dry run with the day, afterwards as a number."""
    plan = cli.ok("rotate", "--all", "--at", AT, "--dry-run").out
    assert "late: 2027-01-01T00:00:00Z -> 2026-06-08T00:00:00Z; early: ends 2026-06-03T00:00:00Z already" in plan
    err = cli.ok("rotate", "--all", "--at", AT).err
    assert "client/both rotated, 1 old secret ends with the overlap, 1 old secret ends before that already\n" in err
    assert "client/gone rotated, it had no usable shared secret\n" in err
    assert "client/forever rotated, 1 old secret ends with the overlap\n" in err


@pytest.mark.parametrize("dry", [(), ("--dry-run",)], ids=["rotate", "dry run"])
def test_an_end_that_gets_lost_warns_once(cli: Cli, dry: tuple[str, ...]) -> None:
    """For those that had one; not where somebody said never, or the policy has a lifetime."""
    warning = "2 new secrets never end, where the old ones end: say --expires, or set default_lifetime in [policy]"
    assert cli.ok("rotate", "--all", "--at", AT, *dry).err.count(warning) == 1
    cli.write(REGISTRY)
    assert "never end" not in cli.ok("rotate", "--all", "--at", AT, "--expires", "never", *dry).err
    cli.write(REGISTRY)
    assert "never end" not in cli.ok("rotate", "forever", "--at", AT, *dry).err
    cli.write(REGISTRY + '[policy]\ndefault_lifetime = "90d"\n')
    assert "never end" not in cli.ok("rotate", "--all", "--at", AT, *dry).err
