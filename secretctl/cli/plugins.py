"""``plugins``: which parsers and validators there are, and which of them are in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from secretctl.cli import options
from secretctl.cli.output import emit, emit_json
from secretctl.errors import UnavailableError

if TYPE_CHECKING:
    from secretctl.plugins import Plugin
    from secretctl.settings import Validation


def plugins(
    profile: Annotated[
        str | None, typer.Option(metavar="P", help="As another server's rules would have them.", show_default=False)
    ] = None,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """List parsers and validators. Those in force come first, in their order.

    \b
    secretctl plugins --profile identityserver4
    """
    from secretctl.plugins import list_plugins
    from secretctl.profiles import profile_named

    profile = options.profile_name(profile)
    validation = _validation(registry, settings)
    found = list_plugins(
        validation.parsers, validation.validators, profile_named(validation.profile if profile is None else profile)
    )
    if json:
        emit_json([plugin._asdict() for plugin in found])
    else:
        from secretctl.render.table import table

        emit(table(("ROLE", "NAME", "IN FORCE", "FROM"), [_row(plugin) for plugin in found]))


def _validation(registry: str | None, settings: str | None) -> Validation:
    """What the registry says; without any registry, what holds when nothing is said."""
    try:
        return options.open_registry_store(registry, settings).settings().validation
    except UnavailableError as exc:
        if exc.code != "registry_not_found":
            raise
    from secretctl.settings import Validation

    return Validation()


def _row(plugin: Plugin) -> tuple[str, str, str, str]:
    in_force = "no" if plugin.order is None else str(plugin.order)
    return plugin.role, plugin.name, in_force, plugin.source + (f": {plugin.problem}" if plugin.problem else "")
