"""MPEG-4's elementary stream descriptor, AudioSpecificConfig and visual object sequence header."""

from __future__ import annotations

from dataclasses import dataclass

from mediaprep.kinds._bits import Bits, EndOfBitsError
from mediaprep.kinds._h264 import Coding

AAC_RATES_HZ = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)
"""Sampling frequency indices 0-12 (ISO/IEC 14496-3 table 1.18)."""

AAC_CHANNELS = (0, 1, 2, 3, 4, 5, 6, 8)
"""Channels of channel configurations 1-7; 0 means "defined elsewhere" (table 1.19)."""

SOUND_TYPES = {
    0x40: "aac", 0x66: "aac", 0x67: "aac", 0x68: "aac", 0x69: "mp3", 0x6B: "mp3", 0xA5: "ac3", 0xA6: "eac3",
    0xA9: "dts", 0xAD: "opus", 0xC1: "flac", 0xDD: "vorbis", 0xE1: "qcelp",
}  # fmt: skip
"""Object type indications of sound (the MP4 registration authority's list)."""

PICTURE_TYPES = {
    0x20: "mpeg4", 0x21: "h264", 0x23: "hevc", 0x60: "mpeg2video", 0x61: "mpeg2video", 0x62: "mpeg2video",
    0x63: "mpeg2video", 0x64: "mpeg2video", 0x65: "mpeg2video", 0x6A: "mpeg1video", 0x6C: "mjpeg", 0x6D: "png",
    0xB1: "vp9",
}  # fmt: skip
"""Object type indications of pictures (the same list)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elementary:
    """One elementary stream descriptor (ISO/IEC 14496-1 section 7.2.6.5)."""

    object_type: int
    bit_rate_bps: int | None
    specific: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Aac:
    """What an AudioSpecificConfig says; the rate is the one heard, after spectral band replication."""

    codec: str
    sample_rate_hz: int | None
    channels: int | None


def read_esds(data: bytes) -> Elementary | None:
    """Read the descriptor of an `esds` box, after version and flags; None where it makes no sense."""
    found = _descriptor(data, 0, 0x03)
    if found is None:
        return None
    at, end = found
    if at + 3 > end:
        return None
    flags = data[at + 2]
    at += 3
    if flags & 0x80:
        at += 2
    if flags & 0x40 and at < end:
        at += 1 + data[at]
    if flags & 0x20:
        at += 2
    found = _descriptor(data, at, 0x04)
    if found is None:
        return None
    at, end = found
    if at + 13 > end:
        return None
    average = int.from_bytes(data[at + 9 : at + 13], "big")
    specific = _descriptor(data, at + 13, 0x05)
    return Elementary(
        object_type=data[at],
        bit_rate_bps=average or None,
        specific=data[specific[0] : specific[1]] if specific else b"",
    )


def _descriptor(data: bytes, at: int, tag: int) -> tuple[int, int] | None:
    """Find where the body of the descriptor at ``at`` begins and ends, if it has this tag."""
    if at >= len(data) or data[at] != tag:
        return None
    at += 1
    length = 0
    for _ in range(4):
        if at >= len(data):
            return None
        byte = data[at]
        at += 1
        length = length << 7 | byte & 0x7F
        if not byte & 0x80:
            break
    return at, min(at + length, len(data))


def read_audio_config(config: bytes) -> Aac | None:
    """Read an AudioSpecificConfig (ISO/IEC 14496-3 section 1.6.2.1): codec, rate, channels.

    SBR and PS may be announced in front (object types 5 and 29) or behind (sync extension 0x2B7); where
    they are not announced at all, only decoding finds them.
    """
    try:
        bits = Bits(config[:64])
        kind = _object_type(bits)
        rate = _rate(bits)
        channels = bits.take(4)
        heard, high_efficiency = rate, False
        if kind in (5, 29):
            high_efficiency = True
            heard = _rate(bits)
            if kind == 29:
                channels = 2
            kind = _object_type(bits)
        elif kind == 2:
            doubled = _sync_extension(bits)
            if doubled is not None:
                heard, high_efficiency = doubled, True
    except EndOfBitsError:
        return None
    if kind in (32, 33, 34):
        codec = {32: "mp1", 33: "mp2", 34: "mp3"}[kind]
    elif kind == 36:
        codec = "mp4als"
    else:
        codec = (
            "aac_he" if high_efficiency else {1: "aac_main", 3: "aac_ssr", 4: "aac_ltp", 42: "xhe_aac"}.get(kind, "aac")
        )
    return Aac(codec=codec, sample_rate_hz=heard, channels=AAC_CHANNELS[channels] if 0 < channels < 8 else None)


def _object_type(bits: Bits) -> int:
    kind = bits.take(5)
    return 32 + bits.take(6) if kind == 31 else kind


def _rate(bits: Bits) -> int | None:
    index = bits.take(4)
    if index == 15:
        return bits.take(24) or None
    return AAC_RATES_HZ[index] if index < len(AAC_RATES_HZ) else None


def _sync_extension(bits: Bits) -> int | None:
    """Find the announcement of SBR behind a plain AAC-LC configuration; gives the doubled rate."""
    try:
        bits.skip(1)
        if bits.flag():
            bits.skip(14)
        bits.skip(1)
        if bits.take(11) != 0x2B7 or _object_type(bits) != 5 or not bits.flag():
            return None
        return _rate(bits)
    except EndOfBitsError:
        return None


_SIMPLE = {1: 1.0, 2: 2.0, 3: 3.0, 4: 4.0, 5: 5.0, 6: 6.0, 8: 0.0, 9: 0.5}
_ADVANCED_SIMPLE = {0xF0: 0.0, 0xF1: 1.0, 0xF2: 2.0, 0xF3: 3.0, 0xF4: 4.0, 0xF5: 5.0, 0xF7: 3.5}


def read_visual_config(config: bytes) -> Coding:
    """Read profile and level from a visual object sequence header (ISO/IEC 14496-2 table G.1)."""
    at = config.find(b"\x00\x00\x01\xb0")
    if at < 0 or at + 4 >= len(config):
        return Coding(pixel_format="yuv420p", hdr=False)
    indication = config[at + 4]
    if indication in _SIMPLE:
        return Coding(profile="simple", level=_SIMPLE[indication], pixel_format="yuv420p", hdr=False, reorders=False)
    if indication in _ADVANCED_SIMPLE:
        level = _ADVANCED_SIMPLE[indication]
        return Coding(profile="advanced_simple", level=level, pixel_format="yuv420p", hdr=False)
    return Coding(pixel_format="yuv420p", hdr=False)
