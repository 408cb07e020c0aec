"""The chunks of an animated WebP (RFC 9649 section 2.7): VP8X, ANIM, ANMF. No pixel is decoded."""

from __future__ import annotations

from dataclasses import dataclass, field

from mediaprep.kinds import _exif as exif
from mediaprep.kinds import _gps as gps
from mediaprep.kinds._animated import EMPTY, Rectangle, Walk, covers
from mediaprep.kinds._bounded import Bounded, uint_le
from mediaprep.kinds._webp_strip import HOMES

_ANIMATED, _ALPHA = 0x02, 0x10
"""Flags of the VP8X header."""

_DISPOSED = 0x01
"""The bit of a frame's header that clears its rectangle before the next frame."""

_FRAME_HEADER_BYTES, _SEEN_BYTES = 16, 29
"""A frame's header, and what of the chunk behind it says whether its picture has alpha."""

_MAX_METADATA_BYTES = 1_000_000


@dataclass(slots=True)
class _Found:
    """What the walk has seen so far."""

    plays: int = 1
    has_anim: bool = False
    delays_ms: list[float] = field(default_factory=list)
    holes: bool = False
    cleared: Rectangle = EMPTY
    homes: list[str] = field(default_factory=list)
    gps: bool = False
    profile: bytes | None = None
    orientation: int = 1
    end: int = 30


def walk(file: Bounded, enough: int) -> Walk | None:
    """Walk the chunks up to ``enough`` whole frames; None where the file is no WebP or does not move."""
    head = file.upto(0, 30)
    if len(head) < 30 or head[:4] != b"RIFF" or head[8:16] != b"WEBPVP8X" or not head[20] & _ANIMATED:
        return None
    width, height = uint_le(head, 24, 3) + 1, uint_le(head, 27, 3) + 1
    stated = 8 + uint_le(head, 4, 4)
    found = _Found(cleared=(0, 0, width, height))
    at = 20 + uint_le(head, 16, 4) + (head[16] & 1)
    broken = None
    while len(found.delays_ms) < enough and at + 8 <= min(stated, file.size) and broken is None:
        file.step()
        chunk = file.upto(at, 8)
        length = uint_le(chunk, 4, 4)
        stop = at + 8 + length
        if stop > min(stated, file.size):
            broken = f"the file ends inside the chunk at byte {at:,}"
        else:
            _chunk(file, chunk[:4], at + 8, length, found)
        at = stop + (length & 1)
    complete = len(found.delays_ms) < enough
    if complete and broken is None and file.size < stated:
        broken = f"the file ends {stated - file.size:,} bytes before its stated end"
    return Walk(
        width=width,
        height=height,
        decoded_pixels=width * height,
        delays_ms=tuple(found.delays_ms) if found.has_anim else (),
        plays=found.plays,
        transparent=bool(head[20] & _ALPHA) or found.holes,
        end=found.end,
        mode="RGBA8" if head[20] & _ALPHA else "RGB8",
        metadata=tuple(found.homes),
        gps=found.gps,
        profile=found.profile,
        orientation=found.orientation,
        tail_bytes=max(0, file.size - stated - (stated & 1)) or None,
        broken=broken,
    )


def _chunk(file: Bounded, name: bytes, at: int, length: int, found: _Found) -> None:
    if name == b"ANIM" and length >= 6 and not found.delays_ms:  # it stands before the frames, or there is no motion
        found.has_anim = True
        found.plays = uint_le(file.upto(at, 6), 4, 2)
    elif name == b"ANMF" and length >= 24:  # sixteen bytes of frame header, eight of a chunk header at least
        data = file.upto(at, min(length, _SEEN_BYTES))
        left, top = 2 * uint_le(data, 0, 3), 2 * uint_le(data, 3, 3)
        drawn = (left, top, left + uint_le(data, 6, 3) + 1, top + uint_le(data, 9, 3) + 1)
        found.holes = found.holes or not covers(drawn, found.cleared) or _has_alpha(data[_FRAME_HEADER_BYTES:])
        found.cleared = drawn if data[15] & _DISPOSED else EMPTY
        found.delays_ms.append(float(uint_le(data, 12, 3)))
        found.end = at + length + (length & 1)
    elif name in HOMES:
        data = file.upto(at, min(length, _MAX_METADATA_BYTES))
        found.gps = found.gps or (name == b"EXIF" and gps.in_exif(data)) or (name == b"XMP " and gps.in_xmp(data))
        if name == b"EXIF":
            found.orientation = exif.orientation(data)
        elif name == b"ICCP":
            found.profile = data
        if HOMES[name] not in found.homes:
            found.homes.append(HOMES[name])


def _has_alpha(chunk: bytes) -> bool:
    """Say whether a frame's own picture has alpha: an ALPH chunk, or the bit in the header of a VP8L."""
    return chunk[:4] == b"ALPH" or (chunk[:4] == b"VP8L" and len(chunk) >= 13 and bool(chunk[12] & 0x10))


def with_alpha(data: bytes) -> bytes:
    """Give a WebP whose header says that one sees through it.

    The container asks for the flag where any frame has alpha (RFC 9649, 2.7); libwebp's encoder leaves it out where
    every frame's rectangle is opaque, though the canvas around them is empty, and readers then paint that black.
    """
    return data[:20] + bytes([data[20] | _ALPHA]) + data[21:]


def repaired(data: bytes, end: int) -> bytes:
    """Give the file up to ``end``, the offset behind a whole frame, as a WebP that says it ends there.

    libwebp opens no animation whose last chunk is short; cut like this it shows every whole frame.
    """
    body = data[8:end]
    body += b"\0" * (len(body) & 1)
    return data[:4] + len(body).to_bytes(4, "little") + body
