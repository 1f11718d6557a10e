"""URLs of databases: which they are, what they mean, and that no password in them is ever shown."""

from __future__ import annotations

import builtins
import subprocess
import sys
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from secretctl.errors import SecretctlError, UnavailableError, UsageError
from secretctl.settings import Settings
from secretctl.stores import open_store
from secretctl.stores.sql import create_schema, is_database_url, open_sql, shown
from secretctl.stores.sql.location import parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("text", ["sqlite:///x.db", "postgresql://h/d", "POSTGRES://h/d", "mssql+pyodbc://h/d", "x://"])
def test_urls(text: str) -> None:
    """A scheme and two slashes."""
    assert is_database_url(text)


@pytest.mark.parametrize(
    "text", ["secretctl.toml", "/etc/secretctl.toml", "C:\\x.toml", "a/b://c", "://x", "1x://y", ""]
)
def test_paths(text: str) -> None:
    """Everything else is a path."""
    assert not is_database_url(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://u:hunter2@h:5/db", "postgresql://u:***@h:5/db"),
        ("postgres://u:hunter2@h/db?schema=auth", "postgres://u:***@h/db?schema=auth"),
        (
            "postgresql://h/db?user=u&password=hunter2&sslpassword=hunter2",
            "postgresql://h/db?password=***&sslpassword=***&user=u",
        ),
        ("postgresql://u:hunter2%40@h/db", "postgresql://u:***@h/db"),
        ("mssql+pyodbc://u:hunter2@h/db?Pwd=hunter2", "mssql+pyodbc://u:***@h/db?Pwd=***"),
        ("mssql+pyodbc:///?odbc_connect=DSN%3Dx%3BPWD%3Dhunter2", "mssql+pyodbc:///?odbc_connect=***"),
        ("postgresql://h/d?options=-c%20a.b%3Dhunter2&sslmode=require", "postgresql://h/d?options=***&sslmode=require"),
        ("postgresql://h/d?x=hunter2&x=hunter2", "postgresql://h/d?x=***"),
        ("sqlite:///x.db?prefix=ids_", "sqlite:///x.db?prefix=ids_"),
    ],
)
def test_passwords_are_hidden(text: str, expected: str) -> None:
    """In the place for passwords, and in parameters of drivers."""
    location = parse(text)
    assert shown(text) == location.shown
    name, _, query = location.shown.partition("?")
    wanted, _, parameters = expected.partition("?")
    assert (name, sorted(query.split("&"))) == (wanted, sorted(parameters.split("&")))
    assert "hunter2" not in repr(location)


@pytest.mark.parametrize(
    "text", ["postgresql:/u:hunter2@h/db", "postgresql:u:hunter2@h/db", "mssql+pyodbc:\\\\u:hunter2@h/db"]
)
def test_a_url_without_its_slashes_is_no_path(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message about a missing file would show its password. A file of that name is one, though."""
    with pytest.raises(UsageError) as caught:
        open_store(text)
    assert caught.value.code == "invalid_url"
    assert "hunter2" not in f"{caught.value.message}{caught.value.hint}"
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prod:eu:a@b.toml").write_text("schema = 1\n")
    assert list(open_store("prod:eu:a@b.toml").principals()) == []


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u:hunter2",
        "postgresql://u:hunter2/db",
        "postgresql://u:p@hunter2@h/db",
        "postgresql://u:p@ss/hunter2@h/db",
        "nonsense",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite://host/x.db",
        "sqlite:///x.db?mode=hunter2",
        "sqlite:///x.db?schema=auth",
        "sqlite:///folder/",
        "postgresql://h/db?schema=a&schema=b",
        "postgresql://h/db?prefix=a%22b",
        "sqlite:///x.db?schema=a;b",
    ],
)
def test_what_is_no_url_of_a_database(text: str) -> None:
    """A usage error that quotes nothing of it."""
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert caught.value.code == "invalid_url"
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
    assert "hunter2" not in caught.value.message + str(caught.value.hint)


def test_drivers_of_bare_urls() -> None:
    """postgresql:// is psycopg, mysql:// is PyMySQL; a driver that is named stays."""
    drivers = [
        parse(f"{each}://h/d").url.drivername
        for each in ("postgres", "postgresql", "mysql", "mariadb", "mysql+mysqldb")
    ]
    assert drivers == ["postgresql+psycopg", "postgresql+psycopg", "mysql+pymysql", "mariadb+pymysql", "mysql+mysqldb"]


def test_schema_and_prefix_are_ours(tmp_path: Path) -> None:
    """They never reach the driver, and are plain names."""
    location = parse("postgresql://h/d?schema=auth&prefix=ids_&sslmode=require")
    assert (location.schema, location.prefix, dict(location.url.query)) == ("auth", "ids_", {"sslmode": "require"})


@pytest.mark.parametrize("name", ["a b", "50%25", "q?u#e", "ü", "a'b"])
def test_odd_names_of_files(tmp_path: Path, name: str) -> None:
    """A file of SQLite may be called anything."""
    from urllib.parse import quote, unquote

    path = tmp_path / unquote(name)
    path.mkdir()
    url = f"sqlite:///{quote(str(path))}/ids.db"
    if parse(url).file != str(path / "ids.db"):
        pytest.skip("this SQLAlchemy does not decode paths")
    create_schema(url)
    assert open_sql(url).settings().validation.profile == "duende"
    assert (path / "ids.db").exists()


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgresql://u:hunter2@127.0.0.1:1/db", "database_unreachable"),
        ("nosuch://u:hunter2@h/db", "unknown_dialect"),
        ("mssql+pymssql://u:hunter2@h/db", "driver_missing"),
        ("sqlite:///" + "x" * 300, "cannot_open"),
    ],
)
def test_databases_that_are_not_there(url: str, code: str) -> None:
    """Status 3, a hint, and no password anywhere in the traceback."""
    store = open_sql(url)
    with pytest.raises(UnavailableError) as caught:
        store.find("client", "web")
    assert caught.value.code == code
    assert caught.value.hint
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
    assert "hunter2" not in store.location + repr(store)


