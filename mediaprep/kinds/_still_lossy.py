"""A still as JPEG (or WebP): dimensions from a predicted quality, then the quality, then down to the cap.

Under about 0.6 bits per pixel, dimensions buy more than quality does. So the dimensions are those at which
the quality that the budget buys is good enough, and the search runs at those alone.
"""

from __future__ import annotations

import math
from collections.abc import Generator

from mediaprep.kinds import Encoded, Step
from mediaprep.kinds._still_cap import SLACK, cap_of, judged, made, score_of, start
from mediaprep.kinds._still_curve import HEADER_BYTES, HIGH, LOW, SizeCurve, log_coarseness
from mediaprep.kinds._still_shape import Asked, Best, Search, Size, scaled
from mediaprep.search import AIM, FILLED, Found, search

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


def lossy(asked: Asked, full: Size, *, beside: float = 0.0) -> Search:
    """Search dimensions and quality; None only where the smallest picture at the lowest quality is over.

    Or where it is clear before any final encode that it would look worse than another that scores ``beside``.
    """
    if 8 * asked.target_bytes >= _RICH_BPP * full[0] * full[1] and not asked.hasty:
        capped = yield from at_cap(asked, full)
        if capped is not None:
            return capped, None
    size = yield from _dimensions(asked, full)
    asked = yield from _chroma(asked, size)
    if beside and (yield from _clearly_worse(asked, size, beside)):
        return None, None
    nearest: Encoded | None = None
    while True:
        best, over = yield from quality_at(asked, size)
        if best is not None:
            return best, nearest
        nearest = over or nearest
        if max(size) <= _SMALLEST_EDGE:
            return None, nearest
        ratio = 0.9 * math.sqrt(asked.target_bytes / over.size_bytes) if over is not None else _RUNG
        size = scaled(size, min(_RUNG, max(ratio, 0.3)))


def _clearly_worse(asked: Asked, size: Size, beside: float) -> Generator[Step, Encoded, bool]:
    if asked.session.judge(size, asked.limits.view_long_edge) is None:
        return False
    curve = yield from _sampled(asked, size)
    step = asked.step(size, curve.quality_at(asked.target_bytes))
    score = yield from score_of(asked.session, asked.limits, step)
    return score < beside - _CLEARLY


def _chroma(asked: Asked, size: Size) -> Generator[Step, Encoded, Asked]:
    """Take colour at full resolution where quality alone cannot mend what halving it loses; judged on tiles."""
    if asked.shape.full_chroma or asked.shape.media_type != "image/jpeg" or asked.hasty:
        return asked
    curve = yield from _sampled(asked, size)
    halved = curve.quality_at(AIM * asked.target_bytes)
    if halved < _CHROMA_QUALITY:
        return asked
    finer = asked.fully_coloured()
    curve = yield from _sampled(finer, size)
    full = curve.quality_at(AIM * asked.target_bytes)
    if full < _LEAST_FULL_CHROMA:
        return asked
    score = yield from score_of(asked.session, asked.limits, asked.step(size, halved))
    if score >= asked.limits.cap_score:
        return asked
    other = yield from score_of(asked.session, asked.limits, finer.step(size, full))
    return finer if other > score else asked


def _rungs(full: Size) -> list[Size]:
    sizes = [full]
    while min(sizes[-1]) > _SMALLEST_EDGE and len(sizes) < 40:
        sizes.append(scaled(full, _RUNG ** len(sizes)))
    return sizes


def _dimensions(asked: Asked, full: Size) -> Generator[Step, Encoded, Size]:
    """Choose the rung at which the quality that the budget buys is good enough for its dimensions."""
    curve = yield from _first_curve(asked, full)
    detail = math.log2(max(8.0 * curve.bytes(_FIRST_TIGHT) / (full[0] * full[1]), 0.01) / _USUAL_BPP)

    def aim(size: Size) -> float:
        if asked.shape.full_chroma:
            return _AIM_GRAPHIC
        seen = max(size) / min(asked.limits.view_long_edge, max(asked.session.size))
        share = min(max((seen - _VIEW_LOW) / (_VIEW_HIGH - _VIEW_LOW), 0.0), 1.0)
        return min(_AIM_LOW + share * (_AIM_HIGH - _AIM_LOW) - _AIM_FALL * detail, _AIM_HIGH)

    least = aim(full) - _KEEP
    if curve.quality_at(asked.target_bytes) >= least - _SURELY_LESS:
        curve = yield from _sampled(asked, full)
    if curve.quality_at(asked.target_bytes) >= least:
        return full
    power = yield from _power(asked, full, curve)
    size, rungs = full, _rungs(full)
    for size in rungs[1:]:
        bought = curve.scaled((size[0] / full[0]) ** power).quality_at(asked.target_bytes)
        if bought >= aim(size) - _NEAR_AIM:
            break
    if size != full and (size, asked.shape) not in asked.learnt.curves:
        asked.learnt.curves[size, asked.shape] = curve.scaled((size[0] / full[0]) ** power)
        asked.learnt.sampled_at[size, asked.shape] = full
    return size


