"""One job after another: in one worker, or (``isolation="none"``) in the caller's own process."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Generator, Iterable

from mediaprep.executors import Executor, Isolation, OnEvent, Result, result_of
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
    ) -> Generator[tuple[Job, Result], None, None]:
        """Carry out jobs in their order."""
        with contextlib.nullcontext() if isolation == "none" else Workers() as pool:
            run = inline if pool is None else pool.run
            for job in jobs:
                call = functools.partial(run, function, job, bounds=bounds or job.bounds, on_event=on_event)
                yield job, result_of(call)


EXECUTOR: Executor = Serial()
