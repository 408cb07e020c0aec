"""Which dimensions and frame rate a clip gets for its bits: pure arithmetic.

Bits for each pixel alone choose well where clips are crisp and badly where they are soft: a rung is guessed by what
coding will coarsen and scaling blur (``best``), and mended once the first turn has told the quantiser (``better``, by
``_clip_detail``). The constants were found on ladders of whole encodes, see benchmarks/results; at the source's own
side, with 0.005 to 0.01 bits for each pixel and frame, 10 to 40 points of phone VMAF are lost. Halving the frame rate
cost 43 points on a hand-held pan and never gained more than 0.8, so the rate stays up to 30.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from mediaprep.limits import Limits
from mediaprep.rules import turned_box

_SMALL_SIDES, _SMALL = (48, 60, 72, 84, 96, 108, 120, 132), 160
"""Rungs below the usual for what has no more lines than that itself."""

SHORT_SIDES = (144, 180, 208, 240, 288, 320, 360, 432, 480, 540, 640, 720, 900, 1080)

ENOUGH_BPP = 0.045
"""Bits per pixel and frame that a rung must have to be chosen, where nothing is known of the clip's detail."""

USUAL_QUANTISER, PER_OCTAVE = 34.0, 4.0
"""The mean quantiser at ENOUGH_BPP, and how much it falls with every doubling of the bits for each pixel."""

COARSE_QUANTISER = 36.0
"""Only from here on fewer pixels are worth another first turn: they gained up to 11 points of phone VMAF, elsewhere 0.7
(48 ladders). So there a clip's own slope is measured, too (``Seen``)."""

USUAL_ERROR = 3.0
"""How far a clip's quantiser may be from what is expected before it is called easy to code."""

CLEAR_QUANTISER, PER_QUANTISER_2, PER_LOST = 25.0, 0.004, 6.0
"""What coding (beyond a quantiser nobody sees) and scaling take from the log odds of phone VMAF: a first guess, made
before anything is coded. Fitted to 19 ladders of 12 clips; on noise (flames) it is up to 10 points behind."""

UNSEEN_LOST = 0.05
"""Detail whose loss nobody sees: grain between neighbouring pixels, which any change of dimensions takes."""

LEAST_BPP, MOST_BPP = 0.025, 0.2
"""Between these the best rung lay on every clip. Slides and still cameras need less, as their first turn shows."""

MOST_WORSE = 2
"""How many rungs on the way up or down may be no better than the best one before the rest are not looked at: each
look costs 20 ms of CPU."""

CLEAR_GAIN, GAIN_UP, COSTLY_GAIN_UP = 0.04, 0.01, 0.02
"""What other dimensions must promise, in log odds of the information seen (0.04 are half a point of phone VMAF at 85).
More pixels gain more than is foretold: of 64 ladders a still camera 1.9 points at a foretold 0.016, the emulator's clip
at 100 KB 2.8 at 0.03. They cost another decode, which counts where the source is large; where coding is coarse, a clip
lost 1.3 points at a foretold 0.02."""

DECODED_AGAIN = 6.0
"""How many times a rung's pixels a source may have to be decoded once more, as more pixels ask, for a small gain: that
takes half of the second turn's CPU then (H.264, 200 million pixels a CPU second beside 15)."""

LEAST_BPP_UP, TRUSTED_QUANTISER = 0.018, 41.0
"""On the way up from what is not coded coarsely rungs with fewer bits a pixel than usual are looked at, too, as far as
what is seen of them can be foretold: beyond this quantiser it is judged too well (HDR lost 10.8 points of phone VMAF at
44, a street 2.0 at 43; karma, coarse to begin with, 1.3)."""

PER_TOLD_OCTAVE, PER_STEP, LESS = 1.1, 0.11, 4.3
"""The slope between rungs by the one between smaller and whole frames of one rung, and by the quantiser: fitted to 210
pairs of rungs of 38 ladders, it is 1.0 off in the mean square (the one told, as it is, 1.2; PER_OCTAVE 1.7). Film rises
by 3, water by 7, and what is coded coarsely by more, since vectors and headers do not get fewer."""

