"""The frames of an animated PNG (ISO/IEC 15948 third edition, 11.3.6): each as a PNG of its own, and laid together.

Pillow reads the stills; what it makes of a moving PNG itself is not what browsers show: 56 of 63 animations of every
disposal, blending, place and depth came out otherwise than in Chromium, and no interlaced one could be read.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from mediaprep.errors import AssetError
from mediaprep.kinds import _colour as colour
from mediaprep.kinds import _picture as picture
from mediaprep.kinds._animated import Rectangle
from mediaprep.kinds._png import COLOUR, SIGNATURE

if TYPE_CHECKING:
    from PIL.Image import Image

CLEARED, BEFORE = 1, 2
"""Disposals: the frame's place becomes clear, or what it was before the frame."""

_SOURCE = 0
"""The blending that replaces what was there, instead of being laid over it."""

_SHARED = COLOUR | {b"PLTE", b"tRNS", b"iCCP"}
"""Chunks before the picture that hold for every frame."""

_HEADER_BYTES = 33


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """The part of the canvas that a frame is drawn on (left, top, right, bottom), and how."""

    box: Rectangle
    disposal: int
    over: bool


def placed(control: bytes) -> Placed:
    """Read what a frame's fcTL chunk says, at least 26 bytes."""
    width, height, left, top = (int.from_bytes(control[at : at + 4], "big") for at in (4, 8, 12, 16))
    return Placed(box=(left, top, left + width, top + height), disposal=control[24], over=control[25] != _SOURCE)


def opened(stream: BinaryIO, end: int) -> Iterator[tuple[Image, Placed]]:
    """Open frame after frame up to ``end``, the offset behind the last whole one; none is decoded yet.

    A default image that is no frame is passed over. Raises AssetError for a frame that lies beyond the canvas.
    """
    from PIL import Image as images

    for data, place in _stills(stream, end):
        image = images.open(io.BytesIO(data), formats=("PNG",))
        yield picture.keyed(image, depth=data[24]), place


def laid(frames: Iterable[tuple[Image, Placed]], size: tuple[int, int], *, clear: bool) -> Iterator[Image]:
    """Lay frames on an empty canvas; give it after each, to be looked at before the next is asked for.

    It is grey or RGB, with an alpha channel where ``clear`` (one sees through it in places), in the colours of the
    frames; what is said of these is in its ``info``. Chromium, too, brings to sRGB what has been laid together.
    """
    from PIL import Image as images

    canvas: Image | None = None
    for stored, place in frames:
        pixels = colour.to_srgb(stored, None)
        under = canvas.crop(place.box) if canvas is not None and place.disposal == BEFORE else None
        if canvas is None:
            mode = ("L" if pixels.mode in ("L", "LA") else "RGB") + ("A" if clear else "")
            canvas = images.new(mode, size)  # all zeros: clear, with an alpha channel
            canvas.info = {name: value for name, value in stored.info.items() if name != "transparency"}
        pixels = pixels.convert(canvas.mode)
        if place.over and clear:
            canvas.alpha_composite(pixels, place.box[:2])
        else:
            canvas.paste(pixels, place.box)
        yield canvas
        if under is not None:
            canvas.paste(under, place.box)
        elif place.disposal in (CLEARED, BEFORE):  # before the first frame there was nothing
            canvas.paste((0,) * len(canvas.getbands()), place.box)


def _stills(stream: BinaryIO, end: int) -> Iterator[tuple[bytes, Placed]]:
    """Cut the file into its frames, each with a header of its own dimensions and the chunks that all share."""
    head = stream.read(_HEADER_BYTES)
    right, bottom = int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    shared, data = b"", bytearray()
    place, pictured = None, False
    for name, body in _chunks(stream, end):
        if name == b"fcTL" and len(body) >= 26:
            if place is not None and data:
                yield _still(head, place, shared, bytes(data)), place
            place, data = placed(body), bytearray()
            left, top, *beyond = place.box
            if beyond[0] > right or beyond[1] > bottom or left == beyond[0] or top == beyond[1]:
                raise AssetError("unreadable", "a frame of the PNG lies beyond its canvas, or is empty")
        elif name in (b"IDAT", b"fdAT"):
            pictured = True
            data += body if name == b"IDAT" else body[4:]
        elif name in _SHARED and not pictured:
            shared += _chunk(name, body)
    if place is not None and data:
        yield _still(head, place, shared, bytes(data)), place


def _chunks(stream: BinaryIO, end: int) -> Iterator[tuple[bytes, bytes]]:
    """Give the name and the content of each chunk from where the stream is; the walk has found them whole."""
    while stream.tell() < end and len(start := stream.read(8)) == 8:
        length, name = int.from_bytes(start[:4], "big"), start[4:]
        if name in _SHARED or name in (b"IDAT", b"fdAT", b"fcTL"):
            yield name, stream.read(length + 4)[:length]
        else:
            stream.seek(length + 4, io.SEEK_CUR)


def _still(head: bytes, place: Placed, shared: bytes, data: bytes) -> bytes:
    left, top, right, bottom = place.box
    size = (right - left).to_bytes(4, "big") + (bottom - top).to_bytes(4, "big")
    made = (_chunk(b"IHDR", size + head[24:29]), shared, _chunk(b"IDAT", data), _chunk(b"IEND", b""))
    return SIGNATURE + b"".join(made)


def _chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")
