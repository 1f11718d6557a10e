"""The ``application/x-www-form-urlencoded`` body of a request, read as strictly as the profile says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.parsers.text import urldecode_lenient, urldecode_strict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from secretctl.profiles import Profile

_REPEATABLE = frozenset({"resource", "audience"})
"""RFC 8707 §2 and RFC 8693 §2.1 let these be repeated; RFC 6749 §3.2 nothing else."""


class MalformedForm(ValueError):  # noqa: N818 - an answer, not a fault
    """A body that a strict profile refuses. Its text says why and quotes nothing."""


def read_form(body: str | bytes | None, profile: Profile) -> Mapping[str, str]:
    """The decoded parameters of a body. MalformedForm only where the profile refuses what is wrong."""
    if not body:
        return {}
    strict = profile.repeated_parameter == "refuse"
    if isinstance(body, bytes):
        try:
            body = body.decode("utf-8", "strict" if strict else "replace")
        except UnicodeDecodeError:
            raise MalformedForm("the body is not UTF-8") from None
    values: dict[str, list[str]] = {}
    for name, value in _decoded(body, strict=strict):
        repeated = values.setdefault(name, [])
        if strict and repeated and name not in _REPEATABLE:
            raise MalformedForm("a parameter is repeated in the body")
        repeated.append(value)
    # Joined at the end: joining one by one takes a body of 1 MiB minutes.
    joined = profile.repeated_parameter == "join"
    return {name: ",".join(repeated) if joined else repeated[0] for name, repeated in values.items()}


def named_client(body: str | bytes | None) -> str | None:
    """The one ``client_id`` of a body whose rest is malformed: whom it concerns, not who sent it."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""
    ids = [value for name, _, value in (pair.partition("=") for pair in text.split("&")) if name == "client_id"]
    return urldecode_strict(ids[0]) if len(ids) == 1 else None


def _decoded(body: str, *, strict: bool) -> Iterator[tuple[str, str]]:
    for pair in body.split("&"):
        if not pair:
            continue
        name, _, value = pair.partition("=")
        if strict:
            parts = urldecode_strict(name), urldecode_strict(value)
            if parts[0] is None or parts[1] is None:
                raise MalformedForm("the body holds a percent escape that is not valid")
            yield parts[0], parts[1]
        else:
            # ASP.NET Core's FormCollection and OWIN's hold their keys without regard to case.
            yield urldecode_lenient(name).lower(), urldecode_lenient(value)