MOST_UP, SURE_UP = 3, 2
"""How many rungs up a quantiser is foretold (the last only where it stays finer than usual: a clip at phone VMAF 99.4
gained 0.3 there, film at 36 lost 0.6); down it is as far as what is seen grows."""

DOUBT = 1.0
"""How much coarser than foretold whole frames are taken to be, where they are not looked at: of 12 first turns eight
were within 1.0 of what smaller ones foretold, three 2 to 3 over it, one (water) 8.7."""

POOR_BPP = 0.02
"""Below this even the lowest rung shows every second frame only."""

MOST_FPS, MOST_DRAWN_FPS = 30, 50
"""The second for animations, which are small and short: of one at up to 50 frames a second 11 of 36
pictures were lost."""

LEVELS = (
    (1.0, 99, 1_485), (1.1, 396, 3_000), (1.2, 396, 6_000), (1.3, 396, 11_880), (2.0, 396, 11_880),
    (2.1, 792, 19_800), (2.2, 1_620, 20_250), (3.0, 1_620, 40_500), (3.1, 3_600, 108_000), (3.2, 5_120, 216_000),
    (4.0, 8_192, 245_760), (4.2, 8_704, 522_240), (5.0, 22_080, 589_824), (5.1, 36_864, 983_040),
)  # fmt: skip
"""H.264 levels with their most macroblocks a frame and a second (ITU-T H.264, table A-1)."""

_USUAL_LEVEL = 4.0
"""What phones decode where no profile states a level: 1080 lines at 30 frames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """Dimensions and frame rate of a rendition. ``pad`` is the frame around it where sizes are prescribed."""

    width: int
    height: int
    fps: Fraction
    pad: tuple[int, int] | None = None

    @property
    def coded(self) -> tuple[int, int]:
        """The dimensions that are coded."""
        return self.pad or (self.width, self.height)

    def bpp(self, bit_rate_bps: float) -> float:
        """Give the bits per pixel and frame at this rate."""
        return bit_rate_bps / (self.width * self.height * float(self.fps))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What first turns told of a clip: the mean quantiser of one rung at the rate.

    ``per_octave`` is how much a quantiser rises with every doubling of the pixels.
    """

    rung: Rung
    quantiser: float
    per_octave: float = PER_OCTAVE


def level_of(width: int, height: int, fps: float) -> float:
    """Give the lowest H.264 level that takes these frames."""
    blocks = math.ceil(width / 16) * math.ceil(height / 16)
    for level, most, a_second in LEVELS:
        if blocks <= most and blocks * fps <= a_second * 1.001 and max(width, height) <= 16 * math.sqrt(8 * most):
            return level
    return LEVELS[-1][0]


def frame_rate(
    fps: float | None, *, variable: bool, limits: Limits, quick_fps: float | None = None, most_fps: int = MOST_FPS
) -> Fraction:
    """Give a constant rate: the source's own up to ``most_fps``, half or a third of it above (60 -> 30, 50 -> 25).

    A variable rate is shown at the pace of its quicker stretches, where that is known: at its mean, frames of these
    would be lost; those that are shown twice elsewhere cost next to nothing.
    """
    most = min(most_fps, limits.max_fps or most_fps)
    source = fps if fps and 0 < fps <= 480 else 30.0
    if variable:
        source = max(source, min(quick_fps or source, 480.0))
        # clocks of phones tremble around these rates
        source = min((24.0, 25.0, 30.0), key=lambda usual: abs(usual - source)) if source > 20 else math.ceil(source)
    parts = max(1, math.ceil(source / (most * 1.02)))
    shown = source / parts
    rate = max(Fraction(shown).limit_denominator(1001), Fraction(1, 1001))
    whole, ntsc = Fraction(round(shown)), Fraction(round(shown * 1.001) * 1000, 1001)
    if abs(ntsc - shown) < min(0.003, abs(whole - shown)):
        rate = ntsc
    elif abs(whole - shown) < 0.02 and shown >= 2:
        rate = whole
    return max(rate, Fraction(limits.min_fps).limit_denominator(1001)) if limits.min_fps else rate


