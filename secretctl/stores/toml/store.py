"""The registry file: one TOML document, checked whole before it answers, changed by exact spans, replaced whole.

Nothing that only reads ever writes. What an edit did not touch survives byte for byte.
"""

# Paths stay as they were given.
# ruff: noqa: PTH116, PTH120
from __future__ import annotations

import gc
import os
import stat
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from secretctl.errors import ConflictError, UnavailableError
from secretctl.model import KINDS, Target
from secretctl.stores import Note, atomic_file
from secretctl.stores.file_lock import LOCK_WAIT, LockTimeoutError, locked
from secretctl.stores.toml.document import principal_tables, read_principal
from secretctl.stores.toml.edit import Source, TomlEdit
from secretctl.stores.toml.pipe import is_pipe, read_bytes
from secretctl.stores.toml.settings import check_schema, read_settings
from secretctl.stores.toml.values import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from secretctl.model import Kind, Principal
    from secretctl.settings import Settings
    from secretctl.stores.toml.values import Data

_BOM = b"\xef\xbb\xbf"
_SQLITE = b"SQLite format 3\0"


class TomlStore:
    """A registry file. It is read once, when something is first asked of it, and again by each edit.

    Every method raises UnavailableError where the file is missing (``registry_missing``), cannot be read
    (``registry_unreadable``), is not valid (``registry_invalid``) or is of a newer format (``registry_newer``).
    A principal is checked when it is read, all of them before an edit.
    """

    def __init__(self, path: str | os.PathLike[str], *, lock_wait: float = LOCK_WAIT) -> None:
        """``lock_wait``: seconds that an edit waits for another writer."""
        self._path = os.fspath(path)
        self._lock_wait = lock_wait
        self._found: dict[Target, Principal] = {}
        self._checked = False

    @property
    def location(self) -> str:
        """The path, as it was given."""
        return self._path

    def settings(self) -> Settings:
        """Name, issuer, validation and policy; a relative ``trust`` is taken from where the file itself is."""
        return self._read_settings(self._source)

    def find(self, kind: Kind, id: str) -> Principal | None:
        """The principal of exactly that id. A file that is wrong elsewhere is refused as well: what it means is uncertain."""
        target = Target(kind, id)
        if target not in self._found:
            if not self._checked:
                self._check(self._source)
                self._checked = True
            table = self._tables(kind).get(id)
            if table is None:
                return None
            self._found[target] = self._read(self._source, kind, id, table)
        return self._found[target]

    def principals(self, kind: Kind | None = None) -> Iterator[Principal]:
        """All principals, clients first, in the order of the file."""
        for each in KINDS if kind is None else (kind,):
            for id, table in self._tables(each).items():
                yield self._read(self._source, each, id, table)

    def names(self, kind: Kind) -> Iterator[tuple[str, str | None]]:
        """Ids and labels, in the order of the file."""
        return ((principal.id, principal.label) for principal in self.principals(kind))

    def fitted(self, principal: Principal) -> tuple[Principal, tuple[str, ...]]:
        """The principal itself: a file has a place for everything."""
        return principal, ()

    @contextmanager
    def edit(self) -> Iterator[TomlEdit]:
        """An edit under the lock.

        Besides what reading raises, on leaving: ConflictError ``registry_locked``, ``registry_changed``; UnavailableError ``registry_unwritable``,
        ``registry_layout``, and ``registry_not_synced`` when the new file is in place but may not outlast a crash.
        """
        import secretctl.stores.toml.text  # noqa: F401 - what the edit needs, loaded before others have to wait for it

        if is_pipe(self._path):
            message = f"{self._path} is a pipe, which can be read but not written"
            raise UnavailableError("registry_unwritable", message, hint="name the registry's own file")
        target = self._resolved()
        self._load(target)  # so that a file that is not there, or no registry, gets no lock file beside it
        with self._locked(target):
            source = self._load(target)
            self._check(source)
            edit = TomlEdit(source)
            yield edit
            if (result := edit.result(_parse)) is not None:
                self._write(target, source, *result)

    def lines(self) -> Mapping[tuple[Target, str | None], int]:
        """Where principals and secrets start in the file."""
        from secretctl.stores.toml.lines import principal_lines

        return principal_lines(self._source, list(self.principals()))

    def notes(self) -> Iterator[Note]:
        """Unknown keys, times without an offset, and a file that others than its owner may read."""
        from secretctl.stores.toml.findings import findings
        from secretctl.stores.toml.lines import note

        source = self._source
        if os.name == "posix" and source.mode & (stat.S_IRGRP | stat.S_IROTH):
            yield Note("file-readable", f"the file is readable by others than its owner (mode {source.mode:04o})")
        for rule, message, keys in findings(source.raw):
            yield note(source, rule, message, keys)

    def _resolved(self) -> str:
        try:
            return os.path.realpath(self._path)
        except ValueError as exc:  # a NUL
            message = f"the registry {self._path} cannot be read: that is no path"
            raise UnavailableError("registry_unreadable", message) from exc

    @cached_property
    def _target(self) -> str:
        return self._resolved()

    @cached_property
    def _source(self) -> Source:
        return self._load(self._target)

    def _tables(self, kind: Kind) -> Data:
        return principal_tables(self._source.raw, kind)

    def _read_settings(self, source: Source) -> Settings:
        # What a pipe names is in the directory that people are in.
        directory = "" if is_pipe(self._path) else os.path.dirname(self._target)
        try:
            return read_settings(source.raw, directory=directory)
        except MalformedError as exc:
            self._refuse(source, exc)

    def _check(self, source: Source) -> None:
        """All of it: a file that is wrong anywhere is not written to."""
        self._read_settings(source)
        for kind in KINDS:
            for id, table in principal_tables(source.raw, kind).items():
                self._read(source, kind, id, table)

    def _read(self, source: Source, kind: Kind, id: str, table: Any) -> Principal:
        try:
            return read_principal(kind, id, table)
        except MalformedError as exc:
            self._refuse(source, exc)

    def _load(self, target: str) -> Source:
        """The file as it is now, parsed and of a schema that is known. What was parsed before is not parsed again."""
        try:
            if is_pipe(self._path):
                data, mode = read_bytes(self._path), 0o600
            else:
                data = atomic_file.read_bytes(target)
                mode = stat.S_IMODE(os.stat(target).st_mode)
        except FileNotFoundError as exc:
            hint = "check the path, or make one with `secretctl init`"
            raise UnavailableError("registry_missing", f"there is no registry {self._path}", hint=hint) from exc
        except OSError as exc:
            message = f"the registry {self._path} cannot be read: {atomic_file.reason(exc)}"
            file = f"{self._path.rstrip('/')}/secretctl.toml" if isinstance(exc, IsADirectoryError) else None
            raise UnavailableError("registry_unreadable", message, hint=file and f"name the file: {file}") from exc
        known: Source | None = self.__dict__.get("_source")
        if known is not None and known.data == data:
            return known
        if data.startswith(_SQLITE):
            message = f"{self._path} is an SQLite database and no registry file"
            raise UnavailableError("registry_invalid", message, hint=f"write sqlite:///{self._path}")
        if data.startswith(_BOM):
            hint = "save it as UTF-8 without a byte-order mark"
            self._invalid("starts with a byte-order mark, which TOML 1.0 does not have", 1, 1, hint=hint)
        try:
            text = data.decode()
        except UnicodeDecodeError as exc:
            before = data[: exc.start].decode()
            line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
            # The error itself holds the bytes.
            self._invalid("is not valid UTF-8", line, column, hint="save it as UTF-8")
        source = Source(data, _parse(text, self._path), mode)
        try:
            check_schema(source.raw)
            for kind in KINDS:
                principal_tables(source.raw, kind)
        except MalformedError as exc:
            self._refuse(source, exc)
        return source

    def _write(self, target: str, source: Source, text: str, raw: Data) -> None:
        data = text.encode()
        try:
            atomic_file.swap(target, data, expected=source.data)
        except atomic_file.ChangedError as exc:
            message = f"{self._path} was changed by another program meanwhile; nothing was written"
            raise ConflictError("registry_changed", message, hint="run the command again") from exc
        except atomic_file.NotSyncedError as exc:
            why = atomic_file.reason(exc)
            message = f"{self._path} is written as a whole, but its directory could not be synced to disk: {why}"
            hint = "the new registry is in place; should the machine crash now, the old one may come back"
            raise UnavailableError("registry_not_synced", message, hint=hint) from exc
        except OSError as exc:
            self._unwritable(exc)
        self.__dict__["_source"] = Source(data, raw, source.mode)
        self._found.clear()

    @contextmanager
    def _locked(self, target: str) -> Iterator[None]:
        lock = locked(target, wait=self._lock_wait)
        try:
            lock.__enter__()
        except LockTimeoutError as exc:
            message = f"another program is writing {self._path}"
            raise ConflictError("registry_locked", message, hint="try again in a moment") from exc
        except OSError as exc:
            self._unwritable(exc)
        try:
            yield
        finally:
            lock.__exit__(None, None, None)

    def _unwritable(self, exc: OSError) -> NoReturn:
        message = f"{self._path} cannot be written: {atomic_file.reason(exc)}; it is unchanged"
        raise UnavailableError("registry_unwritable", message) from exc

    def _refuse(self, source: Source, exc: MalformedError) -> NoReturn:
        from secretctl.stores.toml.lines import line_of

        line = line_of(source, exc.keys)
        place = self._path if line is None else f"{self._path}, line {line}"
        hint = "install a newer secretctl" if exc.code == "registry_newer" else None
        raise UnavailableError(exc.code, f"{place}: {exc.message}", hint=hint) from None

    def _invalid(self, problem: str, line: int, column: int, *, hint: str) -> NoReturn:
        message = f"{self._path}, line {line}, column {column}: {problem}"
        raise UnavailableError("registry_invalid", message, hint=hint) from None


