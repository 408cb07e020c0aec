"""Bar codes and QR codes in a picture: which ones a phone would read, and whether they still read afterwards."""

from __future__ import annotations

from dataclasses import dataclass
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
codes that read (six symbologies, modules of 2 to 24 pixels, three angles, on photographs 1920 pixels long), five
were passed over, all of them with modules of 2 pixels and not larger than 40, 25 at the view. On 34 photographs
without a code the reader took a seventh of the time that it takes on the whole."""

_FINE = 0.4
"""Changes between ink and paper from pixel to pixel, across and down together, where modules have up to 2.5 pixels."""

_FEWEST_BLOCKS = 4

_AROUND = 4
"""Blocks around what looks like a code that are read with it: its quiet zone, and the modules that fill blocks."""

_QUIET = 0.35
"""What is read again around a code, as a share of its longer side: its quiet zone, and more."""

_FAR = 3

_MOST_PLACES = 12
_MOST_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class Codes:
    """What a picture's codes say, and the boxes of the picture (as shares of its sides) in which they stand."""

    wanted: frozenset[Code] = frozenset()
    places: tuple[tuple[float, float, float, float], ...] = ()
    formats: tuple[Any, ...] = ()
    """The reader's names of the symbologies that are there: to look for these alone takes a tenth of the time."""

    def read_again(self, image: Image) -> frozenset[Code]:
        """Read the codes in a rendition: in their places first, in the whole only where one is missing there."""
        found: frozenset[Code] = frozenset()
        for left, top, right, bottom in self.places:
            box = (left * image.width, top * image.height, right * image.width, bottom * image.height)
            found |= read_codes(image.crop((int(box[0]), int(box[1]), round(box[2]), round(box[3]))), self.formats)
        return found if self.wanted <= found else read_codes(image, self.formats)


def codes_in(image: Image, look_long_edge: int) -> Codes:
    """Read every code in a picture; nothing where the reader is missing.

    A look for two-toned blocks in every so manieth pixel comes first (2 ms). The reader itself takes 20-90 ms on
    a photograph, more than all the rest of a fit, and finds nothing in most of them: it reads only where a code
    may be, and looks twice: the modules of a large code fill whole blocks, but not from three times as far.
    """
    import numpy as np
    from PIL import Image as images

    width, height = image.size
    step = min(max(1, round(max(width, height) / look_long_edge)), width, height)  # a line has no room for a code
    whole = (width // step * step, height // step * step)
    far = (
        image if step == 1 else image.resize((width // step, height // step), images.Resampling.NEAREST, (0, 0, *whole))
    )
    small = np.asarray(_grey(far))
    parts: list[tuple[Box, int, Any]] = []
    for x0, y0, x1, y1 in places_of_codes(small[::_FAR, ::_FAR]):
        box = (_FAR * x0, _FAR * y0, _FAR * x1, _FAR * y1)
        parts.append((box, step, np.ascontiguousarray(small[box[1] : box[3], box[0] : box[2]])))
    read = tuple(box for box, _, _ in parts) if step > 1 else ()
    for box in places_of_codes(small, read):
        left, top, right, bottom = (step * edge for edge in box)
        parts.append((box, 1, _grey(image.crop((left, top, right, bottom)))))
    wanted: dict[Code, tuple[float, float, float, float]] = {}
    formats: list[Any] = []
    for (left, top, _, _), scale, part in parts:
        for code, (x0, y0, x1, y1), symbology in _read(part, smaller_too=scale == step):
            formats.append(symbology)
            about = _QUIET * max(x1 - x0, y1 - y0) * scale
            across = [(left * step + x0 * scale - about) / width, (left * step + x1 * scale + about) / width]
            down = [(top * step + y0 * scale - about) / height, (top * step + y1 * scale + about) / height]
            wanted[code] = (max(across[0], 0.0), max(down[0], 0.0), min(across[1], 1.0), min(down[1], 1.0))
    return Codes(frozenset(wanted), tuple(wanted.values()), tuple(formats))


def read_codes(image: Image, formats: tuple[Any, ...] = ()) -> frozenset[Code]:
    """Read every code in a picture, or those of some symbologies, without looking first."""
    return frozenset(code for code, _, _ in _read(_grey(image), formats))


def _grey(image: Image) -> Image:
    return image if image.mode == "L" else image.convert("L")


def _read(grey: Any, formats: tuple[Any, ...] = (), *, smaller_too: bool = True) -> list[tuple[Code, Box, Any]]:
    """Give each code, the box that it stands in, and its symbology; ``smaller_too`` looks at it reduced as well."""
    try:
        import zxingcpp
    except (ImportError, OSError):
        return []
    found = []
    asked: Any = formats  # its stubs know neither a tuple nor that none means all
    for code in zxingcpp.read_barcodes(grey, formats=asked, try_downscale=smaller_too):
        place = code.position
        corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
        across, down = [corner.x for corner in corners], [corner.y for corner in corners]
        if code.text:
            box = (min(across), min(down), max(across), max(down))
            found.append(((str(code.format), code.text), box, code.format))
    return found


def places_of_codes(small: Any, read: tuple[Box, ...] | None = None) -> tuple[Box, ...]:
    """Give where codes may be: around neighbouring two-toned blocks, as codes of every kind are at every angle.

    With ``read`` the look goes on to small codes, of which two finely patterned blocks are enough to see. In boxes
    that were ``read`` already, at this size, only such codes can be left: large print there is passed over.

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
    quarter, half = (high - low) // 4, (high - low) // 2
    extreme = _share((chosen < low + quarter) | (chosen > high - quarter))
    likely = np.flatnonzero(extreme >= _TWO_TONE)
    share_dark = _share(chosen[likely] < (low + half)[likely])
    two_toned = likely[(share_dark > 0.2) & (share_dark < 0.8)]
    lively, chosen, low, high = lively[two_toned], chosen[two_toned], low[two_toned], high[two_toned]
    ink = (chosen < low + (high - low) // 2).reshape(-1, _BLOCK, _BLOCK)
    fine = (ink[:, :, 1:] != ink[:, :, :-1]).mean(axis=(1, 2)) + (ink[:, 1:] != ink[:, :-1]).mean(axis=(1, 2)) >= _FINE
    worth = np.where(fine & (read is not None), 2, 1)
    for left, top, right, bottom in read or ():
        y, x = _BLOCK * lively[:, 0], _BLOCK * lively[:, 1]
        worth[(left <= x) & (x < right) & (top <= y) & (y < bottom) & ~fine] = 0
    grid = np.zeros((rows, columns), dtype=np.int8)
    grid[lively[:, 0], lively[:, 1]] = worth
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


def _share(where: Any) -> Any:
    """Give the share of true values in each row: as a product of matrices, a third of the time of a mean."""
    import numpy as np

    return where.astype(np.float32) @ np.full(where.shape[1], 1.0 / where.shape[1], dtype=np.float32)


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
