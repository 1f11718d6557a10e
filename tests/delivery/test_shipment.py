"""Several ways at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from secretctl.delivery import Shipment
from secretctl.delivery.file import FileDelivery
from secretctl.delivery.stdout import StdoutDelivery
from secretctl.errors import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from secretctl.delivery import Deliverable

    Make = Callable[..., Deliverable]


def test_every_secret_goes_every_way(tmp_path: Path, make: Make) -> None:
    """Stdout gets all of them at once, at the end."""
    documents: list[list[str]] = []
    steps: list[int] = []
    stdout = StdoutDelivery(lambda items: documents.append([item.text.reveal() for item in items]))
    shipment = Shipment([FileDelivery(tmp_path, directory=True), stdout], progress=steps.append)
    items = [make("one", id="a"), make("two", id="b")]
    shipment.prepare([item.target for item in items])
    shipment.deliver(items)
    assert documents == [["one", "two"]]
    assert steps == [1, 1]
    assert shipment.labels == ("file", "stdout")
    assert shipment.delivered == [item.target for item in items]
    shipment.revoke()
    assert list(tmp_path.iterdir()) == []
    assert shipment.delivered == [item.target for item in items], "what stdout got is out there"


def test_stdout_has_delivered_nothing_before_it_is_written(make: Make) -> None:
    """Not where writing fails either."""

    def full(_: Sequence[Deliverable]) -> None:
        raise DeliveryError("stdout_unwritable", "full")

    shipment = Shipment([StdoutDelivery(full)])
    with pytest.raises(DeliveryError):
        shipment.deliver([make()])
    assert shipment.delivered == []


def test_nothing_of_a_new_secret_is_shown(make: Make) -> None:
    """By repr, and by JSON only when asked."""
    item = make("plain-text")
    assert "plain-text" not in repr(item)
    assert "secret" not in item.as_dict((), reveal=False)
    assert item.as_dict(("stdout",), reveal=True) == {
        "target": "client/web",
        "secret_id": "7f3a91c2",
        "type": "SharedSecret",
        "value": "AAAA",
        "description": None,
        "created": "2026-01-01T00:00:00Z",
        "expiration": "2027-01-01T00:00:00Z",
        "delivered_to": ["stdout"],
        "secret": "plain-text",
    }
