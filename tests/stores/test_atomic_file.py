"""Files that are whole or not there, with the mode, owner and access list that they had."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import stat
import struct
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from secretctl.errors import UnavailableError
from secretctl.stores import atomic_file
from secretctl.stores.atomic_file import ChangedError, NotSyncedError, OwnerError, read_bytes, replace, swap, write_new
from secretctl.stores.file_lock import LockTimeoutError, locked, try_lock

if TYPE_CHECKING:
    from collections.abc import Callable

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for other users")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with mode 0640."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o640)
    return path


def mode_of(path: Path) -> int:
    """The permissions of a file."""
    return path.stat().st_mode & 0o7777


def test_swap_keeps_the_mode(path: Path) -> None:
    """The old mode stays, unless another is asked for; nothing else is left in the directory."""
    swap(str(path), b"new")
    assert (path.read_bytes(), mode_of(path)) == (b"new", 0o640)
    swap(str(path), b"newer", mode=0o600)
    assert (path.read_bytes(), mode_of(path)) == (b"newer", 0o600)
    assert list(path.parent.iterdir()) == [path]


def test_a_new_file_has_what_the_umask_leaves(tmp_path: Path) -> None:
    """Reports are for others to read, unless the umask or the caller says otherwise."""
    old = os.umask(0o027)
    try:
        replace(tmp_path / "a", b"x")
        replace(tmp_path / "b", b"x", mode=0o600)
    finally:
        os.umask(old)
    assert (mode_of(tmp_path / "a"), mode_of(tmp_path / "b")) == (0o640, 0o600)


@as_root
def test_swap_keeps_the_owner(path: Path) -> None:
    """Root's write leaves the file to whom it belongs."""
    os.chown(path, 1234, 4321)
    path.chmod(0o2640)
    swap(str(path), b"new")
    found = path.stat()
    assert (found.st_uid, found.st_gid, mode_of(path)) == (1234, 4321, 0o2640)


@as_root
def test_who_cannot_keep_the_owner_does_not_write() -> None:
    """Another user's file in a shared directory would change its owner: refused, and unchanged."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "file"
        path.write_bytes(b"old")
        path.parent.chmod(0o777)
        path.chmod(0o666)
        child = os.fork()
        if child == 0:
            os.setgroups([])
            os.setgid(65_534)
            os.setuid(65_534)
            try:
                swap(str(path), b"new")
            except OwnerError:
                os._exit(3)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
        assert path.read_bytes() == b"old"
        assert list(path.parent.iterdir()) == [path]


def test_swap_keeps_the_access_list(path: Path) -> None:
    """The group bits of a mode are the list's mask: without its list the file would open to the group."""
    owner, user, group, mask, other = 0x01, 0x02, 0x04, 0x10, 0x20
    nobody = 2**32 - 1
    entries = [(owner, 6, nobody), (user, 6, 1234), (group, 0, nobody), (mask, 6, nobody), (other, 0, nobody)]
    acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    try:
        os.setxattr(path, "system.posix_acl_access", acl)
    except OSError:
        pytest.skip("this file system has no access lists")
    swap(str(path), b"new")
    assert os.getxattr(path, "system.posix_acl_access") == acl
    assert mode_of(path) == 0o660


def test_swap_notices_other_writers(path: Path) -> None:
    """A file that is not what it was read as is not replaced."""
    for disturb in (lambda: path.write_bytes(b"other"), path.unlink):
        disturb()
        before = path.read_bytes() if path.exists() else None
        with pytest.raises(ChangedError):
            swap(str(path), b"new", expected=b"old")
        assert (path.read_bytes() if path.exists() else None) == before
        assert [entry for entry in path.parent.iterdir() if entry != path] == []


