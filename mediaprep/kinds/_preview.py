"""Pictures for reports: written anew as WebP within so many bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from math import sqrt
from typing import TYPE_CHECKING

from mediaprep.kinds import Look, Shown

if TYPE_CHECKING:
    from PIL.Image import Image

THUMB_LONG_EDGE = 112
"""Pixels of the picture beside a name: 56 CSS pixels on a screen of double density."""

_THUMB_BYTES = 4_000
_BITS_A_PIXEL = 0.9
"""About what WebP takes at quality 78 (photographs at 300 to 700 pixels)."""


def within(size: tuple[int, int], long_edge: float) -> tuple[int, int]:
    """Give dimensions whose long edge is at most so many pixels; never larger than they were."""
    scale = min(1.0, long_edge / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def still(role: str, picture: Image, max_bytes: int) -> Shown:
    """Write a picture as WebP of at most so many bytes: smaller dimensions before visible coarseness."""
    ratio = sqrt(max_bytes * 8 / _BITS_A_PIXEL / (picture.width * picture.height))
    size = within(picture.size, max(picture.size) * min(1.0, ratio))
    while True:
        image = picture if size == picture.size else picture.resize(size, reducing_gap=2.0)
        data = webp([image], [])
        if len(data) <= max_bytes or max(size) <= 16:
            return role, "image/webp", data, *size
        size = within(size, max(size) * min(0.85, sqrt(max_bytes / len(data))))


def thumb(picture: Image, look: Look) -> Iterator[Shown]:
    """Give the picture beside a name, where one is wanted."""
    if look.thumb:
        small = picture.resize(within(picture.size, THUMB_LONG_EDGE), reducing_gap=2.0)
        yield still("thumb", small, _THUMB_BYTES)


def webp(frames: Sequence[Image], delays_ms: Sequence[int]) -> bytes:
    """Write one picture, or a film of several."""
    target = io.BytesIO()
    if len(frames) == 1:
        frames[0].save(target, "WEBP", quality=78, method=2)
    else:
        frames[0].save(
            target, "WEBP", quality=55, method=1, save_all=True, append_images=frames[1:], duration=list(delays_ms),
            loop=0,
        )  # fmt: skip
    return target.getvalue()
