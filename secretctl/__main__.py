"""What the ``secretctl`` script and ``python -m secretctl`` start."""

from __future__ import annotations

import sys


def main() -> None:
    """Load the command line and run it. Ctrl-C ends it without a traceback, however early it comes."""
    try:
        from secretctl.cli.app import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("secretctl: error: interrupted; nothing more was done\n")
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
