"""docs/report.png: what `secretctl report --html` looks like, in Chromium.

Not part of `make docs`, as it needs a browser: ``python -m docs.screenshots``.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).parent
NOW = "2026-03-02T09:00:00Z"
_SECRETS = [
    ("clients.web", "7f3a91c2", "2025 autumn", "2025-09-01", "2026-03-08"),
    ("clients.web", "a41f09c2", "2026 spring", "2026-02-20", "2026-06-01"),
    ("clients.billing", "0c5d77e1", "2025", "2025-03-20", "2026-03-20"),
    ("clients.legacy-batch", "93be20aa", "first", "2024-02-28", "2026-02-28"),
    ("clients.mobile-gateway", "5e8810fd", "2026", "2026-01-10", "2027-01-10"),
    ("clients.night-report", "e0017ab3", "2026", "2026-01-02", "2026-09-30"),
    ("clients.partner-feed", "77aa21d0", "partner's copy", "2025-11-15", "2026-11-15"),
    ("clients.search", "b5c2e881", "2025", "2025-05-01", "2026-05-01"),
    ("resources.orders", "c2107f44", "introspection", "2025-12-01", "2026-12-01"),
    ("resources.stock", "18ff90c5", "introspection", "2025-08-01", "2026-08-01"),
]


def main() -> None:
    """Write the picture again."""
    with tempfile.TemporaryDirectory() as directory:
        registry, page = Path(directory, "secretctl.toml"), Path(directory, "report.html")
        registry.write_text(_registry(), encoding="utf-8")
        secretctl = [sys.executable, "-m", "secretctl", "report", "--html", str(page), "--at", NOW, "-r", str(registry)]
        subprocess.run(secretctl, check=True, stderr=subprocess.DEVNULL)
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
        flags += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
        flags += ["--hide-scrollbars", f"--user-data-dir={directory}/profile", "--window-size=1280,1250"]
        subprocess.run(["chromium", *flags, f"--screenshot={DOCS / 'report.png'}", page.as_uri()], check=True)


def _registry() -> str:
    text, seen = 'schema = 1\nname = "shop"\n', set()
    for table, id_, description, created, expiration in _SECRETS:
        if table not in seen:
            seen.add(table)
            text += f'[{table}]\nowner = "team-{table.split(".")[1].split("-")[0]}@example.com"\n'
        value = base64.b64encode(hashlib.sha256(id_.encode()).digest()).decode()
        text += f'[[{table}.secrets]]\nid = "{id_}"\ntype = "SharedSecret"\nvalue = "{value}"\n'
        text += f'description = "{description}"\ncreated = {created}\nexpiration = {expiration}\n'
    return text


if __name__ == "__main__":
    main()
