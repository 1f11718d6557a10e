"""How a value is written into the text of an SQL script, so that no server and no client program reads more into it.

Text that is not plainly printable (line ends, controls, bidirectional marks) is spelled by code point: a script is read by
people before it runs, and ``sqlcmd`` acts on lines that say GO and on ``$(name)`` even inside of a literal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from secretctl.entity_framework.instants import instant_column, span_column

if TYPE_CHECKING:
    from secretctl.entity_framework import Column


@dataclass(frozen=True, slots=True)
class SqlDialect:
    """One dialect of SQL scripts. The templates take ``{}``: a name, a text or a number."""

    name: str
    names: str
    texts: str
    code_point: str | None
    joint: str
    special: str
    exact: str
    flags: tuple[str, str]
    instants: str
    offsets: str | None
    spans: str
    begin: str
    nowhere: str = ""
    utf16: bool = False

    def quoted(self, name: str) -> str:
        """A name of a table or column; ours hold letters only, those of a prefix too."""
        return self.names.format(name)

    def text(self, text: str) -> str:
        """A text as an expression."""
        special = {match.start() for match in re.finditer(self.special, text)}
        pieces = [
            (plain, "".join(char for _, char in group))
            for plain, group in groupby(enumerate(text), lambda each: each[1].isprintable() and each[0] not in special)
        ]
        if all(plain for plain, _ in pieces):
            return self._literal(text)
        if self.code_point is None:
            return f"CONVERT(X'{text.encode().hex()}' USING utf8mb4)"
        spelled: list[str] = []
        for plain, piece in pieces:
            spelled += [self._literal(piece)] if plain else self._code_points(piece)
        return f"({self.joint.join(spelled)})"

    def equals(self, column: str, text: str) -> str:
        """A condition that compares byte for byte, whatever the collation of the column is."""
        return self.exact.format(column=column, text=self.text(text))

    def value(self, column: Column, value: object) -> str:
        """A column's value as an expression."""
        match value:
            case None:
                return "NULL"
            case bool():
                return self.flags[value]
            case str():
                return self.text(value)
            case timedelta():
                return self.spans.format(span_column(value))
            case datetime() if column.type == "offset" and self.offsets is not None:
                return self.offsets.format(instant_column(value, offset=True))
            case datetime():
                return self.instants.format(instant_column(value.astimezone(UTC)))
            case _:
                return str(value)

    def _literal(self, text: str) -> str:
        return self.texts.format(text.replace("'", "''"))

    def _code_points(self, piece: str) -> list[str]:
        assert self.code_point is not None  # text() took care of the dialect without one
        units = memoryview(piece.encode("utf-16-le")).cast("H") if self.utf16 else [ord(char) for char in piece]
        return [self.code_point.format(unit) for unit in units]


_NOTHING = r"(?!)"  # a pattern that matches nowhere

DIALECTS = {
    dialect.name: dialect
    for dialect in (
        SqlDialect(
            name="sqlserver",
            names="[{}]",
            texts="N'{}'",
            code_point="NCHAR({})",
            joint=" + ",
            special=r"\$(?=\()",  # a variable of sqlcmd
            exact="{column} = {text} AND {column} COLLATE Latin1_General_100_BIN2 = {text}",
            flags=("0", "1"),
            instants="CAST('{}' AS datetime2)",
            offsets="CAST('{}' AS datetimeoffset)",
            spans="CAST('{}' AS time)",
            begin="SET XACT_ABORT ON;\nBEGIN TRANSACTION;",
            utf16=True,
        ),
        SqlDialect(
            name="postgresql",
            names='"{}"',
            texts="'{}'",
            code_point="chr({})",
            joint=" || ",
            special=r"\\",  # an escape where standard_conforming_strings is off
            exact="{column} = {text}",
            flags=("FALSE", "TRUE"),
            instants="TIMESTAMP WITH TIME ZONE '{}+00'",
            offsets="TIMESTAMP WITH TIME ZONE '{}'",
            spans="INTERVAL '{}'",
            begin="BEGIN;\nSET LOCAL TIME ZONE 'UTC';",
        ),
        SqlDialect(
            name="sqlite",
            names='"{}"',
            texts="'{}'",
            code_point="char({})",
            joint=" || ",
            special=_NOTHING,
            exact="{column} = {text}",
            flags=("0", "1"),
            instants="'{}'",
            offsets="'{}'",
            spans="'{}'",
            begin="BEGIN IMMEDIATE;",
        ),
        SqlDialect(
            name="mysql",
            names="`{}`",
            texts="'{}'",
            code_point=None,
            joint="",
            special=r"\\",  # an escape, unless sql_mode has NO_BACKSLASH_ESCAPES
            exact="{column} = {text} AND CONVERT({column} USING utf8mb4) COLLATE utf8mb4_bin = {text}",
            flags=("0", "1"),
            instants="'{}'",
            offsets=None,
            spans="'{}'",
            begin="SET NAMES utf8mb4;\nSTART TRANSACTION;",
            nowhere=" FROM DUAL",
        ),
    )
}
