"""Every command that gets or makes a plaintext, under strace: it is in no argument, environment, message or other file.

A plaintext is looked for in all that a process and its children hand to the kernel, as it is, in base64 and in hex; reading
is left out, for that is where it comes from.
"""

from __future__ import annotations

import base64
import json
import re
import shlex
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

from tests.acceptance.kit import basic, claims, ec_key, http, jwk, pem_key, rsa_key, sha256, token
from tests.torture.scenarios import KEYRING, database
from tests.torture.strace import lines_of, modules, traced, under_strace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

pytestmark = [pytest.mark.torture, pytest.mark.needs("strace")]

MARK = "mark3d-7c1fd2e8"
SECRET = f"{MARK}-a-secret-that-nobody-may-see"
SHORT = "m4rk3d-short-1"
PASSWORD = f"{MARK}-password-of-somebody"
KEY = pem_key(rsa_key()).decode()
EVERYTHING_BUT_READING = (
    "!read,pread64,readv,preadv,recvfrom,recvmsg,mmap,munmap,mprotect,brk,futex,lseek,close,fstat,newfstatat,ioctl,"
    "rt_sigaction,rt_sigprocmask,getdents64,poll,getrandom"
)
_STDOUT, _PIPE = r"write\(1<", r"write\(\d+<pipe:"
_OWN_START = re.compile(r"\d+ +execve\(")


@cache
def _pattern(texts: tuple[str, ...]) -> re.Pattern[str]:
    """Texts as they may hide: as they are, and their middle in base64, wherever that starts, and in hex."""
    forms = []
    for text in texts:
        # What is generated goes on after the mark; the mark alone is public, as the policy's prefix.
        forms.append(f"{MARK}-[A-Za-z0-9_-]{{12}}" if text == MARK else re.escape(text))
        data = text.encode()
        forms += [data.hex(), data.hex().upper()]
        for shift in range(3):
            encoded = base64.b64encode(b"x" * shift + data).decode()
            forms.append(re.escape(encoded[4 : -4 - len(encoded) % 4]))
    return re.compile("|".join(forms))


def _private(pem: str) -> list[str]:
    """Lines of a PEM key that hold private numbers."""
    return pem.splitlines()[12:20]


@dataclass(frozen=True)
class Case:
    """A command line, where its plaintext comes from, and where it may go (patterns of strace's lines, and files)."""

    line: str
    may: Sequence[str] = ()
    file: str | None = None
    stdin: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    prompt: str | None = None
    looked_for: Sequence[str] = (MARK,)

    def __str__(self) -> str:
        return self.line


_RING = {"PYTHON_KEYRING_BACKEND": "filering.Keyring"}
_SINK = "--pipe-to 'sh -c \"cat >/dev/null\"'"
_ENV = {"THE_SECRET": SECRET}
_URLS = [f"postgresql://someone:{PASSWORD}@127.0.0.1:1/db", f"mysql+pymysql://someone:{PASSWORD}@127.0.0.1:1/db"]

