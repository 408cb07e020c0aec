"""Where the eye cannot tell any more: the lowest quality whose score meets the cap, found on the score's tiles."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mediaprep.kinds import Encoded, Step, Tiles
from mediaprep.kinds._still_curve import HIGH, SLOPE, log_coarseness, quality_of
from mediaprep.kinds._still_shape import Best, Shape, Size
from mediaprep.limits import Limits

if TYPE_CHECKING:
    from mediaprep.kinds._still import StillSession

SLACK = 2.0
"""A score this far over the cap is near enough: another look costs more than the bytes."""

_START, _START_FULL_CHROMA = 88.0, 82.0
"""Where photographs at 1920 pixels, seen at 1200, meet the cap: 84 to 93 on most; drawn pictures whose colour is not
halved at 79 to 84."""

_LOSS_POWER, _LOSS_POWER_UP, _LOSS_POWER_FULL_CHROMA = 0.55, 0.5, 0.6
"""Lost score grows with the coarseness of the quantisation to about this power; the second is that of what is finer
than where the cap is looked for first. 34 photographs at 1920 and 1400 pixels: 0.62 between qualities 72 and 78, 0.58
between 78 and 90, 0.50 between 88 and 92, 0.46 between 88 and 94 (standard deviation 0.1 to 0.2). Where colour is not
halved, no less at the fine end."""

_LEAST_POWER = 0.3
"""Under this, what is lost does not come from the quantisation (but from colour at half resolution)."""

_COARSEST = 50.0
"""The cap is not looked for under this quality: flat art would score well at 5, its colours 10 levels off. Here the
first entries of the tables, 16 and 17, keep an even colour to one level."""

_MOST_LOOKS = 5

Look = tuple[float, float, float]
"""What was seen at one quality: logarithms of its coarseness and of what the score lacks of 100; the quality."""

_NEAR = 0.25
"""Log coarseness within which a score is told from its neighbour's: the power errs by 0.15, so a loss of 15 by 0.6."""

_FORETOLD = 0.42
"""The share of its loss (as a logarithm) that a first look may have to lose or to gain for the quality at the cap to be
believed without a second look: in all 28 cases (34 photographs at two dimensions) that began up to 3.5 points under the
cap, the tiles' own score at the quality foretold was 89.9 to 91.7 (aimed at 91); where colour is not halved 90.1 to
92.0 in 16 cases."""

_FINEST_HALVED = 94.5
"""Where a first look says that more quality than this would be needed, colour at half resolution is what is lost: in 8
of 20 such cases no quality meets the cap so, in 7 of these one does with colour at full resolution. In the 8 that meet
it up to quality 95, full resolution takes 2 % more bytes at the same score (median; 4 % fewer to 11 % more)."""

