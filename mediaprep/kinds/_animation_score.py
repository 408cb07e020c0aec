"""Likeness of an animation's rendition to its asset: a few moments of both, side by side, on the scale of clips."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from mediaprep.kinds import Step
from mediaprep.kinds._clip_score import on_scale
from mediaprep.kinds._colour import flattened
from mediaprep.score import Scorer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

METRIC = "mediaprep-moving/1"

PHONE_VMAF = (
    (0.0, 38.0), (3.0, 56.0), (10.0, 70.0), (20.0, 79.5), (30.0, 87.0), (40.0, 92.5), (50.0, 96.0), (60.0, 98.5),
    (72.0, 99.7), (100.0, 100.0),
)  # fmt: skip
"""Mean likeness of the moments, as stills are judged, to phone VMAF (libvmaf 0.6.1, phone transform) of frames
aligned in time. Fitted to 57 renditions of 9 GIFs at 2 to 60 % of their bytes; left out one by one, a GIF is
predicted with a median error of 2.7 points, 13 at the 90th percentile. At a likeness of 0 VMAF lay at 0 to 66."""


class Judge:
    """Some frames of an asset at one view size, and when they are shown."""

    MOMENTS: ClassVar[int] = 6

    def __init__(
        self,
        views: dict[int, NDArray[np.uint8]],
        delays_ms: tuple[float, ...],
        view_long_edge: int,
        background: tuple[int, int, int] = (255, 255, 255),
    ) -> None:
        """Take frames by their numbers, and the colour that they and the rendition are looked at on."""
        from PIL import Image as images

        self._background = background
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
                shown = flattened(rendition.convert("RGBA"), self._background)[0].convert("RGB")
                if step.canvas is not None and step.width is not None and step.height is not None:
                    left, top = (step.canvas[0] - step.width) // 2, (step.canvas[1] - step.height) // 2
                    shown = shown.crop((left, top, left + step.width, top + step.height))
                total += scorer.score(shown)
        return total / len(self._scorers)

    def score(self, data: bytes, step: Step) -> float:
        """Give the likeness on the scale of moving pictures: what is the same in all moments is 100."""
        return of_moments(self.likeness(data, step))


def of_moments(likeness: float) -> float:
    """Bring the mean likeness of some moments to the scale of moving pictures, on which 90 is not told apart."""
    return 100.0 if likeness >= 99.95 else on_scale(phone_vmaf(likeness))


def phone_vmaf(likeness: float) -> float:
    """Give the phone VMAF that is expected of a mean likeness: straight lines between the points."""
    for (low, under), (high, over) in pairwise(PHONE_VMAF):
        if likeness <= high:
            return under + (over - under) * (likeness - low) / (high - low)
    return PHONE_VMAF[-1][1]
