"""From results to text: one format a module, found by name, imported when it is used.

A renderer is pure: the same report and page give the same text, whenever and wherever it runs. All foreign text in it is
escaped as its format demands, and made visible first where people read it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from secretctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from secretctl.model import Target
    from secretctl.operations.expiry import CheckReport
    from secretctl.operations.lint import Finding

    Lines = Mapping[tuple[Target, str | None], int]


def no_lines() -> Lines:
    """The line numbers of a registry that has no lines."""
    return {}


class Page(NamedTuple):
    """What a renderer may know beside the result: what it is drawn on, and where the registry is.

    ``width`` is the terminal's in columns, None where there is no terminal. ``registry`` is a path relative to where the
    command runs (or a URL without its password); ``lines`` gives its line numbers and is called only where they are used.
    """

    color: bool = False
    width: int | None = None
    registry: str = "secretctl.toml"
    lines: Callable[[], Lines] = no_lines


class CheckRenderer(Protocol):
    """Shows what is about to expire."""

    def check(self, report: CheckReport, page: Page) -> Iterable[str]:
        """The report as one document that ends with a line end, in pieces where it may be too long to be held as a whole."""


class LintRenderer(Protocol):
    """Shows static defects."""

    def lint(self, findings: Sequence[Finding], page: Page) -> str:
        """The findings as one document that ends with a line end."""


CHECK_FORMATS = {
    "table": "check_table",
    "json": "json_text",
    "csv": "csv_text",
    "markdown": "markdown",
    "junit": "junit",
    "sarif": "sarif",
    "github": "github",
    "prometheus": "prometheus",
    "nagios": "nagios",
    "ics": "ics",
}
"""Format to module, for ``check``."""

LINT_FORMATS = {"table": "lint_table", "json": "json_text", "sarif": "sarif", "github": "github", "junit": "junit"}
"""Format to module, for ``lint``."""


def check_renderer(name: str) -> CheckRenderer:
    """The renderer of that format; UsageError ``format_unknown``."""
    return cast("CheckRenderer", _module(name, CHECK_FORMATS))


def lint_renderer(name: str) -> LintRenderer:
    """The renderer of that format; UsageError ``format_unknown``."""
    return cast("LintRenderer", _module(name, LINT_FORMATS))


def _module(name: str, formats: Mapping[str, str]) -> object:
    if name not in formats:
        raise UsageError("format_unknown", f"there is no format {name!a}", hint=f"choose one of {', '.join(formats)}")
    return import_module(f"{__name__}.{formats[name]}")
