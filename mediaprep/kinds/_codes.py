"""Bar codes and QR codes in a picture: which ones a phone would read, and whether they still read afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

Code = tuple[str, str]
"""A symbology and the text it carries."""

_BLOCK = 12
_RANGE = 80
"""The least difference between ink and paper, of 255, in a block that may be part of a code."""
_TWO_TONE = 0.66
"""Share of a block's pixels in the darkest or brightest quarter of its range. With these numbers none of 174
printed codes that read (six symbologies, modules of 2 to 6 pixels, three angles) was passed over, and 28 of
54 photographs were spared the reader. Missed can be a code under 30 pixels wide, which no phone scans off a screen."""

_FEWEST_BLOCKS = 4


def codes_in(image: Image, smaller: Image) -> frozenset[Code]:
    """Read every code in a picture; nothing where the reader is missing.

    A look for two-toned blocks in a smaller copy comes first (1-2 ms); the reader itself takes 20-90 ms on a
    photograph, more than all the rest of a fit, and finds nothing in most of them.
    """
    if not might_hold_code(smaller.convert("L")):
        return frozenset()
    return read_codes(image)


def read_codes(image: Image) -> frozenset[Code]:
    """Read every code in a picture, without looking first."""
    try:
        import zxingcpp
    except (ImportError, OSError):
        return frozenset()
    grey = image if image.mode == "L" else image.convert("L")
    found = zxingcpp.read_barcodes(grey, try_rotate=True)
    return frozenset((str(code.format), code.text) for code in found if code.text)


def might_hold_code(grey: Image) -> bool:
    """Say whether some neighbouring blocks are two-toned, as codes of every kind are at every angle."""
    import numpy as np

    small = np.asarray(grey)
    rows, columns = small.shape[0] // _BLOCK, small.shape[1] // _BLOCK
    if rows < 6 or columns < 6:
        return True  # so small that reading it costs less than looking
    bands = np.ascontiguousarray(small[: rows * _BLOCK, : columns * _BLOCK]).reshape(rows, _BLOCK, columns * _BLOCK)
    dark = bands.min(axis=1).reshape(rows, columns, _BLOCK).min(axis=2)  # along rows first: ten times faster
    bright = bands.max(axis=1).reshape(rows, columns, _BLOCK).max(axis=2)
    blocks = bands.reshape(rows, _BLOCK, columns, _BLOCK)
    lively = np.argwhere(bright.astype(np.int16) - dark >= _RANGE)
    if lively.shape[0] < _FEWEST_BLOCKS:
        return False
    chosen = blocks.transpose(0, 2, 1, 3)[lively[:, 0], lively[:, 1]].reshape(-1, _BLOCK * _BLOCK)
    low, high = dark[lively[:, 0], lively[:, 1], None], bright[lively[:, 0], lively[:, 1], None]
    quarter = (high - low) // 4
    extreme = ((chosen < low + quarter) | (chosen > high - quarter)).mean(axis=1)
    share_dark = (chosen < low + (high - low) // 2).mean(axis=1)
    two_toned = (extreme >= _TWO_TONE) & (share_dark > 0.2) & (share_dark < 0.8)
    grid = np.zeros((rows, columns), dtype=np.int8)
    grid[lively[two_toned, 0], lively[two_toned, 1]] = 1
    pairs = grid[:-1, :-1] + grid[1:, :-1] + grid[:-1, 1:] + grid[1:, 1:]
    return bool((pairs >= _FEWEST_BLOCKS).any())
