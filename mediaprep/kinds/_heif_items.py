"""How far into its file the picture of a HEIC or AVIF reaches (ISO/IEC 14496-12 section 8.11, 23008-12 section 6).

libheif leaves tiles that are missing grey and says nothing: of a phone's picture, which is a grid of some 48 tiles, a
file that was cut at 14 % decoded to one good row.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from mediaprep.errors import AssetError
from mediaprep.kinds._bounded import Bounded, uint
from mediaprep.kinds._isobmff_boxes import Span, boxes

_META_BYTES = 8_000_000
_MOST_ITEMS = 10_000
_OUTER = 64
"""Boxes looked at before ``meta``, which stands second in every file seen."""


def picture_end(file: Bounded) -> int | None:
    """Give the last byte that the primary picture and its tiles need; None where the tables cannot be read."""
    try:
        meta, found = tables(file)
        if not {b"pitm", b"iloc"} <= found.keys():
            return None
        needed = set(items_needed(meta, found))
        return max((end for item, end in _ends(meta, found[b"iloc"]) if item in needed), default=None)
    except (AssetError, IndexError):
        return None


def items_needed(meta: bytes, found: dict[bytes, Span]) -> tuple[int, ...]:
    """Give the primary picture's item, then those that it is made of; ``found`` are the boxes of ``meta``."""
    primary = primary_item(meta, found)
    return primary, *sorted(_tiles(meta, found.get(b"iref"), primary) - {primary})


def primary_item(meta: bytes, found: dict[bytes, Span]) -> int:
    """Give the number of the item that is the file's picture; ``found`` are the boxes of ``meta``."""
    start, _ = found[b"pitm"]
    return uint(meta, start + 4, 4 if meta[start] else 2)


def properties(meta: bytes, found: dict[bytes, Span]) -> dict[int, list[tuple[bytes, int, int]]]:
    """Give each item's properties in their order (ISO/IEC 23008-12 9.3): type, begin and end in ``meta``."""
    inner = list(boxes(meta, *found[b"iprp"], lenient=True)) if b"iprp" in found else []
    listed = [box for kind, start, end in inner if kind == b"ipco" for box in boxes(meta, start, end, lenient=True)]
    held: dict[int, list[tuple[bytes, int, int]]] = {}
    for kind, start, end in inner:
        if kind == b"ipma":
            for item, numbers in _rows(meta, (start, end)):
                held.setdefault(item, []).extend(listed[i - 1] for i in numbers if 0 < i <= len(listed))
    return held


def _rows(meta: bytes, span: Span) -> Iterator[tuple[int, list[int]]]:
    """Give each row of a table of properties: the item, and the numbers of what it has, from 1."""
    at = span[0]
    version, wide = meta[at], meta[at + 3] & 1
    count, at = uint(meta, at + 4, 4), at + 8
    for _ in range(min(count, _MOST_ITEMS)):
        item, at = uint(meta, at, 4 if version else 2), at + (4 if version else 2)
        number, at = meta[at], at + 1
        width = 2 if wide else 1
        mask = 0x7FFF if wide else 0x7F
        yield item, [uint(meta, at + width * i, width) & mask for i in range(number)]
        at += width * number
        if at > span[1]:
            break


def tables(file: Bounded) -> tuple[bytes, dict[bytes, Span]]:
    """Read the body of the ``meta`` box, and say where the boxes in it lie."""
    meta = _meta(file)
    return meta, {kind: (start, end) for kind, start, end in boxes(meta, 4, len(meta), lenient=True)}


def metadata_homes(meta: bytes) -> tuple[str, ...]:
    """Name the metadata that a ``meta`` box lists, by the type codes of its items; readers make up EXIF of turns."""
    kinds = ((b"Exif", "exif"), (b"application/rdf+xml", "xmp"))
    return tuple(home for code, home in kinds if code in meta)


def _meta(file: Bounded) -> bytes:
    """Read the body of the ``meta`` box; empty where there is none among the first boxes."""
    at = 0
    for _ in range(_OUTER):
        head = file.upto(at, 16)
        if len(head) < 8:
            break
        (size, kind), skip = struct.unpack_from(">I4s", head), 8
        if size == 1 and len(head) == 16:
            size, skip = int.from_bytes(head[8:], "big"), 16
        if kind == b"meta":
            return file.upto(at + skip, min(size - skip if size else file.size, _META_BYTES))
        if size < skip:
            break
        at += size
    return b""


def _tiles(meta: bytes, span: Span | None, primary: int) -> set[int]:
    """Give what the primary picture is derived from: the tiles of a grid, layers, a picture that is turned."""
    if span is None:
        return set()
    width = 4 if meta[span[0]] else 2
    links: dict[int, list[int]] = {}
    for kind, start, end in boxes(meta, span[0] + 4, span[1], lenient=True):
        if kind == b"dimg":
            first = start + width + 2
            count = min(uint(meta, start + width, 2), max(end - first, 0) // width)  # no more than the box holds
            links[uint(meta, start, width)] = [uint(meta, first + width * i, width) for i in range(count)]
    found: set[int] = set()
    waiting = [primary]
    while waiting:
        new = set(links.get(waiting.pop(), ())) - found
        found.update(new)
        waiting += new
    return found


def _ends(meta: bytes, span: Span) -> list[tuple[int, int]]:
    """Give each item that lies in the file itself with the last byte of its extents."""
    at, _ = span
    version = meta[at]
    offset_bytes, length_bytes = meta[at + 4] >> 4, meta[at + 4] & 15
    base_bytes, index_bytes = meta[at + 5] >> 4, meta[at + 5] & 15 if version else 0
    wide = 4 if version == 2 else 2
    count, at = uint(meta, at + 6, wide), at + 6 + wide
    found = []
    for _ in range(count):
        item, at = uint(meta, at, wide), at + wide
        in_file = not version or not meta[at + 1] & 15  # else in `idat`, or in another item
        at += (2 if version else 0) + 2
        base, at = uint(meta, at, base_bytes), at + base_bytes
        extents, at = uint(meta, at, 2), at + 2
        if not index_bytes + offset_bytes + length_bytes:
            extents = min(extents, 1)  # rows without bytes: any number of them says the same
        for _ in range(extents):
            at += index_bytes
            offset, length = uint(meta, at, offset_bytes), uint(meta, at + offset_bytes, length_bytes)
            at += offset_bytes + length_bytes
            if in_file:
                found.append((item, base + offset + length))
    return found
