"""Where a new secret goes: each way is prepared, then delivers, and only then the registry is written.

A delivery that fails raises DeliveryError while the registry is still as it was. Where the registry cannot be written
afterwards, ``revoke`` takes back what can be taken back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from secretctl.delivery.keyring import read_from_keyring
from secretctl.model import instant_or_none

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from secretctl.model import Secret, SecretText, Target

__all__ = ["Deliverable", "Delivery", "Shipment", "read_from_keyring", "registered_dict"]


@dataclass(frozen=True, slots=True)
class Deliverable:
    """A new secret on its way: whose it is, what the registry keeps of it, and the plaintext that only its owner may see."""

    target: Target
    secret: Secret
    text: SecretText

    def as_dict(self, delivered_to: Sequence[str], *, reveal: bool) -> dict[str, object]:
        """The JSON object of ``secret add``; the plaintext is in it only where it is asked for."""
        body = {**registered_dict(self.target, self.secret), "delivered_to": list(delivered_to)}
        return {**body, "secret": self.text.reveal()} if reveal else body


def registered_dict(target: Target | None, secret: Secret) -> dict[str, object]:
    """What JSON says of a secret that is new in the registry, however it came there."""
    return {
        "target": str(target),
        "secret_id": secret.id,
        "type": secret.type,
        "value": secret.value,
        "description": secret.description,
        "created": instant_or_none(secret.created),
        "expiration": instant_or_none(secret.expiration),
    }


class Delivery(Protocol):
    """One way to the owner. ``delivered`` are the targets whose secret has arrived (or may have) and is still there."""

    @property
    def label(self) -> str:
        """What ``delivered_to`` calls it: ``stdout``, ``file``, ``keyring`` or ``command``."""

    @property
    def delivered(self) -> Sequence[Target]:
        """Whose secrets this way has delivered, and not taken back."""

    def prepare(self, targets: Sequence[Target]) -> None:
        """Find out early what would fail: DeliveryError."""

    def deliver(self, item: Deliverable) -> None:
        """Deliver one secret; DeliveryError when it did not arrive."""

    def finish(self) -> None:
        """After the last one: what is done once for all of them. DeliveryError."""

    def revoke(self) -> None:
        """Take back what can be taken back. Never raises."""


class Shipment:
    """All deliveries of one command; what cannot be taken back comes last, when everything else has worked.

    ``progress`` is told after each secret that one more is delivered.
    """

    def __init__(self, deliveries: Iterable[Delivery], *, progress: Callable[[int], None] | None = None) -> None:
        self._deliveries = tuple(deliveries)
        self._progress = progress

    @property
    def labels(self) -> tuple[str, ...]:
        """``delivered_to`` of the JSON."""
        return tuple(delivery.label for delivery in self._deliveries)

    @property
    def delivered(self) -> list[Target]:
        """Whose secrets are out there, by any way, in the order of their delivery."""
        return list(dict.fromkeys(target for delivery in self._deliveries for target in delivery.delivered))

    def prepare(self, targets: Sequence[Target]) -> None:
        """Prepare all ways; DeliveryError."""
        for delivery in self._deliveries:
            delivery.prepare(targets)

    def deliver(self, items: Sequence[Deliverable]) -> None:
        """Deliver every secret by one way, then by the next; DeliveryError at the first that does not arrive."""
        for delivery in self._deliveries:
            for item in items:
                delivery.deliver(item)
                if self._progress is not None and delivery is self._deliveries[-1]:
                    self._progress(1)
            delivery.finish()

    def revoke(self) -> None:
        """Take back what can be; what ``delivered`` still names afterwards is out there."""
        for delivery in self._deliveries:
            delivery.revoke()
