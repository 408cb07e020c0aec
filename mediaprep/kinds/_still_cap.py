"""Where the eye cannot tell any more: the lowest quality whose score meets the cap, found on the score's tiles."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mediaprep.kinds import Encoded, Step
from mediaprep.kinds._still_curve import HIGH, LOW, quality_of, table_scale
from mediaprep.kinds._still_shape import Best, Shape, Size
from mediaprep.limits import Limits

if TYPE_CHECKING:
    from mediaprep.kinds._still import StillSession

SLACK = 1.4
"""A score this far over the cap is near enough: another look costs more than the bytes."""

START = 88.0
"""Where photographs at 1920 pixels, seen at 1200, meet the cap: 84 to 93 on most."""

_LOSS_POWER = 0.75
"""Lost score grows with the quantisation scale to about this power near the cap."""

_LEAST_POWER = 0.3
"""Under this, what is lost does not come from the quantisation (but from colour at half resolution)."""

_MOST_LOOKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """Quality and score at the cap; ``quality`` None where no quality up to ``looked_to`` meets it."""

    quality: float | None
    score: float
    looked_to: float
    saturated: bool = False
    """Whether more quality cannot help."""


def made(session: StillSession, step: Step) -> Generator[Step, Encoded, Encoded]:
    """Encode a step, once a session."""
    known = session.made.get(step)
    if known is None:
        known = session.made[step] = yield step
    return known


def score_of(session: StillSession, limits: Limits, step: Step) -> Generator[Step, Encoded, float]:
    """Score a step once a session: on its tiles where the encoder codes a tile alone as it does in the whole."""
    known = session.known_score(step, limits)
    if known is not None:
        return known
    view = limits.view_long_edge
    size = (step.width or 1, step.height or 1)
    alone = step.encoder == "jpeg_pillow" and step.canvas is None
    if not alone or session.judge(size, view) is None:
        return session.score((yield from made(session, step)), limits)
    encoded = yield replace(step, final=False, judged_at=view, plain=True)
    session.at_most[step] = encoded.size_bytes * encoded.area_ratio
    return session.score(encoded, limits)


def judged(session: StillSession, limits: Limits, encoded: Encoded) -> Generator[Step, Encoded, Best]:
    """Put its score beside an attempt."""
    score = yield from score_of(session, limits, encoded.step)
    return Best(encoded=encoded, score=score)


def cap_of(
    session: StillSession, limits: Limits, size: Size, shape: Shape, *, start: float = START, high: float = HIGH
) -> Generator[Step, Encoded, Cap]:
    """Find the quality at which the score meets the cap, at most ``high``; start to look at ``start``."""
    key = (size, shape, limits.view_long_edge, limits.cap_score)
    known = session.caps.get(key)
    if known is None or (known.quality is None and not known.saturated and known.looked_to < high - 0.5):
        known = session.caps[key] = yield from _looked_for(session, limits, size, shape, start, high)
    return known


def _looked_for(
    session: StillSession, limits: Limits, size: Size, shape: Shape, start: float, high: float
) -> Generator[Step, Encoded, Cap]:
    wanted = 100.0 - limits.cap_score - SLACK / 2
    under: tuple[float, float] | None = None  # scale and loss of the highest quality that misses the cap
    over: tuple[float, float] | None = None  # of the lowest that meets it
    quality, power = min(start, high), _LOSS_POWER
    for _ in range(_MOST_LOOKS):
        score = yield from score_of(session, limits, shape.step(size, quality))
        scale, loss = table_scale(quality), max(100.0 - score, 0.05)
        if limits.cap_score <= score <= limits.cap_score + SLACK:
            return Cap(quality=quality, score=score, looked_to=quality)
        before = under if score < limits.cap_score else over
        if before is not None:
            power = math.log(before[1] / loss) / math.log(before[0] / scale) if before[0] != scale else power
        if score < limits.cap_score:
            under = (scale, loss)
            if quality >= high or power < _LEAST_POWER:
                saturated = power < _LEAST_POWER or high >= HIGH
                return Cap(quality=None, score=score, looked_to=quality, saturated=saturated)
        else:
            over = (scale, loss)
            if quality <= LOW:
                break
        if under is not None and over is not None:
            power = math.log(over[1] / under[1]) / math.log(over[0] / under[0])
        scale *= math.pow(wanted / loss, 1.0 / min(max(power, 0.2), 2.0))
        if under is not None and over is not None:
            scale = min(max(scale, 0.85 * over[0] + 0.15 * under[0]), 0.15 * over[0] + 0.85 * under[0])
        quality = min(max(quality_of(scale), LOW), high)
    if over is None:
        return Cap(quality=None, score=100.0 - under[1] if under else 0.0, looked_to=high, saturated=True)
    return Cap(quality=quality_of(over[0]), score=100.0 - over[1], looked_to=high)
