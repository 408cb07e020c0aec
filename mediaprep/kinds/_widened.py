"""A search made once more with all the bytes of a limit, where within its target nothing looks good enough."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Protocol, TypeVar

from mediaprep.kinds import Encoded, Step


class _Scored(Protocol):
    @property
    def score(self) -> float | None:
        """From 0 to 100; None counts as 0."""
        ...


_T = TypeVar("_T", bound=_Scored)


def widened(
    within: Callable[[int], Generator[Step, Encoded, tuple[_T | None, Encoded | None]]],
    *,
    target_bytes: int,
    limit_bytes: int,
    floor_score: float,
) -> Generator[Step, Encoded, tuple[_T | None, Encoded | None]]:
    """Give the best that ``within`` finds for the target, or else for the limit, and the nearest that is over."""
    best, nearest = yield from within(target_bytes)
    if limit_bytes <= target_bytes or (best is not None and (best.score or 0.0) >= floor_score):
        return best, nearest
    wider, nearer = yield from within(limit_bytes)
    if wider is not None and (best is None or (wider.score or 0.0) > (best.score or 0.0)):
        best = wider
    return best, nearer or nearest
