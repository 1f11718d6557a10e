"""What a driver's exception means to a person. Its own text is never shown: it may hold values, or a part of a password."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from secretctl.errors import ConflictError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secretctl.errors import SecretctlError


class Meaning(NamedTuple):
    """An error of ours; ``text`` is what its sentence says after the name of the database."""

    error: type[SecretctlError]
    code: str
    text: str
    hint: str


_UNCHANGED = "nothing was changed"
_AGAIN = f"try again in a moment; {_UNCHANGED}"

_BUSY = Meaning(UnavailableError, "database_busy", "is busy with the work of others", _AGAIN)
_CHANGED = Meaning(
    ConflictError,
    "registry_changed",
    "was changed underneath, or its rules forbid the change",
    f"read it again and repeat; {_UNCHANGED}",
)
_DENIED = Meaning(
    UnavailableError,
    "database_denied",
    "does not allow this user to do that",
    "SELECT on the tables of IdentityServer is needed, and INSERT, UPDATE and DELETE to change them",
)
_WRONG_PASSWORD = Meaning(
    UnavailableError,
    "database_login",
    "does not take this user with this password",
    "check both; an @ in a password is %40 in the URL (PostgreSQL also reads PGPASSWORD and ~/.pgpass)",
)
_NO_PASSWORD = Meaning(
    UnavailableError,
    "database_login",
    "wants a password, and got none",
    "put it into PGPASSWORD or ~/.pgpass, where it stays out of the list of processes",
)
_NO_USER = Meaning(
    UnavailableError,
    "database_login",
    "knows no such user",
    "check the user in the URL; where it names none, it is the one you are logged in as",
)
_NOT_ADMITTED = Meaning(
    UnavailableError,
    "database_login",
    "does not let this user in",
    "its administrator has to allow the user to log in, to this database, from this machine",
)
_NO_DATABASE = Meaning(
    UnavailableError,
    "database_missing",
    "does not exist on its server",
    "check its name in the URL; where it is still to be made: CREATE DATABASE, then `secretctl init URL`",
)
_NO_HOST = Meaning(
    UnavailableError,
    "database_unreachable",
    "cannot be reached: its host name is not known",
    "check how it is spelled in the URL, and that this machine can look names up",
)
_REFUSED = Meaning(
    UnavailableError,
    "database_unreachable",
    "cannot be reached: no server listens there",
    "start the server, or check host and port in the URL",
)
_SILENT = Meaning(
    UnavailableError,
    "database_unreachable",
    "does not answer",
    "check host and port in the URL, and firewalls on the way",
)
_NO_TLS = Meaning(
    UnavailableError,
    "database_unreachable",
    "cannot be reached over TLS",
    "check sslmode and sslrootcert in the URL, and the certificate of the server",
)
_LOST = Meaning(
    UnavailableError,
    "database_unreachable",
    "cannot be reached",
    f"check that it runs, the address, and your credentials; {_UNCHANGED}",
)
_IN_DOUBT = Meaning(
    UnavailableError,
    "database_unreachable",
    "was lost while it committed: the change may be made or not",
    "look whether it is there before you repeat the command",
)
_LOCKED = Meaning(ConflictError, "registry_locked", "is locked by another process", _AGAIN)
_NOT_UTF8 = Meaning(UnavailableError, "corrupt", "holds a text that is not UTF-8", _UNCHANGED)

# SQLite's primary result codes (https://www.sqlite.org/rescode.html).
_OF_SQLITE = {
    3: Meaning(UnavailableError, "permission_denied", "may not be read or written by you", _UNCHANGED),
    5: _LOCKED,  # SQLITE_BUSY
    6: _LOCKED,
    8: Meaning(UnavailableError, "read_only", "cannot be written", _UNCHANGED),
    10: Meaning(UnavailableError, "io_error", "cannot be read or written: the disk answers with an error", _UNCHANGED),
    11: Meaning(UnavailableError, "corrupt", "is damaged", _UNCHANGED),
    13: Meaning(UnavailableError, "disk_full", "cannot be written: the disk is full", _UNCHANGED),
    14: Meaning(UnavailableError, "cannot_open", "cannot be opened", _UNCHANGED),
    19: _CHANGED,  # SQLITE_CONSTRAINT
    26: Meaning(UnavailableError, "not_a_database", "is no SQLite database", _UNCHANGED),
}
# SQLSTATEs, and the numbers of MySQL's errors, whose SQLSTATE is mostly HY000.
_BY_CODE = {
    r"40001|40P01|55P03|57014|53300|1205|1213|1040|3572": _BUSY,
    r"23...|1062|1451|1452": _CHANGED,
    r"28P01|1045": _WRONG_PASSWORD,
    r"28...|1044": _NOT_ADMITTED,
    r"42501|1142|1143": _DENIED,
    r"3D000|1049": _NO_DATABASE,
    r"08...|57P0.|2006|2013": _LOST,
}
# What is said where a connection fails: libpq knows no SQLSTATE then, and MySQL's number is the same for every reason.
# The words of clients are English everywhere. Those of a server (from FATAL on) may be in its own language: _LOST then.
_WITHOUT_CODE = {"", "2002", "2003"}
_BY_WORDS = {
    r"FATAL:  password authentication failed": _WRONG_PASSWORD,
    r"no password supplied": _NO_PASSWORD,
    r'FATAL:  role ".*" does not exist': _NO_USER,
    r'FATAL:  database ".*" does not exist': _NO_DATABASE,
    r"FATAL:  .*(?:too many (?:clients|connections)|remaining connection slots)": _BUSY,
    r"FATAL:  .*(?:authentication failed|pg_hba\.conf|permission denied|not permitted to log in)": _NOT_ADMITTED,
    r"resolve host|translate host name|name resolution|Name or service not known|nodename nor|getaddrinfo": _NO_HOST,
    r"refused|No such file or directory": _REFUSED,
    r"timed out|timeout expired": _SILENT,
    r"does not support SSL|SSL negotiation|certificate": _NO_TLS,
}


@contextmanager
def translated(shown: str) -> Iterator[None]:
    """Turn SQLAlchemy's exceptions into ours; ``shown`` is the database without its password."""
    try:
        yield
    except sa.exc.SQLAlchemyError as exc:
        raise explained(exc, shown) from None


