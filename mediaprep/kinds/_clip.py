"""Facts about timed media as values: one clip with its picture and sound tracks, whatever wraps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One moving-picture track; None is "unknown".

    ``width`` and ``height`` are as stored; ``rotation_deg`` (0, 90, 180, 270) is the clockwise turn that
    a player makes to show it upright. ``ordinal`` counts this file's picture tracks from 0, in their order.
    """

    codec: str
    ordinal: int
    width: int | None = None
    height: int | None = None
    rotation_deg: int = 0
    profile: str | None = None
    level: float | None = None
    pixel_format: str | None = None
    hdr: bool | None = None
    transparent: bool | None = None
    fps: float | None = None
    variable_frame_rate: bool | None = None
    quick_fps: float | None = None
    """Of a variable rate: the pace of its quicker stretches (``fps`` is the mean)."""
    frames: int | None = None
    b_frames: bool | None = None
    bit_rate_bps: int | None = None
    duration_s: float | None = None
    default: bool = True
    keys_s: tuple[float, ...] = ()
    """When frames from which decoding can begin are shown, where packets were listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """One sound track; None is "unknown". ``ordinal`` counts this file's sound tracks from 0."""

    codec: str
    ordinal: int
    sample_rate_hz: int | None = None
    channels: int | None = None
    bit_rate_bps: int | None = None
    duration_s: float | None = None
    default: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """What a container holds. ``demuxer`` is the name that our own signature forces on ffmpeg.

    ``metadata`` names where metadata lives (``ilst``, ``id3v2``, ``xmp`` …); ``remarks`` are names of
    warning codes with a text. ``skipped_s`` is how much media at its start the edit lists leave out.
    """

    container: str
    demuxer: str
    duration_s: float | None = None
    pictures: tuple[Picture, ...] = ()
    sounds: tuple[Sound, ...] = ()
    others: int = 0
    brand: str | None = None
    faststart: bool | None = None
    skipped_s: float = 0.0
    gps: bool = False
    metadata: tuple[str, ...] = ()
    remarks: tuple[tuple[str, str], ...] = ()

    @property
    def tracks(self) -> int:
        """How many tracks there are, of any sort."""
        return len(self.pictures) + len(self.sounds) + self.others

    @property
    def picture(self) -> Picture | None:
        """The track that shows the video.

        A motion photo carries a second one of a few high-resolution stills (2 frames a second in a
        Pixel's file), so the track with the most frames wins, not the one with the most pixels.
        """
        if not self.pictures:
            return None
        chosen = [p for p in self.pictures if p.default] or list(self.pictures)
        return max(chosen, key=lambda p: (p.frames or 0, p.fps or 0.0, -p.ordinal))

    @property
    def sound(self) -> Sound | None:
        """The track that is heard: the first that is marked as default, else the first."""
        if not self.sounds:
            return None
        return next((s for s in self.sounds if s.default), self.sounds[0])


STEADY_SHARE = 0.95
"""Share of frames that must keep the pace for a rate to count as constant (dropped first and last frames
and a single pause are no reason to warn)."""

STEADY_SWING = 0.25
"""How far a frame's duration may be from the median. Phones' clocks jitter by 1-2 ms at 30 fps and
Matroska rounds to whole milliseconds (16.7 -> 16 or 17); real variable rates swing by a frame or more."""


def pace(durations: Sequence[tuple[int, int]]) -> tuple[bool | None, float]:
    """Give whether frames, given as (how many, ticks each), keep a constant pace, and the ticks of one frame.

    Fewer than 3 frames are None, "unknown". A duration of 0 (two frames at one time) counts as off pace.
    The ticks are a mean: of the frames on pace where it is constant, since some writers stretch the first
    frame to cover the encoder's delay (ffmpeg's fragments do); else of all.
    """
    total = sum(count for count, _ in durations)
    whole = sum(count * ticks for count, ticks in durations)
    if total < 3:
        return None, whole / total if total else 0.0
    median = _quantile(durations, total, 2)
    on_pace = [(count, ticks) for count, ticks in durations if abs(ticks - median) <= STEADY_SWING * median]
    near = sum(count for count, _ in on_pace)
    # one frame is always forgiven: the last one's duration is often made up
    if near < min(total - 1, STEADY_SHARE * total):
        return False, whole / total
    return True, sum(count * ticks for count, ticks in on_pace) / near


def quick_ticks(durations: Sequence[tuple[int, int]]) -> int:
    """Give the ticks of a frame in a clip's quicker stretches: a quarter of its frames are no longer."""
    return _quantile([(count, ticks) for count, ticks in durations if ticks], sum(c for c, t in durations if t), 4)


def _quantile(durations: Sequence[tuple[int, int]], total: int, parts: int) -> int:
    seen = 0
    for count, ticks in sorted(durations, key=lambda pair: pair[1]):
        seen += count
        if parts * seen >= total:
            return ticks
    return 0
