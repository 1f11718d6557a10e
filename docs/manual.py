"""The manual pages in docs/man, made from the commands themselves: one for the tool, one for each command or group."""

from __future__ import annotations

import re
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secretctl import __version__
from secretctl.cli.tree import COMMANDS, EPILOG, GROUP_HELP, ROOT_HELP, root

if TYPE_CHECKING:
    from collections.abc import Iterator

DIRECTORY = Path(__file__).parent / "man"
ENVIRONMENT = {
    "SECRETCTL_REGISTRY": "The registry, where --registry does not name one: a file or a database URL.",
    "SECRETCTL_SETTINGS": "For a registry in a database: the file that issuer, validation and policy come from.",
    "SECRETCTL_DEBUG": "Where it is 1, a bug prints its traceback, without the values of variables or the exception's text.",
    "NO_COLOR": "Where it is set and not empty, nothing is coloured.",
    "TERM": "Where it is dumb, nothing is coloured, either.",
    "GITHUB_STEP_SUMMARY": "The file that check --format github adds its table to.",
    "GITHUB_WORKSPACE": "The directory that check and lint --format github name files below.",
}
"""What the tool reads from the environment; README.md shows the same, and a test looks into the code for others."""
_FILES = {
    "secretctl.toml": "The registry, in this directory or the nearest above it.",
    ".secretctl.toml.lock": "The lock of a writer, beside the registry; only there while somebody writes.",
}
_ARGUMENTS = {
    "TARGET": "client/ID, resource/NAME, or the bare id where only one has it.",
    "SID": "A secret's id, or what only it begins with.",
    "WHEN": "An instant (2026-12-31T12:00:00Z, without a zone UTC), a date (00:00 UTC), a duration from now, now, or never.",
    "DUR": "60s, 15min, 12h, 90d, 2w, 6mo, 1y (months and years by the calendar), or P90D.",
    "LOCATION": "A registry: a TOML file, or a database URL such as sqlite:///FILE or postgresql://USER@HOST/NAME.",
}
_STORY = (
    "secretctl init --name shop",
    "secretctl client add web",
    "secretctl secret add client/web --expires 90d --out web.secret",
    "secretctl header client/web --secret-file web.secret | secretctl verify --basic -",
    "secretctl rotate --due 30d --expires 90d --out new",
    "secretctl check",
)
_FIRST = re.compile(r"(?<=[a-z)])\. ")


def pages() -> dict[str, str]:
    """File name to content of every page."""
    found = {"secretctl.1": _tool()}
    for name, entry in COMMANDS.items():
        found[f"secretctl-{name}.1"] = _group(name) if isinstance(entry, dict) else _single(name)
    return found


def environment() -> str:
    """The same variables as a table in Markdown."""
    rows = "".join(f"| `{name}` | {what} |\n" for name, what in ENVIRONMENT.items())
    return f"| variable | what it does |\n|---|---|\n{rows}"


def write() -> None:
    """Bring docs/man up to date: pages that nobody makes any more go."""
    DIRECTORY.mkdir(exist_ok=True)
    made = pages()
    for path in DIRECTORY.iterdir():
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (DIRECTORY / name).write_text(text, encoding="ascii")


def _tool() -> str:
    commands = ((f"secretctl-{name}(1)", _summary(name)) for name in COMMANDS)
    statuses = (line.split(None, 1) for line in EPILOG.splitlines()[2:])
    return "".join(
        [
            _head("secretctl", ROOT_HELP),
            ".SH SYNOPSIS\n.B secretctl\n.I COMMAND\n[\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]\n",
            ".SH DESCRIPTION\n",
            _text(ROOT_HELP),
            ".SH COMMANDS\n",
            *(_item(f"\\fB{_roff(name)}\\fR", what) for name, what in commands),
            ".SH ARGUMENTS\n",
            *(_item(f"\\fI{name}\\fR", what) for name, what in _ARGUMENTS.items()),
            ".SH OPTIONS\nEach command's page lists its own.\n",
            _item(
                "\\fB\\-h\\fR, \\fB\\-\\-help\\fR",
                "Show what there is; after a command, what it takes, with an example.",
            ),
            _item("\\fB\\-\\-version\\fR", "Show the version."),
            ".SH EXIT STATUS\n",
            *(_item(f"\\fB{status}\\fR", meaning) for status, meaning in statuses),
            ".SH ENVIRONMENT\n",
            *(_item(f"\\fB{name}\\fR", what) for name, what in ENVIRONMENT.items()),
            ".SH FILES\n",
            *(_item(f"\\fI{_roff(name)}\\fR", what) for name, what in _FILES.items()),
            ".SH EXAMPLES\nFrom nothing to a client whose secret is rotated and watched:\n",
            *map(_example, _STORY),
        ]
    )


