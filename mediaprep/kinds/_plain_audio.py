"""AMR and FLAC: the two sound formats whose header says nearly everything."""

from __future__ import annotations

from mediaprep.kinds._bounded import Bounded, unreadable
from mediaprep.kinds._clip import Clip, Sound
from mediaprep.kinds._id3 import skip_id3v2, tail_bytes

_NB_BYTES = (13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 0, 1)
"""Bytes of an AMR-NB frame with its header, by frame type; 0 is reserved (RFC 4867 section 5.3, 3GPP TS 26.101)."""

_WB_BYTES = (18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 0, 0, 0, 0, 1, 1)
"""The same for AMR-WB (3GPP TS 26.201)."""

_CHUNK_BYTES = 262_144


def read_amr(source: Bounded) -> Clip:
    """Read an AMR file's facts by stepping from frame to frame (20 ms each); raises AssetError ``unreadable``."""
    wide = source.upto(0, 9) == b"#!AMR-WB\n"
    sizes, at = (_WB_BYTES, 9) if wide else (_NB_BYTES, 6)
    if not wide and source.upto(0, 6) != b"#!AMR\n":
        raise unreadable("the file does not begin as AMR sound of one channel")
    start, frames = at, 0
    chunk, chunk_at = source.upto(at, _CHUNK_BYTES), at
    remarks: tuple[tuple[str, str], ...] = ()
    while at < source.size:
        if at >= chunk_at + len(chunk):
            chunk, chunk_at = source.upto(at, _CHUNK_BYTES), at
        source.step()
        size = sizes[(chunk[at - chunk_at] >> 3) & 15]
        if not size or at + size > source.size:
            remarks = (
                ("salvaged", f"the sound breaks off at byte {at:,} of {source.size:,}; what is before it is used"),
            )
            break
        frames += 1
        at += size
    if not frames:
        raise unreadable("the AMR file holds no whole frame")
    duration_s = frames / 50
    rate_hz = 16_000 if wide else 8_000
    sound = Sound(
        codec="amr_wb" if wide else "amr_nb",
        ordinal=0,
        sample_rate_hz=rate_hz,
        channels=1,
        bit_rate_bps=round(8 * (at - start) / duration_s),
    )
    return Clip(container="amr", demuxer="amr", duration_s=duration_s, sounds=(sound,), remarks=remarks)


def read_flac(source: Bounded) -> Clip:
    """Read a FLAC file's facts from STREAMINFO (RFC 9639 section 8.2); raises AssetError ``unreadable``."""
    at = skip_id3v2(source)
    homes = {"id3v2"} if at else set()
    if source.upto(at, 4) != b"fLaC":
        raise unreadable("the file does not begin as FLAC")
    at += 4
    sound: Sound | None = None
    samples = 0
    last = False
    while not last:
        source.step()
        head = source.exactly(at, 4)
        last, kind, size = bool(head[0] & 0x80), head[0] & 0x7F, int.from_bytes(head[1:], "big")
        if kind == 0:
            info = source.exactly(at + 4, 34)
            packed = int.from_bytes(info[10:18], "big")
            rate_hz, channels, samples = packed >> 44, ((packed >> 41) & 7) + 1, packed & ((1 << 36) - 1)
            sound = Sound(codec="flac", ordinal=0, sample_rate_hz=rate_hz or None, channels=channels)
        elif kind == 6:
            homes.add("cover")
        elif kind == 4 and b"=" in source.upto(at + 4, min(size, 65_536)):
            homes.add("vorbis_comment")
        at += 4 + size
    if sound is None or not sound.sample_rate_hz:
        raise unreadable("the FLAC file has no stream information")
    tail, names = tail_bytes(source)
    duration_s = samples / sound.sample_rate_hz if samples else None
    coded_bytes = source.size - tail - at  # below nothing where tags overlap what a damaged header claims
    sound = Sound(
        codec="flac",
        ordinal=0,
        sample_rate_hz=sound.sample_rate_hz,
        channels=sound.channels,
        bit_rate_bps=round(8 * coded_bytes / duration_s) if duration_s and coded_bytes > 0 else None,
    )
    return Clip(
        container="flac",
        demuxer="flac",
        duration_s=duration_s,
        sounds=(sound,),
        metadata=tuple(sorted(homes | set(names))),
    )
