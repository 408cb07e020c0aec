"""Open and decode stills: every format through the one reader that takes it, upright, in 8-bit sRGB.

Foreign exceptions stop here: what Pillow, pi-heif or LittleCMS raise becomes an AssetError.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mediaprep.errors import AssetError, ToolError
from mediaprep.kinds import _colour as colour
from mediaprep.kinds import _gif as gif
from mediaprep.kinds import _gif_parts as gif_parts
from mediaprep.kinds import _heif_colour as heif_colour
from mediaprep.kinds import _heif_items as heif_items
from mediaprep.kinds import _heif_shape as heif_shape
from mediaprep.kinds import _jpeg_end as jpeg_end
from mediaprep.kinds import _light as light
from mediaprep.kinds import _png as png
from mediaprep.kinds import _raw as raw
from mediaprep.kinds import _raw_scan as raw_scan
from mediaprep.kinds import _tiff as tiff
from mediaprep.kinds._bounded import Bounded
from mediaprep.kinds._quiet import quiet
from mediaprep.storage import Source

if TYPE_CHECKING:
    from PIL.Image import Image

READERS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
    "image/gif": "GIF",
    "image/tiff": "TIFF",
    "image/bmp": "BMP",
    "image/jp2": "JPEG2000",
    "image/vnd.microsoft.icon": "ICO",
    "image/heic": "HEIF",
    raw_scan.MEDIA_TYPE: "JPEG",
}
"""The only Pillow plugin that may open each media type."""

_MAX_TEXT_BYTES = 16_000_000
"""The most that one text chunk of a PNG may unpack to. Pillow's own bound of 1 MiB refuses whole pictures for the
XMP that Photoshop writes, which names every ancestor of a picture and grows to megabytes."""

_META_BYTES = 16_000_000
"""Read at most to find how colours are stated."""

_DRAFT_MARGIN = 1.5
"""A JPEG may be decoded at 1/2, 1/4 or 1/8 while that leaves this many times the pixels wanted: at
exactly the wanted size the cheap scaling shows (SSIMULACRA2 90-94 against a full decode)."""

_TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
"""EXIF orientation to Pillow's Transpose (FLIP_LEFT_RIGHT 0, FLIP_TOP_BOTTOM 1, ROTATE_90 2, _180 3, _270 4,
TRANSPOSE 5, TRANSVERSE 6): what turns the stored pixels upright (Exif 2.32, tag 0x0112)."""

_ORIENTATION = 0x0112

_NOT_BUILT_IN = frozenset({50_001})
"""Codings of TIFF that Pillow opens and its wheels (13.0) cannot decode, whatever is in them: WebP."""

_SAYS_WHERE = "raw photo says where"
"""Marks a raw photo's preview where the place is in the file around it."""


@contextmanager
def reading(source: Source) -> Iterator[None]:
    """Turn whatever a decoder raises into an AssetError about this source."""
    from PIL import Image as images
    from PIL import UnidentifiedImageError

    try:
        with quiet():
            yield
    except (AssetError, ToolError):
        raise
    except images.DecompressionBombError as error:
        bound = images.MAX_IMAGE_PIXELS
        text = f"{source.name} takes more than twice the bound of {bound:,} pixels"
        raise AssetError("pixel_bound", text, allowed=bound) from error
    except MemoryError as error:
        raise AssetError("memory_bound", f"{source.name} needs more memory than the bound allows") from error
    except UnidentifiedImageError as error:  # its words are the path alone
        raise _unidentified(source) from error
    except OSError as error:
        text = str(error) or type(error).__name__
        if "truncated" in text.lower() or "premature" in text.lower() or _cut(source):
            raise AssetError("truncated", f"{source.name} ends before its picture does") from error
        if text.lower().startswith("unsupported"):
            raise AssetError("unsupported", f"{source.name} cannot be read: {text}") from error
        raise AssetError("unreadable", f"{source.name} cannot be decoded: {text}") from error
    except (
        ValueError, TypeError, KeyError, IndexError, SyntaxError, AttributeError, ArithmeticError,
        EOFError, RuntimeError, AssertionError, struct.error, zlib.error,
    ) as error:  # fmt: skip
        text = str(error) or type(error).__name__
        if "not been built in" in text:  # libheif, of JPEG, H.264 or H.266 inside a HEIF
            words = f"{source.name} is a HEIF whose picture is coded in a way that is not read here"
            raise AssetError("unsupported", words) from error
        raise AssetError("unreadable", f"{source.name} cannot be decoded: {text}") from error


def _unidentified(source: Source) -> AssetError:
    """Tell a picture that is cut or damaged from one that is whole, and made of what the reader does not take."""
    if _cut(source):
        return AssetError("truncated", f"{source.name} ends before its picture does")
    made_of = tiff.described(source) if source.head[:2] in (b"II", b"MM") else None
    if made_of is not None:
        return AssetError("unsupported", f"{source.name} is a TIFF of a layout that is not read here ({made_of})")
    return AssetError("unreadable", f"{source.name} cannot be decoded: what follows its first bytes is no such picture")


