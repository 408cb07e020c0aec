"""A still as JPEG (or WebP): dimensions from a predicted quality, then the quality, then down to the cap.

Under about 0.6 bits per pixel, dimensions buy more than quality does. So the dimensions are those at which
the quality that the budget buys is good enough, and the search runs at those alone.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING

from mediaprep.kinds import Encoded, Step
from mediaprep.kinds._still_cap import SLACK, cap_of, judged, made, score_of, start
from mediaprep.kinds._still_curve import HEADER_BYTES, HIGH, LOW, SizeCurve, log_coarseness
from mediaprep.kinds._still_shape import Best, Search, Shape, Size, scaled
from mediaprep.limits import Limits
from mediaprep.search import AIM, FILLED, Found, search

if TYPE_CHECKING:
    from mediaprep.kinds._still import StillSession


_RUNG = 0.9
"""Dimensions come in steps of a tenth, so that several limits meet at the same ones and share their encodes."""

_SMALLEST_EDGE = 16

_AIM_GRAPHIC = 50.0
"""The quality down to which a graphic keeps its dimensions: exhaustive search found its optimum at 40 to 60."""

_AIM_LOW, _AIM_HIGH, _VIEW_LOW, _VIEW_HIGH = 60.0, 90.0, 0.7, 1.6
"""A photograph's aim rises from the one quality to the other as its long edge grows between these shares of the view:
the view shrinks what is larger, which hides coarseness, and dimensions beyond it buy little."""

_AIM_FALL, _USUAL_BPP = 8.0, 0.9
"""The aim falls by so much where a picture takes twice the usual bits per pixel (at quality 72): fine detail needs
its pixels more than it needs their precision. Trying all dimensions of twenty photographs at 60 to 300 KB, these
six numbers stayed 0.44 points behind the best in the mean; one fixed aim of 66 to 76, 0.93."""

_NEAR_AIM, _KEEP = 3.0, 8.0
"""Quality by which a rung may miss the aim, and by which the full dimensions may, which cost no resize."""

_FITTED_TO_SAMPLE = 1.012
"""Huffman tables fitted to a sample save 1.2 % more on it than those fitted to the whole save there (1.1 to
1.6 on photographs)."""

_SAME_LEVEL = 0.5
"""Log coarseness within which a final encode for another limit sets the level as well as a cheap one does."""

_POINT = 0.05
"""Log coarseness within which a point of the sample is as good as one at the quality itself."""

_FAST_FILLED = 0.92
"""Effort ``fast`` is content with this share of the limit, which the sample alone reaches in one or two encodes."""

_FIRST, _FIRST_TIGHT, _TIGHT_BPP = 86.0, 72.0, 0.55
"""The quality at which a sample is encoded first, and under how many bits per pixel it is the lower one."""

_SURELY_LESS = 12.0
"""Quality by which one point of the sample may err: further under what keeps the dimensions, a second is no use."""

_MOST_PROBES = 16

_RICH_BPP = 1.0
"""Bits per pixel from which the cap is looked for first: where it is met, nothing else need be known."""

_CLEARLY = 4.0
"""Points of the score by which a look at the quality that a sample promises may be wrong."""

_CHROMA_QUALITY = 92.0
"""From here on, what still differs is mostly colour at half resolution: more quality cannot mend that."""

_LEAST_FULL_CHROMA = 75.0

_NEAR_CAP = 84.0
"""The quality from which a budget may reach the cap."""

_CURVE_ERRS = 4.0
"""Quality by which a sample's curve may be wrong at dimensions that it was not taken at."""

_TILES_SURELY = 0.85
"""The same for what the score's tiles foretell, which is right to 10 %."""

_SURELY = 0.98
"""An estimate this far under the target is worth a final encode: the sample is right to 2 % up there."""


