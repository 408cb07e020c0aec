"""The structure of a PNG file (ISO/IEC 15948): chunks, and the same picture without metadata."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mediaprep.errors import AssetError

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_PICTURE = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"acTL", b"fcTL", b"fdAT"})
"""Chunks that decide pixels or motion; all others are colour hints, text, times and private data."""

_HEADER = b"\0\0\0\rIHDR"
"""A header holds 13 bytes (ISO/IEC 15948 section 11.2.2)."""

_MOTION = frozenset({b"acTL", b"fcTL", b"fdAT"})
"""What only an animation needs. One of fewer than two whole frames is a still, shown by its IDAT alone."""

COLOUR = frozenset({b"sRGB", b"gAMA", b"cHRM", b"cICP"})
"""Chunks of a few numbers that say how the pixels are meant to look; they hold nothing private."""

HOMES = {
    b"tEXt": "text", b"zTXt": "text", b"iTXt": "text", b"eXIf": "exif", b"tIME": "time", b"iCCP": "icc",
}  # fmt: skip
_HARMLESS = frozenset({b"sRGB", b"gAMA", b"cHRM", b"sBIT", b"bKGD", b"pHYs", b"hIST", b"cICP", b"mDCV", b"cLLI"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """One chunk: ``data[start:end]`` is the whole of it, length and checksum included."""

    name: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PngStructure:
    """Header facts and chunks. ``end`` is the offset behind IEND, None where it is missing."""

    width: int
    height: int
    depth: int
    colour_type: int
    chunks: tuple[Chunk, ...]
    end: int | None


def whole_chunks(data: bytes) -> Iterator[Chunk]:
    """Give the chunks behind the signature, up to the first that is not whole."""
    at = len(SIGNATURE)
    while at + 12 <= len(data):
        stop = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if stop > len(data):
            return
        yield Chunk(name=data[at + 4 : at + 8], start=at, end=stop)
        at = stop


def read_structure(data: bytes, *, max_chunks: int = 100_000) -> PngStructure:
    """Walk the chunks; raises AssetError (``unreadable``, ``truncated``, ``header_bound``)."""
    if not data.startswith(SIGNATURE) or data[8:16] != _HEADER or len(data) < 33:
        raise AssetError("unreadable", "the PNG has no header chunk")
    chunks: list[Chunk] = []
    end, picture = None, False
    for chunk in whole_chunks(data):
        if chunk.name == b"IHDR" and chunks and not picture:
            raise AssetError("unreadable", "the PNG has two headers: readers disagree which one holds")
        picture = picture or chunk.name == b"IDAT"
        chunks.append(chunk)
        if len(chunks) > max_chunks:
            raise AssetError("header_bound", f"the PNG has more than {max_chunks} chunks", allowed=max_chunks)
        if chunk.name == b"IEND":
            end = chunk.end
            break
    if not picture:
        raise AssetError("truncated", "the PNG ends before its picture data")
    return PngStructure(
        width=int.from_bytes(data[16:20], "big"),
        height=int.from_bytes(data[20:24], "big"),
        depth=data[24],
        colour_type=data[25],
        chunks=tuple(chunks),
        end=end,
    )


def stripped(data: bytes, structure: PngStructure) -> bytes:
    """Give the same pixels without text, times, EXIF, profiles, rests of motion, private chunks and a tail."""
    wanted = (_PICTURE | COLOUR) - _MOTION
    kept = (data[c.start : c.end] for c in _heeded(structure.chunks) if c.name in wanted)
    return SIGNATURE + b"".join(kept)


def _heeded(chunks: tuple[Chunk, ...]) -> Iterator[Chunk]:
    """Give what readers heed: one header, what stands before the picture, its unbroken run of IDAT, and the end.

    A second IHDR, or an IDAT after another chunk (ISO/IEC 15948 section 5.6 forbids both), is passed over by readers;
    moved up against the first run by stripping, it would become part of the picture.
    """
    first = next(i for i, chunk in enumerate(chunks) if chunk.name == b"IDAT")
    last = next((i for i in range(first, len(chunks)) if chunks[i].name != b"IDAT"), len(chunks))
    yield from chunks[:last]
    yield from (chunk for chunk in chunks[last:] if chunk.name == b"IEND")


def unmoved(data: bytes) -> bytes | None:
    """Give the file without the chunks that only an animation needs; None where there are none.

    The reader refuses a still for frames that nothing announces: browsers pass over them (third edition, 11.3.6).
    """
    if not any(name in data for name in _MOTION):
        return None
    chunks = list(whole_chunks(data))
    if not any(chunk.name in _MOTION for chunk in chunks):
        return None
    rest = data[chunks[-1].end :]  # a cut chunk stays, for the reader to judge
    return SIGNATURE + b"".join(data[c.start : c.end] for c in chunks if c.name not in _MOTION) + rest


def metadata_homes(data: bytes, structure: PngStructure) -> tuple[str, ...]:
    """Name what else the file carries: text, exif, time, icc, other, tail."""
    homes: list[str] = []
    for chunk in structure.chunks:
        if chunk.name in _PICTURE or chunk.name in _HARMLESS:
            continue
        name = HOMES.get(chunk.name, "other")
        if name == "text" and data.startswith(b"XML:com.adobe.xmp", chunk.start + 8):
            name = "xmp"
        if name not in homes:
            homes.append(name)
    if structure.end is not None and structure.end < len(data):
        homes.append("tail")
    return tuple(homes)
