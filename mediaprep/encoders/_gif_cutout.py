"""GIF frames that one sees through: drawn where they hide something, cleared where they no longer do.

What a frame drew stays (disposal 1) until a later frame is clear at a place that hides something now. A GIF clears
only the whole rectangle of the frame before: so that one's rectangle grows over the place, is cleared when its time is
over (disposal 2), and the next frame draws again whatever hides something inside it. Pixels that are drawn again
keep the colours that they were held at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediaprep.encoders import _gif_blocks as blocks
from mediaprep.encoders import _gif_exact as exact
from mediaprep.encoders import _gif_palette as palettes
from mediaprep.encoders._gif_pace import Pacer
from mediaprep.encoders._moving import Moving, farther

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HIDING = 128
"""From this alpha on a pixel is drawn; a GIF knows no halves."""

_HELD_HIDING, _NEW_HIDING = 96, 160
"""Under a hold a pixel that is drawn stays down to the first, one that is not comes from the second on: soft edges
between the two do not flicker from frame to frame."""

Box = tuple[int, int, int, int]
"""Left, top, right, bottom."""


@dataclass(slots=True)
class _Waiting:
    """A frame whose delay may still grow, and whose rectangle what comes next may widen."""

    box: Box
    drawn: NDArray[np.bool_]
    delay_cs: int
    number: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """One frame to write: the colours in ``box``, where they are drawn, and whether the box is cleared afterwards."""

    box: Box
    colours: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    delay_cs: int
    disposed: bool
    number: int


def drawn(moving: Moving, pacer: Pacer) -> Iterator[Drawn]:
    """Give the frames that show something new; colours within the hold of what is shown stay."""
    import numpy as np

    shown = seen = None
    waiting: _Waiting | None = None
    for number, (delay_cs, pixels) in enumerate(zip(moving.delays_cs, moving.frames(), strict=True)):
        alpha, colours = pixels[..., 3], pixels[..., :3]
        if shown is None or seen is None or waiting is None:
            seen = alpha >= HIDING
            shown = np.where(seen[..., None], colours, np.uint8(0))
            waiting = _Waiting((0, 0, seen.shape[1], seen.shape[0]), seen, delay_cs, number)
            continue
        least = int(pacer.hold(number) ** 2)
        hiding = alpha >= (np.where(seen, _HELD_HIDING, _NEW_HIDING) if least else HIDING)
        new = hiding & (~seen | farther(colours, shown, least))
        gone = seen & ~hiding
        cleared = _box(gone)
        if cleared is None and not new.any():
            waiting.delay_cs += delay_cs
            continue
        again = new
        if cleared is not None:
            waiting.box = _both(waiting.box, cleared)
            again = new.copy()
            inside = _part(waiting.box)
            again[inside] |= hiding[inside]
        yield _written(waiting, shown, disposed=cleared is not None)
        shown[new] = colours[new]
        seen = hiding
        waiting = _Waiting(_box(again) or (0, 0, 1, 1), again, delay_cs, number)
    if waiting is not None and shown is not None:
        yield _written(waiting, shown, disposed=False)


def blocks_of(moving: Moving, hold: float) -> Iterator[bytes]:
    """Write the whole GIF: every colour kept at a hold of 0, else one table of colours for all frames."""
    table = _common(moving) if hold == 0.0 else None
    palette = palettes.Palette(moving.table) if table is None else None
    colours = moving.table if table is None else palettes.unpacked(table)
    clear, bits = len(colours), blocks.code_size(len(colours) + 1)
    pacer = moving.pacer or Pacer(None, hold, ())
    before = blocks.header(moving.size, colours, bits, moving.plays)
    yield before
    for frame in drawn(moving, pacer):
        own, width, unseen = None, bits, clear
        if table is not None:
            indices, own, width = exact.indices(frame.colours, frame.mask, table, bits)
            unseen = clear if own is None else len(own)
        else:
            assert palette is not None
            indices = palette.indices(frame.colours)
        indices[~frame.mask] = unseen
        made = blocks.frame(
            indices, frame.box[:2], delay_cs=frame.delay_cs, clear=unseen, bits=width, table=own,
            disposed=frame.disposed,
        )  # fmt: skip
        pacer.wrote(frame.number, len(before) + len(made))
        before = b""
        yield made
    yield blocks.TRAILER


def _written(waiting: _Waiting, shown: NDArray[np.uint8], *, disposed: bool) -> Drawn:
    part = _part(waiting.box)
    return Drawn(waiting.box, shown[part].copy(), waiting.drawn[part], waiting.delay_cs, disposed, waiting.number)


def _part(box: Box) -> tuple[slice, slice]:
    return slice(box[1], box[3]), slice(box[0], box[2])


def _box(mask: NDArray[np.bool_]) -> Box | None:
    import numpy as np

    rows = np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        return None
    columns = np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _both(one: Box, other: Box) -> Box:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def _common(moving: Moving) -> NDArray[np.uint32]:
    """Give the packed colours of all frames where a table holds them, else one: frames take tables of their own."""
    import numpy as np

    found = np.zeros(1, dtype=np.uint32)
    for pixels in moving.frames():
        found = np.union1d(found, palettes.packed(pixels[..., :3])[pixels[..., 3] >= HIDING])
        if len(found) > exact.MOST_COLOURS:
            return found[:1]
    return found


_ROW = 64


def seen_of(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give the pixels that hide something as a picture of their own, from which colours can be chosen."""
    import numpy as np

    found = pixels[pixels[..., 3] >= HIDING][:, :3]
    if not len(found):
        return np.zeros((1, _ROW, 3), dtype=np.uint8)
    return np.resize(found, (-(-len(found) // _ROW), _ROW, 3))