def lossy(
    session: StillSession, limits: Limits, full: Size, target: int, shape: Shape, *, beside: float = 0.0
) -> Search:
    """Search dimensions and quality; None only where the smallest picture at the lowest quality is over.

    Or where it is clear before any final encode that it would look worse than another that scores ``beside``.
    """
    if 8 * target >= _RICH_BPP * full[0] * full[1] and not session.hasty:
        capped = yield from at_cap(session, limits, full, target, shape)
        if capped is not None:
            return capped, None
    size = yield from _dimensions(session, limits, full, target, shape)
    shape = yield from _chroma(session, limits, size, target, shape)
    if beside and (yield from _clearly_worse(session, limits, size, target, shape, beside)):
        return None, None
    nearest: Encoded | None = None
    while True:
        best, over = yield from quality_at(session, limits, size, target, shape)
        if best is not None:
            return best, nearest
        nearest = over or nearest
        if max(size) <= _SMALLEST_EDGE:
            return None, nearest
        ratio = 0.9 * math.sqrt(target / over.size_bytes) if over is not None else _RUNG
        size = scaled(size, min(_RUNG, max(ratio, 0.3)))


def _clearly_worse(
    session: StillSession, limits: Limits, size: Size, target: int, shape: Shape, beside: float
) -> Generator[Step, Encoded, bool]:
    if session.judge(size, limits.view_long_edge) is None:
        return False
    curve = yield from _sampled(session, size, shape, target)
    score = yield from score_of(session, limits, shape.step(size, curve.quality_at(target)))
    return score < beside - _CLEARLY


def _chroma(
    session: StillSession, limits: Limits, size: Size, target: int, shape: Shape
) -> Generator[Step, Encoded, Shape]:
    """Take colour at full resolution where quality alone cannot mend what halving it loses; judged on tiles."""
    if shape.full_chroma or shape.media_type != "image/jpeg" or session.hasty:
        return shape
    curve = yield from _sampled(session, size, shape, target)
    halved = curve.quality_at(AIM * target)
    if halved < _CHROMA_QUALITY:
        return shape
    finer = replace(shape, full_chroma=True)
    curve = yield from _sampled(session, size, finer, target)
    full = curve.quality_at(AIM * target)
    if full < _LEAST_FULL_CHROMA:
        return shape
    score = yield from score_of(session, limits, shape.step(size, halved))
    if score >= limits.cap_score:
        return shape
    other = yield from score_of(session, limits, finer.step(size, full))
    return finer if other > score else shape


def _rungs(full: Size) -> list[Size]:
    sizes = [full]
    while min(sizes[-1]) > _SMALLEST_EDGE and len(sizes) < 40:
        sizes.append(scaled(full, _RUNG ** len(sizes)))
    return sizes


def _dimensions(
    session: StillSession, limits: Limits, full: Size, target: int, shape: Shape
) -> Generator[Step, Encoded, Size]:
    """Choose the rung at which the quality that the budget buys is good enough for its dimensions."""
    curve = yield from _first_curve(session, full, shape, target)
    detail = math.log2(max(8.0 * curve.bytes(_FIRST_TIGHT) / (full[0] * full[1]), 0.01) / _USUAL_BPP)

    def aim(size: Size) -> float:
        if shape.full_chroma:
            return _AIM_GRAPHIC
        seen = max(size) / min(limits.view_long_edge, max(session.size))
        share = min(max((seen - _VIEW_LOW) / (_VIEW_HIGH - _VIEW_LOW), 0.0), 1.0)
        return min(_AIM_LOW + share * (_AIM_HIGH - _AIM_LOW) - _AIM_FALL * detail, _AIM_HIGH)

    least = aim(full) - _KEEP
    if curve.quality_at(target) >= least - _SURELY_LESS:
        curve = yield from _sampled(session, full, shape, target)
    if curve.quality_at(target) >= least:
        return full
    power = yield from _power(session, full, shape, curve)
    size, rungs = full, _rungs(full)
    for size in rungs[1:]:
        bought = curve.scaled((size[0] / full[0]) ** power).quality_at(target)
        if bought >= aim(size) - _NEAR_AIM:
            break
    if size != full and (size, shape) not in session.curves:
        session.curves[size, shape] = curve.scaled((size[0] / full[0]) ** power)
        session.bases[size, shape] = full
    return size


