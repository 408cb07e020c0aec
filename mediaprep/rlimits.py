"""What the system lets us have: its limits on resources (setrlimit), for this process and for programs it starts.

They exist on Linux and macOS; macOS accepts but does not enforce those on memory; Windows has none, so
every function here is a no-op there and the wall clock is what holds.
"""

from __future__ import annotations

import contextlib
import math
import os
import sys
import time

Row = tuple[str, int, int]
"""A limit's name in ``resource``, its soft and its hard value."""

MAPPED_BYTES = 512_000_000
"""Address space that a worker may have beyond its data: libraries take 155 MB of it once PIL, numpy,
pyvips, pi-heif and zxing-cpp are loaded (Linux x86-64, 2026), mapped input files the rest."""

FILE_BYTES = 60_000_000
"""Resident pages of files, beside its data, in a worker (29 MB: libraries) and its ffmpeg (30 MB); no limit of the
system bounds them, but neither do they grow (Linux x86-64, 2026)."""

_LEAST_BYTES = 30_000_000  # with less a program may die before it can say that memory is what it lacks

WORKER_OPEN_FILES = 256
"""A worker holds about 10 files open; the rest is for pipes to ffmpeg and lazily opened pictures."""


def left_of(memory_bytes: int | None) -> int | None:
    """Give what a worker's bound leaves to a program that it starts: the data of both count as the worker's."""
    if memory_bytes is None:
        return None
    try:
        with open("/proc/self/statm", "rb") as stream:
            own_bytes = int(stream.read().split()[5]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):  # not Linux
        own_bytes = 0
    return max(_LEAST_BYTES, memory_bytes - own_bytes)


def usable_cpus() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def program_rows(*, cpu_s: float, memory_bytes: int | None, file_bytes: int, open_files: int) -> list[Row]:
    """Give the limits for one run of a foreign program, none above what this process itself has left."""
    whole_s = max(1, math.ceil(cpu_s))
    wanted = [
        ("RLIMIT_CPU", whole_s, whole_s + 1),  # SIGXCPU at the first, SIGKILL at the second
        ("RLIMIT_FSIZE", file_bytes, file_bytes),
        ("RLIMIT_NOFILE", open_files, open_files),
        ("RLIMIT_CORE", 0, 0),
    ]
    if memory_bytes is not None:
        # Its data, not its address space: ffmpeg 9.0.2 reserves 830 MB to work on a 1080p clip and uses 107.
        wanted.append(("RLIMIT_DATA", memory_bytes, memory_bytes))
        wanted.append(("RLIMIT_AS", memory_bytes + MAPPED_BYTES, memory_bytes + MAPPED_BYTES))
    return [row for name, soft, hard in wanted if (row := _within_ceiling(name, soft, hard)) is not None]


if sys.platform == "win32":
    HAS_PRLIMIT = False

    def _within_ceiling(name: str, soft: int, hard: int) -> Row | None:
        return None if name else (name, soft, hard)

    def limit_program(pid: int, rows: list[Row]) -> None:
        """Do nothing: there are no such limits."""

    def limit_worker(*, cpu_s: float, memory_bytes: int, file_bytes: int) -> None:
        """Do nothing: there are no such limits."""

else:
    import resource

    HAS_PRLIMIT = hasattr(resource, "prlimit")
    """Whether another process can be limited from outside (Linux)."""

    def limit_program(pid: int, rows: list[Row]) -> None:
        """Limit a process that has just been started."""
        # Over already, or a set-user-id program: then the wall clock is what holds.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            for name, soft, hard in rows:
                resource.prlimit(pid, getattr(resource, name), (soft, hard))

    def limit_worker(*, cpu_s: float, memory_bytes: int, file_bytes: int) -> None:
        """Set this process's own limits for its next job; they can be set anew for the job after it.

        CPU is counted from the start of the process, so the soft limit is what is used plus ``cpu_s``,
        rounded up to whole seconds. Memory is bounded as data (heap and anonymous mappings: what decoding
        takes), with the address space as a second stop for everything that is mapped.
        """
        _set_soft("RLIMIT_CPU", math.ceil(time.process_time() + cpu_s))
        _set_soft("RLIMIT_DATA", memory_bytes)
        _set_soft("RLIMIT_AS", memory_bytes + MAPPED_BYTES)
        _set_soft("RLIMIT_FSIZE", file_bytes)
        _set_soft("RLIMIT_NOFILE", WORKER_OPEN_FILES)
        _set_soft("RLIMIT_CORE", 0)

    def _set_soft(name: str, value: int) -> None:
        which = getattr(resource, name)
        _, hard = resource.getrlimit(which)
        # macOS refuses some values outright; a limit that cannot be set leaves the others standing.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(which, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))

    def _within_ceiling(name: str, soft: int, hard: int) -> Row | None:
        _, ceiling = resource.getrlimit(getattr(resource, name))
        if ceiling == resource.RLIM_INFINITY:
            return name, soft, hard
        return name, min(soft, ceiling), min(hard, ceiling)
