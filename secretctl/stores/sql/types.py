"""The column types of Entity Framework in each dialect, in SQLAlchemy's terms."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import mssql, mysql, postgresql

from secretctl.entity_framework.instants import instant_column, parse_instant, span_column
from secretctl.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine

    from secretctl.entity_framework import Column

_MYSQL = ("mysql", "mariadb")


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware instant in UTC: ``datetime2`` without a zone, ``datetimeoffset`` with one, text in SQLite.

    PostgreSQL has either ``timestamp`` or ``timestamptz`` there, after Npgsql's version: sessions are in UTC, so that
    an aware value means the same in both.
    """

    impl = sa.DateTime
    cache_ok = True

    def __init__(self, *, offset: bool = False) -> None:
        super().__init__()
        self.offset = offset

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The type that the database has."""
        match dialect.name:
            case "sqlite":
                return sa.Text()
            case "mssql":
                return mssql.DATETIMEOFFSET(7) if self.offset else mssql.DATETIME2(7)  # type: ignore[no-untyped-call]
            case name if name in _MYSQL:
                return mysql.DATETIME(fsp=6)
            case _:
                return sa.DateTime(timezone=True)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """An aware instant as the driver takes it."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return instant_column(value, offset=self.offset)
        utc = value.astimezone(UTC)
        naive = dialect.name in _MYSQL or (dialect.name == "mssql" and not self.offset)
        return utc.replace(tzinfo=None) if naive else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """What the driver gave as an aware instant in UTC."""
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        try:
            return parse_instant(str(value))
        except (ValueError, OverflowError):
            message = f"the database holds a date that cannot be read: {str(value)[:40]!r}"
            hint = "Entity Framework writes 2026-12-31 00:00:00; correct the row by hand"
            raise UnavailableError("invalid_date", message, hint=hint) from None


class SqliteText(sa.Text):
    """Text in SQLite, where a column holds whatever was written to it: bytes are refused, numbers read as text."""

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:  # noqa: ARG002 - SQLAlchemy's signature
        """What is done with each value that is read."""
        return _no_bytes


def _no_bytes(value: Any) -> Any:
    if isinstance(value, bytes):
        message = "the database holds bytes where a text belongs"
        raise UnavailableError("corrupt", message, hint="find the row with SQLite's typeof(), and correct it")
    return value


class Span(sa.types.TypeDecorator[timedelta]):
    """A ``TimeSpan`` of less than a day."""

    impl = sa.Interval
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The type that the database has."""
        match dialect.name:
            case "sqlite":
                return sa.Text()
            case "mssql":
                return mssql.TIME(7)  # type: ignore[no-untyped-call]
            case name if name in _MYSQL:
                return mysql.TIME(fsp=6)
            case _:
                return postgresql.INTERVAL()

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> Any:
        """A duration as the driver takes it."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return span_column(value)
        return (datetime.min + value).time() if dialect.name == "mssql" else value  # noqa: DTZ901 - a time of day


@cache
def sql_type(column: Column) -> TypeEngine[Any]:
    """The type that Entity Framework gives such a column."""
    match column.type:
        case "flag":
            return sa.Boolean().with_variant(sa.Integer(), "sqlite")
        case "number":
            return sa.Integer()
        case "text" if column.length is None:
            return sa.UnicodeText().with_variant(SqliteText(), "sqlite")
        case "text":
            return sa.Unicode(column.length).with_variant(SqliteText(), "sqlite")
        case "span":
            return Span()
        case _:
            return Instant(offset=column.type == "offset")


def neutral(type: TypeEngine[Any], now: datetime) -> object | None:
    """What a required column that nobody knows is filled with: false, 0, '' or now; None where nothing is neutral."""
    match type:
        case sa.Boolean():
            return False
        case sa.Integer() | sa.Numeric() | sa.Float():
            return 0
        case sa.String():
            return ""
        case sa.DateTime():
            return now.replace(tzinfo=None)
        case sa.Interval():
            return timedelta(0)
        case sa.Time():
            return time(0)
        case _:
            return None
