"""Delivery to files."""

from __future__ import annotations

import errno
import os
import signal
import stat
from typing import TYPE_CHECKING, Any

import pytest

from secretctl.delivery.file import FileDelivery
from secretctl.errors import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from secretctl.delivery import Deliverable

    Make = Callable[..., Deliverable]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_a_new_file_is_only_its_owners(tmp_path: Path, make: Make, umask: int) -> None:
    """0600 whatever the umask."""
    path = tmp_path / "secret"
    delivery = FileDelivery(path)
    item = make("plain")
    old = os.umask(umask)
    try:
        delivery.prepare([item.target])
        delivery.deliver(item)
        delivery.finish()
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes() == b"plain"
    assert delivery.delivered == (item.target,)


@pytest.mark.parametrize("kind", ["file", "dangling link", "directory", "pipe"])
def test_what_exists_is_never_touched(tmp_path: Path, make: Make, kind: str) -> None:
    """Found out before anything is delivered, and once more when it is."""
    path = tmp_path / "secret"
    if kind == "file":
        path.write_text("old", encoding="utf-8")
    elif kind == "dangling link":
        path.symlink_to(tmp_path / "elsewhere")
    elif kind == "directory":
        path.mkdir()
    else:
        os.mkfifo(path)
    delivery = FileDelivery(path)
    with pytest.raises(DeliveryError) as caught:
        delivery.prepare([make().target])
    assert caught.value.code == "file_exists"
    with pytest.raises(DeliveryError) as caught:
        delivery.deliver(make())
    assert caught.value.code == "file_exists"
    delivery.revoke()
    assert not (tmp_path / "elsewhere").exists()
    assert kind != "file" or path.read_text(encoding="utf-8") == "old"
    assert path.is_symlink() or path.exists()


def test_a_directory_that_is_missing(tmp_path: Path, make: Make) -> None:
    """For one file it is a mistake."""
    delivery = FileDelivery(tmp_path / "no" / "secret")
    delivery.prepare([make().target])
    with pytest.raises(DeliveryError) as caught:
        delivery.deliver(make())
    assert caught.value.code == "file_unwritable"


def test_several_secrets_go_into_a_directory_of_their_own(tmp_path: Path, make: Make) -> None:
    """0700 where it is new, those above it, too; a file for each."""
    directory = tmp_path / "new" / "2026-11-20"
    delivery = FileDelivery(directory, directory=True)
    items = [make("one", id="a"), make("two", id="A"), make("three", id="a", kind="resource")]
    delivery.prepare([item.target for item in items])
    for item in items:
        delivery.deliver(item)
    delivery.finish()
    assert {stat.S_IMODE(made.stat().st_mode) for made in (directory, directory.parent)} == {0o700}
    assert sorted(path.read_text(encoding="utf-8") for path in directory.iterdir()) == ["one", "three", "two"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()} == {0o600}


def test_a_directory_may_exist_but_not_as_a_file(tmp_path: Path, make: Make) -> None:
    """And where it cannot be made, that is said."""
    FileDelivery(tmp_path, directory=True).prepare([make().target])
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DeliveryError) as caught:
        FileDelivery(tmp_path / "file", directory=True).prepare([make().target])
    assert caught.value.code == "file_exists"
    with pytest.raises(DeliveryError) as caught:
        FileDelivery(tmp_path / "file" / "dir", directory=True).prepare([make().target])
    assert caught.value.code == "file_unwritable"


def test_a_file_of_an_earlier_run_is_never_overwritten(tmp_path: Path, make: Make) -> None:
    """The way out is another directory."""
    FileDelivery(tmp_path, directory=True).deliver(make())
    with pytest.raises(DeliveryError) as caught:
        FileDelivery(tmp_path, directory=True).prepare([make().target])
    assert caught.value.code == "file_exists"
    assert str(caught.value.hint).startswith("name another directory, or empty this one")


def test_nothing_to_deliver_makes_no_directory(tmp_path: Path) -> None:
    """An empty list is no reason for one."""
    delivery = FileDelivery(tmp_path / "new", directory=True)
    delivery.prepare([])
    delivery.finish()
    assert not (tmp_path / "new").exists()


