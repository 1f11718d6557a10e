"""The options that commands share, and what they stand for: the registry, the clock, the profile."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from secretctl.cli.output import announce, echo_instant
from secretctl.errors import UnavailableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secretctl.stores import Store

REGISTRY_FILE = "secretctl.toml"
_Word = TypeVar("_Word", bound=str)
_STDIN = frozenset({"/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})

RegistryOption = Annotated[
    str | None,
    typer.Option(
        "--registry",
        "-r",
        metavar="LOCATION",
        help="The registry: a file or a database URL. Default: $SECRETCTL_REGISTRY, else the nearest secretctl.toml.",
        show_default=False,
    ),
]
SettingsOption = Annotated[
    str | None,
    typer.Option(
        "--settings",
        metavar="FILE",
        help="For a database: a registry file to take issuer, validation and policy from. Default: $SECRETCTL_SETTINGS.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def at_option(help: str) -> Any:
    """``--at``, with what it means for a command."""
    return typer.Option("--at", metavar="WHEN", help=help, show_default=False)


AtOption = Annotated[str | None, at_option("Answer as of this time instead of now.")]
OneOwnerOption = Annotated[str | None, typer.Option("--owner", metavar="O", help="Of this owner only.")]
OneTagOption = Annotated[str | None, typer.Option("--tag", metavar="T", help="With this tag only.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Do it even if no usable secret is left.")]
SecretFileOption = Annotated[
    str | None,
    typer.Option("--secret-file", metavar="PATH", help="Read the secret from a file; - is stdin.", show_default=False),
]
SecretEnvOption = Annotated[
    str | None,
    typer.Option(
        "--secret-env", metavar="NAME", help="Take the secret from an environment variable.", show_default=False
    ),
]
FromKeyringOption = Annotated[
    bool, typer.Option("--from-keyring", help="Take the newest usable secret that the keyring holds.")
]
PromptOption = Annotated[bool, typer.Option("--prompt", help="Ask for the secret, without showing it.")]
TargetArgument = Annotated[
    str, typer.Argument(metavar="TARGET", help="client/ID, resource/NAME, or an ID that only one has.")
]


def one_of(text: str, allowed: Sequence[_Word], *, what: str = "format", option: str | None = None) -> _Word:
    """The text, where it is one of a few; UsageError ``format_unknown`` with those, for ``what`` is a format."""
    for word in allowed:
        if word == text:
            return word
    message = f"{option} does not know {text!a}" if option else f"there is no {what} {text!a}"
    raise UsageError(f"{what}_unknown", message, hint=f"choose one of {', '.join(allowed)}")


def profile_name(text: str | None) -> str | None:
    """What ``--profile`` names; UsageError ``profile_unknown``, for here it is the command line that is wrong."""
    if text is None:
        return None
    from secretctl.profiles import PROFILES

    return one_of(text, tuple(PROFILES), what="profile")


def registry_location(registry: str | None) -> str:
    """Where the registry is: ``--registry``, else ``SECRETCTL_REGISTRY``, else the nearest ``secretctl.toml`` upwards."""
    location = registry if registry is not None else os.environ.get("SECRETCTL_REGISTRY") or None
    if location is not None:
        if not location:
            raise UsageError("registry_empty", "--registry is empty", hint="name a file or a database URL")
        return location
    here = Path.cwd()
    for directory in (here, *here.parents):
        candidate = directory / REGISTRY_FILE
        try:
            candidate.lstat()
        except FileNotFoundError:
            continue
        except OSError:
            pass  # there may be one; opening it says why that cannot be known
        return str(candidate)
    raise UnavailableError(
        "registry_not_found",
        f"there is no {REGISTRY_FILE} in this directory or above it",
        hint="create one with `secretctl init`, or name one with --registry or SECRETCTL_REGISTRY",
    )


def open_registry_store(registry: str | None, settings: str | None = None) -> Store:
    """The store that the command works on."""
    from secretctl.stores import open_store

    location = registry_location(registry)
    if registry is None and os.environ.get("SECRETCTL_REGISTRY"):
        _require_file(location)
    if settings is None:
        settings = os.environ.get("SECRETCTL_SETTINGS") or None
    if not _STDIN.isdisjoint((location, settings)):
        sys.stdin = None  # whoever else asks for it shall not find it empty, and take that for an answer
    announce(location)
    if settings is None or "://" not in location:
        return open_store(location)
    return open_store(location, settings=open_store(settings).settings())


def _require_file(location: str) -> None:
    """UnavailableError ``registry_missing`` that says where the location is from: nobody sees it on the command line."""
    try:
        if "://" not in location:
            os.lstat(location)
    except FileNotFoundError:
        raise UnavailableError(
            "registry_missing",
            f"there is no registry {location}, which SECRETCTL_REGISTRY names",
            hint="correct or unset it, or name another with --registry",
        ) from None
    except OSError:
        pass  # opening it says why


def clock(at: str | None = None) -> datetime:
    """The time to answer for: now, or what ``--at`` says, which is echoed."""
    now = datetime.now(UTC)
    if at is None:
        return now
    from secretctl.lifetimes import parse_when

    instant = parse_when(at, now)
    if instant is None:
        raise UsageError("when_invalid", "--at needs a point in time, and never is none", hint="leave --at out for now")
    echo_instant("at", instant)
    return instant


def expiration(text: str, now: datetime, *, option: str = "expires") -> datetime | None:
    """What ``--expires WHEN`` stands for, cut to whole seconds, which is what registries hold; it is echoed."""
    from secretctl.lifetimes import parse_when

    instant = parse_when(text, now)
    if instant is not None:
        instant = instant.replace(microsecond=0)
    echo_instant(option, instant)
    return instant
