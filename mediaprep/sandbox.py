"""The pool of worker children in which foreign bytes are decoded.

A worker is ``python -m mediaprep._worker``, started by ``process`` (not by multiprocessing, so no
``__main__`` guard is needed and daemonic processes and threads may use it). One that crashes, hangs or
takes too much costs its asset alone: the next job gets a fresh worker. What comes back from a worker is
never trusted (module ``border``).
"""

from __future__ import annotations

import contextlib
import os
import queue
import re
import secrets
import selectors
import sys
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO

import mediaprep
from mediaprep import _worker, border, pipes, process, request, workdir
from mediaprep.closing import Closing
from mediaprep.errors import AssetError, MediaprepError, ToolError
from mediaprep.job import Bundle, Job, OnEvent, silent
from mediaprep.options import Bounds, Isolation

START_S = 60.0
"""How long a worker may take to say hello: 0.1 s on an idle machine, seconds on a cold network disk."""

RECYCLE_AFTER = 2_000
"""Jobs that a worker serves. A new one costs 0.35 s of CPU until its libraries are loaded: 2 % of 2,000 quick
checks. Memory that grows earlier than that is noticed after each job."""

_TICK_S = 0.25  # how often a silent worker is looked at: is it over, with its pipe held open by a child of its own?

_ONE_THREAD = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS", "VIPS_CONCURRENCY",
)  # fmt: skip
"""As many workers as cores run side by side; a library that starts threads of its own would slow them all
down, and sums in another order would make results depend on the machine."""

_PASSED_ON = (
    "PATH", "HOME", "USERPROFILE", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SYSTEMROOT", "WINDIR", "PYTHONHOME",
    "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "MEDIAPREP_FFMPEG",
)  # fmt: skip
"""All that a worker sees of the caller's environment: no tokens, no cloud credentials, no switches of
libraries that would make one machine's result differ from another's."""


def inline(function: str, *args: Any, bounds: Bounds, on_event: OnEvent | None = None) -> Any:
    """Call ``module:name`` in this process: no isolation, no limits of the operating system, same errors."""
    return _worker.call(function, args, on_event or silent, bounds)


class Inline(Closing):
    """No workers: each call is ``inline``, and there is nothing to close."""

    run = staticmethod(inline)

    def close(self) -> None:
        """Do nothing."""


def caller(isolation: Isolation, count: int = 1) -> Workers | Inline:
    """Give what makes calls: ``count`` workers that start when first needed, or this process."""
    return Inline() if isolation == "none" else Workers(count)


class Workers(Closing):
    """A pool of workers. As many threads as there are workers can call ``run`` at a time; more wait.

    Use it as a context manager, or call ``close``. A copy made by fork starts workers of its own.
    """

    _idle: list[_Worker]
    _all: set[_Worker]

    def __init__(self, count: int = 1, *, recycle_after: int = RECYCLE_AFTER) -> None:
        """Start nothing yet. Each worker is replaced after ``recycle_after`` jobs, or when its memory grew."""
        self._count = count
        self._recycle_after = recycle_after
        self._reset()

    def warm(self) -> None:
        """Start the workers now, without waiting for them: they load their libraries while you do other things."""
        idle = [self._take() for _ in range(self._count)]
        for worker in idle:
            self._give_back(worker, keep=True)

    def run(self, function: str, *args: Any, bounds: Bounds, on_event: OnEvent | None = None) -> Any:
        """Call ``module:name`` in a worker, as ``name(*args, on_event=...)``, and give what it returns.

        Events reach ``on_event`` in this thread while the job runs. Errors of mediaprep's tree are raised
        here again. Raises AssetError ``crashed_worker``, ``time_bound`` or ``memory_bound`` where the
        worker did not survive, and ToolError ``internal`` for any other surprise.
        """
        worker = self._take()
        keep = False
        try:
            value, error, retire = worker.ask(function, args, bounds, on_event or silent)
            keep = not retire and worker.jobs < self._recycle_after
        finally:
            self._give_back(worker, keep=keep)
        if error is not None:
            raise error
        return value

    def close(self) -> None:
        """Kill the workers and remove their folders; a job that still runs in one raises ToolError ``tool_failed``."""
        with self._lock:
            self._closed = True
            workers, self._all, self._idle = list(self._all), set(), []
        if self._pid == os.getpid():
            for worker in workers:
                worker.close()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._free = threading.Semaphore(self._count)
        self._idle, self._all = [], set()
        self._closed = False

    def _take(self) -> _Worker:
        if self._pid != os.getpid():  # after a fork: the workers belong to the parent, and so do its locks
            self._reset()
        self._free.acquire()
        try:
            with self._lock:
                return self._idle_or_new()
        except BaseException:
            self._free.release()
            raise

    def _idle_or_new(self) -> _Worker:
        if self._closed:
            raise ToolError("tool_failed", "the pool of workers is closed")
        while self._idle:
            worker = self._idle.pop()
            if worker.alive():
                return worker
            self._all.discard(worker)
            worker.close()
        worker = _Worker()
        self._all.add(worker)
        return worker

    def _give_back(self, worker: _Worker, *, keep: bool) -> None:
        with self._lock:
            keep = keep and not self._closed
            if keep:
                self._idle.append(worker)
            else:
                self._all.discard(worker)
        if not keep:
            worker.close()
        self._free.release()


