"""M4A: AAC-LC in an MP4 container, for every phone since 2005."""

from __future__ import annotations

from mediaprep.encoders import SoundEncoder, Tone, _aac

_FIXED_BYTES = 760
"""The container around no frames at all (measured: 720 to 770)."""

_FRAME_BYTES = 4
"""Each frame's entry in the table of sizes."""


class M4aAac:
    """Index first, no names of programs in it."""

    name = "m4a_aac"
    media_type = "audio/mp4"
    suffix = "m4a"
    monotone = False
    codec = "aac"
    muxer = "ipod"
    step_bps = 1

    def tone(self, bit_rate_bps: float, *, channels: int, sample_rate_hz: int) -> Tone | None:
        """Lay out a rate; speech and music alike."""
        return _aac.tone(bit_rate_bps, channels=channels, sample_rate_hz=sample_rate_hz)

    def size_bytes(self, tone: Tone, duration_s: float) -> float:
        """Give the file's size, within 1 % for sound that is not nearly silent."""
        return _aac.coded_bytes(tone, duration_s) + _FRAME_BYTES * _aac.frames(tone, duration_s) + _FIXED_BYTES

    def arguments(self, tone: Tone) -> tuple[str, ...]:
        """Give ffmpeg's options."""
        return (*_aac.arguments(tone), "-movflags", "+faststart")


ENCODER: SoundEncoder = M4aAac()
