"""Every command that writes, each with what it starts from and what must hold however it ends; and those that only read."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.acceptance.kit import ISSUER, certificate, claims, ec_key, jwk, sha256, token

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MARK = "mark3d-"
"""Begins every plaintext, so that one that is where it may not be is found."""
OLD = {name: f"{MARK}old-secret-of-{name}" for name in ("web", "app", "api", "second-web", "supplied", "imported")}
HOLDERS = {"web": ("web", "second-web"), "app": ("app",), "shop": ("app",), "api": ("api",), "shop-api": ("api",)}
"""Whose old plaintext an owner holds; ``shop`` is what ``app`` is renamed to, and ``shop-api`` what ``api`` is."""

REGISTRY = f"""\
# The registry of a shop.
schema = 1
name = "shop"
[issuer]
url = "{ISSUER}"
[policy]
prefix = "{MARK}"       # begins every generated secret

[clients.web]           # the shop itself
name = 'Web'
colour = "an unknown key"
[[clients.web.secrets]]
id = "w1"
value = "{sha256(OLD["web"])}"
type = "SharedSecret"
[[clients.web.secrets]]
id = "w2"
type = "SharedSecret"
value = "{sha256(OLD["second-web"])}"
expiration = 2049-12-31
[[clients.web.secrets]]
id = "w0"
type = "SharedSecret"
value = "{sha256("ended long ago")}"
expiration = 2020-01-01T00:00:00Z

[clients.app]
secrets = [{{ id = "a1", type = "SharedSecret", value = "{sha256(OLD["app"])}" }}]

[clients.off]
enabled = false

[resources.api]
[[resources.api.secrets]]
id = "r1"
type = "SharedSecret"
value = "{sha256(OLD["api"])}"
expiration = 2049-12-31

[resources.idle]
enabled = false
# The end.
"""
OTHER_REGISTRY = f"""\
schema = 1
[clients.web]
name = "Webshop"
[[clients.web.secrets]]
id = "x1"
type = "SharedSecret"
value = "{sha256(OLD["web"])}"
[clients.new]
"""
HYDRA = [{"client_id": "imported", "client_name": "Imported", "client_secret": OLD["imported"]}, {"client_id": "app"}]
KEYRING = """\
import json, os, pathlib
from keyring.backend import KeyringBackend

FILE = pathlib.Path("keyring.json")

class Keyring(KeyringBackend):
    priority = 1
    def all(self):
        return json.loads(FILE.read_text()) if FILE.exists() else {}
    def get_password(self, service, username):
        return self.all().get(username)
    def set_password(self, service, username, password):
        FILE.write_text(json.dumps({**self.all(), username: password}))
    def delete_password(self, service, username):
        FILE.write_text(json.dumps({name: each for name, each in self.all().items() if name != username}))
