"""Mistakes in presenting a secret: for each, what the right secret would be, and how a request spelled it."""

from __future__ import annotations

import unicodedata
from binascii import Error as Base64Error
from binascii import a2b_base64
from typing import TYPE_CHECKING, NamedTuple

from secretctl.parsers.text import urldecode_lenient, urldecode_strict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from secretctl.model import Request
    from secretctl.profiles import Profile


class Presented(NamedTuple):
    """A secret as the server read it, and as the request spelled it (the same where nothing was decoded).

    ``secret`` is empty where the server refused to read it.
    """

    id: str
    secret: str
    raw: str


class PresentedMistake(NamedTuple):
    """One known mistake. ``meant`` gives what the right secret is, if this mistake was made."""

    code: str
    message: str
    hint: str
    meant: Callable[[Presented], Iterator[str]]


def _plus_became_space(presented: Presented) -> Iterator[str]:
    yield presented.secret.replace(" ", "+")


def _encoded(presented: Presented) -> Iterator[str]:
    """Decoded as a form is, and with + left alone, as ``encodeURIComponent`` leaves no blank as +."""
    yield urldecode_strict(presented.secret) or ""
    yield urldecode_strict(presented.secret.replace("+", "%2B")) or ""


def _decoded(presented: Presented) -> Iterator[str]:
    yield presented.raw


def _white_space(presented: Presented) -> Iterator[str]:
    """Without white space at the ends, and without any white space and invisible characters at all."""
    text = presented.secret
    visible = "".join(c for c in text if not c.isspace() and unicodedata.category(c) not in {"Cf", "Cc"})
    yield from (text.strip(), visible)


def _quotes(presented: Presented) -> Iterator[str]:
    text = presented.secret
    if text[:1] in {'"', "'"} and text[:1] == text[-1:]:
        yield text[1:-1]


def _base64(presented: Presented) -> Iterator[str]:
    """What it is the base64 of, and that without the newline of ``echo``."""
    text = presented.secret.strip()
    try:
        decoded = a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True).decode("utf-8")
    except ValueError:
        return
    yield from (decoded, decoded.rstrip("\r\n"))


PRESENTED_MISTAKES = (
    PresentedMistake(
        "plus_became_space",
        "the secret holds a + that was decoded into a blank on the way",
        "form-urlencode id and secret before they are sent, so that + becomes %2B: `secretctl header` does",
        _plus_became_space,
    ),
    PresentedMistake(
        "percent_decoded",
        "the secret itself holds + or % and was sent as it is, so the server decoded it",
        "form-urlencode id and secret before they are sent: `secretctl header` does",
        _decoded,
    ),
    PresentedMistake(
        "percent_encoded",
        "what was presented is the form-urlencoded spelling of the secret",
        "this server does not decode it, or it was encoded twice: send it encoded once less",
        _encoded,
    ),
    PresentedMistake(
        "whitespace",
        "what was presented is the secret with white space or invisible characters in it",
        "send the secret alone; look for a blank or line end that came with copying",
        _white_space,
    ),
    PresentedMistake(
        "quotes_presented",
        "what was presented is the secret with quotes around it",
        'send it without them: a shell takes the quotes of NAME="value" away, `docker run --env-file` does not',
        _quotes,
    ),
    PresentedMistake(
        "base64_presented",
        "what was presented is the base64 of the secret",
        "send the secret itself: what stands under `data` of a Kubernetes manifest has to be decoded first",
        _base64,
    ),
)


def meanings(mistake: PresentedMistake, presented: Presented) -> list[str]:
    """What may have been meant, each once, without what was presented itself."""
    return [text for text in dict.fromkeys(mistake.meant(presented)) if text and text != presented.secret]


def read_leniently(request: Request, profile: Profile, method: str | None) -> Presented | None:
    """Who presented what, also where the profile refuses to read it; None where there is no shared secret to be seen."""
    if method == "client_secret_post":
        return _in_form(request)
    header = request.authorization
    header = header if header is None or isinstance(header, str) else next(iter(header), None)
    return _in_form(request) if header is None else _in_header(header, profile)


def _in_header(header: str, profile: Profile) -> Presented | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = a2b_base64(encoded).decode("utf-8", "replace")
    except (Base64Error, ValueError):
        return None
    id_, colon, secret = text.partition(":")
    if not colon:
        return None
    if profile.basic_urldecoding == "none":
        return Presented(id_, secret, secret)
    return Presented(urldecode_lenient(id_), urldecode_strict(secret) or "", secret)


def _in_form(request: Request) -> Presented | None:
    body = request.form or ""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    raw: dict[str, str] = {}
    for pair in text.split("&"):
        name, _, value = pair.partition("=")
        raw.setdefault(urldecode_lenient(name).lower(), value)
    id_, secret = raw.get("client_id"), raw.get("client_secret")
    if id_ is None or secret is None:
        return None
    return Presented(urldecode_lenient(id_), urldecode_strict(secret) or "", secret)
