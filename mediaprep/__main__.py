"""``python -m mediaprep`` and the ``mediaprep`` command."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line on this process's arguments and exit with its code."""
    from mediaprep.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
