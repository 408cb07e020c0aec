"""PNG: every pixel kept, or any number of colours up to 256, without dither.

Colours are chosen once, then merged to as few as bytes allow. Beside libvips' own quantiser at as many colours, merged
ones score as well or up to 4 points better, in up to a tenth fewer bytes (six graphics, 16 to 128 colours). Dithered
ones never scored better at the same bytes (51 cases).
"""

from __future__ import annotations

import io
import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mediaprep.encoders import Encoder
from mediaprep.encoders._merges import Merges
from mediaprep.encoders._palette import MOST, from_seen, indexed, nearest, reduced, settled, to_seen

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LOSSLESS = 100.0
"""The quality that keeps every pixel; below it the palette shrinks (256 colours at 99.9, 2 at 0)."""

_BITS = 7.0
"""From one bit a pixel to eight."""

_PACKED_WELL, _UNPACKED = 4, 17
"""From 5 to 16 colours, a byte a pixel takes 8 to 15 % less (four graphics of five; the smallest one, 4 % more)."""

_ROUNDS = 3
"""Rounds in which colours go to the nearest mean, and means to their colours."""

_RARE = 0.9
"""Pixels count less, the more of one colour there are: a point of score at 24 colours (25 graphics, same bytes)."""

_PLAIN_WHOLE, _PLAIN, _BEST = 1, 6, 9
"""Levels of deflate. On palettes, 6 takes a sixth of the time of 9 and a twentieth more bytes (30 graphics, 12 to 256
colours: 1 to 1.6 times as many, where level 1 takes 1 to 2.4)."""


class Png:
    """Takes a picture of any mode, or what ``reduced`` made of one, which saves choosing colours anew."""

    name = "png"
    media_type = "image/png"
    suffix = "png"
    monotone = False

    def encode(
        self, picture: Any, quality: float, *, modes: tuple[str, ...] = (), plain: bool = False, **_: Any
    ) -> bytes:
        """Encode with as many colours as the quality stands for; all of them where the route takes no palette.

        ``plain`` costs a sixth to a tenth, and takes 0 to 60 % more bytes (a palette) or up to twice as many.
        """
        palette = not modes or "P8" in modes
        colours = colours_at(quality) if palette else None
        target = io.BytesIO()
        if colours is not None:
            few = _of_fewer(picture if picture.mode == "P" else reduced(picture), colours)
            few.save(target, "PNG", compress_level=_PLAIN if plain else _BEST)
            return target.getvalue()
        if picture.mode in ("L", "LA") and modes and "L8" not in modes:
            picture = picture.convert("RGB" if picture.mode == "L" else "RGBA")
        few = {"RGB": MOST, "RGBA": MOST, "L": _PACKED_WELL}.get(picture.mode)
        if few is not None and palette and picture.getcolors(few) is not None:
            picture = reduced(picture)
        picture.save(target, "PNG", compress_level=_PLAIN_WHOLE if plain else _BEST)
        return target.getvalue()


def colours_at(quality: float) -> int | None:
    """Map quality to a palette: None for lossless, else 2 to 256 colours, evenly in bits."""
    if quality >= LOSSLESS:
        return None
    return max(2, min(MOST, round(math.pow(2.0, 1.0 + _BITS * max(quality, 0.0) / 99.9))))


def quality_of(colours: int) -> float:
    """Give the quality at which so many colours, 2 to 256, are taken."""
    return 99.9 * (math.log2(colours) - 1.0) / _BITS


def _of_fewer(base: Any, most: int) -> Any:
    import numpy as np

    counts = tuple(base.histogram())
    if sum(count > 0 for count in counts) <= most:
        return base
    table = bytes(base.getpalette("RGBA")).ljust(4 * MOST, b"\0")
    colours, places = _few(table, counts, most)
    # a palette of 16 or less makes the writer pack pixels, two in a byte, which deflate matches worse
    spare = max(_UNPACKED - most, 0) if most > _PACKED_WELL else 0
    return indexed(places[np.asarray(base)], np.vstack([colours, np.full((spare, 4), 255, np.uint8)]))


@lru_cache(maxsize=64)
def _few(table: bytes, counts: tuple[int, ...], most: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Give the colours that are left, and for each old index the place of the nearest of them."""
    import numpy as np

    seen, weights = _seen(table), np.array(counts, np.float64) ** _RARE
    colours = settled(_merges(table, counts).left(most), seen, weights, _ROUNDS)
    return from_seen(colours), nearest(seen, colours).astype(np.uint8)


@lru_cache(maxsize=4)
def _merges(table: bytes, counts: tuple[int, ...]) -> Merges:
    import numpy as np

    weights = np.array(counts, np.float64) ** _RARE
    return Merges(_seen(table)[weights > 0], weights[weights > 0])


def _seen(table: bytes) -> NDArray[np.float64]:
    import numpy as np

    return to_seen(np.frombuffer(table, np.uint8).reshape(-1, 4))


ENCODER: Encoder = Png()
