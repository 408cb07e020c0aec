"""The one core that the command line and users' code call: routes, assets, messages and batches to their outcomes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mediaprep.arguments import (
    Asset,
    Content,
    draft_given,
    insist_on_asset,
    insist_on_file,
    insist_on_routes,
    insist_on_several,
    options_given,
)
from mediaprep.closing import Closing
from mediaprep.errors import RouteError, UsageError
from mediaprep.job import Bundle, Job, OnEvent, OutcomeReady, Shared
from mediaprep.limits import Route, route_of_size
from mediaprep.model import KindName, Outcome
from mediaprep.naming import insist_on_folder
from mediaprep.options import Bounds, FitOptions, Isolation
from mediaprep.units import parse_size

if TYPE_CHECKING:
    from mediaprep.batch.summary import Summary
    from mediaprep.message import Draft, Item
    from mediaprep.message import Result as MessageResult
    from mediaprep.message.audience import Group
    from mediaprep.profiles.load import Profiles
    from mediaprep.sandbox import Inline, Workers


def route(
    to: str | None = None, *, via: str | None = None, sender: str | None = None,
    max_bytes: int | str | None = None, profiles: Profiles | None = None,
) -> Route:  # fmt: skip
    """Resolve one group (``att``, ``att,verizon``, ``rcs/us``, ``plmn:310260``) to a route with its limits.

    ``via`` is a provider, ``sender`` a number type (``long_code``, ``10dlc``, ``toll_free``,
    ``short_code``, ``rcs_agent``), ``max_bytes`` a limit of your own on each rendition, or a whole message. Raises
    RouteError for names that are unknown or ambiguous and where no size is known, UsageError for what is no size
    and for a provider or number type without a group.
    """
    try:
        limit = FitOptions(max_bytes=parse_size(max_bytes) if isinstance(max_bytes, str) else max_bytes).max_bytes
    except ValueError as error:
        raise UsageError(f"max_bytes: {error}") from error
    if to is None:
        if via is not None or sender is not None:
            raise UsageError(
                "a provider or number type alone is not a route; name a carrier or region, as in route('us', via=...)"
            )
        if limit is None:
            raise UsageError("name a route (us, ca, au, intl, att, ...) or give a size with max_bytes")
        return route_of_size(limit)
    if not isinstance(to, str):
        raise UsageError(f"to={to!r}; write a group, as in 'us' or 'att,verizon', and resolve each route separately")
    from mediaprep.profiles.load import Profiles
    from mediaprep.profiles.route import resolve

    return resolve(to, via=via, sender=sender, max_bytes=limit, profiles=profiles or Profiles.load())


def check(
    asset: Asset, on: Route, *, options: FitOptions | None = None, bounds: Bounds | None = None,
    isolation: Isolation = "workers",
) -> Outcome:  # fmt: skip
    """Pre-flight one asset on one route: what would be refused, recompressed or lost, and why."""
    with Fitter(on, options=options, bounds=bounds, isolation=isolation) as fitter:
        return fitter.check(asset)


def fit(
    asset: Asset, on: Route, out: str | Path | None = None, options: FitOptions | None = None, *,
    bounds: Bounds | None = None, isolation: Isolation = "workers", on_event: OnEvent | None = None,
) -> Outcome:  # fmt: skip
    """Fit one asset to one route; write it to the file ``out``, or give its bytes in ``Outcome.data``."""
    with Fitter(on, options=options, bounds=bounds, isolation=isolation) as fitter:
        return fitter.fit(asset, out, on_event=on_event)


def fit_many(
    asset: Asset, on: Sequence[Route], out: str | Path | None = None, options: FitOptions | None = None, *,
    bounds: Bounds | None = None, isolation: Isolation = "workers", on_event: OnEvent | None = None,
) -> tuple[Outcome, ...]:  # fmt: skip
    """Fit one asset to several routes with one decode; ``out`` is a folder with one folder for each route."""
    insist_on_several(on, one=", or call fit")
    with Fitter(*on, options=options, bounds=bounds, isolation=isolation) as fitter:
        return fitter.fit_many(asset, out, on_event=on_event)


def fit_message(
    message: str | Path | Draft, on: Route, out: str | Path | None = None, options: FitOptions | None = None, *,
    mode: Literal["check", "fit"] = "fit", wires: Sequence[str] = ("mime",), bounds: Bounds | None = None,
    isolation: Isolation = "workers", profiles: Profiles | None = None, on_event: OnEvent | None = None,
) -> MessageResult:  # fmt: skip
    """Fit a whole message (a ``message.yaml`` or a ``Draft``) to one route: one budget, shared by what bytes buy.

    With ``out`` its parts, the forms in ``wires`` (mime, mm1, mm7) and ``message.json`` are written there. Raises
    ProfileError for a message file with faults, each with file, line and column.
    """
    outs = None if out is None else (Path(out),)
    return _fit_messages(message, (on,), outs, options, mode, wires, bounds, isolation, profiles, on_event)[0]


def fit_messages(
    message: str | Path | Draft, on: Sequence[Route], out: str | Path | None = None,
    options: FitOptions | None = None, *, mode: Literal["check", "fit"] = "fit", wires: Sequence[str] = ("mime",),
    bounds: Bounds | None = None, isolation: Isolation = "workers", profiles: Profiles | None = None,
    on_event: OnEvent | None = None,
) -> tuple[MessageResult, ...]:  # fmt: skip
    """Fit a whole message to several routes: one message for each distinct set of limits, made once.

    With ``out`` each is written to ``out/<route's folder>``. Each result says who of the others takes less than it
    has, and what reaches them instead. Raises ProfileError as ``fit_message`` does.
    """
    insist_on_several(on, one=", or call fit_message")
    outs = None if out is None else tuple(Path(out) / route.folder for route in on)
    return _fit_messages(message, tuple(on), outs, options, mode, wires, bounds, isolation, profiles, on_event)


def _fit_messages(
    message: str | Path | Draft, on: tuple[Route, ...], outs: tuple[Path, ...] | None, options: FitOptions | None,
    mode: Literal["check", "fit"], wires: Sequence[str], bounds: Bounds | None, isolation: Isolation,
    profiles: Profiles | None, on_event: OnEvent | None,
) -> tuple[MessageResult, ...]:  # fmt: skip
    from mediaprep.message.fitting import MessageFitter
    from mediaprep.message.whole import Around, carry_out
    from mediaprep.profiles.compose import stated
    from mediaprep.workdir import private_folder, remove

    insist_on_routes(on, several="fit_messages")
    draft = read_message(message) if isinstance(message, str | Path) else draft_given(message)
    scratch = private_folder("message")
    runner = Runner(isolation=isolation)
    try:
        fitter = MessageFitter(
            run=lambda job: runner.run(job, on_event), together=lambda bundle: runner.together(bundle, on_event),
            scratch=scratch, options=options_given(options), bounds=bounds or Bounds(),
        )  # fmt: skip
        targets = None if outs is None else tuple(out.absolute() for out in outs)
        known: Profiles = profiles or _profiles()

        def around(route: Route) -> Around:
            reached = tuple(_reached(draft, route, known)) if draft.to else ()
            return Around(registration=stated(known, route.provider, "registration"), reached=reached)

        return carry_out(draft, on, fitter, mode=mode, around=around, wires=wires, outs=targets)
    finally:
        runner.close()
        remove(scratch)


def fit_batch(
    assets: str | Path | Iterable[str | Path | Mapping[str, Any]], on: Sequence[Route], out: str | Path,
    options: FitOptions | None = None, *, engine: str | Executor = "processes", workers: int | None = None,
    shard: str = "1/1", memory_bytes: int | None = None, scheduler: str | None = None, cache: str | Path | None = None,
    bounds: Bounds | None = None, resolve: Callable[[str], Route] = route,
    on_outcomes: Callable[[tuple[Outcome, ...]], None] | None = None, on_event: OnEvent | None = None,
) -> Summary:  # fmt: skip
    """Fit many assets into the folder or URL ``out``, resumable: call it again and it goes on from its journal there.

    ``assets`` is a manifest, a folder or a glob, or paths and rows (mappings with a manifest's columns) of your own;
    rows without ``routes`` take those of ``on``, others ask ``resolve``. ``engine`` is ``serial``, ``processes``,
    ``dask`` or any ``concurrent.futures.Executor``, for which ``workers`` says how many calls it makes at a time;
    ``memory_bytes`` bounds all workers together. ``on_outcomes`` is told of each asset when it is done, those that
    stood already included. Raises UsageError, and ProfileError with every fault of the manifest, before any work.
    """
    insist_on_several(on, one="")
    from mediaprep.batch import Settings
    from mediaprep.batch.plan import Shard
    from mediaprep.batch.whole import fit_all

    settings = Settings(
        out=str(out), engine=engine, workers=workers, shard=Shard.read(shard), memory_bytes=memory_bytes,
        scheduler=scheduler, cache=None if cache is None else str(cache), bounds=bounds or Bounds(),
    )  # fmt: skip
    return fit_all(assets, on, options_given(options), resolve, settings, on_outcomes, on_event)


def read_message(path: str | Path) -> Draft:
    """Read a ``message.yaml``. Raises ProfileError with every problem in it."""
    from mediaprep.message.document import load

    return load(Path(path))


def audience_groups(draft: Draft, via: str | None = None, sender: str | None = None) -> tuple[Group, ...]:
    """Put the carriers of a draft's audience into groups of equal limits: each group takes one and the same message."""
    from mediaprep.kinds import identify
    from mediaprep.message.audience import groups
    from mediaprep.profiles.load import Profiles
    from mediaprep.storage import open_source

    profiles = Profiles.load()
    found = [identify(open_source(part.path, Bounds().max_file_bytes)) for part in draft.parts]
    kinds = {KindName.TEXT, *(known[0].name for known in found if known is not None)}
    try:
        return groups(draft.audience, lambda names: route(names, via=via, sender=sender, profiles=profiles), kinds)
    except RouteError as error:
        raise draft.placed(error) from error


def _profiles() -> Profiles:
    from mediaprep.profiles.load import Profiles

    return Profiles.load()


def _reached(draft: Draft, on: Route, known: Profiles) -> Iterator[Item]:
    """Judge the recipients' countries for the route's provider and sender type."""
    from mediaprep.message.reach import reach
    from mediaprep.sending.numbers import e164, region_of

    return reach(
        draft.to, lambda number: region_of(e164(number), known.names()),
        lambda region: route(region, via=on.provider, sender=on.sender, profiles=known),
    )  # fmt: skip


class Fitter(Closing):
    """Routes resolved once and a warm worker: for loops over many assets. May be shared by threads.

    Use it as a context manager, or call ``close``.
    """

    def __init__(
        self, *routes: Route, options: FitOptions | None = None, bounds: Bounds | None = None,
        isolation: Isolation = "workers", workers: int = 1, cache: str | Path | None = None,
    ) -> None:  # fmt: skip
        """Keep the routes; workers start when first needed. ``isolation="none"`` decodes in this process.

        ``cache`` is a folder or URL of finished renditions to look into first (``mediaprep cache`` looks after it).
        """
        if not routes:
            raise UsageError("a Fitter needs at least one route")
        insist_on_routes(routes, several="fit_many")
        self.routes = routes
        self.options = options_given(options)
        self.bounds = bounds or Bounds()
        self.cache = None if cache is None else str(cache)
        self._runner = Runner(workers=workers, isolation=isolation)

    def close(self) -> None:
        """Stop the workers."""
        self._runner.close()

    def check(self, asset: Asset) -> Outcome:
        """Pre-flight one asset on the first route."""
        return self._run(asset, self.routes[:1], "check", None, None)[0]

    def fit(self, asset: Asset, out: str | Path | None = None, *, on_event: OnEvent | None = None) -> Outcome:
        """Fit one asset to the first route. Raises UsageError where ``out`` is a folder, or the asset itself."""
        if out is not None:
            insist_on_file(out)
        outputs = None if out is None else (Path(out),)
        return self._run(asset, self.routes[:1], "fit", outputs, on_event, exact=True)[0]

    def fit_many(
        self, asset: Asset, out: str | Path | None = None, *, on_event: OnEvent | None = None
    ) -> tuple[Outcome, ...]:
        """Fit one asset to all routes; with ``out`` into ``out/<route's folder>/<name>.<suffix>``.

        Raises UsageError where a rendition would take the place of the asset, or of another route's.
        """
        outputs = None
        if out is not None:
            insist_on_folder(str(out), "out:")
            folders = [route.folder.casefold() for route in self.routes]
            if len(set(folders)) < len(folders):
                named = ", ".join(route.name for route in self.routes)
                raise UsageError(
                    f"two of the routes {named} have one folder; fit them by fit(), each with a file of its own"
                )
            stem = "asset" if isinstance(asset, Content) else Path(asset).stem
            outputs = tuple(Path(out) / route.folder / stem for route in self.routes)
        return self._run(asset, self.routes, "fit", outputs, on_event)

    def _run(
        self, asset: Asset, routes: tuple[Route, ...], mode: Literal["check", "fit"],
        outputs: tuple[Path, ...] | None, on_event: OnEvent | None, *, exact: bool = False,
    ) -> tuple[Outcome, ...]:  # fmt: skip
        from mediaprep import workdir
        from mediaprep.cache import MAX_BYTES

        insist_on_asset(asset)
        scratch = workdir.private_folder("job")
        try:
            if isinstance(asset, Content):
                path, name = scratch / "asset", "-"
                workdir.write_atomically(path, bytes(asset))
            else:
                path, name = Path(asset).absolute(), str(asset)
            outputs = tuple(output.absolute() for output in outputs) if outputs is not None else None
            for output in outputs or ():
                if workdir.would_replace(path, output, exact=exact):
                    raise UsageError(
                        f"{output} is the asset itself; a source is never written over: name another `out`"
                    )
            job = Job(
                asset=name, path=path, routes=routes, mode=mode, options=self.options, bounds=self.bounds,
                outputs=outputs, exact=exact, scratch=scratch,
                cache=self.cache, cache_max_bytes=MAX_BYTES,
            )  # fmt: skip
            outcomes = self._runner.run(job, on_event)
            return outcomes if outputs is not None else tuple(_with_data(o) for o in outcomes)
        finally:
            workdir.remove(scratch)


def _with_data(outcome: Outcome) -> Outcome:
    if outcome.output is None:
        return outcome
    return replace(outcome, data=Path(outcome.output).read_bytes(), output=None)


class Runner:
    """Carries out single jobs: in sandboxed workers that stay warm, or (``isolation="none"``) in this process."""

    def __init__(self, *, workers: int = 1, isolation: Isolation = "workers") -> None:
        """Start nothing yet."""
        self._count = workers
        self._isolation = isolation
        self._caller: Workers | Inline | None = None
        self._lock = threading.Lock()

    def run(self, job: Job, on_event: OnEvent | None = None) -> tuple[Outcome, ...]:
        """Carry out one job; a worker that does not survive it is an outcome, too."""
        from mediaprep.executors import outcomes_of, served

        result = served(self._calls().run, "mediaprep.pipeline:run", job, None, on_event)
        made: tuple[Outcome, ...] = result.value
        if result.error is not None:
            made = outcomes_of(job, result.error)
            for outcome in made:
                if on_event is not None:
                    on_event(OutcomeReady(outcome=outcome))
        return made

    def together(self, bundle: Bundle, on_event: OnEvent | None = None) -> Shared:
        """Fit a bundle in one worker, with the bounds of all its jobs together. Raises AssetError and ToolError."""
        bounds = bundle.jobs[0].bounds
        count = len(bundle.jobs)
        bounds = replace(bounds, max_cpu_s=count * bounds.max_cpu_s, max_wall_s=count * bounds.max_wall_s)
        made: Shared = self._calls().run("mediaprep.together:fit_together", bundle, bounds=bounds, on_event=on_event)
        return made

    def close(self) -> None:
        """Stop the workers."""
        with self._lock:
            if self._caller is not None:
                self._caller.close()
                self._caller = None

    def _calls(self) -> Workers | Inline:
        from mediaprep.sandbox import caller

        with self._lock:
            if self._caller is None:
                self._caller = caller(self._isolation, self._count)
            return self._caller


def run(
    jobs: Iterable[Job],
    *,
    workers: int = 1,
    isolation: Isolation = "workers",
    on_event: OnEvent | None = None,
) -> Iterator[tuple[Outcome, ...]]:
    """Carry out jobs lazily, in their order: one tuple for each job, one outcome for each of its routes.

    Events reach ``on_event`` in the caller's thread; with several workers those of different assets mix.
    """
    from mediaprep.flow import run_jobs

    engine = "serial" if workers == 1 or isolation == "none" else "processes"
    return run_jobs(jobs, engine=engine, workers=workers, on_event=on_event, isolation=isolation)
