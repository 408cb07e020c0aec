"""The chunks of an animated WebP (RFC 9649 section 2.7): VP8X, ANIM, ANMF. No pixel is decoded."""

from __future__ import annotations

from dataclasses import dataclass, field

from mediaprep.kinds import _gps as gps
from mediaprep.kinds._animated import Walk
from mediaprep.kinds._bounded import Bounded, uint_le
from mediaprep.kinds._webp_strip import HOMES

_ANIMATED, _ALPHA = 0x02, 0x10
"""Flags of the VP8X header."""

_MAX_METADATA_BYTES = 1_000_000


@dataclass(slots=True)
class _Found:
    """What the walk has seen so far."""

    plays: int = 1
    has_anim: bool = False
    delays_ms: list[float] = field(default_factory=list)
    covers: bool = True
    homes: list[str] = field(default_factory=list)
    gps: bool = False
    end: int = 30


def walk(file: Bounded, enough: int) -> Walk | None:
    """Walk the chunks up to ``enough`` whole frames; None where the file is no WebP or does not move."""
    head = file.upto(0, 30)
    if len(head) < 30 or head[:4] != b"RIFF" or head[8:16] != b"WEBPVP8X" or not head[20] & _ANIMATED:
        return None
    width, height = uint_le(head, 24, 3) + 1, uint_le(head, 27, 3) + 1
    stated = 8 + uint_le(head, 4, 4)
    found = _Found()
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
            _chunk(file, chunk[:4], at + 8, length, found, (width, height))
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
        transparent=bool(head[20] & _ALPHA) or not found.covers,
        end=found.end,
        mode="RGBA8" if head[20] & _ALPHA else "RGB8",
        metadata=tuple(found.homes),
        gps=found.gps,
        tail_bytes=max(0, file.size - stated - (stated & 1)) or None,
        broken=broken,
    )


def _chunk(file: Bounded, name: bytes, at: int, length: int, found: _Found, canvas: tuple[int, int]) -> None:
    if name == b"ANIM" and length >= 6 and not found.delays_ms:  # it stands before the frames, or there is no motion
        found.has_anim = True
        found.plays = uint_le(file.upto(at, 6), 4, 2)
    elif name == b"ANMF" and length >= 24:  # sixteen bytes of frame header, eight of a chunk header at least
        data = file.upto(at, 16)
        if not found.delays_ms:
            found.covers = (uint_le(data, 6, 3) + 1, uint_le(data, 9, 3) + 1) == canvas
        found.delays_ms.append(float(uint_le(data, 12, 3)))
        found.end = at + length + (length & 1)
    elif name in HOMES:
        data = file.upto(at, min(length, _MAX_METADATA_BYTES))
        found.gps = found.gps or (name == b"EXIF" and gps.in_exif(data)) or (name == b"XMP " and gps.in_xmp(data))
        if HOMES[name] not in found.homes:
            found.homes.append(HOMES[name])


def repaired(data: bytes, end: int) -> bytes:
    """Give the file up to ``end``, the offset behind a whole frame, as a WebP that says it ends there.

    libwebp opens no animation whose last chunk is short; cut like this it shows every whole frame.
    """
    body = data[8:end]
    body += b"\0" * (len(body) & 1)
    return data[:4] + len(body).to_bytes(4, "little") + body
