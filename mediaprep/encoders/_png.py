"""What the encoders of PNG share: qualities as numbers of colours, palettes of a picture's own, and the quantiser."""

from __future__ import annotations

import io
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


def quantised(picture: Any, colours: int, *, dither: float, effort: int) -> Any:
    """Reduce an L or RGB picture to a palette with libvips' quantiser, reached through its GIF writer.

    Its PNG writer takes 2, 4, 16 or 256 colours only; GIF's takes every power of two. Raises ImportError or OSError
    where libvips is missing.
    """
    import pyvips
    from PIL import Image as images

    image = pyvips.Image.new_from_memory(
        picture.tobytes(), picture.width, picture.height, len(picture.getbands()), "uchar"
    ).copy(interpretation="b-w" if picture.mode == "L" else "srgb")
    data = image.gifsave_buffer(bitdepth=max(1, (colours - 1).bit_length()), dither=dither, effort=effort)
    with images.open(io.BytesIO(data), formats=("GIF",)) as made:
        made.load()
        made.info.clear()
        return made.copy()
