"""Marks of processes that live: a file that its maker keeps locked, which the process's end releases, however it ends.

A lock, not a process number: numbers are used again, and mean nothing across containers.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path


class Mark:
    """A mark of this process, held until ``close`` or the process's end."""

    def __init__(self, path: Path) -> None:
        """Make the mark. Raises OSError."""
        self.path = path
        self._open = _held(path)

    def close(self) -> None:
        """Release the mark and take its file away; a second call does nothing."""
        if self._open < 0:
            return
        if sys.platform == "win32":
            os.close(self._open)
            with contextlib.suppress(OSError):
                os.unlink(self.path)
        else:
            with contextlib.suppress(OSError):
                os.unlink(self.path)
            os.close(self._open)
        self._open = -1


if sys.platform == "win32":

    def _held(path: Path) -> int:
        """Keep the file open: an open file cannot be removed on Windows, which says the same as a lock."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL)

    def is_held(path: Path) -> bool:
        """Say whether a mark's maker still runs; the mark of a dead one is taken away. Raises FileNotFoundError."""
        try:
            os.unlink(path)
        except FileNotFoundError:
            raise
        except OSError:
            return True
        return False

else:
    import fcntl

    def _held(path: Path) -> int:
        """Give the mark its name only once it is locked: nobody finds it unlocked in between."""
        unnamed = path.with_name(f"{path.name}.new")
        mark = os.open(unnamed, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.rename(unnamed, path)
        return mark

    def is_held(path: Path) -> bool:
        """Say whether a mark's maker still runs; the mark of a dead one is taken away.

        Raises FileNotFoundError where there is no mark, OSError where it is no file of ours.
        """
        mark = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        else:
            with contextlib.suppress(OSError):
                os.unlink(path)
            return False
        finally:
            os.close(mark)
