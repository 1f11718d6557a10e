"""``python -m secretctl``."""
from __future__ import annotations

from secretctl.cli.app import main

if __name__ == "__main__":
    main()
