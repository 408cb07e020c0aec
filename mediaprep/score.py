"""Likeness of a still rendition to its asset, 0 to 100, as seen at the view size.

The scale is SSIMULACRA2's: 100 identical, 90 not told apart, 70 good, 50 visibly worse. The means are a
few per cent of its work: brightness at four scales and the two colour differences at one, as XYB holds
them, compared through Gaussian windows (sigma 1.5, stride 2) on square tiles that cover a tenth of the
view. Tiles are drawn in proportion to what happens in them and weighted back, so that a line of small
print counts as it would if every pixel were looked at. Colour is mixed in linear light, because 4:2:0 on
coloured text shifts true brightness, which a luma taken after gamma cannot see. No clock, no random
numbers: the same two pictures give the same score.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

METRIC = "mediaprep-view/1"

TILE = 64
"""Pixels of a tile's side: the coarsest of four scales still holds 8 x 8 samples."""
SHARE = 0.10
"""Share of the view that tiles cover."""
FEWEST_TILES = 28
"""A small view is looked at more closely, for its cost is small anyway."""
EVEN = 0.5
"""Share of the tiles spread evenly; the others follow activity (faults also show in smooth skies)."""

COARSEST = 3
"""Brightness is compared at full size and halved up to three times; colour and contrast only at the last."""

WEIGHTS = {
    "Y0 structure": 0.0,
    "Y0 worst structure": 28.641,
    "Y1 structure": 0.0,
    "Y1 worst structure": 20.808,
    "Y2 structure": 601.75,
    "Y2 worst structure": 30.075,
    "Y3 structure": 917.67,
    "Y3 worst structure": 113.52,
    "Y3 added": 168.62,
    "Y3 lost": 108.93,
    "X3 structure": 74.991,
    "X3 worst structure": 10.392,
    "X3 added": 188.95,
    "X3 lost": 258.37,
    "B3 structure": 11.698,
    "B3 worst structure": 61.783,
    "B3 added": 1106.4,
    "B3 lost": 736.54,
}
EXPONENT = 0.55796
"""Score = 100 - 10 x (sum of weight x fault) ^ exponent.

Fitted 2026-11-23 by ``benchmarks/score_agreement.py --fit`` on 580 pairs of 58 pictures. On 490 pairs of 49
pictures gathered afterwards (photographs, film frames, flyers, screenshots; JPEG, palette PNG, WebP; 0.25 to 1.33
of the view's long edge): Spearman 0.995, mean error 1.9 points, on SSIMULACRA2's side of 90 in 99 % and of 30 in
98 % of the pairs. On 55 pictures that were not fitted but seen while designing: 0.989 and 2.2.
"""

_C2 = 0.0009
"""SSIM's guard against division by no contrast, as SSIMULACRA2 has it."""
_BIAS = 0.0037930732552754493
"""XYB's absorbance bias (libjxl), added before the cube root."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a plane of the reference is worth knowing in advance; every array is tiles x rows x columns."""

    plane: Any
    mean: Any
    variance: Any
    deviation: Any


