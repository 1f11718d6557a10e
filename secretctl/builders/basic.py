"""Builds ``client_secret_basic`` and ``client_secret_post`` (RFC 6749 §2.3.1, RFC 7617)."""

from __future__ import annotations

from binascii import b2a_base64
from urllib.parse import quote_plus

from secretctl.errors import RefusedError
from secretctl.model import SecretText


def build_basic_header(id: str, secret: str | SecretText, *, raw: bool = False) -> str:
    """The value of an Authorization header, ``Basic …``, with id and secret form-urlencoded first (RFC 6749 §2.3.1).

    ``raw`` joins them as they are (RFC 7617), which is what servers without form-urldecoding read. Raises RefusedError:
    ``colon_in_id`` (``raw`` only: whoever reads it would cut the id there) or ``text_unencodable`` (a lone surrogate).
    Whether the secret is right, or short enough for a server, is not checked.
    """
    text = secret.reveal() if isinstance(secret, SecretText) else secret
    if not raw:
        pair = f"{_urlencoded(id)}:{_urlencoded(text)}"
    elif ":" in id:
        raise RefusedError(
            "colon_in_id",
            "an id with a colon cannot be joined with its secret as it is",
            hint="leave --raw out, so that the colon is percent-encoded",
        )
    else:
        pair = f"{id}:{text}"
    try:
        return "Basic " + b2a_base64(pair.encode("utf-8"), newline=False).decode("ascii")
    except UnicodeEncodeError:
        raise _unencodable() from None


def form_fields(id: str, secret: str | SecretText) -> str:
    """``client_id`` and ``client_secret`` as a form-urlencoded body; RefusedError ``text_unencodable``."""
    text = secret.reveal() if isinstance(secret, SecretText) else secret
    return f"client_id={_urlencoded(id)}&client_secret={_urlencoded(text)}"


def _urlencoded(text: str) -> str:
    """``application/x-www-form-urlencoded`` (RFC 6749 appendix B). Unreserved characters of RFC 3986 stay as they are."""
    try:
        return quote_plus(text)
    except UnicodeEncodeError:
        raise _unencodable() from None


def _unencodable() -> RefusedError:
    return RefusedError(
        "text_unencodable", "the id or the secret holds half of a surrogate pair, which UTF-8 cannot spell"
    )
