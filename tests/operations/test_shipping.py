"""Deliver, then commit."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from secretctl.delivery import Shipment
from secretctl.delivery.file import FileDelivery
from secretctl.delivery.stdout import StdoutDelivery
from secretctl.errors import DeliveryError, NotFoundError, UnavailableError
from secretctl.model import Client
from secretctl.operations.rotation import rotate
from secretctl.operations.secrets import Wish, add_secret
from secretctl.operations.selection import Selection
from secretctl.stores.sql import create_schema, open_sql
from secretctl.stores.toml.store import TomlStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from secretctl.delivery import Deliverable

NOW = datetime(2026, 6, 1, tzinfo=UTC)
REGISTRY = "schema = 1\n[clients.a]\n[clients.b]\n"


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    """A registry with two clients."""
    path = tmp_path / "secretctl.toml"
    path.write_text(REGISTRY, encoding="utf-8")
    return path


class Collected:
    """What was written to stdout."""

    def __init__(self) -> None:
        self.items: list[Deliverable] = []

    def __call__(self, items: Sequence[Deliverable]) -> None:
        self.items.extend(items)


def test_nothing_is_delivered_where_nothing_can_be_added(registry: Path) -> None:
    """An unknown target is found out first."""
    collected = Collected()
    with pytest.raises(NotFoundError):
        add_secret(TomlStore(registry), "nobody", Wish(), shipment=Shipment([StdoutDelivery(collected)]), now=NOW)
    assert collected.items == []


def test_the_lock_is_held_while_secrets_are_delivered(registry: Path) -> None:
    """Nobody can change the registry between plan and write."""
    from secretctl.stores.file_lock import LockTimeoutError, locked

    seen = []

    def deliver(_: Sequence[Deliverable]) -> None:
        with pytest.raises(LockTimeoutError), locked(str(registry), wait=0):
            pass
        seen.append(registry.read_text(encoding="utf-8"))

    add_secret(TomlStore(registry), "a", Wish(), shipment=Shipment([StdoutDelivery(deliver)]), now=NOW)
    assert seen == [REGISTRY], "the registry is not written before the secret is delivered"


def test_a_write_that_fails_takes_files_back(registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error keeps its status, says that the secrets are void, and says once that the registry is as it was."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    monkeypatch.setattr(os, "rename", fail)
    out = tmp_path / "out"
    with pytest.raises(UnavailableError, match="taken back, and void: client/a, client/b") as caught:
        rotate(
            TomlStore(registry),
            Selection(("a", "b")),
            Wish(),
            overlap=None,
            shipment=Shipment([FileDelivery(out, directory=True)]),
            now=NOW,
        )
    assert str(caught.value) == caught.value.message
    assert str(caught.value).count("unchanged") == 1
    assert not out.exists()
    assert registry.read_text(encoding="utf-8") == REGISTRY


def test_a_registry_that_is_in_place_but_not_synced_keeps_what_was_delivered(
    registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new secret is in force: taking it back would lose it."""
    fsync = os.fsync

    def no_directories(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, "Input/output error")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", no_directories)
    collected = Collected()
    with pytest.raises(UnavailableError, match="in the registry: keep them") as caught:
        add_secret(TomlStore(registry), "a", Wish(), shipment=Shipment([StdoutDelivery(collected)]), now=NOW)
    assert caught.value.code == "registry_not_synced"
    principal = TomlStore(registry).find("client", "a")
    assert principal is not None
    assert principal.secrets == (collected.items[0].secret,)


