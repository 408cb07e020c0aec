"""Baseline sequential JPEG through Pillow (libjpeg-turbo), on a continuous quality axis."""

from __future__ import annotations

import io
from typing import Any

from mediaprep.encoders import Encoder

_LUMA = (
    16, 16, 16, 18, 25, 37, 56, 85, 16, 17, 20, 27, 34, 40, 53, 75,
    16, 20, 24, 31, 43, 62, 91, 135, 18, 27, 31, 40, 53, 74, 106, 156,
    25, 34, 43, 53, 69, 94, 131, 189, 37, 40, 62, 74, 94, 124, 169, 238,
    56, 53, 91, 106, 131, 169, 226, 255, 85, 75, 135, 156, 189, 238, 255, 255,
)  # fmt: skip
"""N. Robidoux's table (ImageMagick; mozjpeg's number 3), row by row. At equal bytes against the example table of
ITU-T T.81 annex K, six photographs at 0.5, 1.0 and 1.6 bits per pixel: SSIMULACRA2 +0.0 to +11.9 (mean +2.6),
1 - MS-SSIM 0.97 to 1.06 times (mean 1.00). For colour, annex K's own table is the better one of the two."""

_CHROMA = (
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99,
    24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
    *(99,) * 32,
)  # fmt: skip
"""The example table for colour of ITU-T T.81 annex K, row by row."""

_SPREAD = 0.025
"""Each entry is moved by up to this share, evenly spread. Many of a table's numbers are equal or differ by
multiples of 4, so at some scales a third of the table would round at once: a step of 6 % in the bytes, which no
search can fill. Moved apart, the largest step is under 2 %."""


def tables(quality: float) -> tuple[list[int], list[int]]:
    """Scale the tables as libjpeg's quality does (5000/q under 50, 200-2q above), without rounding q.

    One step of whole quality is 2-8 % of the bytes; between steps the tables still differ entry by
    entry, which is what lets a search fill its limit.
    """
    quality = min(max(quality, 1.0), 100.0)
    scale = 5000.0 / quality if quality < 50 else 200.0 - 2.0 * quality
    return _scaled(_LUMA, scale), _scaled(_CHROMA, scale)


def _scaled(table: tuple[int, ...], scale: float) -> list[int]:
    return [
        min(max(int((value * (1.0 + _SPREAD * (2.0 * (_GOLDEN * i % 1.0) - 1.0)) * scale + 50.0) / 100.0), 1), 255)
        for i, value in enumerate(table)
    ]


_GOLDEN = 0.6180339887498949
"""Multiples of the golden ratio, whole parts dropped, never cluster."""


def coarseness(qualities: Any) -> Any:
    """Give, for an array of qualities, the natural logarithm of the mean table entry, rounded as it is in a file.

    Bytes follow this, not the scale: over quality 88 the entries are so small that they jump from 3 to 2, and 6 %
    of the bytes with them. Entries count by how fine they are, for most bits lie there. The logarithm of a
    picture's bytes, drawn against this, is smooth to 0.6 % (root mean square; against the scale to 1.4 %).
    """
    import numpy as np

    quality = np.asarray(qualities, dtype=np.float32)
    scale = np.where(quality < 50, 5000.0 / quality, 200.0 - 2.0 * quality)
    base = np.array(_LUMA, dtype=np.float32)
    spread = 1.0 + _SPREAD * (2.0 * (_GOLDEN * np.arange(64, dtype=np.float32) % 1.0) - 1.0)
    entries = ((base * spread) * scale[:, None] + 50.0) / 100.0
    logs = np.log(np.arange(256, dtype=np.float32).clip(1))
    return logs[entries.clip(1, 255).astype(np.uint8)] @ (1.0 / base / (1.0 / base).sum())


class JpegPillow:
    """Optimised Huffman tables, one scan: the JPEG that 3GPP TS 26.140 makes mandatory for MMS phones."""

    name = "jpeg_pillow"
    media_type = "image/jpeg"
    suffix = "jpg"
    monotone = True

    def encode(
        self,
        picture: Any,
        quality: float,
        *,
        full_chroma: bool = False,
        plain: bool = False,
        modes: tuple[str, ...] = (),
        **_: Any,
    ) -> bytes:
        """Encode an L or RGB picture; ``full_chroma`` keeps colour at full resolution (text and codes need it).

        ``plain`` takes T.81's example Huffman tables instead of fitted ones: half the time, 5-10 % more bytes.
        """
        if picture.mode == "L" and modes and "L8" not in modes:
            picture = picture.convert("RGB")
        luma, chroma = tables(quality)
        target = io.BytesIO()
        grey = picture.mode == "L"
        picture.save(
            target,
            "JPEG",
            qtables=[luma] if grey else [luma, chroma],
            subsampling=0 if full_chroma or grey else 2,
            optimize=not plain,
        )
        return target.getvalue()


ENCODER: Encoder = JpegPillow()
