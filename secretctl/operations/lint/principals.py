"""Rules that look at one client or resource at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.lifetimes import unexpired
from secretctl.model import JWK, X509_CERTIFICATE
from secretctl.operations.lint.finding import Found
from secretctl.policy.identifiers import MAX_ACCEPTED, id_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from secretctl.entity_framework import Schema
    from secretctl.model import Principal, Secret
    from secretctl.operations.lint.finding import Context, Level

    Drafts = Iterator[tuple[Secret | None, Found]]


def secret_missing(principal: Principal, context: Context) -> Drafts:
    """An enabled principal that needs a secret and has none that the server would accept now."""
    status = context.expiry.judge(principal)
    for reason in status.reasons:
        if reason.code == "locked_out" and principal.enabled:
            yield None, Found(reason.text)


def secret_duplicate(principal: Principal, context: Context) -> Drafts:
    """The same type and value twice."""
    first: dict[tuple[str, str], Secret] = {}
    for secret in unexpired(principal.secrets, context.now):
        other = first.setdefault((secret.type, secret.value), secret)
        if other is not secret:
            yield secret, Found(f"it is the same as secret {other.id}")


def assertions_poisoned(principal: Principal, context: Context) -> Drafts:
    """A key that does not parse, beside others that would."""
    living = unexpired(principal.secrets, context.now)
    keys = [secret for secret in living if secret.type in {JWK, X509_CERTIFICATE}]
    if context.profile.unparsable_key != "poison" or len(keys) < 2:
        return
    for secret in keys:
        if context.validity.stops_assertions(secret):
            name = context.profile.name
            yield secret, Found(f"it does not parse, and {name} then refuses every assertion of {principal.target}")


def id_length(principal: Principal, _context: Context) -> Drafts:
    """Empty, or longer than IdentityServer accepts."""
    length = len(principal.id)
    if length == 0:
        yield None, Found("the id is empty")
    elif length > MAX_ACCEPTED:
        yield (
            None,
            Found(f"the id has {length} characters: IdentityServer stores it, and accepts {MAX_ACCEPTED} at most"),
        )


def id_unseen(principal: Principal, _context: Context) -> Drafts:
    """Control, format and bidirectional characters, and blanks at either end: two ids that look the same."""
    problem = id_problem(principal.id[:MAX_ACCEPTED])
    if principal.id and problem is not None:
        yield None, Found(f"the id {problem}")


def field_too_long(principal: Principal, context: Context) -> Drafts:
    """Longer than the column of the server's database; under rfc, which has none, than Duende's: a note."""
    from secretctl.entity_framework import SCHEMAS

    schema: Schema = SCHEMAS.get(context.profile.name) or SCHEMAS["duende"]
    level: Level | None = None if context.profile.name in SCHEMAS else "note"
    entity = schema.entities[principal.kind]
    columns = {name: schema.tables[entity.table].column(column) for name, column in entity.fields.items()}
    for field, column in columns.items():
        text = getattr(principal, field)
        if isinstance(text, str) and column.length is not None and len(text) > column.length:
            yield (
                None,
                Found(f"its {field} has {len(text)} characters, and the database holds {column.length}", level=level),
            )
    secrets = schema.tables[entity.secrets]
    for secret in principal.secrets:
        for field in ("Value", "Type", "Description"):
            text, limit = getattr(secret, field.lower()), secrets.column(field).length
            if text is not None and limit is not None and len(text) > limit:
                message = f"its {field.lower()} has {len(text)} characters, and the database holds {limit}"
                yield secret, Found(message, level=level)


PRINCIPAL_RULES: dict[str, Callable[[Principal, Context], Drafts]] = {
    "secret-missing": secret_missing,
    "secret-duplicate": secret_duplicate,
    "assertions-poisoned": assertions_poisoned,
    "id-length": id_length,
    "id-lookalike": id_unseen,
    "field-too-long": field_too_long,
}