def test_files_are_taken_back(tmp_path: Path, make: Make) -> None:
    """And the directories with them that are empty and were made here."""
    (tmp_path / "kept").mkdir()
    delivery = FileDelivery(tmp_path / "kept" / "new" / "here", directory=True)
    delivery.prepare([make().target])
    delivery.deliver(make())
    delivery.revoke()
    assert [path.name for path in tmp_path.rglob("*")] == ["kept"]
    assert delivery.delivered == ()


@pytest.mark.skipif(os.name != "posix", reason="signals cannot be held back there")
def test_an_interrupt_leaves_no_file_that_nobody_knows_of(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C the moment the file is there: it is taken back, and not in the way of the next attempt."""
    made = os.open

    def open_interrupted(*arguments: Any) -> int:
        descriptor = made(*arguments)
        signal.raise_signal(signal.SIGINT)
        return descriptor

    delivery = FileDelivery(tmp_path / "secret")
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(os, "open", open_interrupted)
            with pytest.raises(KeyboardInterrupt):
                delivery.deliver(make())
    finally:
        signal.signal(signal.SIGINT, handler)
    delivery.revoke()
    assert list(tmp_path.iterdir()) == []
    assert delivery.delivered == ()


def test_what_somebody_moved_or_replaced_is_not_taken_back(tmp_path: Path, make: Make) -> None:
    """It is said to be out there."""
    directory = tmp_path / "new"
    delivery = FileDelivery(directory, directory=True)
    moved, replaced = make(id="moved"), make(id="replaced")
    delivery.prepare([moved.target])
    delivery.deliver(moved)
    delivery.deliver(replaced)
    (directory / "client-moved.secret").rename(tmp_path / "taken")
    other = tmp_path / "other"
    other.write_text("mine", encoding="utf-8")
    other.rename(directory / "client-replaced.secret")
    delivery.revoke()
    assert list(delivery.delivered) == [moved.target, replaced.target]
    assert (directory / "client-replaced.secret").read_text(encoding="utf-8") == "mine"


def fail(*_: object) -> int:
    """A disk without room."""
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_file_that_cannot_be_written_to_the_end_is_not_left(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk."""
    monkeypatch.setattr(os, "write", fail)
    delivery = FileDelivery(tmp_path / "secret")
    with pytest.raises(DeliveryError, match="No space left") as caught:
        delivery.deliver(make())
    assert caught.value.code == "file_unwritable"
    assert list(tmp_path.iterdir()) == []
    assert list(delivery.delivered) == []


def test_a_file_that_does_not_reach_the_disk_fails(tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some file systems say only then that they are full."""
    delivery = FileDelivery(tmp_path / "secret")
    delivery.deliver(make())
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(DeliveryError, match="No space left"):
        delivery.finish()
    delivery.revoke()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_somebody_replaced_is_not_delivered(tmp_path: Path, make: Make) -> None:
    """Nor one that is gone."""
    delivery = FileDelivery(tmp_path / "secret")
    delivery.deliver(make())
    (tmp_path / "secret").rename(tmp_path / "moved")
    with pytest.raises(DeliveryError):
        delivery.finish()
    (tmp_path / "secret").write_text("mine", encoding="utf-8")
    with pytest.raises(DeliveryError, match="replaced"):
        delivery.finish()


def test_short_writes_are_continued(tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operating system may take a byte at a time."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:1]))
    FileDelivery(tmp_path / "secret").deliver(make("whole secret"))
    assert (tmp_path / "secret").read_bytes() == b"whole secret"


def test_a_write_that_lies_is_no_delivery(tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written is read back: a client's only secret may depend on it."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:1]) and len(data))
    delivery = FileDelivery(tmp_path / "secret")
    delivery.deliver(make("whole secret"))
    with pytest.raises(DeliveryError, match="reads back as something else"):
        delivery.finish()
    delivery.revoke()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("number", "fails"), [(errno.EIO, True), (errno.EINVAL, False)])
def test_a_directory_that_does_not_sync(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch, number: int, fails: bool
) -> None:
    """An error fails; a file system that does not know it does not."""
    delivery = FileDelivery(tmp_path / "secret")
    delivery.deliver(make())

    def fail(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, "no")

    monkeypatch.setattr(os, "fsync", fail)
    if fails:
        with pytest.raises(DeliveryError):
            delivery.finish()
    else:
        delivery.finish()