class Scorer:
    """One reference picture at one view size; cheap to ask about many renditions, safe to share by threads."""

    def __init__(self, reference: Image.Image, view_long_edge: int) -> None:
        """Take the upright, flattened asset; one larger than the view is reduced to it, a smaller one stays."""
        from PIL import Image as images

        view = _coloured(reference)
        if max(view.size) > view_long_edge:
            ratio = view_long_edge / max(view.size)
            size = (max(1, round(view.width * ratio)), max(1, round(view.height * ratio)))
            view = view.resize(size, images.Resampling.BICUBIC)
        self._size = view.size
        self._tiles, self._weights = _sample(view)
        self._reference = [known(plane) for plane in self._planes(view)]

    def score(self, rendition: Image.Image) -> float:
        """Judge a rendition of any size; one of other dimensions is brought to the view as a phone would."""
        return on_scale(self.faults(rendition))

    def faults(self, rendition: Image.Image) -> list[float]:
        """Measure what ``WEIGHTS`` weighs, in its order; all 0 for identical pictures, never negative."""
        return faults(self._reference, self._planes(_coloured(rendition)), self._weights)

    def _planes(self, picture: Image.Image) -> list[Any]:
        """Cut the tiles and bring them to XYB at four scales."""
        import numpy as np
        from PIL import Image as images

        if picture.size == self._size:
            cut = [picture.crop(tile) for tile in self._tiles]
        else:
            across, down = picture.width / self._size[0], picture.height / self._size[1]
            cut = [
                picture.resize(
                    (right - left, bottom - top),
                    images.Resampling.BICUBIC,
                    box=(
                        left * across,
                        top * down,
                        min(right * across, picture.width),
                        min(bottom * down, picture.height),
                    ),
                )
                for left, top, right, bottom in self._tiles
            ]
        return planes(np.stack([np.asarray(tile) for tile in cut]))


def on_scale(found: list[float]) -> float:
    """Turn faults into a score."""
    return max(likeness(found), 0.0)


def likeness(found: list[float]) -> float:
    """Turn faults into a score that goes on under 0, where what moves may still be followed."""
    loss = sum(weight * fault for weight, fault in zip(WEIGHTS.values(), found, strict=True))
    return float(100.0 - 10.0 * loss**EXPONENT)


def faults(reference: list[Reference], rendition: list[Any], weights: Any) -> list[float]:
    """Measure what ``WEIGHTS`` weighs between the planes of two pictures' tiles."""
    found: list[float] = []
    for scale, (one, other) in enumerate(zip(reference, rendition, strict=True)):
        found += _faults(one, other, weights, contrast=scale >= COARSEST)
    return found


def planes(pixels: Any) -> list[Any]:
    """Bring tiles (tiles x rows x columns x 3 bytes) to XYB: brightness at four scales, colour at the last."""
    import numpy as np

    missing = [max(0, TILE - length) for length in pixels.shape[1:3]]
    if any(missing):
        pixels = np.pad(pixels, ((0, 0), (0, missing[0]), (0, missing[1]), (0, 0)), mode="edge")
    red, green, blue = _light().take(np.ascontiguousarray(np.moveaxis(pixels, -1, 0)))  # by band: a third of the time
    bright = 0.265 * red + 0.657 * green + 0.078 * blue + _BIAS
    found = []
    for _ in range(COARSEST):
        found.append(_cube_root(bright))
        bright = _halved(bright)
    red, green, blue = (_eighth(band) for band in (red, green, blue))
    long = _cube_root(0.3 * red + 0.622 * green + 0.078 * blue + _BIAS)
    middle = _cube_root(0.23 * red + 0.692 * green + 0.078 * blue + _BIAS)
    short = _cube_root(0.243423 * red + 0.204767 * green + 0.55181 * blue + _BIAS)
    return [*found, 0.5 * (long + middle), 7.0 * (long - middle), short - 0.5 * (long + middle)]


def _cube_root(light: Any) -> Any:
    """Through logarithms, which numpy's vector units know: a quarter of the time of ``numpy.cbrt``."""
    import numpy as np

    roots = np.log(light)
    roots *= 1.0 / 3.0
    return np.exp(roots, out=roots)


def _sample(view: Image.Image) -> tuple[list[tuple[int, int, int, int]], Any]:
    """Choose tiles (left, top, right, bottom) and say how much of the view each stands for (mean 1)."""
    import numpy as np
    from PIL import Image as images

    columns, rows = (_starts(length) for length in view.size)
    width, height = (min(TILE, length) for length in view.size)
    cells = [(left, top, left + width, top + height) for top in rows for left in columns]
    wanted = max(FEWEST_TILES, round(SHARE * view.width * view.height / TILE**2))
    if wanted >= len(cells):
        return cells, np.ones(len(cells), dtype=np.float32)
    small = np.asarray(view.reduce(4), dtype=np.float32)
    steps = np.abs(np.diff(small, axis=0, append=small[-1:])) + np.abs(np.diff(small, axis=1, append=small[:, -1:]))
    busy = images.fromarray(steps[..., 0] + steps[..., 1] + steps[..., 2]).resize(
        (len(columns), len(rows)), images.Resampling.BOX
    )
    chosen, weights = draw(np.asarray(busy, dtype=np.float64).ravel(), wanted)
    return [cells[index] for index in chosen], weights


