"""Primaries and a white point stated as chromaticities (PNG's cHRM; third edition, 11.3.2.1), brought to sRGB's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy import ndarray
    from PIL.Image import Image

    Numbers = ndarray[Any, Any]

_SRGB = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
"""White, red, green and blue of sRGB, x and y each (IEC 61966-2-1)."""

_TOLERANCE = 0.01
"""Rounding by writers stays under this; Display P3's red is 0.04 away, Adobe RGB's green 0.11."""

_BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
"""Cones' answers to XYZ, in which one white is made another (ICC.1 annex E)."""

_BAND_PIXELS = 1_000_000
"""Turned at a time: linear light takes 12 bytes a pixel."""


def to_srgb_light(stated: object) -> Numbers | None:
    """Give what turns linear light of stated primaries into sRGB's; None where they are that, or no primaries."""
    import numpy as np

    if not isinstance(stated, tuple) or len(stated) != 8:
        return None
    if all(abs(one - other) < _TOLERANCE for one, other in zip(stated, _SRGB, strict=True)):
        return None
    try:
        source, target = _to_xyz(stated), _to_xyz(_SRGB)
        cones = np.array(_BRADFORD)
        whites = [cones @ matrix.sum(axis=1) for matrix in (source, target)]
        adapted = np.linalg.inv(cones) @ np.diag(whites[1] / whites[0]) @ cones
        matrix: Numbers = np.linalg.inv(target) @ adapted @ source
    except (np.linalg.LinAlgError, ZeroDivisionError):
        return None
    return matrix if bool(np.isfinite(matrix).all()) else None


def _to_xyz(stated: tuple[float, ...]) -> Numbers:
    """Build the matrix from linear light to XYZ, of which white has a luminance of 1."""
    import numpy as np

    white, *primaries = ((x / y, 1.0, (1 - x - y) / y) for x, y in zip(stated[::2], stated[1::2], strict=True))
    columns = np.array(primaries).T
    matrix: Numbers = columns * np.linalg.solve(columns, np.array(white))
    return matrix


def turned(image: Image, light: Numbers, matrix: Numbers, encoded: Callable[[Numbers], Numbers]) -> Image:
    """Turn an RGB or RGBA picture, whose levels mean such linear light, into sRGB."""
    import numpy as np
    from PIL import Image as images

    done = images.new("RGB", image.size)
    rows = max(1, _BAND_PIXELS // image.width)
    table, turn = light.astype(np.float32), matrix.T.astype(np.float32)
    for top in range(0, image.height, rows):
        box = (0, top, image.width, min(top + rows, image.height))
        linear = np.clip(table[np.asarray(image.crop(box).convert("RGB"))] @ turn, 0.0, 1.0)
        done.paste(images.fromarray(np.rint(255 * encoded(linear)).astype(np.uint8)), box)
    if image.mode == "RGBA":
        done.putalpha(image.getchannel("A"))
    return done