CASES = [
    # Generated: every new secret begins with the mark, because the policy's prefix does.
    Case("secret add web", may=[_STDOUT]),
    Case("secret add web --json", may=[_STDOUT]),
    *(Case(f"secret add web --out new --out-format {each}", file="new") for each in ("raw", "dotenv", "json", "kubernetes")),
    Case(f"secret add web {_SINK}", may=[_PIPE]),
    Case("secret add web --keyring", file="keyring.json", env=_RING),
    Case(f"secret add web --out new {_SINK} --hash argon2id", may=[_PIPE], file="new"),
    Case("rotate --all", may=[_STDOUT]),
    Case("rotate --all --out dir --json", file="dir"),
    Case(f"rotate web app --keyring {_SINK}", may=[_PIPE], file="keyring.json", env=_RING),
    Case("rotate --all --dry-run"),
    Case(f"generate --prefix {MARK}", may=[_STDOUT, r"execve"]),
    # Failing deliveries.
    Case("secret add web --pipe-to 'sh -c \"read x; exit 5\"'", may=[_PIPE]),
    Case("secret add web --pipe-to true", may=[_PIPE]),
    Case("secret add web --keyring", env={"PYTHON_KEYRING_BACKEND": "filering.Broken"}),
    Case("secret add web --out /proc/nowhere"),
    # Supplied.
    *(
        Case(f"{command} {source}", stdin=SECRET if source.endswith(" -") else "", env=_ENV if "env" in source else {},
             may=[_PIPE] if "pipe" in command else [], prompt=SECRET if "prompt" in source else None)
        for source in ("--secret-file secret", "--secret-file -", "--secret-env THE_SECRET", "--prompt")
        for command in (f"secret add web {_SINK}", "hash --hash sha512", "verify web --explain --json", "verify client/app --explain")
    ),
    Case("secret add web --secret-file secret --out new --json", file="new"),
    Case("secret add web --secret-file short", looked_for=[SHORT]),
    *(Case(f"header web --secret-file secret --format {each}", may=[_STDOUT]) for each in ("header", "value", "curl", "post", "json")),
    Case("header web --from-keyring", env=_RING, may=[_STDOUT]),
    Case("verify app --from-keyring --explain", env=_RING),
    Case("verify web --from-keyring --json", env=_RING),
    # Into a database.
    Case(f"secret add client/web --prefix {MARK}- --out new -r sqlite:///registry.db", file="new"),
    Case(f"secret add client/web --secret-file secret {_SINK} -r sqlite:///registry.db", may=[_PIPE]),
    Case("rotate --all --out dir -r sqlite:///registry.db --settings secretctl.toml", file="dir"),
    # Presented.
    *(
        Case(f"verify --{each} {each} {more} --profile {profile}")
        for each in ("basic", "form", "request", "batch")
        for more, profile in (("--explain --json", "rfc"), ("", "identityserver4"))
        if each != "batch" or not more
    ),
    Case("inspect basic"),
    Case("inspect basic --json"),
    # Imported.
    *(
        Case(f"import {format} {format}.json {more}")
        for format in ("hydra", "keycloak", "identityserver")
        for more in ("--values plaintext", "--values plaintext --dry-run", "--values plaintext --json")
    ),
    # Private keys and their passwords.
    *(
        Case(line, looked_for=[*_private(KEY), PASSWORD])
        for line in (
            "assertion web --key key.pem", "assertion web --key key.pem --format json --json", "secret import web key.pem",
            "secret import web both.pem", "inspect key.pem", "inspect both.pem --json", "verify --assertion key.pem", "verify web --client-cert key.pem --secret-file key.pem",
            "assertion web --key locked.pem --key-password-file password", "assertion web --key locked.pem --key-password-file secret",
            "assertion other --key key.pem",
        )
    ),
    Case("assertion web --key locked.pem", prompt=PASSWORD),
    *(Case(line, looked_for=[json.loads(jwk(rsa_key()))["n"][5:]], may=[_STDOUT]) for line in ("inspect public.jwk",)),
    # Passwords of databases.
    *(Case(line, env={"SECRETCTL_REGISTRY": url}) for url in _URLS for line in ("check", "client add x --json", "secret add web --out new", "init --help")),
    Case("diff secretctl.toml $URL", env={"URL": _URLS[0]}, may=[r"execve"]),
]  # fmt: skip


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Everything that the commands read."""
    path = tmp_path / "w"
    path.mkdir()
    text = f'schema = 1\n[issuer]\nurl = "https://id.example.com"\n[policy]\nprefix = "{MARK}-"\n'
    for name, value in (("web", SECRET), ("app", "another one, which is long")):
        text += f"[clients.{name}]\n[[clients.{name}.secrets]]\nid = 's1'\ntype = 'SharedSecret'\nvalue = '{sha256(value)}'\n"
    text += f"[[clients.web.secrets]]\nid = 'k1'\ntype = 'JWK'\nvalue = '{jwk(rsa_key())}'\n[clients.other]\n"
    form = f"client_id=web&client_secret={SECRET}x"
    hydra = [{"client_id": "new", "client_secret": SECRET}]
    keycloak = {"clients": [{"clientId": "new", "secret": SECRET}]}
    settings = {"Clients": [{"ClientId": "new", "ClientSecrets": [{"Value": SECRET}, {"Value": sha256("x")}]}]}
    files: dict[str, str | bytes] = {
        "secretctl.toml": text, "secret": SECRET, "short": SHORT, "password": PASSWORD, "key.pem": KEY, "keyring.json": json.dumps({"client/web#s1": SECRET}),
        "locked.pem": pem_key(rsa_key(), PASSWORD.encode()), "both.pem": KEY + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "public.jwk": jwk(rsa_key()), "basic": basic("web", SECRET + "%zz"), "form": form, "request": http(form, [("Authorization", basic("app", SECRET))]),
        "batch": "".join(json.dumps(each) + "\n" for each in _LINES),
        "hydra.json": json.dumps(hydra), "keycloak.json": json.dumps(keycloak), "identityserver.json": json.dumps(settings),
    }  # fmt: skip
    files["registry.db"] = database()
    for name, content in files.items():
        (path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return path


_LINES: list[dict[str, Any]] = [
    {"authorization": basic("web", SECRET)}, {"authorization": basic("app", SECRET)}, {"form": f"client_id=web&client_secret={SECRET}&client_secret={SECRET}"},
    {"target": "web", "secret": SECRET, "ref": 1}, {"target": "nobody", "secret": SECRET}, {"secret": SECRET}, {"target": [SECRET], "secret": SECRET},
    {"assertion": token(claims(), ec_key()), "form": SECRET},
]  # fmt: skip
_BROKEN = """
class Broken(Keyring):
    def set_password(self, service, username, password):
        raise RuntimeError("it does not like " + password)
