"""Colours merged two at a time, those that lose least by it first (Ward's method): one order for any number of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Merges:
    """The order in which a table's colours merge, found when first asked for.

    The rarest are not simply dropped: they may be the one red thing in a scene.
    """

    __slots__ = ("_colours", "_pairs", "_weights")

    def __init__(self, table: NDArray[Any], weights: NDArray[Any]) -> None:
        """Take the colours (entries x bands, where distances are to count) and how many pixels have each."""
        import numpy as np

        self._colours = table.astype(np.float64)
        self._weights = weights.astype(np.float64)
        self._pairs: list[tuple[int, int]] | None = None

    def left(self, most: int) -> NDArray[np.float64]:
        """Give what is left once there are at most ``most``: the means of those that merged."""
        import numpy as np

        if self._pairs is None:
            self._pairs = self._order()
        colours, weights = self._colours.copy(), self._weights.copy()
        kept = np.ones(len(colours), dtype=bool)
        for one, other in self._pairs[: max(len(colours) - most, 0)]:
            whole = weights[one] + weights[other]
            colours[one] = (colours[one] * weights[one] + colours[other] * weights[other]) / whole
            weights[one] = whole
            kept[other] = False
        left: NDArray[np.float64] = colours[kept]
        return left

    def _order(self) -> list[tuple[int, int]]:
        import numpy as np

        colours, weights = self._colours.copy(), self._weights.copy()
        squares = ((colours[:, None] - colours[None]) ** 2).sum(axis=2)
        costs = squares * (weights[:, None] * weights[None] / (weights[:, None] + weights[None]))
        np.fill_diagonal(costs, np.inf)
        kept = np.ones(len(colours), dtype=bool)
        pairs: list[tuple[int, int]] = []
        for _ in range(len(colours) - 1):
            one, other = divmod(int(costs.argmin()), len(colours))
            pairs.append((one, other))
            whole = weights[one] + weights[other]
            colours[one] = (colours[one] * weights[one] + colours[other] * weights[other]) / whole
            weights[one] = whole
            kept[other] = False
            costs[other] = costs[:, other] = np.inf
            row = ((colours - colours[one]) ** 2).sum(axis=1) * (weights * whole / (weights + whole))
            row[~kept] = row[one] = np.inf
            costs[one] = costs[:, one] = row
        return pairs
