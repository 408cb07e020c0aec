"""One animation opened for fitting: its frames, what moves in them, and single encodes."""

from __future__ import annotations

import itertools
import time
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mediaprep.closing import Closing
from mediaprep.encoders import Encoder
from mediaprep.encoders import _gif_cutout as cutout
from mediaprep.encoders import _gif_palette as palettes
from mediaprep.encoders._gif_exact import MOST_COLOURS
from mediaprep.encoders._gif_pace import Pacer
from mediaprep.encoders._moving import Moving
from mediaprep.encoders.gif_numpy import hold_at, quality_at
from mediaprep.errors import AssetError
from mediaprep.kinds import Encoded, Step
from mediaprep.kinds import _animation_avi as avi
from mediaprep.kinds import _animation_exact as exact_of
from mediaprep.kinds import _animation_frames as frames_of
from mediaprep.kinds import _animation_motion as motion_of
from mediaprep.kinds import _animation_slides as slides_of
from mediaprep.kinds._animation_dial import LOSSLESS, RECORDED, Content, Setting
from mediaprep.kinds._animation_kept import Chooser, merged
from mediaprep.kinds._animation_scale import Scaler
from mediaprep.kinds._animation_score import Judge, viewed
from mediaprep.kinds._animation_size import Sample, SizeModel, sample_of
from mediaprep.kinds._gif_parts import frame_bytes
from mediaprep.kinds._still_shape import Size
from mediaprep.limits import Limits
from mediaprep.model import Finding, MediaInfo, finding
from mediaprep.options import Bounds, FitOptions
from mediaprep.phone_vmaf import MOMENTS
from mediaprep.plugins import load
from mediaprep.rules import GIF
from mediaprep.storage import Source

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


ENCODER = "gif_numpy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What pictures stand on: a canvas larger than they are, and whether one sees through them."""

    canvas: Size | None = None
    alpha: bool = False


_FILM_LONG_EDGE = 1280

_DRAWN_FLAT, _DRAWN_OPAQUE = 0.6, 0.9
"""Equal neighbours from which something with transparent pixels is drawn, not filmed: stickers have .85 to .99; and
from which other things are. Advertisements of flat shapes (.92 to .99) at 60 kB look as 63, 22 and 38 as films, as
89, 44 and 59 drawn; of a photograph that moves on a ground (.93) as 94 and 96, with text half as large again."""

_SHADES = 1.5
"""Colours for each one that areas have, those of edges among them: of discs in 41 colours (150 kB, 1,000 pixels wide)
32 make 78, 64 make 97, 128 make 96; of ones in 7 to 22 colours 32 make 2 to 15 more than 64."""

_PALETTE_FRAMES = 8
"""Frames from which colours are chosen, spread evenly."""


