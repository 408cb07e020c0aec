"""Colour: is a profile sRGB already, and if not, turn pixels into sRGB. Also 16-bit grey and transparency."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mediaprep.kinds import _chromaticity as chromaticity

if TYPE_CHECKING:
    from PIL.Image import Image

_SRGB_COLORANTS = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
"""Red, green, blue of sRGB adapted to D50, as in the ICC's own sRGB profiles (IEC 61966-2-1)."""

_COLORANT_TOLERANCE = 0.006
"""Rounding between makers' sRGB profiles stays under this; the nearest other space (P3) is 0.08 away."""

_MOST_GAMMA = 10.0
"""No display's curve is steeper; sRGB's is 2.4."""

_LEAST_GAMMA, _GAMMA_THRESHOLD = 0.05, 0.05

_MID_GREY = 0.2140
"""Linear light of sRGB's 50 % grey; gamma 2.2 gives 0.2176, gamma 1.8 gives 0.287."""

_CURVE_TOLERANCE = 0.02
"""Keeps gamma 2.2, parts gamma 1.8 (18 levels of 255 lighter at mid-grey) and print's dot gain of 20 % (22)."""

OWN_PRIMARIES = "primaries of their own (cHRM)"
"""What a PNG's colours are in whose chunks name others than sRGB's."""

_PHOTOMETRIC, _WHITE_IS_ZERO = 262, 0
"""A TIFF's tag for what its numbers mean, and fax's and film scanners' answer (TIFF 6.0, section 8): Pillow turns
eight bits and fewer of these around, and leaves more bits as they are."""


