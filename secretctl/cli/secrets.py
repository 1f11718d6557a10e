"""``secret add``, ``list``, ``set``, ``expire`` and ``remove``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from secretctl.cli import delivering, inputs, options
from secretctl.cli.output import emit, emit_json, note, page, warn
from secretctl.cli.secret_options import (
    AddedHashOption,
    BytesOption,
    DescriptionOption,
    NewExpiresOption,
    PrefixOption,
    wished_end,
)
from secretctl.errors import UsageError
from secretctl.model import instant_text

if TYPE_CHECKING:
    from datetime import datetime

    from secretctl.model import SecretText
    from secretctl.operations.secrets import Changed
    from secretctl.stores import Store

SidArgument = Annotated[str, typer.Argument(metavar="SID", help="The secret's id, or what only it begins with.")]


def add(
    target: options.TargetArgument,
    expires: NewExpiresOption = None,
    description: DescriptionOption = None,
    hash_name: AddedHashOption = None,
    random_bytes: BytesOption = None,
    prefix: PrefixOption = None,
    secret_file: options.SecretFileOption = None,
    secret_env: options.SecretEnvOption = None,
    from_keyring: options.FromKeyringOption = False,
    prompt: options.PromptOption = False,
    allow_weak: Annotated[bool, typer.Option("--allow-weak", help="Take a weak secret, too.")] = False,
    out: delivering.OutFileOption = None,
    out_format: delivering.OutFormatOption = None,
    keyring: delivering.KeyringOption = False,
    pipe_to: delivering.PipeToOption = None,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Add a shared secret. A generated one is delivered once; one of your own is only hashed.

    \b
    secretctl secret add client/web --expires 90d
    secretctl secret add client/web --secret-file secret.txt
    secretctl secret add client/web --out web.env --out-format dotenv
    """
    from secretctl.operations.secrets import Wish, add_secret
    from secretctl.policy import hash_named

    source = inputs.SecretSource(secret_file, secret_env, from_keyring, prompt)
    delivery = delivering.DeliveryOptions(out, out_format, keyring, pipe_to)
    if source.given and (random_bytes is not None or prefix is not None):
        raise UsageError(
            "generated_only", "--bytes and --prefix are about generated secrets", hint="leave them or the source out"
        )
    chosen = None if hash_name is None else hash_named(hash_name)
    now = options.clock()
    end = wished_end(expires, now)
    store = options.open_registry_store(registry, settings)
    text = _supplied(source, store, target, now, allow_weak=allow_weak) if source.given else None
    wish = Wish(text, chosen, random_bytes, prefix, end, description, allow_weak)
    shipment = delivery.shipment(store.settings().name, several=False, json=json, stdout=text is None)
    with delivering.fate_on_interrupt():
        added = add_secret(store, target, wish, shipment=shipment, now=now)
    warn(*added.warnings)
    if "stdout" not in added.delivered_to:
        delivering.emit_result([added.item], added.delivered_to, several=False, json=json)
    secret = added.item.secret
    ends = "never expires" if secret.expiration is None else f"expires {instant_text(secret.expiration)}"
    note(f"{added.item.target} has the new secret {secret.id}, which {ends}")


def list_(
    target: options.TargetArgument,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """List the secrets of a client or resource.

    \b
    secretctl secret list client/web
    """
    from secretctl.operations.expiry import Expiry
    from secretctl.operations.targets import require_target

    now = options.clock()
    store = options.open_registry_store(registry, settings)
    status = Expiry(store.settings(), now=now).judge(require_target(store, target))
    if json:
        from secretctl.render.json_text import secret_object

        emit_json([secret_object(secret) for secret in status.secrets])
        return
    from secretctl.render.principal_text import secret_table

    emit(secret_table(status.secrets, page()))
    if not status.secrets:
        note(f"{status.target} has no secret")


def set_(
    target: options.TargetArgument,
    sid: SidArgument,
    description: Annotated[
        str | None,
        typer.Option(
            "--description",
            metavar="D",
            help="The new note on the secret; an empty one removes it. [required]",
            show_default=False,
        ),
    ] = None,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Change the description of a secret; an empty one removes it.

    \b
    secretctl secret set client/web 7f3a --description "2026 secret"
    """
    from secretctl.operations.secrets import describe_secret

    if description is None:
        raise UsageError("nothing_to_set", "there is nothing to change", hint="add --description")
    store = options.open_registry_store(registry, settings)
    changed = describe_secret(store, target, sid, description=description)
    _report(changed, "has its new description", json=json)


def expire(
    target: options.TargetArgument,
    sid: SidArgument,
    at: Annotated[str, typer.Option("--at", metavar="WHEN", help="When it ends: now, 7d, 2026-12-31, never.")],
    force: options.ForceOption = False,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Set when a secret ends.

    \b
    secretctl secret expire client/web 7f3a --at now
    """
    from secretctl.operations.secrets import expire_secret

    now = options.clock()
    end = options.expiration(at, now, option="at")
    store = options.open_registry_store(registry, settings)
    changed = expire_secret(store, target, sid, at=end, now=now, force=force)
    _report(changed, "never ends" if end is None else f"ends {instant_text(end)}", json=json)


def remove(
    target: options.TargetArgument,
    sid: SidArgument,
    yes: options.YesOption = False,
    force: options.ForceOption = False,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Delete a secret.

    \b
    secretctl secret remove client/web 7f3a --yes
    """
    from secretctl.operations.secrets import remove_secret
    from secretctl.operations.targets import find_secret, require_target

    now = options.clock()
    store = options.open_registry_store(registry, settings)
    principal = require_target(store, target)
    secret = find_secret(principal, sid)
    inputs.confirmed(f"Remove secret {secret.id} of {principal.target}?", yes=yes)
    _report(remove_secret(store, target, secret.id, now=now, force=force), "is removed", json=json)


def _supplied(source: inputs.SecretSource, store: Store, target: str, now: datetime, *, allow_weak: bool) -> SecretText:
    from secretctl.delivery import read_from_keyring
    from secretctl.operations.targets import require_target
    from secretctl.policy.chosen_secrets import check_strength

    principal = require_target(store, target)
    return source.read(
        from_keyring=lambda: read_from_keyring(store.settings().name, principal, now),
        prompt_by_default=False,
        check=lambda text: check_strength(text, allow_weak=allow_weak),
    )


def _report(changed: Changed, what: str, *, json: bool) -> None:
    warn(*changed.warnings)
    note(f"secret {changed.before.id} of {changed.target} {what}")
    if json:
        emit_json(changed.as_dict())
