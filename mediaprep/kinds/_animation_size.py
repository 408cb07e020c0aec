"""How many bytes a GIF will take: the first frame, and each later one by the pixels that change in it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from mediaprep.kinds._animation_dial import Setting
from mediaprep.kinds._animation_motion import HELD, HELD_WIDE, Motion

_FIXED_BYTES = 800.0
"""Canvas, play count and a table of 256 colours."""
_BY_SCALE_FILM, _BY_SCALE_SCREEN = 2.1, 1.9
"""Bytes grow as the scale to this power. Above the area for footage, whose noise scaling averages away, so that
more pixels are held; under it for screens, whose flat ground gets soft edges."""
_FRAME_BYTES = 22.0

_SAME_SCALE, _MOST_TURNED = 0.03, 0.6
_SURE, _UNSURE, _ENOUGH = 0.01, 0.1, 4
"""How an encode at another scale (by so much in its logarithm at the least) corrects the powers, by so much at most:
soon for the first frame, which is the same in all encodes, late for the others, of which samples take other ones, and
never from fewer of them."""

_WIDE, _NO_GRIP = 12.0, 0.1
"""Measured on a browser and a terminal made smaller: holds of 17 and 34 are the same bytes within 2 %."""

_LEAST_GRIP, _MOST_GRIP = 0.15, 1.0
"""Measured from a hold of 24 to one of 64: a browser .12, a game .23, terminals .79 and 1.05."""

_USUAL_PER_PIXEL = 0.45
"""Bytes for each changed pixel where nothing is known yet: footage 0.4-0.8, screens 0.1-0.5."""

_LEAST_PER_PIXEL = 0.45
"""What footage made smaller takes at the least, however few colours and bytes its source has: scaling adds shades. A
sample that is too small costs little, one too large twice as much as the rendition (four frames of 36 colours)."""


_SHARE, _MOST_SAMPLED = 0.25, 16
"""A sample takes a quarter of the frames, but no more than so many: they tell enough of hundreds."""

_HELD = 0.5
"""The share of frames that change from which on a sample is one of all frames: of a film made of pictures that are held
a tenth may, and most samples of neighbours would say nothing of what moves."""

_RUNS = 2
"""Runs of neighbours in a sample. Short runs say too little: behind a new picture less is held than later (62 frames
of a street: foretold to 1.00 by two runs of eight, to 0.78 by four of four)."""

_FEW, _FEWEST = 12, 4
"""Under so many frames a sample is the first quarter of them, of a recording the first and its largest change, in which
most of the bytes are (a terminal's seven frames: foretold to 0.6 by the first two). Under so few frames a whole encode
costs little more."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Frames that stand for all: the first, then runs of neighbours; ``jumps`` are the places where a run begins.

    ``delays_cs`` are what they are encoded with.
    """

    frames: tuple[int, ...]
    delays_cs: tuple[int, ...]
    jumps: frozenset[int] = frozenset()


def sample_of(chosen: tuple[int, ...], motion: Motion) -> Sample | None:
    """Take a quarter of the chosen frames in two runs; None where they are too few to be worth it."""
    changing = (chosen[0], *(number for one, number in pairwise(chosen) if any(motion.drift[one:number])))
    if len(changing) < _HELD * len(chosen):
        chosen = changing
    if len(chosen) < _FEWEST:
        return None
    if len(chosen) < _FEW and motion.screen:
        largest = max(range(1, len(chosen)), key=lambda i: motion.between(chosen[i - 1], chosen[i]))
        if largest == 1:
            return Sample(chosen[:2], (1, 1))
        return Sample((chosen[0], *chosen[largest - 1 : largest + 1]), (1, 1, 1), frozenset({1}))
    if len(chosen) < _FEW:
        first = chosen[: max(1, round(_SHARE * len(chosen)))]
        return Sample(first, (1,) * len(first))
    length = max(3, round(min(_SHARE * len(chosen), _MOST_SAMPLED) / _RUNS))
    frames, jumps = [chosen[0]], set()
    for run in range(_RUNS):
        start = round((run + 0.5) * len(chosen) / _RUNS - length / 2)
        start = max(start, 1)
        jumps.add(len(frames))
        frames += chosen[start : start + length]
    return Sample(tuple(frames), (1,) * len(frames), frozenset(jumps))


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeModel:
    """``first`` and ``rate``: bytes for each pixel of the first frame, and for each later pixel that changes.

    Both at full scale, 255 colours and a hold of 12.
    """

    motion: Motion
    pixels: int
    first: float
    rate: float
    fixed_bytes: float = _FIXED_BYTES
    by_scale: tuple[float, float] = (_BY_SCALE_FILM, _BY_SCALE_FILM)
    """The powers of the scale to which the first frame's bytes and those of later pixels grow."""
    at_scale: float | None = None
    steps: int = 0
    """Where the last encode taught its level, and from how many frames behind the first."""

    @classmethod
    def guessed(
        cls, motion: Motion, pixels: int, source_bytes: int | None, first_bytes: int | None = None
    ) -> SizeModel:
        """Start from the source's own bytes where it is a GIF, else from what is usual.

        ``first_bytes`` are those of its first frame: a recording's blank page is next to nothing.
        """
        power = _BY_SCALE_SCREEN if motion.screen else _BY_SCALE_FILM
        model = cls(
            motion=motion, pixels=pixels, first=_USUAL_PER_PIXEL, rate=_USUAL_PER_PIXEL, by_scale=(power, power)
        )  # fmt: skip
        if source_bytes is None:
            return model
        whole = tuple(range(motion.frames))
        exact = Setting(scale=1.0, share=1.0, colours=255, hold=0.0)
        if motion.screen and first_bytes is not None:
            start = max(first_bytes - _FRAME_BYTES, 1.0)
            later = max(source_bytes - first_bytes - _FRAME_BYTES * motion.frames, 1.0)
            return model.levelled(exact, start, later, sum(motion.between(a, b) for a, b in pairwise(whole)))
        ratio = min(source_bytes / model.size_bytes(exact, whole), 3.0)
        if not motion.screen:
            ratio = max(ratio, _LEAST_PER_PIXEL / _USUAL_PER_PIXEL)
        return replace(model, first=model.first * ratio, rate=model.rate * ratio)

    def learnt(
        self, how: Setting, made: Sample, frames: list[tuple[int, int]], size_bytes: int, *, even: float = 1.0
    ) -> SizeModel:
        """Take level and rate from what an encode of ``made`` came to: the delay and the bytes of each frame in it.

        ``size_bytes`` is its whole size; ``even`` is what the later frames would have come to at one hold, by what they
        have. The delays tell which frames it merged: a frame's place is that of the
        delays before it.
        """
        place = {at: number for number, at in enumerate(accumulate(made.delays_cs, initial=0))}
        spent = 0.0
        at = frames[0][0]
        for delay, size in frames[1:]:
            if place.get(at) not in made.jumps:
                spent += max(size - _FRAME_BYTES, 0.0)
            at += delay
        chosen = made.frames
        steps = [self.motion.between(chosen[i - 1], chosen[i]) for i in range(1, len(chosen)) if i not in made.jumps]
        start = max(frames[0][1] - _FRAME_BYTES, 1.0)
        told = replace(
            self,
            by_scale=self._turned(how, start, even * spent, steps),
            fixed_bytes=float(size_bytes - sum(size for _, size in frames)),
            at_scale=how.scale,
            steps=len(steps),
        )
        return told.levelled(how, start, even * spent, sum(steps))

    def levelled(self, how: Setting, start: float, later: float, changed: float) -> SizeModel:
        """Take the level from the bytes of the first frame and of those in which ``changed`` of all pixels did."""
        first = start / self._unit(how, moving=False)
        if changed <= 0:
            return replace(self, first=first, rate=self.rate * first / self.first)
        return replace(self, first=first, rate=min(max(later / (changed * self._unit(how)), 0.01), 8.0))

    def _turned(self, how: Setting, start: float, later: float, steps: list[float]) -> tuple[float, float]:
        """Correct the powers of the scale by what was expected here of an encode at another scale."""
        first, after = self.by_scale
        if self.at_scale is None or abs(log := math.log(how.scale / self.at_scale)) < _SAME_SCALE:
            return first, after
        if self.motion.screen and max(how.scale, self.at_scale) >= 1.0:  # sharp text says little of scaled text
            return first, after
        first = self._grown(first, start, self.first * self._unit(how, moving=False), log, _SURE)
        if min(len(steps), self.steps) >= _ENOUGH and later > 0 and sum(steps) > 0:
            after = self._grown(after, later, self.rate * sum(steps) * self._unit(how), log, _UNSURE)
        return first, after

    @staticmethod
    def _grown(power: float, measured: float, expected: float, log: float, doubt: float) -> float:
        """Correct a power of the scale by what was expected at another scale (whose ``log`` that is) and measured.

        ``doubt`` holds back where scales are near to each other: then a sample's chance says more than they do.
        """
        turned = math.log(measured / expected) * log / (log * log + doubt)
        return power + min(max(turned, -_MOST_TURNED), _MOST_TURNED)

    def size_bytes(self, how: Setting, chosen: tuple[int, ...]) -> float:
        """Give the size that is expected of these frames at this setting."""
        changed = sum(self.motion.between(a, b) for a, b in pairwise(chosen))
        body = self.first * self._unit(how, moving=False) + self.rate * changed * self._unit(how)
        return self.fixed_bytes + body + _FRAME_BYTES * len(chosen)

    def power(self, how: Setting) -> float:
        """Give the power of the hold to which a frame's bytes fall, from half of a setting's up to it.

        Where all that moves moves far, less hold is no more bytes: the power is near 0. So it is where a recording
        is held wide: what is written there is written because neighbourhoods move, or because it is noise.
        """
        if self.motion.screen and how.hold >= _WIDE:
            return self._grip if how.hold > HELD and how.scale >= 1.0 else _NO_GRIP
        return math.log(self._held(how.hold / 2) / self._held(how.hold)) / math.log(2)

    @property
    def _grip(self) -> float:
        """Give the power by which bytes fall with a hold above HELD."""
        wide = math.log(max(self.motion.grain, 0.1)) / math.log(HELD / HELD_WIDE)
        return min(max(wide, _LEAST_GRIP), _MOST_GRIP)

    def _unit(self, how: Setting, *, moving: bool = True) -> float:
        bits = math.log2(max(how.colours, 2))
        colours = bits / 8 if self.motion.screen else 0.2 + 0.1 * bits  # .80 to .86 from 64 to 32, of four recordings
        unit = self.pixels * float(how.scale ** self.by_scale[moving]) * colours
        return unit * self._held(how.hold) if moving else unit

    def _held(self, hold: float) -> float:
        """Give how many times the pixels that change at a hold of 12 change at this one."""
        seen = sum(row[0] for row in self.motion.changed if row)
        at_all = max(sum(self.motion.drift), seen)
        most = min(at_all / seen, 4.0) if seen > 0 else 1.0
        if self.motion.screen and hold > HELD:
            return float((12.0 / HELD) ** 0.6 * (HELD / hold) ** self._grip)
        if hold >= 12.0:
            return float((12.0 / hold) ** 0.6)
        return 1.0 + (most - 1.0) * (1.0 - hold / 12.0)
