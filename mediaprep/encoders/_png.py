"""What the encoders of PNG share: qualities as numbers of colours, and palettes of a picture's own colours."""

from __future__ import annotations

import math
from typing import Any

LOSSLESS = 100.0
"""The quality that keeps every pixel; below it the palette shrinks (256 colours at 99.9, 2 at 0)."""


def colours_at(quality: float) -> int | None:
    """Map quality to a palette: None for lossless, else 2 to 256 colours, evenly in bits."""
    if quality >= LOSSLESS:
        return None
    return max(2, min(256, round(math.pow(2.0, 1.0 + 7.0 * max(quality, 0.0) / 99.9))))


def exact_palette(picture: Any, colours: list[tuple[int, int, int]]) -> Any:
    """Give an RGB picture as indices of its own colours, in a fixed order."""
    import numpy as np
    from PIL import Image as images

    flat = np.asarray(picture, dtype=np.uint32)
    keys = (flat[..., 0] << 16) | (flat[..., 1] << 8) | flat[..., 2]
    table = np.array(sorted((r << 16) | (g << 8) | b for r, g, b in colours), dtype=np.uint32)
    result = images.fromarray(np.searchsorted(table, keys).astype(np.uint8))
    result.putpalette([part for key in table.tolist() for part in (key >> 16, key >> 8 & 255, key & 255)])
    return result
