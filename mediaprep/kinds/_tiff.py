"""The directories of a TIFF file (TIFF 6.0, BigTIFF), and words for pictures in them that no reader here takes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mediaprep.storage import Source

if TYPE_CHECKING:
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLE_FORMAT, _SUB_IFDS = 256, 257, 258, 259, 262, 339, 330

_MOST_IFDS = 16
"""A camera's file has three to nine, its previews among them; a chain of more is no camera's."""

_SPACES = {0: "grey", 1: "grey", 2: "RGB", 3: "palette", 5: "CMYK", 6: "YCbCr", 8: "Lab", 9: "Lab", 10: "Lab"}
_FORMATS = {2: "signed ", 3: "floating-point ", 5: "complex ", 6: "complex "}
"""Photometric interpretations and sample formats by name (TIFF 6.0, sections 8, 16, 19 and 23)."""


def directories(source: Source) -> Iterator[ImageFileDirectory_v2]:
    """Read the directories of a TIFF file, those within others too; each once. Whatever Pillow's reader raises, may."""
    from PIL.TiffImagePlugin import ImageFileDirectory_v2 as Directory

    head = source.head[:16] if source.head[2:3] == b"+" or source.head[3:4] == b"+" else source.head[:8]
    waiting, seen = [Directory(head).next], {0}
    with source.open() as stream:
        while waiting and len(seen) <= _MOST_IFDS:
            offset = waiting.pop(0)
            if offset in seen or offset >= source.size_bytes:
                continue
            seen.add(offset)
            ifd = Directory(head)
            stream.seek(offset)
            ifd.load(stream)
            yield ifd
            waiting += [ifd.next, *within(ifd)]


def first_directory(data: bytes) -> ImageFileDirectory_v2:
    """Read the first directory from a file's first bytes. Whatever Pillow's reader raises, may be raised."""
    from PIL.TiffImagePlugin import ImageFileDirectory_v2 as Directory

    ifd = Directory(data[:8])
    stream = io.BytesIO(data)
    stream.seek(ifd.next)
    ifd.load(stream)
    return ifd


def within(ifd: ImageFileDirectory_v2) -> tuple[int, ...]:
    """Say where the directories within another one lie."""
    offsets = ifd.get(_SUB_IFDS, ())
    found = offsets[:_MOST_IFDS] if isinstance(offsets, tuple) else (offsets,)
    return tuple(offset for offset in found if isinstance(offset, int))


def described(source: Source) -> str | None:
    """Say what an intact file's first picture is made of; None where its directory is damaged, or none is there."""
    try:
        ifd = next(directories(source), None)
        if ifd is None or not {_WIDTH, _HEIGHT, _PHOTOMETRIC} <= set(ifd):
            return None
        bits, sample = ifd.get(_BITS, (1,)), ifd.get(_SAMPLE_FORMAT, (1,))
        space = _SPACES.get(ifd[_PHOTOMETRIC], f"photometric {ifd[_PHOTOMETRIC]}")
        return f"{bits[0]}-bit {_FORMATS.get(sample[0], '')}{space}, compression {ifd.get(_COMPRESSION, 1)}"
    except Exception:  # noqa: BLE001  # Pillow's reader raises many types on odd directories, which are damage
        return None
