"""How loud a sound is, and the one gain that brings it to what people are used to on phones (``--loudness``).

One gain for the whole: speech keeps its pauses and music its build-up. Peaks that the gain would push over full
scale are held down by a limiter that looks ahead.
"""

from __future__ import annotations

import re

from mediaprep import ffmpeg
from mediaprep.options import Bounds

TARGET_LUFS = -16.0
"""What Apple Podcasts asks for and AES TD1008 recommends for streams heard on phones."""

_SILENT_LUFS = -60.0
"""Under this there is hiss at most, which nobody wants louder."""

_MOST_GAIN_DB = 30.0
_NEAR_DB = 0.5
_CEILING = 0.84
"""Peaks stay 1.5 dB under full scale: lossy coding pushes them up again (EBU R 128 s2 leaves 1 to 2 dB)."""

_INTEGRATED = re.compile(r"Integrated loudness:\s+I:\s+(-?[\d.]+|-?inf|nan) LUFS")


def gain_db(source: ffmpeg.Input, track: tuple[str, str], mix: tuple[str, ...], bounds: Bounds) -> float:
    """Measure a track by ITU-R BS.1770-4 and give the gain that brings it to the target; 0.0 where none is due.

    ``mix`` are the filters to the channels that will be heard.

    Costs one decode. Raises AssetError where the track cannot be decoded, and ToolError.
    """
    options = (*track, "-af", ",".join((*mix, "ebur128=framelog=quiet")))
    made = ffmpeg.transcode([source], [ffmpeg.Output(muxer="null", options=options)], bounds=bounds, file_bytes=0)
    found = _INTEGRATED.findall(made.stderr_tail)
    loudness = float(found[-1]) if found else float("nan")
    if not loudness > _SILENT_LUFS:
        return 0.0
    gain = min(TARGET_LUFS - loudness, _MOST_GAIN_DB)
    return gain if abs(gain) >= _NEAR_DB else 0.0


def filters(gain: float, *, loud: bool = False) -> tuple[str, ...]:
    """Give the filters that apply a gain, none for none; ``loud`` samples may be over full scale before it."""
    applied = (f"volume={gain:.2f}dB:precision=float",) if gain else ()
    held = (f"alimiter=limit={_CEILING}:level=disabled:latency=1",) if gain > 0 or loud else ()
    return (*applied, *held)
