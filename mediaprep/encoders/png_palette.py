"""PNG of any number of colours up to 256, without dither: chosen once, then merged to as few as bytes allow.

Beside libvips' own quantiser at as many colours, merged ones score as well or up to 4 points better, in up to a tenth
fewer bytes (six graphics, 16 to 128 colours), and cost 20 ms instead of 60 to 500.
"""

from __future__ import annotations

import io
from contextlib import suppress
from functools import lru_cache
from typing import Any

from mediaprep.encoders import Encoder
from mediaprep.encoders._merges import Merges
from mediaprep.encoders._png import colours_at, exact_palette, quantised

_MOST = 256

_SEEN = ((0.299, -0.118, 0.35), (0.587, -0.232, -0.293), (0.114, 0.35, -0.057))
"""From red, green, blue to brightness and two differences of colour (ITU-R BT.601), these at 0.7: differences of
brightness are seen first. Two points more than in RGB, at 64 colours."""

_EFFORT = 5
"""Of libvips' quantiser: a fifth less CPU than 7 (a third on screenshots), within 0.3 points of it."""

_PACKED_WELL, _UNPACKED = 4, 17
"""From 5 to 16 colours, a byte a pixel takes 8 to 15 % less (four graphics of five; the smallest one, 4 % more)."""

_ROUNDS = 3
"""Rounds in which colours go to the nearest mean, and means to their colours."""


class PngPalette:
    """Takes an RGB or L picture, or what ``reduced`` made of one, which saves choosing colours anew."""

    name = "png_palette"
    media_type = "image/png"
    suffix = "png"
    monotone = False

    def encode(self, picture: Any, quality: float, *, plain: bool = False, **_: Any) -> bytes:
        """Encode with as many colours as the quality stands for; ``plain`` costs a tenth and takes 6 to 90 % more."""
        base = picture if picture.mode == "P" else reduced(picture)
        target = io.BytesIO()
        _of_fewer(base, colours_at(quality) or _MOST).save(target, "PNG", compress_level=1 if plain else 9)
        return target.getvalue()


def reduced(picture: Any) -> Any:
    """Give a picture of at most 256 colours: its own where it has no more."""
    picture = picture if picture.mode == "RGB" else picture.convert("RGB")
    few = picture.getcolors(_MOST)
    if few is not None:
        return exact_palette(picture, [colour for _, colour in few])
    with suppress(ImportError, OSError):
        return quantised(picture, _MOST, dither=0.0, effort=_EFFORT)
    from PIL import Image as images

    return picture.quantize(_MOST, method=images.Quantize.MEDIANCUT, kmeans=1, dither=images.Dither.NONE)


def _of_fewer(base: Any, most: int) -> Any:
    from PIL import Image as images

    counts = tuple(base.histogram())
    if sum(count > 0 for count in counts) <= most:
        return base
    colours, nearest = _few(bytes(base.getpalette("RGB")).ljust(3 * _MOST, b"\0"), counts, most)
    result = images.frombytes("L", base.size, base.tobytes()).point(nearest)
    # a palette of 16 or less makes the writer pack pixels, two in a byte, which deflate matches worse
    result.putpalette(colours.ljust(3 * _UNPACKED, b"\0") if _PACKED_WELL < most < _UNPACKED else colours)
    return result


@lru_cache(maxsize=64)
def _few(table: bytes, counts: tuple[int, ...], most: int) -> tuple[bytes, list[int]]:
    """Give the colours that are left, three bytes each, and for each old index the nearest of them."""
    import numpy as np

    seen, weights = _seen(table), np.array(counts, np.float64)
    colours = _merges(table, counts).left(most)
    for _ in range(_ROUNDS):
        nearest = ((seen[:, None] - colours[None]) ** 2).sum(axis=2).argmin(axis=1)
        held = np.bincount(nearest, weights, most)
        sums = np.stack([np.bincount(nearest, weights * seen[:, band], most) for band in range(3)], axis=1)
        colours = np.where(held[:, None] > 0, sums / np.maximum(held, 1.0)[:, None], colours)
    nearest = ((seen[:, None] - colours[None]) ** 2).sum(axis=2).argmin(axis=1)
    rgb = np.rint(colours @ np.linalg.inv(np.array(_SEEN))).clip(0, 255).astype(np.uint8)
    return rgb.tobytes(), [int(index) for index in nearest]


@lru_cache(maxsize=4)
def _merges(table: bytes, counts: tuple[int, ...]) -> Merges:
    import numpy as np

    weights = np.array(counts, np.float64)
    return Merges(_seen(table)[weights > 0], weights[weights > 0])


def _seen(table: bytes) -> Any:
    import numpy as np

    return np.frombuffer(table, np.uint8).reshape(-1, 3).astype(np.float64) @ np.array(_SEEN)


ENCODER: Encoder = PngPalette()