def _sampled(asked: Asked, size: Size, *, most: int = 2, near: float = 0.3) -> Generator[Step, Encoded, SizeCurve]:
    """Learn the size curve at one size on a sample of the picture, near the target; kept for the session."""
    curve = asked.learnt.curves.get((size, asked.shape))
    for _ in range(most):
        quality = _first(size, asked.target_bytes) if curve is None else _next(curve, asked.target_bytes)
        if curve is not None and curve.apart(quality) <= near:
            break
        sample = yield asked.sampled_step(size, quality).to_learn()
        curve = (curve or SizeCurve(knots=())).with_sample(quality, sample.size_bytes, sample.area_ratio)
        asked.learnt.curves[size, asked.shape] = curve
    assert curve is not None
    return curve


def _first(size: Size, target: float) -> float:
    """Guess the quality that a budget buys: where it is tight, dimensions come down until they reach this."""
    return _FIRST_TIGHT if 8 * target < _TIGHT_BPP * size[0] * size[1] else _FIRST


def _next(curve: SizeCurve, target: float) -> float:
    """Give the quality that a curve says the budget buys, within what can tell more of it."""
    return min(max(curve.quality_at(AIM * target), 8.0), HIGH)


def _first_curve(asked: Asked, full: Size) -> Generator[Step, Encoded, SizeCurve]:
    """Give the curve that dimensions are chosen by: where they come down, the same whatever was asked for before."""
    quality = _first(full, asked.target_bytes)
    curve = asked.learnt.curves.get((full, asked.shape))
    if quality != _FIRST_TIGHT or curve is None:
        return (yield from _sampled(asked, full, most=1))
    first = curve.only(quality)
    if first is None:
        sample = yield asked.step(full, quality).to_learn()
        asked.learnt.curves[full, asked.shape] = curve.with_sample(quality, sample.size_bytes, sample.area_ratio)
        first = SizeCurve(knots=()).with_sample(quality, sample.size_bytes, sample.area_ratio)
    return first


def _power(asked: Asked, full: Size, curve: SizeCurve) -> Generator[Step, Encoded, float]:
    """Learn how bytes grow with scale: the sample's curve against the sample at half its dimensions."""
    if (full, asked.shape) not in asked.learnt.powers:
        quality = curve.nearest(_FIRST_TIGHT)
        half = yield asked.step(full, quality).to_learn("half_sample")
        whole = (curve.sampled_bytes(quality) - HEADER_BYTES) / half.area_ratio
        ratio = max(whole, 16.0) / max(half.size_bytes - HEADER_BYTES, 16)
        asked.learnt.powers[full, asked.shape] = min(max(math.log2(ratio), 0.8), 2.2)
    return asked.learnt.powers[full, asked.shape]


def _levelled(asked: Asked, size: Size) -> Generator[Step, Encoded, SizeCurve]:
    """Set the curve's level by one cheap encode near the target, where a final encode is coming anyway."""
    curve = yield from _sampled(asked, size)
    quality = curve.quality_at(AIM * asked.target_bytes)
    if curve.levelled or asked.shape.media_type != "image/jpeg" or quality >= HIGH:
        return curve
    finals = asked.learnt.finals(size, asked.shape)
    known = min(finals, key=lambda e: _between(e.step.quality, quality), default=None)
    if known is not None and _between(known.step.quality, quality) <= _SAME_LEVEL:  # encoded whole for another limit
        if curve.apart(known.step.quality) > _POINT:
            sample = yield asked.sampled_step(size, known.step.quality).to_learn()
            curve = curve.with_sample(known.step.quality, sample.size_bytes, sample.area_ratio)
        curve = asked.learnt.curves[size, asked.shape] = curve.through(known.step.quality, known.size_bytes)
        return curve
    curve = yield from _sampled(asked, size, most=1, near=0.1)
    quality = curve.nearest(
        curve.quality_at(AIM * asked.target_bytes)
    )  # a point of the sample: no error between points
    base = asked.sampled_step(size, quality)
    plain_sample = yield base.to_learn(plain=True)
    if plain_sample.area_ratio == 1.0 and base.width == size[0]:  # the sample is the whole: there is no level to set
        return curve
    plain = yield asked.step(size, quality).to_learn("whole", plain=True)
    sampled = (curve.sampled_bytes(quality) - HEADER_BYTES) / plain_sample.area_ratio
    gain = sampled / max(plain_sample.size_bytes - HEADER_BYTES, 1)
    whole = HEADER_BYTES + _FITTED_TO_SAMPLE * gain * (plain.size_bytes - HEADER_BYTES)
    curve = asked.learnt.curves[size, asked.shape] = curve.through(quality, round(whole))
    return curve


