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

    groups = [_Group(table, weights, np.arange(len(table)))]
    while len(groups) < most and groups[0].squares > _EVEN:
        for part in groups[0].halves(table, weights):
            heapq.heappush(groups, _Group(table, weights, part))
        heapq.heappop(groups)
    return np.array([group.mean for group in groups])


class _Group:
    """Some colours of the table; the one with the largest sum of squares comes first."""

    __slots__ = ("_members", "_spread", "mean", "squares")

    def __init__(self, table: NDArray[Any], weights: NDArray[Any], members: NDArray[Any]) -> None:
        self._members = members
        held = weights[members, None] * table[members]
        whole = weights[members].sum()
        self.mean = held.sum(axis=0) / whole
        self._spread = (held * table[members]).sum(axis=0) - whole * self.mean**2
        self.squares = float(self._spread.sum()) if len(members) > 1 else 0.0

    def __lt__(self, other: _Group) -> bool:
        return self.squares > other.squares

    def halves(self, table: NDArray[Any], weights: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        band = int(self._spread.argmax())
        off = table[self._members, band] - self.mean[band]
        order = off.argsort()
        held = weights[self._members][order]
        below, moment = held.cumsum(), (held * off[order]).cumsum()
        gained = moment[:-1] ** 2 / (below[:-1] * (below[-1] - below[:-1]))
        cut = int(gained.argmax()) + 1
        return self._members[order[:cut]], self._members[order[cut:]]
