"""The chunks of an animated PNG (ISO/IEC 15948 third edition: acTL, fcTL, fdAT). No pixel is decoded."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from mediaprep.kinds import _colour as colour
from mediaprep.kinds import _exif as exif
from mediaprep.kinds import _gps as gps
from mediaprep.kinds._animated import EMPTY, Rectangle, Walk, covers
from mediaprep.kinds._bounded import Bounded, uint
from mediaprep.kinds._heif_colour import Coding
from mediaprep.kinds._png import HOMES
from mediaprep.kinds._png_frames import BEFORE, CLEARED, placed

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_MODES = {
    (0, 16): "L16", (2, 16): "RGB16", (4, 16): "LA16", (6, 16): "RGBA16",
    (2, 8): "RGB8", (4, 8): "LA8", (6, 8): "RGBA8",
}  # fmt: skip
_XMP = b"XML:com.adobe.xmp\0"
_MAX_METADATA_BYTES = 1_000_000


@dataclass(slots=True)
class _Found:
    """What the walk has seen so far; ``delay_ms`` is that of the frame being walked."""

    announced: int = 0
    plays: int = 1
    delays_ms: list[float] = field(default_factory=list)
    delay_ms: float | None = None
    has_data: bool = False
    cleared: Rectangle = EMPTY
    holes: bool = False
    homes: list[str] = field(default_factory=list)
    gps: bool = False
    profile: bytes | None = None
    stated: dict[str, object] = field(default_factory=dict)
    orientation: int = 1
    has_colour_key: bool = False
    coding: Coding | None = None
    end: int = 33
    sequence: int = 0
    """The number that the next chunk of a frame has to bear."""

    def in_order(self, number: int) -> bool:
        self.sequence += 1
        return number == self.sequence - 1

    def close_frame(self, at: int) -> None:
        if self.delay_ms is not None and self.has_data and len(self.delays_ms) < self.announced:
            self.delays_ms.append(self.delay_ms)
            self.end = at
        self.delay_ms, self.has_data = None, False


def walk(file: Bounded, enough: int) -> Walk | None:
    """Walk the chunks up to ``enough`` whole frames; None where the file is no PNG or does not move.

    A whole frame is one with data, followed by the next frame or by IEND. A default image that is not
    part of the animation is not counted. From a chunk out of order on, nothing is (section 11.3.6.1).
    """
    head = file.upto(0, 33)
    if len(head) < 33 or not head.startswith(SIGNATURE) or head[12:16] != b"IHDR":
        return None
    width, height, depth, colour_type = uint(head, 16, 4), uint(head, 20, 4), head[24], head[25]
    found = _Found(cleared=(0, 0, width, height))
    at, ended, broken = 33, False, None
    while len(found.delays_ms) < enough and not ended and broken is None:
        file.step()
        chunk = file.upto(at, 8)
        length = int.from_bytes(chunk[:4], "big")
        name = chunk[4:8]
        stop = at + 12 + length
        if len(chunk) < 8:
            broken = "the file ends before its last chunk, IEND"
        elif stop > file.size:
            broken = f"the file ends inside the chunk at byte {at:,}"
        elif name == b"IEND":
            found.close_frame(at)
            ended = True
        elif name == b"IDAT" and not found.announced:
            return None
        elif not _chunk(file, name, at + 8, length, found):
            broken = f"the frames' chunks are out of order at byte {at:,}"
        at = stop
    if not found.announced:
        return None
    tail_bytes = file.size - at if ended else 0
    return Walk(
        width=width,
        height=height,
        decoded_pixels=width * height,
        delays_ms=tuple(found.delays_ms),
        plays=found.plays,
        transparent=colour_type in (4, 6) or found.has_colour_key or found.holes,
        end=found.end,
        mode="P8" if colour_type == 3 else _MODES.get((colour_type, depth), "L8"),
        metadata=tuple(found.homes),
        gps=found.gps,
        profile=found.profile,
        own_primaries=colour_type not in (0, 4) and colour.primaries_count(found.stated),
        orientation=found.orientation,
        tail_bytes=tail_bytes or None,
        coding=found.coding,
        broken=broken,
    )


def _chunk(file: Bounded, name: bytes, at: int, length: int, found: _Found) -> bool:
    """Take note of a chunk; give whether a frame's one bears the number that is due."""
    if name == b"acTL" and length >= 8:
        data = file.upto(at, 8)
        found.announced, found.plays = uint(data, 0, 4), uint(data, 4, 4)
    elif name == b"fcTL" and length >= 26:
        found.close_frame(at - 8)
        data = file.upto(at, 26)
        if not found.in_order(uint(data, 0, 4)):
            return False
        found.delay_ms = uint(data, 20, 2) * 1000 / (uint(data, 22, 2) or 100)  # 0 stands for 1/100 s
        frame = placed(data)
        found.holes = found.holes or not covers(frame.box, found.cleared)
        gone = frame.disposal == CLEARED or (frame.disposal == BEFORE and not found.delays_ms)
        found.cleared = frame.box if gone else EMPTY
    elif name == b"fdAT" and (found.delay_ms is None or length < 4 or not found.in_order(uint(file.upto(at, 4), 0, 4))):
        found.delay_ms = None
        return False
    elif name in (b"IDAT", b"fdAT"):
        found.has_data = True
    elif name == b"cICP" and length == 4 and found.coding is None:
        found.coding = Coding(*file.upto(at, 2))
    elif name == b"tRNS":
        found.has_colour_key = True
    elif name == b"gAMA" and length == 4:
        found.stated["gamma"] = uint(file.upto(at, 4), 0, 4) / 100_000
    elif name == b"cHRM" and length == 32:
        data = file.upto(at, 32)
        found.stated["chromaticity"] = tuple(uint(data, 4 * place, 4) / 100_000 for place in range(8))
    elif name == b"sRGB":
        found.stated["srgb"] = True
    elif name in HOMES:
        _metadata(file.upto(at, min(length, _MAX_METADATA_BYTES)), name, found)
    return True


def _metadata(data: bytes, name: bytes, found: _Found) -> None:
    home = HOMES[name]
    if name == b"eXIf":
        found.gps = found.gps or gps.in_exif(data)
        found.orientation = exif.orientation(data)
    elif name == b"iCCP":
        found.profile = _unpacked(data.partition(b"\0")[2][1:]) or None
    elif name == b"iTXt" and data.startswith(_XMP):
        home = "xmp"
        found.gps = found.gps or gps.in_xmp(_itxt_text(data))
    if home not in found.homes:
        found.homes.append(home)


def _itxt_text(data: bytes) -> bytes:
    """Give the text behind the keyword, the compression flag, the method, the language and the translated keyword."""
    compressed = data[len(_XMP) : len(_XMP) + 1] == b"\1"
    parts = data[len(_XMP) + 2 :].split(b"\0", 2)
    text = parts[2] if len(parts) == 3 else b""
    if not compressed:
        return text
    return _unpacked(text)


def _unpacked(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, _MAX_METADATA_BYTES)
    except zlib.error:
        return b""
