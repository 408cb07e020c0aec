"""Make pictures smaller: through libvips where it is there (its kernels are vectorised), else through Pillow.

Measured on a 12 MP JPEG to 1440x1920, one core: Pillow decode + LANCZOS 154 ms, libvips 52 ms, of which the
decode is 36; SSIMULACRA2 between the two 97. Decoding at half size (libjpeg's scaling) would take 37-65 ms,
but at 92 it shows.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

Size = tuple[int, int]

_WORTH_PIXELS = 300_000
"""Below this, handing pixels over to libvips and back costs what it saves."""

_GAP = 2.0
"""libvips shrinks by whole steps of a box filter while this many times the final pixels are left (its own
default for thumbnails): 97 SSIMULACRA2 against none, at a third of the time."""


@cache
def vips() -> Any | None:
    """Load pyvips once, on one thread and without its cache of operations; None where it is missing."""
    os.environ.setdefault("VIPS_CONCURRENCY", "1")
    try:
        import pyvips
    except (ImportError, OSError):
        return None
    pyvips.cache_set_max(0)
    return pyvips


@dataclass(frozen=True, slots=True)
class Raster:
    """A picture, and (where libvips made it) the same pixels packed, so that the next size needs no copy."""

    image: Image
    packed: Any | None = None
    data: bytes | None = None

    def pixels(self) -> Any:
        """Give rows x columns (x bands) bytes as an array; a view of what libvips made, else a copy."""
        import numpy as np

        if self.data is None:
            return np.asarray(self.image)
        flat = np.frombuffer(self.data, dtype=np.uint8)
        bands = () if self.image.mode == "L" else (3,)
        return flat.reshape(self.image.height, self.image.width, *bands)


def resized(raster: Raster, size: Size) -> Raster:
    """Scale a picture to ``size``; transparency is weighed in, so colours behind it do not bleed."""
    image = raster.image
    if image.size == size:
        return raster
    lib = vips()
    large = image.width * image.height >= _WORTH_PIXELS
    if lib is None or not large or image.mode not in ("L", "RGB") or size[0] > image.width or size[1] > image.height:
        from PIL import Image as images

        return Raster(image.resize(size, images.Resampling.LANCZOS, reducing_gap=2.0))
    packed = raster.packed
    if packed is None:
        bands = 3 if image.mode == "RGB" else 1
        packed = lib.Image.new_from_memory(image.tobytes(), image.width, image.height, bands, "uchar")
    return _raster(lib, shrunk(packed, size))


def loaded_jpeg(path: Path, size: Size, flag: int, *, fast: bool = False, ended: bytes | None = None) -> Raster | None:
    """Decode a grey or YCbCr JPEG straight to ``size`` (as stored) and turn it upright, streamed in little memory.

    ``fast`` lets the decoder halve, quarter or eighth the picture while ``size`` is still within what is left;
    ``ended`` is the whole file with the end mark that it lacks. None where libvips is missing or will not read the
    file: the caller then decodes it another way.
    """
    lib = vips()
    if lib is None:
        return None
    try:
        load, asset = lib.Image.jpegload, os.fsencode(path)
        if ended is not None:
            load, asset = lib.Image.jpegload_buffer, ended
        source = load(asset, access="sequential", fail_on="error")
        if source.bands not in (1, 3) or source.format != "uchar":
            return None
        shrink = min(source.width // size[0], source.height // size[1])
        if fast and shrink >= 2:
            by = 8 if shrink >= 8 else 4 if shrink >= 4 else 2
            source = load(asset, access="sequential", fail_on="error", shrink=by)
        source = shrunk(source, size)
        if flag != 1:
            source = _turned(source.copy_memory(), flag)  # turning reads out of order, which a stream cannot
        return _raster(lib, source)
    except lib.Error:
        return None


def loaded_heic(path: Path, size: Size) -> Raster | None:
    """Decode a HEIC without transparency to ``size``, from the decoder's own memory: a tenth less CPU at 12 megapixels.

    None where libvips is missing or the picture is another kind; raises what pi-heif does (call within ``reading``).
    """
    lib = vips()
    if lib is None:
        return None
    import pi_heif

    found = pi_heif.open_heif(path)
    if found.mode != "RGB":
        return None
    data, (width, height), stride = found.data, found.size, found.stride
    if stride % 3 or size[0] > width or size[1] > height:
        return None
    packed = lib.Image.new_from_memory(data, stride // 3, height, 3, "uchar")
    return _raster(lib, shrunk(packed.crop(0, 0, width, height), size))


def _turned(source: Any, flag: int) -> Any:
    """Turn pixels as the EXIF orientation says (Exif 2.32, tag 0x0112)."""
    if flag in (5, 6):
        source = source.rot90()
    elif flag in (7, 8):
        source = source.rot270()
    elif flag == 3:
        source = source.rot180()
    elif flag == 4:
        return source.flipver()
    return source.fliphor() if flag in (2, 5, 7) else source


def shrunk(source: Any, size: Size) -> Any:
    """Scale a picture of libvips to ``size``, which is smaller."""
    across = int(source.width / size[0] / _GAP)
    if across > 1:  # libvips would do this, but last: lines are narrower now, 41 MiB for 48 MP instead of 57
        source = source.shrinkh(across)
    if (source.width, source.height) != size:
        source = source.resize(size[0] / source.width, vscale=size[1] / source.height, gap=_GAP)
    if (source.width, source.height) != size:  # rounding inside libvips: at most a pixel
        source = source.gravity("centre", *size, extend="copy")
    return source


def _raster(lib: Any, source: Any) -> Raster:
    from PIL import Image as images

    mode = "L" if source.bands == 1 else "RGB"
    data = source.write_to_memory()
    size = (source.width, source.height)
    packed = lib.Image.new_from_memory(data, *size, source.bands, "uchar")
    return Raster(images.frombuffer(mode, size, data, "raw", mode, 0, 1), packed, data)
