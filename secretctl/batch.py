"""Many credentials, one after the other: a JSON object a line in, a result a line out (newline-delimited JSON).

Nothing grows with the number of lines, so a batch may be of any length. A line that is not understood is refused like
a malformed credential, and the next one is read.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from secretctl.authenticate import presented_der, typed_credential
from secretctl.crypto.strict_json import JsonError, parse_object
from secretctl.errors import UnavailableError, UsageError
from secretctl.lifetimes import parse_when
from secretctl.model import KINDS, Credential, Refusal, Request, SecretText, Target

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from io import BufferedIOBase

    from secretctl.authenticate import Authenticator
    from secretctl.explain import Explainer
    from secretctl.model import Der, Explanation, Kind, Verdict

LONGEST_LINE = 1_048_576
"""Bytes: as many as any other input with one credential may have."""

_CHUNK = 65_536
_BESIDE = frozenset({"kind", "at", "ref"})
_REQUEST = frozenset({"authorization", "form", "client_cert"})
_WAYS = (_REQUEST, frozenset({"assertion"}), frozenset({"target", "secret", "client_cert"}))
_WAYS_TEXT = "a line has authorization, form and client_cert, or assertion, or target with secret or client_cert"
_KINDS: dict[str, Kind] = {"client": "client", "resource": "resource", "scope": "resource"}
_MOST_RENDERED = 1_024


class _Malformed(ValueError):  # noqa: N818 - an answer, not a fault
    """Why a line is no credential. Its text quotes nothing of it."""


class _Question(NamedTuple):
    """A line, understood: a request, or somebody who names a principal and presents a secret, a certificate or both."""

    kind: Kind
    now: datetime
    presented: Request | Credential | Refusal
    certificate: Der | Refusal | None = None


def verify_lines(
    stream: BufferedIOBase, authenticator: Authenticator, *, kind: Kind, now: datetime, explain: Explainer | None = None
) -> Iterator[tuple[bool, bytes]]:
    """For each line, in order: whether its credential was accepted, and the result as a line of ASCII JSON.

    An empty result stands between those of lines that have arrived and a wait for more: time to pass on what there is.
    ``kind`` and ``now`` hold for lines that do not say otherwise; with ``explain``, refusals are explained. The members
    of lines and results are the README's; a member that is null counts as absent. Raises UnavailableError where a
    question cannot be decided, or the stream not be read.
    """
    results = _Results()
    for line in _lines(stream):
        if line is None:
            yield True, b""
            continue
        members: dict[str, Any] = {}
        try:
            members = _members(line)
            header = members.get("authorization")
            if len(members) == 1 and isinstance(header, str) and explain is None:  # most lines, by the shortest way
                verdict = authenticator.verify(Request(header), kind=kind, now=now)
                yield verdict.accepted, results.line(verdict, members)
                continue
            token = members.get("assertion")
            if len(members) == 1 and isinstance(token, str) and explain is None:
                verdict = authenticator.verify_assertion(token, kind=kind, now=now)
                yield verdict.accepted, results.line(verdict, members)
                continue
            question = _question(members, authenticator, kind, now)
        except _Malformed as exc:
            question = _Question(kind, now, Refusal("malformed_credential", str(exc)))
        verdict = _verdict(question, authenticator)
        if explain is not None and not verdict.accepted:
            verdict = verdict._replace(explanations=_explanations(question, authenticator, explain))
        yield verdict.accepted, results.line(verdict, members)


def _lines(stream: BufferedIOBase) -> Iterator[bytes | None]:
    """The lines without their ends, None before each wait for more. Of one that is too long, only the beginning."""
    rest, skipping = b"", False
    while chunk := _read(stream):
        *lines, rest = (rest + chunk).split(b"\n")
        if skipping and lines:
            del lines[0]
            skipping = False
        yield from lines
        if skipping:
            rest = b""
        elif len(rest) > LONGEST_LINE:
            yield rest
            rest, skipping = b"", True
        yield None
    if rest:
        yield rest


def _read(stream: BufferedIOBase) -> bytes:
    try:
        return stream.read1(_CHUNK)
    except OSError as exc:
        raise UnavailableError("input_unreadable", f"the batch cannot be read further: {exc.strerror}") from exc


def _members(line: bytes) -> dict[str, Any]:
    if len(line) > LONGEST_LINE:
        raise _Malformed(f"the line is longer than {LONGEST_LINE} bytes")
    try:
        return parse_object(line)
    except JsonError as exc:
        raise _Malformed(f"the line is not one JSON object: {exc}") from None


def _verdict(question: _Question, authenticator: Authenticator) -> Verdict:
    kind, now, presented, certificate = question
    if isinstance(presented, Request):
        return authenticator.verify(presented, kind=kind, now=now)
    if isinstance(presented, Credential) and presented.secret is not None:
        presented = typed_credential(presented.id, presented.secret, authenticator.profile)
    return authenticator.answer(presented, kind=kind, now=now, certificate=certificate)


def _explanations(question: _Question, authenticator: Authenticator, explain: Explainer) -> tuple[Explanation, ...]:
    presented, request = question.presented, None
    if isinstance(presented, Request):
        request = presented
        presented = authenticator.credential(request, presented_der(request.client_cert))
    return explain(presented, kind=question.kind, now=question.now, request=request)


def _question(members: dict[str, Any], authenticator: Authenticator, kind: Kind, now: datetime) -> _Question:
    given = {name: value for name, value in members.items() if name != "ref" and value is not None}
    if not all(isinstance(value, str) for value in given.values()):
        raise _Malformed("a member other than ref is not a string")
    presented = given.keys() - _BESIDE
    if not presented or not any(presented <= way for way in _WAYS):
        raise _Malformed(_WAYS_TEXT)
    if "at" in given:
        now = _at(given["at"], now)
    line_kind = _kind(given["kind"]) if "kind" in given else None
    if "target" in given or "secret" in given:
        return _question_of_target(given, authenticator, line_kind, now)
    if "assertion" in given:
        from secretctl.builders.assertion import assertion_form

        return _Question(line_kind or kind, now, Request(form=assertion_form(given["assertion"])))
    request = Request(given.get("authorization"), given.get("form"), given.get("client_cert"))
    return _Question(line_kind or kind, now, request)


def _question_of_target(
    given: dict[str, str], authenticator: Authenticator, line_kind: Kind | None, now: datetime
) -> _Question:
    if "target" not in given or not given.keys() & {"secret", "client_cert"}:
        raise _Malformed(_WAYS_TEXT)
    kind, id_ = _target(given["target"], authenticator, line_kind)
    certificate = presented_der(given.get("client_cert"))
    presented: Credential | Refusal
    if "secret" in given:
        presented = Credential("client_secret_basic", id_, SecretText(given["secret"]))
    elif isinstance(certificate, Refusal):
        presented = certificate._replace(id=id_)
    else:
        presented = Credential("tls_client_auth", id_, certificate=certificate)
    return _Question(kind, now, presented, certificate)


def _target(text: str, authenticator: Authenticator, line_kind: Kind | None) -> Target:
    """The principal that a target names, as on the command line; a bare id may stand for one that does not exist."""
    prefix, slash, rest = text.partition("/")
    kind = _KINDS.get(prefix) if slash else None
    if kind is not None:
        if line_kind not in {None, kind}:
            raise _Malformed("target and kind do not agree")
        return Target(kind, rest)
    known = [kind for kind in KINDS if authenticator.find(kind, text) is not None] if line_kind is None else [line_kind]
    if len(known) > 1:
        raise _Malformed("a client and a resource have this id: write client/ID or resource/NAME")
    return Target(known[0] if known else "client", text)


def _kind(text: str) -> Kind:
    try:
        return _KINDS[text]
    except KeyError:
        raise _Malformed("kind is neither client nor resource") from None


def _at(text: str, now: datetime) -> datetime:
    try:
        instant = parse_when(text, now)
    except UsageError:
        instant = None
    if instant is None:
        raise _Malformed("at is not a point in time")
    return instant


class _Results:
    """Results as lines. The verdicts that the authenticator gives again and again are spelled out once."""

    __slots__ = ("_spelled",)

    def __init__(self) -> None:
        self._spelled: dict[int, tuple[Verdict, bytes]] = {}

    def line(self, verdict: Verdict, members: dict[str, Any]) -> bytes:
        """The result with its newline; ``ref`` is the line's, where it has one that JSON can hold."""
        known = self._spelled.get(id(verdict))
        if known is None or known[0] is not verdict:
            if len(self._spelled) >= _MOST_RENDERED:
                self._spelled.clear()
            known = self._spelled[id(verdict)] = verdict, json.dumps(verdict.as_dict()).encode("ascii")
        if "ref" not in members:
            return known[1] + b"\n"
        try:
            ref = json.dumps(members["ref"], allow_nan=False)
        except (ValueError, RecursionError):
            ref = "null"  # 1e999 was JSON, but as the infinity that it is read as it cannot be given back
        return b'%s, "ref": %s}\n' % (known[1][:-1], ref.encode("ascii"))
