"""``completion``: the script that teaches a shell to complete secretctl."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from secretctl.cli.output import emit
from secretctl.errors import UsageError

SCRIPTS = {
    "bash": "secretctl.bash",
    "zsh": "_secretctl",
    "fish": "secretctl.fish",
    "powershell": "secretctl.ps1",
}
"""Shell to file name, here and in the project's ``completions/``."""


def completion(
    shell: Annotated[str, typer.Argument(metavar="bash|zsh|fish|powershell", help="Whose script.")],
) -> None:
    """Print a shell's completion script.

    \b
    source <(secretctl completion bash)                        # in ~/.bashrc
    secretctl completion zsh > "${fpath[1]}/_secretctl"
    secretctl completion fish > ~/.config/fish/completions/secretctl.fish
    secretctl completion powershell | Out-String | Invoke-Expression
    """
    emit(completion_script(shell))


def completion_script(shell: str) -> str:
    """The script for a shell; UsageError ``shell_unknown``."""
    try:
        name = SCRIPTS[shell]
    except KeyError:
        raise UsageError(
            "shell_unknown", f"there is no script for {shell!a}", hint=f"choose {', '.join(SCRIPTS)}"
        ) from None
    return (Path(__file__).parent / "shells" / name).read_text("utf-8")