def _between(one: float, other: float) -> float:
    """Tell how far two qualities are apart, in log coarseness."""
    return abs(log_coarseness(one) - log_coarseness(other))


def _plenty(asked: Asked, size: Size) -> Generator[Step, Encoded, bool]:
    """Say whether the budget surely reaches past the usual cap; what is known already is not looked for."""
    curve = asked.learnt.curves.get((size, asked.shape))
    far = curve is not None and curve.quality_at(asked.target_bytes) < _NEAR_CAP - _CURVE_ERRS
    if far or 8 * asked.target_bytes < _RICH_BPP * size[0] * size[1]:
        return False
    step = asked.step(size, start(asked.shape))
    yield from score_of(asked.session, asked.limits, step)
    return asked.foretold_bytes(step) <= _TILES_SURELY * asked.target_bytes


def at_cap(asked: Asked, size: Size) -> Generator[Step, Encoded, Best | None]:
    """Give the rendition at the cap where the budget reaches it: no byte is spent on what nobody sees."""
    high = HIGH
    if not (yield from _plenty(asked, size)):
        curve = yield from _sampled(asked, size)
        reach = curve.quality_at(asked.target_bytes)
        if reach < _NEAR_CAP:
            return None
        high = min(reach + 0.3, HIGH)
    cap = yield from cap_of(asked.session, asked.limits, size, asked.shape, high=high)
    if cap.quality is None:
        if cap.saturated and asked.shape.media_type == "image/jpeg" and not asked.shape.full_chroma:
            return (yield from at_cap(asked.fully_coloured(), size))
        return None
    step = asked.step(size, cap.quality)
    sure = asked.foretold_bytes(step) <= _TILES_SURELY * asked.target_bytes
    if step not in asked.learnt.encodes and not sure:
        curve = yield from _sampled(asked, size)
        if curve.bytes(cap.quality) > _SURELY * asked.target_bytes:
            return None
    encoded = yield from made(asked.session, step)
    return Best(encoded=encoded, score=cap.score) if encoded.size_bytes <= asked.target_bytes else None


def quality_at(asked: Asked, size: Size) -> Search:
    """Search the quality at given dimensions only; stop at the cap, where the eye cannot tell any more."""
    fast = asked.hasty
    if not fast:
        capped = yield from at_cap(asked, size)
        if capped is not None:
            return capped, None
    curve = yield from (_sampled(asked, size) if fast else _levelled(asked, size))
    tried: dict[float, Encoded] = {e.step.quality: e for e in asked.learnt.finals(size, asked.shape)}
    full_enough = [e for e in tried.values() if FILLED * asked.target_bytes <= e.size_bytes <= asked.target_bytes]
    if full_enough:
        best = max(full_enough, key=lambda e: e.size_bytes)
    else:
        found = yield from _probed(asked, size, curve, tried)
        if found.quality is None:
            return None, tried[found.nearest[0]] if found.nearest else None
        best = tried[found.quality]
    scored = yield from judged(asked.session, asked.limits, best)
    if scored.score > asked.limits.cap_score + SLACK and not fast:
        scored = yield from _down_to_cap(asked, size, scored)
    return scored, None


def _probed(asked: Asked, size: Size, curve: SizeCurve, tried: dict[float, Encoded]) -> Generator[Step, Encoded, Found]:
    filled = _FAST_FILLED if asked.hasty else FILLED
    probing = search(
        curve.log_bytes, target_bytes=asked.target_bytes, low=LOW, high=HIGH, filled=filled, most=_MOST_PROBES
    )
    quality = next(probing)
    while True:
        encoded = yield from made(asked.session, asked.step(size, quality))
        tried[quality] = encoded
        asked.learnt.curves[size, asked.shape] = curve.through(quality, encoded.size_bytes)
        try:
            quality = probing.send(encoded.size_bytes)
        except StopIteration as stop:
            found: Found = stop.value
            return found


def _down_to_cap(asked: Asked, size: Size, best: Best) -> Generator[Step, Encoded, Best]:
    """Take away bytes that nobody sees: lower the quality to where the score meets the cap."""
    quality = best.encoded.step.quality
    cap = yield from cap_of(asked.session, asked.limits, size, asked.shape, high=quality)
    if cap.quality is None or cap.quality >= quality:
        return best
    encoded = yield from made(asked.session, asked.step(size, cap.quality))
    return Best(encoded=encoded, score=cap.score) if encoded.size_bytes < best.encoded.size_bytes else best
