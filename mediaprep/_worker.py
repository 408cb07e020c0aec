"""A worker: the child process in which foreign bytes are decoded (``python -m mediaprep._worker``).

It reads requests from what was its standard input and answers on what was its standard output; both
move to private descriptors first, because libraries print. One request is one call of one of our
functions; the limits of the operating system are set anew before each.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import os
import select
import shutil
import struct
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from mediaprep import border, process, request, workdir
from mediaprep.errors import AssetError, MediaprepError, ToolError
from mediaprep.job import OnEvent
from mediaprep.lifeline import die_with_parent
from mediaprep.options import Bounds
from mediaprep.rlimits import limit_worker
from mediaprep.units import format_size

LENGTH = struct.Struct(">I")
"""What precedes a request."""

FOLDER = "MEDIAPREP_WORKER_FOLDER"
"""Names, in a worker's environment, the temporary folder that is its own."""

RETIRE_ABOVE_BYTES = 512_000_000
"""A worker that still holds this much after a job is replaced: the libraries take 45 MB, and what a
decoder does not give back after a 48-megapixel picture stays below 450 MB (Linux, glibc, 2026)."""

_PRELOAD = (
    "mediaprep.pipeline", "mediaprep.kinds:all_kinds", "PIL.Image:preinit", "PIL.ImageOps", "PIL.ImageCms", "numpy",
    "pyvips", "pi_heif", "mediaprep.engine:engine",
)  # fmt: skip
"""Imported, and called where a function is named, while nothing is asked: most of a first answer's time."""


def job_line(number: int) -> str:
    """Give the line that a worker writes to its stderr before its job with this number, counted from 1.

    What stands before it is about earlier jobs. Time cannot tell them apart: the parent's thread reads what an
    earlier job said whenever the system lets it.
    """
    return f"== mediaprep job {number} =="


def call(function: str, args: Sequence[Any], on_event: OnEvent, bounds: Bounds) -> Any:
    """Call ``module:name`` with ``args`` and ``on_event``; only errors of mediaprep's own tree come out.

    Running out of memory is the asset's ``memory_bound``; any other surprise is ``internal``.
    """
    module, _, name = function.partition(":")
    try:
        return getattr(importlib.import_module(module), name)(*args, on_event=on_event)
    except MediaprepError:
        raise
    except MemoryError:
        problem: MediaprepError = out_of_memory(bounds)
    except Exception as error:  # noqa: BLE001  # one asset's surprise must not end a run of thousands
        frames = traceback.extract_tb(error.__traceback__)[-3:]
        where = " < ".join(f"{os.path.basename(f.filename)}:{f.lineno} {f.name}" for f in reversed(frames))
        problem = ToolError("internal", f"{type(error).__name__}: {str(error)[:500]} (in {where})")
    # Raised outside the except blocks: the traceback would keep every large buffer of its frames alive.
    raise problem


def out_of_memory(bounds: Bounds) -> AssetError:
    """Say that decoding took more memory than a worker may have."""
    return AssetError(
        "memory_bound",
        f"decoding took more than {format_size(bounds.max_memory_bytes)} of memory (the bound max_memory_bytes)",
        allowed=bounds.max_memory_bytes,
    )


def main() -> None:
    """Serve requests until the parent closes its end."""
    requests, answers = _private_pipes()
    die_with_parent()
    process.contain()
    faulthandler.enable()
    writing = threading.Lock()

    def answer(letter: bytes, value: Any) -> None:
        packed = memoryview(border.frame(letter, value))
        with writing:
            while packed:
                packed = packed[os.write(answers, packed) :]

    answer(border.HELLO, os.getpid())
    _preload(requests)
    reader = request.Reader()
    job = 0
    while (length := _read(requests, LENGTH.size)) is not None:
        body = _read(requests, LENGTH.unpack(length)[0])
        if body is None:
            return
        job += 1
        with contextlib.suppress(OSError):
            os.write(2, f"\n{job_line(job)}\n".encode())
        _serve(reader, body, answer)


def _serve(reader: request.Reader, body: bytes, answer: Callable[[bytes, Any], None]) -> None:
    try:
        asked = reader.unpack(body)
    except Exception as error:  # noqa: BLE001  # classes of the caller's __main__ are not known here
        problem = ToolError("internal", f"the request cannot be read by a worker: {type(error).__name__}: {error}")
        answer(border.ERROR, (False, border.error_value(problem)))
        return
    with contextlib.suppress(OSError):
        os.chdir(asked.folder)
    bounds = asked.bounds
    limit_worker(
        cpu_s=bounds.max_cpu_s, memory_bytes=bounds.max_memory_bytes, file_bytes=max(bounds.max_file_bytes, 1_000_000)
    )
    exhausted = False
    try:
        value = call(asked.function, asked.args, lambda event: answer(border.EVENT, event), bounds)
        letter, content = border.RESULT, value
    except MediaprepError as error:
        exhausted = isinstance(error, AssetError) and error.code == "memory_bound"
        letter, content = border.ERROR, border.error_value(error)
    _clean()
    retire = exhausted or process.left_behind() or _held_bytes() > min(RETIRE_ABOVE_BYTES, bounds.max_memory_bytes // 2)
    try:
        answer(letter, (retire, content))
    except TypeError as error:
        answer(border.ERROR, (retire, ("tool", "internal", f"{asked.function}: {error}")))


def _private_pipes() -> tuple[int, int]:
    """Move the protocol off descriptors 0 and 1; what prints to 1 from now on goes to stderr."""
    requests, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, answers


def _preload(requests: int) -> None:
    for name in _PRELOAD:
        if sys.platform != "win32" and select.select([requests], [], [], 0)[0]:
            return
        with contextlib.suppress(Exception):  # a library that cannot be loaded is reported by whoever needs it
            module, _, function = name.partition(":")
            loaded = importlib.import_module(module)
            if function:
                getattr(loaded, function)()


def _read(descriptor: int, size: int) -> bytes | None:
    """Read exactly ``size`` bytes; None where the other end is closed."""
    parts = bytearray()
    while len(parts) < size:
        part = os.read(descriptor, size - len(parts))
        if not part:
            return None
        parts += part
    return bytes(parts)


def _clean() -> None:
    """Leave nothing of a job in this worker's temporary folder."""
    workdir.remove_all()
    folder = os.environ.get(FOLDER)
    if folder is None:
        return
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                os.unlink(entry.path)


def _held_bytes() -> int:
    """Give the memory that this process holds now; 0 where the system does not tell cheaply."""
    try:
        with open("/proc/self/statm", "rb") as stream:
            return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


if __name__ == "__main__":
    main()
