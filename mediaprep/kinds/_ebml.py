"""EBML elements (RFC 8794): identifiers, sizes and values, read with bounds."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from mediaprep.kinds._bounded import Bounded, unreadable


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its identifier with marker bits, and where its body lies; ``known`` is False for a live stream's."""

    id: int
    start: int
    end: int
    known: bool = True


def element_at(source: Bounded, at: int, end: int) -> Element | None:
    """Read the element that begins at ``at``; None at the end, or where a header is cut off by it.

    An element of unknown size ends with its parent (``end``). Raises AssetError ``unreadable`` for
    what is no identifier or no size.
    """
    source.step()
    head = source.upto(at, min(12, end - at))
    if len(head) < 2:
        return None
    width = 9 - head[0].bit_length()
    if head[0] == 0 or width > 4:
        raise unreadable(f"byte {at:,} of the file does not begin an EBML element")
    number = int.from_bytes(head[:width], "big")
    if len(head) <= width:
        return None
    first = head[width]
    if first == 0:
        raise unreadable(f"the element at byte {at:,} has no readable size")
    size_width = 9 - first.bit_length()
    raw = head[width : width + size_width]
    if len(raw) < size_width:
        return None
    ones = (1 << (7 * size_width)) - 1
    size = int.from_bytes(raw, "big") & ones
    start = at + width + size_width
    if size == ones:
        return Element(number, start, end, known=False)
    return Element(number, start, start + size)


def children(source: Bounded, start: int, end: int) -> Iterator[Element]:
    """Give the elements inside a parent, which may be longer than the file; unknown sizes end the list."""
    at = start
    while at < min(end, source.size):
        element = element_at(source, at, end)
        if element is None:
            return
        yield element
        if not element.known:
            return
        at = element.end


def body(source: Bounded, element: Element, limit: int = 65_536) -> bytes:
    """Read an element's bytes, at most ``limit`` of them."""
    return source.upto(element.start, min(element.end - element.start, limit))


def number(source: Bounded, element: Element) -> int:
    """Read an unsigned integer; an empty element is 0."""
    return int.from_bytes(body(source, element, 8), "big")


def real(source: Bounded, element: Element) -> float:
    """Read a float of 0, 4 or 8 bytes; raises AssetError ``unreadable`` for other sizes and for what is no number."""
    data = body(source, element, 9)
    if not data:
        return 0.0
    if len(data) not in (4, 8):
        raise unreadable("a number in the file's header has an impossible size")
    value: float = struct.unpack(">f" if len(data) == 4 else ">d", data)[0]
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124  # NaN is the one value unlike itself
        raise unreadable("a number in the file's header is not finite")
    return value


def text(source: Bounded, element: Element) -> str:
    """Read a string without its padding."""
    return body(source, element, 1_024).split(b"\0")[0].decode("utf-8", "replace")
