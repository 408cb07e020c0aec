"""What coding leaves of a picture: coarsened as an encoder's quantiser would, and compared block by block.

How much a rung loses depends on both at once: under a coarse quantiser the finest detail is gone whatever the
dimensions, so that scaling takes nothing more (flames, film grain); under a fine one it is all that counts.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BLOCK = 8

_INHERITED = 3.5
"""Quantiser steps by which frames look better than they are coarsened here: most of a frame comes from the one before
it, coded finer. With 3 to 4 the choice is right on the most of 36 ladders; 0 and 6 are clearly worse."""

_NOISE = 2.0
"""The noise of sight, a variance in squared levels of 256: the constant of pixel VIF (Sheikh and Bovik, 2006)."""


class Known(NamedTuple):
    """A picture and what of it is asked for each time that something is compared with it.

    ``pixels`` are its whole blocks (lines, columns); ``mean`` and ``variance`` are theirs, a value a block.
    """

    pixels: NDArray[np.float32]
    mean: NDArray[np.float32]
    variance: NDArray[np.float32]

    @property
    def information(self) -> float:
        """All that the picture has."""
        import numpy as np

        return float(np.log2(1 + self.variance / _NOISE).sum())


def coarsened(picture: NDArray[np.uint8], quantiser: float) -> NDArray[np.uint8]:
    """Give a picture (lines, columns) whose 8x8 transforms were rounded to the step of an H.264 quantiser, 0 to 51.

    Means of blocks are kept: encoders foretell them well. Columns are transformed a line at a time, then lines eight at
    a time: products so small that numpy's library makes them in one thread (more of them only wait for each other).
    """
    import numpy as np

    lines, columns = picture.shape
    padded = np.pad(picture, ((0, -lines % _BLOCK), (0, -columns % _BLOCK)), mode="edge").astype(np.float32)
    high, wide = padded.shape
    cosines = _cosines()
    across = (high, wide // _BLOCK, _BLOCK)
    waves = cosines @ (padded.reshape(across) @ cosines.T).reshape(-1, _BLOCK, wide)
    means = waves[:, 0, ::_BLOCK].copy()
    step = np.float32(2 ** ((quantiser - _INHERITED - 4) / 6))  # the step doubles every 6, and is 1 at 4
    waves /= step
    np.rint(waves, out=waves)
    waves *= step
    waves[:, 0, ::_BLOCK] = means
    whole = ((cosines.T @ waves).reshape(across) @ cosines).reshape(high, wide)[:lines, :columns]
    whole += 0.5
    made: NDArray[np.uint8] = np.clip(whole, 0, 255, out=whole).astype(np.uint8)
    return made


@cache
def _cosines() -> NDArray[np.float32]:
    import numpy as np

    waves, places = np.arange(_BLOCK)[:, None], np.arange(_BLOCK)[None]
    cosines = np.cos(np.pi * (2 * places + 1) * waves / (2 * _BLOCK)) * math.sqrt(2 / _BLOCK)
    cosines[0] /= math.sqrt(2)
    made: NDArray[np.float32] = cosines.astype(np.float32)
    return made


def known(picture: NDArray[np.uint8]) -> Known:
    """Take the measures of a picture (lines, columns) with which others will be compared."""
    import numpy as np

    pixels = _blocks(picture)
    mean = _means(pixels)
    return Known(pixels=pixels, mean=mean, variance=np.maximum(_means(pixels * pixels) - mean * mean, 0))


def information(source: Known, shown: NDArray[np.uint8]) -> float:
    """Give the information of a picture that is still in another of its shape.

    Pixel VIF at full size over blocks of 8x8 that do not overlap: a tenth of the work of sliding ones.
    """
    import numpy as np

    other = _blocks(shown)
    other_mean = _means(other)
    together = _means(source.pixels * other) - source.mean * other_mean
    gain = np.maximum(together / (source.variance + 1e-3), 0)
    foreign = np.maximum(_means(other * other) - other_mean * other_mean - gain * together, 0)
    return float(np.log2(1 + gain * gain * source.variance / (foreign + _NOISE)).sum())


def _blocks(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Cut to whole blocks."""
    import numpy as np

    high, wide = (edge // _BLOCK * _BLOCK for edge in picture.shape)
    return picture[:high, :wide].astype(np.float32)


def _means(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the mean of each block: sums of eight lines, then of eight columns."""
    import numpy as np

    high, wide = (edge // _BLOCK for edge in pixels.shape)
    lines = pixels.reshape(high, _BLOCK, wide * _BLOCK).sum(axis=1)
    means: NDArray[np.float32] = lines.reshape(high, wide, _BLOCK).sum(axis=2) / np.float32(_BLOCK * _BLOCK)
    return means
