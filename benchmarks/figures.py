"""The figures: each measures one thing and its baseline in turns, and knows its goal."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import shutil
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from benchmarks.big_registry import client_id, plaintext
from benchmarks.material import AUDIENCE, FEW, MANY, SECRETCTL, VERY_MANY, authorization
from benchmarks.measuring import Command, peak_bytes, processes, rates, seconds_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.material import Material

IMPORT_TYPER = Command([sys.executable, "-c", "import typer"])
BATCH = 50_000
ASSERTIONS = 20_000


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure and its baseline, in the same unit: ``ms``, ``/s`` or ``MB``."""

    value: float
    baseline: float
    unit: str

    @property
    def ratio(self) -> float:
        """The figure in units of its baseline."""
        return self.value / self.baseline


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. The goal is a ratio: at most, for times and memory; at least, for rates."""

    name: str
    baseline: str
    goal: float
    measure: Callable[[Material], Measured]
    at_least: bool = False

    def reached(self, measured: Measured) -> bool:
        """Whether the goal holds."""
        return measured.ratio >= self.goal if self.at_least else measured.ratio <= self.goal


def _milliseconds(command: Command, baseline: Command, repeats: int = 21) -> Measured:
    value, base = processes(command, baseline, repeats=repeats)
    return Measured(value * 1e3, base * 1e3, "ms")


# Start-up


def verify_basic(material: Material) -> Measured:
    """One header against 50 clients."""
    return _milliseconds(Command([SECRETCTL, "verify", "-r", material.few, "--basic", material.basic]), IMPORT_TYPER)


def check_json(material: Material) -> Measured:
    """50 clients, all of them."""
    return _milliseconds(Command([SECRETCTL, "check", "-r", material.few, "--json"]), IMPORT_TYPER)


def header(material: Material) -> Measured:
    """A header, held against the registry first."""
    command = Command([SECRETCTL, "header", client_id(7), "-r", material.few, "--secret-file", material.secret])
    return _milliseconds(command, IMPORT_TYPER)


def completion(material: Material) -> Measured:
    """One TAB after `secretctl verify client/service-00000`."""
    environment = {
        "_SECRETCTL_COMPLETE": "bash",
        "_SECRETCTL_LINE": "secretctl verify client/service-00000",
        "SECRETCTL_REGISTRY": str(material.few),
    }
    return _milliseconds(Command([SECRETCTL], environment=environment), IMPORT_TYPER)


# Verifying


def bare_loop(authorizations: list[str], stored: dict[str, bytes]) -> int:
    """What cannot be left out: decode, split, unquote, hash, compare."""
    for value in authorizations:
        id_, _, secret = base64.b64decode(value[6:]).decode().partition(":")
        digest = hashlib.sha256(unquote_plus(secret).encode()).digest()
        if not hmac.compare_digest(base64.b64encode(digest), stored[unquote_plus(id_)]):
            raise AssertionError(id_)
    return len(authorizations)


def _bare_material(count: int) -> tuple[list[str], dict[str, bytes]]:
    headers = [authorization(number) for number in range(FEW)]
    stored = {
        client_id(number): base64.b64encode(hashlib.sha256(plaintext(number).encode()).digest())
        for number in range(FEW)
    }
    return [headers[number % FEW] for number in range(count)], stored


def api(material: Material) -> Measured:
    """The Python API on one Basic request after another."""
    import secretctl

    registry = secretctl.open_registry(str(material.few))
    authorizations, stored = _bare_material(10_000)
    now = datetime.now(UTC)

    def ours() -> int:
        for value in authorizations:
            if not registry.verify(secretctl.Request(authorization=value), now=now).accepted:
                raise AssertionError(value)
        return len(authorizations)

    value, base = rates(ours, lambda: bare_loop(authorizations, stored), repeats=11)
    return Measured(value, base, "/s")


def batch(material: Material) -> Measured:
    """50,000 lines of Basic headers, the start of the process included."""
    command = Command([SECRETCTL, "verify", "-r", material.few, "--batch", material.basic_lines(BATCH)])
    authorizations, stored = _bare_material(BATCH)
    value, base = rates(_whole_process(command, BATCH), lambda: bare_loop(authorizations, stored), repeats=5)
    return Measured(value, base, "/s")


def batch_memory(material: Material) -> Measured:
    """The peak with a million lines, in units of the peak with a thousand."""
    peaks = [
        peak_bytes(Command([SECRETCTL, "verify", "-r", material.few, "--batch", material.basic_lines(count)])) / 1e6
        for count in (1_000_000, 1_000)
    ]
    return Measured(peaks[0], peaks[1], "MB")


def assertions_rs256(material: Material) -> Measured:
    """20,000 client assertions signed with RSA-2048."""
    return _assertions(material, "RS256")


def assertions_es256(material: Material) -> Measured:
    """20,000 client assertions signed with P-256."""
    return _assertions(material, "ES256")


def _assertions(material: Material, algorithm: str) -> Measured:
    registry, lines, key = material.assertions(algorithm, ASSERTIONS)
    command = Command([SECRETCTL, "verify", "-r", registry, "--batch", lines, "--audience", AUDIENCE])
    verify = _bare_verification(key, algorithm)

    def bare() -> int:
        with lines.open("rb") as file:
            for line in file:
                head, claims, signature = json.loads(line)["assertion"].encode().split(b".")
                verify(_base64url(signature), head + b"." + claims)
                json.loads(_base64url(claims))
        return ASSERTIONS

    value, base = rates(_whole_process(command, ASSERTIONS), bare, repeats=5)
    return Measured(value, base, "/s")


def _bare_verification(key: Any, algorithm: str) -> Callable[[bytes, bytes], None]:
    from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
    from cryptography.hazmat.primitives.hashes import SHA256

    if algorithm == "RS256":
        return lambda signature, text: key.verify(signature, text, padding.PKCS1v15(), SHA256())

    def es256(signature: bytes, text: bytes) -> None:
        r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
        key.verify(utils.encode_dss_signature(r, s), text, ec.ECDSA(SHA256()))

    return es256


def _base64url(text: bytes) -> bytes:
    return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))


def _whole_process(command: Command, count: int) -> Callable[[], int]:
    def loop() -> int:
        seconds_of(command)
        return count

    return loop


# Large registries


def check_many(material: Material) -> Measured:
    """Read and check 10,000 clients."""
    return _milliseconds(Command([SECRETCTL, "check", "-r", material.many, "--json"]), _tomllib(material.many), 5)


def add_among_many(material: Material) -> Measured:
    """Add one secret to 10,000 clients; comments stay."""
    return _edit(material, "secret", "add", f"client/{client_id(MANY // 2)}")


def rotate_among_many(material: Material) -> Measured:
    """Rotate the secret of one of 10,000 clients; comments stay."""
    return _edit(material, "rotate", f"client/{client_id(MANY // 2)}")


def _edit(material: Material, *arguments: str) -> Measured:
    work = material.directory / "edited.toml"
    command = Command(
        [SECRETCTL, *arguments, "--expires", "90d", "-r", work],
        before=lambda: shutil.copy(material.many, work),
    )
    return _milliseconds(command, _tomllib(material.many), 5)


def _tomllib(path: Path) -> Command:
    code = "import sys, tomllib; tomllib.loads(open(sys.argv[1], encoding='utf-8').read())"
    return Command([sys.executable, "-c", code, path])


def check_memory(material: Material) -> Measured:
    """The peak of a check of 100,000 clients, in units of the file's size."""
    peak = peak_bytes(Command([SECRETCTL, "check", "-r", material.very_many, "--json"]))
    return Measured(peak / 1e6, material.very_many.stat().st_size / 1e6, "MB")


