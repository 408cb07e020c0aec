"""The score of a JPEG from a few of its tiles: at one quality, a tile is coded alike alone and in its picture.

JPEG codes blocks of 8 x 8 pixels one by one (only colour at half resolution looks over a border, by a pixel).
So the tiles that the score looks at, cut from the picture on the grid of coding units and encoded side by
side, lose what they lose in the whole, at a tenth of the cost of encoding, decoding and judging the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mediaprep.score import TILE, draw, faults, known, on_scale, planes

if TYPE_CHECKING:
    from PIL.Image import Image

_UNIT = 16
"""Pixels of a coding unit's side with colour at half resolution."""

_MARGIN = 4
"""Pixels (at the view) around both sides of a tile together that are encoded with it and then left alone."""

_SHARE, _FEWEST = 0.07, 16
"""Share of the view that tiles cover. Against all tiles, on 20 photographs, a screenshot and a flyer: 0.6 points
apart at scores about 90, 0.8 at 75, 1.8 at 30 (root mean square)."""

_BYTES_POWER = 0.75
"""How bytes grow with activity: with it, tiles foretell the whole's bytes to 10 % (25 photographs, quality 88; up to
45 % too many on one). Without, they say a third too much, for lively tiles are drawn more often."""


class TileJudge:
    """Judges renditions of one size against the asset's own picture of that size (or of a larger one).

    ``mosaic`` is the picture's tiles side by side; encoded, it has ``bytes_ratio`` times fewer bytes than the whole.
    """

    def __init__(self, pixels: Any, view_long_edge: int, larger: Image | None = None) -> None:
        """Take the picture at the rendition's size, rows x columns (x 3) bytes.

        ``larger`` is the asset where the rendition has fewer pixels than the view: what is missing counts then.
        Check ``suits`` first.
        """
        import numpy as np

        height, width = pixels.shape[:2]
        view = min(view_long_edge, max(larger.size if larger is not None else (width, height)))
        ratio = max(width, height) / view
        self.side = _side(ratio)
        self._seen = max(TILE, round(self.side / ratio))
        columns, rows = (_places(length, self.side, TILE * ratio) for length in (width, height))
        wanted = max(_FEWEST, round(_SHARE * width * height / (TILE * ratio) ** 2))
        busy = _activity(pixels, round(4 * ratio) or 1, len(columns), len(rows))
        if len(columns) * len(rows) <= wanted:
            chosen, self._weights = np.arange(busy.size), np.ones(busy.size, dtype=np.float32)
        else:
            chosen, self._weights = draw(busy, wanted)
        self.bytes_ratio = float((busy.mean() + 1e-3) / (busy[chosen].mean() + 1e-3)) ** _BYTES_POWER
        self._corners = [(columns[i % len(columns)], rows[i // len(columns)]) for i in chosen]
        self._across = max(1, round(len(self._corners) ** 0.5))
        self.mosaic = self._cut(pixels)
        self.bytes_ratio *= width * height / (self.mosaic.width * self.mosaic.height)
        if larger is None:
            shown = self._shown(self.mosaic)
        else:
            shown = self._of_larger(larger, larger.width / width, larger.height / height)
        self._reference = [known(plane) for plane in planes(shown)]

    @staticmethod
    def suits(size: tuple[int, int], view_long_edge: int) -> bool:
        """Say whether pictures of this size hold enough whole tiles."""
        ratio = max(1.0, max(size) / view_long_edge)
        return min(size) >= max(_side(ratio), 3 * TILE * ratio)

    def score(self, picture: Image) -> float:
        """Judge a decoded rendition of the picture's size."""
        import numpy as np

        return self.score_tiles(self._cut(np.asarray(picture)))

    def score_tiles(self, mosaic: Image) -> float:
        """Judge ``mosaic`` after it was encoded and decoded."""
        return on_scale(faults(self._reference, planes(self._shown(mosaic)), self._weights))

    def _cut(self, pixels: Any) -> Image:
        """Put the tiles, with their margins, side by side."""
        import numpy as np
        from PIL import Image as images

        side, rows = self.side, -(-len(self._corners) // self._across)
        mosaic = np.zeros((rows * side, self._across * side, *pixels.shape[2:]), dtype=np.uint8)
        for number, (left, top) in enumerate(self._corners):
            x, y = (number % self._across) * side, (number // self._across) * side
            mosaic[y : y + side, x : x + side] = pixels[top : top + side, left : left + side]
        return images.fromarray(mosaic)

    def _shown(self, mosaic: Image) -> Any:
        """Bring the tiles to the view, without their margins: tiles x TILE x TILE x 3 bytes."""
        import numpy as np
        from PIL import Image as images

        if self._seen != self.side:
            size = (mosaic.width // self.side * self._seen, mosaic.height // self.side * self._seen)
            mosaic = mosaic.resize(size, images.Resampling.HAMMING)  # as sharp as bicubic at half its cost
        pixels = np.asarray(mosaic if mosaic.mode == "RGB" else mosaic.convert("RGB"))
        grid = pixels.reshape(-1, self._seen, self._across, self._seen, 3).swapaxes(1, 2)
        edge = (self._seen - TILE) // 2
        tiles = grid.reshape(-1, self._seen, self._seen, 3)[: len(self._corners)]
        return tiles[:, edge : edge + TILE, edge : edge + TILE]

    def _of_larger(self, larger: Image, across: float, down: float) -> Any:
        """Cut the same tiles, as they are seen at the view, from a picture with more pixels."""
        import numpy as np
        from PIL import Image as images

        edge = (self._seen - TILE) // 2 * self.side / self._seen
        inner = TILE * self.side / self._seen
        cut = []
        for left, top in self._corners:
            x, y = (left + edge) * across, (top + edge) * down
            box = (x, y, min(x + inner * across, larger.width), min(y + inner * down, larger.height))
            cut.append(larger.resize((TILE, TILE), images.Resampling.HAMMING, box=box))
        pixels = np.stack([np.asarray(tile) for tile in cut])
        return pixels if pixels.ndim == 4 else np.repeat(pixels[..., None], 3, axis=-1)


def _side(ratio: float) -> int:
    """Give the side of a tile with its margins, in pixels of the rendition: whole coding units."""
    return _UNIT * -(-int((TILE + _MARGIN) * ratio + 0.999) // _UNIT)


def _places(length: int, side: int, pitch: float) -> list[int]:
    """Give where tiles may begin along one edge, on the grid of coding units."""
    last = (length - side) // _UNIT
    count = max(1, min(int(length / pitch), last + 1))
    return [_UNIT * (last * i // (count - 1)) for i in range(count)] if count > 1 else [_UNIT * (last // 2)]


def _activity(pixels: Any, step: int, columns: int, rows: int) -> Any:
    """Tell how lively each cell of a grid is, on some of the pixels."""
    import numpy as np
    from PIL import Image as images

    plane = (pixels[::step, ::step, 1] if pixels.ndim == 3 else pixels[::step, ::step]).astype(np.float32)
    steps = np.abs(np.diff(plane, axis=0, append=plane[-1:])) + np.abs(np.diff(plane, axis=1, append=plane[:, -1:]))
    busy = images.fromarray(steps).resize((columns, rows), images.Resampling.BOX)
    return np.asarray(busy, dtype=np.float64).ravel()
