"""What TARGET and SID on the command line stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.errors import ConflictError, NotFoundError, UsageError
from secretctl.model import KINDS, Target

if TYPE_CHECKING:
    from collections.abc import Iterable

    from secretctl.model import Kind, Principal, Secret
    from secretctl.stores import Destination, Reader

_PREFIXES: dict[str, Kind] = {"client": "client", "resource": "resource", "scope": "resource"}


def find_target(reader: Reader, text: str, *, kind: Kind | None = None) -> tuple[Principal | None, Target]:
    """The principal that a TARGET names, or None with the name that it would have.

    ``client/ID``, ``resource/NAME`` (``scope/NAME`` is an alias), or a bare ID that only one principal has. ``kind`` says
    where to look a bare ID up. ConflictError ``target_ambiguous``; UsageError ``kind_conflict`` where both disagree.
    """
    prefix, slash, id = text.partition("/")
    if slash and prefix in _PREFIXES:
        target = Target(_PREFIXES[prefix], id)
        if kind is not None and kind != target.kind:
            raise UsageError("kind_conflict", f"{text} is not a {kind}", hint="leave --kind out")
        return reader.find(*target), target
    kinds = KINDS if kind is None else (kind,)
    found = [principal for one in kinds if (principal := reader.find(one, text)) is not None]
    if len(found) > 1:
        raise ConflictError(
            "target_ambiguous",
            f"{text!r} is both a client and a resource",
            hint=f"write {' or '.join(principal.target.shell_word for principal in found)}",
        )
    return (found[0], found[0].target) if found else (None, Target(kinds[0], text))


def named_target(text: str) -> Target:
    """What a TARGET names where no registry is asked: a bare ID is a client's."""
    prefix, slash, id = text.partition("/")
    return Target(_PREFIXES[prefix], id) if slash and prefix in _PREFIXES else Target("client", text)


def require_target(registry: Destination, text: str) -> Principal:
    """The principal that a TARGET names; NotFoundError ``principal_not_found``, and the errors of ``find_target``."""
    principal, target = find_target(registry, text)
    if principal is not None:
        return principal
    from secretctl.operations.suggestions import hint_for_target

    bare = target.id == text
    raise NotFoundError(
        "principal_not_found",
        f"there is no {'client or resource' if bare else target.kind} {target.id!r}",
        hint=hint_for_target(registry, target, bare=bare),
    )


def require_targets(registry: Destination, texts: Iterable[str]) -> list[Principal]:
    """The principals that TARGETs name, each once; the errors of ``require_target``."""
    named = (require_target(registry, text) for text in texts)
    return list({principal.target: principal for principal in named}.values())


def belongs(principal: Principal, *, owner: str | None, tag: str | None) -> bool:
    """Whether it has this owner and this tag, as far as they are asked for."""
    return (owner is None or principal.owner == owner) and (tag is None or tag in principal.tags)


def require_principal(registry: Destination, kind: Kind, id: str) -> Principal:
    """The principal of that kind whose id is the same byte for byte; NotFoundError ``principal_not_found``."""
    principal = registry.find(kind, id)
    if principal is not None:
        return principal
    from secretctl.operations.suggestions import hint_for_id

    raise NotFoundError(
        "principal_not_found", f"there is no {kind} {id!r}", hint=hint_for_id(registry, Target(kind, id))
    )


def find_secret(principal: Principal, sid: str) -> Secret:
    """The principal's secret that SID names: an id, or what only one id begins with.

    NotFoundError ``secret_not_found``, ConflictError ``secret_ambiguous``.
    """
    exact = [secret for secret in principal.secrets if secret.id == sid]
    found = exact or [secret for secret in principal.secrets if sid and secret.id.startswith(sid)]
    if not found:
        raise NotFoundError(
            "secret_not_found",
            f"{principal.target} has no secret {sid!r}",
            hint=f"see `secretctl secret list {principal.target.shell_word}`",
        )
    if len(found) > 1:
        raise ConflictError(
            "secret_ambiguous",
            f"{len(found)} secrets of {principal.target} have an id that begins with {sid!r}",
            hint=f"write more of it: {', '.join(secret.id for secret in found)}",
        )
    return found[0]
