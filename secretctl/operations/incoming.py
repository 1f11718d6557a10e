"""What comes in with an import or an apply: private keys never, and what looks wrong not without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.crypto.private_material import holds_private_key
from secretctl.crypto.shared_secret import means_shared_secret
from secretctl.errors import RefusedError
from secretctl.operations.lint.stored_value import shape_of
from secretctl.operations.validity import PLAIN_HASH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secretctl.model import Secret, Target
    from secretctl.operations.plan import Plan
    from secretctl.operations.validity import Validity
    from secretctl.stores import Reader

_OPEN = "its value looks like the secret itself, and is copied as it is; treat it as disclosed: rotate it"


def refuse_private_keys(plan: Plan) -> None:
    """Let no private or symmetric key into a registry, whatever its type says: RefusedError ``private_key_material``."""
    for target, secret in _new_secrets(plan):
        if holds_private_key(secret.value):
            raise RefusedError(
                "private_key_material",
                f"{_named(target, secret.id)} of type {secret.type!a} holds a private or symmetric key, "
                "which never belongs into a registry",
                hint="treat the key as disclosed: make a new one, and register its public half alone",
            )


def warnings_of_new(plan: Plan, written: Reader | None = None, *, validity: Validity | None = None) -> tuple[str, ...]:
    """A sentence for each new secret whose value is in the open or, with ``validity``, can never match.

    They are kept all the same: there are placeholders, and types of plug-ins. ``written`` is the registry afterwards, which knows the ids of secrets that came without one.
    """
    return tuple(
        f"{_named(target, secret.id or _id_in(written, target, secret))}: {why}"
        for target, secret in _new_secrets(plan)
        if (why := _doubt(secret, validity)) is not None
    )


def _doubt(secret: Secret, validity: Validity | None) -> str | None:
    hashed = PLAIN_HASH.fullmatch(secret.value)  # nearly all are, and a hundred thousand may come
    if not hashed and means_shared_secret(secret.type) and shape_of(secret.value).mistake in {"plaintext", "base64url"}:
        return _OPEN
    flaw = None if validity is None else validity.flaw(secret)
    return None if flaw is None else f"it will never be accepted: {flaw}"


def _new_secrets(plan: Plan) -> Iterator[tuple[Target, Secret]]:
    for change in plan.changes:
        for secret in change.secrets:
            if secret.action == "add":
                yield change.target, secret.secret


def _id_in(reader: Reader | None, target: Target, secret: Secret) -> str:
    principal = None if reader is None else reader.find(*target)
    known = () if principal is None else principal.secrets
    return next((one.id for one in known if (one.type, one.value) == (secret.type, secret.value)), "")


def _named(target: Target, secret_id: str) -> str:
    return f"secret {secret_id} of {target}" if secret_id else f"a secret of {target}"
