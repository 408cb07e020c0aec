"""What a drawing needs, by the frames that are judged: the bytes of every pixel of all frames, the colours of areas."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from mediaprep.encoders import Encoder
from mediaprep.encoders import _gif_palette as palettes
from mediaprep.encoders._gif_exact import MOST_COLOURS
from mediaprep.encoders._moving import Moving
from mediaprep.encoders.gif_numpy import EXACT
from mediaprep.kinds._animation_motion import Motion
from mediaprep.kinds._still_shape import Size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


_FLAT = 0.9
"""Equal neighbours from which something is drawn, not filmed: of other things every pixel takes more bytes than a
dial comes to. Stickers and diagrams have .97 to 1."""

_FEW_RECORDED = 64
"""Colours of a recording up to which it is drawn like one and has no recorder's noise, which would be kept, too:
terminals that were tried have 200 and more."""

_COUNTED = 60_000
"""Pixels of a frame whose colours are counted, in whole rows."""


def foretold_bytes(motion: Motion, size: Size, views: dict[int, NDArray[np.uint8]], encoder: Encoder) -> float:
    """Give the bytes of one frame, and for each later one the share of it that changes; infinite where that is dear.

    What changes is rarely flatter than the rest: flat drawings take one to three times as much.
    """
    most = _FEW_RECORDED if motion.screen else MOST_COLOURS
    if motion.flat < _FLAT or any(palettes.distinct(pixels, most) is None for pixels in views.values()):
        return float("inf")
    import numpy as np

    none = np.empty((0, 3), dtype=np.uint8)
    sizes = [len(encoder.encode(_still(pixels, size, none), EXACT)) for pixels in views.values()]
    changed = sum(motion.between(one, other) for one, other in pairwise(range(motion.frames)))
    return (1.0 + changed) * sum(sizes) / len(sizes)


def area_colours(views: dict[int, NDArray[np.uint8]]) -> int:
    """Count the colours that have an area in some frame: equal neighbours, a thousandth of its pixels at the least."""
    import numpy as np

    found: set[int] = set()
    for pixels in views.values():
        keys = palettes.packed(pixels[:: max(1, pixels[..., 0].size // _COUNTED)])
        colours, counts = np.unique(keys[:, 1:][keys[:, 1:] == keys[:, :-1]], return_counts=True)
        found.update(colours[counts >= keys.size / 1000].tolist())
    return len(found)


def _still(pixels: NDArray[np.uint8], size: Size, table: NDArray[np.uint8]) -> Moving:
    return Moving(size=size, delays_cs=(0,), plays=1, frames=lambda: iter((pixels,)), table=table)
