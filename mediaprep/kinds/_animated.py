"""What a walk over an animation's structure finds, whatever its format, and how long its frames are shown."""

from __future__ import annotations

from dataclasses import dataclass

from mediaprep.kinds._heif_colour import Coding

SHORTEST_PLAYED_MS = 20
"""The shortest delay that everything honours as stored."""

REPLACED_MS = 100
"""What players make of a delay below ``SHORTEST_PLAYED_MS``. WebKit (Image decoding, bug 36082), Chromium and
Firefox show frames of 0 to 10 ms for 100 ms; Android's Glide and iOS's ImageIO do so below 20 ms, which
differs only where a format counts single milliseconds (WebP, APNG)."""


Rectangle = tuple[int, int, int, int]
"""Left, top, right, bottom."""

EMPTY: Rectangle = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """Facts from blocks, chunks or boxes alone; nothing was decoded.

    ``delays_ms`` has one stored delay for each whole frame. ``plays`` counts plays, 0 is for ever.
    ``decoded_pixels`` is what one decoded frame takes, which is more than the canvas where frames
    reach beyond it. ``misread``: our reader (Pillow) would show it in another way than players do; ``grounded``: it
    is given an empty frame before the first, which is not counted. ``coding`` is
    the colour space where it is stated in numbers, ``profile`` where it is an ICC profile. ``orientation`` is
    EXIF's, 1 to 8; dimensions are as stored. ``part`` is what is shown of a decoded frame (left, top, right, bottom),
    None where all of it is: the dimensions are the part's. ``broken`` says what is wrong with the file's end, ``end``
    is the offset behind the last whole frame.
    """

    width: int
    height: int
    decoded_pixels: int
    delays_ms: tuple[float, ...]
    plays: int
    transparent: bool
    end: int
    mode: str | None = None
    metadata: tuple[str, ...] = ()
    gps: bool = False
    tail_bytes: int | None = None
    misread: bool = False
    grounded: bool = False
    coding: Coding | None = None
    profile: bytes | None = None
    own_primaries: bool = False
    orientation: int = 1
    part: tuple[int, int, int, int] | None = None
    broken: str | None = None

    @property
    def frames(self) -> int:
        """Count the whole frames."""
        return len(self.delays_ms)


def played_s(delays_ms: tuple[float, ...]) -> float:
    """Give the seconds that one play of these frames takes on browsers and phones."""
    return sum(delay if delay >= SHORTEST_PLAYED_MS else REPLACED_MS for delay in delays_ms) / 1000


def covers(drawn: Rectangle, cleared: Rectangle) -> bool:
    """Say whether a frame is drawn over all that was empty before it: the canvas, or what the last frame left."""
    empty = cleared[0] == cleared[2]
    begins = drawn[0] <= cleared[0] and drawn[1] <= cleared[1]
    return empty or (begins and drawn[2] >= cleared[2] and drawn[3] >= cleared[3])
