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
from mediaprep.kinds._still_curve import HEADER_BYTES, HIGH, LOW, SAMPLES, SizeCurve, curve_from, table_scale
from mediaprep.kinds._still_shape import Best, Search, Shape, scaled
from mediaprep.limits import Limits
from mediaprep.search import AIM, FILLED, Found, search

if TYPE_CHECKING:
    from mediaprep.kinds._still import StillSession

Size = tuple[int, int]

_RUNG = 0.9
"""Dimensions come in steps of a tenth, so that several limits meet at the same ones and share their encodes."""

_SMALLEST_EDGE = 16
_KEEP_PHOTO, _KEEP_GRAPHIC = 72.0, 58.0
"""Keep the dimensions while the predicted quality is at least this."""

_AIM_PHOTO, _AIM_PHOTO_LARGE, _AIM_GRAPHIC = 66.0, 76.0, 50.0
"""Else go to where it is this. Exhaustive search over dimensions of eleven pictures at four sizes, judged by
SSIMULACRA2 at a 1200-pixel view: the optimum is flat and lies at 50-75 for photographs under 1000 pixels,
at 76-88 for larger ones (the view shrinks them, which hides coarseness), and at 40-60 for graphics."""

_LARGE_FROM, _LARGE_TO = 1000.0, 1500.0

_FITTED_TO_SAMPLE = 1.012
"""Huffman tables fitted to a sample save 1.2 % more on it than those fitted to the whole save there (1.1 to
1.6 on photographs)."""

_FAST_FILLED = 0.92
"""Effort ``fast`` is content with this share of the limit, which the sample alone reaches in one or two encodes."""

_MOST_PROBES = 16
_CAP_PROBES = 3
_START = 90.0
"""Where a budget that buys more than this quality starts to look for the cap: 85 to 93 on most photographs."""

_CAP_SLACK = 1.2
"""A score this far over the cap is near enough: another encode to take it away costs more than the bytes."""

_LOSS_POWER = 0.8
"""Lost score grows with the quantisation scale to about this power near the cap."""


def lossy(session: StillSession, limits: Limits, full: Size, target: int, shape: Shape) -> Search:
    """Search dimensions and quality; None only where the smallest picture at the lowest quality is over."""
    size = yield from _dimensions(session, full, target, shape)
    nearest: Encoded | None = None
    while True:
        best, over = yield from _quality(session, limits, size, target, shape)
        if best is not None:
            return best, nearest
        nearest = over or nearest
        if max(size) <= _SMALLEST_EDGE:
            return None, nearest
        ratio = 0.9 * math.sqrt(target / over.size_bytes) if over is not None else _RUNG
        size = scaled(size, min(_RUNG, max(ratio, 0.3)))


def lossy_at(session: StillSession, limits: Limits, size: Size, target: int, shape: Shape) -> Search:
    """Search the quality at given dimensions only."""
    return (yield from _quality(session, limits, size, target, shape))


def _rungs(full: Size) -> list[Size]:
    sizes = [full]
    while min(sizes[-1]) > _SMALLEST_EDGE and len(sizes) < 40:
        sizes.append(scaled(full, _RUNG ** len(sizes)))
    return sizes


def _dimensions(session: StillSession, full: Size, target: int, shape: Shape) -> Generator[Step, Encoded, Size]:
    """Choose the rung at which the quality that the budget buys is good enough."""
    keep, aim = (_KEEP_GRAPHIC, _AIM_GRAPHIC) if shape.full_chroma else (_KEEP_PHOTO, _AIM_PHOTO)
    curve = yield from _sampled(session, full, shape)
    if curve.quality_at(target) >= keep:
        return full
    power = yield from _power(session, full, shape)

    def scale_for(quality: float) -> float:
        body = max(curve.bytes(quality) - HEADER_BYTES, 1.0)
        return math.pow(max(target - HEADER_BYTES, 1) / body, 1.0 / power)

    scale = scale_for(aim)
    if not shape.full_chroma:
        largeness = (max(full) * scale - _LARGE_FROM) / (_LARGE_TO - _LARGE_FROM)
        scale = scale_for(aim + (_AIM_PHOTO_LARGE - _AIM_PHOTO) * min(max(largeness, 0.0), 1.0))
    rungs = _rungs(full)
    wanted = math.log(min(scale, 1.0)) / math.log(_RUNG)
    size = rungs[min(round(wanted), len(rungs) - 1)]
    if (size, shape) not in session.curves:
        session.curves[size, shape] = curve.scaled((size[0] / full[0]) ** power)
        session.bases[size, shape] = full
    return size


def _sampled(session: StillSession, size: Size, shape: Shape) -> Generator[Step, Encoded, SizeCurve]:
    """Learn the size curve at one size on a sample of the picture, once a session."""
    if (size, shape) not in session.curves:
        sizes: list[tuple[float, int]] = []
        area_ratio = 1.0
        for quality in SAMPLES:
            sample = yield replace(shape.step(size, quality), final=False)
            sizes.append((quality, sample.size_bytes))
            area_ratio = sample.area_ratio
        session.curves[size, shape] = curve_from(tuple(sizes), area_ratio)
    return session.curves[size, shape]


