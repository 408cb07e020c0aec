"""The blocks of a GIF (GIF89a specification): frames, delays, plays and what else is in the file. No LZW is decoded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO

from mediaprep.kinds import _gps as gps
from mediaprep.kinds._animated import Walk

SIGNATURES = (b"GIF87a", b"GIF89a")

_MAX_BLOCKS = 10_000_000
"""Blocks visited in one file: 2.5 GB of full sub-blocks. One-byte blocks cost three seconds then."""

_MAX_XMP_BYTES = 1_000_000
_CLEARED, _BEFORE, _LAST_SAID = 2, (3, 4), 3
"""Disposals: to nothing, to what was there before (browsers take 4 for that, too), and the last that GIF89a defines."""
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


class _EndError(Exception):
    """The file, or the bound on blocks, ends inside a block."""


@dataclass(slots=True)
class _Blocks:
    """The stream, read forwards."""

    stream: BinaryIO
    at: int = 0
    left: int = _MAX_BLOCKS

    def take(self, count: int) -> bytes:
        data = self.stream.read(count)
        if len(data) < count:
            raise _EndError
        self.at += count
        return data

    def begin(self) -> int:
        """Give the code of the next block."""
        self.count()
        return self.take(1)[0]

    def count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise _EndError

    def chain(self, keep_bytes: int = 0) -> bytes:
        """Pass a chain of sub-blocks up to its terminator; give the first ``keep_bytes`` of it, lengths included."""
        kept = bytearray()
        read = self.stream.read  # a megabyte has four thousand sub-blocks: no call of ours for each of them
        length = self.take(1)[0]
        while length:
            self.left -= 1
            block = read(length + 1)  # the next length with it: one read for each sub-block
            if len(block) <= length or self.left < 0:
                raise _EndError
            self.at += length + 1
            if len(kept) < keep_bytes:
                kept += bytes([length]) + block[:-1]
            length = block[-1]
        return bytes(kept)


@dataclass(frozen=True, slots=True)
class _Hole:
    """The rectangle that a frame clears when its time is over."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(slots=True)
class _Found:
    """What the walk has seen so far."""

    width: int
    height: int
    reach_right: int
    reach_bottom: int
    delays_ms: list[float] = field(default_factory=list)
    plays: int = 1
    transparent: bool = False
    homes: list[str] = field(default_factory=list)
    disposed: bool = False
    misread: bool = False
    opaque_start: bool = False
    grounded: bool = False
    gps: bool = False
    end: int = 13
    # from the graphic control extension before a frame
    delay_ms: int = 0
    disposal: int = 0
    index_transparent: bool = False
    hole: _Hole | None = None

    def home(self, name: str) -> None:
        if name not in self.homes:
            self.homes.append(name)


def walk(stream: BinaryIO, size_bytes: int, enough: int) -> Walk | None:
    """Walk the blocks from the start, up to ``enough`` whole frames; None where the header is no GIF's.

    A whole frame is one whose image data ends in a block terminator. Play counts follow browsers: the
    NETSCAPE count n means n repeats after the first play, no count means one play.
    """
    blocks = _Blocks(stream)
    broken: str | None = None
    ended = False
    try:
        header = blocks.take(13)
        if header[:6] not in SIGNATURES:
            return None
        width, height = _two(header, 6), _two(header, 8)
        found = _Found(width, height, width, height)
        if header[10] & 0x80:
            blocks.take(3 << ((header[10] & 7) + 1))
    except _EndError:
        return None
    at = blocks.at
    try:
        while len(found.delays_ms) < enough and not ended and broken is None:
            at = blocks.at
            code = blocks.begin()
            if code == 0x2C:
                _frame(blocks, found)
            elif code == 0x21:
                _extension(blocks, found)
            elif code == 0x3B:
                ended = True
            elif code != 0:  # a stray terminator is harmless: every reader skips it
                broken = f"byte {at:,} does not begin a GIF block"
    except _EndError:
        inside = blocks.at > at or blocks.left < 0
        broken = f"the file ends inside the block at byte {at:,}" if inside else "the file has no trailer"
    tail_bytes = size_bytes - blocks.at if ended else 0
    return Walk(
        width=found.width or found.reach_right,
        height=found.height or found.reach_bottom,
        decoded_pixels=found.reach_right * found.reach_bottom,
        delays_ms=tuple(found.delays_ms),
        plays=found.plays,
        transparent=found.transparent,
        end=found.end,
        mode="P8",
        metadata=tuple(found.homes),
        gps=found.gps,
        tail_bytes=tail_bytes or None,
        misread=found.misread or found.grounded,
        grounded=found.grounded,
        broken=broken,
    )


