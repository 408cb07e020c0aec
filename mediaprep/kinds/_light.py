"""Stills whose numbers mean more than sRGB holds (PQ, HLG, BT.2020, Display P3), brought to sRGB as screens show them.

Colours are turned in linear light. What is brighter than a plain screen is rolled off by the knee of ITU-R BT.2390,
from the picture's own brightest part down to diffuse white, so that pictures without highlights stay as they are.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mediaprep.kinds import _colour as colour
from mediaprep.kinds import _heif_colour as stated
from mediaprep.kinds._heif_colour import Coding
from mediaprep.kinds._resize import Raster, resized, shrunk, vips
from mediaprep.storage import Source

if TYPE_CHECKING:
    from numpy import ndarray
    from PIL.Image import Image

    Pixels = ndarray[Any, Any]

_WHITE_NITS = 203.0
"""Diffuse white of HDR pictures (ITU-R BT.2408-7, 2.2): it becomes the white of a plain screen."""

_MOST_NITS, _HLG_NITS = 10_000.0, 1_000.0
"""The most that PQ can say (SMPTE ST 2084), and the screen that HLG is meant for (BT.2100, note 5f)."""

_PEAK_SHARE = 0.999
"""The share of pixels that are no brighter than what counts as the brightest: glints may clip."""

_M1, _M2, _C1, _C2, _C3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
"""PQ's constants (BT.2100 table 4)."""

_HLG_A, _HLG_B, _HLG_C = 0.17883277, 0.28466892, 0.55991073
"""HLG's constants (BT.2100 table 5)."""

_TO_BT709 = {
    stated.BT2020: (
        (1.660491, -0.587641, -0.072850), (-0.124550, 1.132900, -0.008349), (-0.018151, -0.100579, 1.118730),
    ),
    stated.DISPLAY_P3: (
        (1.224940, -0.224940, 0.0), (-0.042057, 1.042057, 0.0), (-0.019638, -0.078636, 1.098274),
    ),
}  # fmt: skip
"""Linear light of other primaries in those of sRGB, all of them under D65 (BT.2407, section 2; Display P3 likewise)."""

_LUMINANCE = {stated.BT2020: (0.2627, 0.6780, 0.0593), stated.DISPLAY_P3: (0.2290, 0.6917, 0.0793)}
_LUMINANCE_709 = (0.2126, 0.7152, 0.0722)

_DEEP_PIXELS = 25_000_000
"""Larger pictures are taken from eight bits: sixteen of 48 megapixels would pass a worker's memory."""

_BAND_PIXELS = 1_000_000
"""Turned at a time: linear light takes 12 bytes a pixel."""


def shown(
    image: Image, source: Source, coding: Coding, *, upright: bool = True, size: tuple[int, int] | None = None
) -> Image:
    """Give a decoded picture (RGB, RGBA or grey) in sRGB, of eight bits; HDR is taken from all the bits there are.

    ``size`` is what it is wanted at, if smaller: 12 megapixels take 2.5 s of CPU so, 4.4 where all light is turned.
    Works on bands of rows: beside the picture and the one it becomes, a deep one is the most that memory holds.
    """
    deep, _owner = _deep(source, image, upright=upright) if coding.hdr else (None, None)
    image = colour.to_srgb(image, None)  # of eight bits, whatever it was
    curve = _curve(image, deep, coding)  # of the whole, so that it is the same at all sizes
    if size is not None and size != image.size and (lib := vips()) is not None:
        image, deep = resized(Raster(image), size).image, None if deep is None else _smaller(lib, deep, size)
    return _turned(image, deep, coding, *curve)


def _smaller(lib: Any, deep: Pixels, size: tuple[int, int]) -> Pixels:
    """Shrink pixels of sixteen bits."""
    import numpy as np

    pixels = np.ascontiguousarray(deep)
    height, width, bands = pixels.shape
    return np.asarray(shrunk(lib.Image.new_from_memory(pixels, width, height, bands, "ushort"), size).numpy())


def alike(first: Image, coding: Coding) -> Callable[[Image], Image]:
    """Give what brings the frames of an animation to sRGB, as they are decoded to eight bits.

    All of them by the brightest part of the first: each by its own, they would flicker.
    """
    curve = _curve(colour.to_srgb(first, None), None, coding)
    return lambda frame: _turned(colour.to_srgb(frame, None), None, coding, *curve)


def _curve(image: Image, deep: Pixels | None, coding: Coding) -> tuple[Pixels, tuple[Pixels, Pixels] | None]:
    """Tabulate the light of each level, and what highlights become; None where that is in the table, or there is none.

    ``image`` has eight bits; ``deep`` are its pixels where there are more.
    """
    import numpy as np

    light = _light_of(coding, 256 if deep is None else 65_536)
    if not coding.hdr:
        return light, None
    sample = np.asarray(image.convert("RGB").reduce(8)) if deep is None else deep[::8, ::8, :3]
    knee = _knee(_peak_nits(_on_screen(light[sample], coding)))
    # of PQ each level is for itself: the table is all there is to turn
    return (_toned(light, knee), None) if coding.transfer == stated.PQ else (light, knee)


