"""One job after another: in one worker, or (``isolation="none"``) in the caller's own process."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterable

from mediaprep.executors import Executor, Isolation, OnEvent, Result, no_scheduler, served
from mediaprep.job import Job
from mediaprep.options import Bounds
from mediaprep.sandbox import Workers, inline


class Serial:
    """See the module."""

    def map(
        self,
        function: str,
        jobs: Iterable[Job],
        *,
        workers: int = 1,  # noqa: ARG002  # one at a time, whatever is asked: the seam's signature
        bounds: Bounds | None = None,
        on_event: OnEvent | None = None,
        ordered: bool = True,  # noqa: ARG002  # always
        isolation: Isolation = "workers",
        scheduler: str | None = None,
    ) -> Generator[tuple[Job, Result], None, None]:
        """Carry out jobs in their order."""
        no_scheduler(scheduler, "serial")
        return _run(function, jobs, bounds, on_event, isolation)


def _run(
    function: str, jobs: Iterable[Job], bounds: Bounds | None, on_event: OnEvent | None, isolation: Isolation
) -> Generator[tuple[Job, Result], None, None]:
    with contextlib.nullcontext() if isolation == "none" else Workers() as pool:
        run = inline if pool is None else pool.run
        for job in jobs:
            yield job, served(run, function, job, bounds, on_event)


EXECUTOR: Executor = Serial()
