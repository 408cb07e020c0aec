"""ID3v2, ID3v1 and APEv2 tags around MPEG sound: how long they are, and whether they tell a place."""

from __future__ import annotations

from mediaprep.kinds._bounded import Bounded

MAX_TAGS = 8
"""ID3v2 tags in a row; some taggers put a second one before the first."""


def id3v2_bytes(head: bytes) -> int:
    """Give the whole length of the ID3v2 tag that ``head`` (10 bytes or more) begins with; 0 if it begins with none."""
    if len(head) < 10 or head[:3] != b"ID3" or head[3] == 0xFF or head[4] == 0xFF:
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size + (10 if head[5] & 0x10 else 0)


def skip_id3v2(source: Bounded, at: int = 0) -> int:
    """Give where the sound begins after any ID3v2 tags at ``at``."""
    for _ in range(MAX_TAGS):
        length = id3v2_bytes(source.upto(at, 10))
        if not length:
            break
        at += length
    return at


def tail_bytes(source: Bounded) -> tuple[int, tuple[str, ...]]:
    """Give the length of the tags at the end of a file, and their names."""
    end, homes = source.size, []
    if source.upto(end - 128, 3) == b"TAG":
        end -= 128
        homes.append("id3v1")
    footer = source.upto(end - 32, 32)
    if footer[:8] == b"APETAGEX" and len(footer) == 32:
        size = int.from_bytes(footer[12:16], "little") + (32 if footer[23] & 0x80 else 0)
        if size <= end:
            end -= size
            homes.append("ape")
    return source.size - end, tuple(homes)
