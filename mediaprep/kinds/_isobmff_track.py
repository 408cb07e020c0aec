"""One track of an ISO base media file (`trak`): how long, how many samples, which codec, which way up."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mediaprep.errors import AssetError
from mediaprep.kinds._bounded import uint, unreadable
from mediaprep.kinds._isobmff_boxes import Span, boxes, child, words
from mediaprep.kinds._isobmff_codecs import ENCRYPTED, PictureEntry, SoundEntry, picture_entry, sound_entry
from mediaprep.kinds._isobmff_samples import Samples, read_samples

Matrix = tuple[float, float, float, float]
UPRIGHT: Matrix = (1.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One track; ``edits`` are (duration in movie ticks, media time or -1 for an empty edit)."""

    number: int
    handler: bytes
    entry_kind: bytes
    enabled: bool
    matrix: Matrix
    timescale: int
    media_ticks: int
    samples: Samples
    edits: tuple[tuple[int, int], ...]
    picture: PictureEntry | None = None
    sound: SoundEntry | None = None
    chapters: tuple[int, ...] = ()


def read_track(data: bytes, span: Span) -> Track | None:
    """Read a `trak` box; None for one without media.

    Raises AssetError ``encrypted``, ``points_elsewhere`` (its samples are in another file) and
    ``unreadable``.
    """
    head, media = child(data, span, b"tkhd"), child(data, span, b"mdia")
    if media is None:
        return None
    media_head, handler = child(data, media, b"mdhd"), child(data, media, b"hdlr")
    if media_head is None or handler is None:
        return None
    timescale, media_ticks = _media_head(data, media_head[0])
    kind = data[handler[0] + 8 : handler[0] + 12]
    info = child(data, media, b"minf")
    table = child(data, info, b"stbl") if info else None
    description = child(data, table, b"stsd") if table else None
    entry = next(iter(boxes(data, description[0] + 8, description[1], lenient=True)), None) if description else None
    wanted = kind in {b"vide", b"soun"}
    if entry is not None and wanted:
        _refuse_protected(data, entry)
        _refuse_external(data, info, uint(data, entry[1] + 6, 2))
    number, enabled, matrix = _track_head(data, head) if head else (0, True, UPRIGHT)
    return Track(
        number=number,
        handler=kind,
        entry_kind=entry[0] if entry else b"",
        enabled=enabled,
        matrix=matrix,
        timescale=timescale,
        media_ticks=media_ticks,
        samples=read_samples(data, table) if table else Samples(),
        edits=_edits(data, span),
        picture=picture_entry(data, *entry) if entry and kind == b"vide" else None,
        sound=sound_entry(data, *entry) if entry and kind == b"soun" else None,
        chapters=_chapters(data, span),
    )


def rotation_deg(matrix: Matrix) -> int:
    """Give the clockwise quarter turn of a display matrix: 0, 90, 180 or 270."""
    a, b, _, _ = matrix
    if a == 0 and b == 0:
        return 0
    return round(math.degrees(math.atan2(b, a)) / 90) * 90 % 360


def multiplied(inner: Matrix, outer: Matrix) -> Matrix:
    """Apply the movie's matrix after the track's."""
    a, b, c, d = inner
    e, f, g, h = outer
    return a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h


def read_matrix(data: bytes, at: int) -> Matrix:
    """Read the turn and scale of a 3 by 3 display matrix of 16.16 numbers."""
    a, b, c, d = (_fixed(data, at + step) for step in (0, 4, 12, 16))
    return a, b, c, d


def _fixed(data: bytes, at: int) -> float:
    value = uint(data, at, 4)
    return (value - (1 << 32) if value >> 31 else value) / 65_536


def _media_head(data: bytes, at: int) -> tuple[int, int]:
    wide = data[at] == 1 if at < len(data) else False
    timescale = uint(data, at + (20 if wide else 12), 4)
    ticks = uint(data, at + (24 if wide else 16), 8 if wide else 4)
    if timescale == 0 or timescale >> 31:
        raise unreadable(f"a track's clock has {timescale} ticks a second")
    return timescale, 0 if ticks in {0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF} else ticks


def _track_head(data: bytes, span: Span) -> tuple[int, bool, Matrix]:
    at = span[0]
    wide = uint(data, at, 1) == 1
    enabled = bool(uint(data, at + 3, 1) & 1)
    number = uint(data, at + (20 if wide else 12), 4)
    return number, enabled, read_matrix(data, at + (52 if wide else 40))


def _edits(data: bytes, span: Span) -> tuple[tuple[int, int], ...]:
    outer = child(data, span, b"edts")
    found = child(data, outer, b"elst") if outer else None
    if found is None:
        return ()
    at = found[0]
    wide = uint(data, at, 1) == 1
    step, field = (20, 8) if wide else (12, 4)
    count = min(uint(data, at + 4, 4), (found[1] - at - 8) // step, 1_000)
    edits = []
    for index in range(count):
        here = at + 8 + index * step
        time = int.from_bytes(data[here + field : here + 2 * field], "big", signed=True)
        edits.append((uint(data, here, field), time))
    return tuple(edits)


def _chapters(data: bytes, span: Span) -> tuple[int, ...]:
    references = child(data, span, b"tref")
    found = child(data, references, b"chap") if references else None
    return tuple(words(data, *found)[:100]) if found else ()


def _refuse_protected(data: bytes, entry: tuple[bytes, int, int]) -> None:
    if entry[0] in ENCRYPTED:
        raise AssetError("encrypted", "a track is encrypted, so nothing in it can be decoded")
    header = 28 if entry[0][:3] in {b"mp4", b"alac"} else 78
    if any(kind == b"sinf" for kind, _, _ in boxes(data, entry[1] + header, entry[2], lenient=True)):
        raise AssetError("encrypted", "a track carries protection, so nothing in it can be decoded")


def _refuse_external(data: bytes, info: Span | None, index: int) -> None:
    """Refuse a track whose samples lie in another file (a QuickTime reference movie)."""
    outer = child(data, info, b"dinf") if info else None
    found = child(data, outer, b"dref") if outer else None
    if found is None:
        return
    for position, (_, at, stop) in enumerate(boxes(data, found[0] + 8, found[1], lenient=True), start=1):
        if position == index and stop - at >= 4 and not data[at + 3] & 1:
            raise AssetError(
                "points_elsewhere", "a track's pictures or sound are in another file that this one points at"
            )
