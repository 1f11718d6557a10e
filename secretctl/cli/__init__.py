"""The command line: each command parses, calls one operation, renders, and returns an exit status."""

from __future__ import annotations

import gc

# A short command leaves nothing worth collecting, and looking for it takes a tenth of its time; a long one still collects.
gc.set_threshold(100_000, 50, 50)
