"""Plans for people."""

from __future__ import annotations

from datetime import UTC, datetime

from secretctl.model import Client, Secret, StoredValue
from secretctl.operations.plan import Change, Plan, change_to
from secretctl.render.plan_text import plan_text

VALUE = StoredValue("K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=")
END = datetime(2026, 12, 31, tzinfo=UTC)


def test_every_kind_of_value_and_change() -> None:
    """Texts in quotes, lists, switches, instants; none and never by their names; no stored value."""
    before = Client("a", owner="me", scopes=("x",), secrets=(Secret("1", "SharedSecret", VALUE, "old", END),))
    after = Client("a", enabled=False, scopes=("x", "y"), secrets=(Secret("2", "SharedSecret", VALUE, "new"),))
    change = change_to(before, after, prune=True)
    assert change is not None
    text = plan_text(Plan((change, Change.removal(before))))
    assert text == (
        "~ client/a\n"
        "    ~ enabled: true -> false\n"
        '    ~ owner: "me" -> none\n'
        '    ~ scopes: ["x"] -> ["x", "y"]\n'
        '    ~ secret 1 (SharedSecret, "new", no end); description: "old" -> "new"; '
        "expiration: 2026-12-31T00:00:00Z -> never\n"
        "- client/a\n"
        '    - secret 1 (SharedSecret, "old", until 2026-12-31T00:00:00Z)\n'
        "0 to add, 1 to change, 1 to remove; secrets: 0 to add, 1 to change, 1 to remove\n"
    )
    assert VALUE not in text


def test_foreign_text_is_shown_harmless() -> None:
    """Ids, descriptions and types of secrets come from others."""
    evil = "\x1b[2J\u202e"
    client = Client(evil, secrets=(Secret(evil, evil, VALUE, evil),))
    text = plan_text(Plan((Change.removal(client),)))
    assert text.replace("\n", "").isprintable()


def test_colour_is_on_the_signs_alone() -> None:
    """Green, and only where it is wanted."""
    change = change_to(None, Client("a"), prune=False)
    assert change is not None
    assert plan_text(Plan((change,)), color=True).startswith("\x1b[32m+\x1b[0m client/a\n")
    assert plan_text(Plan(()), done=True) == "0 added, 0 changed, 0 removed\n"
