"""How much of a clip's detail smaller dimensions lose: a few key frames, made smaller and large again.

Bits alone do not tell the best dimensions: a soft film loses nothing at 288 lines, a crisp one is blurred there.
Once the first turn has told how coarsely the clip is coded, the same frames show what of it would be seen.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from mediaprep.kinds import _clip_coarse as coarse

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

LOOKED_AT = (0.15, 0.5, 0.85)
"""Where in the clip the frames are taken, as shares of its length."""

LONG_EDGE = 1280
"""The size at which frames are looked at, a phone held across: what the constants of the choice were fitted with."""

_WINDOW = 640
"""The middle of a frame, of at most this many columns and lines, stands for the whole."""

_BICUBIC = 3
"""Pillow's number for it: its module is not loaded before it is needed."""

_SCALES = 3
"""How often a frame is looked at, each time at half the lines, as VMAF does. Where quantisers are known, the rung that
the whole size alone chooses is 0.74 points of phone VMAF behind the best in the mean of 35 ladders (3.8 at most), so
0.59 (3.0)."""

_BLANK = 0.3
"""Mean steps across and down under which a frame is blank: black before the film, a fade."""


class Detail:
    """The detail of a few frames: brightness alone, of shape (how many, lines, columns), as large as they are shown."""

    def __init__(self, frames: NDArray[np.uint8]) -> None:
        """Keep the middle of each frame that shows something."""
        from PIL import Image as images

        self._lines, self._columns = frames.shape[1:]
        self._wide, self._high = min(_WINDOW, self._columns), min(_WINDOW, self._lines)
        left, top = (self._columns - self._wide) // 2, (self._lines - self._high) // 2
        parts = [images.fromarray(frame[top : top + self._high, left : left + self._wide]) for frame in frames]
        steps = [_steps(part) for part in parts]
        self._parts = [part for part, own in zip(parts, steps, strict=True) if own >= _BLANK]
        self._whole = sum(own for own in steps if own >= _BLANK)
        self._lost: dict[tuple[int, int], float] = {}
        self._smaller: dict[tuple[int, int], list[Image]] = {}

    @property
    def blank(self) -> bool:
        """Whether the frames show nothing, or there are none."""
        return not self._parts

    def lost(self, width: int, height: int) -> float:
        """Give the share of all brightness steps between neighbours that is gone at ``width`` x ``height``, 0 to 1."""
        if self.blank:
            return 0.0
        size = self._size_of(width, height)
        if size not in self._lost:
            kept = sum(_steps(small.resize(part.size)) for part, small in self._at(size))
            self._lost[size] = max(0.0, 1.0 - kept / self._whole)
        return self._lost[size]

    def kept(self, width: int, height: int, quantiser: float) -> float:
        """Give the share of the frames' information that is seen of ``width`` x ``height`` at a quantiser, 0 to 1.

        Pixel VIF at three scales, each of which counts as much as the others. About 20 ms of CPU for three frames of
        640x640: less than a first turn, which it may spare.
        """
        import numpy as np
        from PIL import Image as images

        kept, whole = np.zeros(_SCALES), np.zeros(_SCALES)
        for (part, small), sources in zip(self._at(self._size_of(width, height)), self._sources, strict=True):
            shown = images.fromarray(coarse.coarsened(np.asarray(small), quantiser)).resize(part.size, _BICUBIC)
            for scale, source in enumerate(sources):
                kept[scale] += coarse.information(source, np.asarray(shown.reduce(2**scale)))
                whole[scale] += source.information
        told = whole > 0
        return float((kept[told] / whole[told]).mean()) if told.any() else 1.0

    @cached_property
    def _sources(self) -> list[list[coarse.Known]]:
        """Each frame's middle at every scale."""
        import numpy as np

        return [[coarse.known(np.asarray(part.reduce(2**scale))) for scale in range(_SCALES)] for part in self._parts]

    def _at(self, size: tuple[int, int]) -> list[tuple[Image, Image]]:
        """Give each frame's middle, and the same made smaller."""
        if size not in self._smaller:
            self._smaller[size] = [part.resize(size, _BICUBIC) for part in self._parts]
        return list(zip(self._parts, self._smaller[size], strict=True))

    def _size_of(self, width: int, height: int) -> tuple[int, int]:
        """Give the size of a frame's middle where the whole has these dimensions."""
        return max(1, round(self._wide * width / self._columns)), max(1, round(self._high * height / self._lines))


def _steps(image: Image) -> float:
    """Add up the differences of neighbours across and down."""
    import numpy as np

    lights = np.asarray(image, dtype=np.int16)
    return float(np.abs(np.diff(lights, axis=1)).mean() + np.abs(np.diff(lights, axis=0)).mean())
