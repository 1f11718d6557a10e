"""``header``: build the Basic credential that the server will accept."""

from typing import TYPE_CHECKING, Annotated

import typer

from secretctl.cli import inputs, options
from secretctl.cli.output import emit, emit_json, warn
from secretctl.errors import RejectedError
from secretctl.model import Credential, Request

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from secretctl.authenticate import Authenticator
    from secretctl.model import Principal, SecretText, Target
    from secretctl.stores import Store

FORMATS = ("header", "value", "curl", "post", "json")


def header(
    target: options.TargetArgument,
    secret_file: options.SecretFileOption = None,
    secret_env: options.SecretEnvOption = None,
    from_keyring: options.FromKeyringOption = False,
    prompt: options.PromptOption = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="Join id and secret as they are (RFC 7617), without form-urlencoding.")
    ] = False,
    format: Annotated[str, typer.Option("--format", metavar="|".join(FORMATS), help="What to print.")] = "header",
    no_check: Annotated[bool, typer.Option("--no-check", help="Build it without asking the registry.")] = False,
    at: options.AtOption = None,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Build an Authorization header from a secret.

    \b
    secretctl header client/web --secret-file secret.txt
    curl --config <(secretctl header client/web --from-keyring --format curl) https://id.example.com/connect/token
    """
    from secretctl.builders.basic import build_basic_header, form_fields

    chosen = "json" if json else options.one_of(format, FORMATS)
    source = inputs.SecretSource(secret_file, secret_env, from_keyring, prompt)
    name, secret, judge = _target_and_secret(target, source, registry, settings, at, check=not no_check)
    # What --raw cannot spell is refused, whatever is printed in the end.
    value = build_basic_header(name.id, secret, raw=raw)
    if judge is not None and chosen != "post" and not _reads(judge, value, name, secret):
        advice = "leave --raw out" if raw else "try --raw"
        warn(f"a server of profile {judge.profile.name} does not read this id and secret out of this header: {advice}")
    fields = form_fields(name.id, secret)
    if chosen == "json":
        emit_json({"authorization": value, "form": fields}, carries_secret=True)
        return
    lines = {
        "header": f"Authorization: {value}",
        "value": value,
        # The value is base64, so the quotes of curl's configuration syntax need no escapes.
        "curl": f'header = "Authorization: {value}"',
        "post": fields,
    }
    emit(lines[chosen] + "\n", carries_secret=True)


def _target_and_secret(
    text: str,
    source: inputs.SecretSource,
    registry: str | None,
    settings: str | None,
    at: str | None,
    *,
    check: bool,
) -> "tuple[Target, SecretText, Authenticator | None]":
    """Who it is for, the plaintext, and who has held it against the registry, unless that was waived."""
    now = options.clock(at)
    if not check and not source.keyring:
        from secretctl.operations.targets import named_target

        return named_target(text), source.read(), None
    from secretctl.operations.targets import require_target

    store = options.open_registry_store(registry, settings)
    principal = require_target(store, text)
    secret = source.read(from_keyring=lambda: _from_keyring(store, principal, now))
    if not check:
        return principal.target, secret, None
    words = [str(principal.target), *source.words]
    for option, value in (("--at", at), ("--registry", registry and store.location), ("--settings", settings)):
        words += [option, value] if value else []
    return principal.target, secret, _accepting(store, principal, secret, now, words)


def _from_keyring(store: "Store", principal: "Principal", now: "datetime") -> "SecretText":
    from secretctl.delivery.keyring import read_from_keyring

    return read_from_keyring(store.settings().name, principal, now)


def _accepting(
    store: "Store", principal: "Principal", secret: "SecretText", now: "datetime", words: "Sequence[str]"
) -> "Authenticator":
    """Who accepts the secret; RejectedError where nobody does. ``words`` are what `verify` asks the same with."""
    from secretctl.authenticate import authenticator_for, typed_credential

    authenticator = authenticator_for(store.find, store.settings())
    credential = typed_credential(principal.id, secret, authenticator.profile)
    verdict = authenticator.answer(credential, kind=principal.kind, now=now)
    warn(*verdict.warnings)
    if not verdict.accepted:
        import shlex

        raise RejectedError(
            str(verdict.reason),
            f"{principal.target} would be rejected with this secret: {verdict.reason}: {verdict.detail}",
            hint=f"`secretctl verify {shlex.join(words)} --explain` says why; --no-check builds the header anyway",
        )
    return authenticator


def _reads(judge: "Authenticator", value: str, target: "Target", secret: "SecretText") -> bool:
    """Whether the server takes out of a header what was put in: not all of them decode, and some decode too much."""
    found = judge.credential(Request(authorization=value))
    return isinstance(found, Credential) and found.id == target.id and found.secret == secret
