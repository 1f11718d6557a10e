"""One writer at a time: an advisory lock on a file beside the one that is written.

The lock file is ``.NAME.lock``, mode 0600, there only while somebody writes. A lock on the file itself would not do:
a writer replaces it, and the next one would lock a file that nobody sees any more.
"""

# Descriptors and flags, which pathlib does not have, throughout.
# ruff: noqa: PTH108, PTH116, PTH118
from __future__ import annotations

import errno
import os
import stat
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK_WAIT = 10.0
"""Seconds that a writer waits for another one."""

_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.005, 0.05

# Not through a link that somebody else put there, not into programs that are started, not waiting on a FIFO.
OPEN_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)


class LockTimeoutError(OSError):
    """Another writer held the lock all the time."""


@contextmanager
def locked(path: str, *, wait: float = LOCK_WAIT) -> Iterator[None]:
    """Holds the lock of the file at ``path`` (links resolved already), waiting up to ``wait`` seconds for it.

    Raises LockTimeoutError, and OSError where the lock file cannot be made. The kernel drops a killed process's lock;
    the file it leaves is used and deleted by the next writer.
    """
    directory, name = os.path.split(path)
    lock = os.path.join(directory, f".{name}.lock")
    descriptor = _acquire(lock, time.monotonic() + wait)
    try:
        yield
    finally:
        # Deleted while it is held: whoever waits for it finds out by its inode, and makes a new one. Windows does not
        # delete open files; there it stays.
        with suppress(OSError):
            os.unlink(lock)
        with suppress(OSError):
            os.close(descriptor)


def try_lock(descriptor: int) -> bool:
    """Lock an open file until it is closed; False where another process has it."""
    if sys.platform == "win32":  # pragma: no cover - runs there only
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
    else:
        import fcntl

        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _acquire(lock: str, deadline: float) -> int:
    pause = _SHORTEST_PAUSE
    while True:
        try:
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | OPEN_FLAGS, 0o600)
        except OSError as exc:
            if exc.errno in {errno.EISDIR, errno.ELOOP}:  # not those of the file that is to be written
                raise _no_file(lock) from exc
            raise
        try:
            if try_lock(descriptor) and _is_there(lock, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        if time.monotonic() >= deadline:
            raise LockTimeoutError(f"another writer holds {lock}")
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _is_there(lock: str, descriptor: int) -> bool:
    """Whether the path still leads to the open file, and to a file: its last holder may have deleted it."""
    try:
        found = os.stat(lock, follow_symlinks=False)
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(found.st_mode):
        raise _no_file(lock)
    return os.path.samestat(found, os.fstat(descriptor))


def _no_file(lock: str) -> OSError:
    return OSError(f"the lock file {lock} is not a regular file")
