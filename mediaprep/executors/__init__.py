"""The seam of executors: how many jobs are carried out at a time, and where.

One file here is one way; it ends in ``EXECUTOR: Executor = ...``. All give the same outcomes for the same
jobs, but for elapsed times. Jobs and results stream: neither is ever held as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from mediaprep.carry import carried
from mediaprep.errors import AssetError, ToolError, UsageError
from mediaprep.job import Event, Job
from mediaprep.model import Outcome, Verdict, finding_from
from mediaprep.options import Bounds
from mediaprep.plugins import load

Isolation = Literal["workers", "none"]
"""``workers``: sandboxed children. ``none``: in the caller's process, for trusted bytes in a hot path."""

OnEvent = Callable[[Event], None]

Run = Callable[..., Any]
"""How a worker is asked: ``sandbox.Workers.run``, or ``sandbox.inline``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one job: what its function returned, or the error that took its place."""

    value: Any = None
    error: AssetError | ToolError | None = None


class Executor(Protocol):
    """One way of carrying out jobs."""

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
        """Call ``module:name`` with each job, lazily: jobs are drawn as results are taken.

        ``bounds`` replaces each job's own. Events and jobs are handled in the caller's thread. With
        ``ordered`` results come in the order of the jobs, else as they end. An error of one job is its
        result; an error in a call (UsageError, a profile) ends the run. Closing the generator, or an
        interrupt, kills the workers before it returns. ``scheduler`` is the address of a cluster, for executors
        that can use one.
        """
        ...


def run_jobs(
    jobs: Iterable[Job],
    *,
    executor: str = "processes",
    workers: int = 1,
    on_event: OnEvent | None = None,
    ordered: bool = True,
    isolation: Isolation = "workers",
) -> Generator[tuple[Outcome, ...], None, None]:
    """Carry out jobs in the pipeline: one tuple for each job, one outcome for each of its routes."""
    way: Executor = load("executors", executor)
    results = way.map(
        "mediaprep.pipeline:run", jobs, workers=workers, on_event=on_event, ordered=ordered, isolation=isolation
    )
    try:
        for job, result in results:
            yield result.value if result.error is None else outcomes_of(job, result.error)
    finally:
        results.close()


def outcomes_of(job: Job, error: AssetError | ToolError) -> tuple[Outcome, ...]:
    """Give a job's outcomes where its worker did not live to do so."""
    verdict = Verdict.REFUSED if isinstance(error, AssetError) else Verdict.FAILED
    return tuple(
        Outcome(
            asset=job.asset,
            route=route.name,
            verdict=verdict,
            channel=route.channel,
            provider=route.provider,
            sender=route.sender,
            violations=(finding_from(error),),
            warnings=route.warnings,
            confidence=route.confidence,
            profiles_digest=route.profiles_digest or None,
        )
        for route in job.routes
    )


def served(run: Run, function: str, job: Job, bounds: Bounds | None, on_event: OnEvent | None) -> Result:
    """Carry out one job with what it needs around it (module ``carry``); an error of the job is its result."""

    def call(part: Job) -> Any:
        return run(function, part, bounds=bounds or part.bounds, on_event=on_event)

    return result_of(lambda: carried(job, call, on_event))


def no_scheduler(scheduler: str | None, name: str) -> None:
    """Refuse the address of a cluster. Raises UsageError."""
    if scheduler is not None:
        raise UsageError(f"the engine {name} works on this machine alone; --scheduler needs --engine dask")


def result_of(call: Callable[[], Any]) -> Result:
    """Make a call and take errors about the asset or a tool as its result; others are the caller's."""
    try:
        return Result(value=call())
    except (AssetError, ToolError) as error:
        return Result(error=error)
