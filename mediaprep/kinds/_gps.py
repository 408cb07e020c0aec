"""Whether EXIF or XMP bytes say where a picture was made, without a decoder."""

from __future__ import annotations

from typing import Literal

_GPS_IFD = 0x8825
"""The tag in EXIF's first directory that points at the GPS directory (Exif 2.32 section 4.6.3)."""


def in_exif(data: bytes) -> bool:
    """Find a GPS directory with entries; whatever is damaged counts as none."""
    if data[4:10] == b"Exif\0\0":  # HEIF puts the offset of the TIFF header before it
        data = data[4:]
    tiff = data.removeprefix(b"Exif\0\0")
    if tiff[:2] not in (b"II", b"MM"):
        return False
    order: Literal["little", "big"] = "little" if tiff[:2] == b"II" else "big"

    def number(offset: int, count: int) -> int:
        return int.from_bytes(tiff[offset : offset + count], order)

    directory = number(4, 4)
    for entry in range(min(number(directory, 2), 1000)):
        field = directory + 2 + 12 * entry
        if number(field, 2) == _GPS_IFD:
            pointed = number(field + 8, 4)
            return 0 < pointed < len(tiff) - 2 and number(pointed, 2) > 0
    return False


def in_xmp(data: bytes) -> bool:
    """Find a latitude in XMP, as an element or an attribute (XMP part 2, exif schema)."""
    return b"GPSLatitude" in data
