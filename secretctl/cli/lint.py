"""``lint``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from secretctl.cli import options
from secretctl.cli.output import emit
from secretctl.cli.progress import progress
from secretctl.cli.showing import chosen_format, page_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secretctl.model import Principal
    from secretctl.stores import Store


def lint(
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="table|json|sarif|github|junit",
            help="What to print [default: table].",
            show_default=False,
        ),
    ] = None,
    at: options.AtOption = None,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Find defects: dead stored values, weak keys, broken policy.

    0 nothing or notes only, 1 warnings, 2 errors.

    \b
    secretctl lint
    secretctl lint --format sarif > secretctl.sarif
    """
    from secretctl.operations.lint import exit_status
    from secretctl.operations.lint import lint as find_defects
    from secretctl.render import LINT_FORMATS, lint_renderer

    chosen = options.one_of(chosen_format(format, json=json), tuple(LINT_FORMATS))
    now = options.clock(at)
    store = options.open_registry_store(registry, settings)
    findings = find_defects(store, now=now, principals=_counted(store))
    emit(lint_renderer(chosen).lint(findings, page_of(store, for_github=chosen == "github")))
    raise typer.Exit(exit_status(findings))


def _counted(store: Store) -> Iterator[Principal]:
    with progress("Looked at") as advance:
        for principal in store.principals():
            yield principal
            advance(1)
