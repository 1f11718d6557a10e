"""Files that are whole or not there: written beside the target, synced, then renamed over it.

A write that fails leaves the old file as it was. A failed ``fsync`` fails the write and is never tried again: after one,
the kernel may have dropped the data and report success the next time (PostgreSQL's "fsyncgate" of 2018).
"""

# Descriptors and flags, which pathlib does not have, throughout.
# ruff: noqa: PTH100, PTH105, PTH108, PTH116, PTH118, PTH123, PTH208
from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from secretctl.errors import UnavailableError
from secretctl.stores.file_lock import OPEN_FLAGS, try_lock
from secretctl.stores.shared_directory import resolved

if TYPE_CHECKING:
    from collections.abc import Iterator

_BINARY = getattr(os, "O_BINARY", 0)
_ACL = "system.posix_acl_access"
_NO_ACL = (getattr(errno, "ENODATA", -1), errno.ENOTSUP, errno.EOPNOTSUPP)
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


class ChangedError(OSError):
    """The file is no longer what it was read as; nothing was written."""


class NotSyncedError(OSError):
    """The new file is in place, but its directory could not be synced: after a crash the old one may be back."""


class OwnerError(OSError):
    """The file belongs to another user, and only that user or root can replace it and leave it theirs."""


def read_bytes(path: str) -> bytes:
    """All of a regular file, however large. OSError for anything else: a FIFO or a device is not waited for."""
    descriptor = os.open(path, os.O_RDONLY | (OPEN_FLAGS & ~getattr(os, "O_NOFOLLOW", 0)) | _BINARY)
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            error = errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL
            raise OSError(error, "it is a directory" if error == errno.EISDIR else "it is not a regular file", path)
        with open(descriptor, "rb", buffering=0, closefd=False) as file:
            return file.readall()
    finally:
        _close(descriptor)


def replace(path: str | os.PathLike[str], data: bytes, *, mode: int | None = None) -> None:
    """Write a report or another output file, whole or not at all.

    An existing file keeps its mode and owner, unless ``mode`` says otherwise; a new one gets ``mode``, or what the umask
    leaves. A symbolic link is followed, unless another user may have put it there (see ``shared_directory``). A device,
    FIFO or socket (``/dev/stdout``) is written to. Raises UnavailableError ``file_unwritable``.
    """
    try:
        real = resolved(path)
        if _is_special(path):
            with open(path, "wb", buffering=0) as file:
                _write_all(file.fileno(), data)
        else:
            swap(real, data, mode=mode)
    except NotSyncedError as exc:
        message = (
            f"{os.fspath(path)} is written as a whole, but its directory could not be synced to disk: {reason(exc)}"
        )
        raise UnavailableError("file_unwritable", message) from exc
    except OSError as exc:
        raise UnavailableError("file_unwritable", f"{os.fspath(path)} cannot be written: {reason(exc)}") from exc


def swap(path: str, data: bytes, *, mode: int | None = None, expected: bytes | None = None) -> None:
    """Put a file in the place of the one at ``path`` (links resolved already), durably, keeping mode, ACL and owner.

    With ``expected``, only while the old file still has these contents. Raises OSError with the old file as it was:
    ChangedError, OwnerError and whatever the system says; and NotSyncedError with the new one in place.
    """
    directory, name = os.path.split(path)
    old = _stat(path)
    if old is None and expected is not None:
        raise ChangedError(f"{path} is no longer there")
    with _open_directory(directory) as parent:
        with _temporary(directory, name, 0o666 if mode is None and old is None else 0o600) as (descriptor, temporary):
            _write_all(descriptor, data)
            if old is not None:
                _keep_access(descriptor, path, old)
            if mode is not None:
                _set_mode(descriptor, mode)
            _sync(descriptor, data)
            if expected is not None and not _still_has(path, expected):
                raise ChangedError(f"{path} was changed by somebody else")
            _rename(descriptor, temporary, path)
        try:
            _sync_directory(parent)
        except OSError as exc:
            raise NotSyncedError(exc.errno, exc.strerror, directory) from exc


def write_new(path: str | os.PathLike[str], data: bytes, *, mode: int = 0o600) -> None:
    """Make a new file, whole and durable. FileExistsError where anything is there, a dangling link too; else OSError.

    Nothing is left behind where it fails.
    """
    path = os.path.abspath(path)
    directory, name = os.path.split(path)
    with _open_directory(directory) as parent:
        with _temporary(directory, name, 0o600) as (descriptor, temporary):
            _write_all(descriptor, data)
            _set_mode(descriptor, mode)
            _sync(descriptor, data)
            _link(temporary, path)
        try:
            _sync_directory(parent)
        except OSError:
            with suppress(OSError):
                os.unlink(path)
            raise


def reason(exc: OSError) -> str:
    """What went wrong, in the system's words, for a message that names the file itself."""
    return exc.strerror or str(exc)


def _rename(descriptor: int, temporary: str, path: str) -> None:
    if sys.platform == "win32":  # pragma: no cover - an open file cannot be renamed there
        os.close(descriptor)
    os.replace(temporary, path)


