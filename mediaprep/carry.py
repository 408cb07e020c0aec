"""What happens around a job outside of its worker: assets and renditions travel by URL, a cache is asked first.

Workers decode foreign bytes, so they get paths and never an object store's credentials: whoever serves a worker (a
thread of the driver, a process of a cluster) fetches the asset, looks into the cache and puts the renditions away.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from mediaprep import objects
from mediaprep.cache import Cache, Store
from mediaprep.errors import AssetError, ToolError
from mediaprep.formats import SUFFIXES
from mediaprep.job import AssetStarted, Job, OnEvent, OutcomeReady, RunJob
from mediaprep.judge import name_shares
from mediaprep.limits import Route
from mediaprep.model import Finding, KindName, Outcome, Verdict, finding
from mediaprep.storage import file_sha256, open_source
from mediaprep.stored import STORED_VERDICTS, Origin, Stored, find, keep, kind_key, on_route, origin_key, outcome_key
from mediaprep.workdir import make_folder, private_folder, remove, staged_file, would_replace, write_atomically


def carried(job: Job, call: RunJob, on_event: OnEvent | None = None) -> tuple[Outcome, ...]:
    """Carry out a job with what it needs around it. Raises what ``call`` and the object store raise.

    Raises ToolError ``permission`` for a job that would write over its own asset: every job passes here, and no worker
    is asked to start from bytes that it is about to replace.
    """
    _spare_asset(job)
    outcomes = _around(job, call, on_event)
    return tuple(map(_named_right, outcomes)) if job.exact else outcomes


def _around(job: Job, call: RunJob, on_event: OnEvent | None) -> tuple[Outcome, ...]:
    if job.source_url is None and job.out_urls is None:
        return _cached(job, call, on_event) if job.cache is not None else call(job)
    folder = private_folder("carried")
    try:
        local = _local(job, folder)
        outcomes = _cached(local, call, on_event) if job.cache is not None else call(local)
        return _put_away(outcomes, job, local)
    finally:
        remove(folder)


def _spare_asset(job: Job) -> None:
    if job.source_url is not None or job.mode != "fit" or job.dry_run:
        return
    for output in job.outputs or ():
        if would_replace(job.path, output, exact=job.exact):
            raise ToolError(
                "permission", f"{output} would take the place of the asset {job.asset}, which is never written over"
            )


def _named_right(outcome: Outcome) -> Outcome:
    """Warn of a rendition whose name, which the user chose before its type was known, is another type's."""
    usual = SUFFIXES.get(outcome.media_type or "", ())
    suffix = Path(outcome.output or "").suffix[1:].lower()
    if not usual or not suffix or suffix in usual:
        return outcome
    text = f"{outcome.output} ends in .{suffix}, and the rendition is {outcome.media_type}: call it .{usual[0]}"
    return _warned(outcome, finding("suffix_mismatch", text))


def _local(job: Job, folder: Path) -> Job:
    """Fetch the asset, and let renditions be written beside it."""
    path = job.path
    if job.source_url is not None:
        path = folder / f"asset{Path(job.source_url).suffix[:16]}"
        objects.fetch(job.source_url, path, job.bounds.max_file_bytes)
    outputs = job.outputs
    if job.out_urls is not None:
        outputs = tuple(folder / str(number) / "rendition" for number in range(len(job.routes)))
    return replace(job, path=path, outputs=outputs)


def _put_away(outcomes: tuple[Outcome, ...], job: Job, local: Job) -> tuple[Outcome, ...]:
    """Put renditions where the job wants them; outcomes then name their URLs."""
    if job.out_urls is None:
        return outcomes
    assert local.outputs is not None
    put: list[Outcome] = []
    for outcome, url, stem in zip(outcomes, job.out_urls, local.outputs, strict=True):
        places: dict[str, str] = {}
        for name, media_type in _written(outcome):
            places[name] = url + Path(name).name.removeprefix(stem.name)
            objects.put(places[name], Path(name), media_type)
        companions = tuple(replace(c, output=places[c.output]) for c in outcome.companions)
        output = places[outcome.output] if outcome.output is not None else None
        put.append(replace(outcome, output=output, companions=companions))
    return tuple(put)


