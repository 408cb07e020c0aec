"""Frames made smaller: only the rows that changed since the frame before, which is little on a recorded screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaprep.encoders._moving import rows_touched
from mediaprep.kinds._still_shape import Size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


_MARGIN_ROWS = 7
"""Lanczos looks three rows of the result up and down, sharpening three more; a band is scaled with so many more rows
and they are cut."""

_SHARPENED, _FULL_BELOW = 0.5, 0.7
"""What a phone blurs again as it scales footage up to its screen: the difference from a blur of 0.6 pixels. Measured
on four clips at 12 % of their bytes and equal bytes: +2.0 phone VMAF, +1.5 of the VMAF that gives no credit for
enhancement (0.6.1neg), +0.8 on SSIMULACRA2's scale; from a blur of 0.8 on the latter two fall. In full up to this
scale, less above it."""

_BLUR = (0.0277, 0.1112, 0.0277, 0.1112, 0.4444, 0.1112, 0.0277, 0.1112, 0.0277)
"""A Gaussian of 0.6 pixels on nine. As one kernel it costs a tenth of Pillow's UnsharpMask."""

_WORTH = 0.7
"""Of all rows: above this share the whole frame is scaled."""


class Scaler:
    """Scales the frames of one animation, in their order, to one size."""

    def __init__(self, size: Size, *, sharpened: bool = False) -> None:
        """Remember the size; the first frame is scaled whole."""
        self._size = size
        self._sharpened = sharpened
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
            self._made = self._resized(pixels, self._size, None)
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
            return self._resized(pixels, self._size, None)
        above, below = max(0, top - _MARGIN_ROWS), min(self._size[1], bottom + _MARGIN_ROWS)
        box = (0.0, above * ratio, float(width), min(below * ratio, float(height)))
        band = self._resized(pixels, (self._size[0], below - above), box)
        patched = made.copy()
        patched[top:bottom] = band[top - above : bottom - above]
        return patched

    def _resized(
        self, pixels: NDArray[np.uint8], size: Size, box: tuple[float, float, float, float] | None
    ) -> NDArray[np.uint8]:
        import numpy as np
        from PIL import Image as images
        from PIL import ImageFilter

        height, width = pixels.shape[:2]
        mode = "RGB" if pixels.shape[2] == 3 else "RGBA"  # which Pillow scales with its colours weighed by alpha
        picture = images.frombuffer(mode, (width, height), np.ascontiguousarray(pixels), "raw", mode, 0, 1)
        scaled = picture.resize(size, images.Resampling.LANCZOS, box=box)
        scale = self._size[0] / width
        if self._sharpened and mode == "RGB" and scale < 1.0:
            amount = _SHARPENED * min(1.0, (1.0 - scale) / (1.0 - _FULL_BELOW))
            kernel = [-amount * weight for weight in _BLUR]
            kernel[4] += 1.0 + amount
            scaled = scaled.filter(ImageFilter.Kernel((3, 3), kernel, scale=1.0))
        return np.asarray(scaled)
