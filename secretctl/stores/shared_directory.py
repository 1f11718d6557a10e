"""Directories that everybody writes to, such as /tmp: what others put there in the way of an output file is not used."""

# pathlib follows links by itself, and here each one counts.
# ruff: noqa: PTH109, PTH115, PTH116, PTH118, PTH120, PTH206
from __future__ import annotations

import errno
import os
import stat
import sys

_MOST_LINKS = 40  # as Linux


def resolved(path: str | os.PathLike[str]) -> str:
    """The path without links, of a file that may be new.

    OSError where a link on the way, or the file itself, lies in a sticky directory that everybody writes to and belongs to
    another user, who could choose so what is overwritten. Linux refuses the same with ``fs.protected_symlinks`` and
    ``fs.protected_regular``, where these are on; the owner of the directory is trusted there, too.
    """
    text = os.fspath(path)
    if sys.platform == "win32":  # pragma: no cover - files have no owners there that could be compared
        return os.path.realpath(text)
    parts = os.path.join(os.getcwd(), text).split(os.sep)[::-1]
    directory, links = os.sep, 0
    while parts:
        part = parts.pop()
        if part == os.pardir:
            directory = os.path.dirname(directory)
        if part in {"", os.curdir, os.pardir}:
            continue
        here = os.path.join(directory, part)
        found = _lstat(here)
        if found is None:
            return os.path.join(here, *parts[::-1])
        link = stat.S_ISLNK(found.st_mode)
        if (link or not any(parts)) and _planted(found, directory):
            raise OSError(errno.EACCES, "it is another user's, in a directory that everybody writes to", text)
        if not link:
            directory = here
            continue
        links += 1
        if links > _MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), text)
        target = os.readlink(here)
        parts += target.split(os.sep)[::-1]
        directory = os.sep if target.startswith(os.sep) else directory
    return directory


def _lstat(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except FileNotFoundError:
        return None


def _planted(found: os.stat_result, directory: str) -> bool:
    around = os.stat(directory)
    shared = around.st_mode & stat.S_ISVTX and around.st_mode & stat.S_IWOTH
    return bool(shared) and found.st_uid not in {os.geteuid(), around.st_uid}
