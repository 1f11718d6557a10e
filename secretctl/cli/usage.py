"""A command line that was not understood: what is wrong with it, and what to write instead."""

from __future__ import annotations

from typing import Any

from secretctl.cli.tree import LazyGroup, command_path
from secretctl.errors import UsageError


def usage_error(exc: Any, arguments: list[str]) -> UsageError:
    """The error for what the parser complains of. It quotes no argument that is too much: that may be a secret."""
    message, path = str(exc.format_message()), command_path(arguments)
    context = getattr(exc, "ctx", None)
    command = getattr(context, "command", None)
    advice = ""
    if "extra argument" in message:
        message, advice = "there are more arguments than the command takes", _instead_of_more(path, command)
    elif _lacks_format(path, exc, context):
        message, advice = "import takes a FORMAT and a FILE", _formats()
    words = path.count(" ")
    if isinstance(command, LazyGroup) and any(word.startswith("-") for word in arguments[words : words + 1]):
        advice = "options go after the command; "
    return UsageError("usage", _sentence(message), hint=f"{advice}see `{path} --help`")


def _instead_of_more(path: str, command: Any) -> str:
    if path == "secretctl export":
        return "it prints to stdout: write `secretctl export FORMAT > FILE`; "
    if any("--secret-file" in parameter.opts for parameter in getattr(command, "params", ())):
        return "a secret is never an argument: use --secret-file PATH (- is stdin), --secret-env NAME or --prompt; "
    return ""


def _lacks_format(path: str, exc: Any, context: Any) -> bool:
    """Whether the only argument of an import is no format, and so its file."""
    if path != "secretctl import" or getattr(getattr(exc, "param", None), "name", None) != "file":
        return False
    from secretctl.interchange import IMPORT_FORMATS

    return context.params.get("format") not in IMPORT_FORMATS


def _formats() -> str:
    from secretctl.interchange import IMPORT_FORMATS

    return f"FORMAT is one of {', '.join(IMPORT_FORMATS)}; "


def _sentence(message: str) -> str:
    return (message[:1].lower() + message[1:]).rstrip(".") if message[1:2].islower() else message.rstrip(".")
