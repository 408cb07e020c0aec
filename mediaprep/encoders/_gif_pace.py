"""The hold of a GIF while it is written: a little more or less of it from frame to frame, so that the whole fills.

A size model is right to a few per cent; what it is wrong by shows in the first frames and is made up for in those
that follow. So one encode lands where bisection takes two or three.
"""

from __future__ import annotations

from itertools import accumulate

from mediaprep.encoders import Pacing

_LEAST_POWER = 0.1
"""Below it nothing is gained by turning the hold; it only keeps the sums finite."""

_TRUST = 0.25
"""The share of all frames whose measured bytes weigh as much as what was expected before any was measured."""

_LEAST_WEIGHT = 0.002
"""What a frame in which nothing moves is expected to take: its blocks, as a share of all pixels moving."""

_SETTLED = 1.5
"""The hold of a frame is at most so many times that of the frame before: it changes gently while it may."""


class Pacer:
    """Says each frame's hold, and is told what each frame came to."""

    def __init__(self, pacing: Pacing | None, hold: float, moves: tuple[float, ...]) -> None:
        """Take the plan, the hold that was asked for, and what each later frame takes beside the others.

        That is the share of its pixels that moves, or the bytes that it had before.
        """
        self._pacing = pacing
        self._power = max(pacing.power, _LEAST_POWER) if pacing is not None else 0.0
        self._asked = hold
        self._weights = [0.0, *(max(share, _LEAST_WEIGHT) for share in moves)]
        self._until = list(accumulate(self._weights))
        self._holds = {0: hold}
        self._spent = 0.0
        self._moving = 0.0
        self._even: dict[int, float] = {}
        self._written = 0
        self._level: float | None = None
        self._expected: float | None = None

    @property
    def even_ratio(self) -> float:
        """Give the bytes that later frames would have at the hold that was asked for, by what they have."""
        return sum(self._even.values()) / self._moving if self._moving > 0 else 1.0

    @property
    def even_bytes(self) -> tuple[float, ...]:
        """Give what each later frame would have at the hold that was asked for, 0 where it was merged."""
        return tuple(self._even.get(number, 0.0) for number in range(1, len(self._weights)))

    def hold(self, number: int) -> float:
        """Give the hold for one frame of the asset, counted from 0; asked in their order."""
        if self._pacing is not None and self._level is not None and self._asked > 0:
            self._holds[number] = self._turned(self._pacing, self._level, self._holds.get(number - 1, self._asked))
        else:
            self._holds[number] = self._asked
        return self._holds[number]

    def wrote(self, number: int, size_bytes: int) -> None:
        """Learn what a frame came to; the first with what stands before it."""
        self._spent += size_bytes
        self._written = number
        if self._pacing is None or number >= len(self._until):
            return
        whole = self._until[-1]
        if number == 0:
            self._level = max(self._pacing.aim_bytes - self._spent, 1.0) / whole if whole > 0 else None
            self._expected = self._level
            return
        self._moving += size_bytes
        self._even[number] = size_bytes * (max(self._holds[number], 0.5) / max(self._asked, 0.5)) ** self._power
        trusted = _TRUST * whole
        if self._expected is not None:
            self._level = (trusted * self._expected + sum(self._even.values())) / (trusted + self._until[number])

    def _turned(self, pacing: Pacing, level: float, before: float) -> float:
        ahead = level * (self._until[-1] - self._until[self._written])
        left = pacing.aim_bytes - self._spent
        if ahead <= 0:
            return before
        wanted = self._asked * (max(left, 1.0) / ahead) ** (-1 / self._power) if left > 0 else pacing.highest_hold
        wanted = min(max(wanted, before / _SETTLED), max(before, 1.0) * _SETTLED)
        return min(max(wanted, pacing.lowest_hold), pacing.highest_hold)
