"""What coding leaves of a picture: coarsened as an encoder's quantiser would, and compared block by block.

How much a rung loses depends on both at once: under a coarse quantiser the finest detail is gone whatever the
dimensions, so that scaling takes nothing more (flames, film grain); under a fine one it is all that counts.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BLOCK = 8

_INHERITED = 3.5
"""Quantiser steps by which frames look better than they are coarsened here: most of a frame comes from the one before
it, coded finer. With 3 to 4 the choice is right on the most of 36 ladders; 0 and 6 are clearly worse."""

_NOISE = 2.0
"""The noise of sight, a variance in squared levels of 256: the constant of pixel VIF (Sheikh and Bovik, 2006)."""


def coarsened(picture: NDArray[np.uint8], quantiser: float) -> NDArray[np.uint8]:
    """Give a picture (lines, columns) whose 8x8 transforms were rounded to the step of an H.264 quantiser, 0 to 51.

    Means of blocks are kept: encoders foretell them well.
    """
    import numpy as np

    lines, columns = picture.shape
    padded = np.pad(picture, ((0, -lines % _BLOCK), (0, -columns % _BLOCK)), mode="edge").astype(np.float32)
    high, wide = padded.shape[0] // _BLOCK, padded.shape[1] // _BLOCK
    blocks = np.ascontiguousarray(padded.reshape(high, _BLOCK, wide, _BLOCK).transpose(0, 2, 1, 3))
    cosines = _cosines()
    waves = cosines @ blocks @ cosines.T
    means = waves[..., 0, 0].copy()
    step = np.float32(2 ** ((quantiser - _INHERITED - 4) / 6))  # the step doubles every 6, and is 1 at 4
    waves = np.rint(waves / step) * step
    waves[..., 0, 0] = means
    whole = (cosines.T @ waves @ cosines).transpose(0, 2, 1, 3).reshape(padded.shape)
    made: NDArray[np.uint8] = np.clip(whole[:lines, :columns] + 0.5, 0, 255).astype(np.uint8)
    return made


@cache
def _cosines() -> NDArray[np.float32]:
    import numpy as np

    waves, places = np.arange(_BLOCK)[:, None], np.arange(_BLOCK)[None]
    cosines = np.cos(np.pi * (2 * places + 1) * waves / (2 * _BLOCK)) * math.sqrt(2 / _BLOCK)
    cosines[0] /= math.sqrt(2)
    made: NDArray[np.float32] = cosines.astype(np.float32)
    return made


def information(source: NDArray[np.uint8], shown: NDArray[np.uint8]) -> tuple[float, float]:
    """Give the information of a picture that is still in another of its shape, and all that it has.

    Pixel VIF at full size over blocks of 8x8 that do not overlap: a tenth of the work of sliding ones.
    """
    import numpy as np

    one, other = _blocks(source), _blocks(shown)
    mean, other_mean = _products(one), _products(other)
    variance = np.maximum(_products(one, one) - mean * mean, 0)
    together = _products(one, other) - mean * other_mean
    gain = np.maximum(together / (variance + 1e-3), 0)
    foreign = np.maximum(_products(other, other) - other_mean * other_mean - gain * together, 0)
    kept = np.log2(1 + gain * gain * variance / (foreign + _NOISE)).sum()
    return float(kept), float(np.log2(1 + variance / _NOISE).sum())


def _blocks(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Cut to whole blocks: a row of pixels for each."""
    import numpy as np

    high, wide = (edge // _BLOCK for edge in picture.shape)
    whole = picture[: high * _BLOCK, : wide * _BLOCK].reshape(high, _BLOCK, wide, _BLOCK).transpose(0, 2, 1, 3)
    return whole.reshape(high * wide, _BLOCK * _BLOCK).astype(np.float32)


def _products(one: NDArray[np.float32], other: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """Give each block's mean, or the mean product of two blocks."""
    import numpy as np

    sums = one.sum(axis=1) if other is None else np.einsum("ij,ij->i", one, other)
    means: NDArray[np.float32] = sums / np.float32(_BLOCK * _BLOCK)
    return means
