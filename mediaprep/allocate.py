"""Share a message's bytes among its parts so that they buy most likeness. Pure.

Each part has a curve of bytes against score. Bytes go where the next one buys most; a point of score counts
in proportion to how far its part still is from looking right (see ``worth``), so that the worst part of a
message is helped first. At the end no move of a byte from one part to another would gain anything: the
marginal worth a byte is equal for all parts that are neither at their floor nor at the end of their curve.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[int, float]
"""Bytes, and the score that they buy."""

_STEPS = 12
"""Straight pieces into which each piece of a curve is cut, since worth bends between its ends."""

FULL_SCORE = 100.0
SHARPNESS = 3.0
"""How much more a point counts far from the full score: at 3, one at score 50 weighs 6 times one at score 80."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one part asks for. ``floor_bytes`` it gets before anything else, ``most_bytes`` it never exceeds.

    ``curve`` holds points of rising bytes; empty for what has no score (sound), which then gets its place between
    floor and most by how much of all wishes the message can fulfil.
    """

    name: str
    floor_bytes: int
    most_bytes: int
    curve: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """Bytes for each part, in the order asked; ``short_bytes`` is what even the floors lack (then nothing is given)."""

    given: tuple[int, ...]
    short_bytes: int = 0

    @property
    def possible(self) -> bool:
        """Whether every part has at least its floor."""
        return self.short_bytes == 0


def worth(score: float) -> float:
    """Weigh a score: the loss to a full score, raised to ``SHARPNESS``, counts against it."""
    loss: float = ((FULL_SCORE - min(score, FULL_SCORE)) / FULL_SCORE) ** SHARPNESS
    return -loss


def allocate(shares: Sequence[Share], budget_bytes: int) -> Allocation:
    """Give each part its bytes; together never more than the budget, and what one cannot use goes to the others."""
    floors = [min(share.floor_bytes, share.most_bytes) for share in shares]
    left = budget_bytes - sum(floors)
    if left < 0:
        return Allocation(given=tuple(0 for _ in shares), short_bytes=-left)
    given = list(floors)
    left -= _unscored(shares, given, left)
    for _, index, size in sorted(_steps(shares, floors), key=lambda step: (-step[0], step[1])):
        taken = min(size, left)
        given[index] += taken
        left -= taken
    return Allocation(given=tuple(_passed_on(shares, given, left)))


def score_at(curve: Sequence[Point], size_bytes: int) -> float:
    """Give the score that so many bytes buy, in straight lines between the points."""
    if not curve or size_bytes < curve[0][0]:
        return 0.0
    for (low, first), (high, second) in pairwise(curve):
        if size_bytes <= high:
            return first + (second - first) * (size_bytes - low) / max(high - low, 1)
    return curve[-1][1]


def _unscored(shares: Sequence[Share], given: list[int], left: int) -> int:
    """Raise what has no score from its floor by the share of all wishes that can be fulfilled."""
    wishes = sum(max(share.most_bytes - floor, 0) for share, floor in zip(shares, given, strict=True))
    if not wishes:
        return 0
    taken = 0
    for index, share in enumerate(shares):
        if not share.curve:
            more = int((share.most_bytes - given[index]) * min(1.0, left / wishes))
            given[index] += more
            taken += more
    return taken


def _steps(shares: Sequence[Share], floors: Sequence[int]) -> list[tuple[float, int, int]]:
    """Cut each curve's upper hull into steps of falling worth a byte: (worth a byte, part, bytes)."""
    steps = []
    for index, (share, floor) in enumerate(zip(shares, floors, strict=True)):
        points = _hull(_fine(share, floor)) if share.curve else []
        for (low, first), (high, second) in pairwise(points):
            steps.append(((second - first) / (high - low), index, high - low))
    return steps


def _fine(share: Share, floor: int) -> list[tuple[int, float]]:
    """Give points of bytes and worth from the floor to the most, dense enough for straight lines between them."""
    most = share.most_bytes
    sizes = {floor, most}
    for (low, _), (high, _) in pairwise(share.curve):
        sizes.update(low + (high - low) * step // _STEPS for step in range(_STEPS + 1))
    best = -1.0
    points = []
    for size in sorted(size for size in sizes if floor <= size <= most):
        best = max(best, worth(score_at(share.curve, size)))
        points.append((size, best))
    return points


def _hull(points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Keep the points of the upper concave hull: a part that gains little at first and much later is paid at once."""
    hull: list[tuple[int, float]] = []
    for point in points:
        while len(hull) >= 2 and _slope(hull[-2], hull[-1]) <= _slope(hull[-1], point):
            hull.pop()
        hull.append(point)
    return hull


def _slope(first: tuple[int, float], second: tuple[int, float]) -> float:
    return (second[1] - first[1]) / (second[0] - first[0])


def _passed_on(shares: Sequence[Share], given: list[int], left: int) -> list[int]:
    """Let what nobody's curve asked for raise those that can still grow."""
    for index, share in enumerate(shares):
        more = min(left, max(share.most_bytes - given[index], 0))
        given[index] += more
        left -= more
    return given
