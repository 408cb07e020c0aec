"""An animation as a short silent film for the video kind to fit: AVI with PNG pictures, without loss."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable
from functools import reduce
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST_FPS = 50.0
_LEAST_FPS = 5

_OFF_CS = 1.0
"""How far from its time a frame may begin. Browsers' clocks tick in 1.7 of these; and frames of 80, 80 and 90 ms, exact
at 100 a second only, are one each at 12: a film of 23 of them had 95 frames, a tenth of its bytes for what repeats."""


def rate_fps(delays_cs: tuple[int, ...]) -> float:
    """Give the lowest constant rate, 5 to 50 a second, at which every frame begins at its time, within 10 ms."""
    exact = (100.0 / reduce(math.gcd, delays_cs), 100.0 * len(delays_cs) / sum(delays_cs))
    rates = sorted({*map(float, range(_LEAST_FPS, int(_MOST_FPS))), *exact})
    usable = (rate for rate in rates if _LEAST_FPS <= rate <= _MOST_FPS)
    return next((rate for rate in usable if _keeps_time(delays_cs, rate)), _MOST_FPS)


def _keeps_time(delays_cs: tuple[int, ...], fps: float) -> bool:
    starts_cs = accumulate(delays_cs, initial=0)
    off = (abs(place * 100 / fps - start) for place, start in zip(_places(delays_cs, fps), starts_cs, strict=True))
    lost = any(one == other for one, other in pairwise(_places(delays_cs, fps)))
    return not lost and max(off) <= _OFF_CS + 1e-6


def _places(delays_cs: tuple[int, ...], fps: float) -> list[int]:
    """Give where each frame begins, and where the last ends, in frames of a constant rate; halves go up.

    To the nearest even number, as ``round`` has it, every second frame of 20 ms that begins between two places would be
    lost.
    """
    return [math.floor(at * fps / 100 + 0.5 + 1e-9) for at in accumulate(delays_cs, initial=0)]


def write(path: Path, frames: Iterable[NDArray[np.uint8]], delays_cs: tuple[int, ...], size: tuple[int, int]) -> None:
    """Write frames (of even sides) at a constant rate; a frame that stays is written again as an empty chunk."""
    fps = rate_fps(delays_cs)
    chunks: list[tuple[int, int]] = []
    with path.open("wb") as target:
        target.write(_head(size, fps, 0, 0, 0))
        start = target.tell()
        for pixels, (first, after) in zip(frames, pairwise(_places(delays_cs, fps)), strict=True):
            for number in range(after - first):
                data = _png(pixels) if number == 0 else b""
                chunks.append((target.tell() - start + 4, len(data)))
                target.write(b"00dc" + len(data).to_bytes(4, "little") + data + bytes(len(data) % 2))
        movi_bytes = target.tell() - start
        index = b"".join(
            b"00dc" + (0x10 if length else 0).to_bytes(4, "little") + _four(at) + _four(length) for at, length in chunks
        )
        target.write(b"idx1" + _four(len(index)) + index)
        whole = target.tell()
        target.seek(0)
        target.write(_head(size, fps, len(chunks), movi_bytes, whole))


def _png(pixels: NDArray[np.uint8]) -> bytes:
    from PIL import Image as images

    target = io.BytesIO()
    images.fromarray(pixels).save(target, "PNG", compress_level=1)
    return target.getvalue()


def _head(size: tuple[int, int], fps: float, frames: int, movi_bytes: int, whole: int) -> bytes:
    width, height = size
    rate, scale = round(fps * 1000), 1000
    general = [round(1e6 / fps), 0, 0, 0x10, frames, 0, 1, 0, width, height, 0, 0, 0, 0]
    stream = b"vidsMPNG" + b"".join(map(_four, [0, 0, 0, scale, rate, 0, frames, 0, 0xFFFFFFFF, 0])) + bytes(8)
    form = _four(40) + _four(width) + _four(height) + (1).to_bytes(2, "little") + (24).to_bytes(2, "little")
    form += b"MPNG" + _four(width * height * 3) + bytes(16)
    listed = _list(b"strl", _chunk(b"strh", stream) + _chunk(b"strf", form))
    header = _list(b"hdrl", _chunk(b"avih", b"".join(map(_four, general))) + listed)
    return b"RIFF" + _four(max(whole - 8, 0)) + b"AVI " + header + b"LIST" + _four(movi_bytes + 4) + b"movi"


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + _four(len(data)) + data + bytes(len(data) % 2)


def _list(name: bytes, data: bytes) -> bytes:
    return b"LIST" + _four(len(data) + 4) + name + data


def _four(value: int) -> bytes:
    return value.to_bytes(4, "little")