def _written(outcome: Outcome) -> list[tuple[str, str | None]]:
    own: list[tuple[str, str | None]] = [(outcome.output, outcome.media_type)] if outcome.output is not None else []
    return own + [(companion.output, companion.media_type) for companion in outcome.companions]


@lru_cache(16)
def _cache(where: str, max_bytes: int) -> Cache:
    return Cache(where, max_bytes)


class _Forgiving:
    """A cache during one job: what goes wrong with it costs time and a warning, never the asset."""

    def __init__(self, inner: Cache) -> None:
        self._inner = inner
        self.trouble: ToolError | None = None

    def get(self, key: str) -> bytes | None:
        try:
            return self._inner.get(key)
        except ToolError as error:
            self.trouble = error
            return None

    def put(self, key: str, data: bytes) -> None:
        try:
            self._inner.put(key, data)
        except ToolError as error:
            self.trouble = error


def _cached(job: Job, call: RunJob, on_event: OnEvent | None) -> tuple[Outcome, ...]:
    """Take from the cache what it holds, and carry out the rest."""
    assert job.cache is not None
    if job.mode != "fit" or job.dry_run:
        return call(job)
    started = time.perf_counter()
    cache = _Forgiving(_cache(job.cache, job.cache_max_bytes))
    try:
        sha256 = open_source(job.path, job.bounds.max_file_bytes, job.bounds.max_name_bytes).sha256()
    except (AssetError, ToolError):
        return call(job)  # which says what is wrong with it
    found = _found(cache, sha256, job)
    missing = tuple(number for number in range(len(job.routes)) if number not in found)
    if missing:
        part = replace(
            job,
            routes=tuple(job.routes[number] for number in missing),
            outputs=None if job.outputs is None else tuple(job.outputs[number] for number in missing),
        )
        made = dict(zip(missing, _made(cache, sha256, part, call), strict=True))
    else:
        made = {}
        if on_event is not None:
            on_event(AssetStarted(asset=job.asset))
    elapsed_s = round(time.perf_counter() - started, 4)
    outcomes = tuple(
        made[number] if number in made else replace(found[number], elapsed_s=elapsed_s)
        for number in range(len(job.routes))
    )
    if cache.trouble is not None:
        warning = finding("cache_unusable", cache.trouble.message)
        outcomes = tuple(_warned(outcome, warning) for outcome in outcomes)
    if on_event is not None:
        for number in found:
            on_event(OutcomeReady(outcome=outcomes[number]))
    return name_shares(outcomes)


def _found(cache: Store, sha256: str, job: Job) -> dict[int, Outcome]:
    """Give what the cache holds of a job, by the number of the route, written where the job wants it."""
    kind = cache.get(kind_key(sha256, job))
    if kind is None or kind.decode("ascii", "replace") not in tuple(KindName):
        return {}
    found: dict[int, Outcome] = {}
    read: dict[str, Stored | None] = {}
    narrowed = job.narrowed()
    for number, route in enumerate(narrowed.routes):
        key = outcome_key(sha256, KindName(kind.decode()), route, job)
        if key not in read:
            read[key] = find(cache, key)
        kept = read[key]
        if kept is not None:
            found[number] = on_route(kept, job, route, _delivered(kept, job, number))
    return found


def _delivered(kept: Stored, job: Job, number: int) -> list[str | None]:
    """Write the files of a kept outcome; give their names, the rendition's first."""
    names: list[str | None] = [] if kept.outcome.output is not None else [None]
    old = [kept.outcome.output] if kept.outcome.output is not None else []
    old += [companion.output for companion in kept.outcome.companions]
    stem = Path(old[0]).stem if old else ""
    for name, (suffix, data) in zip(old, kept.files, strict=True):
        if job.outputs is None:
            wanted = job.scratch is not None and name == kept.outcome.output
            names.append(str(staged_file(job.scratch, data)) if wanted else None)
            continue
        target = job.outputs[number]
        if not job.exact or name != old[0]:
            role = Path(name).stem.removeprefix(stem) if name != old[0] else ""
            own = target.stem if job.exact else target.name
            target = target.with_name(f"{own}{role}{suffix}")
        make_folder(target.parent, job.inside)
        write_atomically(target, data, inside=job.inside)
        names.append(str(target))
    return names


