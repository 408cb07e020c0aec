"""What moves in an animation: learnt in one turn, on a thinned grid. It decides what is given up first.

Screen recordings stand still but for small places, over flat ground; whatever else moves (footage, cartoons)
changes most pixels or has flat ground nowhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

REACH = 6
"""How many frames ahead a frame is compared: dropping five of six is the most that still moves."""

_GRID_PIXELS = 40_000
_SEEN = 12 * 12
"""A pixel that moved by 12 of 442 in RGB has changed to the eye."""

_SCREEN_DRIFT, _SCREEN_FLAT = 0.08, 0.25
"""A screen recording changes less than this share of its pixels at all between frames (median) and has more than
this share of pixels equal to their left neighbours. Of 14 real GIFs: recordings 0.00-0.02 and 0.33-0.98, footage and
cartoons 0.03-0.98 and 0.11-0.66."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """``changed[i][g - 1]``: the share of pixels by which frame i + g differs visibly from frame i.

    ``apart`` likewise is their mean distance, 0 to 1; ``drift`` the share that changed at all between
    neighbours; ``flat`` the share of pixels equal to their left neighbours.
    """

    frames: int
    changed: tuple[tuple[float, ...], ...]
    apart: tuple[tuple[float, ...], ...]
    drift: tuple[float, ...]
    flat: float

    @property
    def screen(self) -> bool:
        """Whether this is a recording of a screen (or drawn like one)."""
        median = sorted(self.drift)[len(self.drift) // 2] if self.drift else 0.0
        return median < _SCREEN_DRIFT and self.flat > _SCREEN_FLAT

    def between(self, one: int, other: int) -> float:
        """Give the share of pixels that change from frame ``one`` to a later one."""
        return _hopped(self.changed, one, other)

    def distance(self, one: int, other: int) -> float:
        """Give the mean distance of frame ``one`` from a later one, 0 to 1."""
        return _hopped(self.apart, one, other)


def _hopped(rows: tuple[tuple[float, ...], ...], one: int, other: int) -> float:
    """Read a comparison; beyond reach it is taken for the largest on a way of hops of REACH frames."""
    largest = 0.0
    while other - one > REACH:
        largest = max(largest, rows[one][REACH - 1])
        one += REACH
    return max(largest, rows[one][other - one - 1])


def watched(frames: Iterable[NDArray[np.uint8]]) -> Motion:
    """Compare each frame with the next ones; holds REACH thinned frames."""
    import numpy as np

    ring: list[NDArray[np.int16]] = []
    changed: list[list[float]] = []
    apart: list[list[float]] = []
    drift: list[float] = []
    flat: list[float] = []
    count = 0
    for pixels in frames:
        step = max(1, math.ceil(math.sqrt(pixels.shape[0] * pixels.shape[1] / _GRID_PIXELS)))
        if count % 8 == 0 and len(flat) < 8:
            rows = pixels[::step]
            flat.append(float((rows[:, 1:] == rows[:, :-1]).all(axis=2).mean()) if rows.shape[1] > 1 else 1.0)
        thin = np.ascontiguousarray(pixels[::step, ::step]).astype(np.int16)
        changed.append([])
        apart.append([])
        for back, earlier in enumerate(reversed(ring), 1):
            share, distance, any_share = _compared(earlier, thin)
            changed[count - back].append(share)
            apart[count - back].append(distance)
            if back == 1:
                drift.append(any_share)
        ring = [*ring, thin][-REACH:]
        count += 1
    return Motion(
        frames=count,
        changed=tuple(tuple(row) for row in changed),
        apart=tuple(tuple(row) for row in apart),
        drift=tuple(drift),
        flat=sum(flat) / max(len(flat), 1),
    )


def _compared(one: NDArray[np.int16], other: NDArray[np.int16]) -> tuple[float, float, float]:
    import numpy as np

    difference = other - one
    squares = np.einsum("ijk,ijk->ij", difference, difference, dtype=np.int32)
    total = squares.size
    moved = int(np.count_nonzero(squares))
    if not moved:
        return 0.0, 0.0, 0.0
    distance = float(np.abs(difference).mean()) / 255.0
    return int(np.count_nonzero(squares > _SEEN)) / total, distance, moved / total
