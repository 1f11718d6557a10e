"""Statements for databases that do not run here: SQL Server's dialect is checked by what SQLAlchemy compiles for it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql, mysql, postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from secretctl.entity_framework import DUENDE, IDENTITYSERVER3, IDENTITYSERVER4_V3, SCHEMAS
from secretctl.stores.sql import failures
from secretctl.stores.sql.creation import schema_metadata
from secretctl.stores.sql.reading import SqlReader
from secretctl.stores.sql.tables import Layout
from secretctl.stores.sql.types import Instant, Span, neutral

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

    from secretctl.entity_framework import Schema

DIALECTS: dict[str, Dialect] = {
    "mssql": mssql.dialect(),  # type: ignore[no-untyped-call]
    "postgresql": postgresql.dialect(),  # type: ignore[no-untyped-call]
    "mysql": mysql.dialect(),
    "sqlite": sqlite.dialect(),
}
NOON = datetime(2026, 12, 31, 13, tzinfo=timezone(timedelta(hours=1)))


def layout_of(schema: Schema) -> Layout:
    """A database that has all that its schema has."""
    reflected = {
        table.name: {
            column.name: {"name": column.name, "type": sa.Unicode(column.length), "nullable": not column.required}
            for column in (
                *table.columns,
                *(() if table.foreign_key is None else (type(table.columns[0])(table.foreign_key, "number"),)),
            )
        }
        for table in schema.tables.values()
    }
    return Layout(schema, reflected, place=sa.MetaData(schema="ids"), prefix="", dialect="mssql")


class Recorder:
    """A connection that compiles for a dialect, and finds one row in each table."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.statements: list[str] = []

    def execute(self, statement: Any, values: dict[str, object]) -> Any:
        """Keep the text, on one line."""
        assert values
        self.statements.append(re.sub(r"\s+", " ", str(statement.compile(dialect=self.dialect))))
        row = {column.name: 7 if column.name in {"Id", "owner"} else "web" for column in statement.selected_columns}
        return sa.engine.result.IteratorResult(
            sa.engine.result.SimpleResultMetaData(list(row)), iter([tuple(row.values())])
        )


@pytest.mark.parametrize(
    ("name", "lock"), [("mssql", "WITH (UPDLOCK, ROWLOCK)"), ("postgresql", "FOR UPDATE"), ("mysql", "FOR UPDATE")]
)
@pytest.mark.parametrize("schema", [DUENDE, IDENTITYSERVER3], ids=lambda each: each.name)
def test_writers_lock_the_row_that_they_read(name: str, lock: str, schema: Schema) -> None:
    """The principal's own row, by its id, with bound parameters; its children are guarded by it."""
    connection: Any = Recorder(DIALECTS[name])
    SqlReader(connection, layout_of(schema), lock=True).find("client", "web")
    first, *rest = connection.statements
    assert lock in first
    assert "web" not in first
    assert re.search(r"WHERE .*ClientId.{0,2} = ", first)
    assert len(rest) == (4 if schema is DUENDE else 3)
    assert all(lock not in statement for statement in rest)
    assert all(re.search(r"WHERE .*(ClientId|Client_Id).{0,2} BETWEEN .* ORDER BY", statement) for statement in rest)


def test_names_are_quoted_as_sql_server_does() -> None:
    """Schema, tables and columns in brackets; portions by TOP."""
    connection: Any = Recorder(DIALECTS["mssql"])
    reader = SqlReader(connection, layout_of(DUENDE))
    assert reader.find("client", "web") is not None
    list(reader.principals("client"))
    assert "FROM ids.[Clients]" in connection.statements[0]
    assert any(statement.startswith("SELECT TOP ") for statement in connection.statements)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=list(DIALECTS))
@pytest.mark.parametrize("schema", [*SCHEMAS.values(), IDENTITYSERVER4_V3], ids=lambda each: each.name)
def test_every_schema_compiles_for_every_dialect(schema: Schema, dialect: Dialect) -> None:
    """Tables and indexes, none of whose names is too long anywhere."""
    metadata = schema_metadata(schema, schema_name="ids", prefix="prefix_")
    names = set()
    for table in metadata.sorted_tables:
        assert str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            assert str(CreateIndex(index).compile(dialect=dialect))
            names.add(index.name)
    assert len(names) == sum(len(table.indexes) for table in metadata.sorted_tables)
    assert max(len(str(name)) for name in names) <= 63


