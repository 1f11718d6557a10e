"""What every parser asks of an id and a secret: are they there, may they be so long, which characters may they hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from secretctl.model import Refusal

if TYPE_CHECKING:
    from secretctl.profiles import Profile

_CONTROL = r"[\x00-\x1f\x7f-\x9f]"
_SEPARATORS = frozenset("\x1c\x1d\x1e\x1f")
"""White space to Python, controls to .NET."""
_BAD_ESCAPE = r"%(?![0-9A-Fa-f]{2})"
_ESCAPES = r"(?:%[0-9A-Fa-f]{2})+"


def is_present(text: str | None) -> bool:
    """IdentityServer's ``IsPresent``: not null, empty or white space only, as .NET's ``char.IsWhiteSpace`` sees it."""
    if not text:
        return False
    return not (text.isspace() and _SEPARATORS.isdisjoint(text))


def too_long(text: str, limit: int | None, profile: Profile) -> bool:
    """Whether a text is over a limit: characters under ``rfc``, UTF-16 units as .NET's ``string.Length`` elsewhere."""
    if limit is None or len(text) * 2 <= limit:
        return False
    if profile.lengths_in == "utf16":
        return len(text) + sum(character > "\uffff" for character in text) > limit
    return len(text) > limit


def has_control_characters(text: str) -> bool:
    """Whether a text holds a character that RFC 7617 §2 forbids (controls, C1 included)."""
    return not text.isprintable() and re.search(_CONTROL, text) is not None


def id_refusal(method: str, id_: str, profile: Profile) -> Refusal | None:
    """Why an id beside an assertion or a certificate is not taken, or None."""
    limit = profile.max_assertion_id
    if too_long(id_, limit, profile):
        return Refusal("credential_too_long", f"the id is longer than {limit} characters", method, id_)
    if not profile.control_characters and has_control_characters(id_):
        return Refusal("malformed_credential", "the id holds a control character", method, id_)
    return None


def pair_refusal(method: str, id_: str, secret: str, profile: Profile) -> Refusal | None:
    """Why an id and its secret are not taken, or None. A secret of white space alone is no secret before it is anything else."""
    if not is_present(secret):
        secret = ""
    for what, text, limit in (("id", id_, profile.max_id), ("secret", secret, profile.max_secret)):
        if too_long(text, limit, profile):
            return Refusal("credential_too_long", f"the {what} is longer than {limit} characters", method, id_)
    if not profile.control_characters and has_control_characters(id_ + secret):
        return Refusal("malformed_credential", "id or secret holds a control character", method, id_)
    return None


def urldecode_strict(text: str) -> str | None:
    """Form-urldecoded text (``+`` and ``%xx`` of UTF-8), or None where an escape or its bytes are not valid."""
    if "%" not in text:
        return text.replace("+", " ")
    if re.search(_BAD_ESCAPE, text):
        return None
    try:
        return unquote_to_bytes(text.replace("+", " ")).decode("utf-8")
    except UnicodeError:
        return None


def urldecode_lenient(text: str) -> str:
    """Form-urldecoded text as .NET's ``Uri.UnescapeDataString`` does it: what is not a valid escape stays as it is."""
    text = text.replace("+", " ")
    if "%" not in text:
        return text
    return re.sub(_ESCAPES, _unescape_run, text)


def _unescape_run(match: re.Match[str]) -> str:
    run = match[0]
    raw = bytes.fromhex(run.replace("%", ""))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    decoded, position = [], 0
    for character in raw.decode("utf-8", "surrogateescape"):
        invalid = "\udc80" <= character <= "\udcff"
        decoded.append(run[3 * position : 3 * position + 3] if invalid else character)
        position += 1 if invalid else len(character.encode())
    return "".join(decoded)
