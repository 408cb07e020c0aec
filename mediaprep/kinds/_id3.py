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
    """Give the length of the tags at the end of a file, in any order, and their names."""
    end, homes = source.size, []
    for _ in range(MAX_TAGS):
        length, home = _last_tag(source, end)
        if not length:
            break
        end -= length
        homes.append(home)
    return source.size - end, tuple(homes)


def _last_tag(source: Bounded, end: int) -> tuple[int, str]:
    """Give the length and name of the tag that ends at ``end``; 0 where none does.

    ID3v1 and its extension "TAG+", APEv2 (its footer), ID3v2.4 with a footer (section 3.4), Lyrics3v2.
    """
    if source.upto(end - 128, 3) == b"TAG" and end >= 128:
        extended = end >= _ID3V1_BYTES and source.upto(end - _ID3V1_BYTES, 4) == b"TAG+"
        return _ID3V1_BYTES if extended else 128, "id3v1"
    footer = source.upto(max(end - 32, 0), 32)[: min(end, 32)]
    length, home = 0, ""
    if footer[:8] == b"APETAGEX" and len(footer) == 32:
        length, home = int.from_bytes(footer[12:16], "little") + (32 if footer[23] & 0x80 else 0), "ape"
    elif footer[-10:-7] == b"3DI":
        length, home = 10 + id3v2_bytes(b"ID3" + footer[-7:-5] + b"\0" + footer[-4:]), "id3v2"
    elif footer[-9:] == b"LYRICS200" and footer[-15:-9].isdigit():
        length, home = 15 + int(footer[-15:-9]), "lyrics"
    return (length, home) if 0 < length <= end else (0, "")


_ID3V1_BYTES = 227 + 128
"""With its extension."""
