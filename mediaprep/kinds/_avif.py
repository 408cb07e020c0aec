"""Image sequences in ISO base media files (ISO/IEC 23008-12 section 7: AVIF and HEIC). No pixel is decoded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mediaprep.formats import brand, compatible_brands
from mediaprep.kinds._animated import Walk
from mediaprep.kinds._bounded import Bounded, uint
from mediaprep.kinds._heif_colour import Coding
from mediaprep.kinds._heif_items import metadata_homes
from mediaprep.kinds._heif_shape import AS_IT_IS, Shown, of_boxes

AVIF_BRANDS = frozenset({"avis"})
HEIC_BRANDS = frozenset({"hevc", "hevx", "hevm", "hevs"})
"""Brands of sequences; each of them may stand behind the major brand ``msf1``."""

_MAX_TABLE_BYTES = 16_000_000
_MAX_PROFILE_BYTES = 1_000_000
_META_BYTES = 1_000_000
_PICTURE_ENTRY_BYTES = 78
"""What stands before the boxes in a description of pictures (14496-12 section 12.1.3)."""

_WHOLE_TRACK = (0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF)
"""A track duration of all ones means that it repeats for ever (AVIF 1.1 section 4.2, as libavif writes it)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Track:
    """One track: what it shows (``pict`` pictures, ``auxv`` alpha), its size, and its samples' delays."""

    handler: bytes
    width: int = 0
    height: int = 0
    delays_ms: tuple[float, ...] = ()
    plays: int = 1
    coding: Coding | None = None
    profile: bytes | None = None
    shown: Shown = AS_IT_IS


def is_avif_sequence(head: bytes) -> bool:
    """Match a file whose brands promise an AVIF sequence."""
    return bool(AVIF_BRANDS & set(compatible_brands(head)))


def is_heic_sequence(head: bytes) -> bool:
    """Match a file whose major brand is that of a HEIC sequence (a still with a sequence beside it stays a still)."""
    major = brand(head)
    return major in HEIC_BRANDS or (major == "msf1" and bool(HEIC_BRANDS & set(compatible_brands(head))))


def walk(file: Bounded, enough: int) -> Walk | None:
    """Read the tracks' tables, up to ``enough`` frames; None where there is no picture track.

    A sequence that ends early has ``broken`` set; it is not salvaged, because its index stands apart
    from its frames. Raises AssetError for tables that contradict themselves.
    """
    tracks: list[_Track] = []
    homes: tuple[str, ...] = ()
    broken = None
    for name, start, stop in _boxes(file, 0, file.size):
        if stop > file.size:
            broken = f"the file ends inside the box at byte {start:,}"
        elif name == b"moov":
            tracks += [
                _track(file, at, end, enough) for inner, at, end in _boxes(file, start, stop) if inner == b"trak"
            ]
        elif name == b"meta":
            homes = metadata_homes(file.upto(start, min(stop - start, _META_BYTES)))
    pictures = [track for track in tracks if track.handler == b"pict" and track.delays_ms]
    if not pictures:
        return None
    track = pictures[0]
    aperture = track.shown.aperture
    part = aperture.within((track.width, track.height)) if aperture is not None else None
    return Walk(
        width=part[2] - part[0] if part else track.width,
        height=part[3] - part[1] if part else track.height,
        part=part,
        orientation=track.shown.orientation,
        decoded_pixels=track.width * track.height,
        delays_ms=track.delays_ms,
        plays=track.plays,
        transparent=any(other.handler == b"auxv" for other in tracks),
        end=file.size,
        metadata=homes,
        coding=track.coding,
        profile=track.profile,
        broken=broken,
    )


def has_sound(file: Bounded) -> bool:
    """Say whether a sound track goes with the pictures."""
    for name, start, stop in _boxes(file, 0, file.size):
        if name == b"moov":
            return any(
                _track(file, at, end, 0).handler == b"soun"
                for inner, at, end in _boxes(file, start, min(stop, file.size))
                if inner == b"trak"
            )
    return False


