"""What is given up as an animation gets smaller, in which order: one dial from 100 (nothing) down to 0.

Measured ratios of bytes to phone VMAF (untouched 1.0 / 97.5): on footage and cartoons half the dimensions leave
.25-.27 of the bytes at 91-93, 64 colours .60 at 44-74, every second frame .53-.63 at 76-82: so dimensions go
first, and colours never fall under 128. Frames stay down to a sixth of the dimensions: dropping them from half of
the dimensions on cost 2 to 4 phone VMAF at 12 % of the bytes of three clips, and 5 to 17 at 5 %. With a quantiser
that places its colours well, 128 of them at half the dimensions and a hold of 9 look as 255 and 12 do (0.0 and +0.3
phone VMAF, +2 on SSIMULACRA2's scale at equal bytes), with less of a trail behind what moves.

On screen recordings half the dimensions cost half of the VMAF, and a recorder's noise is most of the bytes: so colours
go down to 64 and the hold rises first (see ``_moving.SPREAD`` for what it spares), to 64 on a terminal: .29 and .32 of
the bytes of two of them at a hold of 24 become .10 and .14, all at phone VMAF 100. Where a wide hold takes the noise
away (``Motion.grain``), dimensions go before frames: a terminal at 6 % of its bytes has phone VMAF 98.7 with all frames
at .60 of its dimensions, 82.9 with a fifth of them at .72. Elsewhere both go together: a browser with photographs at
30 % has 98.1 with a half or a third of its frames, 97.2 with all and 97.1 with a fifth (of 32 colours; VMAF looks at
brightness alone, and of 32 its blue links were grey, so it is 48).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

Content = Literal["film", "slides", "screen", "grainy", "drawn"]
"""What moves: footage and cartoons, a slide show's fades, a recorded screen (grainy: with a recorder's noise in it), or
a sticker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The scale of both edges, the share of frames kept, the number of colours, the hold (distance in RGB)."""

    scale: float
    share: float
    colours: int
    hold: float


_Point = tuple[float, float, float, float, float]

_FILM: tuple[_Point, ...] = (
    # dial, scale, share, colours, hold
    (0.0, 0.04, 0.34, 128, 12.0),
    (10.0, 0.16, 1.0, 128, 10.0),
    (70.0, 0.77, 1.0, 128, 9.0),
    (80.0, 1.0, 1.0, 255, 9.0),
    (99.0, 1.0, 1.0, 255, 0.5),
)

_SLIDES: tuple[_Point, ...] = (
    (0.0, 0.04, 0.0, 128, 12.0),
    (50.0, 1.0, 0.0, 128, 9.0),
    (60.0, 1.0, 0.0, 255, 9.0),
    (90.0, 1.0, 1.0, 255, 9.0),
    (99.0, 1.0, 1.0, 255, 0.5),
)
"""Of a slide show the share is that of its fades' frames."""

_SCREEN: tuple[_Point, ...] = (
    (0.0, 0.06, 0.17, 32, 24.0),
    (30.0, 0.6, 0.2, 44, 24.0),
    (46.0, 0.85, 0.5, 48, 24.0),
    (54.0, 1.0, 0.7, 48, 64.0),
    (60.0, 1.0, 1.0, 48, 64.0),
    (70.0, 1.0, 1.0, 64, 48.0),
    (78.0, 1.0, 1.0, 64, 24.0),
    (86.0, 1.0, 1.0, 255, 24.0),
    (99.0, 1.0, 1.0, 255, 0.5),
)

_GRAINY: tuple[_Point, ...] = (
    (0.0, 0.06, 0.17, 32, 64.0),
    (30.0, 0.4, 0.5, 40, 64.0),
    (42.0, 0.5, 1.0, 40, 64.0),
    *_SCREEN[4:],
)

_DRAWN: tuple[_Point, ...] = (
    (0.0, 0.06, 0.34, 16, 14.0),
    (8.0, 0.16, 1.0, 20, 12.0),
    (70.0, 1.0, 1.0, 32, 12.0),
    (85.0, 1.0, 1.0, 255, 10.0),
    (99.0, 1.0, 1.0, 255, 0.5),
)
"""A sticker has few colours; what scaling adds are the shades of its edges, which are bytes that nobody misses."""

RECORDED: frozenset[Content] = frozenset({"screen", "grainy"})

_POINTS: dict[Content, tuple[_Point, ...]] = {
    "film": _FILM,
    "slides": _SLIDES,
    "screen": _SCREEN,
    "grainy": _GRAINY,
    "drawn": _DRAWN,
}

TRAILS: dict[Content, float] = {"film": 12.0, "slides": 12.0, "screen": 24.0, "grainy": 24.0, "drawn": 12.0}
"""The hold up to which no trail is seen behind what moves."""

WHOLE = 0.93
"""Above it a recording keeps its dimensions: text that is made a little smaller takes more bytes (a terminal at .90 a
fifth more) and is blurred."""

LOSSLESS = 100.0

SHARP = 60.0
"""Where a recording is sampled first: all of its pixels. A sample of smaller dimensions says nothing of these, for
scaled text takes more bytes for each pixel than sharp text."""


def setting(dial: float, content: Content) -> Setting:
    """Read the dial: straight lines between the points for the content, the scale in equal ratios."""
    points = _POINTS[content]
    dial = min(max(dial, 0.0), points[-1][0])
    low, high = next((a, b) for a, b in pairwise(points) if dial <= b[0])
    share = (dial - low[0]) / (high[0] - low[0])
    values = [a + share * (b - a) for a, b in zip(low[1:], high[1:], strict=True)]
    scale = low[1] * (high[1] / low[1]) ** share
    if content in RECORDED and scale > WHOLE:
        scale = 1.0
    return Setting(scale=scale, share=values[1], colours=round(values[2]), hold=values[3])


def richer(how: Setting, share: float) -> Setting:
    """Give the same frames and dimensions nearer to all colours and no hold, by a share from 0 to 1."""
    colours = how.colours + share * (255 - how.colours)
    return replace(how, colours=round(colours), hold=how.hold + share * (0.5 - how.hold))
