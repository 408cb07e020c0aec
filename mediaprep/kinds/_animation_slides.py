"""Slide shows: pictures that are held, each fading into the next. Of these the fades are given up before dimensions.

Not so where what is between two pauses moves: there it is what one looks at. So a fade is told from movement by its
pixels: each is a mixture of the two pictures beside it, in one share for all of its places. A blink comes back to the
same picture, and a ball, a pan, a wipe or a line that is written mixes in other shares at other places.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TIMES, _HELD_MS, _MOSTLY = 4.0, 250.0, 0.5
"""A picture is held that is shown so many times as long as the median frame, and long enough to be looked at; held
pictures are a slide show's where they take so much of its time. (Chosen, not measured: banners that were tried hold
1 to 2.5 s, with fades of ten frames.)"""

_GRID = 16
"""Cells of each edge in which frames are compared: their means are free of a palette's dither."""

_DIFFERENT = 12.0
"""The mean distance (of 255) of two pictures that are not one that glows or blinks: photographs have 40 to 90."""

_UNMIXED = 0.15
"""The share of that distance by which a frame may miss the mixture: fades in 256 dithered colours miss .02 to .05, the
frames of a wipe or a pan .18 and more."""


@dataclass(frozen=True, slots=True)
class Slides:
    """The numbers of the held pictures, and those of the frames of each fade between them."""

    held: tuple[int, ...]
    fades: tuple[tuple[int, ...], ...]

    def kept(self, most: int) -> tuple[int, ...]:
        """Give the held pictures and of each fade as many frames, evenly spread: no more than ``most`` of all.

        ``most`` is not less than the number of held pictures.
        """
        longest = max(len(fade) for fade in self.fades)
        kept = self.held
        for each in range(1, longest + 1):
            more = sorted([*self.held, *(number for fade in self.fades for number in _spread(fade, each))])
            if len(more) > most:
                break
            kept = tuple(more)
        return kept


def _spread(fade: tuple[int, ...], most: int) -> tuple[int, ...]:
    count = min(most, len(fade))
    return tuple(fade[(2 * i + 1) * len(fade) // (2 * count)] for i in range(count))


def timed(delays_ms: tuple[float, ...]) -> tuple[int, ...]:
    """Give the frames that are held, by their times alone; none where it is no slide show by these."""
    if len(delays_ms) < 4:
        return ()
    median = sorted(delays_ms)[len(delays_ms) // 2]
    held = tuple(n for n, delay in enumerate(delays_ms) if delay >= max(_TIMES * median, _HELD_MS))
    mostly = sum(delays_ms[n] for n in held) >= _MOSTLY * sum(delays_ms)
    return held if len(held) > 1 and mostly else ()


def shown(held: tuple[int, ...], frames: Iterable[NDArray[np.uint8]]) -> Slides | None:
    """Look at every frame: a slide show where held pictures differ and all between is a fade from one to the next.

    What comes after the last picture, or before the first, fades between these two.
    """
    looks = [_cells(pixels) for pixels in frames]
    pictures = [*held, held[0]]
    fades = []
    for one, other in pairwise(pictures):
        between = range(one + 1, other) if other > one else (*range(one + 1, len(looks)), *range(other))
        if not _fade(looks[one], looks[other], [looks[n] for n in between]):
            return None
        if between:
            fades.append(tuple(between))
    return Slides(held, tuple(fades))


def _fade(one: NDArray[np.float32], other: NDArray[np.float32], between: list[NDArray[np.float32]]) -> bool:
    import numpy as np

    way = other - one
    distance = float(np.abs(way).mean())
    if distance < _DIFFERENT:
        return not between  # after the last picture there may be nothing, and it may be the first once more
    for look in between:
        share = min(max(float(np.vdot(look - one, way) / np.vdot(way, way)), 0.0), 1.0)
        if float(np.abs(look - one - share * way).mean()) > _UNMIXED * distance:
            return False
    return True


def _cells(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Give the mean colours of a grid of cells."""
    import numpy as np

    rows, columns = (np.unique(np.linspace(0, edge, _GRID, endpoint=False).astype(int)) for edge in pixels.shape[:2])
    sums = np.add.reduceat(np.add.reduceat(pixels[..., :3].astype(np.float32), rows, axis=0), columns, axis=1)
    heights, widths = np.diff([*rows, pixels.shape[0]]), np.diff([*columns, pixels.shape[1]])
    return np.asarray(sums / (heights[:, None] * widths[None, :])[..., None])
