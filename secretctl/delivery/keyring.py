"""Delivery to the system's keyring, read back after writing; and reading from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from secretctl.errors import DeliveryError, UnavailableError
from secretctl.model import SecretText

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from secretctl.delivery import Deliverable
    from secretctl.model import Principal, Target

PATIENCE = 30.0
"""Seconds that a keyring gets to answer: enough to type its password, not for a dialogue that nobody sees."""
DEFAULT_NAME = "default"
"""Stands in the service's name for a registry without one."""
_HINT = "unlock or install a keyring (see `python -m keyring --list-backends`), or deliver with --out or --pipe-to"

_Result = TypeVar("_Result")


class KeyringProblem(Exception):  # noqa: N818 - a reason, which its callers make an error of
    """Why the keyring did not do it. Its text names no secret."""


class KeyringDelivery:
    """Keeps each secret as service ``secretctl/<name>``, account ``client/ID#SID``, and reads it back."""

    label = "keyring"

    def __init__(self, registry_name: str | None) -> None:
        self._service = service_name(registry_name)
        self._accounts: dict[Target, str] = {}

    @property
    def delivered(self) -> Sequence[Target]:
        """Whose secrets the keyring holds."""
        return tuple(self._accounts)

    def prepare(self, targets: Sequence[Target]) -> None:
        """Nothing is left to find out: writing and reading back shows it all."""

    def deliver(self, item: Deliverable) -> None:
        """Write, and read back: DeliveryError ``keyring_failed`` where it is not the same."""
        account = account_name(item.target, item.secret.id)
        try:
            _in_time(lambda: _write(self._service, account, item.text))
        except KeyringProblem as exc:
            raise DeliveryError("keyring_failed", f"the keyring did not take the secret: {exc}", hint=_HINT) from None
        except BaseException:  # Ctrl-C: it may be there, so it has to be taken back
            self._accounts[item.target] = account
            raise
        self._accounts[item.target] = account
        try:
            kept = _in_time(lambda: _read(self._service, account))
        except KeyringProblem as exc:
            raise DeliveryError("keyring_failed", f"the keyring cannot be read back: {exc}", hint=_HINT) from None
        if kept is None:
            del self._accounts[item.target]
            raise DeliveryError("keyring_failed", "the keyring took the secret, and holds nothing now", hint=_HINT)
        if kept != item.text:
            raise DeliveryError("keyring_failed", "the keyring took the secret, and holds another one now", hint=_HINT)

    def finish(self) -> None:
        """Nothing to do."""

    def revoke(self) -> None:
        """Delete the entries."""
        for target, account in list(self._accounts.items()):
            try:
                _in_time(lambda account=account: _delete(self._service, account))  # type: ignore[misc]
            except KeyringProblem:
                return  # it will not take the others back either
            del self._accounts[target]


def service_name(registry_name: str | None) -> str:
    """The keyring's service for a registry."""
    return f"secretctl/{registry_name or DEFAULT_NAME}"


def account_name(target: Target, secret_id: str) -> str:
    """The keyring's account (or user name) for a secret."""
    return f"{target}#{secret_id}"


def read_from_keyring(registry_name: str | None, principal: Principal, now: datetime) -> SecretText:
    """The plaintext of the newest usable shared secret (see ``newest_first``) that the keyring holds one for.

    UnavailableError: ``keyring_unavailable``, ``keyring_holds_none``.
    """
    from secretctl.crypto.newest import newest_first

    service, target = service_name(registry_name), principal.target
    accounts = [account_name(target, secret.id) for secret in newest_first(principal.secrets, now)]
    try:
        text = _in_time(lambda: _first_held(service, accounts)) if accounts else None
    except KeyringProblem as exc:
        raise UnavailableError("keyring_unavailable", f"the keyring cannot be read: {exc}", hint=_HINT) from None
    if text is None:
        raise UnavailableError(
            "keyring_holds_none",
            f"the keyring holds no usable secret of {target} (service {service})",
            hint="it was put there with --keyring, by the user who runs this; or use another secret source",
        )
    return text


def _first_held(service: str, accounts: Sequence[str]) -> SecretText | None:
    return next((text for account in accounts if (text := _read(service, account)) is not None), None)


def _read(service: str, account: str) -> SecretText | None:
    import keyring

    text = keyring.get_password(service, account)
    return None if text is None else SecretText(text)


def _write(service: str, account: str, secret: SecretText) -> None:
    import keyring

    keyring.set_password(service, account, secret.reveal())


def _delete(service: str, account: str) -> None:
    import keyring

    keyring.delete_password(service, account)


def _in_time(action: Callable[[], _Result]) -> _Result:
    """What ``action`` gives, or KeyringProblem: back ends raise what they like, and wait for dialogues that nobody sees."""
    from threading import Thread

    results: list[_Result] = []
    problems: list[str] = []

    def run() -> None:
        try:
            results.append(action())
        except Exception as exc:  # noqa: BLE001 - third-party back ends; the text could hold what was to be kept
            problems.append(_reason(exc))

    thread = Thread(target=run, daemon=True)  # one that hangs does not keep the process
    thread.start()
    thread.join(PATIENCE)
    if results:
        return results[0]
    raise KeyringProblem(problems[0] if problems else f"it did not answer within {PATIENCE:.0f} s; it may be locked")


def _reason(exc: Exception) -> str:
    from keyring.errors import KeyringLocked, NoKeyringError

    if isinstance(exc, NoKeyringError):
        return "this system has none"
    if isinstance(exc, KeyringLocked):
        return "it is locked"
    return f"it failed ({type(exc).__name__})"
