"""Jobs through an executor: a window of calls on its way, results and events handled in the caller's thread.

Jobs and results stream, neither is ever held as a whole: memory stays flat however many there are.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections.abc import Generator, Iterable, Iterator
from concurrent import futures
from dataclasses import replace
from pathlib import Path
from typing import Any

from mediaprep.chunks import chunks
from mediaprep.errors import AssetError, ToolError
from mediaprep.executors import Executor, Result, opened, outcomes_of, serve
from mediaprep.job import AssetStarted, Event, Job, OnEvent, OutcomeReady
from mediaprep.model import Outcome
from mediaprep.options import Bounds, Isolation
from mediaprep.storage import is_url

_TICK_S = 1.0  # how often a waiting caller looks up: locks of some systems cannot be interrupted
_MOST_EVENTS = 256  # a flood of them waits in the workers, not in memory

_HELD_PER_CALL = 8
"""Results that may wait for a slow one before them, for each call on its way; then nothing new is begun."""

Part = dict[int, Job]
"""What is still to come of a chunk of jobs, by their numbers."""

_Told = tuple[Part, int, Result]


@contextlib.contextmanager
def executing(
    engine: str | futures.Executor, *, workers: int | None = None, isolation: Isolation = "workers",
    scheduler: str | None = None,
) -> Iterator[Executor]:  # fmt: skip
    """Open an executor by its name, or take the caller's own, and shut it down when the block is left.

    Ours is stopped whole: what waits is dropped, what runs is killed. Of the caller's own only the workers that it was
    lent are stopped; the executor stays the caller's to shut down.
    """
    executor = opened(engine, workers=workers, isolation=isolation, scheduler=scheduler)
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


def run_jobs(
    jobs: Iterable[Job],
    *,
    engine: str = "processes",
    workers: int | None = None,
    on_event: OnEvent | None = None,
    ordered: bool = True,
    isolation: Isolation = "workers",
) -> Generator[tuple[Outcome, ...], None, None]:
    """Carry out jobs in the pipeline: one tuple for each job, one outcome for each of its routes."""
    with (
        executing(engine, workers=workers, isolation=isolation) as executor,
        contextlib.closing(flow("mediaprep.pipeline:run", jobs, executor, on_event=on_event, ordered=ordered)) as done,
    ):
        for job, result in done:
            yield result.value if result.error is None else outcomes_of(job, result.error)


def flow(
    function: str,
    jobs: Iterable[Job],
    executor: Executor,
    *,
    bounds: Bounds | None = None,
    on_event: OnEvent | None = None,
    ordered: bool = True,
) -> Generator[tuple[Job, Result], None, None]:
    """Call ``module:name`` with each job, lazily: jobs are drawn as results are taken.

    ``bounds`` replaces each job's own. With ``ordered`` results come in the order of the jobs, else as they end. An
    error of one job is its result; an error in a call (UsageError, a profile) ends the run. Where the executor's calls
    run in other processes, events are told of when a chunk is over.
    """
    work = _Work(function, jobs, executor, bounds, on_event)
    order = _Order() if ordered else None
    try:
        while work.handed_out(waiting=order.held if order is not None else 0):
            for number, job, result in work.ended():
                yield from [(job, result)] if order is None else order.next(number, job, result)
    finally:
        work.stop()


class _Work:
    """Jobs on their way through an executor, in chunks: as many calls at once as it takes."""

    def __init__(
        self, function: str, jobs: Iterable[Job], executor: Executor, bounds: Bounds | None, on_event: OnEvent | None
    ) -> None:
        self._function = function
        self._executor = executor
        self._bounds = bounds
        self._on_event = on_event
        self._inbox = _Inbox(executor, on_event)
        self._source = _numbered(chunks(jobs, executor.chunk_cost))
        self._on_way: dict[futures.Future[Any], Part] = {}
        self._again: list[Part] = []

    def handed_out(self, *, waiting: int) -> bool:
        """Keep the executor busy; no new jobs where too many results are ``waiting``. False where all is done."""
        window = self._executor.window()
        full = waiting >= _HELD_PER_CALL * window
        while len(self._on_way) < window:
            part = self._again.pop() if self._again else None if full else next(self._source, None)
            if part is None:
                break
            self._on_way[self._inbox.send(self._function, part, self._bounds)] = part
        return bool(self._on_way)

    def ended(self) -> list[tuple[int, Job, Result]]:
        """Wait for what comes back next; nothing where its process died: then its jobs are done one by one."""
        item = self._inbox.next()
        if not isinstance(item, futures.Future):  # told on the way, by a call in this process
            part, number, result = item
            return [(number, part.pop(number), result)]
        part = self._on_way.pop(item)
        results = _rest(item, part, self._executor)
        if results is None:
            self._again += [{number: job} for number, job in part.items()]
            return []
        ended = [(n, job, _as_asked(job, done)) for (n, job), done in zip(part.items(), results, strict=True)]
        for _, job, result in ended:
            _tell_late(job, result, self._on_event)
        return ended

    def stop(self) -> None:
        """Let go of what is on its way."""
        self._inbox.close()
        for future in self._on_way:
            future.cancel()


class _Order:
    """Results that wait for those before them."""

    def __init__(self) -> None:
        self._ready: dict[int, tuple[Job, Result]] = {}
        self._given = 0

    @property
    def held(self) -> int:
        """How many wait."""
        return len(self._ready)

    def next(self, number: int, job: Job, result: Result) -> Iterator[tuple[Job, Result]]:
        """Take one; give what need not wait any more."""
        self._ready[number] = job, result
        while self._given in self._ready:
            yield self._ready.pop(self._given)
            self._given += 1


def _rest(future: futures.Future[Any], part: Part, executor: Executor) -> list[Result] | None:
    """Give what a call returned of jobs not told of yet; None where its process died and it is to be done by parts."""
    again = "start the run again: it goes on from what is finished"
    if future.cancelled():
        raise ToolError(
            "tool_failed", f"the executor dropped its calls, perhaps because its scheduler is gone; {again}"
        )
    error = future.exception()
    if error is None:
        return future.result() if part else []
    if isinstance(error, futures.BrokenExecutor):
        raise ToolError("tool_failed", f"the executor is broken ({error}); {again}") from error
    if not executor.died(error):
        raise error
    if len(part) > 1:
        return None
    text = "each process of the cluster that carried it out died"
    return [Result(error=AssetError("crashed_worker", text))]


def _anywhere(job: Job) -> Job:
    """Make a job's paths absolute: where its call runs, another folder may be the working one."""
    cache = job.cache if job.cache is None or is_url(job.cache) else os.path.abspath(job.cache)
    outputs = None if job.outputs is None else tuple(path.absolute() for path in job.outputs)
    scratch, inside = (None if place is None else place.absolute() for place in (job.scratch, job.inside))
    return replace(job, path=job.path.absolute(), outputs=outputs, scratch=scratch, inside=inside, cache=cache)


