"""One asset on all its routes: the value that goes to a worker, and the events that come back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from mediaprep.limits import Route
from mediaprep.model import Attempt, Outcome
from mediaprep.options import Bounds, FitOptions

Mode = Literal["look", "check", "fit"]
"""``look`` judges from headers alone; ``check`` also decodes; ``fit`` makes renditions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One asset on all its routes. It carries paths, not bytes, so it is cheap to send.

    ``asset`` is the asset as the user gave it; ``path`` is where it is read. ``outputs`` has one
    path for each route: complete if ``exact``, else without its suffix (the rendition's type decides
    that); None keeps renditions in ``scratch`` for the caller to read, or discards them on a dry run. ``inside`` is the
    folder that outputs may not leave by way of links.

    ``source_url`` and ``out_urls`` (without suffixes) name objects in a store instead, ``cache`` a folder or URL
    of renditions to look into first; who serves the worker sees to them (module ``carry``), never the worker.
    """

    asset: str
    path: Path
    routes: tuple[Route, ...]
    mode: Mode
    options: FitOptions = field(default_factory=FitOptions)
    bounds: Bounds = field(default_factory=Bounds)
    outputs: tuple[Path, ...] | None = None
    exact: bool = False
    inside: Path | None = None
    dry_run: bool = False
    scratch: Path | None = None
    source_url: str | None = None
    out_urls: tuple[str, ...] | None = None
    size_bytes: int | None = None
    enough_score: float | None = None
    """For routes that differ in bytes alone, the smallest first: those after a rendition of this score share it."""
    cache: str | None = None
    cache_max_bytes: int = 0

    def narrowed(self) -> Job:
        """Give the job with ``options.max_bytes`` applied to each of its routes."""
        return replace(self, routes=tuple(route.narrowed(self.options.max_bytes) for route in self.routes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Jobs of one message: each has one route (the part's own limits) and a scratch folder.

    ``rooms`` are the bytes that all renditions may have together, the one aimed at first; () where nobody limits them.
    """

    jobs: tuple[Job, ...]
    rooms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What came of a bundle. ``given`` are the bytes allowed to each part; ``short_bytes`` is what the floors lack."""

    outcomes: tuple[Outcome, ...]
    given: tuple[int, ...] = ()
    short_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetStarted:
    """Work on an asset has begun."""

    asset: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptMade:
    """One encode is done."""

    asset: str
    route: str
    attempt: Attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareDone:
    """A part of one long step is done, from 0 to 1 (video encodes report these)."""

    asset: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeReady:
    """One outcome is final."""

    outcome: Outcome


Event = AssetStarted | AttemptMade | ShareDone | OutcomeReady

OnEvent = Callable[[Event], None]
"""What is told of events as they come."""

RunJob = Callable[[Job], tuple[Outcome, ...]]
"""What carries a job out, one outcome for each of its routes: the pipeline for its own modules, which stand a layer
below it; a worker for those around it (that one raises AssetError and ToolError where the worker did not survive)."""


def silent(event: Event) -> None:
    """Take an event and do nothing."""
