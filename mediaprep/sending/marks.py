"""Which senders are alive: each holds a lock on a file of its own, which its end releases, however it ends.

A lock, not a process number: numbers are used again. It is what tells a message that is being sent this
moment from one whose sender was killed in the middle.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
from pathlib import Path


class Mark:
    """This sender's own mark, held until ``close`` or the process's end."""

    def __init__(self, folder: Path) -> None:
        """Make the mark. Raises OSError."""
        os.makedirs(folder, exist_ok=True)
        self.token = secrets.token_hex(8)
        self._path = folder / self.token
        self._open = _held(self._path)

    def close(self) -> None:
        """Release the mark and take its file away."""
        if self._open < 0:
            return
        if sys.platform == "win32":
            os.close(self._open)
            with contextlib.suppress(OSError):
                os.unlink(self._path)
        else:
            with contextlib.suppress(OSError):
                os.unlink(self._path)
            os.close(self._open)
        self._open = -1


if sys.platform == "win32":

    def _held(path: Path) -> int:
        """Keep the file open: an open file cannot be removed on Windows, which says the same as a lock."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL)

    def is_alive(folder: Path, token: str) -> bool:
        """Say whether the sender with this mark still runs."""
        try:
            os.unlink(folder / token)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False

else:
    import fcntl

    def _held(path: Path) -> int:
        """Give the mark its name only once it is locked: nobody shall find it unlocked in between."""
        unnamed = path.with_suffix(".new")
        mark = os.open(unnamed, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.rename(unnamed, path)
        return mark

    def is_alive(folder: Path, token: str) -> bool:
        """Say whether the sender with this mark still runs; the file of a dead one is taken away."""
        path = folder / token
        try:
            mark = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
        except OSError:
            return False
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
