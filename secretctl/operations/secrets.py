"""A principal's secrets: add one, describe it, end it, delete it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from secretctl.crypto.shared_secret import hash_secret
from secretctl.delivery import Deliverable
from secretctl.lifetimes import unexpired
from secretctl.model import SHARED_SECRET, Secret, StoredValue, instant_or_none
from secretctl.operations.shipping import deliver_then_commit
from secretctl.operations.targets import find_secret, require_target
from secretctl.operations.usable import RESOLUTION, poison_before_new, refuse_lockout, usable_secrets
from secretctl.operations.validity import Validity
from secretctl.policy import check_expiration, check_type, choose_hash, expiration_of_new_secret, generate_under
from secretctl.policy.chosen_secrets import check_strength, length_warning

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from secretctl.crypto.shared_secret import HashName
    from secretctl.delivery import Shipment
    from secretctl.model import Principal, SecretText, Target
    from secretctl.policy import Expires
    from secretctl.profiles import Profile
    from secretctl.settings import Policy
    from secretctl.stores import Edit, Store


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of a new shared secret. ``text`` None: generate one. None elsewhere leaves it to the policy."""

    text: SecretText | None = None
    hash_name: HashName | None = None
    random_bytes: int | None = None
    prefix: str | None = None
    expires: Expires | None = None
    description: str | None = None
    allow_weak: bool = False


