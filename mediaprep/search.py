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
    target: int,
    low: float,
    high: float,
    filled: float = FILLED,
    most: int = 10,
    step: float = 0.02,
) -> Generator[float, int, Found]:
    """Look for the highest quality in [low, high] whose size is at most ``target`` bytes.

    ``model`` guides the guesses; a bracket (the best that fits, the lowest that is over) makes sure
    that a wrong model costs probes but never the answer. Ends when ``filled`` of the target is used,
    the bracket is narrower than ``step``, ``high`` itself fits, or after ``most`` probes with one
    that fits.
    """
    fits: tuple[float, int] | None = None
    over: tuple[float, int] | None = None
    last: tuple[float, int] | None = None
    stretch = 1.0
    probes = streak = 0
    quality = _invert(model, math.log(max(target * AIM, 1.0)), low, high)
    while True:
        size = yield quality
        probes += 1
        if size <= target:
            if fits is None or size > fits[1] or (size == fits[1] and quality > fits[0]):
                fits = (quality, size)
        elif over is None or quality < over[0]:
            over = (quality, size)
        if fits is not None and (fits[0] >= high or fits[1] >= filled * target or probes >= most):
            break
        if over is not None and over[0] <= low:
            break
        bottom, top = _bracket(fits, over, low, high)
        if top - bottom < step and fits is not None:
            break
        streak = streak + 1 if last is not None and (last[1] <= target) == (size <= target) else 1
        if last is not None:
            stretch = _stretch(model, last, (quality, size))
        last = (quality, size)
        quality = _next(
            model, stretch, last, target, bottom, top, fits, over, low=low, high=high, probes=probes, streak=streak
        )
    if fits is not None:
        return Found(quality=fits[0], size_bytes=fits[1], nearest=fits, probes=probes)
    return Found(quality=None, size_bytes=None, nearest=over, probes=probes)


def _bracket(
    fits: tuple[float, int] | None, over: tuple[float, int] | None, low: float, high: float
) -> tuple[float, float]:
    bottom = fits[0] if fits is not None else low
    top = over[0] if over is not None else high
    return (bottom, top) if bottom <= top else (low, top)


def _next(
    model: Model,
    stretch: float,
    last: tuple[float, int],
    target: int,
    bottom: float,
    top: float,
    fits: tuple[float, int] | None,
    over: tuple[float, int] | None,
    *,
    low: float,
    high: float,
    probes: int,
    streak: int,
) -> float:
    """Choose the next probe: the model through the last one; between two probes, a line in log size."""
    goal = math.log(max(target * AIM, 1.0))
    if fits is not None and over is not None and over[1] > fits[1] and probes < 6:
        share = (goal - math.log(fits[1])) / (math.log(over[1]) - math.log(fits[1]))
        if streak > 1:  # the same end was hit again: the line bends, so go past what it says (as Illinois does)
            share += 0.4 * (1.0 - share) if last == fits else -0.4 * share
        rise = model(over[0]) - model(fits[0])
        guess = _invert(model, model(fits[0]) + min(max(share, 0.05), 0.95) * rise, fits[0], over[0])
        if not fits[0] < guess < over[0]:
            guess = (fits[0] + over[0]) / 2
    elif fits is not None and over is not None:
        guess = (bottom + top) / 2
    else:
        missing = (goal - math.log(max(last[1], 1))) / stretch
        guess = _invert(model, model(last[0]) + missing, bottom, top)
        if over is None and guess <= bottom + 1e-9:
            guess = min(high, bottom + max((high - bottom) / 8, 0.01))
        if fits is None and guess >= top - 1e-9:
            guess = max(low, top - max((top - low) / 8, 0.01))
        if fits is None and probes >= 4:
            guess = low
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
