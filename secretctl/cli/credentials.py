"""``header`` and ``assertion``: build a credential that the server will accept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from secretctl.cli import options
from secretctl.cli.output import emit, emit_json, warn
from secretctl.errors import RejectedError, UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from secretctl.model import Principal, SecretText, Target
    from secretctl.stores import Store

HEADER_FORMATS = ("header", "value", "curl", "post", "json")
ASSERTION_FORMATS = ("jwt", "form", "json")


def header(
    target: options.TargetArgument,
    secret_file: options.SecretFileOption = None,
    secret_env: options.SecretEnvOption = None,
    from_keyring: options.FromKeyringOption = False,
    prompt: options.PromptOption = False,
    raw: Annotated[bool, typer.Option("--raw", help="Join id and secret as they are (RFC 7617), without form-urlencoding.")] = False,
    format: Annotated[str, typer.Option("--format", metavar="|".join(HEADER_FORMATS), help="What to print.")] = "header",
    no_check: Annotated[bool, typer.Option("--no-check", help="Build it without asking the registry.")] = False,
    at: options.AtOption = None,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Build the Authorization header of a client or resource from its secret.

    \b
    secretctl header client/web --secret-file secret.txt
    curl --config <(secretctl header client/web --from-keyring --format curl) https://id.example.com/connect/token
    """
    from secretctl.builders.basic import build_basic_header, form_fields

    chosen = "json" if json else _one_of(format, HEADER_FORMATS)
    source = options.SecretSource(secret_file, secret_env, from_keyring, prompt)
    now = options.clock(at)
    name, secret = _target_and_secret(target, source, registry, settings, now, check=not no_check)
    # What --raw cannot spell is refused, whatever is printed in the end.
    value = build_basic_header(name.id, secret, raw=raw)
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


def _one_of(text: str, allowed: tuple[str, ...]) -> str:
    if text in allowed:
        return text
    raise UsageError("format_unknown", f"there is no format {text!a}", hint=f"choose one of {', '.join(allowed)}")


def _target_and_secret(
    text: str,
    source: options.SecretSource,
    registry: str | None,
    settings: str | None,
    now: datetime,
    *,
    check: bool,
) -> tuple[Target, SecretText]:
    """Who it is for and the plaintext, held against the registry unless that was waived."""
    if not check and not source.keyring:
        from secretctl.operations.targets import named_target

        return named_target(text), source.read()
    from secretctl.operations.targets import require_target

    store = options.open_registry_store(registry, settings)
    principal = require_target(store, text)
    secret = source.read(from_keyring=lambda: _from_keyring(store, principal, now))
    if check:
        _demand_acceptance(store, principal, secret, now)
    return principal.target, secret


def _from_keyring(store: Store, principal: Principal, now: datetime) -> SecretText:
    from secretctl.delivery.keyring import read_from_keyring

    return read_from_keyring(store.settings().name, principal, now)


def _demand_acceptance(store: Store, principal: Principal, secret: SecretText, now: datetime) -> None:
    from secretctl.authenticate import authenticator_for, typed_credential

    authenticator = authenticator_for(store.find, store.settings())
    credential = typed_credential(principal.id, secret, authenticator.profile)
    verdict = authenticator.answer(credential, kind=principal.kind, now=now)
    for warning in verdict.warnings:
        warn(warning)
    if not verdict.accepted:
        raise RejectedError(
            str(verdict.reason),
            f"{principal.target} would be rejected with this secret: {verdict.reason}: {verdict.detail}",
            hint="`secretctl verify --explain` says why; --no-check builds the header anyway",
        )


def assertion(
    target: options.TargetArgument,
    key: Annotated[str, typer.Option("--key", metavar="FILE", help="The private key: PEM (PKCS#8, PKCS#1, SEC1) or JWK.")],
    key_password_file: Annotated[
        str | None, typer.Option(metavar="FILE", help="The password of an encrypted key.", show_default=False)
    ] = None,
    audience: Annotated[
        str | None, typer.Option(metavar="URL", help="The aud claim. Default: the registry's issuer.", show_default=False)
    ] = None,
    alg: Annotated[
        str | None, typer.Option(metavar="A", help="The algorithm. Default: what fits the key.", show_default=False)
    ] = None,
    kid: Annotated[str | None, typer.Option(metavar="ID", help="A kid for the header.", show_default=False)] = None,
    lifetime: Annotated[str, typer.Option(metavar="DUR", help="How long it is valid.")] = "60s",
    format: Annotated[str, typer.Option("--format", metavar="|".join(ASSERTION_FORMATS), help="What to print.")] = "jwt",
    no_check: Annotated[bool, typer.Option("--no-check", help="Do not look whether the key is registered.")] = False,
    at: options.AtOption = None,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Build a client assertion (private_key_jwt) signed with a private key.

    \b
    secretctl assertion client/web --key private.pem
    secretctl assertion client/web --key private.jwk --format form
    """
    from secretctl.cli.assertion import AssertionOrder, assertion_document

    chosen: Literal["jwt", "form", "json"] = "json" if json else _one_of(format, ASSERTION_FORMATS)  # type: ignore[assignment]
    order = AssertionOrder(target, key, key_password_file, audience, alg, kid, lifetime, check=not no_check)
    document = assertion_document(order, chosen, options.clock(at), registry, settings)
    if isinstance(document, str):
        emit(document + "\n", carries_secret=True)
    else:
        emit_json(document, carries_secret=True)
