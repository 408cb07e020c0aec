"""Bar codes and QR codes in a picture: which ones a phone would read, and whether they still read afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

Code = tuple[str, str]
"""A symbology and the text it carries."""

Box = tuple[int, int, int, int]

_BLOCK = 12
_RANGE = 80
"""The least difference between ink and paper, of 255, in a block that may be part of a code."""
_TWO_TONE = 0.66
"""Share of a block's pixels in the darkest or brightest quarter of its range. With these numbers, of 112 printed
codes that read (six symbologies, modules of 2 to 24 pixels, three angles, on photographs 1920 pixels long), six
were passed over, none of them larger than 58 pixels, 36 at the view. On 34 photographs without a code the reader
took an eighth of the time that it takes on the whole."""

_FEWEST_BLOCKS = 4

_AROUND = 4
"""Blocks around what looks like a code that are read with it: its quiet zone, and the modules that fill blocks."""

_FAR = 3

_MOST_PLACES = 12
_MOST_SHARE = 0.7


def codes_in(pixels: Any, look_long_edge: int) -> frozenset[Code]:
    """Read every code in a picture (rows x columns x bands of bytes); nothing where the reader is missing.

    A look for two-toned blocks in every so manieth pixel comes first (2 ms). The reader itself takes 20-90 ms on
    a photograph, more than all the rest of a fit, and finds nothing in most of them: it reads only where a code
    may be, and looks twice: the modules of a large code fill whole blocks, but not from three times as far.
    """
    import numpy as np

    step = max(1, round(max(pixels.shape[:2]) / look_long_edge))
    small = _grey(pixels[::step, ::step])
    found: frozenset[Code] = frozenset()
    for left, top, right, bottom in places_of_codes(small[::_FAR, ::_FAR]):  # large modules: read from afar, too
        found |= _read(np.ascontiguousarray(small[top * _FAR : bottom * _FAR, left * _FAR : right * _FAR]))
    for left, top, right, bottom in places_of_codes(small):
        found |= _read(_grey(pixels[top * step : bottom * step, left * step : right * step]))
    return found


def _grey(pixels: Any) -> Any:
    """Weigh the bands as brightness roughly does, which is enough to tell ink from paper."""
    import numpy as np

    if pixels.ndim == 2:
        return pixels
    half = pixels[..., 0] // 2
    half += pixels[..., 2] // 2
    half //= 2
    half += pixels[..., 1] // 2
    return half.astype(np.uint8, copy=False)


def read_codes(image: Image) -> frozenset[Code]:
    """Read every code in a picture, without looking first."""
    return _read(image if image.mode == "L" else image.convert("L"))


def _read(grey: Any) -> frozenset[Code]:
    try:
        import zxingcpp
    except (ImportError, OSError):
        return frozenset()
    found = zxingcpp.read_barcodes(grey, try_rotate=True)
    return frozenset((str(code.format), code.text) for code in found if code.text)


def places_of_codes(small: Any) -> tuple[Box, ...]:
    """Give where codes may be: around neighbouring two-toned blocks, as codes of every kind are at every angle.

    ``small`` holds rows x columns of brightness, 0 to 255; boxes are (left, top, right, bottom) in its pixels, one
    for each group of blocks, or one for the whole where there are many groups or they cover most of it.
    """
    import numpy as np

    height, width = small.shape
    whole = ((0, 0, width, height),)
    rows, columns = height // _BLOCK, width // _BLOCK
    if rows < 6 or columns < 6:
        return whole  # so small that reading it costs less than looking
    bands = np.ascontiguousarray(small[: rows * _BLOCK, : columns * _BLOCK]).reshape(rows, _BLOCK, columns * _BLOCK)
    dark = bands.min(axis=1).reshape(rows, columns, _BLOCK).min(axis=2)  # along rows first: ten times faster
    bright = bands.max(axis=1).reshape(rows, columns, _BLOCK).max(axis=2)
    blocks = bands.reshape(rows, _BLOCK, columns, _BLOCK)
    lively = np.argwhere(bright.astype(np.int16) - dark >= _RANGE)
    if lively.shape[0] < _FEWEST_BLOCKS:
        return ()
    chosen = blocks.transpose(0, 2, 1, 3)[lively[:, 0], lively[:, 1]].reshape(-1, _BLOCK * _BLOCK)
    low, high = dark[lively[:, 0], lively[:, 1], None], bright[lively[:, 0], lively[:, 1], None]
    quarter = (high - low) // 4
    extreme = ((chosen < low + quarter) | (chosen > high - quarter)).mean(axis=1)
    share_dark = (chosen < low + (high - low) // 2).mean(axis=1)
    two_toned = (extreme >= _TWO_TONE) & (share_dark > 0.2) & (share_dark < 0.8)
    grid = np.zeros((rows, columns), dtype=np.int8)
    grid[lively[two_toned, 0], lively[two_toned, 1]] = 1
    pairs = grid[:-1, :-1] + grid[1:, :-1] + grid[:-1, 1:] + grid[1:, 1:]
    boxes = _grouped(
        [
            (x - _AROUND, y - _AROUND, x + 2 + _AROUND, y + 2 + _AROUND)
            for y, x in np.argwhere(pairs >= _FEWEST_BLOCKS).tolist()
        ]
    )
    covered = sum((right - left) * (bottom - top) for left, top, right, bottom in boxes)
    if len(boxes) > _MOST_PLACES or covered > _MOST_SHARE * rows * columns:
        return whole
    return tuple(
        (max(0, x0) * _BLOCK, max(0, y0) * _BLOCK, min(x1 * _BLOCK, width), min(y1 * _BLOCK, height))
        for x0, y0, x1, y1 in boxes
    )


def _grouped(boxes: list[Box]) -> list[Box]:
    """Join boxes that touch until none do."""
    groups: list[Box] = []
    for box in boxes:
        one = box
        while touching := [
            g for g in groups if g[0] <= one[2] and one[0] <= g[2] and g[1] <= one[3] and one[1] <= g[3]
        ]:
            groups = [g for g in groups if g not in touching]
            edges = [one, *touching]
            one = (
                min(b[0] for b in edges), min(b[1] for b in edges), max(b[2] for b in edges), max(b[3] for b in edges)
            )  # fmt: skip
        groups.append(one)
    return groups
