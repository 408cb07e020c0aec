"""One sound opened for fitting: single encodes from the source, and one look at its samples where that decides."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from mediaprep import ffmpeg, workdir
from mediaprep.closing import Closing
from mediaprep.encoders import SoundEncoder
from mediaprep.errors import AssetError, ToolError
from mediaprep.kinds import Encoded, Kept, Step
from mediaprep.kinds import _audio_pcm as pcm
from mediaprep.kinds import _clip_cut as cutting
from mediaprep.kinds import _containers as containers
from mediaprep.kinds import _isobmff_tidy as tidy
from mediaprep.kinds import _mpegaudio as mpegaudio
from mediaprep.kinds._clip_cut import Cut
from mediaprep.kinds._sound_mix import Mix
from mediaprep.limits import Limits
from mediaprep.model import MediaInfo, Treatment
from mediaprep.options import Bounds, FitOptions
from mediaprep.plugins import load
from mediaprep.storage import Source

PLAIN = ("-vn", "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact")
SLACK_BYTES = 1_000_000
_CUT_FROM_S = 0.1
"""Less silence than this at the ends together is no reason to encode anew."""
_WRAPPERS = {
    "audio/mpeg": ("mp3", ("-id3v2_version", "0", "-write_id3v1", "0", "-write_xing", "0")),
    "audio/mp4": ("ipod", ("-movflags", "+faststart")),
    "audio/aac": ("adts", ()),
    "audio/ogg": ("ogg", ()),
}
_CODECS = {
    "audio/mpeg": ("mp3",),
    "audio/mp4": ("aac", "aac_he"),
    "audio/aac": ("aac", "aac_he"),
    "audio/ogg": ("opus", "vorbis"),
}


_LOOKS, _LOOK_S = ((0.02, 0.98), (0.1, 0.9)), 5.0
"""Where long sound is listened to, as shares of its length, and for how long: at two places together, else at two."""


class AudioSession(Closing):
    """Owns a private folder with finished files until closed."""

    def __init__(self, source: Source, info: MediaInfo, options: FitOptions, bounds: Bounds) -> None:
        """Remember what to open; nothing is decoded yet."""
        self.source = source
        self.info = info
        self.options = options
        self.bounds = bounds
        self.on_share: Callable[[float], None] | None = None
        self.clip = containers.read(source, bounds)
        self.asked = Cut.of(info, options)
        self.cut = self.asked
        self._folder: Path | None = None
        self._made = 0

    def close(self) -> None:
        """Remove the folder."""
        if self._folder is not None:
            workdir.remove(self._folder)
            self._folder = None

    def _new_path(self, suffix: str) -> Path:
        if self._folder is None:
            self._folder = workdir.private_folder("audio")
        self._made += 1
        return self._folder / f"{self._made}.{suffix}"

    @property
    def _map(self) -> tuple[str, str]:
        return "-map", f"0:a:{self.clip.sound.ordinal if self.clip.sound else 0}"

    def _input(self, cut: Cut) -> ffmpeg.Input:
        return cutting.input_of(self.source.path, self.clip, cut)

    @cached_property
    def heard(self) -> pcm.Heard:
        """What is in the stretch that was asked for; decoded once, to 16 kHz mono."""
        return pcm.heard(self._samples(self.asked, self.mix.plain(1), 1, self.bounds.max_duration_s))

    def heard_apart_s(self) -> float:
        """Give how far apart two moments are, at least, of which neither is silence at an end; 0.0 where none are seen.

        Costs 30 ms of CPU a look, where listening to all costs a second for ten minutes.
        """
        length_s = self.asked.length_s
        for early, late in _LOOKS:
            starts = (self.asked.start_s + share * length_s for share in (early, late))
            cuts = (Cut(start_s=start_s, take_s=_LOOK_S, length_s=_LOOK_S) for start_s in starts)
            try:
                if all(pcm.loud(self._samples(cut, self.mix.two, 2, _LOOK_S)) for cut in cuts):
                    return max(0.0, (late - early) * length_s - _LOOK_S)
            except (AssetError, ToolError):
                return 0.0  # whoever listens to all of it will say what is wrong
        return 0.0

    def _samples(self, cut: Cut, filters: tuple[str, ...], channels: int, most_s: float) -> bytes:
        """Decode a stretch to 16 kHz."""
        mixed = ("-af", ",".join(filters), "-ac", str(channels))
        options = (*self._map, *mixed, "-ar", str(pcm.RATE_HZ), "-c:a", "pcm_s16le")
        return ffmpeg.transcode(
            [self._input(cut)],
            [ffmpeg.Output(muxer="s16le", options=options, take_s=most_s)],
            bounds=self.bounds,
            file_bytes=0,
            max_stdout_bytes=round(2 * channels * pcm.RATE_HZ * (most_s + 1)),
        ).stdout

    @property
    def quiet_ends(self) -> bool:
        """Whether there is silence at an end that can be cut (and sound between the ends)."""
        return not self.heard.silent and self.heard.length_s - (self.heard.end_s - self.heard.begin_s) > _CUT_FROM_S

    @cached_property
    def mix(self) -> Mix:
        """What becomes of the channels."""
        return Mix(self.source, self.clip, self._input(self.asked), self.options, self.bounds)

    def without_silence(self) -> Cut:
        """Give the stretch without the silence at its ends."""
        start = self.asked.start_s + self.heard.begin_s
        length = self.heard.end_s - self.heard.begin_s
        return Cut(start_s=start, take_s=length, length_s=length)

    def encode(self, step: Step) -> Encoded:
        """Encode once, from the source."""
        started = time.perf_counter()
        assert step.tone is not None
        encoder: SoundEncoder = load("encoders", step.encoder)
        path = self._new_path(encoder.suffix)
        mixed = ("-af", ",".join(self.mix.filters(step.tone.channels)))
        options = (*self._map, *mixed, *encoder.arguments(step.tone), *PLAIN, "-flags:a", "+bitexact")
        report = self.on_share
        length_s = max(self.cut.length_s, 0.01)
        ffmpeg.transcode(
            [self._input(self.cut)],
            [ffmpeg.Output(muxer=encoder.muxer, path=path, options=options, take_s=self.cut.take_s)],
            bounds=self.bounds,
            file_bytes=round(self.bounds.max_duration_s * 40_000),
            on_time=None if report is None else lambda done_s: report(min(1.0, done_s / length_s)),
        )
        if path.suffix == ".m4a":
            tidy.drop_user_data(path)
        return Encoded(step=step, size_bytes=path.stat().st_size, path=path, elapsed_s=time.perf_counter() - started)

    def kept(self, limits: Limits) -> Kept | None:
        """Give the asset as it is, or its coded frames without tags and covers; None where it must be encoded anew."""
        info = self.info
        if not self.cut.whole or self.mix.gain_db or (self.options.trim_silence and self.quiet_ends):
            return None
        over = limits.limit_bytes is not None and info.size_bytes > limits.limit_bytes
        right = not limits.types or info.media_type in limits.types
        same = Kept(
            treatment=Treatment.PASSTHROUGH, media_type=info.media_type, suffix=info.suffix, path=self.source.path
        )
        if right and not over and not info.metadata and not info.gps:
            return same
        small = (info.audio_bit_rate_bps or 0) * (info.duration_s or 0) / 8 < (limits.limit_bytes or info.size_bytes)
        wrapped = self._rewrapped(limits) if not over or (small and info.audio_bit_rate_bps) else None
        return same if wrapped is None and right and not over and not info.gps else wrapped

    def _rewrapped(self, limits: Limits) -> Kept | None:
        types = sorted(limits.types or (self.info.media_type,), key=lambda t: t != self.info.media_type)
        media_type = next((t for t in types if self.info.audio_codec in _CODECS.get(t, ())), None)
        if media_type is None:
            return None
        if media_type == self.info.media_type == "audio/mpeg" and self.clip.container == "mp3":
            alone = mpegaudio.frames_alone(self.source.read())
            if alone:
                return Kept(treatment=Treatment.REMUX, media_type=media_type, suffix="mp3", data=alone)
        muxer, more = _WRAPPERS[media_type]
        suffix = {"ipod": "m4a", "adts": "aac"}.get(muxer, muxer)
        path = self._new_path(suffix)
        target = ffmpeg.Output(muxer=muxer, path=path, options=(*self._map, "-c:a", "copy", *more, *PLAIN))
        most = 2 * self.source.size_bytes + SLACK_BYTES
        try:
            ffmpeg.transcode([self._input(self.cut)], [target], bounds=self.bounds, file_bytes=most)
        except (AssetError, ToolError):
            return None  # what cannot be copied may still be decoded
        if suffix == "m4a":
            tidy.drop_user_data(path)
        return Kept(treatment=Treatment.REMUX, media_type=media_type, suffix=suffix, path=path)