def _cut(source: Source) -> bool:
    """Say whether a WebP has fewer bytes than its header counts (RFC 9649, 2.4)."""
    head = source.head
    return head[:4] == b"RIFF" and source.size_bytes < 8 + int.from_bytes(head[4:8], "little")


def opened(source: Source, media_type: str, *, max_pixels: int | None = None) -> Image:
    """Open a source with the one reader for its type; only the header is read. Call within ``reading``.

    Of a raw photo the preview that its camera developed is opened. ``max_pixels`` is for who has no bounds kept yet:
    of a GIF the reader makes room for the first frame at once, as large as that says it is.
    """
    from PIL import Image as images

    name = READERS[media_type]
    images.MAX_IMAGE_PIXELS = max_pixels if name == "GIF" else None  # our own bounds come right after the header
    if name == "HEIF":
        _register_heif()
    elif name == "PNG":
        from PIL import PngImagePlugin

        PngImagePlugin.MAX_TEXT_CHUNK = _MAX_TEXT_BYTES
        if (still := png.unmoved(source.read())) is not None:
            return keyed(images.open(io.BytesIO(still), formats=(name,)), depth=source.head[24])
    elif media_type == "image/jpeg" and (ended := jpeg_end.completed(source)) is not None:
        return images.open(io.BytesIO(ended), formats=(name,))
    elif name == "GIF" and (gif_still := _misread_gif(source)) is not None:
        return gif_still
    elif (photo := _developed(source, media_type)) is not None:
        image = images.open(io.BytesIO(photo.data), formats=("JPEG",))
        image.getexif().setdefault(_ORIENTATION, photo.orientation)
        image.info[_SAYS_WHERE] = photo.gps
        return image
    if name in ("HEIF", "AVIF") and (shape := heif_shaped(source)).aperture is not None:
        return _cropped(source, name, shape, max_pixels)
    image = images.open(source.path, formats=(name,))
    if name == "TIFF":
        from PIL.TiffImagePlugin import TiffImageFile

        assert isinstance(image, TiffImageFile)
        # A file without a name is read, not mapped: mapped, turned rows are taken at a wrong length.
        image.filename = ""
        if image.tag_v2.get(259) in _NOT_BUILT_IN:
            image.close()
            raise _unidentified(source)
    return keyed(image, depth=source.head[24]) if name == "PNG" else image


def _misread_gif(source: Source) -> Image | None:
    """Open a GIF that Pillow misreads up to its first frame so that it is shown as browsers do; None for any other."""
    from PIL import Image as images

    with source.open() as stream:
        found = gif.walk(stream, source.size_bytes, enough=1)
    if found is None or not found.misread:
        return None
    data = gif_parts.without_hollows(source.read())
    if not found.grounded or not found.transparent:
        return images.open(io.BytesIO(data), formats=("GIF",))
    image = images.open(io.BytesIO(gif_parts.on_clear(data)), formats=("GIF",))
    image.seek(1)
    return image


def _developed(source: Source, media_type: str) -> raw.Preview | None:
    """Give what the camera developed of a raw photo; None for what is no raw photo."""
    if media_type == raw_scan.MEDIA_TYPE:
        return raw_scan.preview(source)
    return raw.preview(source) if media_type == "image/tiff" else None


def heif_shaped(source: Source) -> heif_shape.Shown:
    """Read what part of a HEIC or AVIF is shown, and which way up."""
    with source.open() as stream:
        return heif_shape.of_still(Bounded(stream, source.size_bytes, _META_BYTES))


def heif_metadata(source: Source) -> tuple[str, ...]:
    """Name the homes of metadata that a HEIC or AVIF has."""
    with source.open() as stream:
        return heif_items.metadata_homes(heif_items.tables(Bounded(stream, source.size_bytes, _META_BYTES))[0])


def heif_cover(source: Source) -> bool:
    """Say whether a HEIC names a picture of its own, beside what a sequence in it may show."""
    with source.open() as stream:
        return b"pitm" in heif_items.tables(Bounded(stream, source.size_bytes, _META_BYTES))[1]


def _cropped(source: Source, name: str, shape: heif_shape.Shown, max_pixels: int | None) -> Image:
    """Open a HEIC or AVIF whose edges are not shown; how it is to be turned stands in its EXIF."""
    from PIL import Image as images

    # libavif crops nothing, and refuses a file in which what it must know of was made free space
    data = heif_shape.unshaped(source.read()) if name == "HEIF" else source.read()
    image = images.open(io.BytesIO(data), formats=(name,))
    assert shape.aperture is not None
    part = shape.aperture.within(image.size)
    if max_pixels is not None and image.width * image.height > max_pixels:
        return image  # which is refused: cropping decodes it
    shown = image.crop(part) if part is not None else image
    exif = shown.getexif()
    exif[_ORIENTATION] = shape.orientation
    shown.info["exif"] = exif.tobytes()
    return shown


