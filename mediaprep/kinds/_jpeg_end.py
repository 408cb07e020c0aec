"""JPEGs that lack nothing but their end mark, which apps and broken-off transfers leave out and every viewer forgives.

A decoder that meets the mark before it has all the bits it needs says so; so the file is decoded with the mark put
behind it. libjpeg asks for bits one by one, and warns of one that is missing (jdhuff.c, ``JWRN_HIT_MARKER``).
"""

from __future__ import annotations

import os

from mediaprep.errors import AssetError
from mediaprep.kinds._jpeg import SOS, JpegStructure, read_structure
from mediaprep.kinds._resize import vips
from mediaprep.options import Bounds
from mediaprep.storage import Source

_MARK = b"\xff\xd9"

_FRAMES = (0xC0, 0xC1, 0xC2)
"""Those that are read here: baseline, extended and progressive."""

_ZEROS = b"\0\0"
"""What coded data never end in: one zero is stuffed behind 0xFF (T.81 F.1.2.3). Room that was set aside for bytes that
did not come does, and decoders take it for coded data without a word."""


def completed(source: Source) -> bytes | None:
    """Give a JPEG with the end mark that it lacks; None for one that has it, and for one that lacks more.

    Raises AssetError ``truncated`` where zeros stand for what it lacks.
    """
    if _last_two(source) == _MARK:
        return None
    data = source.read()
    try:
        structure = read_structure(data, max_scans=Bounds().max_scans)
    except AssetError:
        return None
    if structure.end is not None or structure.arithmetic or structure.damaged or vips() is None:
        return None  # arithmetic coding leaves out bytes that are zero, so its decoder misses none
    coded = _unpadded(data)
    if scans_whole(data, structure) and _without_warning(coded + _MARK):
        return coded + _MARK
    if len(coded) < len(data):
        text = f"{source.name} ends in {len(data) - len(coded):,} zeros, where the rest of its picture should be"
        raise AssetError("truncated", text, actual=source.size_bytes)
    return None


def scans_whole(data: bytes, structure: JpegStructure) -> bool:
    """Say whether the scans' headers tell of every coefficient's every bit: a cut between two scans leaves no trace."""
    wanted = {(plane, k) for plane in range(structure.components) for k in range(64 if structure.progressive else 1)}
    names: dict[int, int] = {}
    for segment in structure.segments:
        body = data[segment.start + 4 : segment.end]
        if segment.marker in _FRAMES and len(body) >= 6 + 3 * structure.components:
            names = {body[6 + 3 * i]: i for i in range(structure.components)}
        if segment.marker != SOS or not body or len(body) < 4 + 2 * body[0]:
            continue
        planes = [names.get(body[1 + 2 * i], -1) for i in range(body[0])]
        first, last, bits = body[-3:]
        if not structure.progressive:
            first = last = bits = 0
        if bits & 15 == 0:
            wanted -= {(plane, k) for plane in planes for k in range(first, last + 1)}
    return not wanted


def _unpadded(data: bytes) -> bytes:
    if not data.endswith(_ZEROS):
        return data
    coded = data.rstrip(b"\0")
    return coded + b"\0" if coded.endswith(b"\xff") else coded


def _last_two(source: Source) -> bytes:
    if source.size_bytes <= len(source.head):
        return source.head[-2:]
    with source.open() as stream:
        stream.seek(-2, os.SEEK_END)
        return stream.read()


def _without_warning(data: bytes) -> bool:
    """Decode at an eighth of the size, for which every bit is read, and say whether the decoder missed nothing."""
    lib = vips()
    assert lib is not None
    lib.Error("")  # takes what was said before out of the library's memory
    try:
        lib.Image.jpegload_buffer(data, access="sequential", fail_on="warning", shrink=8).avg()
    except lib.Error:
        return False
    # libvips (8.18) asks before each strip of lines whether the one above had a warning, so it passes over the last's
    return not lib.Error("").detail
