"""docs/check.svg: what `secretctl check` looks like on a terminal of 80 columns."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import sys
import tempfile
from pathlib import Path

import pexpect
from rich.console import Console
from rich.text import Text

COLUMNS, ROWS = 80, 40
NOW = "2026-03-02T09:00:00Z"
_SECRET = """\
[[{table}.secrets]]
id = "{id}"
type = "SharedSecret"
value = "{value}"
description = "{description}"
created = {created}T00:00:00Z
expiration = {expiration}T00:00:00Z
"""
_REGISTRY = [
    ("clients.web", "a41f09c2", "2026 spring", "2026-02-20", "2026-06-01"),
    ("clients.web", "7f3a91c2", "2025 autumn", "2025-09-01", "2026-03-08"),
    ("clients.billing", "0c5d77e1", "2025", "2025-03-20", "2026-03-20"),
    ("clients.legacy-batch", "93be20aa", "first", "2024-02-28", "2026-02-28"),
    ("clients.mobile-gateway", "5e8810fd", "2026", "2026-01-10", "2027-01-10"),
    ("resources.orders", "c2107f44", "introspection", "2025-12-01", "2026-12-01"),
]


def picture() -> str:
    """The SVG."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "secretctl.toml").write_text(_registry(), encoding="utf-8")
        output = _on_a_terminal(f"{Path(sys.executable).with_name('secretctl')} check --at {NOW}", directory)
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(f"[bold]$[/] secretctl check --at {NOW}", highlight=False)
    console.print(Text.from_ansi(output.replace("\r\n", "\n")))
    # Without the fonts that it would fetch: a picture asks nobody for anything.
    return re.sub(r"@font-face \{.*?\}\s*", "", console.export_svg(title="", unique_id="check"), flags=re.DOTALL)


def _registry() -> str:
    text, seen = "schema = 1\n", set()
    for table, id_, description, created, expiration in _REGISTRY:
        text += "" if table in seen else f"[{table}]\n"
        seen.add(table)
        value = base64.b64encode(hashlib.sha256(id_.encode()).digest()).decode()
        text += _SECRET.format(
            table=table, id=id_, value=value, description=description, created=created, expiration=expiration
        )
    return text


def _on_a_terminal(command: str, directory: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLUMNS"}}
    return str(
        pexpect.run(
            command,
            cwd=directory,
            env={**environment, "TERM": "xterm-256color", "SECRETCTL_REGISTRY": "secretctl.toml"},
            dimensions=(ROWS, COLUMNS),
            encoding="utf-8",
        )
    )
