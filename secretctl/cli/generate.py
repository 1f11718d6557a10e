"""``generate`` and ``hash``: a secret or its stored value, without changing any registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secretctl.cli import inputs, options
from secretctl.cli.output import emit, emit_json, warn
from secretctl.cli.secret_options import BytesOption, GeneratedHashOption, HashOption, PrefixOption

if TYPE_CHECKING:
    from secretctl.profiles import Profile


def generate(
    random_bytes: BytesOption = None,
    prefix: PrefixOption = None,
    hash_name: GeneratedHashOption = None,
    json: options.JsonOption = False,
) -> None:
    """Generate a secret: prints it, then its stored value. No registry is read or written.

    \b
    secretctl generate --prefix acme_
    """
    from secretctl.crypto.shared_secret import DEFAULT_BYTES, generate_secret, hash_secret
    from secretctl.policy import hash_named

    chosen = hash_named(hash_name or "sha256")
    secret = generate_secret(prefix=prefix or "", random_bytes=DEFAULT_BYTES if random_bytes is None else random_bytes)
    value = hash_secret(secret, chosen)
    if json:
        emit_json({"secret": secret.reveal(), "value": value, "hash": chosen}, carries_secret=True)
    else:
        emit(f"{secret.reveal()}\n{value}\n", carries_secret=True)


def hash_(
    secret_file: options.SecretFileOption = None,
    secret_env: options.SecretEnvOption = None,
    from_keyring: options.FromKeyringOption = False,
    prompt: options.PromptOption = False,
    hash_name: HashOption = None,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Print the stored value of a secret. No registry is written.

    Without --hash it is what the registry's server understands best; argon2id where there is no registry.

    \b
    secretctl hash --secret-file secret.txt --hash sha256
    """
    from secretctl.crypto.shared_secret import hash_secret
    from secretctl.policy import choose_hash, hash_named
    from secretctl.policy.chosen_secrets import length_warning, weakness
    from secretctl.settings import Policy

    requested = None if hash_name is None else hash_named(hash_name)
    if requested is None or registry is not None:
        requested = choose_hash(requested, Policy(), _profile(registry, settings), generated=False)
    source = inputs.SecretSource(secret_file, secret_env, from_keyring, prompt)
    secret = source.read()
    value = hash_secret(secret, requested)
    weak = weakness(secret)
    for warning in (weak and f"the secret {weak}", length_warning(secret)):
        if warning:
            warn(warning)
    emit_json({"value": value, "hash": requested}) if json else emit(f"{value}\n")


def _profile(registry: str | None, settings: str | None) -> Profile:
    """The profile of the registry, and ``rfc`` where there is none."""
    from secretctl.errors import UnavailableError
    from secretctl.profiles import profile_named

    try:
        options.registry_location(registry)
    except UnavailableError:
        return profile_named("rfc")
    return profile_named(options.open_registry_store(registry, settings).settings().validation.profile)
