"""A still as PNG: every pixel kept, or else a palette of as many colours as the bytes allow."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediaprep.encoders.png import LOSSLESS, quality_of
from mediaprep.kinds._still_cap import made
from mediaprep.kinds._still_shape import PNG, Asked, Best, Search, Shape, Size, scaled
from mediaprep.search import FILLED

if TYPE_CHECKING:
    from mediaprep.kinds import Encoded, Step
    from mediaprep.kinds._still import StillSession

_FEWEST, _MOST = 2, 256

_LOSSLESS_GAIN = 0.8
"""What the last level takes of the first one's bytes, in the middle of eleven graphics (0.63 to 0.97)."""

_LOSSLESS_AT_BEST = 0.75
"""What it takes of what was promised by that, where level 1 was at its worst."""

_MOST_SMALLER, _LEAST_OF_VIEW = 2, 0.5
"""Encodes of a smaller lossless picture, and the least of the view's long edge that is worth them."""

_SAFE = 0.96
"""What of the target a smaller lossless picture aims at: each costs as much as the palettes before it."""

_LESS_A_SIDE = 0.6
"""How a side has to shrink for less bytes: not by the root alone, since a smaller picture has more in each pixel."""

_BANDS_AT_MOST = 0.25
"""The least that a lossless PNG takes of what its bands, saved cheaply, promise (37 graphics: 0.26 to 1.04)."""

_GUESSED_AT = 64
"""The number of colours at which bands tell what a final encode takes of a cheap one's bytes (within 2 % in most)."""

_GAIN_POWER = 0.025
"""That share falls with the colours: at 12 of them it is a twentieth less than at 64 (32 graphics)."""

_USUAL_POWER = 0.3
"""How bytes grow with the number of colours, until two of them are known."""

_LEAST_POWER = 0.08

_FEW = 16
"""Colours up to which the gain is looked at again: from 5 on they are written unpacked, at 4 packed (see ``png``)."""

_AIM = 0.993
"""What of the target the guess aims at: 1.28 final encodes in 96 fits of graphics; at 0.989, 1.32 and less score."""

_MOST_LOOKS, _NEAR = 6, 0.98
"""Cheap encodes for one guess, and the share of what is wanted that ends it."""

_APART = 1.04
"""The least ratio of two numbers of colours that are looked at in turn: between nearer ones, bytes go up and down."""

_MOST_FINALS = 3


def png(asked: Asked, size: Size) -> Search:
    """Lossless first; then as many colours as fit at the same size. None where even the fewest are over."""
    step = asked.step(size, LOSSLESS)
    palette = not asked.shape.modes or "P8" in asked.shape.modes
    promised = yield from _lossless_bytes(asked, step)
    hoped = promised if palette else _LOSSLESS_AT_BEST * promised
    whole = (yield from made(asked.session, step)) if hoped <= asked.target_bytes else None
    if whole is not None and whole.size_bytes <= asked.target_bytes:
        return Best(encoded=whole, score=asked.score(whole)), None
    if not palette:
        return None, whole
    most, over = yield from _most_colours(asked, size)
    if most is None:
        return None, over or whole
    best = Best(encoded=most, score=asked.score(most))
    if whole is None and best.score < asked.limits.cap_score and _LOSSLESS_AT_BEST * promised <= asked.target_bytes:
        whole = yield from made(asked.session, step)
        if whole.size_bytes <= asked.target_bytes:
            return Best(encoded=whole, score=asked.score(whole)), None
    if best.score < asked.limits.cap_score and asked.shape.alpha and asked.shape.canvas is None and not asked.hasty:
        taken = promised if whole is None else whole.size_bytes
        smaller = yield from _smaller(asked, size, taken)
        if smaller is not None and (score := asked.score(smaller)) > best.score:
            best = Best(encoded=smaller, score=score)
    return best, None


