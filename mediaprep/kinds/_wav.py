"""WAV, RF64 and BW64 (EBU Tech 3306, ITU-R BS.2088): format, length and metadata from the chunks."""

from __future__ import annotations

from mediaprep.kinds._bounded import Bounded, uint_le, unreadable
from mediaprep.kinds._clip import Clip, Sound
from mediaprep.kinds._pcm import pcm_bits
from mediaprep.kinds._riff import UNKNOWN_SIZE, Wave, chunks, read_wave_format

_HOMES = {b"id3 ": "id3v2", b"ID3 ": "id3v2", b"bext": "bext", b"iXML": "ixml", b"_PMX": "xmp", b"cart": "cart"}


def read(source: Bounded) -> Clip:
    """Read a file's facts; raises AssetError ``unreadable`` without a usable `fmt ` or `data` chunk."""
    wave: Wave | None = None
    data: tuple[int, int] | None = None
    samples: int | None = None
    large = 0
    homes: set[str] = set()
    for name, start, size in chunks(source, 12, source.size):
        if name == b"fmt ":
            wave = wave or read_wave_format(source.upto(start, min(size, 64)))
        elif name == b"ds64":
            large = uint_le(source.exactly(start, 16), 8, 8)
        elif name == b"fact" and size >= 4:
            samples = uint_le(source.exactly(start, 4), 0, 4)
        elif name == b"LIST" and source.upto(start, 4) == b"INFO":
            homes |= _info(source, start + 4, start + size)
        elif name in _HOMES:
            homes.add(_HOMES[name])
        elif name == b"data" and data is None:
            data = (start, large if size == UNKNOWN_SIZE and large else size)
            if size == UNKNOWN_SIZE and not large:
                break  # the rest of the file is sound
    if wave is None:
        raise unreadable("the WAV file has no usable format chunk (`fmt `)")
    if data is None:
        raise unreadable("the WAV file has no sound in it (no `data` chunk)")
    start, stated = data
    there = max(0, source.size - start)
    remarks: tuple[tuple[str, str], ...] = ()
    if 0 < stated < UNKNOWN_SIZE and stated > there:
        remarks = (("salvaged", f"the sound ends after {there:,} of {stated:,} bytes; what is there is used"),)
    # a recorder that never closed its file, or wrote to a pipe, leaves 0 or the largest number
    sound_bytes = there if stated in {0, UNKNOWN_SIZE} else min(stated, there)
    return Clip(
        container="wav",
        demuxer="wav",
        duration_s=_duration(wave, sound_bytes, samples if not remarks else None),
        sounds=(
            Sound(
                codec=wave.codec,
                ordinal=0,
                sample_rate_hz=wave.sample_rate_hz,
                channels=wave.channels,
                bit_rate_bps=_bit_rate(wave),
            ),
        ),
        metadata=tuple(sorted(homes)),
        remarks=remarks,
    )


def _duration(wave: Wave, sound_bytes: int, samples: int | None) -> float | None:
    bits = pcm_bits(wave.codec)
    if bits is not None:
        return sound_bytes * 8 / (bits * wave.channels * wave.sample_rate_hz)
    if samples:
        return samples / wave.sample_rate_hz
    return sound_bytes / wave.bytes_per_s if wave.bytes_per_s else None


def _bit_rate(wave: Wave) -> int | None:
    bits = pcm_bits(wave.codec)
    if bits is not None:
        return bits * wave.channels * wave.sample_rate_hz
    return 8 * wave.bytes_per_s or None


def _info(source: Bounded, start: int, end: int) -> set[str]:
    """Look for more than the name of the program in a LIST of INFO chunks."""
    return {"info" for name, _, size in chunks(source, start, end) if name != b"ISFT" and size > 1}
