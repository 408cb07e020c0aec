"""What moves in an animation: learnt in one turn, on a thinned grid. It decides what is given up first.

Screen recordings stand still but for small places, over flat ground; whatever else moves (footage, cartoons)
changes most pixels or has flat ground nowhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mediaprep.encoders._moving import moved, rows_touched

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

REACH = 6
"""How many frames ahead a frame is compared: dropping five of six is the most that still moves."""

HELD, HELD_WIDE = 24.0, 64.0
"""The holds between which a recording's noise goes."""

_GRID_PIXELS = 40_000
_SEEN = 12 * 12
"""A pixel that moved by 12 of 442 in RGB has changed to the eye."""

_SCREEN_DRIFT, _SCREEN_FLAT = 0.08, 0.25
"""A screen recording changes less than this share of its pixels at all between frames (median) and has more than
this share of pixels equal to their left neighbours. Of 14 real GIFs: recordings 0.00-0.02 and 0.33-0.98, footage and
cartoons 0.03-0.98 and 0.11-0.66."""


_GRAINY = 0.75
"""Of four recordings: terminals .30 and .46 (their bytes fall to .36 and .43 of themselves), a browser .97 (.89), a
game .93 (.80)."""

_LOOK_CELLS = 16
"""Cells of each edge whose mean colours are a frame's look: means are free of a palette's dither."""

_STRIP_ROWS, _STRIPS_APART, _PAIRS_APART = 16, 64, 4
"""Noise is looked for in a quarter of the rows of every fourth pair of frames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """``changed[i][g - 1]``: the share of pixels by which frame i + g differs visibly from frame i.

    ``apart`` likewise is their mean distance, 0 to 1; ``drift`` the share that changed at all between
    neighbours; ``flat`` the share of pixels equal to their left neighbours. ``grain``: by how much the runs of changed
    pixels get fewer, beside the pixels, from a hold of 24 to one of 64 (1 where noise is none of them).
    ``looks``: each frame's mean colours in a grid of cells, three bytes for each.
    """

    frames: int
    changed: tuple[tuple[float, ...], ...]
    apart: tuple[tuple[float, ...], ...]
    drift: tuple[float, ...]
    flat: float
    grain: float = 1.0
    looks: tuple[bytes, ...] = ()

    @property
    def screen(self) -> bool:
        """Whether this is a recording of a screen (or drawn like one)."""
        moving = sorted(share for share in self.drift if share)  # a film's held pictures stand still, too
        median = moving[len(moving) // 2] if moving else 0.0
        return median < _SCREEN_DRIFT and self.flat > _SCREEN_FLAT

    @property
    def grainy(self) -> bool:
        """Whether most of what changes is noise that a wide hold takes away."""
        return self.screen and self.grain < _GRAINY

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
    looks: list[bytes] = []
    count = 0
    before: NDArray[np.uint8] | None = None
    grain = _Grain()
    for pixels in frames:
        step = max(1, math.ceil(math.sqrt(pixels.shape[0] * pixels.shape[1] / _GRID_PIXELS)))
        if count % 8 == 0 and len(flat) < 8:
            rows = pixels[::step]
            flat.append(float((rows[:, 1:] == rows[:, :-1]).all(axis=2).mean()) if rows.shape[1] > 1 else 1.0)
        thin = np.ascontiguousarray(pixels[::step, ::step]).astype(np.int16)
        looks.append(_look(thin))
        changed.append([])
        apart.append([])
        for back, earlier in enumerate(reversed(ring), 1):
            share, distance, any_share = _compared(earlier, thin)
            changed[count - back].append(share)
            apart[count - back].append(distance)
            if back == 1:
                drift.append(any_share)
        if count % _PAIRS_APART == 1 and before is not None and 0 < drift[-1] < _SCREEN_DRIFT:
            grain.look(before, pixels)
        before = pixels
        ring = [*ring, thin][-REACH:]
        count += 1
    return Motion(
        frames=count,
        changed=tuple(tuple(row) for row in changed),
        apart=tuple(tuple(row) for row in apart),
        drift=tuple(drift),
        flat=sum(flat) / max(len(flat), 1),
        grain=grain.share,
        looks=tuple(looks),
    )


def _look(thin: NDArray[np.int16]) -> bytes:
    import numpy as np

    edges = thin.shape[:2]
    rows, columns = (np.unique(np.linspace(0, edge, _LOOK_CELLS, endpoint=False).astype(int)) for edge in edges)
    sums = np.add.reduceat(np.add.reduceat(thin[..., :3], rows, axis=0, dtype=np.int32), columns, axis=1)
    heights, widths = np.diff([*rows, edges[0]]), np.diff([*columns, edges[1]])
    means: NDArray[np.float64] = sums / (heights[:, None] * widths[None, :])[..., None]
    return means.round().astype(np.uint8).tobytes()


class _Grain:
    """Counts the changed pixels that a narrow and a wide hold leave, and the edges between them and others."""

    HOLDS: ClassVar[tuple[float, float]] = (HELD, HELD_WIDE)

    def __init__(self) -> None:
        """Nothing was looked at."""
        self._edges = [0, 0]
        self._pixels = [0, 0]

    def look(self, one: NDArray[np.uint8], other: NDArray[np.uint8]) -> None:
        """Add the rows in which two frames differ, some of them."""
        import numpy as np

        touched = rows_touched(one, other)
        if touched is None:
            return
        rows = np.arange(*touched)
        rows = rows[rows % _STRIPS_APART < _STRIP_ROWS]
        if not len(rows):
            return
        for at, hold in enumerate(self.HOLDS):
            changed = moved(other[rows][..., :3], one[rows][..., :3], hold)
            self._pixels[at] += int(np.count_nonzero(changed))
            self._edges[at] += int(np.count_nonzero(changed[:, 1:] != changed[:, :-1]))

    @property
    def share(self) -> float:
        """Give how many edges for each pixel are left, 1 at most."""
        if min(*self._edges, *self._pixels) == 0:
            return 1.0
        return min(1.0, self._edges[1] / self._edges[0] * self._pixels[0] / self._pixels[1])


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