def test_changed_between_writing_and_renaming(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last look is right before the rename."""
    sync = os.fsync

    def meanwhile(descriptor: int) -> None:
        path.unlink()
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", meanwhile)
    with pytest.raises(ChangedError):
        swap(str(path), b"new", expected=b"old")
    assert list(path.parent.iterdir()) == []


def failing(
    monkeypatch: pytest.MonkeyPatch, name: str, error: int, when: Callable[..., bool] = lambda *_: True
) -> None:
    """Let a function of ``os`` fail, for the arguments that ``when`` picks out."""
    real = getattr(os, name)

    def fail(*arguments: object) -> object:
        if when(*arguments):
            raise OSError(error, os.strerror(error))
        return real(*arguments)

    monkeypatch.setattr(os, name, fail)


def is_directory(descriptor: int) -> bool:
    """Whether a directory is open there."""
    return stat.S_ISDIR(os.fstat(descriptor).st_mode)


def test_an_unsynced_directory(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The swapped file is in place, and the error says which; a new one is taken back."""
    failing(monkeypatch, "fsync", errno.EIO, is_directory)
    with pytest.raises(NotSyncedError):
        swap(str(path), b"new")
    assert path.read_bytes() == b"new"
    with pytest.raises(UnavailableError, match="written as a whole"):
        replace(path, b"newer")
    assert path.read_bytes() == b"newer"
    with pytest.raises(OSError):
        write_new(path.with_name("other"), b"new")
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(("name", "error"), [("fchown", errno.EPERM), ("getxattr", errno.EIO), ("fchmod", errno.EPERM)])
def test_access_that_cannot_be_kept(name: str, error: int, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is written that others could read, or that changed hands."""
    if name == "fchown" and os.geteuid() == 0:
        os.chown(path, 1234, 1234)
    elif name == "fchown":
        pytest.skip("the file is ours, and stays so")
    failing(monkeypatch, name, error)
    with pytest.raises(OSError):
        swap(str(path), b"new")
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("lie", [0, 1])
def test_a_write_that_lies(lie: int, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told to be written is read back before it counts."""
    monkeypatch.setattr(os, "write", lambda *_: lie)
    with pytest.raises(OSError) as caught:
        swap(str(path), b"new")
    assert caught.value.errno == errno.EIO
    assert path.read_bytes() == b"old"


def test_a_temporary_file_that_cannot_be_locked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is deleted again."""

    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(OSError):
        swap(str(path), b"new")
    assert list(path.parent.iterdir()) == [path]


def test_replace_follows_links(path: Path, tmp_path: Path) -> None:
    """The link stays, its target is replaced."""
    link = tmp_path / "link"
    link.symlink_to(path)
    replace(link, b"new")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"


@as_root
def test_what_another_user_put_into_a_shared_directory_is_not_used(tmp_path: Path) -> None:
    """A link in /tmp would choose the file that is overwritten; a file would keep its owner. Anybody's own are used."""
    victim, shared = tmp_path / "victim", tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    victim.write_bytes(b"old")
    links = {"link": victim, "dangling": tmp_path / "new", "relative": Path("../victim"), "folder": tmp_path}
    for name, target in links.items():
        (shared / name).symlink_to(target)
        os.lchown(shared / name, 65534, 65534)
    (shared / "file").write_bytes(b"theirs")
    os.chown(shared / "file", 65534, 65534)
    (tmp_path / "way").symlink_to(shared / "link")
    planted = [*(shared / name for name in ("link", "dangling", "relative", "folder/victim", "file")), tmp_path / "way"]
    for output in planted:
        with pytest.raises(UnavailableError, match="another user's"):
            replace(output, b"report")
    assert (victim.read_bytes(), (shared / "file").read_bytes()) == (b"old", b"theirs")
    assert not (tmp_path / "new").exists()
    (shared / "own").symlink_to("../victim")
    replace(shared / "own", b"report")
    assert victim.read_bytes() == b"report"
    shared.chmod(0o777)  # without the sticky bit the system cares as little, and neither do we
    replace(shared / "link", b"again")
    assert victim.read_bytes() == b"again"


def test_links_without_an_end(tmp_path: Path) -> None:
    """Are no way to hang."""
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(UnavailableError, match="cannot be written"):
        replace(tmp_path / "loop", b"report")


def test_replace_writes_to_what_is_no_file(tmp_path: Path) -> None:
    """A FIFO gets the bytes, as a device would; it is not replaced."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(fifo.read_bytes()))
    reader.start()
    replace(fifo, b"x" * 100_000)
    reader.join()
    assert received == [b"x" * 100_000]
    assert fifo.is_fifo()
    replace("/dev/null", b"x")
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize("name", ["", "missing/file", "directory", "x" * 300])
def test_replace_says_what_is_wrong(name: str, tmp_path: Path) -> None:
    """Whatever cannot be written is status 3."""
    (tmp_path / "directory").mkdir()
    with pytest.raises(UnavailableError) as caught:
        replace(tmp_path / name, b"x")
    assert caught.value.code == "file_unwritable"
    assert [entry.name for entry in tmp_path.iterdir()] == ["directory"]


def test_write_new_takes_nothing_away(path: Path, tmp_path: Path) -> None:
    """An existing file, directory or dangling link stays what it is."""
    (tmp_path / "link").symlink_to("nowhere")
    (tmp_path / "directory").mkdir()
    for name in ("file", "link", "directory"):
        with pytest.raises(FileExistsError):
            write_new(tmp_path / name, b"new")
    assert path.read_bytes() == b"old"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["directory", "file", "link"]


def test_write_new_is_private(tmp_path: Path) -> None:
    """0600, or exactly the mode that is asked for."""
    write_new(tmp_path / "a", b"x")
    write_new(tmp_path / "b", b"y", mode=0o644)
    assert (mode_of(tmp_path / "a"), mode_of(tmp_path / "b")) == (0o600, 0o644)
    assert (tmp_path / "a").stat().st_nlink == 1


@pytest.mark.parametrize("failing", ["", "replace"])
def test_write_new_without_links(failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On file systems that have no links the name is taken first; it is given back where that fails."""

    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    if failing:
        monkeypatch.setattr(os, "replace", refuse)
        with pytest.raises(PermissionError):
            write_new(tmp_path / "a", b"x")
        assert list(tmp_path.iterdir()) == []
        return
    write_new(tmp_path / "a", b"x")
    assert (tmp_path / "a").read_bytes() == b"x"
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "a", b"y")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_only_our_dead_leftovers_are_deleted(path: Path) -> None:
    """Those of living writers, of others, and what only looks alike stay."""

    def leftover(name: str) -> Path:
        found = path.with_name(name)
        found.write_bytes(b"half")
        return found

    dead = leftover(".file.0123456789abcdef.tmp")
    alive = leftover(".file.fedcba9876543210.tmp")
    others = [leftover(name) for name in (".file.tmp", "file.0123456789abcdef.tmp", ".other.0123456789abcdef.tmp")]
    link = path.with_name(".file.aaaaaaaaaaaaaaaa.tmp")
    link.symlink_to(path)
    directory = path.with_name(".file.bbbbbbbbbbbbbbbb.tmp")
    directory.mkdir()
    foreign = leftover(".file.cccccccccccccccc.tmp")
    if os.geteuid() == 0:
        os.chown(foreign, 1234, 1234)
    else:
        foreign.unlink()
    descriptor = os.open(alive, os.O_RDONLY)
    assert try_lock(descriptor)
    swap(str(path), b"new")
    os.close(descriptor)
    assert not dead.exists()
    assert alive.exists()
    assert all(other.exists() for other in [*others, link, directory])
    assert foreign.exists() == (os.geteuid() == 0)
    assert path.read_bytes() == b"new"


def test_a_temporary_file_that_was_taken_for_a_leftover(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deleted between making and locking it, it is made again."""
    names = iter([b"1" * 8, b"2" * 8])
    real = os.open

    def open_and_lose(name: str, *arguments: int) -> int:
        descriptor = real(name, *arguments)
        if "31" * 8 in str(name):
            Path(name).unlink()
        return descriptor

    monkeypatch.setattr(os, "urandom", lambda _: next(names))
    monkeypatch.setattr(os, "open", open_and_lose)
    swap(str(path), b"new")
    assert path.read_bytes() == b"new"


def test_reading_does_not_wait(tmp_path: Path) -> None:
    """FIFOs, sockets, devices and directories are no files to read."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        for name in (fifo, tmp_path / "s", "/dev/zero", tmp_path):
            with pytest.raises(OSError):
                read_bytes(str(name))


def test_reading_large_files(tmp_path: Path) -> None:
    """A registry may be as large as it likes."""
    (tmp_path / "large").write_bytes(b"x" * 3_000_000)
    assert len(read_bytes(str(tmp_path / "large"))) == 3_000_000


def test_one_holder_at_a_time(path: Path) -> None:
    """The second waits, then gives up; after the first it goes on. No lock file stays."""
    lock = path.with_name(".file.lock")
    with locked(str(path)):
        assert mode_of(lock) == 0o600
        with pytest.raises(LockTimeoutError), locked(str(path), wait=0.05):
            pass
    assert not lock.exists()
    with locked(str(path), wait=0):
        pass


def test_a_dead_holders_lock_file_is_used(path: Path) -> None:
    """It is there, but nobody holds it."""
    lock = path.with_name(".file.lock")
    lock.touch()
    with locked(str(path), wait=0):
        pass
    assert not lock.exists()


@pytest.mark.parametrize(
    "put_there",
    [lambda lock, path: lock.symlink_to(path), lambda lock, _: os.mkfifo(lock), lambda lock, _: lock.mkdir()],
)
def test_a_lock_file_that_is_none(put_there: Callable[[Path, Path], None], path: Path) -> None:
    """A link is not followed, a FIFO not waited for; the message says that it is about the lock."""
    put_there(path.with_name(".file.lock"), path)
    with pytest.raises(OSError, match=r"the lock file .* is not a regular file") as caught, locked(str(path)):
        pass
    assert not isinstance(caught.value, LockTimeoutError)
    assert path.read_bytes() == b"old"


def test_a_waiting_writer_finds_the_new_lock_file(path: Path) -> None:
    """Whoever gets the lock of a file that was deleted meanwhile tries again."""
    order: list[int] = []

    def write(number: int) -> None:
        with locked(str(path)):
            order.append(number)
            order.append(number)

    with locked(str(path)):
        threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()
    assert sorted(order) == [number for number in range(8) for _ in range(2)]
    assert all(a == b for a, b in zip(order[::2], order[1::2], strict=True))


def test_a_lock_that_vanishes_and_changes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Locked, but deleted or made anew by somebody: not the lock that others see."""
    lock = path.with_name(".file.lock")
    tricks = iter(["delete", "make anew"])
    real = os.open

    def open_and_disturb(name: str, *arguments: int) -> int:
        descriptor = real(name, *arguments)
        trick = next(tricks, None) if name == str(lock) else None
        if trick:
            lock.unlink()
        if trick == "make anew":
            lock.touch()
        return descriptor

    monkeypatch.setattr(os, "open", open_and_disturb)
    with locked(str(path), wait=1):
        assert lock.exists()


def test_reasons() -> None:
    """In the system's words, or our own."""
    assert atomic_file.reason(OSError(errno.ENOSPC, "No space left on device")) == "No space left on device"
    assert atomic_file.reason(OSError("only this")) == "only this"