def _sampled(
    session: StillSession, size: Size, shape: Shape, target: float, *, most: int = 2, near: float = 0.3
) -> Generator[Step, Encoded, SizeCurve]:
    """Learn the size curve at one size on a sample of the picture, near the target; kept for the session."""
    curve = session.curves.get((size, shape))
    for _ in range(most):
        quality = _first(size, target) if curve is None else min(max(curve.quality_at(AIM * target), 8.0), HIGH)
        if curve is not None and curve.apart(quality) <= near:
            break
        base = session.bases.get((size, shape), size)
        sample = yield replace(shape.step(base, quality), final=False)
        if curve is None:
            curve = SizeCurve(knots=())
        session.curves[size, shape] = curve = curve.with_sample(quality, sample.size_bytes, sample.area_ratio)
    assert curve is not None
    return curve


def _first(size: Size, target: float) -> float:
    """Guess the quality that a budget buys: where it is tight, dimensions come down until they reach this."""
    return _FIRST_TIGHT if 8 * target < _TIGHT_BPP * size[0] * size[1] else _FIRST


def _first_curve(session: StillSession, full: Size, shape: Shape, target: float) -> Generator[Step, Encoded, SizeCurve]:
    """Give the curve that dimensions are chosen by: where they come down, the same whatever was asked for before."""
    quality = _first(full, target)
    curve = session.curves.get((full, shape))
    if quality != _FIRST_TIGHT or curve is None:
        return (yield from _sampled(session, full, shape, target, most=1))
    first = curve.only(quality)
    if first is None:
        sample = yield replace(shape.step(full, quality), final=False)
        session.curves[full, shape] = curve.with_sample(quality, sample.size_bytes, sample.area_ratio)
        first = SizeCurve(knots=()).with_sample(quality, sample.size_bytes, sample.area_ratio)
    return first


def _power(session: StillSession, full: Size, shape: Shape, curve: SizeCurve) -> Generator[Step, Encoded, float]:
    """Learn how bytes grow with scale: the sample's curve against the sample at half its dimensions."""
    if (full, shape) not in session.powers:
        quality = curve.nearest(_FIRST_TIGHT)
        half = yield replace(shape.step(full, quality), final=False, halved=True)
        whole = (curve.sampled_bytes(quality) - HEADER_BYTES) / half.area_ratio
        ratio = max(whole, 16.0) / max(half.size_bytes - HEADER_BYTES, 16)
        session.powers[full, shape] = min(max(math.log2(ratio), 0.8), 2.2)
    return session.powers[full, shape]


def _levelled(session: StillSession, size: Size, target: int, shape: Shape) -> Generator[Step, Encoded, SizeCurve]:
    """Set the curve's level by one cheap encode near the target, where a final encode is coming anyway."""
    curve = yield from _sampled(session, size, shape, target)
    quality = curve.quality_at(AIM * target)
    if curve.levelled or shape.media_type != "image/jpeg" or quality >= HIGH:
        return curve
    known = min(session.finals(size, shape), key=lambda e: _between(e.step.quality, quality), default=None)
    if known is not None and _between(known.step.quality, quality) <= _SAME_LEVEL:  # encoded whole for another limit
        if curve.apart(known.step.quality) > _POINT:
            base = shape.step(session.bases.get((size, shape), size), known.step.quality)
            sample = yield replace(base, final=False)
            curve = curve.with_sample(known.step.quality, sample.size_bytes, sample.area_ratio)
        curve = session.curves[size, shape] = curve.through(known.step.quality, known.size_bytes)
        return curve
    curve = yield from _sampled(session, size, shape, target, most=1, near=0.1)
    quality = curve.nearest(curve.quality_at(AIM * target))  # a point of the sample: no error between points
    base = shape.step(session.bases.get((size, shape), size), quality)
    plain_sample = yield replace(base, final=False, plain=True)
    if plain_sample.area_ratio == 1.0 and base.width == size[0]:  # the sample is the whole: there is no level to set
        return curve
    plain = yield replace(shape.step(size, quality), final=False, plain=True, whole=True)
    sampled = (curve.sampled_bytes(quality) - HEADER_BYTES) / plain_sample.area_ratio
    gain = sampled / max(plain_sample.size_bytes - HEADER_BYTES, 1)
    whole = HEADER_BYTES + _FITTED_TO_SAMPLE * gain * (plain.size_bytes - HEADER_BYTES)
    curve = session.curves[size, shape] = curve.through(quality, round(whole))
    return curve


def _between(one: float, other: float) -> float:
    """Tell how far two qualities are apart, in log coarseness."""
    return abs(log_coarseness(one) - log_coarseness(other))


