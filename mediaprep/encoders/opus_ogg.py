"""Opus in Ogg, mono: WhatsApp's voice messages."""

from __future__ import annotations

import math

from mediaprep.encoders import SoundEncoder, Tone

_FLOOR_BPS, _CEILING_BPS = 6_000, 64_000
"""What libopus goes down to, and where mono is transparent (RFC 7845's author recommends 24-64 kb/s for mono)."""

_FRAME_S = 0.06
"""The longest frame that libopus codes as one: a third of the bytes that 20 ms spend on headers (2.4 % at 14 kb/s), and
whole bytes a frame are steps of 133 b/s, of 400 with 20 ms (5 % at 8 kb/s). RFC 6716 has every decoder take it."""

_LOOK_AHEAD_S = 312 / 48_000
_FRAMES_A_PAGE = 17
"""ffmpeg ends a page of Ogg after a second."""

_PAGE_BYTES, _LACE = 27, 255
_HEADERS_BYTES = 2 * (_PAGE_BYTES + 1) + 19 + 46
"""Two pages before the sound: what the stream is, and the encoder's name."""


class OpusOgg:
    """Constant rate: variable rates of libopus miss their mark by up to 17 %, this one is known to the byte."""

    name = "opus_ogg"
    media_type = "audio/ogg"
    suffix = "ogg"
    monotone = False
    codec = "opus"
    muxer = "ogg"
    step_bps = 1

    def tone(self, bit_rate_bps: float, *, channels: int, sample_rate_hz: int) -> Tone | None:
        """Round the rate down to whole bytes a frame; libopus chooses the band."""
        if bit_rate_bps < _FLOOR_BPS:
            return None
        frame = int(min(bit_rate_bps, _CEILING_BPS) * _FRAME_S / 8 + 1e-6)
        return Tone(bit_rate_bps=round(8 * frame / _FRAME_S), channels=1, sample_rate_hz=48_000)

    def size_bytes(self, tone: Tone, duration_s: float) -> float:
        """Give the file's size: equal frames, a length of each, and a page a second."""
        frame = round(tone.bit_rate_bps * _FRAME_S / 8)
        frames = math.ceil((duration_s + _LOOK_AHEAD_S) / _FRAME_S - 1e-6)
        pages = math.ceil(frames / _FRAMES_A_PAGE)
        return frames * (frame + frame // _LACE + 1) + pages * _PAGE_BYTES + _HEADERS_BYTES

    def arguments(self, tone: Tone) -> tuple[str, ...]:
        """Give ffmpeg's options; speech below 24 kb/s keeps more sense in the encoder's own mode for it."""
        mode = "voip" if tone.bit_rate_bps < 24_000 else "audio"
        rate = ("-c:a", "libopus", "-b:a", str(tone.bit_rate_bps), "-vbr", "off", "-application", mode)
        return (*rate, "-frame_duration", str(round(1000 * _FRAME_S)), "-ac", "1", "-ar", "48000")


ENCODER: SoundEncoder = OpusOgg()
