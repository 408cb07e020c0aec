"""Whether processes are still there, and what those below one hold."""

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


def held_below(pid):
    """Give the resident bytes of all processes that a process has started, itself left out (Linux)."""
    children = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    below, held_bytes = list(children.get(pid, ())), 0
    while below:
        child = below.pop()
        below += children.get(child, ())
        try:
            held_bytes += int(Path(f"/proc/{child}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, IndexError):
            continue
    return held_bytes
