"""Slide shows: pictures that are held, each fading into the next. Of these the fades are given up before dimensions.

Not so where what is between two pauses moves: there it is what one looks at. So a fade is told from movement by its
looks (``Motion.looks``): each is a mixture of the two pictures beside it and of one colour, in one share for all of its
places, which takes a fade through black or white for what it is. A blink comes back to the same picture, and a ball, a
pan, a wipe or a line that is written mixes in other shares at other places.

A picture is held as one frame that is shown for long, or as many that look the same, as films made into GIFs have them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TIMES, _HELD_MS, _MOSTLY = 4.0, 250.0, 0.5
"""A picture is held that is shown so many times as long as the median one, and long enough to be looked at; held
pictures are a slide show's where they take so much of its time. (Chosen, not measured: banners that were tried hold
1 to 2.5 s, with fades of ten frames.)"""

_SAME = 5.0
"""The distance (of 255) up to which every cell is the same as where its run began. A codec's noise and dither are
averaged away in cells, a cursor that blinks is not, and a fade of two seconds at 20 frames a second leaves it with its
second frame."""

_DIFFERENT = 12.0
"""The mean distance (of 255) of two pictures that are not one that glows or blinks: photographs have 40 to 90."""

_UNMIXED = 0.15
"""The share of that distance by which a frame may miss the mixture: fades in 256 dithered colours miss .02 to .05, the
frames of a wipe or a pan .18 and more."""

_FADES_COUNT = 0.5


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

    def weights(self, moments: Sequence[int], delays_ms: Sequence[float]) -> list[float]:
        """Weigh moments so that pictures count for as long as they are shown, and fades for half of it.

        Six moments may all fall on pictures, or half of them on fades, by nothing but chance; and a cut in place of a
        fade shows the right pictures, if too soon.
        """
        starts = sorted([*self.held, *(number for fade in self.fades for number in fade)])
        held = set(self.held)
        still = [starts[bisect_right(starts, number) - 1] in held for number in range(len(delays_ms))]
        times = {kind: sum(ms for ms, at in zip(delays_ms, still, strict=True) if at is kind) for kind in (True, False)}
        times[False] *= _FADES_COUNT
        counts = Counter(still[number] for number in moments)
        return [times[still[number]] / counts[still[number]] for number in moments]


def _spread(fade: tuple[int, ...], most: int) -> tuple[int, ...]:
    count = min(most, len(fade))
    return tuple(fade[(2 * i + 1) * len(fade) // (2 * count)] for i in range(count))


def seen(looks: Sequence[bytes], delays_ms: Sequence[float]) -> Slides | None:
    """Tell a slide show: held pictures differ, and all between them is a fade from one to the next.

    What comes after the last picture, or before the first, fades between these two.
    """
    import numpy as np

    means = [np.frombuffer(look, dtype=np.uint8).astype(np.float32).reshape(-1, 3) for look in looks]
    starts = _starts(means)
    times = [sum(delays_ms[start:end]) for start, end in pairwise([*starts, len(means)])]
    held = tuple(starts[n] for n in _timed(times))
    if not held:
        return None
    pictures = [*held, held[0]]
    fades = []
    for one, other in pairwise(pictures):
        between = [n for n in starts if (one < n < other if other > one else n > one or n < other)]
        if not _fade(means[one], means[other], [means[n] for n in between]):
            return None
        if between:
            fades.append(tuple(between))
    return Slides(held, tuple(fades)) if fades else None


def _starts(means: list[NDArray[np.float32]]) -> list[int]:
    """Give the frames with which something else is to be seen."""
    import numpy as np

    starts = [0]
    for number, mean in enumerate(means):
        if float(np.abs(mean - means[starts[-1]]).max()) > _SAME:
            starts.append(number)
    return starts


def _timed(times_ms: list[float]) -> list[int]:
    """Give the numbers of the pictures that are held, by their times; none where it is no slide show by these."""
    if len(times_ms) < 4:
        return []
    median = sorted(times_ms)[len(times_ms) // 2]
    held = [n for n, time_ms in enumerate(times_ms) if time_ms >= max(_TIMES * median, _HELD_MS)]
    mostly = sum(times_ms[n] for n in held) >= _MOSTLY * sum(times_ms)
    return held if len(held) > 1 and mostly else []


def _fade(one: NDArray[np.float32], other: NDArray[np.float32], between: list[NDArray[np.float32]]) -> bool:
    import numpy as np

    if float(np.abs(other - one).mean()) < _DIFFERENT:
        return not between  # after the last picture there may be nothing, and it may be the first once more
    shapes = np.stack([_shape(one), _shape(other)], axis=1)
    most = _UNMIXED * float(np.abs(shapes[:, 1] - shapes[:, 0]).mean())
    return all(_unmixed(_shape(look), shapes) <= most for look in between)


def _unmixed(shape: NDArray[np.float32], shapes: NDArray[np.float32]) -> float:
    """Give the mean distance of a shape from the nearest mixture of two others."""
    import numpy as np

    shares = np.clip(np.linalg.lstsq(shapes, shape, rcond=None)[0], 0.0, 1.0)
    shares /= max(1.0, float(shares.sum()))
    return float(np.abs(shape - shapes @ shares).mean())


def _shape(look: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give what a colour mixed into all places leaves as it is, but for its strength."""
    shape: NDArray[np.float32] = (look - look.mean(axis=0)).reshape(-1)
    return shape
