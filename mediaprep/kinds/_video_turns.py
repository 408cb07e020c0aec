"""What the first turns of a clip told: the quantiser at which dimensions take a rate. Pure arithmetic."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Self

from mediaprep.encoders import ClipEncoder, FirstTurn, Picturing
from mediaprep.kinds import Step
from mediaprep.kinds import _video_ladder as rungs
from mediaprep.plugins import load

_UNUSED = 20.0
"""The quantiser at most of what leaves half of its bits unused: frames that repeat each other keep the one that the
encoder began with, which nobody sees. The bits are those that its own turn was given: another route's are many more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnKey:
    """What a first turn depends on; its rate is a hint only. ``whole``: it looked at frames as large as they are.

    x264 refuses statistics of another effort or profile: "different weightp setting than first pass", or "bframes".
    """

    encoder: str
    width: int
    height: int
    canvas: tuple[int, int] | None
    fps: float | None
    whole: bool = False
    manner: str = ""
    effort: str = ""
    profile: str | None = None
    b_frames: bool = True

    @classmethod
    def of(cls, step: Step, *, whole: bool = False) -> Self:
        """Name the first turn of a step; brisk differs from balanced in nothing that x264 compares."""
        key = cls(
            encoder=step.encoder, width=step.width or 0, height=step.height or 0, canvas=step.canvas, fps=step.fps,
            whole=whole,
        )  # fmt: skip
        how = step.picturing
        if how is None:
            return key
        effort = "balanced" if how.effort == "brisk" else how.effort
        return replace(key, manner=how.manner, effort=effort, profile=how.profile, b_frames=how.b_frames)

    def like(self, other: Self) -> bool:
        """Say whether both differ in nothing but their dimensions, which are the picture's own."""
        same = replace(self, width=other.width, height=other.height, whole=other.whole)
        return same == other and self.canvas is None


class Turns:
    """The first turns of one clip."""

    def __init__(self) -> None:
        """Begin with none."""
        self._turns: dict[TurnKey, FirstTurn] = {}
        self._idle: set[TurnKey] = set()

    def add(self, step: Step, turn: FirstTurn, *, whole: bool) -> None:
        """Keep what a first turn of the step told."""
        key, how = TurnKey.of(step, whole=whole), step.picturing
        self._turns[key] = turn
        if how is not None and how.bit_rate_bps is not None and turn.bits < _asked_bits(how, turn) / 2:
            self._idle.add(key)

    def looked_whole(self, step: Step) -> bool:
        """Say whether a first turn looked at the step's frames as large as they are."""
        return TurnKey.of(step, whole=True) in self._turns

    def quantiser(self, step: Step) -> float | None:
        """Give the quantiser (0 to 51) at which the step's rung takes the rate that the step asks for.

        It is the first turn's mean, moved by 6 for every halving of the rate; None before any turn. Where only smaller
        frames were looked at, it is moved by what whole ones of this clip needed more, else those of most clips. A rung
        without a turn of its own has the quantiser of the nearest one that had, moved by the difference in pixels.
        """
        own = self._own(step)
        if own is not None:
            return own
        nearest = min(self._like(step), key=lambda key: abs(_octaves(step, key)), default=None)
        if nearest is None:
            return None
        there = replace(step, width=nearest.width, height=nearest.height)
        known, told = self._own(there), self.per_octave(there)
        if known is None:
            return None
        return known + _octaves(step, nearest) * (rungs.PER_OCTAVE if told is None else rungs.slope(told, known))

    def _like(self, step: Step) -> list[TurnKey]:
        """Give the turns that differ from the step's in nothing but their dimensions."""
        key = TurnKey.of(step)
        return [other for other in self._turns if other.like(key)]

    def _own(self, step: Step) -> float | None:
        how = step.picturing
        if how is None or how.bit_rate_bps is None:
            return None
        key, shift = TurnKey.of(step, whole=True), 0.0
        if key not in self._turns:
            key, shift = TurnKey.of(step), self._halving(step.encoder)
        turn = self._turns.get(key)
        if turn is None:
            return None
        asked = _asked_bits(how, turn)
        known = turn.quantiser + shift + 6 * math.log2(max(turn.bits, 1) / max(asked, 1))
        return min(known, _UNUSED) if key in self._idle and turn.bits < asked / 2 else known

    def per_octave(self, step: Step) -> float | None:
        """Give how much the clip's quantiser rises with every doubling of the pixels, at one rate.

        None where smaller and whole frames of the step's rung were not both looked at.
        """
        more = self._more(TurnKey.of(step, whole=True))
        if more is None or not step.width or not step.height:
            return None
        encoder: ClipEncoder = load("encoders", step.encoder)
        width, height = encoder.looked_at(step.width, step.height)
        return max(more, 0.0) / math.log2(step.width * step.height / (width * height))

    def _more(self, key: TurnKey) -> float | None:
        """Give how much coarser whole frames were coded than smaller ones at one rate; None if not both are known."""
        whole, smaller = self._turns.get(key), self._turns.get(replace(key, whole=False))
        if whole is None or smaller is None or not min(whole.bits, smaller.bits):
            return None
        return whole.quantiser - smaller.quantiser + 6 * math.log2(whole.bits / smaller.bits)

    def _halving(self, name: str) -> float:
        for key in self._turns:
            more = self._more(key) if key.whole and key.encoder == name else None
            if more is not None:
                return more
        encoder: ClipEncoder = load("encoders", name)
        return encoder.halving


def _asked_bits(how: Picturing, turn: FirstTurn) -> float:
    """Give the bits that a rate comes to over the frames of a turn."""
    return (how.bit_rate_bps or 0) * turn.frames / how.fps


def _octaves(step: Step, key: TurnKey) -> float:
    """Give how many times the pixels of a step are those of a turn, as a power of two."""
    return math.log2(max(1, (step.width or 0) * (step.height or 0)) / max(1, key.width * key.height))
