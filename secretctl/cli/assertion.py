"""``assertion``: mint a client assertion that the server will accept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from secretctl.cli import inputs, options
from secretctl.cli.output import emit, emit_json
from secretctl.errors import RejectedError, UnavailableError, UsageError
from secretctl.settings import Settings

if TYPE_CHECKING:
    from datetime import datetime

    from secretctl.crypto.signing_key import SigningKey
    from secretctl.model import Principal
    from secretctl.profiles import Profile

FORMATS = ("jwt", "form", "json")


def assertion(
    target: options.TargetArgument,
    key: Annotated[
        str, typer.Option("--key", metavar="FILE", help="The private key: PEM (PKCS#8, PKCS#1, SEC1) or JWK.")
    ],
    key_password_file: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The password of an encrypted key; asked for otherwise.", show_default=False),
    ] = None,
    audience: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The aud claim. Default: what the profile expects.", show_default=False),
    ] = None,
    alg: Annotated[
        str | None, typer.Option(metavar="A", help="The algorithm. Default: what fits the key.", show_default=False)
    ] = None,
    kid: Annotated[str | None, typer.Option(metavar="ID", help="A kid for the header.", show_default=False)] = None,
    lifetime: Annotated[str, typer.Option(metavar="DUR", help="How long it is valid.")] = "60s",
    format: Annotated[str, typer.Option("--format", metavar="|".join(FORMATS), help="What to print.")] = "jwt",
    no_check: Annotated[bool, typer.Option("--no-check", help="Do not look whether the key is registered.")] = False,
    at: options.AtOption = None,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Build a client assertion (private_key_jwt) with a private key.

    \b
    secretctl assertion client/web --key private.pem
    secretctl assertion client/web --key private.jwk --format form
    """
    from secretctl.builders.assertion import assertion_form, assertion_json, build_assertion
    from secretctl.lifetimes import parse_duration

    chosen = "json" if json else options.one_of(format, FORMATS)
    now = options.clock(at)
    seconds = int((parse_duration(lifetime).after(now) - now).total_seconds())
    principal_id, rules, configured, principal = _who(target, registry, settings, audience, check=not no_check)
    signing_key = _read_key(key, key_password_file, configured.policy.min_rsa_bits)
    registered = None if principal is None else _registered(principal, signing_key, rules, configured, now)
    algorithm = alg or _algorithm(signing_key, registered, rules, configured)
    jwt = build_assertion(
        principal_id,
        signing_key,
        audience=audience or _audience(configured, rules),
        now=now,
        alg=algorithm,
        kid=kid,
        lifetime=seconds,
    )
    if chosen == "json":
        emit_json(assertion_json(jwt), carries_secret=True)
    else:
        emit((assertion_form(jwt) if chosen == "form" else jwt) + "\n", carries_secret=True)


def _who(
    text: str, registry: str | None, settings: str | None, audience: str | None, *, check: bool
) -> tuple[str, Profile, Settings, Principal | None]:
    """The id, the rules, the settings, and the principal where it is to be checked.

    With ``--no-check`` and an audience no registry is needed.
    """
    from secretctl.operations.targets import named_target, require_target
    from secretctl.profiles import profile_named

    if not check and audience is not None:
        return named_target(text).id, profile_named("rfc"), Settings(), None
    store = options.open_registry_store(registry, settings)
    configured = store.settings()
    rules = profile_named(configured.validation.profile)
    if not check:
        return named_target(text).id, rules, configured, None
    principal = require_target(store, text)
    return principal.id, rules, configured, principal


def _read_key(path: str, password_file: str | None, min_rsa_bits: int) -> SigningKey:
    from secretctl.crypto.signing_key import is_encrypted, read_signing_key

    data = inputs.read_input(path, what="key")
    password = None
    if password_file is not None:
        password = inputs.SecretSource(file=password_file).read()
    elif is_encrypted(data):
        if not inputs.stdin_is_terminal():
            raise UsageError("key_password_missing", "the key is encrypted", hint="give --key-password-file FILE")
        password = inputs.prompt_secret("Password of the key")
    return read_signing_key(data, password, min_rsa_bits=min_rsa_bits)


def _algorithm(key: SigningKey, registered: tuple[str, ...] | None, rules: Profile, configured: Settings) -> str | None:
    """The key's first algorithm that the server takes, of those it is registered for; None leaves it to the key."""
    allowed = configured.validation.assertion_algorithms if rules.configurable_algorithms else None
    taken = [alg for alg in key.algorithms if alg in (rules.assertion_algorithms if allowed is None else allowed)]
    return next((alg for alg in taken if registered is None or alg in registered), None)


def _audience(configured: Settings, rules: Profile) -> str:
    if configured.issuer is None:
        raise UnavailableError(
            "audience_missing", "nothing says who the assertion is for", hint="set [issuer] url, or give --audience URL"
        )
    return configured.issuer.url if rules.audiences[0] == "issuer" else configured.issuer.token_endpoint


def _registered(
    principal: Principal, key: SigningKey, rules: Profile, configured: Settings, now: datetime
) -> tuple[str, ...]:
    """The algorithms that the key is registered for; RejectedError ``key_not_registered`` where it is not."""
    from secretctl.builders.assertion import registered_algorithms
    from secretctl.lifetimes import unexpired

    usable = unexpired(principal.secrets, now)
    found = registered_algorithms(key, usable, jwk=rules.jwk, min_rsa_bits=configured.policy.min_rsa_bits)
    if not found:
        raise RejectedError(
            "key_not_registered",
            f"{principal.target} has no usable secret for this key",
            hint=f"register it with `secretctl secret import {principal.target.shell_word} FILE`; --no-check signs anyway",
        )
    return found
