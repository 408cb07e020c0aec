"""Several workers side by side on this machine, each served by a thread of the caller's process.

A window of a few jobs per worker is on its way at any time, so that memory stays flat however many jobs
there are, and a slow job holds up the others only once the window is full (in order: 32 jobs per worker).
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable
from dataclasses import dataclass

from mediaprep.errors import UsageError
from mediaprep.executors import Executor, Isolation, OnEvent, Result, no_scheduler, served
from mediaprep.job import Event, Job
from mediaprep.options import Bounds
from mediaprep.sandbox import Workers

AHEAD = 4
"""Jobs drawn per worker, so that none ever waits for the caller's iterator."""

AHEAD_IN_ORDER = 32
"""Likewise when results keep their order: finished ones wait for the slow one before them."""

_TICK_S = 1.0  # how often a waiting caller can be interrupted on systems whose locks cannot be (Windows)


@dataclass(frozen=True, slots=True)
class _Ended:
    """A job that is over; ``surprise`` is what ends the whole run."""

    index: int
    result: Result
    surprise: BaseException | None = None


class Processes:
    """See the module."""

    def map(
        self,
        function: str,
        jobs: Iterable[Job],
        *,
        workers: int = 1,
        bounds: Bounds | None = None,
        on_event: OnEvent | None = None,
        ordered: bool = True,
        isolation: Isolation = "workers",
        scheduler: str | None = None,
    ) -> Generator[tuple[Job, Result], None, None]:
        """Carry out ``workers`` jobs at a time."""
        no_scheduler(scheduler, "processes")
        if workers < 1:
            raise UsageError(f"{workers} workers cannot do anything; give 1 or more")
        if isolation == "none":
            raise UsageError("several processes are always isolated; isolation none needs the serial executor")
        return _run(function, jobs, workers, bounds, on_event, ordered=ordered)


def _run(
    function: str,
    jobs: Iterable[Job],
    workers: int,
    bounds: Bounds | None,
    on_event: OnEvent | None,
    *,
    ordered: bool,
) -> Generator[tuple[Job, Result], None, None]:
    to_do: queue.SimpleQueue[tuple[int, Job] | None] = queue.SimpleQueue()
    done: queue.Queue[_Ended | Event] = queue.Queue(maxsize=workers * 64)  # events wait here, not in memory
    pool = Workers(workers)
    stopping = threading.Event()
    tell = _teller(done, stopping) if on_event is not None else None

    def serve() -> None:
        while (item := to_do.get()) is not None and not stopping.is_set():
            index, job = item
            try:
                ended = _Ended(index, served(pool.run, function, job, bounds, tell))
            except BaseException as error:  # noqa: BLE001  # it belongs to the caller's thread, where it is raised
                ended = _Ended(index, Result(), error)
            _offer(done, ended, stopping)

    threads = [threading.Thread(target=serve, daemon=True) for _ in range(workers)]
    window = workers * (AHEAD_IN_ORDER if ordered else AHEAD)
    waiting: dict[int, Job] = {}
    ready: dict[int, Result] = {}
    drawn = given = 0
    source = iter(jobs)
    more = True
    try:
        for thread in threads:
            thread.start()
        while True:
            while more and len(waiting) < window:
                job = next(source, None)
                if job is None:
                    more = False
                    break
                waiting[drawn] = job
                to_do.put((drawn, job))
                drawn += 1
            if not waiting:
                return
            item = _take(done)
            if not isinstance(item, _Ended):
                if on_event is not None:
                    on_event(item)
                continue
            if item.surprise is not None:
                raise item.surprise
            if not ordered:
                yield waiting.pop(item.index), item.result
                continue
            ready[item.index] = item.result
            while given in ready:
                yield waiting.pop(given), ready.pop(given)
                given += 1
    finally:
        stopping.set()
        pool.close()
        for _ in threads:
            to_do.put(None)
        for thread in threads:
            thread.join(5.0)


def _teller(done: queue.Queue[_Ended | Event], stopping: threading.Event) -> OnEvent:
    return lambda event: _offer(done, event, stopping)


def _offer(done: queue.Queue[_Ended | Event], item: _Ended | Event, stopping: threading.Event) -> None:
    while not stopping.is_set():
        try:
            done.put(item, timeout=_TICK_S)
        except queue.Full:
            continue
        return


def _take(done: queue.Queue[_Ended | Event]) -> _Ended | Event:
    while True:
        try:
            return done.get(timeout=_TICK_S)
        except queue.Empty:
            continue


EXECUTOR: Executor = Processes()
