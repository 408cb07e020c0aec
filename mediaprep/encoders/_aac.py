"""AAC-LC through ffmpeg's own encoder: which layout at which rate, shared by M4A and MP4."""

from __future__ import annotations

from mediaprep.encoders import Tone

FRAME_SAMPLES = 1024

_FLOOR_BPS, _CEILING_MONO_BPS, _CEILING_STEREO_BPS = 12_000, 80_000, 160_000
"""Under 12 kb/s AAC-LC is worse than AMR; above the ceilings nobody hears a difference (EBU Tech 3324: AAC-LC
is transparent for most items at 64 kb/s a channel)."""

_STEREO_FROM_BPS = 48_000
"""Under this rate the bits of a second channel are missed more than the channel is."""

_BANDS = ((16_000, 8_000), (24_000, 16_000), (36_000, 24_000), (56_000, 32_000))
"""Rate of one channel up to which a sample rate is enough: the encoder cuts the band there anyway."""


_EXCESS, _STARVED_BPS, _PLENTY_BPS = 0.03, 22_000, 45_000
"""How much more than it is asked for ffmpeg's encoder spends at 23 kb/s and less, and from where on it keeps its rate:
medians of eight sounds (ffmpeg 9.0.2), which differ by -9 to +11 %."""


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
    """Give the bytes of the coded frames alone."""
    starved = min(1.0, max(0.0, (_PLENTY_BPS - how.bit_rate_bps) / _STARVED_BPS))
    return how.bit_rate_bps * (1 + _EXCESS * starved) * duration_s / 8


def frames(how: Tone, duration_s: float) -> int:
    """Give the number of frames, the encoder's lead-in counted."""
    return int(duration_s * how.sample_rate_hz / FRAME_SAMPLES) + 2


def arguments(how: Tone) -> tuple[str, ...]:
    """Give ffmpeg's options."""
    return ("-c:a", "aac", "-b:a", str(how.bit_rate_bps), "-ac", str(how.channels), "-ar", str(how.sample_rate_hz))
