"""verify --batch: a line in, a result out, in order; nothing stops it, and nothing grows."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.kit import (
    FIELDS,
    NOW,
    OTHER,
    PROFILES,
    SECRET,
    accepted,
    basic,
    basic_raw,
    certificate,
    claims,
    jwk,
    lines,
    rsa_key,
    sha512,
    shared,
    stored,
    token,
    well_formed,
)

if TYPE_CHECKING:
    from tests.acceptance.kit import Judge


def batch(judge: Judge, data: str | bytes, *options: object, status: int, profile: str = "rfc") -> list[dict[str, Any]]:
    """The results of a batch; each is held against the form of a verdict."""
    arguments = ("verify", "--batch", "-", "--profile", profile, "--at", NOW, *options)
    ran = judge.cli(*arguments, stdin=data)
    assert ran.status == status, ran.err
    results = [json.loads(line) for line in ran.out.splitlines()]
    for result in results:
        well_formed({name: value for name, value in result.items() if name != "ref"})
        assert list(result) in (FIELDS, [*FIELDS, "ref"])
    return results


@pytest.fixture
def web(judge: Judge) -> Judge:
    """A client and a resource."""
    judge.registry(
        {
            "web": {
                "secrets": [
                    shared(SECRET),
                    stored("JWK", jwk(rsa_key()), "k"),
                    stored("X509Thumbprint", certificate().sha1, "t"),
                ]
            }
        },
        {"api": {"secrets": [shared(OTHER)]}},
    )
    return judge


def test_every_way_of_a_line(web: Judge) -> None:
    """All that the README names, and what comes of it."""
    made = certificate()
    pem = made.pem.decode()
    questions = [
        ({"authorization": basic("web", SECRET)}, "client_secret_basic"),
        ({"form": f"client_id=web&client_secret={SECRET}"}, "client_secret_post"),
        ({"form": "client_id=web", "client_cert": pem}, "self_signed_tls_client_auth"),
        ({"form": "client_id=web", "client_cert": made.base64}, "self_signed_tls_client_auth"),
        ({"authorization": basic("web", SECRET), "form": "grant_type=x"}, "client_secret_basic"),
        ({"assertion": token(claims())}, "private_key_jwt"),
        ({"target": "client/web", "secret": SECRET}, "client_secret_basic"),
        ({"target": "web", "secret": SECRET}, "client_secret_basic"),
        ({"target": "client/web", "client_cert": pem}, "self_signed_tls_client_auth"),
        ({"target": "resource/api", "secret": OTHER}, "client_secret_basic"),
        ({"target": "scope/api", "secret": OTHER}, "client_secret_basic"),
        ({"authorization": basic("api", OTHER), "kind": "resource"}, "client_secret_basic"),
        ({"form": f"client_id=api&client_secret={OTHER}", "kind": "resource"}, "client_secret_post"),
        ({"authorization": basic("web", SECRET), "at": "2026-06-01"}, "client_secret_basic"),
    ]
    results = batch(web, lines(*(question for question, _ in questions)), status=0)
    assert [result["method"] for result in results] == [method for _, method in questions]
    for result in results:
        accepted(result)
        assert "ref" not in result


@pytest.mark.parametrize(
    "ref", ["a", 7, 1.5, None, True, [1, {"a": None}], {"b": [2]}, "ü\u2028", "", 0, False, "\ud800"]
)
def test_ref_is_echoed(web: Judge, ref: Any) -> None:
    """Whatever JSON it is, on acceptance and on refusal."""
    results = batch(
        web,
        lines(
            {"ref": ref, "authorization": basic("web", SECRET)},
            {"authorization": basic("web", OTHER), "ref": ref},
            {"ref": ref, "target": "client/web", "secret": SECRET},
            {"ref": ref, "nonsense": "x"},
        ),
        status=1,
    )
    assert [result["ref"] for result in results] == [ref] * 4
    assert [result["reason"] for result in results] == [None, "mismatch", None, "malformed_credential"]


MALFORMED: list[bytes] = [
    b"{", b"[]", b"7", b'"text"', b"null", b"{}", b'{"ref": 1}', b"not json", b"\xff\xfe", b'{"authorization": 7}',
    b'{"form": ["a"]}', b'{"form": {"client_id": "web"}}', b'{"target": "client/web"}', b'{"secret": "x"}',
    b'{"target": "client/web", "secret": 7}', b'{"unknown": "x"}', b'{"authorization": "Basic x", "assertion": "y"}',
    b'{"assertion": "x", "form": "y"}', b'{"target": "client/web", "secret": "x", "form": "y"}',
    b'{"authorization": "Basic x", "authorization": "Basic y"}', b'{"kind": "client"}', b'{"at": "now"}',
    b'{"authorization": "Basic x", "kind": "user"}', b'{"authorization": "Basic x", "at": "whenever"}',
    b'{"authorization": "Basic x", "at": 7}', b"[" * 100_000, b'{"form": "' + b"x" * 2_000_000 + b'"}',
    b'{"authorization": "Basic x"} trailing', b'{"form": "client_id=web", "client_cert": "nonsense"}',
    b'\xef\xbb\xbf{"authorization": "Basic x"}', b'{"a": NaN}',
]  # fmt: skip


@pytest.mark.parametrize("line", MALFORMED, ids=[repr(line[:40]) for line in MALFORMED])
def test_a_malformed_line_goes_on(web: Judge, line: bytes) -> None:
    """It gives a result of its own, and the next line is read."""
    good = json.dumps({"authorization": basic("web", SECRET), "ref": "after"}).encode()
    results = batch(web, good + b"\n" + line + b"\n" + good + b"\n", status=1)
    assert [result["accepted"] for result in results] == [True, False, True]
    assert results[1]["reason"] == "malformed_credential"
    assert results[2]["ref"] == "after"


def test_whom_a_malformed_body_names(web: Judge) -> None:
    """The target is known wherever its id can be read."""
    bodies = ("client_id=web&client_secret=%zz", "client_id=web&client_id=web", "client_id=%zz", "client_secret=%zz")
    questions = [{"form": body} for body in bodies]
    questions.append({"form": "client_id=web", "client_cert": "nonsense"})
    questions.append({"target": "client/web", "client_cert": "nonsense"})
    results = batch(web, lines(*questions), status=1)
    assert {result["reason"] for result in results} == {"malformed_credential"}
    assert [result["target"] for result in results] == ["client/web", None, None, None, "client/web", "client/web"]


def test_line_ends(web: Judge) -> None:
    """LF, CRLF, and a last line without either."""
    line = json.dumps({"authorization": basic("web", SECRET)})
    assert len(batch(web, f"{line}\r\n{line}\n{line}", status=0)) == 3


def test_an_empty_batch(web: Judge) -> None:
    """Nothing was refused."""
    assert batch(web, "", status=0) == []


def test_a_batch_from_a_file(web: Judge) -> None:
    """FILE or stdin."""
    path = web.cli.write(lines({"authorization": basic("web", SECRET)}), "batch.jsonl")
    ran = web.cli("verify", "--batch", path)
    assert ran.status == 0
    assert json.loads(ran.out)["accepted"] is True


def test_kinds_of_lines_and_of_the_batch(web: Judge) -> None:
    """--kind is for the lines that do not say."""
    data = lines({"authorization": basic("api", OTHER)}, {"authorization": basic("web", SECRET), "kind": "client"})
    results = batch(web, data, "--kind", "resource", status=0)
    assert [result["target"] for result in results] == ["resource/api", "client/web"]


def test_times_of_lines_and_of_the_batch(judge: Judge) -> None:
    """`at` of a line stands before --at."""
    judge.one(shared(SECRET, expiration="2026-07-01T00:00:00Z"))
    data = lines(
        *({"target": "client/web", "secret": SECRET, **at} for at in ({}, {"at": "2026-07-02"}, {"at": "now"}))
    )
    results = batch(judge, data, status=1)
    assert [result["reason"] for result in results][:2] == [None, "expired"]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_batch_answers_as_single_questions_do(judge: Judge, profile: str) -> None:
    """Shortcuts for many lines change no answer."""
    judge.registry(
        {
            "web": {"secrets": [shared(SECRET), stored("SharedSecret", sha512(OTHER), "s2")]},
            "poisoned": {"secrets": [stored("SharedSecret", "plaintext", "bad"), shared(SECRET)]},
            "expired": {"secrets": [shared(SECRET, expiration="2026-05-01T00:00:00Z")]},
            "off": {"enabled": False, "secrets": [shared(SECRET)]},
            "public": {"require_secret": False},
            "bare": {},
            "a+b": {"secrets": [shared("c%20d+e")]},
        }
    )
    headers = [
        *(basic_raw(id, SECRET) for id in ("web", "poisoned", "expired", "off", "public", "bare", "nobody")),
        *(basic("web", secret) for secret in (OTHER, "wrong", " ", "", "x" * 101, "x" * 1001, "ü", "\x7f", "a\x00b")),
        basic("a+b", "c%20d+e"), basic_raw("a+b", "c%20d+e"), "Basic", "Basic ", "Basic =", "Basic QQ", "Bearer x",
        basic("web", SECRET) + "=", basic("web", SECRET) + " ", " " + basic("web", SECRET), basic("web", SECRET).lower(),
        basic("web", SECRET).replace("Basic ", "basic "), basic("web", SECRET).replace("Basic ", "Basic  "),
        basic("web", SECRET).replace("Basic ", "Basic\t"), "", " ", "\x00", "Basic d2Vi", "Basic d2ViOg==", "Basic OnNlY3JldA==",
    ]  # fmt: skip
    results = batch(judge, lines(*({"authorization": header} for header in headers)), status=1, profile=profile)
    assert len(results) == len(headers)
    for header, result in zip(headers, results, strict=True):
        if header != header.strip() or " " not in header:
            continue  # a header line in a file is not a header value in JSON: its blanks are cut, `Basic` is added
        assert judge.basic(header, profile=profile) == result, header


def test_secrets_with_control_characters_in_a_line(judge: Judge) -> None:
    """JSON can spell what a file cannot."""
    judge.one(shared("a\x00b-and-some-more"))
    for profile in PROFILES:
        (result,) = batch(
            judge,
            lines({"target": "client/web", "secret": "a\x00b-and-some-more"}),
            status=int(profile == "rfc"),
            profile=profile,
        )
        assert result["accepted"] == (profile != "rfc")


@pytest.mark.usefixtures("untraced")
def test_memory_does_not_grow(judge: Judge) -> None:
    """Ten times the lines, the same peak (to a few per cent)."""
    judge.one(shared(SECRET))
    program = (
        "import resource, sys; from secretctl.cli.app import run; status = run(sys.argv[1:]); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )
    peaks = []
    for number in (300, 30_000):
        data = lines({"authorization": basic("web", SECRET), "ref": "r"}) * number
        done = subprocess.run(
            [sys.executable, "-c", program, "verify", "--batch", "-"], cwd=judge.cli.path, input=data.encode(),
            capture_output=True, check=True,
        )  # fmt: skip
        assert done.stdout.count(b"\n") == number
        peaks.append(int(done.stderr.split()[-1]))
    assert peaks[1] < peaks[0] * 1.15


def test_answers_come_before_the_end(judge: Judge) -> None:
    """Streamed: whoever asks line by line is answered line by line."""
    judge.one(shared(SECRET))
    with subprocess.Popen(
        [sys.executable, "-m", "secretctl", "verify", "--batch", "-"],
        cwd=judge.cli.path, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(lines({"authorization": basic("web", SECRET), "ref": number}).encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["ref"] == number
        process.stdin.close()
        assert process.wait(30) == 0
