"""What ``check``, ``lint`` and ``report`` have in common: the page they are drawn on, and where the document goes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from secretctl.cli.output import emit, page
from secretctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from secretctl.render import Page
    from secretctl.stores import Store


def chosen_format(format: str | None, *, json: bool) -> str:
    """What ``--format`` and ``--json`` ask for together; ``table`` where neither was given."""
    if json and format not in {None, "json"}:
        raise UsageError(
            "formats_conflict", f"--json and --format {format} contradict", hint="leave one of the two out"
        )
    return "json" if json else format or "table"


def page_of(store: Store, *, output: str | None = None, for_github: bool = False) -> Page:
    """The terminal, or a plain page for a file; with the registry's path as tools expect it, relative to the work tree."""
    from secretctl.render import Page

    drawn = page() if output is None else Page()
    return drawn._replace(registry=shown_path(store.location, for_github=for_github), lines=store.lines)


def deliver(document: Iterable[str], output: str | None) -> None:
    """Write the pieces of a document to the file, whole or not at all, or to stdout, which ``-`` is, too."""
    if output in {None, "-"}:
        for piece in document:
            emit(piece)
        return
    if not output:
        raise UsageError("out_invalid", "the name of the file is empty", hint="name a file, or - for stdout")
    from secretctl.stores.atomic_file import replace as replace_file

    replace_file(output, b"".join(piece.encode("utf-8", "backslashreplace") for piece in document))


def spare_registry(output: str | None, location: str) -> None:
    """UsageError ``out_invalid`` where a document would be written over the registry that it is about."""
    if output is None or output in {"-", ""}:
        return
    file: str | None = location
    if "://" in location:
        from secretctl.stores.sql.location import parse

        file = parse(location).file
    try:
        same = file is not None and Path(output).samefile(file)
    except (OSError, ValueError):  # one of them is not there
        same = False
    if same:
        raise UsageError("out_invalid", f"{output!a} is the registry itself", hint="name another file")


def shown_path(location: str, *, for_github: bool = False) -> str:
    """The path below GitHub's work tree where it lies there, else below the current directory; a URL as it is."""
    if "://" in location:
        return location
    path, root = Path(location).absolute(), os.environ.get("GITHUB_WORKSPACE") if for_github else None
    if root and path.is_relative_to(root):
        return path.relative_to(root).as_posix()
    try:
        return Path(os.path.relpath(path)).as_posix()
    except (OSError, ValueError):  # another drive, or a current directory that is gone
        return path.as_posix()
