"""What a driver's exception means to a person. Its own text is never shown: it may hold values, or a part of a password."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import sqlalchemy as sa

from secretctl.errors import ConflictError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secretctl.errors import SecretctlError

NOTHING_CHANGED = "nothing was changed"
_AGAIN = f"try again in a moment; {NOTHING_CHANGED}"
_REACH = f"check that it runs, the address, and your credentials; {NOTHING_CHANGED}"

# SQLite's primary result codes (https://www.sqlite.org/rescode.html).
_SQLITE = {
    3: ("permission_denied", "may not be read or written by you"),
    8: ("read_only", "cannot be written"),
    10: ("io_error", "cannot be read or written: the disk answers with an error"),
    11: ("corrupt", "is damaged"),
    13: ("disk_full", "cannot be written: the disk is full"),
    14: ("cannot_open", "cannot be opened"),
    26: ("not_a_database", "is no SQLite database"),
}
_SQLITE_LOCKED = {5, 6}  # SQLITE_BUSY, SQLITE_LOCKED

# SQLSTATEs and the numbers of MySQL's errors, whose SQLSTATE is mostly HY000.
_BUSY = re.compile(r"40001|40P01|55P03|57014|53300|1205|1213|1040|3572")
_LOGIN = re.compile(r"28...|1044|1045")
_DENIED = re.compile(r"42501|1142|1143")
_GONE = re.compile(r"08...|57P0.|3D000|1049|2002|2003|2006|2013")
_TAKEN = re.compile(r"23...|1062|1451|1452")


@contextmanager
def translated(shown: str) -> Iterator[None]:
    """Turn SQLAlchemy's exceptions into ours; ``shown`` is the database without its password."""
    try:
        yield
    except sa.exc.SQLAlchemyError as exc:
        raise explained(exc, shown) from None


def explained(exc: sa.exc.SQLAlchemyError, shown: str) -> SecretctlError:
    """What such an exception means."""
    cause = exc.orig if isinstance(exc, sa.exc.DBAPIError) else None
    number = getattr(cause, "sqlite_errorcode", None)
    if number is not None:
        return _sqlite(number & 0xFF, shown)
    if type(cause).__module__ == "sqlite3" and isinstance(exc, sa.exc.OperationalError):  # of its driver, not of SQLite
        return UnavailableError("corrupt", f"{shown} holds a text that is not UTF-8", hint=NOTHING_CHANGED)
    code = _code_of(cause)
    if _BUSY.fullmatch(code):
        return UnavailableError("database_busy", f"{shown} is busy with the work of others", hint=_AGAIN)
    if _TAKEN.fullmatch(code):
        hint = f"read it again and repeat; {NOTHING_CHANGED}"
        return ConflictError(
            "registry_changed", f"{shown} was changed underneath, or its rules forbid the change", hint=hint
        )
    if _LOGIN.fullmatch(code):
        return UnavailableError("database_login", f"{shown} does not let this user in", hint=_REACH)
    if _DENIED.fullmatch(code):
        hint = "SELECT on the tables of IdentityServer is needed, and INSERT, UPDATE and DELETE to change them"
        return UnavailableError("database_denied", f"{shown} does not allow this user to do that", hint=hint)
    if _GONE.fullmatch(code) or isinstance(exc, sa.exc.OperationalError | sa.exc.InterfaceError):
        return UnavailableError("database_unreachable", f"{shown} cannot be reached", hint=_REACH)
    name = type(cause or exc).__name__ + (f" {code}" if code else "")
    return UnavailableError("database_error", f"{shown} answers with an error ({name})", hint=NOTHING_CHANGED)


def _code_of(cause: BaseException | None) -> str:
    """MySQL's number, or the SQLSTATE, or nothing."""
    first = cause.args[0] if cause is not None and cause.args else ""
    code = str(first if isinstance(first, int) else getattr(cause, "sqlstate", None) or first)
    return code if re.fullmatch(r"[0-9A-Z]{4,5}", code) else ""


def _sqlite(number: int, shown: str) -> SecretctlError:
    if number in _SQLITE_LOCKED:
        return ConflictError("registry_locked", f"{shown} is locked by another process", hint=_AGAIN)
    if number == 19:  # SQLITE_CONSTRAINT
        hint = f"read it again and repeat; {NOTHING_CHANGED}"
        return ConflictError(
            "registry_changed", f"{shown} was changed underneath, or its rules forbid the change", hint=hint
        )
    code, text = _SQLITE.get(number, ("database_error", f"answers with SQLite error {number}"))
    return UnavailableError(code, f"{shown} {text}", hint=NOTHING_CHANGED)