def _as_asked(job: Job, result: Result) -> Result:
    """Name outputs as the job does, below the working folder where it does so."""
    if job.outputs is None or not isinstance(result.value, tuple):
        return result

    def named(outcome: Outcome, asked: Path) -> Outcome:
        root = "" if asked.is_absolute() else os.path.join(os.getcwd(), "")
        output = None if outcome.output is None else outcome.output.removeprefix(root)
        companions = tuple(replace(each, output=each.output.removeprefix(root)) for each in outcome.companions)
        return replace(outcome, output=output, companions=companions)

    return Result(value=tuple(map(named, result.value, job.outputs)))


def _tell_late(job: Job, result: Result, on_event: OnEvent | None) -> None:
    """Tell of a job that was carried out where nobody listened."""
    if on_event is not None:
        on_event(AssetStarted(asset=job.asset))
        for outcome in result.value if isinstance(result.value, tuple) else ():
            on_event(OutcomeReady(outcome=outcome))


def _numbered(parts: Iterable[tuple[Job, ...]]) -> Iterator[Part]:
    number = 0
    for jobs in parts:
        yield dict(enumerate(jobs, number))
        number += len(jobs)


class _Inbox:
    """What comes back: calls that are over, and from calls in this process results and events as they happen."""

    def __init__(self, executor: Executor, on_event: OnEvent | None) -> None:
        self._executor = executor
        self._on_event = on_event
        self._items: queue.SimpleQueue[futures.Future[Any] | _Told | Event] = queue.SimpleQueue()
        self._room = threading.Semaphore(_MOST_EVENTS)
        self._closed = threading.Event()
        self._own_thread = threading.get_ident()

    def send(self, function: str, part: Part, bounds: Bounds | None) -> futures.Future[Any]:
        """Hand a chunk to the executor."""
        numbers, jobs = tuple(part), tuple(part.values())
        run = self._executor.run
        if run is None:
            future = self._executor.submit(serve, function, tuple(map(_anywhere, jobs)), bounds)
        else:
            heard = self._hear if self._on_event is not None else None
            future = self._executor.submit(
                serve, function, jobs, bounds, run, heard,
                lambda place, result: self._items.put((part, numbers[place], result)),
            )  # fmt: skip
        future.add_done_callback(self._items.put)
        return future

    def next(self) -> futures.Future[Any] | _Told:
        """Give the next result or ended call; events on the way go to ``on_event``."""
        while True:
            try:
                item = self._items.get(timeout=_TICK_S)
            except queue.Empty:
                self._executor.look()
                continue
            if isinstance(item, futures.Future | tuple):
                return item
            self._room.release()
            assert self._on_event is not None
            self._on_event(item)

    def close(self) -> None:
        """Let go of who waits to be heard."""
        self._closed.set()

    def _hear(self, event: Event) -> None:
        """Take an event, from any thread."""
        if threading.get_ident() == self._own_thread:
            assert self._on_event is not None
            self._on_event(event)
            return
        while not self._closed.is_set():
            if self._room.acquire(timeout=_TICK_S):
                self._items.put(event)
                return