def ladder(width: int, height: int, fps: Fraction, limits: Limits) -> tuple[Rung, ...]:
    """Give every rung that the limits allow, smallest first; never larger than the source, at least one.

    ``width`` and ``height`` are as shown. The source's own dimensions are a rung, too.
    """
    short, scale = min(width, height), _most_scale(width, height, limits)
    most = short * scale
    usual = (*_SMALL_SIDES, *SHORT_SIDES) if short <= _SMALL else SHORT_SIDES
    sides = [side for side in usual if side < most * 0.97]
    rungs = [_rung(width, height, side / short, fps) for side in sides] + [_rung(width, height, scale, fps)]
    level = limits.max_level or _USUAL_LEVEL
    fine = [rung for rung in rungs if level_of(*rung.coded, float(fps)) <= level]
    return tuple(fine or rungs[:1])


def _most_scale(width: int, height: int, limits: Limits) -> float:
    scale = min(1.0, limits.max_long_edge / max(width, height))
    for edge, most in zip((width, height), turned_box(limits, width, height), strict=True):
        if most:
            scale = min(scale, most / edge)
    if limits.max_pixels:
        scale = min(scale, math.sqrt(limits.max_pixels / (width * height)))
    return scale


def _rung(width: int, height: int, scale: float, fps: Fraction) -> Rung:
    """Even sides, rounded down so that no bound is passed."""
    return Rung(width=_even(width * scale), height=_even(height * scale), fps=fps)


def _even(edge: float) -> int:
    return max(16, 2 * int(edge / 2 + 1e-6))


def chosen(rungs: tuple[Rung, ...], bit_rate_bps: float, enough: float = ENOUGH_BPP) -> Rung:
    """Take the largest rung with enough bits for each pixel; the smallest slows down where even that is poor."""
    best = rungs[0]
    for rung in rungs:
        if rung.bpp(bit_rate_bps) >= enough:
            best = rung
    if best is rungs[0] and best.bpp(bit_rate_bps) < min(POOR_BPP, enough) and best.fps > 12:
        parts = 2 if best.bpp(bit_rate_bps) * 2 >= POOR_BPP or best.fps < 20 else 3
        return Rung(width=best.width, height=best.height, fps=best.fps / parts, pad=best.pad)
    return best


def expected_quantiser(rung: Rung, bit_rate_bps: float, seen: Seen | None = None) -> float:
    """Give the mean quantiser that a rung would take at this rate: from one rung's own, where that was seen."""
    if seen is None:
        return USUAL_QUANTISER - PER_OCTAVE * math.log2(rung.bpp(bit_rate_bps) / ENOUGH_BPP)
    octaves = math.log2(rung.width * rung.height / (seen.rung.width * seen.rung.height))
    return seen.quantiser + seen.per_octave * octaves


def slope(told: float, quantiser: float) -> float:
    """Give how much a quantiser rises with every doubling of the pixels, where looks at two sizes told it."""
    return max(0.0, PER_TOLD_OCTAVE * told + PER_STEP * quantiser - LESS)


def blemish(quantiser: float, lost: float) -> float:
    """Give how far a rung is from the source, in log odds of phone VMAF: what coding coarsens and scaling blurs.

    ``lost`` is the share of detail that the rung's dimensions lose, 0 to 1.
    """
    return PER_QUANTISER_2 * max(0.0, quantiser - CLEAR_QUANTISER) ** 2 + PER_LOST * max(lost, UNSEEN_LOST)


def best(
    rungs: tuple[Rung, ...],
    bit_rate_bps: float,
    lost: Callable[[Rung], float],
    seen: Seen | None = None,
) -> Rung:
    """Take the rung that is nearest to the source by what its dimensions lose and by the quantiser expected there."""
    near = _near(rungs, bit_rate_bps, seen)
    # of equals the largest
    return min(reversed(near), key=lambda rung: blemish(expected_quantiser(rung, bit_rate_bps, seen), lost(rung)))


