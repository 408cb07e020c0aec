"""How many bytes a GIF will take: the first frame, and each later one by the pixels that change in it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate, pairwise

from mediaprep.kinds._animation_dial import Setting
from mediaprep.kinds._animation_motion import Motion

_FIXED_BYTES = 800.0
"""Canvas, play count and a table of 256 colours."""
_BY_SCALE_FILM, _BY_SCALE_SCREEN = 2.35, 1.9
"""Bytes grow as the scale to this power. Above the area for footage, whose noise scaling averages away, so that
more pixels are held; under it for screens, whose flat ground gets soft edges."""
_FRAME_BYTES = 22.0

_USUAL_PER_PIXEL = 0.45
"""Bytes for each changed pixel where nothing is known yet: footage 0.4-0.8, screens 0.1-0.5."""


_RUNS = 2
_SHARE = 0.25
_FEWEST = 12
"""Frames under which a whole encode costs little more than a sample."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Frames that stand for all: the first, then runs of neighbours; ``jumps`` are the places where a run begins.

    ``delays_cs`` are what they are encoded with.
    """

    frames: tuple[int, ...]
    delays_cs: tuple[int, ...]
    jumps: frozenset[int] = frozenset()


def sample_of(chosen: tuple[int, ...]) -> Sample | None:
    """Take a quarter of the chosen frames in two runs; None where they are too few to be worth it."""
    if len(chosen) < _FEWEST:
        return None
    length = max(3, round(_SHARE * len(chosen) / _RUNS))
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

    @classmethod
    def guessed(cls, motion: Motion, pixels: int, source_bytes: int | None) -> SizeModel:
        """Start from the source's own bytes where it is a GIF, else from what is usual."""
        model = cls(motion=motion, pixels=pixels, first=_USUAL_PER_PIXEL, rate=_USUAL_PER_PIXEL)
        if source_bytes is None:
            return model
        whole = tuple(range(motion.frames))
        exact = Setting(scale=1.0, share=1.0, colours=255, hold=0.0)
        ratio = min(source_bytes / model.size_bytes(exact, whole), 3.0)
        return cls(motion=motion, pixels=pixels, first=model.first * ratio, rate=model.rate * ratio)

    def learnt(self, how: Setting, made: Sample, frames: list[tuple[int, int]], size_bytes: int) -> SizeModel:
        """Take level and rate from what an encode of ``made`` came to: the delay and the bytes of each frame in it.

        ``size_bytes`` is its whole size. The delays tell which frames it merged: a frame's place is that of the
        delays before it.
        """
        place = {at: number for number, at in enumerate(accumulate(made.delays_cs, initial=0))}
        unit = self._unit(how)
        spent = 0.0
        at = frames[0][0]
        for delay, size in frames[1:]:
            if place.get(at) not in made.jumps:
                spent += max(size - _FRAME_BYTES, 0.0)
            at += delay
        chosen = made.frames
        steps = (self.motion.between(chosen[i - 1], chosen[i]) for i in range(1, len(chosen)) if i not in made.jumps)
        changed = sum(steps) * unit
        rate = min(max(spent / changed, 0.01), 8.0) if changed > 0 else self.rate
        first = max(frames[0][1] - _FRAME_BYTES, 1.0) / self._unit(how, moving=False)
        fixed = float(size_bytes - sum(size for _, size in frames))
        return SizeModel(motion=self.motion, pixels=self.pixels, first=first, rate=rate, fixed_bytes=fixed)

    def size_bytes(self, how: Setting, chosen: tuple[int, ...]) -> float:
        """Give the size that is expected of these frames at this setting."""
        changed = sum(self.motion.between(a, b) for a, b in pairwise(chosen))
        body = self.first * self._unit(how, moving=False) + self.rate * changed * self._unit(how)
        return self.fixed_bytes + body + _FRAME_BYTES * len(chosen)

    def _unit(self, how: Setting, *, moving: bool = True) -> float:
        colours = 0.2 + 0.1 * math.log2(max(how.colours, 2))
        unit = self.pixels * float(how.scale ** (_BY_SCALE_SCREEN if self.motion.screen else _BY_SCALE_FILM)) * colours
        return unit * self._held(how.hold) if moving else unit

    def _held(self, hold: float) -> float:
        """Give how many times the pixels that change at a hold of 12 change at this one."""
        seen = sum(row[0] for row in self.motion.changed if row)
        at_all = max(sum(self.motion.drift), seen)
        most = min(at_all / seen, 4.0) if seen > 0 else 1.0
        if hold >= 12.0:
            return float((12.0 / hold) ** 0.6)
        return 1.0 + (most - 1.0) * (1.0 - hold / 12.0)