def draw(activity: Any, wanted: int) -> tuple[Any, Any]:
    """Draw cells in proportion to their activity; give their numbers and what each stands for (mean 1)."""
    import numpy as np

    activity = activity + 1e-3
    chance = EVEN / len(activity) + (1.0 - EVEN) * activity / activity.sum()
    drawn = np.searchsorted(np.cumsum(chance) * wanted, np.arange(wanted) + 0.5).clip(0, len(activity) - 1)
    chosen, times = np.unique(drawn, return_counts=True)
    weights = times / chance[chosen]
    return chosen, (weights / weights.mean()).astype(np.float32)


def _starts(length: int) -> list[int]:
    """Cover a length with tiles that begin at even steps and may overlap."""
    count = max(1, -(-length // TILE))
    return [round(index * (length - TILE) / (count - 1)) for index in range(count)] if count > 1 else [0]


def _coloured(picture: Image.Image) -> Image.Image:
    return picture if picture.mode == "RGB" else picture.convert("RGB")


@cache
def _light() -> Any:
    """Map an sRGB byte to linear light, 0 to 1 (IEC 61966-2-1)."""
    import numpy as np

    value = np.arange(256) / 255.0
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)


def _cells(plane: Any) -> Any:
    """Sum squares of 2 x 2 pixels."""
    pairs = plane[:, 0::2] + plane[:, 1::2]
    return pairs[..., 0::2] + pairs[..., 1::2]


def _halved(plane: Any) -> Any:
    return 0.25 * _cells(plane)


def _eighth(plane: Any) -> Any:
    return _cells(_cells(_cells(plane))) * (1.0 / 64.0)


def _windowed(plane: Any) -> Any:
    """Average through windows at stride 2: 2 x 2 cells weighted 1-2-1 have the spread of sigma 1.5."""
    cells = _cells(plane)
    tall = cells[:, :-2] + cells[:, 2:] + 2.0 * cells[:, 1:-1]
    return (tall[..., :-2] + tall[..., 2:] + 2.0 * tall[..., 1:-1]) * (1.0 / 64.0)


def known(plane: Any) -> Reference:
    """Measure what a comparison needs to know of the reference's plane."""
    import numpy as np

    mean = _windowed(plane)
    variance = _windowed(plane * plane) - mean * mean
    return Reference(plane, mean, variance, np.sqrt(np.maximum(variance, 0.0)))


def _faults(one: Reference, plane: Any, weights: Any, *, contrast: bool) -> list[float]:
    """Compare two planes: SSIM's error (mean, 4-norm) and, where asked, contrast added and contrast lost (means)."""
    import numpy as np

    def pooled(values: Any) -> float:
        sums = values.reshape(len(weights), -1).sum(axis=1)
        return float(sums @ weights / (total * (values.size // len(weights))))

    total = float(weights.sum())
    mean = _windowed(plane)
    variance = _windowed(plane * plane) - mean * mean
    covariance = _windowed(one.plane * plane) - one.mean * mean
    shift = one.mean - mean
    alike = (1.0 - shift * shift) * (2.0 * covariance + _C2) / (one.variance + variance + _C2)
    error = np.maximum(1.0 - alike, 0.0)
    squared = error * error
    found = [pooled(error), pooled(squared * squared) ** 0.25]
    if contrast:
        change = np.sqrt(np.maximum(variance, 0.0)) - one.deviation
        found += [pooled(np.maximum(change, 0.0)), pooled(np.maximum(-change, 0.0))]
    return found