def better(
    rungs: tuple[Rung, ...],
    bit_rate_bps: float,
    seen: Seen,
    kept: Callable[[Rung, float], float],
    gain_up: float = GAIN_UP,
) -> Rung:
    """Take the rung of which most is seen; only a clear gain over the one that was coded is worth its CPU.

    ``kept`` gives the share of information, 0 to 1, that is seen of a rung at a quantiser; ``gain_up`` is what more
    pixels must promise, in log odds of it: infinity looks at none of them.
    """
    near = _near(rungs, bit_rate_bps, seen)
    here = rungs.index(seen.rung)
    above = rungs[here + 1 : here + 1 + MOST_UP] if math.isfinite(gain_up) else ()
    up = [rung for n, rung in enumerate(above) if _open(rung, n, near, bit_rate_bps, seen)]
    down = [rung for rung in reversed(rungs[:here]) if rung in near and seen.quantiser >= COARSE_QUANTISER]
    odds = {seen.rung: _odds(kept(seen.rung, seen.quantiser))}
    for way in (up, down):
        worse = 0
        for rung in way:
            odds[rung] = _odds(kept(rung, expected_quantiser(rung, bit_rate_bps, seen)))
            worse = 0 if odds[rung] == max(odds.values()) else worse + 1
            if worse == MOST_WORSE:
                break
    found = max(sorted(odds, key=rungs.index, reverse=True), key=odds.__getitem__)
    gain = gain_up if rungs.index(found) > here else CLEAR_GAIN
    return found if odds[found] - odds[seen.rung] >= gain else seen.rung


def _near(rungs: tuple[Rung, ...], bit_rate_bps: float, seen: Seen | None) -> list[Rung]:
    """Give the rungs whose bits for each pixel are neither too few nor idle."""
    least = LEAST_BPP
    if seen is not None:  # content that is clearly easy to code needs fewer bits: half for 6 steps of the quantiser
        least *= 2 ** (min(0.0, seen.quantiser + USUAL_ERROR - expected_quantiser(seen.rung, bit_rate_bps)) / 6)
    near = [rung for rung in rungs if least <= rung.bpp(bit_rate_bps) <= MOST_BPP]
    return near or [seen.rung if seen is not None else chosen(rungs, bit_rate_bps)]


def _open(rung: Rung, steps_up: int, near: list[Rung], bit_rate_bps: float, seen: Seen) -> bool:
    """Say whether a rung above is looked at: ``steps_up`` others are between it and the one that was coded."""
    expected = expected_quantiser(rung, bit_rate_bps, seen)
    if steps_up >= SURE_UP and expected >= USUAL_QUANTISER:
        return False
    easy = seen.quantiser < COARSE_QUANTISER and expected <= TRUSTED_QUANTISER
    return rung in near or (easy and LEAST_BPP_UP <= rung.bpp(bit_rate_bps) <= MOST_BPP)


def _odds(share: float) -> float:
    inside = min(max(share, 1e-3), 1 - 1e-3)
    return math.log(inside / (1 - inside))


def prescribed(
    width: int, height: int, fps: Fraction, sizes: tuple[tuple[int, int], ...], pixel_aspect: float, limits: Limits
) -> tuple[Rung, ...]:
    """Give rungs of a codec that knows a few sizes only: the picture inside each, with a frame around it."""
    box = (limits.max_width or sizes[0][0], limits.max_height or sizes[0][1])
    rungs = []
    for wide, high in sorted(sizes):
        least = (wide, high) == min(sizes)
        if least or (wide <= box[0] and high <= box[1] and wide <= max(width, height) * 1.2):
            scale = min(wide * pixel_aspect / width, high / height)
            inner = (min(wide, _even(width * scale / pixel_aspect)), min(high, _even(height * scale)))
            rungs.append(Rung(width=inner[0], height=inner[1], fps=fps, pad=(wide, high)))
    return tuple(rungs)
