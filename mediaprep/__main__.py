"""``python -m mediaprep`` and the ``mediaprep`` command."""

from __future__ import annotations

import sys
from typing import NoReturn

from mediaprep.interrupts import Terminated, ignore_from_now, last_word, unwind_once


def main() -> NoReturn:
    """Run the command line on this process's arguments and exit with its code."""
    try:
        unwind_once()
        from mediaprep.cli import run

        code = run(sys.argv[1:])
        ignore_from_now()
    except (KeyboardInterrupt, Terminated) as error:  # before a command began, or after it was done
        ignore_from_now()
        words, code = last_word(error)
        sys.stderr.write(f"mediaprep: {words}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
