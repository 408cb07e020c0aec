"""How much of a clip's detail smaller dimensions lose: a few key frames, made smaller and large again.

Bits alone do not tell the best dimensions: a soft film loses nothing at 288 lines, a crisp one is blurred there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LOOKED_AT = (0.15, 0.5, 0.85)
"""Where in the clip the frames are taken, as shares of its length."""

LONG_EDGE = 1280
"""The size at which frames are looked at, a phone held across: what the constants of the choice were fitted with."""

_WINDOW = 640
"""The middle of a frame, of at most this many columns and lines, stands for the whole."""


_BLANK = 0.3
"""Mean steps across and down under which a frame is blank: black before the film, a fade."""


def lost(frames: NDArray[np.uint8], width: int, height: int) -> float | None:
    """Give the share of all brightness steps between neighbours that is gone at ``width`` x ``height``, 0 to 1.

    ``frames`` are brightness alone, of shape (how many, lines, columns), as large as they will be shown. None where
    they show nothing.
    """
    from PIL import Image as images

    lines, columns = frames.shape[1:]
    wide, high = min(_WINDOW, columns), min(_WINDOW, lines)
    small = (max(1, round(wide * width / columns)), max(1, round(high * height / lines)))
    left, top = (columns - wide) // 2, (lines - high) // 2
    kept = whole = 0.0
    for frame in frames:
        part = frame[top : top + high, left : left + wide]
        again = images.fromarray(part).resize(small, images.Resampling.BICUBIC).resize((wide, high))
        steps = _steps(images.fromarray(part))
        if steps >= _BLANK:
            kept += _steps(again)
            whole += steps
    return max(0.0, 1.0 - kept / whole) if whole else None


def _steps(image: object) -> float:
    """Add up the differences of neighbours across and down."""
    import numpy as np

    lights = np.asarray(image, dtype=np.int16)
    return float(np.abs(np.diff(lights, axis=1)).mean() + np.abs(np.diff(lights, axis=0)).mean())
