"""``check``."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secretctl.cli import options
from secretctl.cli.output import emit, note, warn
from secretctl.cli.progress import counted
from secretctl.cli.showing import chosen_format, deliver, page_of, spare_registry
from secretctl.errors import SecretctlError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from secretctl.lifetimes import Window
    from secretctl.operations.expiry import CheckReport
    from secretctl.render import Page
    from secretctl.stores import Store

_UNKNOWN = 3
"""What a monitoring plug-in exits with where it cannot tell."""


def check(
    targets: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TARGET…]", help="Only these: client/ID, resource/NAME, or an ID.", show_default=False),
    ] = None,
    warn_window: Annotated[
        str | None,
        typer.Option("--warn", metavar="DUR", help="Warn so long before, or with a share such as 20% left. [30d]"),
    ] = None,
    critical_window: Annotated[
        str | None, typer.Option("--critical", metavar="DUR", help="The same for critical. [7d]")
    ] = None,
    owner: options.OneOwnerOption = None,
    tag: options.OneTagOption = None,
    include_disabled: Annotated[bool, typer.Option("--include-disabled", help="Show disabled ones, too.")] = False,
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="table|json|csv|markdown|junit|sarif|github|prometheus|nagios|ics",
            help="What to print [default: table].",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        str | None, typer.Option("--output", metavar="FILE", help="Write to a file, whole or not at all.")
    ] = None,
    at: options.AtOption = None,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> int:
    """Say whether anything is about to expire. Status 0: all well, 1: soon, 2: very soon or already.

    \b
    secretctl check
    secretctl check client/web --warn 20% --critical 3d
    secretctl check --format prometheus --output /var/lib/node_exporter/secretctl.prom
    """
    from secretctl.lifetimes import parse_window
    from secretctl.render import check_renderer

    chosen = chosen_format(format, json=json)
    renderer = check_renderer(chosen)
    windows = [None if text is None else parse_window(text) for text in (warn_window, critical_window)]
    now = options.clock(at)
    try:
        spare_registry(output, options.registry_location(registry))
        store = options.open_registry_store(registry, settings)
        report = _checked(store, targets or (), windows, owner, tag, include_disabled, now)
        page = page_of(store, output=output, for_github=chosen == "github")
        deliver(renderer.check(report, page), output)
        if chosen == "github":
            _summarise(report, page)
    except SecretctlError as exc:
        if chosen != "nagios" or isinstance(exc, UsageError):
            raise
        _cannot_tell(exc, output)
        return _UNKNOWN
    return report.exit_status


def _checked(
    store: "Store",
    targets: "Sequence[str]",
    windows: "Sequence[Window | None]",
    owner: str | None,
    tag: str | None,
    include_disabled: bool,
    now: "datetime",
) -> "CheckReport":
    from secretctl.operations.expiry import check as check_principals
    from secretctl.operations.targets import require_targets

    with counted("checking", require_targets(store, targets) if targets else store.principals()) as principals:
        report = check_principals(
            principals,
            store.settings(),
            now=now,
            warn=windows[0],
            critical=windows[1],
            owner=owner,
            tag=tag,
            include_disabled=include_disabled or bool(targets),  # who is named is shown
        )
    if not report.principals:
        wanted = [f"{what} {text!r}" for what, text in (("owner", owner), ("tag", tag)) if text is not None]
        if wanted:
            # Often a misspelling in a job that would be content with it for good.
            warn(f"nothing was checked: no enabled client or resource has the {' and the '.join(wanted)}")
        elif next(iter(store.principals()), None) is None:
            note("the registry is empty")
        else:
            note("nothing to check: no client or resource is enabled")
    return report


def _summarise(report: "CheckReport", page: "Page") -> None:
    """Add to the job's summary; one that cannot be written is worth a warning, and changes no answer."""
    from secretctl.render import check_renderer

    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    text = "".join(check_renderer("markdown").check(report, page))
    try:
        with Path(path).open("ab") as file:
            file.write(f"{text}\n".encode("utf-8", "backslashreplace"))
    except OSError as exc:
        warn(f"the summary {path} cannot be written: {exc.strerror}")


def _cannot_tell(exc: SecretctlError, output: str | None) -> None:
    """The line that a monitoring system reads, beside the message for people."""
    from secretctl.render.nagios import unknown

    note(f"error: {exc.message}")
    if output is None:
        emit(unknown(exc.message))
        return
    try:
        deliver((unknown(exc.message),), output)
    except SecretctlError:
        emit(unknown(exc.message))
