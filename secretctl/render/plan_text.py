"""A plan for people: what is added (+), changed (~) and removed (-), a principal a block."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from secretctl.model import instant_text
from secretctl.render.text import defused, painted, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secretctl.model import Secret
    from secretctl.operations.plan import Action, Change, Plan

_SIGNS: dict[Action, str] = {"add": "+", "change": "~", "remove": "-"}
_COLORS: dict[Action, str] = {"add": "32", "change": "33", "remove": "31"}
"""SGR: green, yellow, red."""


def plan_text(plan: Plan, *, color: bool = False, done: bool = False) -> str:
    """The plan as lines, and a sum as the last one; ``done`` speaks of what was made. No stored value is shown."""
    lines = [line for change in plan.changes for line in _change_lines(change, color=color)]
    return defused("".join(f"{line}\n" for line in lines)) + summary(plan, done=done)


def summary(plan: Plan, *, done: bool = False) -> str:
    """How many clients and resources are added, changed and removed, and how many of their secrets."""
    words: dict[Action, str] = {"add": "to add", "change": "to change", "remove": "to remove"}
    if done:
        words = {"add": "added", "change": "changed", "remove": "removed"}
    secrets = [secret.action for change in plan.changes for secret in change.secrets]
    parts = [", ".join(f"{plan.count(action)} {word}" for action, word in words.items())]
    if secrets:
        parts.append("secrets: " + ", ".join(f"{secrets.count(action)} {word}" for action, word in words.items()))
    return "; ".join(parts) + "\n"


def _change_lines(change: Change, *, color: bool) -> Iterator[str]:
    yield f"{_sign(change.action, color=color)} {visible(str(change.target))}"
    for field in change.fields:
        values = f"{_value(field.name, field.before)} -> {_value(field.name, field.after)}"
        yield f"    {_sign('change', color=color)} {field.name}: {values}"
    for secret in change.secrets:
        details = "".join(
            f"; {field.name}: {_value(field.name, field.before)} -> {_value(field.name, field.after)}"
            for field in secret.fields
        )
        yield f"    {_sign(secret.action, color=color)} {_secret(secret.secret)}{details}"


def _secret(secret: Secret) -> str:
    """What tells people which one it is: its id where it has one, type, description, end."""
    name = f"secret {visible(secret.id)}" if secret.id else "secret"
    described = f", {_quoted(secret.description)}" if secret.description else ""
    ends = "no end" if secret.expiration is None else f"until {instant_text(secret.expiration)}"
    return f"{name} ({visible(secret.type)}{described}, {ends})"


def _value(name: str, value: object) -> str:
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(_quoted(str(item)) for item in value) + "]"
    return "never" if name == "expiration" else "none"


def _quoted(text: str) -> str:
    return f'"{visible(text)}"'


def _sign(action: Action, *, color: bool) -> str:
    return painted(_SIGNS[action], _COLORS[action], color=color)