def verify_in_sqlite(material: Material) -> Measured:
    """One of 100,000 clients in SQLite, against one of 100."""
    return _verify_among(material, material.sqlite)


def verify_in_postgresql(material: Material) -> Measured:
    """The same in PostgreSQL."""
    return _verify_among(material, material.postgresql)


def _verify_among(material: Material, database: Callable[[int], str]) -> Measured:
    commands = [
        Command([SECRETCTL, "verify", "-r", database(clients), "--basic", material.basic])
        for clients in (VERY_MANY, 100)
    ]
    return _milliseconds(commands[0], commands[1])


def apply_to_sqlite(material: Material) -> Measured:
    """Write 100,000 clients, 200,000 secrets, into an empty database."""
    url = f"sqlite:///{material.directory}/written.db"
    return _written(material, [SECRETCTL, "apply", material.very_many, url, "--yes"], _emptied(url))


def import_to_sqlite(material: Material) -> Measured:
    """The same as JSON of IdentityServer's."""
    url = f"sqlite:///{material.directory}/written.db"
    return _written(material, [SECRETCTL, "import", "identityserver", material.appsettings, "-r", url], _emptied(url))


def _emptied(url: str) -> Callable[[], None]:
    def empty() -> None:
        Path(url.removeprefix("sqlite:///")).unlink(missing_ok=True)
        seconds_of(Command([SECRETCTL, "init", url]))

    return empty