def _boxes(file: Bounded, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Give name, start and end of each box's content in a range; the last one's end may lie beyond the file's."""
    while at + 8 <= end:
        file.step()
        head = file.upto(at, 16)
        size, name, start = uint(head, 0, 4), head[4:8], at + 8
        if size == 1:
            size, start = uint(head, 8, 8), at + 16
        elif size == 0:
            size = end - at
        if size < start - at:
            return
        yield name, start, at + size
        at += size


def _children(file: Bounded, start: int, stop: int) -> dict[bytes, tuple[int, int]]:
    """Give the first box of each name in a range, ends clipped to it."""
    found: dict[bytes, tuple[int, int]] = {}
    for name, at, end in _boxes(file, start, stop):
        found.setdefault(name, (at, min(end, stop)))
    return found


def _track(file: Bounded, start: int, stop: int, enough: int) -> _Track:
    boxes = _children(file, start, stop)
    media = _children(file, *boxes.get(b"mdia", (0, 0)))
    handler = file.upto(media[b"hdlr"][0] + 8, 4) if b"hdlr" in media else b""
    if handler != b"pict" or not {b"tkhd", b"mdia"} <= boxes.keys() or not {b"mdhd", b"minf"} <= media.keys():
        return _Track(handler=handler)
    header = _content(file, boxes[b"tkhd"])
    wide = uint(header, 0, 1)
    duration = uint(header, 28, 8) if wide else uint(header, 20, 4)
    width, height = uint(header, len(header) - 8, 4) >> 16, uint(header, len(header) - 4, 4) >> 16
    timing = _content(file, media[b"mdhd"])
    timescale = uint(timing, 20 if uint(timing, 0, 1) else 12, 4)
    information = _children(file, *media[b"minf"])
    table = _children(file, *information.get(b"stbl", (0, 0)))
    delays = _delays(_content(file, table[b"stts"]), timescale, enough) if b"stts" in table else ()
    properties = _properties(file, table.get(b"stsd"))
    coding, profile = _colours(properties)
    return _Track(
        handler=handler,
        width=width,
        height=height,
        delays_ms=delays,
        plays=_plays(file, boxes.get(b"edts"), duration),
        coding=coding,
        profile=profile,
        shown=of_boxes(properties),
    )


def _properties(file: Bounded, description: tuple[int, int] | None) -> list[tuple[bytes, bytes]]:
    """Read what the samples' first description says of colours, crop and turns, in its order (14496-12 12.1)."""
    if description is None:
        return []
    for _, start, stop in _boxes(file, description[0] + 8, description[1]):
        return [
            (kind, file.upto(at, min(end - at, _MAX_PROFILE_BYTES)))
            for kind, at, end in _boxes(file, start + _PICTURE_ENTRY_BYTES, min(stop, description[1]))
            if kind in (b"colr", b"clap", b"irot", b"imir")
        ]
    return []


def _colours(properties: list[tuple[bytes, bytes]]) -> tuple[Coding | None, bytes | None]:
    """Give the colours, in numbers or as a profile (14496-12 section 12.1.5)."""
    told = next((body for kind, body in properties if kind == b"colr"), b"")
    if told.startswith((b"prof", b"rICC")):
        return None, told[4:]
    stated = told.startswith(b"nclx") and len(told) >= 8
    return (Coding(uint(told, 4, 2), uint(told, 6, 2)) if stated else None), None


def _content(file: Bounded, box: tuple[int, int]) -> bytes:
    return file.exactly(box[0], min(box[1] - box[0], _MAX_TABLE_BYTES))


def _delays(table: bytes, timescale: int, enough: int) -> tuple[float, ...]:
    """Expand the time-to-sample table (14496-12 section 8.6.1.2): runs of samples with one duration."""
    delays: list[float] = []
    for row in range(min(uint(table, 4, 4), (len(table) - 8) // 8)):
        count = min(uint(table, 8 + 8 * row, 4), enough - len(delays))
        delays += [uint(table, 12 + 8 * row, 4) * 1000 / (timescale or 1)] * count
    return tuple(delays)


def _plays(file: Bounded, edit: tuple[int, int] | None, duration: int) -> int:
    """Count plays: an edit list with its first flag set repeats its one segment over the track's duration.

    Without a list nothing is said of it, and browsers play such a sequence for ever.
    """
    lists = _children(file, *edit) if edit else {}
    if b"elst" not in lists:
        return 0
    data = _content(file, lists[b"elst"])
    if not uint(data, 3, 1) & 1:
        return 1
    segment = uint(data, 8, 8 if uint(data, 0, 1) else 4)
    return 0 if duration in _WHOLE_TRACK or segment == 0 else -(-duration // segment)