def _single(name: str) -> str:
    paragraphs, examples = _help(name)
    return "".join(
        [
            _head(f"secretctl-{name}", paragraphs[0]),
            ".SH SYNOPSIS\n",
            _synopsis(name),
            ".SH DESCRIPTION\n",
            *map(_text, paragraphs),
            *_parameters(name, ".SH {}\n"),
            ".SH EXAMPLES\n" if examples else "",
            *map(_example, examples),
            _see_also(),
        ]
    )


def _group(name: str) -> str:
    parts = [_head(f"secretctl-{name}", GROUP_HELP[name]), ".SH SYNOPSIS\n"]
    entries, shown = COMMANDS[name], list[str]()
    assert isinstance(entries, dict)
    parts += [_synopsis(f"{name} {entry}") + ".br\n" for entry in entries]
    parts += [".SH DESCRIPTION\n", _text(GROUP_HELP[name]), ".SH COMMANDS\n"]
    for entry in entries:
        paragraphs, examples = _help(f"{name} {entry}")
        parts += [f".SS {_roff(f'secretctl {name} {entry}')}\n", *map(_text, paragraphs)]
        parts += _parameters(f"{name} {entry}", "")
        shown += examples
    parts += [".SH EXAMPLES\n", *map(_example, shown)]
    return "".join([*parts, _see_also()])


def _head(name: str, summary: str) -> str:
    brief = _FIRST.split(summary)[0].rstrip(".").split(": ")[0]
    title = f'.TH {_roff(name.upper())} 1 "" "secretctl {__version__}" "User Commands"\n'
    # No hyphenation and no stretched lines: options and examples are copied from here.
    return f"{title}.nh\n.ad l\n.SH NAME\n{_roff(name)} \\- {_roff(brief[:1].lower() + brief[1:])}\n"


def _see_also() -> str:
    return ".SH SEE ALSO\n.BR secretctl (1),\nwhich lists the exit statuses, the environment and all commands.\n"


def _summary(name: str) -> str:
    return GROUP_HELP[name] if name in GROUP_HELP else _help(name)[0][0]


def _command(path: str) -> Any:
    command: Any = root()
    for name in path.split():
        command = command.get_command(None, name)
    return command


def _help(path: str) -> tuple[list[str], list[str]]:
    """The paragraphs of a command's help, and its examples."""
    paragraphs, examples = [], []
    for block in cleandoc(_command(path).help).split("\n\n"):
        if block.startswith("\b"):
            examples += block.splitlines()[1:]
        else:
            paragraphs.append(" ".join(block.split()))
    return paragraphs, examples


def _shown(path: str) -> Iterator[tuple[Any, str]]:
    """Each parameter with how it is written, arguments first, but for --help, which every command has."""
    parameters = [parameter for parameter in _command(path).params if parameter.name != "help"]
    for parameter in parameters:
        if parameter.param_type_name == "argument":
            yield parameter, parameter.metavar or parameter.name.upper()
    for parameter in parameters:
        if parameter.param_type_name != "argument":
            names = ", ".join(parameter.opts)
            yield parameter, names if parameter.is_flag else f"{names} {parameter.metavar}"


def _synopsis(path: str) -> str:
    arguments = " ".join(
        name if name.startswith("[") or parameter.required else f"[{name}]"
        for parameter, name in _shown(path)
        if parameter.param_type_name == "argument"
    )
    return f".B {_roff(f'secretctl {path}')}\n[\\fIOPTIONS\\fR] {_roff(arguments)}".rstrip() + "\n"


def _parameters(path: str, heading: str) -> Iterator[str]:
    """The arguments and the options, each kind below its heading."""
    kind = ""
    for parameter, name in _shown(path):
        if heading and parameter.param_type_name != kind:
            kind = parameter.param_type_name
            yield heading.format(f"{kind.upper()}S")
        default = f" [default: {parameter.default}]" if parameter.show_default and parameter.default else ""
        yield _item(f"\\fB{_roff(name)}\\fR", f"{parameter.help or ''}{default}")


def _item(label: str, text: str) -> str:
    return f".TP\n{label}\n{_roff(text)}\n"


def _text(text: str) -> str:
    return f".PP\n{_roff(text)}\n"


def _example(line: str) -> str:
    return f".PP\n.RS\n.nf\n{_roff(line)}\n.fi\n.RE\n"


def _roff(text: str) -> str:
    """Text that roff prints as it is: no requests, no escapes, hyphens that can be copied, ASCII only."""
    text = (
        text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("'", "\\(aq").replace("^", "\\(ha")
    )
    text = text.replace("~", "\\(ti")
    text = "".join(char if char.isascii() else f"\\[u{ord(char):04X}]" for char in text)
    return f"\\&{text}" if text.startswith(".") else text
