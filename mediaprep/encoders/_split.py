"""A table of weighted colours divided into groups of like ones: always the group that loses most by being one."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_EVEN = 1e-9
"""Squares below this are rounding: the colours of such a group are the same."""


def split(table: NDArray[Any], weights: NDArray[Any], most: int) -> NDArray[np.float64]:
    """Give the means of up to ``most`` groups of colours (entries x bands), weighted.

    A group is cut across the band in which it varies most, where its halves vary least (as Wu 1991 does with cells).
    """
    import numpy as np

    groups = [_Group(np.ascontiguousarray(table.T, np.float64), np.asarray(weights, np.float64))]
    while len(groups) < most and groups[0].squares > _EVEN:
        one, other = groups[0].halves()
        heapq.heapreplace(groups, one)
        heapq.heappush(groups, other)
    return np.array([group.mean for group in groups])


class _Group:
    """Some colours (bands x entries); the one with the largest sum of squares comes first."""

    __slots__ = ("_colours", "_spread", "_weights", "mean", "squares")

    def __init__(self, colours: NDArray[Any], weights: NDArray[Any]) -> None:
        self._colours, self._weights = colours, weights
        whole = weights.sum()
        self.mean = colours @ weights / whole
        off = colours - self.mean[:, None]
        self._spread = (off * off) @ weights
        self.squares = float(self._spread.sum()) if len(weights) > 1 else 0.0

    def __lt__(self, other: _Group) -> bool:
        return self.squares > other.squares

    def halves(self) -> tuple[_Group, _Group]:
        band = int(self._spread.argmax())
        off = self._colours[band] - self.mean[band]
        order = off.argsort()
        held = self._weights[order]
        below, moment = held.cumsum(), (held * off[order]).cumsum()
        gained = moment[:-1] ** 2 / (below[:-1] * (below[-1] - below[:-1]))
        cut = int(gained.argmax()) + 1
        colours = self._colours[:, order]
        return _Group(colours[:, :cut], held[:cut]), _Group(colours[:, cut:], held[cut:])
