"""The best quality that fits, over one axis: bracketed, model-guided bisection. It knows no codec.

The caller encodes what the generator asks for and sends back the size. Sizes are taken to rise with
quality but need not do so strictly: the answer is always a size that was measured.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass

FILLED = 0.972
"""A probe that fills this share of the target ends the search: the rest is worth less than one more encode."""

AIM = 0.989
"""Where probes aim, as a share of the target: a levelled curve is right to 1 %, and a probe over it is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The end of a search: the best quality whose size is within the target, or why there is none.

    ``quality`` is None where even the lowest quality is over; ``nearest`` is then the smallest probe.
    """

    quality: float | None
    size_bytes: int | None
    nearest: tuple[float, int] | None
    probes: int


Model = Callable[[float], float]
"""Quality to the natural logarithm of the size that is expected: its shape counts, its level is corrected."""


def search(
    model: Model,
    *,
    target_bytes: int,
    low: float,
    high: float,
    filled: float = FILLED,
    most: int = 10,
    step: float = 0.02,
) -> Generator[float, int, Found]:
    """Look for the highest quality in [low, high] whose size is at most ``target_bytes``.

    ``model`` guides the guesses; a bracket (the best that fits, the lowest that is over) makes sure
    that a wrong model costs probes but never the answer. Ends when ``filled`` of the target is used,
    the bracket is narrower than ``step``, ``high`` itself fits, or after ``most`` probes with one
    that fits.
    """
    bracket = _Bracket(model, target_bytes, low, high)
    quality = _invert(model, bracket.goal, low, high)
    while True:
        bracket.take(quality, (yield quality))
        if bracket.done(filled, most, step):
            break
        quality = bracket.next()
    fits, probes = bracket.fits, bracket.probes
    if fits is not None:
        return Found(quality=fits[0], size_bytes=fits[1], nearest=fits, probes=probes)
    return Found(quality=None, size_bytes=None, nearest=bracket.over, probes=probes)


@dataclass(slots=True)
class _Bracket:
    """What the probes have shown so far; each is a quality with its size in bytes."""

    model: Model
    target_bytes: int
    low: float
    high: float
    fits: tuple[float, int] | None = None
    over: tuple[float, int] | None = None
    last: tuple[float, int] | None = None
    stretch: float = 1.0
    """How much steeper than the model the curve was between the last two probes."""
    probes: int = 0
    streak: int = 0
    """How many probes in a row ended on the same side of the target."""

    @property
    def goal(self) -> float:
        """Give the natural logarithm of the size that probes aim at."""
        return math.log(max(self.target_bytes * AIM, 1.0))

    @property
    def ends(self) -> tuple[float, float]:
        """Give the qualities between which the answer lies; all up to the one that is over where sizes fall."""
        bottom = self.fits[0] if self.fits is not None else self.low
        top = self.over[0] if self.over is not None else self.high
        return (bottom, top) if bottom <= top else (self.low, top)

    def take(self, quality: float, size_bytes: int) -> None:
        """Learn from a probe."""
        probe = (quality, size_bytes)
        within = size_bytes <= self.target_bytes
        if within:
            if self.fits is None or (size_bytes, quality) > (self.fits[1], self.fits[0]):
                self.fits = probe
        elif self.over is None or quality < self.over[0]:
            self.over = probe
        same_side = self.last is not None and (self.last[1] <= self.target_bytes) == within
        self.streak = self.streak + 1 if same_side else 1
        if self.last is not None:
            self.stretch = _stretch(self.model, self.last, probe)
        self.last = probe
        self.probes += 1

    def done(self, filled: float, most: int, step: float) -> bool:
        """Say whether another probe is worth nothing, or cannot be."""
        if self.over is not None and self.over[0] <= self.low:
            return True
        if self.fits is None:
            return False
        bottom, top = self.ends
        full = self.fits[0] >= self.high or self.fits[1] >= filled * self.target_bytes
        return full or self.probes >= most or top - bottom < step

    def next(self) -> float:
        """Choose the next probe: the model through the last one; between two probes, a line in log size."""
        bottom, top = self.ends
        fits, over = self.fits, self.over
        if fits is None or over is None:
            return self._outward(bottom, top)
        if over[1] <= fits[1] or self.probes >= 6:
            return (bottom + top) / 2
        share = (self.goal - math.log(fits[1])) / (math.log(over[1]) - math.log(fits[1]))
        if self.streak > 1:  # the same end was hit again: the line bends, so go past what it says (as Illinois does)
            share += 0.4 * (1.0 - share) if self.last == fits else -0.4 * share
        rise = self.model(over[0]) - self.model(fits[0])
        guess = _invert(self.model, self.model(fits[0]) + min(max(share, 0.05), 0.95) * rise, fits[0], over[0])
        return guess if fits[0] < guess < over[0] else (fits[0] + over[0]) / 2

    def _outward(self, bottom: float, top: float) -> float:
        """Choose a probe while only one end is known: where the model, at its last level, comes to the goal."""
        assert self.last is not None
        if self.fits is None and self.probes >= 4:
            return self.low
        missing = (self.goal - math.log(max(self.last[1], 1))) / self.stretch
        guess = _invert(self.model, self.model(self.last[0]) + missing, bottom, top)
        if self.over is None and guess <= bottom + 1e-9:
            guess = min(self.high, bottom + max((self.high - bottom) / 8, 0.01))
        if self.fits is None and guess >= top - 1e-9:
            guess = max(self.low, top - max((top - self.low) / 8, 0.01))
        return guess


def _stretch(model: Model, before: tuple[float, int], now: tuple[float, int]) -> float:
    """Give how much steeper than the model the curve was between two probes, within reason."""
    expected = model(now[0]) - model(before[0])
    measured = math.log(max(now[1], 1)) - math.log(max(before[1], 1))
    if abs(expected) < 1e-9 or expected * measured <= 0:
        return 1.0
    return min(max(measured / expected, 0.1), 10.0)


def _invert(model: Model, goal: float, low: float, high: float) -> float:
    """Give the quality in [low, high] at which the model comes to ``goal``, the nearer end if none does."""
    if model(low) >= goal:
        return low
    if model(high) <= goal:
        return high
    bottom, top = low, high
    for _ in range(40):
        middle = (bottom + top) / 2
        if model(middle) <= goal:
            bottom = middle
        else:
            top = middle
    return bottom
