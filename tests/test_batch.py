"""``verify --batch``: one result a line whatever the line, in order, streamed, in bounded memory."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secretctl.authenticate import Authenticator
from secretctl.batch import LONGEST_LINE, verify_lines
from secretctl.errors import UnavailableError
from secretctl.explain import Explainer
from secretctl.model import Client, Resource, Secret, StoredValue
from secretctl.plugins import load_parsers, load_validators
from secretctl.profiles import PROFILES
from tests.known import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from secretctl.model import Kind, Principal

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MEMBERS = ["accepted", "target", "method", "secret", "reason", "oauth_error", "detail"]
MEMBERS += ["warnings", "confirmation", "profile", "explanations"]


def shared(secret: str, expiration: datetime | None = None) -> Secret:
    """A shared secret."""
    value = base64.b64encode(hashlib.sha256(secret.encode()).digest()).decode()
    return Secret("s1", "SharedSecret", StoredValue(value), expiration=expiration)


def basic(id: str, secret: str) -> str:
    """A raw Basic header."""
    return "Basic " + base64.b64encode(f"{id}:{secret}".encode()).decode()


class Registry:
    """Principals in memory, found as a store finds them."""

    known: dict[tuple[Kind, str], Principal]

    def __init__(self, *principals: Principal) -> None:
        self.known = {(principal.kind, principal.id): principal for principal in principals}

    def find(self, kind: Kind, id: str) -> Principal | None:
        """The principal of that id."""
        return self.known.get((kind, id))

    def principals(self, kind: Kind | None = None) -> Iterator[Principal]:
        """All of them."""
        return (each for each in self.known.values() if kind in {None, each.kind})


REGISTRY = Registry(
    Client("web", secrets=(shared("secret"),)),
    Client("both", secrets=(shared("client"),)),
    Client("a/b", secrets=(shared("slash"),)),
    Client("short", secrets=(shared("soon over", NOW + timedelta(days=1)),)),
    Client("tls", secrets=(Secret("t1", "X509Thumbprint", StoredValue(SAMPLE["sha1"])),)),
    Client("newline", secrets=(shared("line\n"),)),
    Resource("both", secrets=(shared("resource"),)),
    Resource("api", secrets=(shared("api"),)),
)


def authenticator(profile: str = "rfc") -> Authenticator:
    """The authenticator of that registry."""
    rules = PROFILES[profile]
    return Authenticator(REGISTRY.find, rules, load_parsers(None, rules), load_validators(None, rules))


def run(*lines: object, profile: str = "rfc", kind: Kind = "client", explain: bool = False) -> list[dict[str, Any]]:
    """The results of lines: objects are spelled as JSON, bytes and text taken as they are."""
    spelled = [line if isinstance(line, bytes) else line.encode() if isinstance(line, str) else json.dumps(line).encode() for line in lines]  # fmt: skip
    core = authenticator(profile)
    explainer = Explainer(REGISTRY, core.profile) if explain else None
    stream = io.BytesIO(b"\n".join(spelled) + b"\n")
    results = []
    for accepted, text in verify_lines(stream, core, kind=kind, now=NOW, explain=explainer):
        if text:
            assert text.endswith(b"\n")
            assert text.isascii()
            assert text.count(b"\n") == 1
            result = json.loads(text, parse_constant=pytest.fail)
            assert result["accepted"] is accepted
            results.append(result)
    return results


def brief(*lines: object, **options: Any) -> list[tuple[str | None, str | None]]:
    """Target and reason of each result."""
    return [(result["target"], result["reason"]) for result in run(*lines, **options)]


def test_every_way_to_present_a_credential() -> None:
    """Header, body, target with a secret; each is accepted, with every member of `verify --json`."""
    lines = [
        {"authorization": basic("web", "secret")},
        {"authorization": basic("web", "secret"), "form": None, "client_cert": None},
        {"form": "client_id=web&client_secret=secret"},
        {"authorization": basic("web", "secret"), "form": "client_id=web"},
        {"target": "client/web", "secret": "secret"},
        {"target": "web", "secret": "secret"},
        {"target": "api", "secret": "api"},
        {"target": "scope/api", "secret": "api"},
        {"target": "resource/both", "secret": "resource"},
        {"target": "both", "secret": "resource", "kind": "resource"},
        {"target": "both", "secret": "client", "kind": "client"},
        {"target": "client/both", "secret": "client", "kind": "client"},
        {"target": "client/a/b", "secret": "slash"},
        {"target": "a/b", "secret": "slash"},
        {"authorization": basic("api", "api"), "kind": "resource"},
        {"authorization": basic("api", "api"), "kind": "scope"},
    ]
    for result in run(*lines):
        assert list(result) == MEMBERS
        assert result["accepted"], result
        assert result["secret"]["id"] == "s1"
    assert run(lines[4])[0]["method"] == "client_secret_basic"
    assert brief({"authorization": basic("api", "api")}, kind="resource") == [("resource/api", None)]


def test_certificates() -> None:
    """Beside another credential, with a client_id, or with a target; by PEM or base64."""
    pem = f"-----BEGIN CERTIFICATE-----\n{SAMPLE['base64']}\n-----END CERTIFICATE-----\n"
    for certificate in (SAMPLE["base64"], pem):
        results = run(
            {"form": "client_id=tls", "client_cert": certificate},
            {"target": "client/tls", "client_cert": certificate},
            {"target": "client/web", "secret": "secret", "client_cert": certificate},
            profile="duende",
        )
        assert [result["accepted"] for result in results] == [True, True, True]
        assert {result["confirmation"]["x5t#S256"] for result in results} == {SAMPLE["x5t#S256"]}
        assert results[1]["method"] == "self_signed_tls_client_auth"
    assert brief({"client_cert": SAMPLE["base64"]}) == [(None, "no_credential")]
    for line in ({"target": "client/tls"}, {"target": "client/web", "secret": "secret"}, {"form": "client_id=tls"}):
        assert brief({**line, "client_cert": "nonsense"})[0][1] == "malformed_credential"


def test_a_certificate_that_cannot_be_read_is_a_result_and_no_bug() -> None:
    """Whatever it is instead, cut anywhere or with any byte changed, and whatever it comes with."""
    der = base64.b64decode(SAMPLE["base64"])
    odd = ["", " ", "\0", "\ud800", "é", "0", "MII", "A" * 5, "=" * 4, "MIIB" * 1000, "7", "\ufeff", "CN=web"]
    odd += [
        "-----BEGIN CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        "-----END X-----",
    ]
    odd += ["-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----", "PuTTY-User-Key-File-3: x", "MAMCAQA="]
    odd += [f"{SAMPLE['base64']}A", f"{SAMPLE['base64']}{SAMPLE['base64']}"]
    odd += [base64.b64encode(der[:end]).decode() for end in range(0, len(der), 7)]
    for way in ({"target": "client/tls"}, {"target": "client/web", "secret": "secret"}, {"form": "client_id=tls"}, {}):
        results = run(*({**way, "client_cert": certificate} for certificate in odd))
        assert {result["reason"] for result in results} == {"malformed_credential"}
        assert len(results) == len(odd)
    changed = [der[:at] + bytes([der[at] ^ 0xFF]) + der[at + 1 :] for at in range(len(der))]
    results = run(*({"target": "client/tls", "client_cert": base64.b64encode(one).decode()} for one in changed))
    assert not any(result["accepted"] for result in results)
    assert "malformed_credential" in {result["reason"] for result in results}


def test_assertions() -> None:
    """A JWT goes to the parser of assertions; what it thinks of it is its own business."""
    assert brief({"assertion": "x"}) == [(None, "malformed_credential")]
    assert [result["method"] for result in run({"assertion": "x"}, {"assertion": "x", "kind": "resource"})] == [
        "private_key_jwt"
    ] * 2


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b" ",
        b"\r",
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b"{",
        b"{}",
        b"[]",
        b"null",
        b"7",
        b'"Basic x"',
        b"NaN",
        b'{"authorization": NaN}',
        b'{"authorization": Infinity}',
        b'{"authorization": "Basic x"} {}',
        b'{"authorization": "Basic x", "authorization": "Basic y"}',
        b'{"authorization": "Basic x", "ref": {"a": 1, "a": 2}}',
        b'{"authorization": 7}',
        b'{"authorization": ["Basic x"]}',
        b'{"authorization": null}',
        b'{"authorization": "\xff"}',
        b'{"form": {"client_id": "web"}}',
        b'{"target": "client/web"}',
        b'{"secret": "secret"}',
        b'{"target": 1, "secret": "secret"}',
        b'{"target": "both", "secret": "client"}',
        b'{"target": "client/both", "secret": "client", "kind": "resource"}',
        b'{"target": "client/web", "secret": "secret", "authorization": "Basic x"}',
        b'{"assertion": "x", "form": "y"}',
        b'{"authorisation": "Basic x"}',
        b'{"authorization": "Basic x", "kind": "user"}',
        b'{"authorization": "Basic x", "kind": 1}',
        b'{"authorization": "Basic x", "at": "soon"}',
        b'{"authorization": "Basic x", "at": "never"}',
        b'{"authorization": "Basic x", "at": 1}',
        b'{"kind": "client"}',
        b'{"a":' * 50_000,
        b"[" * 100_000,
        b'{"ref": ' + b"9" * 10_000 + b"}",
        b'{"authorization": "' + b"x" * LONGEST_LINE + b'"}',
    ],
    ids=lambda line: repr(line[:60]),
)
def test_a_malformed_line_is_refused_and_the_next_is_read(line: bytes) -> None:
    """One result a line, and nothing of the line in it."""
    right = {"authorization": basic("web", "secret")}
    assert brief(right, line, right) == [("client/web", None), (None, "malformed_credential"), ("client/web", None)]
    (result,) = run(line, profile="duende")
    assert (result["oauth_error"], result["method"], result["secret"]) == ("invalid_client", None, None)


def test_lone_surrogates_are_text_that_matches_nothing() -> None:
    """JSON can spell half of a pair; it is refused without a traceback wherever it stands."""
    for line in (
        b'{"authorization": "Basic \\ud800"}',
        b'{"form": "client_id=\\ud800&client_secret=\\udfff"}',
        b'{"target": "\\ud800", "secret": "x"}',
        b'{"target": "client/web", "secret": "\\ud800"}',
        b'{"assertion": "\\ud800"}',
        b'{"client_cert": "\\ud800"}',
    ):
        (result,) = run(line)
        assert not result["accepted"]


@pytest.mark.parametrize(
    "ref", ["a", 7, 1.5, None, True, [1, {"x": "\u00e9"}], {"ticket": "X-1"}, "\ud800", "\u2028</script>"]
)
def test_the_ref_is_given_back(ref: object) -> None:
    """Whatever JSON it is, for right, wrong and malformed lines, and only where the line has one."""
    for line in ({"authorization": basic("web", "secret")}, {"authorization": basic("web", "x")}, {"unknown": 1}):
        (result,) = run({**line, "ref": ref})
        assert result["ref"] == ref
        assert "ref" not in run(line)[0]


def test_a_ref_that_json_cannot_hold() -> None:
    """1e999 is a number in JSON and none in any computer; the answer counts all the same."""
    (result,) = run(b'{"authorization": "%s", "ref": 1e999}' % basic("web", "secret").encode())
    assert (result["accepted"], result["ref"]) == (True, None)


def test_each_line_has_a_time_of_its_own() -> None:
    """``at`` is a WHEN, from the batch's own now."""
    for at, reason in (
        ("2026-06-02", None),
        ("2026-06-02T00:00:01Z", "expired"),
        ("12h", None),
        ("2d", "expired"),
        ("now", None),
    ):
        line = {"authorization": basic("short", "soon over"), "at": at}
        assert brief(line, {"authorization": basic("short", "soon over")}) == [
            ("client/short", reason),
            ("client/short", None),
        ]


