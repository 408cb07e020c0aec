"""Workers on a Dask cluster: one of this machine by default, or that of ``scheduler`` (``tcp://host:8786``).

A call is a chunk of jobs. It runs in the cluster's worker process, which serves sandboxed children of its own: media
never pass through the scheduler or the driver. A chunk whose worker process died is done again job by job, so that
one poisonous asset costs its neighbours nothing but time.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import Future
from importlib import import_module
from typing import Any

from mediaprep.errors import ToolError, UsageError
from mediaprep.executors import Executor, Open, close_own_workers, several_isolated
from mediaprep.options import Isolation
from mediaprep.rlimits import usable_cpus

AHEAD = 2
"""Chunks on their way for each thread of the cluster, so that none waits for the driver."""

WAIT_S = 60.0
"""How long a cluster may be without a worker, at the start and later: long enough for new ones to be started."""

ANSWER_S = 15.0
"""How long a scheduler may take to answer at all; across the world it is well under a second."""

_ASK_AGAIN_S = 2.0  # each question is a round trip to the scheduler


class Dask(Executor):
    """See the module. ``workers`` are the threads of a cluster of our own; on another, the most calls at a time."""

    chunk_cost = 20.0  # about 4 s of work, in which a scheduler's 5 to 10 ms a task are lost

    def __init__(
        self, *, workers: int | None = None, isolation: Isolation = "workers", scheduler: str | None = None
    ) -> None:
        """Connect to the cluster, or start one. Raises UsageError where none answers."""
        several_isolated("dask", workers, isolation)
        self._where = scheduler or "this process"
        self._most = workers if scheduler is not None else None
        self._resources = contextlib.ExitStack()
        with contextlib.ExitStack() as stack:
            distributed = _library()
            if scheduler is None:
                scheduler = stack.enter_context(_cluster(distributed, workers or usable_cpus()))
                stack.callback(close_own_workers)
            self._client = stack.enter_context(_client(distributed, scheduler))
            self._resources = stack.pop_all()
        self._calls = self._client.get_executor(pure=False)
        self._threads = 0
        self._asked_at_s = self._alive_at_s = time.monotonic()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Make the call on the cluster; it must pickle, with what it is given."""
        future: Future[Any] = self._calls.submit(fn, *args, **kwargs)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster, and end it if it is our own."""
        self._calls.shutdown(wait=wait and not cancel_futures)
        self._resources.close()

    def window(self) -> int:
        """Give a few chunks for each thread that the cluster has now: workers come and go."""
        threads = max(1, self._counted())
        return AHEAD * threads if self._most is None else min(AHEAD * threads, self._most)

    def look(self) -> None:
        """Raise ToolError where the cluster has had no worker for a while."""
        now = time.monotonic()
        if self._counted():
            self._alive_at_s = now
        elif now - self._alive_at_s > WAIT_S:
            raise ToolError(
                "tool_failed",
                f"the Dask cluster at {self._where} has had no worker for {WAIT_S:.0f} s; start workers there and run "
                "the same command again: what is finished stays finished",
            )

    def died(self, error: BaseException) -> bool:
        """Recognise a call that went down with several worker processes, one after another."""
        from distributed import KilledWorker

        return isinstance(error, KilledWorker)

    def _counted(self) -> int:
        """Count the cluster's threads; 0 where its scheduler does not answer."""
        now = time.monotonic()
        if not self._threads or now - self._asked_at_s > _ASK_AGAIN_S:
            self._asked_at_s = now
            try:
                self._threads = sum(self._client.nthreads().values())
            except (OSError, TimeoutError):  # its own CommClosedError is an OSError
                self._threads = 0
        return self._threads


def _library() -> Any:
    try:
        return import_module("distributed")
    except ImportError as error:
        raise ToolError(
            "tool_missing", "the engine dask needs the library distributed: pip install 'mediaprep[dask]'"
        ) from error


def _cluster(distributed: Any, threads: int) -> Any:
    """Start a cluster of threads in this process: their children do the work."""
    return distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=threads,
        processes=False,
        memory_limit=None,
        dashboard_address="127.0.0.1:0",  # else port 8787 of all addresses, which is one cluster's only
    )


@contextlib.contextmanager
def _client(distributed: Any, cluster: Any) -> Any:
    """Connect to a cluster, or to the one at an address. Raises UsageError where it has no worker."""
    try:
        client = distributed.Client(cluster, timeout=ANSWER_S, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise UsageError(f"no Dask scheduler answers at {cluster}: {error}") from error
    with client:
        try:
            client.wait_for_workers(1, timeout=WAIT_S)
        except TimeoutError as error:
            raise UsageError(f"the Dask cluster at {cluster} has no worker; start one with `dask worker`") from error
        yield client


EXECUTOR: Open = Dask