def foretold(asked: Asked, size: Size) -> Generator[Step, Encoded, float | None]:
    """Score the palette that promises to fit, before any final encode: a cheap one has the same pixels.

    0 where none does; None where every pixel may be kept, or no palette goes out: there only ``png`` can tell.
    """
    if asked.shape.modes and "P8" not in asked.shape.modes:
        return None
    promised = yield from _lossless_bytes(asked, asked.step(size, LOSSLESS))
    if _LOSSLESS_AT_BEST * promised <= asked.target_bytes:
        return None
    gain, colours = yield from _first_guess(asked, size)
    cheap = yield from made(asked.session, _cheap(_paletted(asked.shape, size, colours)))
    return asked.score(cheap) if gain.at(colours) * cheap.size_bytes <= asked.target_bytes else 0.0


def _smaller(asked: Asked, size: Size, taken_bytes: float) -> Generator[Step, Encoded, Encoded | None]:
    """Keep every pixel of a smaller picture: soft shadows and cut-out photographs show bands in 256 colours.

    No JPEG can stand in for them where the route shows what is transparent.
    """
    scale, taken = 1.0, taken_bytes
    for looks in range(_MOST_SMALLER + 1):
        scale = min(scale * math.pow(_SAFE * asked.target_bytes / taken, _LESS_A_SIDE), 1.0)
        smaller = scaled(size, scale)
        if max(smaller) < _LEAST_OF_VIEW * asked.limits.view_long_edge:
            return None
        step = asked.step(smaller, LOSSLESS)
        if looks == 0:
            taken = _LOSSLESS_GAIN * (yield from _plain(asked.session, step))
            continue
        encoded = yield from made(asked.session, step)
        if encoded.size_bytes <= asked.target_bytes:
            return encoded
        taken = encoded.size_bytes
    return None


def _lossless_bytes(asked: Asked, step: Step) -> Generator[Step, Encoded, float]:
    """Guess what keeping every pixel takes: from bands, and from all of it cheaply where these leave hope."""
    info = asked.session.info
    as_it_is = info.media_type == PNG and (step.width, step.height) == asked.session.size
    if as_it_is and info.size_bytes <= asked.target_bytes:
        return info.size_bytes  # the asset's own; what is flattened or loses its metadata seldom takes more
    bands = yield from made(asked.session, step.to_learn(plain=True))
    by_bands = bands.size_bytes * bands.area_ratio
    hopeless = _BANDS_AT_MOST * by_bands > asked.target_bytes
    return _LOSSLESS_GAIN * (by_bands if hopeless else (yield from _plain(asked.session, step)))


def _most_colours(asked: Asked, size: Size) -> Generator[Step, Encoded, tuple[Encoded | None, Encoded | None]]:
    """Find the most colours that fit: by cheap encodes of the whole, brought to scale by a few final ones.

    Gives the best that fits and the smallest that is over.
    """
    best: Encoded | None = None
    over: Encoded | None = None
    low, high = _FEWEST - 1, _MOST + 1
    gain, colours = yield from _first_guess(asked, size)
    for finals in range(_MOST_FINALS):
        if finals:
            colours = yield from _guess(asked, size, _AIM * asked.target_bytes, gain, low, high)
        step = _paletted(asked.shape, size, colours)
        if best is not None and gain.at(colours) * (yield from _plain(asked.session, step)) > asked.target_bytes:
            break  # the next number is over, too
        encoded = yield from made(asked.session, step)
        gain = _Gain(encoded.size_bytes / (yield from _plain(asked.session, step)), colours)
        if encoded.size_bytes <= asked.target_bytes:
            best, low = encoded, colours
            if encoded.size_bytes >= FILLED * asked.target_bytes:
                break
        else:
            over, high = encoded, colours
        if high - low <= 1:
            break
    return best, over


def _first_guess(asked: Asked, size: Size) -> Generator[Step, Encoded, tuple[_Gain, int]]:
    """Give the most colours that promise to fit, and the gain by which they do; of few colours, their own."""
    gain = yield from _guessed_gain(asked, size, _GUESSED_AT)
    colours = yield from _guess(asked, size, _AIM * asked.target_bytes, gain, _FEWEST - 1, _MOST + 1)
    if colours <= _FEW:
        gain = yield from _guessed_gain(asked, size, colours)
        colours = yield from _guess(asked, size, _AIM * asked.target_bytes, gain, _FEWEST - 1, _MOST + 1)
    return gain, colours


