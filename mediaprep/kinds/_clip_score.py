"""How a clip will look on a phone, from what its encoder says of it: an estimate, not a measurement.

Measuring (libvmaf with the phone transform) costs more CPU than making the clip. x264 tells, for 2 % of its
time, the SSIM of what it wrote against what it was given; what scaling took away before is known from the
dimensions. A line through these two was fitted to phone VMAF (see ``benchmarks/clips.py`` for how, and the
dated results beside it for how well).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from itertools import pairwise

METRIC = "mediaprep-clip-estimate/1"

_LEVEL, _PER_DB, _PER_OCTAVE = 41.5, 4.4, 14.0
"""Phone VMAF = level + per_db * SSIM in dB - per_octave * log2(lines shown / lines coded), fitted."""

SCALE = ((0.0, 0.0), (20.0, 10.0), (40.0, 30.0), (60.0, 50.0), (80.0, 70.0), (95.0, 90.0), (100.0, 100.0))
"""Phone VMAF to our scale. VMAF's own words (Li et al., 2016): 20 bad, 40 poor, 60 fair, 80 good, 100 excellent;
6 points are one just noticeable difference, so 95 is where nobody tells a clip from its source."""


def estimate(likeness: float | None, coded: tuple[int, int], source: tuple[int, int], view_long_edge: int) -> float:
    """Give the score, 0 to 100, of a clip coded at ``coded`` whose SSIM against its scaled source is ``likeness``.

    Phones show no more than ``view_long_edge`` pixels, and no more than the source has.
    """
    if likeness is None:
        return 0.0
    return on_scale(phone_vmaf(likeness, coded, source, view_long_edge))


def phone_vmaf(likeness: float, coded: tuple[int, int], source: tuple[int, int], view_long_edge: int) -> float:
    """Give the phone VMAF that is expected, 0 to 100."""
    decibels = min(-10 * math.log10(max(1.0 - likeness, 1e-3)), 30.0)
    shown = min(max(source), view_long_edge)
    octaves = max(0.0, math.log2(shown / max(coded)))
    return min(max(_LEVEL + _PER_DB * decibels - _PER_OCTAVE * octaves, 0.0), 100.0)


def on_scale(vmaf: float) -> float:
    """Put a phone VMAF on our scale: straight lines between the points."""
    at = min(max(bisect_left(SCALE, (vmaf, 0.0)), 1), len(SCALE) - 1)
    (low, under), (high, over) = list(pairwise(SCALE))[at - 1]
    return under + (over - under) * (vmaf - low) / (high - low)
