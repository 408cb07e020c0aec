"""Frames made smaller: only the rows that changed since the frame before, which is little on a recorded screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaprep.encoders._moving import rows_touched

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Size = tuple[int, int]

_MARGIN_ROWS = 4
"""Lanczos looks three rows of the result up and down; a band is scaled with this many more and they are cut."""

_WORTH = 0.7
"""Of all rows: above this share the whole frame is scaled."""


class Scaler:
    """Scales the frames of one animation, in their order, to one size."""

    def __init__(self, size: Size) -> None:
        """Remember the size; the first frame is scaled whole."""
        self._size = size
        self._before: NDArray[np.uint8] | None = None
        self._made: NDArray[np.uint8] | None = None

    def scaled(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Give the frame at the size; nobody may change it."""
        height, width = pixels.shape[:2]
        if (width, height) == self._size:
            return pixels
        before, made = self._before, self._made
        self._before = pixels
        if before is None or made is None:
            self._made = _resized(pixels, self._size, None)
            return self._made
        touched = rows_touched(before, pixels)
        if touched is None:
            return made
        self._made = self._patched(pixels, made, touched)
        return self._made

    def _patched(
        self, pixels: NDArray[np.uint8], made: NDArray[np.uint8], touched: tuple[int, int]
    ) -> NDArray[np.uint8]:
        height, width = pixels.shape[:2]
        ratio = height / self._size[1]
        top = max(0, int(touched[0] / ratio) - _MARGIN_ROWS)
        bottom = min(self._size[1], int(touched[1] / ratio) + 1 + _MARGIN_ROWS)
        if bottom - top > _WORTH * self._size[1]:
            return _resized(pixels, self._size, None)
        above, below = max(0, top - _MARGIN_ROWS), min(self._size[1], bottom + _MARGIN_ROWS)
        box = (0.0, above * ratio, float(width), min(below * ratio, float(height)))
        band = _resized(pixels, (self._size[0], below - above), box)
        patched = made.copy()
        patched[top:bottom] = band[top - above : bottom - above]
        return patched


def _resized(pixels: NDArray[np.uint8], size: Size, box: tuple[float, float, float, float] | None) -> NDArray[np.uint8]:
    import numpy as np
    from PIL import Image as images

    height, width = pixels.shape[:2]
    picture = images.frombuffer("RGB", (width, height), np.ascontiguousarray(pixels), "raw", "RGB", 0, 1)
    return np.asarray(picture.resize(size, images.Resampling.LANCZOS, box=box))
