"""How a secret looks in a file: raw, dotenv, JSON, or the manifest of a Kubernetes Secret; and what the file is called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from secretctl.errors import DeliveryError, UsageError
from secretctl.model import instant_or_none

if TYPE_CHECKING:
    from secretctl.delivery import Deliverable
    from secretctl.model import Target

Format = Literal["raw", "dotenv", "json", "kubernetes"]
FORMATS: tuple[Format, ...] = ("raw", "dotenv", "json", "kubernetes")
_SUFFIX = {"raw": ".secret", "dotenv": ".env", "json": ".json", "kubernetes": ".yaml"}

# What every file system keeps as it is, and none takes for the same as another such name.
_PLAIN_FILE = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?")
# RFC 1123: what `metadata.name` may be; with the kind before it, far from the limit of 253.
_PLAIN_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?")
_BARE = re.compile(r"[A-Za-z0-9._~/:@%+,-]+")


def format_named(name: str) -> Format:
    """The format of that name; UsageError ``format_unknown``."""
    for known in FORMATS:
        if known == name:
            return known
    raise UsageError("format_unknown", f"there is no format {name!a}", hint=f"choose one of {', '.join(FORMATS)}")


def render(format: Format, item: Deliverable) -> str:
    """The whole content of the file. Raw is the secret and nothing else, without a newline: many programs would keep it.

    DeliveryError ``format_cannot_hold`` where dotenv has no spelling for the secret or the id.
    """
    if format == "raw":
        return item.text.reveal()
    if format == "dotenv":
        return f"CLIENT_ID={_dotenv(item.target.id)}\nCLIENT_SECRET={_dotenv(item.text.reveal())}\n"
    return _json(item) if format == "json" else _kubernetes(item)


def file_name(target: Target, format: Format) -> str:
    """A file name for a target, always the same: two targets never share one, not where case is ignored either.

    An id that is not plain keeps what is plain of it and gets a part of its SHA-256 after ``~``, which no plain id has.
    """
    return f"{target.kind}-{_distinct(target.id, _PLAIN_FILE, mark='~')}{_SUFFIX[format]}"


def kubernetes_name(target: Target) -> str:
    """A name for a Kubernetes object (RFC 1123 label characters); an id that is none gets a part of its SHA-256."""
    return f"{target.kind}-{_distinct(target.id, _PLAIN_LABEL, mark='-x-')}"


def _distinct(id: str, plain: re.Pattern[str], *, mark: str) -> str:
    if plain.fullmatch(id) and mark not in id:
        return id
    from hashlib import sha256

    digest = sha256(id.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    readable = re.sub(r"[^a-z0-9]+", "-", id.lower())[:60].strip("-")
    return f"{readable}{mark}{digest}" if readable else f"x{mark}{digest}"


def _json(item: Deliverable) -> str:
    import json

    body = {
        "target": str(item.target),
        "secret_id": item.secret.id,
        "client_id": item.target.id,
        "secret": item.text.reveal(),
        "created": instant_or_none(item.secret.created),
        "expiration": instant_or_none(item.secret.expiration),
    }
    return json.dumps(body, indent=2) + "\n"


def _kubernetes(item: Deliverable) -> str:
    return (
        "apiVersion: v1\n"
        "kind: Secret\n"
        "metadata:\n"
        f"  name: {_yaml(kubernetes_name(item.target))}\n"
        "  annotations:\n"
        f"    secretctl/target: {_yaml(str(item.target))}\n"
        f"    secretctl/secret-id: {_yaml(item.secret.id)}\n"
        "type: Opaque\n"
        "stringData:\n"
        f"  client-id: {_yaml(item.target.id)}\n"
        f"  client-secret: {_yaml(item.text.reveal())}\n"
    )


def _yaml(text: str) -> str:
    """A double-quoted scalar in ASCII (YAML 1.2, 5.7): JSON's escapes will not do, as YAML knows no surrogate pairs."""
    return '"' + "".join(map(_yaml_character, text)) + '"'


def _yaml_character(character: str) -> str:
    code = ord(character)
    if character in '"\\':
        return "\\" + character
    if 0x20 <= code < 0x7F:
        return character
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _dotenv(text: str) -> str:
    """A value that every dialect reads the same way: bare where that is safe, as ``docker --env-file`` keeps quotes.

    Else in single quotes, in which nothing is special to a shell or a reader, or in double ones where there is nothing to
    escape. What neither can hold is refused: each dialect would make something else of it.
    """
    if _BARE.fullmatch(text):
        return text
    if text.isprintable():
        if "'" not in text and "\\" not in text:
            return f"'{text}'"
        if not set(text) & set('"\\$`'):
            return f'"{text}"'
    raise DeliveryError(
        "format_cannot_hold",
        "dotenv has no spelling for this secret or id that all of its readers understand",
        hint="use --out-format json",
    )
