"""Writes a registry of many clients, two shared secrets each, as people write them: ``python big_registry.py 10000 FILE``.

10,000 clients make 5.5 MB. The same count always gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import sys
from pathlib import Path

_HEAD = """\
# Registry of all clients. Reviewed by the platform team.
schema = 1
name = "bench"

[issuer]
url = "https://id.example.com"
token_endpoint = "https://id.example.com/connect/token"

[policy]
warn = "30d"
critical = "7d"

"""

_CLIENT = """\
# {number}: ticket SEC-{number}
[clients.service-{number:06}]
name = "Service {number}"
owner = "team-{team}@example.com"
tags = ["team-{team}", "batch"]
scopes = ["api{team}", "api{other}"]

[[clients.service-{number:06}.secrets]]
id = "{first}"
type = "SharedSecret"
value = "{first_value}"
created = 2026-01-01T00:00:00Z
expiration = 2999-06-30T00:00:00Z  # agreed with the team

[[clients.service-{number:06}.secrets]]
id = "{second}"
type = "SharedSecret"
value = "{second_value}"
created = 2026-05-01T00:00:00Z
expiration = 2999-12-31T00:00:00Z

"""


def plaintext(number: int) -> str:
    """The first shared secret of a client, for benchmarks that verify it."""
    return f"plaintext-of-service-{number:06}"


def client_id(number: int) -> str:
    """The id of a client."""
    return f"service-{number:06}"


def big_registry(clients: int) -> str:
    """The text of a registry with that many clients."""
    return _HEAD + "".join(_client(number) for number in range(clients))


def _client(number: int) -> str:
    first, second = hashlib.sha256(plaintext(number).encode()), hashlib.sha256(b"second %d" % number)
    return _CLIENT.format(
        number=number,
        team=number % 40,
        other=number % 7,
        first=first.hexdigest()[:8],
        second=second.hexdigest()[:8],
        first_value=base64.b64encode(first.digest()).decode(),
        second_value=base64.b64encode(second.digest()).decode(),
    )


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(big_registry(int(sys.argv[1])), encoding="utf-8")
