"""How a still is fitted: which format at which dimensions and quality, in the fewest encodes.

A graphic (flat art, text, screenshots) is tried as PNG too; the score decides. The lossy search is in
``_still_lossy``, PNG in ``_still_png``; what they learn stays in the session and serves the next limit.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mediaprep.encoders.png import LOSSLESS
from mediaprep.kinds import Choice, Encoded, Plan, Step
from mediaprep.kinds._still_cap import made
from mediaprep.kinds._still_codes import with_codes_readable
from mediaprep.kinds._still_lossy import at_cap, lossy
from mediaprep.kinds._still_png import foretold, png
from mediaprep.kinds._still_shape import ENCODERS, JPEG, PNG, WEBP, Asked, Best, Search, Shape, Size, frame_size, scaled
from mediaprep.kinds._still_strip import unread
from mediaprep.kinds._still_trellis import refined
from mediaprep.kinds._widened import widened
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
    best, nearest = yield from widened(
        lambda most_bytes: _at_enough_effort(session, limits, most_bytes),
        target_bytes=target, limit_bytes=limit, floor_score=limits.floor_score,
    )  # fmt: skip
    if best is None:
        return Choice(encoded=None, nearest=nearest, warnings=session.warnings(None))
    if session.options.effort == "max":
        best = yield from refined(
            session, limits, min(target, limit) if best.encoded.size_bytes <= target else limit, best
        )
    largest = frame_size(session.size, limits)  # a code may need more pixels than the picture looks best with
    best, unreadable = yield from with_codes_readable(session, limits, largest, limit, best)
    chosen = replace(best.encoded, score=best.score)
    warnings = (*session.warnings(chosen), *unread(session, chosen.step))
    return Choice(encoded=chosen, warnings=warnings, violations=unreadable)


def _at_enough_effort(session: StillSession, limits: Limits, target: int) -> Search:
    """Give the best within so many bytes; with all effort where what little of it gave looks poor."""
    best, nearest = yield from _best_within(session, limits, target)
    if session.hasty and (best is None or best.score < limits.warn_score):
        session.thorough = True
        return (yield from _best_within(session, limits, target))
    return best, nearest


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


@dataclass(frozen=True, slots=True)
class _Content:
    """What decides between the formats: those that may go out, and what the picture is like."""

    types: tuple[str, ...]
    alpha: bool
    """Whether what one sees through stays so."""
    drawn: bool
    """Whether it is flat art, or has so few colours that they are what is to be kept."""
    graphic: bool
    """Whether colour at half resolution would show: it is flat art."""
    mixed: bool
    """Whether a palette may look better where a JPEG looks poor: it is no plain photograph."""
    worth_it: bool
    """Whether a PNG is tried first."""
    canvas: Size | None

    @property
    def lossy_type(self) -> str | None:
        """Give the first type that is no PNG."""
        return next((each for each in self.types if each != PNG), None)

    def shape(self, media_type: str, limits: Limits) -> Shape:
        """Give what an encode of a type is like."""
        return Shape(
            media_type=media_type, full_chroma=self.graphic and media_type != PNG,
            alpha=self.alpha and media_type != JPEG, canvas=self.canvas, modes=limits.modes,
        )  # fmt: skip


def _content(session: StillSession, limits: Limits, size: Size) -> _Content:
    share = session.graphic_share(size)
    drawn = share >= GRAPHIC or session.exact_colours(size)
    exact = limits.exact_width is not None and limits.exact_height is not None
    return _Content(
        types=tuple(each for each in (limits.types or (JPEG, PNG)) if each in ENCODERS),
        alpha=bool(session.info.transparent) and not flattens(session.info, limits, session.options.background),
        drawn=drawn,
        graphic=share >= GRAPHIC,
        mixed=share > _PHOTOGRAPH,
        worth_it=drawn or (share > _PHOTOGRAPH and not session.lossy_source and not session.hasty),
        canvas=(limits.exact_width or 1, limits.exact_height or 1) if exact else None,
    )


def _best_within(session: StillSession, limits: Limits, target: int) -> Search:
    """Try the formats that suit the content and the route, and keep the one that looks best."""
    size = _working_size(session, limits, target)
    content = _content(session, limits, size)
    drawing = Asked(session, limits, target, content.shape(PNG, limits))
    jpeg_does = JPEG in content.types and not content.alpha
    if PNG in content.types and content.worth_it and jpeg_does and _no_lossless(session, size, target):
        best = yield from at_cap(replace(drawing, shape=content.shape(JPEG, limits)), size)
        if best is not None:
            return best, None
    palette: Best | None = None
    nearest: Encoded | None = None
    foreseen = 0.0
    if PNG in content.types and (content.worth_it or not jpeg_does):
        palette, nearest, foreseen = yield from _palette(drawing, size, may_wait=jpeg_does)
        if palette is not None and (_is_lossless(palette) or palette.score >= limits.cap_score - _NEAR_CAP):
            return palette, nearest
    best, lossy_type = palette, content.lossy_type
    shows = content.alpha and palette is not None and palette.score >= limits.floor_score
    if lossy_type is not None and not (shows and lossy_type == JPEG):
        asked = replace(drawing, shape=content.shape(lossy_type, limits))
        if lossy_type == WEBP and content.drawn:
            whole = yield from _whole(asked, size)
            if whole is not None:
                return whole, nearest
        other, over = yield from _lossy_or_palette(asked, size, drawing, foreseen)
        best, nearest = _better(palette, other), nearest or over
        if lossy_type == WEBP and not content.drawn and other is not None and other.score < limits.cap_score:
            best = (yield from _whole(asked, size)) or best
    return (yield from _shrunk(drawing, size, content, best, nearest))


def _palette(
    drawing: Asked, size: Size, *, may_wait: bool
) -> Generator[Step, Encoded, tuple[Best | None, Encoded | None, float]]:
    """Give the PNG that fits, and what is over; or else, where it ``may_wait``, the score that it promises."""
    promise = (yield from foretold(drawing, size)) if may_wait else None
    if promise is not None and promise < drawing.limits.cap_score - _NEAR_CAP:
        return None, None, promise
    best, over = yield from png(drawing, size)
    return best, over, 0.0


def _shrunk(drawing: Asked, size: Size, content: _Content, best: Best | None, nearest: Encoded | None) -> Search:
    """Try palettes of fewer pixels where the best so far looks poor."""
    limits = drawing.limits
    poor = content.lossy_type is not None and (best is None or best.score < limits.warn_score)
    if PNG in content.types and poor and (content.worth_it or content.mixed) and not drawing.hasty:
        first = scaled(size, _SMALLER) if content.worth_it else size
        best = (yield from _fewer_pixels(drawing, first, best)) or best
    if content.types == (PNG,) and (best is None or best.score < limits.floor_score):
        smaller, nearer = yield from _smaller_png(drawing, size)
        best, nearest = _better(best, smaller), nearest or nearer
    return best, nearest


def _is_lossless(best: Best) -> bool:
    return best.encoded.step.quality >= LOSSLESS


def _better(one: Best | None, other: Best | None) -> Best | None:
    """Give the attempt that looks better; of equals the first."""
    return max((each for each in (one, other) if each is not None), key=lambda each: each.score, default=None)


def _lossy_or_palette(asked: Asked, size: Size, drawing: Asked, foreseen: float) -> Search:
    """Take a lossy rendition, or the palette that is foreseen to score so much (0: none), which is made only then."""
    other, nearest = yield from lossy(asked, size, beside=foreseen)
    if not foreseen or (other is not None and other.score >= foreseen):
        return other, nearest
    drawn, over = yield from png(drawing, size)
    if drawn is None and other is None:  # the promise was not kept
        other, nearest = yield from lossy(asked, size)
    return _better(drawn, other), nearest or over


def _fewer_pixels(drawing: Asked, size: Size, best: Best | None) -> Generator[Step, Encoded, Best | None]:
    """Give a palette at these or smaller dimensions that looks better than the best so far; None where none does.

    Each size is judged by a cheap encode, which has the same pixels; only the best one is made.
    """
    cap_score = drawing.limits.cap_score
    most, chosen = best.score if best is not None else 0.0, None
    for _ in range(_MOST_SMALLER):
        promise = yield from foretold(drawing, size)
        if promise is None or promise > most:
            most, chosen = promise or cap_score, size
        elif chosen is not None:
            break
        if most >= cap_score - _NEAR_CAP:
            break
        size = scaled(size, _SMALLER)
    if chosen is None:
        return None
    palette, _ = yield from png(drawing, chosen)
    return palette if palette is not None and (best is None or palette.score > best.score) else None


_SMALLER, _MOST_SMALLER = 0.8, 3
"""What a side shrinks by from one palette to the next, and how many are looked at. Under 100,000 bytes a page of text
with coloured bars scores 32 in 4 colours, 80 in 8 at 0.8 of the dimensions; a chat under 50,000 scores 7 at 0.8, 70 at
0.64; as JPEG 35 and 20. At half of them no page of twelve was at its best."""


def _smaller_png(drawing: Asked, size: Size) -> Search:
    """Shrink where only PNG goes out and the fewest colours are over, or below the floor: until the score falls."""
    best: Best | None = None
    nearest: Encoded | None = None
    ratio = _RUNG
    for _ in range(_MOST_RUNGS):
        size = scaled(size, ratio)
        found, over = yield from png(drawing, size)
        nearest = over or nearest
        if found is None:
            ratio = min(math.sqrt(drawing.target_bytes / over.size_bytes), _RUNG) if over is not None else _RUNG
        elif best is not None and (found.score < best.score or best.score >= drawing.limits.warn_score):
            break
        else:
            best, ratio = found, _RUNG
        if max(size) <= _SMALLEST_EDGE:
            break
    return best, nearest


_SMALLEST_EDGE, _RUNG, _MOST_RUNGS = 64, 0.75, 6
"""The least long edge of a PNG, what a side shrinks by from one try to the next, and how many tries there are."""


def _whole(asked: Asked, size: Size) -> Generator[Step, Encoded, Best | None]:
    """Keep every pixel as WebP, where that fits: its colour at half resolution blurs drawings at any quality."""
    step = asked.step(size, LOSSLESS)
    part = yield from made(asked.session, step.to_learn())
    if _LOSSLESS_AT_LEAST * part.size_bytes * part.area_ratio > asked.target_bytes:
        return None
    encoded = yield from made(asked.session, step)
    return Best(encoded=encoded, score=asked.score(encoded)) if encoded.size_bytes <= asked.target_bytes else None


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