"""
SINK = """sh -c 'cat >"sink.${SECRETCTL_TARGET#*/}"'"""
_PLAINTEXT = re.compile(MARK + "[A-Za-z0-9_-]+")
_RANDOM = [
    (re.compile(r'(value|"value") ?[=:] ?"[^"]*"'), r'\1 = "…"'),
    (re.compile(r'(id|"secret_id") ?[=:] ?"[0-9a-f]{8}"'), r'\1 = "…"'),
    (re.compile(r"(created|expiration) = 20[23]\d-[^\n,}]*"), r"\1 = …"),
]

_RANDOM_COLUMNS = {"Value", "Created", "Updated", "Expiration"}


@dataclass(frozen=True)
class Scenario:
    """One command line, and where it writes."""

    name: str
    arguments: tuple[str, ...]
    writes: str = "secretctl.toml"
    registry: str = "secretctl.toml"
    stdin: str = ""
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def delivers(self) -> bool:
        """Whether a new secret is generated and handed out."""
        return self.arguments[0] == "rotate" or self.arguments[:2] == ("secret", "add")

    def location(self, directory: Path) -> str:
        """The registry whose principals must stay able to authenticate."""
        return (
            f"sqlite:///{directory / self.registry}"
            if self.registry.endswith(".db")
            else str(directory / self.registry)
        )

    def prepare(self, directory: Path) -> None:
        """Empty the directory, and lay out everything that a command may ask for."""
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir()
        (directory / "secretctl.toml").write_text(REGISTRY)
        (directory / "secretctl.toml").chmod(0o600)
        (directory / "other.toml").write_text(OTHER_REGISTRY)
        (directory / "hydra.json").write_text(json.dumps(HYDRA))
        (directory / "certificate.pem").write_bytes(certificate().pem)
        (directory / "report").write_text("the old one")
        if self.registry.endswith(".db") and self.arguments[0] != "init":
            (directory / self.registry).write_bytes(database())
        if "verify" in self.arguments:
            key = f"id = 'k1'\ntype = 'JWK'\nvalue = '{jwk(ec_key())}'\n"
            text = REGISTRY.replace("[resources.api]", f"[clients.key]\n[[clients.key.secrets]]\n{key}[resources.api]")
            (directory / "secretctl.toml").write_text(text)

    def text(self, directory: Path) -> str | None:
        """What it writes, without what is different in each run."""
        path = directory / self.writes
        if self.writes == "jti.db":
            return ""
        if not path.exists():
            return None
        if path.suffix == ".db":
            return _rows(path)
        text = path.read_bytes().decode()
        for pattern, replacement in _RANDOM:
            text = pattern.sub(replacement, text)
        return text

    def held(self, directory: Path, stdout: str) -> dict[str, list[str]]:
        """Which plaintexts the owner of each principal has: the old ones, and what was delivered."""
        held = {name: [OLD[each] for each in keys] for name, keys in HOLDERS.items()}
        for name, text in [*_files(directory), *_printed(stdout, self.arguments)]:
            held.setdefault(name, []).append(text)
        return held


@cache
def database() -> bytes:
    """The registry in an SQLite database."""
    from secretctl.cli.app import run

    with TemporaryDirectory() as directory:
        source, target = Path(directory, "secretctl.toml"), Path(directory, "registry.db")
        source.write_text(REGISTRY)
        assert run(["init", f"sqlite:///{target}"]) == 0
        assert run(["apply", str(source), f"sqlite:///{target}", "--yes"]) == 0
        return target.read_bytes()


def _rows(path: Path) -> str:
    """Each table's rows, without what is random or a time."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        ]
        found = []
        for table in tables:
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                fields = {key: row[key] for key in row.keys() if key not in _RANDOM_COLUMNS}  # noqa: SIM118 - no dict
                found.append(f"{table}: {fields}")
        return "\n".join([*tables, *found])


def _files(directory: Path) -> Iterator[tuple[str, str]]:
    for path in [*directory.glob("out*/*"), *directory.glob("sink.*"), *directory.glob("*.secret")]:
        if path.is_file() and (found := _PLAINTEXT.search(path.read_text())):
            holder = path.name.removeprefix("sink.").removeprefix("client-").removeprefix("resource-")
            yield holder.partition(".")[0], found[0]
    ring = directory / "keyring.json"
    with suppress(OSError, ValueError):  # this one is not written as carefully as it might be
        for account, secret in json.loads(ring.read_text()).items():
            yield account.partition("/")[2].partition("#")[0], secret


