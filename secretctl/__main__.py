"""``python -m secretctl``."""

from secretctl.cli.app import main

if __name__ == "__main__":
    main()
