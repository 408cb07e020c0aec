"""RIFF chunks (Microsoft, "Multimedia programming interface", 1991) and the format that WAV, AVI, Matroska share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mediaprep.kinds._bounded import Bounded, uint_le
from mediaprep.kinds._pcm import wave_codec

UNKNOWN_SIZE = 0xFFFF_FFFF
"""What RF64, and programs that write to a pipe, put where a size should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """A WAVEFORMATEX: codec, rate, channels and bytes a second."""

    codec: str
    sample_rate_hz: int
    channels: int
    bytes_per_s: int


def chunks(source: Bounded, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Give name, begin and stated size of each chunk; chunks are padded to even sizes."""
    at = start
    while at + 8 <= min(end, source.size):
        source.step()
        head = source.upto(at, 8)
        if len(head) < 8:
            return
        size = uint_le(head, 4, 4)
        yield head[:4], at + 8, size
        at += 8 + size + size % 2


def read_wave_format(data: bytes) -> Wave | None:
    """Read the body of a `fmt ` or `strf` chunk; None where it makes no sense."""
    if len(data) < 14:
        return None
    tag, channels, rate = uint_le(data, 0, 2), uint_le(data, 2, 2), uint_le(data, 4, 4)
    bits = uint_le(data, 14, 2) if len(data) >= 16 else 8
    if tag == 0xFFFE and len(data) >= 26:
        tag = uint_le(data, 24, 2)  # WAVEFORMATEXTENSIBLE: the sub-format's GUID begins with the tag
    if not channels or not rate:
        return None
    return Wave(
        codec=wave_codec(tag, bits) or f"wave_{tag:04x}",
        sample_rate_hz=rate,
        channels=channels,
        bytes_per_s=uint_le(data, 8, 4),
    )
