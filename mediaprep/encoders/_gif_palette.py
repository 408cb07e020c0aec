"""Colours for a GIF: few chosen for many, and each pixel's nearest of them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mediaprep.encoders._merges import Merges

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST_SAMPLED_PIXELS = 200_000
"""Pixels from which colours are chosen; more of them change no colour that can be seen and cost time."""

_EFFORT = 3
"""libvips' quantiser at 3 of 10: within 0.3 phone VMAF of 7 on footage, at a fifth of the CPU."""


class Palette:
    """A table of colours (entries x 3 bytes) and the mapping to it."""

    __slots__ = ("_reader", "colours")

    def __init__(self, colours: NDArray[np.uint8]) -> None:
        """Make the mapping ready."""
        from PIL import Image as images

        self.colours = colours
        full = [part for row in colours.tolist() for part in row]
        full += full[:3] * (256 - len(colours))  # what is left repeats the first, whose index is lower and wins
        self._reader = images.new("P", (1, 1))
        self._reader.putpalette(full)

    def __len__(self) -> int:
        """Count the colours."""
        return len(self.colours)

    def indices(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Give each pixel's nearest colour, without dither: noise between frames costs bytes in each of them."""
        import numpy as np
        from PIL import Image as images

        height, width = pixels.shape[:2]
        picture = images.frombuffer("RGB", (width, height), np.ascontiguousarray(pixels), "raw", "RGB", 0, 1)
        mapped = np.array(picture.quantize(palette=self._reader, dither=images.Dither.NONE))
        mapped[mapped >= len(self.colours)] = 0
        return mapped


@dataclass(frozen=True, slots=True)
class Wide:
    """At most as many colours as a power of two holds (entries x 3 bytes), and how many pixels have each."""

    colours: NDArray[np.uint8]
    weights: NDArray[np.int64]

    def narrowed(self, most: int) -> Palette:
        """Give at most ``most`` of them; where these are fewer, the nearest are merged."""
        import numpy as np

        if len(self.colours) <= most:
            return Palette(self.colours)
        return Palette(np.rint(Merges(self.colours, self.weights).left(most)).astype(np.uint8))


def chosen(samples: Sequence[NDArray[np.uint8]], most: int) -> Palette:
    """Choose at most ``most`` colours for all the samples together; exactly theirs where they have no more."""
    return wide(samples, most).narrowed(most)


def code_bits(most: int) -> int:
    """Give the bits that number so many colours and the one that is seen through."""
    return max(1, most.bit_length() if most & (most + 1) == 0 else (most - 1).bit_length())


def wide(samples: Sequence[NDArray[np.uint8]], most: int) -> Wide:
    """Choose as many colours as ``code_bits`` number: choosing is dear, and serves all numbers of so many bits."""
    import numpy as np

    pixels = _thinned(samples)
    exact = distinct(pixels, most)
    if exact is not None:
        return Wide(unpacked(exact), np.ones(len(exact), dtype=np.int64))
    with suppress(ImportError, OSError):
        return _through_vips(pixels, most)
    colours = np.asarray(_through_pillow(pixels, most), dtype=np.uint8)
    return Wide(colours, np.ones(len(colours), dtype=np.int64))


def packed(pixels: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Make one number of each pixel's three bytes."""
    import numpy as np

    wide = pixels.astype(np.uint32)
    return np.asarray((wide[..., 0] << 16) | (wide[..., 1] << 8) | wide[..., 2], dtype=np.uint32)


def unpacked(keys: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Make rows of three bytes of packed pixels."""
    import numpy as np

    return np.stack([keys >> 16, keys >> 8 & 255, keys & 255], axis=-1).astype(np.uint8)


def distinct(pixels: NDArray[np.uint8], most: int) -> NDArray[np.uint32] | None:
    """Give the different colours, packed and sorted; None where there are more than ``most``."""
    import numpy as np

    keys = packed(pixels).reshape(-1)
    if len(np.unique(keys[:: max(1, len(keys) // 4096)])) > most:
        return None
    found = np.unique(keys)
    return found if len(found) <= most else None


def _thinned(samples: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Put the samples one below another, with every k-th row where they are many pixels."""
    import numpy as np

    total = sum(sample.shape[0] * sample.shape[1] for sample in samples)
    step = max(1, round(total / _MOST_SAMPLED_PIXELS))
    return np.concatenate([sample[(i * 7) % step :: step] if step > 1 else sample for i, sample in enumerate(samples)])


def _through_vips(pixels: NDArray[np.uint8], most: int) -> Wide:
    """Choose colours with libvips' quantiser, reached through its GIF writer (powers of two only)."""
    import numpy as np
    import pyvips
    from PIL import Image as images

    height, width = pixels.shape[:2]
    image = pyvips.Image.new_from_memory(np.ascontiguousarray(pixels).tobytes(), width, height, 3, "uchar")
    data = image.copy(interpretation="srgb").gifsave_buffer(bitdepth=code_bits(most), dither=0, effort=_EFFORT)
    with images.open(io.BytesIO(data), formats=("GIF",)) as reduced:
        indices = np.asarray(reduced.convert("P") if reduced.mode != "P" else reduced)
        table = np.array(reduced.getpalette(), dtype=np.uint8).reshape(-1, 3)
    counts = np.bincount(indices.reshape(-1), minlength=len(table))[: len(table)]
    return Wide(table[counts > 0], counts[counts > 0])


def _through_pillow(pixels: NDArray[np.uint8], most: int) -> Any:
    from PIL import Image as images

    height, width = pixels.shape[:2]
    picture = images.frombytes("RGB", (width, height), pixels.tobytes())
    reduced = picture.quantize(most, method=images.Quantize.MEDIANCUT, kmeans=1, dither=images.Dither.NONE)
    flat = reduced.getpalette() or [0, 0, 0]
    return [flat[at : at + 3] for at in range(0, min(len(flat), 3 * most), 3)]
