"""VMAF as phones show it, on our scale of 0 to 100, and what the likeness of still moments tells of it. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

SCALE = ((0.0, 0.0), (20.0, 10.0), (40.0, 30.0), (60.0, 50.0), (80.0, 70.0), (95.0, 90.0), (100.0, 100.0))
"""Phone VMAF to our scale. VMAF's own words (Li et al., 2016): 20 bad, 40 poor, 60 fair, 80 good, 100 excellent;
6 points are one just noticeable difference, so 95 is where nobody tells a clip from its source."""

PHONE_VMAF = (
    (-60.0, 31.0), (-40.0, 34.0), (-25.0, 50.0), (-10.0, 65.0), (0.0, 70.0), (10.0, 76.0), (20.0, 84.5),
    (30.0, 91.0), (40.0, 95.5), (50.0, 98.3), (60.0, 99.7), (72.0, 99.95), (100.0, 100.0),
)  # fmt: skip
"""Likeness of a moment, as stills are judged, to phone VMAF (libvmaf 0.6.1, phone transform) of frames aligned in
time, by ``benchmarks/animation_scores.py`` on 90 renditions of 10 animations at 1 to 100 % of their bytes. Where VMAF
is over 40 an animation left out is foretold with a median error of 1.9 points (15.8 at the 90th percentile). Under a
likeness of -60 it lay at 0 to 47: blurred pictures at the lower end, sharp ones at a wrong moment at the upper."""


MOMENTS = 6
"""Moments of an animation that are looked at, by its fit as by a comparison: so both give one score."""


def on_scale(vmaf: float) -> float:
    """Put a phone VMAF on our scale: straight lines between the points."""
    at = min(max(bisect_left(SCALE, (vmaf, 0.0)), 1), len(SCALE) - 1)
    (low, under), (high, over) = list(pairwise(SCALE))[at - 1]
    return under + (over - under) * (vmaf - low) / (high - low)


def of_moments(alike: Sequence[float], weights: Sequence[float] | None = None) -> float:
    """Bring the likenesses of some moments to the scale of moving pictures, on which 90 is not told apart."""
    weights = weights or [1.0] * len(alike)
    mean = sum(weight * expected(value) for weight, value in zip(weights, alike, strict=True)) / sum(weights)
    return 100.0 if min(alike) >= 99.95 else on_scale(mean)


def expected(alike: float) -> float:
    """Give the phone VMAF that is expected of a likeness: straight lines between the points."""
    alike = max(alike, PHONE_VMAF[0][0])
    for (low, under), (high, over) in pairwise(PHONE_VMAF):
        if alike <= high:
            return under + (over - under) * (alike - low) / (high - low)
    return PHONE_VMAF[-1][1]
