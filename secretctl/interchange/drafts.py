"""From what a codec read to what an import holds: are the shared secrets plaintext or hashes? Then hash them.

It can be told only from all of them together, so a codec makes drafts first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from secretctl.crypto.shared_secret import read_stored_value
from secretctl.errors import UnavailableError, UsageError
from secretctl.interchange import Found, Imported, Loss
from secretctl.model import SHARED_SECRET, Secret, StoredValue
from secretctl.policy.identifiers import id_problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from secretctl.interchange import HashPlaintext, Values
    from secretctl.interchange.json_input import Fields
    from secretctl.model import Client, Principal, Resource, SecretText, Target

NOT_KEPT = "a registry does not keep it"
MASKED = "it is masked: the other program did not tell it"
PLACEHOLDER = "it is a placeholder: the secret itself is elsewhere"
NO_VALUE = "it has no value"
FOREIGN_HASH = "it is a hash that nothing here can verify: give the client a new secret"

_MASK = re.compile(r"[*•●]{3,}|\[?(?:REDACTED|redacted|hidden)\]?|<(?:REDACTED|redacted|hidden)>")
_PLACEHOLDER = re.compile(r"\$\{[^{}]*\}|\$\([^()]*\)|#\{[^{}]*\}#?|\{\{[^{}]*\}\}|%[A-Z_][A-Z0-9_]*%")
_FOREIGN_HASH = re.compile(r"\$(?:2[abxy]?|pbkdf2-sha(?:1|256|512))\$.+")
"""bcrypt and PBKDF2, as ORY Hydra keeps its secrets (fosite's ``BCrypt``, hydra's ``x/hasher``)."""

_SHOWN = 200
"""Characters of a bad id in its message: as many as a good one may have."""


@dataclass(frozen=True, slots=True)
class SharedDraft:
    """A shared secret of which nobody knows yet whether it is plaintext.

    ``field`` is what the format calls it; ``type`` how it spells the type, which may be wrong.
    """

    text: SecretText
    field: str
    description: str | None = None
    expiration: datetime | None = None
    created: datetime | None = None
    type: str = SHARED_SECRET


@dataclass(slots=True)
class Draft:
    """A principal as read, without its secrets; ``secrets`` in their order."""

    principal: Principal
    states: frozenset[str]
    secrets: list[Secret | SharedDraft] = field(default_factory=list)


def draft_of(kind: type[Client | Resource], id: str, said: Mapping[str, object]) -> Draft:
    """A principal without its secrets. ``said`` are fields of the model; None and () are what the source does not say."""
    stated = {name: value for name, value in said.items() if value not in (None, ())}
    return Draft(kind(id, **stated), frozenset(stated))  # type: ignore[arg-type]  # the codecs read each as what it is


def list_unread(fields: Fields, subject: str, losses: list[Loss], *, within: str = "") -> None:
    """Say of every key that nobody asked for that a registry does not keep it. ``within`` goes before the keys."""
    losses.extend(Loss(subject, within + key, NOT_KEPT) for key in fields.unread())


def settle(
    drafts: Iterable[Draft],
    losses: list[Loss],
    notes: list[str],
    *,
    values: Values | None,
    hash_plaintext: HashPlaintext,
    by_format: Values,
) -> Imported:
    """The drafts as an import. ``by_format`` is what the format itself says of its shared secrets.

    Raises UsageError ``values_ambiguous``, UnavailableError ``import_duplicate``.
    """
    kept = [_without_unusable(draft, losses, values) for draft in drafts]
    _check_ids(draft.principal.target for draft in kept)
    texts = [item.text for draft in kept for item in draft.secrets if isinstance(item, SharedDraft)]
    kind = values or _kind_of(texts, by_format, notes)
    found = []
    for draft in kept:
        target = draft.principal.target
        secrets = tuple(
            item if isinstance(item, Secret) else _hashed(item, target, kind, hash_plaintext) for item in draft.secrets
        )
        found.append(Found(replace(draft.principal, secrets=secrets), draft.states))
    return Imported(tuple(found), tuple(losses), tuple(notes))


def _check_ids(targets: Iterable[Target]) -> None:
    seen: set[Target] = set()
    for target in targets:
        if target in seen:
            raise UnavailableError(
                "import_duplicate", f"the input has {target.kind} {target.id!a} twice", hint="remove one of the two"
            )
        seen.add(target)
        if (problem := id_problem(target.id)) is not None:
            raise UnavailableError(
                "import_invalid",
                f"the id of {target.kind} {target.id[:_SHOWN]!a} {problem}",
                hint="ids have 1 to 200 characters that can be seen",
            )


def _without_unusable(draft: Draft, losses: list[Loss], values: Values | None) -> Draft:
    """The draft without the shared secrets that are none: masks, placeholders, empty ones."""
    kept: list[Secret | SharedDraft] = []
    for item in draft.secrets:
        if isinstance(item, SharedDraft) and (reason := _unusable(item.text.reveal(), values)) is not None:
            losses.append(Loss(str(draft.principal.target), item.field, reason))
        else:
            kept.append(item)
    return replace(draft, secrets=kept)


def _unusable(text: str, values: Values | None) -> str | None:
    if not text.strip():
        return NO_VALUE
    if _MASK.fullmatch(text):
        return MASKED
    if values is not None:
        return None
    if _PLACEHOLDER.fullmatch(text):
        return PLACEHOLDER
    return FOREIGN_HASH if _FOREIGN_HASH.fullmatch(text) else None


def _kind_of(texts: list[SecretText], by_format: Values, notes: list[str]) -> Literal["hashed", "plaintext"]:
    hashes = sum(_looks_hashed(text) for text in texts)
    if hashes == len(texts):
        if hashes and by_format == "plaintext":
            notes.append(
                f"every shared secret ({hashes}) decodes to 32 or 64 bytes and is taken for a hash; "
                "where they are the secrets themselves, import again with --values plaintext"
            )
        return "hashed"
    if not hashes and by_format == "plaintext":
        return "plaintext"
    raise UsageError(
        "values_ambiguous",
        f"{hashes} of the {len(texts)} shared secrets look like hashes, {len(texts) - hashes} do not",
        hint="say what they are: --values hashed keeps them as they are, --values plaintext hashes every one of them",
    )


def _looks_hashed(text: SecretText) -> bool:
    # Past the function's cache: a plaintext has no business in it.
    stored = read_stored_value.__wrapped__(StoredValue(text.reveal()))
    return stored.dotnet_valid or stored.hash_name is not None


def _hashed(draft: SharedDraft, target: Target, kind: Values, hash_plaintext: HashPlaintext) -> Secret:
    value = StoredValue(draft.text.reveal()) if kind == "hashed" else hash_plaintext(target, draft.text)
    return Secret("", draft.type, value, draft.description, draft.expiration, draft.created)
