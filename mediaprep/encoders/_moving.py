"""What an encoder of moving pictures is given: frames that come one at a time, as often as asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediaprep.encoders._gif_pace import Pacer


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """An animation of final dimensions. ``frames`` starts the frames anew; no frame may be kept or changed.

    A frame is height x width x 3 bytes; with ``alpha`` a fourth says how far it hides what is behind it, and what
    hides nothing is black.
    ``delays_cs`` are hundredths of a second, one for each frame; ``plays`` counts plays, 0 is for ever.
    ``table`` holds the colours that were chosen for them (rows of three bytes); who keeps every pixel takes those of
    the frames instead. ``pacer`` says each frame's hold where they are to come to something together.
    """

    size: tuple[int, int]
    delays_cs: tuple[int, ...]
    plays: int
    frames: Callable[[], Iterator[NDArray[np.uint8]]]
    table: NDArray[np.uint8]
    alpha: bool = False
    pacer: Pacer | None = None


def rows_touched(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> tuple[int, int] | None:
    """Give a band of rows (first, behind the last) that holds every difference, None where two frames are equal.

    Compared eight bytes at a time, which is three times as fast as pixel by pixel: the band may be a few bytes
    wider than the difference.
    """
    import numpy as np

    first, second = np.ascontiguousarray(one).reshape(-1), np.ascontiguousarray(other).reshape(-1)
    whole = len(first) // 8 * 8
    words = np.flatnonzero(first[:whole].view(np.uint64) != second[:whole].view(np.uint64))
    rest = np.flatnonzero(first[whole:] != second[whole:])
    if not len(words) and not len(rest):
        return None
    row_bytes = one.shape[1] * one.shape[2]
    start = int(words[0]) * 8 if len(words) else whole + int(rest[0])
    end = whole + int(rest[-1]) if len(rest) else int(words[-1]) * 8 + 7
    return start // row_bytes, end // row_bytes + 1


SPREAD, _SPREAD_SHARE = 9, 0.25
"""How far the mean of a pixel and its eight neighbours may be from what is shown, in RGB: so much, or this share of
the hold where that is more. The noise of a recorder and the dither of an older GIF cancel out in it, letters and edges
do not. Measured on a recorded terminal: a hold of 24 with it takes 56 % of the bytes of a hold of 11 at the same
likeness (96.0, 96.3); without it 93.6. Text that appears 30 levels from its ground stays whole up to a hold of 48 (a
mean of 12); at 64 (16) strokes of it are lost, and none of text 40 levels away."""


def moved(one: NDArray[np.uint8], other: NDArray[np.uint8], hold: float) -> NDArray[np.bool_]:
    """Say which pixels a hold does not keep: those farther apart, and those whose neighbourhood has moved."""
    import numpy as np

    least = int(hold * hold)
    if hold <= SPREAD:
        return farther(one, other, least)
    apart = one.astype(np.int16) - other
    padded = np.pad(apart, ((1, 1), (1, 1), (0, 0)), mode="edge")
    across = padded[:, :-2] + padded[:, 1:-1]
    across += padded[:, 2:]
    around = across[:-2] + across[1:-1]
    around += across[2:]
    beyond: NDArray[np.bool_] = _squares(apart) > least
    beyond |= _squares(around) > (9 * max(SPREAD, _SPREAD_SHARE * hold)) ** 2
    return beyond


def farther(one: NDArray[np.uint8], other: NDArray[np.uint8], least: int) -> NDArray[np.bool_]:
    """Say where two pictures are farther apart in RGB than the square root of ``least``."""
    import numpy as np

    if least == 0:
        different: NDArray[np.bool_] = (one != other).any(axis=2)
        return different
    beyond: NDArray[np.bool_] = _squares(one.astype(np.int16) - other) > least
    return beyond


def _squares(apart: NDArray[np.int16]) -> NDArray[np.int32]:
    import numpy as np

    squares: NDArray[np.int32] = np.einsum("ijk,ijk->ij", apart, apart, dtype=np.int32)
    return squares
