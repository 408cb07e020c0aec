"""A WebP file (RFC 9649) without its metadata chunks: the same coded picture in a clean wrapper."""

from __future__ import annotations

from collections.abc import Iterator

_ICC, _EXIF, _XMP = 0x20, 0x08, 0x04
"""Flags of the VP8X header for the chunks that are taken out (RFC 9649 section 2.7.1)."""

_PICTURE = frozenset({b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"})
HOMES = {b"EXIF": "exif", b"XMP ": "xmp", b"ICCP": "icc"}


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    end = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    at = 12
    while at + 8 <= end:
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        stop = at + 8 + length + (length & 1)
        if at + 8 + length > len(data):
            return
        yield data[at : at + 4], at, min(stop, len(data))
        at = stop


def is_lossy(data: bytes) -> bool:
    """Say whether the picture was coded with loss: a VP8 chunk, not a VP8L (RFC 9649, 2.5 and 2.6)."""
    return any(name == b"VP8 " for name, _, _ in _chunks(data))


def metadata_homes(data: bytes) -> tuple[str, ...]:
    """Name what else the file carries: exif, xmp, icc, other, tail."""
    homes: list[str] = []
    for name, _, _ in _chunks(data):
        if name not in _PICTURE and name != b"VP8X":
            home = HOMES.get(name, "other")
            if home not in homes:
                homes.append(home)
    size = 8 + int.from_bytes(data[4:8], "little")
    if size + (size & 1) < len(data):
        homes.append("tail")
    return tuple(homes)


def stripped(data: bytes, *, keep_profile: bool = False) -> bytes:
    """Give the same picture without EXIF, XMP, colour profile (unless kept), unknown chunks and trailing bytes."""
    body = bytearray()
    taken = _EXIF | _XMP | (0 if keep_profile else _ICC)
    for name, start, stop in _chunks(data):
        chunk = data[start:stop]
        if name == b"VP8X" and len(chunk) > 8:
            flags = chunk[8] & ~taken
            chunk = chunk[:8] + bytes([flags]) + chunk[9:]
        elif name not in _PICTURE and not (keep_profile and name == b"ICCP"):
            continue
        body += chunk + (b"\0" if len(chunk) & 1 else b"")
    return b"RIFF" + (4 + len(body)).to_bytes(4, "little") + b"WEBP" + bytes(body)
