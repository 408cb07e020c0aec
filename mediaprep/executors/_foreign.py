"""An executor of the caller's own: any ``concurrent.futures.Executor``, whose calls come back when they are over."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor as AnyExecutor
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from mediaprep.executors import Executor
from mediaprep.rlimits import usable_cpus
from mediaprep.sandbox import Workers

AHEAD = 2
"""Chunks on their way for each call that may run at a time."""


class Foreign(Executor):
    """See the module. The caller shuts it down. Threads of this process share workers that are this one's."""

    chunk_cost = 5.0  # about 1 s of work; what a call costs there nobody knows

    def __init__(self, own: AnyExecutor, *, workers: int | None = None) -> None:
        """Take the executor; ``workers`` is how many calls it makes at a time."""
        self._own = own
        self._workers = workers or usable_cpus()
        self._pool = Workers(self._workers) if isinstance(own, ThreadPoolExecutor) else None
        self.run = self._pool.run if self._pool is not None else None

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Pass the call on."""
        return self._own.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Stop our workers; the executor itself is the caller's."""
        if self._pool is not None:
            self._pool.close()

    def window(self) -> int:
        """Give a few chunks for each call that may run."""
        return AHEAD * self._workers
