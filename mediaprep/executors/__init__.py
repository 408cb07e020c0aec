"""The seam of executors: how many calls are carried out at a time, and where.

One file here is one way, a ``concurrent.futures.Executor``; it ends in ``EXECUTOR: Open = ...``. ``flow`` hands jobs to
it. All give the same outcomes for the same jobs, but for elapsed times; an executor of the caller's own will do, too.
"""

from __future__ import annotations

import abc
import functools
from collections.abc import Callable, Sequence
from concurrent import futures
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from mediaprep.carry import carried
from mediaprep.errors import AssetError, ToolError, UsageError
from mediaprep.job import Job, OnEvent
from mediaprep.judge import at_fault
from mediaprep.model import Outcome
from mediaprep.options import Bounds, Isolation
from mediaprep.plugins import load
from mediaprep.sandbox import Workers

Run = Callable[..., Any]
"""How a worker is asked: ``sandbox.Workers.run``, or ``sandbox.inline``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one job: what its function returned, or the error that took its place."""

    value: Any = None
    error: AssetError | ToolError | None = None


OnResult = Callable[[int, Result], None]
"""Told of each job's result, by its place in the chunk, before the chunk is over."""


class Executor(futures.Executor, abc.ABC):
    """One way of carrying out calls. Shut it down with ``cancel_futures`` and what runs is killed, not waited for."""

    run: Run | None = None
    """How calls ask a worker where they run in this process: those are told of events and results as they come.
    None where they run elsewhere and ask that process's own workers."""

    chunk_cost: ClassVar[float] = 0.0
    """Work in one call, in ordinary photographs (``chunks.cost_of``); 0 is one job."""

    @abc.abstractmethod
    def window(self) -> int:
        """Give how many calls are to be on their way, so that nobody waits for the driver."""

    def look(self) -> None:
        """Raise ToolError where calls that wait will never end; asked once a second while none does."""

    def died(self, error: BaseException) -> bool:
        """Say whether a call's error means that the process which carried it out died."""
        return False


class Open(Protocol):
    """What a plugin offers: an executor of ``workers`` calls at a time (None: as many as it has processors).

    ``scheduler`` is the address of a cluster, for executors that can use one. Raises UsageError for what they cannot.
    """

    def __call__(
        self, *, workers: int | None = None, isolation: Isolation = "workers", scheduler: str | None = None
    ) -> Executor:
        """Start what is needed."""
        ...


def no_scheduler(name: str, scheduler: str | None) -> None:
    """Refuse the address of a cluster. Raises UsageError."""
    if scheduler is not None:
        raise UsageError(f"the engine {name} works only on this machine; --scheduler needs --engine dask")


def several_isolated(name: str, workers: int | None, isolation: Isolation) -> None:
    """Refuse no workers, and work in the caller's own process. Raises UsageError."""
    if workers is not None and workers < 1:
        raise UsageError(f"{workers} workers cannot do anything; give 1 or more")
    if isolation == "none":
        raise UsageError(f"the engine {name} always isolates its workers; isolation none needs the serial one")


def serve(
    function: str, chunk: Sequence[Job], bounds: Bounds | None, run: Run | None = None,
    on_event: OnEvent | None = None, on_result: OnResult | None = None,
) -> list[Result]:  # fmt: skip
    """Carry out a chunk of jobs, one after another: this is the call that an executor gets.

    Without ``run`` it asks the workers of the process that it finds itself in.
    """
    results = []
    for place, job in enumerate(chunk):
        result = served(run or own_workers().run, function, job, bounds, on_event)
        if on_result is not None:
            on_result(place, result)
        results.append(result)
    return results


def opened(
    engine: str | futures.Executor, *, workers: int | None, isolation: Isolation, scheduler: str | None
) -> Executor:  # fmt: skip
    """Open an executor by its name, or take the caller's own. Raises UsageError for a name that does not exist."""
    if isinstance(engine, futures.Executor):
        from mediaprep.executors._foreign import Foreign

        return Foreign(engine, workers=workers)
    known: Open = load("executors", engine)
    return known(workers=workers, isolation=isolation, scheduler=scheduler)


@functools.cache
def own_workers() -> Workers:
    """Give this process's sandboxed children: as many as it has threads that ask at the same time."""
    return Workers(count=256)


def close_own_workers() -> None:
    """Kill the children of calls that ran in this process."""
    own_workers().close()
    own_workers.cache_clear()


def served(run: Run, function: str, job: Job, bounds: Bounds | None, on_event: OnEvent | None) -> Result:
    """Carry out one job with what it needs around it (module ``carry``).

    An error about the asset or a tool is the job's result; others are the caller's.
    """

    def call(part: Job) -> Any:
        return run(function, part, bounds=bounds or part.bounds, on_event=on_event)

    try:
        return Result(value=carried(job, call, on_event))
    except (AssetError, ToolError) as error:
        return Result(error=error)


def outcomes_of(job: Job, error: AssetError | ToolError) -> tuple[Outcome, ...]:
    """Give a job's outcomes where its worker did not live to do so."""
    return at_fault(job.asset, job.routes, error)
