"""``report``."""

from __future__ import annotations

from typing import Annotated

import typer

from secretctl.cli import options
from secretctl.cli.output import emit, note
from secretctl.cli.showing import deliver, page_of, spare_registry
from secretctl.errors import UsageError


def report(
    html: Annotated[
        str | None,
        typer.Option(
            "--html", metavar="FILE", help="Write a page with a time line of every secret.", show_default=False
        ),
    ] = None,
    at: options.AtOption = None,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Show the registry at a glance, as text or as one HTML page.

    \b
    secretctl report
    secretctl report --html secrets.html
    """
    from secretctl.operations.report import report as summarise
    from secretctl.render import report_text

    if json and html == "-":
        raise UsageError(
            "formats_conflict", "stdout takes one document", hint="write the page to a file, or leave out --json"
        )
    now = options.clock(at)
    spare_registry(html, options.registry_location(registry))
    store = options.open_registry_store(registry, settings)
    summary = summarise(store.principals(), store.settings(), now=now)
    page = page_of(store)
    if html is not None:
        from secretctl.render.html import report_page

        deliver((report_page(summary, page),), html)
        if html != "-":
            note(f"report written to {html}")
    if json:
        emit(report_text.json(summary, page))
    elif html is None:
        emit(report_text.text(summary, page))
