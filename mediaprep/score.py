"""How alike a still rendition and its asset look at the size at which a phone shows them, 0 to 100."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

METRIC = "mediaprep-view/0"


class Scorer:
    """Judges renditions of one picture by the root mean square error of brightness at the view size."""

    def __init__(self, reference: Image, view_long_edge: int) -> None:
        """Reduce the reference to the view; a smaller one stays as it is."""
        scale = min(1.0, view_long_edge / max(reference.size))
        size = (max(1, round(reference.width * scale)), max(1, round(reference.height * scale)))
        self._reference = reference.convert("L").resize(size)

    def score(self, rendition: Image) -> float:
        """Give 100 for the same picture, less for what differs."""
        import numpy as np

        seen = np.asarray(rendition.convert("L").resize(self._reference.size), dtype=float)
        error = float(np.sqrt(((np.asarray(self._reference, dtype=float) - seen) ** 2).mean()))
        return float(max(0.0, min(100.0, 100.0 - 4.0 * error)))
