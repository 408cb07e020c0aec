"""A still as PNG: every pixel kept, or else a palette of as many colours as the bytes allow."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING

from mediaprep.encoders._png import LOSSLESS
from mediaprep.kinds._still_shape import PALETTED, Best, Search, Shape, Size
from mediaprep.limits import Limits
from mediaprep.search import AIM, FILLED

if TYPE_CHECKING:
    from mediaprep.kinds import Encoded, Step
    from mediaprep.kinds._still import StillSession

_PALETTES = (256, 128, 64, 32, 16)
"""Numbers of colours for which libvips' dithering quantiser is asked."""

_FEWEST, _MOST = 8, 256

_PROMISING = 1.25
"""Bands overrate what a whole PNG takes by up to a quarter: they cannot match across their borders."""

_LOSSLESS_GAIN = 0.8
"""What the last level takes of the first one's bytes, in the middle of eleven graphics (0.63 to 0.97)."""

_GUESSED_AT = 64
"""The number of colours at which bands tell what a final encode takes of a cheap one's bytes (0.5 to 0.94)."""

_BANDS_OVERRATE = 0.92
"""The whole finds matches across the borders of bands."""

_USUAL_POWER = 0.3
"""How bytes grow with the number of colours, until two of them are known."""

_MOST_LOOKS, _NEAR = 6, 0.98
"""Cheap encodes for one guess, and the share of what is wanted that ends it."""

_MOST_FINALS = 3

_NOISE_PAYS = 1.5
"""Where dither takes more than this of the undithered bytes, it does so with fewer colours all the more."""


def png(session: StillSession, limits: Limits, size: Size, target: int, shape: Shape) -> Search:
    """Lossless first; then as many colours as fit at the same size. None where even the fewest are over."""
    palette = not shape.modes or "P8" in shape.modes
    if shape.alpha or shape.canvas is not None or not palette:
        return (yield from _ladder(session, limits, size, target, shape, palette=palette))
    nearest: Encoded | None = None
    step = shape.step(size, LOSSLESS)
    if _LOSSLESS_GAIN * (yield from _plain(session, step)) <= target:
        nearest = yield from _made(session, step)
        if nearest.size_bytes <= target:
            return Best(encoded=nearest, score=session.score(nearest, limits)), None
    most, over, gain = yield from _most_colours(session, size, target, shape)
    if most is None:
        return None, over or nearest
    best = Best(encoded=most, score=session.score(most, limits))
    if best.score < limits.cap_score and not session.hasty and (most.step.colours or 0) < _MOST:
        noisy = yield from _dithered(session, size, target, shape, gain)
        if noisy is not None and (score := session.score(noisy, limits)) > best.score:
            best = Best(encoded=noisy, score=score)
    return best, None


def _most_colours(
    session: StillSession, size: Size, target: int, shape: Shape
) -> Generator[Step, Encoded, tuple[Encoded | None, Encoded | None, float]]:
    """Find the most colours that fit: by cheap encodes of the whole, brought to scale by a few final ones.

    Gives the best that fits, the smallest that is over, and what a final encode takes of a cheap one's bytes.
    """
    best: Encoded | None = None
    over: Encoded | None = None
    low, high = _FEWEST - 1, _MOST + 1
    part = replace(_paletted(shape, size, _GUESSED_AT), final=False)
    dear = yield part
    cheap = yield replace(part, plain=True)
    gain = _BANDS_OVERRATE * dear.size_bytes / cheap.size_bytes
    for _ in range(_MOST_FINALS):
        colours = yield from _guess(session, size, AIM * target / gain, shape, low, high)
        step = _paletted(shape, size, colours)
        made = yield from _made(session, step)
        gain = made.size_bytes / (yield from _plain(session, step))
        if made.size_bytes <= target:
            best, low = made, colours
            if made.size_bytes >= FILLED * target:
                break
        else:
            over, high = made, colours
        if high - low <= 1:
            break
    return best, over, gain


