"""Registries to show: one with everything that a check can find, and text that would like to be run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from secretctl.lifetimes import parse_duration, parse_window
from secretctl.model import Client, Resource, Secret, StoredValue
from secretctl.operations.expiry import check
from secretctl.settings import Policy, Settings

if TYPE_CHECKING:
    from secretctl.model import Principal
    from secretctl.operations.expiry import CheckReport

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
GOOD = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="
HOSTILE = "=cmd|' /C calc'!A0\x1b[31m\u202e\"<script>alert(1)</script>`[x](javascript:x)`,;:%0A::error::|\\\r\n@here"


def secret(id: str, days: float | None, value: str = GOOD, description: str | None = None, age: float = 100) -> Secret:
    """A shared secret that was made ``age`` days ago and ends in ``days``."""
    end = None if days is None else NOW + timedelta(days=days)
    return Secret(id, "SharedSecret", StoredValue(value), description, end, NOW - timedelta(days=age))


def a_client(id: str, *secrets: Secret, **fields: object) -> Client:
    """A client with these secrets."""
    return Client(id, secrets=secrets, **fields)  # type: ignore[arg-type]


EVERYTHING: tuple[Principal, ...] = (
    a_client("fine", secret("f1", 300), name="Fine", owner="team-a@example.com"),
    a_client("soon", secret("s1", 20, description="2026 secret")),
    a_client("both", secret("b1", 3), secret("b2", 20)),
    a_client("rotated", secret("r1", 3), secret("r2", 200)),
    a_client("urgent", secret("u0", -50), secret("u1", 3.5)),
    a_client("locked", secret("l1", -2)),
    a_client("broken", secret("k1", None, "hunter2"), secret("k2", 100)),
    a_client("off", secret("o1", 1), enabled=False),
    a_client("spa", require_secret=False),
    Resource("api1", display_name="Our API", secrets=(secret("a1", None),)),
)
SETTINGS = Settings(name="prod", policy=Policy(warn=parse_duration("30d"), critical=parse_duration("7d")))


def reported(*principals: Principal, settings: Settings = SETTINGS, **windows: str) -> CheckReport:
    """A check of the principals, disabled ones included."""
    parsed: dict[str, Any] = {name: parse_window(text) for name, text in windows.items()}
    return check(principals, settings, now=NOW, include_disabled=True, **parsed)
