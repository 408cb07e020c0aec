"""MP3 through LAME at a constant rate: what every provider lists and every phone plays."""

from __future__ import annotations

from mediaprep.encoders import SoundEncoder, Tone

_MPEG1: tuple[int, ...] = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192)
_MPEG2: tuple[int, ...] = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
"""Kilobits a second that the frames' headers can state (ISO/IEC 11172-3 from 32 kHz on; 13818-3 below it)."""

_STEREO_FROM_BPS = 80_000
_CEILING_MONO_BPS = 96_000
_LEAD_S = 0.08
"""The encoder's delay, padding and the frame that carries its table."""


class Mp3:
    """Constant rate: a table of rates leaves 5 to 15 % of a limit unused, but the size is certain."""

    name = "mp3"
    media_type = "audio/mpeg"
    suffix = "mp3"
    monotone = False
    codec = "mp3"
    muxer = "mp3"

    def tone(self, bit_rate_bps: float, *, channels: int, sample_rate_hz: int, speech: bool) -> Tone | None:  # noqa: ARG002
        """Take the highest rate of the table of the sample rate that suits it."""
        stereo = channels > 1 and bit_rate_bps >= _STEREO_FROM_BPS
        rate = bit_rate_bps if stereo else min(bit_rate_bps, _CEILING_MONO_BPS)
        family = 44_100 if sample_rate_hz % 11_025 == 0 else 48_000
        of_channel = rate / (1.6 if stereo else 1.0)
        # LAME's own lowpass: 5.5 kHz at 16 kb/s mono, 8 kHz at 24, 11 kHz at 32, 15 kHz at 56
        table = _MPEG2
        if of_channel >= 56_000 and sample_rate_hz >= 32_000:
            hz, table = min(family, sample_rate_hz), _MPEG1
        elif of_channel >= 24_000 and sample_rate_hz >= family // 2:
            hz, table = family // 2, _MPEG2
        elif sample_rate_hz >= 16_000:
            hz, table = 16_000, _MPEG2
        else:
            hz, table = (family // 4 if sample_rate_hz >= family // 4 else 8_000), _MPEG2[:8]
        fits = [kbps for kbps in table if kbps * 1000 <= rate]
        if not fits:
            return None
        known = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
        hz = max((k for k in known if k <= hz), default=8_000)
        return Tone(bit_rate_bps=fits[-1] * 1000, channels=2 if stereo else 1, sample_rate_hz=hz)

    def size_bytes(self, tone: Tone, duration_s: float) -> float:
        """Give the file's size: constant frames, none kept for later."""
        return tone.bit_rate_bps * (duration_s + _LEAD_S) / 8 + 500

    def arguments(self, tone: Tone) -> tuple[str, ...]:
        """Give ffmpeg's options; no tags."""
        rate = ("-c:a", "libmp3lame", "-b:a", str(tone.bit_rate_bps))
        return (
            *rate, "-ac", str(tone.channels), "-ar", str(tone.sample_rate_hz), "-compression_level", "2",
            "-id3v2_version", "0", "-write_id3v1", "0",
        )  # fmt: skip


ENCODER: SoundEncoder = Mp3()
