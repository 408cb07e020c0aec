"""An animation as a short silent film for the video kind to fit: AVI with PNG pictures, without loss."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST_FPS = 50.0
_LEAST_FPS = 5.0


def rate_fps(delays_cs: tuple[int, ...]) -> float:
    """Give the constant rate on which every frame begins, or 50 where only a higher one would do."""
    common = reduce(math.gcd, delays_cs)
    return min(max(100.0 / common, _LEAST_FPS), _MOST_FPS)


def write(path: Path, frames: Iterable[NDArray[np.uint8]], delays_cs: tuple[int, ...], size: tuple[int, int]) -> None:
    """Write frames (of even sides) at a constant rate; a frame that stays is written again as an empty chunk."""
    fps = rate_fps(delays_cs)
    chunks: list[tuple[int, int]] = []
    with path.open("wb") as target:
        target.write(_head(size, fps, 0, 0, 0))
        start = target.tell()
        at_cs = 0
        for pixels, delay in zip(frames, delays_cs, strict=True):
            first = len(chunks)
            at_cs += delay
            count = max(round(at_cs * fps / 100) - first, 0)
            for number in range(count):
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