class _Worker:
    """One child with its temporary folder and a thread that reads its answers."""

    def __init__(self) -> None:
        if getattr(sys, "frozen", False) or not sys.executable:
            raise ToolError("tool_missing", "there is no Python interpreter to start a worker with; use isolation none")
        self.jobs = 0
        self._greeted = False
        self._writer = request.Writer()
        self._folder = workdir.private_folder("worker")
        self._name = secrets.token_hex(4)
        self._writes_to: frozenset[Path] = frozenset()
        try:
            self._child = process.start(
                [sys.executable, "-P", "-m", "mediaprep._worker"],
                env={**_environment(self._folder), workdir.WRITER: self._name},
            )
        except BaseException:
            workdir.remove(self._folder)
            raise
        assert self._child.stdin is not None
        self._requests = self._child.stdin
        if sys.platform != "win32":
            os.set_blocking(self._requests.fileno(), False)
        # Bounded: a worker that floods its pipe with events waits there, not in our memory.
        self._frames: queue.Queue[tuple[bytes, bytes] | None] = queue.Queue(maxsize=64)
        self._closing = threading.Event()
        self._reader = threading.Thread(target=self._read_frames, daemon=True)
        self._reader.start()

    def alive(self) -> bool:
        return not self._child.ended()

    def close(self) -> None:
        self._closing.set()
        self._child.kill()
        self._reader.join(pipes.GRACE_S)
        if not self._reader.is_alive():  # else a process that left the group holds the pipe open
            self._child.close()
        workdir.remove(self._folder)
        workdir.sweep_writer(self._name, self._writes_to)

    def ask(
        self, function: str, args: tuple[Any, ...], bounds: Bounds, on_event: OnEvent
    ) -> tuple[Any, MediaprepError | None, bool]:
        """Give the value or the error, and whether the worker wants to be replaced."""
        self.jobs += 1
        self._writes_to = _output_folders(args)
        body = self._writer.pack(request.Call(function, args, bounds, os.getcwd()))
        deadline = time.monotonic() + bounds.max_wall_s + (0.0 if self._greeted else START_S)
        try:
            self._send(_worker.LENGTH.pack(len(body)) + body, deadline)
            while True:
                letter, content = self._next(deadline)
                if letter == border.HELLO:
                    self._greeted = True
                    deadline = time.monotonic() + bounds.max_wall_s
                elif letter == border.EVENT:
                    on_event(border.event_of(content))
                else:
                    value, error, retire = border.answer_of(letter, content)
                    if error is None and not border.honest(function, args, value):
                        raise border.Forged(f"no answer of {function}")  # noqa: TRY301  # as any other forgery
                    return value, error, retire
        except (_Gone, border.Forged) as trouble:
            return None, self._post_mortem(trouble, bounds), True
        except _Late:
            return None, _out_of_time(f"{bounds.max_wall_s:g} s", "max_wall_s", bounds.max_wall_s), True

    def _send(self, data: bytes, deadline: float) -> None:
        view = memoryview(data)
        while view:
            try:
                view = view[self._requests.write(view) or 0 :]
            except (OSError, ValueError) as error:
                raise _Gone from error
            if view:
                _wait_writable(self._requests, deadline)

    def _next(self, deadline: float) -> tuple[bytes, bytes]:
        gone_s = 0.0
        while True:
            left_s = deadline - time.monotonic()
            if left_s <= 0:  # asked before each frame: a worker can send events for ever
                raise _Late
            try:
                frame = self._frames.get(timeout=min(_TICK_S, left_s))
            except queue.Empty:
                if self._closing.is_set():
                    raise _Gone from None
                if self._child.ended():  # the reader has had time for what it left in the pipe
                    gone_s += _TICK_S
                    if gone_s > pipes.GRACE_S:
                        raise _Gone from None
                continue
            if frame is None:
                raise _Gone
            return frame

    def _read_frames(self) -> None:
        stream = self._child.stdout
        try:
            while True:
                letter, size = border.HEADER.unpack(_exactly(stream, border.HEADER.size))
                if size > border.MAX_FRAME_BYTES:
                    break
                self._put((letter, _exactly(stream, size)))
        except (OSError, ValueError, EOFError):
            pass
        self._put(None)

    def _put(self, frame: tuple[bytes, bytes] | None) -> None:
        while not self._closing.is_set():
            with contextlib.suppress(queue.Full):
                self._frames.put(frame, timeout=_TICK_S)
                return
        with contextlib.suppress(queue.Full):
            self._frames.put_nowait(None)  # wake who still waits for an answer

    def _post_mortem(self, trouble: Exception, bounds: Bounds) -> MediaprepError:
        """Find out why a worker is gone."""
        closing = self._closing.is_set()
        if isinstance(trouble, _Gone):
            self._child.wait(1.0)  # its pipe is closed, so it ends by itself, and then says why
        self._child.kill()
        said = self._child.stderr_tail().rpartition(_worker.job_line(self.jobs))[2]
        how = "no end" if self._child.returncode is None else process.ending(self._child.returncode)
        if closing:
            return ToolError("tool_failed", "the pool of workers was closed while the job ran")
        if not self._greeted:
            last = said.strip().splitlines()[-1:] or ["nothing"]
            return ToolError("tool_failed", f"a worker process could not start ({how}); it said: {last[0]}")
        if how == "SIGXCPU":
            return _out_of_time(f"{bounds.max_cpu_s:g} s of CPU", "max_cpu_s", bounds.max_cpu_s)
        if _NO_MEMORY.search(said):
            return _worker.out_of_memory(bounds)
        if isinstance(trouble, border.Forged):
            return AssetError("crashed_worker", f"decoding made its worker answer nonsense ({trouble})")
        hint = "; something else ended it, perhaps the system for lack of memory" if how == "SIGKILL" else ""
        return AssetError("crashed_worker", f"decoding killed its worker process ({how}{_where(said)}{hint})")


