"""AIFF, AIFF-C (Apple, 1991) and CAF (Apple Core Audio Format 1.0): format and length from their chunks."""

from __future__ import annotations

import struct

from mediaprep.kinds._bounded import Bounded, uint, unreadable
from mediaprep.kinds._clip import Clip, Sound
from mediaprep.kinds._mpeg4 import read_audio_config, read_esds
from mediaprep.kinds._pcm import pcm_bits, pcm_codec

_COMPRESSIONS = {
    b"ulaw": "pcm_mulaw", b"ULAW": "pcm_mulaw", b"alaw": "pcm_alaw", b"ALAW": "pcm_alaw", b"ima4": "adpcm_ima_qt",
    b"MAC3": "mace3", b"MAC6": "mace6", b"GSM ": "gsm", b"QDM2": "qdm2", b"Qclp": "qcelp", b"G722": "adpcm_g722",
}  # fmt: skip
_CAF_CODECS = {
    b"aac ": "aac", b"aach": "aac_he", b"aacp": "aac_he", b"alac": "alac", b".mp3": "mp3", b".mp2": "mp2",
    b".mp1": "mp1", b"ac-3": "ac3", b"ec-3": "eac3", b"opus": "opus", b"flac": "flac", b"ulaw": "pcm_mulaw",
    b"alaw": "pcm_alaw", b"ima4": "adpcm_ima_qt", b"samr": "amr_nb", b"ilbc": "ilbc",
}  # fmt: skip


def read_aiff(source: Bounded) -> Clip:
    """Read an AIFF file's facts; raises AssetError ``unreadable`` without a usable `COMM` chunk or without sound."""
    compressed = source.exactly(8, 4) == b"AIFC"
    common = b""
    data: tuple[int, int] | None = None
    homes: set[str] = set()
    at = 12
    while at + 8 <= source.size:
        source.step()
        head = source.upto(at, 8)
        name, size = head[:4], uint(head, 4, 4)
        if name == b"COMM":
            common = common or source.upto(at + 8, min(size, 64))
        elif name == b"SSND":
            data = data or (at + 16, max(0, size - 8))
        elif name in {b"ID3 ", b"id3 "}:
            homes.add("id3v2")
        elif name in {b"NAME", b"AUTH", b"(c) ", b"ANNO", b"COMT"}:
            homes.add("text")
        at += 8 + size + size % 2
    if len(common) < 18 or data is None:
        raise unreadable("the AIFF file lacks its format (`COMM`) or its sound (`SSND`)")
    channels, frames, bits = uint(common, 0, 2), uint(common, 2, 4), uint(common, 6, 2)
    rate = _extended(common[8:18])
    kind = common[18:22] if compressed else b"NONE"
    codec = _aiff_codec(kind, bits)
    if not channels or not 1 <= rate <= 10_000_000:
        raise unreadable(f"the AIFF file says it has {channels} channels at {rate:.0f} Hz")
    start, stated = data
    there = max(0, source.size - start)
    remarks: tuple[tuple[str, str], ...] = ()
    width = pcm_bits(codec)
    if width is not None:
        whole = min(frames, min(stated, there) * 8 // (width * channels))
        if stated > there:
            remarks = (("salvaged", f"the sound ends after {there:,} of {stated:,} bytes; what is there is used"),)
        frames = whole
    return Clip(
        container="aiff",
        demuxer="aiff",
        duration_s=(frames * 64 if codec == "adpcm_ima_qt" else frames) / rate,
        sounds=(
            Sound(
                codec=codec,
                ordinal=0,
                sample_rate_hz=round(rate),
                channels=channels,
                bit_rate_bps=round(width * channels * rate) if width else None,
            ),
        ),
        metadata=tuple(sorted(homes)),
        remarks=remarks,
    )


def _aiff_codec(kind: bytes, bits: int) -> str:
    if kind in _COMPRESSIONS:
        return _COMPRESSIONS[kind]
    fixed = {b"fl32": (32, True), b"FL32": (32, True), b"fl64": (64, True), b"FL64": (64, True), b"in24": (24, False)}
    if kind in fixed:
        return pcm_codec(fixed[kind][0], floating=fixed[kind][1]) or "unknown"
    return pcm_codec(bits, little=kind == b"sowt", unsigned=kind == b"raw ") or "unknown"


def _extended(data: bytes) -> float:
    """Read an 80-bit float (IEEE 754 extended), 0 for what is out of range."""
    exponent, mantissa = uint(data, 0, 2), uint(data, 2, 8)
    shift = (exponent & 0x7FFF) - 16_383 - 63
    if exponent & 0x8000 or not -100 <= shift <= 0:
        return 0.0
    return mantissa * 2.0**shift


def read_caf(source: Bounded) -> Clip:
    """Read a CAF file's facts; raises AssetError ``unreadable`` without a usable `desc` chunk or without sound."""
    desc = cookie = b""
    frames: int | None = None
    data_bytes: int | None = None
    homes: set[str] = set()
    at = 8
    while at + 12 <= source.size:
        source.step()
        head = source.upto(at, 12)
        name, size = head[:4], int.from_bytes(head[4:12], "big", signed=True)
        if name == b"desc":
            desc = source.exactly(at + 12, 32)
        elif name == b"kuki":
            cookie = source.upto(at + 12, min(max(0, size), 4_096))
        elif name == b"pakt" and size >= 24:
            frames = int.from_bytes(source.exactly(at + 20, 8), "big", signed=True)
        elif name == b"info":
            homes.add("info")
        elif name == b"data":
            # -1: the sound runs to the end of the file; 4 bytes of edit count come first
            data_bytes = max(0, (source.size - at - 12 if size < 0 else size) - 4)
            if size < 0:
                break
        if size < 0:
            raise unreadable("a chunk of the CAF file has a negative size")
        at += 12 + size
    if not desc or data_bytes is None:
        raise unreadable("the CAF file lacks its description (`desc`) or its sound (`data`)")
    return _caf(desc, cookie, frames, data_bytes, tuple(sorted(homes)))


def _caf(desc: bytes, cookie: bytes, frames: int | None, data_bytes: int, homes: tuple[str, ...]) -> Clip:
    rate: float = struct.unpack(">d", desc[:8])[0]
    kind, flags, packet_bytes, packet_frames = desc[8:12], uint(desc, 12, 4), uint(desc, 16, 4), uint(desc, 20, 4)
    channels, bits = uint(desc, 24, 4), uint(desc, 28, 4)
    if not 1 <= rate <= 10_000_000 or not 1 <= channels <= 255:
        raise unreadable("the CAF file's description makes no sense")
    if kind == b"lpcm":
        codec = pcm_codec(bits, floating=bool(flags & 1), little=bool(flags & 2)) or "unknown"
    else:
        codec = _CAF_CODECS.get(kind, "".join(chr(byte) for byte in kind if 32 < byte < 127) or "unknown")
    heard = rate
    if codec == "aac" and cookie:
        stream = read_esds(cookie)
        aac = read_audio_config(stream.specific) if stream else None
        codec, heard = (aac.codec, float(aac.sample_rate_hz or rate)) if aac else (codec, rate)
    if frames is None or frames <= 0:
        frames = data_bytes // packet_bytes * packet_frames if packet_bytes and packet_frames else None
    duration_s = frames / rate if frames is not None else None
    sound = Sound(
        codec=codec,
        ordinal=0,
        sample_rate_hz=round(heard),
        channels=channels,
        bit_rate_bps=round(8 * data_bytes / duration_s) if duration_s else None,
    )
    return Clip(container="caf", demuxer="caf", duration_s=duration_s, sounds=(sound,), metadata=homes)
