"""Registries that are larger than the machine, or that ask it for more than it has: an answer, not a crash."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.kit import SECRET, registry_text, stored

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

GIB = 1 << 30
PHC = "$c2FsdHNhbHRzYWx0$" + "A" * 43

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems limit no address space")


def little_memory() -> None:
    """In a child, before it starts."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (GIB, GIB))


def test_a_registry_larger_than_memory(cli: Cli) -> None:
    """Status 3, as for any file that cannot be read."""
    registry = cli.write("")
    with registry.open("r+b") as file:
        file.truncate(4 * GIB)
    ran = cli.process("check", "--json", preexec_fn=little_memory)
    assert (ran.status, ran.out, ran.error["code"]) == (3, "", "out_of_memory")


@pytest.mark.parametrize(
    ("costs", "code"),
    [("$argon2id$v=19$m=1048576,t=1,p=1", "out_of_memory"), ("$scrypt$ln=20,r=8,p=1", "scrypt_unavailable")],
)
def test_a_hash_that_needs_more_than_there_is(cli: Cli, costs: str, code: str) -> None:
    """Whether the secret is right cannot be decided."""
    cli.write(registry_text({"web": {"secrets": [stored("SharedSecret", costs + PHC)]}}))
    cli.write(SECRET, "secret")
    ran = cli.process("verify", "client/web", "--secret-file", "secret", "--json", preexec_fn=little_memory)
    assert (ran.status, ran.out, ran.error["code"]) == (3, "", code)