@dataclass(frozen=True, slots=True)
class Added:
    """A new secret in the registry, and what is worth a warning about it."""

    item: Deliverable
    delivered_to: tuple[str, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """A secret before and after a change; ``after`` None: it was removed."""

    target: Target
    before: Secret
    after: Secret | None
    warnings: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """The JSON object of ``secret set``, ``expire`` and ``remove``."""
        secret = self.after or self.before
        return {
            "target": str(self.target),
            "secret_id": secret.id,
            "type": secret.type,
            "description": secret.description,
            "created": instant_or_none(secret.created),
            "expiration": instant_or_none(secret.expiration),
            "removed": self.after is None,
        }


def new_shared_secret(wish: Wish, policy: Policy, profile: Profile, *, now: datetime) -> tuple[Secret, SecretText]:
    """A shared secret as wished and as the policy allows it, without an id yet; and its plaintext."""
    check_type(SHARED_SECRET, policy)
    expiration = expiration_of_new_secret(wish.expires, policy, now)
    hash_name = choose_hash(wish.hash_name, policy, profile, generated=wish.text is None)
    text = wish.text
    if text is None:
        text = generate_under(policy, prefix=wish.prefix, random_bytes=wish.random_bytes)
    return (
        Secret(
            "",
            SHARED_SECRET,
            StoredValue(hash_secret(text, hash_name)),
            description=wish.description or None,
            expiration=expiration,
            created=now.replace(microsecond=0),
        ),
        text,
    )


def add_secret(store: Store, target: str, wish: Wish, *, shipment: Shipment, now: datetime) -> Added:
    """Add a shared secret to a principal and deliver it; nothing is replaced.

    Raises what ``require_target``, the policy (RefusedError), the delivery (DeliveryError) and the store raise.
    """
    settings = store.settings()
    validity = Validity(settings)
    warnings: list[str] = []
    if wish.text is not None:
        weak = check_strength(wish.text, allow_weak=wish.allow_weak)
        warnings += [found for found in (weak, *_refused_by_server(wish.text, validity.profile)) if found]
    require_target(store, target)
    # Hashed before anybody has to wait for the lock.
    secret, text = new_shared_secret(wish, settings.policy, validity.profile, now=now)

    def change(edit: Edit) -> tuple[Added, Sequence[Deliverable]]:
        principal = require_target(edit, target)
        warnings.extend(_doubts(principal, secret, validity, now))
        item = Deliverable(principal.target, append_secret(edit, principal, secret), text)
        return Added(item, shipment.labels, tuple(warnings)), [item]

    return deliver_then_commit(store, shipment, change)


def append_secret(edit: Edit, principal: Principal, secret: Secret) -> Secret:
    """Add a secret to the end of a principal's list, and give it as stored: with its id."""
    return append_secrets(edit, [(principal, secret)])[0]


def append_secrets(edit: Edit, additions: Sequence[tuple[Principal, Secret]]) -> list[Secret]:
    """The same for many principals, no two of which may be the same."""
    stored = edit.replace_all([replace(old, secrets=(*old.secrets, secret)) for old, secret in additions])
    return [
        next(secret for secret in new.secrets if secret.id not in {known.id for known in old.secrets})
        for (old, _), new in zip(additions, stored, strict=True)
    ]


def twin_warning(principal: Principal, secret: Secret, now: datetime) -> str | None:
    """What is said of a new secret that a principal has already: it is added all the same, as its dates may differ."""
    import shlex

    for known in unexpired(principal.secrets, now):
        if (known.type, known.value) == (secret.type, secret.value):
            words = f"{principal.target.shell_word} {shlex.quote(known.id)}"
            return (
                f"{principal.target} has this very secret already, as {known.id}: "
                f"`secretctl secret remove {words}` takes the older one away"
            )
    return None


def describe_secret(store: Store, target: str, sid: str, *, description: str | None) -> Changed:
    """Give a secret another description; an empty one is none."""
    with store.edit() as edit:
        principal = require_target(edit, target)
        before = find_secret(principal, sid)
        after = replace(before, description=description or None)
        stored = edit.replace(_with(principal, before, after))
        return Changed(principal.target, before, next(s for s in stored.secrets if s.id == after.id))


def expire_secret(
    store: Store, target: str, sid: str, *, at: datetime | None, now: datetime, force: bool = False
) -> Changed:
    """Let a secret end at ``at``, now or in the past included; None is never.

    RefusedError ``last_usable_secret`` unless ``force``; where the end moves away, the policy's ``expiration_required``
    and ``lifetime_too_long``, counted from the secret's creation.
    """
    settings = store.settings()
    validity = Validity(settings)
    with store.edit() as edit:
        principal = require_target(edit, target)
        before = find_secret(principal, sid)
        later = before.expiration is not None and (at is None or at > before.expiration)
        if later:
            check_expiration(at, settings.policy, start=before.created or now, option="--at")
        after = replace(before, expiration=at)
        changed = _with(principal, before, after)
        if not force:
            refuse_lockout(principal, changed, validity, now)
        warnings = []
        if (
            at is not None
            and at > now
            and not later
            and principal.enabled
            and not usable_secrets(changed.secrets, validity, at + RESOLUTION)
        ):
            warnings.append(f"{principal.target} has no usable secret after that")
        stored = edit.replace(changed)
        return Changed(principal.target, before, next(s for s in stored.secrets if s.id == before.id), tuple(warnings))


def remove_secret(store: Store, target: str, sid: str, *, now: datetime, force: bool = False) -> Changed:
    """Delete a secret: RefusedError ``last_usable_secret`` unless ``force``."""
    validity = Validity(store.settings())
    with store.edit() as edit:
        principal = require_target(edit, target)
        before = find_secret(principal, sid)
        changed = replace(principal, secrets=tuple(s for s in principal.secrets if s is not before))
        if not force:
            refuse_lockout(principal, changed, validity, now)
        edit.replace(changed)
        return Changed(principal.target, before, None)


def _with(principal: Principal, before: Secret, after: Secret) -> Principal:
    return replace(principal, secrets=tuple(after if secret is before else secret for secret in principal.secrets))


def _refused_by_server(text: SecretText, profile: Profile) -> list[str]:
    """Why a server would not take the secret, however right it is."""
    from secretctl.parsers.text import has_control_characters, too_long

    warnings = []
    if too_long(text.reveal(), profile.max_secret, profile):
        warnings.append(
            f"the secret is longer than {profile.max_secret} characters, which {profile.name} never accepts"
        )
    elif (warning := length_warning(text)) is not None:
        warnings.append(warning)
    if not profile.control_characters and has_control_characters(text.reveal()):
        warnings.append(f"the secret holds a control character, which {profile.name} never accepts")
    return warnings


def _doubts(principal: Principal, secret: Secret, validity: Validity, now: datetime) -> list[str]:
    """What may surprise whoever adds this secret to this principal."""
    doubts = []
    if secret.expiration is not None and secret.expiration < now:
        doubts.append("the secret has expired already")
    poison = poison_before_new(principal.secrets, validity, now)
    if poison is not None:
        doubts.append(
            f"a server of profile {validity.profile.name} stops at the invalid secret {poison}, and never gets to this one"
        )
    if (twin := twin_warning(principal, secret, now)) is not None:
        doubts.append(twin)
    if not principal.enabled:
        doubts.append(f"{principal.target} is disabled")
    return doubts
