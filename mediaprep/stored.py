"""Outcomes with their bytes as entries of a cache: what is kept, under which key, and how it comes back on a route."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mediaprep import border, judge
from mediaprep.cache import Store
from mediaprep.engine import engine, rendition_key, terms
from mediaprep.formats import SUFFIXES
from mediaprep.job import Job
from mediaprep.limits import Route
from mediaprep.model import Companion, Finding, KindName, Outcome, Verdict
from mediaprep.options import Bounds

_HEAD = struct.Struct(">32sI")
"""What an entry begins with: the hash of its head, and the head's length. The head holds the hashes of the files."""

_SPENT = {name: getattr(Bounds(), name) for name in ("max_cpu_s", "max_wall_s", "max_memory_bytes")}
"""Bounds on the work, not on the asset."""

STORED_VERDICTS = (Verdict.FITS, Verdict.FITTED, Verdict.BELOW_FLOOR, Verdict.CANNOT_FIT)
"""What the asset and the limits decide. A refusal may have been a matter of time or memory, a failure of the disk."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An outcome as it was made, with the bytes and suffixes of the rendition and its companions."""

    outcome: Outcome
    files: tuple[tuple[str, bytes], ...]


def kind_key(sha256: str, job: Job) -> str:
    """Name the entry that says of which kind an asset is: that decides which of a route's limits count."""
    on = f"{job.options.still} {_judged(job.bounds)} {engine()}"
    return hashlib.sha256(f"kind {sha256} {on}".encode()).hexdigest()


def outcome_key(sha256: str, kind: KindName, route: Route, job: Job) -> str:
    """Name the entry of an outcome. The asset's suffix counts: a wrong one is warned of."""
    on = terms(route.limits_for(kind), job.options, available=route.available)
    suffix = job.path.suffix.lower() if job.source_url is None else Path(job.source_url).suffix.lower()
    return rendition_key(f"{sha256}{suffix} {_judged(job.bounds)}", on)


def _judged(bounds: Bounds) -> str:
    """Name the bounds that an asset is judged by. What the work may take is no matter: nothing is spent on an entry."""
    return str(replace(bounds, **_SPENT))


def origin_key(sha256: str) -> str:
    """Name the entry that says what a rendition was made from."""
    return hashlib.sha256(f"origin {sha256}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Origin:
    """What a rendition was made from: an asset's path and hash, its kind, and whether only a part of it was kept."""

    path: str
    sha256: str
    kind: str
    whole: bool

    @classmethod
    def read(cls, data: bytes | None) -> Origin | None:
        """Unpack; None where there is nothing, or something damaged."""
        try:
            return None if data is None else cls(**json.loads(data))
        except (ValueError, TypeError):
            return None

    def packed(self) -> bytes:
        """Pack."""
        return json.dumps({"path": self.path, "sha256": self.sha256, "kind": self.kind, "whole": self.whole}).encode()


def keep(cache: Store, key: str, outcome: Outcome, route: Route) -> None:
    """Put an outcome with its files into a cache; a copy of the asset's own bytes is not kept twice."""
    outputs = [outcome.output, *(companion.output for companion in outcome.companions)]
    types = [outcome.media_type, *(companion.media_type for companion in outcome.companions)]
    files = [(_suffix(n, t), Path(n).read_bytes()) for n, t in zip(outputs, types, strict=True) if n is not None]
    plain = replace(outcome, warnings=_without(outcome.warnings, route.warnings), shared_with=())
    head = border.packed((plain, tuple((suffix, len(data)) for suffix, data in files)))
    begin = _HEAD.pack(hashlib.sha256(head).digest(), len(head))
    cache.put(key, b"".join((begin, head, *(data for _, data in files))))


def _suffix(name: str, media_type: str | None) -> str:
    """Give the suffix of a type: the file may have been called anything, or wait for its bytes to be read."""
    usual = SUFFIXES.get(media_type or "")
    return f".{usual[0]}" if usual else Path(name).suffix


def find(cache: Store, key: str) -> Stored | None:
    """Give what is kept under a key; None where there is nothing, or something damaged."""
    data = cache.get(key)
    if data is None or len(data) < _HEAD.size:
        return None
    digest, length = _HEAD.unpack_from(data)
    end = _HEAD.size + length
    head = data[_HEAD.size : end]
    if hashlib.sha256(head).digest() != digest:
        return None
    try:
        outcome, sizes = border.value_of(head)
        parts = [(str(suffix), int(size)) for suffix, size in sizes]
    except (border.Forged, ValueError, TypeError):  # whole, but of another version
        return None
    if not isinstance(outcome, Outcome) or any(size < 0 for _, size in parts):
        return None
    files = []
    for suffix, size in parts:
        files.append((suffix, data[end : end + size]))
        end += size
    hashes = [outcome.output_sha256] if outcome.output is not None else []
    hashes += [companion.sha256 for companion in outcome.companions]
    whole = [hashlib.sha256(content).hexdigest() for _, content in files] == hashes
    return Stored(outcome, tuple(files)) if whole and end == len(data) else None


def on_route(kept: Stored, job: Job, route: Route, outputs: Sequence[str | None]) -> Outcome:
    """Give a kept outcome as this job's on a route of the same limits; figures are said to be this route's."""
    old = kept.outcome
    kind = old.kind or KindName.DOCUMENT
    limits = route.limits_for(kind)
    companions: tuple[Companion, ...] = tuple(
        replace(companion, output=output)
        for companion, output in zip(old.companions, outputs[1:], strict=True)
        if output
    )
    own = judge.on_route(old, route, limits)
    return replace(
        own,
        asset=job.asset,
        warnings=own.warnings + route.warnings,
        output=outputs[0] if outputs else None,
        companions=companions,
        reused="cache",
    )


def _without(warnings: tuple[Finding, ...], last: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return warnings[: len(warnings) - len(last)] if last and warnings[-len(last) :] == last else warnings
