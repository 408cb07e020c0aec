"""WebP through Pillow (libwebp), lossy or lossless: only for routes that deliver it, such as WhatsApp stickers."""

from __future__ import annotations

import io
from typing import Any

from mediaprep.encoders import Encoder

_ALL = 100.0


class WebpPillow:
    """libwebp's quality is whole numbers; the axis is rounded down to them. At 100 every pixel is kept."""

    name = "webp_pillow"
    media_type = "image/webp"
    suffix = "webp"
    monotone = True

    def encode(self, picture: Any, quality: float, **_: Any) -> bytes:
        """Encode an L, RGB or RGBA picture; alpha is kept."""
        target = io.BytesIO()
        if quality >= _ALL:
            picture.save(target, "WEBP", lossless=True, quality=75, method=4)  # here the effort, not the quality
        else:
            picture.save(target, "WEBP", quality=int(max(quality, 0.0)), method=4)
        return target.getvalue()


ENCODER: Encoder = WebpPillow()
