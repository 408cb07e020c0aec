"""Whether EXIF or XMP bytes say where a picture was made, without a decoder."""

from __future__ import annotations

from mediaprep.kinds import _exif as exif

_GPS_IFD = 0x8825
"""The tag in EXIF's first directory that points at the GPS directory (Exif 2.32 section 4.6.3)."""


def in_exif(data: bytes) -> bool:
    """Find a GPS directory with entries; whatever is damaged counts as none."""
    directory = exif.first_directory(data)
    at = directory.value_at(_GPS_IFD) if directory is not None else None
    if directory is None or at is None:
        return False
    pointed = directory.number(at, 4)
    return 0 < pointed < len(directory.tiff) - 2 and directory.number(pointed, 2) > 0


def in_xmp(data: bytes) -> bool:
    """Find a latitude in XMP, as an element or an attribute (XMP part 2, exif schema)."""
    return b"GPSLatitude" in data