def _set_mode(descriptor: int, mode: int) -> None:
    if sys.platform == "win32":  # pragma: no cover - modes mean nothing there
        return
    os.fchmod(descriptor, mode)


def _close(descriptor: int) -> None:
    """Close without a word: what was read, or synced and read back, is no longer at stake."""
    with suppress(OSError):
        os.close(descriptor)


def _link(temporary: str, path: str) -> None:
    """Give a finished file its name, if that is free. Some file systems have no links: there the name is taken first."""
    try:
        os.link(temporary, path)
    except OSError as exc:
        if exc.errno not in _NO_LINKS:
            raise
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | OPEN_FLAGS, 0o600))
        try:
            os.replace(temporary, path)
        except OSError:
            os.unlink(path)
            raise


@contextmanager
def _temporary(directory: str, name: str, mode: int) -> Iterator[tuple[int, str]]:
    """An open, locked file of ours in the directory, deleted on leaving unless it was renamed."""
    _delete_leftovers(directory, name)
    descriptor, path = _create(directory, name, mode)
    try:
        yield descriptor, path
    finally:
        _discard(descriptor, path)


def _create(directory: str, name: str, mode: int) -> tuple[int, str]:
    """The lock says that its writer lives. Between making and locking it another writer may take it for a leftover."""
    while True:
        path = os.path.join(directory, f".{name}.{os.urandom(8).hex()}.tmp")
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | OPEN_FLAGS | _BINARY
        descriptor = os.open(path, flags, mode)
        try:
            if sys.platform == "win32" or (try_lock(descriptor) and os.fstat(descriptor).st_nlink):
                return descriptor, path
        except BaseException:
            _discard(descriptor, path)
            raise
        _discard(descriptor, path)


def _discard(descriptor: int, path: str) -> None:
    """Delete a temporary file, if it still has its temporary name, and close it."""
    with suppress(OSError):
        os.unlink(path)
    _close(descriptor)


def _delete_leftovers(directory: str, name: str) -> None:
    """Temporary files of killed writers: named like ours, owned by us, locked by nobody. What cannot go may stay."""
    if sys.platform == "win32":  # pragma: no cover - there is no telling whose they are
        return
    with suppress(OSError):
        for entry in os.listdir(directory):
            if entry.startswith(f".{name}.") and entry.endswith(".tmp") and len(entry) == len(name) + 22:
                with suppress(OSError):
                    _delete_if_stale(os.path.join(directory, entry))


def _delete_if_stale(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY | OPEN_FLAGS)
    try:
        found = os.fstat(descriptor)
        if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and try_lock(descriptor):
            os.unlink(path)
    finally:
        _close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        written = os.write(descriptor, rest)
        if not written:
            raise OSError(errno.EIO, "nothing more is written")
        rest = rest[written:]


def _sync(descriptor: int, data: bytes) -> None:
    """To the disk, and read back: a file system that lost a part without an error must not cost the old file."""
    os.fsync(descriptor)
    os.lseek(descriptor, 0, os.SEEK_SET)
    with open(descriptor, "rb", buffering=0, closefd=False) as file:
        if file.readall() != data:
            raise OSError(errno.EIO, "what was written reads back as something else")


def _keep_access(descriptor: int, path: str, old: os.stat_result) -> None:
    """Owner, mode and access list of the old file. Without its list, a mode would open a file wider than it was."""
    if sys.platform == "win32":  # pragma: no cover - runs there only
        return
    mine = os.fstat(descriptor)
    if (mine.st_uid, mine.st_gid) != (old.st_uid, old.st_gid):
        try:
            os.fchown(descriptor, old.st_uid, old.st_gid)
        except PermissionError as exc:
            raise OwnerError(exc.errno, "it belongs to another user or group, and would not after this", path) from exc
    os.fchmod(descriptor, stat.S_IMODE(old.st_mode))
    if sys.platform != "linux":  # pragma: no cover - Python knows no access lists elsewhere
        return
    try:
        acl = os.getxattr(path, _ACL)
    except OSError as exc:
        if exc.errno not in _NO_ACL:
            raise
    else:
        os.setxattr(descriptor, _ACL, acl)


def _still_has(path: str, expected: bytes) -> bool:
    try:
        return read_bytes(path) == expected
    except FileNotFoundError:
        return False


def _stat(path: str | os.PathLike[str]) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _is_special(path: str | os.PathLike[str]) -> bool:
    found = _stat(path)
    return found is not None and not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode)


@contextmanager
def _open_directory(directory: str) -> Iterator[int]:
    """Opened before anything is written, so that only its sync can fail after the rename. -1 where there is no such thing."""
    if sys.platform == "win32":  # pragma: no cover - directories are not opened there
        yield -1
        return
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        _close(descriptor)


def _sync_directory(descriptor: int) -> None:
    if sys.platform == "win32":  # pragma: no cover - directories are not synced there
        return
    os.fsync(descriptor)