def _power(session: StillSession, full: Size, shape: Shape) -> Generator[Step, Encoded, float]:
    """Learn how bytes grow with scale: the sample's curve against the sample at half its dimensions."""
    if (full, shape) not in session.powers:
        quality = SAMPLES[2]
        half = yield replace(shape.step(full, quality), final=False, halved=True)
        whole = (session.curves[full, shape].sampled_bytes(quality) - HEADER_BYTES) / half.area_ratio
        ratio = max(whole, 16.0) / max(half.size_bytes - HEADER_BYTES, 16)
        session.powers[full, shape] = min(max(math.log2(ratio), 0.8), 2.2)
    return session.powers[full, shape]


def _levelled(session: StillSession, size: Size, target: int, shape: Shape) -> Generator[Step, Encoded, SizeCurve]:
    """Set the curve's level by one cheap encode near the target, where a final encode is coming anyway."""
    curve = yield from _sampled(session, size, shape)
    quality = curve.quality_at(AIM * target)
    if curve.levelled or shape.media_type != "image/jpeg" or quality >= HIGH:
        return curve
    base = shape.step(session.bases.get((size, shape), size), quality)
    sample = yield replace(base, final=False)
    if sample.area_ratio == 1.0 and base.width == size[0]:  # the sample is the whole: its size is the answer
        whole = float(sample.size_bytes)
    else:
        plain_sample = yield replace(base, final=False, plain=True)
        plain = yield replace(shape.step(size, quality), final=False, plain=True, whole=True)
        gain = (sample.size_bytes - HEADER_BYTES) / max(plain_sample.size_bytes - HEADER_BYTES, 1)
        whole = HEADER_BYTES + _FITTED_TO_SAMPLE * gain * (plain.size_bytes - HEADER_BYTES)
    curve = session.curves[size, shape] = curve.through(quality, round(whole))
    return curve


def _quality(session: StillSession, limits: Limits, size: Size, target: int, shape: Shape) -> Search:
    """Search the quality at one size; then lower it to the cap where the eye cannot tell any more."""
    known = session.caps.get((size, shape, limits.view_long_edge, limits.cap_score))
    if known is not None and known.encoded.size_bytes <= target:
        return known, None
    fast = session.options.effort == "fast"
    curve = yield from (_sampled(session, size, shape) if fast else _levelled(session, size, target, shape))
    if curve.quality_at(AIM * target) > _START:
        capped = yield from _near_cap(session, limits, size, target, shape)
        if capped is not None:
            return capped, None
    tried: dict[float, Encoded] = {e.step.quality: e for e in session.finals(size, shape)}
    full_enough = [e for e in tried.values() if FILLED * target <= e.size_bytes <= target]
    if full_enough:
        best = max(full_enough, key=lambda e: e.size_bytes)
    else:
        found = yield from _probed(session, size, curve, target, shape, tried)
        if found.quality is None:
            return None, tried[found.nearest[0]] if found.nearest else None
        best = tried[found.quality]
    scored = Best(encoded=best, score=session.score(best, limits))
    if scored.score > limits.cap_score + _CAP_SLACK and session.options.effort != "fast":
        scored = yield from _down_to_cap(session, limits, size, scored, shape)
    return scored, None


def _near_cap(
    session: StillSession, limits: Limits, size: Size, target: int, shape: Shape
) -> Generator[Step, Encoded, Best | None]:
    """Where the budget buys more than is seen: start where the cap usually lies, not where the budget ends."""
    quality = _START
    for _ in range(2):
        made = yield from _made(session, shape.step(size, quality))
        if made.size_bytes > target:
            return None
        best = Best(encoded=made, score=session.score(made, limits))
        if best.score >= limits.cap_score:
            return (yield from _down_to_cap(session, limits, size, best, shape))
        quality = min(_towards_cap(best, limits), HIGH)
    return None


def _made(session: StillSession, step: Step) -> Generator[Step, Encoded, Encoded]:
    """Encode a step, once a session."""
    made = session.made.get(step)
    if made is None:
        made = session.made[step] = yield step
    return made


def _towards_cap(best: Best, limits: Limits) -> float:
    """Give the quality at which the score should meet the cap, from the score at another."""
    loss, wanted = max(100.0 - best.score, 0.3), 100.0 - limits.cap_score - _CAP_SLACK / 2
    scale = table_scale(best.encoded.step.quality) * math.pow(wanted / loss, 1.0 / _LOSS_POWER)
    return 100.0 - scale / 2.0 if scale < 100.0 else 5000.0 / scale


def _probed(
    session: StillSession, size: Size, curve: SizeCurve, target: int, shape: Shape, tried: dict[float, Encoded]
) -> Generator[Step, Encoded, Found]:
    filled = _FAST_FILLED if session.options.effort == "fast" else FILLED
    probing = search(curve.log_bytes, target=target, low=LOW, high=HIGH, filled=filled, most=_MOST_PROBES)
    quality = next(probing)
    while True:
        encoded = yield from _made(session, shape.step(size, quality))
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
    for _ in range(_CAP_PROBES):
        if best.score <= limits.cap_score + _CAP_SLACK:
            break
        quality = max(_towards_cap(best, limits), best.encoded.step.quality - 45.0, LOW)
        encoded = yield from _made(session, shape.step(size, quality))
        score = session.score(encoded, limits)
        if score < limits.cap_score or encoded.size_bytes >= best.encoded.size_bytes:
            break
        best = Best(encoded=encoded, score=score)
    session.caps[size, shape, limits.view_long_edge, limits.cap_score] = best
    return best
