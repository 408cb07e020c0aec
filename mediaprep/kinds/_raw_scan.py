"""Raw photos in files of their makers' own (Canon CR3, Fujifilm RAF, Panasonic RW2, Olympus ORF).

Each keeps the JPEGs that its camera developed in another place. They are found by looking through the file for whole
JPEGs; what stands inside one, such as its own thumbnail, is passed over with it.
"""

from __future__ import annotations

import struct
from typing import Any

from mediaprep.errors import AssetError
from mediaprep.formats import brand, starts
from mediaprep.kinds import _jpeg as jpeg
from mediaprep.kinds import _tiff as tiff
from mediaprep.kinds._raw import MOST_SCANS, Preview, shown_pixels
from mediaprep.storage import Source

MEDIA_TYPE = "image/x-raw"

_SIGNATURES = starts(b"FUJIFILMCCD-RAW", b"IIU\0", b"IIRO", b"IIRS", b"MMOR")
_NUMBERS = {b"II": b"II*\0", b"MM": b"MM\0*"}
"""How a TIFF file begins; Panasonic and Olympus put letters where it has 42."""

_START = b"\xff\xd8\xff"
_MOST_JPEG_BYTES = 40_000_000
_MOST_STARTS = 64
"""Places that begin like a JPEG: three to five are, and one by chance in every 16 MB of a sensor's data."""

_ORIENTATION, _GPS, _LATITUDE = 274, 34_853, 2


def is_raw(head: bytes) -> bool:
    """Say whether a file begins as one of these makers' does."""
    return brand(head) == "crx" or _SIGNATURES(head)


def preview(source: Source) -> Preview:
    """Give a raw photo's largest preview; raises AssetError ``unsupported`` where it holds a thumbnail at most."""
    data = source.read()
    best, best_pixels, at = b"", 0, 0
    for _ in range(_MOST_STARTS):
        at = data.find(_START, at)
        if at < 0:
            break
        part = data[at : at + _MOST_JPEG_BYTES]
        try:
            end = jpeg.read_structure(part, max_scans=MOST_SCANS).end
        except AssetError:
            end = None
        at += len(_START) if end is None else end
        pixels = 0 if end is None else shown_pixels(part[:end])
        if pixels > best_pixels:
            best, best_pixels = part[:end], pixels
    if not best:
        raise AssetError(
            "unsupported",
            f"{source.name} is a raw photo, which is not developed here, and holds no more than a thumbnail",
        )
    orientation, gps = _said(source)
    return Preview(data=best, orientation=orientation if orientation in range(1, 9) else 1, gps=gps)


def _said(source: Source) -> tuple[int, bool]:
    """Read what the file around the preview says: which way is up, and whether it names a place."""
    head = source.head
    if brand(head) == "crx":  # Canon keeps each directory in a box: CMT1 is the first of a TIFF file, CMT4 that of GPS
        return _first(_box(head, b"CMT1")).get(_ORIENTATION, 1), _LATITUDE in _first(_box(head, b"CMT4"))
    known = _first(_NUMBERS.get(head[:2], b"") + head[4:])
    return known.get(_ORIENTATION, 1), _GPS in known


def _box(head: bytes, name: bytes) -> bytes:
    at = head.find(name)
    return head[at + 4 : at - 4 + struct.unpack_from(">I", head, at - 4)[0]] if at >= 4 else b""


def _first(data: bytes) -> dict[int, Any]:
    """Read the first directory of a TIFF file's first bytes; nothing where there is none that can be read."""
    try:
        return dict(tiff.first_directory(data))
    except Exception:  # noqa: BLE001  # Pillow's reader raises many types on odd directories; its words are not needed
        return {}
