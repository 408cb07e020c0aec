"""One clip opened for fitting: one decode a rung, single encodes, sound on its own, and what they leave on disk."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from mediaprep import ffmpeg, workdir
from mediaprep.closing import Closing
from mediaprep.encoders import ClipEncoder, Picturing, SoundEncoder, Tone
from mediaprep.errors import AssetError, ToolError
from mediaprep.ffmpeg_log import Stream
from mediaprep.kinds import Encoded, Step
from mediaprep.kinds import _clip_cut as cutting
from mediaprep.kinds import _clip_detail as details
from mediaprep.kinds import _clip_score as judged
from mediaprep.kinds import _containers as containers
from mediaprep.kinds import _isobmff_tidy as tidy
from mediaprep.kinds import _video_graph as graph
from mediaprep.kinds import _video_ground as grounds
from mediaprep.kinds._clip_cut import Cut
from mediaprep.kinds._clip_frames import key_frames
from mediaprep.kinds._sound_mix import Mix
from mediaprep.kinds._timed import refuse_dolby_alone
from mediaprep.kinds._video_ladder import Rung
from mediaprep.kinds._video_turns import TurnKey, Turns
from mediaprep.model import MediaInfo
from mediaprep.options import Bounds, FitOptions
from mediaprep.plugins import load
from mediaprep.storage import Source

MOST_FRAME_BYTES = 500_000_000
"""Frames between the two turns are kept on disk up to this size (27 s of 480x854 at 30 fps); beyond it the source
is decoded once more, which costs CPU but neither disk nor, where temporary folders are memory, memory."""

_FINE = 24.0
"""The mean quantiser of constant quality at CRF 20."""

SLACK_BYTES = 20_000_000
PLAIN = ("-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact")
"""No tags, chapters or names of programs; nothing that differs from one run to the next."""

SYNC = "aresample=async=1:first_pts=0"
"""Sound starts where the pictures do: a late track gets silence, an early one is cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    """What the first turn left: statistics, and the frames unless they were too many."""

    statistics: Path
    frames: Path | None