"""


def _leaks(case: Case, lines: Sequence[str]) -> list[str]:
    """Strace's lines with a plaintext where it may not be."""
    pattern = _pattern(tuple(case.looked_for))
    allowed = [*case.may, *([rf"write\(\d+<[^>]*/{case.file}"] if case.file else []), r"write\(\d+</dev/null>"]
    found = []
    for number, line in enumerate(lines):
        if number == 0 and _OWN_START.match(line):
            continue  # how the command itself was called, with its environment
        if pattern.search(line) and not any(re.match(r"\d+ +" + each, line) for each in allowed):
            found.append(line[:2000])
    return found


def _contents(directory: Path) -> dict[Path, bytes]:
    """What is in each file there and beside it."""
    paths = (path for path in directory.parent.rglob("*") if path.is_file() and path.suffix != ".strace")
    return {path: path.read_bytes() for path in paths}


def _left(case: Case, directory: Path, before: Mapping[Path, bytes]) -> list[Path]:
    """New and changed files that hold a plaintext."""
    changed = {path: data for path, data in _contents(directory).items() if before.get(path) != data}
    pattern = _pattern(tuple(case.looked_for))
    return [
        path
        for path, data in changed.items()
        if not (case.file and case.file in path.parts) and pattern.search(data.decode("latin-1"))
    ]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_plaintext_goes_where_it_belongs(case: Case, directory: Path) -> None:
    """And nowhere else; stderr least of all, with SECRETCTL_DEBUG=1 too."""
    home = directory.parent / "home"
    home.mkdir()
    (modules(directory) / "filering.py").write_text(KEYRING + _BROKEN)
    before = _contents(directory)
    env = {
        "HOME": str(home),
        "TMPDIR": str(home),
        "SECRETCTL_DEBUG": "1",
        **case.env,
    }
    options: dict[str, Any] = {"calls": EVERYTHING_BUT_READING, "options": ["-y", "-v", "-s", "1000000"], "env": env}
    arguments = [case.env["URL"] if each == "$URL" else each for each in shlex.split(case.line)]
    if case.prompt is None:
        ran = traced(arguments, directory, stdin=case.stdin.encode(), **options)
        assert "Traceback" not in ran.err
        said, lines = ran.err, ran.lines
    else:
        said, lines = _prompted(under_strace(arguments, directory, **options), directory, case.prompt)
    assert any("execve" in line for line in lines)
    assert _leaks(case, lines) == []
    assert _left(case, directory, before) == []
    assert not _pattern(tuple(case.looked_for)).search(said)


def _prompted(
    started: tuple[list[str], dict[str, str], Path], directory: Path, typed: str
) -> tuple[str, tuple[str, ...]]:
    """The same at a terminal, where somebody types the plaintext as often as it is asked for: what is on the screen then."""
    (program, *arguments), env, log = started
    child: pexpect.spawn[str] = pexpect.spawn(program, arguments, cwd=directory, env=env, encoding="utf-8", timeout=60)
    screen = ""
    while child.expect([pexpect.EOF, "(Secret|Secret again|Password of the key): "]):
        screen += child.before or ""
        child.sendline(typed)
    child.close()
    return screen + (child.before or ""), lines_of(log)
