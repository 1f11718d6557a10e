"""Registries that come out of another program: ``diff secretctl.toml <(git show HEAD:secretctl.toml)``. They can only be read."""

# Descriptors, which pathlib does not know.
# ruff: noqa: PTH116, PTH123
from __future__ import annotations

import errno
import os
import re
import stat

_OPEN_ALREADY = re.compile(r"/dev/(?:stdin|fd/[0-9]+)|/proc/self/fd/[0-9]+")
LIMIT = 1 << 28
"""Bytes: five times what 100,000 clients take. What comes out of a pipe may never end."""


def is_pipe(path: str) -> bool:
    """Whether a path is a descriptor that this process was started with, of a pipe or of a file without a name.

    A FIFO with a name is none: nobody may keep a command waiting by leaving one where a registry is looked for.
    """
    if _OPEN_ALREADY.fullmatch(path) is None:
        return False
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    # Shells keep what stands behind << in a file that is deleted already.
    return stat.S_ISFIFO(mode) or (stat.S_ISREG(mode) and not os.path.exists(os.path.realpath(path)))  # noqa: PTH110


def read_bytes(path: str) -> bytes:
    """All that comes. OSError where that is nothing, which is what a program that failed leaves, or too much."""
    with open(path, "rb", buffering=0) as file:
        pieces, size = [], 0
        while size <= LIMIT and (piece := file.read(1 << 20)):
            pieces.append(piece)
            size += len(piece)
    if size > LIMIT:
        raise OSError(errno.EFBIG, f"more than {LIMIT >> 20} MiB come out of it", path)
    if not size:
        raise OSError(errno.ENODATA, "nothing comes out of it; did the program that writes to it fail?", path)
    return b"".join(pieces)
