"""Workers on a Dask cluster: one of this machine by default, or that of ``scheduler`` (``tcp://host:8786``).

A task is a chunk of jobs. It runs in the cluster's worker process, which serves sandboxed children of its own: media
never pass through the scheduler or the driver. A chunk whose worker process died is done again job by job, so that
one poisonous asset costs its neighbours nothing but time.
"""

from __future__ import annotations

import contextlib
import functools
import queue
from collections.abc import Generator, Iterable, Iterator
from importlib import import_module
from typing import Any

from mediaprep.errors import AssetError, ToolError, UsageError
from mediaprep.executors import Executor, Isolation, OnEvent, Result, served
from mediaprep.executors._chunks import chunks
from mediaprep.job import AssetStarted, Job, OutcomeReady
from mediaprep.options import Bounds
from mediaprep.sandbox import Workers

AHEAD = 2
"""Chunks on their way for each thread of the cluster, so that none waits for the driver."""

_WAIT_S = 60.0  # how long a cluster may take to answer at first
_TICK_S = 1.0

Chunk = tuple[Job, ...]


class Dask:
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
        """Carry out chunks of jobs on a cluster; of events only the outcomes reach ``on_event``, as chunks end."""
        if workers < 1:
            raise UsageError(f"{workers} workers cannot do anything; give 1 or more")
        if isolation == "none":
            raise UsageError("a cluster's workers are always isolated; isolation none needs the serial executor")
        results = _run(function, jobs, workers, bounds, scheduler)
        return _told(_in_order(results) if ordered else _as_they_end(results), on_event)


def serve(function: str, chunk: Chunk, bounds: Bounds | None) -> list[Result]:
    """Carry out a chunk in the cluster's worker process, one job after another."""
    pool = _pool()
    return [served(pool.run, function, job, bounds, None) for job in chunk]


@functools.cache
def _pool() -> Workers:
    """Give this process's sandboxed children: as many as it has threads that ask at the same time."""
    return Workers(count=256)


def _run(
    function: str, jobs: Iterable[Job], workers: int, bounds: Bounds | None, scheduler: str | None
) -> Generator[tuple[int, Job, Result], None, None]:
    """Keep a window of chunks on its way and give each job's result, with its number, as its chunk ends."""
    with _client(workers, scheduler) as client:
        ended: queue.SimpleQueue[Any] = queue.SimpleQueue()
        waiting: dict[str, tuple[Any, int, Chunk]] = {}
        again: list[tuple[int, Chunk]] = []
        source = _numbered(chunks(jobs))
        try:
            while True:
                window = AHEAD * max(1, sum(client.nthreads().values()))  # workers come and go
                while len(waiting) < window:
                    item = again.pop() if again else next(source, None)
                    if item is None:
                        break
                    future = client.submit(serve, function, item[1], bounds, pure=False)
                    waiting[future.key] = (future, *item)
                    future.add_done_callback(ended.put)
                if not waiting:
                    return
                future = _take(ended)
                _, first, chunk = waiting.pop(future.key)
                results = _results(future, chunk)
                if results is None:
                    again += [(first + place, (job,)) for place, job in enumerate(chunk)]
                else:
                    yield from ((first + place, job, result) for place, (job, result) in enumerate(results))
        finally:
            client.cancel([future for future, _, _ in waiting.values()])


def _results(future: Any, chunk: Chunk) -> list[tuple[Job, Result]] | None:
    """Give what came of a chunk; None where its process died and it had several jobs."""
    from distributed import KilledWorker

    if future.status == "finished":
        return list(zip(chunk, future.result(), strict=True))
    if future.status != "error":
        raise ToolError("tool_failed", f"the cluster lost a task ({future.status}); start the run again to go on")
    error = future.exception()
    if not isinstance(error, KilledWorker):
        raise error
    if len(chunk) > 1:
        return None
    text = "each process of the cluster that carried it out died"
    return [(chunk[0], Result(error=AssetError("crashed_worker", text)))]


def _numbered(parts: Iterable[Chunk]) -> Iterator[tuple[int, Chunk]]:
    """Give each chunk with the number of its first job."""
    number = 0
    for part in parts:
        yield number, part
        number += len(part)


def _in_order(results: Generator[tuple[int, Job, Result], None, None]) -> Iterator[tuple[Job, Result]]:
    """Hold results back until those before them are there."""
    ready: dict[int, tuple[Job, Result]] = {}
    given = 0
    with contextlib.closing(results):
        for number, job, result in results:
            ready[number] = job, result
            while given in ready:
                yield ready.pop(given)
                given += 1


def _as_they_end(results: Generator[tuple[int, Job, Result], None, None]) -> Iterator[tuple[Job, Result]]:
    with contextlib.closing(results):
        for _, job, result in results:
            yield job, result


def _told(results: Iterator[tuple[Job, Result]], on_event: OnEvent | None) -> Generator[tuple[Job, Result], None, None]:
    """Tell of each job when its chunk is there."""
    for job, result in results:
        if on_event is not None:
            on_event(AssetStarted(asset=job.asset))
            outcomes = result.value if isinstance(result.value, tuple) else ()
            for outcome in outcomes:
                on_event(OutcomeReady(outcome=outcome))
        yield job, result


def _take(ended: queue.SimpleQueue[Any]) -> Any:
    while True:
        try:
            return ended.get(timeout=_TICK_S)
        except queue.Empty:
            continue


@contextlib.contextmanager
def _client(workers: int, scheduler: str | None) -> Iterator[Any]:
    """Connect to a cluster; without an address, to one of threads in this process (their children do the work)."""
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise ToolError(
            "tool_missing", "the engine dask needs the library distributed: pip install 'mediaprep[dask]'"
        ) from error
    with contextlib.ExitStack() as stack:
        if scheduler is None:
            stack.callback(_close_pool)
            cluster = distributed.LocalCluster(
                n_workers=1,
                threads_per_worker=workers,
                processes=False,
                memory_limit=None,
                dashboard_address="127.0.0.1:0",  # else port 8787 of all addresses, which is one cluster's only
            )
            stack.enter_context(cluster)
            yield stack.enter_context(distributed.Client(cluster, set_as_default=False))
            return
        try:
            client = distributed.Client(scheduler, timeout=_WAIT_S, set_as_default=False)
            stack.enter_context(client)
            client.wait_for_workers(1, timeout=_WAIT_S)
        except (OSError, ValueError, TimeoutError) as error:
            raise UsageError(f"no Dask cluster with a worker answers at {scheduler}: {error}") from error
        yield client


def _close_pool() -> None:
    """Kill the children of a cluster that lived in this process."""
    _pool().close()
    _pool.cache_clear()


EXECUTOR: Executor = Dask()
