"""What part of a decoded HEIC or AVIF is shown, and which way up (``clap``, ``irot``, ``imir``).

Decoders differ: libheif turns and crops (but 1.23.0 takes a crop for a lie about the size, and refuses), Pillow's
libavif says how to turn a still, of a sequence not even that, and crops neither. What was cropped away is not meant to
be seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from mediaprep.errors import AssetError
from mediaprep.kinds._bounded import Bounded, uint
from mediaprep.kinds._heif_items import primary_item, properties, tables
from mediaprep.kinds._isobmff_boxes import boxes

Rectangle = tuple[int, int, int, int]
"""Left, top, right and bottom."""

_TURNS = {
    1: (1, 0, 0, 1), 2: (-1, 0, 0, 1), 3: (-1, 0, 0, -1), 4: (1, 0, 0, -1),
    5: (0, 1, 1, 0), 6: (0, -1, 1, 0), 7: (0, -1, -1, 0), 8: (0, 1, -1, 0),
}  # fmt: skip
"""EXIF's orientations as matrices: where a stored point (x to the right, y down) is shown (Exif 2.32, tag 0x0112)."""

_ROTATED = (1, 8, 3, 6)
"""The same for quarter turns against the clock (ISO/IEC 23008-12 section 6.5.10)."""

_MIRRORED = (4, 2)
"""The same for mirrors: top and bottom, left and right change places (section 6.5.12)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aperture:
    """The part that is shown (ISO/IEC 14496-12 section 12.1.4): its size, and its centre from that of the whole."""

    width: int
    height: int
    across: Fraction
    down: Fraction

    def within(self, size: tuple[int, int]) -> Rectangle | None:
        """Give the part of a picture of ``size`` pixels that is shown; None where it is not within."""
        left = floor(self.across + Fraction(size[0] - self.width, 2))
        top = floor(self.down + Fraction(size[1] - self.height, 2))
        whole = left >= 0 and top >= 0 and left + self.width <= size[0] and top + self.height <= size[1]
        return (left, top, left + self.width, top + self.height) if whole else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How a decoded picture is shown: cropped first (None: all of it), then turned (EXIF's orientation, 1 to 8)."""

    aperture: Aperture | None = None
    orientation: int = 1


AS_IT_IS = Shown()


def of_still(file: Bounded) -> Shown:
    """Read how the primary picture is shown; as it is where the tables cannot be read."""
    try:
        meta, found = tables(file)
        shown = properties(meta, found).get(primary_item(meta, found), ())
        return of_boxes((kind, meta[start:end]) for kind, start, end in shown)
    except (AssetError, IndexError, KeyError):
        return AS_IT_IS


def of_boxes(properties: Iterable[tuple[bytes, bytes]]) -> Shown:
    """Read properties in their order; a crop that comes after a turn (MIAF allows none) is passed over."""
    aperture, orientation = None, 1
    for kind, body in properties:
        if kind == b"clap" and orientation == 1:
            aperture = _aperture(body)
        elif kind == b"irot" and body:
            orientation = _then(orientation, _ROTATED[body[0] & 3])
        elif kind == b"imir" and body:
            orientation = _then(orientation, _MIRRORED[body[0] & 1])
    return Shown(aperture=aperture, orientation=orientation)


def unshaped(data: bytes) -> bytes:
    """Give a file whose pictures decoders neither crop nor turn: those properties become free space."""
    held = bytearray(data)
    for kind, start, end in boxes(data, 0, len(data), lenient=True):
        if kind == b"meta":
            for place in _shaping(data, start + 4, end):
                held[place : place + 4] = b"free"
    return bytes(held)


def _shaping(data: bytes, start: int, end: int) -> list[int]:
    """Give where the names of shaping properties stand, in a box or in those inside it."""
    found: list[int] = []
    for kind, at, stop in boxes(data, start, end, lenient=True):
        if kind in (b"iprp", b"ipco"):
            found += _shaping(data, at, stop)
        elif kind in (b"clap", b"irot", b"imir"):
            found.append(data.rindex(kind, start, at))
    return found


def _aperture(body: bytes) -> Aperture | None:
    if len(body) < 32:
        return None
    numbers = [uint(body, 4 * i, 4) for i in range(8)]
    if not all(numbers[1::2]):
        return None
    width, height, across, down = (Fraction(_signed(n) if i > 1 else n, d) for i, (n, d) in enumerate(_pairs(numbers)))
    if min(width, height) < 1:
        return None
    return Aperture(width=floor(width), height=floor(height), across=across, down=down)


def _pairs(numbers: list[int]) -> list[tuple[int, int]]:
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _signed(number: int) -> int:
    return number - (1 << 32) if number >> 31 else number


def _then(first: int, second: int) -> int:
    """Give the orientation that two turns come to, one after the other."""
    a, b = _TURNS[second], _TURNS[first]
    both = (a[0] * b[0] + a[1] * b[2], a[0] * b[1] + a[1] * b[3], a[2] * b[0] + a[3] * b[2], a[2] * b[1] + a[3] * b[3])
    return next(flag for flag, matrix in _TURNS.items() if matrix == both)
