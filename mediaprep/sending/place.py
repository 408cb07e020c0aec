"""Where the journal of what was really sent is kept: one place for a user, wherever a program is started from."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "MEDIAPREP_JOURNAL"
JOURNAL_NAME = "sent.sqlite3"


def default_journal(outbox: Path, *, live: bool) -> Path:
    """Give the journal's file: the outbox has its own, so that a look at a message never counts as sent."""
    if not live:
        return outbox / JOURNAL_NAME
    named = os.environ.get(VARIABLE)
    return Path(named).absolute() if named else _state_folder() / "mediaprep" / JOURNAL_NAME


def _state_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
