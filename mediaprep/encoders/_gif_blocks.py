"""The blocks that a GIF is made of (GIF89a specification), written; LZW comes from Pillow's C encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST_CS = 65_535
"""The longest delay one frame can state, in hundredths of a second."""

_KEEP, _CLEAR = 1 << 2, 2 << 2
"""Disposal 1: what a frame drew stays for the next, which is what makes transparency mean "as before". Disposal 2:
its whole rectangle is cleared when its time is over."""


def code_size(entries: int) -> int:
    """Give the bits that number ``entries`` colours (2 to 8): LZW starts with codes one bit longer.

    A small table is worth it: the codes of a frame of few pixels shrink from nine bits to as little as three.
    """
    return min(8, max(2, (entries - 1).bit_length()))


def table_bytes(colours: NDArray[np.uint8], bits: int) -> bytes:
    """Write a colour table of two to the power of ``bits`` entries, filled up with black."""
    raw = colours.astype("uint8").tobytes()
    return raw + bytes(3 * (1 << bits) - len(raw))


def header(size: tuple[int, int], colours: NDArray[np.uint8], bits: int, plays: int) -> bytes:
    """Write signature, canvas, global colour table and the play count (0 is for ever, 1 needs no block)."""
    width, height = size
    start = b"GIF89a" + _two(width) + _two(height) + bytes([0x80 | 0x70 | (bits - 1), 0, 0])
    start += table_bytes(colours, bits)
    if plays == 1:
        return start
    repeats = min(max(plays - 1, 0), 65_535)
    return start + b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + _two(repeats) + b"\0"


def frame(
    indices: NDArray[np.uint8],
    at: tuple[int, int],
    *,
    delay_cs: int,
    clear: int | None,
    bits: int,
    table: NDArray[np.uint8] | None = None,
    disposed: bool = False,
) -> bytes:
    """Write one frame at ``at`` (left, top); ``clear`` is the index that shows what was there before.

    ``table`` is a colour table of the frame's own; ``disposed`` clears its rectangle when its time is over. A delay
    above LONGEST_CS goes on in frames of one clear pixel, the last of which then has the rectangle to clear.
    """
    height, width = indices.shape
    place = b"," + _two(at[0]) + _two(at[1]) + _two(width) + _two(height)
    local = b"\0" if table is None else bytes([0x80 | (bits - 1)]) + table_bytes(table, bits)
    data = place + local + bytes([bits]) + _lzw(indices, bits) + b"\0"
    first = min(delay_cs, LONGEST_CS)
    left = delay_cs - first
    made = _control(first, clear, disposed=disposed and not left) + data
    while left > 0:
        more = min(left, LONGEST_CS)
        left -= more
        if disposed and not left:
            unseen = b"\0\x02" + _lzw(indices * 0, 2) + b"\0"
            made += _control(more, 0, disposed=True) + place + unseen
        else:
            made += _control(more, 0) + b"," + _two(0) * 2 + _two(1) * 2 + b"\0\x02\x02\x44\x01\0"
    return made


def _control(delay_cs: int, clear: int | None, *, disposed: bool = False) -> bytes:
    packed = (_CLEAR if disposed else _KEEP) | (clear is not None)
    return bytes([0x21, 0xF9, 4, packed]) + _two(delay_cs) + bytes([clear or 0, 0])


def _lzw(indices: NDArray[np.uint8], bits: int) -> bytes:
    from PIL import Image as images

    height, width = indices.shape
    picture = images.frombytes("P", (width, height), indices.tobytes())
    return picture.tobytes("gif", "P", bits, 0)


def _two(value: int) -> bytes:
    return value.to_bytes(2, "little")


TRAILER = b";"
