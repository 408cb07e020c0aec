"""3GP with H.264 and AAC-LC: for routes that deliver video/3gpp alone, but not to phones of 2004."""

from __future__ import annotations

from pathlib import Path

from mediaprep.encoders import ClipEncoder, FirstTurn, Picturing, _x264


class Gp3H264Aac:
    """The MP4 of ``mp4_h264_aac`` under 3GPP's brand."""

    name = "gp3_h264_aac"
    media_type = "video/3gpp"
    suffix = "3gp"
    monotone = False
    codec = "h264"
    pixel_aspect: float = 1.0
    muxer = "3gp"
    sizes: tuple[tuple[int, int], ...] = ()
    sounds: tuple[str, ...] = ("m4a_aac", "amr_nb")
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
        return ("-movflags", "+faststart", "-write_tmcd", "0")

    def overhead_bytes(self, frames: int, *, b_frames: bool, sound_frames: int) -> float:
        """Give the index's bytes, as in MP4."""
        sound = 700 + 4 * sound_frames + 0.35 * sound_frames if sound_frames else 0
        return 1_150 + (12.5 if b_frames else 4.4) * frames + sound


ENCODER: ClipEncoder = Gp3H264Aac()
