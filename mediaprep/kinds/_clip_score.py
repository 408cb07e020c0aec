"""How a clip will look on a phone, from what its encoder says of it: an estimate, not a measurement.

Measuring (libvmaf with the phone transform) costs more CPU than making the clip. Two things are known for
nothing: how coarsely the pictures were quantised, and how far they were scaled down. A curve through these two
was fitted to the phone VMAF of 110 encodes of 11 clips at 1 to 3 limits and up to 8 dimensions each (ffmpeg
9.0.2, preset slow). Left out one by one, clips are predicted with a median error of 2.5 points of phone VMAF,
8.4 points at the 90th percentile: enough to tell good from poor, not to rank near equals.
"""

from __future__ import annotations

import math

from mediaprep.phone_vmaf import on_scale

METRIC = "mediaprep-clip-estimate/1"

_LEVEL, _PER_QUANTISER, _PER_OCTAVE = 12.22, 0.24, 2.05
"""Log odds of phone VMAF = level - per_quantiser * H.264 quantiser - per_octave * log2(edge shown / edge coded)."""


def estimate(quantiser: float, coded: tuple[int, int], source: tuple[int, int], view_long_edge: int) -> float:
    """Give the score, 0 to 100, of a clip coded at ``coded`` whose frames were quantised at ``quantiser`` (0 to 51).

    Phones show no more than ``view_long_edge`` pixels, and no more than the source has.
    """
    return on_scale(phone_vmaf(quantiser, coded, source, view_long_edge))


def phone_vmaf(quantiser: float, coded: tuple[int, int], source: tuple[int, int], view_long_edge: int) -> float:
    """Give the phone VMAF that is expected, 0 to 100."""
    shown = min(max(source), view_long_edge)
    octaves = max(0.0, math.log2(shown / max(coded)))
    odds = _LEVEL - _PER_QUANTISER * max(quantiser, 0.0) - _PER_OCTAVE * octaves
    return 100.0 / (1.0 + math.exp(-odds))
