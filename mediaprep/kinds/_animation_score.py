"""Likeness of an animation's rendition to its asset: a few moments of both, side by side, on the scale of clips."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from mediaprep.kinds import Step
from mediaprep.kinds._animation_dial import RECORDED, Content
from mediaprep.kinds._colour import flattened
from mediaprep.phone_vmaf import of_moments
from mediaprep.score import Scorer, likeness

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

METRIC = "mediaprep-moving/1"

MOST_VIEWED = 480
"""Pixels of the long edge that are looked at, at most: at 480 likeness foretells phone VMAF best (a median error, files
left out one by one, of 2.4 points; 5.5 at 1200, 4.8 at 320), for it averages away the dither of old GIFs."""


def viewed(view_long_edge: int, content: Content) -> int:
    """Give the long edge at which moments are judged: a recording's text must be read at the size that it is seen.

    Three recordings at a sixth of their dimensions have phone VMAF 1, 21 and 27; looked at 480 pixels they were
    taken for 71, 78 and 84, at the view's 1200 for 61, 56 and 46 (over 15 renditions a mean error of 17 and 14).
    """
    return view_long_edge if content in RECORDED else min(view_long_edge, MOST_VIEWED)


class Judge:
    """Some frames of an asset at one view size, and when they are shown."""

    def __init__(
        self,
        views: dict[int, NDArray[np.uint8]],
        delays_ms: tuple[float, ...],
        long_edge: int,
        background: tuple[int, int, int] = (255, 255, 255),
    ) -> None:
        """Take frames by their numbers, the size to look at them, and the colour that they are looked at on."""
        from PIL import Image as images

        self._background = background
        starts = [0.0]
        for delay in delays_ms:
            starts.append(starts[-1] + delay)
        self._moments = [(starts[number] + starts[number + 1]) / 2 for number in sorted(views)]
        self._scorers = [Scorer(images.fromarray(views[number]), long_edge) for number in sorted(views)]

    def alike(self, data: bytes, step: Step) -> list[float]:
        """Give the likeness of each moment as a still: 100 at most, under 0 where little is left."""
        from PIL import Image as images

        found = []
        with images.open(io.BytesIO(data), formats=("GIF",)) as rendition:
            number, end = 0, float(rendition.info.get("duration", 0))
            count = getattr(rendition, "n_frames", 1)
            for moment, scorer in zip(self._moments, self._scorers, strict=True):
                while end <= moment and number + 1 < count:
                    number += 1
                    rendition.seek(number)
                    end += float(rendition.info.get("duration", 0))
                shown = flattened(rendition.convert("RGBA"), self._background)[0].convert("RGB")
                if step.canvas is not None and step.width is not None and step.height is not None:
                    left, top = (step.canvas[0] - step.width) // 2, (step.canvas[1] - step.height) // 2
                    shown = shown.crop((left, top, left + step.width, top + step.height))
                found.append(likeness(scorer.faults(shown)))
        return found

    def score(self, data: bytes, step: Step, weights: list[float] | None = None) -> float:
        """Give the score on the scale of moving pictures: what is the same in all moments is 100."""
        return of_moments(self.alike(data, step), weights)
