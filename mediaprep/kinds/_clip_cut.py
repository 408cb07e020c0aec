"""Which stretch of a clip is kept: all of it unless ``--trim`` says otherwise. Nothing is ever sped up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from mediaprep import ffmpeg
from mediaprep.kinds._clip import Clip
from mediaprep.model import MediaInfo
from mediaprep.options import FitOptions

_FRAME_S = 0.05

_BLIND = frozenset({"mpegts", "mpeg"})
"""Demuxers without an index: they land on any packet of the time that is asked for, and a decoder shows nothing of it
before the next key frame. ffmpeg 9.0.2 gave frames of up to 7 s later, or none, for a cut inside such a stretch."""

_CLOCKED_BY_USE = frozenset({"mpegts", "mpeg", "ogg"})
"""Demuxers whose time 0 ffmpeg 9.0.2 puts where the first of the tracks begins that a run uses (AVFMT_TS_DISCONT): a
broadcast whose pictures began 0.85 s after its sound was shown 0.85 s before it, its sound being encoded apart."""

_ORDER_S = 1.0
"""They seek by the time of decoding, which is before that of showing by the frames that are reordered: 16 at most."""

_UNKNOWN_S = 30.0
"""The lead where key frames are not known, in files of more than an hour: broadcasts have one every half second to 5 s,
what x264 writes when it is told nothing has one every 250 frames."""

_PRIMING_S, _SETTLING_S, _MOST_SKIPPED_S = 0.1, 0.5, 15.0
"""Up to the first, what an edit list skips is an encoder's own delay. Of more, ffmpeg 9.0.2 may throw away as much
again behind the place that it seeks to: a cut at 9.5 s of a clip whose sound begins 1 s into its media lost 0.9 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """``take_s`` None keeps all to the end; ``length_s`` is how long the kept stretch lasts."""

    start_s: float = 0.0
    take_s: float | None = None
    length_s: float

    @classmethod
    def of(cls, info: MediaInfo, options: FitOptions) -> Self:
        """Read the option; a stretch that ends behind the clip's end ends with the clip."""
        whole = info.duration_s or 0.0
        span = options.span_s()
        if span is None:
            return cls(length_s=whole)
        start = min(span[0], whole)
        end = min(span[1], whole) if whole else span[1]
        if start < _FRAME_S and end > whole - _FRAME_S > 0:
            return cls(length_s=whole)
        return cls(start_s=start, take_s=max(end - start, 0.0), length_s=max(end - start, 0.0))

    @property
    def whole(self) -> bool:
        """Whether nothing is cut."""
        return self.take_s is None


def input_of(path: Path, clip: Clip, cut: Cut) -> ffmpeg.Input:
    """Give a file to ffmpeg, cut as asked; it turns the frames upright."""
    return ffmpeg.Input(
        path=path,
        demuxer=clip.demuxer,
        seek_s=cut.start_s or None,
        lead_s=lead_s(clip, cut.start_s),
        take_s=cut.take_s,
        clocked_whole=clip.demuxer in _CLOCKED_BY_USE and clip.tracks > 1,
    )


def lead_s(clip: Clip, start_s: float) -> float:
    """Give how long before a cut decoding has to begin, so that nothing of what follows is missing."""
    if clip.demuxer in _BLIND and clip.picture is not None:
        known = [key_s for key_s in clip.picture.keys_s if key_s <= start_s]
        if known:
            return min(start_s - known[-1] + _ORDER_S, start_s)
        return min(_UNKNOWN_S, start_s)
    if clip.skipped_s > _PRIMING_S:
        return min(clip.skipped_s, _MOST_SKIPPED_S) + _SETTLING_S
    return 0.0


def shortened(info: MediaInfo, options: FitOptions) -> MediaInfo:
    """Give the facts of the stretch that is kept, as limits are to judge them."""
    cut = Cut.of(info, options)
    if cut.whole or not info.duration_s:
        return info
    share = cut.length_s / info.duration_s
    frames = None if info.frames is None else max(1, round(info.frames * share))
    return replace(info, duration_s=round(cut.length_s, 6), frames=frames)
