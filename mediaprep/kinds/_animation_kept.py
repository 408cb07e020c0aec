"""Which frames of an animation are kept where not all are: those that change least between each other and lose least.

Which matters more than how many: recorders alternate between noise states, so every second frame can be half the
bytes of every third.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from mediaprep.kinds._animation_motion import Motion

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LOSS_WEIGHT = 12.0
"""How much a dropped frame's distance from the one shown in its place counts against pixels saved. Measured on two
recordings at equal bytes, 64 colours: a terminal at a fifth of its bytes has phone VMAF 98.6 at 12 and 30, 96.4 at
3 and 1.5; a browser at half of them the same at 3 and 10 (98.8), 0.1 less at 30."""

_WIDEST = 24
"""Frames of which one may stand for all. The smallest setting keeps a sixth: what stands still leaves room to what
moves, and a last page that is shown for seconds is not lost to an even spread."""

_BLOCK = 512
"""Frames among which a choice is made at once: the work grows with their square."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Frames from ``start`` up to ``end``, and the way to each of their numbers.

    ``came[i][n]`` is the gap over which the cheapest path of ``n`` steps comes to frame ``start + i``.
    """

    start: int
    end: int
    came: NDArray[np.int8]


class Chooser:
    """Chooses among the frames of one animation, any number of times: the paths are found once."""

    def __init__(self, motion: Motion, delays_ms: tuple[float, ...]) -> None:
        """Take what moves and how long each frame is shown; nothing is reckoned yet."""
        self._motion = motion
        self._delays_ms = delays_ms
        self._blocks: tuple[_Block, ...] = ()
        self._chosen: dict[int, tuple[int, ...]] = {}

    def kept(self, most: int) -> tuple[int, ...]:
        """Choose at most ``most`` frames, the first among them; never fewer than two, or it would not move.

        The cheapest path of so many steps from the first frame to the end, on which a step from i to j costs the
        pixels that change and, for each frame passed over, its distance from i for as long as it was shown.
        """
        frames = self._motion.frames
        most = min(max(most, 2), frames)
        if most == frames:
            return tuple(range(frames))
        if most not in self._chosen:
            few = most <= -(-frames // _WIDEST)
            self._chosen[most] = _spread(self._delays_ms, most) if few else self._cheapest(most)
        return self._chosen[most]

    def _cheapest(self, most: int) -> tuple[int, ...]:
        frames = self._motion.frames
        if not self._blocks:
            count = -(-frames // _BLOCK)
            edges = [frames * i // count for i in range(count + 1)]
            self._blocks = tuple(_paths(self._motion, self._delays_ms, *edge) for edge in pairwise(edges))
        count = len(self._blocks)
        counts = [most * i // count for i in range(count + 1)]
        chosen: list[int] = []
        for block, (before, after) in zip(self._blocks, pairwise(counts), strict=True):
            chosen += _back(block, after - before)
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


def _paths(motion: Motion, delays_ms: tuple[float, ...], start: int, end: int) -> _Block:
    """Find the cheapest paths of every number of steps from ``start`` to each later frame up to ``end``."""
    import numpy as np

    usual = sum(delays_ms) / motion.frames
    size = end - start + 1
    costs = np.full((size, size), np.inf, dtype=np.float32)
    came = np.zeros((size, size), dtype=np.int8)
    costs[0, 0] = 0.0
    for frame in range(start, end):
        here = costs[frame - start, :-1]
        for after, cost in _steps(motion, delays_ms, usual, frame):
            if after > end:
                break
            there, gaps = costs[after - start, 1:], came[after - start, 1:]
            reached = here + np.float32(cost)
            better = reached < there
            np.copyto(there, reached, where=better)
            gaps[better] = after - frame
    return _Block(start, end, came)


def _back(block: _Block, steps: int) -> list[int]:
    """Give the frames of the cheapest path of so many steps, the block's first among them."""
    path: list[int] = []
    at = block.end
    while at > block.start:
        at -= int(block.came[at - block.start, steps])
        steps -= 1
        path.append(at)
    return path[::-1]


def _steps(motion: Motion, delays_ms: tuple[float, ...], usual: float, start: int) -> Iterator[tuple[int, float]]:
    """Give each next frame that may follow ``start`` (the end counts as one) with what the step costs."""
    lost = 0.0
    for end in range(start + 1, min(start + _WIDEST, motion.frames) + 1):
        if end > start + 1:
            lost += motion.distance(start, end - 1) * delays_ms[end - 1] / usual
        yield end, (motion.between(start, end) if end < motion.frames else 0.0) + _LOSS_WEIGHT * lost


def merged(delays_ms: tuple[float, ...], chosen: tuple[int, ...]) -> tuple[float, ...]:
    """Give each chosen frame the time of those dropped behind it; what came before the first goes to the first."""
    edges = [0, *chosen[1:], len(delays_ms)]
    return tuple(sum(delays_ms[one:other]) for one, other in pairwise(edges))