def keyed(image: Image, *, depth: int) -> Image:
    """Give a PNG's clear colour as pixels have it: Pillow names it as it is stored, whatever it decodes pixels to.

    Grey of 2 or 4 bits is spread over eight, 16-bit colours lose their lower bytes, so what differs from the clear one
    in these alone is clear, too.
    """
    key = image.info.get("transparency")
    if depth in (2, 4) and image.mode == "L" and isinstance(key, int):
        image.info["transparency"] = key * 255 // ((1 << depth) - 1)
    if depth == 16 and isinstance(key, tuple):
        image.info["transparency"] = tuple(level >> 8 for level in key)
    return image


def may_hide(image: Image) -> bool:
    """Say whether a picture has a channel, a palette's entry or a colour that can be clear."""
    return image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info


def _register_heif() -> None:
    try:
        import pi_heif
    except ImportError as error:
        raise ToolError(
            "tool_missing", "HEIC pictures need pi-heif; install mediaprep with all its dependencies"
        ) from error
    pi_heif.options.DISABLE_SECURITY_LIMITS = False
    pi_heif.register_heif_opener(thumbnails=False)


def orientation(image: Image) -> int:
    """Read the EXIF orientation, 1 where it is absent, out of range or unreadable; and for TIFF, which Pillow turns."""
    if image.format == "TIFF":
        return 1
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001  # Pillow's EXIF reader raises at least six types on odd tags
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def has_gps(image: Image) -> bool:
    """Say whether EXIF or XMP holds a place; unreadable EXIF counts as none."""
    if image.info.get(_SAYS_WHERE):
        return True
    try:
        if image.getexif().get_ifd(0x8825):
            return True
    except Exception:  # noqa: BLE001  # as above: a broken EXIF block must not stop a picture
        return False
    xmp = image.info.get("xmp", b"")
    text = xmp if isinstance(xmp, bytes) else str(xmp).encode()
    return b"GPSLatitude" in text


def decoded(source: Source, media_type: str, long_edge: int | None = None) -> Image:
    """Decode the first picture, stored orientation kept; a JPEG cheaply smaller where ``long_edge`` allows.

    Raises AssetError where the data is damaged or short.
    """
    with reading(source), opened(source, media_type) as image:
        if image.format in ("JPEG", "MPO") and long_edge is not None:
            scale = max(image.size) / max(long_edge * _DRAFT_MARGIN, 1)
            if scale >= 2:
                image.draft(None, (max(1, int(image.width / scale)), max(1, int(image.height / scale))))
        image.load()
        by_gamma = image.format == "PNG" and colour_coding(source, media_type) is None
        return colour.through_gamma(image) if by_gamma else image


def shown(
    source: Source, media_type: str, long_edge: int | None = None, *, size: tuple[int, int] | None = None
) -> Image:
    """Decode the first picture as ``decoded`` does; one whose colours are stated in numbers comes in sRGB.

    Such a one comes at ``size`` (as stored) where that is given: to turn fewer pixels.
    """
    image = decoded(source, media_type, long_edge)
    coding = colour_coding(source, media_type)
    profiled = image.info.get("icc_profile") and media_type != "image/png"  # a PNG's cICP comes before its profile
    if coding is None or coding.plain or profiled:
        return image
    with reading(source):
        turned = light.shown(image, source, coding, upright=orientation(image) == 1, size=size)
    if "exif" in image.info:  # which way up it is stands there
        turned.info["exif"] = image.info["exif"]
    return turned


def colour_coding(source: Source, media_type: str) -> heif_colour.Coding | None:
    """Read the colour space that a HEIC, AVIF or PNG (``cICP``, third edition 11.3.2.6) states in numbers, if any."""
    if media_type == "image/png":
        return _png_coding(source.head)
    if media_type not in ("image/heic", "image/avif"):
        return None
    with source.open() as stream:
        return heif_colour.coding(Bounded(stream, source.size_bytes, _META_BYTES))


def _png_coding(head: bytes) -> heif_colour.Coding | None:
    for chunk in png.whole_chunks(head):
        if chunk.name == b"IDAT":
            break
        if chunk.name == b"cICP" and chunk.end - chunk.start == 16:
            return heif_colour.Coding(head[chunk.start + 8], head[chunk.start + 9])
    return None


def colour_profile(source: Source, media_type: str) -> bytes | None:
    """Give the embedded ICC profile, without decoding."""
    with reading(source), opened(source, media_type) as image:
        profile = image.info.get("icc_profile")
    return profile if isinstance(profile, bytes) else None


def upright(image: Image, flag: int) -> Image:
    """Turn pixels as the orientation flag says (1 to 8)."""
    if flag not in _TURNS:
        return image
    from PIL import Image as images

    return image.transpose(images.Transpose(_TURNS[flag]))
