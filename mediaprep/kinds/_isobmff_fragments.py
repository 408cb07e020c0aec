"""Movie fragments (`moof`, ISO/IEC 14496-12 section 8.8): sample tables of a file written as it is recorded."""

from __future__ import annotations

from dataclasses import dataclass, field

from mediaprep.errors import AssetError
from mediaprep.kinds._bounded import uint
from mediaprep.kinds._isobmff_boxes import Span, boxes, child
from mediaprep.kinds._isobmff_samples import MAX_PACES

MAX_RUN_SAMPLES = 100_000
"""Samples of one run: a second of 96 kHz sound in samples of one frame each."""

MAX_SAMPLES = 3_000_000
"""Samples of one track in all its fragments: 17 hours of AAC."""


@dataclass(slots=True)
class Run:
    """What the fragments of one track add up to; ``durations`` are (how many, ticks each)."""

    default_ticks: int = 0
    default_bytes: int = 0
    count: int = 0
    ticks: int = 0
    start: int | None = None
    size_bytes: int = 0
    reordered: bool = False
    durations: dict[int, int] = field(default_factory=dict)


def read_defaults(data: bytes, movie: Span) -> tuple[dict[int, Run], int]:
    """Read `mvex`: each track's defaults, and the whole duration in movie ticks (0 where it is not told)."""
    runs: dict[int, Run] = {}
    duration = 0
    extends = child(data, movie, b"mvex")
    if extends is None:
        return runs, 0
    for kind, start, end in boxes(data, *extends, lenient=True):
        if kind == b"trex" and end - start >= 24:
            runs[uint(data, start + 4, 4)] = Run(
                default_ticks=uint(data, start + 12, 4), default_bytes=uint(data, start + 16, 4)
            )
        elif kind == b"mehd":
            duration = uint(data, start + 4, 8 if uint(data, start, 1) == 1 else 4)
    return runs, duration


def add_fragment(data: bytes, runs: dict[int, Run]) -> None:
    """Add one `moof` (its body) to the sums of its tracks."""
    for kind, start, end in boxes(data, 0, len(data)):
        if kind == b"traf":
            _add_track(data, (start, end), runs)


def _add_track(data: bytes, span: Span, runs: dict[int, Run]) -> None:
    run, ticks, size = None, 0, 0
    for kind, start, end in boxes(data, *span):
        if kind == b"tfhd":
            flags, number = uint(data, start + 1, 3), uint(data, start + 4, 4)
            run = runs.get(number)
            if run is None:
                return
            ticks, size = run.default_ticks, run.default_bytes
            at = start + 8 + (8 if flags & 1 else 0) + (4 if flags & 2 else 0)
            if flags & 8:
                ticks, at = uint(data, at, 4), at + 4
            if flags & 0x10:
                size = uint(data, at, 4)
        elif kind == b"tfdt" and run is not None:
            time = uint(data, start + 4, 8 if uint(data, start, 1) == 1 else 4)
            run.start = time if run.start is None else min(run.start, time)
        elif kind == b"trun" and run is not None:
            _add_run(data, (start, end), run, ticks, size)


def _add_run(data: bytes, span: Span, run: Run, ticks: int, size: int) -> None:
    flags, count = uint(data, span[0] + 1, 3), uint(data, span[0] + 4, 4)
    at = span[0] + 8 + (4 if flags & 1 else 0) + (4 if flags & 4 else 0)
    step = 4 * ((flags >> 8) & 15).bit_count()
    if step == 0:
        count = min(count, MAX_RUN_SAMPLES)
        _add(run, count, ticks, size)
        return
    count = min(count, (span[1] - at) // step, MAX_RUN_SAMPLES)
    offsets = set()
    for index in range(count):
        here = at + index * step
        own_ticks, own_size = ticks, size
        if flags & 0x100:
            own_ticks, here = uint(data, here, 4), here + 4
        if flags & 0x200:
            own_size, here = uint(data, here, 4), here + 4
        if flags & 0x400:
            here += 4
        if flags & 0x800:
            offsets.add(uint(data, here, 4))
        _add(run, 1, own_ticks, own_size)
    run.reordered = run.reordered or len(offsets) > 1


def _add(run: Run, count: int, ticks: int, size: int) -> None:
    run.count += count
    run.ticks += count * ticks
    run.size_bytes += count * size
    if ticks in run.durations or len(run.durations) < MAX_PACES:
        run.durations[ticks] = run.durations.get(ticks, 0) + count
    if run.count > MAX_SAMPLES:
        raise AssetError(
            "header_bound",
            f"a track's fragments have more than {MAX_SAMPLES:,} samples",
            allowed=MAX_SAMPLES,
            actual=run.count,
        )
