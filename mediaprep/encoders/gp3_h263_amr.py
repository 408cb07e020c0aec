"""3GP with H.263 and AMR: the floor of the old content classes (3GPP TS 26.140, OMA Video Basic and Rich)."""

from __future__ import annotations

import math
import re
from pathlib import Path

from mediaprep.encoders import ClipEncoder, FirstTurn, Picturing

SIZES = ((704, 576), (352, 288), (176, 144), (128, 96))
"""Every picture size that H.263's header can state below its largest (ITU-T H.263, table 4)."""

PIXEL_ASPECT = 12 / 11
"""The width of a pixel divided by its height: these sizes fill a 4:3 screen."""

_FRAME = re.compile(r" q:(\d+) itex:(\d+) ptex:(\d+) mv:(\d+) misc:(\d+)")
_LAGRANGE = 118
"""ffmpeg writes quantisers times this (its FF_QP2LAMBDA)."""


class Gp3H263Amr:
    """Profile 0: no optional modes, no B-frames."""

    name = "gp3_h263_amr"
    media_type = "video/3gpp"
    suffix = "3gp"
    monotone = False
    codec = "h263"
    pixel_aspect: float = PIXEL_ASPECT
    muxer = "3gp"
    sizes: tuple[tuple[int, int], ...] = SIZES
    sounds: tuple[str, ...] = ("amr_nb",)
    manners: tuple[str, ...] = ()
    halving: float = 0.0

    def arguments(self, how: Picturing, *, turn: int, statistics: Path) -> tuple[str, ...]:
        """Give ffmpeg's options for the pictures."""
        rate = ("-q:v", "3") if how.bit_rate_bps is None else ("-b:v", str(how.bit_rate_bps))
        turns = ("-pass", str(turn), "-passlogfile", str(statistics)) if turn else ()
        capped = (
            ("-maxrate", str(how.max_bit_rate_bps), "-bufsize", str(2 * how.max_bit_rate_bps))
            if how.max_bit_rate_bps and how.bit_rate_bps is not None and turn != 1
            else ()
        )
        return (
            "-c:v", "h263", "-threads", "1", *rate, *turns, *capped, "-g", str(max(1, round(how.fps * 5))),
            "-mbd", "rd", "-trellis", "1", "-cmp", "2", "-subcmp", "2", "-pix_fmt", "yuv420p",
            "-flags:v", "+bitexact",
        )  # fmt: skip

    def looked_at(self, width: int, height: int) -> tuple[int, int]:
        """All of them: the codec knows a few sizes only."""
        return width, height

    def first_turn(self, statistics: str) -> FirstTurn | None:
        """Read ffmpeg's own statistics; H.263's quantiser steps by its double, H.264's doubles every 6."""
        rows = _FRAME.findall(statistics)
        if not rows:
            return None
        mean = sum(int(lagrange) for lagrange, *_ in rows) / len(rows) / _LAGRANGE
        bits = sum(int(part) for _, *parts in rows for part in parts)
        return FirstTurn(frames=len(rows), bits=bits, quantiser=10 + 6 * math.log2(max(mean, 1.0)))

    def wrapping(self) -> tuple[str, ...]:
        """Give ffmpeg's options for the container."""
        return ("-movflags", "+faststart", "-write_tmcd", "0")

    def overhead_bytes(self, frames: int, *, b_frames: bool, sound_frames: int) -> float:
        """Give the index's bytes: 4 a frame of picture; frames of sound all have one size, so they have no table."""
        return 1_150 + 4.5 * frames + (700 + 0.2 * sound_frames if sound_frames else 0)


ENCODER: ClipEncoder = Gp3H263Amr()
