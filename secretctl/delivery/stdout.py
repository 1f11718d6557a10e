"""Delivery to stdout: one document with all secrets, written when every secret is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from secretctl.delivery import Deliverable
    from secretctl.model import Target


class StdoutDelivery:
    """Hands all secrets to ``write`` at once, which raises DeliveryError where stdout does not take them."""

    label = "stdout"

    def __init__(self, write: Callable[[Sequence[Deliverable]], None]) -> None:
        self._write = write
        self._items: list[Deliverable] = []
        self.delivered: Sequence[Target] = ()

    def prepare(self, targets: Sequence[Target]) -> None:
        """Nothing to find out: only writing shows whether stdout can be written."""

    def deliver(self, item: Deliverable) -> None:
        """Keep it for the document."""
        self._items.append(item)

    def finish(self) -> None:
        """Write the document; DeliveryError."""
        self._write(self._items)
        self.delivered = tuple(item.target for item in self._items)

    def revoke(self) -> None:
        """What was read cannot be taken back."""
