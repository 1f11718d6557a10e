"""Deliver, then commit: new secrets reach their owners before the registry knows them, or the registry never does."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from secretctl.errors import SecretctlError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from secretctl.delivery import Deliverable, Shipment
    from secretctl.model import Target
    from secretctl.stores import Edit, Store

_Result = TypeVar("_Result")

_IN_EFFECT = frozenset({"registry_not_synced"})
"""Errors of a store after which the new registry is in place all the same: its secrets must not be taken back."""


def deliver_then_commit(
    store: Store, shipment: Shipment, change: Callable[[Edit], tuple[_Result, Sequence[Deliverable]]]
) -> _Result:
    """One edit: ``change`` makes it, its secrets are delivered, and only then it takes effect.

    Where a delivery fails, nothing is written (DeliveryError); where writing fails, what was delivered is taken back as far
    as that is possible. Either way the error says by name whose secrets are out there and void, and an interrupt carries
    the same as a note (``__notes__``). One that comes while the registry is written may be too late: then what the registry
    holds decides, for a secret that is in force and taken back is lost.
    """
    items: Sequence[Deliverable] = ()
    writing = False
    try:
        with store.edit() as edit:
            result, items = change(edit)
            if items:
                shipment.prepare([item.target for item in items])
                shipment.deliver(items)
            writing = True
    except BaseException as exc:  # an interrupt too: what was delivered must be said
        if items:
            in_force = _in_force(exc, store, items[0]) if writing else False
            fate = _settle([item.target for item in items], shipment, in_force=in_force)
            if in_force is False and not (writing and isinstance(exc, SecretctlError)):  # a store says it by itself
                fate.insert(0, "The registry is unchanged")
            _tell(exc, ". ".join(fate))
            if in_force is not False and isinstance(exc, SecretctlError):
                exc.hint = None  # which may say that nothing was changed
        raise
    return result


def _in_force(exc: BaseException, store: Store, item: Deliverable) -> bool | None:
    """Whether a registry whose writing ended in ``exc`` has the new secret all the same; None where nobody can tell."""
    if isinstance(exc, SecretctlError) and exc.code.startswith("registry_"):
        return exc.code in _IN_EFFECT
    # A database's error may hide a commit: the answer got lost, or the lock could not be given back after it.
    try:
        with store.edit() as edit:  # which reads again
            principal = edit.find(*item.target)
    except Exception:  # noqa: BLE001 - the first exception is what counts
        return None
    return principal is not None and any(
        (known.id, known.value) == (item.secret.id, item.secret.value) for known in principal.secrets
    )


def _settle(targets: Sequence[Target], shipment: Shipment, *, in_force: bool | None) -> list[str]:
    """Take back what is void now, and say what became of each secret, by name."""
    if in_force:
        return ["The new secrets were delivered and are in the registry: keep them"]
    if in_force is None:
        until = "keep them until `secretctl secret list` shows them or not"
        return [f"It is not known whether the registry has the new secrets: {until}, for {_names(targets)}"]
    delivered = shipment.delivered
    shipment.revoke()
    left = shipment.delivered
    taken_back = [target for target in delivered if target not in set(left)]
    never = [target for target in targets if target not in set(delivered)]
    sentences = []
    if left:
        sentences.append(f"Handed out, not taken back, and void: {_names(left)}")
    if taken_back:
        sentences.append(f"Handed out, taken back, and void: {_names(taken_back)}")
    if never and len(targets) > 1:
        sentences.append(f"Not delivered: {_names(never)}")
    return sentences


def _names(targets: Sequence[Target]) -> str:
    return ", ".join(map(str, targets))


def _tell(exc: BaseException, fate: str) -> None:
    """Put the fate of the secrets into an error of ours; anything else gets it as a note."""
    if isinstance(exc, SecretctlError):
        exc.message = f"{exc.message}. {fate}"
        exc.args = (exc.message,)
    else:
        exc.add_note(fate)
