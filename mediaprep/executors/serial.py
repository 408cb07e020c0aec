"""One job after another: in one worker, or (``isolation="none"``) in the caller's own process."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from mediaprep.executors import Executor, Open, no_scheduler
from mediaprep.options import Isolation
from mediaprep.sandbox import caller


class Serial(Executor):
    """See the module: a call is over when ``submit`` returns."""

    def __init__(
        self, *, workers: int | None = 1, isolation: Isolation = "workers", scheduler: str | None = None
    ) -> None:
        """Start nothing yet; one at a time, whatever ``workers`` says."""
        no_scheduler("serial", scheduler)
        self._caller = caller(isolation)
        self.run = self._caller.run

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Make the call now, in this thread."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  # the future's taker raises it
            future.set_exception(error)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Stop the worker."""
        self._caller.close()

    def window(self) -> int:
        """Never draw ahead."""
        return 1


EXECUTOR: Open = Serial