def is_srgb(profile: bytes) -> bool:
    """Say whether an ICC profile means sRGB: an RGB matrix profile with sRGB's colorants and curve, or a grey one."""
    if len(profile) < 132 or profile[16:20] not in (b"RGB ", b"GRAY"):
        return False
    tags = _tags(profile)
    if profile[16:20] == b"GRAY":
        middle = _middle(tags.get(b"kTRC", b""))
        return middle is not None and abs(middle - _MID_GREY) < _CURVE_TOLERANCE
    if any(name in tags for name in (b"A2B0", b"A2B1")):
        return False
    colorants = [_xyz(tags.get(name, b"")) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
    for got, want in zip(colorants, _SRGB_COLORANTS, strict=True):
        if got is None or any(abs(a - b) > _COLORANT_TOLERANCE for a, b in zip(got, want, strict=True)):
            return False
    middle = _middle(tags.get(b"gTRC", b""))
    return middle is not None and abs(middle - _MID_GREY) < _CURVE_TOLERANCE


def named(profile: bytes, mode: str) -> str | None:
    """Name the colour space that a profile gives a picture of some mode; None where ``to_srgb`` ignores it."""
    if mode == "1" or is_srgb(profile):
        return "sRGB"
    grey = mode.startswith("I") or mode == "F"
    space = _space(profile, "L" if grey else "RGB" if mode in ("P", "PA", "RGBX", "YCbCr") else mode)
    return None if space is None or _transform(profile, space) is None else profile_name(profile)


def profile_name(profile: bytes) -> str:
    """Give the profile's own description, or its colour space."""
    text = _tags(profile).get(b"desc", b"")
    if text[:4] == b"desc" and len(text) > 12:
        size = int.from_bytes(text[8:12], "big")
        words = text[12 : 12 + max(size - 1, 0)].decode("latin-1")
    elif text[:4] == b"mluc" and len(text) > 28:
        size, offset = int.from_bytes(text[20:24], "big"), int.from_bytes(text[24:28], "big")
        words = text[offset : offset + size].decode("utf-16-be", "replace")
    else:
        words = profile[16:20].decode("latin-1")
    printable = "".join(c for c in words if c.isprintable()).strip()
    return printable[:60] or "unnamed"


def _tags(profile: bytes) -> dict[bytes, bytes]:
    count = min(int.from_bytes(profile[128:132], "big"), 100)
    tags: dict[bytes, bytes] = {}
    for i in range(count):
        row = profile[132 + 12 * i : 144 + 12 * i]
        if len(row) < 12:
            break
        offset, size = int.from_bytes(row[4:8], "big"), int.from_bytes(row[8:12], "big")
        tags[row[:4]] = profile[offset : offset + size]
    return tags


def _xyz(tag: bytes) -> tuple[float, float, float] | None:
    if tag[:4] != b"XYZ " or len(tag) < 20:
        return None
    x, y, z = (int.from_bytes(tag[i : i + 4], "big", signed=True) / 65536 for i in (8, 12, 16))
    return x, y, z


def _middle(tag: bytes) -> float | None:
    """Give the linear value of an encoded 0.5 for the curve types that matrix profiles use (ICC.1 10.6, 10.18)."""
    if tag[:4] == b"curv" and len(tag) >= 12:
        count = int.from_bytes(tag[8:12], "big")
        if count == 0:
            return 0.5
        if count == 1:
            return float(0.5 ** (int.from_bytes(tag[12:14], "big") / 256))
        at = 12 + 2 * (count // 2)
        return int.from_bytes(tag[at : at + 2], "big") / 65535
    if tag[:4] == b"para" and len(tag) >= 16:
        kind = int.from_bytes(tag[8:10], "big")
        values = [int.from_bytes(tag[i : i + 4], "big", signed=True) / 65536 for i in range(12, len(tag) - 3, 4)]
        if (
            not values or not 0 < values[0] < _MOST_GAMMA
        ):  # numbers of a stranger: others overflow, or divide by nothing
            return None
        if kind == 0:
            return float(0.5 ** values[0])
        if kind in (3, 4) and len(values) >= 5 and values[4] <= 0.5:
            gamma, a, b = values[:3]
            return float(min(max(a * 0.5 + b, 0.0), 1.0) ** gamma)
    return None


def to_srgb(image: Image, profile: bytes | None) -> Image:
    """Turn a picture into 8-bit L, RGB, LA or RGBA in sRGB; an unusable profile is ignored.

    16-bit grey is scaled (a plain conversion would clip it to white).
    """
    if image.mode.startswith("I") or image.mode == "F":
        image = _grey_from_deep(image)
    if image.mode in ("RGBX", "YCbCr"):
        image = image.convert("RGB")
    if image.mode == "1":
        image = image.convert("L")
    if image.mode in ("P", "PA"):
        image = image.convert("RGBA" if image.mode == "PA" or "transparency" in image.info else "RGB")
    if image.mode in ("L", "RGB") and "transparency" in image.info:
        image = image.convert("LA" if image.mode == "L" else "RGBA")
    if profile is not None and not (image.mode in ("L", "LA", "RGB", "RGBA") and is_srgb(profile)):
        converted = _through_profile(image, profile)
        if converted is not None:
            return converted
    if image.mode in ("L", "LA", "RGB", "RGBA"):
        return image
    if image.mode in ("La", "RGBa"):
        return image.convert("RGBA")
    return image.convert("RGB")


def through_gamma(image: Image) -> Image:
    """Turn what a PNG's gamma and primaries alone describe into sRGB, as browsers and phones do; else the same picture.

    A profile or an ``sRGB`` chunk comes before gamma (PNG, third edition, 4.3); gammas within 5 % of 1/2.2 are taken
    for that, as libpng does (``PNG_GAMMA_THRESHOLD``). Primaries count beside a gamma only, as in Skia's decoder.
    """
    stated = _stated_light(image.info)
    if stated is None:
        return image
    gamma, matrix = stated
    screen = abs(gamma * 2.2 - 1) < _GAMMA_THRESHOLD
    if screen and matrix is None:
        return image
    import numpy as np
    from PIL import Image as images

    plain = to_srgb(image, None)
    levels = np.arange(256) / 255
    light = decoded(levels) if screen else levels ** (1 / gamma)
    if matrix is not None and plain.mode in ("RGB", "RGBA"):
        return chromaticity.turned(plain, light, matrix, encoded)
    curve = np.rint(255 * encoded(light)).astype(int).tolist()
    bands = [
        band if name == "A" else band.point(curve) for name, band in zip(plain.getbands(), plain.split(), strict=True)
    ]
    return images.merge(plain.mode, bands)


def has_own_primaries(image: Image) -> bool:
    """Say whether a PNG states primaries other than sRGB's, and has the colours and the gamma to make them count."""
    coloured = image.mode not in ("1", "L", "LA") and not image.mode.startswith("I")
    return coloured and primaries_count(image.info)


def primaries_count(info: Mapping[Any, Any]) -> bool:
    """Say so of what a PNG's chunks state, by Pillow's names (gamma, chromaticity, srgb, icc_profile)."""
    stated = _stated_light(info)
    return stated is not None and stated[1] is not None


def _stated_light(info: Mapping[Any, Any]) -> tuple[float, Any | None] | None:
    """Give a PNG's gamma and the matrix from its primaries' light to sRGB's (None for the same), where they decide."""
    gamma = info.get("gamma")
    if "icc_profile" in info or "srgb" in info or not isinstance(gamma, float):
        return None
    if not _LEAST_GAMMA <= gamma <= _MOST_GAMMA:
        return None
    return gamma, chromaticity.to_srgb_light(info.get("chromaticity"))


def decoded(level: Any) -> Any:
    """Give the linear light of an array of sRGB's levels, both 0 to 1 (IEC 61966-2-1)."""
    import numpy as np

    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)


def encoded(light: Any) -> Any:
    """Encode an array of linear light, 0 to 1, as sRGB does (IEC 61966-2-1)."""
    import numpy as np

    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def _grey_from_deep(image: Image) -> Image:
    import numpy as np
    from PIL import Image as images

    stored = np.asarray(image)
    values = stored.astype(np.float32)
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    if image.mode.startswith("I;16") or (low >= 0 and 255 < high <= 65535):
        scaled = values / 257.0
    elif low >= 0 and high <= 255:
        scaled = values
    elif low >= 0 and high <= 1:
        scaled = values * 255.0
    else:
        scaled = (values - low) * (255.0 / max(high - low, 1e-9))
    if getattr(image, "tag_v2", {}).get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        scaled = 255.0 - scaled
    grey = images.fromarray(np.clip(scaled + 0.5, 0, 255).astype(np.uint8))
    clear = image.info.get("transparency")
    if isinstance(clear, int):  # one level, named by a PNG's tRNS in its own depth
        grey.putalpha(images.fromarray(np.where(stored == clear, 0, 255).astype(np.uint8)))
    return grey


@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> Any | None:
    """Build the way to sRGB: its darkest ink becomes black, as image editors show it, not the grey that ink is.

    Without that, black of SWOP's inks comes out as (0, 25, 21), and that of canvas as (46, 50, 52). None where the
    profile is broken.
    """
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.buildTransform(
            source, ImageCms.createProfile("sRGB"), mode, "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )  # fmt: skip
    except (ImageCms.PyCMSError, ValueError, OSError):
        return None


_SPACES = {b"GRAY": "L", b"RGB ": "RGB", b"CMYK": "CMYK"}
_FOLLOWED = {"L": ("L", "RGB"), "RGB": ("RGB",), "CMYK": ("CMYK",)}
"""Of which spaces a profile is followed, by a picture's mode: its own, as ICC.1 7.2.6 asks, and RGB of grey pixels."""


def _space(profile: bytes, mode: str) -> str | None:
    """Give the mode in which a profile describes a picture of ``mode``; None where it is for another colour space.

    A grey profile on colours is ignored, as browsers and phones do: following it would take every colour away.
    """
    space = _SPACES.get(profile[16:20])
    return space if space in _FOLLOWED.get(mode.removesuffix("A"), ()) else None


def _through_profile(image: Image, profile: bytes) -> Image | None:
    """Convert with LittleCMS; None where the profile is broken or for another colour space."""
    from PIL import Image as images
    from PIL import ImageCms

    space = _space(profile, image.mode)
    transform = None if space is None else _transform(profile, space)
    if space is None or transform is None:
        return None
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    try:
        result: Image | None = ImageCms.applyTransform(
            image if image.mode == space else image.convert(space), transform
        )
    except (ImageCms.PyCMSError, ValueError, OSError):
        return None
    if result is None:
        return None
    result.info.clear()
    if space == "L":
        result = result.getchannel("G")  # grey stays grey: its three bands are one
    if alpha is None:
        return result
    return images.merge("LA" if space == "L" else "RGBA", (*result.split(), alpha))


def flattened(image: Image, background: tuple[int, int, int] | None) -> tuple[Image, bool]:
    """Put a picture with transparency onto a colour: the one asked for, else white or a dark neutral.

    Returns the picture and whether dark was taken because the visible pixels would vanish on white.
    """
    from PIL import Image as images

    if image.mode not in ("LA", "RGBA"):
        return image, False
    alpha = image.getchannel("A")
    if alpha.getextrema() == (255, 255):
        return image.convert(image.mode[:-1]), False
    dark = background is None and _vanishes_on_white(image)
    colour = background or (DARK if dark else WHITE)
    base = images.new("RGB", image.size, colour)
    base.paste(image.convert("RGB"), mask=alpha)
    return base, dark


WHITE = (255, 255, 255)

DARK = (31, 35, 40)
"""A neutral near-black (luminance 1.6 %): white on it has a contrast of 16 to 1."""


def _vanishes_on_white(image: Image) -> bool:
    """Say whether what is visible is nearly white: nine tenths of it above 90 % brightness."""
    small = image.convert("LA")
    small.thumbnail((256, 256))
    light, seen = small.split()
    pairs = zip(light.tobytes(), seen.tobytes(), strict=True)
    bright = total = 0
    clear = 0
    for value, weight in pairs:
        clear += weight < 32
        total += weight
        bright += weight if value >= 230 else 0
    pixels = small.width * small.height
    return total > 0 and clear > 0.05 * pixels and bright >= 0.9 * total
