"""What is measured on: registries, requests and assertions, made once a run in a temporary directory."""

from __future__ import annotations

import base64
import json
import sqlite3
import subprocess
import sys
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmarks.big_registry import big_registry, client_id, plaintext
from benchmarks.measuring import NotMeasurableError

SECRETCTL = str(Path(sys.executable).with_name("secretctl"))
FEW, MANY, VERY_MANY = 50, 10_000, 100_000
AUDIENCE = "https://id.example.com"
FAR = 32_503_680_000  # the year 3000, as a NumericDate


class Material:
    """Files in one directory, each made when first asked for."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @cached_property
    def few(self) -> Path:
        """A registry of 50 clients."""
        return self._write("few.toml", big_registry(FEW))

    @cached_property
    def many(self) -> Path:
        """A registry of 10,000 clients: 20,000 secrets, 5.5 MB."""
        return self._write("many.toml", big_registry(MANY))

    @cached_property
    def very_many(self) -> Path:
        """A registry of 100,000 clients."""
        return self._write("very-many.toml", big_registry(VERY_MANY))

    @cached_property
    def basic(self) -> Path:
        """An Authorization header that the registries above accept."""
        return self._write("basic.txt", authorization(7))

    @cached_property
    def secret(self) -> Path:
        """The plaintext in that header."""
        return self._write("secret.txt", plaintext(7))

    def basic_lines(self, count: int) -> Path:
        """A batch of that many Basic credentials of the small registry."""
        path = self.directory / f"basic-{count}.ndjson"
        if not path.exists():
            lines = [json.dumps({"authorization": authorization(number)}) + "\n" for number in range(FEW)]
            with path.open("w", encoding="ascii") as file:
                file.writelines(lines[number % FEW] for number in range(count))
        return path

    def assertions(self, algorithm: str, count: int) -> tuple[Path, Path, Any]:
        """A registry with one client and its JWK, a batch of its assertions (200 different ones), the public key."""
        import jwt
        from cryptography.hazmat.primitives.asymmetric import ec, rsa

        key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
        if algorithm == "RS256":
            key = rsa.generate_private_key(65537, 2048)
            jwk = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())
        else:
            key = ec.generate_private_key(ec.SECP256R1())
            jwk = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key())
        registry = self._write(
            f"{algorithm}.toml",
            f'schema = 1\n[issuer]\nurl = "{AUDIENCE}"\n[clients.web]\n[[clients.web.secrets]]\n'
            f'id = "key"\ntype = "JWK"\nvalue = \'{jwk}\'\nexpiration = 2999-12-31T00:00:00Z\n',
        )
        claims = {"iss": "web", "sub": "web", "aud": AUDIENCE, "exp": FAR, "iat": 1_750_000_000}
        lines = [
            json.dumps({"assertion": jwt.encode({**claims, "jti": uuid4().hex}, key, algorithm=algorithm)}) + "\n"
            for _ in range(200)
        ]
        batch = self._write(f"{algorithm}.ndjson", "".join(lines[number % 200] for number in range(count)))
        return registry, batch, key.public_key()

    def database(self, clients: int) -> str:
        """The URL of an SQLite database with that many clients: eight are made by secretctl, the rest are copies of one."""
        path = self.directory / f"{clients}.db"
        url = f"sqlite:///{path}"
        if not path.exists():
            eight = self._write("eight.toml", big_registry(8))
            _run("init", url)
            _run("apply", str(eight), url, "--yes", allowed=(0, 1))
            with sqlite3.connect(path) as connection:
                _multiply(connection, clients)
        return url

    def _write(self, name: str, text: str) -> Path:
        path = self.directory / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path


def authorization(number: int) -> str:
    """The Basic header of one of the clients."""
    return "Basic " + base64.b64encode(f"{client_id(number)}:{plaintext(number)}".encode()).decode()


def _run(*arguments: str, allowed: tuple[int, ...] = (0,)) -> None:
    done = subprocess.run([SECRETCTL, *arguments], capture_output=True, text=True, check=False)
    if done.returncode not in allowed:
        last = done.stderr.strip().splitlines()[-1:] or [""]
        raise NotMeasurableError(f"status {done.returncode} from secretctl {arguments[0]}: {last[0]}")


def _multiply(connection: sqlite3.Connection, clients: int) -> None:
    """Copy the first client and its secrets until there are enough, each under an id of its own."""
    columns = [row[1] for row in connection.execute("PRAGMA table_info(Clients)") if row[1] != "Id"]
    secrets = [row[1] for row in connection.execute("PRAGMA table_info(ClientSecrets)")]
    copied = ", ".join("'copy-' || n" if name == "ClientId" else f'"{name}"' for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    numbers = f"WITH RECURSIVE numbers(n) AS (SELECT 9 UNION ALL SELECT n + 1 FROM numbers WHERE n < {clients})"
    connection.execute(
        f"INSERT INTO Clients ({names}) {numbers} SELECT {copied} FROM numbers, (SELECT * FROM Clients LIMIT 1)",
    )
    kept = [name for name in secrets if name not in {"Id", "ClientId"}]
    names = ", ".join(f'"{name}"' for name in kept)
    values = ", ".join(f's."{name}"' for name in kept)
    connection.execute(
        f"INSERT INTO ClientSecrets (ClientId, {names}) SELECT c.Id, {values} FROM Clients c, "
        "(SELECT * FROM ClientSecrets WHERE ClientId = (SELECT min(Id) FROM Clients)) s WHERE c.ClientId LIKE 'copy-%'",
    )