class VideoSession(Closing):
    """Owns a private folder with frames, statistics, sound and finished clips until closed."""

    def __init__(self, source: Source, info: MediaInfo, options: FitOptions, bounds: Bounds) -> None:
        """Remember what to open; nothing is decoded yet. Raises AssetError where no picture is in the kept stretch."""
        self.source = source
        self.info = info
        self.options = options
        self.bounds = bounds
        self.on_share: Callable[[float], None] | None = None
        self.clip = containers.read(source, bounds)
        self.cut = Cut.of(info, options)
        self._folder: Path | None = None
        self._prepared: dict[TurnKey, _Prepared] = {}
        self._turns = Turns()
        self._pictures: dict[tuple[str, Picturing], Path] = {}
        self._sounds: dict[Tone, Path] = {}
        self._made = 0
        self.sound_lost = ""
        self._check_pictures()

    def close(self) -> None:
        """Remove the folder."""
        if self._folder is not None:
            workdir.remove(self._folder)
            self._folder = None

    @property
    def folder(self) -> Path:
        """The session's private folder, made when first needed."""
        if self._folder is None:
            self._folder = workdir.private_folder("video")
        return self._folder

    def new_path(self, suffix: str) -> Path:
        """Give a name in the folder that was not used before."""
        self._made += 1
        return self.folder / f"{self._made}.{suffix}"

    @cached_property
    def stream(self) -> Stream:
        """The picture track as ffmpeg sees it: pixel shape, fields and colours, which not every header tells."""
        ordinal = self.clip.picture.ordinal if self.clip.picture else 0
        log = ffmpeg.read_log(self.source.path, self.clip.demuxer, self.bounds)
        shown = [stream for stream in log.streams if stream.kind == "video"]
        if ordinal >= len(shown):
            raise AssetError("no_picture", f"{self.source.name} holds no moving picture that can be decoded")
        refuse_dolby_alone(shown[ordinal])
        return shown[ordinal]

    @property
    def drawn(self) -> bool:
        """Whether this is an animation, written as a film without loss."""
        return self.clip.container == "avi" and self.info.video_codec == "png"

    @property
    def size(self) -> tuple[int, int]:
        """The dimensions as shown: upright, with square pixels (of the pixels there are, the lines stay)."""
        width, height = self.info.width or self.stream.width or 2, self.info.height or self.stream.height or 2
        aspect = self.stream.sample_aspect
        if self.clip.picture is not None and self.clip.picture.rotation_deg in {90, 270}:
            return width, max(2, round(height * aspect))
        return max(2, round(width * aspect)), height

    @property
    def _pictures_end_s(self) -> float | None:
        track = self.clip.picture
        if track is None:
            return None
        return track.duration_s or (track.frames / track.fps if track.frames and track.fps else None)

    def _check_pictures(self) -> None:
        """Refuse a stretch of sound alone: what is left behind the last picture is no clip."""
        if self.clip.demuxer == "mpegvideo" and self.cut.start_s:
            # ffmpeg 9.0.2 gives its key frames no time at all, and cuts anywhere
            text = f"{self.source.name} is a bare MPEG stream without a clock to cut by; put it into a container first"
            raise AssetError("unsupported", text)
        end_s, fps = self._pictures_end_s, self.clip.picture.fps if self.clip.picture else None
        last_s = end_s - 1 / fps + 0.001 if end_s and fps else end_s
        if last_s and not self.cut.whole and self.cut.start_s > last_s:
            text = f"the clip's pictures last {end_s:.6g} s; --trim begins at {self.cut.start_s:.6g} s"
            raise AssetError("nothing_left", text, allowed=end_s, actual=self.cut.start_s)

    @property
    def picture_s(self) -> float:
        """How long the pictures of the kept stretch last; sound may go on after them."""
        end_s = self._pictures_end_s
        left = self.cut.length_s if end_s is None else max(end_s - self.cut.start_s, 0.0)
        return max(min(left, self.cut.length_s or left), 0.04)

    @cached_property
    def detail(self) -> details.Detail:
        """What a few key frames hold that smaller dimensions would lose."""
        return details.Detail(key_frames(self))

    def quantiser(self, step: Step) -> float | None:
        """Give the quantiser (0 to 51) at which the step's rung takes its rate, by its own first turn or a neighbour's.

        None where no turn of the clip had the step's encoder, effort, profile and frame rate.
        """
        return self._turns.quantiser(step)

    def per_octave(self, step: Step) -> float | None:
        """Give how much the clip's quantiser rises with every doubling of the pixels; None before two looks told it."""
        return self._turns.per_octave(step)

    def looked_whole(self, step: Step) -> bool:
        """Say whether a first turn looked at the step's frames as large as they are."""
        return self._turns.looked_whole(step)

    @cached_property
    def mix(self) -> Mix:
        """What becomes of the sound's channels."""
        return Mix(self.source, self.clip, self.input(), self.options, self.bounds)

    def input(self) -> ffmpeg.Input:
        """The source, cut as asked; ffmpeg turns its frames upright."""
        whole = cutting.input_of(self.source.path, self.clip, self.cut)
        return replace(whole, options=(*whole.options, *grounds.decoder(self.clip.picture)))

    @cached_property
    def laid_over(self) -> tuple[grounds.Colour | None, bool]:
        """What transparent pictures are laid over, None where none are; and whether it is dark, as white hides them."""
        seen = grounds.transparent(self.clip.picture, self.stream.pixel_format)
        return grounds.seen(self) if seen else (None, False)

    @property
    def ground(self) -> grounds.Colour | None:
        """What transparent pictures are laid over; None where none are."""
        return self.laid_over[0]

    def encode(self, step: Step) -> Encoded:
        """Carry out one step: sound alone, or pictures (with the sound that was made before) in their container."""
        started = time.perf_counter()
        if step.picturing is None:
            assert step.tone is not None
            sound = self._sound(step.encoder, step.tone)
            if sound is None:
                return Encoded(step=step, size_bytes=0, elapsed_s=time.perf_counter() - started)
            path = sound
        elif not step.final:
            turn = self._look_whole if step.picturing.whole else self._prepare
            turn(step, step.picturing, load("encoders", step.encoder))
            return Encoded(step=step, size_bytes=0, elapsed_s=time.perf_counter() - started)
        else:
            try:
                path = self._clip(step, step.picturing)
            except ToolError as error:
                # encoders refuse a rate below what even their coarsest quantiser takes
                refusals = ("opening encoder", "bitrate too low")
                if step.picturing.bit_rate_bps is None or not any(words in error.message for words in refusals):
                    raise
                return Encoded(step=step, size_bytes=0, elapsed_s=time.perf_counter() - started)
        return Encoded(
            step=step,
            size_bytes=path.stat().st_size,
            path=path,
            elapsed_s=time.perf_counter() - started,
        )

    def _sound(self, name: str, tone: Tone) -> Path | None:
        """Encode the sound; None where it cannot be decoded (the pictures may be sound)."""
        if tone not in self._sounds:
            encoder: SoundEncoder = load("encoders", name)
            path = self.new_path(encoder.suffix)
            ordinal = self.clip.sound.ordinal if self.clip.sound else 0
            track = ("-map", f"0:a:{ordinal}")
            muxer = "mp4" if encoder.muxer == "ipod" else encoder.muxer
            most = SLACK_BYTES + round(self.cut.length_s * 40_000)
            try:
                filters = ",".join(self.mix.filters(tone.channels, SYNC))
                options = (*track, "-af", filters, *encoder.arguments(tone), *PLAIN, "-flags:a", "+bitexact")
                target = ffmpeg.Output(muxer=muxer, path=path, options=options, take_s=self.cut.length_s or None)
                ffmpeg.transcode([self.input()], [target], bounds=self.bounds, file_bytes=most)
            except (AssetError, ToolError) as error:
                self.sound_lost = error.message
                return None
            self._sounds[tone] = path
        return self._sounds[tone]

    def _clip(self, step: Step, how: Picturing) -> Path:
        encoder: ClipEncoder = load("encoders", step.encoder)
        sound = self._sounds.get(step.tone) if step.tone is not None else None
        path = self.new_path(encoder.suffix)
        known = self._pictures.get((step.encoder, how))
        if known is not None:
            pictures = ffmpeg.Input(path=known, demuxer="mov")
            self._write(encoder, [pictures], ("-map", "0:v:0", "-c:v", "copy"), sound, path)
            return path
        if how.bit_rate_bps is None:
            options = ("-map", "[p]", *encoder.arguments(how, turn=0, statistics=path))
            self._write(encoder, [self.input()], options, sound, path, chain=f"{self._chain(step, encoder)}[p]")
        else:
            key = TurnKey.of(step)
            prepared = self._prepared.get(key) or self._lent(key) or self._prepare(step, how, encoder)
            options = encoder.arguments(how, turn=2, statistics=prepared.statistics)
            if prepared.frames is not None:
                frames = ffmpeg.Input(path=prepared.frames, demuxer="yuv4mpegpipe")
                self._write(encoder, [frames], ("-map", "0:v:0", *options), sound, path)
            else:
                source, chain = self._larger(step) or (self.input(), self._chain(step, encoder))
                self._write(encoder, [source], ("-map", "[p]", *options), sound, path, chain=f"{chain}[p]")
        self._pictures[step.encoder, how] = path
        return path

    def score(self, encoded: Encoded, view_long_edge: int) -> float:
        """Estimate how a finished clip looks, 0 to 100, at the size at which phones show it."""
        step = encoded.step
        coded = (step.width or 1, step.height or 1)
        quantiser = self.quantiser(step)
        constant = quantiser is None and step.picturing is not None and step.picturing.bit_rate_bps is None
        return judged.estimate(_FINE if constant else quantiser or _FINE, coded, self.size, view_long_edge)

    def _chain(self, step: Step, encoder: ClipEncoder) -> str:
        rung = _rung(step)
        ordinal = self.clip.picture.ordinal if self.clip.picture else 0
        shown = graph.chain(self.stream, rung, pixel_aspect=encoder.pixel_aspect, ground=self.ground)
        chain = f"[0:v:{ordinal}]{shown}"
        if self.cut.take_s is None:
            return chain
        # an input gives a frame that began in the stretch, of MPEG-TS several behind it: none is to outlast it
        return f"{chain},trim=end_frame={max(1, int(self.cut.take_s * rung.fps + 1e-6))}"

    def _prepare(self, step: Step, how: Picturing, encoder: ClipEncoder) -> _Prepared:
        """Decode once: statistics for the second turn and, in the same run, the frames that it will encode."""
        key = TurnKey.of(step)
        if key in self._prepared:
            return self._prepared[key]
        frame_bytes = round(self.picture_s * how.fps + 2) * (how.width * how.height * 3 // 2 + 6)
        frames = self.new_path("y4m") if frame_bytes <= MOST_FRAME_BYTES else None
        source, chain = self._larger(step) or (self.input(), self._chain(step, encoder))
        most = 2 * frame_bytes + SLACK_BYTES
        statistics = self._first_turn(step, how, encoder, source, chain, frames=frames, file_bytes=most)
        self._prepared[key] = _Prepared(statistics=statistics, frames=frames)
        return self._prepared[key]

    def _look_whole(self, step: Step, how: Picturing, encoder: ClipEncoder) -> None:
        """Look at frames as large as they are, for their quantiser alone."""
        kept = self._prepare(step, replace(how, whole=False), encoder).frames
        if self.looked_whole(step):
            return
        source, chain = self.input(), self._chain(step, encoder)
        if kept is not None:
            source, chain = ffmpeg.Input(path=kept, demuxer="yuv4mpegpipe"), "[0:v:0]null"
        self._first_turn(step, how, encoder, source, chain, frames=None, file_bytes=SLACK_BYTES)

    def _first_turn(
        self,
        step: Step,
        how: Picturing,
        encoder: ClipEncoder,
        source: ffmpeg.Input,
        chain: str,
        *,
        frames: Path | None,
        file_bytes: int,
    ) -> Path:
        """Run a first turn and keep what it says; ``frames`` is where frames go that the second will read."""
        statistics = self.new_path("statistics")
        whole = (how.width, how.height)
        seen = whole if how.whole else encoder.looked_at(*whole)
        smaller = f"scale={seen[0]}:{seen[1]}:flags=fast_bilinear" if seen != whole else "null"
        # ffmpeg puts the number of the output stream into the statistics' name: they must come first
        options = ("-map", "[p]", *encoder.arguments(how, turn=1, statistics=statistics))
        outputs = [ffmpeg.Output(muxer="null", options=options)]
        if frames is None:
            chain += f",{smaller}[p]"
        else:
            chain += f",split=2[s][f];[s]{smaller}[p]"
            outputs.append(ffmpeg.Output(muxer="yuv4mpegpipe", path=frames, options=("-map", "[f]")))
        ffmpeg.transcode(
            [source],
            outputs,
            bounds=self.bounds,
            file_bytes=file_bytes,
            graph=chain,
            on_time=self._share_from(0.0, 0.4),
        )
        turn = encoder.first_turn(Path(f"{statistics}-0.log").read_text(encoding="ascii", errors="replace"))
        if turn is not None:
            self._turns.add(step, turn, whole=seen == whole)
        return statistics

    def _lent(self, wanted: TurnKey) -> _Prepared | None:
        """Give the statistics of a turn, coded alike, whose pixels are not twice or half as many, if there was one.

        x264 stretches their tree of macroblocks, as it does with those of half the lines: on 12 such pairs phone VMAF
        was 0.1 higher in the mean (-0.7 to +0.8), and what was written as near to the rate; with a fifth of the pixels
        it was 1.3 lower. The frames of an animation are few and small: a turn of its own costs next to nothing.
        """
        for key, prepared in self._prepared.items():
            near = 0.5 <= wanted.width * wanted.height / (key.width * key.height) <= 2
            if near and key.like(wanted) and not self.drawn:
                return _Prepared(statistics=prepared.statistics, frames=None)
        return None

    def _larger(self, step: Step) -> tuple[ffmpeg.Input, str] | None:
        """Give the kept frames of a larger rung, and how they get smaller: decoding HDR or AV1 again costs more."""
        for key, prepared in self._prepared.items():
            same = key.canvas is None and step.canvas is None and key.fps == step.fps
            larger = key.width >= (step.width or 0) and key.height >= (step.height or 0)
            if same and larger and prepared.frames is not None:
                scaled = f"[0:v:0]scale={step.width}:{step.height}:flags=lanczos,format=yuv420p,setsar=1"
                return ffmpeg.Input(path=prepared.frames, demuxer="yuv4mpegpipe"), scaled
        return None

    def _write(
        self,
        encoder: ClipEncoder,
        inputs: list[ffmpeg.Input],
        options: tuple[str, ...],
        sound: Path | None,
        path: Path,
        *,
        chain: str | None = None,
    ) -> None:
        if sound is not None:
            demuxer = "amr" if sound.suffix == ".amr" else "mov"
            options += ("-map", f"{len(inputs)}:a:0", "-c:a", "copy")
            inputs = [*inputs, ffmpeg.Input(path=sound, demuxer=demuxer)]
        options += (*encoder.wrapping(), *PLAIN)
        target = ffmpeg.Output(muxer=encoder.muxer, path=path, options=options)
        most = 4 * self.source.size_bytes + SLACK_BYTES + round(self.cut.length_s * 2_000_000)
        on_time = self._share_from(0.4, 1.0)
        ffmpeg.transcode(inputs, [target], bounds=self.bounds, file_bytes=most, graph=chain, on_time=on_time)
        tidy.drop_user_data(path)

    def _share_from(self, low: float, high: float) -> Callable[[float], None] | None:
        report = self.on_share
        if report is None:
            return None
        return lambda done_s: report(low + (high - low) * min(1.0, done_s / max(self.cut.length_s, 0.01)))


def _rung(step: Step) -> Rung:
    assert step.width is not None
    assert step.height is not None
    assert step.fps is not None
    return Rung(width=step.width, height=step.height, fps=Fraction(step.fps).limit_denominator(1001), pad=step.canvas)
