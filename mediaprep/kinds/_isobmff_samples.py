"""The sample tables of one track (`stbl`, ISO/IEC 14496-12 section 8.6 and 8.7): how many, how long, how far."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from operator import add, sub

from mediaprep.errors import AssetError
from mediaprep.kinds._bounded import uint
from mediaprep.kinds._isobmff_boxes import Span, boxes, words

MAX_ROWS = 2_000_000
"""Rows of one table: nine hours of video at 60 frames a second."""

MAX_PACES = 1_000
"""Different durations of frames that are kept: far fewer already make a variable rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """A sample table in numbers: ``durations`` are (how many, ticks each), ``first`` is where the first sample is.

    ``end`` is the last byte of the file that the table needs, 0 where that cannot be told.
    """

    count: int = 0
    ticks: int = 0
    size_bytes: int | None = None
    durations: tuple[tuple[int, int], ...] = ()
    reordered: bool | None = None
    first: Span | None = None
    end: int = 0


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Sample sizes: one for all (``each``), or a table."""

    count: int
    each: int
    table: array[int]

    @property
    def total(self) -> int:
        return self.each * self.count if self.each else sum(self.table)

    def last(self, count: int) -> int:
        """Add up the last ``count`` samples."""
        count = min(count, self.count)
        return self.each * count if self.each else sum(self.table[len(self.table) - count :])


def read_samples(data: bytes, table: Span) -> Samples:
    """Read a sample table; raises AssetError ``unreadable`` where its boxes do not nest."""
    found = {kind: (start, end) for kind, start, end in boxes(data, *table)}
    count = ticks = 0
    pace: dict[int, int] = {}
    if times := found.get(b"stts"):
        pairs = words(data, *_rows(data, times, 8))
        for many, stated in zip(pairs[::2], pairs[1::2], strict=False):
            # a negative duration is a writer's slip (seen as 0xFFFFFFFF); it counts as none
            each = stated if stated < 1 << 31 else 0
            count += many
            ticks += many * each
            if each in pace or len(pace) < MAX_PACES:
                pace[each] = pace.get(each, 0) + many
    if times and len(pace) > 1 and _reordered(data, found.get(b"ctts")):
        pace = _shown_pace(data, times, found[b"ctts"]) or pace
    sizes = _read_sizes(data, found)
    first, end = _reach(data, found, sizes)
    return Samples(
        count=count,
        ticks=ticks,
        size_bytes=sizes.total if sizes else None,
        durations=tuple((many, each) for each, many in pace.items()),
        reordered=_reordered(data, found.get(b"ctts")),
        first=first,
        end=end,
    )


def places(data: bytes, table: Span) -> Iterator[Span]:
    """Give where in the file each sample of a table lies, in order; raises AssetError as ``read_samples`` does."""
    found = {kind: (start, end) for kind, start, end in boxes(data, *table)}
    sizes, chunks = _read_sizes(data, found), _chunks(data, found)
    if sizes is None or chunks is None:
        return
    offsets, rows = chunks
    runs = list(zip(rows[::3], rows[1::3], strict=False))
    run = sample = 0
    for number, offset in enumerate(offsets, 1):
        while run + 1 < len(runs) and number >= runs[run + 1][0]:
            run += 1
        at = offset
        for _ in range(runs[run][1]):
            if sample >= sizes.count:
                return
            end = at + (sizes.each or sizes.table[sample])
            yield at, end
            at, sample = end, sample + 1


def _shown_pace(data: bytes, times: Span, offsets: Span) -> dict[int, int]:
    """Count the gaps between frames as they are shown: where frames are reordered, those between decodings say less.

    (A phone's slow motion has decoding times 1 and 7,000 ticks apart, and every frame shown for 3,000.) Nothing where
    the two tables differ in length.
    """
    decoded: list[int] = []
    moved: list[int] = []
    now = 0
    pairs = words(data, *_rows(data, times, 8))
    for many, stated in zip(pairs[::2], pairs[1::2], strict=False):
        each = stated if stated < 1 << 31 else 0
        if len(decoded) + many > MAX_ROWS:
            return {}
        decoded += range(now, now + many * each, each) if each else [now] * many
        now += many * each
    pairs = words(data, *_rows(data, offsets, 8))
    for many, offset in zip(pairs[::2], pairs[1::2], strict=False):
        if len(moved) + many > MAX_ROWS:
            return {}
        moved += [offset - (1 << 32) if offset >> 31 else offset] * many
    if len(decoded) != len(moved):
        return {}
    shown = sorted(map(add, decoded, moved))
    gaps = Counter(map(sub, shown[1:], shown))
    return dict(gaps.most_common(MAX_PACES))


def _rows(data: bytes, span: Span, width: int) -> Span:
    """Give where the rows of a table box lie: after version, flags and count, and no more than it claims to have."""
    start, rows = span[0] + 8, uint(data, span[0] + 4, 4)
    end = min(span[1], start + width * rows)
    if end - start > width * MAX_ROWS:
        raise AssetError(
            "header_bound", f"a track's table has more than {MAX_ROWS:,} rows", allowed=MAX_ROWS, actual=rows
        )
    return start, end


def _reordered(data: bytes, span: Span | None) -> bool:
    """Say whether frames are shown in another order than they are decoded: composition offsets that differ."""
    if span is None:
        return False
    offsets = words(data, *_rows(data, span, 8))[1::2]
    return len(offsets) > 1 and offsets.count(offsets[0]) < len(offsets)


def _read_sizes(data: bytes, found: dict[bytes, Span]) -> _Sizes | None:
    span = found.get(b"stsz")
    if span is not None:
        each, count = uint(data, span[0] + 4, 4), uint(data, span[0] + 8, 4)
        start = span[0] + 12
        table = array("I") if each else words(data, start, min(span[1], start + 4 * count))
        return _Sizes(count if each else len(table), each, table)
    span = found.get(b"stz2")
    if span is None:
        return None
    width, count = uint(data, span[0] + 7, 1), uint(data, span[0] + 8, 4)
    raw = data[span[0] + 12 : min(span[1], span[0] + 12 + 2 * MAX_ROWS)]
    if width == 4:
        table = array("I", [half for byte in raw for half in (byte >> 4, byte & 15)][:count])
    elif width == 8:
        table = array("I", raw[:count])
    else:
        table = array("I", (int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw) - 1, 2)))[:count]
    return _Sizes(len(table), 0, table)


def _reach(data: bytes, found: dict[bytes, Span], sizes: _Sizes | None) -> tuple[Span | None, int]:
    """Give where the first sample lies, and the last byte that the last chunk needs."""
    chunks = _chunks(data, found)
    if chunks is None or sizes is None or not sizes.count:
        return None, 0
    offsets, rows = chunks
    first_bytes = sizes.each or (sizes.table[0] if sizes.table else 0)
    begin = offsets[0]
    end = max((max(offsets), offsets[-1] + sizes.last(rows[len(rows) // 3 * 3 - 2])))
    return (begin, begin + first_bytes), end


def _chunks(data: bytes, found: dict[bytes, Span]) -> tuple[array[int], array[int]] | None:
    """Give where chunks begin, and the rows that say how many samples each has; None where there are none."""
    span, width = found.get(b"stco"), 4
    if span is None:
        span, width = found.get(b"co64"), 8
    runs = found.get(b"stsc")
    if span is None or runs is None:
        return None
    offsets = words(data, *_rows(data, span, width), width=width)
    rows = words(data, *_rows(data, runs, 12))
    return (offsets, rows) if offsets and len(rows) >= 3 else None
