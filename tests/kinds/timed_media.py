"""Small timed media for tests: made by the bundled ffmpeg, or put together box by box."""

from __future__ import annotations

import io
import struct
from pathlib import Path

from mediaprep import ffmpeg, process
from mediaprep.kinds._bounded import Bounded

LIMITS = process.ChildLimits(wall_s=60, cpu_s=60, memory_bytes=None, file_bytes=50_000_000)
PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=96x64:rate=25:duration=1")
SOUND = ("-f", "lavfi", "-i", "sine=frequency=440:duration=1:sample_rate=44100")


def make(path: Path, *options: str, picture: bool = True, sound: bool = True) -> Path:
    """Encode a second of test picture and sound to ``path`` with the bundled ffmpeg."""
    inputs = [*(PICTURE if picture else ()), *(SOUND if sound else ())]
    args = [ffmpeg.binary(), "-hide_banner", "-nostdin", "-y", "-v", "error", *inputs, *options, f"file:{path}"]
    finished = process.run(args, limits=LIMITS)
    assert finished.returncode == 0, finished.stderr_tail
    return path


def bounded(data: bytes, budget_bytes: int = 64_000_000, max_tracks: int = 32) -> Bounded:
    """See bytes as a reader sees a file."""
    return Bounded(io.BytesIO(data), len(data), budget_bytes, max_tracks=max_tracks)


def box(kind: bytes, *bodies: bytes) -> bytes:
    """Make one box of an ISO base media file."""
    body = b"".join(bodies)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full_box(kind: bytes, *bodies: bytes, flags: int = 0, version: int = 0) -> bytes:
    """Make a box with version and flags."""
    return box(kind, struct.pack(">I", version << 24 | flags), *bodies)


UPRIGHT = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
TURNED_90 = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)


def movie_head(timescale: int = 1000, ticks: int = 1000) -> bytes:
    """Make an `mvhd` box."""
    return full_box(b"mvhd", struct.pack(">4I", 0, 0, timescale, ticks), bytes(16), UPRIGHT, bytes(28))


def track(
    entry: bytes,
    *,
    handler: bytes = b"vide",
    matrix: bytes = UPRIGHT,
    edits: bytes = b"",
    table: bytes | None = None,
    reference: bytes | None = None,
    number: int = 1,
) -> bytes:
    """Make a `trak` of 25 samples of 100 bytes, 40 ms each, from byte 0 of the file on."""
    table = table if table is not None else sample_table(entry)
    reference = reference if reference is not None else full_box(b"url ", flags=1)
    return box(
        b"trak",
        full_box(b"tkhd", struct.pack(">5I", 0, 0, number, 0, 1000), bytes(16), matrix, bytes(8), flags=3),
        edits,
        box(
            b"mdia",
            full_box(b"mdhd", struct.pack(">4IHH", 0, 0, 1000, 1000, 0, 0)),
            full_box(b"hdlr", bytes(4), handler, bytes(12), b"\0"),
            box(b"minf", box(b"dinf", full_box(b"dref", struct.pack(">I", 1), reference)), table),
        ),
    )


def sample_table(entry: bytes, *, runs: bytes = b"", offset: int = 0) -> bytes:
    """Make an `stbl` around a sample entry."""
    return box(
        b"stbl",
        full_box(b"stsd", struct.pack(">I", 1), entry),
        runs or full_box(b"stts", struct.pack(">3I", 1, 25, 40)),
        full_box(b"stsz", struct.pack(">2I", 100, 25)),
        full_box(b"stsc", struct.pack(">4I", 1, 1, 25, 1)),
        full_box(b"stco", struct.pack(">2I", 1, offset)),
    )


def picture_entry(kind: bytes = b"avc1", *children: bytes, width: int = 96, height: int = 64) -> bytes:
    """Make a visual sample entry."""
    head = bytes(6) + struct.pack(">H", 1) + bytes(16) + struct.pack(">HH", width, height) + bytes(46)
    return box(kind, head, struct.pack(">Hh", 24, -1), *children)


def sound_entry(kind: bytes = b"samr", *children: bytes, channels: int = 1, rate: int = 8000) -> bytes:
    """Make an audio sample entry."""
    head = bytes(6) + struct.pack(">H", 1) + bytes(8) + struct.pack(">HHHHI", channels, 16, 0, 0, rate << 16)
    return box(kind, head, *children)


def movie(*tracks: bytes, brand: bytes = b"isom", before: bytes = b"", inside: bytes = b"", media: int = 2500) -> bytes:
    """Make a whole file whose media data are ``media`` zero bytes; ``inside`` goes into `moov`."""
    return (
        box(b"ftyp", brand, bytes(4), brand)
        + before
        + box(b"moov", movie_head(), *tracks, inside)
        + box(b"mdat", bytes(media))
    )