def test_unknown_targets_are_rejected() -> None:
    """Not an error: the answer is no."""
    lines = (
        {"target": "gone", "secret": "x"},
        {"target": "client/gone", "secret": "x"},
        {"target": "api", "secret": "x", "kind": "client"},
    )
    assert brief(*lines) == [(None, "unknown_principal")] * 3


def test_refusals_are_explained_where_that_is_wanted() -> None:
    """By what was typed, by header and by body."""
    lines = [
        {"target": "client/newline", "secret": "line"},
        {"authorization": basic("newline", "line")},
        {"form": "client_id=newline&client_secret=line"},
        {"target": "client/web", "secret": "secret\n"},
        {"authorization": basic("web", "nothing like it")},
        {"authorization": basic("web", "secret")},
        {"unknown": 1},
        {"target": "client/tls", "client_cert": "x"},
    ]
    found = [[each["code"] for each in result["explanations"]] for result in run(*lines, explain=True)]
    assert found == [
        ["newline_hashed"],
        ["newline_hashed"],
        ["newline_hashed"],
        ["whitespace"],
        [],
        [],
        [],
        [],
    ]
    assert all(result["explanations"] == [] for result in run(*lines))


@given(
    st.lists(st.binary(max_size=60).map(lambda line: line.replace(b"\n", b"")), min_size=1, max_size=6),
    st.integers(1, 9),
)
def test_one_result_a_line_however_the_bytes_arrive(lines: list[bytes], size: int) -> None:
    """Cut anywhere; a last line without an end counts, an end without a line does not."""

    class Trickle(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            return super().read1(arriving)

    arriving = size
    for end in (b"\n", b""):
        stream = Trickle(b"\n".join(lines) + end)
        expected = len(lines) - (end == b"" and lines[-1] == b"")
        results = [text for _, text in verify_lines(stream, authenticator(), kind="client", now=NOW) if text]
        assert len(results) == expected


def test_long_lines_are_not_kept() -> None:
    """However long a line is, what is kept of it is bounded, and the lines after it are read."""

    class Endless(io.BytesIO):
        """A hundred megabytes without an end of line, then one line."""

        left = 1_600
        longest = 0

        def read1(self, size: int | None = -1, /) -> bytes:
            self.left -= 1
            return (
                b"x" * 65_536 if self.left > 0 else b'\n{"target":"web","secret":"secret"}\n' if self.left == 0 else b""
            )

    results = [json.loads(text) for _, text in verify_lines(Endless(), authenticator(), kind="client", now=NOW) if text]
    assert [result["reason"] for result in results] == ["malformed_credential", None]


def test_a_stream_that_breaks_is_an_error() -> None:
    """What was answered before stays answered."""

    class Broken(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise OSError(5, "Input/output error")
            return super().read1(size)

    answers = verify_lines(Broken(b'{"target":"web","secret":"secret"}\n'), authenticator(), kind="client", now=NOW)
    assert next(answers)[0]
    assert next(answers) == (True, b"")
    with pytest.raises(UnavailableError) as caught:
        next(answers)
    assert caught.value.code == "input_unreadable"


def test_spelled_results_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A verdict that comes again is spelled once, and only so many are remembered."""
    monkeypatch.setattr("secretctl.batch._MOST_RENDERED", 2)
    lines = [{"authorization": basic(id, "secret")} for id in ("web", "gone", "both", "web", "tls", "web")]
    assert [target for target, _ in brief(*lines)] == [
        "client/web",
        None,
        "client/both",
        "client/web",
        "client/tls",
        "client/web",
    ]


REGISTRY_FILE = """\
schema = 1
[clients.web]
[[clients.web.secrets]]
id = "s1"
type = "SharedSecret"
value = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="
"""


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    """A registry whose one client has the secret `secret`."""
    path = tmp_path / "secretctl.toml"
    path.write_text(REGISTRY_FILE, encoding="utf-8")
    return path


def command(registry: Path, *arguments: str) -> list[str]:
    """The command line."""
    return [sys.executable, "-m", "secretctl", "verify", "-r", str(registry), "--batch", "-", *arguments]


def test_statuses(registry: Path) -> None:
    """0 when all were accepted, 1 when one was not, 3 where a question cannot be decided; earlier answers are out."""
    right, wrong = (json.dumps({"authorization": basic("web", secret)}) for secret in ("secret", "x"))
    # No issuer is configured, so nobody can say what the audience must be.
    claims = (
        base64.urlsafe_b64encode(b'{"iss":"web","sub":"web","aud":"x","exp":4102444800,"jti":"1"}').decode().rstrip("=")
    )
    undecidable = json.dumps({"assertion": f"eyJhbGciOiJFUzI1NiJ9.{claims}.AAAA"})
    for lines, status in (([right, right], 0), ([right, wrong], 1), ([], 0), ([right, undecidable, right], 3)):
        done = subprocess.run(
            command(registry), input="\n".join(lines), capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == status, done.stderr
        assert len(done.stdout.splitlines()) == (1 if status == 3 else len(lines))


def test_ask_and_listen_in_turns(registry: Path) -> None:
    """A program that waits for each answer before it asks again gets it."""
    with subprocess.Popen(command(registry, "--explain"), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        for secret, codes in (("secret", []), ("x", []), ("secret ", ["whitespace"])):
            process.stdin.write(json.dumps({"target": "web", "secret": secret}).encode() + b"\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            assert answer["accepted"] is (secret == "secret")
            assert [each["code"] for each in answer["explanations"]] == codes
        process.stdin.close()
        assert process.wait(60) == 1
