"""Messages that makers write into coded pictures (SEI, H.264 clause 7.3.2.3 and annex D, H.265 annex D).

"User data unregistered" is where drones, body cameras and phones put places, serial numbers and times, sometimes in
every frame; a new wrapper keeps it. Here its text is overwritten where it stands: every length, every other message
(captions, timing) and every pixel stay as they were.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path

from mediaprep.errors import AssetError
from mediaprep.kinds._isobmff_boxes import Span, boxes, child
from mediaprep.kinds._isobmff_samples import MAX_ROWS, places

_UNREGISTERED = 5
_ID_BYTES = 16
_SETTINGS = frozenset({
    bytes.fromhex("dc45e9bde6d948b7962cd820d923eeef"),  # x264
    bytes.fromhex("2ca2de09b51747dbbb55a4fe7fc2fc4e"),  # x265
    bytes.fromhex("47564adc5c4c433f94efc5113cd143a8"),  # Apple's encoder: 8 to 20 bytes of numbers in clips of its own
    bytes.fromhex("0387f44ecd0a4bdca1943ac3d49b171f"),  # Apple's encoder: one byte
})  # fmt: skip
"""Messages of these makers hold an encoder's settings, nothing about who filmed; players look at x264's version.
(Of 70 clips from phones, cameras and editors none had any other; 2026-11.)"""

_BLANK = 0x20


def speaks(path: Path) -> bool:
    """Say whether the pictures of an MP4, MOV or 3GP carry such a message; False where it cannot be walked."""
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return next(_texts(data), None) is not None


def silence(path: Path) -> None:
    """Overwrite the messages of a file of ours."""
    with path.open("r+b") as stream, mmap.mmap(stream.fileno(), 0) as data:
        for start, end in list(_texts(data)):
            for at in _told(data, start, end):
                data[at] = _BLANK


def _texts(data: mmap.mmap) -> Iterator[Span]:
    """Give where the texts of messages lie; they end quietly where the file is not as its index says."""
    movie = next(((start, end) for kind, start, end in _outer(data) if kind == b"moov"), None)
    if movie is None:
        return
    index = data[movie[0] : movie[1]]
    try:
        for kind, start, end in boxes(index, 0, len(index)):
            if kind == b"trak":
                yield from _of_track(data, index, (start, end), movie)
    except (AssetError, IndexError):
        return


def _outer(data: mmap.mmap) -> Iterator[tuple[bytes, int, int]]:
    at = 0
    while at + 8 <= len(data):
        size, body = int.from_bytes(data[at : at + 4], "big"), at + 8
        if size == 1:
            size, body = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
        end = at + size if size else len(data)
        if end < body:
            return
        yield data[at + 4 : at + 8], body, min(end, len(data))
        at = end


def _of_track(data: mmap.mmap, index: bytes, track: Span, movie: Span) -> Iterator[Span]:
    """Walk one track's pictures by its tables, which lie in ``movie``: no picture lies there itself."""
    table: Span | None = track
    for step in (b"mdia", b"minf", b"stbl"):
        table = child(index, table, step) if table is not None else None
    kinds = child(index, table, b"stsd") if table is not None else None
    if table is None or kinds is None:
        return
    for record, place, head in ((b"avcC", 4, 1), (b"hvcC", 21, 2)):
        at = index.find(record, *kinds)
        if at >= 0:
            width = (index[at + 4 + place] & 3) + 1
            walked = 0
            for number, (start, end) in enumerate(places(index, table)):
                walked += end - start
                if start >= len(data) or walked > 2 * len(data) or number > MAX_ROWS:
                    return  # a table that claims more than the file holds
                if start < movie[1] and end > movie[0]:
                    return  # one that points into itself: overwriting would change what it says
                yield from _of_sample(data, start, min(end, len(data)), width, head)


def _of_sample(data: mmap.mmap, start: int, end: int, width: int, head: int) -> Iterator[Span]:
    """Walk the units of one picture; ``head`` is 1 byte for H.264 and 2 for H.265."""
    while start + width + head < end:
        size = int.from_bytes(data[start : start + width], "big")
        start += width
        kind = data[start] & 31 if head == 1 else data[start] >> 1 & 63
        if kind in ((6,) if head == 1 else (39, 40)):
            yield from _of_unit(data, start + head, min(start + size, end))
        start += size


def _of_unit(data: mmap.mmap, start: int, end: int) -> Iterator[Span]:
    raw = [at for at in range(start, end) if not _is_guard(data, at, start)]  # the payload without its guards
    at = 0
    while at + 2 < len(raw):
        numbers = []
        for _ in range(2):  # the message's type, then its size
            number = 0
            while at < len(raw) and data[raw[at]] == 0xFF:
                number, at = number + 255, at + 1
            if at >= len(raw):
                return
            numbers.append(number + data[raw[at]])
            at += 1
        kind, size = numbers
        body = raw[at : at + size]
        if (
            kind == _UNREGISTERED
            and len(body) > _ID_BYTES
            and bytes(data[i] for i in body[:_ID_BYTES]) not in _SETTINGS
        ):
            yield body[_ID_BYTES], body[-1] + 1
        at += size


def _is_guard(data: mmap.mmap, at: int, start: int) -> bool:
    """Whether a byte is the 3 that keeps two zeros from looking like a start code."""
    return data[at] == 3 and at >= start + 2 and not data[at - 1] and not data[at - 2]


def _told(data: mmap.mmap, start: int, end: int) -> Iterator[int]:
    """Give the bytes to overwrite: all but guards, the zeros before one, and the byte behind it, which tell nothing."""
    kept: set[int] = set()
    for at in range(start, min(end + 1, len(data))):  # a guard behind two last zeros, too, is one for their sake
        if _is_guard(data, at, start - 2):
            kept.update((at - 2, at - 1, at, at + 1))
    yield from (at for at in range(start, end) if at not in kept and data[at] != _BLANK)
