"""Indices of a GIF's frame that give back every colour: in the table that all share, or in one of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediaprep.encoders import _gif_blocks as blocks
from mediaprep.encoders import _gif_palette as palettes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_COLOURS = 255
"""One of the 256 indices says "as before"."""


def indices(
    pixels: NDArray[np.uint8], mask: NDArray[np.bool_] | None, common: NDArray[np.uint32], bits: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None, int]:
    """Give indices into the common table, or into a table of the frame's own (given too) with its bits."""
    import numpy as np

    keys = palettes.packed(pixels)
    wanted = np.unique(keys if mask is None else keys[mask])
    places = np.searchsorted(common, wanted).clip(max=len(common) - 1)
    if bool((common[places] == wanted).all()):
        return np.searchsorted(common, keys).astype(np.uint8), None, bits
    if len(wanted) <= MOST_COLOURS + (mask is None):
        table = palettes.unpacked(wanted)
        entries = len(table) + (mask is not None)
        placed = np.searchsorted(wanted, keys).clip(max=len(wanted) - 1).astype(np.uint8)
        return placed, table, blocks.code_size(entries)
    near = palettes.chosen((pixels,), MOST_COLOURS)
    return near.indices(pixels), near.colours, blocks.code_size(len(near) + 1)
