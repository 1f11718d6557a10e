"""Known answers, which were computed without secretctl: stored values, headers, mistakes, and a certificate.

The certificate is the one of IdentityServer's samples: a negative serial number, a signature with SHA-1, and over since 2020.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

KNOWN: dict[str, Any] = json.loads(
    (Path(__file__).parent / "vectors" / "known_values.json").read_text(encoding="utf-8")
)
SAMPLE: dict[str, str] = KNOWN["sample_certificate"]