def _guess(
    session: StillSession, size: Size, plain_bytes: float, shape: Shape, low: int, high: int
) -> Generator[Step, Encoded, int]:
    """Give the most colours between two numbers, both excluded, whose cheap encode stays within so many bytes.

    Bytes grow about as a power of the colours: each look is taken where a line through those before says.
    """
    known: dict[int, float] = {}
    colours = min(_GUESSED_AT, high - 1)
    for _ in range(_MOST_LOOKS):
        known[colours] = yield from _plain(session, _paletted(shape, size, colours))
        if _NEAR * plain_bytes <= known[colours] <= plain_bytes:
            break
        colours = min(max(_on_line(known, plain_bytes), low + 1), high - 1)
        if colours in known:
            break
    within = [c for c, taken in known.items() if taken <= plain_bytes and low < c < high]
    return max(within, default=min(max(colours, low + 1), high - 1))


def _on_line(known: dict[int, float], wanted_bytes: float) -> int:
    """Say how many colours take so many bytes: by the two known ones nearest to it, or one and the usual power."""
    under = max((c for c, taken in known.items() if taken <= wanted_bytes), default=None)
    over = min((c for c, taken in known.items() if taken > wanted_bytes and (under is None or c > under)), default=None)
    power, base = _USUAL_POWER, under if under is not None else over
    assert base is not None
    if under is not None and over is not None:
        power = max(math.log(known[over] / known[under]) / math.log(over / under), 0.01)
    return round(base * min(max(math.pow(wanted_bytes / known[base], 1 / power), 1 / 64), 64.0))


def _dithered(
    session: StillSession, size: Size, target: int, shape: Shape, gain: float
) -> Generator[Step, Encoded, Encoded | None]:
    """Try fewer colours, dithered: gradients look better so where the noise costs little, which bands tell."""
    for colours in _PALETTES[1:]:
        plain = yield from _plain(session, _paletted(shape, size, colours))
        if gain * plain > target:
            continue
        step = shape.step(size, _quality(colours), colours=colours)
        clean = yield replace(_paletted(shape, size, colours), final=False)
        noisy = yield replace(step, final=False)
        noise = noisy.size_bytes / clean.size_bytes
        if noise > _NOISE_PAYS:
            return None
        if gain * plain * noise <= target:
            made = yield from _made(session, step)
            if made.size_bytes <= target:
                return made
    return None


def _quality(colours: int) -> float:
    """Give the quality at which the encoders of PNG take so many colours."""
    return 99.9 * (math.log2(colours) - 1.0) / 7.0


def _paletted(shape: Shape, size: Size, colours: int) -> Step:
    return replace(shape.step(size, _quality(colours), colours=colours), encoder=PALETTED)


def _plain(session: StillSession, step: Step) -> Generator[Step, Encoded, float]:
    """Give the bytes of a cheap encode of the whole, made once."""
    if step not in session.sampled:
        cheap = yield replace(step, final=False, whole=True, plain=True)
        session.sampled[step] = float(cheap.size_bytes)
    return session.sampled[step]


def _made(session: StillSession, step: Step) -> Generator[Step, Encoded, Encoded]:
    if step not in session.made:
        session.made[step] = yield step
    return session.made[step]


def _ladder(session: StillSession, limits: Limits, size: Size, target: int, shape: Shape, *, palette: bool) -> Search:
    """Take fewer and fewer colours where they cannot be merged: with alpha, on a canvas, on routes without palettes.

    Each setting is encoded on bands of the picture first, and in full only where that promises to fit.
    """
    nearest: Encoded | None = None
    overrated = 1.0
    for colours in (None, *(_PALETTES if palette else ())):
        step = shape.step(size, LOSSLESS if colours is None else _quality(colours), colours=colours)
        known = session.sampled.get(step)
        if known is None:
            sample = yield replace(step, final=False)
            known = session.sampled[step] = sample.size_bytes * sample.area_ratio
        if known * overrated > (_PROMISING if overrated == 1.0 else 1.03) * target:
            continue
        made = yield from _made(session, step)
        if made.size_bytes <= target:
            return Best(encoded=made, score=session.score(made, limits)), None
        nearest = made
        overrated = made.size_bytes / known
    return None, nearest