def _printed(stdout: str, arguments: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for line in stdout.splitlines():
        if line.startswith(("{", "[")):
            found = json.loads(line)
            for each in found if isinstance(found, list) else [found]:
                if isinstance(each.get("secret"), str):
                    yield each["target"].partition("/")[2], each["secret"]
        elif "\t" in line:
            yield line.partition("\t")[0].partition("/")[2], line.partition("\t")[2]
        elif MARK in line:
            yield next(each for each in arguments if "/" in each).partition("/")[2], line


def _scenario(line: str, *, name: str | None = None, **options: object) -> Scenario:
    return Scenario(name or line, tuple(line.split()), **options)  # type: ignore[arg-type]


_RING = {"PYTHON_KEYRING_BACKEND": "filering.Keyring"}
_PIPE = ("--pipe-to", SINK)
_TOKEN = token(claims("key", iat=1, exp=4_000_000_000, jti="one"), ec_key())

SCENARIOS = [
    _scenario("init new.toml --name new", writes="new.toml"),
    _scenario("client add new --name New --tag t"),
    _scenario("client set web --owner somebody --clear name"),
    _scenario("client enable off"),
    _scenario("client disable web"),
    _scenario("client rename app shop"),
    _scenario("client remove app --yes"),
    _scenario("resource add new --display-name New"),
    _scenario("resource set api --description changed"),
    _scenario("resource enable idle"),
    _scenario("resource disable api"),
    _scenario("resource rename api shop-api"),
    _scenario("resource remove api --yes"),
    Scenario("secret add to stdout", ("secret", "add", "client/web")),
    Scenario("secret add to a file", ("secret", "add", "client/web", "--out", "web.secret")),
    Scenario("secret add to a command", ("secret", "add", "client/web", *_PIPE)),
    Scenario("secret add to the keyring", ("secret", "add", "client/web", "--keyring"), env=_RING),
    _scenario("secret add client/web --secret-file - --hash sha256", stdin=OLD["supplied"]),
    _scenario("secret import client/web certificate.pem"),
    _scenario("secret set client/web w1 --description changed"),
    _scenario("secret expire client/web w1 --at now"),
    _scenario("secret remove client/web w1 --yes"),
    _scenario("rotate client/web --overlap 0s", name="rotate to stdout"),
    _scenario("rotate client/web --overlap 0s --out web.secret --out-format dotenv", name="rotate to a file"),
    _scenario("rotate --all --overlap 0s --out out --out-format json", name="rotate all to files"),
    Scenario("rotate all to a command", ("rotate", "--all", "--overlap", "0s", *_PIPE)),
    _scenario("rotate --all --overlap 0s --keyring", name="rotate all to the keyring", env=_RING),
    Scenario("rotate what is due by every way", ("rotate", "--due", "100y", "--out", "out", "--out-format", "kubernetes", "--keyring", *_PIPE), env=_RING),
    _scenario("prune --yes"),
    _scenario("import hydra hydra.json"),
    _scenario("apply other.toml secretctl.toml --yes"),
    _scenario("check --format json --at 2026-06-01 --output report", writes="report"),
    _scenario("report --html report --at 2026-06-01", writes="report"),
    _scenario("verify --assertion - --replay-cache jti.db --at 2026-06-01", writes="jti.db", stdin=_TOKEN),
    _scenario("init sqlite:///registry.db", name="init a database", writes="registry.db", registry="registry.db"),
    _scenario("client add new -r sqlite:///registry.db --tag t", name="client add to a database", writes="registry.db", registry="registry.db"),
    _scenario("rotate --all --overlap 0s --out out -r sqlite:///registry.db --settings secretctl.toml", name="rotate a database", writes="registry.db", registry="registry.db"),
    _scenario("apply other.toml sqlite:///registry.db --yes", name="apply to a database", writes="registry.db", registry="registry.db"),
]  # fmt: skip

READERS = [
    *("client list", "client show web --values", "resource list", "resource show api --json", "secret list client/web"),
    *(
        "generate",
        "hash --secret-env THE_SECRET --hash sha256",
        "inspect certificate.pem",
        "lint",
        "report",
        "diff secretctl.toml other.toml",
    ),
    *(
        "verify client/web --secret-env THE_SECRET --explain",
        "verify --batch hydra.json",
        "header client/web --secret-env THE_SECRET",
    ),
    *(f"check --format {each}" for each in ("table", "json", "sarif", "prometheus", "nagios", "ics")),
    *(
        f"export {each}"
        for each in ("identityserver", "rfc7591", "hydra", "keycloak", "csv", "sql --schema duende --dialect sqlite")
    ),
    *("assertion web --key key.pem --no-check --audience https://id.example.com", "completion bash", "plugins"),
    *(
        "rotate --all --dry-run",
        "prune --dry-run",
        "import hydra hydra.json --dry-run",
        "apply other.toml secretctl.toml --dry-run",
    ),
    *("check -r sqlite:///registry.db", "client list -r sqlite:///registry.db", "lint -r sqlite:///registry.db"),
]
"""Command lines that change nothing."""