def _made(cache: Store, sha256: str, job: Job, call: RunJob) -> tuple[Outcome, ...]:
    """Carry out what the cache does not hold, and keep it there."""
    outcomes = _from_origin(cache, sha256, job, call)
    narrowed = job.narrowed()
    for outcome, route in zip(outcomes, narrowed.routes, strict=True):
        if outcome.kind is None or outcome.verdict not in STORED_VERDICTS:
            continue
        if outcome.source_sha256 != sha256:  # the file was replaced between our look and the worker's
            continue
        if job.outputs is None and _wants_poster(outcome, route):  # there is no name beside which to write it
            continue
        cache.put(kind_key(sha256, job), outcome.kind.encode())
        keep(cache, outcome_key(sha256, outcome.kind, route, job), outcome, route)
        if outcome.output_sha256 not in (None, sha256) and outcome.source is not None:
            assert outcome.output_sha256 is not None
            path = job.source_url or os.path.abspath(job.path)
            whole = job.options.trim is None
            origin = Origin(path=path, sha256=sha256, kind=outcome.source.kind, whole=whole)
            cache.put(origin_key(outcome.output_sha256), origin.packed())
    return outcomes


def _from_origin(cache: Store, sha256: str, job: Job, call: RunJob) -> tuple[Outcome, ...]:
    """Carry a job out; where its asset is a rendition of ours that would be made smaller, start from its origin."""
    origin = Origin.read(cache.get(origin_key(sha256)))
    if origin is None:
        return call(job)
    checked = call(replace(job, mode="check", outputs=None))
    again = tuple(n for n, outcome in enumerate(checked) if outcome.verdict is Verdict.NEEDS_FIT)
    if not again:
        return call(job)
    there = origin.whole and origin.kind == checked[0].kind and _is_still(origin)
    if not there:
        text = f"{job.asset} is a mediaprep rendition; {origin.path}, which it was made from, is no longer there"
        return tuple(_warned(o, finding("second_generation", text)) if n in again else o
                     for n, o in enumerate(call(job)))  # fmt: skip
    first = dict(zip(again, call(replace(_only(job, again), path=Path(origin.path))), strict=True))
    text = f"{job.asset} is a mediaprep rendition: fitted from {origin.path}, so that it is not degraded twice"
    others = tuple(n for n in range(len(checked)) if n not in again)
    kept = iter(call(_only(job, others)) if others else ())
    return tuple(
        _warned(_of(first[n], origin, sha256), finding("made_from_origin", text)) if n in again else next(kept)
        for n in range(len(checked))
    )  # fmt: skip


def _wants_poster(outcome: Outcome, route: Route) -> bool:
    film = (outcome.media_type or "").startswith("video/")
    return film and any(limits.poster for limits in route.limits)


def _of(outcome: Outcome, origin: Origin, sha256: str) -> Outcome:
    """Give an origin's outcome as that of the asset made from it; not where the origin changed under the work."""
    return replace(outcome, source_sha256=sha256) if outcome.source_sha256 == origin.sha256 else outcome


def _only(job: Job, numbers: tuple[int, ...]) -> Job:
    outputs = None if job.outputs is None else tuple(job.outputs[n] for n in numbers)
    return replace(job, routes=tuple(job.routes[n] for n in numbers), outputs=outputs)


def _is_still(origin: Origin) -> bool:
    """Say whether an origin is at hand with the same bytes; one in an object store is not fetched for this."""
    path = Path(origin.path)
    return path.is_file() and file_sha256(path) == origin.sha256


def _warned(outcome: Outcome, warning: Finding) -> Outcome:
    return replace(outcome, warnings=(*outcome.warnings, warning))
