"""Boxes of ISO base media files (ISO/IEC 14496-12 section 4.2) held in memory, and the tables inside them."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator

from mediaprep.errors import AssetError
from mediaprep.kinds._bounded import uint, unreadable

MAX_CHILDREN = 10_000
"""Boxes directly inside one box; long iTunes tag lists have some hundred."""

Span = tuple[int, int]
"""Where a box's body begins and ends in the bytes that hold it."""


def boxes(data: bytes, start: int, end: int, *, lenient: bool = False) -> Iterator[tuple[bytes, int, int]]:
    """Give type, begin and end of the body of each box between ``start`` and ``end``.

    A box that passes the end of its parent raises AssetError ``unreadable``, or ends the list where
    ``lenient`` (user data and sample descriptions are padded with zeros by QuickTime and cameras).
    """
    at = start
    for _ in range(MAX_CHILDREN):
        if at + 8 > end:
            return
        size, body = int.from_bytes(data[at : at + 4], "big"), at + 8
        if size == 1:
            size, body = uint(data, at + 8, 8), at + 16
        elif size == 0:
            if lenient:
                return
            size = end - at
        if size < body - at or at + size > end:
            if lenient:
                return
            raise unreadable(f"the box {name(data[at + 4 : at + 8])} does not fit into the box around it")
        yield data[at + 4 : at + 8], body, at + size
        at += size
    raise AssetError(
        "header_bound", f"more than {MAX_CHILDREN:,} boxes in one box", allowed=MAX_CHILDREN, actual=MAX_CHILDREN + 1
    )


def child(data: bytes, span: Span, kind: bytes) -> Span | None:
    """Find the first box of one type inside another; None if there is none."""
    for found, start, end in boxes(data, *span, lenient=True):
        if found == kind:
            return start, end
    return None


def name(kind: bytes) -> str:
    """Print a box type, whatever bytes it is made of."""
    return "'" + "".join(chr(byte) if 32 <= byte < 127 else "?" for byte in kind) + "'"


def words(data: bytes, start: int, end: int, *, width: int = 4) -> array[int]:
    """Read big-endian unsigned numbers of ``width`` 4 or 8 bytes, as many as fit."""
    table: array[int] = array("I" if width == 4 else "Q")
    table.frombytes(data[start : start + (end - start) // width * width])
    if sys.byteorder == "little":
        table.byteswap()
    return table
