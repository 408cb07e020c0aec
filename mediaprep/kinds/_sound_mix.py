"""How the channels of a track become those of its rendition: one matrix, whatever the samples' format, and no clipping.

To two: ITU-R BS.775-3 (the centre and each surround at -3 dB, the deep channel left out), or the levels that an AC-3
track states itself. Not made smaller to suit a matrix's worst case, as ffmpeg's ``-ac`` does for samples of whole
numbers alone (-7.7 dB): by ITU-R BS.1770 the two are as loud as the whole was. What rare peaks pass is held down.
To one: the mean of the two, so that what is the same in both keeps its level. Where they cancel each other, as with
microphones wired the wrong way round, one is turned round or taken alone, as an engineer would do at the desk.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from mediaprep import ffmpeg
from mediaprep.errors import AssetError, ToolError
from mediaprep.ffmpeg_log import Stream
from mediaprep.kinds import _loudness as loudness
from mediaprep.kinds._clip import Clip
from mediaprep.model import Finding, finding
from mediaprep.options import Bounds, FitOptions
from mediaprep.storage import Source

_MATRIX = "aresample=internal_sample_fmt=fltp:rematrix_maxval=1000,aformat=channel_layouts="
"""Numbers without an end, in which nothing is scaled or clipped on the way."""

_AT_MOST_TWO = "stereo|mono"

_TAGGED = frozenset({"mov", "wav", "w64", "caf", "aiff", "ogg", "flac"})
"""Demuxers that give channels the places that a file names."""

_WINDOW_S, _RATE_HZ, _PHONE_HZ = 0.4, 8_000, 200
"""What is compared: loudness of a moment (ITU-R BS.1770-4), over what a phone's speaker gives of it. Bass in the middle
of an inverted voice would hide that the voice is gone."""

_CANCELS, _OFTEN = 1 / 8, 0.05
"""A moment is lost where 9 dB of its louder side are gone: sides without anything in common lose 3, what is on one side
alone 6. Some such moments are music; more than this share of those that are heard is a fault."""

_SILENT, _FAINT = 1e-3, 1e-7
"""Powers: a side 30 dB under the other, at its loudest moment, holds what leaks over; -70 dB is no sound."""

_LEVEL = re.compile(r"RMS_level=(-?[\d.]+|-?inf|nan)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mono:
    """How much of each side makes one channel of two; ``lost`` says in words what is missing, "" where nothing is."""

    left: float = 0.5
    right: float = 0.5
    lost: str = ""


class Mix:
    """One track and what becomes of its channels; nothing is decoded before it is asked for."""

    def __init__(self, source: Source, clip: Clip, cut: ffmpeg.Input, options: FitOptions, bounds: Bounds) -> None:
        """Remember the track; ``cut`` is the stretch of it that is kept."""
        self._source = source
        self._clip = clip
        self._cut = cut
        self._options = options
        self._bounds = bounds
        self._ordinal = clip.sound.ordinal if clip.sound else 0
        self._channels = clip.sound.channels if clip.sound else None
        self._track = ("-map", f"0:a:{self._ordinal}")

    @cached_property
    def _placing(self) -> tuple[str, ...]:
        if self._clip.demuxer not in _TAGGED:
            return ()
        log = ffmpeg.read_log(self._source.path, self._clip.demuxer, self._bounds)
        heard = [stream for stream in log.streams if stream.kind == "audio"]
        placed = _placed(heard[self._ordinal]) if self._ordinal < len(heard) else ""
        return (placed,) if placed else ()

    def _as(self, layouts: str) -> tuple[str, ...]:
        return (*self._placing, _MATRIX + layouts)

    @property
    def two(self) -> tuple[str, ...]:
        """The filters that leave two channels, or the one that there is."""
        return self._as(_AT_MOST_TWO)

    @cached_property
    def mono(self) -> Mono:
        """How one channel is made; costs a decode where there may be two."""
        return Mono() if self._channels == 1 else chosen(self._levels())

    def _levels(self) -> list[tuple[float, ...]]:
        """Measure the power of left, right, their mean and half their difference, moment by moment."""
        size = round(_WINDOW_S * _RATE_HZ)
        filters = (
            # in one step: of two conversions ffmpeg might leave the channels to the one that scales them
            *self._as(f"{_AT_MOST_TWO}:sample_rates={_RATE_HZ}"),
            f"highpass=f={_PHONE_HZ}",
            "pan=4c|c0=FL+FC|c1=FR+FC|c2=0.5*FL+0.5*FR+FC|c3=0.5*FL-0.5*FR",
            f"asetnsamples={size},astats=metadata=1:reset=1:measure_perchannel=RMS_level:measure_overall=none",
            "ametadata=print:file=-",
        )
        options = (*self._track, "-af", ",".join(filters))
        made = ffmpeg.transcode(
            [self._cut], [ffmpeg.Output(muxer="null", options=options)], bounds=self._bounds, file_bytes=0,
            max_stdout_bytes=round(1_000 * (self._bounds.max_duration_s / _WINDOW_S + 10)),
        )  # fmt: skip
        powers = [10 ** (float(level) / 10) for level in _LEVEL.findall(made.stdout.decode("ascii", "replace"))]
        return [tuple(powers[at : at + 4]) for at in range(0, len(powers) - 3, 4)]

    def plain(self, channels: int) -> tuple[str, ...]:
        """Give the filters to so many channels, with no gain and with peaks as they come."""
        if channels != 1:
            return self._as("stereo")
        how = self.mono
        # "<" makes the shares sum to one; of one channel, which ffmpeg calls the centre, it takes that
        return (*self.two, f"pan=mono|FC<FC{how.left:+g}*FL{how.right:+g}*FR")

    def filters(self, channels: int, *clock: str) -> tuple[str, ...]:
        """Give all filters from the decoder's samples to the encoder's; ``clock`` are those that keep their time."""
        return (*self.plain(channels), *clock, *loudness.filters(self.gain_db, loud=(self._channels or 9) > 2))

    @cached_property
    def gain_db(self) -> float:
        """The gain that the caller asked for, in decibels; 0 without sound."""
        if not self._options.loudness or self._clip.sound is None:
            return 0.0
        try:
            return loudness.gain_db(self._cut, self._track, self.two, self._bounds)
        except (AssetError, ToolError):
            return 0.0  # what cannot be decoded is refused or left out later, and said

    def warnings(self, channels: int) -> tuple[Finding, ...]:
        """Say what of the sound a rendition of so many channels leaves out."""
        lost = self.mono.lost if channels == 1 else ""
        return (finding("sides_cancel", lost),) if lost else ()


def _placed(stream: Stream) -> str:
    """Give the filter that puts channels where ffmpeg's matrix takes them from; "" where they are there already.

    Cameras write each microphone as a track of one channel that is tagged "right" (ffmpeg 9.0.2 takes 3 dB off it);
    of pairs without a front it says that it supports none. Ambisonics (first order, ACN and SN3D as in MP4 and
    Opus) become two microphones that point left and right.
    """
    if stream.channels == 1:
        return "channelmap=0:mono"
    layout = stream.layout or ""
    if layout.startswith("ambisonic"):
        return "channelmap=0|1:stereo,pan=stereo|c0=0.707*c0+0.707*c1|c1=0.707*c0-0.707*c1"
    if stream.channels == 2 and layout.startswith("2 channels") and "F" not in layout.replace("LFE", ""):
        return "channelmap=0|1:stereo"
    return ""


def chosen(levels: Sequence[tuple[float, ...]]) -> Mono:
    """Choose by the powers of left, right, their mean and half their difference, moment by moment."""
    loudest = max((max(left, right) for left, right, _, _ in levels), default=0.0)
    heard = [moment for moment in levels if max(moment[:2]) > max(_SILENT * loudest, _FAINT)]
    if not heard:
        return Mono()
    left, right = (max(moment[side] for moment in levels) for side in (0, 1))
    if min(left, right) < _SILENT * max(left, right):
        return Mono(left=float(left > right), right=float(right > left))

    def lost(way: int) -> float:
        return sum(moment[way] < _CANCELS * max(moment[:2]) for moment in heard) / len(heard)

    usual = lost(2)
    if usual <= _OFTEN:
        return Mono()
    powers = [sum(moment[side] for moment in heard) for side in (0, 1)]
    louder = int(powers[1] > powers[0])
    way = min((3, louder, 1 - louder), key=lost)
    if lost(way) >= usual:
        return Mono()
    if way == 3:
        return Mono(right=-0.5)
    name = ("left", "right")[way]
    words = f"in mono the two channels cancel each other out for {usual:.0%} of the sound: only the {name} one is sent"
    return Mono(left=1.0 - way, right=float(way), lost=words)
