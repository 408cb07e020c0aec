"""A still as PNG: every pixel kept, or else a palette of fewer and fewer colours."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from mediaprep.encoders.png_vips import LOSSLESS
from mediaprep.kinds._still_shape import Best, Search, Shape
from mediaprep.limits import Limits

if TYPE_CHECKING:
    from mediaprep.kinds import Encoded
    from mediaprep.kinds._still import StillSession

_PALETTES = (256, 128, 64, 32, 16)

_PROMISING = 1.25
"""Bands overrate what a whole PNG takes by up to a quarter: they cannot match across their borders."""


def png(session: StillSession, limits: Limits, size: tuple[int, int], target: int, shape: Shape) -> Search:
    """Lossless first; then fewer colours at the same size. None where even 16 colours are over.

    Each setting is encoded on bands of the picture first, and in full only where that promises to fit.
    """
    nearest: Encoded | None = None
    overrated = 1.0
    palette = not shape.modes or "P8" in shape.modes
    for colours in (None, *(_PALETTES if palette else ())):
        quality = LOSSLESS if colours is None else 99.9 * (math.log2(colours) - 1.0) / 7.0
        step = shape.step(size, quality, colours=colours)
        known = session.sampled.get(step)
        if known is None:
            sample = yield replace(step, final=False)
            known = session.sampled[step] = sample.size_bytes * sample.area_ratio
        if known * overrated > (_PROMISING if overrated == 1.0 else 1.03) * target:
            continue
        made = session.made.get(step)
        if made is None:
            made = session.made[step] = yield step
        if made.size_bytes <= target:
            return Best(encoded=made, score=session.score(made, limits)), None
        nearest = made
        overrated = made.size_bytes / known
    return None, nearest
