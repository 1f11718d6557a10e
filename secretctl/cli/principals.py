"""``client …`` and ``resource …``: one function a command, the work in ``secretctl.cli.principal_commands``."""

from __future__ import annotations

from typing import Annotated

import typer

from secretctl.cli import options
from secretctl.cli import principal_commands as commands

ClientId = Annotated[str, typer.Argument(metavar="ID", help="The client_id, without client/ before it.")]
ResourceName = Annotated[str, typer.Argument(metavar="NAME", help="The resource's name, without resource/ before it.")]
NewId = Annotated[str, typer.Argument(metavar="NEW", help="The new id.")]
NameOption = Annotated[str | None, typer.Option("--name", metavar="N", help="A name for people.")]
DisplayNameOption = Annotated[str | None, typer.Option("--display-name", "--name", metavar="N", help="Its name.")]
DescriptionOption = Annotated[str | None, typer.Option("--description", metavar="D", help="What it is.")]
OwnerOption = Annotated[str | None, typer.Option("--owner", metavar="O", help="Who looks after it.")]
TagOption = Annotated[list[str] | None, typer.Option("--tag", metavar="T", help="A tag; may be repeated.")]
ScopeOption = Annotated[list[str] | None, typer.Option("--scope", metavar="S", help="A scope; may be repeated.")]
GrantTypeOption = Annotated[
    list[str] | None, typer.Option("--grant-type", metavar="G", help="A grant type; may be repeated.")
]
PublicOption = Annotated[bool, typer.Option("--public", help="It needs no secret.")]
DisabledOption = Annotated[bool, typer.Option("--disabled", help="It is not let in.")]
ClearOption = Annotated[
    list[str] | None,
    typer.Option("--clear", metavar="KEY", help="Set a field back: owner, tags, scopes, …"),
]
ValuesOption = Annotated[bool, typer.Option("--values", help="Show the stored values as well.")]


def client_add(
    id: ClientId,
    name: NameOption = None,
    description: DescriptionOption = None,
    owner: OwnerOption = None,
    tag: TagOption = None,
    scope: ScopeOption = None,
    grant_type: GrantTypeOption = None,
    public: PublicOption = False,
    disabled: DisabledOption = False,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Add a client.

    \b
    secretctl client add web --name "Web shop" --owner team-shop@example.com --tag pci
    """
    wanted = commands.Fields(name, description, owner, tag, scope, grant_type, public, disabled)
    commands.add("client", id, wanted, options.open_registry_store(registry, settings), json=json)


def client_list(
    owner: options.OneOwnerOption = None,
    tag: options.OneTagOption = None,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """List clients, and how they stand.

    \b
    secretctl client list --owner team-shop@example.com
    """
    commands.list_("client", owner, tag, options.open_registry_store(registry, settings), json=json)


def client_show(
    id: ClientId,
    values: ValuesOption = False,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Show a client and its secrets.

    \b
    secretctl client show web
    """
    commands.show("client", id, options.open_registry_store(registry, settings), values=values, json=json)


def client_set(
    id: ClientId,
    name: NameOption = None,
    description: DescriptionOption = None,
    owner: OwnerOption = None,
    tag: TagOption = None,
    scope: ScopeOption = None,
    grant_type: GrantTypeOption = None,
    public: PublicOption = False,
    disabled: DisabledOption = False,
    clear: ClearOption = None,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Change a client: what is named, and nothing else. Lists are replaced as a whole.

    \b
    secretctl client set web --tag pci --tag shop --clear description
    """
    wanted = commands.Fields(name, description, owner, tag, scope, grant_type, public, disabled, tuple(clear or ()))
    commands.set_("client", id, wanted, options.open_registry_store(registry, settings), json=json)


def client_enable(
    id: ClientId,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Let a client in again.

    \b
    secretctl client enable web
    """
    commands.enable("client", id, options.open_registry_store(registry, settings), json=json)


def client_disable(
    id: ClientId,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Keep a client out, with all of its secrets kept.

    \b
    secretctl client disable web
    """
    commands.disable("client", id, options.open_registry_store(registry, settings), json=json)


def client_rename(
    id: ClientId,
    new: NewId,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Give a client another id.

    \b
    secretctl client rename web shop
    """
    commands.rename("client", id, new, options.open_registry_store(registry, settings), json=json)


def client_remove(
    id: ClientId,
    yes: options.YesOption = False,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Delete a client with its secrets.

    \b
    secretctl client remove web --yes
    """
    commands.remove("client", id, options.open_registry_store(registry, settings), yes=yes, json=json)


def resource_add(
    id: ResourceName,
    name: DisplayNameOption = None,
    description: DescriptionOption = None,
    owner: OwnerOption = None,
    tag: TagOption = None,
    scope: ScopeOption = None,
    disabled: DisabledOption = False,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Add an API resource.

    \b
    secretctl resource add api1 --display-name "Our API" --scope api1
    """
    wanted = commands.Fields(name, description, owner, tag, scope, disabled=disabled)
    commands.add("resource", id, wanted, options.open_registry_store(registry, settings), json=json)


def resource_list(
    owner: options.OneOwnerOption = None,
    tag: options.OneTagOption = None,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """List API resources, and how they stand.

    \b
    secretctl resource list
    """
    commands.list_("resource", owner, tag, options.open_registry_store(registry, settings), json=json)


def resource_show(
    id: ResourceName,
    values: ValuesOption = False,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Show an API resource and its secrets.

    \b
    secretctl resource show api1
    """
    commands.show("resource", id, options.open_registry_store(registry, settings), values=values, json=json)


def resource_set(
    id: ResourceName,
    name: DisplayNameOption = None,
    description: DescriptionOption = None,
    owner: OwnerOption = None,
    tag: TagOption = None,
    scope: ScopeOption = None,
    disabled: DisabledOption = False,
    clear: ClearOption = None,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Change an API resource: what is named, and nothing else. Lists are replaced as a whole.

    \b
    secretctl resource set api1 --scope api1.read --scope api1.write
    """
    wanted = commands.Fields(name, description, owner, tag, scope, disabled=disabled, clear=tuple(clear or ()))
    commands.set_("resource", id, wanted, options.open_registry_store(registry, settings), json=json)


def resource_enable(
    id: ResourceName,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Let an API resource in again.

    \b
    secretctl resource enable api1
    """
    commands.enable("resource", id, options.open_registry_store(registry, settings), json=json)


def resource_disable(
    id: ResourceName,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Keep an API resource out, with all of its secrets kept.

    \b
    secretctl resource disable api1
    """
    commands.disable("resource", id, options.open_registry_store(registry, settings), json=json)


def resource_rename(
    id: ResourceName,
    new: NewId,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Give an API resource another name.

    \b
    secretctl resource rename api1 orders
    """
    commands.rename("resource", id, new, options.open_registry_store(registry, settings), json=json)


def resource_remove(
    id: ResourceName,
    yes: options.YesOption = False,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Delete an API resource with its secrets.

    \b
    secretctl resource remove api1 --yes
    """
    commands.remove("resource", id, options.open_registry_store(registry, settings), yes=yes, json=json)