def _turned(
    image: Image, deep: Pixels | None, coding: Coding, light: Pixels, knee: tuple[Pixels, Pixels] | None
) -> Image:
    import numpy as np
    from PIL import Image as images

    done = images.new("RGB", image.size)
    rows = max(1, _BAND_PIXELS // image.width)
    for top in range(0, image.height, rows):
        box = (0, top, image.width, min(top + rows, image.height))
        band = np.asarray(image.crop(box).convert("RGB")) if deep is None else deep[top : box[3], :, :3]
        linear = _on_screen(light[band], coding)
        linear = _in_bt709(linear if knee is None else _toned(linear, knee), coding)
        done.paste(images.fromarray(_encoded(linear)), box)
    if "A" in image.getbands():
        done.putalpha(image.getchannel("A"))
    return done


def _deep(source: Source, image: Image, *, upright: bool) -> tuple[Pixels | None, Any]:
    """Decode all the bits that a picture has, as it stands in ``image``; None where no reader of ours does.

    Gives the owner of the pixels as well: they last as long as it is kept.
    """
    import numpy as np

    pixels, owner = None, None
    if image.mode not in ("RGB", "RGBA") or image.width * image.height > _DEEP_PIXELS:
        return None, None
    if image.format == "HEIF":
        import pi_heif

        owner = pi_heif.open_heif(source.path, convert_hdr_to_8bit=False)
        pixels = np.asarray(owner) if owner.mode.endswith(";16") else None
    elif upright:  # what needs it is turned by libvips itself
        pixels = _through_vips(source)
    return (pixels, owner) if pixels is not None and pixels.shape[:2] == (image.height, image.width) else (None, None)


def _through_vips(source: Source) -> Pixels | None:
    lib = vips()
    if lib is None:
        return None
    try:
        load = lib.Image.pngload if source.head[:4] == b"\x89PNG" else lib.Image.heifload
        read = load(os.fsencode(source.path))
        return None if read.format != "ushort" or read.bands < 3 else read.numpy()
    except lib.Error:
        return None


@lru_cache(maxsize=8)
def _light_of(coding: Coding, levels: int) -> Pixels:
    """Tabulate the light of each level: in nits for PQ, of the scene (0 to 1) for HLG, of the screen for the rest."""
    import numpy as np

    level = np.linspace(0.0, 1.0, levels, dtype=np.float64)
    if coding.transfer == stated.PQ:
        light = _pq_nits(level)
    elif coding.transfer == stated.HLG:
        low, high = level * level / 3, (np.exp((level - _HLG_C) / _HLG_A) + _HLG_B) / 12
        light = np.where(level <= 0.5, low, high)
    else:
        light = colour.decoded(level)
    return _floats(light)


def _pq_nits(level: Any) -> Any:
    power = level ** (1 / _M2)
    return _MOST_NITS * ((power - _C1).clip(0) / (_C2 - _C3 * power)) ** (1 / _M1)


def _pq_level(nits: Any) -> Any:
    power = (nits / _MOST_NITS) ** _M1
    return ((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2


def _on_screen(light: Pixels, coding: Coding) -> Pixels:
    """Give the light of HLG's screen in nits, which depends on all three colours together (BT.2100 table 5)."""
    import numpy as np

    if coding.transfer != stated.HLG:
        return light
    luminance = light @ np.array(_LUMINANCE.get(coding.primaries, _LUMINANCE_709), np.float32)
    return _floats(light * (_HLG_NITS * np.maximum(luminance, 1e-6) ** 0.2)[..., None])


def _in_bt709(linear: Pixels, coding: Coding) -> Pixels:
    import numpy as np

    if coding.primaries not in _TO_BT709:
        return linear
    return _floats(np.maximum(linear @ np.array(_TO_BT709[coding.primaries], np.float32).T, 0.0))


def _peak_nits(light: Pixels) -> float:
    import numpy as np

    return float(np.clip(np.quantile(light.max(axis=2), _PEAK_SHARE), _WHITE_NITS, _MOST_NITS))


def _floats(values: Any) -> Pixels:
    """Keep to 32 bits what arithmetic may widen."""
    import numpy as np

    return np.asarray(values, np.float32)


def _knee(peak_nits: float) -> tuple[Pixels, Pixels]:
    """Tabulate what light becomes, in nits (BT.2390-11, 5.4.1: its equations in PQ levels)."""
    import numpy as np

    peak = _pq_level(peak_nits)
    white = _pq_level(_WHITE_NITS) / peak
    start = 1.5 * white - 0.5
    level = np.linspace(0.0, 1.0, 1_024)
    along = ((level - start) / max(1 - start, 1e-9)).clip(0.0, 1.0)
    curve = (2 * along**3 - 3 * along**2 + 1) * start + (along**3 - 2 * along**2 + along) * (1 - start)
    curve += (-2 * along**3 + 3 * along**2) * white
    return _pq_nits(level * peak), _pq_nits(np.where(level < start, level, curve) * peak)


def _toned(nits: Pixels, knee: tuple[Pixels, Pixels]) -> Pixels:
    """Roll highlights off, each colour for itself, which lets the brightest pale as film and cameras do; 1 is white."""
    import numpy as np

    return _floats(np.interp(nits, *knee) / _WHITE_NITS)


def _encoded(linear: Pixels) -> Pixels:
    """Encode linear light as eight bits of sRGB, by table: its finest step, near black, is twenty entries wide."""
    import numpy as np

    bytes_of: Pixels = _levels()
    return np.asarray(bytes_of[np.minimum(linear * 65_535.0 + 0.5, 65_535.0).astype(np.uint16)])


@lru_cache(maxsize=1)
def _levels() -> Pixels:
    import numpy as np

    levels: Pixels = (255 * colour.encoded(np.linspace(0.0, 1.0, 65_536)) + 0.5).astype(np.uint8)
    return levels
