"""MP4 with H.264 and AAC-LC: what every MMS phone since 2012 plays."""

from __future__ import annotations

from pathlib import Path

from mediaprep.encoders import ClipEncoder, FirstTurn, Picturing, _x264

_SILENT_BYTES = 770
"""The index of one picture track, without its frames: 760 to 768 bytes on films of 14 to 27 frames, where it is a sixth
of what a few kilobytes hold."""


class Mp4H264Aac:
    """Index first, brand mp42, nothing but one picture and one sound track."""

    name = "mp4_h264_aac"
    media_type = "video/mp4"
    suffix = "mp4"
    monotone = False
    codec = "h264"
    pixel_aspect: float = 1.0
    muxer = "mp4"
    sizes: tuple[tuple[int, int], ...] = ()
    sounds: tuple[str, ...] = ("m4a_aac",)
    manners: tuple[str, ...] = tuple(_x264.MANNERS)
    halving: float = _x264.HALVING

    def arguments(self, how: Picturing, *, turn: int, statistics: Path) -> tuple[str, ...]:
        """Give ffmpeg's options for the pictures."""
        return _x264.arguments(how, turn=turn, statistics=statistics)

    def looked_at(self, width: int, height: int) -> tuple[int, int]:
        """Half of them: see ``_x264``."""
        return _x264.looked_at(width, height)

    def first_turn(self, statistics: str) -> FirstTurn | None:
        """Read the statistics of the first turn."""
        return _x264.first_turn(statistics)

    def wrapping(self) -> tuple[str, ...]:
        """Give ffmpeg's options for the container."""
        return ("-movflags", "+faststart", "-brand", "mp42", "-write_tmcd", "0")

    def overhead_bytes(self, frames: int, *, b_frames: bool, sound_frames: int) -> float:
        """Give the index's bytes: 4 a frame, 8 more where the order shown differs from the order coded."""
        sound = 1_080 + 4 * sound_frames + 0.35 * sound_frames if sound_frames else 0
        return _SILENT_BYTES + (12.5 if b_frames else 4.4) * frames + sound


ENCODER: ClipEncoder = Mp4H264Aac()