def test_columns_of_sql_server() -> None:
    """The types that Entity Framework's migrations have."""
    tables = schema_metadata(DUENDE).tables
    text = str(CreateTable(tables["ClientSecrets"]).compile(dialect=DIALECTS["mssql"]))
    for line in (
        "[Id] INTEGER NOT NULL IDENTITY",
        "[ClientId] INTEGER NOT NULL",
        "[Description] NVARCHAR(2000) NULL",
        "[Value] NVARCHAR(4000) NOT NULL",
        "[Type] NVARCHAR(250) NOT NULL",
        "[Expiration] DATETIME2(7) NULL",
        "[Created] DATETIME2(7) NOT NULL",
        "ON DELETE CASCADE",
    ):
        assert line in text
    three = str(CreateTable(schema_metadata(IDENTITYSERVER3).tables["ScopeSecrets"]).compile(dialect=DIALECTS["mssql"]))
    assert "[Expiration] DATETIMEOFFSET(7) NULL" in three
    assert "[Value] NVARCHAR(250) NOT NULL" in three
    clients = str(CreateTable(tables["Clients"]).compile(dialect=DIALECTS["mssql"]))
    assert "[Enabled] BIT NOT NULL" in clients
    assert re.search(r"\[?DPoPClockSkew\]? TIME(\(7\))? NOT NULL", clients)


@pytest.mark.parametrize(
    ("name", "offset", "bound"),
    [
        ("mssql", False, datetime(2026, 12, 31, 12)),
        ("mssql", True, datetime(2026, 12, 31, 12, tzinfo=UTC)),
        ("mysql", False, datetime(2026, 12, 31, 12)),
        ("postgresql", False, datetime(2026, 12, 31, 12, tzinfo=UTC)),
        ("sqlite", False, "2026-12-31 12:00:00"),
        ("sqlite", True, "2026-12-31 12:00:00+00:00"),
    ],
)
def test_instants_are_bound_in_utc(name: str, offset: bool, bound: object) -> None:
    """Without a zone where the column has none, and read back as aware."""
    kind = Instant(offset=offset)
    assert kind.process_bind_param(NOON, DIALECTS[name]) == bound
    assert kind.process_result_value(bound, DIALECTS[name]) == NOON
    assert kind.process_bind_param(None, DIALECTS[name]) is None


def test_spans() -> None:
    """A TimeSpan is a time of day in SQL Server."""
    five = timedelta(minutes=5)
    bound = {name: Span().process_bind_param(five, dialect) for name, dialect in DIALECTS.items()}
    assert bound == {
        "mssql": datetime(2026, 1, 1, 0, 5).time(),
        "postgresql": five,
        "mysql": five,
        "sqlite": "00:05:00",
    }
    assert Span().process_bind_param(None, DIALECTS["mssql"]) is None


def test_neutral_values() -> None:
    """By type; an interval is none, and bytes have no neutral value."""
    assert neutral(sa.Interval(), NOON) == timedelta(0)
    assert neutral(sa.LargeBinary(), NOON) is None


class DriverError(Exception):
    """What a driver raises."""

    def __init__(self, *args: object, sqlstate: str | None = None) -> None:
        super().__init__(*args)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("cause", "code", "status"),
    [
        (DriverError(sqlstate="40P01"), "database_busy", 3),
        (DriverError(1205, "lock wait timeout", sqlstate="HY000"), "database_busy", 3),
        (DriverError("40001", "deadlock victim"), "database_busy", 3),
        (DriverError(sqlstate="23505"), "registry_changed", 5),
        (DriverError(1062, "duplicate"), "registry_changed", 5),
        (DriverError("28000", "login failed"), "database_login", 3),
        (DriverError(1045, "access denied"), "database_login", 3),
        (DriverError(1044, "access to the database denied"), "database_login", 3),
        (DriverError(1049, "unknown database"), "database_missing", 3),
        (DriverError(sqlstate="3D000"), "database_missing", 3),
        (DriverError(sqlstate="42501"), "database_denied", 3),
        (DriverError(sqlstate="57P01"), "database_unreachable", 3),
        (DriverError(2013, "lost"), "database_unreachable", 3),
        (DriverError(sqlstate="22021"), "database_error", 3),
        (DriverError("hunter2"), "database_error", 3),
        (DriverError(), "database_error", 3),
    ],
)
def test_what_drivers_mean(cause: DriverError, code: str, status: int) -> None:
    """By SQLSTATE or number, never with the driver's own words."""
    error = failures.explained(sa.exc.DBAPIError("SELECT hunter2", {"secret": "hunter2"}, cause), "the database")
    assert (error.code, error.status) == (code, status)
    assert "hunter2" not in f"{error.message}{error.hint}"


def test_what_sqlalchemy_means() -> None:
    """Without a driver's code, an operational error is a connection that is lost, and the rest is an error."""
    lost = sa.exc.OperationalError("SELECT 1", {}, DriverError())
    assert failures.explained(lost, "the database").code == "database_unreachable"
    assert (
        failures.explained(sa.exc.ArgumentError("hunter2"), "the database").message
        == "the database answers with an error (ArgumentError)"
    )
