"""``lint``."""

from __future__ import annotations

from typing import Annotated

import typer

from secretctl.cli import options
from secretctl.cli.output import emit
from secretctl.cli.progress import counted
from secretctl.cli.showing import chosen_format, page_of


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
) -> int:
    """Find defects: dead stored values, weak keys, broken policy.

    0 nothing or notes only, 1 warnings, 2 errors.

    \b
    secretctl lint
    secretctl lint --format sarif > secretctl.sarif
    """
    from secretctl.operations.lint import exit_status
    from secretctl.operations.lint import lint as find_defects
    from secretctl.render import lint_renderer

    chosen = chosen_format(format, json=json)
    renderer = lint_renderer(chosen)
    now = options.clock(at)
    store = options.open_registry_store(registry, settings)
    with counted("checking", store.principals()) as principals:
        findings = find_defects(store, now=now, principals=principals)
    emit(renderer.lint(findings, page_of(store, for_github=chosen == "github")))
    return exit_status(findings)
