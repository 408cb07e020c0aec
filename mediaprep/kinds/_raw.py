"""Raw photos (DNG, NEF, CR2, ARW and their kin): TIFF files whose first picture may be a thumbnail, or none at all.

What the sensor saw is not developed here. Cameras and phones put a picture that they developed themselves beside it, as
a whole JPEG; the largest of these is what the photo looks like on the camera's own screen, and is what is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mediaprep.errors import AssetError
from mediaprep.kinds import _jpeg as jpeg
from mediaprep.kinds import _tiff as tiff
from mediaprep.storage import Source

if TYPE_CHECKING:
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

_COMPRESSION, _PHOTOMETRIC, _STRIPS, _STRIP_BYTES, _ORIENTATION = 259, 262, 273, 279, 274
_JPEG_TABLES, _JPEG, _JPEG_BYTES, _GPS, _DNG_VERSION = 347, 513, 514, 34_853, 50_706

_KIND, _REDUCED = 254, 1
"""The tag NewSubfileType and its bit for a picture that is a smaller version of another."""

_SENSOR = frozenset({32_803, 34_892})
"""Photometric interpretations of sensor data: a colour filter array, and linear raw (DNG 1.7, chapter 3)."""

_JPEG_CODED = frozenset({6, 7})
"""Compressions that mean JPEG: the old way (TIFF 6.0, section 22) and the new (Technical Note 2)."""

MOST_SCANS = 100
"""As the bound on any JPEG is by default; cameras write one."""

_LEAST_LONG_EDGE = 640
"""A preview smaller than this is a thumbnail (160 to 256 pixels), which nobody means to send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The JPEG that a camera developed, what turns it upright (1 to 8), and whether the photo says where it is from."""

    data: bytes
    orientation: int
    gps: bool


def preview(source: Source) -> Preview | None:
    """Give a raw photo's largest preview; None for TIFF files that are no raw photos.

    Raises AssetError: ``truncated`` where the file ends before its preview, ``unsupported`` where it has none.
    """
    try:
        ifds = list(tiff.directories(source))
    except Exception:  # noqa: BLE001  # Pillow's reader raises many types on odd directories; opening it says what is wrong
        return None
    if not ifds:
        return None
    if not _is_raw(source, ifds):
        if ifds[0].get(_KIND) == _REDUCED and any(at >= source.size_bytes for at in tiff.within(ifds[0])):
            raise AssetError("truncated", f"{source.name} ends before the picture that its thumbnail stands for")
        return None
    best, best_pixels = b"", 0
    cut = any(at >= source.size_bytes for at in tiff.within(ifds[0]))
    for offset, size in (place for ifd in ifds if (place := _jpeg_of(ifd)) is not None):
        if offset + size > source.size_bytes:
            cut = True
            continue
        with source.open() as stream:
            stream.seek(offset)
            data = stream.read(size)
        pixels = shown_pixels(data)
        if pixels > best_pixels:
            best, best_pixels = data, pixels
    if not best:
        if cut:
            raise AssetError("truncated", f"{source.name} ends before the preview of its raw photo does")
        raise AssetError(
            "unsupported",
            f"{source.name} is a raw photo, which is not developed here, and holds no more than a thumbnail",
        )
    flag = ifds[0].get(_ORIENTATION, 1)
    return Preview(data=best, orientation=flag if flag in range(1, 9) else 1, gps=_GPS in ifds[0])


def _is_raw(source: Source, ifds: list[ImageFileDirectory_v2]) -> bool:
    if source.head[8:11] == b"CR\x02" or _DNG_VERSION in ifds[0]:
        return True
    return any(ifd.get(_PHOTOMETRIC) in _SENSOR for ifd in ifds)


def _jpeg_of(ifd: ImageFileDirectory_v2) -> tuple[int, int] | None:
    """Say where a directory's picture lies, if it is one whole JPEG: offset and bytes."""
    if ifd.get(_PHOTOMETRIC) in _SENSOR or _JPEG_TABLES in ifd:
        return None
    if _JPEG in ifd and _JPEG_BYTES in ifd:
        return _pair(ifd[_JPEG], ifd[_JPEG_BYTES])
    if ifd.get(_COMPRESSION) in _JPEG_CODED:
        return _pair(ifd.get(_STRIPS), ifd.get(_STRIP_BYTES))
    return None


def _pair(offset: Any, size: Any) -> tuple[int, int] | None:
    """Give two numbers of a stranger's, each alone or in a tuple of one; None for anything else."""
    one, other = (v[0] if isinstance(v, tuple) and len(v) == 1 else v for v in (offset, size))
    if isinstance(one, int) and isinstance(other, int) and one > 0 and other > 0:
        return one, other
    return None


def shown_pixels(data: bytes) -> int:
    """Count the pixels of a JPEG that any decoder shows; 0 for thumbnails, sensor data and damage."""
    try:
        structure = jpeg.read_structure(data, max_scans=MOST_SCANS)
    except AssetError:
        return 0
    ordinary = structure.precision == 8 and not structure.lossless and structure.end is not None
    large = max(structure.width, structure.height) >= _LEAST_LONG_EDGE
    return structure.width * structure.height if ordinary and large else 0
