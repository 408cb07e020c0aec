"""MP3 through LAME at an average rate: what every provider lists and every phone plays."""

from __future__ import annotations

from mediaprep.encoders import SoundEncoder, Tone

_FLOOR_BPS, _CEILING_MONO_BPS, _CEILING_STEREO_BPS = 8_000, 96_000, 192_000
_STEREO_FROM_BPS = 80_000
_LEAD_S = 0.08
"""The encoder's delay and padding."""

_TABLE_BYTES = 420
"""The frame that carries the table for seeking."""

_SPENT, _SPENT_LOW, _LOW_BPS, _PLAIN_BPS = 0.93, 1.0, 12_000, 40_000
"""The share of an average rate that LAME spends from 40 kb/s on and at 12, in between by a straight line: medians of 22
sounds at twelve rates lie within 0.01 of it. Half of the sounds are within 0.03; a start out of silence costs 0.1."""

_KNOWN_HZ = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)


class Mp3:
    """An average rate, since the constant ones are so few (ISO 11172-3) that up to 15 % of a limit stayed unused."""

    name = "mp3"
    media_type = "audio/mpeg"
    suffix = "mp3"
    monotone = False
    codec = "mp3"
    muxer = "mp3"
    step_bps = 1_000

    def tone(self, bit_rate_bps: float, *, channels: int, sample_rate_hz: int) -> Tone | None:
        """Lay out a rate: mono under 80 kb/s, and the sample rate whose band LAME would not cut anyway.

        LAME takes whole kilobits: what is less than one is dropped here, so that no encode is made twice.
        """
        if bit_rate_bps < _FLOOR_BPS:
            return None
        stereo = channels > 1 and bit_rate_bps >= _STEREO_FROM_BPS
        rate = min(bit_rate_bps, _CEILING_STEREO_BPS if stereo else _CEILING_MONO_BPS)
        family = 44_100 if sample_rate_hz % 11_025 == 0 else 48_000
        of_channel = rate / (1.6 if stereo else 1.0)
        # LAME's own lowpass: 5.5 kHz at 16 kb/s mono, 8 kHz at 24, 11 kHz at 32, 15 kHz at 56
        if of_channel >= 56_000:
            wanted = family
        elif of_channel >= 40_000:
            wanted = 32_000  # with half the family LAME is content with 60 to 80 % of the rate
        elif of_channel >= 24_000:
            wanted = family // 2
        else:
            wanted = 16_000 if of_channel >= 12_000 else 11_025
        hertz = max((known for known in _KNOWN_HZ if known <= min(wanted, sample_rate_hz)), default=8_000)
        return Tone(bit_rate_bps=int(rate / 1000) * 1000, channels=2 if stereo else 1, sample_rate_hz=hertz)

    def size_bytes(self, tone: Tone, duration_s: float) -> float:
        """Give the file's size, within 3 % for half of all sounds."""
        low = min(1.0, max(0.0, (_PLAIN_BPS - tone.bit_rate_bps) / (_PLAIN_BPS - _LOW_BPS)))
        spent = tone.bit_rate_bps * (_SPENT + low * (_SPENT_LOW - _SPENT))
        return spent * (duration_s + _LEAD_S) / 8 + _TABLE_BYTES

    def arguments(self, tone: Tone) -> tuple[str, ...]:
        """Give ffmpeg's options; no tags."""
        rate = ("-c:a", "libmp3lame", "-abr", "1", "-b:a", str(tone.bit_rate_bps), "-compression_level", "2")
        layout = ("-ac", str(tone.channels), "-ar", str(tone.sample_rate_hz))
        return (*rate, *layout, "-id3v2_version", "0", "-write_id3v1", "0")


ENCODER: SoundEncoder = Mp3()
