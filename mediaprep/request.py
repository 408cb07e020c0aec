"""What goes to a worker: one call, pickled. Routes go along once and are named by a number from then on.

A route with its limits and the origin of each takes 13 KB and 0.3 ms to pickle, and as much to read; a
job on eight routes would so cost 5 ms before any work.
"""

from __future__ import annotations

import io
import itertools
import pickle
import threading
from dataclasses import dataclass, field
from typing import Any

from mediaprep.limits import Route
from mediaprep.options import Bounds

MOST_ROUTES = 512
"""Routes that either side keeps; beyond that it starts afresh."""


@dataclass(frozen=True, slots=True)
class Call:
    """``function`` is ``module:name``; ``folder`` is where relative paths start."""

    function: str
    args: tuple[Any, ...]
    bounds: Bounds
    folder: str


class Writer:
    """The sending side for one worker."""

    def __init__(self) -> None:
        """Assume that the worker knows nothing."""
        self._known: set[int] = set()

    def pack(self, call: Call) -> bytes:
        """Pickle a call, with the routes that the worker has not seen."""
        stream = io.BytesIO()
        pickler = _Pickler(stream, protocol=5)
        pickler.dump(call)
        forget = len(self._known | pickler.named.keys()) > MOST_ROUTES
        if forget:
            self._known.clear()
        new = {number: data for number, data in pickler.named.items() if number not in self._known}
        self._known.update(new)
        return pickle.dumps((forget, new, stream.getvalue()), protocol=5)


class Reader:
    """The worker's side."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._routes: dict[int, Route] = {}

    def unpack(self, body: bytes) -> Call:
        """Read a call. The sender is our own parent, over a private pipe."""
        forget, new, packed = pickle.loads(body)  # noqa: S301
        if forget:
            self._routes.clear()
        self._routes.update({number: pickle.loads(data) for number, data in new.items()})  # noqa: S301
        call: Call = _Unpickler(io.BytesIO(packed), self._routes).load()
        return call


@dataclass(slots=True)
class _Routes:
    """Routes of this process, each pickled once. They are kept, so that a number stays one route's for good."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    numbers: itertools.count[int] = field(default_factory=itertools.count)
    by_id: dict[int, tuple[Route, int, bytes]] = field(default_factory=dict)

    def name(self, route: Route) -> tuple[int, bytes]:
        with self.lock:
            entry = self.by_id.get(id(route))
            if entry is None:
                if len(self.by_id) >= MOST_ROUTES:
                    self.by_id.clear()
                entry = self.by_id[id(route)] = (route, next(self.numbers), pickle.dumps(route, protocol=5))
            return entry[1:]


_ROUTES = _Routes()


class _Pickler(pickle.Pickler):
    """Names routes instead of writing them."""

    def __init__(self, stream: io.BytesIO, protocol: int) -> None:
        super().__init__(stream, protocol)
        self.named: dict[int, bytes] = {}

    def persistent_id(self, obj: Any) -> int | None:
        if type(obj) is not Route:
            return None
        number, data = _ROUTES.name(obj)
        self.named[number] = data
        return number


class _Unpickler(pickle.Unpickler):
    """Puts the routes back in their places."""

    def __init__(self, stream: io.BytesIO, routes: dict[int, Route]) -> None:
        super().__init__(stream)
        self._routes = routes

    def persistent_load(self, pid: Any) -> Route:
        return self._routes[pid]