def _guessed_gain(asked: Asked, size: Size, colours: int) -> Generator[Step, Encoded, _Gain]:
    step = _paletted(asked.shape, size, colours)
    dear = yield from made(asked.session, step.to_learn())
    cheap = yield from made(asked.session, step.to_learn(plain=True))
    return _Gain(dear.size_bytes / cheap.size_bytes, colours)


@dataclass(frozen=True, slots=True)
class _Gain:
    """What a final encode takes of a cheap one's bytes, known at one number of colours."""

    ratio: float
    colours: int

    def at(self, colours: int) -> float:
        return self.ratio * math.pow(colours / self.colours, _GAIN_POWER)


def _guess(
    asked: Asked, size: Size, wanted_bytes: float, gain: _Gain, low: int, high: int
) -> Generator[Step, Encoded, int]:
    """Give the most colours between two numbers, both excluded, that promise to stay within so many bytes.

    Bytes grow about as a power of the colours: each look is taken where a line through those before says, or in the
    middle where a second one in turn closed in from the same side.
    """
    tried = asked.learnt.colours_tried.setdefault((asked.shape, size, wanted_bytes), [])
    known = {}
    for c in tried:
        if low < c < high:
            known[c] = gain.at(c) * (yield from _plain(asked.session, _paletted(asked.shape, size, c)))
    best = max((c for c, taken in known.items() if taken <= wanted_bytes), default=None)
    if best is not None and known[best] >= _NEAR * wanted_bytes:
        return best
    colours = _on_line(known, wanted_bytes) if known else _GUESSED_AT
    was_within: bool | None = None
    for _ in range(_MOST_LOOKS):
        colours = min(max(colours, low + 1), high - 1)
        tried.append(colours)
        known[colours] = gain.at(colours) * (yield from _plain(asked.session, _paletted(asked.shape, size, colours)))
        within = known[colours] <= wanted_bytes
        if within and known[colours] >= _NEAR * wanted_bytes:
            break
        low, high = (colours, high) if within else (low, colours)
        if high - low <= 1:
            break
        again = within is was_within and min(known) <= low and high <= max(known)
        further = math.floor(colours / _APART) if not within else math.ceil(colours * _APART)
        on_line = _on_line(known, wanted_bytes)
        colours = round(math.sqrt(low * high)) if again else (max if within else min)(on_line, further)
        was_within = within
    return max((c for c, taken in known.items() if taken <= wanted_bytes), default=min(known))


def _on_line(known: dict[int, float], wanted_bytes: float) -> int:
    """Say how many colours take so many bytes: by the two known ones nearest to it, or one and the usual power."""
    under = max((c for c, taken in known.items() if taken <= wanted_bytes), default=None)
    over = min((c for c, taken in known.items() if taken > wanted_bytes and (under is None or c > under)), default=None)
    power, base = _USUAL_POWER, under if under is not None else over
    assert base is not None
    if under is not None and over is not None:
        power = max(math.log(known[over] / known[under]) / math.log(over / under), 0.01)
    elif len(known) > 1:  # text: from 64 colours to 16 next to nothing, then half of the bytes to 2
        near, next_to = sorted(known, key=lambda c: abs(math.log(known[c] / wanted_bytes)))[:2]
        slope = math.log(known[next_to] / known[near]) / math.log(next_to / near)
        power = min(max(slope, _LEAST_POWER), power)
    return round(base * min(max(math.pow(wanted_bytes / known[base], 1 / power), 1 / 64), 64.0))


def _paletted(shape: Shape, size: Size, colours: int) -> Step:
    return shape.step(size, quality_of(colours), colours=colours)


def _cheap(step: Step) -> Step:
    return step.to_learn("whole", plain=True)


def _plain(session: StillSession, step: Step) -> Generator[Step, Encoded, int]:
    """Give the bytes of a cheap encode of the whole, made once."""
    return (yield from made(session, _cheap(step))).size_bytes