def apply_to_postgresql(material: Material) -> Measured:
    """The same in PostgreSQL."""
    url = material.empty_postgresql("applied")

    def empty() -> None:
        import psycopg

        with psycopg.connect(url.partition("&schema")[0], autocommit=True) as connection:
            connection.execute("DROP SCHEMA IF EXISTS applied CASCADE")
        seconds_of(Command([SECRETCTL, "init", url]))

    return _written(material, [SECRETCTL, "apply", material.very_many, url, "--yes"], empty)


def _written(material: Material, arguments: list[str | Path], empty: Callable[[], object]) -> Measured:
    return _milliseconds(Command(arguments, before=empty), _tomllib(material.very_many), 1)


def check_memory_in_sqlite(material: Material) -> Measured:
    """The peak of a check of 100,000 clients in SQLite, in units of the database's size."""
    url = material.sqlite(VERY_MANY)
    size = Path(url.removeprefix("sqlite:///")).stat().st_size
    return Measured(peak_bytes(Command([SECRETCTL, "check", "-r", url, "--json"])) / 1e6, size / 1e6, "MB")


def constant_time(material: Material) -> Measured:
    """The slowest of three refusals against the quickest: a wrong secret, an unknown id, an expired secret."""
    import secretctl

    registry = secretctl.open_registry(str(material.few))
    now, late = datetime.now(UTC), datetime(3000, 1, 1, tzinfo=UTC)
    right = f"{client_id(7)}:{plaintext(7)}"
    attempts = [(right[:-1] + "x", now), ("x" + right[1:], now), (right, late)]
    calls = [
        (secretctl.Request(authorization="Basic " + base64.b64encode(text.encode()).decode()), instant)
        for text, instant in attempts
    ]
    times: list[list[int]] = [[], [], []]
    for _ in range(20_000):
        for (request, instant), column in zip(calls, times, strict=True):
            start = perf_counter_ns()
            registry.verify(request, now=instant)
            column.append(perf_counter_ns() - start)
    medians = [median(column) / 1e6 for column in times]
    return Measured(max(medians), min(medians), "ms")


BARE = "bare loop: decode, hash, compare"
BARE_ASSERTION = "bare loop: json, base64, verify"
TYPER = "import typer"

FIGURES = (
    Figure("verify --basic, 50 clients", TYPER, 1.25, verify_basic),
    Figure("check --json, 50 clients", TYPER, 1.25, check_json),
    Figure("header, 50 clients", TYPER, 1.25, header),
    Figure("TAB completion of a TARGET", TYPER, 1.4, completion),
    Figure("API: verify one Basic request", BARE, 0.40, api, at_least=True),
    Figure("verify --batch, Basic lines", BARE, 0.15, batch, at_least=True),
    Figure("verify --batch, memory of 1,000,000 lines", "of 1,000 lines", 1.05, batch_memory),
    Figure("client assertions in batch, RS256", BARE_ASSERTION, 0.70, assertions_rs256, at_least=True),
    Figure("client assertions in batch, ES256", BARE_ASSERTION, 0.80, assertions_es256, at_least=True),
    Figure("check 10,000 clients (5.5 MB)", "tomllib.loads of it", 1.2, check_many),
    Figure("secret add among 10,000 clients", "tomllib.loads of it", 2.2, add_among_many),
    Figure("rotate among 10,000 clients", "tomllib.loads of it", 2.2, rotate_among_many),
    Figure("verify among 100,000 clients in SQLite", "among 100", 1.1, verify_in_sqlite),
    Figure("verify among 100,000 clients in PostgreSQL", "among 100", 1.1, verify_in_postgresql),
    # Modest: only that nobody goes back to a dozen statements a client.
    Figure("apply 100,000 clients to SQLite", "tomllib.loads of them", 3.0, apply_to_sqlite),
    Figure("apply 100,000 clients to PostgreSQL", "tomllib.loads of them", 10.0, apply_to_postgresql),
    Figure("import 100,000 clients to SQLite", "tomllib.loads of them", 3.0, import_to_sqlite),
    Figure("check 100,000 clients, peak memory", "the file's size", 25.0, check_memory),
    # What is kept is the answer, not what it was read from.
    Figure("check 100,000 clients in SQLite, peak memory", "the file's size", 5.0, check_memory_in_sqlite),
    Figure("API: slowest refusal", "quickest refusal", 1.10, constant_time),
)
