"""What a journal already holds of a row: outcomes that still stand, and routes that need work."""

from __future__ import annotations

import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from mediaprep import border, objects
from mediaprep.engine import rendition_key, terms
from mediaprep.errors import ToolError
from mediaprep.journal import Entry
from mediaprep.limits import Route
from mediaprep.model import KindName, Outcome, Verdict
from mediaprep.options import Bounds, FitOptions
from mediaprep.storage import file_sha256, is_url

_UNFINISHED = (Verdict.FAILED,)
"""A tool, a disk or a permission failed: that says nothing about the asset, so the next run tries again."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A row against the journal: ``kept`` holds finished entries of earlier runs, ``routes`` those that need work."""

    routes: tuple[Route, ...]
    kept: tuple[Entry, ...] = ()
    moved: tuple[Entry, ...] = field(default=())
    """Entries whose asset has new dates and the same bytes."""
    elsewhere: tuple[tuple[Route, Entry], ...] = ()
    """Routes of ``routes`` whose finished files are there, under another group's folder."""


def standing(
    routes: tuple[Route, ...],
    options: FitOptions,
    bounds: Bounds,
    known: Mapping[str, Entry],
    path: str,
    now: str,
    places: Mapping[str, str],
) -> Standing:
    """Say which outcomes of an asset still stand. ``now`` is its signature, ``places`` the place of each route.

    An outcome stands if the asset's bytes, the limits' numbers, the options and the engine are the same and every
    file that it wrote is still there; a refusal only while the bounds are. The asset is read only where its dates
    changed.
    """
    if not known:
        return Standing(routes)
    sha256 = None
    needed, kept, moved, elsewhere = [], [], [], []
    for route in routes:
        entry = known.get(places[route.name])
        if entry is None or entry.verdict in _UNFINISHED or not _same_key(entry, route, options, bounds):
            other = _elsewhere(route, options, bounds, known, now)
            elsewhere += [] if other is None else [(route, other)]
            needed.append(route)
            continue
        if entry.signature != now:
            if sha256 is None:
                sha256 = _sha256(path)
            if not sha256 or sha256 != entry.sha256:
                needed.append(route)
                continue
            entry = replace(entry, signature=now)
            moved.append(entry)
        if all(_still_there(*output, entry) for output in entry.outputs):
            kept.append(entry)
        else:
            needed.append(route)
    return Standing(tuple(needed), tuple(kept), tuple(moved), tuple(elsewhere))


def _elsewhere(route: Route, options: FitOptions, bounds: Bounds, known: Mapping[str, Entry], now: str) -> Entry | None:
    """Find what a run with other groups has finished of the same route: its key names the route, its place does not."""
    for entry in known.values():
        if entry.verdict in _UNFINISHED or entry.signature != now or not _same_key(entry, route, options, bounds):
            continue
        if all(_still_there(*output, entry) for output in entry.outputs):
            return entry
    return None


def entry_of(
    outcome: Outcome, route: Route, options: FitOptions, bounds: Bounds, *, place: str, signature: str
) -> Entry:
    """Make the journal's entry of an outcome."""
    written = [outcome.output, *(companion.output for companion in outcome.companions)]
    return Entry(
        asset=outcome.asset,
        place=place,
        signature=signature,
        sha256=outcome.source_sha256,
        key=_key(outcome.source_sha256, outcome.kind, route, options, _judged_by(outcome.verdict, bounds)),
        kind=outcome.kind,
        verdict=outcome.verdict,
        code=next((v.code for v in outcome.violations), None),
        outputs=tuple((path, "" if is_url(path) else signature_of(path)) for path in written if path is not None),
        size_bytes=outcome.size_bytes,
        encodes=0 if outcome.reused else len(outcome.attempts),
        outcome=zlib.compress(border.packed(outcome), 1),
    )


def unpacked(packed: bytes) -> Outcome:
    """Give the outcome of an entry: 0.2 ms, so only where somebody reads it. Raises ToolError for a damaged one."""
    try:
        value = border.value_of(zlib.decompress(packed))
    except (zlib.error, border.Forged) as error:
        raise ToolError("disk", f"the journal is damaged ({error}); remove it and run again") from error
    if not isinstance(value, Outcome):
        raise ToolError("disk", "the journal is damaged (an entry is not an outcome); remove it and run again")
    return value


def signature_of(path: str) -> str:
    """Tell a file's state without reading it: its size and dates (an object's tag); "" where it is not there."""
    if is_url(path):
        found_object = objects.head(path)
        return f"{found_object.size_bytes}-{found_object.tag}" if found_object is not None else ""
    try:
        found = os.stat(path)
    except OSError:
        return ""
    return f"{found.st_size}-{found.st_mtime_ns}"


def _same_key(entry: Entry, route: Route, options: FitOptions, bounds: Bounds) -> bool:
    kind = next((kind for kind in KindName if kind == entry.kind), None)  # another version's, or damage, is none
    return entry.key == _key(entry.sha256, kind, route, options, _judged_by(entry.verdict, bounds))


def _judged_by(verdict: str, bounds: Bounds) -> Bounds | None:
    """Give the bounds where they may have decided: what they let through is good under any."""
    return bounds if verdict == Verdict.REFUSED else None


def _key(sha256: str | None, kind: KindName | None, route: Route, options: FitOptions, bounds: Bounds | None) -> str:
    """Name what an entry stands for: the rendition, on this route, for its record names the route and its sources."""
    within = f" {bounds}" if bounds is not None else ""
    return rendition_key(sha256 or "", f"{_terms(_Identity(route), kind, options)} {route.name}{within}")


@lru_cache(4_096)
def _terms(route: _Identity, kind: KindName | None, options: FitOptions) -> str:
    """Digests of limits take 0.1 ms; a run has few routes and options, and many assets."""
    limits = route.value.narrowed(options.max_bytes).limits_for(kind or KindName.DOCUMENT)
    return terms(limits, options, available=route.value.available)


class _Identity:
    """A route as a key of a cache: the object itself, for its value takes as long to hash as to work with."""

    def __init__(self, value: Route) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and other.value is self.value


def _sha256(path: str) -> str:
    """Hash a file; "" where it cannot be read, which is not a file's hash."""
    try:
        return file_sha256(Path(path))
    except ToolError:
        return ""


def _still_there(path: str, signature: str, entry: Entry) -> bool:
    """Say whether a written file is still what was written. Objects are taken to be: asking costs a request each."""
    if is_url(path) or signature_of(path) == signature:
        return True
    outcome = unpacked(entry.outcome)
    wanted = {outcome.output: outcome.output_sha256} | {c.output: c.sha256 for c in outcome.companions}
    return bool(wanted.get(path)) and _sha256(path) == wanted[path]