class AnimationSession(Closing):
    """Owns the frames (kept in memory only where they are few) and what was learnt of them, until closed."""

    def __init__(self, source: Source, info: MediaInfo, options: FitOptions, bounds: Bounds) -> None:
        """Read the structure once more; nothing is decoded yet. Raises AssetError."""
        self.source = source
        self.info = info
        self.options = options
        self.bounds = bounds
        found = frames_of.walk(source, info.media_type, bounds, bounds.max_frames + 1)
        if found is None:
            raise AssetError("unreadable", f"{source.name} changed while it was read")
        self.plays = found.plays
        self._used = frames_of.timing(found, options.span_s())
        asked = options.background_rgb()
        self.frames = frames_of.Frames(source, info, bounds, self._used, asked)
        self._motion: motion_of.Motion | None = None
        self.views: dict[int, NDArray[np.uint8]] = {}
        """The frames that are judged, by their numbers; known once ``motion`` is."""
        self._looked: dict[int, NDArray[np.uint8]] = {}
        self._judges: dict[int, Judge] = {}
        self._chooser: Chooser | None = None
        self._slides: slides_of.Slides | None = None
        self._slides_known = False
        self._wide: dict[tuple[int, Size | None, Size | None, bool], palettes.Wide] = {}
        self._encoder: Encoder | None = None
        self.even: dict[Step, float] = {}
        """Of paced encodes: the bytes that later frames would have at the hold asked for, by those that they have."""
        self._taken: dict[tuple[int, ...], tuple[float, ...]] = {}
        self._exact_bytes: float | None = None
        self._drawn_colours: int | None = None

    def close(self) -> None:
        """Let go of every frame."""
        self.frames.forget()
        self.views.clear()
        self._looked.clear()
        self._judges.clear()

    @property
    def size(self) -> Size:
        """Give the dimensions of the asset."""
        return self.frames.size

    @property
    def trimmed(self) -> bool:
        """Whether only a part is asked for."""
        return self.options.trim is not None

    @property
    def motion(self) -> motion_of.Motion:
        """Learn what moves: one turn over all frames, which also takes aside the few that are judged later."""
        if self._motion is None:
            delays_ms = self._used.delays_ms
            self._motion = motion_of.watched(self._watched(set(_evenly(delays_ms, MOMENTS))))
            sound = self._motion.frames
            if sound < len(delays_ms):  # a frame cannot be decoded: the moments are those of what is before it
                self.views.clear()
                wanted = set(_evenly(delays_ms[:sound], MOMENTS))
                for _ in zip(range(sound), self._watched(wanted), strict=False):
                    pass
        return self._motion

    def _watched(self, wanted: set[int]) -> Iterator[NDArray[np.uint8]]:
        for number, pixels in enumerate(self.frames):
            if number in wanted:
                self.views[number] = self.frames.flat(pixels)
            yield pixels

    @property
    def delays_ms(self) -> tuple[float, ...]:
        """Give how long each sound frame is shown."""
        return self._used.delays_ms[: self.motion.frames]

    @property
    def duration_s(self) -> float:
        """Give the seconds of one play."""
        return sum(self.delays_ms) / 1000

    @property
    def slides(self) -> slides_of.Slides | None:
        """Tell a slide show, whose fades are given up before its dimensions: by its times and looks."""
        if not self._slides_known:
            self._slides_known = True
            if self.content != "drawn":
                self._slides = slides_of.seen(self.motion.looks, self.delays_ms)
        return self._slides

    def kept(self, most: int) -> tuple[int, ...]:
        """Choose at most so many frames; never fewer than two, or it would not move."""
        if self.slides is not None and len(self.slides.held) <= most:
            return self.slides.kept(most)
        if self._chooser is None:
            self._chooser = Chooser(self.motion, self.delays_ms)
        return self._chooser.kept(most)

    @property
    def content(self) -> Content:
        """Say what moves; a sticker, flat as it is, would lose its movement where a recording gives up frames."""
        if self.motion.screen and not self.frames.see_through:
            return "grainy" if self.motion.grainy else "screen"
        return "drawn" if self.motion.flat > (_DRAWN_FLAT if self.frames.see_through else _DRAWN_OPAQUE) else "film"

    @property
    def drawn_colours(self) -> int:
        """Give how many colours a drawing needs at the least."""
        if self._drawn_colours is None:
            self._drawn_colours = min(round(_SHADES * exact_of.area_colours(self.views)), MOST_COLOURS)
        return self._drawn_colours

    def guessed(self, full: Size) -> SizeModel:
        """Guess how many bytes a GIF of these dimensions takes, by those of the asset where it is one."""
        source_bytes = self.info.size_bytes if self.info.media_type == GIF and full == self.size else None
        if source_bytes is not None and self.trimmed:
            source_bytes = round(source_bytes * self.duration_s / max(self.info.duration_s or 1.0, 1e-3))
        first_bytes = None
        if source_bytes is not None and not self.trimmed and self.content in RECORDED:
            first_bytes = next((size for _, size in frame_bytes(self.source.read())), None)
        return SizeModel.guessed(self.motion, full[0] * full[1], source_bytes, first_bytes)

    @property
    def exact_bytes(self) -> float:
        """Give the bytes that all frames take with every pixel as it was: measured, or foretold and rather too few.

        Infinite where it is not drawn, or a table does not hold the colours of a frame.
        """
        if self._exact_bytes is None:
            self._exact_bytes = exact_of.foretold_bytes(self.motion, self.size, self.views, self._loaded())
        return self._exact_bytes

    @exact_bytes.setter
    def exact_bytes(self, measured: float) -> None:
        self._exact_bytes = measured

    def alpha(self, limits: Limits) -> bool:
        """Whether what one sees through stays so: the route says phones show it, and a mask can say it."""
        return self.motion.frames > 0 and limits.alpha and self.frames.cut_out

    def step(self, how: Setting, full: Size, count: int, *, dial: float, place: Place, final: bool) -> Step:
        """Describe an encode: dimensions, frames a second, colours, and the hold as the encoder's quality."""
        width, height = (max(1, int(edge * how.scale + 1e-6)) if how.scale < 1.0 else edge for edge in full)
        quality = LOSSLESS if dial >= LOSSLESS else min(quality_at(how.hold), LOSSLESS - 1e-3)
        return Step(
            encoder=ENCODER, media_type="image/gif", quality=quality, width=width, height=height,
            fps=count / self.duration_s, colours=how.colours, canvas=place.canvas, alpha=place.alpha,
            aim="final" if final else "sample",
        )  # fmt: skip

    def chosen(self, step: Step) -> tuple[int, ...]:
        """Give the frames that a step keeps."""
        return self.kept(round((step.fps or 1.0) * self.duration_s))

    def encode(self, step: Step) -> Encoded:
        """Carry out one step: all of its frames, or a sample of them where it is not final."""
        started = time.perf_counter()
        made = self.sampled(step) or self.whole(step)
        pacer = self._paced(step, made)
        moving = self._moving(step, made, pacer)
        data = self._loaded().encode(moving, step.quality, colours=step.colours)
        if pacer is not None:
            self.even[step] = pacer.even_ratio
            self._taken[made.frames] = pacer.even_bytes
        return Encoded(step=step, size_bytes=len(data), data=data, elapsed_s=time.perf_counter() - started)

    def _paced(self, step: Step, made: Sample) -> Pacer | None:
        if step.pacing is None or not step.final:
            return None
        moves = tuple(self.motion.between(one, other) for one, other in itertools.pairwise(made.frames))
        return Pacer(step.pacing, hold_at(step.quality), self._taken.get(made.frames, moves))

    def _loaded(self) -> Encoder:
        if self._encoder is None:
            self._encoder = load("encoders", ENCODER)
        return self._encoder

    def sampled(self, step: Step) -> Sample | None:
        """Give the frames of a step that is no final one; None where it takes all."""
        return None if step.final else sample_of(self.chosen(step), self.motion)

    def whole(self, step: Step) -> Sample:
        """Give all the frames of a step, with their delays."""
        chosen = self.chosen(step)
        return Sample(chosen, frames_of.centiseconds(merged(self.delays_ms, chosen)))

    def look_at(self, steps: list[Step]) -> None:
        """Take aside what these steps show at the moments that are judged, in one turn at the most."""
        wanted = {number for step in steps for number in self._shown(step)} - self._looked.keys()
        if wanted:
            self._looked |= {n: self.frames.flat(pixels) for n, pixels in enumerate(self.frames) if n in wanted}

    def _shown(self, step: Step) -> list[int]:
        """Give the frames that are shown at the moments that are judged."""
        kept = self.chosen(step)
        return [kept[bisect_right(kept, n) - 1] for n in sorted(self.views) if n < self.motion.frames]

    def _around_moments(self) -> tuple[int, ...]:
        """Give delays with which frames one for each moment that is judged are shown at these."""
        ends = list(itertools.accumulate(self.delays_ms))
        moments = [ends[n] - self.delays_ms[n] / 2 for n in sorted(self.views) if n < self.motion.frames]
        edges = [0.0, *((one + other) / 2 for one, other in itertools.pairwise(moments)), ends[-1]]
        return frames_of.centiseconds(tuple(other - one for one, other in itertools.pairwise(edges)))

    def glimpsed(self, step: Step, limits: Limits) -> float:
        """Score what a step would make of the frames that are judged, without making the rest."""
        assert step.width is not None
        assert step.height is not None
        self.look_at([step])
        size, numbers = (step.width, step.height), self._shown(step)
        scaler = Scaler(size, sharpened=self.content == "film")
        flat = replace(step, alpha=False)  # which is how they are judged
        moving = Moving(
            size=step.canvas or size,
            delays_cs=self._around_moments(),
            plays=self.plays,
            frames=lambda: (_on_canvas(scaler.scaled(self._looked[n]), step.canvas) for n in numbers),
            table=self._table(flat, tuple(range(self.motion.frames)), size),
        )
        data = self._loaded().encode(moving, step.quality, colours=step.colours)
        return self.score(Encoded(step=step, size_bytes=len(data), data=data), limits)

    def _moving(self, step: Step, made: Sample, pacer: Pacer | None) -> Moving:
        assert step.width is not None
        assert step.height is not None
        size = (step.width, step.height)
        used = made.frames
        return Moving(
            size=step.canvas or size,
            delays_cs=made.delays_cs,
            plays=self.plays,
            frames=lambda: self._scaled(frozenset(used), size, step),
            table=self._table(step, self.chosen(step), size),  # not those of a sample: all others take it, too
            alpha=step.alpha,
            pacer=pacer,
        )

    def _table(self, step: Step, used: tuple[int, ...], size: Size) -> NDArray[np.uint8]:
        """Choose colours once for all dimensions: scaling changes how often a colour is there, hardly which.

        Not so on a recording, where it makes shades of letters: 46 colours chosen at other dimensions cost a terminal
        2.5 phone VMAF.
        """
        most = step.colours or 255
        at = size if self.content in RECORDED or size == self.size else None
        key = (palettes.code_bits(most), at, step.canvas, step.alpha)
        if key not in self._wide:
            wanted = {used[i * (len(used) - 1) // (_PALETTE_FRAMES - 1)] for i in range(_PALETTE_FRAMES)}
            sample = tuple(self._scaled(frozenset(wanted), size, step))
            if step.alpha:
                sample = tuple(cutout.seen_of(pixels) for pixels in sample)
            self._wide[key] = palettes.wide(sample, most)
        return self._wide[key].narrowed(most).colours

    def _scaled(self, used: frozenset[int], size: Size, step: Step | None) -> Iterator[NDArray[np.uint8]]:
        last = max(used)
        scaler = Scaler(size, sharpened=step is not None and self.content == "film")
        canvas, alpha = (step.canvas, step.alpha) if step is not None else (None, False)
        for number, pixels in enumerate(self.frames):
            if number in used:
                yield _on_canvas(scaler.scaled(pixels if alpha else self.frames.flat(pixels)), canvas)
            if number >= last:
                return

    def film(self, path: Path) -> None:
        """Write all frames as a silent film with even sides."""
        width, height = self.size
        ratio = min(1.0, _FILM_LONG_EDGE / max(width, height))
        size = (max(2, int(width * ratio) // 2 * 2), max(2, int(height * ratio) // 2 * 2))
        every = tuple(range(self.motion.frames))
        frames = self._scaled(frozenset(every), size, None)
        avi.write(path, frames, frames_of.centiseconds(self.delays_ms), size)

    def score(self, encoded: Encoded, limits: Limits, *, by_time: bool = False) -> float:
        """Judge an attempt by decoding it: the same moments of asset and rendition side by side.

        ``by_time``: a slide show's pictures count for as long as they are shown.
        """
        assert encoded.data is not None
        edge = viewed(limits.view_long_edge, self.content)
        if edge not in self._judges:
            views = {number: self.views[number] for number in self.views if number < self.motion.frames}
            ground = self.frames.background
            self._judges[edge] = Judge(views, self.delays_ms, edge, ground)
        weights = None
        if by_time and self.slides is not None:
            moments = sorted(n for n in self.views if n < self.motion.frames)
            weights = self.slides.weights(moments, self.delays_ms)
        return self._judges[edge].score(encoded.data, encoded.step, weights)

    def warnings(self, *, alpha: bool) -> tuple[Finding, ...]:
        """Give what decoding found and decided: a broken end, a dark background (which ``alpha`` needs not)."""
        found: list[Finding] = []
        whole = self._used.frames
        sound = self.motion.frames
        if sound < whole and "salvaged" not in {name for name, _ in self.info.remarks}:
            text = f"frame {sound + 1} of {whole} cannot be decoded; the {sound} frames before it are used"
            found.append(finding("salvaged", text))
        if self.frames.flattened_dark and not alpha:
            found.append(
                finding("flattened_dark", "on white, what is visible would vanish: a dark background was taken")
            )
        return tuple(found)


def _evenly(delays_ms: tuple[float, ...], moments: int) -> list[int]:
    """Give the frames shown at so many moments, evenly spread over one play."""
    total = sum(delays_ms)
    wanted = [(i + 0.5) * total / moments for i in range(moments)]
    found: list[int] = []
    end = 0.0
    for number, delay in enumerate(delays_ms):
        end += delay
        while len(found) < len(wanted) and wanted[len(found)] < end:
            found.append(number)
    return found


def _on_canvas(pixels: NDArray[np.uint8], canvas: Size | None) -> NDArray[np.uint8]:
    import numpy as np

    height, width = pixels.shape[:2]
    if canvas is None or canvas == (width, height):
        return pixels
    ground = 255 if pixels.shape[2] == 3 else 0
    whole = np.full((canvas[1], canvas[0], pixels.shape[2]), ground, dtype=np.uint8)
    left, top = (canvas[0] - width) // 2, (canvas[1] - height) // 2
    whole[top : top + height, left : left + width] = pixels
    return whole
