"""Likeness of an animation's rendition to its asset: a few moments of both, side by side."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, ClassVar

from mediaprep.kinds import Step
from mediaprep.score import Scorer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

METRIC = "mediaprep-moving/1"


class Judge:
    """Some frames of an asset at one view size, and when they are shown."""

    MOMENTS: ClassVar[int] = 6

    def __init__(self, views: dict[int, NDArray[np.uint8]], delays_ms: tuple[float, ...], view_long_edge: int) -> None:
        """Take frames by their numbers."""
        from PIL import Image as images

        starts = [0.0]
        for delay in delays_ms:
            starts.append(starts[-1] + delay)
        self._moments = [(starts[number] + starts[number + 1]) / 2 for number in sorted(views)]
        self._scorers = [Scorer(images.fromarray(views[number]), view_long_edge) for number in sorted(views)]

    def likeness(self, data: bytes, step: Step) -> float:
        """Give the mean score of the moments as stills, 0 to 100."""
        from PIL import Image as images

        total = 0.0
        with images.open(io.BytesIO(data), formats=("GIF",)) as rendition:
            number, end = 0, float(rendition.info.get("duration", 0))
            count = getattr(rendition, "n_frames", 1)
            for moment, scorer in zip(self._moments, self._scorers, strict=True):
                while end <= moment and number + 1 < count:
                    number += 1
                    rendition.seek(number)
                    end += float(rendition.info.get("duration", 0))
                shown = rendition.convert("RGB")
                if step.canvas is not None and step.width is not None and step.height is not None:
                    left, top = (step.canvas[0] - step.width) // 2, (step.canvas[1] - step.height) // 2
                    shown = shown.crop((left, top, left + step.width, top + step.height))
                total += scorer.score(shown)
        return total / len(self._scorers)

    def score(self, data: bytes, step: Step) -> float:
        """Give the likeness on the scale of moving pictures."""
        return self.likeness(data, step)
