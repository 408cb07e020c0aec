"""Warnings of the libraries that decode are kept from the caller's screen while one does, and no longer.

``warnings.catch_warnings`` puts back what it found: of two threads that overlap, the later one puts back the other's
silence, for good (its documentation says that it is not thread-safe). Here the first one in silences, the last one out
puts back.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager


class _Silence:
    """What is silenced, and for how many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._before = ExitStack()

    def begin(self) -> None:
        with self._lock:
            if not self._inside:
                self._before.enter_context(warnings.catch_warnings(action="ignore"))
            self._inside += 1

    def end(self) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._before.close()


_SILENCE = _Silence()


@contextmanager
def quiet() -> Iterator[None]:
    """Let no warning out until the end."""
    _SILENCE.begin()
    try:
        yield
    finally:
        _SILENCE.end()
