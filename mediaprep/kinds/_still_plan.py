"""How a still is fitted: which format at which dimensions and quality, in the fewest encodes.

A graphic (flat art, text, screenshots) is tried as PNG too; the score decides. The lossy search is in
``_still_lossy``, PNG in ``_still_png``; what they learn stays in the session and serves the next limit.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING

from mediaprep.encoders.png import LOSSLESS
from mediaprep.kinds import Choice, Encoded, Plan, Step
from mediaprep.kinds._still_cap import made
from mediaprep.kinds._still_codes import with_codes_readable
from mediaprep.kinds._still_lossy import at_cap, lossy
from mediaprep.kinds._still_png import foretold, png
from mediaprep.kinds._still_shape import ENCODERS, JPEG, PNG, WEBP, Best, Search, Shape, Size, frame_size, scaled
from mediaprep.kinds._still_trellis import refined
from mediaprep.limits import Limits
from mediaprep.rules import changes_mode, flattens

if TYPE_CHECKING:
    from mediaprep.kinds._still import StillSession

GRAPHIC, _PHOTOGRAPH = 0.8, 0.44
"""Shares of equal neighbours from which PNG wins by 11-25 SSIMULACRA2, and up to which JPEG wins."""

_NEAR_CAP = 1.0
"""A palette so little under the cap is not compared with a JPEG, which stops there."""


def plan(session: StillSession, limits: Limits) -> Plan:
    """Yield encodes until the best rendition within the target, or else within the limit, is known."""
    target, limit = _budget(session, limits)
    best, nearest = yield from _best_within(session, limits, target)
    if session.hasty and (best is None or best.score < limits.warn_score):
        session.thorough = True
        best, nearest = yield from _best_within(session, limits, target)
    if (best is None or best.score < limits.floor_score) and limit > target:
        wider, nearer = yield from _best_within(session, limits, limit)
        if wider is not None and (best is None or wider.score > best.score):
            best = wider
        nearest = nearer or nearest
    if best is None:
        return Choice(encoded=None, nearest=nearest, warnings=session.warnings(None))
    if session.options.effort == "max":
        best = yield from refined(
            session, limits, min(target, limit) if best.encoded.size_bytes <= target else limit, best
        )
    best, unreadable = yield from with_codes_readable(
        session, limits, _working_size(session, limits, limit), limit, best
    )
    chosen = replace(best.encoded, score=best.score)
    return Choice(encoded=chosen, warnings=session.warnings(chosen), violations=unreadable)


def _budget(session: StillSession, limits: Limits) -> tuple[int, int]:
    """Give target and limit; never more than the asset where its own type goes out and its pixels stay.

    One bit a pixel made eight, or CMYK made RGB, is another format: there only the limit binds.
    """
    info = session.info
    limit = limits.limit_bytes or info.size_bytes
    target = min(limits.target_bytes or limit, limit)
    same = info.media_type in (limits.types or (JPEG, PNG)) and info.orientation in (None, 1)
    same = same and (limits.exact_width, limits.exact_height) in ((None, None), session.size)
    if same and not flattens(info, limits, session.options.background) and not changes_mode(info, limits):
        return min(target, info.size_bytes), min(limit, info.size_bytes)
    return target, limit


def _best_within(session: StillSession, limits: Limits, target: int) -> Search:
    """Try the formats that suit the content and the route, and keep the one that looks best."""
    types = [t for t in (limits.types or (JPEG, PNG)) if t in ENCODERS]
    size = _working_size(session, limits, target)
    share = session.graphic_share(size)
    alpha = bool(session.info.transparent) and not flattens(session.info, limits, session.options.background)
    canvas = None
    if limits.exact_width is not None and limits.exact_height is not None:
        canvas = (limits.exact_width, limits.exact_height)
    drawing = Shape(media_type=PNG, alpha=alpha, canvas=canvas, modes=limits.modes)
    best: Best | None = None
    nearest: Encoded | None = None
    drawn = share >= GRAPHIC or session.exact_colours(size)
    worth_it = drawn or (share > _PHOTOGRAPH and not session.lossy_source and not session.hasty)
    if PNG in types and worth_it and JPEG in types and not alpha and _no_lossless(session, size, target):
        shape = Shape(media_type=JPEG, full_chroma=share >= GRAPHIC, canvas=canvas, modes=limits.modes)
        best = yield from at_cap(session, limits, size, target, shape)
        if best is not None:
            return best, None
    foreseen = 0.0
    if PNG in types and (worth_it or JPEG not in types or alpha):
        promise = (yield from foretold(session, limits, size, target, drawing)) if JPEG in types and not alpha else None
        if promise is None or promise >= limits.cap_score - _NEAR_CAP:
            best, nearest = yield from png(session, limits, size, target, drawing)
            lossless = best is not None and best.encoded.step.quality >= LOSSLESS
            if best is not None and (lossless or best.score >= limits.cap_score - _NEAR_CAP):
                return best, nearest
        else:
            foreseen = promise
    other_type = next((t for t in types if t != PNG), None)
    transparent = alpha and best is not None and best.score >= limits.floor_score
    if other_type is not None and not (transparent and other_type == JPEG):
        shape = Shape(
            media_type=other_type, full_chroma=share >= GRAPHIC, alpha=alpha and other_type != JPEG, canvas=canvas,
            modes=limits.modes,
        )  # fmt: skip
        whole = (yield from _whole(session, limits, size, target, shape)) if other_type == WEBP and drawn else None
        if whole is not None:
            return whole, nearest
        other, over = yield from _lossy_or_palette(session, limits, size, target, shape, drawing, foreseen)
        nearest = nearest or over
        if other is not None and (best is None or other.score > best.score):
            best = other
        if other_type == WEBP and not drawn and other is not None and other.score < limits.cap_score:
            best = (yield from _whole(session, limits, size, target, shape)) or best
    poor = other_type is not None and (best is None or best.score < limits.warn_score)
    if PNG in types and poor and (worth_it or share > _PHOTOGRAPH) and not session.hasty:
        first = scaled(size, _SMALLER) if worth_it else size
        best = (yield from _fewer_pixels(session, limits, first, target, drawing, best)) or best
    if types == [PNG] and (best is None or best.score < limits.floor_score):
        smaller, nearer = yield from _smaller_png(session, limits, size, target, drawing)
        best = max((b for b in (best, smaller) if b is not None), key=lambda b: b.score, default=None)
        nearest = nearest or nearer
    return best, nearest


def _lossy_or_palette(
    session: StillSession, limits: Limits, size: Size, target: int, shape: Shape, drawing: Shape, foreseen: float
) -> Search:
    """Take a lossy rendition, or the palette that is foreseen to score so much (0: none), which is made only then."""
    other, nearest = yield from lossy(session, limits, size, target, shape, beside=foreseen)
    if not foreseen or (other is not None and other.score >= foreseen):
        return other, nearest
    drawn, over = yield from png(session, limits, size, target, drawing)
    if drawn is None and other is None:  # the promise was not kept
        other, nearest = yield from lossy(session, limits, size, target, shape)
    best = max((b for b in (drawn, other) if b is not None), key=lambda b: b.score, default=None)
    return best, nearest or over


def _fewer_pixels(
    session: StillSession, limits: Limits, size: Size, target: int, shape: Shape, best: Best | None
) -> Generator[Step, Encoded, Best | None]:
    """Give a palette at these or smaller dimensions that looks better than the best so far; None where none does.

    Each size is judged by a cheap encode, which has the same pixels; only the best one is made.
    """
    most, chosen = best.score if best is not None else 0.0, None
    for _ in range(_MOST_SMALLER):
        promise = yield from foretold(session, limits, size, target, shape)
        if promise is None or promise > most:
            most, chosen = promise or limits.cap_score, size
        elif chosen is not None:
            break
        if most >= limits.cap_score - _NEAR_CAP:
            break
        size = scaled(size, _SMALLER)
    if chosen is None:
        return None
    palette, _ = yield from png(session, limits, chosen, target, shape)
    return palette if palette is not None and (best is None or palette.score > best.score) else None


_SMALLER, _MOST_SMALLER = 0.8, 3
"""What a side shrinks by from one palette to the next, and how many are looked at. Under 100,000 bytes a page of text
with coloured bars scores 32 in 4 colours, 80 in 8 at 0.8 of the dimensions; a chat under 50,000 scores 7 at 0.8, 70 at
0.64; as JPEG 35 and 20. At half of them no page of twelve was at its best."""


def _smaller_png(session: StillSession, limits: Limits, size: Size, target: int, shape: Shape) -> Search:
    """Shrink where only PNG goes out and the fewest colours are over, or below the floor: until the score falls."""
    best: Best | None = None
    nearest: Encoded | None = None
    ratio = _RUNG
    for _ in range(_MOST_RUNGS):
        size = scaled(size, ratio)
        found, over = yield from png(session, limits, size, target, shape)
        nearest = over or nearest
        if found is None:
            ratio = min(math.sqrt(target / over.size_bytes), _RUNG) if over is not None else _RUNG
        elif best is not None and (found.score < best.score or best.score >= limits.warn_score):
            break
        else:
            best, ratio = found, _RUNG
        if max(size) <= _SMALLEST_EDGE:
            break
    return best, nearest


_SMALLEST_EDGE, _RUNG, _MOST_RUNGS = 64, 0.75, 6
"""The least long edge of a PNG, what a side shrinks by from one try to the next, and how many tries there are."""


def _whole(
    session: StillSession, limits: Limits, size: Size, target: int, shape: Shape
) -> Generator[Step, Encoded, Best | None]:
    """Keep every pixel as WebP, where that fits: its colour at half resolution blurs drawings at any quality."""
    step = shape.step(size, LOSSLESS)
    part = yield from made(session, replace(step, final=False))
    if _LOSSLESS_AT_LEAST * part.size_bytes * part.area_ratio > target:
        return None
    encoded = yield from made(session, step)
    return Best(encoded=encoded, score=session.score(encoded, limits)) if encoded.size_bytes <= target else None


_LOSSLESS_AT_LEAST = 0.5
"""A whole lossless WebP may take this of what its tiles promise: they know nothing of what repeats."""

_LOSSLESS_MAY_GAIN = 1.25


def _no_lossless(session: StillSession, size: Size, target: int) -> bool:
    """Say whether a lossless PNG is out of the question: then a JPEG that nobody tells apart is as good as a palette.

    A palette for 1080 x 1920 pixels takes a second of CPU, the JPEG 60 ms.
    """
    info = session.info
    if session.options.effort == "max":
        return False
    if session.lossy_source:
        return True
    return info.media_type == PNG and size == session.size and info.size_bytes > _LOSSLESS_MAY_GAIN * target


_MEAGRE_BPP = 0.35
"""Bits for each pixel of the largest frame under which no photograph keeps more pixels than the view shows."""


def _working_size(session: StillSession, limits: Limits, target: int) -> Size:
    """Give the largest dimensions worth loading: the frame, or the view where a photograph's budget is meagre."""
    size = frame_size(session.size, limits)
    meagre = 8 * target < _MEAGRE_BPP * size[0] * size[1]
    if meagre and session.lossy_source and limits.exact_width is None:
        return scaled(size, limits.view_long_edge / max(size))
    return size
