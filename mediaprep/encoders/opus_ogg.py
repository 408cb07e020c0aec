"""Opus in Ogg, mono: WhatsApp's voice messages."""

from __future__ import annotations

from mediaprep.encoders import SoundEncoder, Tone

_FLOOR_BPS, _CEILING_BPS = 6_000, 64_000
"""What libopus goes down to, and where mono is transparent (RFC 7845's author recommends 24-64 kb/s for mono)."""

_FRAME_S = 0.02
_PAGE_BYTES = 27 + 50
"""An Ogg page of one second: its header, and one length a frame (frames under 255 bytes)."""

_HEADERS_BYTES = 2 * 28 + 19 + 60


class OpusOgg:
    """Constant rate: variable rates of libopus miss their mark by up to 17 %."""

    name = "opus_ogg"
    media_type = "audio/ogg"
    suffix = "ogg"
    monotone = False
    codec = "opus"
    muxer = "ogg"

    def tone(self, bit_rate_bps: float, *, channels: int, sample_rate_hz: int) -> Tone | None:  # noqa: ARG002  # one shape
        """Take the rate as it is; libopus chooses the band."""
        if bit_rate_bps < _FLOOR_BPS:
            return None
        return Tone(bit_rate_bps=int(min(bit_rate_bps, _CEILING_BPS)), channels=1, sample_rate_hz=48_000)

    def size_bytes(self, tone: Tone, duration_s: float) -> float:
        """Give the file's size: whole bytes a frame, one page a second."""
        frame = round(tone.bit_rate_bps * _FRAME_S / 8)
        return (duration_s / _FRAME_S + 2) * frame + (duration_s + 1) * _PAGE_BYTES + _HEADERS_BYTES

    def arguments(self, tone: Tone) -> tuple[str, ...]:
        """Give ffmpeg's options; speech below 24 kb/s keeps more sense in the encoder's own mode for it."""
        mode = "voip" if tone.bit_rate_bps < 24_000 else "audio"
        rate = ("-c:a", "libopus", "-b:a", str(tone.bit_rate_bps), "-vbr", "off", "-application", mode)
        return (*rate, "-frame_duration", "20", "-ac", "1", "-ar", "48000")


ENCODER: SoundEncoder = OpusOgg()
