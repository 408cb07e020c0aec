"""How many bits the samples of a JPEG 2000 have (ITU-T T.800, annex A.5.1).

Pillow 13 rounds colours of more than eight bits up without end: 255.5 of 255 becomes 0, so white comes out black.
"""

from __future__ import annotations

from mediaprep.storage import Source

_START = b"\xff\x4f\xff\x51"
"""The start of a codestream and of its first segment, which says how large and how deep the picture is."""

_DEPTH_AT = 42
"""Where the first component's depth stands, counted from there."""


def bits(source: Source) -> int | None:
    """Give the bits of the first component; None where that is not within the file's first bytes."""
    at = source.head.find(_START) + _DEPTH_AT
    return (source.head[at] & 0x7F) + 1 if _DEPTH_AT <= at < len(source.head) else None