def _plenty(
    session: StillSession, limits: Limits, size: Size, target: int, shape: Shape
) -> Generator[Step, Encoded, bool]:
    """Say whether the budget surely reaches past the usual cap; what is known already is not looked for."""
    curve = session.curves.get((size, shape))
    far = curve is not None and curve.quality_at(target) < _NEAR_CAP - _CURVE_ERRS
    if far or 8 * target < _RICH_BPP * size[0] * size[1]:
        return False
    step = shape.step(size, start(shape))
    yield from score_of(session, limits, step)
    return session.about.get(step, math.inf) <= _TILES_SURELY * target


def at_cap(
    session: StillSession, limits: Limits, size: Size, target: int, shape: Shape
) -> Generator[Step, Encoded, Best | None]:
    """Give the rendition at the cap where the budget reaches it: no byte is spent on what nobody sees."""
    high = HIGH
    if not (yield from _plenty(session, limits, size, target, shape)):
        curve = yield from _sampled(session, size, shape, target)
        reach = curve.quality_at(target)
        if reach < _NEAR_CAP:
            return None
        high = min(reach + 0.3, HIGH)
    cap = yield from cap_of(session, limits, size, shape, high=high)
    if cap.quality is None:
        if cap.saturated and shape.media_type == "image/jpeg" and not shape.full_chroma:
            return (yield from at_cap(session, limits, size, target, replace(shape, full_chroma=True)))
        return None
    step = shape.step(size, cap.quality)
    if step not in session.made and session.about.get(step, math.inf) > _TILES_SURELY * target:
        curve = yield from _sampled(session, size, shape, target)
        if curve.bytes(cap.quality) > _SURELY * target:
            return None
    encoded = yield from made(session, step)
    return Best(encoded=encoded, score=cap.score) if encoded.size_bytes <= target else None


def quality_at(session: StillSession, limits: Limits, size: Size, target: int, shape: Shape) -> Search:
    """Search the quality at given dimensions only; stop at the cap, where the eye cannot tell any more."""
    fast = session.hasty
    if not fast:
        capped = yield from at_cap(session, limits, size, target, shape)
        if capped is not None:
            return capped, None
    curve = yield from (_sampled(session, size, shape, target) if fast else _levelled(session, size, target, shape))
    tried: dict[float, Encoded] = {e.step.quality: e for e in session.finals(size, shape)}
    full_enough = [e for e in tried.values() if FILLED * target <= e.size_bytes <= target]
    if full_enough:
        best = max(full_enough, key=lambda e: e.size_bytes)
    else:
        found = yield from _probed(session, size, curve, target, shape, tried)
        if found.quality is None:
            return None, tried[found.nearest[0]] if found.nearest else None
        best = tried[found.quality]
    scored = yield from judged(session, limits, best)
    if scored.score > limits.cap_score + SLACK and not fast:
        scored = yield from _down_to_cap(session, limits, size, scored, shape)
    return scored, None


def _probed(
    session: StillSession, size: Size, curve: SizeCurve, target: int, shape: Shape, tried: dict[float, Encoded]
) -> Generator[Step, Encoded, Found]:
    filled = _FAST_FILLED if session.hasty else FILLED
    probing = search(curve.log_bytes, target_bytes=target, low=LOW, high=HIGH, filled=filled, most=_MOST_PROBES)
    quality = next(probing)
    while True:
        encoded = yield from made(session, shape.step(size, quality))
        tried[quality] = encoded
        session.curves[size, shape] = curve.through(quality, encoded.size_bytes)
        try:
            quality = probing.send(encoded.size_bytes)
        except StopIteration as stop:
            found: Found = stop.value
            return found


def _down_to_cap(
    session: StillSession, limits: Limits, size: Size, best: Best, shape: Shape
) -> Generator[Step, Encoded, Best]:
    """Take away bytes that nobody sees: lower the quality to where the score meets the cap."""
    quality = best.encoded.step.quality
    cap = yield from cap_of(session, limits, size, shape, high=quality)
    if cap.quality is None or cap.quality >= quality:
        return best
    encoded = yield from made(session, shape.step(size, cap.quality))
    return Best(encoded=encoded, score=cap.score) if encoded.size_bytes < best.encoded.size_bytes else best