def test_a_wrong_password_is_not_repeated(postgresql_url: str) -> None:
    """A user that PostgreSQL does not know, or a database: what it says is not shown."""
    url = postgresql_url.replace("postgres:@/postgres", "nobody:hunter2@/nothing")
    with pytest.raises(UnavailableError) as caught:
        open_sql(url).find("client", "web")
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_without_sqlalchemy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clear message with the command that installs it."""
    real = builtins.__import__

    def no_sqlalchemy(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("sqlalchemy"):
            raise ModuleNotFoundError(name=name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", no_sqlalchemy)
    actions: list[Callable[[], object]] = [lambda: open_sql("sqlite:///x.db"), lambda: create_schema("sqlite:///x.db")]
    for action in actions:
        with pytest.raises(SecretctlError) as caught:
            action()
        assert (caught.value.code, caught.value.status) == ("sql_extra_missing", 3)
        assert caught.value.hint == "pip install 'secretctl[sql]'"


def test_sqlalchemy_is_loaded_for_databases_only() -> None:
    """Asking whether a location is a URL costs nothing."""
    program = (
        "import sys\nfrom secretctl.stores.sql import is_database_url\nis_database_url('x')\n"
        "assert 'sqlalchemy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("postgresql://alice:hunter2@h:5/db", "postgresql://h:5/db"),
        ("postgres://bob@h/db?sslmode=require&password=hunter2", "postgresql://h/db"),
        ("postgresql+psycopg:///db?host=/run/pg&port=7", "postgresql:///run/pg:7/db"),
        ("postgresql://h/db?schema=auth&prefix=ids_", "postgresql://h/db#auth#ids_"),
        ("mssql+pyodbc://h", "mssql://h/"),
    ],
)
def test_databases_have_names(text: str, name: str) -> None:
    """The same for everybody who uses the database, and without what only one of them knows."""
    assert parse(text).name == name


def test_sqlite_databases_have_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real path, from wherever it is reached."""
    (tmp_path / "link").symlink_to(tmp_path)
    monkeypatch.chdir(tmp_path)
    wanted = f"sqlite://{tmp_path.resolve()}/ids.db"
    for url in ("sqlite:///ids.db", f"sqlite:///{tmp_path}/ids.db", "sqlite:///link/ids.db"):
        assert parse(url).name == wanted


def test_two_databases_without_settings_are_two_registries(tmp_path: Path) -> None:
    """Their entries in a keyring never mix; a name that is given stands."""
    stores = [open_sql(f"sqlite:///{tmp_path}/{name}.db", settings) for name, settings in
              (("a", None), ("b", None), ("c", Settings()), ("d", Settings(name="prod")))]  # fmt: skip
    for name in "ab":
        create_schema(f"sqlite:///{tmp_path}/{name}.db", "duende")
    names = [store.settings().name for store in stores]
    assert len(set(names)) == 4
    assert names[3] == "prod"
    assert None not in names
