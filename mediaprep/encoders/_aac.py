"""AAC-LC through ffmpeg's own encoder: which layout at which rate, shared by M4A and MP4."""

from __future__ import annotations

import math

from mediaprep.encoders import Tone

FRAME_SAMPLES = 1024

_FLOOR_BPS, _CEILING_MONO_BPS, _CEILING_STEREO_BPS = 12_000, 80_000, 160_000
"""Under 12 kb/s AAC-LC is worse than AMR; above the ceilings nobody hears a difference (EBU Tech 3324: AAC-LC
is transparent for most items at 64 kb/s a channel)."""

_STEREO_FROM_BPS = 48_000
"""Under this rate the bits of a second channel are missed more than the channel is."""

_BANDS = ((16_000, 8_000), (24_000, 16_000), (36_000, 24_000), (56_000, 32_000))
"""Rate of one channel up to which a sample rate is enough: the encoder cuts the band there anyway."""


_LEAD_FRAMES = 1.0
"""What the encoder spends beyond its rate before it has settled, in frames: medians of 21 sounds of 2 to 60 s at twelve
rates lie between 0.6 and 2 (ffmpeg 9.0.2). After that it keeps its rate within 1 % on two thirds of them; steps, talk
with pauses and other starts out of silence cost up to 13 % more."""


def tone(bit_rate_bps: float, *, channels: int, sample_rate_hz: int, rates_hz: tuple[int, ...] = ()) -> Tone | None:
    """Lay out a rate: mono under 48 kb/s, and no more samples than the rate can carry."""
    if bit_rate_bps < _FLOOR_BPS:
        return None
    stereo = channels > 1 and bit_rate_bps >= _STEREO_FROM_BPS
    rate = min(bit_rate_bps, _CEILING_STEREO_BPS if stereo else _CEILING_MONO_BPS)
    return Tone(
        bit_rate_bps=int(rate),
        channels=2 if stereo else 1,
        sample_rate_hz=_sample_rate(rate / (1.6 if stereo else 1.0), sample_rate_hz, rates_hz),
    )


def _sample_rate(channel_bps: float, source_hz: int, allowed: tuple[int, ...]) -> int:
    """Stay in the source's family (44.1 or 48 kHz) where that saves a resampling."""
    wanted = next((hz for most, hz in _BANDS if channel_bps <= most), 48_000)
    if source_hz % 11_025 == 0:
        wanted = {8_000: 11_025, 16_000: 22_050, 24_000: 22_050, 32_000: 32_000, 48_000: 44_100}[wanted]
    wanted = min(wanted, max(source_hz, 8_000))
    choices = allowed or (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
    return max((hz for hz in choices if hz <= wanted), default=min(choices))


def coded_bytes(how: Tone, duration_s: float) -> float:
    """Give the bytes of the coded frames alone: whole ones, with the encoder's lead-in, at low rates 5 % of a sound."""
    return how.bit_rate_bps * FRAME_SAMPLES / how.sample_rate_hz / 8 * (frames(how, duration_s) + _LEAD_FRAMES)


def frames(how: Tone, duration_s: float) -> int:
    """Give the number of frames, the encoder's lead-in counted."""
    return math.ceil(duration_s * how.sample_rate_hz / FRAME_SAMPLES - 1e-6) + 1


def arguments(how: Tone) -> tuple[str, ...]:
    """Give ffmpeg's options."""
    return ("-c:a", "aac", "-b:a", str(how.bit_rate_bps), "-ac", str(how.channels), "-ar", str(how.sample_rate_hz))
