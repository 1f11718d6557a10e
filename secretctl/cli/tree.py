"""Every command and where it is: a command's module is imported when the command is used, which keeps start-up short."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Union

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from secretctl.cli.output import emit
from secretctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Tree = dict[str, Union[str, "Tree"]]

ROOT_HELP = "Manage, rotate and verify the secrets of OAuth clients and API resources of IdentityServer-style servers."
EPILOG = """\b
Exit statuses:
  0    done; accepted; nothing due; no difference
  1    the answer is no, or a warning: rejected, expires soon, lint warnings, registries differ
  2    critical: something has expired, a principal is locked out, lint found errors
  3    a registry, database, key or input file cannot be read or written; cannot be decided
  4    no such client, resource or secret
  5    conflict: exists already, ambiguous, locked or changed underneath
  6    refused: policy, or a guard against losing the last usable secret
  7    the new secret could not be delivered; the registry is unchanged
  64   usage error
  70   a bug in secretctl
  130  interrupted
"""
_PRINCIPAL_COMMANDS = ("add", "list", "show", "set", "enable", "disable", "rename", "remove")

COMMANDS: Tree = {
    "init": "init:init",
    "client": {name: f"principals:client_{name}" for name in _PRINCIPAL_COMMANDS},
    "resource": {name: f"principals:resource_{name}" for name in _PRINCIPAL_COMMANDS},
    "secret": {
        "add": "secrets:add",
        "import": "importing:secret_import",
        "list": "secrets:list_",
        "set": "secrets:set_",
        "expire": "secrets:expire",
        "remove": "secrets:remove",
    },
    "generate": "generate:generate",
    "hash": "generate:hash_",
    "rotate": "rotation:rotate",
    "prune": "rotation:prune",
    "inspect": "importing:inspect",
    "verify": "verify:verify",
    "header": "header:header",
    "assertion": "assertion:assertion",
    "check": "check:check",
    "lint": "lint:lint",
    "report": "report:report",
    "import": "interchange:import_",
    "export": "interchange:export",
    "diff": "sync:diff",
    "apply": "sync:apply",
    "completion": "completion:completion",
    "plugins": "plugins:plugins",
}
"""Command name to ``module:function`` below ``secretctl.cli``, or to a group of such, in the order of ``--help``."""

GROUP_HELP = {
    "client": "Manage clients, which authenticate to the token endpoint.",
    "resource": "Manage APIs, which authenticate to the introspection endpoint.",
    "secret": "Manage the secrets of a client or resource.",
}


def root() -> LazyGroup:
    """The whole command line as one command."""
    version = _eager_flag("--version", callback=_show_version, help="Show the version and exit.")
    return LazyGroup(name="secretctl", tree=COMMANDS, help=ROOT_HELP, epilog=EPILOG, params=[version, _help_option()])


class LazyGroup(TyperGroup):
    """A group whose commands are imported when they are asked for."""

    def __init__(self, *, tree: Tree, **attributes: Any) -> None:
        super().__init__(rich_markup_mode=None, no_args_is_help=False, **attributes)
        self._tree = tree

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # noqa: ARG002 - click's signature
        """The names, in the order of the table."""
        return list(self._tree)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]  # noqa: ARG002
        """The command of that name, or None."""
        entry = self._tree.get(cmd_name)
        if entry is None:
            return None
        if isinstance(entry, dict):
            return LazyGroup(name=cmd_name, tree=entry, help=GROUP_HELP[cmd_name], params=[_help_option()])
        module, _, function = entry.partition(":")
        builder = typer.Typer(add_completion=False, rich_markup_mode=None)
        command = getattr(import_module(f"secretctl.cli.{module}"), function)
        builder.command(cmd_name, cls=getattr(command, "command_class", TyperCommand))(command)
        built = get_command(builder)
        built.params.append(_help_option())
        return built

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]
        """The command that ``args`` begin with; a name that does not exist gets suggestions."""
        if args and args[0] not in self._tree and not args[0].startswith("-"):
            raise UsageError(
                "unknown_command", f"there is no command {args[0]!a}", hint=self._hint(ctx.command_path, *args)
            )
        return super().resolve_command(ctx, args)

    def _hint(self, called: str, name: str, *rest: str) -> str:
        if name == "help":
            return f"write `{command_path(rest, called, self._tree)} --help`"
        if name == "version":
            return "write `secretctl --version`"
        from difflib import get_close_matches

        close = get_close_matches(name, self._tree)
        return f"did you mean {' or '.join(close)}?" if close else f"see `{called} --help`"


def command_path(arguments: Sequence[str], called: str = "secretctl", tree: Tree = COMMANDS) -> str:
    """The command that the arguments begin with, as far as they name one: ``secretctl client add``."""
    for argument in arguments:
        entry = tree.get(argument)
        if entry is None:
            break
        called += f" {argument}"
        tree = entry if isinstance(entry, dict) else {}
    return called


def _show_version(ctx: typer.Context, _param: object, value: bool) -> None:
    if value:
        from secretctl import __version__

        emit(f"secretctl {__version__}\n")
        ctx.exit()


def _show_help(ctx: typer.Context, _param: object, value: bool) -> None:
    if value:
        emit(f"{ctx.get_help()}\n")
        ctx.exit()


def _help_option() -> TyperOption:
    """Takes the place of click's own, which calls a stdout that cannot be written a bug."""
    return _eager_flag("-h", "--help", callback=_show_help, help="Show this message and exit.")


def _eager_flag(*names: str, callback: Callable[..., None], help: str) -> TyperOption:
    return TyperOption(
        param_decls=list(names), is_flag=True, is_eager=True, expose_value=False, callback=callback, help=help
    )