class _Gone(Exception):  # noqa: N818  # never leaves this module
    """The worker's end of the pipe is closed."""


class _Late(Exception):  # noqa: N818  # never leaves this module
    """The wall clock has run out."""


_NO_MEMORY = re.compile(r"MemoryError|bad_alloc|[Oo]ut of memory|failed to allocate|Cannot allocate memory")
"""What Python, C++, libvips, GLib and the C library print before they give up."""

_FRAME = re.compile(r'File "[^"]*?([^"/\\]+)", line (\d+) in (\w+)')


def _where(said: str) -> str:
    """Give the innermost Python frame that faulthandler printed."""
    found = _FRAME.search(said)
    return f", in {found[1]}:{found[2]} {found[3]}" if found else ""


def _output_folders(args: tuple[Any, ...]) -> frozenset[Path]:
    """Give the folders in which a job's unfinished outputs lie."""
    jobs = [job for arg in args for job in (arg.jobs if isinstance(arg, Bundle) else (arg,)) if isinstance(job, Job)]
    return frozenset(output.parent for job in jobs for output in job.outputs or ())


def _out_of_time(text: str, bound: str, allowed: float) -> AssetError:
    return AssetError("time_bound", f"decoding took more than {text} (the bound {bound})", allowed=allowed)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = stream.read(size - len(parts))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


def _wait_writable(stream: BinaryIO, deadline: float) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_WRITE)
        if not selector.select(max(0.0, deadline - time.monotonic())):
            raise _Late


def _environment(folder: Path) -> dict[str, str]:
    env = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    env.update(dict.fromkeys(_ONE_THREAD, "1"))
    # Two arenas: glibc would else keep one, up to 64 MB of address space each, for every thread. The thresholds are
    # those that glibc itself ends at after one large picture. Until then it gives every raster back to the system and
    # faults the next one in anew: a quarter of the CPU of small pictures' fits (83 ms to 66 at 2 megapixels).
    env.update(MALLOC_ARENA_MAX="2", MALLOC_MMAP_THRESHOLD_="33554432", MALLOC_TRIM_THRESHOLD_="67108864")
    env.update(PYTHONPATH=os.pathsep.join(_import_path()), PYTHONUTF8="1")
    # What libraries write on their own goes where it is removed.
    env.update(dict.fromkeys(("TMPDIR", "TEMP", "TMP", "XDG_CACHE_HOME", _worker.FOLDER), str(folder)))
    return env


def _import_path() -> list[str]:
    """Give the folders from which this process imports, without the working folder.

    That one may be full of strangers' files, ``PIL.py`` among them; it stays only where mediaprep
    itself was imported from it.
    """
    own = os.path.dirname(os.path.dirname(os.path.abspath(mediaprep.__file__)))
    unwanted = {os.getcwd()} - {own}
    return [path for path in sys.path if os.path.isabs(path) and os.pathsep not in path and path not in unwanted]
