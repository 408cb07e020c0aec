"""AMR narrow band through opencore: speech of 8 kHz for the oldest phones and the smallest limits."""

from __future__ import annotations

import math

from mediaprep.encoders import SoundEncoder, Tone

MODES = ((12_200, 32), (10_200, 27), (7_950, 21), (7_400, 20), (6_700, 18), (5_900, 16), (5_150, 14), (4_750, 13))
"""Bits a second of each mode and the bytes of one 20 ms frame in a file (RFC 4867, section 5.3)."""

_MAGIC_BYTES = 6
"""``#!AMR`` and a line feed."""


class AmrNb:
    """Eight rates and nothing between them; the size is exact."""

    name = "amr_nb"
    media_type = "audio/amr"
    suffix = "amr"
    monotone = False
    codec = "amr_nb"
    muxer = "amr"
    step_bps = 1

    def tone(self, bit_rate_bps: float, *, channels: int, sample_rate_hz: int) -> Tone | None:
        """Take the highest mode whose bytes on disk keep the rate."""
        for mode, frame in MODES:
            if 8 * frame * 50 <= bit_rate_bps:
                return Tone(bit_rate_bps=mode, channels=1, sample_rate_hz=8_000)
        return None

    def size_bytes(self, tone: Tone, duration_s: float) -> float:
        """Give the file's size to the byte, but for the last frames that fill up the encoder's delay."""
        return float(_MAGIC_BYTES + dict(MODES)[tone.bit_rate_bps] * (math.ceil(duration_s * 50) + 1))

    def arguments(self, tone: Tone) -> tuple[str, ...]:
        """Give ffmpeg's options."""
        return ("-c:a", "libopencore_amrnb", "-b:a", str(tone.bit_rate_bps), "-ac", "1", "-ar", "8000")


ENCODER: SoundEncoder = AmrNb()
