"""Delivery to new files that only their owner can read, written through to the disk."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from secretctl.delivery.formats import file_name, render
from secretctl.errors import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from secretctl.delivery import Deliverable
    from secretctl.delivery.formats import Format
    from secretctl.model import Target

# Not on every system; where O_NOFOLLOW is missing, O_EXCL refuses links to new files by itself.
_CAREFULLY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _CAREFULLY


class FileDelivery:
    """One secret into the new file ``path``, or, with ``directory``, each into a new file of its own in there.

    Files are 0600 whatever the umask; the directory and those above it are made where they are not there, 0700 each.
    An existing file is never touched.
    """

    label = "file"

    def __init__(self, path: Path, format: Format = "raw", *, directory: bool = False) -> None:
        self._path = path
        self._format: Format = format
        self._directory = directory
        self._made: list[Path] = []
        self._written: dict[Target, tuple[Path, tuple[int, int], bytes]] = {}

    @property
    def delivered(self) -> Sequence[Target]:
        """Whose files are there."""
        return tuple(self._written)

    def prepare(self, targets: Sequence[Target]) -> None:
        """Refuse what exists, make the directory: DeliveryError ``file_exists`` or ``file_unwritable``."""
        if self._directory and targets:
            self._make_directory()
        self.check(targets)

    def check(self, targets: Sequence[Target]) -> None:
        """The same refusal, with nothing made."""
        if self._directory and targets and os.path.lexists(self._path) and not self._path.is_dir():
            hint = "with several secrets, --out names a directory"
            raise DeliveryError("file_exists", f"{str(self._path)!a} exists already", hint=hint)
        for target in targets:
            path = self._path_for(target)
            if os.path.lexists(path):
                raise self._exists(path)

    def deliver(self, item: Deliverable) -> None:
        """Write one file; nothing is left of one that could not be written."""
        data = render(self._format, item).encode("utf-8")
        path = self._path_for(item.target)
        try:
            with _uninterrupted():  # a file that is there, and that nobody knows of, would not be taken back
                descriptor = os.open(path, _NEW, 0o600)
                self._written[item.target] = (path, _identity(os.fstat(descriptor)), data)
        except FileExistsError:
            raise self._exists(path) from None
        except OSError as exc:
            raise _unwritable(path, exc) from exc
        try:
            # Whatever the umask took; by the descriptor where that is possible, which Path.chmod does not know.
            os.chmod(descriptor if os.chmod in os.supports_fd else path, 0o600)  # noqa: PTH101
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        except OSError as exc:
            self._remove(item.target)
            raise _unwritable(path, exc) from exc
        finally:
            os.close(descriptor)

    def finish(self) -> None:
        """See all files through to the disk and read them back, then their names.

        Hundreds of files are synced after all of them are written: the first sync writes most of them, in one go.
        """
        for path, identity, data in self._written.values():
            _sync(path, os.O_RDWR, identity, data)
        if self._written and os.name == "posix":
            _sync(self._path if self._directory else self._path.parent, os.O_RDONLY)
            for directory in self._made:
                _sync(directory.parent, os.O_RDONLY)

    def revoke(self) -> None:
        """Delete the files that are still where and what they were."""
        for target in list(self._written):
            self._remove(target)
        with suppress(OSError):  # somebody else's files may be in there by now
            while self._made:
                self._made[-1].rmdir()
                self._made.pop()

    def _make_directory(self) -> None:
        """The directory, from the outermost that is missing; ``_made`` has those that did not exist."""
        missing = [directory for directory in (self._path, *self._path.parents) if not os.path.lexists(directory)]
        try:
            for directory in reversed(missing):
                with suppress(FileExistsError):  # somebody else was faster
                    directory.mkdir(mode=0o700)
                    self._made.append(directory)
        except OSError as exc:
            raise _unwritable(self._path, exc) from exc

    def _exists(self, path: Path) -> DeliveryError:
        what = "another directory, or empty this one" if self._directory else "a new file"
        hint = f"name {what}; an existing file is never overwritten"
        return DeliveryError("file_exists", f"{str(path)!a} exists already", hint=hint)

    def _path_for(self, target: Target) -> Path:
        return self._path / file_name(target, self._format) if self._directory else self._path

    def _remove(self, target: Target) -> None:
        path, identity, _ = self._written[target]
        with suppress(OSError):  # it stays in `delivered`, which says so
            if _identity(path.lstat()) == identity:
                path.unlink()
                del self._written[target]


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C waits until the end of this."""
    if os.name != "posix":  # pragma: no cover - signals cannot be held back there
        yield
        return
    from signal import SIG_BLOCK, SIG_SETMASK, SIGINT, pthread_sigmask

    before = pthread_sigmask(SIG_BLOCK, {SIGINT})
    try:
        yield
    finally:
        pthread_sigmask(SIG_SETMASK, before)


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _sync(path: Path, flags: int, identity: tuple[int, int] | None = None, data: bytes | None = None) -> None:
    """See a file or directory through to the disk: DeliveryError, also where it is another one by now, or holds less."""
    try:
        descriptor = os.open(path, flags | _CAREFULLY)
        try:
            if identity is not None and _identity(os.fstat(descriptor)) != identity:
                raise OSError(errno.ESTALE, "somebody replaced it")
            _sync_open(descriptor)
            if data is not None and os.read(descriptor, len(data) + 1) != data:
                raise OSError(errno.EIO, "what was written reads back as something else")
        finally:
            os.close(descriptor)
    except OSError as exc:
        raise _unwritable(path, exc) from exc


def _sync_open(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as exc:
        if exc.errno != errno.EINVAL:  # a file system that knows nothing of it
            raise


def _unwritable(path: Path, exc: OSError) -> DeliveryError:
    return DeliveryError(
        "file_unwritable",
        f"{str(path)!a} cannot be written: {exc.strerror or type(exc).__name__}",
        hint="check the directory and its permissions",
    )
