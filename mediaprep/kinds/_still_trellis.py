"""Effort ``max``: the same dimensions once more through an encoder that looks for better coefficients."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING

from mediaprep.kinds import Encoded, Step
from mediaprep.kinds._resize import vips
from mediaprep.kinds._still_cap import made
from mediaprep.kinds._still_shape import JPEG, Best
from mediaprep.limits import Limits

if TYPE_CHECKING:
    from mediaprep.kinds._still import StillSession

_MOST_STEPS = 6
_LEAD = 5
"""Trellis quantisation takes 8-12 % fewer bytes, which is about this many steps of quality."""


def refined(session: StillSession, limits: Limits, target: int, best: Best) -> Generator[Step, Encoded, Best]:
    """Give the better of ``best`` and the highest whole quality of the trellis encoder that fits."""
    chosen = best.encoded.step
    if chosen.media_type != JPEG or vips() is None:
        return best
    quality = min(int(chosen.quality) + _LEAD, 97)
    fits: Encoded | None = None
    over: int | None = None
    for _ in range(_MOST_STEPS):
        step = replace(chosen, encoder="jpeg_vips", quality=float(quality))
        encoded = yield from made(session, step)
        if encoded.size_bytes <= target:
            fits = encoded if fits is None or encoded.size_bytes > fits.size_bytes else fits
            if session.score(encoded, limits) >= limits.cap_score or quality + 1 == over or quality >= 97:
                break
            quality += 1
        else:
            over = quality
            if fits is not None:
                break
            quality -= 2 if encoded.size_bytes > 1.06 * target else 1
    if fits is None:
        return best
    score = session.score(fits, limits)
    smaller = score >= limits.cap_score <= best.score and fits.size_bytes < best.encoded.size_bytes
    return Best(encoded=fits, score=score) if score > best.score or smaller else best
