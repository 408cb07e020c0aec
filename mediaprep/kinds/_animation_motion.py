"""What moves in an animation: learnt in one turn, on a thinned grid. It decides what is given up first.

Screen recordings stand still but for small places, over flat ground; whatever else moves (footage, cartoons)
changes most pixels or has flat ground nowhere. Recorders alternate between noise states, so which frames are
kept matters more than how many: every second frame can be half the bytes of every third.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
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
        """Give the share of pixels that change from frame ``one`` to a later one; 1 beyond reach of a comparison."""
        row = self.changed[one]
        return row[other - one - 1] if other - one <= len(row) else max(row, default=0.0)


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


_LOSS_WEIGHT = 3.0
"""How much a dropped frame's distance from the one shown in its place counts against pixels saved."""


_BLOCK = 512
"""Frames among which a choice is made at once: the work grows with their square."""


def kept(motion: Motion, delays_ms: tuple[float, ...], most: int) -> tuple[int, ...]:
    """Choose ``most`` frames, the first among them, that change least between each other and lose least.

    The cheapest path of so many steps from the first frame to the end, on which a step from i to j costs the
    pixels that change and, for each frame passed over, its distance from i for as long as it was shown.
    """
    if most >= motion.frames:
        return tuple(range(motion.frames))
    if most <= -(-motion.frames // REACH):
        return _spread(delays_ms, most)
    blocks = -(-motion.frames // _BLOCK)
    edges = [motion.frames * i // blocks for i in range(blocks + 1)]
    counts = [most * i // blocks for i in range(blocks + 1)]
    chosen: list[int] = []
    for i in range(blocks):
        chosen += _path(motion, delays_ms, edges[i], edges[i + 1], counts[i + 1] - counts[i])
    return tuple(chosen)


def _spread(delays_ms: tuple[float, ...], most: int) -> tuple[int, ...]:
    """Choose frames evenly in time."""
    total = sum(delays_ms)
    chosen: list[int] = []
    at = 0.0
    for number, delay in enumerate(delays_ms):
        if at >= len(chosen) * total / most - 1e-6 and len(chosen) < most:
            chosen.append(number)
        at += delay
    return tuple(chosen)


def _path(motion: Motion, delays_ms: tuple[float, ...], start: int, end: int, most: int) -> list[int]:
    """Give the cheapest ``most`` frames from ``start`` up to ``end``; ``start`` is one of them."""
    import numpy as np

    usual = sum(delays_ms) / motion.frames
    costs = np.full((end - start + 1, most + 1), np.inf)
    came = np.zeros((end - start + 1, most + 1), dtype=np.int8)
    costs[0, 0] = 0.0
    for frame in range(start, end):
        here = costs[frame - start, :-1]
        for after, cost in _steps(motion, delays_ms, usual, frame):
            if after > end:
                break
            there, gaps = costs[after - start, 1:], came[after - start, 1:]
            better = here + cost < there
            there[better] = (here + cost)[better]
            gaps[better] = after - frame
    path: list[int] = []
    at, left = end, most
    while at > start:
        at -= int(came[at - start, left])
        left -= 1
        path.append(at)
    return path[::-1]


def _steps(motion: Motion, delays_ms: tuple[float, ...], usual: float, start: int) -> Iterator[tuple[int, float]]:
    """Give each next frame that may follow ``start`` (the end counts as one) with what the step costs."""
    lost = 0.0
    for gap in range(1, REACH + 1):
        end = start + gap
        if end > motion.frames:
            return
        if gap > 1:
            lost += motion.apart[start][gap - 2] * delays_ms[end - 1] / usual
        yield end, (motion.changed[start][gap - 1] if end < motion.frames else 0.0) + _LOSS_WEIGHT * lost


def merged(delays_ms: tuple[float, ...], chosen: tuple[int, ...]) -> tuple[float, ...]:
    """Give each chosen frame the time of those dropped behind it; what came before the first goes to the first."""
    edges = [0, *chosen[1:], len(delays_ms)]
    return tuple(sum(delays_ms[one:other]) for one, other in pairwise(edges))