@contextmanager
def committing(shown: str) -> Iterator[None]:
    """Around a commit: whoever loses the connection in it does not know whether it took place."""
    try:
        yield
    except sa.exc.DBAPIError as exc:
        if exc.connection_invalidated:
            raise _error(_IN_DOUBT, shown) from None
        raise


def explained(exc: sa.exc.SQLAlchemyError, shown: str) -> SecretctlError:
    """What such an exception means."""
    cause = exc.orig if isinstance(exc, sa.exc.DBAPIError) else None
    number = getattr(cause, "sqlite_errorcode", None)
    meaning = _of_server(exc, cause) if number is None else _OF_SQLITE.get(number & 0xFF)
    if meaning is not None:
        return _error(meaning, shown)
    code = _code_of(cause) if number is None else str(number & 0xFF)
    name = type(cause or exc).__name__ + (f" {code}" if code else "")
    return UnavailableError("database_error", f"{shown} answers with an error ({name})", hint=_UNCHANGED)


def _error(meaning: Meaning, shown: str) -> SecretctlError:
    return meaning.error(meaning.code, f"{shown} {meaning.text}", hint=meaning.hint)


def _of_server(exc: sa.exc.SQLAlchemyError, cause: BaseException | None) -> Meaning | None:
    operational = isinstance(exc, sa.exc.OperationalError | sa.exc.InterfaceError)
    if operational and type(cause).__module__ == "sqlite3":  # of SQLite's driver, not of SQLite
        return _NOT_UTF8
    code = _code_of(cause)
    if operational and code in _WITHOUT_CODE:
        return next((meaning for words, meaning in _BY_WORDS.items() if re.search(words, str(cause))), _LOST)
    of_code = (meaning for pattern, meaning in _BY_CODE.items() if re.fullmatch(pattern, code))
    return next(of_code, _LOST if operational else None)


def _code_of(cause: BaseException | None) -> str:
    """MySQL's number, or the SQLSTATE, or nothing."""
    first = cause.args[0] if cause is not None and cause.args else ""
    code = str(first if isinstance(first, int) else getattr(cause, "sqlstate", None) or first)
    return code if re.fullmatch(r"[0-9A-Z]{4,5}", code) else ""