_HOPELESS = 1.0
"""A score foretold this far under the cap at the highest quality that fits is not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """Quality and score at the cap; ``quality`` None where no quality up to ``looked_to`` meets it."""

    quality: float | None
    score: float
    looked_to: float
    saturated: bool = False
    """Whether more quality cannot help."""


def start(shape: Shape) -> float:
    """Give the quality at which the cap is looked for first."""
    return _START_FULL_CHROMA if shape.full_chroma else _START


def made(session: StillSession, step: Step) -> Generator[Step, Encoded, Encoded]:
    """Encode a step, once a session."""
    known = session.learnt.encodes.get(step)
    if known is None:
        known = session.learnt.encodes[step] = yield step
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
    encoded = yield step.to_learn(Tiles(view), plain=True)
    session.learnt.foretold_bytes[step] = encoded.size_bytes * encoded.area_ratio
    score = session.score(encoded, limits)
    session.learnt.looks.setdefault((replace(step, quality=0.0), view), []).append((step.quality, score))
    return score


def _loss(score: float) -> float:
    """Give the logarithm of what a score lacks of 100."""
    return math.log(max(100.0 - score, 0.05))


def _looks(session: StillSession, limits: Limits, step: Step) -> list[Look]:
    """Give what was seen so far of a step at other qualities."""
    seen = session.learnt.looks.get((replace(step, quality=0.0), limits.view_long_edge), [])
    return [(log_coarseness(quality), _loss(score), quality) for quality, score in seen]


def judged(session: StillSession, limits: Limits, encoded: Encoded) -> Generator[Step, Encoded, Best]:
    """Put its score beside an attempt: from a look at nearly the same quality, else from a look of its own."""
    coarse = log_coarseness(encoded.step.quality)
    near = min(_looks(session, limits, encoded.step), key=lambda look: abs(look[0] - coarse), default=None)
    if near is not None and abs(near[0] - coarse) <= _NEAR:
        score = 100.0 - math.exp(near[1] + _LOSS_POWER * (coarse - near[0]))
        return Best(encoded=encoded, score=max(score, 0.0))
    score = yield from score_of(session, limits, encoded.step)
    return Best(encoded=encoded, score=score)


def cap_of(
    session: StillSession, limits: Limits, size: Size, shape: Shape, *, high: float = HIGH
) -> Generator[Step, Encoded, Cap]:
    """Find the quality at which the score meets the cap, at most ``high``."""
    key = (size, shape, limits.view_long_edge, limits.cap_score)
    known = session.learnt.caps.get(key)
    if known is None or (known.quality is None and not known.saturated and known.looked_to < high - 0.5):
        known = session.learnt.caps[key] = yield from _looked_for(session, limits, size, shape, high)
    return known


def _looked_for(
    session: StillSession, limits: Limits, size: Size, shape: Shape, high: float
) -> Generator[Step, Encoded, Cap]:
    finest, wanted = log_coarseness(high), _loss(limits.cap_score + SLACK / 2)
    looks = _looks(session, limits, shape.step(size, 0.0))
    over: Look | None = None
    for _ in range(_MOST_LOOKS):
        under = min((look for look in looks if look[1] > _loss(limits.cap_score)), default=None)  # the finest miss
        over = max((look for look in looks if look[1] <= _loss(limits.cap_score)), default=None)  # the coarsest hit
        if over is not None and (over[1] >= _loss(limits.cap_score + SLACK) or over[0] >= log_coarseness(_COARSEST)):
            break
        quality = min(start(shape), high)
        if looks:
            coarse, power = _guess(looks, under, over, wanted, shape)
            if under is not None and over is None:
                foretold = under[1] + power * (finest - under[0])
                hopeless = coarse < finest and foretold > _loss(limits.cap_score - _HOPELESS)
                halved = not shape.full_chroma and high >= HIGH and coarse < log_coarseness(_FINEST_HALVED)
                if under[0] <= finest or power < _LEAST_POWER or hopeless or halved:
                    saturated = power < _LEAST_POWER or high >= HIGH
                    return Cap(quality=None, score=100.0 - math.exp(under[1]), looked_to=high, saturated=saturated)
            near = min(looks, key=lambda look: abs(look[1] - wanted))
            if abs(near[1] - wanted) <= _FORETOLD and finest < coarse < log_coarseness(_COARSEST):
                return _foretold(session, size, shape, near, coarse, limits.cap_score + SLACK / 2, high)
            quality = min(max(quality_of(coarse), _COARSEST), high)
        score = yield from score_of(session, limits, shape.step(size, quality))
        looks.append((log_coarseness(quality), _loss(score), quality))
    else:
        over = max((look for look in looks if look[1] <= _loss(limits.cap_score)), default=None)
    if over is None:
        return Cap(quality=None, score=0.0, looked_to=high, saturated=True)
    return Cap(quality=over[2], score=100.0 - math.exp(over[1]), looked_to=high)


def _foretold(
    session: StillSession, size: Size, shape: Shape, near: Look, coarse: float, score: float, high: float
) -> Cap:
    """Believe a quality near one that was looked at, and tell its bytes from that look's."""
    quality = quality_of(coarse)
    seen = session.learnt.foretold_bytes.get(shape.step(size, near[2]))
    if seen is not None:
        session.learnt.foretold_bytes.setdefault(shape.step(size, quality), seen * math.exp(SLOPE * (coarse - near[0])))
    return Cap(quality=quality, score=score, looked_to=high)


def _guess(
    looks: list[Look], under: Look | None, over: Look | None, wanted: float, shape: Shape
) -> tuple[float, float]:
    """Say at what coarseness the loss should be the one wanted, and by what power it grows there."""
    nearest = sorted(set(looks), key=lambda look: abs(look[1] - wanted))
    power = _LOSS_POWER_UP if nearest[0][1] > wanted else _LOSS_POWER
    if shape.full_chroma:
        power = _LOSS_POWER_FULL_CHROMA
    if len(nearest) > 1 and nearest[0][0] != nearest[1][0]:
        power = (nearest[1][1] - nearest[0][1]) / (nearest[1][0] - nearest[0][0])
    coarse = nearest[0][0] + (wanted - nearest[0][1]) / min(max(power, 0.2), 2.0)
    if under is not None and over is not None:
        fine, rough = sorted((over[0], under[0]))
        coarse = min(max(coarse, 0.85 * fine + 0.15 * rough), 0.15 * fine + 0.85 * rough)
    return coarse, power
