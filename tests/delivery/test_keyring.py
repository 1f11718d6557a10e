"""Delivery to the keyring, and reading from it: with back ends of their own, and with a real Secret Service."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked, PasswordDeleteError

import secretctl.delivery.keyring
from secretctl.crypto.shared_secret import hash_secret
from secretctl.delivery import read_from_keyring
from secretctl.delivery.keyring import KeyringDelivery, account_name, service_name
from secretctl.errors import DeliveryError, UnavailableError
from secretctl.model import JWK, SHARED_SECRET, Client, Secret, SecretText, StoredValue, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from secretctl.delivery import Deliverable

    Make = Callable[..., Deliverable]

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HASH = hash_secret(SecretText("x"), "sha256")


class Ring(KeyringBackend):
    """A back end as third parties write them."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the library has it without types
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.held.pop((service, username), None) is None:
            raise PasswordDeleteError("none")


class Garbling(Ring):
    """Keeps something else."""

    def set_password(self, service: str, username: str, password: str) -> None:
        super().set_password(service, username, password.upper())


class Unreadable(Ring):
    """Takes, but does not give."""

    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError("with a secret-that-must-not-show in its text")


class Locked(Ring):
    """Locked."""

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked("no")

    get_password = set_password  # type: ignore[assignment]  # locked for reading as well
    delete_password = set_password  # type: ignore[assignment]


@pytest.fixture
def ring() -> Iterator[Ring]:
    """A keyring in use."""
    before = keyring.get_keyring()
    ring = Ring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


def test_a_secret_is_kept_under_service_and_account(ring: Ring, make: Make) -> None:
    """Where `--from-keyring` finds it."""
    delivery = KeyringDelivery("prod")
    item = make("plain")
    delivery.prepare([item.target])
    delivery.deliver(item)
    delivery.finish()
    assert ring.held == {("secretctl/prod", "client/web#7f3a91c2"): "plain"}
    assert delivery.delivered == (item.target,)


def test_it_is_taken_back(ring: Ring, make: Make) -> None:
    """All of them, and what cannot be is named."""
    delivery = KeyringDelivery(None)
    delivery.deliver(make(id="a"))
    delivery.deliver(make(id="b"))
    assert list(delivery.delivered) == [Target("client", "a"), Target("client", "b")]
    assert {service for service, _ in ring.held} == {"secretctl/default"}
    delivery.revoke()
    assert ring.held == {}
    assert list(delivery.delivered) == []
    delivery.deliver(make(id="c"))
    ring.held.clear()
    delivery.revoke()
    assert list(delivery.delivered) == [Target("client", "c")]


@pytest.mark.parametrize(
    ("backend", "part", "left"),
    [
        (fail.Keyring, "this system has none", 0),
        (null.Keyring, "holds nothing", 0),
        (Locked, "locked", 0),
        (Garbling, "holds another one", 1),
        (Unreadable, "RuntimeError", 1),
    ],
)
def test_a_keyring_that_does_not_keep_it_fails(
    ring: Ring, make: Make, backend: type[KeyringBackend], part: str, left: int
) -> None:
    """No back end, one that silently drops, a locked one, a broken one."""
    keyring.set_keyring(backend())
    delivery = KeyringDelivery("prod")
    with pytest.raises(DeliveryError) as caught:
        delivery.deliver(make("secret-that-must-not-show"))
    assert caught.value.code == "keyring_failed"
    assert part in caught.value.message
    assert "must-not-show" not in caught.value.message
    assert caught.value.hint
    assert len(delivery.delivered) == left
    delivery.revoke()
    assert list(delivery.delivered) == []


def test_a_keyring_that_hangs_is_given_up(ring: Ring, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dialogue that nobody sees does not hold up a pipeline."""
    monkeypatch.setattr(secretctl.delivery.keyring, "PATIENCE", 0.05)
    wake = threading.Event()
    monkeypatch.setattr(ring, "set_password", lambda *_: wake.wait(30))
    with pytest.raises(DeliveryError, match="did not answer"):
        KeyringDelivery("prod").deliver(make())
    wake.set()


def test_an_interrupted_write_is_taken_back(ring: Ring, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be there by then."""
    join = threading.Thread.join

    def interrupted(thread: threading.Thread, timeout: float | None = None) -> None:
        join(thread, timeout)
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "join", interrupted)
    delivery = KeyringDelivery("prod")
    with pytest.raises(KeyboardInterrupt):
        delivery.deliver(make())
    assert ring.held
    delivery.revoke()
    assert ring.held == {}


def shared(id: str, *, created: datetime | None = None, expiration: datetime | None = None, **fields: str) -> Secret:
    """A shared secret."""
    value = StoredValue(fields.get("value", HASH))
    return Secret(id, fields.get("type", SHARED_SECRET), value, created=created, expiration=expiration)


def test_the_newest_usable_secret_that_it_holds_is_read(ring: Ring) -> None:
    """Newest first; what has no date counts as oldest, and later entries as newer."""
    day = timedelta(days=1)
    secrets = (
        shared("undated1"),
        shared("undated2"),
        shared("old", created=NOW - 9 * day),
        shared("new", created=NOW - day),
        shared("twin", created=NOW - day),
        shared("expired", created=NOW, expiration=NOW - day),
        shared("invalid", created=NOW, value="not a hash"),
        shared("key", created=NOW, type=JWK),
    )
    client = Client("web", secrets=secrets)
    for secret in secrets:
        ring.set_password(service_name("prod"), account_name(client.target, secret.id), f"text of {secret.id}")
    order = []
    while ring.held:
        try:
            text = read_from_keyring("prod", client, NOW).reveal()
        except UnavailableError:
            break
        order.append(text.removeprefix("text of "))
        ring.delete_password("secretctl/prod", account_name(client.target, order[-1]))
    assert order == ["twin", "new", "old", "undated2", "undated1"]


def test_a_keyring_without_it_says_where_it_looked(ring: Ring) -> None:
    """A principal without secrets is the same."""
    for client in (Client("web"), Client("web", secrets=(shared("s1"),))):
        with pytest.raises(UnavailableError, match="secretctl/prod") as caught:
            read_from_keyring("prod", client, NOW)
        assert caught.value.code == "keyring_holds_none"


def test_a_keyring_that_cannot_be_read(ring: Ring) -> None:
    """Status 3, as for any input."""
    keyring.set_keyring(Locked())
    with pytest.raises(UnavailableError) as caught:
        read_from_keyring("prod", Client("web", secrets=(shared("s1"),)), NOW)
    assert caught.value.code == "keyring_unavailable"
