"""Many assets, resumable: rows become jobs, an executor carries them out, a journal remembers what is finished.

Everything streams: memory does not depend on the number of rows. A run that was killed is started again with the same
command; what was recorded is not done again.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Generator, Iterator
from concurrent import futures
from dataclasses import dataclass, field, replace
from pathlib import Path

from mediaprep.batch.elsewhere import brought
from mediaprep.batch.index import write_index
from mediaprep.batch.plan import Plan, Planned, Shard
from mediaprep.batch.reuse import Standing, entry_of, signature_of, standing
from mediaprep.batch.summary import Summary, Tally
from mediaprep.cache import MAX_BYTES
from mediaprep.errors import UsageError
from mediaprep.executors import Result, outcomes_of
from mediaprep.flow import executing, flow
from mediaprep.job import Job, OnEvent
from mediaprep.journal import SUFFIX, Entry, Journal
from mediaprep.limits import Route
from mediaprep.model import Outcome
from mediaprep.options import Bounds
from mediaprep.rlimits import FILE_BYTES, usable_cpus
from mediaprep.storage import is_url
from mediaprep.units import format_size
from mediaprep.workdir import sweep

FEWEST_WORKER_BYTES = 500_000_000
"""A smaller share of the memory means fewer workers instead: in this much a worker and its ffmpeg fit JPEGs of 48
megapixels (260 MB) and clips of 2160p (345 MB); 8K clips and large PNGs need more and are then done alone."""

LEAST_BYTES = 250_000_000
"""Below this a worker cannot be relied upon to say what it lacks; JPEGs of 48 megapixels still fit."""

Tell = Callable[[tuple[Outcome, ...]], None]
TellKept = Callable[[tuple[Entry, ...]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a batch is carried out. ``out`` is a folder or a URL; ``memory_bytes`` bounds all workers together.

    ``engine`` is an executor's name, or one of the caller's own. ``workers`` is how many jobs are done at once: the
    processors of this machine, or all threads of a cluster, where it is None.
    """

    out: str
    engine: str | futures.Executor = "processes"
    workers: int | None = None
    shard: Shard = field(default_factory=Shard)
    memory_bytes: int | None = None
    scheduler: str | None = None
    cache: str | None = None
    cache_max_bytes: int = MAX_BYTES
    bounds: Bounds = field(default_factory=Bounds)

    def shared(self) -> Settings:
        """Give the settings with as many workers as the memory allows, and each worker's share as its bound.

        Raises UsageError where nobody can say how many workers share it.
        """
        if self.memory_bytes is None:
            return self
        if self.workers is None and (self.scheduler is not None or not isinstance(self.engine, str)):
            raise UsageError(
                "--limit-memory is shared by an unknown number of workers there: give it with --jobs (workers=)"
            )
        if self.memory_bytes < LEAST_BYTES:
            few = f"{format_size(self.memory_bytes)} of memory is less than one worker needs"
            raise UsageError(f"{few}; give --limit-memory {format_size(LEAST_BYTES)} or more")
        workers = 1 if self.engine == "serial" else self.workers or usable_cpus()
        workers = max(1, min(workers, self.memory_bytes // FEWEST_WORKER_BYTES))
        return replace(self, workers=workers, bounds=self._bounded(self.memory_bytes // workers))

    def alone(self) -> Settings:
        """Give the settings for one job at a time, which may have all the memory."""
        bounds = self.bounds if self.memory_bytes is None else self._bounded(self.memory_bytes)
        return replace(self, engine="serial", workers=1, scheduler=None, bounds=bounds)

    def _bounded(self, memory_bytes: int) -> Bounds:
        return replace(self.bounds, max_memory_bytes=min(self.bounds.max_memory_bytes, memory_bytes - FILE_BYTES))


def journal_path(out: str, shard: Shard) -> Path:
    """Give the journal's place: in the output folder, one for each shard; beside the working folder for a URL."""
    return journal_folder(out) / f"journal{shard.mark}{SUFFIX}"


def journal_folder(out: str) -> Path:
    """Give the folder of a batch's journals."""
    return Path("mediaprep-journal", *out.partition("://")[2].split("/")) if is_url(out) else Path(out)


def journals(out: str) -> tuple[Path, ...]:
    """Give the journals that a batch has left in an output folder, one for each shard."""
    return tuple(sorted(journal_folder(out).glob(f"journal*{SUFFIX}")))


def run(
    plan: Plan, journal: Journal, settings: Settings, tell: Tell, tell_kept: TellKept, on_event: OnEvent | None = None
) -> Summary:
    """Carry out a plan; ``tell`` gets new outcomes as each row ends, ``tell_kept`` the entries that stood already.

    An asset that kills its worker is tried once more alone, after all others; if it does so again it is refused.
    """
    started = time.monotonic()
    tally = Tally()

    def told(outcomes: tuple[Outcome, ...]) -> None:
        tally.add(outcomes)
        tell(outcomes)

    def told_kept(entries: tuple[Entry, ...], *, whole: bool) -> None:
        tally.add_kept(entries, whole=whole)
        tell_kept(entries)

    work = _Work(plan, journal, settings, told, told_kept)
    work.sweep()
    work.all_rows(on_event)
    work.suspects(on_event)
    journal.end()
    write_index(journal, plan.routes, settings.out, settings.shard.mark)
    return tally.summary(out=settings.out, planned=plan.total, elapsed_s=time.monotonic() - started, finished=True)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A job on its way: its row, and the asset's signature when it left."""

    planned: Planned
    signature: str


class _Work:
    """One run of a batch."""

    def __init__(
        self, plan: Plan, journal: Journal, settings: Settings, tell: Tell, tell_kept: Callable[..., None]
    ) -> None:
        self._plan = plan
        self._journal = journal
        self._settings = settings
        self._tell = tell
        self._tell_kept = tell_kept
        self._bounds = settings.alone().bounds  # the most that an asset may take, whatever its share was
        self._waiting: dict[int, _Waiting] = {}

    def sweep(self) -> None:
        """Remove unfinished outputs that a killed run has left; those of other shards may be at work."""
        out = self._settings.out
        if is_url(out) or not os.path.isdir(out):
            return
        older_than_s = 0.0 if self._settings.shard.count == 1 else None
        for folder, _, _ in os.walk(out):
            sweep(Path(folder), older_than_s=older_than_s)

    def all_rows(self, on_event: OnEvent | None) -> None:
        """Carry out what is not finished; keep for later what killed its worker."""
        shared = self._settings.shared()
        for waiting, job, result in self._results(self._plan, shared, on_event):
            if _killed(result, job, self._settings):
                self._plan.suspect(waiting.planned)
            else:
                self._record(waiting, job, result)

    def suspects(self, on_event: OnEvent | None) -> None:
        """Try once more, each alone, what killed its worker."""
        for waiting, job, result in self._results(self._plan.suspects(), self._settings.alone(), on_event):
            self._record(waiting, job, result)

    def _results(
        self, rows: Plan | Iterator[Planned], settings: Settings, on_event: OnEvent | None
    ) -> Generator[tuple[_Waiting, Job, Result]]:
        jobs = self._jobs(rows, settings.bounds)
        with executing(settings.engine, workers=settings.workers, scheduler=settings.scheduler) as executor:
            results = flow("mediaprep.pipeline:run", jobs, executor, on_event=on_event, ordered=False)
            with contextlib.closing(results):
                for job, result in results:
                    yield self._waiting.pop(id(job)), job, result

    def _jobs(self, rows: Plan | Iterator[Planned], bounds: Bounds) -> Iterator[Job]:
        for planned in rows:
            places = {route.name: self._plan.folder_of(route) for route in planned.routes}
            now = signature_of(planned.path)
            known = self._journal.known(planned.asset)
            stands = standing(planned.routes, planned.options, self._bounds, known, planned.path, now, places)
            if stands.moved:
                self._journal.record(stands.moved)
            taken = self._brought(planned, stands)
            left = tuple(route for route in stands.routes if route.name not in taken)
            kept = (*stands.kept, *taken.values())
            self._journal.keep(stands.kept)
            if kept:
                self._tell_kept(kept, whole=not left)
            if not left:
                continue
            job = self._job(planned, left, now, bounds)
            self._waiting[id(job)] = _Waiting(planned, now)
            yield job

    def _brought(self, planned: Planned, stands: Standing) -> dict[str, Entry]:
        """Take what earlier runs with other groups have finished; gives the entries by their routes."""
        found: dict[str, Entry] = {}
        for route, entry in () if is_url(self._settings.out) else stands.elsewhere:
            stem = Path(self._output(planned, route))
            new = brought(entry, self._plan.folder_of(route), stem, Path(self._settings.out))
            if new is not None:
                found[route.name] = new
        if found:
            self._journal.record(found.values())
        return found

    def _job(self, planned: Planned, routes: tuple[Route, ...], signature: str, bounds: Bounds) -> Job:
        """Make the job of a row for the routes that need work."""
        job = Job(
            asset=planned.asset,
            path=Path(planned.place[-1]) if is_url(planned.path) else Path(planned.path),
            source_url=planned.path if is_url(planned.path) else None,
            size_bytes=int(signature.partition("-")[0]) if signature else None,
            cache=self._settings.cache,
            cache_max_bytes=self._settings.cache_max_bytes,
            routes=routes,
            mode="fit",
            options=planned.options,
            bounds=bounds,
        )
        outputs = tuple(self._output(planned, route) for route in routes)
        if is_url(self._settings.out):
            return replace(job, out_urls=outputs)
        return replace(job, outputs=tuple(map(Path, outputs)), inside=Path(self._settings.out))

    def _output(self, planned: Planned, route: Route) -> str:
        """Give the path or URL of a rendition, without its suffix."""
        parts = (self._plan.folder_of(route), *planned.place)
        if is_url(self._settings.out):
            return "/".join((self._settings.out.rstrip("/"), *filter(None, parts)))
        return str(Path(self._settings.out, *parts))

    def _record(self, waiting: _Waiting, job: Job, result: Result) -> None:
        outcomes: tuple[Outcome, ...] = result.value if result.error is None else outcomes_of(job, result.error)
        self._journal.record(
            entry_of(
                outcome,
                route,
                job.options,
                self._bounds,
                place=self._plan.folder_of(route),
                signature=waiting.signature,
            )
            for outcome, route in zip(outcomes, job.routes, strict=True)
        )
        self._tell(outcomes)


def _killed(result: Result, job: Job, settings: Settings) -> bool:
    """Say whether a job deserves another try alone: it killed its worker, or had only a share of the memory."""
    codes = {v.name for o in result.value for v in o.violations} if result.error is None else {result.error.code}
    shared = settings.memory_bytes is not None and job.bounds != settings.alone().bounds
    return "crashed_worker" in codes or (shared and "memory_bound" in codes)
