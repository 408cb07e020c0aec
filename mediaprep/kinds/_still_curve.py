"""How the bytes of one picture at one size grow with quality: learned on a sample, levelled by one cheap encode.

The sample's curve has the right shape near its points and is off in level by 2 to 5 %. A full encode without
optimised Huffman tables costs half a final encode and, with the sample's ratio of optimised to plain, fixes the
level to half a per cent.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cache

from mediaprep.encoders.jpeg_pillow import coarseness

HEADER_BYTES = 610
"""JPEG bytes that do not grow with the picture: markers, two quantisation and four Huffman tables."""

LOW, HIGH = 5.0, 97.0
"""The ends of the quality axis: under 5 nothing is recognisable; above 97 no eye sees the bytes."""

SLOPE = -0.75
"""How log bytes fall with log coarseness where only one point is known (-0.6 to -0.9 on photographs)."""

_STEP = 0.02
"""Steps of the quality axis on which coarseness is tabled: no two in a row differ by more than 2 % in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeCurve:
    """Bytes against quality. ``level`` is the factor by which the whole differs from what the sample said."""

    knots: tuple[tuple[float, float], ...]
    """Pairs of log coarseness and log body bytes, quality rising."""
    level: float = 1.0
    levelled: bool = False

    def log_bytes(self, quality: float) -> float:
        """Give the natural logarithm of the bytes expected at a quality."""
        return math.log(self.bytes(quality))

    def bytes(self, quality: float) -> float:
        """Give the bytes expected at a quality."""
        return HEADER_BYTES + self.level * math.exp(_along(self.knots, log_coarseness(quality)))

    def sampled_bytes(self, quality: float) -> float:
        """Give the bytes that the sample alone foretold, before any level was set."""
        return replace(self, level=1.0).bytes(quality)

    def scaled(self, factor: float) -> SizeCurve:
        """Give the curve of the picture at other dimensions: the same shape, ``factor`` times the body."""
        return replace(self, level=self.level * factor, levelled=False)

    def apart(self, quality: float) -> float:
        """Tell how far the nearest point is, in log coarseness."""
        return min(abs(log_coarseness(quality) - x) for x, _ in self.knots)

    def nearest(self, quality: float) -> float:
        """Give the quality of the nearest point."""
        x = log_coarseness(quality)
        return quality_of(min((knot[0] for knot in self.knots), key=lambda k: abs(k - x)))

    def with_sample(self, quality: float, size_bytes: int, area_ratio: float) -> SizeCurve:
        """Add a point of the sample."""
        x = log_coarseness(quality)
        kept = (knot for knot in self.knots if abs(knot[0] - x) > 1e-6)
        return replace(self, knots=tuple(sorted((*kept, (x, _log_body(size_bytes, area_ratio))), reverse=True)))

    def only(self, quality: float) -> SizeCurve | None:
        """Give the curve as it was with this one point; None where it was not sampled there."""
        x = log_coarseness(quality)
        kept = tuple(knot for knot in self.knots if abs(knot[0] - x) <= 1e-6)
        return SizeCurve(knots=kept) if kept else None

    def quality_at(self, size_bytes: float) -> float:
        """Give the highest quality at which at most ``size_bytes`` are expected, within the axis."""
        if size_bytes <= HEADER_BYTES:
            return LOW
        body = math.log((size_bytes - HEADER_BYTES) / self.level)
        axis = _axis()
        at = bisect_right(range(len(axis)), body, key=lambda i: _along(self.knots, axis[i])) - 1
        return min(LOW + _STEP * max(at, 0), HIGH)

    def through(self, quality: float, size_bytes: int) -> SizeCurve:
        """Give the same shape with its level set by a measured encode."""
        body = max(size_bytes - HEADER_BYTES, 16)
        expected = max(self.bytes(quality) - HEADER_BYTES, 1e-9)
        return replace(self, level=self.level * body / expected, levelled=True)


@cache
def _axis() -> tuple[float, ...]:
    """Table the log coarseness of every step of quality; it falls as quality rises."""
    steps = round((HIGH - LOW) / _STEP)
    found: list[float] = coarseness([LOW + _STEP * i for i in range(steps + 1)]).tolist()
    return tuple(found)


def log_coarseness(quality: float) -> float:
    """Give the natural logarithm of how coarsely a quality quantises."""
    return _axis()[round((min(max(quality, LOW), HIGH) - LOW) / _STEP)]


def quality_of(log: float) -> float:
    """Give the lowest quality that quantises no more coarsely than this logarithm says, within the axis."""
    axis = _axis()
    at = bisect_right(range(len(axis)), -log - 1e-6, key=lambda i: -axis[i])
    return min(LOW + _STEP * at, HIGH)


def _log_body(size_bytes: int, area_ratio: float) -> float:
    return math.log(max(size_bytes - HEADER_BYTES, 16) * area_ratio)


def _along(knots: tuple[tuple[float, float], ...], x: float) -> float:
    """Follow straight lines from point to point, and the outer ones beyond them; always downwards."""
    if len(knots) == 1:
        return knots[0][1] + SLOPE * (x - knots[0][0])
    at = next((i for i in range(1, len(knots) - 1) if x >= knots[i][0]), len(knots) - 1)
    (x0, y0), (x1, y1) = knots[at - 1], knots[at]
    slope = min((y1 - y0) / (x1 - x0), -0.05)
    return (y0 if abs(x - x0) < abs(x - x1) else y1) + slope * (x - (x0 if abs(x - x0) < abs(x - x1) else x1))
