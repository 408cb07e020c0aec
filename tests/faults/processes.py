"""Whether processes are still there."""

import os
import time
from pathlib import Path


def gone(pid, within_s=3.0):
    """Say whether a process ends within some seconds; one that waits to be collected counts as ended."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if not _runs(pid):
            return True
        time.sleep(0.02)
    return False


def _runs(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return True
