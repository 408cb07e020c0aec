"""How a still is fitted: which dimensions, which format, which quality, in the fewest encodes.

Under about 0.6 bits per pixel, dimensions buy more than quality does, so the dimensions come from a
predicted quality: kept where it would be good enough, else reduced to where it is. A graphic (flat art,
text, screenshots) wants its pixels more than its quality and is tried as PNG too; the score decides.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from mediaprep.encoders.png_vips import LOSSLESS
from mediaprep.kinds import Choice, Encoded, Plan, Step
from mediaprep.limits import Limits
from mediaprep.search import Found, Model, search

if TYPE_CHECKING:
    from mediaprep.kinds._still import StillSession

Size = tuple[int, int]

_JPEG, _PNG, _WEBP = "image/jpeg", "image/png", "image/webp"
_ENCODERS = {_JPEG: "jpeg_pillow", _PNG: "png_vips", _WEBP: "webp_pillow"}

_SAMPLES = (8.0, 25.0, 45.0, 65.0, 82.0, 92.0, 98.0)
"""Qualities at which the mosaic is encoded: enough for straight lines in log size between them."""

_HEADER_BYTES = 610
"""JPEG bytes that do not grow with the picture: markers, two quantisation and four Huffman tables."""

_LOW, _HIGH = 5.0, 97.0
"""The ends of the quality axis: under 5 nothing is recognisable; above 97 no eye sees the bytes."""

_SHRINK = 0.86
_SMALLEST_EDGE = 16
_GRAPHIC, _PHOTOGRAPH = 0.8, 0.44
"""Shares of equal neighbours from which PNG wins by 11-25 SSIMULACRA2, and up to which JPEG wins."""

_LOSSY_SOURCES = frozenset({"image/jpeg", "image/heic", "image/avif"})
"""What was coded lossily already carries noise that PNG pays for, unless it is nearly flat."""

_KEEP_PHOTO, _AIM_PHOTO = 60.0, 65.0
_KEEP_GRAPHIC, _AIM_GRAPHIC = 30.0, 40.0
"""Keep the dimensions while the predicted quality is at least the first, else go to where it is the second."""

_PALETTES = (256, 128, 64, 32, 16)
_MOST_ATTEMPTS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class _Best:
    encoded: Encoded
    score: float


def plan(session: StillSession, limits: Limits) -> Plan:
    """Yield encodes until the best rendition within the target, or else within the limit, is known."""
    target, limit = _budget(session, limits)
    best, nearest = yield from _best_within(session, limits, target)
    if (best is None or best.score < limits.floor_score) and limit > target:
        wider, nearer = yield from _best_within(session, limits, limit)
        if wider is not None and (best is None or wider.score > best.score):
            best = wider
        nearest = nearest or nearer
    if best is None:
        return Choice(encoded=None, nearest=nearest, warnings=session.warnings())
    encoded = Encoded(
        step=best.encoded.step,
        size_bytes=best.encoded.size_bytes,
        data=best.encoded.data,
        score=best.score,
        elapsed_s=best.encoded.elapsed_s,
    )
    return Choice(encoded=encoded, warnings=session.warnings())


def _budget(session: StillSession, limits: Limits) -> tuple[int, int]:
    """Give target and limit; never more than the asset where its own type goes out and its pixels stay."""
    info = session.info
    limit = limits.limit_bytes or info.size_bytes
    target = min(limits.target_bytes or limit, limit)
    same = info.media_type in (limits.types or (_JPEG, _PNG)) and info.orientation in (None, 1)
    flattening = bool(info.transparent) and not limits.alpha
    if same and not flattening:
        return min(target, info.size_bytes), min(limit, info.size_bytes)
    return target, limit


def _best_within(
    session: StillSession, limits: Limits, target: int
) -> Generator[Step, Encoded, tuple[_Best | None, Encoded | None]]:
    types = [t for t in (limits.types or (_JPEG, _PNG)) if t in _ENCODERS]
    size = frame_size(session.size, limits)
    share = session.graphic_share(size)
    alpha = limits.alpha and bool(session.info.transparent)
    best: _Best | None = None
    nearest: Encoded | None = None
    lossless_source = session.info.media_type not in _LOSSY_SOURCES
    worth_it = share >= _GRAPHIC or (share > _PHOTOGRAPH and lossless_source)
    if _PNG in types and (worth_it or _JPEG not in types or alpha):
        best, nearest = yield from _png(session, limits, size, target, alpha=alpha)
        if best is not None and best.encoded.step.quality >= LOSSLESS:
            return best, nearest
    lossy = next((t for t in types if t != _PNG), None)
    if lossy is not None and not (alpha and lossy == _JPEG and best is not None):
        other, over = yield from _lossy(session, limits, size, target, lossy, graphic=share >= _GRAPHIC, alpha=alpha)
        nearest = nearest or over
        if other is not None and (best is None or other.score > best.score):
            best = other
    return best, nearest


def frame_size(size: Size, limits: Limits) -> Size:
    """Give the largest dimensions that a rendition may have; a box also holds pictures turned by 90 degrees."""
    width, height = size
    scale = min(1.0, limits.max_long_edge / max(size))
    box = (limits.exact_width or limits.max_width, limits.exact_height or limits.max_height)
    if box[0] and box[1] and (box[0] > box[1]) != (width > height) and limits.exact_width is None:
        box = (box[1], box[0])
    for edge, most in zip(size, box, strict=True):
        if most:
            scale = min(scale, most / edge)
    if limits.max_pixels:
        scale = min(scale, math.sqrt(limits.max_pixels / (width * height)))
    return scaled(size, scale)


def scaled(size: Size, scale: float) -> Size:
    """Scale dimensions, rounding down where a bound could be broken, never under one pixel."""
    if scale >= 1.0:
        return size
    return max(1, int(size[0] * scale + 1e-6)), max(1, int(size[1] * scale + 1e-6))


def _canvas(limits: Limits) -> Size | None:
    if limits.exact_width is None or limits.exact_height is None:
        return None
    return limits.exact_width, limits.exact_height


def _png(
    session: StillSession, limits: Limits, size: Size, target: int, *, alpha: bool
) -> Generator[Step, Encoded, tuple[_Best | None, Encoded | None]]:
    """Lossless first; then fewer colours at the same size. None where even 16 colours are over.

    Each setting is encoded on bands of the picture first, and in full only where that promises to fit.
    """
    nearest: Encoded | None = None
    for colours in (None, *_PALETTES):
        quality = LOSSLESS if colours is None else 99.9 * (math.log2(colours) - 1.0) / 7.0
        step = Step(
            encoder="png_vips", media_type=_PNG, quality=quality, width=size[0], height=size[1],
            colours=colours, alpha=alpha, canvas=_canvas(limits), modes=limits.modes,
        )  # fmt: skip
        sample = yield replace(step, final=False)
        if sample.size_bytes * sample.area_ratio > _PROMISING * target:
            continue
        encoded = yield step
        if encoded.size_bytes <= target:
            return _Best(encoded=encoded, score=session.score(encoded, limits)), None
        nearest = encoded
    return None, nearest


_PROMISING = 1.25
"""Bands overrate what a whole PNG takes by up to a quarter: they cannot match across their borders."""


def _lossy(
    session: StillSession, limits: Limits, full: Size, target: int, media_type: str, *, graphic: bool, alpha: bool
) -> Generator[Step, Encoded, tuple[_Best | None, Encoded | None]]:
    keep, aim = (_KEEP_GRAPHIC, _AIM_GRAPHIC) if graphic else (_KEEP_PHOTO, _AIM_PHOTO)
    shape = _Shape(
        media_type=media_type,
        full_chroma=graphic,
        alpha=alpha and media_type != _JPEG,
        canvas=_canvas(limits),
        modes=limits.modes,
    )
    size, model = yield from _dimensions(full, target, shape, keep=keep, aim=aim)
    nearest: Encoded | None = None
    while True:
        best, over = yield from _quality(session, limits, size, model, target, shape)
        if best is not None:
            return best, nearest
        nearest = over or nearest
        if min(size) <= _SMALLEST_EDGE and max(size) <= 4 * _SMALLEST_EDGE:
            return None, nearest
        ratio = 0.9 * math.sqrt(target / over.size_bytes) if over is not None else _SHRINK
        size = scaled(size, min(_SHRINK, max(ratio, 0.3)))
        model = yield from _model(size, shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    media_type: str
    full_chroma: bool
    alpha: bool
    canvas: Size | None
    modes: tuple[str, ...]

    def step(self, size: Size, quality: float, *, final: bool) -> Step:
        return Step(
            encoder=_ENCODERS[self.media_type], media_type=self.media_type, quality=quality,
            width=size[0], height=size[1], full_chroma=self.full_chroma, alpha=self.alpha,
            canvas=self.canvas, modes=self.modes, final=final,
        )  # fmt: skip


def _model(size: Size, shape: _Shape) -> Generator[Step, Encoded, Model]:
    """Sample the size curve on a mosaic and scale it to the whole picture."""
    points: list[tuple[float, float]] = []
    for quality in _SAMPLES:
        sample = yield shape.step(size, quality, final=False)
        body = max(sample.size_bytes - _HEADER_BYTES, 16) * sample.area_ratio
        points.append((quality, math.log(_HEADER_BYTES + body)))

    def model(quality: float) -> float:
        for (q0, l0), (q1, l1) in pairwise(points):
            if quality <= q1 or q1 == points[-1][0]:
                return l0 + (quality - q0) * (l1 - l0) / (q1 - q0)
        return points[-1][1]

    return model


def _dimensions(
    full: Size, target: int, shape: _Shape, *, keep: float, aim: float
) -> Generator[Step, Encoded, tuple[Size, Model]]:
    """Choose the dimensions at which the predicted quality is good enough."""
    size = full
    model = yield from _model(size, shape)
    if _predicted(model, target) >= keep:
        return size, model
    for _ in range(4):
        excess = math.exp(model(aim)) / target
        if excess <= 1.03:
            break
        smaller = scaled(size, max(min(excess**-0.6, 0.97), 0.35))
        if smaller == size or min(smaller) < _SMALLEST_EDGE:
            break
        size = smaller
        model = yield from _model(size, shape)
    return size, model


def _predicted(model: Model, target: int) -> float:
    """Give the quality at which the model comes to the target."""
    low, high = _LOW, _HIGH
    goal = math.log(target)
    if model(high) <= goal:
        return high
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if model(middle) <= goal else (low, middle)
    return low


def _quality(
    session: StillSession, limits: Limits, size: Size, model: Model, target: int, shape: _Shape
) -> Generator[Step, Encoded, tuple[_Best | None, Encoded | None]]:
    """Search the quality at one size; then lower it to the cap where the eye cannot tell any more."""
    tried: dict[float, Encoded] = {}

    def attempts() -> Generator[Step, Encoded, Found]:
        probing = search(model, target=target, low=_LOW, high=_HIGH, most=_MOST_ATTEMPTS)
        quality = next(probing)
        while True:
            tried[quality] = yield shape.step(size, quality, final=True)
            try:
                quality = probing.send(tried[quality].size_bytes)
            except StopIteration as stop:
                found: Found = stop.value
                return found

    found = yield from attempts()
    if found.quality is None:
        return None, tried[found.nearest[0]] if found.nearest else None
    best = _Best(encoded=tried[found.quality], score=session.score(tried[found.quality], limits))
    best = yield from _down_to_cap(session, limits, size, best, shape)
    return best, None


def _down_to_cap(
    session: StillSession, limits: Limits, size: Size, best: _Best, shape: _Shape
) -> Generator[Step, Encoded, _Best]:
    """Take away bytes that nobody sees: the lowest quality found whose score is still at the cap."""
    at_fault = best.encoded.step.quality
    for _ in range(3):
        if best.score <= limits.cap_score + 1.0 or at_fault <= _LOW:
            break
        loss, wanted = max(100.0 - best.score, 0.5), 100.0 - limits.cap_score - 0.4
        scale = max(200.0 - 2.0 * best.encoded.step.quality, 1.0)
        quality = 100.0 - min(scale * (wanted / loss) ** 0.8, 190.0) / 2.0
        quality = max(at_fault - 40.0, quality)
        encoded = yield shape.step(size, max(quality, _LOW), final=True)
        score = session.score(encoded, limits)
        if score < limits.cap_score or encoded.size_bytes >= best.encoded.size_bytes:
            break
        best = _Best(encoded=encoded, score=score)
        at_fault = quality
    return best