def create_registry(path: str | os.PathLike[str], text: str) -> None:
    """A new registry file, mode 0600. ConflictError ``exists``; UnavailableError ``registry_unwritable``."""
    data = text.encode()
    _parse(text)
    try:
        atomic_file.write_new(path, data)
    except FileExistsError as exc:
        raise ConflictError("exists", f"{os.fspath(path)} exists already") from exc
    except OSError as exc:
        message = f"{os.fspath(path)} cannot be made: {atomic_file.reason(exc)}"
        raise UnavailableError("registry_unwritable", message) from exc


def _parse(text: str, path: str = "the new registry") -> Data:
    """The tables of a TOML text. UnavailableError ``registry_invalid`` that says where, and quotes names at most."""
    import tomli

    try:
        with _collector_paused():
            return tomli.loads(text)
    except tomli.TOMLDecodeError as exc:
        from secretctl.stores.toml.syntax import problem

        message = f"{path}, line {exc.lineno}, column {exc.colno}: {problem(exc)}"
    except RecursionError:
        message = f"{path}: arrays or tables are nested too deeply"
    except ValueError:  # Python's limit of 4,300 digits
        message = f"{path}: a number has too many digits"
    raise UnavailableError("registry_invalid", message, hint="correct it by hand; nothing was changed")


@contextmanager
def _collector_paused() -> Iterator[None]:
    """A large file makes hundreds of thousands of tables, none of them garbage: looking for some takes a fifth longer."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