@pytest.mark.parametrize("committed", [True, False])
def test_a_commit_that_answers_with_an_error(committed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite may have committed when it cannot give its lock back: what the database holds decides."""
    url = f"sqlite:///{tmp_path / 'id.db'}"
    create_schema(url, "duende")
    with open_sql(url).edit() as edit:
        edit.add(Client("a"))
    run, out = sa.Connection.exec_driver_sql, tmp_path / "out"

    def failing(connection: sa.Connection, statement: str, *arguments: Any, **options: Any) -> Any:
        if statement != "COMMIT" or not out.exists():  # what only read commits, too
            return run(connection, statement, *arguments, **options)
        monkeypatch.undo()
        if committed:
            run(connection, statement)
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_UNLOCK
        raise sa.exc.OperationalError(statement, None, error)

    monkeypatch.setattr(sa.Connection, "exec_driver_sql", failing)
    with pytest.raises(UnavailableError) as caught:
        add_secret(open_sql(url), "a", Wish(), shipment=Shipment([FileDelivery(out)]), now=NOW)
    principal = open_sql(url).find("client", "a")
    assert principal is not None
    assert len(principal.secrets) == out.exists() == committed
    assert ("keep them" in caught.value.message) is committed
    assert (caught.value.hint is None) is committed


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("a bug")])
def test_an_interrupt_carries_the_fate_of_each_secret(registry: Path, tmp_path: Path, error: BaseException) -> None:
    """As a note, since it is no error of ours."""

    def interrupted(_: Sequence[Deliverable]) -> None:
        raise error

    out = tmp_path / "out"
    with pytest.raises(type(error)) as caught:
        add_secret(
            TomlStore(registry),
            "a",
            Wish(),
            shipment=Shipment([FileDelivery(out), StdoutDelivery(interrupted)]),
            now=NOW,
        )
    assert caught.value.__notes__ == ["The registry is unchanged. Handed out, taken back, and void: client/a"]
    assert not out.exists()


def test_an_interrupt_that_comes_too_late_takes_nothing_back(
    registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new registry is in place: a secret that is in force and taken back would be lost."""
    fsync = os.fsync

    def interrupted(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode) and registry.read_text(encoding="utf-8") != REGISTRY:
            monkeypatch.setattr(os, "fsync", fsync)
            raise KeyboardInterrupt
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", interrupted)
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt) as caught:
        add_secret(TomlStore(registry), "a", Wish(), shipment=Shipment([FileDelivery(out)]), now=NOW)
    assert caught.value.__notes__ == ["The new secrets were delivered and are in the registry: keep them"]
    assert out.exists()
    principal = TomlStore(registry).find("client", "a")
    assert principal is not None
    assert len(principal.secrets) == 1


def test_an_interrupt_just_before_the_new_registry_is_in_place(
    registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the registry holds decides: nothing new, so it is all void."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt) as caught:
        add_secret(TomlStore(registry), "a", Wish(), shipment=Shipment([FileDelivery(out)]), now=NOW)
    assert caught.value.__notes__ == ["The registry is unchanged. Handed out, taken back, and void: client/a"]
    assert not out.exists()
    assert registry.read_text(encoding="utf-8") == REGISTRY


def test_where_nobody_can_tell_everything_is_kept(
    registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The registry cannot be read after the interrupt."""

    def interrupted(*_: object, **__: object) -> None:
        registry.unlink()
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt) as caught:
        add_secret(TomlStore(registry), "a", Wish(), shipment=Shipment([FileDelivery(out)]), now=NOW)
    assert "not known whether" in caught.value.__notes__[0]
    assert out.exists()


def test_secrets_in_a_database_are_delivered_with_the_ids_of_their_rows(tmp_path: Path) -> None:
    """Which exist after the insert only; a failed delivery rolls it back."""
    url = f"sqlite:///{tmp_path / 'id.db'}"
    create_schema(url, "duende")
    store = open_sql(url)
    with store.edit() as edit:
        edit.add(Client("a"))
    collected = Collected()
    added = add_secret(store, "a", Wish(), shipment=Shipment([StdoutDelivery(collected)]), now=NOW)
    assert collected.items == [added.item]

    def full(_: Sequence[Deliverable]) -> None:
        raise DeliveryError("stdout_unwritable", "full")

    with pytest.raises(DeliveryError):
        add_secret(store, "a", Wish(), shipment=Shipment([StdoutDelivery(full)]), now=NOW)
    principal = open_sql(url).find("client", "a")
    assert principal is not None
    assert [secret.id for secret in principal.secrets] == [added.item.secret.id]
