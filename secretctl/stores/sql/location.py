"""Database URLs: which they are, what they mean for SQLAlchemy, and how they are shown without their passwords."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from secretctl.errors import UnavailableError, UsageError

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+_.-]*://")
_DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
_SHOWN_PARAMETERS = frozenset(
    {"schema", "prefix", "user", "host", "port", "driver", "charset", "mode", "ssl", "sslmode", "encrypt"}
    | {"connect_timeout", "application_name"}
)
"""The others may hold a password in whatever place: ``odbc_connect`` and ``options`` are whole connection strings."""
_NAME = re.compile(r"\w{0,100}")
_FORM = "write sqlite:///FILE or postgresql://USER@HOST/DATABASE, with %40 for an @ in the password"


@dataclass(frozen=True, slots=True)
class Location:
    """A database. ``shown`` is for people; ``url`` is SQLAlchemy's, and may hold a password.

    ``file`` is the path of an SQLite database, else None. ``schema`` and ``prefix`` say where its tables are.
    """

    shown: str
    url: URL = field(repr=False)
    file: str | None
    schema: str | None
    prefix: str

    @property
    def name(self) -> str:
        """What names the registry where no settings do, whoever asks: the URL without user, password, driver and query.

        An SQLite file goes by its real path, and tables with a schema or prefix of their own are another registry.
        """
        dialect = self.url.drivername.split("+")[0]
        if self.file is not None:
            place = os.path.realpath(self.file)
        else:
            host, port = (getattr(self.url, key) or self.url.query.get(key, "") for key in ("host", "port"))
            place = f"{host}{port and f':{port}'}/{self.url.database or ''}"
        return "#".join(filter(None, (f"{dialect}://{place}", self.schema, self.prefix)))


def is_database_url(location: str) -> bool:
    """Whether a registry's location is a URL and not a path."""
    return _SCHEME.match(location) is not None


def parse(text: str) -> Location:
    """The database that a URL means. UsageError where it is none; UnavailableError without SQLAlchemy."""
    try:
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError
    except ImportError:
        hint = "pip install 'secretctl[sql]'"
        raise UnavailableError(
            "sql_extra_missing", "databases need the extra sql, which is not installed", hint=hint
        ) from None
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # whose messages may hold a part of the password
        raise UsageError("invalid_url", "this is not the URL of a database", hint=_FORM) from None
    if url.password is not None and "@" in f"{url.host}{url.database}":  # what follows may be the rest of the password
        raise UsageError("invalid_url", "this is not the URL of a database: it has more than one @", hint=_FORM)
    options = {name: _single(url, name) for name in ("schema", "prefix")}
    bare = url.difference_update_query(options)
    driver = bare.drivername.lower()
    real = bare.set(drivername=_DRIVERS.get(driver, driver))
    file = _sqlite_file(bare, options["schema"]) if driver.split("+")[0] == "sqlite" else None
    return Location(_shown(url), real, file, options["schema"] or None, options["prefix"] or "")


def _single(url: URL, name: str) -> str:
    value = url.query.get(name, "")
    if not isinstance(value, str) or _NAME.fullmatch(value) is None:
        raise UsageError("invalid_url", f"the URL's {name} must be one name", hint="letters, digits and _ only")
    return value


def _sqlite_file(url: URL, schema: str) -> str:
    """The path of an SQLite database; what would make it anything else than a file is refused."""
    if not url.database or url.database == ":memory:" or url.database.endswith("/"):
        raise UsageError(
            "invalid_url", "an SQLite registry is a file", hint="write sqlite:///FILE or sqlite:////PATH/FILE"
        )
    if url.host or url.query:
        raise UsageError(
            "invalid_url", "an SQLite URL has a path only", hint="write sqlite:///FILE or sqlite:////PATH/FILE"
        )
    if schema:
        raise UsageError("invalid_url", "an SQLite database has no schemas", hint="leave ?schema= out, or use ?prefix=")
    return url.database


def _shown(url: URL) -> str:
    """The URL with ``***`` for every password in it, and for every parameter that is not known to hold none."""
    hidden = {name: "***" for name in url.query if name.lower() not in _SHOWN_PARAMETERS}
    return url.update_query_dict(hidden).render_as_string(hide_password=True).replace("%2A%2A%2A", "***")