def _two(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")


def _frame(blocks: _Blocks, found: _Found) -> None:
    descriptor = blocks.take(9)
    left, top, width, height = (_two(descriptor, at) for at in (0, 2, 4, 6))
    if descriptor[8] & 0x80:
        blocks.take(3 << ((descriptor[8] & 7) + 1))
    blocks.take(1)  # LZW's first code size: the decoder judges it
    blocks.chain()
    right, bottom = left + width, top + height
    found.reach_right, found.reach_bottom = max(found.reach_right, right), max(found.reach_bottom, bottom)
    if not found.delays_ms:
        covered = left == 0 and top == 0 and right >= found.width and bottom >= found.height
        found.transparent = found.index_transparent or not covered
        found.opaque_start = not found.index_transparent
        found.grounded = found.disposal in _BEFORE or (found.opaque_start and not covered)
    elif (hole := found.hole) is not None:  # cleared to nothing: seen through unless this frame fills it
        fills = left <= hole.left and top <= hole.top and right >= hole.right and bottom >= hole.bottom
        found.transparent = found.transparent or found.index_transparent or not fills
    # it lets a frame go that does not say that it stays, where the one before it went
    found.misread = found.misread or (found.disposed and found.disposal == 0) or found.disposal > _LAST_SAID
    found.disposed = found.disposed or found.disposal > 1
    # where nothing was clear at first it clears to the colour of the clear index, as it fills the canvas with that of
    # the first index; and it does not take the first frame back
    found.grounded = found.grounded or (found.opaque_start and found.disposal == _CLEARED)
    emptied = found.disposal == _CLEARED or (not found.delays_ms and found.disposal in _BEFORE)
    found.hole = _Hole(left, top, right, bottom) if emptied else None
    found.delays_ms.append(float(found.delay_ms))
    found.delay_ms, found.disposal, found.index_transparent = 0, 0, False
    found.end = blocks.at


def _extension(blocks: _Blocks, found: _Found) -> None:
    label = blocks.take(1)[0]
    if label == 0xF9:
        control = blocks.chain(keep_bytes=5)
        if len(control) < 5 or control[0] < 4:  # section 23: flags, delay, colour
            found.misread = True
        else:
            found.disposal = control[1] >> 2 & 7
            found.index_transparent = bool(control[1] & 1)
            found.delay_ms = _two(control, 2) * 10
    elif label == 0xFE:
        if blocks.chain(keep_bytes=1):
            found.home("comment")
    elif label == 0xFF:
        data = blocks.chain(keep_bytes=_MAX_XMP_BYTES)
        found.misread = found.misread or not data or data[1:] in _LOOPS
        _application(data, found)
    elif not blocks.chain(keep_bytes=1):  # it would pass over the blocks behind an extension that holds nothing
        found.misread = True


def _application(data: bytes, found: _Found) -> None:
    """Read a play count, XMP or a colour profile; ``data`` begins with a sub-block of eleven name bytes."""
    name = data[1:12]
    if name in _LOOPS:
        if len(data) >= 16 and data[13] == 1:
            repeats = _two(data, 14)
            found.plays = repeats + 1 if repeats else 0
    elif name == b"XMP DataXMP":
        found.home("xmp")
        found.gps = found.gps or gps.in_xmp(data)
    elif name == b"ICCRGBG1012":
        found.home("icc")
    elif name:
        found.home("application")
