"""Several workers side by side on this machine, each served by a thread of the caller's process."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from mediaprep.executors import Executor, Open, no_scheduler, several_isolated
from mediaprep.options import Isolation
from mediaprep.rlimits import usable_cpus
from mediaprep.sandbox import Workers

AHEAD = 4
"""Calls on their way for each worker, so that none ever waits for the caller's iterator."""

_JOIN_S = 5.0

_Call = tuple["Future[Any]", Callable[[], Any]]


class Processes(Executor):
    """See the module.

    The threads are daemons, which those of ThreadPoolExecutor are not: an interrupted run does not wait for a
    transfer that an object store keeps hanging.
    """

    chunk_cost = 1.0  # a photograph; handing over costs 0.1 ms, which only texts and cards notice

    def __init__(
        self, *, workers: int | None = None, isolation: Isolation = "workers", scheduler: str | None = None
    ) -> None:
        """Start the threads; workers start when first needed."""
        no_scheduler("processes", scheduler)
        several_isolated("processes", workers, isolation)
        workers = workers or usable_cpus()
        self._pool = Workers(workers)
        self.run = self._pool.run
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(workers)]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Make the call in the next thread that is free."""
        future: Future[Any] = Future()
        self._calls.put((future, lambda: fn(*args, **kwargs)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the threads after the calls that wait; with ``cancel_futures`` drop those and kill what runs."""
        if cancel_futures:
            self._pool.close()
            with contextlib.suppress(queue.Empty):
                while (call := self._calls.get_nowait()) is not None:
                    call[0].cancel()
        for _ in self._threads:
            self._calls.put(None)
        if wait:
            for thread in self._threads:
                thread.join(_JOIN_S if cancel_futures else None)
            self._pool.close()

    def window(self) -> int:
        """Give a few calls for each worker."""
        return AHEAD * len(self._threads)

    def _serve(self) -> None:
        while (call := self._calls.get()) is not None:
            future, make = call
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(make())
                except BaseException as error:  # noqa: BLE001  # the future's taker raises it
                    future.set_exception(error)
            del call, future, make  # while this thread waits it holds no job


EXECUTOR: Open = Processes
