"""EXIF's first directory, read without a decoder (Exif 2.32, section 4.6.2). Whatever is damaged counts as absent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_ORIENTATION = 0x0112
_MOST_ENTRIES = 1_000


@dataclass(frozen=True, slots=True)
class Directory:
    """The first directory of a TIFF structure, and the bytes that its offsets point into."""

    tiff: bytes
    order: Literal["little", "big"]

    def number(self, offset: int, count: int) -> int:
        """Read ``count`` bytes; what lies behind the end counts as nothing."""
        return int.from_bytes(self.tiff[offset : offset + count], self.order)

    def value_at(self, tag: int) -> int | None:
        """Give where the value of a tag stands, or the offset of a longer one; None where the tag is not there."""
        start = self.number(4, 4)
        for entry in range(min(self.number(start, 2), _MOST_ENTRIES)):
            field = start + 2 + 12 * entry
            if self.number(field, 2) == tag:
                return field + 8
        return None


def first_directory(data: bytes) -> Directory | None:
    """Open EXIF as PNG, WebP and HEIF hold it; None where it is none."""
    if data[4:10] == b"Exif\0\0":  # HEIF puts the offset of the TIFF header before it
        data = data[4:]
    tiff = data.removeprefix(b"Exif\0\0")
    if tiff[:2] not in (b"II", b"MM"):
        return None
    return Directory(tiff, "little" if tiff[:2] == b"II" else "big")


def orientation(data: bytes) -> int:
    """Read how pixels are to be turned, 1 (as they are) to 8; 1 where nothing usable is said."""
    directory = first_directory(data)
    at = directory.value_at(_ORIENTATION) if directory is not None else None
    value = directory.number(at, 2) if directory is not None and at is not None else 1
    return value if 1 <= value <= 8 else 1
